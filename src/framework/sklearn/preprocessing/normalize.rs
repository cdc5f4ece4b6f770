//! `Normalizer` and `Binarizer`: rows brought to length 1, numbers to 0 and 1.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;

/// Norms below it (10 · f64's epsilon) count as 0, and rows of norm 0 stay as they are.
const SMALLEST_NORM: f64 = 10.0 * f64::EPSILON;

/// The norms that rows can be divided by.
pub const NORMS: &str = "'l1', 'l2' or 'max'";

/// `Normalizer`: each row divided by its norm. A sparse table's rows are divided unless their norm is exactly 0.
pub fn normalize(context: &mut Context, normalizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(normalizer.n_features()?)?;
    let x = frame.double_matrix(context, Accepts::Finite)?;
    let normalized = to_length_1(context, x, frame.is_sparse, &normalizer.word("norm", "l2")?)
        .unwrap_or_else(|| Err(normalizer.unsupported_parameter("norm", NORMS)))?;
    Ok(frame.renumbered(normalized))
}

/// Each row divided by its norm, as the framework does it with a sparse or a dense table; none for an unknown norm.
pub fn to_length_1(context: &mut Context, x: ValueId, is_sparse: bool, norm: &str) -> Option<Result<ValueId>> {
    let norm: fn(&mut GraphBuilder, ValueId) -> Result<ValueId> = match norm {
        "l2" => |graph, x| {
            let squares = graph.mul(x, x)?;
            let sum = graph.reduce(ReduceFunction::Sum, squares)?;
            graph.unary(UnaryFunction::Sqrt, sum)
        },
        "l1" => |graph, x| {
            let magnitudes = graph.unary(UnaryFunction::Abs, x)?;
            graph.reduce(ReduceFunction::Sum, magnitudes)
        },
        "max" => |graph, x| {
            let magnitudes = graph.unary(UnaryFunction::Abs, x)?;
            graph.reduce(ReduceFunction::Max, magnitudes)
        },
        _ => return None,
    };
    Some(norm(&mut context.graph, x).and_then(|norm| divided(&mut context.graph, x, norm, is_sparse)))
}

fn divided(graph: &mut GraphBuilder, x: ValueId, norm: ValueId, is_sparse: bool) -> Result<ValueId> {
    let smallest = graph.number(if is_sparse { f64::from_bits(1) } else { SMALLEST_NORM }, x)?;
    let is_tiny = graph.binary(BinaryFunction::Less, norm, smallest)?;
    let one = graph.number(1.0, x)?;
    let divisor = graph.select(is_tiny, one, norm)?;
    graph.div(x, divisor)
}

/// `Binarizer`: 1 above the threshold, else 0.
pub fn binarize(context: &mut Context, binarizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(binarizer.n_features()?)?;
    let threshold = binarizer.number_or("threshold", 0.0)?;
    // Below 0 even what a sparse table does not store would count.
    let x = match threshold >= 0.0 {
        true => frame.double_matrix(context, Accepts::Finite)?,
        false => frame.doubles(context, Accepts::Finite)?,
    };
    let threshold = context.graph.number(threshold, x)?;
    let above = context.graph.binary(BinaryFunction::Less, threshold, x)?;
    Ok(frame.renumbered(above))
}
