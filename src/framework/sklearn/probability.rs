//! From scores to probabilities: the links of scikit-learn's losses, in the element type of the scores.

use super::float32;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// `1 / (1 + exp(-x))`, as SciPy's `expit`.
pub fn expit(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let negative = g.unary(UnaryFunction::Negate, x)?;
    let exponential = g.unary(UnaryFunction::Exp, negative)?;
    let one = g.number(1.0, x)?;
    let sum = g.add(one, exponential)?;
    g.div(one, sum)
}

/// `[1 - p, p]` of a probability `p`.
pub fn both(g: &mut GraphBuilder, p: ValueId) -> Result<ValueId> {
    let one = g.number(1.0, p)?;
    let other = g.sub(one, p)?;
    g.concat(&[other, p])
}

/// `[1 - expit(x), expit(x)]`.
pub fn logistic(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let p = expit(g, x)?;
    both(g, p)
}

/// `exp(x - max) / sum`, as scikit-learn's `softmax`.
pub fn softmax(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    if g.ty(x).element == ElementType::F32 {
        return float32::softmax(g, x);
    }
    let (exponentials, _) = shifted(g, x)?;
    let sum = g.reduce(ReduceFunction::Sum, exponentials)?;
    g.div(exponentials, sum)
}

/// `exp(x - logsumexp(x))`, as the losses of gradient boosting before 1.4.
pub fn log_softmax_exp(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let difference = log_normalised(g, x)?;
    g.unary(UnaryFunction::Exp, difference)
}

/// `x - logsumexp(x)`: logarithms of probabilities that sum to 1.
pub fn log_normalised(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let total = log_sum(g, x)?;
    g.sub(x, total)
}

/// `log(Σ exp(x))`, computed as `log(Σ exp(x - max)) + max`.
pub fn log_sum(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let (exponentials, most) = shifted(g, x)?;
    let sum = g.reduce(ReduceFunction::Sum, exponentials)?;
    let logarithm = g.unary(UnaryFunction::Log, sum)?;
    g.add(logarithm, most)
}

/// `exp(x - max)` and `max`.
fn shifted(g: &mut GraphBuilder, x: ValueId) -> Result<(ValueId, ValueId)> {
    let most = g.reduce(ReduceFunction::Max, x)?;
    let difference = g.sub(x, most)?;
    Ok((g.unary(UnaryFunction::Exp, difference)?, most))
}

/// What becomes of a row whose probabilities are all 0 before they are made to sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllZero {
    /// They become NaN: 0 / 0.
    Nan,
    /// All classes become equally likely.
    Uniform,
    /// They stay 0.
    Zero,
}

/// `p / sum(p)`.
pub fn normalised(g: &mut GraphBuilder, p: ValueId, all_zero: AllZero) -> Result<ValueId> {
    let sum = g.reduce(ReduceFunction::Sum, p)?;
    let shares = g.div(p, sum)?;
    let otherwise = match all_zero {
        AllZero::Nan => return Ok(shares),
        AllZero::Uniform => 1.0 / g.width(p) as f64,
        AllZero::Zero => 0.0,
    };
    let otherwise = g.number(otherwise, p)?;
    g.select(sum, shares, otherwise)
}

/// `x` between `low` and `high`.
pub fn clip(g: &mut GraphBuilder, x: ValueId, low: f64, high: f64) -> Result<ValueId> {
    let (low, high) = (g.number(low, x)?, g.number(high, x)?);
    let x = g.binary(BinaryFunction::Max, x, low)?;
    g.binary(BinaryFunction::Min, x, high)
}

/// `log(p / (1 - p))`.
pub fn logit(g: &mut GraphBuilder, p: ValueId) -> Result<ValueId> {
    let one = g.number(1.0, p)?;
    let other = g.sub(one, p)?;
    let odds = g.div(p, other)?;
    g.unary(UnaryFunction::Log, odds)
}
