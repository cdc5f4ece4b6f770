//! Trees as the file numbers them, and the forest that they are.

use super::parts::{StoredNode, StoredTree};
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest, Leaf, Test, TreeNode};
use crate::limits;

fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("catboost-model", message)
}

/// Oblivious trees of so many splits each, one after the other.
pub(super) fn oblivious(splits: &[i32], sizes: &[i32]) -> Result<Vec<StoredTree>> {
    let (mut rest, mut first_leaf) = (splits, 0usize);
    let mut trees = Vec::with_capacity(sizes.len());
    for (i, size) in sizes.iter().enumerate() {
        let own = usize::try_from(*size).ok().and_then(|size| rest.split_at_checked(size));
        let (own, later) = own.ok_or_else(|| {
            malformed(format!("expected {size} splits, found {}", rest.len())).at(format!("tree {i}"))
        })?;
        rest = later;
        let tree = StoredTree::Oblivious { splits: own.iter().map(|split| (*split).into()).collect(), first_leaf };
        first_leaf = first_leaf.saturating_add(n_leaves(own.len()).map_err(|error| error.at(format!("tree {i}")))?);
        trees.push(tree);
    }
    match rest.len() {
        0 => Ok(trees),
        more => Err(malformed(format!("{more} splits belong to no tree"))),
    }
}

/// The leaves of an oblivious tree; refused where its nodes are too many.
fn n_leaves(depth: usize) -> Result<usize> {
    let leaves = u32::try_from(depth).ok().and_then(|depth| 1usize.checked_shl(depth)).unwrap_or(usize::MAX);
    limits::NODES.check_len(leaves)?;
    Ok(leaves)
}

/// Trees whose nodes step forward by numbers: `(left, right)`, where 0 stays and so ends at the node's own leaf.
#[derive(Debug)]
pub(super) struct Steps {
    pub splits: Vec<i32>,
    pub sizes: Vec<i32>,
    pub starts: Vec<i32>,
    pub steps: Vec<(u16, u16)>,
    /// Where the values of each node's leaf start.
    pub leaves: Vec<u32>,
    pub dimension: usize,
}

impl Steps {
    /// The trees.
    pub fn trees(&self) -> Result<Vec<StoredTree>> {
        let n = self.steps.len();
        if self.splits.len() != n || self.leaves.len() != n || self.starts.len() != self.sizes.len() {
            return Err(malformed(format!(
                "expected splits and leaves for {n} nodes, found {} and {}",
                self.splits.len(),
                self.leaves.len()
            )));
        }
        limits::NODES.check_len(n)?;
        let own: i64 = self.sizes.iter().map(|size| i64::from((*size).max(0))).sum();
        if own > n as i64 {
            return Err(malformed(format!("expected trees of {n} nodes in all, found {own}")));
        }
        let tree = |(i, (start, size)): (usize, (&i32, &i32))| {
            let range = usize::try_from(*start).ok().zip(usize::try_from(*size).ok());
            let range = range.and_then(|(start, size)| Some(start..start.checked_add(size).filter(|end| *end <= n)?));
            let range = range.ok_or_else(|| malformed(format!("expected nodes below {n}, found {size} from {start}")));
            range.and_then(|range| self.tree(range)).map_err(|error| error.at(format!("tree {i}")))
        };
        self.starts.iter().zip(&self.sizes).enumerate().map(tree).collect()
    }

    /// The nodes of one tree. A node that ends on one side only gets a leaf behind all others.
    fn tree(&self, range: std::ops::Range<usize>) -> Result<StoredTree> {
        let (start, size) = (range.start, range.len());
        let first_leaf = self.first_leaf(range.clone());
        let leaf_of = |node: usize| -> Result<StoredNode> {
            let value = self.leaves.get(node).and_then(|value| usize::try_from(*value).ok()).unwrap_or(usize::MAX);
            if value == usize::MAX || self.dimension == 0 || !value.is_multiple_of(self.dimension) {
                let message = format!("expected a leaf of {} values, found one that starts at {value}", self.dimension);
                return Err(malformed(message).at(format!("node {}", node - start)));
            }
            let leaf = value / self.dimension;
            Ok(StoredNode::Leaf { leaf, number: leaf.saturating_sub(first_leaf) })
        };
        let mut nodes = Vec::with_capacity(size);
        let mut ends = Vec::new();
        for node in range {
            let (Some((left, right)), Some(split)) = (self.steps.get(node), self.splits.get(node)) else { break };
            if (*left, *right) == (0, 0) {
                nodes.push(leaf_of(node)?);
                continue;
            }
            let mut child = |step: u16| -> Result<usize> {
                if step > 0 {
                    return Ok(node - start + usize::from(step));
                }
                ends.push(leaf_of(node)?);
                Ok(size + ends.len() - 1)
            };
            let (left, right) = (child(*left)?, child(*right)?);
            nodes.push(StoredNode::Split { split: (*split).into(), left, right });
        }
        nodes.append(&mut ends);
        Ok(StoredTree::Nodes(nodes))
    }

