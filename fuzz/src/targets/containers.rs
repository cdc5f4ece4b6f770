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

/// A tar file: its members lie in it and do not overlap.
pub fn tar(bytes: &[u8]) {
    let Ok(members) = tar_file::members(bytes) else { return };
    let total: usize = members.iter().map(|member| member.content.len()).sum();
    assert!(total <= bytes.len());
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
