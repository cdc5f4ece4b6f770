//! Factor analysis. After scikit-learn's decomposition/_factor_analysis.py.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::linear_algebra::Dense;
use super::super::predictor::Predictor;
use super::{centred, directions, dot, log_density, numbered};
use crate::error::Result;
use crate::model::{Method, Task};

/// `FactorAnalysis.transform`: the expected factors of a row.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let (components, noise) = parts(estimator, frame.width())?;
    let weighted = components.clone().scaled_columns(|i| 1.0 / noise[i]);
    let covariance = weighted.times(&components.transposed())?.plus_diagonal(|_| 1.0).inverse()?.0;
    let x = centred(context, estimator, "mean_", frame)?;
    let loaded = dot(context, x, weighted)?;
    let placed = dot(context, loaded, covariance.transposed())?;
    Ok(numbered(estimator, context, placed))
}

/// `FactorAnalysis.score_samples`: the log density of a row.
pub fn score(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (components, noise) = parts(estimator, frame.width())?;
    let weighted = components.clone().scaled_columns(|i| 1.0 / noise[i]);
    let inner = weighted.times(&components.transposed())?.plus_diagonal(|_| 1.0).inverse()?.0;
    let lemma = weighted.transposed().times(&inner)?.times(&weighted)?;
    let precision = lemma.scaled_columns(|_| -1.0).plus_diagonal(|i| 1.0 / noise[i]);
    let x = centred(context, estimator, "mean_", frame)?;
    let density = log_density(context, x, precision)?;
    let methods = vec![Method::scalar("score_samples", "score", density)];
    Ok(Predictor { task: Task::Transformation, classes: Vec::new(), methods })
}

fn parts(estimator: Fitted<'_>, n_features: usize) -> Result<(Dense, Vec<f64>)> {
    Ok((directions(estimator, "components_", n_features)?, estimator.floats("noise_variance_", n_features)?))
}
