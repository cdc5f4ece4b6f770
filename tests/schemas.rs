//! The committed schemas are those of the Rust types. `SCOREPACK_REFRESH=1 cargo test --test schemas` writes them again.

use std::path::Path;

use schemars::{JsonSchema, schema_for};

/// Compares a committed schema with its type's, or writes it.
fn check<T: JsonSchema>(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
    let mut text = serde_json::to_string_pretty(&schema_for!(T)).unwrap();
    text.push('\n');
    if std::env::var_os("SCOREPACK_REFRESH").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "schemas/{name} has drifted: run `SCOREPACK_REFRESH=1 cargo test --test schemas`");
}

#[test]
fn committed_schemas_are_those_of_the_types() {
    check::<scorepack::artifact::Manifest>("manifest.schema.json");
    check::<scorepack::finding::Report>("report.schema.json");
    check::<scorepack::diff::Comparison>("comparison.schema.json");
    check::<scorepack::abi::Abi>("abi.schema.json");
    check::<scorepack::model::Signature>("signature.schema.json");
    check::<scorepack::settings::Settings>("settings.schema.json");
}
