//! Predictors whose files lie: refused by name, or scored, but never a panic.

use super::*;
use crate::encoding::compressed::decompress;
use crate::graph::evaluate;
use crate::tensor::{Data, ElementType, Matrix};

/// A fixture's model, uncompressed, so that its arrays lie open.
fn fixture(case: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sklearn").join(case);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut models = entries.filter(|path| path.file_stem().is_some_and(|stem| stem == "model"));
    let bytes = std::fs::read(models.next().unwrap()).unwrap();
    match compression(&bytes) {
        Some(kind) => decompress(kind, &bytes).unwrap(),
        None => bytes,
    }
}

fn read_bytes(bytes: &[u8]) -> Result<Model> {
    super::read(Source { name: "model.joblib", bytes })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(u32::MAX, |bytes| u32::from_le_bytes(bytes.try_into().unwrap()))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).map_or(u64::MAX, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
}

/// Where the root of the first tree stands: left child 1, a right child, a feature.
fn root_node(bytes: &[u8]) -> usize {
    let is_root = |at: &usize| {
        u64_at(bytes, *at) == 1 && (2..1000).contains(&u64_at(bytes, at + 8)) && u64_at(bytes, at + 16) < 10
    };
    (0..bytes.len()).find(is_root).unwrap()
}

/// Where the root of the first tree of histogram gradient boosting stands (1.3 and later: 56 bytes a node).
fn hist_root_node(bytes: &[u8]) -> usize {
    let is_root = |at: &usize| {
        let (feature, left, right) = (u64_at(bytes, at + 12), u32_at(bytes, at + 29), u32_at(bytes, at + 33));
        feature < 10 && left == 1 && (2..1000).contains(&right) && u32_at(bytes, at + 45) == 0
    };
    (0..bytes.len()).find(is_root).unwrap()
}

fn with(mut bytes: Vec<u8>, at: usize, patch: &[u8]) -> Vec<u8> {
    bytes[at..at + patch.len()].copy_from_slice(patch);
    bytes
}

fn refusal(bytes: &[u8]) -> String {
    let error = read_bytes(bytes).unwrap_err();
    format!("{}: {error}", error.place().unwrap_or_default())
}

#[test]
fn nodes_of_trees_that_lie_are_refused() {
    let bytes = fixture("tree-binary-1.9");
    let root = root_node(&bytes);
    for (offset, patch, expected) in [
        (0, 10_000i64.to_le_bytes(), "tree 0, node 10000: expected a node below 17, found a child 10000"),
        (0, 0i64.to_le_bytes(), "tree 0, node 0: the node has two parents: expected a tree"),
        (8, (-7i64).to_le_bytes(), "node 0: expected a child from 0, found -7"),
        (16, 60i64.to_le_bytes(), "tree 0, node 0: expected a feature below 6, found 60"),
        (24, f64::NAN.to_le_bytes(), "tree 0, node 0: expected a number as threshold, found NaN"),
    ] {
        assert_eq!(refusal(&with(bytes.clone(), root + offset, &patch)), expected);
    }
}

#[test]
fn nodes_of_histogram_gradient_boosting_that_lie_are_refused() {
    let bytes = fixture("hist-categories-1.3");
    let root = hist_root_node(&bytes);
    for (offset, patch, expected) in [
        (12, 70u32.to_le_bytes(), "_predictors[0][0].nodes, node 0: expected a feature below 4, found 70"),
        (29, 0u32.to_le_bytes(), "_predictors, tree 0, node 0: the node has two parents: expected a tree"),
        (33, 999u32.to_le_bytes(), "_predictors, tree 0, node 999: expected a node below 15, found a child 999"),
        (52, 9u32.to_le_bytes(), "_predictors[0][0].nodes, node 0: expected a set of categories below 1, found 9"),
        (
            12,
            1u32.to_le_bytes(),
            "_predictors[0][0].nodes, node 0: a set of categories tests feature 1, which holds numbers",
        ),
    ] {
        assert_eq!(refusal(&with(bytes.clone(), root + offset, &patch)), expected);
    }
}

/// The file with the first `from` replaced by `to`, which must be as long.
fn altered(case: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let bytes = fixture(case);
    let at = bytes.windows(from.len()).position(|window| window == from);
    let at = at.unwrap_or_else(|| panic!("{case} does not hold {from:?}"));
    with(bytes, at, to)
}

