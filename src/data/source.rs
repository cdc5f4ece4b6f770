//! Where rows come from, and which format its first bytes are of.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use super::Format;
use super::format::{Detected, detect};
use crate::error::{Error, ErrorKind, Result, io_message};
use crate::limits;

/// Bytes on their way in.
pub enum Source {
    /// A file, which can be read from any place.
    File(File),
    /// A pipe.
    Stream(Box<dyn Read + Send>),
    /// A document in memory.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Source::File(_) => "File",
            Source::Stream(_) => "Stream",
            Source::Bytes(_) => "Bytes",
        })
    }
}

impl From<File> for Source {
    fn from(file: File) -> Source {
        Source::File(file)
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Source {
        Source::Bytes(bytes)
    }
}

/// How much is looked at first.
const PEEK_BYTES: u64 = 64 << 10;

impl Source {
    /// The file at a path.
    pub fn open(path: &Path) -> Result<Source> {
        let file = File::open(path).map_err(|error| Error::io(path, &error))?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(if is_file { Source::File(file) } else { Source::Stream(Box::new(file)) })
    }

    /// The format of the content; nothing is lost.
    pub(crate) fn detect(self) -> Result<(Source, Format)> {
        match self {
            Source::Bytes(bytes) => {
                let format = Format::of(&bytes)?;
                Ok((Source::Bytes(bytes), format))
            }
            Source::File(mut file) => {
                let (_, format) = peek(&mut file)?;
                file.seek(SeekFrom::Start(0)).map_err(read_error)?;
                Ok((Source::File(file), format))
            }
            Source::Stream(mut stream) => {
                let (head, format) = peek(&mut stream)?;
                Ok((Source::Stream(Box::new(Cursor::new(head).chain(stream))), format))
            }
        }
    }

    /// As a stream.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send> {
        match self {
            Source::File(file) => Box::new(file),
            Source::Stream(stream) => stream,
            Source::Bytes(bytes) => Box::new(Cursor::new(bytes)),
        }
    }

    /// Everything, within the limit of documents that are read whole: JSON.
    pub(crate) fn into_bytes(self) -> Result<Vec<u8>> {
        let bytes = match self {
            Source::Bytes(bytes) => bytes,
            other => {
                let mut bytes = Vec::new();
                let most = limits::DATA_BYTES.value().saturating_add(1);
                other.into_reader().take(most).read_to_end(&mut bytes).map_err(read_error)?;
                bytes
            }
        };
        let most = limits::DATA_BYTES.check_len(bytes.len());
        most.map_err(|limit| {
            let hint =
                "a JSON document is read whole: write JSON lines or CSV, or raise it with `--limit data-bytes=N`";
            Error::new(limit.kind(), limit.code(), limit.to_string()).hint(hint)
        })?;
        Ok(bytes)
    }
}

/// Reads until the format is known.
fn peek(reader: &mut impl Read) -> Result<(Vec<u8>, Format)> {
    let mut head = Vec::new();
    loop {
        let wanted = PEEK_BYTES.max(head.len() as u64);
        let read = reader.take(wanted).read_to_end(&mut head).map_err(read_error)? as u64;
        let at_end = read < wanted;
        match detect(&head, at_end)? {
            Detected::Format(format) => return Ok((head, format)),
            Detected::NeedMore => limits::DATA_BYTES.check_len(head.len())?,
        }
    }
}

/// A read that failed.
pub fn read_error(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "io", io_message(&error))
}
