//! Clusterers with centres: `KMeans`, `MiniBatchKMeans`, `AffinityPropagation`, `MeanShift`, `Birch`.

use super::super::context::{Accepts, Context};
use super::super::distances::{
    Orders, arg_min, euclidean_distances, nearest_but_for_rows, nearest_point, points, refuse_overflow,
};
use super::super::fitted::{Attributes, Fitted};
use super::super::float32::fused_sums;
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::refused;
use crate::encoding::array::Kind;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, Task};
use crate::ops::squared_length::SumOrder;
use crate::ops::take::Take;
use crate::tensor::{Data, ElementType, Matrix};

/// A clusterer whose `predict` is a label.
pub fn clusterer(label: ValueId) -> Predictor {
    let methods = vec![Method::scalar("predict", "label", label)];
    Predictor { task: Task::Clustering, classes: Vec::new(), methods }
}

/// Whether an array is of float32.
pub fn is_single(array: Fitted<'_>) -> Result<bool> {
    let dtype = array.array()?.dtype;
    Ok(dtype.kind == Kind::Float && dtype.item_bytes == 4)
}

/// `KMeans` and `MiniBatchKMeans`: the position of the nearest centre. Centres of float32 take rows of float32 only.
pub fn k_means(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let attribute = estimator.attribute("cluster_centers_")?;
    let centres = points(attribute, frame.width())?;
    let x = frame.numbers(context, Accepts::Finite)?;
    if !is_single(attribute)? {
        return Ok(clusterer(nearest_but_for_rows(context, x, centres)?));
    }
    let g = &mut context.graph;
    let squares = single_squares(g, x, &centres)?;
    Ok(clusterer(arg_min(g, squares)?))
}

/// The squared distance from each point in float32, less the squared length of the row.
pub fn single_squares(g: &mut GraphBuilder, x: ValueId, centres: &Matrix) -> Result<ValueId> {
    let Data::F64(values) = &centres.data else { return Err(Error::internal("centres that are no doubles")) };
    let lengths: Vec<f64> =
        values.chunks_exact(centres.width).map(|centre| centre.iter().map(|x| x * x).sum()).collect();
    let x = g.cast(x, ElementType::F32)?;
    let products = fused_sums(g, x, values, &vec![0.0; centres.rows])?;
    let minus_two = g.number(-2.0, products)?;
    let products = g.mul(minus_two, products)?;
    let lengths = g.numbers(&lengths, products)?;
    g.add(products, lengths)
}

/// `transform` of the k-means family: the distance from each centre.
pub fn k_means_transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let attribute = estimator.attribute("cluster_centers_")?;
    let element = if is_single(attribute)? { ElementType::F32 } else { ElementType::F64 };
    Ok(distances(context, estimator, frame, attribute)?.shown_as(element))
}

/// The distance from each row of an array, a column each.
fn distances(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, centres: Fitted<'_>) -> Result<Frame> {
    let centres = points(centres, frame.width())?;
    let prefix = estimator.class_name().to_lowercase();
    let names = (0..centres.rows).map(|column| format!("{prefix}{column}")).collect();
    let x = frame.numbers(context, Accepts::Finite)?;
    refuse_overflow(context, x, &centres)?;
    Ok(Frame::of_numbers(names, euclidean_distances(&mut context.graph, x, centres, false)?))
}

/// `AffinityPropagation` and `MeanShift`: the position of the nearest centre; -1 where there are no centres.
pub fn nearest_centre(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let Some(attribute) = estimator.optional("cluster_centers_") else {
        return Err(estimator.refused(&refused::AFFINITIES));
    };
    let x = frame.doubles(context, Accepts::Finite)?;
    if attribute.is_array() && attribute.array_shape()?.first() == Some(&0) {
        let none = context.graph.constant(Data::I64(vec![-1]))?;
        return Ok(clusterer(none));
    }
    let centres = points(attribute, frame.width())?;
    Ok(clusterer(nearest_point(context, x, centres, Orders::of(estimator))?))
}

/// `Birch`: the label of the nearest subcluster, whose squared lengths `fit` has summed up.
pub fn birch(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let centres = points(estimator.attribute("subcluster_centers_")?, frame.width())?;
    let labels = estimator.attribute("subcluster_labels_")?.array()?;
    labels.expect_shape(&[centres.rows])?;
    let table = Matrix::new(centres.rows, 1, Data::I64(labels.to_i64()?));
    let x = frame.doubles(context, Accepts::Finite)?;
    let orders = Orders { points: SumOrder::TwoLanes, ..Orders::of(estimator) };
    let position = nearest_point(context, x, centres, orders)?;
    Ok(clusterer(context.graph.apply(Take { table }, &[position])?))
}

/// `Birch`'s `transform`: the distance from each subcluster.
pub fn birch_transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    distances(context, estimator, frame, estimator.attribute("subcluster_centers_")?)
}
