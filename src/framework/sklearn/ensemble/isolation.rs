//! `IsolationForest`: how deep a row ends in random trees.

use super::super::classifier::{Positive, above_zero};
use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::trees::Grove;
use super::super::version::version;
use super::members;
use crate::error::{Error, Result};
use crate::forest::{Leaf, TreeNode};
use crate::model::{Method, Task};
use crate::ops::lanes::Scalar64;
use crate::ops::math;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};

/// The first version that lets trees decide about missing and infinite values.
const EVERYTHING_SINCE: (u64, u64) = (1, 6);

/// Euler's constant, as NumPy has it.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Scores closer to the offset than this count as equal to it. The offset is often the score of a training row, and the
/// power behind a score has other last bits on other machines: equal rows must stay inliers.
const SAME_SCORE: f64 = 4.0 * f64::EPSILON;

/// `score_samples` is `-2^(-depth / expected depth)`; less `offset_` it decides.
pub fn forest(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let members = members::read(estimator)?;
    let trees = members::trees(&members).ok_or_else(|| {
        estimator.located(Error::unsupported("unexpected-value", "expected single decision trees as `estimators_`"))
    })?;
    let accepts = if version(estimator) >= EVERYTHING_SINCE { Accepts::Everything } else { Accepts::Finite };
    let frame = if accepts == Accepts::Finite { &frame.checked(context, accepts)? } else { frame };
    let grove = Grove::plant(context, &trees, frame, accepts)?;
    let paths: Vec<Vec<f64>> = grove.arrays.iter().map(|tree| path_lengths(&tree.nodes, &tree.n_samples)).collect();
    let path = |leaf: Leaf| paths.get(leaf.tree).and_then(|tree| tree.get(leaf.node)).copied().unwrap_or(0.0);
    let depth = grove.sum(&mut context.graph, 1, |leaf| vec![path(leaf)])?;
    let samples = match estimator.present("_max_samples") {
        Some(samples) => samples,
        None => estimator.attribute("max_samples_")?,
    };
    let expected = trees.len() as f64 * average_path_length(samples.as_f64()?);
    let offset = estimator.attribute("offset_")?.as_f64()?;
    let g = &mut context.graph;
    let ratio = if expected == 0.0 {
        g.constant(Data::F64(vec![1.0]))?
    } else {
        let expected = g.number(expected, depth)?;
        g.div(depth, expected)?
    };
    let minus_ln2 = g.number(-std::f64::consts::LN_2, ratio)?;
    let exponent = g.mul(ratio, minus_ln2)?;
    let power = g.unary(UnaryFunction::Exp, exponent)?;
    let score = g.unary(UnaryFunction::Negate, power)?;
    let (bound, slack) = (g.number(offset, score)?, g.number(SAME_SCORE * offset.abs(), score)?);
    let decision = g.sub(score, bound)?;
    let lenient = g.add(decision, slack)?;
    let position = above_zero(context, lenient, Positive::FromZero)?;
    let side = context.graph.apply(Take { table: Matrix::new(2, 1, Data::I64(vec![-1, 1])) }, &[position])?;
    let methods = vec![
        Method::scalar("predict", "prediction", side),
        Method::scalar("decision_function", "decision", decision),
        Method::scalar("score_samples", "score", score),
    ];
    Ok(Predictor { task: Task::AnomalyDetection, classes: Vec::new(), methods })
}

/// What every node of a tree adds to the depth of a row that ends there: the nodes of its path less one, and the
/// expected depth of a tree over the rows that the node holds. 0 for nodes that no path reaches.
fn path_lengths(nodes: &[TreeNode], n_samples: &[f64]) -> Vec<f64> {
    let mut lengths = vec![0.0; nodes.len()];
    let mut pending = vec![(0_usize, 1.0)];
    // The forest has been planted: its nodes are a tree.
    while let Some((node, n_nodes)) = pending.pop() {
        match (nodes.get(node), lengths.get_mut(node)) {
            (Some(TreeNode::Split { left, right, .. }), _) => {
                pending.extend([(*left, n_nodes + 1.0), (*right, n_nodes + 1.0)]);
            }
            (Some(_), Some(length)) => {
                let samples = n_samples.get(node).copied().unwrap_or(0.0);
                *length = n_nodes + average_path_length(samples) - 1.0;
            }
            _ => {}
        }
    }
    lengths
}

/// The mean depth of a random tree over `n` rows. After `_average_path_length` of scikit-learn's _iforest.py.
fn average_path_length(n: f64) -> f64 {
    if n <= 1.0 {
        0.0
    } else if n == 2.0 {
        1.0
    } else {
        2.0 * (math::log(&mut Scalar64, n - 1.0) + EULER_GAMMA) - 2.0 * (n - 1.0) / n
    }
}
