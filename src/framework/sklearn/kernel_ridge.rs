//! `KernelRidge`: weighted sums of kernels between a row and the fitted rows.

use super::context::Context;
use super::fitted::Fitted;
use super::frame::Frame;
use super::kernels::{Kernel, Parameters, n_targets, weighted};
use super::predictor::Predictor;
use crate::error::Result;

/// `kernel @ dual_coef_`.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let parameters = Parameters::read(estimator)?;
    let kernel = Kernel::read(context, estimator, "kernel", parameters, frame.width())?;
    let values = kernel.with_fitted(context, estimator, frame, "X_fit_")?;
    let weights = estimator.attribute("dual_coef_")?;
    let n_targets = n_targets(weights)?;
    let value = weighted(context, values, weights, n_targets)?;
    Ok(Predictor::regressor(value, n_targets))
}
