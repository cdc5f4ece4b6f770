//! Support vector machines: weighted sums of kernels between a row and the support vectors. After libsvm's svm.cpp and
//! scikit-learn's svm/_base.py.

pub mod classify;
mod kernel;

use super::context::Context;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::Inputs;
use super::predictor::Predictor;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::model::{Method, Task};
use crate::ops::dot::Dot;
use crate::tensor::{Data, ElementType};
use kernel::Kernel;

/// The input columns: scikit-learn does not count those of a machine whose kernel is a function, its fitted rows show them.
pub fn inputs(estimator: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    match estimator.present("_BaseLibSVM__Xfit") {
        Some(fitted) if fitted.is_sparse() => Inputs::unnamed(fitted.sparse()?.n_cols).map(Some),
        Some(fitted) => {
            let array = fitted.array()?;
            array.expect_dims(2)?;
            array.shape.get(1).map(|n_columns| Inputs::unnamed(*n_columns)).transpose()
        }
        None => Ok(None),
    }
}

/// The support vectors' coefficients, row-major `[n_rows, n_support]`.
struct Coefficients {
    rows: usize,
    items: Vec<f64>,
}

impl Coefficients {
    fn read(estimator: Fitted<'_>, n_support: usize) -> Result<Self> {
        let attribute = estimator.attribute("_dual_coef_")?;
        let (rows, columns, items) = if attribute.is_sparse() {
            let sparse = attribute.sparse()?;
            (sparse.n_rows, sparse.n_cols, sparse.to_dense_f64()?)
        } else {
            let array = attribute.array()?;
            array.expect_dims(2)?;
            (array.shape[0], array.shape[1], array.to_f64()?)
        };
        if columns != n_support {
            let message = format!("expected coefficients of {n_support} support vectors, found {columns}");
            return Err(attribute.error(message));
        }
        limits::CLASSES.check_len(rows)?;
        Ok(Coefficients { rows, items })
    }

    /// All rows, of the support vectors from `start` on.
    fn block(&self, start: usize, count: usize) -> Vec<f64> {
        let columns = self.items.len() / self.rows.max(1);
        self.items.chunks(columns.max(1)).flat_map(|row| row.iter().skip(start).take(count).copied()).collect()
    }
}

fn intercepts(estimator: Fitted<'_>, count: usize) -> Result<Vec<f64>> {
    estimator.floats("_intercept_", count)
}

/// `Σ coefficient · kernel + intercept`, one number a row.
fn decision(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<ValueId> {
    let kernel = Kernel::read(context, estimator, frame)?;
    let coefficients = Coefficients::read(estimator, kernel.n_support())?;
    if coefficients.rows != 1 {
        let message = format!("expected one row of coefficients, found {}", coefficients.rows);
        return Err(Error::malformed("weights", message));
    }
    let start = intercepts(estimator, 1)?;
    let rows = kernel.rows(context, frame)?;
    if kernel.n_support() == 0 {
        // No row was at the margin: the answer is the intercept.
        let first = rows.first_column(context)?;
        let nothing = Dot { weights: Data::F64(vec![0.0]), start: Data::F64(start), start_first: false };
        return context.graph.apply(nothing, &[first]);
    }
    let kernels = kernel.of(context, rows, 0, kernel.n_support())?;
    let dot = Dot { weights: Data::F64(coefficients.items), start: Data::F64(start), start_first: false };
    context.graph.apply(dot, &[kernels])
}

/// `SVR` and `NuSVR`.
pub fn regression(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let value = decision(context, estimator, frame)?;
    Ok(Predictor::regressor(value, None))
}

/// `OneClassSVM`: 1 for inliers, -1 for outliers.
pub fn one_class(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let decision = decision(context, estimator, frame)?;
    let g = &mut context.graph;
    let offset = match estimator.attribute("offset_")? {
        array if array.is_array() => array.array()?.to_f64()?.first().copied().unwrap_or(f64::NAN),
        number => number.as_f64()?,
    };
    let offset = g.number(offset, decision)?;
    let score = g.add(decision, offset)?;
    let (zero, inlier, outlier) = (g.number(0.0, decision)?, g.number(1.0, decision)?, g.number(-1.0, decision)?);
    let is_inlier = g.binary(crate::ops::binary::BinaryFunction::Less, zero, decision)?;
    let label = g.select(is_inlier, inlier, outlier)?;
    let label = g.cast(label, ElementType::I64)?;
    let methods = vec![
        Method::scalar("predict", "prediction", label),
        Method::scalar("decision_function", "decision", decision),
        Method::scalar("score_samples", "score", score),
    ];
    Ok(Predictor { task: Task::AnomalyDetection, classes: Vec::new(), methods })
}
