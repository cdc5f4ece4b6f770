//! The kernel objects of Gaussian processes. After scikit-learn's gaussian_process/kernels.py.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::matern::matern;
use super::{Kernel, Pairwise, Parameters, power, sums};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::pairwise::{Metric, Pairwise as Distances};
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};
use std::sync::Arc;

/// A kernel object, composed of others or not.
#[derive(Debug)]
pub enum Composed {
    /// The same number for all rows.
    Constant(f64),
    /// A number between a row and itself, 0 between rows that are two.
    White(f64),
    /// A function of the distance.
    Stationary {
        /// What the distances are divided by: one number, or one for each column.
        scale: Vec<f64>,
        /// The function.
        function: Stationary,
        /// The NumPy that made the one number, if the file tells.
        numpy: Option<NumPy>,
    },
    /// `x · y + sigma_0²`.
    DotProduct {
        /// The summand's root.
        sigma: f64,
    },
    /// A kernel with a name.
    Pairwise(Pairwise),
    /// The sum of two.
    Sum(Box<Composed>, Box<Composed>),
    /// The product of two.
    Product(Box<Composed>, Box<Composed>),
    /// A power of another.
    Power(Box<Composed>, f64),
}

/// The bits of a double's mantissa; without any it is a power of two, by which a division is exact.
const MANTISSA: u64 = (1 << 52) - 1;

/// NumPy 1 divides an array of float32 by one float64 in float32, NumPy 2 in float64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumPy {
    /// Before 2.0.
    One,
    /// Since 2.0.
    Two,
}

/// A function of distances; of a distance of 0 it is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stationary {
    /// `exp(-d² / 2)`.
    Radial,
    /// Matérn's, of this smoothness.
    Matern(f64),
    /// `(1 + d² / 2 alpha scale²) ** -alpha`.
    RationalQuadratic {
        /// The exponent.
        alpha: f64,
    },
    /// `exp(-2 (sin(π d / period) / scale)²)`.
    Periodic {
        /// The distance after which it repeats.
        period: f64,
    },
}

impl Composed {
    /// Whether a value is such an object.
    pub fn is_one(value: Fitted<'_>) -> bool {
        value.package() == "sklearn.gaussian_process"
    }

    /// Reads a kernel object for rows of `n_columns` columns.
    pub fn read(context: &mut Context, kernel: Fitted<'_>, n_columns: usize) -> Result<Self> {
        let number = |name: &str| kernel.attribute(name)?.as_f64();
        let mut part = |name: &str| {
            let part = kernel.attribute(name)?;
            context.within(name.to_owned(), |context| {
                context.count()?;
                context.within(part.class_name().to_owned(), |context| Composed::read(context, part, n_columns))
            })
        };
        let stationary = |function, scale| Composed::Stationary { scale, function, numpy: numpy(kernel) };
        Ok(match kernel.class_name() {
            "ConstantKernel" => Composed::Constant(number("constant_value")?),
            "WhiteKernel" => Composed::White(number("noise_level")?),
            "RBF" => stationary(Stationary::Radial, scales(kernel, n_columns)?),
            "Matern" => stationary(Stationary::Matern(number("nu")?), scales(kernel, n_columns)?),
            "RationalQuadratic" => {
                stationary(Stationary::RationalQuadratic { alpha: number("alpha")? }, vec![scale(kernel)?])
            }
            "ExpSineSquared" => {
                stationary(Stationary::Periodic { period: number("periodicity")? }, vec![scale(kernel)?])
            }
            "DotProduct" => Composed::DotProduct { sigma: number("sigma_0")? },
            "PairwiseKernel" => by_name(context, kernel, n_columns)?,
            "Sum" => Composed::Sum(Box::new(part("k1")?), Box::new(part("k2")?)),
            "Product" => Composed::Product(Box::new(part("k1")?), Box::new(part("k2")?)),
            "Exponentiation" => Composed::Power(Box::new(part("kernel")?), number("exponent")?),
            "CompoundKernel" => {
                let message =
                    "`CompoundKernel` holds several kernels side by side: scikit-learn predicts with none of it";
                return Err(kernel.located(Error::unsupported("unsupported-parameter", message)));
            }
            _ => return Err(kernel.wrong("a kernel of sklearn.gaussian_process.kernels")),
        })
    }

