//! Distances between rows and fitted points, in scikit-learn's own arithmetic.
//!
//! `euclidean_distances` and the compiled search for neighbours take the Euclidean distance apart into products, which the
//! machine's linear algebra sums up: where two vectors nearly coincide only its rounding is left. OpenBLAS adds products of
//! up to 32 columns one after the other, fused; squared lengths it sums in lanes, here those of machines with vectors of
//! 512 bits. On other machines, and for more columns, its distances differ by about 1e-16 of the squared lengths.

use super::context::Context;
use super::fitted::Fitted;
use super::version::version;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId, evaluate};
use crate::ops::arg_max::ArgMax;
use crate::ops::closest::Closest;
use crate::ops::ensure::Condition;
use crate::ops::pairwise::{Metric, Pairwise};
use crate::ops::reduce::ReduceFunction;
use crate::ops::squared_length::{SquaredLength, SumOrder};
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};
use std::sync::Arc;

/// What is done to rows and points before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepared {
    /// Nothing.
    Plain,
    /// Their squared length becomes their last column.
    WithLength(SumOrder),
    /// The squared length of what is not NaN becomes their last column.
    WithLengthOfKnown,
    /// They are stretched to length 1; those of length 0 stay.
    Stretched,
    /// Their mean is taken off, then they are stretched to length 1.
    Centred,
}

/// scikit-learn's `euclidean_distances` of rows from points, or their squares, where no later step magnifies the last bits.
pub fn euclidean_distances(g: &mut GraphBuilder, x: ValueId, points: Matrix, is_squared: bool) -> Result<ValueId> {
    distances_by(g, x, points, Metric::SquaredEuclideanApart { border: 0.0 }, !is_squared)
}

/// The squares of scikit-learn's `euclidean_distances` to the bit: what divides by a small eigenvalue magnifies their rounding.
pub fn exact_squared_distances(g: &mut GraphBuilder, x: ValueId, points: Matrix) -> Result<ValueId> {
    distances_by(g, x, points, Metric::SquaredEuclideanOfProducts { is_cut: true }, false)
}

fn distances_by(g: &mut GraphBuilder, x: ValueId, points: Matrix, metric: Metric, is_rooted: bool) -> Result<ValueId> {
    let prepared = Prepared::WithLength(SumOrder::TwoLanes);
    let x = prepare(g, x, prepared)?;
    let points = Arc::new(prepared_points(points, prepared)?);
    g.apply(Pairwise { points, metric, is_rooted }, &[x])
}

/// Refuses rows so large that their products with the points may overflow: linear algebra that adds in another order, as on
/// another machine, then finds other infinities and other NaN. Squared lengths may overflow: so do they everywhere.
pub fn refuse_overflow(context: &mut Context, x: ValueId, points: &Matrix) -> Result<()> {
    let Data::F64(items) = &points.data else { return Ok(()) };
    let sums = items.chunks_exact(points.width.max(1)).map(|point| point.iter().map(|y| y.abs()).sum::<f64>());
    let largest = sums.fold(points.width as f64, f64::max);
    // The power of 2 above.
    let exponent = ((largest.to_bits() >> 52) as i16 - 1022).min(MOST_EXPONENT);
    let message = format!("{}: {TOO_LARGE}", context.trail());
    context.graph.ensure(x, (x, Condition::Below(MOST_EXPONENT - exponent)), message)
}

/// Twice a product below this power of 2 is a number.
const MOST_EXPONENT: i16 = 1021;
/// Why a row is refused whose products overflow.
const TOO_LARGE: &str = "a value is so large that its products with the fitted rows overflow, and distances depend on the \
                         machine's linear algebra";

/// The position of the nearest point, the first of equals (I64): scikit-learn's `pairwise_distances_argmin`.
pub fn nearest_point(context: &mut Context, x: ValueId, points: Matrix, orders: Orders) -> Result<ValueId> {
    refuse_overflow(context, x, &points)?;
    let g = &mut context.graph;
    let x = prepare(g, x, Prepared::WithLength(orders.rows))?;
    let points = Arc::new(prepared_points(points, Prepared::WithLength(orders.points))?);
    g.apply(Closest { points, is_whole: true }, &[x])
}

/// How squared lengths are summed up.
#[derive(Debug, Clone, Copy)]
pub struct Orders {
    /// Those of the rows.
    pub rows: SumOrder,
    /// Those of the points.
    pub points: SumOrder,
}

impl Orders {
    /// Those of the version that fitted an estimator: since 1.1 compiled code searches for the nearest.
    pub fn of(estimator: Fitted<'_>) -> Self {
        let order = if version(estimator) < (1, 1) { SumOrder::TwoLanes } else { SumOrder::FusedLanes };
        Orders { rows: order, points: order }
    }
}

