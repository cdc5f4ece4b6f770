//! `OutputCodeClassifier`: every class has a code, an estimator gives each of its digits, the nearest code wins.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::context::Context;
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::answers;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::arg_max::ArgMax;
use crate::ops::dot::Dot;
use crate::tensor::Data;

/// `predict` alone. Of the squared distance `|x|² - 2 x·c + |c|²` the first term is the same for all classes.
pub fn output_code(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let answers = answers(context, estimator, frame)?;
    let attribute = estimator.attribute("code_book_")?;
    let codes = attribute.array()?;
    codes.expect_shape(&[classes.len(), answers.len()])?;
    let codes = codes.to_f64()?;
    let digits: Vec<ValueId> = answers.iter().map(|answer| answer.score).collect();
    let digits = context.graph.concat(&digits)?;
    let norms = codes.chunks_exact(answers.len()).map(|code| -code.iter().map(|digit| digit * digit).sum::<f64>());
    let nearness = Dot {
        weights: Data::F64(codes.iter().map(|digit| 2.0 * digit).collect()),
        start: Data::F64(norms.collect()),
        start_first: false,
    };
    let nearness = context.graph.apply(nearness, &[digits])?;
    let position = context.graph.apply(ArgMax, &[nearness])?;
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    Ok(classifier.finish())
}
