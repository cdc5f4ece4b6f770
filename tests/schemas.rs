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
    check::<scorepack::artifact::PartitionIndex>("partitions.schema.json");
    check::<scorepack::finding::Report>("report.schema.json");
    check::<scorepack::diff::Comparison>("comparison.schema.json");
    check::<scorepack::abi::Abi>("abi.schema.json");
    check::<scorepack::model::Signature>("signature.schema.json");
    check::<scorepack::settings::Settings>("settings.schema.json");
}

/// Whether a published schema takes a document in YAML.
fn takes(schema: &str, document: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let document: serde_json::Value = scorepack::yaml::parse(document.as_bytes()).unwrap();
    jsonschema::validator_for(&schema).unwrap().is_valid(&document)
}

#[test]
fn the_settings_schema_takes_what_the_program_takes() {
    let documented = include_str!("../docs/settings.md");
    let example = documented.split("```yaml").nth(1).unwrap().split("```").next().unwrap();
    let parses = |text: &str| scorepack::settings::Settings::parse(text.as_bytes(), Path::new("")).is_ok();
    assert!(parses(example) && takes("settings.schema.json", example), "the example of docs/settings.md");
    for (document, expected) in [
        ("registration: {metrics: m.json}", true),
        ("registration: {metrics: 3}", false),
        ("registration: {options: {max_batch_size: 10, volatility: IMMUTABLE}}", true),
        ("registration: {options: {max_batch: 10}}", false),
        ("registration: {method-options: {predict: {function_type: TABLE_FUNCTION}}}", true),
        ("registration: {user-files: {docs: [a.md]}}", true),
        ("registration: {user-files: {docs: a.md}}", false),
        ("registration: {tags: {team: risk}}", true),
        ("environment: {resource-constraint: {architecture: x86}, relax-versions: false}", true),
        ("environment: {artifact-repository-map: [a]}", false),
        ("partitions: {partition-by: store, run-id: june, on-existing: overwrite}", true),
        ("partitions: {partition-by: store, on-existing: ask}", false),
        ("data: {sample-rows: 20}", true),
        ("data: {sample-row: 20}", false),
        ("artifact: {engine: native, no-git: true}", true),
        ("artifact: {engine: wasn}", false),
        ("profiles: {oci-2026: {console-bytes: 5}}", true),
        ("profiles: {oci-2026: {console-bytes: many}}", false),
    ] {
        assert_eq!(parses(document), expected, "{document}");
        assert_eq!(takes("settings.schema.json", document), expected, "{document}");
    }
}

#[test]
fn the_signature_schema_takes_what_the_program_takes() {
    let parses = |text: &str| scorepack::yaml::parse::<scorepack::model::Signature>(text.as_bytes()).is_ok();
    for (column, expected) in [
        ("{name: a, dtype: int8}", true),
        ("{name: a, dtype: float}", true),
        ("{name: a, dtype: double, nullable: true}", true),
        ("{name: a, dtype: timestamp_ntz}", true),
        ("{name: a, dtype: float32, shape: [-1, 2]}", true),
        ("{name: a, dtype: object, fields: [{name: b, dtype: bytes}]}", true),
        ("{name: a, dtype: float16}", false),
        ("{name: a}", false),
        ("{name: a, dtype: int8, shapes: [1]}", false),
    ] {
        let document = format!("inputs: [{column}]");
        assert_eq!(parses(&document), expected, "{document}");
        assert_eq!(takes("signature.schema.json", &document), expected, "{document}");
    }
}
