//! What is written reads back the same, for generated contents: artifacts, YAML, rows in every text format, arrays.
//!
//! The values are the same in every run; `SCOREPACK_CASES` asks for more of them.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use scorepack::abi::{Abi, AbiMethod, Block, Column, InputArena, Output, OutputArena};
use scorepack::artifact::{
    Artifact, ArtifactFile, Content, FileEntry, Manifest, Role, Staged, WriteOptions, list_files,
};
use scorepack::data::write::{ResultWriter, Sink, method_columns};
use scorepack::data::{Format, InputFields, Rows};
use scorepack::encoding::json::{self, Nonfinite};
use scorepack::encoding::npy;
use scorepack::model::{Category, DeclaredType, Field, Signature, SignatureField};
use scorepack::tensor::{Data, ElementType};
use scorepack::yaml;

const CASES: u32 = 64;
/// Artifacts are written to disk and flushed, two each time.
const ARTIFACT_CASES: u32 = 16;

/// Runs a property over generated values, the same in every run.
fn check<S: Strategy>(strategy: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    check_some(CASES, strategy, property);
}

fn check_some<S: Strategy>(usual: u32, strategy: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let cases = std::env::var("SCOREPACK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual);
    let config = Config { cases, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    if let Err(error) = runner.run(&strategy, property) {
        panic!("{error}");
    }
}

fn fails(error: impl std::fmt::Debug) -> TestCaseError {
    TestCaseError::fail(format!("{error:?}"))
}

/// Characters that formats treat in a way of their own, and any others.
fn character() -> impl Strategy<Value = char> {
    let special = proptest::sample::select(
        "\"',;:#-?&*!|>%@`{}[] \t\n\r\\/~=aBeEnNyY0179.+_\u{85}\u{feff}é😀".chars().collect::<Vec<_>>(),
    );
    prop_oneof![4 => special, 1 => any::<char>()]
}

/// Text, and words that YAML 1.1 or a table takes for something else.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "no",
        "Yes",
        "on",
        "null",
        "~",
        "",
        "1e3",
        "0x1F",
        "3.10",
        "1_000",
        "12:30:45",
        "nan",
        ".inf",
        "-",
        "=",
        "<<",
        "2026-11-22",
        "true",
    ];
    let word = proptest::sample::select(words.to_vec()).prop_map(str::to_owned);
    prop_oneof![1 => word, 3 => vec(character(), 0..12).prop_map(String::from_iter)]
}

fn number() -> impl Strategy<Value = f64> {
    let special =
        [0.0, -0.0, f64::NAN, f64::MAX, f64::MIN_POSITIVE, 5e-324, 0.1, 1e21, 1e16, 123_456_789_012_345_680.0, -1.0];
    let special = proptest::sample::select(special.to_vec());
    prop_oneof![special, any::<u64>().prop_map(f64::from_bits), (-1000i32..1000).prop_map(f64::from)]
}

// --- artifacts

/// The manifest of an artifact that the program made, and its files.
fn made() -> (Manifest, Vec<ArtifactFile>) {
    let folder = tempfile::tempdir().unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xgboost/binary-3.2/model.json");
    let mut build = Command::new(env!("CARGO_BIN_EXE_scorepack"));
    build.args(["build", "-q", "-o", "artifact", "--no-git"]).arg(model).current_dir(folder.path());
    assert!(build.status().unwrap().success());
    let artifact = Artifact::open(&folder.path().join("artifact")).unwrap();
    let file = |file: &FileEntry| ArtifactFile::new(&*file.path, file.role, artifact.read_listed(&file.path).unwrap());
    (artifact.manifest.clone(), artifact.manifest.files.iter().map(file).collect())
}

/// The component of a name that every file system takes.
fn component() -> impl Strategy<Value = String> {
    let allowed = proptest::sample::select("abcXYZ019 _-.,=+()[]{}!@#%&'~^$;éß漢😀".chars().collect::<Vec<_>>());
    vec(allowed, 1..9).prop_map(|characters| format!("{}x", String::from_iter(characters).trim_start()))
}