/// The squared distance from each point, less the squared length of the row. After scikit-learn's _k_means_lloyd.pyx.
pub fn squared_but_for_rows(g: &mut GraphBuilder, x: ValueId, points: Matrix) -> Result<ValueId> {
    let zero = g.number(0.0, x)?;
    let x = g.concat(&[x, zero])?;
    let points = Arc::new(prepared_points(points, Prepared::WithLength(SumOrder::TwoLanes))?);
    let metric = Metric::SquaredEuclideanOfProducts { is_cut: false };
    g.apply(Pairwise { points, metric, is_rooted: false }, &[x])
}

/// The position of the least of [`squared_but_for_rows`], the first of equals (I64).
pub fn nearest_but_for_rows(context: &mut Context, x: ValueId, points: Matrix) -> Result<ValueId> {
    let g = &mut context.graph;
    let points = Arc::new(prepared_points(points, Prepared::WithLength(SumOrder::TwoLanes))?);
    let position = g.apply(Closest { points, is_whole: false }, &[x])?;
    let message = format!("{}: {TOO_LARGE}", context.trail());
    context.graph.ensure(position, (position, Condition::Passed), message)?;
    Ok(position)
}

/// The position of the smallest column, the first of equals (I64).
pub fn arg_min(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let negative = g.unary(UnaryFunction::Negate, x)?;
    g.apply(ArgMax, &[negative])
}

/// Rows as their metric wants them.
pub fn prepare(g: &mut GraphBuilder, x: ValueId, prepared: Prepared) -> Result<ValueId> {
    let mut x = x;
    match prepared {
        Prepared::Plain => return Ok(x),
        Prepared::WithLength(order) => {
            let length = g.apply(SquaredLength { order }, &[x])?;
            return g.concat(&[x, length]);
        }
        Prepared::WithLengthOfKnown => {
            let (unknown, zero) = (g.unary(UnaryFunction::IsNan, x)?, g.number(0.0, x)?);
            let known = g.select(unknown, zero, x)?;
            let length = g.apply(SquaredLength { order: SumOrder::TwoLanes }, &[known])?;
            return g.concat(&[x, length]);
        }
        Prepared::Stretched | Prepared::Centred => {}
    }
    if prepared == Prepared::Centred {
        let (sum, count) = (g.reduce(ReduceFunction::Sum, x)?, g.width(x) as f64);
        let count = g.number(count, sum)?;
        let mean = g.div(sum, count)?;
        x = g.sub(x, mean)?;
    }
    let squares = g.mul(x, x)?;
    let length = g.reduce(ReduceFunction::Sum, squares)?;
    let mut length = g.unary(UnaryFunction::Sqrt, length)?;
    if prepared == Prepared::Stretched {
        let one = g.number(1.0, length)?;
        length = g.select(length, length, one)?;
    }
    g.div(x, length)
}

/// The fitted rows through the same arithmetic.
pub fn prepared_points(points: Matrix, prepared: Prepared) -> Result<Matrix> {
    if prepared == Prepared::Plain {
        return Ok(points);
    }
    let mut g = GraphBuilder::new(vec![ElementType::F64; points.width]);
    let x = g.all_inputs()?;
    let x = prepare(&mut g, x, prepared)?;
    let rows = evaluate(&g.finish(), &[x], points.rows, |_| points.clone());
    let rows = rows.map_err(|_| Error::internal("fitted rows that are refused"))?;
    rows.into_iter().next().ok_or_else(|| Error::internal("fitted rows that are gone"))
}

/// An array of rows, dense or sparse, as points.
pub fn points(rows: Fitted<'_>, n_columns: usize) -> Result<Matrix> {
    if rows.is_sparse() {
        let sparse = rows.sparse()?;
        if sparse.n_cols != n_columns || sparse.n_rows == 0 {
            return Err(rows.error(format!("expected rows of {n_columns} columns, found {}", sparse.n_cols)));
        }
        return Ok(Matrix::new(sparse.n_rows, n_columns, Data::F64(sparse.to_dense_f64()?)));
    }
    let array = rows.array()?;
    array.expect_dims(2)?;
    let n_rows = array.shape.first().copied().unwrap_or(0);
    array.expect_shape(&[n_rows, n_columns])?;
    if n_rows == 0 || n_columns == 0 {
        return Err(rows.error("expected rows, found none"));
    }
    Ok(Matrix::new(n_rows, n_columns, Data::F64(array.to_f64()?)))
}
