//! The kernels with a name: libsvm's, and scikit-learn's metrics/pairwise.py.

use super::super::context::Context;
use super::super::distances::{Prepared, exact_squared_distances, prepare, prepared_points};
use super::super::fitted::{Attributes, Fitted};
use super::{Parameters, power, sums};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::pairwise::{Metric, Pairwise as Distances};
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};
use std::sync::Arc;

/// A kernel with a name, and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum Pairwise {
    /// `x · y`.
    Linear,
    /// `(gamma x · y + coef0) ** degree`.
    Polynomial {
        /// The factor.
        gamma: f64,
        /// The summand.
        coef0: f64,
        /// The exponent.
        degree: f64,
    },
    /// `exp(-gamma |x - y|²)`.
    Radial {
        /// The factor.
        gamma: f64,
        /// How the squares are summed up.
        squares: Squares,
    },
    /// `exp(-gamma Σ |x - y|)`.
    Laplacian {
        /// The factor.
        gamma: f64,
    },
    /// `tanh(gamma x · y + coef0)`.
    Sigmoid {
        /// The factor.
        gamma: f64,
        /// The summand.
        coef0: f64,
    },
    /// `-Σ (x - y)² / (x + y)`.
    AdditiveChiSquared,
    /// `exp(-gamma Σ (x - y)² / (x + y))`.
    ChiSquared {
        /// The factor.
        gamma: f64,
    },
    /// `x · y / (|x| |y|)`.
    Cosine,
}

/// How the squares of differences are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Squares {
    /// One after the other.
    Direct,
    /// From products, as scikit-learn's `euclidean_distances` does.
    OfProducts,
}

impl Pairwise {
    /// The kernel of this name in `pairwise_kernels`; `parameter` of the estimator holds it.
    pub fn named(
        estimator: Fitted<'_>,
        parameter: &str,
        name: &str,
        parameters: Parameters,
        n_columns: usize,
    ) -> Result<Self> {
        let gamma = parameters.gamma.unwrap_or(1.0 / n_columns.max(1) as f64);
        let (coef0, degree) = (parameters.coef0.unwrap_or(1.0), parameters.degree.unwrap_or(3.0));
        Ok(match name {
            "linear" => Pairwise::Linear,
            "poly" | "polynomial" => Pairwise::Polynomial { gamma, coef0, degree },
            "rbf" => Pairwise::Radial { gamma, squares: Squares::OfProducts },
            "laplacian" => Pairwise::Laplacian { gamma },
            "sigmoid" => Pairwise::Sigmoid { gamma, coef0 },
            "additive_chi2" => Pairwise::AdditiveChiSquared,
            "chi2" => Pairwise::ChiSquared { gamma: parameters.gamma.unwrap_or(1.0) },
            "cosine" => Pairwise::Cosine,
            _ => return Err(estimator.unsupported_parameter(parameter, "a kernel of `pairwise_kernels`")),
        })
    }

    /// The kernel between every row and each point, a column each.
    pub fn of(&self, context: &mut Context, x: ValueId, points: Matrix) -> Result<ValueId> {
        self.refuse_negative(context, x)?;
        let g = &mut context.graph;
        let distances = match self {
            Pairwise::Radial { squares: Squares::OfProducts, .. } => exact_squared_distances(g, x, points)?,
            Pairwise::Radial { .. } => distances(g, x, points, Metric::SquaredEuclidean)?,
            Pairwise::Laplacian { .. } => distances(g, x, points, Metric::Manhattan)?,
            Pairwise::AdditiveChiSquared | Pairwise::ChiSquared { .. } => distances(g, x, points, Metric::ChiSquared)?,
            Pairwise::Cosine => {
                let x = prepare(g, x, Prepared::Stretched)?;
                return products(context, x, prepared_points(points, Prepared::Stretched)?);
            }
            _ => {
                let products = products(context, x, points)?;
                return self.of_products(&mut context.graph, products);
            }
        };
        self.of_distances(&mut context.graph, distances)
    }

