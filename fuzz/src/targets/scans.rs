//! `scan`: what a file would do. Verdict and errors tell the same, wherever the file lies; what is called clean imports
//! nothing for whoever takes it for a pickle.

use std::io::{Cursor, Write};

use scorepack::encoding::pickle;
use scorepack::finding::{Scan, Verdict};
use scorepack::scan;

use super::containers::members_of;
use super::{Seed, files_below};

/// How a file of PyTorch before 1.6 begins.
const TORCH_LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";

/// A file of any format, told by its content.
pub fn any(bytes: &[u8]) {
    let (found, errors) = scan::scan(bytes);
    assert!(!found.format.is_empty());
    let worst = errors.iter().map(scan::verdict).max().unwrap_or(Verdict::Ok);
    assert!(found.verdict >= worst, "{:?} in spite of {errors:?}", found.verdict);
    let named = found.imports.iter().map(|import| import.verdict).max().unwrap_or(Verdict::Ok);
    assert!(found.verdict >= named, "{:?} in spite of {:?}", found.verdict, found.imports);
    assert!(found.verdict == Verdict::Ok || !errors.is_empty() || named > Verdict::Ok, "a verdict without a reason");
    if found.verdict == Verdict::Ok {
        let hidden: Vec<_> =
            pickle::imports(bytes).into_iter().filter(|i| i.verdict == pickle::Verdict::Dangerous).collect();
        assert!(hidden.is_empty(), "{} is clean and imports {hidden:?}", found.format);
    }
    elsewhere(bytes, &found);
}

/// In a folder and in an archive nothing is judged milder; texts are known in a folder.
fn elsewhere(bytes: &[u8], found: &Scan) {
    let (beside, errors) = scan::scan_beside("a", bytes, |_| false);
    let is_text = beside.format == scan::TEXT;
    assert!(is_text || beside.verdict >= found.verdict, "{:?} beside others, in spite of {errors:?}", beside.verdict);
    assert!(!is_text || found.verdict == Verdict::Unsupported, "a text is {:?} by itself", found.verdict);
    // Archives are looked into to a depth.
    let is_archive = bytes.starts_with(b"PK") || ["archive", "stream"].iter().any(|end| found.format.ends_with(end));
    if !is_archive && let Some(zip) = zip_of(vec![("a".to_owned(), bytes.to_vec())]) {
        let (inside, errors) = scan::scan(&zip);
        assert!(inside.verdict >= found.verdict, "{:?} in an archive, in spite of {errors:?}", inside.verdict);
    }
}

/// A zip file whose sizes and sums are put right, so that its members are looked at: PyTorch, Keras, skops, NumPy, any other.
pub fn zip_members(bytes: &[u8]) {
    if let Some(zip) = zip_of(members_of(bytes)) {
        any(&zip);
    }
}

fn zip_of(members: Vec<(String, Vec<u8>)>) -> Option<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in members {
        writer.start_file(name, stored).ok()?;
        writer.write_all(&content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// The configuration of a Keras archive.
pub fn keras_configuration(bytes: &[u8]) {
    let members = vec![("metadata.json".to_owned(), b"{}".to_vec()), ("config.json".to_owned(), bytes.to_vec())];
    if let Some(zip) = zip_of(members) {
        any(&zip);
    }
}

/// The schema of a skops file.
pub fn skops(bytes: &[u8]) {
    if let Some(zip) = zip_of(vec![("schema.json".to_owned(), bytes.to_vec())]) {
        any(&zip);
    }
}

/// What follows the number that begins a file of PyTorch before 1.6.
pub fn torch_legacy(bytes: &[u8]) {
    any(&[TORCH_LEGACY, bytes.strip_prefix(TORCH_LEGACY).unwrap_or(bytes)].concat());
}

/// ONNX: protocol buffers without a mark.
pub fn onnx(bytes: &[u8]) {
    super::encodings::protobuf(bytes);
    any(bytes);
}

/// An HDF5 file: the texts of its root and the files that it names.
pub fn hdf5(bytes: &[u8]) {
    let _ = scorepack::encoding::hdf5::outline(bytes);
    any(bytes);
}

/// TensorFlow's SavedModel and graphs.
pub fn saved_model(bytes: &[u8]) {
    any(bytes);
}

/// What follows the mark of a GGUF file.
pub fn gguf(bytes: &[u8]) {
    any(&[b"GGUF", bytes.strip_prefix(b"GGUF").unwrap_or(bytes)].concat());
}

/// A safetensors file, as it is and with the length of its header put right.
pub fn safetensors(bytes: &[u8]) {
    any(bytes);
    let Some(rest) = bytes.get(8..) else { return };
    let end = rest.windows(2).rposition(|pair| pair == b"}}").map_or(rest.len(), |at| at + 2);
    any(&[&(end as u64).to_le_bytes(), rest].concat());
}

/// The documents in archives of the fixtures that decide what an archive is.
pub fn seeds() -> Vec<Seed> {
    let archives = files_below("hostile").into_iter().filter_map(|path| {
        let target = match path.extension()?.to_str()? {
            "keras" => ("keras_config", "config.json"),
            "skops" => ("skops", "schema.json"),
            _ => return None,
        };
        Some((path, target))
    });
    let document = |(path, (target, member)): (std::path::PathBuf, (&'static str, &str))| {
        let members = members_of(&std::fs::read(&path).expect("a fixture"));
        let (_, bytes) = members.into_iter().find(|(name, _)| name == member)?;
        Some(Seed { target, name: path.file_name()?.to_string_lossy().into_owned(), bytes })
    };
    archives.filter_map(document).collect()
}
