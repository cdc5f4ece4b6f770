//! float32 arithmetic as NumPy's and BLAS's vector code does it, where later steps in float64 show every bit.
//!
//! A fused multiplication and addition is formed in float64, where the product is exact, and rounded to float32.

use super::probability::clip;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::Op;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType};

/// The value as float32 where a float32 function before it has last bits of its own in every library: as float64 it would
/// promise digits that it does not have.
pub fn as_precise(g: &mut GraphBuilder, value: ValueId) -> Result<ValueId> {
    let is_imprecise = |op: &Op, element: ElementType| {
        let rounds = match op {
            Op::Unary(unary) => unary.function.promotes(),
            Op::Reduce(reduce) => reduce.function == ReduceFunction::Sum,
            Op::Dot(_) => true,
            _ => false,
        };
        rounds && element == ElementType::F32
    };
    match g.ty(value).element == ElementType::F64 && g.depends_on(value, is_imprecise) {
        true => g.cast(value, ElementType::F32),
        false => Ok(value),
    }
}

/// Adding and subtracting 1.5 · 2^23 rounds a float32 to an integer.
const ROUNDER: f64 = 12_582_912.0;
/// -ln(2) in two parts, as NumPy splits it.
const MINUS_LN2: [f32; 2] = [-0.693_145_75, -1.428_606_8e-6];
/// Numerator and denominator of NumPy's approximation of e^x, highest power first.
const NUMERATOR: [f32; 6] = [0.000_508_276_3, 0.006_757_897, 0.051_145_12, 0.247_361_54, 0.725_766_5, 1.0];
const DENOMINATOR: [f32; 3] = [0.021_595_094, -0.274_233_55, 1.0];
/// Below, e^x is 0 in float32; above, infinite.
const EXP_RANGE: (f64, f64) = (-104.0, 89.0);

/// `x @ weights.T + start` of a float32 `x`: each sum from the first column to the last, every product fused.
///
/// That is the order of OpenBLAS's product of matrices. By a single vector, as scikit-learn's regressors multiply since 1.8,
/// it adds up in lanes whose number depends on the processor: the last bit of a sum may then differ, which shows beyond the
/// tolerance where a sum nearly vanishes against its parts.
pub fn fused_sums(g: &mut GraphBuilder, x: ValueId, weights: &[f64], start: &[f64]) -> Result<ValueId> {
    let n_columns = g.width(x);
    let wide = g.cast(x, ElementType::F64)?;
    let mut sum = g.constant(Data::F64(vec![0.0; start.len()]))?;
    for column in 0..n_columns {
        let value = g.columns(wide, vec![column])?;
        let weights = weights.iter().skip(column).step_by(n_columns).copied().collect();
        let weights = g.constant(Data::F64(weights))?;
        sum = fused(g, value, weights, sum)?;
    }
    let sum = g.cast(sum, ElementType::F32)?;
    let start = g.numbers(start, sum)?;
    g.add(sum, start)
}

/// scikit-learn's `softmax` of a float32 `x`.
pub fn softmax(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let most = g.reduce(ReduceFunction::Max, x)?;
    let difference = g.sub(x, most)?;
    let exponentials = exp(g, difference)?;
    let sum = g.reduce(ReduceFunction::Sum, exponentials)?;
    g.div(exponentials, sum)
}

/// `numpy.exp` of a float32 `x`. After NumPy's loops_exponent_log (Cody and Waite, then a quotient of polynomials).
fn exp(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let x = clip(g, x, EXP_RANGE.0, EXP_RANGE.1)?;
    let (log2_e, rounder) = (g.number(std::f64::consts::LOG2_E, x)?, g.number(ROUNDER, x)?);
    let scaled = g.mul(x, log2_e)?;
    let shifted = g.add(scaled, rounder)?;
    let power = g.sub(shifted, rounder)?;
    let power = g.cast(power, ElementType::F64)?;
    let mut rest = g.cast(x, ElementType::F64)?;
    for part in MINUS_LN2 {
        let part = g.number(f64::from(part), rest)?;
        rest = fused(g, power, part, rest)?;
    }
    let numerator = polynomial(g, rest, &NUMERATOR)?;
    let denominator = polynomial(g, rest, &DENOMINATOR)?;
    let quotient = g.div(numerator, denominator)?;
    let quotient = rounded(g, quotient)?;
    // The quotient times a power of two is a float32, so the last bits of the power do not matter.
    let ln2 = g.number(std::f64::consts::LN_2, power)?;
    let exponent = g.mul(power, ln2)?;
    let power = g.unary(UnaryFunction::Exp, exponent)?;
    let product = g.mul(quotient, power)?;
    g.cast(product, ElementType::F32)
}

fn polynomial(g: &mut GraphBuilder, x: ValueId, coefficients: &[f32]) -> Result<ValueId> {
    let mut sum = g.number(0.0, x)?;
    for coefficient in coefficients {
        let coefficient = g.number(f64::from(*coefficient), x)?;
        sum = fused(g, sum, x, coefficient)?;
    }
    Ok(sum)
}

/// `a · b + c` of float32 numbers held as float64, rounded to float32.
fn fused(g: &mut GraphBuilder, a: ValueId, b: ValueId, c: ValueId) -> Result<ValueId> {
    let product = g.mul(a, b)?;
    let sum = g.add(product, c)?;
    rounded(g, sum)
}

/// The nearest float32, held as f64.
pub fn rounded(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let narrow = g.cast(x, ElementType::F32)?;
    g.cast(narrow, ElementType::F64)
}
