//! A booster into operators: sums of leaves, predictions, leaf numbers.

use super::Booster;
use super::missing::FeatureColumns;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest, Leaf};
use crate::graph::{GraphBuilder, ValueId};
use crate::tensor::{Data, ElementType};

/// What a booster computes for its rows.
#[derive(Debug, Clone, Copy)]
pub struct Scores {
    /// `predict(raw_score=True)`: the sums of leaves, f64, a column per tree of an iteration. Never averaged.
    pub raw: ValueId,
    /// `predict()`: what the objective makes of the sums, of the same shape.
    pub prediction: ValueId,
    /// `predict(pred_leaf=True)`: the leaf of every tree, i64.
    pub leaves: ValueId,
}

impl Booster {
    /// Puts the booster into a graph over its features `x`: numbers, codes for categories, NaN for missing.
    /// `iterations` uses only the first of them, as `best_iteration` does; `None` uses all.
    pub fn lower(&self, g: &mut GraphBuilder, x: ValueId, iterations: Option<usize>) -> Result<Scores> {
        let n_features = self.header.n_features();
        if g.width(x) != n_features {
            let message = format!("expected {n_features} columns for the LightGBM model, found {}", g.width(x));
            return Err(Error::malformed("lightgbm-features", message));
        }
        let x = g.cast(x, ElementType::F64)?;
        let trees = self.trees_of(iterations);
        let width = self.header.trees_per_iteration;
        let columns = FeatureColumns::of(trees, n_features);
        let x = columns.lower(g, x)?;
        let mut forest = Forest::new(columns.width(), Comparison::LessEqual)?;
        for tree in trees {
            forest.add_tree(&tree.nodes(&columns))?;
        }
        let planted = forest.plant(g, x)?;
        let number = |leaf: Leaf| leaf.node - trees[leaf.tree].splits.len();
        let output = |tree: usize| (tree % width) as u32;
        let raw = if trees.iter().any(|tree| tree.linear.is_some()) {
            planted.linear(g, width, output, |leaf| trees[leaf.tree].linear_leaf(number(leaf)))?
        } else {
            let value = |leaf: Leaf| trees[leaf.tree].leaf_values[number(leaf)];
            planted.sum(g, Data::F64(vec![0.0; width]), output, value)?
        };
        let leaves = planted.leaf(g, |leaf| number(leaf) as i64)?;
        let mean = if self.header.average_output {
            let iterations = g.number((trees.len() / width) as f64, raw)?;
            g.div(raw, iterations)?
        } else {
            raw
        };
        let prediction = self.header.objective.lower(g, mean)?;
        Ok(Scores { raw, prediction, leaves })
    }

    fn trees_of(&self, iterations: Option<usize>) -> &[Tree] {
        let wanted = iterations.and_then(|count| count.checked_mul(self.header.trees_per_iteration));
        self.trees.get(..wanted.unwrap_or(self.trees.len())).unwrap_or(&self.trees)
    }
}
