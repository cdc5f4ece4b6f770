//! `Normalizer` and `Binarizer`: rows brought to length 1, numbers to 0 and 1.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::float32::rounded;
use super::super::frame::Frame;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// Norms below it (10 · f64's epsilon) count as 0, and rows of norm 0 stay as they are.
const SMALLEST_NORM: f64 = 10.0 * f64::EPSILON;

/// The same of float32.
const SMALLEST_SINGLE_NORM: f64 = 10.0 * f32::EPSILON as f64;

/// Rows of a sparse table are divided unless their norm is exactly 0.
pub const SMALLEST_STORED_NORM: f64 = f64::from_bits(1);

/// The norms that rows can be divided by.
pub const NORMS: &str = "'l1', 'l2' or 'max'";

/// `Normalizer`: each row divided by its norm. A sparse table's rows are divided unless their norm is exactly 0.
pub fn normalize(context: &mut Context, normalizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(normalizer.n_features()?)?;
    let x = frame.kept(context, Accepts::Finite, true)?;
    let is_dense_single = frame.is_single() && !frame.is_sparse;
    // NumPy sums up a dense row of float32 in float32.
    let x = if is_dense_single { context.graph.cast(x, ElementType::F32)? } else { x };
    let rule = match (frame.is_sparse, frame.is_single()) {
        (true, true) => (SMALLEST_STORED_NORM, ElementType::F32),
        (true, false) => (SMALLEST_STORED_NORM, ElementType::F64),
        (false, true) => (SMALLEST_SINGLE_NORM, ElementType::F64),
        (false, false) => (SMALLEST_NORM, ElementType::F64),
    };
    let normalized = to_length_1(context, x, rule, &normalizer.word("norm", "l2")?)
        .unwrap_or_else(|| Err(normalizer.unsupported_parameter("norm", NORMS)))?;
    let normalized = context.graph.cast(normalized, ElementType::F64)?;
    let normalized = frame.step(context, normalized)?;
    Ok(frame.renumbered_alike(normalized))
}

/// Each row of a norm of at least `smallest` divided by it, of numbers held as f64 that are of the type `shown`; none for
/// an unknown norm.
pub fn to_length_1(
    context: &mut Context,
    x: ValueId,
    (smallest, shown): (f64, ElementType),
    norm: &str,
) -> Option<Result<ValueId>> {
    let norm: fn(&mut GraphBuilder, ValueId, bool) -> Result<ValueId> = match norm {
        // Squares of float32 are float32, their sum is not.
        "l2" => |graph, x, is_single| {
            let squares = graph.mul(x, x)?;
            let squares = if is_single { rounded(graph, squares)? } else { squares };
            let sum = graph.reduce(ReduceFunction::Sum, squares)?;
            graph.unary(UnaryFunction::Sqrt, sum)
        },
        "l1" => |graph, x, _| {
            let magnitudes = graph.unary(UnaryFunction::Abs, x)?;
            graph.reduce(ReduceFunction::Sum, magnitudes)
        },
        "max" => |graph, x, _| {
            let magnitudes = graph.unary(UnaryFunction::Abs, x)?;
            graph.reduce(ReduceFunction::Max, magnitudes)
        },
        _ => return None,
    };
    let is_single = shown == ElementType::F32;
    Some(norm(&mut context.graph, x, is_single).and_then(|norm| divided(&mut context.graph, x, norm, smallest)))
}

fn divided(graph: &mut GraphBuilder, x: ValueId, norm: ValueId, smallest: f64) -> Result<ValueId> {
    let smallest = graph.number(smallest, x)?;
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
    let x = frame.kept(context, Accepts::Finite, threshold >= 0.0)?;
    // Of a float32 table the threshold is a float32, too.
    let threshold = if frame.is_single() { f64::from(threshold as f32) } else { threshold };
    let threshold = context.graph.number(threshold, x)?;
    let above = context.graph.binary(BinaryFunction::Less, threshold, x)?;
    Ok(frame.renumbered_alike(above))
}
