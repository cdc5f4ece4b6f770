//! Matérn's kernel of distances that are divided by the length scale already.

use super::bessel::Smoothness;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};

/// The kernel of this smoothness. Its closed forms are scikit-learn's.
pub fn matern(g: &mut GraphBuilder, distances: ValueId, smoothness: f64) -> Result<ValueId> {
    if smoothness == f64::INFINITY {
        let squares = g.mul(distances, distances)?;
        let half = g.number(-0.5, squares)?;
        let exponent = g.mul(half, squares)?;
        return g.unary(UnaryFunction::Exp, exponent);
    }
    // The coefficients of a polynomial of the scaled distance, the lowest power first.
    let (root, polynomial): (f64, &[f64]) = match smoothness {
        0.5 => (1.0, &[1.0]),
        1.5 => (3f64.sqrt(), &[1.0, 1.0]),
        2.5 => (5f64.sqrt(), &[1.0, 1.0, 1.0 / 3.0]),
        _ => return by_bessel(g, distances, Smoothness::new(smoothness)?),
    };
    let root = g.number(root, distances)?;
    let scaled = g.mul(distances, root)?;
    let negative = g.unary(UnaryFunction::Negate, scaled)?;
    let exponential = g.unary(UnaryFunction::Exp, negative)?;
    let factor = horner(g, scaled, polynomial.iter().rev().map(|number| Coefficient::Number(*number)))?;
    g.mul(factor, exponential)
}

/// A coefficient of a polynomial: one number, or one for each element.
enum Coefficient {
    Number(f64),
    Value(ValueId),
}

/// A polynomial of `x`, its highest coefficient first.
fn horner(g: &mut GraphBuilder, x: ValueId, coefficients: impl Iterator<Item = Coefficient>) -> Result<ValueId> {
    let mut sum = g.number(0.0, x)?;
    for coefficient in coefficients {
        let product = g.mul(sum, x)?;
        let coefficient = match coefficient {
            Coefficient::Number(number) => g.number(number, x)?,
            Coefficient::Value(value) => value,
        };
        sum = g.add(product, coefficient)?;
    }
    Ok(sum)
}

/// `2^(1-ν) / Γ(ν) · z^ν · K_ν(z)` with `z = √(2ν) d`, as `exp(q(ln z) - z)` with a polynomial for `q` on each of some
/// stretches of `ln z`.
fn by_bessel(g: &mut GraphBuilder, distances: ValueId, smoothness: Smoothness) -> Result<ValueId> {
    // Where rows coincide, scikit-learn takes the smallest relative distance for it.
    let (zero, epsilon) = (g.number(0.0, distances)?, g.number(f64::EPSILON, distances)?);
    let is_zero = g.binary(BinaryFunction::Equal, distances, zero)?;
    let distances = g.select(is_zero, epsilon, distances)?;
    let factor = g.number(smoothness.factor(), distances)?;
    let z = g.mul(distances, factor)?;
    let logarithm = g.unary(UnaryFunction::Log, z)?;
    let table = smoothness.table();
    let (least, most) = (g.number(table.start, z)?, g.number(table.start + table.stretches() as f64, z)?);
    let clipped = g.binary(BinaryFunction::Max, logarithm, least)?;
    let clipped = g.binary(BinaryFunction::Min, clipped, most)?;
    let offset = g.sub(clipped, least)?;
    let stretch = g.unary(UnaryFunction::Floor, offset)?;
    let last = g.number(table.stretches() as f64 - 1.0, z)?;
    let stretch = g.binary(BinaryFunction::Min, stretch, last)?;
    let (half, two) = (g.number(0.5, z)?, g.number(2.0, z)?);
    let place = g.sub(offset, stretch)?;
    let place = g.sub(place, half)?;
    let place = g.mul(place, two)?;
    let position = g.cast(stretch, ElementType::I64)?;
    let mut coefficients = Vec::new();
    for column in table.columns().into_iter().rev() {
        let table = Matrix::new(column.len(), 1, Data::F64(column));
        coefficients.push(Coefficient::Value(g.apply(Take { table }, &[position])?));
    }
    let q = horner(g, place, coefficients.into_iter())?;
    let exponent = g.sub(q, z)?;
    g.unary(UnaryFunction::Exp, exponent)
}
