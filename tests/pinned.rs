//! The bytes of some score modules, pinned: a change must raise `abi::CODEGEN`.
//!
//! `SCOREPACK_REFRESH=1 cargo test --test pinned` writes tests/pinned.txt again; its first line is the codegen.

use std::fmt::Write;
use std::path::Path;

use scorepack::abi::CODEGEN;
use scorepack::artifact::sha256;
use scorepack::pipeline::{self, ModelFile};

const CASES: &[&str] = &[
    "xgboost/large-3.2/model.ubj",
    "xgboost/deep-3.2/model.ubj",
    "xgboost/gblinear-multi-2.1/model.ubj",
    "lightgbm/linear-4.7/model.txt",
    "lightgbm/cat_many-3.3/model.txt",
    "catboost/cat_combined-1.2/model.cbm",
    "sklearn/columns-binary-1.9/model.joblib",
    "sklearn/large-1.9/model.joblib",
];

#[test]
fn modules_keep_their_bytes_unless_codegen_is_raised() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = format!("codegen {CODEGEN}\n");
    for case in CASES {
        let file = ModelFile::open(&root.join("fixtures").join(case)).unwrap();
        let module = pipeline::compile(&pipeline::read(&file).unwrap(), Default::default()).unwrap();
        writeln!(found, "{} {case}", sha256(&module.wasm)).unwrap();
    }
    let path = root.join("tests/pinned.txt");
    if std::env::var_os("SCOREPACK_REFRESH").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let pinned = std::fs::read_to_string(path).unwrap();
    assert_eq!(found, pinned, "the modules changed: raise `abi::CODEGEN`, then refresh tests/pinned.txt");
}
