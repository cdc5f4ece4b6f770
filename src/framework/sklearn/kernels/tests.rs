//! Kernels that cannot be compiled, rows that they refuse, and files that lie.

use super::bessel::Smoothness;
use super::matern::matern;
use crate::encoding::compressed::{compression, decompress};
use crate::error::Result;
use crate::framework::{Source, read};
use crate::graph::{GraphBuilder, evaluate};
use crate::model::Model;
use crate::tensor::{Data, ElementType, Matrix};

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

/// The file with every `from` replaced by `to`, which must be as long.
fn altered(case: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = fixture(case);
    let places: Vec<usize> = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "{case} does not hold {from:?}");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn kernels_that_cannot_be_compiled_are_refused_by_name() {
    let smoothness = |order: f64| [&b"G"[..], &order.to_be_bytes()].concat();
    let table: &[(&str, Vec<u8>, Vec<u8>, &str)] = &[
        (
            "kernel-ridge-chi2-1.9",
            b"\x8c\x04chi2".into(),
            b"\x8c\x04chi3".into(),
            "`KernelRidge` with `kernel='chi3'` cannot be compiled: expected a kernel of `pairwise_kernels`",
        ),
        (
            "gpr-matern-own-1.9",
            smoothness(0.8),
            smoothness(40.0),
            "`Matern` with `nu=40` cannot be compiled: of rows that coincide its Bessel function overflows in \
             scikit-learn, too",
        ),
        (
            "svc-function-1.9",
            b"chi2_kernel".into(),
            b"rbf2_kernel".into(),
            "the file imports `sklearn.metrics.pairwise.rbf2_kernel`, which is not on the list of known classes and functions",
        ),
        (
            "gpr-rational-1.9",
            b"\x8c\x11RationalQuadratic".into(),
            b"\x8c\x11RationalQuadratik".into(),
            "the file imports `sklearn.gaussian_process.kernels.RationalQuadratik`, which is not on the list of known classes and functions",
        ),
    ];
    for (case, from, to, expected) in table {
        assert_eq!(read_bytes(&altered(case, from, to)).unwrap_err().to_string(), *expected, "{case}");
    }
}

/// What the model answers to one row, or the message of the check that refuses it.
fn score(model: &Model, method: &str, row: &[f64]) -> std::result::Result<Vec<Matrix>, String> {
    let values: Vec<_> = model.method(method).unwrap().outputs.iter().map(|output| output.value).collect();
    let input =
        |fields: &[usize]| Matrix::new(1, fields.len(), Data::F64(fields.iter().map(|field| row[*field]).collect()));
    evaluate(&model.graph, &values, 1, input)
        .map_err(|refused| model.graph.sites()[refused.site as usize].message.clone())
}

#[test]
fn rows_that_the_framework_refuses_are_refused() {
    let table: &[(&str, &str, f64, &str)] = &[
        ("kernel-ridge-chi2-1.9", "predict", -1.0, "KernelRidge: input X contains negative values"),
        ("svc-function-1.9", "predict", -0.5, "SVC: input X contains negative values"),
        ("isomap-radius-1.9", "transform", 50.0, "Isomap: no fitted row lies within the radius"),
        (
            "locally-linear-1.9",
            "transform",
            1e200,
            "LocallyLinearEmbedding: the products of the ways to the neighbours are a singular matrix",
        ),
        (
            "gpr-rational-1.9",
            "predict",
            f64::NAN,
            "GaussianProcessRegressor: input X contains NaN, infinity or a value too large for float64",
        ),
    ];
    for (case, method, value, expected) in table {
        let model = read_bytes(&fixture(case)).unwrap();
        let row = vec![*value; model.fields.len()];
        assert_eq!(score(&model, method, &row).unwrap_err(), *expected, "{case}");
        let flower: Vec<f64> = [5.8, 3.0, 3.8, 1.2].into_iter().cycle().take(row.len()).collect();
        assert!(score(&model, method, &flower).is_ok(), "{case}");
    }
}

/// Matérn's kernel of some distances.
fn kernel(smoothness: f64, distances: &[f64]) -> Vec<f64> {
    let mut g = GraphBuilder::new(vec![ElementType::F64]);
    let x = g.all_inputs().unwrap();
    let y = matern(&mut g, x, smoothness).unwrap();
    let input = Matrix::new(distances.len(), 1, Data::F64(distances.to_vec()));
    match evaluate(&g.finish(), &[y], distances.len(), |_| input.clone()).unwrap().remove(0).data {
        Data::F64(values) => values,
        _ => unreachable!("the kernel of doubles"),
    }
}

/// A half of an odd number has a closed form: of 7/2 `(1 + z + 2/5 z² + 1/15 z³) exp(-z)`.
#[test]
fn tabulated_bessel_functions_meet_the_closed_forms() {
    let distances: Vec<f64> = (-60..=38).map(|i| 10f64.powf(f64::from(i) / 16.0)).chain([0.0, 1e-15]).collect();
    for (distance, found) in distances.iter().zip(kernel(3.5, &distances)) {
        let z = 7f64.sqrt() * distance;
        let expected = (1.0 + z + 0.4 * z * z + z * z * z / 15.0) * (-z).exp();
        let tolerance = 2e-13 + 1e-15 * z;
        assert!((found - expected).abs() <= tolerance * expected, "{distance}: {found:e}, expected {expected:e}");
    }
    assert_eq!(kernel(3.5, &[1e4, f64::INFINITY]), [0.0, 0.0]);
    for refused in [0.0, -1.0, f64::NAN, 1e-6, 25.0] {
        assert!(Smoothness::new(refused).is_err(), "{refused}");
    }
}

#[test]
fn damaged_kernels_are_refused_or_answer() {
    let cases = [
        "kernel-ridge-object-1.9",
        "nystroem-chi2-1.0",
        "count-sketch-odd-1.9",
        "gpr-rational-1.9",
        "gpr-matern-own-1.0",
        "gpc-dot-1.9",
        "kernel-pca-zero-1.9",
        "isomap-1.0",
        "isomap-radius-1.9",
        "locally-linear-1.9",
        "elliptic-covariance-1.9",
        "svc-function-1.9",
    ];
    for case in cases {
        let bytes = fixture(case);
        let step = bytes.len() / 150 + 1;
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at / step % 8);
            if let Ok(model) = read_bytes(&damaged) {
                let row = vec![0.5; model.fields.len()];
                for method in &model.methods {
                    let _ = score(&model, &method.name, &row);
                }
            }
            assert!(read_bytes(&bytes[..at]).is_err(), "{case} cut at {at}");
        }
    }
}
