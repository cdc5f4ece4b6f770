//! Partial least squares. After scikit-learn's cross_decomposition/_pls.py.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::linear_algebra::Dense;
use super::super::predictor::Predictor;
use super::super::version::version;
use super::{dot, numbered};
use crate::error::Result;
use crate::graph::ValueId;

/// The first version whose `coef_` holds the scale of the columns, which `predict` before divided by.
const SCALED_SINCE: (u64, u64) = (1, 5);
/// The first version that adds `intercept_`, the mean of the targets.
const TRANSPOSED_SINCE: (u64, u64) = (1, 1);

/// `PLSRegression`, `PLSCanonical` and `CCA`: the rows' scores.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let rotations = matrix(estimator, "x_rotations_", frame.width())?;
    let x = scaled(context, estimator, frame, true)?;
    let placed = dot(context, x, rotations.transposed())?;
    Ok(numbered(estimator, context, placed))
}

/// `PLSSVD.transform`.
pub fn singular(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let weights = matrix(estimator, "x_weights_", frame.width())?;
    let x = scaled(context, estimator, frame, true)?;
    let placed = dot(context, x, weights.transposed())?;
    Ok(numbered(estimator, context, placed))
}

/// `predict`: a linear regression on the columns.
pub fn predict(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (name, version) = (if estimator.optional("_coef_").is_some() { "_coef_" } else { "coef_" }, version(estimator));
    let by_target = match version < TRANSPOSED_SINCE {
        true => matrix(estimator, "coef_", frame.width())?.transposed(),
        false => {
            let array = estimator.attribute(name)?.array()?;
            let n_targets = array.shape.first().copied().unwrap_or(0);
            array.expect_shape(&[n_targets, frame.width()])?;
            Dense::new(n_targets, frame.width(), array.to_f64()?)?
        }
    };
    let n_targets = by_target.rows;
    let intercept = if version < TRANSPOSED_SINCE { "_y_mean" } else { "intercept_" };
    let intercept = estimator.floats(intercept, n_targets)?;
    let x = scaled(context, estimator, frame, version < SCALED_SINCE)?;
    let sums = dot(context, x, by_target)?;
    let intercept = context.graph.numbers(&intercept, sums)?;
    let value = context.graph.add(sums, intercept)?;
    // Since 1.3 a model fitted on one target as a vector answers with a vector.
    let is_vector = estimator.flag("_predict_1d", false)?;
    Ok(Predictor::regressor(value, (!is_vector).then_some(n_targets)))
}

/// Row-major `[n_columns, anything]`.
fn matrix(estimator: Fitted<'_>, name: &str, n_columns: usize) -> Result<Dense> {
    let array = estimator.attribute(name)?.array()?;
    let n_outputs = array.shape.get(1).copied().unwrap_or(0);
    array.expect_shape(&[n_columns, n_outputs])?;
    Dense::new(n_columns, n_outputs, array.to_f64()?)
}

fn scaled(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, divide: bool) -> Result<ValueId> {
    let width = frame.width();
    let x = frame.doubles(context, Accepts::Finite)?;
    let mean = context.graph.numbers(&estimator.floats("_x_mean", width)?, x)?;
    let x = context.graph.sub(x, mean)?;
    if !divide {
        return Ok(x);
    }
    let scale = context.graph.numbers(&estimator.floats("_x_std", width)?, x)?;
    context.graph.div(x, scale)
}
