//! Tar files with regular files in them, as POSIX's `ustar` and GNU tar write them.

use super::member_name::{check_name, check_names};
use crate::error::{Error, Result};
use crate::limits;

const BLOCK_BYTES: usize = 512;
const NAME: std::ops::Range<usize> = 0..100;
const SIZE: std::ops::Range<usize> = 124..136;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const KIND: usize = 156;
const MAGIC: std::ops::Range<usize> = 257..262;
const PREFIX: std::ops::Range<usize> = 345..500;

/// A regular file of a tar file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: &'a [u8],
}

/// Whether bytes begin as a tar file does.
pub fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(MAGIC) == Some(b"ustar")
}

/// The regular files. Links, devices and extended headers that rename or resize what follows are refused; folders are
/// passed.
pub fn members(bytes: &[u8]) -> Result<Vec<Member<'_>>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        limits::CONTAINER_ENTRIES.check_len(found.len())?;
        let block = bytes.get(at..at + BLOCK_BYTES).ok_or_else(|| broken("it ends without a block of zeros"))?;
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        let (name, size, kind) = header(block)?;
        let start = at + BLOCK_BYTES;
        let end = start.checked_add(size).filter(|end| *end <= bytes.len());
        let end = end.ok_or_else(|| broken("a member is cut short").at(format!("member `{name}`")))?;
        match kind {
            b'0' | 0 => found.push(Member { name, content: &bytes[start..end] }),
            b'5' if size == 0 => {}
            b'x' => harmless(&bytes[start..end])?,
            _ => {
                let message = format!("its kind is {:?}, expected a regular file", char::from(kind));
                return Err(broken(message).at(format!("member `{name}`")));
            }
        }
        at = end.next_multiple_of(BLOCK_BYTES);
    }
    if bytes[at..].iter().any(|byte| *byte != 0) {
        return Err(broken("bytes stand behind its last member"));
    }
    found.iter().try_for_each(|member| check_name(&member.name))?;
    check_names(found.iter().map(|member| member.name.as_str()))?;
    Ok(found)
}

/// Keys of extended headers that change neither the name nor the length of what follows.
const HARMLESS: &[&str] = &["mtime", "atime", "ctime", "uid", "gid", "uname", "gname"];

/// Whether an extended header tells only times and owners of what follows. Its records begin with their own length and end
/// with a line feed; whoever reads by the one or by the other must find the same.
fn harmless(records: &[u8]) -> Result<()> {
    let mut rest = std::str::from_utf8(records).map_err(|_| broken("an extended header is not UTF-8"))?;
    while !rest.is_empty() {
        let (record, others) = pax_record(rest).ok_or_else(|| {
            let line = rest.lines().next().unwrap_or_default();
            broken(format!("an extended header is not made of whole records at `{}`", line.escape_default()))
        })?;
        let key = record.split_once('=').map(|(key, _)| key);
        if !key.is_some_and(|key| HARMLESS.contains(&key)) {
            return Err(broken(format!("an extended header says `{}`", record.escape_default())));
        }
        rest = others;
    }
    Ok(())
}

/// What the first record says, and the others: the length is that of the whole record, in digits without leading zeros.
fn pax_record(records: &str) -> Option<(&str, &str)> {
    let (digits, _) = records.split_once(' ')?;
    let is_plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    let length: usize = digits.parse().ok().filter(|_| is_plain)?;
    let (record, others) = records.split_at_checked(length)?;
    let said = record.strip_suffix('\n')?.get(digits.len() + 1..)?;
    (!said.contains(['\n', '\0'])).then_some((said, others))
}

