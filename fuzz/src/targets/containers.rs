//! Archives: what our reader takes, another reader sees the same in.

use std::io::{Cursor, Read};

use flate2::read::DeflateDecoder;
use scorepack::encoding::container::Container;
use scorepack::encoding::tar as tar_file;

/// Bytes that a member of a damaged zip file may unfold to.
const UNFOLDED_BYTES: u64 = 1 << 20;
/// Members of a damaged zip file.
const MEMBERS: usize = 64;
const LOCAL_BYTES: usize = 30;
const BLOCK_BYTES: usize = 512;
/// Where the sum of a tar header stands in it.
const SUM: std::ops::Range<usize> = 148..156;

/// The container profile: names, sizes and contents are those that the `zip` crate finds.
pub fn container(bytes: &[u8]) {
    let Ok(container) = Container::open(bytes) else { return };
    let mut other = zip::ZipArchive::new(Cursor::new(bytes)).expect("a container of the profile is a zip file");
    assert_eq!(other.len(), container.members().len());
    for member in container.members() {
        let content = container.content(member);
        let mut found = Vec::new();
        let read = other.by_name(&member.name).map(|mut file| {
            assert_eq!(file.size(), member.size);
            file.by_ref().take(member.size + 1).read_to_end(&mut found)
        });
        if let Ok(content) = content {
            assert!(matches!(read, Ok(Ok(_))), "`{}` cannot be read by another reader", member.name);
            assert!(*content == *found, "`{}` has another content for another reader", member.name);
        }
    }
}

/// A tar file, as it is and with the sums of its headers put right: its members lie in it and do not overlap.
pub fn tar(bytes: &[u8]) {
    let summed = with_sums(bytes);
    for bytes in [bytes, &summed] {
        if let Ok(members) = tar_file::members(bytes) {
            let total: usize = members.iter().map(|member| member.content.len()).sum();
            assert!(total <= bytes.len());
        }
    }
    super::scans::any(&summed);
}

/// The blocks of a tar file with the sum in every header, and the two empty blocks at its end.
fn with_sums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES), 0);
    let mut at = 0;
    while let Some(header) = bytes.get_mut(at..at + BLOCK_BYTES).filter(|block| block.iter().any(|byte| *byte != 0)) {
        header[257..262].copy_from_slice(b"ustar");
        header[SUM].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let size =
            std::str::from_utf8(&header[124..135]).ok().and_then(|size| usize::from_str_radix(size.trim(), 8).ok());
        at += BLOCK_BYTES + size.unwrap_or_default().min(bytes.len()).next_multiple_of(BLOCK_BYTES);
    }
    bytes.resize(bytes.len().max(at) + 2 * BLOCK_BYTES, 0);
    bytes
}

/// The members of a zip file by its local headers alone, believing neither sizes nor sums.
pub fn members_of(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let heads: Vec<usize> = memchr::memmem::find_iter(bytes, b"PK\x03\x04").take(MEMBERS).collect();
    let marks = |from: usize| {
        let mark = |mark: &[u8]| memchr::memmem::find(&bytes[from..], mark).map(|at| from + at);
        [mark(b"PK\x03\x04"), mark(b"PK\x01\x02"), mark(b"PK\x07\x08")].into_iter().flatten().min()
    };
    heads.into_iter().filter_map(|head| member(bytes, head, marks(head + 4).unwrap_or(bytes.len()))).collect()
}

fn member(bytes: &[u8], head: usize, end: usize) -> Option<(String, Vec<u8>)> {
    let header = bytes.get(head..head + LOCAL_BYTES)?;
    let word = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (deflated, name, extra) = (word(8) == 8, word(26), word(28));
    let name = bytes.get(head + LOCAL_BYTES..head + LOCAL_BYTES + name)?;
    let data = bytes.get((head + LOCAL_BYTES + name.len() + extra).min(end)..end)?;
    let name = String::from_utf8_lossy(name).into_owned();
    if !deflated {
        return Some((name, data.to_vec()));
    }
    let mut content = Vec::new();
    let _ = DeflateDecoder::new(data).take(UNFOLDED_BYTES).read_to_end(&mut content);
    Some((name, content))
}
