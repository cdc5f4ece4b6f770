//! HDF5 files, as Keras writes them: the text attributes, and which other files are named.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use hdf5_reader::dataset::{Dataset, SliceInfo, SliceInfoElem};
use hdf5_reader::group::Group;
use hdf5_reader::storage::DynStorage;
use hdf5_reader::{ExternalFileResolver, ExternalLinkResolver, Hdf5File, OpenOptions};

use crate::error::{Error, Result};
use crate::limits;

const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Bytes of an attribute or of an object's header: Keras splits what is longer than 64 KiB.
const MOST_ATTRIBUTE_BYTES: usize = 16 << 20;

/// Whether bytes begin as an HDF5 file does.
pub fn is_hdf5(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What a file tells without its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The attributes of the root group that hold one text each, by name.
    pub texts: Vec<(String, String)>,
    /// Other files, by name, in which links end or numbers lie.
    pub other_files: BTreeSet<String>,
}

/// The outline of a file. Its groups are walked to the last; no other file is opened.
pub fn outline(bytes: &[u8]) -> Result<Outline> {
    let elsewhere = Arc::new(Elsewhere::default());
    let options = OpenOptions::default()
        .with_max_read_bytes(MOST_ATTRIBUTE_BYTES)
        .with_max_chunk_bytes(MOST_ATTRIBUTE_BYTES)
        .with_max_object_header_bytes(MOST_ATTRIBUTE_BYTES)
        .with_external_file_resolver(elsewhere.clone())
        .with_external_link_resolver(elsewhere.clone());
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
    let other_files = elsewhere.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Outline { texts, other_files })
}

/// Notes the other files that are asked for, and gives none.
#[derive(Default)]
struct Elsewhere(Mutex<BTreeSet<String>>);

impl Elsewhere {
    fn note(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }
}

impl ExternalFileResolver for Elsewhere {
    fn resolve_external_file(&self, name: &str) -> hdf5_reader::error::Result<Option<DynStorage>> {
        self.note(name);
        Ok(None)
    }
}

impl ExternalLinkResolver for Elsewhere {
    fn resolve_external_link(&self, name: &str) -> hdf5_reader::error::Result<Option<Hdf5File>> {
        self.note(name);
        Ok(None)
    }
}

/// Every group once, and of every array as much as tells where it lies.
fn walk(root: &Group) -> Result<()> {
    let (mut seen, mut open) = (HashSet::from([root.address()]), vec![(root.clone(), 0u64)]);
    while let Some((group, depth)) = open.pop() {
        limits::DOCUMENT_DEPTH.check(depth)?;
        limits::CONTAINER_ENTRIES.check_len(seen.len())?;
        let (groups, datasets) = group.members().map_err(broken)?;
        datasets.iter().for_each(ask_where);
        open.extend(groups.into_iter().filter(|group| seen.insert(group.address())).map(|group| (group, depth + 1)));
    }
    Ok(())
}

/// Asks for the first element of an array that lies in one piece: only such a one can lie in another file. Whether it can be
/// read does not matter here.
fn ask_where(dataset: &Dataset) {
    if dataset.chunks().is_none() {
        let first = SliceInfo { selections: dataset.shape().iter().map(|_| SliceInfoElem::Index(0)).collect() };
        let _ = dataset.read_slice::<u8>(&first);
    }
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
        let texts = outline(&model()).unwrap().texts;
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
            refused += usize::from(outline(&bytes).is_err());
            assert!(begin.elapsed() < Duration::from_secs(5), "round {round}");
        }
        assert!(refused > 100, "{refused}");
    }
}
