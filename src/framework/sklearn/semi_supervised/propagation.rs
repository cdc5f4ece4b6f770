//! `LabelPropagation` and `LabelSpreading`: the labels' shares of the fitted rows that are near.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::context::{Accepts, Context};
use super::super::distances::{euclidean_distances, points};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::neighbors::search::Neighbours;
use super::super::predictor::Predictor;
use super::super::probability::{AllZero, normalised};
use super::super::refused;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::arg_max::ArgMax;
use crate::ops::dot::Dot;
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};

/// `predict_proba`: the sum over the fitted rows, by a kernel or over the nearest, made to sum to 1.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    let shares = points(estimator.attribute("label_distributions_")?, classifier.classes().len())?;
    let kernel = estimator.attribute("kernel")?;
    let sums = match kernel.plain_str() {
        Some("rbf") => by_kernel(context, estimator, frame, &shares)?,
        Some("knn") => by_neighbours(context, estimator, frame, shares)?,
        Some(_) => return Err(estimator.unsupported_parameter("kernel", "'rbf' or 'knn'")),
        None => return Err(estimator.refused(&refused::KERNEL)),
    };
    let probabilities = normalised(&mut context.graph, sums, AllZero::Nan)?;
    let position = context.graph.apply(ArgMax, &[probabilities])?;
    classifier.predict_position(context, position)?;
    classifier.probabilities(context, probabilities)?;
    Ok(classifier.finish())
}

/// `exp(-gamma distance²)` of every fitted row times its shares.
fn by_kernel(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, shares: &Matrix) -> Result<ValueId> {
    let fitted = points(estimator.attribute("X_")?, frame.width())?;
    if fitted.rows != shares.rows {
        return Err(estimator.error(format!("expected shares of {} rows, found {}", fitted.rows, shares.rows)));
    }
    let gamma = estimator.attribute("gamma")?.as_f64()?;
    let x = frame.doubles(context, Accepts::Finite)?;
    let g = &mut context.graph;
    let squares = euclidean_distances(g, x, fitted, true)?;
    let factor = g.number(-gamma, squares)?;
    let scaled = g.mul(squares, factor)?;
    let kernel = g.unary(UnaryFunction::Exp, scaled)?;
    let columns = (0..shares.width).flat_map(|class| (0..shares.rows).map(move |row| row * shares.width + class));
    let weights = shares.data.gather(columns);
    g.apply(Dot { weights, start: Data::F64(vec![0.0; shares.width]), start_first: false }, &[kernel])
}

/// The sum of the nearest rows' shares.
fn by_neighbours(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, shares: Matrix) -> Result<ValueId> {
    let search = estimator.attribute("nn_fit")?;
    let neighbours = Neighbours::read(context, search, frame)?;
    if neighbours.n_points() != shares.rows {
        let message = format!("expected shares of {} rows, found {}", neighbours.n_points(), shares.rows);
        return Err(estimator.error(message));
    }
    let count = search.attribute("n_neighbors")?.as_usize()?;
    let found = neighbours.nearest(context, search, count)?;
    let n_classes = shares.width;
    let taken = context.graph.apply(Take { table: shares }, &[found.positions])?;
    let sum = |class: usize| {
        let columns = context.graph.columns(taken, (0..count).map(|i| i * n_classes + class).collect())?;
        context.graph.reduce(ReduceFunction::Sum, columns)
    };
    let sums: Vec<ValueId> = (0..n_classes).map(sum).collect::<Result<_>>()?;
    context.graph.concat(&sums)
}
