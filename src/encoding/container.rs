//! Zip files as frameworks write them (PyTorch, Keras, skops, NumPy's `.npz`): the container profile.
//!
//! Local headers, data and central directory must say the same and fill the file without a gap, so that a reader that
//! streams and one that starts at the end find the same members. After PKWARE's APPNOTE 6.3.10.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::member_name::{check_name, check_names};
use crate::error::{Error, Result};
use crate::limits;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
const END64_BYTES: usize = 56;
const LOCATOR64_BYTES: usize = 20;
/// The extra field that holds sizes and offsets which do not fit 32 bits.
const ZIP64: u16 = 1;
/// The extra field that gives the name a second time: two readers would see two names.
const UNICODE_PATH: u16 = 0x7075;
/// Flag bit 3: CRC and sizes stand behind the data.
const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// Flag bit 11: the name is UTF-8.
const FLAG_UTF8: u16 = 1 << 11;
/// Flag bits 1 and 2 tell how hard deflate tried.
const FLAGS: u16 = 1 << 1 | 1 << 2 | FLAG_DESCRIPTOR | FLAG_UTF8;
/// Bytes that a member may unfold to before its ratio counts.
const RATIO_FREE_BYTES: u64 = 1 << 20;

/// A zip file in memory whose structure has been checked.
#[derive(Debug)]
pub struct Container<'a> {
    bytes: &'a [u8],
    members: Vec<Member>,
}

/// A member of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Bytes of its content.
    pub size: u64,
    deflated: bool,
    crc: u32,
    /// Where its data lies in the file.
    data: Range<usize>,
}

/// Whether bytes begin as a zip file with members does.
pub fn is_container(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

impl<'a> Container<'a> {
    /// Checks the structure; no content is unfolded.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let end = EndRecord::find(bytes)?;
        limits::CONTAINER_ENTRIES.check(end.entries)?;
        let directory = bytes.get(end.directory.clone()).ok_or_else(|| broken("the central directory lies outside"))?;
        let mut fields = Fields { bytes: directory, at: 0 };
        let mut headers = Vec::new();
        for _ in 0..end.entries {
            headers.push(Header::central(&mut fields)?);
        }
        if fields.at != directory.len() {
            return Err(broken("the central directory is longer than its entries"));
        }
        for header in &headers {
            check_name(&header.name)?;
        }
        check_names(headers.iter().map(|header| header.name.as_str()))?;
        headers.sort_by_key(|header| header.offset);
        let mut position = 0;
        let mut members = Vec::new();
        for header in headers {
            let place = format!("member `{}`", header.name);
            let (member, next) = header.member(bytes, position).map_err(|error| error.at(place))?;
            position = next;
            members.push(member);
        }
        if position != end.directory.start {
            return Err(broken("bytes lie between the last member and the central directory"));
        }
        check_total(&members)?;
        Ok(Container { bytes, members })
    }

    /// The members, in the order of the file.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member called `name`.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The first member called `name` in whatever folder.
    pub fn member_anywhere(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name.rsplit('/').next() == Some(name))
    }

    /// The content of a member; its size and CRC are as declared.
    pub fn content(&self, member: &Member) -> Result<Cow<'a, [u8]>> {
        let data = self.bytes.get(member.data.clone()).unwrap_or_default();
        let content = if member.deflated { Cow::Owned(member.unfold(data)?) } else { Cow::Borrowed(data) };
        let mut crc = Crc::new();
        crc.update(&content);
        if crc.sum() == member.crc {
            return Ok(content);
        }
        let message = format!("its content has the CRC {:08x}, its header says {:08x}", crc.sum(), member.crc);
        Err(broken(message).at(format!("member `{}`", member.name)))
    }
}

impl Member {
    /// Unfolds the data, counting what comes out.
    fn unfold(&self, data: &[u8]) -> Result<Vec<u8>> {
        let wrong = |message: String| Err(broken(message).at(format!("member `{}`", self.name)));
        let mut decoder = DeflateDecoder::new(data);
        let mut content = Vec::new();
        let read = decoder.by_ref().take(self.size.saturating_add(1)).read_to_end(&mut content);
        match read {
            Err(error) => wrong(format!("its deflate stream is broken: {error}")),
            Ok(count) if count as u64 != self.size => {
                wrong(format!("its content is not the {} bytes that its header says", self.size))
            }
            Ok(_) if decoder.total_in() != data.len() as u64 => {
                wrong(format!("its stream ends after {} of {} bytes", decoder.total_in(), data.len()))
            }
            Ok(_) => Ok(content),
        }
    }
}

fn broken(message: impl Into<String>) -> Error {
    Error::malformed("container", message)
}

fn check_total(members: &[Member]) -> Result<()> {
    let total = members.iter().fold(0u64, |total, member| total.saturating_add(member.size));
    limits::DECOMPRESSED_BYTES.check(total)
}

