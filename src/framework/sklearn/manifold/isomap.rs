//! `Isomap`: kernel principal components of the lengths of ways. After scikit-learn's manifold/_isomap.py.

use super::super::context::Context;
use super::super::decomposition::kernel_pca::place;
use super::super::decomposition::numbered;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::neighbors::search::Neighbours;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;
use crate::ops::min_plus::MinPlus;
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::tensor::{Data, Matrix};

/// The shortest way to each fitted row leads over a neighbour; its square, halved, is the kernel.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let search = estimator.attribute("nbrs_")?;
    let neighbours = Neighbours::read(context, search, frame)?;
    let n_points = neighbours.n_points();
    let array = estimator.attribute("dist_matrix_")?.array()?;
    array.expect_shape(&[n_points, n_points])?;
    let lengths = Matrix::new(n_points, n_points, Data::F64(array.to_f64()?));
    let shortest = match estimator.present("n_neighbors") {
        Some(count) => over_nearest(context, search, &neighbours, lengths, count.as_usize()?)?,
        None => over_all_within(context, &neighbours, lengths, estimator.attribute("radius")?.as_f64()?)?,
    };
    let squares = context.graph.mul(shortest, shortest)?;
    let half = context.graph.number(-0.5, squares)?;
    let kernel = context.graph.mul(squares, half)?;
    let placed = place(context, estimator.attribute("kernel_pca_")?, kernel)?;
    Ok(numbered(estimator, context, placed))
}

fn over_nearest(
    context: &mut Context,
    search: Fitted<'_>,
    neighbours: &Neighbours,
    lengths: Matrix,
    count: usize,
) -> Result<ValueId> {
    let found = neighbours.nearest(context, search, count)?;
    let n_points = neighbours.n_points();
    let g = &mut context.graph;
    let all = g.apply(Take { table: lengths }, &[found.positions])?;
    let mut shortest: Option<ValueId> = None;
    for neighbour in 0..count {
        let lengths = g.columns(all, (neighbour * n_points..(neighbour + 1) * n_points).collect())?;
        let distance = g.columns(found.distances, vec![neighbour])?;
        let way = g.add(lengths, distance)?;
        shortest = Some(match shortest {
            None => way,
            Some(shortest) => g.binary(BinaryFunction::Min, shortest, way)?,
        });
    }
    shortest.ok_or_else(|| search.error("expected at least one neighbour"))
}

/// A row without neighbours is refused.
fn over_all_within(context: &mut Context, neighbours: &Neighbours, lengths: Matrix, radius: f64) -> Result<ValueId> {
    let (within, distances) = (neighbours.within(context, radius)?, neighbours.distances(context)?);
    let any = context.graph.reduce(ReduceFunction::Max, within)?;
    let infinity = context.graph.number(f64::INFINITY, distances)?;
    let steps = context.graph.select(within, distances, infinity)?;
    let message = format!("{}: no fitted row lies within the radius", context.trail());
    context.graph.guard(steps, any, message)?;
    // From a neighbour: the matrix's rows.
    let from = |place: usize| (0..lengths.width).map(move |neighbour| neighbour * lengths.width + place);
    let data = lengths.data.gather((0..lengths.rows).flat_map(from));
    context.graph.apply(MinPlus { lengths: Matrix::new(lengths.rows, lengths.width, data) }, &[steps])
}
