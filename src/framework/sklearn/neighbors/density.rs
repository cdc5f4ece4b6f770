//! `KernelDensity`: the logarithm of a density estimated from the fitted rows.
//!
//! scikit-learn adds the kernels up inside its search tree, in logarithms, by bounds that it narrows: where a density is
//! small against the bounds of the tree's first nodes, only the rounding of these bounds is left of it (a density of 0 can
//! come out as e^-28). Here the sum is taken over all rows. Trees with one node, of up to twice `leaf_size` rows, agree to
//! 1e-9; larger ones as far as scikit-learn's digits go.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::refused;
use super::tree::FittedTree;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, Task};
use crate::ops::binary::BinaryFunction;
use crate::ops::lanes::Scalar64;
use crate::ops::math;
use crate::ops::pairwise::Pairwise;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use std::f64::consts::PI;
use std::sync::Arc;

/// `score_samples`.
pub fn density(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let tree = FittedTree::read(estimator.attribute("tree_")?, frame.width())?;
    let tolerances = [estimator.number_or("atol", 0.0)?, estimator.number_or("rtol", 0.0)?];
    if tolerances != [0.0; 2] {
        return Err(estimator.refused(&refused::TOLERANCE));
    }
    let n_points = tree.tree.points.rows;
    if tree.tree.nodes.len() > 1 {
        let note = "KernelDensity: scikit-learn loses digits of densities that are small against its kernel's largest \
                    value; here they are summed up exactly";
        context.notes.push(note.to_owned());
    }
    // 1.0 keeps no `bandwidth_`.
    let bandwidth = estimator.optional("bandwidth_").map_or_else(|| estimator.attribute("bandwidth"), Ok)?.as_f64()?;
    let kernel = Kernel::read(estimator)?;
    let weights = match tree.weights {
        Some(weights) => {
            let array = weights.array()?;
            array.expect_shape(&[n_points])?;
            array.to_f64()?
        }
        None => vec![1.0; n_points],
    };
    let total = weights.iter().sum::<f64>();
    let x = frame.numbers(context, Accepts::Finite)?;
    let points = Arc::new(tree.tree.points);
    let g = &mut context.graph;
    let distances = g.apply(Pairwise { points, metric: tree.distance.metric, is_rooted: true }, &[x])?;
    let kernels = kernel.logarithms(g, distances, bandwidth)?;
    let sum = log_sum(g, kernels, &weights)?;
    let scale = kernel.log_norm(bandwidth, frame.width()) - log(total);
    let scale = g.number(scale, sum)?;
    let score = g.add(sum, scale)?;
    let methods = vec![Method::scalar("score_samples", "score", score)];
    Ok(Predictor { task: Task::Other, classes: Vec::new(), methods })
}

/// `log Σ w e^k`; minus infinity where all are.
fn log_sum(g: &mut GraphBuilder, kernels: ValueId, weights: &[f64]) -> Result<ValueId> {
    let most = g.reduce(ReduceFunction::Max, kernels)?;
    let (zero, least) = (g.number(0.0, most)?, g.number(f64::NEG_INFINITY, most)?);
    let is_nothing = g.binary(BinaryFunction::Equal, most, least)?;
    let most = g.select(is_nothing, zero, most)?;
    let shifted = g.sub(kernels, most)?;
    let mut terms = g.unary(UnaryFunction::Exp, shifted)?;
    if weights.iter().any(|weight| *weight != 1.0) {
        let weights = g.numbers(weights, terms)?;
        terms = g.mul(terms, weights)?;
    }
    let sum = g.reduce(ReduceFunction::Sum, terms)?;
    let logarithm = g.unary(UnaryFunction::Log, sum)?;
    g.add(logarithm, most)
}

fn log(x: f64) -> f64 {
    math::log(&mut Scalar64, x)
}

/// The kernels, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kernel {
    Gaussian,
    Tophat,
    Epanechnikov,
    Exponential,
    Linear,
    Cosine,
}

