//! An artifact as it is read: its store, its manifest, and whether the two agree.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::content::{ArtifactFile, Content, DiskFile, list_files};
use super::digest::{Digest, sha256, sha256_stream};
use super::directory::DirectoryStore;
use super::file_list;
use super::ignore::{IGNORE, Ignore};
use super::manifest::{FileEntry, MANIFEST, Manifest, Role};
use super::partitions::{IndexedFile, PARTITION_INDEX, Partition, PartitionIndex};
use super::zip::ZipStore;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::limits;
use crate::wasm::put_together;

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
    /// Digests of members that were asked for: large ones are read once.
    digests: Mutex<HashMap<String, (Digest, u64)>>,
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
        Ok(Store { path: path.to_owned(), members, kind, digests: Mutex::default() })
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
                let found = store.records().binary_search_by(|record| record.name.as_str().cmp(name));
                let record = found.ok().and_then(|at| store.records().get(at)).ok_or_else(missing)?;
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

    /// The digest and size of a member, in constant memory; the first call reads it.
    pub fn digest(&self, name: &str) -> Result<(Digest, u64)> {
        let known = || self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(name) {
            return Ok(*found);
        }
        let found = sha256_stream(self.stream(name)?).map_err(|error| self.read_error(name, &error))?;
        known().insert(name.to_owned(), found);
        Ok(found)
    }

    /// The digest and size of the zip file itself, in constant memory; none for a directory.
    pub fn file_digest(&self) -> Result<Option<(Digest, u64)>> {
        let Kind::Zip(store) = &self.kind else { return Ok(None) };
        let found = sha256_stream(store.whole()?).map_err(|error| Error::io(&self.path, &error))?;
        Ok(Some(found))
    }

    /// Folders that are passed over because Python made them, as `__pycache__`; a zip file holds none.
    pub fn left_behind(&self) -> &[String] {
        match &self.kind {
            Kind::Directory(store) => store.left_behind(),
            Kind::Zip(_) => &[],
        }
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
    /// The partitions, where the manifest says that there are some. Whether the index is the listed one is for
    /// [`Artifact::partition`] to ask.
    pub partitions: Option<PartitionIndex>,
    /// The artifact's digest: the SHA-256 of the manifest's bytes as they are.
    pub digest: Digest,
    /// What [`Artifact::verify_digests`] found: a pass over all content, made once.
    differences: OnceLock<Vec<Finding>>,
    index_digest: Option<Digest>,
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
        let digest = sha256(&bytes);
        let differences = OnceLock::new();
        let mut artifact = Artifact { store, manifest, partitions: None, digest, differences, index_digest: None };
        artifact.read_index()?;
        Ok(artifact)
    }

    /// Reads the index of partitions where the manifest says that there is one; both must tell of the same column.
    fn read_index(&mut self) -> Result<()> {
        let Some(entry) = &self.manifest.partitions else { return Ok(()) };
        let bytes = self.store.read(PARTITION_INDEX, limits::PARTITION_INDEX_BYTES.value())?;
        let index = PartitionIndex::parse(&bytes)?;
        let counted = (&index.column, index.partitions.len(), &index.run_id);
        if counted != (&entry.column, entry.count as usize, &entry.run_id) {
            let message = format!("the index and {MANIFEST} differ in the column, the run or the number of partitions");
            return Err(Error::malformed("partition-index", message).in_file(PARTITION_INDEX));
        }
        self.index_digest = Some(sha256(&bytes));
        self.partitions = Some(index);
        Ok(())
    }

    /// The index of partitions, which must be the one that the manifest lists.
    pub fn listed_partitions(&self) -> Result<&PartitionIndex> {
        let index = self.partitions.as_ref().ok_or_else(|| Error::internal("an artifact without partitions"))?;
        match self.manifest.file(PARTITION_INDEX) {
            Some(entry) if Some(entry.sha256) == self.index_digest => Ok(index),
            _ => Err(changed_file(PARTITION_INDEX)),
        }
    }

    /// The content of a file that the index lists.
    pub fn read_indexed(&self, file: &IndexedFile) -> Result<Vec<u8>> {
        let bytes = self.store.read(&file.path, limits::MEMBER_BYTES.value())?;
        if sha256(&bytes) == file.sha256 { Ok(bytes) } else { Err(changed_file(&file.path)) }
    }

    /// The model file of a partition.
    pub fn partition_model(&self, partition: &Partition) -> Result<Vec<u8>> {
        self.read_indexed(&partition.model)
    }

    /// The score module of a partition, put together from its shell and its data.
    pub fn partition_module(&self, partition: &Partition) -> Result<Vec<u8>> {
        let broken = |message: &str| Error::malformed("partition-index", message).in_file(&partition.module.file);
        let index = self.partitions.as_ref().ok_or_else(|| Error::internal("an artifact without partitions"))?;
        let file = index.module(&partition.module.file).ok_or_else(|| broken("the module is not listed"))?;
        let shell = self.read_indexed(file)?;
        let whole = match &partition.module.data {
            None => shell,
            Some(data) => put_together(&shell, &self.read_indexed(data)?)
                .ok_or_else(|| broken("the shell and the data of the partition make no module"))?,
        };
        match sha256(&whole) == partition.module.sha256 {
            true => Ok(whole),
            false => Err(broken("the shell and the data of the partition make another module than the index says")),
        }
    }

    /// Every file that the index lists, by path; none where there is no index.
    fn indexed(&self) -> BTreeMap<&str, &IndexedFile> {
        self.partitions.as_ref().map(PartitionIndex::files).unwrap_or_default()
    }

    /// The content of a member, which must be the one that the manifest lists.
    pub fn read_listed(&self, name: &str) -> Result<Vec<u8>> {
        let bytes = self.store.read(name, limits::MEMBER_BYTES.value())?;
        match self.manifest.file(name) {
            Some(entry) if entry.sha256 == sha256(&bytes) => Ok(bytes),
            _ => Err(changed_file(name)),
        }
    }

    /// Compares every member with the manifest: each listed once, of the listed size and digest, nothing else there but
    /// the platform's own list, which says the same. Files are read by the first call; the others tell the same again.
    pub fn verify_digests(&self) -> Result<Vec<Finding>> {
        if let Some(findings) = self.differences.get() {
            return Ok(findings.clone());
        }
        let findings = self.differences()?;
        Ok(self.differences.get_or_init(|| findings).clone())
    }

    fn differences(&self) -> Result<Vec<Finding>> {
        let mut findings = self.unlisted()?;
        findings.extend(self.list_difference("file-changed")?);
        for file in &self.manifest.files {
            match self.difference(file)? {
                Some(finding) => findings.push(finding.in_file(&file.path)),
                None if file.edited => findings.push(edited(file)),
                None => {}
            }
        }
        for file in self.indexed().values() {
            findings.extend(self.difference_to(&file.path, file.size, file.sha256)?.map(|f| f.in_file(&file.path)));
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
        let indexed = self.indexed();
        let listed: HashSet<&str> = self.manifest.files.iter().map(|file| file.path.as_str()).collect();
        let unlisted = |member: &&Member| {
            let name = member.name.as_str();
            !own.contains(&Some(name)) && !listed.contains(name) && !indexed.contains_key(name)
        };
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
        let indexed = self.indexed();
        let difference = file_list::difference(&list, &self.manifest, &manifest, indexed.into_values());
        Ok(difference.map(|difference| file_list::finding(code, &difference)))
    }

    fn difference(&self, file: &FileEntry) -> Result<Option<Finding>> {
        self.difference_to(&file.path, file.size, file.sha256)
    }

    fn difference_to(&self, path: &str, size: u64, sha256: Digest) -> Result<Option<Finding>> {
        let is_listed = self.manifest.file(path).is_some();
        let changed = |message: String| {
            Finding::error("file-changed", message).hint(match is_listed {
                true => "restore the file, or run `scorepack pack` to take the change in and mark it as edited",
                false => "restore the file, or build the artifact again: a partition is what its model compiles to",
            })
        };
        let Some(member) = self.store.member(path) else {
            let list = if is_listed { MANIFEST } else { PARTITION_INDEX };
            return Ok(Some(Finding::error("file-missing", format!("the file is in {list}, but not there"))));
        };
        if member.size != size {
            let message = format!("{} bytes, expected {size}", member.size);
            return Ok(Some(changed(message)));
        }
        match self.store.digest(path) {
            Ok(found) if found == (sha256, size) => Ok(None),
            Ok((found, _)) => Ok(Some(changed(format!("SHA-256 {found}, expected {sha256}")))),
            Err(error) if error.kind() == ErrorKind::Malformed => Ok(Some(Finding::from(&error))),
            Err(error) => Err(error),
        }
    }

    /// The files of a directory as they are now, ready to be packed again: what differs from the manifest is marked
    /// as edited, and a score module that is still the compiled one is not. What was added and `.model-ignore` leaves
    /// out stays behind.
    pub fn repack(&self) -> Result<(Manifest, Vec<ArtifactFile>)> {
        let ignore = self.ignore()?;
        let (mut files, mut indexed_files) = (Vec::new(), Vec::new());
        let indexed = self.indexed();
        let made = [Some(MANIFEST), self.manifest.file_list.as_deref()];
        for member in self.store.members().iter().filter(|member| !made.contains(&Some(&member.name))) {
            let listed = self.manifest.file(&member.name);
            if listed.is_none() && ignore.ignores(&member.name).is_some() {
                continue;
            }
            let content = match self.store.path_of(&member.name) {
                Some(path) => Content::File(DiskFile::new(path)),
                None => Content::Bytes(self.store.read(&member.name, limits::MEMBER_BYTES.value())?),
            };
            // A partition is what the index says, and `verify` holds it to that: it is not taken in as edited.
            if indexed.contains_key(member.name.as_str()) {
                indexed_files.push(ArtifactFile::new(&member.name, Role::Model, content));
                continue;
            }
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
        files.append(&mut indexed_files);
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

fn changed_file(name: &str) -> Error {
    Error::malformed("file-changed", "the file is not the one that the manifest lists")
        .in_file(name)
        .hint("`scorepack verify` tells all that differs")
}

fn edited(file: &FileEntry) -> Finding {
    let message = match file.role {
        Role::Added => "a person added this file: it stands outside the sandbox proof",
        _ => "a person edited this file after it was generated: it stands outside the sandbox proof",
    };
    Finding::note("file-edited", message).in_file(&file.path)
}