    /// The kernel between every row and each point; one number where it is the same for all.
    pub fn of(&self, context: &mut Context, x: ValueId, points: &Matrix) -> Result<ValueId> {
        let of_two = |context: &mut Context, a: &Composed, b: &Composed| {
            Ok::<_, Error>((a.of(context, x, points)?, b.of(context, x, points)?))
        };
        match self {
            Composed::Constant(value) => context.graph.number(*value, x),
            Composed::White(_) => context.graph.number(0.0, x),
            Composed::Stationary { scale, function, numpy } => {
                let rounds = *numpy == Some(NumPy::One) && scale.len() == 1;
                function.of(&mut context.graph, x, points, (scale, rounds))
            }
            Composed::DotProduct { sigma } => {
                let n_points = points.rows;
                let products = sums(context, x, items(points)?, n_points)?;
                plus_square(&mut context.graph, products, *sigma)
            }
            Composed::Pairwise(function) => {
                function.of(context, x, Matrix::new(points.rows, points.width, Data::F64(items(points)?)))
            }
            Composed::Sum(a, b) => {
                let (a, b) = of_two(context, a, b)?;
                context.graph.add(a, b)
            }
            Composed::Product(a, b) => {
                let (a, b) = of_two(context, a, b)?;
                context.graph.mul(a, b)
            }
            Composed::Power(base, exponent) => {
                let base = base.of(context, x, points)?;
                power(&mut context.graph, base, *exponent)
            }
        }
    }

    /// The kernel between every row and itself, one column: the object's `diag`.
    pub fn with_itself(&self, context: &mut Context, x: ValueId) -> Result<ValueId> {
        match self {
            Composed::Constant(value) | Composed::White(value) => context.graph.number(*value, x),
            Composed::Stationary { .. } => context.graph.number(1.0, x),
            Composed::DotProduct { sigma } => {
                let squares = context.graph.mul(x, x)?;
                let length = context.graph.reduce(ReduceFunction::Sum, squares)?;
                plus_square(&mut context.graph, length, *sigma)
            }
            Composed::Pairwise(function) => function.with_itself(context, x),
            Composed::Sum(a, b) => {
                let (a, b) = (a.with_itself(context, x)?, b.with_itself(context, x)?);
                context.graph.add(a, b)
            }
            Composed::Product(a, b) => {
                let (a, b) = (a.with_itself(context, x)?, b.with_itself(context, x)?);
                context.graph.mul(a, b)
            }
            Composed::Power(base, exponent) => {
                let base = base.with_itself(context, x)?;
                power(&mut context.graph, base, *exponent)
            }
        }
    }

    /// Whether points of float32 are divided by one number and rounded to an element type that the file does not tell.
    pub fn may_round(&self) -> bool {
        match self {
            Composed::Stationary { scale, function, numpy: None } => {
                function.is_scaled_first() && matches!(scale[..], [scale] if scale.to_bits() & MANTISSA != 0)
            }
            Composed::Sum(a, b) | Composed::Product(a, b) => a.may_round() || b.may_round(),
            Composed::Power(base, _) => base.may_round(),
            _ => false,
        }
    }
}

impl Stationary {
    /// Whether rows and points are divided by the scale before their distance is taken.
    fn is_scaled_first(self) -> bool {
        matches!(self, Stationary::Radial | Stationary::Matern(_))
    }