/// A cursor over little-endian fields.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(count);
        let taken =
            end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| broken("a zip record is cut short"))?;
        self.at += count;
        Ok(taken)
    }

    fn number(&mut self, count: usize) -> Result<u64> {
        Ok(self.take(count)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u16(&mut self) -> Result<u16> {
        Ok(self.number(2)? as u16)
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(self.number(4)? as u32)
    }

    fn u64(&mut self) -> Result<u64> {
        self.number(8)
    }

    fn expect(&mut self, signature: u32, what: &str) -> Result<()> {
        match self.u32()? == signature {
            true => Ok(()),
            false => Err(broken(format!("expected {what}, found other bytes"))),
        }
    }
}

/// Where the central directory lies and how many entries it has.
struct EndRecord {
    entries: u64,
    directory: Range<usize>,
}

impl EndRecord {
    /// The end record, which ends with the file: a comment behind it could hide another archive.
    fn find(bytes: &[u8]) -> Result<Self> {
        let at = bytes.len().checked_sub(END_BYTES).ok_or_else(|| broken("the file is shorter than an end record"))?;
        let mut fields = Fields { bytes, at };
        fields.expect(END, "the end record of a zip file, without a comment, as the file's last bytes")?;
        let disks = fields.u32()?;
        let (here, entries) = (u64::from(fields.u16()?), u64::from(fields.u16()?));
        let (size, offset) = (u64::from(fields.u32()?), u64::from(fields.u32()?));
        if disks != 0 || here != entries || fields.u16()? != 0 {
            return Err(broken("the archive has several parts, or a comment"));
        }
        let saturated = entries == u64::from(u16::MAX) || size == u64::from(u32::MAX) || offset == u64::from(u32::MAX);
        let locator = at.checked_sub(LOCATOR64_BYTES).filter(|at| bytes[*at..].starts_with(&LOCATOR64.to_le_bytes()));
        match locator {
            Some(locator) => Self::wide(bytes, locator, [entries, size, offset]),
            None if saturated => Err(broken("the end record points to a zip64 record that is missing")),
            None => Self::of(entries, size, offset, at),
        }
    }

    /// The zip64 end record before its locator. Narrow numbers are the same or saturated.
    fn wide(bytes: &[u8], locator: usize, narrow: [u64; 3]) -> Result<Self> {
        let at = locator.checked_sub(END64_BYTES).ok_or_else(|| broken("the zip64 record is cut short"))?;
        let mut fields = Fields { bytes, at: locator + 4 };
        if fields.u32()? != 0 || fields.u64()? != at as u64 || fields.u32()? != 1 {
            return Err(broken("the zip64 locator does not point to the record before it"));
        }
        let mut fields = Fields { bytes, at };
        fields.expect(END64, "a zip64 end record")?;
        let length = fields.u64()?;
        fields.u32()?;
        let disks = fields.u64()?;
        let (here, entries, size, offset) = (fields.u64()?, fields.u64()?, fields.u64()?, fields.u64()?);
        if length != END64_BYTES as u64 - 12 || disks != 0 || here != entries {
            return Err(broken("the zip64 end record has other fields than this profile takes"));
        }
        let ceilings = [u64::from(u16::MAX), u64::from(u32::MAX), u64::from(u32::MAX)];
        let differs = |((narrow, wide), most): ((u64, u64), u64)| narrow != wide && narrow != most;
        if narrow.into_iter().zip([entries, size, offset]).zip(ceilings).any(differs) {
            return Err(broken("the end record and the zip64 end record differ"));
        }
        Self::of(entries, size, offset, at)
    }

    fn of(entries: u64, size: u64, offset: u64, end: usize) -> Result<Self> {
        if offset.checked_add(size) != Some(end as u64) {
            return Err(broken("bytes lie between the central directory and the end record"));
        }
        Ok(EndRecord { entries, directory: offset as usize..end })
    }
}

/// What a header says of a member.
#[derive(Debug)]
struct Header {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u64,
    size: u64,
    offset: u64,
}

impl Header {
    fn central(fields: &mut Fields<'_>) -> Result<Self> {
        let start = fields.at;
        fields.expect(CENTRAL, "a central header")?;
        let made_by = fields.u16()?;
        fields.u16()?;
        let mut header = Self::shared(fields)?;
        let (name_bytes, extra_bytes, comment_bytes) = (fields.u16()?, fields.u16()?, fields.u16()?);
        let (disk, _, attributes) = (fields.u16()?, fields.u16()?, fields.u32()?);
        header.offset = u64::from(fields.u32()?);
        debug_assert_eq!(fields.at - start, CENTRAL_BYTES);
        header.name = name(fields.take(name_bytes.into())?, header.flags)?;
        let place = format!("member `{}`", header.name);
        let extra = fields.take(extra_bytes.into())?;
        header.widen(extra, true).map_err(|error| error.at(&place))?;
        // The upper half of the attributes is the mode of Unix: nothing, or a regular file.
        let kind = (attributes >> 16) & 0o170_000;
        let is_regular = made_by >> 8 != 3 || kind == 0 || kind == 0o100_000;
        match comment_bytes == 0 && disk == 0 && is_regular {
            true => Ok(header),
            false => Err(broken("expected a regular file without a comment").at(place)),
        }
    }

    /// The fields from the flags to the sizes, which both headers have.
    fn shared(fields: &mut Fields<'_>) -> Result<Self> {
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.u32()?;
        let (crc, compressed, size) = (fields.u32()?, u64::from(fields.u32()?), u64::from(fields.u32()?));
        Ok(Header { name: String::new(), flags, method, crc, compressed, size, offset: 0 })
    }

    /// Takes saturated numbers from the zip64 field.
    fn widen(&mut self, extra: &[u8], is_central: bool) -> Result<()> {
        let mut fields = Fields { bytes: extra, at: 0 };
        let mut has_wide = false;
        while fields.at < extra.len() {
            let (id, length) = (fields.u16()?, fields.u16()?);
            let mut body = Fields { bytes: fields.take(length.into())?, at: 0 };
            if id == UNICODE_PATH || (id == ZIP64 && has_wide) {
                return Err(broken("an extra field gives a second name or a second size"));
            }
            if id != ZIP64 {
                continue;
            }
            has_wide = true;
            let mut numbers = vec![&mut self.size, &mut self.compressed];
            if is_central {
                numbers.push(&mut self.offset);
            }
            for number in numbers {
                if *number == u64::from(u32::MAX) {
                    *number = body.u64()?;
                }
            }
            if body.at != body.bytes.len() {
                return Err(broken("the zip64 field holds more than the headers ask for"));
            }
        }
        Ok(())
    }

    /// The member, whose local header must stand at `position` and say the same, and where what follows begins.
    fn member(self, bytes: &[u8], position: usize) -> Result<(Member, usize)> {
        if self.offset != position as u64 {
            let message = format!("its local header is said to stand at byte {}, expected {position}", self.offset);
            return Err(broken(message));
        }
        if self.flags & !FLAGS != 0 || !matches!(self.method, 0 | 8) {
            return Err(broken(format!("its flags are {:#x} and its method {}", self.flags, self.method))
                .hint("expected a member that is stored or deflated, and not encrypted"));
        }
        let mut fields = Fields { bytes, at: position };
        fields.expect(LOCAL, "a local header")?;
        fields.u16()?;
        let mut local = Self::shared(&mut fields)?;
        let (name_bytes, extra_bytes) = (fields.u16()?, fields.u16()?);
        debug_assert_eq!(fields.at - position, LOCAL_BYTES);
        local.name = name(fields.take(name_bytes.into())?, local.flags)?;
        local.widen(fields.take(extra_bytes.into())?, false)?;
        self.compare(&local)?;
        let start = fields.at;
        let count = usize::try_from(self.compressed).map_err(|_| broken("its data lies outside the file"))?;
        fields.take(count)?;
        if self.flags & FLAG_DESCRIPTOR != 0 {
            self.descriptor(&mut fields)?;
        }
        self.check_sizes()?;
        let data = start..start + count;
        let member = Member { name: self.name, size: self.size, deflated: self.method == 8, crc: self.crc, data };
        Ok((member, fields.at))
    }

    /// Both headers say the same; sizes that follow the data may be left out of the local one.
    fn compare(&self, local: &Header) -> Result<()> {
        let numbers = |header: &Header| (u64::from(header.crc), header.compressed, header.size);
        let left_out = self.flags & FLAG_DESCRIPTOR != 0 && numbers(local) == (0, 0, 0);
        let same = (self.name == local.name && self.flags == local.flags && self.method == local.method)
            && (left_out || numbers(self) == numbers(local));
        match same {
            true => Ok(()),
            false => Err(broken("its local header differs from its central header")),
        }
    }

    /// CRC and sizes behind the data: with or without a signature, in four or in eight bytes each.
    fn descriptor(&self, fields: &mut Fields<'_>) -> Result<()> {
        let start = fields.at;
        for (signed, width) in [(true, 4), (true, 8), (false, 4), (false, 8)] {
            fields.at = start;
            if signed && fields.u32()? != DESCRIPTOR {
                continue;
            }
            let numbers = (fields.u32(), fields.number(width), fields.number(width));
            if let (Ok(crc), Ok(compressed), Ok(size)) = numbers
                && (crc, compressed, size) == (self.crc, self.compressed, self.size)
            {
                return Ok(());
            }
        }
        Err(broken("what stands behind its data differs from its central header"))
    }

    fn check_sizes(&self) -> Result<()> {
        let most = self.compressed.saturating_mul(limits::MEMBER_RATIO.value()).saturating_add(RATIO_FREE_BYTES);
        if self.method == 0 && self.size != self.compressed {
            return Err(broken("it is stored, and its two sizes differ"));
        }
        match self.size <= most {
            true => Ok(()),
            false => Err(broken(format!("{} compressed bytes unfold to {}", self.compressed, self.size))),
        }
    }
}

/// A name, which every reader must read alike: UTF-8 that is flagged as such, or ASCII. Python reads others as code page 437.
fn name(bytes: &[u8], flags: u16) -> Result<String> {
    if flags & FLAG_UTF8 == 0 && !bytes.is_ascii() {
        return Err(broken("a member's name is not ASCII, and not flagged as UTF-8"));
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| broken("a member's name is not UTF-8"))
}
