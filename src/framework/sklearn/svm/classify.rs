//! `SVC` and `NuSVC`: a machine for every pair of classes, which vote.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::probability::clip;
use super::kernel::{Kernel, Rows};
use super::{Coefficients, intercepts};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::model::Method;
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::coupling::Coupling;
use crate::ops::dot::Dot;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType};

/// The least probability of a pair, as libsvm bounds it.
const LEAST_PROBABILITY: f64 = 1e-7;

/// Every method of a classifier.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    let n_classes = classifier.classes().len();
    let values = pair_values(context, estimator, frame, n_classes)?;
    let shape = estimator.word("decision_function_shape", "ovr")?;
    let by_class = n_classes > 2 && shape == "ovr";
    let decision = match (n_classes, by_class) {
        (2, _) => context.graph.unary(UnaryFunction::Negate, values)?,
        (_, true) => one_against_rest(context, values, n_classes)?,
        _ => values,
    };
    let position = if by_class && estimator.flag("break_ties", false)? {
        context.graph.apply(ArgMax, &[decision])?
    } else {
        let votes = votes(context, values, n_classes)?;
        context.graph.apply(ArgMax, &[votes])?
    };
    classifier.predict_position(context, position)?;
    if offers_probability(estimator) {
        let probabilities = probabilities(context, estimator, values, n_classes)?;
        classifier.log_probabilities(context, probabilities)?;
    }
    if n_classes == 2 || by_class {
        classifier.decision(context, decision)?;
    } else {
        classifier.method(Method::list("decision_function", "decision", decision, Vec::new()));
    }
    Ok(classifier.finish())
}

/// Whether it was fitted with `probability=True`.
fn offers_probability(estimator: Fitted<'_>) -> bool {
    estimator.optional("probability").is_some_and(|given| given.as_bool().unwrap_or(false))
}

/// The pairs of classes in order: (0, 1), (0, 2), …, (1, 2), …
fn pairs(n_classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n_classes).flat_map(move |i| (i + 1..n_classes).map(move |j| (i, j)))
}

/// libsvm's decision value of every pair: positive for the first class.
fn pair_values(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, n_classes: usize) -> Result<ValueId> {
    let kernel = Kernel::read(context, estimator, frame)?;
    let counts = support_counts(estimator, n_classes, kernel.n_support())?;
    let coefficients = Coefficients::read(estimator, kernel.n_support())?;
    if coefficients.rows + 1 != n_classes {
        let message = format!("{n_classes} classes do not fit {} rows of coefficients", coefficients.rows);
        return Err(Error::malformed("class-count", message));
    }
    let intercepts = intercepts(estimator, pairs(n_classes).count())?;
    let rows = kernel.rows(context, frame)?;
    // The support vectors lie class by class; a class has a row of coefficients against each other class.
    let (mut sums, mut start) = (Vec::new(), 0);
    for count in counts {
        sums.push(class_sums(context, &kernel, &coefficients, rows, start, count)?);
        start += count;
    }
    let mut values = Vec::new();
    for ((i, j), intercept) in pairs(n_classes).zip(intercepts) {
        let g = &mut context.graph;
        let (first, second) = (g.columns(sums[i], vec![j - 1])?, g.columns(sums[j], vec![i])?);
        let sum = g.add(first, second)?;
        let intercept = g.number(intercept, sum)?;
        values.push(g.add(sum, intercept)?);
    }
    context.graph.concat(&values)
}

/// The sums of one class's support vectors against every other class.
fn class_sums(
    context: &mut Context,
    kernel: &Kernel,
    coefficients: &Coefficients,
    rows: Rows,
    start: usize,
    count: usize,
) -> Result<ValueId> {
    let zeros = Data::F64(vec![0.0; coefficients.rows]);
    if count == 0 {
        let first = rows.first_column(context)?;
        let nothing = Dot { weights: zeros.clone(), start: zeros, start_first: false };
        return context.graph.apply(nothing, &[first]);
    }
    let kernels = kernel.of(context, rows, start, count)?;
    let weights = Data::F64(coefficients.block(start, count));
    context.graph.apply(Dot { weights, start: zeros, start_first: false }, &[kernels])
}

