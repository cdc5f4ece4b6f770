//! `DummyClassifier`, `DummyRegressor`: the same answer for every row.

use super::classes::Classes;
use super::classifier::Classifier;
use super::context::Context;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::predictor::Predictor;
use super::refused;
use crate::encoding::array::Kind;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::model::{Category, Method, MethodOutput, Task};
use crate::ops::unary::UnaryFunction;
use crate::tensor::Data;

/// One target's answer.
struct Answer {
    classes: Classes,
    /// The position of the label.
    position: ValueId,
    probabilities: ValueId,
}

/// A classifier. It does not look at the table.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, _frame: &Frame) -> Result<Predictor> {
    let strategy = estimator.word("_strategy", "prior")?;
    if matches!(&*strategy, "stratified" | "uniform") {
        return Err(estimator.refused(&refused::RANDOM_STRATEGY));
    }
    let (classes, priors) = (targets(estimator, "classes_")?, targets(estimator, "class_prior_")?);
    let constants = constants(estimator, classes.len())?;
    if priors.len() != classes.len() || constants.len() != classes.len() {
        let message = format!("{} targets do not fit {} priors", classes.len(), priors.len());
        return Err(estimator.located(Error::malformed("class-count", message)));
    }
    let mut answers = Vec::with_capacity(classes.len());
    for ((classes, prior), constant) in classes.into_iter().zip(priors).zip(constants) {
        let classes = Classes::read(classes)?;
        let array = prior.array()?;
        array.expect_shape(&[classes.len()])?;
        let prior = array.to_f64()?;
        answers.push(answer(context, estimator, classes, prior, (&strategy, constant))?);
    }
    predictor(context, answers)
}

/// The array of one target, or those of a list.
fn targets<'a>(estimator: Fitted<'a>, name: &str) -> Result<Vec<Fitted<'a>>> {
    let attribute = estimator.attribute(name)?;
    if attribute.is_array() { Ok(vec![attribute]) } else { attribute.items() }
}

/// The label that `constant` gives each target, where it is given.
fn constants(estimator: Fitted<'_>, count: usize) -> Result<Vec<Option<Category>>> {
    let Some(constant) = estimator.present("constant") else { return Ok(vec![None; count]) };
    if constant.is_array() {
        return Ok(Classes::read(constant)?.labels.into_iter().map(Some).collect());
    }
    let given = if constant.is_sequence() { constant.items()? } else { vec![constant] };
    given.into_iter().map(|label| Classes::label_of(label).map(Some)).collect()
}

fn answer(
    context: &mut Context,
    estimator: Fitted<'_>,
    classes: Classes,
    prior: Vec<f64>,
    (strategy, constant): (&str, Option<Category>),
) -> Result<Answer> {
    let later = |best: usize, (class, share): (usize, &f64)| match prior.get(best) {
        Some(most) if share > most => class,
        _ => best,
    };
    let most = prior.iter().enumerate().fold(0, later);
    let position = match (strategy, constant) {
        ("prior" | "most_frequent", _) => most,
        ("constant", Some(label)) => usize::try_from(classes.index_of(&label)).map_err(|_| {
            estimator.located(Error::malformed("class-labels", "the constant label is none of the classes"))
        })?,
        _ => return Err(estimator.unsupported_parameter("strategy", "'prior', 'most_frequent' or 'constant'")),
    };
    let certain = (0..classes.len()).map(|class| f64::from(u8::from(class == position)));
    let probabilities = if strategy == "prior" { prior.clone() } else { certain.collect() };
    let g = &mut context.graph;
    let position = g.constant(Data::I64(vec![position as i64]))?;
    Ok(Answer { classes, position, probabilities: g.constant(Data::F64(probabilities))? })
}

fn predictor(context: &mut Context, mut answers: Vec<Answer>) -> Result<Predictor> {
    if answers.len() == 1
        && let Some(Answer { classes, position, probabilities }) = answers.pop()
    {
        let mut classifier = Classifier::new(classes);
        classifier.predict_position(context, position)?;
        classifier.log_probabilities(context, probabilities)?;
        return Ok(classifier.finish());
    }
    let output = |name: &str, target: usize, value: ValueId, columns: Vec<String>| MethodOutput {
        name: format!("{name}_{target}"),
        value,
        is_list: !columns.is_empty(),
        columns,
    };
    let (mut labels, mut probabilities, mut logarithms, mut classes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (target, answer) in answers.into_iter().enumerate() {
        let names = answer.classes.names();
        labels.push(output("prediction", target, answer.classes.label(context, answer.position)?, Vec::new()));
        probabilities.push(output("probability", target, answer.probabilities, names.clone()));
        let logarithm = context.graph.unary(UnaryFunction::Log, answer.probabilities)?;
        logarithms.push(output("log_probability", target, logarithm, names));
        classes.push(answer.classes);
    }
    let method = |name: &str, outputs| Method { name: name.to_owned(), outputs };
    let methods = vec![
        method("predict", labels),
        method("predict_proba", probabilities),
        method("predict_log_proba", logarithms),
    ];
    Ok(Predictor { task: Task::MultilabelClassification, classes, methods })
}

/// A regressor. It does not look at the table.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, _frame: &Frame) -> Result<Predictor> {
    let attribute = estimator.attribute("constant_")?;
    let array = attribute.array()?;
    let n_targets = array.len();
    array.expect_shape(&[1, n_targets])?;
    if n_targets == 0 {
        return Err(attribute.error("expected at least one constant"));
    }
    let value = context.graph.constant(match array.dtype.kind {
        Kind::Int | Kind::Uint => Data::I64(array.to_i64()?),
        _ => Data::F64(array.to_f64()?),
    })?;
    Ok(Predictor::regressor(value, (n_targets > 1).then_some(n_targets)))
}
