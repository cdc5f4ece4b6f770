//! Linear models: weighted sums of the columns.

pub mod classify;
pub mod glm;
pub mod outlier;
pub mod ransac;
mod sums;

use super::context::Context;
use super::fitted::Fitted;
use super::frame::Frame;
use super::predictor::Predictor;
use crate::error::Result;
pub use sums::weighted_sums;

/// `LinearRegression` and the regressors that predict as it does: `X @ coef_.T + intercept_`.
pub fn regression(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let sums = weighted_sums(context, estimator, frame)?;
    Ok(Predictor::regressor(sums.value, sums.n_targets))
}
