//! `KernelCenterer`: a kernel's values as if the points had been centred in its space.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::Result;
use crate::ops::reduce::ReduceFunction;

/// Each row less the means of the columns and of the row, plus that of all.
pub fn transform(context: &mut Context, centerer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let width = frame.width();
    let means = centerer.floats("K_fit_rows_", width)?;
    let x = frame.doubles(context, Accepts::Finite)?;
    let g = &mut context.graph;
    let sum = g.reduce(ReduceFunction::Sum, x)?;
    let count = g.number(width as f64, x)?;
    let mean = g.div(sum, count)?;
    let means = g.numbers(&means, x)?;
    let centred = g.sub(x, means)?;
    let centred = g.sub(centred, mean)?;
    let all = centerer.attribute("K_fit_all_")?.as_f64()?;
    let all = g.number(all, x)?;
    let centred = g.add(centred, all)?;
    let names = (0..width).map(|column| format!("kernelcenterer{column}")).collect();
    Ok(Frame::of_numbers(names, centred))
}
