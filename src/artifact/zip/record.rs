//! The records of a zip file in our profile: local header, central header, end records. After PKWARE's APPNOTE 6.3.10.

use crate::error::{Error, Result};

/// The value of a 32-bit field whose number stands in a zip64 field.
pub const SATURATED: u32 = u32::MAX;
/// Flag bit 11: the name is UTF-8.
pub const FLAG_UTF8: u16 = 1 << 11;
/// A regular file with mode 0644, in the upper half of the external attributes.
pub const REGULAR_0644: u32 = 0o100_644 << 16;
/// Bytes of a local header before its name.
pub const LOCAL_BYTES: usize = 30;
/// Bytes of a central header before its name.
pub const CENTRAL_BYTES: usize = 46;
/// Bytes of the end record.
pub const END_BYTES: usize = 22;
/// Bytes of the zip64 end record and its locator.
pub const END64_BYTES: usize = 76;

const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
const END_SIGNATURE: u32 = 0x0605_4b50;
const END64_SIGNATURE: u32 = 0x0606_4b50;
const LOCATOR_SIGNATURE: u32 = 0x0706_4b50;
const ZIP64_EXTRA: u16 = 1;
/// Made on Unix, by version 2.0 of the specification.
const MADE_BY: u16 = 3 << 8 | 20;
const NEEDS_DEFLATE: u16 = 20;
const NEEDS_ZIP64: u16 = 45;

/// How a member is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    Stored,
    /// Deflate.
    Deflated,
}

/// What both headers of a member say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name.
    pub name: String,
    /// How it is stored.
    pub compression: Compression,
    /// DOS time and date.
    pub modified: (u16, u16),
    /// CRC-32 of the content.
    pub crc: u32,
    /// Bytes in the archive.
    pub compressed: u64,
    /// Bytes of the content.
    pub size: u64,
    /// Where its local header stands.
    pub offset: u64,
}

/// The end of the central directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Members.
    pub entries: u64,
    /// Bytes of the central directory.
    pub size: u64,
    /// Where it begins.
    pub offset: u64,
}

/// An archive that is not in our profile.
pub fn not_in_profile(message: impl Into<String>) -> Error {
    Error::malformed("zip-profile", message)
        .hint("unpack it into a directory and run `scorepack pack` on that: it writes archives of this form")
}

/// Whether a size or an offset does not fit 32 bits.
fn needs_zip64(number: u64) -> bool {
    number >= u64::from(SATURATED)
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(SATURATED)
}

impl Record {
    fn sizes_need_zip64(&self) -> bool {
        needs_zip64(self.size)
    }

    /// The fields from "version needed" to "extra length", which both headers share.
    fn common(&self, needs: u16, extra_bytes: usize, bytes: &mut Vec<u8>) {
        let wide = self.sizes_need_zip64();
        let method: u16 = if self.compression == Compression::Deflated { 8 } else { 0 };
        let flags = if self.name.is_ascii() { 0 } else { FLAG_UTF8 };
        for field in [needs, flags, method, self.modified.0, self.modified.1] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        let sizes = [self.compressed, self.size].map(|size| if wide { SATURATED } else { narrow(size) });
        for field in [self.crc, sizes[0], sizes[1]] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        for field in [self.name.len() as u16, extra_bytes as u16] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
    }

    /// Bytes of the local header with name and extra field.
    pub fn local_bytes(&self) -> u64 {
        (LOCAL_BYTES + self.name.len() + self.local_extra().len()) as u64
    }

    fn local_extra(&self) -> Vec<u8> {
        if self.sizes_need_zip64() { zip64_extra(&[self.size, self.compressed]) } else { Vec::new() }
    }

    /// Appends the local header with name and extra field.
    pub fn push_local(&self, bytes: &mut Vec<u8>) {
        let extra = self.local_extra();
        bytes.extend_from_slice(&LOCAL_SIGNATURE.to_le_bytes());
        self.common(needs(&extra), extra.len(), bytes);
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.extend(extra);
    }

    /// Appends the central header with name and extra field.
    pub fn push_central(&self, bytes: &mut Vec<u8>) {
        let mut wide = if self.sizes_need_zip64() { vec![self.size, self.compressed] } else { Vec::new() };
        if needs_zip64(self.offset) {
            wide.push(self.offset);
        }
        let extra = if wide.is_empty() { Vec::new() } else { zip64_extra(&wide) };
        bytes.extend_from_slice(&CENTRAL_SIGNATURE.to_le_bytes());
        bytes.extend_from_slice(&MADE_BY.to_le_bytes());
        self.common(needs(&extra), extra.len(), bytes);
        // Comment length, disk, internal attributes.
        bytes.extend([0; 6]);
        bytes.extend_from_slice(&REGULAR_0644.to_le_bytes());
        bytes.extend_from_slice(&narrow(self.offset).to_le_bytes());
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.extend(extra);
    }
}

