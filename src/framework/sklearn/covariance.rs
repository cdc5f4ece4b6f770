//! `EllipticEnvelope`: how far a row lies from the centre of a robust covariance.

use super::classifier::{Positive, above_zero};
use super::context::{Accepts, Context};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::linear_algebra::Dense;
use super::predictor::Predictor;
use crate::error::Result;
use crate::model::{Method, Task};
use crate::ops::pairwise::{Metric, Pairwise};
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};
use std::sync::Arc;

/// `score_samples` is the square of the distance, negative; from `offset_` on a row is an inlier.
pub fn envelope(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let n_columns = frame.width();
    let centre = estimator.floats("location_", n_columns)?;
    let points = Arc::new(Matrix::new(1, n_columns, Data::F64(centre)));
    let metric = Metric::Mahalanobis { inverse: precision(estimator, n_columns)? };
    let x = frame.numbers(context, Accepts::Finite)?;
    let distance = context.graph.apply(Pairwise { points, metric, is_rooted: true }, &[x])?;
    let offset = estimator.attribute("offset_")?.as_f64()?;
    let g = &mut context.graph;
    let square = g.mul(distance, distance)?;
    let score = g.unary(UnaryFunction::Negate, square)?;
    let offset = g.number(offset, score)?;
    let decision = g.sub(score, offset)?;
    let position = above_zero(context, decision, Positive::FromZero)?;
    let table = Matrix::new(2, 1, Data::I64(vec![-1, 1]));
    let side = context.graph.apply(Take { table }, &[position])?;
    let methods = vec![
        Method::scalar("predict", "prediction", side),
        Method::scalar("decision_function", "decision", decision),
        Method::scalar("score_samples", "score", score),
    ];
    Ok(Predictor { task: Task::AnomalyDetection, classes: Vec::new(), methods })
}

/// The inverse of the covariance, which is not always stored.
fn precision(estimator: Fitted<'_>, n_columns: usize) -> Result<Vec<f64>> {
    let stored = estimator.flag("store_precision", true)?;
    let array = estimator.attribute(if stored { "precision_" } else { "covariance_" })?.array()?;
    array.expect_shape(&[n_columns, n_columns])?;
    let matrix = Dense::new(n_columns, n_columns, array.to_f64()?)?;
    Ok(if stored { matrix } else { matrix.inverse()?.0 }.items)
}