    /// The first leaf of a tree, from which CatBoost numbers its leaves.
    fn first_leaf(&self, range: std::ops::Range<usize>) -> usize {
        let ends = |node: &usize| self.steps.get(*node).is_some_and(|(left, right)| *left == 0 || *right == 0);
        let values = range.filter(ends).filter_map(|node| self.leaves.get(node));
        let first = values.min().and_then(|value| usize::try_from(*value).ok()).unwrap_or(0);
        first / self.dimension.max(1)
    }
}

/// The forest of a model, and where the values of its leaves stand.
#[derive(Debug, Clone)]
pub(super) struct Ensemble {
    pub forest: Forest,
    leaves: Vec<LeafNumbers>,
}

/// The leaves of a tree by their nodes: (number among all leaves, number in the tree).
#[derive(Debug, Clone)]
enum LeafNumbers {
    /// The last `2^depth` nodes, in order.
    Oblivious { first_node: usize, first_leaf: usize },
    /// By node.
    Listed(Vec<Option<(usize, usize)>>),
}

/// A split as a test: a column of the features and its border.
pub(super) type Split = Test;

impl Ensemble {
    /// Checks trees over `n_columns` features against their splits and the number of all leaves.
    pub fn new(trees: &[StoredTree], splits: &[Split], n_columns: usize, n_leaves: usize) -> Result<Self> {
        let mut ensemble = Ensemble { forest: Forest::new(n_columns, Comparison::LessEqual)?, leaves: Vec::new() };
        for (i, tree) in trees.iter().enumerate() {
            let added = match tree {
                StoredTree::Oblivious { splits: own, first_leaf } => {
                    ensemble.add_oblivious(own, *first_leaf, splits, n_leaves)
                }
                StoredTree::Nodes(nodes) => ensemble.add_nodes(nodes, splits, n_leaves),
            };
            added.map_err(|error| error.at(format!("tree {i}")))?;
        }
        Ok(ensemble)
    }

    /// A complete tree whose root is the last split, so that leaves stand in the order of their numbers.
    fn add_oblivious(&mut self, own: &[i64], first_leaf: usize, splits: &[Split], all: usize) -> Result<()> {
        let leaves = n_leaves(own.len())?;
        check_leaf(first_leaf.saturating_add(leaves - 1), all)?;
        let mut nodes = Vec::with_capacity(2 * leaves - 1);
        for (level, split) in own.iter().rev().enumerate() {
            let test = find(splits, *split)?;
            for _ in 0..1usize << level {
                let left = 2 * nodes.len() + 1;
                nodes.push(TreeNode::Split { test: test.clone(), left, right: left + 1 });
            }
        }
        nodes.resize(nodes.len() + leaves, TreeNode::Leaf);
        self.leaves.push(LeafNumbers::Oblivious { first_node: leaves - 1, first_leaf });
        self.forest.add_tree(&nodes)
    }

    fn add_nodes(&mut self, stored: &[StoredNode], splits: &[Split], all: usize) -> Result<()> {
        let (mut nodes, mut numbers) = (Vec::with_capacity(stored.len()), Vec::with_capacity(stored.len()));
        for node in stored {
            let (node, number) = match *node {
                StoredNode::Split { split, left, right } => {
                    (TreeNode::Split { test: find(splits, split)?.clone(), left, right }, None)
                }
                StoredNode::Leaf { leaf, number } => {
                    check_leaf(leaf, all)?;
                    (TreeNode::Leaf, Some((leaf, number)))
                }
            };
            nodes.push(node);
            numbers.push(number);
        }
        self.leaves.push(LeafNumbers::Listed(numbers));
        self.forest.add_tree(&nodes)
    }

    /// A leaf's number among all leaves, and in its tree.
    pub fn numbers(&self, leaf: Leaf) -> (usize, usize) {
        match self.leaves.get(leaf.tree) {
            Some(LeafNumbers::Oblivious { first_node, first_leaf }) => {
                let number = leaf.node.saturating_sub(*first_node);
                (first_leaf + number, number)
            }
            Some(LeafNumbers::Listed(numbers)) => numbers.get(leaf.node).copied().flatten().unwrap_or_default(),
            None => (0, 0),
        }
    }
}

fn check_leaf(leaf: usize, all: usize) -> Result<()> {
    if leaf < all {
        return Ok(());
    }
    Err(malformed(format!("expected values for leaf {leaf}, found those of {all}")))
}

fn find(splits: &[Split], split: i64) -> Result<&Split> {
    let found = usize::try_from(split).ok().and_then(|split| splits.get(split));
    found.ok_or_else(|| malformed(format!("expected a split below {}, found {split}", splits.len())))
}
