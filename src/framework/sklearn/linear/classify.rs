//! Linear classifiers: a weighted sum per class, or one for two classes.

use super::super::classes::Classes;
use super::super::classifier::{Classifier, Positive, above_zero};
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::probability::{AllZero, both, clip, expit, logistic, normalised, softmax};
use super::super::version::version;
use super::sums::weighted_sums;
use crate::error::Result;
use crate::graph::ValueId;
use crate::model::{Method, Task};
use crate::ops::unary::UnaryFunction;

/// The first version that gives equal probabilities where all sigmoids are 0; before, they became NaN.
const UNIFORM_SINCE: (u64, u64) = (1, 4);

/// `LinearSVC`, `Perceptron`, `PassiveAggressiveClassifier`: `predict` and `decision_function`.
pub fn decision(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (mut classifier, scores) = scores(context, estimator, frame)?;
    classifier.predict_scores(context, scores, Positive::Above)?;
    classifier.decision(context, scores)?;
    Ok(classifier.finish())
}

/// `LogisticRegression` and `LogisticRegressionCV`.
pub fn logistic_regression(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (mut classifier, scores) = scores(context, estimator, frame)?;
    classifier.predict_scores(context, scores, Positive::Above)?;
    let probabilities = if is_one_against_rest(estimator, classifier.classes().len())? {
        sigmoids(context, estimator, scores)?
    } else if context.graph.width(scores) == 1 {
        let negative = context.graph.unary(UnaryFunction::Negate, scores)?;
        let pair = context.graph.concat(&[negative, scores])?;
        softmax(&mut context.graph, pair)?
    } else {
        softmax(&mut context.graph, scores)?
    };
    classifier.log_probabilities(context, probabilities)?;
    classifier.decision(context, scores)?;
    Ok(classifier.finish())
}

/// Whether each class has its own sigmoid. After `predict_proba` of scikit-learn's _logistic.py.
fn is_one_against_rest(estimator: Fitted<'_>, n_classes: usize) -> Result<bool> {
    let solver = estimator.word("solver", "lbfgs")?;
    // `newton-cholesky` learned the multinomial loss in 1.6.
    let binary_solver = solver == "liblinear" || (solver == "newton-cholesky" && version(estimator) < (1, 6));
    match &*estimator.word("multi_class", "auto")? {
        "ovr" | "warn" => Ok(true),
        "auto" | "deprecated" => Ok(n_classes <= 2 || binary_solver),
        "multinomial" => Ok(false),
        _ => Err(estimator.unsupported_parameter("multi_class", "'auto', 'ovr' or 'multinomial'")),
    }
}

/// `SGDClassifier`: probabilities for two of its losses.
pub fn stochastic_gradient(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (mut classifier, scores) = scores(context, estimator, frame)?;
    classifier.predict_scores(context, scores, Positive::Above)?;
    let probabilities = match &*estimator.word("loss", "hinge")? {
        "log" | "log_loss" => Some(sigmoids(context, estimator, scores)?),
        "modified_huber" => Some(modified_huber(context, scores)?),
        _ => None,
    };
    if let Some(probabilities) = probabilities {
        classifier.log_probabilities(context, probabilities)?;
    }
    classifier.decision(context, scores)?;
    Ok(classifier.finish())
}

/// `RidgeClassifier` and `RidgeClassifierCV`: a regression on -1 and 1.
pub fn ridge(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let binarizer = estimator.attribute("_label_binarizer")?;
    if !binarizer.word("y_type_", "")?.starts_with("multilabel") {
        return decision(context, estimator, frame);
    }
    let scores = weighted_sums(context, estimator, frame)?.value;
    let labels = above_zero(context, scores, Positive::Above)?;
    let methods = vec![
        Method::list("predict", "prediction", labels, Vec::new()),
        Method::list("decision_function", "decision", scores, Vec::new()),
    ];
    Ok(Predictor { task: Task::MultilabelClassification, classes: Vec::new(), methods })
}

fn scores(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<(Classifier, ValueId)> {
    let classes = match estimator.optional("classes_") {
        Some(classes) => classes,
        // A property of RidgeClassifier before 1.9.
        None => match estimator.optional("_label_binarizer") {
            Some(binarizer) => binarizer.attribute("classes_")?,
            None => estimator.attribute("classes_")?,
        },
    };
    let classifier = Classifier::new(Classes::read(classes)?);
    Ok((classifier, weighted_sums(context, estimator, frame)?.value))
}

/// A sigmoid per class, made to sum to 1. After `_predict_proba_lr` of scikit-learn's _base.py.
fn sigmoids(context: &mut Context, estimator: Fitted<'_>, scores: ValueId) -> Result<ValueId> {
    let g = &mut context.graph;
    if g.width(scores) == 1 {
        return logistic(g, scores);
    }
    let all_zero = if version(estimator) < UNIFORM_SINCE { AllZero::Nan } else { AllZero::Uniform };
    let sigmoids = expit(g, scores)?;
    normalised(g, sigmoids, all_zero)
}

/// `(clip(score, -1, 1) + 1) / 2`. After `predict_proba` of scikit-learn's _stochastic_gradient.py.
fn modified_huber(context: &mut Context, scores: ValueId) -> Result<ValueId> {
    let g = &mut context.graph;
    let clipped = clip(g, scores, -1.0, 1.0)?;
    let (one, two) = (g.number(1.0, scores)?, g.number(2.0, scores)?);
    let shifted = g.add(clipped, one)?;
    let halved = g.div(shifted, two)?;
    if g.width(scores) == 1 { both(g, halved) } else { normalised(g, halved, AllZero::Uniform) }
}