/// Names and contents of members: of little and much repetition, empty too.
fn members() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = vec(component(), 1..4).prop_map(|parts| parts.join("/"));
    let random = vec(any::<u8>(), 0..300);
    let repeated = (vec(any::<u8>(), 1..5), 0usize..20_000)
        .prop_map(|(unit, length)| unit.into_iter().cycle().take(length).collect());
    btree_map(name, prop_oneof![random, repeated], 0..12).prop_map(|members| members.into_iter().collect())
}

#[test]
fn artifacts_read_back_as_they_were_packed() {
    let (manifest, own) = made();
    let folder = tempfile::tempdir().unwrap();
    check_some(ARTIFACT_CASES, members(), |members| {
        let names = members.iter().map(|(name, _)| name.as_str());
        let taken = own.iter().map(|file| file.path.as_str()).chain(["manifest.yaml"]);
        prop_assume!(scorepack::encoding::member_name::check_names(names.chain(taken)).is_ok());
        let file = |(name, bytes): &(String, Vec<u8>)| ArtifactFile::new(&**name, Role::Document, bytes.clone());
        let mut files: Vec<ArtifactFile> = members.iter().map(file).collect();
        files.extend(own.iter().map(|file| match &file.content {
            Content::Bytes(bytes) => ArtifactFile::new(&*file.path, file.role, bytes.clone()),
            Content::File(_) => unreachable!("the files are in memory"),
        }));
        let mut manifest = manifest.clone();
        manifest.file_list = None;
        manifest.files = list_files(&mut files).map_err(fails)?;
        for target in ["artifact.zip", "artifact"] {
            let target = folder.path().join(target);
            let options = WriteOptions { force: true, ..WriteOptions::default() };
            Staged::write(&target, &manifest, &files, options).and_then(Staged::publish).map_err(fails)?;
            read_back(&target, &manifest, &members)?;
        }
        other_reader(&folder.path().join("artifact.zip"), &members)
    });
}

fn read_back(target: &Path, manifest: &Manifest, members: &[(String, Vec<u8>)]) -> Result<(), TestCaseError> {
    let artifact = Artifact::open(target).map_err(fails)?;
    prop_assert_eq!(artifact.digest, manifest.digest().map_err(fails)?);
    prop_assert_eq!(&artifact.manifest, manifest);
    prop_assert!(artifact.verify_digests().map_err(fails)?.is_empty());
    prop_assert_eq!(artifact.store.members().len(), manifest.files.len() + 1);
    for (name, bytes) in members {
        prop_assert_eq!(&artifact.read_listed(name).map_err(fails)?, bytes);
    }
    Ok(())
}

/// The `zip` crate finds the same.
fn other_reader(path: &Path, members: &[(String, Vec<u8>)]) -> Result<(), TestCaseError> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).map_err(fails)?;
    for (name, bytes) in members {
        let mut content = Vec::new();
        archive.by_name(name).map_err(fails)?.read_to_end(&mut content).map_err(fails)?;
        prop_assert_eq!(&content, bytes);
    }
    Ok(())
}

// --- YAML and JSON

#[test]
fn manifests_read_back_as_they_were_written() {
    let (manifest, _) = made();
    check(vec(text(), 4), |texts| {
        let mut manifest = manifest.clone();
        manifest.artifact.name.clone_from(&texts[0]);
        manifest.artifact.description = Some(texts[1].clone());
        manifest.artifact.version.clone_from(&texts[2]);
        manifest.notes = texts;
        let written = manifest.emit().map_err(fails)?;
        prop_assert_eq!(Manifest::parse(&written).map_err(fails)?, manifest);
        Ok(())
    });
}

fn category() -> impl Strategy<Value = Category> {
    prop_oneof![
        any::<bool>().prop_map(Category::Bool),
        any::<i64>().prop_map(Category::Integer),
        number()
            .prop_filter("a category is finite and no integer", |x| x.is_finite() && x.fract() != 0.0)
            .prop_map(Category::Number),
        text().prop_map(Category::Text),
    ]
}

