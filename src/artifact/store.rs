//! An artifact as it is read: its store, its manifest, and whether the two agree.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::content::{ArtifactFile, Content, list_files};
use super::digest::{Digest, sha256, sha256_stream};
use super::directory::DirectoryStore;
use super::file_list;
use super::ignore::{IGNORE, Ignore};
use super::manifest::{FileEntry, MANIFEST, Manifest, Role};
use super::zip::ZipStore;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::limits;

/// A member of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, with `/`.
    pub name: String,
    /// Bytes, as the store declares them.
    pub size: u64,
}

/// The files of an artifact, wherever they lie.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    members: Vec<Member>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Directory(DirectoryStore),
    Zip(ZipStore),
}

impl Store {
    /// Opens a directory or a zip file and checks its structure; no content is read.
    pub fn open(path: &Path) -> Result<Store> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, &error))?;
        let (kind, members) = if metadata.is_dir() {
            let store = DirectoryStore::open(path)?;
            let member = |(name, size): &(String, u64)| Member { name: name.clone(), size: *size };
            let members = store.files().iter().map(member).collect();
            (Kind::Directory(store), members)
        } else {
            let store = ZipStore::open(path)?;
            let members = store.records().iter().map(|record| Member { name: record.name.clone(), size: record.size });
            let members = members.collect();
            (Kind::Zip(store), members)
        };
        Ok(Store { path: path.to_owned(), members, kind })
    }

    /// The path it was opened at.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory(_))
    }

    /// The members, sorted by name.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member called `name`.
    pub fn member(&self, name: &str) -> Option<&Member> {
        let found = self.members.binary_search_by(|member| member.name.as_str().cmp(name)).ok()?;
        self.members.get(found)
    }

    /// Bytes of all members.
    pub fn size(&self) -> u64 {
        self.members.iter().fold(0, |total, member| total.saturating_add(member.size))
    }

    /// The content of a member as a stream; errors of the stream go through [`Store::read_error`].
    pub fn stream(&self, name: &str) -> Result<Box<dyn Read + '_>> {
        let missing = || Error::malformed("member-missing", "the artifact has no such member").in_file(name);
        match &self.kind {
            Kind::Directory(store) if self.member(name).is_some() => Ok(Box::new(store.open_member(name)?)),
            Kind::Directory(_) => Err(missing()),
            Kind::Zip(store) => {
                let record = store.records().iter().find(|record| record.name == name).ok_or_else(missing)?;
                Ok(Box::new(store.open_member(record)))
            }
        }
    }

    /// The content of a member of at most `most` bytes.
    pub fn read(&self, name: &str, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let too_long = |found: u64| {
            let message = format!("{found} bytes exceed the {most} that are read of this member");
            Error::new(ErrorKind::Limit, "limit", message).in_file(name)
        };
        if let Some(member) = self.member(name).filter(|member| member.size > most) {
            return Err(too_long(member.size));
        }
        let read = self.stream(name)?.take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| self.read_error(name, &error))?;
        if bytes.len() as u64 > most { Err(too_long(bytes.len() as u64)) } else { Ok(bytes) }
    }

    /// The digest and size of a member, in constant memory.
    pub fn digest(&self, name: &str) -> Result<(Digest, u64)> {
        sha256_stream(self.stream(name)?).map_err(|error| self.read_error(name, &error))
    }

    /// What an error of [`Store::stream`]'s reader means: broken content, or a failure to read.
    pub fn read_error(&self, name: &str, error: &std::io::Error) -> Error {
        match error.kind() {
            std::io::ErrorKind::InvalidData => Error::malformed("zip-member", error.to_string()).in_file(name),
            _ => Error::io(&self.path.join(name), error),
        }
    }

    /// The member's path on disk, for a directory.
    pub fn path_of(&self, name: &str) -> Option<PathBuf> {
        match &self.kind {
            Kind::Directory(store) => Some(store.path(name)),
            Kind::Zip(_) => None,
        }
    }
}

/// A store with its manifest. Whether the files are the listed ones is for [`Artifact::verify_digests`] to say.
#[derive(Debug)]
pub struct Artifact {
    /// The files.
    pub store: Store,
    /// What the manifest says.
    pub manifest: Manifest,
    /// The artifact's digest: the SHA-256 of the manifest's bytes as they are.
    pub digest: Digest,
}

impl Artifact {
    /// Opens an artifact and reads its manifest.
    pub fn open(path: &Path) -> Result<Artifact> {
        let store = Store::open(path)?;
        if store.member(MANIFEST).is_none() {
            return Err(Error::malformed("no-manifest", format!("expected a member `{MANIFEST}`, found none"))
                .in_file(path.display().to_string())
                .hint("`scorepack build` makes artifacts"));
        }
        let bytes = store.read(MANIFEST, limits::MANIFEST_BYTES.value())?;
        let manifest = Manifest::parse(&bytes)?;
        Ok(Artifact { store, manifest, digest: sha256(&bytes) })
    }

    /// The content of a member, which must be the one that the manifest lists.
    pub fn read_listed(&self, name: &str) -> Result<Vec<u8>> {
        let bytes = self.store.read(name, limits::MEMBER_BYTES.value())?;
        match self.manifest.file(name) {
            Some(entry) if entry.sha256 == sha256(&bytes) => Ok(bytes),
            _ => Err(Error::malformed("file-changed", "the file is not the one that the manifest lists")
                .in_file(name)
                .hint("`scorepack verify` tells all that differs")),
        }
    }

