//! `CalibratedClassifierCV`: the scores of classifiers turned into probabilities by fitted curves.

use super::classes::Classes;
use super::classifier::Classifier;
use super::context::Context;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::{self, Inputs};
use super::isotonic;
use super::predictor::Predictor;
use super::probability::{AllZero, both, expit, normalised, softmax};
use super::version::{Version, version};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType};

/// The first version that takes the second of two probabilities even where the whole has more classes.
const ONE_OF_TWO_SINCE: Version = (1, 4);
/// What keeps logarithms of probabilities finite. After `_convert_to_logits` of scikit-learn's calibration.py.
const LOGIT_EPSILON: f64 = 1e-12;
/// Probabilities above 1 by less than this count as 1.
const ABOVE_ONE: f64 = 1e-5;
/// How far a sum of probabilities may be from 1, absolutely and relatively. After array-api-extra's `isclose`.
const SUM_TOLERANCE: f64 = 1e-8 + 1e-5;

/// `predict` and `predict_proba`: the mean over the calibrated classifiers.
pub fn calibrated(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let attribute = estimator.attribute("calibrated_classifiers_")?;
    let version = version(estimator);
    let mut sum: Option<ValueId> = None;
    let parts = attribute.items()?;
    for (index, part) in parts.iter().enumerate() {
        let place = format!("calibrated_classifiers_[{index}]");
        let own = context.within(place, |context| probabilities(context, *part, frame, &classes, version))?;
        sum = Some(match sum {
            Some(sum) => context.graph.add(sum, own)?,
            None => own,
        });
    }
    let sum = sum.ok_or_else(|| attribute.error("expected at least one calibrated classifier, found none"))?;
    let count = context.graph.number(parts.len() as f64, sum)?;
    let mean = context.graph.div(sum, count)?;
    let position = context.graph.apply(ArgMax, &[mean])?;
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    classifier.probabilities(context, mean)?;
    Ok(classifier.finish())
}

/// The input columns of the first classifier inside.
pub fn inputs(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    let parts = estimator.attribute("calibrated_classifiers_")?.items()?;
    parts.first().map_or(Ok(None), |part| inputs::find(inner(*part)?, depth + 1))
}

