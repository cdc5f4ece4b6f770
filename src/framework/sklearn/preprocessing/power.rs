//! `PowerTransformer`: each column raised to a power that makes it look normal, then scaled. NaN stays NaN.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::version::version;
use super::scale;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;

/// Below it SciPy's Box-Cox transformation takes a power for 0.
const SMALLEST_POWER: f64 = 1e-19;

/// Transforms every column.
pub fn transform(context: &mut Context, transformer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(transformer.n_features()?)?;
    let x = frame.doubles(context, Accepts::Missing)?;
    let lambdas = transformer.floats("lambdas_", frame.width())?;
    let is_box_cox = match &*transformer.word("method", "yeo-johnson")? {
        "box-cox" => true,
        "yeo-johnson" => false,
        _ => return Err(transformer.unsupported_parameter("method", "'box-cox' or 'yeo-johnson'")),
    };
    // scikit-learn's own formula until 1.8, since then SciPy's.
    let power = if version(transformer) < (1, 9) { minus_one } else { logarithmic };
    let mut columns = Vec::with_capacity(lambdas.len());
    for (column, lambda) in lambdas.into_iter().enumerate() {
        let g = &mut context.graph;
        let x = g.columns(x, vec![column])?;
        columns.push(if is_box_cox { box_cox(g, x, lambda)? } else { yeo_johnson(g, x, lambda, power)? });
    }
    let transformed = context.graph.concat(&columns)?;
    if is_box_cox {
        refuse_others(context, x, transformed)?;
    }
    let transformed = frame.renumbered(transformed);
    if transformer.flag("standardize", true)? {
        return context.within("_scaler".to_owned(), |context| {
            scale::standard(context, transformer.attribute("_scaler")?, &transformed)
        });
    }
    Ok(transformed)
}

/// Refuses the rows that hold zeros or negative numbers.
fn refuse_others(context: &mut Context, x: ValueId, guarded: ValueId) -> Result<()> {
    let zero = context.graph.number(0.0, x)?;
    let above = context.graph.binary(BinaryFunction::Less, zero, x)?;
    let missing = context.graph.unary(UnaryFunction::IsNan, x)?;
    let taken = context.graph.add(above, missing)?;
    let message = format!("{}: the Box-Cox transformation takes positive numbers only", context.trail());
    context.graph.guard(guarded, taken, message)
}

/// `(x^lambda - 1) / lambda`, as `expm1(lambda · log(x)) / lambda`.
fn box_cox(g: &mut GraphBuilder, x: ValueId, lambda: f64) -> Result<ValueId> {
    let logarithm = g.unary(UnaryFunction::Log, x)?;
    if lambda.abs() < SMALLEST_POWER {
        return Ok(logarithm);
    }
    let factor = g.number(lambda, x)?;
    let exponent = g.mul(factor, logarithm)?;
    let power = g.unary(UnaryFunction::Expm1, exponent)?;
    g.div(power, factor)
}

/// `((x + 1)^lambda - 1) / lambda` of a magnitude, `lambda` not 0.
type Power = fn(&mut GraphBuilder, ValueId, f64) -> Result<ValueId>;

fn minus_one(g: &mut GraphBuilder, x: ValueId, lambda: f64) -> Result<ValueId> {
    let (one, factor) = (g.number(1.0, x)?, g.number(lambda, x)?);
    let base = g.add(x, one)?;
    let power = match lambda {
        1.0 => base,
        2.0 => g.mul(base, base)?,
        _ => {
            let logarithm = g.unary(UnaryFunction::Log, base)?;
            let exponent = g.mul(factor, logarithm)?;
            g.unary(UnaryFunction::Exp, exponent)?
        }
    };
    let power = g.sub(power, one)?;
    g.div(power, factor)
}

fn logarithmic(g: &mut GraphBuilder, x: ValueId, lambda: f64) -> Result<ValueId> {
    let factor = g.number(lambda, x)?;
    let logarithm = g.unary(UnaryFunction::Log1p, x)?;
    let exponent = g.mul(factor, logarithm)?;
    let power = g.unary(UnaryFunction::Expm1, exponent)?;
    g.div(power, factor)
}

/// One power from 0 on, and the mirrored one of the magnitudes below.
fn yeo_johnson(g: &mut GraphBuilder, x: ValueId, lambda: f64, power: Power) -> Result<ValueId> {
    let size = g.unary(UnaryFunction::Abs, x)?;
    let above = match lambda.abs() < f64::EPSILON {
        true => g.unary(UnaryFunction::Log1p, size)?,
        false => power(g, size, lambda)?,
    };
    let below = match (lambda - 2.0).abs() > f64::EPSILON {
        true => power(g, size, 2.0 - lambda)?,
        false => g.unary(UnaryFunction::Log1p, size)?,
    };
    let below = g.unary(UnaryFunction::Negate, below)?;
    let zero = g.number(0.0, x)?;
    let is_above = g.binary(BinaryFunction::LessEqual, zero, x)?;
    g.select(is_above, above, below)
}
