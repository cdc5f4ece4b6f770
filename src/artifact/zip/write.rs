//! Writes an artifact's zip file: the same content gives the same bytes, in constant memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::write::DeflateEncoder;
use flate2::{Compression as Level, Crc};

use super::record::{Compression, End, Record};
use crate::artifact::content::Content;
use crate::artifact::digest::{Digest, for_chunks};
use crate::error::{Error, Result};

/// zlib's own default; fixed, since it decides the bytes.
const LEVEL: u32 = 6;
/// A member is deflated when that saves at least one byte in twenty …
const WORTH_PERCENT: u64 = 95;
/// … and stored when it would unfold to more than this many times its size, which readers take for a bomb.
const MOST_RATIO: u64 = 50;
/// A large member only when that saves two bytes in five: text does, weights do not, and deflating takes a hundred times as
/// long as storing.
const LARGE_WORTH_PERCENT: u64 = 60;
/// From here on a member is large.
const LARGE_BYTES: u64 = 64 << 20;
/// The first bytes tell whether a long member is worth deflating.
const PROBE_BYTES: u64 = 1 << 20;

/// A time and a date as zip files hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DosTime(pub u16, pub u16);

impl Default for DosTime {
    /// 1980-01-01 00:00:00, the first date there is.
    fn default() -> Self {
        DosTime(0, 1 << 5 | 1)
    }
}

impl DosTime {
    /// The time in UTC, to two seconds; before 1980 the first and after 2107 the last date there is.
    pub fn from_unix(seconds: u64) -> Self {
        let days = seconds / 86_400;
        let (year, month, day) = civil(days);
        if year < 1980 {
            return DosTime::default();
        }
        if year > 2107 {
            return DosTime(23 << 11 | 59 << 5 | 29, 127 << 9 | 12 << 5 | 31);
        }
        let second = seconds % 86_400;
        let time = (second / 3600) << 11 | (second / 60 % 60) << 5 | (second % 60 / 2);
        let date = (year - 1980) << 9 | month << 5 | day;
        DosTime(time as u16, date as u16)
    }
}

/// Year, month and day of a number of days since 1970, after Howard Hinnant's `civil_from_days`.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// One member to write: its name, content, size and digest.
#[derive(Debug)]
pub struct ZipMember<'a> {
    /// The name.
    pub name: &'a str,
    /// The content.
    pub content: &'a Content,
    /// Its size.
    pub size: u64,
    /// Its digest, for a file on disk, which must not change between two passes over it.
    pub sha256: Digest,
}

/// Writes members, which are sorted by name, to an empty file; `target` is the name that errors give it.
pub fn write_zip(file: &File, target: &Path, members: &[ZipMember<'_>], modified: DosTime) -> Result<()> {
    let mut writer = Writer { out: BufWriter::with_capacity(128 << 10, file), target, modified };
    let mut records = Vec::new();
    for member in members {
        records.push(writer.member(member)?);
    }
    writer.finish(&records).map_err(|error| Error::io(target, &error))
}

struct Writer<'a> {
    out: BufWriter<&'a File>,
    target: &'a Path,
    modified: DosTime,
}

impl Writer<'_> {
    fn finish(&mut self, records: &[Record]) -> io::Result<()> {
        let offset = self.out.stream_position()?;
        let mut directory = Vec::new();
        records.iter().for_each(|record| record.push_central(&mut directory));
        self.out.write_all(&directory)?;
        let end = End { entries: records.len() as u64, size: directory.len() as u64, offset };
        self.out.write_all(&end.bytes())?;
        self.out.flush()
    }

    fn member(&mut self, member: &ZipMember<'_>) -> Result<Record> {
        let target = self.target;
        let cannot_write = |error: io::Error| Error::io(target, &error);
        let mut record = Record {
            name: member.name.to_owned(),
            compression: Compression::Stored,
            modified: (self.modified.0, self.modified.1),
            crc: 0,
            compressed: member.size,
            size: member.size,
            offset: self.out.stream_position().map_err(cannot_write)?,
        };
        let start = record.offset + record.local_bytes();
        let expected = expected(member)?;
        let found = match self.deflate(member, &mut record, start)? {
            Some(found) => found,
            None => self.copy(member, &mut record, start, Compression::Stored)?,
        };
        if expected.is_some_and(|expected| found != expected) {
            return Err(changed(member));
        }
        let end = start + record.compressed;
        self.out.seek(SeekFrom::Start(record.offset)).map_err(cannot_write)?;
        let mut header = Vec::new();
        record.push_local(&mut header);
        self.out.write_all(&header).map_err(cannot_write)?;
        self.out.seek(SeekFrom::Start(end)).map_err(cannot_write)?;
        Ok(record)
    }

    /// Writes the member deflated, unless that is not worth it or unfolds too far.
    fn deflate(&mut self, member: &ZipMember<'_>, record: &mut Record, start: u64) -> Result<Option<(u32, u64)>> {
        if !looks_compressible(member)? {
            return Ok(None);
        }
        let found = self.copy(member, record, start, Compression::Deflated)?;
        let worth = is_worth(member, record.compressed, record.size);
        Ok((worth && record.compressed.saturating_mul(MOST_RATIO) >= record.size).then_some(found))
    }

    /// Writes the content at `start`, cutting off what stood there, and completes the record. Gives CRC and size.
    fn copy(
        &mut self,
        member: &ZipMember<'_>,
        record: &mut Record,
        start: u64,
        compression: Compression,
    ) -> Result<(u32, u64)> {
        let target = self.target;
        let cannot_write = |error: io::Error| Error::io(target, &error);
        self.out.flush().map_err(cannot_write)?;
        self.out.get_ref().set_len(start).map_err(cannot_write)?;
        self.out.seek(SeekFrom::Start(start)).map_err(cannot_write)?;
        let source = member.content.open()?;
        let mut crc = Crc::new();
        let copied = match compression {
            Compression::Stored => for_chunks(source, |chunk| {
                crc.update(chunk);
                self.out.write_all(chunk)
            }),
            Compression::Deflated => {
                let mut encoder = DeflateEncoder::new(&mut self.out, Level::new(LEVEL));
                let passed = for_chunks(source, |chunk| {
                    crc.update(chunk);
                    encoder.write_all(chunk)
                });
                passed.and_then(|size| encoder.finish().map(|_| size))
            }
        };
        let size = copied.map_err(cannot_write)?;
        let end = self.out.stream_position().map_err(cannot_write)?;
        (record.compression, record.crc) = (compression, crc.sum());
        (record.compressed, record.size) = (end - start, size);
        Ok((record.crc, size))
    }
}

