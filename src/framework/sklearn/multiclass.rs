//! `OneVsRestClassifier`: an estimator per class, or per label.

use super::classes::Classes;
use super::classifier::Classifier;
use super::context::Context;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::predictor::Predictor;
use super::probability::{AllZero, both, normalised};
use super::version::version;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::model::{Method, Task};
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::take::Take;
use crate::tensor::{Data, ElementType, Matrix};

/// The first version that leaves rows without any probability at 0; before, they became NaN.
const ZERO_SINCE: (u64, u64) = (1, 7);

/// The first version in which the first of equal scores wins; before, the last did.
const FIRST_WINS_SINCE: (u64, u64) = (1, 8);

/// What one of the estimators says, f64.
struct Answer {
    /// The score of its class: `decision_function`, else the probability, else a regressor's prediction.
    score: ValueId,
    /// Above which score the class counts as met.
    threshold: f64,
    decision: Option<ValueId>,
    /// The probability of its class.
    probability: Option<ValueId>,
}

/// One against the rest.
pub fn one_vs_rest(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let binarizer = estimator.attribute("label_binarizer_")?;
    let classes = Classes::read(binarizer.attribute("classes_")?)?;
    let answers = answers(context, estimator, frame)?;
    let g = &mut context.graph;
    let scores: Vec<ValueId> = answers.iter().map(|answer| answer.score).collect();
    let scores = g.concat(&scores)?;
    let probabilities = joined(g, &answers, |answer| answer.probability)?;
    let decisions = joined(g, &answers, |answer| answer.decision)?;
    let threshold = answers.first().map_or(0.0, |answer| answer.threshold);
    let y_type = binarizer.word("y_type_", "")?;
    if y_type.starts_with("multilabel") {
        return labels(context, classes, scores, threshold, probabilities, decisions);
    }
    let position = match (&*y_type, answers.len()) {
        ("multiclass", _) if version(estimator) < FIRST_WINS_SINCE => last_largest(g, scores)?,
        ("multiclass", _) => g.apply(ArgMax, &[scores])?,
        ("binary", 1) => above(g, scores, threshold)?,
        (other, count) => {
            return Err(binarizer.error(format!("{count} estimators do not fit targets of type `{other}`")));
        }
    };
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    if let Some(probabilities) = probabilities {
        let g = &mut context.graph;
        let all = if answers.len() == 1 { both(g, probabilities)? } else { probabilities };
        let all_zero = if version(estimator) < ZERO_SINCE { AllZero::Nan } else { AllZero::Zero };
        let probabilities = normalised(g, all, all_zero)?;
        classifier.probabilities(context, probabilities)?;
    }
    if let Some(decisions) = decisions {
        classifier.decision(context, decisions)?;
    }
    Ok(classifier.finish())
}

/// The methods where every row can have several labels.
fn labels(
    context: &mut Context,
    classes: Classes,
    scores: ValueId,
    threshold: f64,
    probabilities: Option<ValueId>,
    decisions: Option<ValueId>,
) -> Result<Predictor> {
    let met = above(&mut context.graph, scores, threshold)?;
    let mut methods = vec![Method::list("predict", "prediction", met, classes.names())];
    methods.extend(probabilities.map(|value| Method::list("predict_proba", "probability", value, classes.names())));
    methods.extend(decisions.map(|value| Method::list("decision_function", "decision", value, classes.names())));
    Ok(Predictor { task: Task::MultilabelClassification, classes: vec![classes], methods })
}

fn answers(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Vec<Answer>> {
    let attribute = estimator.attribute("estimators_")?;
    let inner = attribute.items()?;
    limits::CLASSES.check_len(inner.len())?;
    if inner.is_empty() {
        return Err(attribute.error("expected at least one estimator, found none"));
    }
    let answer = |(index, inner): (usize, &Fitted<'_>)| match inner.class_name() {
        "_ConstantPredictor" => constant(context, *inner),
        _ => context.within(format!("estimators_[{index}]"), |context| {
            let predictor = context.predict(*inner, frame)?;
            answer(&mut context.graph, &predictor)
        }),
    };
    inner.iter().enumerate().map(answer).collect()
}

/// What stands for a class that all rows or no rows of the training data had.
fn constant(context: &mut Context, predictor: Fitted<'_>) -> Result<Answer> {
    let met = predictor.attribute("y_")?.array()?;
    met.expect_shape(&[1])?;
    let value = context.graph.constant(Data::F64(met.to_f64()?))?;
    Ok(Answer { score: value, threshold: 0.0, decision: Some(value), probability: Some(value) })
}

fn answer(g: &mut GraphBuilder, predictor: &Predictor) -> Result<Answer> {
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
        return Ok(Answer { score, threshold: 0.5, decision: None, probability: None });
    }
    let (decision, probability) = (column("decision_function", 0)?, column("predict_proba", 1)?);
    let threshold = if decision.is_some() { 0.0 } else { 0.5 };
    let neither = || Error::unsupported("no-method", "expected `decision_function` or `predict_proba`, found neither");
    let score = decision.or(probability).ok_or_else(neither)?;
    Ok(Answer { score, threshold, decision, probability })
}

/// The values of all answers side by side, if all have one.
fn joined(
    g: &mut GraphBuilder,
    answers: &[Answer],
    value: impl Fn(&Answer) -> Option<ValueId>,
) -> Result<Option<ValueId>> {
    let values: Option<Vec<ValueId>> = answers.iter().map(value).collect();
    values.map(|values| g.concat(&values)).transpose()
}

/// The position of the largest score, the last of equals.
fn last_largest(g: &mut GraphBuilder, scores: ValueId) -> Result<ValueId> {
    let width = g.width(scores);
    let reversed = g.columns(scores, (0..width).rev().collect())?;
    let position = g.apply(ArgMax, &[reversed])?;
    let table = Matrix::new(width, 1, Data::I64((0..width as i64).rev().collect()));
    g.apply(Take { table }, &[position])
}

/// 1 where a score is above the threshold, else 0 (I64).
fn above(g: &mut GraphBuilder, scores: ValueId, threshold: f64) -> Result<ValueId> {
    let threshold = g.number(threshold, scores)?;
    let truth = g.binary(BinaryFunction::Less, threshold, scores)?;
    g.cast(truth, ElementType::I64)
}
