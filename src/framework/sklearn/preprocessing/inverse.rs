//! `inverse_transform` of the transformers that a regression's target goes through.

use super::super::compose::named;
use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::piecewise::interpolated;
use super::function;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// The way back from transformed numbers, a column per target; computed in f64, in the element type of `x` again.
pub fn transform(context: &mut Context, transformer: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    let element = context.graph.ty(x).element;
    let wide = context.graph.cast(x, ElementType::F64)?;
    let back = inverse(context, transformer, wide)?;
    context.graph.cast(back, element)
}

fn inverse(context: &mut Context, transformer: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    context.count()?;
    if transformer.is_passthrough() {
        return Ok(x);
    }
    match (&*transformer.package(), transformer.class_name()) {
        ("sklearn.pipeline", "Pipeline") => {
            let steps = named(transformer, "steps")?;
            return steps.into_iter().rev().try_fold(x, |x, (name, step)| {
                context.within(format!("step `{name}`"), |context| inverse(context, step, x))
            });
        }
        ("sklearn.preprocessing", "FunctionTransformer") => return function::inverse(context, transformer, x),
        _ => {}
    }
    context.check(x, Accepts::Missing)?;
    let g = &mut context.graph;
    match (&*transformer.package(), transformer.class_name()) {
        ("sklearn.preprocessing", "StandardScaler") => {
            let x = scaled(g, transformer, x, "with_std", "scale_")?;
            shifted(g, transformer, x, "with_mean", "mean_")
        }
        ("sklearn.preprocessing", "RobustScaler") => {
            let x = scaled(g, transformer, x, "with_scaling", "scale_")?;
            shifted(g, transformer, x, "with_centering", "center_")
        }
        ("sklearn.preprocessing", "MaxAbsScaler") => scaled(g, transformer, x, "", "scale_"),
        ("sklearn.preprocessing", "MinMaxScaler") => {
            let (low, scale) = (numbers(g, transformer, "min_", x)?, numbers(g, transformer, "scale_", x)?);
            let x = g.sub(x, low)?;
            g.div(x, scale)
        }
        ("sklearn.preprocessing", "PowerTransformer") => power(context, transformer, x),
        ("sklearn.preprocessing", "QuantileTransformer") => quantile(g, transformer, x),
        (package, class) => {
            let message = format!("`{class}` of `{package}` cannot be compiled backwards, for a transformed target");
            let known = "FunctionTransformer, MaxAbsScaler, MinMaxScaler, PowerTransformer, QuantileTransformer, \
                         RobustScaler, StandardScaler and pipelines of them can";
            Err(transformer.located(Error::unsupported("unsupported-estimator", message)).hint(known))
        }
    }
}

/// A number per column of `x`.
fn numbers(g: &mut GraphBuilder, transformer: Fitted<'_>, name: &str, x: ValueId) -> Result<ValueId> {
    let values = transformer.floats(name, g.width(x))?;
    g.numbers(&values, x)
}

/// `x` times an attribute, if the flag says so and the attribute is there.
fn scaled(g: &mut GraphBuilder, transformer: Fitted<'_>, x: ValueId, flag: &str, name: &str) -> Result<ValueId> {
    if !transformer.flag(flag, true)? || transformer.present(name).is_none() {
        return Ok(x);
    }
    let scale = numbers(g, transformer, name, x)?;
    g.mul(x, scale)
}

/// `x` plus an attribute, likewise.
fn shifted(g: &mut GraphBuilder, transformer: Fitted<'_>, x: ValueId, flag: &str, name: &str) -> Result<ValueId> {
    if !transformer.flag(flag, true)? || transformer.present(name).is_none() {
        return Ok(x);
    }
    let shift = numbers(g, transformer, name, x)?;
    g.add(x, shift)
}

fn power(context: &mut Context, transformer: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    let x = match transformer.flag("standardize", true)? {
        true => inverse(context, transformer.attribute("_scaler")?, x)?,
        false => x,
    };
    let g = &mut context.graph;
    let lambdas = transformer.floats("lambdas_", g.width(x))?;
    let inverse = match &*transformer.word("method", "yeo-johnson")? {
        "box-cox" => box_cox,
        "yeo-johnson" => yeo_johnson,
        _ => return Err(transformer.unsupported_parameter("method", "'box-cox' or 'yeo-johnson'")),
    };
    let mut columns = Vec::with_capacity(lambdas.len());
    for (column, lambda) in lambdas.into_iter().enumerate() {
        let x = g.columns(x, vec![column])?;
        columns.push(inverse(g, x, lambda)?);
    }
    g.concat(&columns)
}

/// `(x · lambda + 1) ^ (1 / lambda)`, as `exp(log1p(lambda · x) / lambda)`; `exp(x)` for a lambda of 0.
fn box_cox(g: &mut GraphBuilder, x: ValueId, lambda: f64) -> Result<ValueId> {
    if lambda == 0.0 {
        return g.unary(UnaryFunction::Exp, x);
    }
    let factor = g.number(lambda, x)?;
    let product = g.mul(x, factor)?;
    let logarithm = g.unary(UnaryFunction::Log1p, product)?;
    let exponent = g.div(logarithm, factor)?;
    g.unary(UnaryFunction::Exp, exponent)
}

/// After `_yeo_johnson_inverse_transform` of scikit-learn's _data.py: one power from 0 on, another below.
fn yeo_johnson(g: &mut GraphBuilder, x: ValueId, lambda: f64) -> Result<ValueId> {
    let (zero, one) = (g.number(0.0, x)?, g.number(1.0, x)?);
    let above = box_cox(g, x, if lambda.abs() < f64::EPSILON { 0.0 } else { lambda })?;
    let above = g.sub(above, one)?;
    let mirrored = if (lambda - 2.0).abs() > f64::EPSILON { 2.0 - lambda } else { 0.0 };
    let negative = g.unary(UnaryFunction::Negate, x)?;
    let below = box_cox(g, negative, mirrored)?;
    let below = g.sub(one, below)?;
    let is_above = g.binary(BinaryFunction::LessEqual, zero, x)?;
    g.select(is_above, above, below)
}

/// The quantile at a share, linear between `references_`.
fn quantile(g: &mut GraphBuilder, transformer: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    if &*transformer.word("output_distribution", "uniform")? != "uniform" {
        return Err(transformer.unsupported_parameter("output_distribution", "'uniform' for a transformed target"));
    }
    let attribute = transformer.attribute("references_")?;
    let references = attribute.array()?;
    references.expect_dims(1)?;
    let references = references.to_f64()?;
    let quantiles = transformer.attribute("quantiles_")?.array()?;
    quantiles.expect_shape(&[references.len(), g.width(x)])?;
    let (quantiles, width) = (quantiles.to_f64()?, g.width(x));
    if references.len() < 2 {
        return Err(attribute.error("expected at least two references"));
    }
    let mut columns = Vec::with_capacity(width);
    for column in 0..width {
        let own: Vec<f64> = quantiles.iter().skip(column).step_by(width).copied().collect();
        let x = g.columns(x, vec![column])?;
        columns.push(interpolated(g, x, &references, &own)?);
    }
    g.concat(&columns)
}
