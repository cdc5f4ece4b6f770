//! The content of one member as a stream: as many bytes as declared, with the declared CRC, or an error.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::record::{Compression, Record};

/// A stretch of a file that several readers share: every read seeks first.
#[derive(Debug)]
pub struct Section<'a> {
    file: &'a Mutex<File>,
    position: u64,
    end: u64,
}

impl<'a> Section<'a> {
    /// `length` bytes from `position`.
    pub fn new(file: &'a Mutex<File>, position: u64, length: u64) -> Self {
        Section { file, position, end: position.saturating_add(length) }
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(target) = buffer.get_mut(..wanted).filter(|target| !target.is_empty()) else { return Ok(0) };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let count = file.read(target)?;
        self.position += count as u64;
        Ok(count)
    }
}

enum Source<'a> {
    Stored(Section<'a>),
    Deflated(DeflateDecoder<BufReader<Section<'a>>>),
}

/// A member's content.
pub struct Member<'a> {
    source: Source<'a>,
    record: &'a Record,
    produced: u64,
    crc: Crc,
}

impl<'a> Member<'a> {
    /// The content of `record`, whose data lies in `section`.
    pub fn new(record: &'a Record, section: Section<'a>) -> Self {
        let source = match record.compression {
            Compression::Stored => Source::Stored(section),
            Compression::Deflated => {
                Source::Deflated(DeflateDecoder::new(BufReader::with_capacity(128 << 10, section)))
            }
        };
        Member { source, record, produced: 0, crc: Crc::new() }
    }

    fn consumed(&self) -> u64 {
        match &self.source {
            Source::Stored(_) => self.produced,
            Source::Deflated(decoder) => decoder.total_in(),
        }
    }

    /// At the end of the stream: whether it ended where and as declared.
    fn finish(&self) -> io::Result<usize> {
        let record = self.record;
        let message = if self.produced != record.size {
            format!("holds {} bytes, its header says {}", self.produced, record.size)
        } else if self.consumed() != record.compressed {
            format!("ends after {} compressed bytes, its header says {}", self.consumed(), record.compressed)
        } else if self.crc.sum() != record.crc {
            format!("has the CRC {:08x}, its header says {:08x}", self.crc.sum(), record.crc)
        } else {
            return Ok(0);
        };
        Err(invalid(format!("member `{}` {message}", record.name)))
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl Read for Member<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.source {
            Source::Stored(section) => section.read(buffer),
            Source::Deflated(decoder) => decoder.read(buffer),
        };
        let count = count.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                invalid(format!("member `{}` is not a whole deflate stream", self.record.name))
            }
            _ => error,
        })?;
        if count == 0 {
            return self.finish();
        }
        self.produced += count as u64;
        if self.produced > self.record.size {
            return self.finish();
        }
        self.crc.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
