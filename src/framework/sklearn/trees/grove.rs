//! Single decision trees of an ensemble, planted as one forest: their sums and leaves cost what a forest's cost.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::input::narrowed;
use super::{TreeArrays, leaf_vectors};
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest, Leaf, Planted, Test, TreeNode};
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::tensor::Data;

/// A decision tree and the columns of the table that it gets.
#[derive(Debug, Clone)]
pub struct GroveTree<'a> {
    /// The fitted tree.
    pub estimator: Fitted<'a>,
    /// The columns, all of them if `None`.
    pub columns: Option<Vec<usize>>,
}

/// Planted trees.
#[derive(Debug)]
pub struct Grove {
    /// The trees' arrays.
    pub arrays: Vec<TreeArrays>,
    planted: Planted,
}

/// Whether an estimator is a single decision tree.
pub fn is_tree(estimator: Fitted<'_>) -> bool {
    let class = estimator.class_name();
    estimator.package() == "sklearn.tree" && (class.ends_with("TreeClassifier") || class.ends_with("TreeRegressor"))
}

impl Grove {
    /// Plants trees over the columns that one of them reads, where `accepts` is checked.
    pub fn plant(context: &mut Context, trees: &[GroveTree<'_>], frame: &Frame, accepts: Accepts) -> Result<Self> {
        limits::TREES.check_len(trees.len())?;
        let columns = columns_read(trees, frame.width());
        let mut forest = Forest::new(columns.len(), Comparison::LessEqual)?;
        let mut arrays = Vec::with_capacity(trees.len());
        for tree in trees {
            tree.expect_width(frame)?;
            let mut array = TreeArrays::read(tree.estimator)?;
            if let Some(own) = tree.columns.as_ref() {
                renumber(&mut array.nodes, own, &columns);
            }
            forest.add_tree(&array.nodes).map_err(|error| tree.estimator.located(error))?;
            arrays.push(array);
        }
        let x = narrowed(context, &frame.select(&columns)?, accepts)?;
        let planted = forest.plant(&mut context.graph, x)?;
        Ok(Grove { arrays, planted })
    }

    /// The sum, from 0 and tree after tree, of a vector of numbers at the leaf that a row reaches.
    pub fn sum(&self, g: &mut GraphBuilder, width: usize, vector: impl Fn(Leaf) -> Vec<f64>) -> Result<ValueId> {
        leaf_vectors(g, &self.planted, width, vector)
    }

    /// A column per tree: a number at the leaf that a row reaches.
    pub fn each(&self, g: &mut GraphBuilder, value: impl Fn(Leaf) -> f64) -> Result<ValueId> {
        self.planted.sum(g, Data::F64(vec![0.0; self.arrays.len()]), |tree| tree as u32, value)
    }

    /// The leaf of every tree, under the number that `id` gives it (I64).
    pub fn leaf(&self, g: &mut GraphBuilder, id: impl Fn(Leaf) -> i64) -> Result<ValueId> {
        self.planted.leaf(g, id)
    }

    /// The leaves of every tree, in the order of their nodes.
    pub fn leaves(&self) -> Vec<Vec<usize>> {
        let mut leaves: Vec<Vec<usize>> = vec![Vec::new(); self.arrays.len()];
        for leaf in self.planted.leaves() {
            if let Some(of_tree) = leaves.get_mut(leaf.tree) {
                of_tree.push(leaf.node);
            }
        }
        leaves.iter_mut().for_each(|of_tree| of_tree.sort_unstable());
        leaves
    }
}

impl GroveTree<'_> {
    fn expect_width(&self, frame: &Frame) -> Result<()> {
        let width = match &self.columns {
            Some(columns) => columns.len(),
            None => frame.width(),
        };
        let Some(n_features) = self.estimator.present("n_features_in_") else { return Ok(()) };
        let n_features = n_features.as_usize()?;
        if width == n_features {
            return Ok(());
        }
        let message = format!("the tree was fitted on {n_features} columns, but gets {width}");
        Err(self.estimator.located(Error::malformed("column-count", message)))
    }
}

/// The columns that one of the trees gets, ascending.
fn columns_read(trees: &[GroveTree<'_>], width: usize) -> Vec<usize> {
    if trees.iter().any(|tree| tree.columns.is_none()) {
        return (0..width).collect();
    }
    let mut columns: Vec<usize> = trees.iter().flat_map(|tree| tree.columns.iter().flatten().copied()).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Features counted among a tree's `own` columns, counted among `columns` instead. A feature that the tree does not
/// have becomes one that the forest does not have, and is refused there.
fn renumber(nodes: &mut [TreeNode], own: &[usize], columns: &[usize]) {
    for node in nodes {
        if let TreeNode::Split { test: Test::Number { feature, .. }, .. } = node {
            let column = own.get(*feature).and_then(|column| columns.binary_search(column).ok());
            *feature = column.unwrap_or(columns.len());
        }
    }
}
