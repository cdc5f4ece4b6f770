//! `FixedThresholdClassifier`, `TunedThresholdClassifierCV`: the label follows from a score of one class and a threshold.

use super::super::classes::Classes;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::inputs::{self, Inputs};
use super::super::predictor::Predictor;
use super::classifier;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Category, Method};
use crate::ops::binary::BinaryFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};

/// scikit-learn's metrics whose `pos_label` is 1 unless it is given; that of the others is `None`.
const POSITIVE_IS_ONE: [&str; 6] =
    ["average_precision_score", "f1_score", "fbeta_score", "jaccard_score", "precision_score", "recall_score"];

/// A threshold given beforehand.
pub fn fixed(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let threshold = estimator.attribute("threshold")?;
    let threshold = if threshold.plain_str() == Some("auto") { None } else { Some(threshold.as_f64()?) };
    let positive = estimator.present("pos_label").map(Classes::label_of).transpose()?;
    decided(context, estimator, frame, threshold, positive)
}

/// A threshold found by a metric, which also says what counts as positive.
pub fn tuned(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let threshold = estimator.attribute("best_threshold_")?.as_f64()?;
    let scorer = estimator.attribute("_curve_scorer")?;
    let positive = match scorer.attribute("_kwargs")?.get("pos_label") {
        Some(given) if given.is_none() => None,
        Some(given) => Some(Classes::label_of(given)?),
        None => {
            let function = scorer.attribute("_score_func")?;
            let name =
                function.global().filter(|(module, _)| module.starts_with("sklearn.metrics.")).map(|(_, name)| name);
            let name = name.ok_or_else(|| function.wrong("a metric of scikit-learn"))?;
            POSITIVE_IS_ONE.contains(&name).then_some(Category::Integer(1))
        }
    };
    decided(context, estimator, frame, Some(threshold), positive)
}

/// The input columns of the classifier inside.
pub fn inputs(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    inputs::find(inner(estimator)?, depth + 1)
}

/// The classifier inside; one that was fitted beforehand stays where it was given (1.6).
fn inner(estimator: Fitted<'_>) -> Result<Fitted<'_>> {
    match estimator.present("estimator_") {
        Some(inner) => Ok(inner),
        None => estimator.attribute("estimator"),
    }
}

/// The classifier inside, with `predict` by the threshold: one half of a probability or 0 where none is given.
fn decided(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: &Frame,
    threshold: Option<f64>,
    positive: Option<Category>,
) -> Result<Predictor> {
    let mut predictor = classifier(context, inner(estimator)?, frame)?;
    let classes = predictor.only_classes()?.clone();
    if classes.len() != 2 {
        let message = format!("expected a classifier of two classes, found {}", classes.len());
        return Err(estimator.located(Error::malformed("class-count", message)));
    }
    let place = match &positive {
        Some(label) => usize::try_from(classes.index_of(label)).map_err(|_| {
            estimator.located(Error::malformed("class-labels", "the positive label is none of the classes"))
        })?,
        None => 1,
    };
    let response = estimator.word("response_method", "auto")?;
    let uses_probability =
        response == "predict_proba" || (response == "auto" && predictor.method("predict_proba").is_some());
    let g = &mut context.graph;
    let score = score(g, &predictor, place, uses_probability)?;
    let threshold = threshold.unwrap_or(if uses_probability { 0.5 } else { 0.0 });
    let met = reaches(g, score, threshold)?;
    let places = if place == 1 { vec![0, 1] } else { vec![1, 0] };
    let position = g.apply(Take { table: Matrix::new(2, 1, Data::I64(places)) }, &[met])?;
    let label = classes.label(context, position)?;
    predictor.methods.retain(|method| method.name != "predict");
    predictor.methods.insert(0, Method::scalar("predict", "prediction", label));
    predictor.classes = vec![Classes { labels: classes.labels }];
    Ok(predictor)
}

/// The score of the class at `place`, one column.
fn score(g: &mut GraphBuilder, predictor: &Predictor, place: usize, uses_probability: bool) -> Result<ValueId> {
    if uses_probability {
        let probabilities = predictor.value("predict_proba")?;
        if g.width(probabilities) != 2 {
            let message = format!("expected probabilities of 2 classes, found {}", g.width(probabilities));
            return Err(Error::malformed("class-count", message));
        }
        return g.columns(probabilities, vec![place]);
    }
    let decision = predictor.value("decision_function")?;
    if g.width(decision) != 1 {
        return Err(Error::malformed("class-count", "expected one decision a row for two classes"));
    }
    if place == 0 { g.unary(UnaryFunction::Negate, decision) } else { Ok(decision) }
}

/// 1 where the score is the threshold or above, else 0 (I64). A NaN reaches nothing.
fn reaches(g: &mut GraphBuilder, score: ValueId, threshold: f64) -> Result<ValueId> {
    let score = g.cast(score, ElementType::F64)?;
    let threshold = g.number(threshold, score)?;
    let truth = g.binary(BinaryFunction::LessEqual, threshold, score)?;
    g.cast(truth, ElementType::I64)
}
