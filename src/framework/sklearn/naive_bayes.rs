//! Naive Bayes: a joint log likelihood per class, and the probabilities that follow. After scikit-learn's naive_bayes.py.

use super::classes::Classes;
use super::classifier::Classifier;
use super::context::{Accepts, Context};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::predictor::Predictor;
use super::probability::log_normalised;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::model::Method;
use crate::ops::binary::BinaryFunction;
use crate::ops::dot::Dot;
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};

/// `GaussianNB`.
pub fn gaussian(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let (n_classes, width) = (classes.len(), frame.width());
    let priors = estimator.floats("class_prior_", n_classes)?;
    // Before 1.0 the variances were called `sigma_`.
    let name = if estimator.optional("var_").is_some() { "var_" } else { "sigma_" };
    let variances = table(estimator.attribute(name)?, n_classes, width)?;
    let means = table(estimator.attribute("theta_")?, n_classes, width)?;
    frame.refuse_single_products(context, estimator.attribute("theta_")?)?;
    let x = frame.numbers(context, Accepts::Finite)?;
    let mut columns = Vec::new();
    for ((prior, means), variances) in priors.iter().zip(means.chunks(width)).zip(variances.chunks(width)) {
        columns.push(log_density(context, x, *prior, means, variances)?);
    }
    let joint = context.graph.concat(&columns)?;
    finish(context, classes, joint)
}

/// `log(prior) - Σ log(2π var) / 2 - Σ (x - mean)² / var / 2`.
fn log_density(context: &mut Context, x: ValueId, prior: f64, means: &[f64], variances: &[f64]) -> Result<ValueId> {
    let g = &mut context.graph;
    let [prior, half, two_pi] = [g.number(prior, x)?, g.number(-0.5, x)?, g.number(2.0 * std::f64::consts::PI, x)?];
    let (means, variances) = (g.numbers(means, x)?, g.numbers(variances, x)?);
    let prior = g.unary(UnaryFunction::Log, prior)?;
    let scaled = g.mul(two_pi, variances)?;
    let logarithms = g.unary(UnaryFunction::Log, scaled)?;
    let normaliser = g.reduce(ReduceFunction::Sum, logarithms)?;
    let normaliser = g.mul(half, normaliser)?;
    let difference = g.sub(x, means)?;
    let square = g.mul(difference, difference)?;
    let quotient = g.div(square, variances)?;
    let distance = g.reduce(ReduceFunction::Sum, quotient)?;
    let distance = g.mul(half, distance)?;
    let density = g.add(normaliser, distance)?;
    g.add(prior, density)
}

/// `MultinomialNB`: `X @ feature_log_prob_.T + class_log_prior_`.
pub fn multinomial(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let priors = estimator.floats("class_log_prior_", classes.len())?;
    let weights = table(estimator.attribute("feature_log_prob_")?, classes.len(), frame.width())?;
    let joint = dot(context, frame, weights, priors)?;
    finish(context, classes, joint)
}

/// `ComplementNB`: as `MultinomialNB`, but the prior counts only where there is one class.
pub fn complement(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let mut priors = estimator.floats("class_log_prior_", classes.len())?;
    if classes.len() > 1 {
        priors.fill(0.0);
    }
    let weights = table(estimator.attribute("feature_log_prob_")?, classes.len(), frame.width())?;
    let joint = dot(context, frame, weights, priors)?;
    finish(context, classes, joint)
}

fn dot(context: &mut Context, frame: &Frame, weights: Vec<f64>, start: Vec<f64>) -> Result<ValueId> {
    let x = frame.matrix(context, Accepts::Finite)?;
    context.graph.apply(Dot { weights: Data::F64(weights), start: Data::F64(start), start_first: false }, &[x])
}

