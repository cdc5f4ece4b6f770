//! Linear models: weighted sums of the columns.

use super::context::{Accepts, Context};
use super::fitted::Fitted;
use super::frame::Frame;
use super::predictor::Predictor;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::dot::Dot;
use crate::tensor::Data;

/// `LinearRegression` and the regressors that predict as it does: `X @ coef_.T + intercept_`.
pub fn regression(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (sums, n_targets) = weighted_sums(context, estimator, frame)?;
    Ok(Predictor::regressor(sums, n_targets))
}

/// The weighted sums, and the number of targets where `coef_` has two dimensions.
fn weighted_sums(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<(ValueId, Option<usize>)> {
    let coefficients = estimator.attribute("coef_")?.array()?;
    let n_targets = if coefficients.n_dims() == 2 { coefficients.shape.first().copied() } else { None };
    let n_outputs = n_targets.unwrap_or(1);
    let shape = if n_targets.is_some() { vec![n_outputs, frame.width()] } else { vec![frame.width()] };
    coefficients.expect_shape(&shape)?;
    let intercept = estimator.attribute("intercept_")?;
    let start = if intercept.is_array() { intercept.array()?.to_f64()? } else { vec![intercept.as_f64()?] };
    let start = if start.len() == 1 { vec![start[0]; n_outputs] } else { start };
    if start.len() != n_outputs {
        return Err(intercept.error(format!("expected {n_outputs} intercepts, found {}", start.len())));
    }
    let x = frame.numbers(context, Accepts::Finite)?;
    let dot = Dot { weights: Data::F64(coefficients.to_f64()?), start: Data::F64(start), start_first: false };
    Ok((context.graph.apply(dot, &[x])?, n_targets))
}
