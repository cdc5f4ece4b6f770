//! Missing values: what the probe tells of a module against what scikit-learn itself accepts (fixtures/missing).

use std::collections::BTreeMap;
use std::path::Path;

use scorepack::compile::{CompileOptions, compile};
use scorepack::data::{InputFields, Rows};
use scorepack::framework::{Source, read};
use scorepack::sandbox::{CompiledModule, Scorer};
use scorepack::verify::nullability::probe;
use scorepack::verify::read_block;

/// The columns that refuse a missing value, as the probe finds them.
fn refused(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let path = files.into_iter().find(|path| path.file_stem().is_some_and(|stem| stem == "model")).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let model = read(Source { name: &name, bytes: &std::fs::read(&path).unwrap() }).unwrap();
    let wasm = compile(&model, CompileOptions::default()).unwrap().wasm;
    let mut instance = CompiledModule::new(&wasm).unwrap().instantiate().unwrap();
    let abi = instance.abi().clone();
    // Every value may be missing here: whether the row is accepted is asked of the module.
    let mut fields = model.fields.clone();
    fields.iter_mut().for_each(|field| field.nullable = true);
    let input = InputFields { fields: &fields, named: model.fields_are_named };
    let csv = std::fs::read(folder.join("input.csv")).unwrap();
    let rows = read_block(Rows::open(csv, "input.csv", None, input, &abi).unwrap(), &abi).unwrap();
    let said: Vec<bool> = model.fields.iter().map(|field| field.nullable).collect();
    let probed = probe(&mut instance, &rows, &said, wasm.len() as u64)
        .unwrap()
        .unwrap_or_else(|| panic!("{}: no row is accepted", folder.display()));
    assert_eq!(probed.single, said.len());
    for ((field, accepts), said) in model.fields.iter().zip(&probed.accepts).zip(said) {
        assert!(said || *accepts == Some(false), "`{}` is refused by the reader and taken by the module", field.name);
    }
    let columns = model.fields.iter().zip(&probed.accepts);
    columns.filter(|(_, accepts)| **accepts == Some(false)).map(|(field, _)| field.name.clone()).collect()
}

#[test]
fn a_missing_value_is_taken_where_scikit_learn_takes_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = std::fs::read(root.join("missing/sklearn-1.9.json")).unwrap();
    let expected: BTreeMap<String, Vec<String>> = serde_json::from_slice(&text).unwrap();
    let mut wrong = Vec::new();
    for (case, expected) in &expected {
        let found = refused(&root.join("sklearn").join(case));
        if found != *expected {
            wrong.push(format!("{case}: scikit-learn refuses {expected:?}, the module {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(expected.len() > 100, "{} cases", expected.len());
}
