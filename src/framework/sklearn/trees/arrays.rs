//! The arrays of `sklearn.tree._tree.Tree`: nodes and the values at them.

use super::super::fitted::Fitted;
use super::super::version::version;
use crate::encoding::array::NdArray;
use crate::error::{Error, Result};
use crate::forest::{Test, TreeNode};

/// What stands for a child that is not there.
const NO_CHILD: i64 = -1;

/// The first version whose classifiers hold shares of classes instead of weights.
const SHARES_SINCE: (u64, u64) = (1, 4);

/// A fitted tree.
#[derive(Debug)]
pub struct TreeArrays {
    /// The nodes; a leaf is known by its place among them.
    pub nodes: Vec<TreeNode>,
    /// The number of targets.
    pub n_targets: usize,
    /// The values of a target: of a classifier one per class of the target with the most classes, of a regressor one.
    pub n_values: usize,
    /// Whether the values of a classifier are shares that sum to 1.
    pub holds_shares: bool,
    /// How many training rows each node held.
    pub n_samples: Vec<f64>,
    /// Row-major `[nodes, n_targets, n_values]`.
    values: Vec<f64>,
}

impl TreeArrays {
    /// Reads `tree_` of a fitted decision tree.
    pub fn read(estimator: Fitted<'_>) -> Result<Self> {
        let tree = estimator.attribute("tree_")?;
        let array = tree.attribute("nodes")?.array()?;
        let nodes = tree_nodes(&array)?;
        let n_samples = array.field("n_node_samples")?.to_f64()?;
        let attribute = tree.attribute("values")?;
        let values = attribute.array()?;
        let [n_nodes, n_targets, n_values] = values.shape[..] else {
            return Err(attribute.error(format!("expected an array of 3 dimensions, found {}", values.n_dims())));
        };
        if n_nodes != nodes.len() || n_targets == 0 || n_values == 0 {
            let found = format!("{n_nodes} × {n_targets} × {n_values}");
            return Err(attribute.error(format!("expected values for {} nodes, found {found}", nodes.len())));
        }
        let holds_shares = version(estimator) >= SHARES_SINCE;
        Ok(TreeArrays { nodes, n_targets, n_values, holds_shares, n_samples, values: values.to_f64()? })
    }

    /// The values of a target at a node. The node must be one of the tree's, the target below `n_targets`.
    pub fn values(&self, node: usize, target: usize) -> &[f64] {
        let start = (node * self.n_targets + target) * self.n_values;
        self.values.get(start..start + self.n_values).unwrap_or_default()
    }

    /// The position of the largest value of a target at a node, the first of equals.
    pub fn largest(&self, node: usize, target: usize) -> i64 {
        let values = self.values(node, target);
        let later = |best: usize, (position, value): (usize, &f64)| match values.get(best) {
            Some(most) if value > most => position,
            _ => best,
        };
        values.iter().enumerate().fold(0, later) as i64
    }

    /// The only value of every target of a regressor at a node.
    pub fn first_values(&self, node: usize) -> Vec<f64> {
        (0..self.n_targets).filter_map(|target| self.values(node, target).first().copied()).collect()
    }
}

fn tree_nodes(nodes: &NdArray<'_>) -> Result<Vec<TreeNode>> {
    nodes.expect_dims(1)?;
    let ints = |name: &str| nodes.field(name)?.to_i64();
    let (left, right, features) = (ints("left_child")?, ints("right_child")?, ints("feature")?);
    let thresholds = nodes.field("threshold")?.to_f64()?;
    // Since 1.3.
    let missing_left = match nodes.dtype.field("missing_go_to_left") {
        Some(_) => ints("missing_go_to_left")?,
        None => vec![0; left.len()],
    };
    let mut read = Vec::with_capacity(left.len());
    let splits = left.iter().zip(&right).zip(features.iter().zip(&thresholds)).zip(&missing_left);
    for (node, (((left, right), (feature, threshold)), missing_left)) in splits.enumerate() {
        if *left == NO_CHILD {
            read.push(TreeNode::Leaf);
            continue;
        }
        let (left, right) = (index(*left, "a child", node)?, index(*right, "a child", node)?);
        let feature = index(*feature, "a feature", node)?;
        let test = Test::Number { feature, threshold: *threshold, nan_left: *missing_left != 0 };
        read.push(TreeNode::Split { test, left, right });
    }
    Ok(read)
}

fn index(found: i64, what: &str, node: usize) -> Result<usize> {
    usize::try_from(found).map_err(|_| {
        let message = format!("expected {what} from 0, found {found}");
        Error::malformed("tree-structure", message).at(format!("node {node}"))
    })
}
