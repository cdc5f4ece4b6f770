//! Gaussian mixtures: a weighted log density per component. After scikit-learn's mixture.

use super::context::{Accepts, Context};
use super::decomposition::dot;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::linear_algebra::Dense;
use super::predictor::Predictor;
use super::probability::{log_normalised, log_sum};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::model::{Method, Task};
use crate::ops::arg_max::ArgMax;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;

/// `GaussianMixture`.
pub fn gaussian(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.refuse_single_products(context, estimator.attribute("means_")?)?;
    let components = Components::read(estimator, frame.width())?;
    let weights = estimator.floats("weights_", components.means.rows)?;
    let densities = components.log_densities(context, frame)?;
    let weights = context.graph.numbers(&weights, densities)?;
    let weights = context.graph.unary(UnaryFunction::Log, weights)?;
    let weighted = context.graph.add(densities, weights)?;
    methods(context, weighted)
}

/// `BayesianGaussianMixture`: expectations over the posterior of weights and precisions.
pub fn bayesian(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.refuse_single_products(context, estimator.attribute("means_")?)?;
    let components = Components::read(estimator, frame.width())?;
    let (n_components, n_features) = (components.means.rows, frame.width() as f64);
    // Components that share a covariance share its degrees of freedom.
    let freedom = match estimator.attribute("degrees_of_freedom_")?.as_f64() {
        Ok(shared) => vec![shared; n_components],
        Err(_) => estimator.floats("degrees_of_freedom_", n_components)?,
    };
    let precision = estimator.floats("mean_precision_", n_components)?;
    let weights = expected_log_weights(estimator, n_components)?;
    let correction = |((freedom, precision), weight): ((&f64, &f64), &f64)| {
        let digammas: f64 = (0..frame.width()).map(|i| digamma(0.5 * (freedom - i as f64))).sum();
        let log_lambda = n_features * libm::log(2.0) + digammas;
        0.5 * (log_lambda - n_features / precision) - 0.5 * n_features * libm::log(*freedom) + weight
    };
    let corrections: Vec<f64> = freedom.iter().zip(&precision).zip(&weights).map(correction).collect();
    let densities = components.log_densities(context, frame)?;
    let corrections = context.graph.numbers(&corrections, densities)?;
    let weighted = context.graph.add(densities, corrections)?;
    methods(context, weighted)
}

/// After `_estimate_log_weights` of _bayesian_mixture.py.
fn expected_log_weights(estimator: Fitted<'_>, n_components: usize) -> Result<Vec<f64>> {
    let concentration = estimator.attribute("weight_concentration_")?;
    match &*estimator.word("weight_concentration_prior_type", "dirichlet_process")? {
        "dirichlet_process" => {
            let [a, b] = concentration.items_exactly()?;
            let (a, b) = (numbers(a, n_components)?, numbers(b, n_components)?);
            let mut rest = 0.0;
            let weight = |(a, b): (&f64, &f64)| {
                let total = digamma(a + b);
                let weight = digamma(*a) - total + rest;
                rest += digamma(*b) - total;
                weight
            };
            Ok(a.iter().zip(&b).map(weight).collect())
        }
        "dirichlet_distribution" => {
            let concentration = numbers(concentration, n_components)?;
            let total = digamma(concentration.iter().sum());
            Ok(concentration.iter().map(|value| digamma(*value) - total).collect())
        }
        _ => Err(estimator.unsupported_parameter(
            "weight_concentration_prior_type",
            "'dirichlet_process' or 'dirichlet_distribution'",
        )),
    }
}

fn numbers(value: Fitted<'_>, len: usize) -> Result<Vec<f64>> {
    let array = value.array()?;
    array.expect_shape(&[len])?;
    array.to_f64()
}

/// The derivative of the logarithm of the gamma function at a positive number: lifted to 10 and above by its recurrence,
/// then its asymptotic series.
fn digamma(mut x: f64) -> f64 {
    if x <= 0.0 {
        return f64::NAN;
    }
    let mut lifted = 0.0;
    while x < 10.0 {
        lifted -= 1.0 / x;
        x += 1.0;
    }
    /// Bernoulli numbers over their index: B2/2, B4/4, …
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0];
    let inverse = 1.0 / (x * x);
    let series = SERIES.iter().rev().fold(0.0, |sum, term| (sum + term) * inverse);
    lifted + libm::log(x) - 0.5 / x - series
}

/// The Gaussians of a mixture.
struct Components {
    means: Dense,
    precisions: Precisions,
}

/// The Cholesky factors of the components' precision matrices.
enum Precisions {
    /// A matrix per component, or one for all.
    Matrices(Vec<Dense>),
    /// A number per component and column.
    Diagonals(Dense),
}

