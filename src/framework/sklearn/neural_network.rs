//! Multi-layer perceptrons and restricted Boltzmann machines. After scikit-learn's neural_network.

use super::classes::Classes;
use super::classifier::{Classifier, Positive, above_zero};
use super::context::{Accepts, Context};
use super::decomposition::{dot, dot_plus, numbered};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::linear_algebra::Dense;
use super::predictor::Predictor;
use super::probability::{both, expit, softmax};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::model::{Method, Task};
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// `MLPRegressor`.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let value = forward(context, estimator, frame)?;
    let n_targets = context.graph.width(value);
    Ok(Predictor::regressor(value, (n_targets > 1).then_some(n_targets)))
}

/// `MLPClassifier`: one class a row, or several labels.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let outputs = forward(context, estimator, frame)?;
    let binarizer = estimator.attribute("_label_binarizer")?;
    if binarizer.word("y_type_", "")?.starts_with("multilabel") {
        return multilabel(context, outputs);
    }
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    let (probabilities, position) = match context.graph.width(outputs) {
        1 => {
            // The label binarizer's threshold lies halfway between 0 and 1.
            let half = context.graph.number(0.5, outputs)?;
            let above = context.graph.sub(outputs, half)?;
            let position = above_zero(context, above, Positive::Above)?;
            (both(&mut context.graph, outputs)?, Some(position))
        }
        _ => (outputs, None),
    };
    match position {
        Some(position) => classifier.predict_position(context, position)?,
        None => classifier.predict_scores(context, outputs, Positive::Above)?,
    }
    classifier.log_probabilities(context, probabilities)?;
    Ok(classifier.finish())
}

fn multilabel(context: &mut Context, outputs: ValueId) -> Result<Predictor> {
    let half = context.graph.number(0.5, outputs)?;
    let above = context.graph.binary(BinaryFunction::Less, half, outputs)?;
    let labels = context.graph.cast(above, ElementType::I64)?;
    let logarithms = context.graph.unary(UnaryFunction::Log, outputs)?;
    let methods = vec![
        Method::list("predict", "prediction", labels, Vec::new()),
        Method::list("predict_proba", "probability", outputs, Vec::new()),
        Method::list("predict_log_proba", "log_probability", logarithms, Vec::new()),
    ];
    Ok(Predictor { task: Task::MultilabelClassification, classes: Vec::new(), methods })
}

/// The activations of the last layer.
fn forward(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<ValueId> {
    let weights = estimator.attribute("coefs_")?.items()?;
    let intercepts = estimator.attribute("intercepts_")?.items_of(weights.len())?;
    if weights.is_empty() {
        return Err(Error::malformed("weights", "expected layers of weights, found none"));
    }
    let hidden = estimator.word("activation", "relu")?;
    let last = estimator.word("out_activation_", "identity")?;
    let mut activations = frame.double_matrix(context, Accepts::Finite)?;
    let n_layers = weights.len();
    for (layer, (weights, intercept)) in weights.into_iter().zip(intercepts).enumerate() {
        let n_inputs = context.graph.width(activations);
        let array = weights.array()?;
        let n_outputs = array.shape.get(1).copied().unwrap_or(0);
        array.expect_shape(&[n_inputs, n_outputs])?;
        limits::CLASSES.check_len(n_outputs)?;
        let matrix = Dense::new(n_inputs, n_outputs, array.to_f64()?)?.transposed();
        let intercept = intercept.array()?;
        intercept.expect_shape(&[n_outputs])?;
        let sums = dot_plus(context, activations, matrix, intercept.to_f64()?)?;
        let function = if layer + 1 == n_layers { &last } else { &hidden };
        activations = activate(context, estimator, function, sums)?;
    }
    Ok(activations)
}

fn activate(context: &mut Context, estimator: Fitted<'_>, function: &str, x: ValueId) -> Result<ValueId> {
    let g = &mut context.graph;
    match function {
        "identity" => Ok(x),
        "exp" => g.unary(UnaryFunction::Exp, x),
        "tanh" => g.unary(UnaryFunction::Tanh, x),
        "logistic" => expit(g, x),
        "relu" => {
            let zero = g.number(0.0, x)?;
            g.binary(BinaryFunction::Max, x, zero)
        }
        "softmax" => softmax(g, x),
        _ => Err(estimator.unsupported_parameter("activation", "'identity', 'logistic', 'tanh' or 'relu'")),
    }
}

/// `BernoulliRBM.transform`: the probabilities of the hidden units.
///
/// Its `score_samples` flips a random column of every row, so that it answers differently each time: it is not offered.
pub fn hidden(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let array = estimator.attribute("components_")?.array()?;
    let n_hidden = array.shape.first().copied().unwrap_or(0);
    array.expect_shape(&[n_hidden, frame.width()])?;
    limits::CLASSES.check_len(n_hidden)?;
    let x = frame.double_matrix(context, Accepts::Finite)?;
    let sums = dot(context, x, Dense::new(n_hidden, frame.width(), array.to_f64()?)?)?;
    let intercept = context.graph.numbers(&estimator.floats("intercept_hidden_", n_hidden)?, sums)?;
    let sums = context.graph.add(sums, intercept)?;
    let probabilities = expit(&mut context.graph, sums)?;
    context.notes.push("`score_samples` of `BernoulliRBM` draws random numbers and is not offered".to_owned());
    Ok(numbered(estimator, context, probabilities))
}
