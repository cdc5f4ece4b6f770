//! Classifiers of many classes made of estimators of two: one against the rest, one against one, output codes.

pub mod one_vs_one;
pub mod one_vs_rest;
pub mod output_code;

use super::context::Context;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::predictor::Predictor;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::ops::binary::BinaryFunction;
use crate::tensor::{Data, ElementType};

/// What one of the estimators says, f64.
#[derive(Debug)]
struct Answer {
    /// The score of its class: `decision_function`, else the probability, else a regressor's prediction.
    score: ValueId,
    /// Above which score the class counts as met.
    threshold: f64,
    decision: Option<ValueId>,
    /// The probability of its class.
    probability: Option<ValueId>,
    /// What it predicts; none for a constant.
    predictor: Option<Predictor>,
}

/// The answers of `estimators_` to the same table.
fn answers(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Vec<Answer>> {
    answers_by(context, estimator, |_| frame)
}

/// The answers of `estimators_`, each to its own table.
fn answers_by<'f>(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: impl Fn(usize) -> &'f Frame,
) -> Result<Vec<Answer>> {
    let attribute = estimator.attribute("estimators_")?;
    let inner = attribute.items()?;
    limits::CLASSES.check_len(inner.len())?;
    if inner.is_empty() {
        return Err(attribute.error("expected at least one estimator, found none"));
    }
    let answer = |(index, inner): (usize, &Fitted<'_>)| match inner.class_name() {
        "_ConstantPredictor" => constant(context, *inner),
        _ => context.within(format!("estimators_[{index}]"), |context| {
            let predictor = context.predict(*inner, frame(index))?;
            answer(&mut context.graph, predictor)
        }),
    };
    inner.iter().enumerate().map(answer).collect()
}

/// What stands for a class that all rows or no rows of the training data had. It has decisions but counts as no
/// classifier, so that its threshold, which then is everyone's, is one half.
fn constant(context: &mut Context, predictor: Fitted<'_>) -> Result<Answer> {
    let met = predictor.attribute("y_")?.array()?;
    met.expect_shape(&[1])?;
    let value = context.graph.constant(Data::F64(met.to_f64()?))?;
    Ok(Answer { score: value, threshold: 0.5, decision: Some(value), probability: Some(value), predictor: None })
}

fn answer(g: &mut GraphBuilder, predictor: Predictor) -> Result<Answer> {
    let mut column = |name: &str, column: usize| match predictor.method(name) {
        None => Ok(None),
        Some(_) => {
            let value = predictor.value(name)?;
            if g.width(value) != column + 1 {
                let message = format!("expected {} values a row of `{name}`, found {}", column + 1, g.width(value));
                return Err(Error::malformed("class-count", message));
            }
            let value = g.columns(value, vec![column])?;
            g.cast(value, ElementType::F64).map(Some)
        }
    };
    if predictor.classes.is_empty() {
        let score = column("predict", 0)?.ok_or_else(|| Error::unsupported("no-method", "no `predict`"))?;
        return Ok(Answer { score, threshold: 0.5, decision: None, probability: None, predictor: Some(predictor) });
    }
    let (decision, probability) = (column("decision_function", 0)?, column("predict_proba", 1)?);
    let threshold = if decision.is_some() { 0.0 } else { 0.5 };
    let neither = || Error::unsupported("no-method", "expected `decision_function` or `predict_proba`, found neither");
    let score = decision.or(probability).ok_or_else(neither)?;
    Ok(Answer { score, threshold, decision, probability, predictor: Some(predictor) })
}

/// 1 where a score is above the threshold, else 0 (I64).
fn above(g: &mut GraphBuilder, scores: ValueId, threshold: f64) -> Result<ValueId> {
    let threshold = g.number(threshold, scores)?;
    let truth = g.binary(BinaryFunction::Less, threshold, scores)?;
    g.cast(truth, ElementType::I64)
}
