//! Scalers: each column shifted and stretched. NaN stays NaN.
//!
//! scikit-learn works in place, one operation after the other, and divides where the table is dense; a sparse table is
//! multiplied by the reciprocal instead.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;

/// `StandardScaler`: `(x - mean_) / scale_`.
pub fn standard(context: &mut Context, scaler: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    shift_and_divide(context, scaler, frame, ["with_mean", "mean_"], ["with_std", "scale_"])
}

/// `RobustScaler`: `(x - center_) / scale_`.
pub fn robust(context: &mut Context, scaler: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    shift_and_divide(context, scaler, frame, ["with_centering", "center_"], ["with_scaling", "scale_"])
}

/// `MaxAbsScaler`: `x / scale_`, cut to -1 … 1 with `clip=True` (1.7).
pub fn max_abs(context: &mut Context, scaler: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(scaler.n_features()?)?;
    let x = frame.double_matrix(context, Accepts::Missing)?;
    let mut scaled = divide(context, frame, x, &scaler.floats("scale_", frame.width())?)?;
    if scaler.flag("clip", false)? {
        scaled = clip(context, scaled, -1.0, 1.0)?;
    }
    Ok(frame.renumbered(scaled))
}

/// `MinMaxScaler`: `x · scale_ + min_`, cut to the range with `clip=True`.
pub fn min_max(context: &mut Context, scaler: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(scaler.n_features()?)?;
    let x = frame.doubles(context, Accepts::Missing)?;
    let scale = context.graph.numbers(&scaler.floats("scale_", frame.width())?, x)?;
    let min = context.graph.numbers(&scaler.floats("min_", frame.width())?, x)?;
    let stretched = context.graph.mul(x, scale)?;
    let mut scaled = context.graph.add(stretched, min)?;
    if scaler.flag("clip", false)? {
        let [low, high] = scaler.attribute("feature_range")?.items_exactly()?;
        scaled = clip(context, scaled, low.as_f64()?, high.as_f64()?)?;
    }
    Ok(frame.renumbered(scaled))
}

fn shift_and_divide(
    context: &mut Context,
    scaler: Fitted<'_>,
    frame: &Frame,
    [shifts, shift]: [&str; 2],
    [divides, divisor]: [&str; 2],
) -> Result<Frame> {
    frame.expect_width(scaler.n_features()?)?;
    let is_shifted = scaler.flag(shifts, true)?;
    let mut x = match is_shifted {
        true => frame.doubles(context, Accepts::Missing)?,
        false => frame.double_matrix(context, Accepts::Missing)?,
    };
    if is_shifted {
        let shift = context.graph.numbers(&scaler.floats(shift, frame.width())?, x)?;
        x = context.graph.sub(x, shift)?;
    }
    if scaler.flag(divides, true)? {
        x = divide(context, frame, x, &scaler.floats(divisor, frame.width())?)?;
    }
    Ok(frame.renumbered(x))
}

fn divide(context: &mut Context, frame: &Frame, x: ValueId, divisors: &[f64]) -> Result<ValueId> {
    if frame.is_sparse {
        let reciprocals: Vec<f64> = divisors.iter().map(|divisor| 1.0 / divisor).collect();
        let reciprocals = context.graph.numbers(&reciprocals, x)?;
        return context.graph.mul(x, reciprocals);
    }
    let divisors = context.graph.numbers(divisors, x)?;
    context.graph.div(x, divisors)
}

/// NumPy's `clip`: NaN stays, and of equal values the bound is taken.
fn clip(context: &mut Context, x: ValueId, low: f64, high: f64) -> Result<ValueId> {
    let (low, high) = (context.graph.number(low, x)?, context.graph.number(high, x)?);
    let raised = context.graph.binary(BinaryFunction::Max, low, x)?;
    context.graph.binary(BinaryFunction::Min, high, raised)
}
