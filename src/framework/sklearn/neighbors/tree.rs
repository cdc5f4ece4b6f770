//! `KDTree` and `BallTree`: compiled objects whose pickled state is a tuple of arrays.

use super::super::distances::points;
use super::super::fitted::{Attributes, Fitted};
use super::metric::Distance;
use crate::encoding::array::NdArray;
use crate::error::{Error, Result};
use crate::ops::nearest::tree::{Bounds, Node, SearchTree};
use crate::ops::pairwise::Metric;

/// Where the metric stands in the state.
const METRIC_AT: usize = 11;

/// A fitted tree.
#[derive(Debug)]
pub struct FittedTree<'a> {
    /// The tree, ready to be walked.
    pub tree: SearchTree,
    /// Its metric.
    pub distance: Distance,
    /// The weight of each point, where the tree has them.
    pub weights: Option<Fitted<'a>>,
}

impl<'a> FittedTree<'a> {
    /// Reads a tree over rows of `n_columns`.
    pub fn read(object: Fitted<'a>, n_columns: usize) -> Result<Self> {
        let state = object.state().ok_or_else(|| object.wrong("a search tree with its state"))?.items()?;
        let [data, order, nodes, bounds, ..] = state[..] else {
            return Err(object.wrong("a search tree with a state of 12 parts"));
        };
        let metric = state.get(METRIC_AT).ok_or_else(|| object.wrong("a search tree with a state of 12 parts"))?;
        let distance = Distance::compiled(*metric, n_columns)?;
        let points = points(data, n_columns)?;
        let order = order.array()?.to_i64()?.into_iter().map(|position| position_below(position, points.rows, order));
        let order = order.collect::<Result<_>>()?;
        let array = nodes.array()?;
        let bounds = match object.class_name().trim_end_matches("64").trim_end_matches("32") {
            "KDTree" => boxes(bounds, array.len(), n_columns, &distance.metric)?,
            "BallTree" => {
                let radii = array.field("radius")?.to_f64()?;
                balls(bounds, radii, n_columns)?
            }
            _ => return Err(object.wrong("a KDTree or a BallTree")),
        };
        let tree = SearchTree { points, order, nodes: read_nodes(&array)?, bounds };
        tree.check()
            .map_err(|_| object.error("expected a search tree whose nodes lead to its points, found another"))?;
        let weights = state.get(METRIC_AT + 1).copied().filter(|weights| !weights.is_none());
        Ok(FittedTree { tree, distance, weights })
    }
}

fn position_below(position: i64, n_points: usize, at: Fitted<'_>) -> Result<u32> {
    match u32::try_from(position) {
        Ok(found) if (found as usize) < n_points => Ok(found),
        _ => Err(at.error(format!("expected positions below {n_points}, found {position}"))),
    }
}

fn read_nodes(array: &NdArray<'_>) -> Result<Vec<Node>> {
    let of = |name: &str| array.field(name)?.to_usize();
    let (starts, ends, leaves) = (of("idx_start")?, of("idx_end")?, of("is_leaf")?);
    let node = |((start, end), is_leaf)| Node { start, end, is_leaf: is_leaf != 0 };
    Ok(starts.into_iter().zip(ends).zip(leaves).map(node).collect())
}

fn boxes(bounds: Fitted<'_>, n_nodes: usize, n_columns: usize, metric: &Metric) -> Result<Bounds> {
    let array = bounds.array()?;
    array.expect_shape(&[2, n_nodes, n_columns])?;
    let mut lower = array.to_f64()?;
    let upper = lower.split_off(lower.len() / 2);
    let power = match metric {
        Metric::SquaredEuclidean => 2.0,
        Metric::Manhattan => 1.0,
        Metric::Chebyshev => f64::INFINITY,
        Metric::Power { power, .. } => *power,
        other => {
            let message = format!("a KDTree cannot measure by {other:?}");
            return Err(bounds.located(Error::unsupported("unsupported-parameter", message)));
        }
    };
    Ok(Bounds::Boxes { lower, upper, power })
}

fn balls(bounds: Fitted<'_>, radii: Vec<f64>, n_columns: usize) -> Result<Bounds> {
    let array = bounds.array()?;
    array.expect_shape(&[1, radii.len(), n_columns])?;
    Ok(Bounds::Balls { centres: array.to_f64()?, radii })
}