    /// The function of the distances, of a scale and whether points of float32 are divided by it in float32.
    fn of(self, g: &mut GraphBuilder, x: ValueId, points: &Matrix, (scale, rounds): (&[f64], bool)) -> Result<ValueId> {
        let n_columns = points.width;
        let is_rooted = matches!(self, Stationary::Matern(_) | Stationary::Periodic { .. });
        let rounds = rounds && points.element() == ElementType::F32;
        let (mut x, mut items) = (x, items(points)?);
        if self.is_scaled_first() {
            let divisors = g.numbers(scale, x)?;
            x = g.div(x, divisors)?;
            let divisor = |column: usize| scale.get(column).or(scale.first()).copied().unwrap_or(1.0);
            let quotient = |item: f64, divisor: f64| match rounds {
                true => f64::from(item as f32 / divisor as f32),
                false => item / divisor,
            };
            items.iter_mut().enumerate().for_each(|(i, item)| *item = quotient(*item, divisor(i % n_columns)));
        }
        let points = Arc::new(Matrix::new(items.len() / n_columns, n_columns, Data::F64(items)));
        let distances = g.apply(Distances { points, metric: Metric::SquaredEuclidean, is_rooted }, &[x])?;
        let scale = scale.first().copied().unwrap_or(1.0);
        match self {
            Stationary::Radial => {
                let factor = g.number(-0.5, distances)?;
                let scaled = g.mul(factor, distances)?;
                g.unary(UnaryFunction::Exp, scaled)
            }
            Stationary::Matern(smoothness) => matern(g, distances, smoothness),
            Stationary::RationalQuadratic { alpha } => {
                let (one, divisor) = (g.number(1.0, distances)?, g.number(2.0 * alpha * (scale * scale), distances)?);
                let share = g.div(distances, divisor)?;
                let base = g.add(one, share)?;
                power(g, base, -alpha)
            }
            Stationary::Periodic { period } => {
                let factor = g.number(std::f64::consts::PI / period, distances)?;
                let angle = g.mul(factor, distances)?;
                let sine = g.unary(UnaryFunction::Sin, angle)?;
                let (divisor, minus_two) = (g.number(scale, sine)?, g.number(-2.0, sine)?);
                let share = g.div(sine, divisor)?;
                let square = g.mul(share, share)?;
                let exponent = g.mul(minus_two, square)?;
                g.unary(UnaryFunction::Exp, exponent)
            }
        }
    }
}

/// The points as doubles, whatever they were fitted on.
fn items(points: &Matrix) -> Result<Vec<f64>> {
    match &points.data {
        Data::F64(items) => Ok(items.clone()),
        Data::F32(items) => Ok(items.iter().map(|item| f64::from(*item)).collect()),
        _ => Err(Error::internal("points that are no doubles")),
    }
}

fn plus_square(g: &mut GraphBuilder, value: ValueId, root: f64) -> Result<ValueId> {
    let square = g.number(root * root, value)?;
    g.add(value, square)
}

/// The NumPy that pickled the number `length_scale`.
fn numpy(kernel: Fitted<'_>) -> Option<NumPy> {
    match kernel.optional("length_scale")?.callee() {
        Some(("numpy.core.multiarray", _)) => Some(NumPy::One),
        Some(("numpy._core.multiarray", _)) => Some(NumPy::Two),
        _ => None,
    }
}

/// `length_scale`: one number, or one for each column.
fn scales(kernel: Fitted<'_>, n_columns: usize) -> Result<Vec<f64>> {
    let value = kernel.attribute("length_scale")?;
    let numbers = if value.is_sequence() {
        value.items()?.into_iter().map(Fitted::as_f64).collect::<Result<_>>()?
    } else if value.is_array() {
        value.array()?.to_f64()?
    } else {
        vec![value.as_f64()?]
    };
    if numbers.len() != 1 && numbers.len() != n_columns {
        return Err(value.error(format!("expected 1 or {n_columns} numbers, found {}", numbers.len())));
    }
    Ok(numbers)
}

/// `length_scale` of a kernel that takes but one number.
fn scale(kernel: Fitted<'_>) -> Result<f64> {
    let numbers = scales(kernel, 1)?;
    Ok(numbers.first().copied().unwrap_or(1.0))
}

/// `PairwiseKernel`: a kernel by its name, or an object of its own.
fn by_name(context: &mut Context, kernel: Fitted<'_>, n_columns: usize) -> Result<Composed> {
    let others = match kernel.present("pairwise_kernels_kwargs") {
        Some(others) => Parameters::read(others)?,
        None => Parameters::default(),
    };
    let own = Parameters { gamma: Some(kernel.attribute("gamma")?.as_f64()?), ..Parameters::default() };
    context.count()?;
    match Kernel::read(context, kernel, "metric", own.or(others), n_columns)? {
        Kernel::Pairwise(function) => Ok(Composed::Pairwise(function)),
        _ => Err(kernel.unsupported_parameter("metric", "a kernel of `pairwise_kernels` that is computed from rows")),
    }
}
