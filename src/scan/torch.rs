//! PyTorch's files: a pickle whose tensors lie beside it, in a zip file or (before 1.6) behind it.

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

/// Tensors one after the other: a count of eight bytes, then as many elements of one, two, four, eight or sixteen bytes.
/// Their types stand in the pickle; that some type fits to the end is what the bytes alone can tell.
fn check_storages(rest: &[u8]) -> Result<()> {
    // A file whose first tensor cannot lie in it was cut, or holds something else.
    let Some((count, elements)) = rest.split_first_chunk::<8>() else {
        return match rest.is_empty() {
            true => Ok(()),
            false => Err(Error::malformed("torch-storages", "a tensor behind the pickles is cut short")),
        };
    };
    match usize::try_from(u64::from_le_bytes(*count)) {
        Ok(count) if count <= elements.len() => Ok(()),
        _ => Err(Error::malformed("torch-storages", "a tensor behind the pickles is cut short")),
    }
}
