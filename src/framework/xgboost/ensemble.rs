//! The trees of gbtree and dart, in file order, with their groups, rounds and weights.

use crate::encoding::document::{Document, Object};
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest};
use crate::limits;

use super::parameter::{only_keys, optional, required};
use super::tree::{self, Leaves};

/// A checked ensemble.
#[derive(Debug, Clone)]
pub struct Ensemble {
    /// The structure of all trees.
    pub forest: Forest,
    /// The values of the leaves, per tree.
    pub leaves: Vec<Leaves>,
    /// The output that each tree adds to; of no account where leaves are vectors.
    pub groups: Vec<u32>,
    /// The first tree of every round, and the number of trees.
    pub rounds: Vec<usize>,
    /// dart's weight per tree.
    pub weights: Option<Vec<f32>>,
    /// Trees grown side by side in a round, per output.
    pub num_parallel_tree: usize,
}

impl Ensemble {
    /// Reads `gradient_booster.model` (of dart, `gradient_booster.gbtree.model`).
    pub fn read(model: &Object<'_>, n_features: usize, n_groups: usize) -> Result<Self> {
        only_keys(model, &["cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees"])?;
        let (num_parallel_tree, num_trees) = model.read("gbtree_model_param", |parameters| {
            let parameters = parameters.object()?;
            let num_parallel_tree: Option<usize> = optional(parameters, "num_parallel_tree")?;
            Ok((num_parallel_tree.unwrap_or(1), required::<usize>(parameters, "num_trees")?))
        })?;
        let mut forest = Forest::new(n_features, Comparison::Less)?;
        let leaves = model.read("trees", |trees| read_trees(trees.items()?, num_trees, n_groups, &mut forest))?;
        let groups = model.read("tree_info", |info| groups(info, num_trees, n_groups))?;
        let vectors = leaves.first().is_some_and(Leaves::are_vectors);
        let per_round = num_parallel_tree.saturating_mul(if vectors { 1 } else { n_groups });
        let rounds = match model.get("iteration_indptr") {
            Some(_) => model.read("iteration_indptr", |starts| rounds(starts, num_trees))?,
            None => (0..num_trees).step_by(per_round.max(1)).chain([num_trees]).collect(),
        };
        Ok(Ensemble { forest, leaves, groups, rounds, weights: None, num_parallel_tree })
    }

    /// The same ensemble with dart's weights.
    pub fn weighted(mut self, weights: Vec<f32>) -> Result<Self> {
        if weights.len() != self.n_trees() {
            return Err(malformed(format!("expected {} weights, found {}", self.n_trees(), weights.len())));
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// The number of trees.
    pub fn n_trees(&self) -> usize {
        self.leaves.len()
    }

    /// The number of boosting rounds.
    pub fn n_rounds(&self) -> usize {
        self.rounds.len().saturating_sub(1)
    }

    /// Whether leaves hold a number per output.
    pub fn has_vectors(&self) -> bool {
        self.leaves.first().is_some_and(Leaves::are_vectors)
    }

    /// The number of trees up to and including the round `best_iteration`.
    pub fn trees_until(&self, best_iteration: usize) -> Result<usize> {
        best_iteration.checked_add(1).and_then(|end| self.rounds.get(end)).copied().ok_or_else(|| {
            malformed(format!("expected a round below {}, found {best_iteration}", self.n_rounds()))
                .at("`best_iteration`")
        })
    }
}

fn malformed(message: String) -> Error {
    Error::malformed("xgboost-model", message)
}

fn read_trees(trees: &[Document<'_>], num_trees: usize, n_groups: usize, forest: &mut Forest) -> Result<Vec<Leaves>> {
    limits::TREES.check_len(trees.len())?;
    if trees.len() != num_trees {
        return Err(malformed(format!("expected {num_trees} trees (`num_trees`), found {}", trees.len())));
    }
    let (mut leaves, mut nodes, mut n_codes) = (Vec::with_capacity(trees.len()), Vec::new(), 0);
    for (i, tree) in trees.iter().enumerate() {
        let read = tree::read(tree, n_groups, &mut nodes, &mut n_codes);
        let read = read.map_err(|error| error.at(format!("tree {i}")))?;
        forest.add_tree(&nodes)?;
        let vectors = leaves.first().unwrap_or(&read).are_vectors();
        if read.are_vectors() != vectors {
            return Err(
                malformed("expected numbers or vectors at all leaves, found both".into()).at(format!("tree {i}"))
            );
        }
        leaves.push(read);
    }
    Ok(leaves)
}

fn groups(info: &Document<'_>, num_trees: usize, n_groups: usize) -> Result<Vec<u32>> {
    let groups: Vec<u32> = info.integers()?;
    if groups.len() != num_trees {
        return Err(malformed(format!("expected a group for each of {num_trees} trees, found {}", groups.len())));
    }
    match groups.iter().find(|group| **group as usize >= n_groups) {
        Some(group) => Err(malformed(format!("expected a group below {n_groups}, found {group}"))),
        None => Ok(groups),
    }
}

fn rounds(starts: &Document<'_>, num_trees: usize) -> Result<Vec<usize>> {
    let starts: Vec<usize> = starts.integers()?;
    let ascending = starts.is_sorted();
    if !ascending || starts.first() != Some(&0) || starts.last() != Some(&num_trees) {
        return Err(malformed(format!("expected rounds that begin at tree 0 and end at tree {num_trees}, in order")));
    }
    Ok(starts)
}
