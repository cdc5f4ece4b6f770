//! `DecisionTreeClassifier`, `DecisionTreeRegressor`, `ExtraTreeClassifier`, `ExtraTreeRegressor`.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::input::{accepted_by_tree, narrowed};
use super::targets::Targets;
use super::{TreeArrays, leaf_vectors};
use crate::error::Result;
use crate::forest::{Comparison, Forest, Leaf, Planted};
use crate::model::Method;

/// A classifier: the leaf's shares, and the first of its largest values.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (tree, planted) = plant(context, estimator, frame)?;
    let targets = Targets::read(estimator)?;
    targets.expect_tree(&tree)?;
    let of_leaf = |leaf: Leaf| targets.shares(&tree, leaf.node);
    let shares = leaf_vectors(&mut context.graph, &planted, targets.width(), of_leaf)?;
    let shares = targets.split(context, shares)?;
    let position = |target: usize| planted.leaf(&mut context.graph, |leaf| tree.largest(leaf.node, target));
    let positions: Vec<_> = (0..tree.n_targets).map(position).collect::<Result<_>>()?;
    let apply = apply(context, &planted)?;
    targets.predictor(context, &positions, &shares, apply)
}

/// A regressor: the leaf's values.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (tree, planted) = plant(context, estimator, frame)?;
    let of_leaf = |leaf: Leaf| tree.first_values(leaf.node);
    let values = leaf_vectors(&mut context.graph, &planted, tree.n_targets, of_leaf)?;
    let mut predictor = Predictor::regressor(values, (tree.n_targets > 1).then_some(tree.n_targets));
    predictor.methods.push(apply(context, &planted)?);
    Ok(predictor)
}

fn plant(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<(TreeArrays, Planted)> {
    frame.expect_width(estimator.n_features()?)?;
    let tree = TreeArrays::read(estimator)?;
    let mut forest = Forest::new(frame.width(), Comparison::LessEqual)?;
    forest.add_tree(&tree.nodes).map_err(|error| estimator.located(error))?;
    let accepts = accepted_by_tree(estimator, frame)?;
    let x = narrowed(context, frame, accepts)?;
    let planted = forest.plant(&mut context.graph, x)?;
    Ok((tree, planted))
}

fn apply(context: &mut Context, planted: &Planted) -> Result<Method> {
    let leaf = planted.leaf(&mut context.graph, |leaf| leaf.node as i64)?;
    Ok(Method::scalar("apply", "leaf", leaf))
}
