//! HDF5 files, as Keras writes them: the text attributes, and that nothing lies in another file.

use std::collections::HashSet;

use hdf5_reader::group::Group;
use hdf5_reader::{Hdf5File, OpenOptions};

use crate::error::{Error, Result};
use crate::limits;

const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Bytes of an attribute or of an object's header: Keras splits what is longer than 64 KiB.
const MOST_ATTRIBUTE_BYTES: usize = 16 << 20;

/// Whether bytes begin as an HDF5 file does.
pub fn is_hdf5(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The attributes of a file's root group that hold one text each, by name. The groups of the file are walked to the last.
pub fn root_texts(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let options = OpenOptions::default()
        .with_max_read_bytes(MOST_ATTRIBUTE_BYTES)
        .with_max_chunk_bytes(MOST_ATTRIBUTE_BYTES)
        .with_max_object_header_bytes(MOST_ATTRIBUTE_BYTES);
    let file = Hdf5File::from_bytes_with_options(bytes, options).map_err(broken)?;
    let root = file.root_group().map_err(broken)?;
    let mut texts = Vec::new();
    for attribute in root.attributes().map_err(broken)? {
        // Lists of names and numbers are data of the layers.
        if let Ok(text) = attribute.read_string() {
            texts.push((attribute.name.clone(), text));
        }
    }
    walk(&root)?;
    Ok(texts)
}

/// Every group once; a link to another file cannot be followed, and is an error.
fn walk(root: &Group) -> Result<()> {
    let (mut seen, mut open) = (HashSet::from([root.address()]), vec![(root.clone(), 0u64)]);
    while let Some((group, depth)) = open.pop() {
        limits::DOCUMENT_DEPTH.check(depth)?;
        limits::CONTAINER_ENTRIES.check_len(seen.len())?;
        let (groups, _) = group.members().map_err(broken)?;
        open.extend(groups.into_iter().filter(|group| seen.insert(group.address())).map(|group| (group, depth + 1)));
    }
    Ok(())
}

fn broken(error: hdf5_reader::error::Error) -> Error {
    Error::malformed("hdf5", format!("the HDF5 file is broken: {error}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::*;

    fn model() -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile/honest/keras/dense.h5");
        std::fs::read(path).unwrap()
    }

    #[test]
    fn the_configuration_is_an_attribute_of_the_root() {
        let texts = root_texts(&model()).unwrap();
        assert!(texts.iter().any(|(name, text)| name == "model_config" && text.contains("Dense")), "{texts:?}");
    }

    #[test]
    fn damaged_files_are_read_or_refused_in_time() {
        let good = model();
        // Most of a file's structure stands in its first kilobytes.
        let mut state = 1u64;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            usize::try_from(state >> 33).unwrap() % end
        };
        let mut refused = 0;
        for round in 0..3000 {
            let mut bytes = good.clone();
            let end = if round % 2 == 0 { bytes.len() } else { 4096 };
            for _ in 0..1 + round % 4 {
                bytes[below(end)] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][below(6)];
            }
            if round % 10 == 0 {
                bytes.truncate(below(good.len()));
            }
            let begin = Instant::now();
            refused += usize::from(root_texts(&bytes).is_err());
            assert!(begin.elapsed() < Duration::from_secs(5), "round {round}");
        }
        assert!(refused > 100, "{refused}");
    }
}
