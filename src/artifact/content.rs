//! The content of a file on its way into an artifact: bytes in memory, or a file on disk that is streamed.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::digest::{Digest, sha256, sha256_stream};
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
    File(PathBuf),
}

impl Content {
    /// The content as a stream.
    pub fn open(&self) -> Result<Box<dyn Read + '_>> {
        match self {
            Content::Bytes(bytes) => Ok(Box::new(&bytes[..])),
            Content::File(path) => {
                File::open(path).map(|file| Box::new(file) as Box<dyn Read>).map_err(|error| self.error(&error))
            }
        }
    }

    /// Its digest and size.
    pub fn digest(&self) -> Result<(Digest, u64)> {
        match self {
            Content::Bytes(bytes) => Ok((sha256(bytes), bytes.len() as u64)),
            Content::File(_) => sha256_stream(self.open()?).map_err(|error| self.error(&error)),
        }
    }

    /// A failure to read it.
    pub fn error(&self, error: &io::Error) -> Error {
        match self {
            Content::Bytes(_) => Error::io(Path::new("memory"), error),
            Content::File(path) => Error::io(path, error),
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
    limits::ARTIFACT_ENTRIES.check_len(files.len() + 2)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files.iter() {
        check_name(&file.path)?;
    }
    check_names(files.iter().map(|file| file.path.as_str()).chain([super::MANIFEST, super::FILE_LIST]))?;
    let mut entries = Vec::new();
    let mut total = 0u64;
    for file in files.iter() {
        let (sha256, size) = file.content.digest()?;
        limits::MEMBER_BYTES.check(size).map_err(|error| error.in_file(&file.path))?;
        total = total.saturating_add(size);
        entries.push(FileEntry { path: file.path.clone(), size, sha256, role: file.role, edited: file.edited });
    }
    limits::ARTIFACT_BYTES.check(total)?;
    Ok(entries)
}
