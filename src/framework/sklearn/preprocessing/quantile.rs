//! `QuantileTransformer`: where each number stands among the quantiles of its column, as a share or as a quantile of the
//! normal distribution. NaN stays NaN.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::piecewise::interpolated_from_left;
use super::super::refused;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;

/// For the normal distribution, how near to an outer quantile a number counts as outside, and to 0 or 1 a share at most
/// stands.
const BOUNDS: f64 = 1e-7;

/// Transforms every column.
pub fn transform(context: &mut Context, transformer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let width = frame.width();
    frame.expect_width(transformer.n_features()?)?;
    if frame.is_sparse {
        return Err(transformer.refused(&refused::SPARSE_QUANTILES));
    }
    let x = frame.doubles(context, Accepts::Missing)?;
    let is_normal = match &*transformer.word("output_distribution", "uniform")? {
        "normal" => true,
        "uniform" => false,
        _ => return Err(transformer.unsupported_parameter("output_distribution", "'uniform' or 'normal'")),
    };
    let references = transformer.attribute("references_")?.array()?;
    references.expect_dims(1)?;
    let references = references.to_f64()?;
    let attribute = transformer.attribute("quantiles_")?;
    let quantiles = attribute.array()?;
    quantiles.expect_shape(&[references.len(), width])?;
    let quantiles = quantiles.to_f64()?;
    let mut columns = Vec::with_capacity(width);
    for column in 0..width {
        let own: Vec<f64> = quantiles.iter().skip(column).step_by(width).copied().collect();
        if own.is_empty() || own.iter().any(|quantile| !quantile.is_finite()) {
            return Err(attribute.error("expected finite quantiles of every column"));
        }
        let g = &mut context.graph;
        let x = g.columns(x, vec![column])?;
        let share = share(g, x, &own, &references, is_normal)?;
        columns.push(if is_normal { normal(g, share)? } else { share });
    }
    let transformed = context.graph.concat(&columns)?;
    Ok(frame.renumbered(transformed))
}

/// The mean of two interpolations, from the left and from the right, which differ where quantiles repeat.
fn share(g: &mut GraphBuilder, x: ValueId, quantiles: &[f64], references: &[f64], is_normal: bool) -> Result<ValueId> {
    let mirrored = |numbers: &[f64]| numbers.iter().rev().map(|number| -number).collect::<Vec<_>>();
    let rising = interpolated_from_left(g, x, quantiles, references)?;
    let negative = g.unary(UnaryFunction::Negate, x)?;
    let falling = interpolated_from_left(g, negative, &mirrored(quantiles), &mirrored(references))?;
    let sum = g.sub(rising, falling)?;
    let half = g.number(0.5, x)?;
    let mean = g.mul(half, sum)?;
    let ends = [quantiles.first(), quantiles.last()].map(|end| end.copied().unwrap_or(f64::NAN));
    let [low, high] = [g.number(ends[0], x)?, g.number(ends[1], x)?];
    let (is_low, is_high) = if is_normal {
        let slack = g.number(BOUNDS, x)?;
        let (below, above) = (g.sub(x, slack)?, g.add(x, slack)?);
        (g.binary(BinaryFunction::Less, below, low)?, g.binary(BinaryFunction::Less, high, above)?)
    } else {
        (g.binary(BinaryFunction::Equal, x, low)?, g.binary(BinaryFunction::Equal, x, high)?)
    };
    let (zero, one) = (g.number(0.0, x)?, g.number(1.0, x)?);
    let share = g.select(is_high, one, mean)?;
    g.select(is_low, zero, share)
}

/// The quantile of the normal distribution, cut so that the way back is consistent.
fn normal(g: &mut GraphBuilder, share: ValueId) -> Result<ValueId> {
    let quantile = g.unary(UnaryFunction::NormalQuantile, share)?;
    let (least, most) = (g.number(BOUNDS - f64::EPSILON, share)?, g.number(1.0 - (BOUNDS - f64::EPSILON), share)?);
    let low = g.unary(UnaryFunction::NormalQuantile, least)?;
    let high = g.unary(UnaryFunction::NormalQuantile, most)?;
    let raised = g.binary(BinaryFunction::Max, quantile, low)?;
    g.binary(BinaryFunction::Min, raised, high)
}
