//! `SGDOneClassSVM`: which side of a plane a row lies on.

use super::super::classifier::{Positive, above_zero};
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::sums::sums_from;
use crate::error::Result;
use crate::model::{Method, Task};
use crate::ops::take::Take;
use crate::tensor::{Data, Matrix};

/// `decision_function` is the weighted sum less `offset_`; from 0 on a row is an inlier.
pub fn one_class(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let offset = estimator.floats("offset_", 1)?;
    let start = offset.iter().map(|offset| -offset).collect();
    let decision = sums_from(context, estimator, frame, start)?.value;
    let position = above_zero(context, decision, Positive::FromZero)?;
    let table = Matrix::new(2, 1, Data::I64(vec![-1, 1]));
    let side = context.graph.apply(Take { table }, &[position])?;
    let offset = context.graph.numbers(&offset, decision)?;
    let score = context.graph.add(decision, offset)?;
    let methods = vec![
        Method::scalar("predict", "prediction", side),
        Method::scalar("decision_function", "decision", decision),
        Method::scalar("score_samples", "score", score),
    ];
    Ok(Predictor { task: Task::AnomalyDetection, classes: Vec::new(), methods })
}
