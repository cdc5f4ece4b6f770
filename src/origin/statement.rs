//! What a signature says of a model (OpenSSF Model Signing 1.0): every file with its digest, as a statement of in-toto.

use std::collections::BTreeSet;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::artifact::Digest;
use crate::encoding::document::{Document, Object};
use crate::encoding::json::{self, Nonfinite};
use crate::encoding::member_name::check_name;
use crate::error::{Error, Result};
use crate::limits;

/// The type of every statement of in-toto.
pub(super) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";
/// The predicate before version 1.0, which names neither the digest of all files nor what was left out.
const OLD_PREDICATE_TYPE: &str = "https://model_signing/Digests/v0.1";
/// The name of the resource where one file is signed, and not a folder.
const WHOLE_FILE: &str = ".";
/// What other verifiers leave out of a folder, whatever the statement says.
pub const NEVER_SIGNED: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

/// A file and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its path below the folder, with `/`.
    pub name: String,
    /// Its digest.
    pub sha256: Digest,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One file, whatever it is called.
    File(Digest),
    /// Every file below a folder, but those that were left out.
    Folder {
        /// The files.
        files: Vec<Resource>,
        /// Paths that were left out, with everything below them.
        ignored: Vec<String>,
    },
}

/// What a signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What the model was called; nothing depends on it.
    pub name: String,
    /// What is signed.
    pub content: Content,
}

impl Statement {
    /// A statement on all files of a folder, which are sorted by name.
    pub fn of_folder(name: &str, files: Vec<Resource>) -> Self {
        let ignored = NEVER_SIGNED.map(str::to_owned).to_vec();
        Statement { name: name.to_owned(), content: Content::Folder { files, ignored } }
    }

    /// A statement on one file.
    pub fn of_file(name: &str, sha256: Digest) -> Self {
        Statement { name: name.to_owned(), content: Content::File(sha256) }
    }