/// `BernoulliNB`: each column is compared with `binarize`, and its absence counts as well.
pub fn bernoulli(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let n_classes = classes.len();
    let present = table(estimator.attribute("feature_log_prob_")?, n_classes, frame.width())?;
    let absent: Vec<f64> = present.iter().map(|log| libm::log(1.0 - libm::exp(*log))).collect();
    let weights = present.iter().zip(&absent).map(|(present, absent)| present - absent).collect();
    let mut start = estimator.floats("class_log_prior_", n_classes)?;
    for (start, absent) in start.iter_mut().zip(absent.chunks(frame.width().max(1))) {
        *start += absent.iter().sum::<f64>();
    }
    let threshold = estimator.present("binarize").map(Fitted::as_f64).transpose()?;
    // Of a sparse table only stored elements are compared: below 0 the others would count as well.
    let mut x = match threshold.is_some_and(|threshold| threshold < 0.0) {
        true => frame.numbers(context, Accepts::Finite)?,
        false => frame.matrix(context, Accepts::Finite)?,
    };
    if let Some(threshold) = threshold {
        let threshold = context.graph.number(threshold, x)?;
        let above = context.graph.binary(BinaryFunction::Less, threshold, x)?;
        x = context.graph.cast(above, ElementType::F64)?;
    }
    let dot = Dot { weights: Data::F64(weights), start: Data::F64(start), start_first: false };
    let joint = context.graph.apply(dot, &[x])?;
    finish(context, classes, joint)
}

/// `CategoricalNB`: each column is the position of a category. Rows with a category beyond those of the training are
/// refused, as scikit-learn refuses them.
pub fn categorical(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let n_classes = classes.len();
    let priors = estimator.floats("class_log_prior_", n_classes)?;
    let tables = estimator.attribute("feature_log_prob_")?.items()?;
    frame.expect_width(tables.len())?;
    let x = frame.numbers(context, Accepts::Finite)?;
    // NumPy's cast to an integer cuts towards zero.
    let whole = context.graph.unary(UnaryFunction::Trunc, x)?;
    let mut joint = context.graph.numbers(&vec![0.0; n_classes], x)?;
    for (column, table) in tables.into_iter().enumerate() {
        let category = context.graph.columns(whole, vec![column])?;
        let likelihood = category_likelihood(context, estimator, table, category, n_classes)?;
        joint = context.graph.add(joint, likelihood)?;
    }
    let priors = context.graph.numbers(&priors, x)?;
    let joint = context.graph.add(joint, priors)?;
    finish(context, classes, joint)
}

/// The log probabilities of a category under every class.
fn category_likelihood(
    context: &mut Context,
    estimator: Fitted<'_>,
    table: Fitted<'_>,
    category: ValueId,
    n_classes: usize,
) -> Result<ValueId> {
    let array = table.array()?;
    let n_categories = array.shape.get(1).copied().unwrap_or(0);
    array.expect_shape(&[n_classes, n_categories])?;
    limits::CLASSES.check_len(n_categories)?;
    if n_categories == 0 {
        return Err(table.error("expected categories, found none"));
    }
    let by_class = array.to_f64()?;
    let by_category = (0..n_categories).flat_map(|i| by_class.iter().skip(i).step_by(n_categories)).copied().collect();
    let g = &mut context.graph;
    let (zero, end) = (g.number(0.0, category)?, g.number(n_categories as f64, category)?);
    let not_negative = g.binary(BinaryFunction::LessEqual, zero, category)?;
    let below_end = g.binary(BinaryFunction::Less, category, end)?;
    let position = g.cast(category, ElementType::I64)?;
    let known = g.binary(BinaryFunction::And, not_negative, below_end)?;
    let taken = g.apply(Take { table: Matrix::new(n_categories, n_classes, Data::F64(by_category)) }, &[position])?;
    let message = format!("{}: a category is negative or was not seen in training", estimator.class_name());
    g.guard(taken, known, message)?;
    Ok(taken)
}

/// Row-major `[rows, columns]`.
fn table(attribute: Fitted<'_>, rows: usize, columns: usize) -> Result<Vec<f64>> {
    if columns == 0 {
        return Err(Error::malformed("no-columns", "the estimator was fitted on no columns"));
    }
    let array = attribute.array()?;
    array.expect_shape(&[rows, columns])?;
    array.to_f64()
}

fn finish(context: &mut Context, classes: Classes, joint: ValueId) -> Result<Predictor> {
    let mut classifier = Classifier::new(classes);
    let label = classifier.classes().most_likely(context, joint)?;
    classifier.method(Method::scalar("predict", "prediction", label));
    let logarithms = log_normalised(&mut context.graph, joint)?;
    let probabilities = context.graph.unary(UnaryFunction::Exp, logarithms)?;
    classifier.probabilities(context, probabilities)?;
    let names = classifier.classes().names();
    classifier.method(Method::list("predict_log_proba", "log_probability", logarithms, names));
    Ok(classifier.finish())
}