#[test]
fn signatures_read_back_as_they_were_written() {
    let column = (text(), vec(category(), 0..4), text(), any::<bool>());
    check(vec(column, 0..5), |columns| {
        let inputs = columns.into_iter().map(|(name, categories, description, nullable)| SignatureField {
            categories: (!categories.is_empty()).then_some(categories),
            description: Some(description),
            nullable,
            ..SignatureField::new(name, DeclaredType::Category)
        });
        let signature = Signature { inputs: inputs.collect(), outputs: Vec::new() };
        let written = yaml::emit(&signature).map_err(fails)?;
        let again: Signature = yaml::parse(written.as_bytes()).map_err(|error| fails((error, written.clone())))?;
        prop_assert_eq!(again, signature, "{}", written);
        Ok(())
    });
}

/// The same document with every number as a float.
fn floats(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(floats).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), floats(value))).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn json_documents_read_back_as_they_were_written() {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        number().prop_filter("JSON has finite numbers", |x| x.is_finite()).prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(4, 40, 5, |inner| {
        let object =
            btree_map(text(), inner.clone(), 0..5).prop_map(|map| serde_json::Value::Object(map.into_iter().collect()));
        prop_oneof![vec(inner, 0..5).prop_map(Into::into), object]
    });
    check(value, |value| {
        let written = serde_json::to_vec(&value).map_err(fails)?;
        let read = json::read(&written, Nonfinite::Refused).map_err(fails)?.to_json();
        // A list of numbers has one type there.
        prop_assert_eq!(floats(&read).to_string(), floats(&value).to_string());
        let written = yaml::emit(&value).map_err(fails)?;
        let read: serde_json::Value =
            yaml::parse(written.as_bytes()).map_err(|error| fails((error, written.clone())))?;
        prop_assert_eq!(&read.to_string(), &value.to_string(), "{}", written);
        Ok(())
    });
}

// --- rows

/// A sink whose bytes can be looked at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The output whose rows are lists: JSON lines are read as lists or records.
const LIST: &str = "list";

fn output(name: &str, rows: usize, width: usize, values: Data) -> Output {
    Output { name: name.into(), rows, width, list: name == LIST, columns: Vec::new(), values, pattern: None }
}

fn method(outputs: &[Output]) -> AbiMethod {
    let arena = |output: &Output| OutputArena {
        element: output.values.element(),
        width: output.width as u32,
        list: output.list,
        ..OutputArena::of_text(&output.name)
    };
    AbiMethod { name: "predict".into(), outputs: outputs.iter().map(arena).collect() }
}

/// Rows of outputs, written in a format.
fn written(outputs: &[Output], format: Format) -> Result<Vec<u8>, TestCaseError> {
    let sink = Shared::default();
    let mut writer =
        ResultWriter::new(Sink::Stream(Box::new(sink.clone())), format, &method(outputs)).map_err(fails)?;
    writer.write(outputs).map_err(fails)?;
    writer.finish().map_err(fails)?;
    let bytes = sink.0.lock().unwrap().clone();
    Ok(bytes)
}

/// All rows of a table of these columns, in one block.
fn read_rows(bytes: &[u8], format: Format, names: &[String], arenas: Vec<InputArena>) -> Result<Block, TestCaseError> {
    let abi = Abi { version: 1, block_rows: 512, failure: 0, inputs: arenas, methods: Vec::new(), sites: Vec::new() };
    let elements = abi.field_elements();
    let field = |(name, element): (&String, ElementType)| Field {
        name: name.clone(),
        element,
        nullable: true,
        categories: None,
    };
    let fields: Vec<Field> = names.iter().zip(elements).map(field).collect();
    let input = InputFields { fields: &fields, named: true };
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    let mut rows =
        Rows::open(bytes.to_vec(), "rows", Some(format), input, &abi).map_err(|error| fails((error, shown())))?;
    let mut block = Block::new(&abi);
    rows.next_block(&mut block, usize::MAX).map_err(|error| fails((error, shown())))?;
    Ok(block)
}

