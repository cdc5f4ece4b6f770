//! `LocallyLinearEmbedding`: a row lies among its neighbours' places as it lies among them. After scikit-learn's
//! manifold/_locally_linear.py; all methods of fitting place new rows alike.

use super::super::context::{Accepts, Context};
use super::super::decomposition::numbered;
use super::super::distances::points;
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::super::neighbors::search::Neighbours;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::ops::binary::BinaryFunction;
use crate::ops::gram::Gram;
use crate::ops::reduce::ReduceFunction;
use crate::ops::solve::Solve;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::Matrix;

/// The neighbours' places, weighted.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let search = estimator.attribute("nbrs_")?;
    let neighbours = Neighbours::read(context, search, frame)?;
    let count = estimator.attribute("n_neighbors")?.as_usize()?;
    let fitted = points(search.attribute("_fit_X")?, frame.width())?;
    let embedding = estimator.attribute("embedding_")?;
    let n_components = embedding.array()?.shape.get(1).copied().unwrap_or(0);
    let places = points(embedding, n_components)?;
    if fitted.rows != neighbours.n_points() || places.rows != fitted.rows {
        let message = format!("expected the places of {} rows, found {}", neighbours.n_points(), places.rows);
        return Err(embedding.error(message));
    }
    let found = neighbours.nearest(context, search, count)?;
    let x = frame.numbers(context, Accepts::Finite)?;
    let weights = weights(context, estimator, x, found.positions, fitted)?;
    let g = &mut context.graph;
    let taken = g.apply(Take { table: places }, &[found.positions])?;
    let spread = g.columns(weights, (0..count).flat_map(|i| vec![i; n_components]).collect())?;
    let weighted = g.mul(taken, spread)?;
    let sum = |component: usize| {
        let own = g.columns(weighted, (0..count).map(|i| i * n_components + component).collect())?;
        g.reduce(ReduceFunction::Sum, own)
    };
    let sums: Vec<ValueId> = (0..n_components).map(sum).collect::<Result<_>>()?;
    let placed = context.graph.concat(&sums)?;
    Ok(numbered(estimator, context, placed))
}

/// The weights, summing to 1, with which the neighbours come closest to the row.
fn weights(
    context: &mut Context,
    estimator: Fitted<'_>,
    x: ValueId,
    positions: ValueId,
    fitted: Matrix,
) -> Result<ValueId> {
    let regularisation = estimator.attribute("reg")?.as_f64()?;
    let message = format!("{}: the products of the ways to the neighbours are a singular matrix", context.trail());
    let g = &mut context.graph;
    let (count, n_columns) = (g.width(positions), fitted.width);
    limits::FEATURES.check_len(count.saturating_mul(count.max(n_columns)))?;
    let taken = g.apply(Take { table: fitted }, &[positions])?;
    let repeated = g.columns(x, (0..count * n_columns).map(|i| i % n_columns).collect())?;
    let ways = g.sub(taken, repeated)?;
    let products = g.apply(Gram { vectors: count }, &[ways])?;
    let system = regularised(g, products, count, regularisation)?;
    let ones = g.numbers(&vec![1.0; count], system)?;
    let solution = g.apply(Solve, &[system, ones])?;
    let sum = g.reduce(ReduceFunction::Sum, solution)?;
    let weights = g.div(solution, sum)?;
    let finite = g.unary(UnaryFunction::IsFinite, solution)?;
    g.guard(weights, finite, message)?;
    Ok(weights)
}

/// The matrix with a share of its trace, or the share alone where that is 0, added along its diagonal.
fn regularised(g: &mut GraphBuilder, matrix: ValueId, n: usize, share: f64) -> Result<ValueId> {
    let diagonal = g.columns(matrix, (0..n).map(|i| i * n + i).collect())?;
    let trace = g.reduce(ReduceFunction::Sum, diagonal)?;
    let (share, zero) = (g.number(share, trace)?, g.number(0.0, trace)?);
    let some = g.mul(share, trace)?;
    let is_positive = g.binary(BinaryFunction::Less, zero, trace)?;
    let added = g.select(is_positive, some, share)?;
    let one: Vec<f64> = (0..n * n).map(|i| if i % (n + 1) == 0 { 1.0 } else { 0.0 }).collect();
    let one = g.numbers(&one, added)?;
    let added = g.mul(added, one)?;
    g.add(matrix, added)
}
