//! PyTorch's files: a pickle whose tensors lie beside it, in a zip file or (before 1.6) behind it.

use std::collections::HashSet;

use super::pickled;
use super::{Scanner, archive};
use crate::encoding::container::{Container, Member};
use crate::encoding::pickle::{self, Options};
use crate::error::{Error, Result};

/// The number that begins a file before 1.6, pickled in protocol 2: 0x1950a86a20f9469cfc6c.
const LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";
/// Pickles of such a file: the number, the protocol's version, facts of the machine, the object, the keys of its tensors.
const LEGACY_PICKLES: usize = 5;
/// The pickle in which persistent ids name tensors.
const LEGACY_OBJECT: usize = 3;
/// Members that hold numbers or one word, and that nobody unpickles or runs.
const PLAIN: &[&str] =
    &["version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id", "data.pkl"];
/// Bytes of an element of a tensor, the most frequent last: it is tried first.
const ELEMENT_BYTES: &[usize] = &[16, 1, 2, 8, 4];
/// Places at which tensors may end, before a file is given up.
const MOST_ENDS: usize = 10_000_000;
const OPTIONS: Options = Options { persistent_ids: true, ..Options::REPORT };

/// Whether the content begins as a file before 1.6 does.
pub(super) fn is_legacy(bytes: &[u8]) -> bool {
    bytes.starts_with(LEGACY)
}

/// The pickle of a zip file of PyTorch's: `data.pkl` in its one folder.
pub(super) fn pickle_of<'c>(container: &'c Container<'_>) -> Option<&'c Member> {
    let member = container.member_anywhere("data.pkl")?;
    (member.name.split('/').count() == 2).then_some(member)
}

/// Scans a zip file: the pickle, and that there is nothing else but tensors.
pub(super) fn scan_zip(container: &Container<'_>, data: &Member, scanner: &mut Scanner) {
    scanner.is("PyTorch file");
    scanner.member(&data.name, |scanner| {
        pickled::take(pickle::report(&container.content(data)?, OPTIONS), scanner);
        Ok(())
    });
    let folder = data.name.strip_suffix("data.pkl").unwrap_or_default();
    for member in container.members() {
        let inner = member.name.strip_prefix(folder).unwrap_or("../");
        let is_tensor = inner.strip_prefix("data/").is_some_and(|key| key.bytes().all(|byte| byte.is_ascii_digit()));
        if is_tensor || PLAIN.contains(&inner) {
            continue;
        }
        scanner.member(&member.name, |scanner| match inner.split('/').next() {
            Some("code" | "constants.pkl" | "constants") => {
                scanner.is("TorchScript program");
                if inner.ends_with(".pkl") {
                    pickled::take(pickle::report(&container.content(member)?, OPTIONS), scanner);
                }
                Err(Error::unsupported(
                    "scan-torchscript",
                    "a TorchScript program, which runs when it is loaded and whose operations are not judged here",
                )
                .hint("save the weights alone: `torch.save(model.state_dict(), …)`"))
            }
            _ => archive::scan_member(&container.content(member)?, scanner),
        });
    }
}

/// Scans a file before 1.6: its pickles, and that only tensors follow.
pub(super) fn scan_legacy(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let mut rest = bytes;
    for number in 0..LEGACY_PICKLES {
        let options = Options { persistent_ids: number == LEGACY_OBJECT, ..Options::REPORT };
        let (report, end) = pickle::report_first(rest, options);
        let stopped = report.stopped.is_some();
        scanner.inside(format!("pickle {}", number + 1), |scanner| {
            pickled::take(report, scanner);
            Ok(())
        });
        if stopped {
            return Ok(());
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    check_storages(rest)
}

/// Tensors one after the other: a count of eight bytes, then as many elements of a size. Their types stand in the pickle; that
/// some sizes fill the file to its end is what the bytes alone can tell.
fn check_storages(rest: &[u8]) -> Result<()> {
    let (mut open, mut seen) = (vec![rest.len()], HashSet::new());
    while let Some(left) = open.pop() {
        if left == 0 {
            return Ok(());
        }
        if seen.len() > MOST_ENDS {
            let message = "the tensors behind the pickles can be read in too many ways";
            return Err(Error::unsupported("torch-storages", message));
        }
        let Some((count, elements)) = rest.get(rest.len() - left..).and_then(|rest| rest.split_first_chunk::<8>())
        else {
            continue;
        };
        let count = usize::try_from(u64::from_le_bytes(*count)).unwrap_or(usize::MAX);
        let end = |size: &usize| elements.len().checked_sub(count.checked_mul(*size)?);
        open.extend(ELEMENT_BYTES.iter().filter_map(end).filter(|left| seen.insert(*left)));
    }
    Err(Error::malformed("torch-storages", "the tensors behind the pickles are cut short, or more follows them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(count: u64, bytes: usize) -> Vec<u8> {
        [&count.to_le_bytes()[..], &vec![7; bytes]].concat()
    }

    #[test]
    fn tensors_fill_the_file_by_some_sizes_of_their_elements() {
        let single = tensor(5, 20);
        let cases = [
            (Vec::new(), true),
            (single.clone(), true),
            ([&single[..], &tensor(3, 24), &tensor(1, 1), &tensor(0, 0)].concat(), true),
            (single[..single.len() - 1].to_vec(), false),
            ([&single[..], &tensor(3, 24)[..31]].concat(), false),
            ([&single[..], &[0; 7]].concat(), false),
            ([&single[..], b"more"].concat(), false),
            (tensor(u64::MAX, 20), false),
            (tensor(1 << 60, 0), false),
            (single[..7].to_vec(), false),
        ];
        for (bytes, is_whole) in cases {
            assert_eq!(check_storages(&bytes).is_ok(), is_whole, "{bytes:?}");
        }
    }

    #[test]
    fn zeros_without_end_are_read_in_time() {
        let begin = std::time::Instant::now();
        assert!(check_storages(&vec![0; 1 << 20]).is_ok());
        assert!(check_storages(&vec![0; (1 << 20) + 1]).is_err());
        let taken = begin.elapsed();
        assert!(taken < std::time::Duration::from_secs(10), "{taken:?}");
    }
}
