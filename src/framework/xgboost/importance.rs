//! What the splits on each feature are worth, as `Booster.get_score` tells it: no part of a prediction, but what
//! scikit-learn's `SelectFromModel` chooses columns by.

use crate::encoding::document::{Document, Object};
use crate::error::Result;

use super::learner::{Booster, document};

/// A kind of importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// The number of splits.
    Weight,
    /// The mean gain of a split.
    Gain,
    /// The mean sum of Hessians that reach a split.
    Cover,
    /// The gains of all splits.
    TotalGain,
    /// The sums of Hessians of all splits.
    TotalCover,
}

impl Importance {
    /// The kind that XGBoost calls so.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "weight" => Importance::Weight,
            "gain" => Importance::Gain,
            "cover" => Importance::Cover,
            "total_gain" => Importance::TotalGain,
            "total_cover" => Importance::TotalCover,
            _ => return None,
        })
    }

    /// The importance of every feature, summed up in float32 in XGBoost's order; none of a model without trees.
    pub fn of_features(self, bytes: &[u8]) -> Result<Option<Vec<f32>>> {
        // Everything about the trees but their statistics is checked here.
        let n_features = Booster::parse(bytes)?.n_features();
        let document = document(bytes)?.0;
        let root = document.object()?;
        let of_learner = |model: &Object<'_>| {
            model.read("learner", |learner| {
                learner.object()?.read("gradient_booster", |booster| self.of_booster(booster.object()?, n_features))
            })
        };
        match root.get("Model") {
            Some(_) => root.read("Model", |model| of_learner(model.object()?)),
            None => of_learner(root),
        }
    }

    fn of_booster(self, booster: &Object<'_>, n_features: usize) -> Result<Option<Vec<f32>>> {
        if booster.get("gbtree").is_some() {
            return booster.read("gbtree", |booster| self.of_booster(booster.object()?, n_features));
        }
        if booster.read("name", |name| Ok(name.text()? == "gblinear"))? {
            return Ok(None);
        }
        let (mut sums, mut counts) = (vec![0.0; n_features], vec![0_u32; n_features]);
        booster.read("model", |model| {
            model.object()?.read("trees", |trees| {
                trees.items()?.iter().try_for_each(|tree| self.add_tree(tree, &mut sums, &mut counts))
            })
        })?;
        if matches!(self, Importance::Gain | Importance::Cover) {
            sums.iter_mut().zip(&counts).for_each(|(sum, count)| *sum /= (*count as f32).max(1.0));
        }
        Ok(Some(sums))
    }

    /// Adds the splits of one tree: a node, then all below its right child, then its left.
    fn add_tree(self, tree: &Document<'_>, sums: &mut [f32], counts: &mut [u32]) -> Result<()> {
        let tree = tree.object()?;
        let left: Vec<i32> = tree.read("left_children", Document::integers)?;
        let right: Vec<i32> = tree.read("right_children", Document::integers)?;
        let features: Vec<u32> = tree.read("split_indices", Document::integers)?;
        let worth = match self {
            Importance::Weight => vec![1.0; left.len()],
            Importance::Gain | Importance::TotalGain => tree.read("loss_changes", Document::f32s)?,
            Importance::Cover | Importance::TotalCover => tree.read("sum_hessian", Document::f32s)?,
        };
        let mut nodes = vec![0];
        while let Some(node) = nodes.pop() {
            let children = left.get(node).zip(right.get(node)).map(|(left, right)| [*left, *right]);
            // A leaf has no left child.
            let Some([Ok(left), Ok(right)]) = children.map(|children| children.map(usize::try_from)) else { continue };
            let feature = features.get(node).map_or(usize::MAX, |feature| *feature as usize);
            if let (Some(sum), Some(count), Some(worth)) =
                (sums.get_mut(feature), counts.get_mut(feature), worth.get(node))
            {
                *sum += worth;
                *count += 1;
            }
            nodes.extend([left, right]);
        }
        Ok(())
    }
}