/// Name, size and kind of a member.
fn header(block: &[u8]) -> Result<(String, usize, u8)> {
    let sum = |(at, byte): (usize, &u8)| u64::from(if CHECKSUM.contains(&at) { b' ' } else { *byte });
    if octal(&block[CHECKSUM])? != block.iter().enumerate().map(sum).sum::<u64>() {
        return Err(broken("the checksum of a header is wrong"));
    }
    // GNU tar keeps times where POSIX keeps the first part of the name.
    let is_posix = block.get(262) == Some(&0);
    let (prefix, name) = (text(&block[PREFIX])?, text(&block[NAME])?);
    if !is_posix && !prefix.is_empty() {
        return Err(broken("a header holds what is a time for GNU tar and the start of the name for Python"));
    }
    let kind = block[KIND];
    // Python takes a file whose name ends so for a folder, and does not pass its content.
    if kind != b'5' && name.ends_with('/') {
        return Err(broken("the name of a file ends as that of a folder").at(format!("member `{name}`")));
    }
    let name = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
    let size = usize::try_from(octal(&block[SIZE])?).map_err(|_| broken("a member is cut short"))?;
    let name = name.strip_prefix("./").unwrap_or(&name).trim_end_matches('/').to_owned();
    Ok((name, size, kind))
}

/// Text up to the first zero.
fn text(field: &[u8]) -> Result<&str> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    std::str::from_utf8(&field[..end]).map_err(|_| broken("a name is not UTF-8"))
}

/// A number in octal digits, between blanks and zeros.
fn octal(field: &[u8]) -> Result<u64> {
    let digits = text(field)?.trim();
    match u64::from_str_radix(digits, 8) {
        Ok(number) if !digits.starts_with('+') => Ok(number),
        _ => Err(broken("a header holds no octal number where one belongs")),
    }
}

fn broken(message: impl Into<String>) -> Error {
    Error::malformed("tar", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header and content, as `ustar` has them.
    fn member(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut block = vec![0; BLOCK_BYTES];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[SIZE].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        block[KIND] = kind;
        block[257..265].copy_from_slice(b"ustar\x0000");
        block[CHECKSUM].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block.extend(content);
        block.resize(block.len().next_multiple_of(BLOCK_BYTES), 0);
        block
    }

    fn archive(parts: &[Vec<u8>]) -> Vec<u8> {
        [parts.concat(), vec![0; 2 * BLOCK_BYTES]].concat()
    }

    #[test]
    fn regular_files_are_members_and_folders_are_passed() {
        let bytes = archive(&[member("x/", b'5', b""), member("x/a.pkl", b'0', b"N."), member("b", 0, &[7; 600])]);
        assert!(is_tar(&bytes));
        let members = members(&bytes).unwrap();
        assert_eq!(members[0], Member { name: "x/a.pkl".into(), content: b"N." });
        assert_eq!((members[1].name.as_str(), members[1].content.len()), ("b", 600));
        let owned = archive(&[member("h", b'x', b"11 uname=a\n13 mtime=1.5\n"), member("a", b'0', b"N.")]);
        assert_eq!(super::members(&owned).unwrap().len(), 1);
    }

    #[test]
    fn what_leaves_the_folder_or_is_read_in_two_ways_is_refused() {
        let cases: [(&str, Vec<u8>); 12] = [
            ("link", archive(&[member("a", b'2', b"")])),
            ("device", archive(&[member("a", b'3', b"")])),
            ("long name", archive(&[member("a", b'L', b"other")])),
            ("renamed", archive(&[member("a", b'x', b"12 path=../b\n")])),
            ("parent", archive(&[member("../a", b'0', b"")])),
            ("twice", archive(&[member("a", b'0', b""), member("A", b'0', b"")])),
            ("behind", [archive(&[member("a", b'0', b"")]), b"x".to_vec()].concat()),
            ("folder by its name", archive(&[member("a/", 0, &[0; 512])])),
            ("record in a record", archive(&[member("a", b'x', b"10 uname=a10 size=0\n")])),
            ("record too long", archive(&[member("a", b'x', b"99 uname=a\n")])),
            ("record without an end", archive(&[member("a", b'x', b"11 uname=abc")])),
            ("cut", member("a", b'0', &[1; 600])[..900].to_vec()),
        ];
        for (what, bytes) in cases {
            assert_eq!(members(&bytes).unwrap_err().kind(), crate::error::ErrorKind::Malformed, "{what}");
        }
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        let mut bytes = archive(&[member("a", b'0', b"")]);
        bytes[0] = b'b';
        assert!(members(&bytes).unwrap_err().to_string().contains("checksum"));
    }
}
