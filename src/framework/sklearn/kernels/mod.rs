//! Kernels between rows and fitted points: those of `pairwise_kernels`, of libsvm, and of Gaussian processes, which
//! every estimator with a parameter `kernel` takes.

mod bessel;
mod composed;
mod matern;
mod pairwise;
#[cfg(test)]
mod tests;

pub use composed::Composed;
pub use pairwise::{Pairwise, Squares, refuse_negative};

use super::context::{Accepts, Context};
use super::distances::points;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::refused;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::dot::Dot;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};

/// A kernel as an estimator names it.
#[derive(Debug)]
pub enum Kernel {
    /// A function that `pairwise_kernels` knows by name.
    Pairwise(Pairwise),
    /// A kernel object of a Gaussian process.
    Composed(Composed),
    /// The table holds the kernel's values already.
    Precomputed,
}

/// The parameters of a kernel with a name; those that are absent have the function's own defaults.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parameters {
    /// `gamma`.
    pub gamma: Option<f64>,
    /// `coef0`.
    pub coef0: Option<f64>,
    /// `degree`.
    pub degree: Option<f64>,
}

impl Parameters {
    /// The parameters that an estimator, or a dict, holds.
    pub fn read(holder: Fitted<'_>) -> Result<Self> {
        let number = |name: &str| match holder.is_dict() {
            true => holder.get(name).filter(|value| !value.is_none()).map(|value| value.as_f64()).transpose(),
            false => holder.present(name).map(|value| value.as_f64()).transpose(),
        };
        Ok(Parameters { gamma: number("gamma")?, coef0: number("coef0")?, degree: number("degree")? })
    }

    /// These parameters, and those of `others` where they are absent.
    pub fn or(self, others: Parameters) -> Self {
        Parameters {
            gamma: self.gamma.or(others.gamma),
            coef0: self.coef0.or(others.coef0),
            degree: self.degree.or(others.degree),
        }
    }
}

impl Kernel {
    /// The kernel that the estimator's parameter `name` gives.
    pub fn read(
        context: &mut Context,
        estimator: Fitted<'_>,
        name: &str,
        parameters: Parameters,
        n_columns: usize,
    ) -> Result<Self> {
        let kernel = estimator.attribute(name)?;
        match kernel.plain_str() {
            Some("precomputed") => Ok(Kernel::Precomputed),
            Some(word) => Ok(Kernel::Pairwise(Pairwise::named(estimator, name, word, parameters, n_columns)?)),
            None if Composed::is_one(kernel) => Ok(Kernel::Composed(Composed::read(context, kernel, n_columns)?)),
            None => Err(estimator.refused(&refused::KERNEL)),
        }
    }

    /// The kernel between every row and each of the points that the attribute `rows` holds, a column each.
    pub fn with_fitted(
        &self,
        context: &mut Context,
        estimator: Fitted<'_>,
        frame: &Frame,
        rows: &str,
    ) -> Result<ValueId> {
        frame.expect_width(estimator.n_features()?)?;
        let x = frame.doubles(context, Accepts::Finite)?;
        match self {
            Kernel::Precomputed => Ok(x),
            _ => self.of(context, x, &points(estimator.attribute(rows)?, frame.width())?),
        }
    }

    /// The kernel between every row and each point, a column each.
    pub fn of(&self, context: &mut Context, x: ValueId, points: &Matrix) -> Result<ValueId> {
        match self {
            Kernel::Pairwise(function) => function.of(context, x, points.clone()),
            Kernel::Composed(kernel) => {
                let value = kernel.of(context, x, points)?;
                spread(&mut context.graph, value, x, points.rows)
            }
            Kernel::Precomputed => Ok(x),
        }
    }
}

/// A value of `width` columns and a row for each of `x`, from one that may be the same number in all.
fn spread(g: &mut GraphBuilder, value: ValueId, x: ValueId, width: usize) -> Result<ValueId> {
    if g.ty(value).per_row && g.width(value) == width {
        return Ok(value);
    }
    let first = g.columns(x, vec![0; width])?;
    let zero = g.number(0.0, first)?;
    let never = g.unary(UnaryFunction::IsNan, first)?;
    let none = g.select(never, first, zero)?;
    g.add(none, value)
}

/// `kernel @ weights` of weights that an attribute holds, one per fitted row (and target), row-major.
pub fn weighted(
    context: &mut Context,
    kernel: ValueId,
    weights: Fitted<'_>,
    n_targets: Option<usize>,
) -> Result<ValueId> {
    let n_points = context.graph.width(kernel);
    let array = weights.array()?;
    array.expect_shape(&[n_points].into_iter().chain(n_targets).collect::<Vec<_>>())?;
    let n_targets = n_targets.unwrap_or(1);
    let items = array.to_f64()?;
    let by_target = (0..n_targets).flat_map(|target| items.iter().skip(target).step_by(n_targets).copied());
    sums(context, kernel, by_target.collect(), n_targets)
}

/// The number of targets of weights with a row per fitted row; none where they have one dimension.
pub fn n_targets(weights: Fitted<'_>) -> Result<Option<usize>> {
    let array = weights.array()?;
    let n_targets = if array.n_dims() == 2 { array.shape.get(1).copied() } else { None };
    crate::limits::CLASSES.check_len(n_targets.unwrap_or(1))?;
    if n_targets == Some(0) {
        return Err(weights.error("expected weights of a target, found none"));
    }
    Ok(n_targets)
}

/// Weighted sums of the columns, a row of weights for each.
pub fn sums(context: &mut Context, x: ValueId, weights: Vec<f64>, n_sums: usize) -> Result<ValueId> {
    let start = Data::F64(vec![0.0; n_sums]);
    context.graph.apply(Dot { weights: Data::F64(weights), start, start_first: false }, &[x])
}

/// The largest whole power that is formed by multiplications.
const MOST_DEGREE: f64 = 65_536.0;

/// `base ** exponent`, as NumPy's power of real numbers.
pub fn power(g: &mut GraphBuilder, base: ValueId, exponent: f64) -> Result<ValueId> {
    if exponent.fract() != 0.0 || exponent.abs() > MOST_DEGREE {
        let logarithm = g.unary(UnaryFunction::Log, base)?;
        let exponent = g.number(exponent, base)?;
        let product = g.mul(logarithm, exponent)?;
        return g.unary(UnaryFunction::Exp, product);
    }
    let whole = whole_power(g, base, exponent.abs() as u32)?;
    if exponent >= 0.0 {
        return Ok(whole);
    }
    let one = g.number(1.0, base)?;
    g.div(one, whole)
}

/// A whole power by squaring, as libsvm forms it.
fn whole_power(g: &mut GraphBuilder, base: ValueId, mut degree: u32) -> Result<ValueId> {
    let (mut result, mut square) = (None, base);
    while degree > 0 {
        if degree % 2 == 1 {
            result = Some(match result {
                None => square,
                Some(result) => g.mul(result, square)?,
            });
        }
        degree /= 2;
        if degree > 0 {
            square = g.mul(square, square)?;
        }
    }
    match result {
        Some(result) => Ok(result),
        // A power of 0 is 1, whatever the base: even of NaN.
        None => g.binary(BinaryFunction::Equal, base, base).and_then(|ones| {
            let one = g.number(1.0, base)?;
            g.select(ones, one, one)
        }),
    }
}
