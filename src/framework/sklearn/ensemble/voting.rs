//! `VotingClassifier`, `VotingRegressor`: estimators of any kind side by side, each with a weight.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::compose::named;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::members::{self, Member};
use super::{divided, promoted, total};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Method;
use crate::ops::arg_max::ArgMax;
use crate::ops::one_hot::OneHot;
use crate::tensor::ElementType;

/// A classifier: the class with most votes, or the mean of the probabilities.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let members = members::read(estimator)?;
    let names = names(estimator, &members)?;
    let weights = weights(estimator)?;
    match &*estimator.word("voting", "hard")? {
        "hard" => by_votes(context, (classes, &members, &names, weights), frame),
        "soft" => by_probabilities(context, estimator, (classes, &members, &names, weights), frame),
        _ => Err(estimator.unsupported_parameter("voting", "'hard' or 'soft'")),
    }
}

/// Classes, members, their names and weights.
type Parts<'m, 'a> = (Classes, &'m [Member<'a>], &'m [String], Option<Weights>);

fn by_votes(
    context: &mut Context,
    (classes, members, names, weights): Parts<'_, '_>,
    frame: &Frame,
) -> Result<Predictor> {
    let (mut positions, mut votes) = (Vec::new(), Vec::new());
    for (index, member) in members.iter().enumerate() {
        let predictor = member.predict(context, frame)?;
        // The estimators were fitted on the positions of the classes.
        let g = &mut context.graph;
        let position = predictor.position_among(g, &classes.positions())?;
        let vote = g.apply(OneHot { width: classes.len(), element: ElementType::F64 }, &[position])?;
        positions.push(position);
        votes.push(match weights.as_ref().and_then(|weights| weights.values.get(index)) {
            Some(weight) => {
                let weight = g.number(*weight, vote)?;
                g.mul(weight, vote)?
            }
            None => vote,
        });
    }
    let g = &mut context.graph;
    let counts = total(g, &votes)?;
    let position = g.apply(ArgMax, &[counts])?;
    let positions = g.concat(&positions)?;
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    classifier.method(Method::list("transform", "values", positions, names.to_vec()));
    Ok(classifier.finish())
}

fn by_probabilities(
    context: &mut Context,
    estimator: Fitted<'_>,
    (classes, members, names, weights): Parts<'_, '_>,
    frame: &Frame,
) -> Result<Predictor> {
    let mut probabilities = Vec::with_capacity(members.len());
    for member in members {
        let own = member.predict(context, frame)?.value("predict_proba")?;
        if context.graph.width(own) != classes.len() {
            let message =
                format!("{} classes do not fit {} probabilities a row", classes.len(), context.graph.width(own));
            return Err(Error::malformed("class-count", message).at(&member.place));
        }
        probabilities.push(own);
    }
    let probabilities = promoted(&mut context.graph, &probabilities)?;
    let mean = average(&mut context.graph, &probabilities, weights.as_ref())?;
    let position = context.graph.apply(ArgMax, &[mean])?;
    let n_classes = classes.len();
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    classifier.probabilities(context, mean)?;
    if estimator.flag("flatten_transform", true)? {
        let names = names.iter().flat_map(|name| (0..n_classes).map(move |class| format!("{name}{class}"))).collect();
        let all = context.graph.concat(&probabilities)?;
        classifier.method(Method::list("transform", "values", all, names));
    } else {
        let note =
            "`transform` with `flatten_transform=False` returns a table per estimator and no rows: it is left out";
        context.notes.push(note.to_owned());
    }
    Ok(classifier.finish())
}

/// A regressor: the mean of the predictions.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let members = members::read(estimator)?;
    let names = names(estimator, &members)?;
    let mut predictions = Vec::with_capacity(members.len());
    for member in &members {
        let predicted = member.predict(context, frame)?.predicted_numbers(&mut context.graph)?;
        if context.graph.width(predicted) != 1 {
            return Err(Error::unsupported("several-targets", "expected one prediction a row").at(&member.place));
        }
        predictions.push(predicted);
    }
    let weights = weights(estimator)?;
    let predictions = promoted(&mut context.graph, &predictions)?;
    let mean = average(&mut context.graph, &predictions, weights.as_ref())?;
    let all = context.graph.concat(&predictions)?;
    let mut predictor = Predictor::regressor(mean, None);
    predictor.methods.push(Method::list("transform", "values", all, names));
    Ok(predictor)
}

/// What the estimators say, side by side.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let predictor = match estimator.class_name() {
        "VotingRegressor" => regressor(context, estimator, frame)?,
        _ => classifier(context, estimator, frame)?,
    };
    let Some([output]) = predictor.method("transform").map(|method| &method.outputs[..]) else {
        let message = "`transform` of a vote with `flatten_transform=False` returns a table per estimator and no rows";
        return Err(Error::unsupported("no-transform", message));
    };
    Frame::of_outcome(context, output.columns.clone(), output.value)
}

/// `votingclassifier_lr`: the names of the columns that come from each estimator.
fn names(estimator: Fitted<'_>, members: &[Member<'_>]) -> Result<Vec<String>> {
    let class = estimator.class_name().to_lowercase();
    let kept = kept(estimator)?;
    if kept.len() != members.len() {
        let message = format!("{} estimators are named, but {} are fitted", kept.len(), members.len());
        return Err(estimator.located(Error::malformed("class-count", message)));
    }
    Ok(kept.into_iter().map(|(_, name)| format!("{class}_{name}")).collect())
}

/// Position and name of every estimator that is not dropped.
fn kept(estimator: Fitted<'_>) -> Result<Vec<(usize, String)>> {
    let all = named(estimator, "estimators")?.into_iter().enumerate();
    let kept = all.filter(|(_, (_, inner))| !inner.is_none() && inner.plain_str() != Some("drop"));
    Ok(kept.map(|(index, (name, _))| (index, name)).collect())
}

/// The weights of the estimators that are not dropped.
#[derive(Debug)]
struct Weights {
    values: Vec<f64>,
    sum: f64,
}

fn weights(estimator: Fitted<'_>) -> Result<Option<Weights>> {
    let Some(weights) = estimator.present("weights") else { return Ok(None) };
    let all = match weights.is_array() {
        true => weights.array()?.to_f64()?,
        false => weights.items()?.into_iter().map(Fitted::as_f64).collect::<Result<_>>()?,
    };
    let kept = kept(estimator)?;
    let values: Vec<f64> = kept.iter().filter_map(|(index, _)| all.get(*index).copied()).collect();
    if values.len() != kept.len() || values.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(weights.error(format!("expected {} finite weights of 0 or more", kept.len())));
    }
    let sum = values.iter().fold(0.0, |sum, weight| sum + weight);
    if sum == 0.0 {
        return Err(weights.error("expected weights whose sum is not 0"));
    }
    Ok(Some(Weights { values, sum }))
}

/// `numpy.average`: weights make it float64.
fn average(g: &mut GraphBuilder, values: &[ValueId], weights: Option<&Weights>) -> Result<ValueId> {
    let Some(weights) = weights else {
        let sum = total(g, values)?;
        return divided(g, sum, values.len() as f64);
    };
    let mut weighted = Vec::with_capacity(values.len());
    for (value, weight) in values.iter().zip(&weights.values) {
        let value = g.cast(*value, ElementType::F64)?;
        let weight = g.number(*weight, value)?;
        weighted.push(g.mul(value, weight)?);
    }
    let sum = total(g, &weighted)?;
    divided(g, sum, weights.sum)
}
