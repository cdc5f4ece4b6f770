//! `GaussianProcessClassifier`: processes of two classes by Laplace's approximation, one against the rest or one against
//! one where there are more.

use super::super::classes::Classes;
use super::super::classifier::{Classifier, Positive, above_zero};
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::kernels::sums;
use super::super::linear_algebra::Dense;
use super::super::predictor::Predictor;
use super::super::probability::both;
use super::super::version::version;
use super::Process;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, MethodOutput};
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use std::f64::consts::PI;

/// The first version that shows the process behind the probabilities.
const SHOWN_SINCE: (u64, u64) = (1, 7);

/// The logistic function as a weighted sum of error functions (Williams and Barber, 1998): their factors and weights.
const FACTORS: [f64; 5] = [0.41, 0.4, 0.37, 0.44, 0.39];
const WEIGHTS: [f64; 5] = [-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654];

/// Every method of a classifier.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let base = estimator.attribute("base_estimator_")?;
    let mut predictor = context.within("base_estimator_".to_owned(), |context| context.predict(base, frame))?;
    let n_classes = predictor.only_classes()?.len();
    let shows = n_classes == 2 && version(estimator) >= SHOWN_SINCE;
    // Probabilities of pairs are refused by scikit-learn, and scores of many classes are not offered.
    predictor.methods.retain(|method| match method.name.as_str() {
        "predict" | "predict_proba" => true,
        "latent_mean_and_variance" => shows,
        _ => false,
    });
    Ok(predictor)
}

/// A process of two classes.
pub fn binary(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    if classifier.classes().len() != 2 {
        let message = format!("expected 2 classes, found {}", classifier.classes().len());
        return Err(Error::malformed("class-count", message));
    }
    let process = Process::read(context, estimator, frame)?;
    let n_points = context.graph.width(process.values);
    let (y, pi) = (estimator.attribute("y_train_")?.array()?, estimator.floats("pi_", n_points)?);
    y.expect_shape(&[n_points])?;
    let weights = y.to_f64()?.iter().zip(&pi).map(|(y, pi)| y - pi).collect();
    let mean = sums(context, process.values, weights, 1)?;
    let variance = variance(context, estimator, &process)?;
    let position = above_zero(context, mean, Positive::Above)?;
    classifier.predict_position(context, position)?;
    let positive = probability(&mut context.graph, mean, variance)?;
    let probabilities = both(&mut context.graph, positive)?;
    classifier.probabilities(context, probabilities)?;
    let output = |name: &str, value| MethodOutput { name: name.to_owned(), value, is_list: false, columns: Vec::new() };
    let outputs = vec![output("mean", mean), output("variance", variance)];
    classifier.method(Method { name: "latent_mean_and_variance".to_owned(), outputs });
    Ok(classifier.finish())
}

/// What the kernel of a row with itself has left beside `|L⁻¹ (W_sr · kernel)|²`.
fn variance(context: &mut Context, estimator: Fitted<'_>, process: &Process) -> Result<ValueId> {
    let n_points = context.graph.width(process.values);
    let factor = estimator.attribute("L_")?.array()?;
    factor.expect_shape(&[n_points, n_points])?;
    let roots = estimator.floats("W_sr_", n_points)?;
    // All eigenvalues of L Lᵀ = 1 + W_sr K W_sr are at least 1: its inverse is as exact as a solution.
    let inverse = Dense::new(n_points, n_points, factor.to_f64()?)?.lower_inverse()?;
    let weights = inverse.scaled_columns(|column| roots[column]).items;
    let solved = sums(context, process.values, weights, n_points)?;
    let itself = process.kernel.with_itself(context, process.x)?;
    let g = &mut context.graph;
    let squares = g.mul(solved, solved)?;
    let explained = g.reduce(ReduceFunction::Sum, squares)?;
    g.sub(itself, explained)
}

/// The mean of the logistic function over a normal distribution.
fn probability(g: &mut GraphBuilder, mean: ValueId, variance: ValueId) -> Result<ValueId> {
    let (one, two) = (g.number(1.0, mean)?, g.number(2.0, mean)?);
    let (factors, weights) = (g.numbers(&FACTORS, mean)?, g.numbers(&WEIGHTS, mean)?);
    let twice = g.mul(two, variance)?;
    let alpha = g.div(one, twice)?;
    let gamma = g.mul(factors, mean)?;
    let squares = g.numbers(&FACTORS.map(|factor| factor * factor), mean)?;
    let sum = g.add(alpha, squares)?;
    let share = g.div(alpha, sum)?;
    let root = g.unary(UnaryFunction::Sqrt, share)?;
    let place = g.mul(gamma, root)?;
    let error = g.unary(UnaryFunction::Erf, place)?;
    let pi = g.number(PI, mean)?;
    let width = g.div(pi, alpha)?;
    let width = g.unary(UnaryFunction::Sqrt, width)?;
    let area = g.mul(width, error)?;
    let two_pi = g.mul(twice, pi)?;
    let divisor = g.unary(UnaryFunction::Sqrt, two_pi)?;
    let divisor = g.mul(two, divisor)?;
    let integrals = g.div(area, divisor)?;
    let terms = g.mul(weights, integrals)?;
    let sum = g.reduce(ReduceFunction::Sum, terms)?;
    let half = g.number(0.5 * WEIGHTS.iter().sum::<f64>(), mean)?;
    g.add(sum, half)
}
