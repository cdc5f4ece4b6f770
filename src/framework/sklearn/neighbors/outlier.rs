//! `LocalOutlierFactor` with `novelty=True`: how much thinner the surroundings of a row are than its neighbours'.

use super::super::classifier::{Positive, above_zero};
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::refused;
use super::search::Neighbours;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, Task};
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};

/// What keeps the mean distance from 0.
const LEAST_DISTANCE: f64 = 1e-10;

/// `score_samples`, `decision_function` (less `offset_`) and `predict` (its sign). After scikit-learn's _lof.py.
pub fn local_outlier_factor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    if !estimator.flag("novelty", false)? {
        return Err(estimator.refused(&refused::NOT_NOVEL).hint("fit it with `novelty=True`"));
    }
    frame.expect_width(estimator.n_features()?)?;
    let neighbours = Neighbours::read(context, estimator, frame)?;
    let count = estimator.attribute("n_neighbors_")?.as_usize()?;
    let found = neighbours.nearest(context, estimator, count)?;
    let (reaches, densities) = surroundings(estimator, neighbours.n_points(), count)?;
    let g = &mut context.graph;
    let reaches = g.apply(Take { table: reaches }, &[found.positions])?;
    let distances = g.binary(BinaryFunction::Max, found.distances, reaches)?;
    let least = g.number(LEAST_DISTANCE, distances)?;
    let distance = mean(g, distances)?;
    let distance = g.add(distance, least)?;
    let one = g.number(1.0, distance)?;
    let density = g.div(one, distance)?;
    let densities = g.apply(Take { table: densities }, &[found.positions])?;
    let ratios = g.div(densities, density)?;
    let factor = mean(g, ratios)?;
    let score = g.unary(UnaryFunction::Negate, factor)?;
    let offset = g.number(estimator.attribute("offset_")?.as_f64()?, score)?;
    let decision = g.sub(score, offset)?;
    let position = above_zero(context, decision, Positive::FromZero)?;
    let side = context.graph.apply(Take { table: Matrix::new(2, 1, Data::I64(vec![-1, 1])) }, &[position])?;
    let methods = vec![
        Method::scalar("predict", "prediction", side),
        Method::scalar("decision_function", "decision", decision),
        Method::scalar("score_samples", "score", score),
    ];
    Ok(Predictor { task: Task::AnomalyDetection, classes: Vec::new(), methods })
}

fn mean(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let (sum, count) = (g.reduce(ReduceFunction::Sum, x)?, g.width(x) as f64);
    let count = g.number(count, sum)?;
    g.div(sum, count)
}

/// For every fitted row the distance of its farthest neighbour, and its density.
fn surroundings(estimator: Fitted<'_>, n_points: usize, count: usize) -> Result<(Matrix, Matrix)> {
    let attribute = estimator.attribute("_distances_fit_X_")?;
    let distances = attribute.array()?;
    distances.expect_dims(2)?;
    let width = distances.shape.get(1).copied().unwrap_or(0);
    distances.expect_shape(&[n_points, width])?;
    if width < count {
        return Err(attribute.error(format!("expected distances of {count} neighbours, found {width}")));
    }
    let farthest = distances.to_f64()?.into_iter().skip(count - 1).step_by(width).collect();
    let densities = estimator.floats("_lrd", n_points)?;
    Ok((Matrix::new(n_points, 1, Data::F64(farthest)), Matrix::new(n_points, 1, Data::F64(densities))))
}