/// The classifier inside; renamed in 1.2.
fn inner(part: Fitted<'_>) -> Result<Fitted<'_>> {
    match part.present("estimator") {
        Some(inner) => Ok(inner),
        None => part.attribute("base_estimator"),
    }
}

/// What the classifier inside says.
struct Scores {
    /// One column of two classes, else a column per class.
    value: ValueId,
    /// Whether they are probabilities.
    are_probabilities: bool,
}

/// The probabilities of one calibrated classifier, f64.
fn probabilities(
    context: &mut Context,
    part: Fitted<'_>,
    frame: &Frame,
    classes: &Classes,
    version: Version,
) -> Result<ValueId> {
    let inner = inner(part)?;
    let predictor = context.predict(inner, frame)?;
    let own = predictor.only_classes()?.clone();
    let scores = scores(&mut context.graph, &predictor, own.len(), classes.len(), version)?;
    let calibrators = part.attribute("calibrators")?.items()?;
    let probabilities = match &*part.word("method", "sigmoid")? {
        "sigmoid" | "isotonic" => curves(context, &calibrators, &scores, &own, classes)?,
        "temperature" => temperature(context, part, &calibrators, &scores)?,
        _ => return Err(part.unsupported_parameter("method", "'sigmoid', 'isotonic' or 'temperature'")),
    };
    if context.graph.width(probabilities) != classes.len() {
        let message = format!("{} classes do not fit {} columns", classes.len(), context.graph.width(probabilities));
        return Err(part.located(Error::malformed("class-count", message)));
    }
    let g = &mut context.graph;
    let probabilities = g.cast(probabilities, ElementType::F64)?;
    at_most_one(g, probabilities)
}

/// `decision_function`, or else `predict_proba`.
fn scores(g: &mut GraphBuilder, inner: &Predictor, n_own: usize, n_classes: usize, version: Version) -> Result<Scores> {
    if let Some(value) = inner.optional("decision_function")? {
        return Ok(Scores { value, are_probabilities: false });
    }
    let value = inner.value("predict_proba")?;
    let takes_second = if version >= ONE_OF_TWO_SINCE { n_own == 2 } else { n_classes == 2 };
    let value = if takes_second { g.columns(value, vec![1])? } else { value };
    Ok(Scores { value, are_probabilities: true })
}

/// A curve per class, or one for two classes; then all sum to 1.
fn curves(
    context: &mut Context,
    calibrators: &[Fitted<'_>],
    scores: &Scores,
    own: &Classes,
    classes: &Classes,
) -> Result<ValueId> {
    let n_classes = classes.len();
    let zero = context.graph.constant(Data::F64(vec![0.0]))?;
    let mut columns = vec![zero; n_classes];
    let width = context.graph.width(scores.value);
    for (column, (label, calibrator)) in own.labels.iter().zip(calibrators).enumerate().take(width) {
        let place = usize::try_from(classes.index_of(label)).ok().map(|place| place + usize::from(n_classes == 2));
        let Some(place) = place.and_then(|place| columns.get_mut(place)) else {
            return Err(Error::malformed("class-labels", "the classifier inside knows other classes"));
        };
        let score = context.graph.columns(scores.value, vec![column])?;
        let value = curve(context, *calibrator, score)?;
        *place = context.graph.cast(value, ElementType::F64)?;
    }
    let g = &mut context.graph;
    if let [_, second] = columns[..] {
        return both(g, second);
    }
    let all = g.concat(&columns)?;
    normalised(g, all, AllZero::Uniform)
}

/// One curve: `expit(-(a · score + b))`, or an isotonic regression.
fn curve(context: &mut Context, calibrator: Fitted<'_>, score: ValueId) -> Result<ValueId> {
    match calibrator.class_name() {
        "_SigmoidCalibration" => {
            let (a, b) = (calibrator.attribute("a_")?.as_f64()?, calibrator.attribute("b_")?.as_f64()?);
            let g = &mut context.graph;
            let score = g.cast(score, ElementType::F64)?;
            let (a, b) = (g.number(a, score)?, g.number(b, score)?);
            let product = g.mul(a, score)?;
            let sum = g.add(product, b)?;
            let negative = g.unary(UnaryFunction::Negate, sum)?;
            expit(g, negative)
        }
        "IsotonicRegression" => isotonic::of_value(context, calibrator, score),
        _ => Err(calibrator.wrong("a sigmoid or an isotonic calibrator")),
    }
}

/// `softmax(beta · logits)`. scikit-learn takes scores for probabilities if those of all rows of a call look like it. Rows
/// are scored one by one here, so a row for which that would differ from what the method promises is refused.
fn temperature(
    context: &mut Context,
    part: Fitted<'_>,
    calibrators: &[Fitted<'_>],
    scores: &Scores,
) -> Result<ValueId> {
    let [calibrator] = calibrators else { return Err(part.error("expected one calibrator for all classes")) };
    let beta = calibrator.attribute("beta_")?;
    let beta = if beta.is_array() { beta.array()?.to_f64()?.first().copied() } else { Some(beta.as_f64()?) };
    let beta = beta.ok_or_else(|| calibrator.error("expected a number `beta_`"))?;
    let g = &mut context.graph;
    let logits = match (g.width(scores.value), scores.are_probabilities) {
        (1, false) => {
            let negative = g.unary(UnaryFunction::Negate, scores.value)?;
            g.concat(&[negative, scores.value])?
        }
        (1, true) => {
            let pair = both(g, scores.value)?;
            logarithms(context, pair)?
        }
        (_, true) => logarithms(context, scores.value)?,
        (_, false) => {
            let value = scores.value;
            let alike = looks_like_probabilities(g, value)?;
            let one = g.number(1.0, alike)?;
            let unlike = g.sub(one, alike)?;
            let message = format!("{}: decisions of a row that look like probabilities", context.trail());
            context.graph.guard(value, unlike, message)?;
            value
        }
    };
    let g = &mut context.graph;
    let beta = g.number(beta, logits)?;
    let scaled = g.mul(beta, logits)?;
    softmax(g, scaled)
}

fn logarithms(context: &mut Context, probabilities: ValueId) -> Result<ValueId> {
    let alike = looks_like_probabilities(&mut context.graph, probabilities)?;
    let message = format!("{}: probabilities of a row that do not sum to 1", context.trail());
    context.graph.guard(probabilities, alike, message)?;
    let g = &mut context.graph;
    let epsilon = g.number(LOGIT_EPSILON, probabilities)?;
    let kept = g.add(probabilities, epsilon)?;
    g.unary(UnaryFunction::Log, kept)
}

/// 1 where all columns lie between 0 and 1 and sum to 1.
fn looks_like_probabilities(g: &mut GraphBuilder, values: ValueId) -> Result<ValueId> {
    let (zero, one) = (g.number(0.0, values)?, g.number(1.0, values)?);
    let low = g.binary(BinaryFunction::LessEqual, zero, values)?;
    let high = g.binary(BinaryFunction::LessEqual, values, one)?;
    let between = g.binary(BinaryFunction::And, low, high)?;
    let all = g.reduce(ReduceFunction::Min, between)?;
    let sum = g.reduce(ReduceFunction::Sum, values)?;
    let difference = g.sub(sum, one)?;
    let distance = g.unary(UnaryFunction::Abs, difference)?;
    let tolerance = g.number(SUM_TOLERANCE, distance)?;
    let close = g.binary(BinaryFunction::LessEqual, distance, tolerance)?;
    g.binary(BinaryFunction::And, all, close)
}

/// Probabilities a little above 1 made 1.
fn at_most_one(g: &mut GraphBuilder, probabilities: ValueId) -> Result<ValueId> {
    let (one, bound) = (g.number(1.0, probabilities)?, g.number(1.0 + ABOVE_ONE, probabilities)?);
    let above = g.binary(BinaryFunction::Less, one, probabilities)?;
    let near = g.binary(BinaryFunction::LessEqual, probabilities, bound)?;
    let is_near = g.binary(BinaryFunction::And, above, near)?;
    g.select(is_near, one, probabilities)
}