/// The version that is needed to read a header with such an extra field.
fn needs(extra: &[u8]) -> u16 {
    if extra.is_empty() { NEEDS_DEFLATE } else { NEEDS_ZIP64 }
}

fn zip64_extra(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = ZIP64_EXTRA.to_le_bytes().to_vec();
    bytes.extend((8 * numbers.len() as u16).to_le_bytes());
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}

impl End {
    /// The end record, with its zip64 form before it where a number needs it.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if needs_zip64(self.size) || needs_zip64(self.offset) {
            bytes.extend(END64_SIGNATURE.to_le_bytes());
            bytes.extend(44u64.to_le_bytes());
            bytes.extend(MADE_BY.to_le_bytes());
            bytes.extend(NEEDS_ZIP64.to_le_bytes());
            bytes.extend([0; 8]);
            for number in [self.entries, self.entries, self.size, self.offset] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(LOCATOR_SIGNATURE.to_le_bytes());
            bytes.extend(0u32.to_le_bytes());
            // A hostile record may name any numbers; what it names then stands nowhere in a file.
            bytes.extend(self.offset.saturating_add(self.size).to_le_bytes());
            bytes.extend(1u32.to_le_bytes());
        }
        bytes.extend(END_SIGNATURE.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend((self.entries as u16).to_le_bytes());
        bytes.extend((self.entries as u16).to_le_bytes());
        bytes.extend(narrow(self.size).to_le_bytes());
        bytes.extend(narrow(self.offset).to_le_bytes());
        bytes.extend(0u16.to_le_bytes());
        bytes
    }

    /// Reads the end records from the last bytes of a file of `length` bytes. They must be what [`End::bytes`] writes.
    pub fn parse(tail: &[u8], length: u64) -> Result<End> {
        let refused = || not_in_profile("the file does not end in a zip end record without a comment");
        let last = tail.len().checked_sub(END_BYTES).and_then(|start| tail.get(start..)).ok_or_else(refused)?;
        let mut fields = Fields(last);
        if fields.u32()? != END_SIGNATURE {
            return Err(refused());
        }
        fields.skip(6)?;
        let entries = u64::from(fields.u16()?);
        let mut end = End { entries, size: u64::from(fields.u32()?), offset: u64::from(fields.u32()?) };
        if needs_zip64(end.size) || needs_zip64(end.offset) {
            let start = tail.len().checked_sub(END_BYTES + END64_BYTES).ok_or_else(refused)?;
            let mut fields = Fields(tail.get(start..).unwrap_or_default());
            fields.skip(32)?;
            end = End { entries: fields.u64()?, size: fields.u64()?, offset: fields.u64()? };
        }
        let expected = end.bytes();
        let fits =
            end.offset.checked_add(end.size).and_then(|at| at.checked_add(expected.len() as u64)) == Some(length);
        let same = tail.len().checked_sub(expected.len()).and_then(|start| tail.get(start..)) == Some(&expected[..]);
        if fits && same { Ok(end) } else { Err(not_in_profile("the zip end record does not fit the file")) }
    }
}

/// Little-endian fields, one after the other.
#[derive(Debug)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| not_in_profile("a zip record is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        self.take(count).map(drop)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next central header. It must be what [`Record::push_central`] writes, here over `expected`.
    pub fn central(&mut self, expected: &mut Vec<u8>) -> Result<Record> {
        let start = self.0;
        if self.u32()? != CENTRAL_SIGNATURE {
            return Err(not_in_profile("the central directory holds something else than headers"));
        }
        self.skip(6)?;
        let compression = match self.u16()? {
            0 => Compression::Stored,
            8 => Compression::Deflated,
            other => return Err(not_in_profile(format!("expected compression method 0 or 8, found {other}"))),
        };
        let modified = (self.u16()?, self.u16()?);
        let crc = self.u32()?;
        let (mut compressed, mut size) = (u64::from(self.u32()?), u64::from(self.u32()?));
        let (name_bytes, extra_bytes) = (self.u16()?, self.u16()?);
        self.skip(10)?;
        let mut offset = u64::from(self.u32()?);
        let name = std::str::from_utf8(self.take(name_bytes.into())?)
            .map_err(|_| not_in_profile("a member's name is not UTF-8"))?
            .to_owned();
        let mut extra = Fields(self.take(extra_bytes.into())?);
        if extra_bytes > 0 {
            extra.skip(4)?;
        }
        for number in [&mut size, &mut compressed, &mut offset] {
            if *number == u64::from(SATURATED) {
                *number = extra.u64().map_err(|error| error.at(format!("member `{name}`")))?;
            }
        }
        let record = Record { name, compression, modified, crc, compressed, size, offset };
        let found = start.get(..start.len() - self.0.len()).unwrap_or_default();
        expected.clear();
        record.push_central(expected);
        if found != expected {
            let message = "the member's header has flags, attributes or extra fields that an artifact does not have";
            return Err(not_in_profile(message).at(format!("member `{}`", record.name)));
        }
        Ok(record)
    }
}
