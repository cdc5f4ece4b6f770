//! model_artifact_manifest.json: a platform's own list of an artifact's files, which holds manifest.yaml too.
//!
//! It cannot stand among the files of manifest.yaml, since each would hold the other's digest. So it is made from
//! manifest.yaml and nothing else, to the byte, and that is how it is checked. The platform's client writes it anew when
//! it packs an artifact; what that client signs is believed when it lists the same files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::{Digest, sha256};
use super::manifest::{MANIFEST, Manifest};
use super::partitions::IndexedFile;
use crate::encoding::json::{self, Nonfinite};
use crate::finding::Finding;

/// The list's name in an artifact.
pub const FILE_LIST: &str = "model_artifact_manifest.json";
/// The version of its format.
const VERSION: u32 = 1;
/// The time it names: an artifact does not depend on when it is made, so the first day that zip knows.
const GENERATED_AT: &str = "1980-01-01T00:00:00+00:00";
/// The platform's client.
const CLIENT: &str = "oracle-ads";

/// The list, its keys sorted as the platform's client sorts them.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileList {
    files: BTreeMap<String, Entry>,
    generated_at: String,
    generated_by: String,
    version: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: Digest,
    size: u64,
}

impl FileList {
    fn of<'f>(manifest: &Manifest, manifest_bytes: &[u8], indexed: impl Iterator<Item = &'f IndexedFile>) -> FileList {
        let own = Entry { sha256: sha256(manifest_bytes), size: manifest_bytes.len() as u64 };
        let listed =
            manifest.files.iter().map(|file| (file.path.clone(), Entry { sha256: file.sha256, size: file.size }));
        let indexed = indexed.map(|file| (file.path.clone(), Entry { sha256: file.sha256, size: file.size }));
        FileList {
            files: listed.chain(indexed).chain([(MANIFEST.to_owned(), own)]).collect(),
            generated_at: GENERATED_AT.into(),
            generated_by: "scorepack".into(),
            version: VERSION,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        format!("{:#}\n", serde_json::json!(self)).into_bytes()
    }
}

/// The list of the files of a manifest, whose own bytes are given, and of those that its index of partitions lists.
pub fn file_list<'f>(
    manifest: &Manifest,
    manifest_bytes: &[u8],
    indexed: impl Iterator<Item = &'f IndexedFile>,
) -> Vec<u8> {
    FileList::of(manifest, manifest_bytes, indexed).bytes()
}

/// What is wrong with a list, as a sentence that begins with its name.
pub fn difference<'f>(
    list: &[u8],
    manifest: &Manifest,
    manifest_bytes: &[u8],
    indexed: impl Iterator<Item = &'f IndexedFile>,
) -> Option<String> {
    let expected = FileList::of(manifest, manifest_bytes, indexed);
    if list == expected.bytes() {
        return None;
    }
    let found = match read(list) {
        Ok(found) => found,
        Err(error) => return Some(format!("is no list of files with sizes and digests: {error}")),
    };
    let names = expected.files.keys().chain(found.files.keys());
    for name in names {
        match (expected.files.get(name), found.files.get(name)) {
            (Some(_), None) => return Some(format!("does not list `{name}`")),
            (None, Some(_)) => return Some(format!("lists `{name}`, which is not in {MANIFEST}")),
            (Some(expected), Some(found)) if expected.size != found.size => {
                return Some(format!("says that `{name}` has {} bytes, expected {}", found.size, expected.size));
            }
            (Some(expected), Some(found)) if expected != found => {
                return Some(format!("says that `{name}` has SHA-256 {}, expected {}", found.sha256, expected.sha256));
            }
            _ => {}
        }
    }
    if found.version != VERSION {
        return Some(format!("has version {}, expected {VERSION}", found.version));
    }
    (found.generated_by != CLIENT).then(|| format!("lists the right files, but is not as {MANIFEST} gives it"))
}

/// Reads a list in which no key stands twice.
fn read(list: &[u8]) -> std::result::Result<FileList, String> {
    json::read(list, Nonfinite::Refused).map_err(|error| error.to_string())?;
    serde_json::from_slice(list).map_err(|error| error.to_string())
}

/// [`difference`] as a finding with a code of the caller's.
pub fn finding(code: &'static str, difference: &str) -> Finding {
    Finding::error(code, format!("the list {difference}"))
        .in_file(FILE_LIST)
        .hint("run `scorepack pack` on the directory: it writes the list anew")
}
