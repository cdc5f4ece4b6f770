//! `Normalizer` and `Binarizer`: rows brought to length 1, numbers to 0 and 1.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::Result;
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;

/// Norms below it (10 · f64's epsilon) count as 0, and rows of norm 0 stay as they are.
const SMALLEST_NORM: f64 = 10.0 * f64::EPSILON;

/// `Normalizer`: each row divided by its norm. A sparse table's rows are divided unless their norm is exactly 0.
pub fn normalize(context: &mut Context, normalizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(normalizer.n_features()?)?;
    let x = frame.doubles(context, Accepts::Finite)?;
    let graph = &mut context.graph;
    let norm = match normalizer.word("norm", "l2")?.as_str() {
        "l2" => {
            let squares = graph.mul(x, x)?;
            let sum = graph.reduce(ReduceFunction::Sum, squares)?;
            graph.unary(UnaryFunction::Sqrt, sum)?
        }
        "l1" => {
            let magnitudes = graph.unary(UnaryFunction::Abs, x)?;
            graph.reduce(ReduceFunction::Sum, magnitudes)?
        }
        "max" => {
            let magnitudes = graph.unary(UnaryFunction::Abs, x)?;
            graph.reduce(ReduceFunction::Max, magnitudes)?
        }
        _ => return Err(normalizer.unsupported_parameter("norm", "'l1', 'l2' or 'max'")),
    };
    let smallest = graph.number(if frame.is_sparse { f64::from_bits(1) } else { SMALLEST_NORM }, x)?;
    let is_tiny = graph.binary(BinaryFunction::Less, norm, smallest)?;
    let one = graph.number(1.0, x)?;
    let divisor = graph.select(is_tiny, one, norm)?;
    let normalized = graph.div(x, divisor)?;
    Ok(frame.renumbered(normalized))
}

/// `Binarizer`: 1 above the threshold, else 0.
pub fn binarize(context: &mut Context, binarizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(binarizer.n_features()?)?;
    let x = frame.doubles(context, Accepts::Finite)?;
    let threshold = context.graph.number(binarizer.number_or("threshold", 0.0)?, x)?;
    let above = context.graph.binary(BinaryFunction::Less, threshold, x)?;
    Ok(frame.renumbered(above))
}
