//! `LGBMClassifier`, `LGBMRegressor` and `LGBMRanker` around the model text found in real joblib files, without the
//! pickle machine: labels, probabilities and `best_iteration` against what the classes answered.

use std::io::Read;
use std::path::{Path, PathBuf};

use scorepack::abi::{Block, InputArena};
use scorepack::compile::{CompileOptions, compile_graph};
use scorepack::data::{Format, InputFields, Rows};
use scorepack::framework::lightgbm::{Booster, Wrapper, WrapperKind};
use scorepack::graph::GraphBuilder;
use scorepack::model::Task;
use scorepack::sandbox::{CompiledModule, Scorer};
use scorepack::tensor::Data;
use scorepack::verify::compare::{Expected, compare};

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sklearn").join(case)
}

/// The booster inside a compressed joblib file: its text stands there in one piece.
fn booster(case: &str) -> Booster {
    let file = std::fs::File::open(folder(case).join("model.joblib")).unwrap();
    let mut pickle = Vec::new();
    flate2::read::ZlibDecoder::new(file).read_to_end(&mut pickle).unwrap();
    let find =
        |needle: &[u8], from: usize| from + pickle[from..].windows(needle.len()).position(|w| w == needle).unwrap();
    let start = find(b"tree\nversion=", 0);
    let end = find(b"\n", find(b"\npandas_categorical:", start) + 1);
    Booster::parse(&pickle[start..end]).unwrap()
}

fn labels(names: &[&str]) -> WrapperKind {
    WrapperKind::Classifier(Data::Text(names.iter().map(|name| Some((*name).to_owned())).collect()))
}

/// Compares every recorded method; gives the task and the column names of `predict_proba`.
fn check(case: &str, kind: WrapperKind, best_iteration: Option<usize>) -> (Task, Vec<String>) {
    let booster = booster(case);
    let wrapper = Wrapper { booster: &booster, kind, best_iteration };
    let fields = booster.fields().unwrap();
    let mut g = GraphBuilder::new(fields.iter().map(|field| field.element).collect());
    let x = booster.input(&mut g, 0).unwrap();
    let methods = wrapper.methods(&mut g, x).unwrap();
    let module = compile_graph(&g.finish(), &methods, CompileOptions::default()).unwrap();
    let mut roomy = module.abi.clone();
    roomy.block_rows = u32::MAX;
    for arena in &mut roomy.inputs {
        if let InputArena::Text { capacity, .. } = arena {
            *capacity = u32::MAX;
        }
    }
    let file = std::fs::File::open(folder(case).join("input.csv")).unwrap();
    let named = booster.fields_are_named();
    let mut block = Block::new(&module.abi);
    let input = InputFields { fields: &fields, named };
    Rows::open(file, "input.csv", Some(Format::Csv), input, &roomy)
        .unwrap()
        .next_block(&mut block, usize::MAX)
        .unwrap();
    let mut instance = CompiledModule::new(&module.wasm).unwrap().instantiate().unwrap();
    let expected = Expected::from_json(&std::fs::read(folder(case).join("expected.json")).unwrap()).unwrap();
    assert!(expected.methods.len() >= 3);
    for recorded in &expected.methods {
        let method = &recorded.method;
        let comparison = compare(recorded, &instance.call(method, &block).unwrap());
        assert_eq!(comparison.difference_count, 0, "{case} {method}: {}", comparison.differences[0]);
    }
    let probability = methods.iter().find(|method| method.name == "predict_proba");
    (wrapper.task(), probability.map(|method| method.outputs[0].columns.clone()).unwrap_or_default())
}

#[test]
fn classifiers_answer_labels_and_probabilities() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    for version in ["1.0", "1.9"] {
        let found = check(&format!("lgbm-binary-{version}"), labels(&["benign", "malignant"]), None);
        assert_eq!(found, (Task::BinaryClassification, names(&["benign", "malignant"])));
        let found = check(&format!("lgbm-multi-{version}"), labels(&["rosé", "rot", "weiß"]), None);
        assert_eq!(found, (Task::MulticlassClassification, names(&["rosé", "rot", "weiß"])));
        check(&format!("lgbm-categories-{version}"), labels(&["Barbera d'Asti", "Barolo", "Grignolino"]), None);
    }
    let found = check("lgbm-early-1.9", WrapperKind::Classifier(Data::I64(vec![0, 1])), Some(4));
    assert_eq!(found, (Task::BinaryClassification, names(&["0", "1"])));
}

#[test]
fn regressors_and_rankers_answer_predictions() {
    for case in ["lgbm-regressor-1.0", "lgbm-regressor-1.9", "lgbm-regressor-poisson-1.9"] {
        assert_eq!(check(case, WrapperKind::Regressor, None).0, Task::Regression);
    }
    assert_eq!(check("lgbm-ranker-1.9", WrapperKind::Ranker, None).0, Task::Ranking);
}

#[test]
fn classes_must_fit_the_booster() {
    let booster = booster("lgbm-multi-1.9");
    let wrapper = Wrapper { booster: &booster, kind: labels(&["a", "b"]), best_iteration: None };
    let mut g = GraphBuilder::new(booster.fields().unwrap().iter().map(|field| field.element).collect());
    let x = booster.input(&mut g, 0).unwrap();
    let error = wrapper.methods(&mut g, x).unwrap_err();
    assert_eq!(error.to_string(), "expected outputs for the 2 classes of `classes_`, found 3");
    let narrow = g.columns(x, vec![0, 1]).unwrap();
    let error = booster.lower(&mut g, narrow, None).unwrap_err();
    assert_eq!(error.to_string(), "expected 5 columns for the LightGBM model, found 2");
}