    /// Compares every member with the manifest: each listed once, of the listed size and digest, nothing else there but
    /// the platform's own list, which says the same.
    pub fn verify_digests(&self) -> Result<Vec<Finding>> {
        let mut findings = self.unlisted()?;
        findings.extend(self.list_difference("file-changed")?);
        for file in &self.manifest.files {
            match self.difference(file)? {
                Some(finding) => findings.push(finding.in_file(&file.path)),
                None if file.edited => findings.push(edited(file)),
                None => {}
            }
        }
        Ok(findings)
    }

    /// What `.model-ignore` leaves out; nothing where there is none.
    pub fn ignore(&self) -> Result<Ignore> {
        match self.store.member(IGNORE) {
            Some(_) => Ignore::parse(&self.store.read(IGNORE, limits::IGNORE_BYTES.value())?),
            None => Ok(Ignore::default()),
        }
    }

    fn unlisted(&self) -> Result<Vec<Finding>> {
        let own = [Some(MANIFEST), self.manifest.file_list.as_deref()];
        let unlisted =
            |member: &&Member| !own.contains(&Some(&member.name)) && self.manifest.file(&member.name).is_none();
        // What an upload of the directory leaves out is no part of the artifact; in a zip file it is.
        let ignore = if self.store.is_directory() { self.ignore()? } else { Ignore::default() };
        let finding = |member: &Member| match ignore.ignores(&member.name) {
            Some(_) => {
                let message = format!("the file is not in {MANIFEST}; {IGNORE} leaves it out of an upload");
                Finding::warning("file-unlisted", message).in_file(&member.name)
            }
            None => Finding::error("file-unlisted", format!("the file is not in {MANIFEST}"))
                .in_file(&member.name)
                .hint("remove it, or run `scorepack pack` to take it in"),
        };
        Ok(self.store.members().iter().filter(unlisted).map(finding).collect())
    }

    /// What is wrong with the platform's own list of the files, where the manifest says that there is one.
    pub fn list_difference(&self, code: &'static str) -> Result<Option<Finding>> {
        let Some(name) = &self.manifest.file_list else { return Ok(None) };
        if self.store.member(name).is_none() {
            return Ok(Some(file_list::finding(code, "is not there")));
        }
        let list = match self.store.read(name, limits::MANIFEST_BYTES.value()) {
            Err(error) if error.kind() != ErrorKind::Io => return Ok(Some(Finding::from(&error))),
            list => list?,
        };
        let manifest = self.store.read(MANIFEST, limits::MANIFEST_BYTES.value())?;
        let difference = file_list::difference(&list, &self.manifest, &manifest);
        Ok(difference.map(|difference| file_list::finding(code, &difference)))
    }

    fn difference(&self, file: &FileEntry) -> Result<Option<Finding>> {
        let Some(member) = self.store.member(&file.path) else {
            return Ok(Some(Finding::error("file-missing", format!("the file is in {MANIFEST}, but not there"))));
        };
        if member.size != file.size {
            let message = format!("{} bytes, expected {}", member.size, file.size);
            return Ok(Some(changed(message)));
        }
        match self.store.digest(&file.path) {
            Ok((found, size)) if (found, size) == (file.sha256, file.size) => Ok(None),
            Ok((found, _)) => Ok(Some(changed(format!("SHA-256 {found}, expected {}", file.sha256)))),
            Err(error) if error.kind() == ErrorKind::Malformed => Ok(Some(Finding::from(&error))),
            Err(error) => Err(error),
        }
    }

    /// The files of a directory as they are now, ready to be packed again: what differs from the manifest is marked
    /// as edited, and a score module that is still the compiled one is not. What was added and `.model-ignore` leaves
    /// out stays behind.
    pub fn repack(&self) -> Result<(Manifest, Vec<ArtifactFile>)> {
        let ignore = self.ignore()?;
        let mut files = Vec::new();
        let made = [Some(MANIFEST), self.manifest.file_list.as_deref()];
        for member in self.store.members().iter().filter(|member| !made.contains(&Some(&member.name))) {
            let listed = self.manifest.file(&member.name);
            if listed.is_none() && ignore.ignores(&member.name).is_some() {
                continue;
            }
            let content = match self.store.path_of(&member.name) {
                Some(path) => Content::File(path),
                None => Content::Bytes(self.store.read(&member.name, limits::MEMBER_BYTES.value())?),
            };
            let role = listed.map_or(Role::Added, |file| file.role);
            files.push(ArtifactFile { path: member.name.clone(), role, content, edited: listed.is_none() });
        }
        let mut entries = list_files(&mut files)?;
        for (entry, file) in entries.iter_mut().zip(&mut files) {
            if let Some(listed) = self.manifest.file(&entry.path) {
                entry.edited = listed.edited || listed.sha256 != entry.sha256;
                file.edited = entry.edited;
            }
        }
        let mut manifest = Manifest { files: entries, ..self.manifest.clone() };
        let module =
            manifest.score_module.as_ref().and_then(|module| manifest.file(&module.file)).map(|file| file.sha256);
        if let (Some(module), Some(sha256)) = (&mut manifest.score_module, module)
            && module.sha256 != sha256
        {
            (module.sha256, module.compiled) = (sha256, None);
        }
        Ok((manifest, files))
    }
}

fn changed(message: String) -> Finding {
    Finding::error("file-changed", message)
        .hint("restore the file, or run `scorepack pack` to take the change in and mark it as edited")
}

fn edited(file: &FileEntry) -> Finding {
    let message = match file.role {
        Role::Added => "a person added this file: it stands outside the sandbox proof",
        _ => "a person edited this file after it was generated: it stands outside the sandbox proof",
    };
    Finding::note("file-edited", message).in_file(&file.path)
}
