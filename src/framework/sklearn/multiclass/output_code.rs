//! `OutputCodeClassifier`: every class has a code, an estimator gives each of its digits, the nearest code wins.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::context::Context;
use super::super::distances::{arg_min, euclidean_distances};
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::version::version;
use super::answers;
use crate::error::Result;
use crate::graph::ValueId;
use crate::tensor::{Data, Matrix};

/// The first version that compares squared distances.
const SQUARED_SINCE: (u64, u64) = (1, 3);

/// `predict` alone.
pub fn output_code(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let answers = answers(context, estimator, frame)?;
    let attribute = estimator.attribute("code_book_")?;
    let codes = attribute.array()?;
    codes.expect_shape(&[classes.len(), answers.len()])?;
    let codes = codes.to_f64()?;
    let digits: Vec<ValueId> = answers.iter().map(|answer| answer.score).collect();
    let digits = context.graph.concat(&digits)?;
    let codes = Matrix::new(classes.len(), answers.len(), Data::F64(codes));
    let is_squared = version(estimator) >= SQUARED_SINCE;
    let distances = euclidean_distances(&mut context.graph, digits, codes, is_squared)?;
    let position = arg_min(&mut context.graph, distances)?;
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    Ok(classifier.finish())
}
