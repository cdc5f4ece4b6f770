//! Neighbours as such: `NearestNeighbors` and `KNeighborsTransformer`.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::search::Neighbours;
use crate::error::Result;
use crate::graph::ValueId;
use crate::model::{Method, MethodOutput, Task};
use crate::ops::tally::Tally;
use crate::tensor::Data;

/// `NearestNeighbors`: `kneighbors`, the distances and positions of the nearest fitted rows.
pub fn nearest(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let neighbours = Neighbours::read(context, estimator, frame)?;
    let count = estimator.attribute("n_neighbors")?.as_usize()?;
    let found = neighbours.nearest(context, estimator, count)?;
    let output = |name: &str, value| MethodOutput { name: name.to_owned(), value, is_list: true, columns: Vec::new() };
    let outputs = vec![output("distance", found.distances), output("position", found.positions)];
    let methods = vec![Method { name: "kneighbors".to_owned(), outputs }];
    Ok(Predictor { task: Task::Other, classes: Vec::new(), methods })
}

/// `KNeighborsTransformer`: a column per fitted row; 1, or the distance, for the nearest, else 0.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(estimator.n_features()?)?;
    let neighbours = Neighbours::read(context, estimator, frame)?;
    let count = estimator.attribute("n_neighbors")?.as_usize()?;
    let (found, weights) = match &*estimator.word("mode", "distance")? {
        "connectivity" => {
            let found = neighbours.nearest(context, estimator, count)?;
            (found, context.graph.constant(Data::F64(vec![1.0; count]))?)
        }
        // One more, since a fitted row counts itself.
        "distance" => {
            let found = neighbours.nearest(context, estimator, count.saturating_add(1))?;
            (found, found.distances)
        }
        _ => return Err(estimator.unsupported_parameter("mode", "'distance' or 'connectivity'")),
    };
    let candidates = neighbours.n_points();
    let value = context.graph.apply(Tally { candidates }, &[found.positions, weights])?;
    Ok(columns(estimator, value, candidates))
}

/// A column per fitted row, named after the estimator's class.
pub fn columns(estimator: Fitted<'_>, value: ValueId, n_points: usize) -> Frame {
    let prefix = estimator.class_name().to_lowercase();
    let names = (0..n_points).map(|column| format!("{prefix}{column}")).collect();
    Frame { is_sparse: true, ..Frame::of_numbers(names, value) }
}
