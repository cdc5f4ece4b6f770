//! `KernelCenterer`: a kernel's values as if the points had been centred in its space.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::reduce::ReduceFunction;

/// `KernelCenterer.transform`.
pub fn transform(context: &mut Context, centerer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let x = frame.doubles(context, Accepts::Finite)?;
    let centred = centred(context, centerer, x)?;
    let names = (0..frame.width()).map(|column| format!("kernelcenterer{column}")).collect();
    Ok(Frame::of_numbers(names, centred))
}

/// Each row less the means of the columns and of the row, plus that of all.
pub fn centred(context: &mut Context, centerer: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    let width = context.graph.width(x);
    let means = centerer.floats("K_fit_rows_", width)?;
    let g = &mut context.graph;
    let sum = g.reduce(ReduceFunction::Sum, x)?;
    let count = g.number(width as f64, x)?;
    let mean = g.div(sum, count)?;
    let means = g.numbers(&means, x)?;
    let centred = g.sub(x, means)?;
    let centred = g.sub(centred, mean)?;
    let all = centerer.attribute("K_fit_all_")?.as_f64()?;
    let all = g.number(all, x)?;
    g.add(centred, all)
}
