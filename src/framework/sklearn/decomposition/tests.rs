//! Iterative decompositions whose files lie, or ask for what cannot be compiled; rows that they refuse.

use crate::encoding::compressed::{compression, decompress};
use crate::error::Result;
use crate::framework::{Source, read};
use crate::graph::evaluate;
use crate::model::Model;
use crate::tensor::{Data, Matrix};

/// The model of a fixture with the first `from` replaced by `to`, which must be as long.
fn altered(case: &str, from: &[u8], to: &[u8]) -> Result<Model> {
    assert_eq!(from.len(), to.len());
    let path = format!("{}/fixtures/sklearn/{case}/model.joblib", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let mut bytes = compression(&bytes).map_or(Ok(bytes.clone()), |kind| decompress(kind, &bytes)).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from);
    let at = at.unwrap_or_else(|| panic!("{case} does not hold {}", String::from_utf8_lossy(from)));
    bytes[at..at + to.len()].copy_from_slice(to);
    read(Source { name: "model.joblib", bytes: &bytes })
}

#[test]
fn what_cannot_be_compiled_is_refused_by_name() {
    let table: &[(&str, &[u8], &[u8], &str)] = &[
        (
            "nmf-1.9",
            b"shuffle\x94\x89",
            b"shuffle\x94\x88",
            "`NMF` with `shuffle=True` cannot be compiled: it orders the components by numbers that NumPy draws at every call",
        ),
        ("nmf-1.9", b"\x8c\x02cd", b"\x8c\x02ab", "`NMF` with `solver='ab'` cannot be compiled: expected 'cd' or 'mu'"),
        (
            "nmf-kullback-1.9",
            b"kullback-leibler",
            b"kullback-leibniz",
            "`NMF` with `beta_loss='kullback-leibniz'` cannot be compiled: expected 'frobenius', 'kullback-leibler', \
             'itakura-saito' or a number",
        ),
        (
            "coder-1.9",
            b"\x8c\x03omp",
            b"\x8c\x03opm",
            "`SparseCoder` with `transform_algorithm='opm'` cannot be compiled: expected 'omp', 'threshold', 'lasso_cd', \
             'lars' or 'lasso_lars'",
        ),
        (
            "coder-1.9",
            b"positive_code\x94\x89",
            b"positive_code\x94\x88",
            "`SparseCoder` with `positive_code=True` cannot be compiled: expected False with this algorithm, as \
             scikit-learn does",
        ),
        (
            "coder-1.9",
            b"nonzero_coefs\x94K\x04",
            b"nonzero_coefs\x94K\x0b",
            "expected 1 to 10 atoms of a code, found 11",
        ),
        (
            "topics-table-1.9",
            b"mean_change_tol",
            b"mean_change_tal",
            "an object of `sklearn.decomposition._lda.LatentDirichletAllocation` has no attribute `mean_change_tol`",
        ),
        ("label-encoder-1.9", b"classes_", b"classas_", "has no attribute `classes_`"),
    ];
    for (case, from, to, expected) in table {
        let error = altered(case, from, to).unwrap_err().to_string();
        assert!(error.contains(expected), "{case}: {error}");
    }
}

#[test]
fn steps_of_an_iteration_meet_a_limit() {
    let steps = |most: u32| altered("nmf-penalties-1.9", &70_000u32.to_le_bytes(), &most.to_le_bytes());
    assert!(steps(100_000).is_ok());
    let error = steps(100_001).unwrap_err().to_string();
    assert_eq!(error, "100001 steps of an iteration exceed the limit `iterations` of 100000");
}

#[test]
fn rows_with_negative_or_infinite_numbers_are_refused() {
    for case in ["nmf-1.9", "nmf-mu-1.9", "topics-table-1.9"] {
        let model = altered(case, b"components_", b"components_").unwrap();
        let value = model.methods[0].outputs[0].value;
        for (cell, is_taken) in [(0.0, true), (-0.0, true), (3.5, true), (-1e-300, false), (f64::INFINITY, false)] {
            let row = |fields: &[usize]| Matrix::new(1, fields.len(), Data::F64(vec![cell; fields.len()]));
            assert_eq!(evaluate(&model.graph, &[value], 1, row).is_ok(), is_taken, "{case}: {cell}");
        }
    }
}
