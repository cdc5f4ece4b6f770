//! PyTorch's files: a pickle whose tensors lie beside it, in a zip file or (before 1.6) behind it.

mod storages;

use storages::Storages;

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

/// Scans a file before 1.6: its pickles, and that only the tensors follow that they name.
pub(super) fn scan_legacy(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let mut rest = bytes;
    let mut storages = Storages::default();
    for number in 0..LEGACY_PICKLES {
        let options = Options { persistent_ids: number == LEGACY_OBJECT, ..Options::REPORT };
        let first = pickle::read_first(rest, options);
        scanner.inside(format!("pickle {}", number + 1), |scanner| {
            pickled::take(first.report, scanner);
            Ok(())
        });
        let Some(pickle) = first.pickle else { return Ok(()) };
        rest = rest.get(first.end..).unwrap_or_default();
        if number == LEGACY_OBJECT {
            storages = Storages::of(&pickle)?;
        } else if number == LEGACY_PICKLES - 1 {
            return storages.check(&pickle, rest);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::finding::Verdict;
    use crate::scan::scan;

    /// What is said of a file of PyTorch's own with some bytes changed.
    fn changed(name: &str, change: impl Fn(&mut Vec<u8>)) -> String {
        let path = format!("{}/fixtures/hostile/honest/torch/{name}.legacy.pt", env!("CARGO_MANIFEST_DIR"));
        let mut bytes = std::fs::read(path).unwrap();
        change(&mut bytes);
        let (found, errors) = scan(&bytes);
        assert_eq!(found.verdict == Verdict::Ok, errors.is_empty(), "{errors:?}");
        errors.first().map_or_else(String::new, |error| format!("{}: {error}", error.code()))
    }

    fn find(bytes: &[u8], part: &[u8]) -> usize {
        memchr::memmem::find(bytes, part).unwrap()
    }

    #[test]
    fn tensors_are_those_that_the_pickle_names() {
        assert_eq!(changed("tensor", |_| ()), "");
        // Six floats: their count and 24 bytes end the file.
        let count = |bytes: &[u8]| bytes.len() - 32;
        let wrong = |message: &str| format!("torch-storages: {message}");
        for (change, message) in [
            (&(|bytes: &mut Vec<u8>| bytes.push(0)) as &dyn Fn(&mut Vec<u8>), "1 bytes stand behind the last storage"),
            (&|bytes| bytes.truncate(bytes.len() - 1), "the tensors behind the pickles are cut short"),
            // A whole file, if its elements were of half the size.
            (&|bytes| bytes.truncate(bytes.len() - 12), "the tensors behind the pickles are cut short"),
            (&|bytes| bytes.truncate(bytes.len() - 32), "the tensors behind the pickles are cut short"),
            (
                &|bytes| {
                    let at = count(bytes);
                    bytes[at] = 3;
                    bytes.truncate(at + 20);
                },
                "expected 6 elements, as the pickle says, found 3",
            ),
            (
                &|bytes| {
                    let at = find(bytes, b"FloatStorage");
                    bytes[at..at + 12].copy_from_slice(b"ShortStorage"[..].try_into().unwrap());
                },
                "12 bytes stand behind the last storage",
            ),
        ] {
            assert_eq!(changed("tensor", change), wrong(message));
        }
    }

    #[test]
    fn keys_stand_once_and_all_of_them() {
        // The last pickle of two tensors that share a storage is a list of one key; an empty list names none.
        let key = |bytes: &[u8]| memchr::memmem::rfind(bytes, b"]").unwrap();
        let message = changed("shared", |bytes| {
            let at = key(bytes);
            let end = at + find(&bytes[at..], b".");
            bytes.splice(at..end, *b"]");
        });
        assert_eq!(message, "torch-storages: its elements are missing");
    }
}
