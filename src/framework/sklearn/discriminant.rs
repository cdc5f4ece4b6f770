//! Discriminant analysis. After scikit-learn's discriminant_analysis.py.

use super::classes::Classes;
use super::classifier::{Classifier, Positive};
use super::context::{Accepts, Context};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::linear::weighted_sums;
use super::predictor::Predictor;
use super::probability::{log_normalised, logistic, softmax};
use super::version::version;
use crate::error::Result;
use crate::graph::ValueId;
use crate::model::Method;
use crate::ops::binary::BinaryFunction;
use crate::ops::dot::Dot;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::Data;

/// The first version whose quadratic `predict_log_proba` is not the logarithm of a probability that became 0.
const STABLE_SINCE: (u64, u64) = (1, 6);

/// `LinearDiscriminantAnalysis`: a linear classifier.
pub fn linear(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    let scores = weighted_sums(context, estimator, frame)?.value;
    classifier.predict_scores(context, scores, Positive::Above)?;
    let g = &mut context.graph;
    let probabilities = if g.width(scores) == 1 { logistic(g, scores)? } else { softmax(g, scores)? };
    classifier.probabilities(context, probabilities)?;
    // A probability of 0 becomes the smallest normal number before its logarithm is taken.
    let g = &mut context.graph;
    let (zero, least) = (g.number(0.0, probabilities)?, g.number(f64::MIN_POSITIVE, probabilities)?);
    let is_zero = g.binary(BinaryFunction::Equal, probabilities, zero)?;
    let raised = g.select(is_zero, least, probabilities)?;
    let logarithms = g.unary(UnaryFunction::Log, raised)?;
    let names = classifier.classes().names();
    classifier.method(Method::list("predict_log_proba", "log_probability", logarithms, names));
    classifier.decision(context, scores)?;
    Ok(classifier.finish())
}

/// Whether the solver finds no directions: such a machine classifies only.
pub fn has_no_directions(estimator: Fitted<'_>) -> Result<bool> {
    Ok(&*estimator.word("solver", "svd")? == "lsqr")
}

/// `LinearDiscriminantAnalysis.transform`: the rows in the most discriminative directions.
pub fn project(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let scalings = estimator.attribute("scalings_")?.array()?;
    let n_directions = scalings.shape.get(1).copied().unwrap_or(0);
    scalings.expect_shape(&[frame.width(), n_directions])?;
    let scalings = scalings.to_f64()?;
    let kept = estimator.attribute("_max_components")?.as_usize()?.min(n_directions);
    frame.refuse_single_products(context, estimator.attribute("scalings_")?)?;
    let mut x = frame.numbers(context, Accepts::Finite)?;
    match &*estimator.word("solver", "svd")? {
        "svd" => {
            let centre = context.graph.numbers(&estimator.floats("xbar_", frame.width())?, x)?;
            x = context.graph.sub(x, centre)?;
        }
        "eigen" => {}
        _ => return Err(estimator.unsupported_parameter("solver", "'svd' or 'eigen', the solvers with a `transform`")),
    }
    let weights = (0..kept).flat_map(|j| scalings.iter().skip(j).step_by(n_directions.max(1))).copied().collect();
    let dot = Dot { weights: Data::F64(weights), start: Data::F64(vec![0.0; kept]), start_first: false };
    let projected = context.graph.apply(dot, &[x])?;
    let names = (0..kept).map(|i| format!("lineardiscriminantanalysis{i}")).collect();
    Ok(Frame::of_numbers(names, projected))
}

/// `QuadraticDiscriminantAnalysis`: a Gaussian with its own covariance per class.
pub fn quadratic(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    let (n_classes, width) = (classifier.classes().len(), frame.width());
    let means = estimator.attribute("means_")?.array()?;
    means.expect_shape(&[n_classes, width])?;
    let means = means.to_f64()?;
    let priors = estimator.floats("priors_", n_classes)?;
    let rotations = estimator.attribute("rotations_")?.items_of(n_classes)?;
    let scalings = estimator.attribute("scalings_")?.items_of(n_classes)?;
    frame.refuse_single_products(context, estimator.attribute("means_")?)?;
    let x = frame.numbers(context, Accepts::Finite)?;
    let mut columns = Vec::new();
    for (i, (rotation, scaling)) in rotations.into_iter().zip(scalings).enumerate() {
        let means = means.get(i * width..(i + 1) * width).unwrap_or_default();
        let distance = distance(context, x, means, rotation, scaling)?;
        let g = &mut context.graph;
        let half = g.number(-0.5, x)?;
        let prior = g.number(priors.get(i).copied().unwrap_or(f64::NAN), x)?;
        let prior = g.unary(UnaryFunction::Log, prior)?;
        let halved = g.mul(half, distance)?;
        columns.push(g.add(halved, prior)?);
    }
    let scores = context.graph.concat(&columns)?;
    let label = classifier.classes().most_likely(context, scores)?;
    classifier.method(Method::scalar("predict", "prediction", label));
    let probabilities = softmax(&mut context.graph, scores)?;
    classifier.probabilities(context, probabilities)?;
    let logarithms = if version(estimator) < STABLE_SINCE {
        context.graph.unary(UnaryFunction::Log, probabilities)?
    } else {
        log_normalised(&mut context.graph, scores)?
    };
    let names = classifier.classes().names();
    classifier.method(Method::list("predict_log_proba", "log_probability", logarithms, names));
    let decision = match columns[..] {
        [first, second] => context.graph.sub(second, first)?,
        _ => scores,
    };
    classifier.decision(context, decision)?;
    Ok(classifier.finish())
}

/// `Σ ((x - mean) @ (R · S^-½))² + Σ log S`.
fn distance(
    context: &mut Context,
    x: ValueId,
    means: &[f64],
    rotation: Fitted<'_>,
    scaling: Fitted<'_>,
) -> Result<ValueId> {
    let (rotation, scaling) = (rotation.array()?, scaling.array()?);
    scaling.expect_dims(1)?;
    rotation.expect_shape(&[means.len(), scaling.len()])?;
    let (rotation, scaling) = (rotation.to_f64()?, scaling.to_f64()?);
    let rank = scaling.len();
    // Each row of weights is a column of R, stretched.
    let stretched = |(j, scale): (usize, &f64)| {
        let root = 1.0 / scale.sqrt();
        rotation.iter().skip(j).step_by(rank.max(1)).map(move |r| r * root).collect::<Vec<_>>()
    };
    let weights = scaling.iter().enumerate().flat_map(stretched).collect();
    let g = &mut context.graph;
    let means = g.numbers(means, x)?;
    let centred = g.sub(x, means)?;
    let dot = Dot { weights: Data::F64(weights), start: Data::F64(vec![0.0; rank]), start_first: false };
    let rotated = g.apply(dot, &[centred])?;
    let squares = g.mul(rotated, rotated)?;
    let norm = g.reduce(ReduceFunction::Sum, squares)?;
    let scaling = g.numbers(&scaling, x)?;
    let logarithms = g.unary(UnaryFunction::Log, scaling)?;
    let volume = g.reduce(ReduceFunction::Sum, logarithms)?;
    g.add(norm, volume)
}
