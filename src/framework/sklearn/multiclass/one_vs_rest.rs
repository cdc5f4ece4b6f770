//! `OneVsRestClassifier`: an estimator per class, or per label.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::probability::{AllZero, both, normalised};
use super::super::version::version;
use super::{Answer, above, answers};
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, Task};
use crate::ops::arg_max::ArgMax;
use crate::ops::take::Take;
use crate::tensor::{Data, Matrix};

/// The first version that leaves rows without any probability at 0; before, they became NaN.
const ZERO_SINCE: (u64, u64) = (1, 7);

/// The first version in which the first of equal scores wins; before, the last did.
const FIRST_WINS_SINCE: (u64, u64) = (1, 8);

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
