//! Searches that cannot be compiled, rows that they refuse, and search trees that lie.

use crate::encoding::compressed::{compression, decompress};
use crate::error::Result;
use crate::framework::{Source, read};
use crate::graph::evaluate;
use crate::model::Model;
use crate::tensor::{Data, Matrix};

/// A fixture's model, uncompressed.
fn fixture(case: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/sklearn/{case}/model.joblib", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    match compression(&bytes) {
        Some(kind) => decompress(kind, &bytes).unwrap(),
        None => bytes,
    }
}

fn read_bytes(bytes: &[u8]) -> Result<Model> {
    read(Source { name: "model.joblib", bytes })
}

/// The model with the first `from` replaced by `to`, which must be as long.
fn altered(case: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = fixture(case);
    let at = bytes.windows(from.len()).position(|window| window == from);
    let at = at.unwrap_or_else(|| panic!("{case} does not hold {from:?}"));
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

#[test]
fn searches_that_cannot_be_compiled_are_refused_by_name() {
    let table: &[(&str, &[u8], &[u8], &str)] = &[
        (
            "knn-1.9",
            b"uniform",
            b"unicorn",
            "`KNeighborsClassifier` with `weights='unicorn'` cannot be compiled: expected 'uniform' or 'distance'",
        ),
        (
            "knn-canberra-brute-1.9",
            b"canberra",
            b"canterra",
            "expected a metric of scikit-learn or SciPy, found `canterra`",
        ),
        ("knn-1.9", b"n_neighbors\x94K\x05", b"n_neighbors\x94K\x7f", "expected 1 to 60 neighbours, found 127"),
        (
            "knn-1.9",
            b"kd_tree",
            b"zd_tree",
            "`KNeighborsClassifier` with `_fit_method='zd_tree'` cannot be compiled: expected 'brute', 'kd_tree' or \
             'ball_tree'",
        ),
        (
            "lof-1.9",
            b"novelty\x94\x88",
            b"novelty\x94\x89",
            "`LocalOutlierFactor` with `novelty=False` cannot be compiled: it has no method for new rows",
        ),
        (
            "density-gaussian-1.9",
            b"rtol\x94K\x00",
            b"rtol\x94K\x01",
            "`KernelDensity` with `atol or rtol above 0` cannot be compiled: its answer is any number within them that \
             the walk through its tree happens to reach",
        ),
        (
            "density-gaussian-1.9",
            b"gaussian",
            b"goussian",
            "`KernelDensity` with `kernel='goussian'` cannot be compiled: expected one of scikit-learn's six kernels",
        ),
        (
            "label-propagation-1.9",
            b"kernel\x94\x8c\x03rbf",
            b"kernel\x94\x8c\x03abf",
            "`LabelPropagation` with `kernel='abf'` cannot be compiled: expected 'rbf' or 'knn'",
        ),
    ];
    for (case, from, to, expected) in table {
        assert_eq!(read_bytes(&altered(case, from, to)).unwrap_err().to_string(), *expected, "{case}");
    }
}

/// What the model answers to rows, or the message of the check that refuses them.
fn score(model: &Model, method: &str, rows: &[Vec<f64>]) -> std::result::Result<Vec<Matrix>, String> {
    let values: Vec<_> = model.method(method).unwrap().outputs.iter().map(|output| output.value).collect();
    let input = |fields: &[usize]| {
        let data = rows.iter().flat_map(|row| fields.iter().map(|field| row[*field])).collect();
        Matrix::new(rows.len(), fields.len(), Data::F64(data))
    };
    evaluate(&model.graph, &values, rows.len(), input)
        .map_err(|refused| model.graph.sites()[refused.site as usize].message.clone())
}

#[test]
fn rows_that_the_framework_refuses_are_refused() {
    let radius = read_bytes(&fixture("radius-1.9")).unwrap();
    assert_eq!(
        score(&radius, "predict", &[vec![1e3; 4]]).unwrap_err(),
        "RadiusNeighborsClassifier: no neighbours within the radius"
    );
    let given = read_bytes(&fixture("knn-precomputed-1.9")).unwrap();
    let mut row = vec![1.0; 40];
    assert!(score(&given, "predict", &[row.clone()]).is_ok());
    row[7] = -1.0;
    assert_eq!(
        score(&given, "predict", &[row]).unwrap_err(),
        "KNeighborsClassifier: a precomputed distance is negative"
    );
    let plain = read_bytes(&fixture("knn-1.9")).unwrap();
    assert!(score(&plain, "predict", &[vec![f64::NAN; 4]]).is_err());
    let missing = read_bytes(&fixture("knn-missing-1.9")).unwrap();
    assert!(score(&missing, "predict", &[vec![f64::NAN; 6]]).is_ok());
}

#[test]
fn equal_distances_are_told_apart_by_numpy_and_a_person_is_told() {
    let notes = |case: &str| read_bytes(&fixture(case)).unwrap().notes;
    assert!(notes("knn-hamming-brute-1.9")[0].contains("equally distant rows"));
    assert!(notes("knn-imputer-1.9")[0].contains("equally distant rows"));
    assert_eq!(notes("knn-brute-1.9"), Vec::<String>::new());
    assert!(notes("density-tree-1.9")[0].starts_with("KernelDensity: scikit-learn loses digits"));
    assert_eq!(notes("density-gaussian-1.9"), Vec::<String>::new());
}

#[test]
fn damaged_searches_are_refused_or_answer() {
    for case in ["knn-ties-kd_tree-1.9", "knn-ties-ball_tree-1.0", "bisecting-kmeans-1.9"] {
        let bytes = fixture(case);
        for at in (0..bytes.len()).step_by(5) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at / 5 % 8);
            if let Ok(model) = read_bytes(&damaged) {
                let row = vec![0.5; model.fields.len()];
                for method in &model.methods {
                    let _ = score(&model, &method.name, std::slice::from_ref(&row));
                }
            }
        }
    }
}
