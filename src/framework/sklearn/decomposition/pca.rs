//! Principal components. After scikit-learn's decomposition/_base.py and _pca.py.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::linear_algebra::Dense;
use super::super::predictor::Predictor;
use super::super::version::version;
use super::{centred, directions, dot, dot_plus, log_density, numbered};
use crate::error::Result;
use crate::graph::ValueId;
use crate::model::{Method, Task};

/// The first version that centres after the product instead of before it.
const CENTRED_LAST_SINCE: (u64, u64) = (1, 5);

/// `PCA.transform` and `IncrementalPCA.transform`.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let directions = directions(estimator, "components_", frame.width())?;
    let n_components = directions.rows;
    let mut placed = if version(estimator) < CENTRED_LAST_SINCE {
        let x = centred(context, estimator, "mean_", frame)?;
        dot(context, x, directions)?
    } else {
        centred_last(context, estimator, frame, directions)?
    };
    if estimator.flag("whiten", false)? {
        let variances = estimator.floats("explained_variance_", n_components)?;
        let clipped = version(estimator) >= CENTRED_LAST_SINCE;
        let least = if clipped { f64::EPSILON } else { 0.0 };
        let scale: Vec<f64> = variances.iter().map(|variance| variance.sqrt().max(least)).collect();
        let scale = context.graph.numbers(&scale, placed)?;
        placed = context.graph.div(placed, scale)?;
    }
    Ok(numbered(estimator, context, placed))
}

/// `X @ directions.T - mean @ directions.T`.
fn centred_last(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, directions: Dense) -> Result<ValueId> {
    frame.refuse_single_products(context, estimator.attribute("mean_")?)?;
    let mean = Dense::new(1, frame.width(), estimator.floats("mean_", frame.width())?)?;
    let shift = mean.times(&directions.transposed())?;
    let x = frame.matrix(context, Accepts::Finite)?;
    dot_plus(context, x, directions, shift.items.iter().map(|shift| -shift).collect())
}

/// `PCA.score_samples`: the log density of the probabilistic model.
pub fn score(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let precision = precision(estimator, frame.width())?;
    let x = centred(context, estimator, "mean_", frame)?;
    let density = log_density(context, x, precision)?;
    let methods = vec![Method::scalar("score_samples", "score", density)];
    Ok(Predictor { task: Task::Transformation, classes: Vec::new(), methods })
}

/// The inverse of the model's covariance, by the matrix inversion lemma where there is noise. After `get_precision`.
fn precision(estimator: Fitted<'_>, n_features: usize) -> Result<Dense> {
    let mut components = directions(estimator, "components_", n_features)?;
    let n_components = components.rows;
    let noise = estimator.attribute("noise_variance_")?.as_f64()?;
    let variances = estimator.floats("explained_variance_", n_components)?;
    if estimator.flag("whiten", false)? {
        let roots: Vec<f64> = variances.iter().map(|variance| variance.sqrt()).collect();
        components = components.transposed().scaled_columns(|i| roots[i]).transposed();
    }
    if n_components == 0 {
        return Ok(square(n_features)?.plus_diagonal(|_| 1.0 / noise));
    }
    let surplus: Vec<f64> = variances.iter().map(|variance| (variance - noise).max(0.0)).collect();
    let transposed = components.transposed();
    if noise == 0.0 {
        let covariance = transposed.clone().scaled_columns(|i| surplus[i]).times(&components)?;
        return Ok(covariance.plus_diagonal(|_| noise).inverse()?.0);
    }
    let inner = components.times(&transposed)?.scaled_columns(|_| 1.0 / noise).plus_diagonal(|i| 1.0 / surplus[i]);
    let lemma = transposed.times(&inner.inverse()?.0)?.times(&components)?;
    Ok(lemma.scaled_columns(|_| -1.0 / (noise * noise)).plus_diagonal(|_| 1.0 / noise))
}

fn square(n: usize) -> Result<Dense> {
    crate::limits::FEATURES.check_len(n.saturating_mul(n))?;
    Dense::new(n, n, vec![0.0; n * n])
}
