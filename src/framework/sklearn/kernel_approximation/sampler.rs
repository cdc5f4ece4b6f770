//! Samplers of a kernel's spectrum: `RBFSampler`, `SkewedChi2Sampler`, `AdditiveChi2Sampler`.
//!
//! A cosine of a large angle keeps the angle's absolute error: where rows are so far out that their angles reach 10^6,
//! the last bits of the linear algebra that sums them up show beyond 1e-9.

use super::super::context::{Accepts, Context};
use super::super::decomposition::numbered;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Frame, Values};
use super::super::kernels::{refuse_negative, sums};
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;
use std::f64::consts::PI;

/// `RBFSampler`: cosines of random directions.
pub fn radial(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let x = frame.double_matrix(context, Accepts::Finite)?;
    cosines(context, estimator, x)
}

/// `SkewedChi2Sampler`: the same of the logarithms.
pub fn skewed(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let x = frame.doubles(context, Accepts::Finite)?;
    let skewedness = estimator.attribute("skewedness")?.as_f64()?;
    let (least, shift) = (context.graph.number(-skewedness, x)?, context.graph.number(skewedness, x)?);
    let fits = context.graph.binary(BinaryFunction::Less, least, x)?;
    let message = format!("{}: X may not contain entries smaller than -skewedness", context.trail());
    context.graph.guard(x, fits, message)?;
    let shifted = context.graph.add(x, shift)?;
    let logarithms = context.graph.unary(UnaryFunction::Log, shifted)?;
    cosines(context, estimator, logarithms)
}

/// `cos(x @ random_weights_ + random_offset_) √(2 / n_components)`.
fn cosines(context: &mut Context, estimator: Fitted<'_>, x: ValueId) -> Result<Frame> {
    let n_columns = context.graph.width(x);
    let array = estimator.attribute("random_weights_")?.array()?;
    let n_components = array.shape.get(1).copied().unwrap_or(0);
    array.expect_shape(&[n_columns, n_components])?;
    crate::limits::CLASSES.check_len(n_components)?;
    let items = array.to_f64()?;
    let by_component = (0..n_components).flat_map(|i| items.iter().skip(i).step_by(n_components).copied());
    let projected = sums(context, x, by_component.collect(), n_components)?;
    let g = &mut context.graph;
    let offset = g.numbers(&estimator.floats("random_offset_", n_components)?, projected)?;
    let shifted = g.add(projected, offset)?;
    let cosines = g.unary(UnaryFunction::Cos, shifted)?;
    let scale = g.number((2.0 / n_components as f64).sqrt(), cosines)?;
    let scaled = g.mul(cosines, scale)?;
    Ok(numbered(estimator, context, scaled))
}

/// `AdditiveChi2Sampler`: the root of every number, then cosines and sines of its logarithm.
pub fn additive(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let steps = estimator.attribute("sample_steps")?.as_usize()?;
    crate::limits::CLASSES.check_len(steps.saturating_mul(2).saturating_mul(frame.width()))?;
    let interval = interval(estimator, steps)?;
    let x = frame.double_matrix(context, Accepts::Finite)?;
    refuse_negative(context, x)?;
    let first = root(context, x, interval)?;
    let (mut parts, mut names) = (vec![first], names(frame, "sqrt".to_owned()));
    let logarithm = context.graph.unary(UnaryFunction::Log, x)?;
    for step in 1..steps {
        let shrunk = 2.0 * interval / libm::cosh(PI * step as f64 * interval);
        let size = root(context, x, shrunk)?;
        for (function, name) in [(UnaryFunction::Cos, "cos"), (UnaryFunction::Sin, "sin")] {
            let factor = context.graph.number(step as f64 * interval, logarithm)?;
            let angle = context.graph.mul(logarithm, factor)?;
            let wave = context.graph.unary(function, angle)?;
            let wave = context.graph.mul(size, wave)?;
            parts.push(zero_of_zero(context, x, wave)?);
            names.extend(self::names(frame, format!("{name}{step}")));
        }
    }
    let value = context.graph.concat(&parts)?;
    let (value, shown) = in_own_type(context, frame, value)?;
    Ok(Frame { is_sparse: frame.is_sparse, ..Frame::of_numbers(names, value) }.shown_as(shown))
}

/// scikit-learn stores the result in the table's own element type: of counts the integers towards zero.
fn in_own_type(context: &mut Context, frame: &Frame, value: ValueId) -> Result<(ValueId, ElementType)> {
    let are = |element| frame.columns.iter().all(|column| column.shown == element);
    if are(ElementType::I64) {
        return Ok((context.graph.unary(UnaryFunction::Trunc, value)?, ElementType::I64));
    }
    if are(ElementType::Bool) {
        let zero = context.graph.number(0.0, value)?;
        return Ok((context.graph.binary(BinaryFunction::NotEqual, value, zero)?, ElementType::Bool));
    }
    if frame.columns.iter().any(|column| matches!(column.values, Values::Field(_))) {
        let note =
            "takes its input for floating-point numbers; a table of integers alone scikit-learn answers in integers";
        context.notes.push(format!("{}: {note}", context.trail()));
    }
    Ok((value, ElementType::F64))
}

fn interval(estimator: Fitted<'_>, steps: usize) -> Result<f64> {
    match (estimator.present("sample_interval"), steps) {
        (Some(interval), _) => interval.as_f64(),
        (None, 1) => Ok(0.8),
        (None, 2) => Ok(0.5),
        (None, 3) => Ok(0.4),
        _ => Err(estimator.unsupported_parameter("sample_steps", "1, 2 or 3, or a `sample_interval`")),
    }
}

fn root(context: &mut Context, x: ValueId, factor: f64) -> Result<ValueId> {
    let factor = context.graph.number(factor, x)?;
    let product = context.graph.mul(x, factor)?;
    context.graph.unary(UnaryFunction::Sqrt, product)
}

/// 0 where `x` is, which has no logarithm; of a sparse value only the stored elements have one.
fn zero_of_zero(context: &mut Context, x: ValueId, wave: ValueId) -> Result<ValueId> {
    if context.graph.ty(x).is_sparse {
        return Ok(wave);
    }
    let zero = context.graph.number(0.0, x)?;
    context.graph.select(x, wave, zero)
}

fn names(frame: &Frame, suffix: String) -> Vec<String> {
    frame.names().iter().map(|name| format!("additivechi2sampler_{name}_{suffix}")).collect()
}