/// CRC and size that writing the member must come to, where its content may have changed since it was listed.
fn expected(member: &ZipMember<'_>) -> Result<Option<(u32, u64)>> {
    let Content::File(file) = member.content else { return Ok(None) };
    let summary = file.summary()?;
    let is_listed = (summary.sha256, summary.size) == (member.sha256, member.size);
    if is_listed { Ok(Some((summary.crc, summary.size))) } else { Err(changed(member)) }
}

fn changed(member: &ZipMember<'_>) -> Error {
    let message = format!("`{}` changed while it was packed", member.name);
    Error::malformed("changed-while-packed", message).hint("pack again")
}

/// Deflates the first bytes of a long member to see whether that is worth it.
fn looks_compressible(member: &ZipMember<'_>) -> Result<bool> {
    if member.size <= PROBE_BYTES {
        return Ok(member.size > 0);
    }
    let mut encoder = DeflateEncoder::new(Counter::default(), Level::new(LEVEL));
    let mut probe = member.content.open()?.take(PROBE_BYTES);
    let counter = io::copy(&mut probe, &mut encoder).and_then(|_| encoder.finish());
    let counter = counter.map_err(|error| member.content.error(&error))?;
    Ok(is_worth(member, counter.0, PROBE_BYTES) && counter.0.saturating_mul(MOST_RATIO) >= PROBE_BYTES)
}

/// Whether a member is worth deflating of which `size` bytes give `compressed`.
fn is_worth(member: &ZipMember<'_>, compressed: u64, size: u64) -> bool {
    let percent = if member.size < LARGE_BYTES { WORTH_PERCENT } else { LARGE_WORTH_PERCENT };
    compressed.saturating_mul(100) <= size.saturating_mul(percent)
}

/// Counts what is written to it.
#[derive(Default)]
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::digest::sha256;

    #[test]
    fn large_members_are_deflated_where_that_saves_much() {
        let content = Content::Bytes(Vec::new());
        let member = |size| ZipMember { name: "model", content: &content, size, sha256: sha256(b"") };
        for (size, compressed, worth) in [
            (1000, 950, true),
            (1000, 951, false),
            (LARGE_BYTES - 1, LARGE_BYTES / 10 * 9, true),
            (LARGE_BYTES, LARGE_BYTES / 10 * 9, false),
            (LARGE_BYTES, LARGE_BYTES / 10 * 6, true),
            (15 << 30, 15 << 29, true),
        ] {
            assert_eq!(is_worth(&member(size), compressed, size), worth, "{compressed} of {size}");
        }
    }

    #[test]
    fn times_are_utc_and_within_what_zip_can_say() {
        let parts = |DosTime(time, date): DosTime| {
            (1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
        };
        assert_eq!(parts(DosTime::default()), (1980, 1, 1, 0, 0, 0));
        assert_eq!(parts(DosTime::from_unix(0)), (1980, 1, 1, 0, 0, 0));
        assert_eq!(parts(DosTime::from_unix(951_827_696)), (2000, 2, 29, 12, 34, 56));
        assert_eq!(parts(DosTime::from_unix(1_798_761_599)), (2026, 12, 31, 23, 59, 58));
        assert_eq!(parts(DosTime::from_unix(u64::MAX)), (2107, 12, 31, 23, 59, 58));
    }
}
