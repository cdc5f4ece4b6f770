//! One function per target: bytes from a stranger into a reader, and what must hold of the answer besides that there is one.
//!
//! A reader may refuse whatever it likes. It must not panic, wrap, wait or take memory that nothing paid for; and where two
//! ways lead to the same answer, both are gone and compared.

mod artifacts;
mod containers;
mod data;
mod encodings;
mod models;
mod origin;
mod sandbox;
mod scans;
mod scripts;
mod settings;

use std::path::{Path, PathBuf};

/// A fuzz target.
pub struct Target {
    /// The name of its file in fuzz/fuzz_targets and of its folder in fuzz/corpus.
    pub name: &'static str,
    /// What is done with the bytes.
    pub run: fn(&[u8]),
}

/// Every target, the most exposed readers first: the order in which they are run.
pub static TARGETS: &[Target] = &[
    Target { name: "pickle", run: encodings::pickle },
    Target { name: "joblib", run: encodings::joblib },
    Target { name: "container", run: containers::container },
    Target { name: "artifact_zip", run: artifacts::zip },
    Target { name: "artifact_member", run: artifacts::member },
    Target { name: "onnx", run: scans::onnx },
    Target { name: "torch_legacy", run: scans::torch_legacy },
    Target { name: "zip_members", run: scans::zip_members },
    Target { name: "hdf5", run: scans::hdf5 },
    Target { name: "npy", run: data::npy },
    Target { name: "xgboost", run: models::xgboost },
    Target { name: "lightgbm", run: models::lightgbm },
    Target { name: "catboost", run: models::catboost },
    Target { name: "sklearn", run: models::sklearn },
    Target { name: "signed", run: origin::signed },
    Target { name: "keys", run: origin::keys },
    Target { name: "wire", run: sandbox::wire },
    Target { name: "score_module", run: artifacts::score_module },
    Target { name: "python", run: scripts::python },
    Target { name: "tar", run: containers::tar },
    Target { name: "compressed", run: encodings::compressed },
    Target { name: "keras_config", run: scans::keras_configuration },
    Target { name: "saved_model", run: scans::saved_model },
    Target { name: "gguf", run: scans::gguf },
    Target { name: "safetensors", run: scans::safetensors },
    Target { name: "skops", run: scans::skops },
    Target { name: "scan", run: scans::any },
    Target { name: "json_document", run: encodings::json },
    Target { name: "rows_csv", run: data::csv },
    Target { name: "rows_json", run: data::json },
    Target { name: "rows_parquet", run: data::parquet },
    Target { name: "yaml", run: settings::yaml },
    Target { name: "partition_index", run: artifacts::partition_index },
    Target { name: "expected", run: data::expected },
    Target { name: "model_ignore", run: artifacts::ignore },
    Target { name: "requirement", run: settings::requirement },
];

/// Runs the target called `name`.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("no target is called `{name}`")).run)(bytes);
}

/// An input to start from that stands in no file.
#[derive(Clone)]
pub struct Seed {
    /// Its target.
    pub target: &'static str,
    /// What it is, as the name of a file.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The inputs to start from that are made by the program itself.
pub fn seeds() -> Vec<Seed> {
    [
        artifacts::seeds(),
        encodings::seeds(),
        origin::seeds(),
        sandbox::seeds(),
        scans::seeds(),
        scripts::seeds(),
        settings::seeds(),
    ]
    .concat()
}

/// Every file in the folders of a folder of the fixtures.
fn files_below(folder: &str) -> Vec<PathBuf> {
    let (mut open, mut files) = (vec![fixture(folder)], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the fixtures") {
            let path = entry.expect("an entry of the fixtures").path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// A fixture of the repository, whichever of its two crates this is compiled in.
fn fixture(name: &str) -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_fuzz_crate = crate_folder.join("fuzz_targets").is_dir();
    let root = if is_fuzz_crate { crate_folder.parent().unwrap_or(crate_folder) } else { crate_folder };
    root.join("fixtures").join(name)
}
