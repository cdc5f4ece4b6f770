//! Decompositions: those that place a row by a linear map, `(X - centre) @ directions`, and those that solve a small
//! problem for each row.

pub mod codes;
pub mod components;
pub mod factors;
pub mod kernel_pca;
pub mod nonnegative;
pub mod pca;
pub mod pls;
#[cfg(test)]
mod tests;
pub mod topics;

use super::context::{Accepts, Context};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::linear_algebra::Dense;
use super::refused;
use crate::encoding::array::Kind;
use crate::error::Result;
use crate::graph::ValueId;
use crate::limits;
use crate::ops::binary::BinaryFunction;
use crate::ops::dot::Dot;
use crate::ops::reduce::ReduceFunction;
use crate::tensor::Data;

/// A matrix that an attribute holds, with as many columns as the table has.
fn directions(estimator: Fitted<'_>, name: &str, n_columns: usize) -> Result<Dense> {
    let array = estimator.attribute(name)?.array()?;
    let n_directions = array.shape.first().copied().unwrap_or(0);
    array.expect_shape(&[n_directions, n_columns])?;
    limits::CLASSES.check_len(n_directions)?;
    Dense::new(n_directions, n_columns, array.to_f64()?)
}

/// [`directions`] of f64: an iteration in float32 stops elsewhere.
fn double_directions(estimator: Fitted<'_>, name: &str, n_columns: usize) -> Result<Dense> {
    let attribute = estimator.attribute(name)?;
    let dtype = attribute.array()?.dtype;
    if dtype.kind == Kind::Float && dtype.item_bytes != 8 {
        return Err(estimator.refused(&refused::SINGLES).hint("fit it on float64"));
    }
    directions(estimator, name, n_columns)
}

/// The products of a matrix's rows with each other, which the score module will hold.
fn products(matrix: &Dense) -> Result<Dense> {
    let bytes = (matrix.rows as u64).saturating_mul(matrix.rows as u64).saturating_mul(8);
    limits::MODULE_MEMORY_BYTES.check(bytes)?;
    matrix.times(&matrix.transposed())
}

/// How many steps a parameter allows.
fn iterations(estimator: Fitted<'_>, name: &str) -> Result<usize> {
    let most = estimator.attribute(name)?.as_usize()?;
    limits::ITERATIONS.check_len(most)?;
    Ok(most)
}

/// Refuses the rows that hold negative numbers.
fn refuse_negative(context: &mut Context, x: ValueId, guarded: ValueId) -> Result<()> {
    let zero = context.graph.number(0.0, x)?;
    let taken = context.graph.binary(BinaryFunction::LessEqual, zero, x)?;
    let message = format!("{}: it takes no negative numbers", context.trail());
    context.graph.guard(guarded, taken, message)
}

/// `x @ matrix.T`, each sum from the first column to the last.
pub fn dot(context: &mut Context, x: ValueId, matrix: Dense) -> Result<ValueId> {
    let start = vec![0.0; matrix.rows];
    dot_plus(context, x, matrix, start)
}

/// [`dot`] and a number per output, added at last.
pub fn dot_plus(context: &mut Context, x: ValueId, matrix: Dense, start: Vec<f64>) -> Result<ValueId> {
    context.graph.apply(Dot { weights: Data::F64(matrix.items), start: Data::F64(start), start_first: false }, &[x])
}

/// The table as finite numbers, minus the attribute `centre`.
fn centred(context: &mut Context, estimator: Fitted<'_>, centre: &str, frame: &Frame) -> Result<ValueId> {
    frame.refuse_single_products(context, estimator.attribute(centre)?)?;
    let x = frame.numbers(context, Accepts::Finite)?;
    let centre = context.graph.numbers(&estimator.floats(centre, frame.width())?, x)?;
    context.graph.sub(x, centre)
}

/// Columns named as scikit-learn's `ClassNamePrefixFeaturesOutMixin` names them: `pca0`, `pca1`, …
pub fn numbered(estimator: Fitted<'_>, context: &Context, value: ValueId) -> Frame {
    let class = estimator.class_name().to_ascii_lowercase();
    Frame::of_numbers((0..context.graph.width(value)).map(|i| format!("{class}{i}")).collect(), value)
}

/// The log density of a Gaussian of this precision matrix at centred rows.
fn log_density(context: &mut Context, centred: ValueId, precision: Dense) -> Result<ValueId> {
    let (n_features, log_determinant) = (precision.rows as f64, precision.inverse()?.1);
    let mapped = dot(context, centred, precision.transposed())?;
    let g = &mut context.graph;
    let products = g.mul(centred, mapped)?;
    let distance = g.reduce(ReduceFunction::Sum, products)?;
    let half = g.number(-0.5, distance)?;
    let halved = g.mul(half, distance)?;
    let volume = n_features * libm::log(2.0 * std::f64::consts::PI) - log_determinant;
    let volume = g.number(0.5 * volume, distance)?;
    g.sub(halved, volume)
}
