//! `RandomTreesEmbedding`: which leaf of each random tree a row reaches, a column per leaf.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::trees::{Grove, accepted_by_forest};
use super::members;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::{Method, Task};
use crate::ops::one_hot::OneHot;
use crate::tensor::ElementType;

/// `transform` and `apply`.
pub fn forest(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let grove = plant(context, estimator, frame)?;
    let leaf = grove.leaf(&mut context.graph, |leaf| leaf.node as i64)?;
    let embedded = embed(context, estimator, &grove)?;
    let methods = vec![Method::list("apply", "leaf", leaf, Vec::new()), embedded.method(context, "transform")?];
    Ok(Predictor { task: Task::Transformation, classes: Vec::new(), methods })
}

/// The leaves as columns of 0 and 1.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let grove = plant(context, estimator, frame)?;
    embed(context, estimator, &grove)
}

fn plant(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Grove> {
    frame.expect_width(estimator.n_features()?)?;
    let members = members::read(estimator)?;
    let (Some(trees), Some(first)) = (members::trees(&members), members.first()) else {
        let message = "expected single decision trees as `estimators_`";
        return Err(estimator.located(Error::unsupported("unexpected-value", message)));
    };
    let accepts = accepted_by_forest(first.estimator, frame)?;
    Grove::plant(context, &trees, frame, accepts)
}

/// A column per leaf, tree after tree. Every leaf of these trees holds training rows, so the encoder knows them all.
fn embed(context: &mut Context, estimator: Fitted<'_>, grove: &Grove) -> Result<Frame> {
    let leaves = grove.leaves();
    limits::FEATURES.check_len(leaves.iter().map(Vec::len).sum())?;
    let rank =
        |leaf: crate::forest::Leaf| leaves.get(leaf.tree).and_then(|of_tree| of_tree.binary_search(&leaf.node).ok());
    let ranks = grove.leaf(&mut context.graph, |leaf| rank(leaf).map_or(-1, |rank| rank as i64))?;
    let (mut names, mut columns) = (Vec::new(), Vec::with_capacity(leaves.len()));
    for (tree, of_tree) in leaves.iter().enumerate() {
        let position = context.graph.columns(ranks, vec![tree])?;
        let width = of_tree.len();
        columns.push(context.graph.apply(OneHot { width, element: ElementType::F64 }, &[position])?);
        names.extend(of_tree.iter().map(|leaf| format!("randomtreesembedding_{tree}_{leaf}")));
    }
    let all = context.graph.concat(&columns)?;
    let is_sparse = estimator.flag("sparse_output", true)?;
    Ok(Frame { is_sparse, ..Frame::of_numbers(names, all) })
}
