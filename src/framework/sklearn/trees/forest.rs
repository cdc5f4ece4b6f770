//! `RandomForestClassifier`, `RandomForestRegressor`, `ExtraTreesClassifier`, `ExtraTreesRegressor`: means over trees.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::TreeArrays;
use super::grove::{Grove, GroveTree};
use super::input::accepted_by_forest;
use super::targets::Targets;
use crate::error::{Error, Result};
use crate::forest::Leaf;
use crate::graph::ValueId;
use crate::model::Method;
use crate::ops::arg_max::ArgMax;

/// A classifier: the mean of the trees' shares, and the first of the largest.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let trees = plant(context, estimator, frame)?;
    let targets = Targets::read(estimator)?;
    trees.arrays.iter().try_for_each(|tree| targets.expect_tree(tree))?;
    let mean = mean(context, &trees, targets.width(), |tree, node| targets.shares(tree, node))?;
    let shares = targets.split(context, mean)?;
    let positions: Vec<ValueId> =
        shares.iter().map(|shares| context.graph.apply(ArgMax, &[*shares])).collect::<Result<_>>()?;
    let apply = apply(context, &trees)?;
    targets.predictor(context, &positions, &shares, apply)
}

/// A regressor: the mean of the trees' values.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let trees = plant(context, estimator, frame)?;
    let n_targets = trees.arrays.first().map_or(1, |tree| tree.n_targets);
    if trees.arrays.iter().any(|tree| tree.n_targets != n_targets) {
        return Err(estimator.located(Error::malformed("target-count", "the trees have different numbers of targets")));
    }
    let mean = mean(context, &trees, n_targets, TreeArrays::first_values)?;
    let mut predictor = Predictor::regressor(mean, (n_targets > 1).then_some(n_targets));
    predictor.methods.push(apply(context, &trees)?);
    Ok(predictor)
}

fn plant(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Grove> {
    frame.expect_width(estimator.n_features()?)?;
    let attribute = estimator.attribute("estimators_")?;
    let estimators = attribute.items()?;
    let Some(first) = estimators.first() else {
        return Err(attribute.error("expected a list of trees, found none"));
    };
    let accepts = accepted_by_forest(*first, frame)?;
    let trees: Vec<GroveTree<'_>> =
        estimators.iter().map(|estimator| GroveTree { estimator: *estimator, columns: None }).collect();
    Grove::plant(context, &trees, frame, accepts)
}

/// The mean over the trees of a vector at the leaf: their sum in the order of the trees, then divided.
fn mean(
    context: &mut Context,
    trees: &Grove,
    width: usize,
    vector: impl Fn(&TreeArrays, usize) -> Vec<f64>,
) -> Result<ValueId> {
    let vector = |leaf: Leaf| trees.arrays.get(leaf.tree).map(|tree| vector(tree, leaf.node)).unwrap_or_default();
    let sum = trees.sum(&mut context.graph, width, vector)?;
    let count = context.graph.number(trees.arrays.len() as f64, sum)?;
    context.graph.div(sum, count)
}

/// The leaf of every tree.
fn apply(context: &mut Context, trees: &Grove) -> Result<Method> {
    let leaf = trees.leaf(&mut context.graph, |leaf| leaf.node as i64)?;
    Ok(Method::list("apply", "leaf", leaf, Vec::new()))
}
