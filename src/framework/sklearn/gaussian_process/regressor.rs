//! `GaussianProcessRegressor`: the mean of the process.

use super::super::context::Context;
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::super::kernels::{n_targets, weighted};
use super::super::predictor::Predictor;
use super::super::version::version;
use super::Process;
use crate::error::Result;

/// The first version that returns a number a row for targets of two dimensions with one column.
const SQUEEZED_SINCE: (u64, u64) = (1, 1);

/// `predict`: `_y_train_std · (kernel @ alpha_) + _y_train_mean`.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let process = Process::read(context, estimator, frame)?;
    let weights = estimator.attribute("alpha_")?;
    let n_targets = n_targets(weights)?;
    let mean = weighted(context, process.values, weights, n_targets)?;
    let width = n_targets.unwrap_or(1);
    let (scale, shift) = (statistic(estimator, "_y_train_std", width)?, statistic(estimator, "_y_train_mean", width)?);
    let g = &mut context.graph;
    let (scale, shift) = (g.numbers(&scale, mean)?, g.numbers(&shift, mean)?);
    let scaled = g.mul(scale, mean)?;
    let value = g.add(scaled, shift)?;
    let is_squeezed = n_targets == Some(1) && version(estimator) >= SQUEEZED_SINCE;
    Ok(Predictor::regressor(value, n_targets.filter(|_| !is_squeezed)))
}

/// A number of the targets: one for each, or one for all.
fn statistic(estimator: Fitted<'_>, name: &str, n_targets: usize) -> Result<Vec<f64>> {
    let value = estimator.attribute(name)?;
    if !value.is_array() {
        return Ok(vec![value.as_f64()?]);
    }
    let numbers = value.array()?.to_f64()?;
    if numbers.len() != 1 && numbers.len() != n_targets {
        return Err(value.error(format!("expected 1 or {n_targets} numbers, found {}", numbers.len())));
    }
    Ok(numbers)
}
