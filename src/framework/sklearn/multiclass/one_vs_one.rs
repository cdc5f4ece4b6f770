//! `OneVsOneClassifier`: an estimator per pair of classes, and votes.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::version::version;
use super::{Answer, above, answers_by};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Category, Method};
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::one_hot::OneHot;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// The first version whose threshold for two classes depends on the estimator; before, it was 0.
const OWN_THRESHOLD_SINCE: (u64, u64) = (1, 1);

/// One against one. Confidences decide between classes with equal votes.
pub fn one_vs_one(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let n_classes = classes.len();
    let frames = frames(estimator, frame)?;
    let answers = answers_by(context, estimator, |index| match &frames {
        Some(frames) => frames.get(index).unwrap_or(frame),
        None => frame,
    })?;
    if n_classes < 2 || answers.len() != n_classes * (n_classes - 1) / 2 {
        let message = format!("{} estimators do not fit {n_classes} classes", answers.len());
        return Err(estimator.located(Error::malformed("class-count", message)));
    }
    let scores = scores(&mut context.graph, &answers, &pairs(n_classes), n_classes)?;
    let mut classifier = Classifier::new(classes);
    if n_classes == 2 {
        let old = version(estimator) < OWN_THRESHOLD_SINCE;
        let threshold = answers.first().filter(|_| !old).map_or(0.0, |answer| answer.threshold);
        let decision = context.graph.columns(scores, vec![1])?;
        let position = above(&mut context.graph, decision, threshold)?;
        classifier.predict_position(context, position)?;
        classifier.method(Method::scalar("decision_function", "decision", decision));
    } else {
        let position = context.graph.apply(ArgMax, &[scores])?;
        classifier.predict_position(context, position)?;
        classifier.decision(context, scores)?;
    }
    Ok(classifier.finish())
}

/// The table of each estimator, where a kernel was computed beforehand: a column per training row of its two classes.
fn frames(estimator: Fitted<'_>, frame: &Frame) -> Result<Option<Vec<Frame>>> {
    let Some(indices) = estimator.present("pairwise_indices_") else { return Ok(None) };
    let select = |indices: Fitted<'_>| frame.select(&indices.array()?.to_usize()?);
    indices.items()?.into_iter().map(select).collect::<Result<_>>().map(Some)
}

/// The pairs of classes in the order of the estimators.
fn pairs(n_classes: usize) -> Vec<(usize, usize)> {
    (0..n_classes).flat_map(|first| (first + 1..n_classes).map(move |second| (first, second))).collect()
}

/// Votes of every class, and its sum of confidences made smaller than one vote.
fn scores(g: &mut GraphBuilder, answers: &[Answer], pairs: &[(usize, usize)], n_classes: usize) -> Result<ValueId> {
    let (mut first, mut second, mut confidences) = (Vec::new(), Vec::new(), Vec::new());
    for answer in answers {
        let votes = votes(g, answer)?;
        first.push(g.columns(votes, vec![0])?);
        second.push(g.columns(votes, vec![1])?);
        confidences.push(answer.score);
    }
    let votes = g.concat(&[first, second].concat())?;
    let votes = by_class(g, votes, pairs, n_classes)?;
    let confidences = g.concat(&confidences)?;
    let negative = g.unary(UnaryFunction::Negate, confidences)?;
    let confidences = g.concat(&[negative, confidences])?;
    let sum = by_class(g, confidences, pairs, n_classes)?;
    let size = g.unary(UnaryFunction::Abs, sum)?;
    let (one, three) = (g.number(1.0, size)?, g.number(3.0, size)?);
    let more = g.add(size, one)?;
    let divisor = g.mul(three, more)?;
    let share = g.div(sum, divisor)?;
    g.add(votes, share)
}

/// 1 for the class that an estimator predicts of its pair (f64, 2 columns); a regressor must hit it exactly.
fn votes(g: &mut GraphBuilder, answer: &Answer) -> Result<ValueId> {
    let predictor = answer.predictor.as_ref();
    let predictor = predictor.ok_or_else(|| Error::unsupported("no-method", "expected an estimator per pair"))?;
    if !predictor.classes.is_empty() {
        let pair = Classes { labels: vec![Category::Integer(0), Category::Integer(1)] };
        let position = predictor.position_among(g, &pair)?;
        return g.apply(OneHot { width: 2, element: ElementType::F64 }, &[position]);
    }
    let pair = g.numbers(&[0.0, 1.0], answer.score)?;
    g.binary(BinaryFunction::Equal, pair, answer.score)
}

/// The sum for every class over its pairs, in their order. The first half of `values` (a column per pair) belongs to the
/// first class of each pair, the second half to the second.
fn by_class(g: &mut GraphBuilder, values: ValueId, pairs: &[(usize, usize)], n_classes: usize) -> Result<ValueId> {
    let mut columns = vec![Vec::with_capacity(n_classes - 1); n_classes];
    for (pair, (first, second)) in pairs.iter().enumerate() {
        columns[*first].push(pair);
        columns[*second].push(pairs.len() + pair);
    }
    let nth = |nth: usize| columns.iter().filter_map(|own| own.get(nth).copied()).collect::<Vec<usize>>();
    let mut sum = g.columns(values, nth(0))?;
    for step in 1..n_classes - 1 {
        let next = g.columns(values, nth(step))?;
        sum = g.add(sum, next)?;
    }
    Ok(sum)
}