/// How many support vectors each class has.
fn support_counts(estimator: Fitted<'_>, n_classes: usize, n_support: usize) -> Result<Vec<usize>> {
    let attribute = estimator.attribute("_n_support")?;
    let array = attribute.array()?;
    array.expect_shape(&[n_classes])?;
    let counts: Vec<usize> = array.to_f64()?.into_iter().map(|count| count.max(0.0) as usize).collect();
    match counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count)) {
        Some(sum) if sum == n_support => Ok(counts),
        _ => Err(attribute.error(format!("expected {n_support} support vectors of all classes"))),
    }
}

/// A matrix with a row per class: `first` where a pair's first class is the row's, `second` where its second is.
fn by_class(n_classes: usize, first: f64, second: f64) -> Vec<f64> {
    let weight = |class: usize, (i, j): (usize, usize)| match class {
        class if class == i => first,
        class if class == j => second,
        _ => 0.0,
    };
    (0..n_classes).flat_map(|class| pairs(n_classes).map(move |pair| weight(class, pair))).collect()
}

fn summed(context: &mut Context, x: ValueId, weights: Vec<f64>, start: Vec<f64>) -> Result<ValueId> {
    context.graph.apply(Dot { weights: Data::F64(weights), start: Data::F64(start), start_first: false }, &[x])
}

/// The votes for every class: a pair votes for its first class where its value is above 0, else for its second.
fn votes(context: &mut Context, values: ValueId, n_classes: usize) -> Result<ValueId> {
    let g = &mut context.graph;
    let zero = g.number(0.0, values)?;
    let for_first = g.binary(BinaryFunction::Less, zero, values)?;
    let for_first = g.cast(for_first, ElementType::F64)?;
    // A pair that does not vote for its first class votes for its second: class `c` is second in `c` pairs.
    let start = (0..n_classes).map(|class| class as f64).collect();
    summed(context, for_first, by_class(n_classes, 1.0, -1.0), start)
}

/// Votes plus what is left of the confidences, below a third. After `_ovr_decision_function` of scikit-learn's
/// utils/multiclass.py, which sees the values with their signs turned.
fn one_against_rest(context: &mut Context, values: ValueId, n_classes: usize) -> Result<ValueId> {
    let g = &mut context.graph;
    let zero = g.number(0.0, values)?;
    let for_second = g.binary(BinaryFunction::Less, values, zero)?;
    let for_second = g.cast(for_second, ElementType::F64)?;
    let start = (0..n_classes).map(|class| (n_classes - 1 - class) as f64).collect();
    let votes = summed(context, for_second, by_class(n_classes, -1.0, 1.0), start)?;
    let confidences = summed(context, values, by_class(n_classes, 1.0, -1.0), vec![0.0; n_classes])?;
    let g = &mut context.graph;
    let magnitude = g.unary(UnaryFunction::Abs, confidences)?;
    let (one, three) = (g.number(1.0, values)?, g.number(3.0, values)?);
    let raised = g.add(magnitude, one)?;
    let divisor = g.mul(three, raised)?;
    let share = g.div(confidences, divisor)?;
    g.add(votes, share)
}

/// A sigmoid per pair, coupled to a probability per class.
fn probabilities(context: &mut Context, estimator: Fitted<'_>, values: ValueId, n_classes: usize) -> Result<ValueId> {
    let n_pairs = pairs(n_classes).count();
    let (a, b) = (estimator.floats("_probA", n_pairs)?, estimator.floats("_probB", n_pairs)?);
    let g = &mut context.graph;
    let (a, b, one) = (g.numbers(&a, values)?, g.numbers(&b, values)?, g.number(1.0, values)?);
    let scaled = g.mul(values, a)?;
    let x = g.add(scaled, b)?;
    // 1 / (1 + exp(x)), with the exponential of a negative number in either case.
    let magnitude = g.unary(UnaryFunction::Abs, x)?;
    let negative = g.unary(UnaryFunction::Negate, magnitude)?;
    let exponential = g.unary(UnaryFunction::Exp, negative)?;
    let divisor = g.add(one, exponential)?;
    let (small, large) = (g.div(exponential, divisor)?, g.div(one, divisor)?);
    let zero = g.number(0.0, values)?;
    let is_positive = g.binary(BinaryFunction::LessEqual, zero, x)?;
    let shares = g.select(is_positive, small, large)?;
    let bounded = clip(g, shares, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)?;
    g.apply(Coupling { classes: n_classes }, &[bounded])
}