fn matrix(element: ElementType, width: usize) -> Vec<InputArena> {
    vec![InputArena::Matrix { element, address: 0, fields: (0..width as u32).collect() }]
}

/// Equal to the bit, any NaN equal to any NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Numbers of rows of the same width.
fn table() -> impl Strategy<Value = (usize, Vec<f64>)> {
    (1usize..5)
        .prop_flat_map(|width| (Just(width), vec(vec(number(), width), 1..20)))
        .prop_map(|(width, rows)| (width, rows.concat()))
}

#[test]
fn numbers_keep_their_bits_in_every_format() {
    check(table(), |(width, numbers)| {
        let rows = numbers.len() / width;
        for format in [Format::Csv, Format::Json, Format::JsonLines] {
            let outputs = [output(LIST, rows, width, Data::F64(numbers.clone()))];
            let names = method_columns(&method(&outputs));
            let bytes = written(&outputs, format)?;
            let block = read_rows(&bytes, format, &names, matrix(ElementType::F64, width))?;
            let Column::F64 { items, .. } = &block.columns[0] else { return Err(fails("no column of f64")) };
            prop_assert_eq!(block.rows, rows);
            for (found, expected) in items.iter().zip(&numbers) {
                prop_assert!(same(*found, *expected), "{:?}: {:?} instead of {:?}", format, found, expected);
            }
            let narrow: Vec<f32> = numbers.iter().map(|x| *x as f32).collect();
            let outputs = [output(LIST, rows, width, Data::F32(narrow.clone()))];
            let block = read_rows(&written(&outputs, format)?, format, &names, matrix(ElementType::F32, width))?;
            let Column::F32 { items, .. } = &block.columns[0] else { return Err(fails("no column of f32")) };
            for (found, expected) in items.iter().zip(&narrow) {
                let same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
                prop_assert!(same, "{:?}: {:?} instead of {:?}", format, found, expected);
            }
        }
        Ok(())
    });
}

#[test]
fn texts_survive_every_format() {
    check(vec(proptest::option::of(text()), 1..12), |texts| {
        let rows = texts.len();
        let outputs =
            [output("text", rows, 1, Data::Text(texts.clone())), output("number", rows, 1, Data::F64(vec![0.5; rows]))];
        let arenas = vec![
            InputArena::Text { field: 0, offsets: 0, bytes: 0, capacity: 1 << 20, validity: 0 },
            InputArena::Matrix { element: ElementType::F64, address: 0, fields: vec![1] },
        ];
        for format in [Format::Csv, Format::Json, Format::JsonLines] {
            let bytes = written(&outputs, format)?;
            let names = method_columns(&method(&outputs));
            let block = read_rows(&bytes, format, &names, arenas.clone())?;
            prop_assert_eq!(block.rows, rows);
            for (row, expected) in texts.iter().enumerate() {
                let found = block.columns[0].text(row);
                prop_assert_eq!(found, expected.as_deref(), "{:?}: {}", format, String::from_utf8_lossy(&bytes));
            }
        }
        Ok(())
    });
}

#[test]
fn arrays_keep_their_bits() {
    check(table(), |(width, numbers)| {
        let shape = [numbers.len() / width, width];
        let bytes = npy::write(&shape, &numbers).map_err(fails)?;
        let array = npy::read(&bytes).map_err(fails)?;
        let read = array.to_f64().map_err(fails)?;
        prop_assert_eq!(&array.shape, &shape.to_vec());
        prop_assert!(read.iter().zip(&numbers).all(|(a, b)| a.to_bits() == b.to_bits()));
        let names: Vec<String> = (0..width).map(|i| format!("column {i}")).collect();
        let block = read_rows(&bytes, Format::Npy, &names, matrix(ElementType::F64, width))?;
        let Column::F64 { items, .. } = &block.columns[0] else { return Err(fails("no column of f64")) };
        prop_assert!(items.iter().zip(&numbers).all(|(a, b)| same(*a, *b)));
        Ok(())
    });
}