impl Components {
    fn read(estimator: Fitted<'_>, n_features: usize) -> Result<Self> {
        let means = estimator.attribute("means_")?.array()?;
        let n_components = means.shape.first().copied().unwrap_or(0);
        means.expect_shape(&[n_components, n_features])?;
        limits::CLASSES.check_len(n_components)?;
        if n_components == 0 || n_features == 0 {
            return Err(Error::malformed("weights", "expected components, found none"));
        }
        let factors = estimator.attribute("precisions_cholesky_")?.array()?;
        let square = n_features.saturating_mul(n_features);
        let precisions = match &*estimator.word("covariance_type", "full")? {
            "full" => {
                factors.expect_shape(&[n_components, n_features, n_features])?;
                let items = factors.to_f64()?;
                let matrix = |items: &[f64]| Dense::new(n_features, n_features, items.to_vec());
                Precisions::Matrices(items.chunks(square).map(matrix).collect::<Result<_>>()?)
            }
            "tied" => {
                factors.expect_shape(&[n_features, n_features])?;
                Precisions::Matrices(vec![Dense::new(n_features, n_features, factors.to_f64()?)?])
            }
            "diag" => {
                factors.expect_shape(&[n_components, n_features])?;
                Precisions::Diagonals(Dense::new(n_components, n_features, factors.to_f64()?)?)
            }
            "spherical" => {
                factors.expect_shape(&[n_components])?;
                let items = factors.to_f64()?.into_iter().flat_map(|item| std::iter::repeat_n(item, n_features));
                Precisions::Diagonals(Dense::new(n_components, n_features, items.collect())?)
            }
            _ => {
                return Err(estimator.unsupported_parameter("covariance_type", "'full', 'tied', 'diag' or 'spherical'"));
            }
        };
        Ok(Components { means: Dense::new(n_components, n_features, means.to_f64()?)?, precisions })
    }

    /// The log density of every component, a column each.
    fn log_densities(&self, context: &mut Context, frame: &Frame) -> Result<ValueId> {
        let x = frame.numbers(context, Accepts::Finite)?;
        let columns: Vec<ValueId> =
            (0..self.means.rows).map(|k| self.log_density(context, x, k)).collect::<Result<_>>()?;
        context.graph.concat(&columns)
    }

    /// `-(n log 2π + |y|²) / 2 + log det`, where `y = (x - mean) @ factor`.
    fn log_density(&self, context: &mut Context, x: ValueId, component: usize) -> Result<ValueId> {
        let mean = self.means.row(component);
        let (y, log_determinant) = match &self.precisions {
            Precisions::Matrices(matrices) => {
                let factor = matrices.get(component).unwrap_or(&matrices[0]);
                let shift = Dense::new(1, mean.len(), mean.to_vec())?.times(factor)?;
                let diagonal = (0..factor.rows).map(|i| libm::log(factor.row(i)[i])).sum::<f64>();
                let placed = dot(context, x, factor.transposed())?;
                let shift = context.graph.numbers(&shift.items, placed)?;
                (context.graph.sub(placed, shift)?, diagonal)
            }
            Precisions::Diagonals(factors) => {
                let factors = factors.row(component);
                let diagonal = factors.iter().map(|factor| libm::log(*factor)).sum::<f64>();
                let (mean, factors) = (context.graph.numbers(mean, x)?, context.graph.numbers(factors, x)?);
                let difference = context.graph.sub(x, mean)?;
                (context.graph.mul(difference, factors)?, diagonal)
            }
        };
        let g = &mut context.graph;
        let squares = g.mul(y, y)?;
        let distance = g.reduce(ReduceFunction::Sum, squares)?;
        let normaliser = g.number(mean.len() as f64 * libm::log(2.0 * std::f64::consts::PI), distance)?;
        let sum = g.add(normaliser, distance)?;
        let half = g.number(-0.5, distance)?;
        let halved = g.mul(half, sum)?;
        let log_determinant = g.number(log_determinant, distance)?;
        g.add(halved, log_determinant)
    }
}

fn methods(context: &mut Context, weighted: ValueId) -> Result<Predictor> {
    let g = &mut context.graph;
    let position = g.apply(ArgMax, &[weighted])?;
    let logarithms = log_normalised(g, weighted)?;
    let probabilities = g.unary(UnaryFunction::Exp, logarithms)?;
    let score = log_sum(g, weighted)?;
    let methods = vec![
        Method::scalar("predict", "prediction", position),
        Method::list("predict_proba", "probability", probabilities, Vec::new()),
        Method::scalar("score_samples", "score", score),
    ];
    Ok(Predictor { task: Task::Clustering, classes: Vec::new(), methods })
}