#[test]
fn attributes_that_do_not_fit_are_refused() {
    let table: &[(&str, &[u8], &[u8], &str)] = &[
        (
            "logistic-ovr-1.3",
            b"\x8c\x03ovr",
            b"\x8c\x03ovo",
            ": `LogisticRegression` with `multi_class='ovo'` cannot be compiled: expected 'auto', 'ovr' or 'multinomial'",
        ),
        (
            "logistic-binary-1.9",
            b"\x8c\x05coef_",
            b"\x8c\x05coaf_",
            ": an object of \
          `sklearn.linear_model._logistic.LogisticRegression` has no attribute `coef_`",
        ),
        (
            "boosting-regressor-1.9",
            b"HalfSquaredError",
            b"HalfBinomialLoss",
            ": expected a loss for regression, found one \
          for classification",
        ),
        (
            "hist-regressor-poisson-1.9",
            b"HalfPoissonLoss",
            b"HalfTweedieLoss",
            "_loss: expected a loss of gradient \
          boosting, found an object of `sklearn._loss.loss.HalfTweedieLoss`",
        ),
    ];
    for (case, from, to, expected) in table {
        assert_eq!(refusal(&altered(case, from, to)), *expected, "{case}");
    }
}

/// Reads damaged bytes; what can still be read is scored.
fn survives(bytes: &[u8]) {
    let Ok(model) = read_bytes(bytes) else { return };
    let cell = |row: usize, field: usize| [0.5, -3.0][row] * field as f64;
    let input = |fields: &[usize]| {
        let cells = || (0..2).flat_map(|row| fields.iter().map(move |field| cell(row, *field)));
        let data = match model.graph.fields()[fields[0]] {
            ElementType::F32 => Data::F32(cells().map(|cell| cell as f32).collect()),
            ElementType::Text => Data::Text(cells().map(|cell| Some(cell.to_string())).collect()),
            _ => Data::F64(cells().collect()),
        };
        Matrix::new(2, fields.len(), data)
    };
    for method in &model.methods {
        let values: Vec<_> = method.outputs.iter().map(|output| output.value).collect();
        if let Ok(outputs) = evaluate(&model.graph, &values, 2, input) {
            assert_eq!(outputs.len(), values.len());
        }
    }
}

/// How many places of each file are damaged, and as many cuts made.
const DAMAGES: usize = 300;

const DAMAGED: [&str; 34] = [
    "logistic-ovr-strings-1.0",
    "ridge-classifier-1.0",
    "sgd-one-class-1.9",
    "tweedie-1.9",
    "ransac-1.9",
    "one-vs-rest-logistic-1.9",
    "tree-multi-output-strings-1.9",
    "tree-missing-1.3",
    "forest-multi-output-1.0",
    "boosting-init-multi-1.9",
    "boosting-exponential-1.0",
    "hist-categories-1.0",
    "hist-categories-dtype-1.9",
    "xgb-multi-1.0",
    "lgbm-categories-1.9",
    "lgbm-early-1.9",
    "adaboost-strings-1.0",
    "bagging-logistic-1.0",
    "calibrated-isotonic-multi-1.9",
    "chain-1.9",
    "from-model-forest-1.9",
    "isolation-contamination-1.9",
    "snowpark-pipeline-mixed-2.6",
    "stacking-labels-1.9",
    "target-quantile-1.9",
    "voting-soft-drop-1.9",
    "topics-table-1.9",
    "nmf-1.9",
    "nmf-kullback-1.9",
    "coder-1.9",
    "coder-lasso-1.9",
    "coder-lasso-lars-1.9",
    "label-encoder-1.9",
    "label-sets-1.9",
];

#[test]
fn damaged_files_do_not_panic() {
    for case in DAMAGED {
        let bytes = fixture(case);
        for at in (0..bytes.len()).step_by(bytes.len() / DAMAGES + 1) {
            let damaged = bytes[at].wrapping_add(1 << (at % 8));
            survives(&with(bytes.clone(), at, &[damaged]));
        }
    }
}

#[test]
fn truncated_files_are_refused() {
    for case in DAMAGED {
        let bytes = fixture(case);
        for end in (0..bytes.len()).step_by(bytes.len() / DAMAGES + 1).chain([bytes.len() - 1]) {
            assert!(read_bytes(&bytes[..end]).is_err(), "{case} cut at {end}");
        }
    }
}
