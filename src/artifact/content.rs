//! The content of a file on its way into an artifact: bytes in memory, or a file on disk that is streamed.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::digest::{Digest, Summary, sha256, summarise};
use super::manifest::{FileEntry, Role};
use crate::encoding::member_name::{check_name, check_names};
use crate::error::{Error, Result};
use crate::limits;

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Memory.
    Bytes(Vec<u8>),
    /// A file, which is read when it is written and must not change before.
    File(DiskFile),
}

/// A file on disk that is streamed. Its clones share what the first pass over it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskFile {
    path: PathBuf,
    summary: Arc<OnceLock<Summary>>,
}

impl DiskFile {
    /// The file at `path`; it is not opened yet.
    pub fn new(path: PathBuf) -> Self {
        DiskFile { path, summary: Arc::default() }
    }

    /// Digest, CRC and size; the first call reads the file once.
    pub fn summary(&self) -> Result<Summary> {
        if let Some(summary) = self.summary.get() {
            return Ok(*summary);
        }
        let failed = |error: io::Error| Error::io(&self.path, &error);
        let summary = File::open(&self.path).and_then(summarise).map_err(failed)?;
        Ok(*self.summary.get_or_init(|| summary))
    }
}

impl Content {
    /// The content as a stream.
    pub fn open(&self) -> Result<Box<dyn Read + '_>> {
        match self {
            Content::Bytes(bytes) => Ok(Box::new(&bytes[..])),
            Content::File(file) => {
                File::open(&file.path).map(|file| Box::new(file) as Box<dyn Read>).map_err(|error| self.error(&error))
            }
        }
    }

    /// Its digest and size.
    pub fn digest(&self) -> Result<(Digest, u64)> {
        match self {
            Content::Bytes(bytes) => Ok((sha256(bytes), bytes.len() as u64)),
            Content::File(file) => file.summary().map(|summary| (summary.sha256, summary.size)),
        }
    }

    /// A failure to read it.
    pub fn error(&self, error: &io::Error) -> Error {
        match self {
            Content::Bytes(_) => Error::io(Path::new("memory"), error),
            Content::File(file) => Error::io(&file.path, error),
        }
    }
}

/// A file of an artifact to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactFile {
    /// Its path in the artifact, with `/`.
    pub path: String,
    /// What it is.
    pub role: Role,
    /// What it holds.
    pub content: Content,
    /// Whether a person changed or added it.
    pub edited: bool,
}

impl ArtifactFile {
    /// A file made by this tool.
    pub fn new(path: impl Into<String>, role: Role, content: impl Into<Content>) -> Self {
        ArtifactFile { path: path.into(), role, content: content.into(), edited: false }
    }

    /// Its line in the manifest.
    fn entry(&self) -> Result<FileEntry> {
        let (sha256, size) = self.content.digest()?;
        Ok(FileEntry { path: self.path.clone(), size, sha256, role: self.role, edited: self.edited })
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Content::Bytes(bytes)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Content::Bytes(text.into_bytes())
    }
}

/// Sorts files by path, checks their names and digests them: the `files` of a manifest.
pub fn list_files(files: &mut [ArtifactFile]) -> Result<Vec<FileEntry>> {
    list_more_files(&[], files)
}

/// [`list_files`] where some have been listed before, and have not changed since: they are not digested again.
pub fn list_more_files(listed: &[FileEntry], files: &mut [ArtifactFile]) -> Result<Vec<FileEntry>> {
    limits::ARTIFACT_ENTRIES.check_len(files.len() + 2)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files.iter() {
        check_name(&file.path)?;
    }
    check_names(files.iter().map(|file| file.path.as_str()).chain([super::MANIFEST, super::FILE_LIST]))?;
    let mut entries = Vec::new();
    let mut total = 0u64;
    for file in files.iter() {
        let entry = match listed.iter().find(|entry| entry.path == file.path) {
            Some(entry) => entry.clone(),
            None => file.entry()?,
        };
        limits::MEMBER_BYTES.check(entry.size).map_err(|error| error.in_file(&file.path))?;
        total = total.saturating_add(entry.size);
        entries.push(entry);
    }
    limits::ARTIFACT_BYTES.check(total)?;
    Ok(entries)
}