    /// The statement as JSON.
    pub fn emit(&self) -> Result<Vec<u8>> {
        let mut serialization = json!({"method": "files", "hash_type": "sha256", "allow_symlinks": false});
        let resources: Vec<(&str, Digest)> = match &self.content {
            Content::File(sha256) => vec![(WHOLE_FILE, *sha256)],
            Content::Folder { files, ignored } => {
                serialization["ignore_paths"] = json!(ignored);
                files.iter().map(|file| (file.name.as_str(), file.sha256)).collect()
            }
        };
        let root = root_digest(resources.iter().map(|(_, sha256)| sha256));
        let resource = |(name, sha256): &(&str, Digest)| json!({"name": name, "algorithm": "sha256", "digest": sha256.to_string()});
        let statement = json!({
            "_type": STATEMENT_TYPE,
            "subject": [{"name": self.name, "digest": {"sha256": root}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "serialization": serialization,
                "resources": resources.iter().map(resource).collect::<Vec<_>>(),
            },
        });
        serde_json::to_vec(&statement).map_err(|error| Error::internal(format!("the statement is no JSON: {error}")))
    }

    /// Reads a statement and checks that it agrees with itself.
    pub fn parse(payload: &[u8]) -> Result<Statement> {
        let document = json::read(payload, Nonfinite::Refused)?;
        let statement = document.object()?;
        expect(statement, "_type", STATEMENT_TYPE)?;
        let kind = statement.read("predicateType", |value| value.text().map(str::to_owned))?;
        if kind == OLD_PREDICATE_TYPE {
            let message = "a signature from before version 1.0 does not say which files were left out";
            return Err(unsupported(message).hint("sign the model again with version 1.0 or later"));
        }
        expect(statement, "predicateType", PREDICATE_TYPE)?;
        let (name, root) = statement.read("subject", subject)?;
        let content = statement.read("predicate", |predicate| Content::parse(predicate.object()?, root))?;
        Ok(Statement { name, content })
    }
}

impl Content {
    /// Reads a predicate, whose files must have the root digest. Keys that are not known are signed all the same, and
    /// passed over, as the format asks.
    fn parse(predicate: &Object<'_>, root: Digest) -> Result<Content> {
        let ignored = predicate.read("serialization", |value| serialization(value.object()?))?;
        let mut files =
            predicate.read("resources", |value| value.items()?.iter().map(resource).collect::<Result<Vec<_>>>())?;
        let found = root_digest(files.iter().map(|file| &file.sha256));
        if found != root {
            return Err(malformed(format!("the digest of all files is {found}, expected {root}")).at("`subject`"));
        }
        match files.as_slice() {
            [] => Err(malformed("expected a file, found none")),
            [file] if file.name == WHOLE_FILE => Ok(Content::File(file.sha256)),
            _ => {
                check_resources(&files)?;
                files.sort_by(|a, b| a.name.cmp(&b.name));
                Ok(Content::Folder { files, ignored })
            }
        }
    }
}

/// Names are portable, and none stands twice.
fn check_resources(files: &[Resource]) -> Result<()> {
    limits::ARTIFACT_ENTRIES.check_len(files.len())?;
    let mut names = BTreeSet::new();
    for file in files {
        check_name(&file.name)?;
        if !names.insert(file.name.as_str()) {
            return Err(malformed(format!("the file `{}` stands twice", file.name)));
        }
    }
    Ok(())
}

/// What the model is called, and the digest of all its files.
fn subject(value: &Document<'_>) -> Result<(String, Digest)> {
    let [subject] = value.items()? else {
        return Err(malformed(format!("expected one subject, found {}", value.items()?.len())));
    };
    let subject = subject.object()?;
    let name = subject.read("name", |value| value.text().map(str::to_owned))?;
    let root = subject.read("digest", |value| value.object()?.read("sha256", digest))?;
    Ok((name, root))
}

fn digest(value: &Document<'_>) -> Result<Digest> {
    let text = value.text()?;
    Digest::parse(text)
        .ok_or_else(|| malformed(format!("expected 64 lower-case hexadecimal digits, found {} bytes", text.len())))
}

fn resource(value: &Document<'_>) -> Result<Resource> {
    let resource = value.object()?;
    let name = resource.read("name", |value| value.text().map(str::to_owned))?;
    let algorithm = resource.read("algorithm", |value| value.text().map(str::to_owned))?;
    if algorithm != "sha256" {
        return Err(other_digest(&algorithm));
    }
    Ok(Resource {
        sha256: resource.read("digest", digest).map_err(|error| error.at(format!("file `{}`", shown(&name))))?,
        name,
    })
}

/// How the files were digested; gives the paths that were left out.
fn serialization(value: &Object<'_>) -> Result<Vec<String>> {
    let method = value.read("method", |value| value.text().map(str::to_owned))?;
    if method != "files" {
        let message =
            format!("expected the method `files`, found `{}`: its digests are of parts of files", shown(&method));
        return Err(unsupported(message).hint("sign without shards"));
    }
    let algorithm = value.read("hash_type", |value| value.text().map(str::to_owned))?;
    if algorithm != "sha256" {
        return Err(other_digest(&algorithm));
    }
    match value.get("ignore_paths") {
        Some(paths) => paths.texts(),
        None => Ok(Vec::new()),
    }
}

fn other_digest(found: &str) -> Error {
    unsupported(format!("expected SHA-256 digests, which manifest.yaml lists too, found `{}`", shown(found)))
        .hint("sign with `--hash-algorithm sha256`")
}

/// The SHA-256 of all digests one after the other.
fn root_digest<'a>(digests: impl Iterator<Item = &'a Digest>) -> Digest {
    let mut state = Sha256::new();
    digests.for_each(|digest| state.update(digest.bytes()));
    Digest::from_bytes(state.finalize().into())
}

fn expect(object: &Object<'_>, key: &str, expected: &str) -> Result<()> {
    object.read(key, |value| match value.text()? {
        found if found == expected => Ok(()),
        found => Err(malformed(format!("expected `{expected}`, found `{}`", shown(found)))),
    })
}

/// The beginning of a text that someone else wrote, for messages.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

pub(super) fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("signature-malformed", message)
}

pub(super) fn unsupported(message: impl Into<String>) -> Error {
    Error::unsupported("signature-unsupported", message)
}
