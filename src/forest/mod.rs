//! Decision trees as frameworks define them: thresholds, categories, default directions. One builder checks every
//! framework's trees, one lowering turns them into operators.

mod lower;
mod tabled;

pub use crate::ops::bin::CategorySet;
pub use lower::{Leaf, Planted};
pub use tabled::Tabled;

use crate::error::{Error, Result};
use crate::limits;

/// An ensemble of checked trees over one matrix of features.
#[derive(Debug, Clone)]
pub struct Forest {
    n_features: usize,
    comparison: Comparison,
    trees: Vec<Tree>,
    n_nodes: u64,
}

/// When a value goes left at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `x < t` (XGBoost).
    Less,
    /// `x <= t` (LightGBM, scikit-learn).
    LessEqual,
}

/// A node as the framework stores it; children are indices into the tree's nodes.
#[derive(Debug, Clone)]
pub enum TreeNode {
    /// An inner node.
    Split {
        /// The test.
        test: Test,
        /// Where rows go that pass it.
        left: usize,
        /// Where the others go.
        right: usize,
    },
    /// A leaf.
    Leaf,
    /// A place in the framework's arrays that no path may reach.
    Deleted,
}

/// What sends a row left.
#[derive(Debug, Clone)]
pub enum Test {
    /// A value below the threshold.
    Number {
        /// The feature.
        feature: usize,
        /// The threshold; not NaN.
        threshold: f64,
        /// Whether NaN goes left.
        nan_left: bool,
    },
    /// A category of a set.
    Category {
        /// The feature.
        feature: usize,
        /// Which way each category goes.
        set: CategorySet,
    },
}

/// A checked tree: its reachable nodes in preorder.
#[derive(Debug, Clone)]
struct Tree {
    /// (index in the framework's array, node), children renumbered into this list.
    nodes: Vec<(usize, TreeNode)>,
    depth: u32,
}

impl Forest {
    /// An ensemble without trees over `n_features` features.
    pub fn new(n_features: usize, comparison: Comparison) -> Result<Self> {
        limits::FEATURES.check_len(n_features)?;
        Ok(Forest { n_features, comparison, trees: Vec::new(), n_nodes: 0 })
    }

    /// The number of trees.
    pub fn n_trees(&self) -> usize {
        self.trees.len()
    }

    /// The most tests on a path from a root to a leaf.
    pub fn depth(&self) -> u32 {
        self.trees.iter().map(|tree| tree.depth).max().unwrap_or(0)
    }

    /// The ensemble of the first `n_trees` trees.
    pub fn first_trees(&self, n_trees: usize) -> Forest {
        let trees: Vec<Tree> = self.trees.iter().take(n_trees).cloned().collect();
        let n_nodes = trees.iter().map(|tree| tree.nodes.len() as u64).sum();
        Forest { trees, n_nodes, ..*self }
    }

    /// Adds a tree whose root is node 0. Every reachable node must have one parent; children and features must exist.
    pub fn add_tree(&mut self, nodes: &[TreeNode]) -> Result<()> {
        let tree_idx = self.trees.len();
        limits::TREES.check_len(tree_idx + 1)?;
        self.n_nodes += nodes.len() as u64;
        limits::NODES.check(self.n_nodes)?;
        let tree = self.checked(nodes).map_err(|error| error.at(format!("tree {tree_idx}")))?;
        self.trees.push(tree);
        Ok(())
    }

    fn checked(&self, nodes: &[TreeNode]) -> Result<Tree> {
        let mut order: Vec<(usize, TreeNode)> = Vec::new();
        let mut place = vec![usize::MAX; nodes.len()];
        let mut pending = vec![(0usize, 0u32)];
        let mut depth = 0;
        while let Some((index, level)) = pending.pop() {
            let malformed = |message: String| Error::malformed("tree-structure", message).at(format!("node {index}"));
            let node = nodes
                .get(index)
                .ok_or_else(|| malformed(format!("expected a node below {}, found a child {index}", nodes.len())))?;
            if place[index] != usize::MAX {
                return Err(malformed("the node has two parents: expected a tree".into()));
            }
            place[index] = order.len();
            depth = depth.max(level);
            match node {
                TreeNode::Split { test, left, right } => {
                    self.check_test(test).map_err(|error| error.at(format!("node {index}")))?;
                    limits::TREE_DEPTH.check(u64::from(level) + 1)?;
                    pending.push((*right, level + 1));
                    pending.push((*left, level + 1));
                }
                TreeNode::Leaf => {}
                TreeNode::Deleted => return Err(malformed("a path leads to a deleted node".into())),
            }
            order.push((index, node.clone()));
        }
        for (_, node) in &mut order {
            if let TreeNode::Split { left, right, .. } = node {
                (*left, *right) = (place[*left], place[*right]);
            }
        }
        Ok(Tree { nodes: order, depth })
    }

    fn check_test(&self, test: &Test) -> Result<()> {
        let (feature, threshold) = match test {
            Test::Number { feature, threshold, .. } => (*feature, *threshold),
            Test::Category { feature, .. } => (*feature, 0.0),
        };
        if feature >= self.n_features {
            let message = format!("expected a feature below {}, found {feature}", self.n_features);
            return Err(Error::malformed("tree-structure", message));
        }
        if threshold.is_nan() {
            return Err(Error::malformed("tree-structure", "expected a number as threshold, found NaN"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
