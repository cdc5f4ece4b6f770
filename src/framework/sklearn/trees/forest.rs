//! `RandomForestClassifier`, `RandomForestRegressor`, `ExtraTreesClassifier`, `ExtraTreesRegressor`: means over trees.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::input::{accepted_by_forest, narrowed};
use super::targets::Targets;
use super::{TreeArrays, leaf_vectors};
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest, Leaf, Planted};
use crate::graph::ValueId;
use crate::limits;
use crate::model::Method;
use crate::ops::arg_max::ArgMax;

/// The trees of a forest in its graph.
struct Trees {
    arrays: Vec<TreeArrays>,
    planted: Planted,
}

/// A classifier: the mean of the trees' shares, and the first of the largest.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let trees = plant(context, estimator, frame)?;
    let targets = Targets::read(estimator)?;
    trees.arrays.iter().try_for_each(|tree| targets.expect_tree(tree))?;
    let shares = |leaf: Leaf| match trees.arrays.get(leaf.tree) {
        Some(tree) => targets.shares(tree, leaf.node),
        None => Vec::new(),
    };
    let mean = trees.mean(context, targets.width(), shares)?;
    let shares = targets.split(context, mean)?;
    let positions: Vec<ValueId> =
        shares.iter().map(|shares| context.graph.apply(ArgMax, &[*shares])).collect::<Result<_>>()?;
    let apply = trees.apply(context)?;
    targets.predictor(context, &positions, &shares, apply)
}

/// A regressor: the mean of the trees' values.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let trees = plant(context, estimator, frame)?;
    let n_targets = trees.arrays.first().map_or(1, |tree| tree.n_targets);
    if trees.arrays.iter().any(|tree| tree.n_targets != n_targets) {
        return Err(estimator.located(Error::malformed("target-count", "the trees have different numbers of targets")));
    }
    let values = |leaf: Leaf| match trees.arrays.get(leaf.tree) {
        Some(tree) => tree.first_values(leaf.node),
        None => Vec::new(),
    };
    let mean = trees.mean(context, n_targets, values)?;
    let mut predictor = Predictor::regressor(mean, (n_targets > 1).then_some(n_targets));
    predictor.methods.push(trees.apply(context)?);
    Ok(predictor)
}

fn plant(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Trees> {
    frame.expect_width(estimator.n_features()?)?;
    let attribute = estimator.attribute("estimators_")?;
    let estimators = attribute.items()?;
    let Some(first) = estimators.first() else {
        return Err(attribute.error("expected a list of trees, found none"));
    };
    limits::TREES.check_len(estimators.len())?;
    let accepts = accepted_by_forest(*first, frame)?;
    let mut forest = Forest::new(frame.width(), Comparison::LessEqual)?;
    let mut arrays = Vec::with_capacity(estimators.len());
    for estimator in &estimators {
        let tree = TreeArrays::read(*estimator)?;
        forest.add_tree(&tree.nodes).map_err(|error| attribute.located(error))?;
        arrays.push(tree);
    }
    let x = narrowed(context, frame, accepts)?;
    let planted = forest.plant(&mut context.graph, x)?;
    Ok(Trees { arrays, planted })
}

impl Trees {
    /// The mean over the trees of a vector at the leaf: their sum in the order of the trees, then divided.
    fn mean(&self, context: &mut Context, width: usize, vector: impl Fn(Leaf) -> Vec<f64>) -> Result<ValueId> {
        let sum = leaf_vectors(&mut context.graph, &self.planted, width, vector)?;
        let count = context.graph.number(self.arrays.len() as f64, sum)?;
        context.graph.div(sum, count)
    }

    /// The leaf of every tree.
    fn apply(&self, context: &mut Context) -> Result<Method> {
        let leaf = self.planted.leaf(&mut context.graph, |leaf| leaf.node as i64)?;
        Ok(Method::list("apply", "leaf", leaf, Vec::new()))
    }
}