impl Kernel {
    fn read(estimator: Fitted<'_>) -> Result<Self> {
        Ok(match &*estimator.word("kernel", "gaussian")? {
            "gaussian" => Kernel::Gaussian,
            "tophat" => Kernel::Tophat,
            "epanechnikov" => Kernel::Epanechnikov,
            "exponential" => Kernel::Exponential,
            "linear" => Kernel::Linear,
            "cosine" => Kernel::Cosine,
            _ => return Err(estimator.unsupported_parameter("kernel", "one of scikit-learn's six kernels")),
        })
    }

    /// The logarithm of the kernel at some distances, without its norm.
    fn logarithms(self, g: &mut GraphBuilder, distances: ValueId, bandwidth: f64) -> Result<ValueId> {
        let h = g.number(bandwidth, distances)?;
        let square = g.number(bandwidth * bandwidth, distances)?;
        let (one, zero) = (g.number(1.0, distances)?, g.number(0.0, distances)?);
        let inside = match self {
            Kernel::Gaussian => {
                let (squares, factor) = (g.mul(distances, distances)?, g.number(-0.5, distances)?);
                let scaled = g.mul(factor, squares)?;
                return g.div(scaled, square);
            }
            Kernel::Exponential => {
                let negative = g.unary(UnaryFunction::Negate, distances)?;
                return g.div(negative, h);
            }
            Kernel::Tophat => zero,
            Kernel::Epanechnikov => {
                let squares = g.mul(distances, distances)?;
                let share = g.div(squares, square)?;
                let rest = g.sub(one, share)?;
                g.unary(UnaryFunction::Log, rest)?
            }
            Kernel::Linear => {
                let share = g.div(distances, h)?;
                let rest = g.sub(one, share)?;
                g.unary(UnaryFunction::Log, rest)?
            }
            Kernel::Cosine => {
                let quarter = g.number(0.5 * PI, distances)?;
                let angle = g.mul(quarter, distances)?;
                let angle = g.div(angle, h)?;
                let cosine = g.unary(UnaryFunction::Cos, angle)?;
                g.unary(UnaryFunction::Log, cosine)?
            }
        };
        let is_inside = g.binary(BinaryFunction::Less, distances, h)?;
        let outside = g.number(f64::NEG_INFINITY, distances)?;
        g.select(is_inside, inside, outside)
    }

    /// The logarithm of what makes the kernel integrate to 1 over `d` dimensions. After scikit-learn's _binary_tree.pxi.
    fn log_norm(self, h: f64, d: usize) -> f64 {
        let n = d as f64;
        let factor = match self {
            Kernel::Gaussian => 0.5 * n * log(2.0 * PI),
            Kernel::Tophat => log_volume(d),
            Kernel::Epanechnikov => log_volume(d) + log(2.0 / (n + 2.0)),
            Kernel::Exponential => log_surface(d) + log_gamma_of_half(2 * d),
            Kernel::Linear => log_volume(d) - log(n + 1.0),
            Kernel::Cosine => {
                let (mut sum, mut term) = (0.0, 2.0 / PI);
                for k in (1..=d).step_by(2) {
                    let k = k as f64;
                    sum += term;
                    term *= -(n - k) * (n - k - 1.0) * (2.0 / PI) * (2.0 / PI);
                }
                log(sum) + log_surface(d)
            }
        };
        -factor - n * log(h)
    }
}

/// The logarithm of the volume of the ball of radius 1 in `d` dimensions.
fn log_volume(d: usize) -> f64 {
    0.5 * d as f64 * log(PI) - log_gamma_of_half(d + 2)
}

/// The logarithm of the surface of the ball of radius 1 in `d` dimensions.
fn log_surface(d: usize) -> f64 {
    log(2.0 * PI) + 0.5 * (d as f64 - 2.0) * log(PI) - log_gamma_of_half(d)
}

/// log Γ(n / 2) of a positive n, by Γ(x + 1) = x Γ(x).
fn log_gamma_of_half(n: usize) -> f64 {
    let (start, first) = if n.is_multiple_of(2) { (0.0, 2) } else { (0.5 * log(PI), 1) };
    start + (first..n).step_by(2).map(|i| log(i as f64 / 2.0)).sum::<f64>()
}