    /// [`Pairwise::of`] where the points are 0 in some columns that are left out: the sum of their squares in each row, where
    /// it counts.
    pub fn of_stored(
        &self,
        context: &mut Context,
        x: ValueId,
        points: Matrix,
        rest: Option<ValueId>,
    ) -> Result<ValueId> {
        match (self, rest) {
            (Pairwise::Radial { squares: Squares::Direct, .. }, Some(rest)) => {
                let near = distances(&mut context.graph, x, points, Metric::SquaredEuclidean)?;
                let all = context.graph.add(near, rest)?;
                self.of_distances(&mut context.graph, all)
            }
            _ => self.of(context, x, points),
        }
    }

    /// The kernel between every row and itself, one column.
    pub fn with_itself(&self, context: &mut Context, x: ValueId) -> Result<ValueId> {
        self.refuse_negative(context, x)?;
        let g = &mut context.graph;
        match self {
            Pairwise::Radial { .. } | Pairwise::Laplacian { .. } | Pairwise::ChiSquared { .. } => g.number(1.0, x),
            Pairwise::AdditiveChiSquared => g.number(-0.0, x),
            Pairwise::Cosine => {
                let x = prepare(g, x, Prepared::Stretched)?;
                squared_length(g, x)
            }
            _ => {
                let products = squared_length(g, x)?;
                self.of_products(g, products)
            }
        }
    }

    fn of_products(&self, g: &mut GraphBuilder, products: ValueId) -> Result<ValueId> {
        let (gamma, coef0) = match self {
            Pairwise::Polynomial { gamma, coef0, .. } | Pairwise::Sigmoid { gamma, coef0 } => (*gamma, *coef0),
            _ => return Ok(products),
        };
        let (gamma, coef0) = (g.number(gamma, products)?, g.number(coef0, products)?);
        let scaled = g.mul(gamma, products)?;
        let shifted = g.add(scaled, coef0)?;
        match self {
            Pairwise::Polynomial { degree, .. } => power(g, shifted, *degree),
            _ => g.unary(UnaryFunction::Tanh, shifted),
        }
    }

    fn of_distances(&self, g: &mut GraphBuilder, distances: ValueId) -> Result<ValueId> {
        let gamma = match self {
            Pairwise::Radial { gamma, .. } | Pairwise::Laplacian { gamma } | Pairwise::ChiSquared { gamma } => *gamma,
            _ => return g.unary(UnaryFunction::Negate, distances),
        };
        let factor = g.number(-gamma, distances)?;
        let scaled = g.mul(factor, distances)?;
        g.unary(UnaryFunction::Exp, scaled)
    }

    /// The kernels of counts refuse rows with a negative one.
    fn refuse_negative(&self, context: &mut Context, x: ValueId) -> Result<()> {
        match self {
            Pairwise::AdditiveChiSquared | Pairwise::ChiSquared { .. } => refuse_negative(context, x),
            _ => Ok(()),
        }
    }
}

/// Refuses rows with a number below 0.
pub fn refuse_negative(context: &mut Context, x: ValueId) -> Result<()> {
    let zero = context.graph.number(0.0, x)?;
    let fits = context.graph.binary(BinaryFunction::LessEqual, zero, x)?;
    let message = format!("{}: input X contains negative values", context.trail());
    context.graph.guard(x, fits, message)
}

fn distances(g: &mut GraphBuilder, x: ValueId, points: Matrix, metric: Metric) -> Result<ValueId> {
    g.apply(Distances { points: Arc::new(points), metric, is_rooted: false }, &[x])
}

fn squared_length(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let squares = g.mul(x, x)?;
    g.reduce(ReduceFunction::Sum, squares)
}

fn products(context: &mut Context, x: ValueId, points: Matrix) -> Result<ValueId> {
    let Data::F64(items) = points.data else { return Err(Error::internal("points that are no doubles")) };
    sums(context, x, items, points.rows)
}
