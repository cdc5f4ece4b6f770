//! Scalers: each column shifted and stretched. NaN stays NaN.
//!
//! scikit-learn works in place, one operation after the other, and divides where the table is dense; a sparse table is
//! multiplied by the reciprocal instead.

use super::super::cluster::centres::is_single;
use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::version::version;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;

/// The first version in which `StandardScaler` makes its numbers float32 for a table of float32.
const NARROWED_SINCE: (u64, u64) = (1, 8);

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
    let x = frame.kept(context, Accepts::Missing, true)?;
    let mut scaled = divide(context, scaler, frame, x, &scaler.floats("scale_", frame.width())?)?;
    if scaler.flag("clip", false)? {
        scaled = clip(context, scaled, -1.0, 1.0)?;
    }
    Ok(frame.renumbered_alike(scaled))
}

/// `MinMaxScaler`: `x · scale_ + min_`, cut to the range with `clip=True`.
pub fn min_max(context: &mut Context, scaler: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(scaler.n_features()?)?;
    let x = frame.kept(context, Accepts::Missing, false)?;
    let scale = context.graph.numbers(&scaler.floats("scale_", frame.width())?, x)?;
    let min = context.graph.numbers(&scaler.floats("min_", frame.width())?, x)?;
    let stretched = context.graph.mul(x, scale)?;
    let stretched = frame.step(context, stretched)?;
    let moved = context.graph.add(stretched, min)?;
    let mut scaled = frame.step(context, moved)?;
    if scaler.flag("clip", false)? {
        let [low, high] = scaler.attribute("feature_range")?.items_exactly()?;
        scaled = clip(context, scaled, low.as_f64()?, high.as_f64()?)?;
        scaled = frame.step(context, scaled)?;
    }
    Ok(frame.renumbered_alike(scaled))
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
    let mut x = frame.kept(context, Accepts::Missing, !is_shifted)?;
    let is_narrowed = frame.is_single() && !frame.is_sparse && narrows(scaler);
    let numbers = |name: &str| -> Result<Vec<f64>> {
        let numbers = scaler.floats(name, frame.width())?;
        Ok(if is_narrowed { numbers.into_iter().map(|number| f64::from(number as f32)).collect() } else { numbers })
    };
    if is_shifted {
        let shift = context.graph.numbers(&numbers(shift)?, x)?;
        let shifted = context.graph.sub(x, shift)?;
        x = frame.step(context, shifted)?;
    }
    if scaler.flag(divides, true)? {
        x = divide(context, scaler, frame, x, &numbers(divisor)?)?;
    }
    Ok(frame.renumbered_alike(x))
}

/// Whether a float32 table is scaled by float32 numbers: `StandardScaler` since 1.8. All others take them as they are.
fn narrows(scaler: Fitted<'_>) -> bool {
    scaler.class_name() == "StandardScaler" && version(scaler) >= NARROWED_SINCE
}

fn divide(context: &mut Context, scaler: Fitted<'_>, frame: &Frame, x: ValueId, divisors: &[f64]) -> Result<ValueId> {
    if frame.is_sparse {
        // The reciprocal of a float32 is one.
        let is_single = scaler.present("scale_").filter(|scale| scale.is_array()).map_or(Ok(false), is_single)?;
        let narrowed = |x: f64| if is_single { f64::from(x as f32) } else { x };
        let reciprocals: Vec<f64> = divisors.iter().map(|divisor| narrowed(1.0 / divisor)).collect();
        let reciprocals = context.graph.numbers(&reciprocals, x)?;
        let scaled = context.graph.mul(x, reciprocals)?;
        return frame.step(context, scaled);
    }
    let divisors = context.graph.numbers(divisors, x)?;
    let divided = context.graph.div(x, divisors)?;
    frame.step(context, divided)
}

/// NumPy's `clip`: NaN stays, and of equal values the bound is taken.
fn clip(context: &mut Context, x: ValueId, low: f64, high: f64) -> Result<ValueId> {
    let (low, high) = (context.graph.number(low, x)?, context.graph.number(high, x)?);
    let raised = context.graph.binary(BinaryFunction::Max, low, x)?;
    context.graph.binary(BinaryFunction::Min, high, raised)
}
