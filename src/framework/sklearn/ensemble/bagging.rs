//! `BaggingClassifier`, `BaggingRegressor` and imbalanced-learn's ensembles like them: means over estimators that were
//! fitted on parts of the rows and columns.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::trees::{Grove, GroveTree, Targets, TreeArrays, accepted_by_tree};
use super::members::{self, Member, spread};
use super::{divided, promoted, total};
use crate::error::{Error, Result};
use crate::forest::Leaf;
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Category, Method};
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::one_hot::OneHot;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// What the estimators of a classifier say together, a column per class.
struct Sums {
    /// The sum of their probabilities, or their votes.
    probabilities: ValueId,
    /// The logarithm of that sum, computed from their logarithms.
    logarithms: Option<ValueId>,
    /// The sum of their decisions, and whether a row is a list.
    decision: Option<(ValueId, bool)>,
}

/// A classifier: the mean of the probabilities; estimators without probabilities vote.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let members = members::read(estimator)?;
    let sums = match members::trees(&members) {
        Some(trees) => sums_of_trees(context, &trees, frame, classes.len())?,
        None => sums(context, &members, frame, classes.len())?,
    };
    let g = &mut context.graph;
    let count = members.len() as f64;
    let probabilities = divided(g, sums.probabilities, count)?;
    let logarithms = match sums.logarithms {
        Some(logarithms) => {
            let count = g.number(count, logarithms)?;
            let count = g.unary(UnaryFunction::Log, count)?;
            g.sub(logarithms, count)?
        }
        None => g.unary(UnaryFunction::Log, probabilities)?,
    };
    let position = g.apply(ArgMax, &[probabilities])?;
    let names = classes.names();
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    classifier.probabilities(context, probabilities)?;
    classifier.method(Method::list("predict_log_proba", "log_probability", logarithms, names.clone()));
    if let Some((decision, is_list)) = sums.decision {
        let decision = divided(&mut context.graph, decision, count)?;
        let names = if context.graph.width(decision) == names.len() { names } else { Vec::new() };
        classifier.method(match is_list {
            true => Method::list("decision_function", "decision", decision, names),
            false => Method::scalar("decision_function", "decision", decision),
        });
    }
    Ok(classifier.finish())
}

/// A regressor: the mean of the predictions.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let members = members::read(estimator)?;
    let (sum, n_targets) = match members::trees(&members) {
        Some(trees) => {
            let grove = plant(context, &trees, frame)?;
            let n_targets = grove.arrays.first().map_or(1, |tree| tree.n_targets);
            let values = |leaf: Leaf| grove.arrays.get(leaf.tree).map(|tree| tree.first_values(leaf.node));
            let sum = grove.sum(&mut context.graph, n_targets, |leaf| values(leaf).unwrap_or_default())?;
            (sum, (n_targets > 1).then_some(n_targets))
        }
        None => {
            let mut predictions = Vec::with_capacity(members.len());
            let mut is_list = false;
            for member in &members {
                let predictor = member.predict(context, frame)?;
                predictions.push(predictor.predicted_numbers(&mut context.graph)?);
                is_list |= is_list_method(&predictor, "predict");
            }
            let predictions = promoted(&mut context.graph, &predictions)?;
            let sum = total(&mut context.graph, &predictions)?;
            (sum, is_list.then(|| context.graph.width(sum)))
        }
    };
    let mean = divided(&mut context.graph, sum, members.len() as f64)?;
    Ok(Predictor::regressor(mean, n_targets))
}

fn plant(context: &mut Context, trees: &[GroveTree<'_>], frame: &Frame) -> Result<Grove> {
    let first = trees.first().ok_or_else(|| Error::internal("an ensemble without trees"))?;
    let accepts = accepted_by_tree(first.estimator, frame)?;
    Grove::plant(context, trees, frame, accepts)
}

/// The sums over single decision trees. Their logarithms are those of shares, so the sum's logarithm is that of a sum.
fn sums_of_trees(context: &mut Context, trees: &[GroveTree<'_>], frame: &Frame, n_classes: usize) -> Result<Sums> {
    let grove = plant(context, trees, frame)?;
    let mut placed = Vec::with_capacity(trees.len());
    for (tree, arrays) in trees.iter().zip(&grove.arrays) {
        let targets = Targets::read(tree.estimator)?;
        targets.expect_tree(arrays)?;
        let [classes] = targets.classes() else {
            return Err(tree.estimator.located(Error::unsupported("several-targets", "expected a tree of one target")));
        };
        placed.push((places(tree.estimator, classes, n_classes)?, targets));
    }
    let shares = |leaf: Leaf| match (grove.arrays.get(leaf.tree), placed.get(leaf.tree)) {
        (Some(tree), Some((places, targets))) => shares_at(tree, leaf.node, targets, places, n_classes),
        _ => Vec::new(),
    };
    let probabilities = grove.sum(&mut context.graph, n_classes, shares)?;
    let logarithms = context.graph.unary(UnaryFunction::Log, probabilities)?;
    Ok(Sums { probabilities, logarithms: Some(logarithms), decision: None })
}

fn shares_at(tree: &TreeArrays, node: usize, targets: &Targets, places: &[usize], n_classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; n_classes];
    for (place, share) in places.iter().zip(targets.shares(tree, node)) {
        if let Some(at) = shares.get_mut(*place) {
            *at = share;
        }
    }
    shares
}

/// Where an inner classifier's classes stand among `n_classes`: it was fitted on their positions, and may lack some.
fn places(estimator: Fitted<'_>, inner: &Classes, n_classes: usize) -> Result<Vec<usize>> {
    if inner.len() == n_classes {
        return Ok((0..n_classes).collect());
    }
    let place = |label: &Category| match label {
        Category::Integer(place) => usize::try_from(*place).ok().filter(|place| *place < n_classes),
        _ => None,
    };
    let places: Option<Vec<usize>> = inner.labels.iter().map(place).collect();
    places.ok_or_else(|| {
        let message = format!("expected the positions of {n_classes} classes as class labels, found others");
        estimator.located(Error::malformed("class-labels", message))
    })
}

fn sums(context: &mut Context, members: &[Member<'_>], frame: &Frame, n_classes: usize) -> Result<Sums> {
    let (mut probabilities, mut logarithms, mut decisions) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_list = false;
    for member in members {
        let predictor = member.predict(context, frame)?;
        let g = &mut context.graph;
        let places = places(member.estimator, predictor.only_classes()?, n_classes)?;
        let spread = |g: &mut GraphBuilder, value: ValueId, fill: f64| {
            let value = g.cast(value, ElementType::F64)?;
            if places.len() == n_classes { Ok(value) } else { spread(g, value, &places, n_classes, fill) }
        };
        probabilities.push(match predictor.optional("predict_proba")? {
            Some(own) => spread(g, own, 0.0)?,
            None => {
                let position = predictor.position(g)?;
                let vote = g.apply(OneHot { width: places.len(), element: ElementType::F64 }, &[position])?;
                spread(g, vote, 0.0)?
            }
        });
        if let Some(own) = predictor.optional("predict_log_proba")? {
            logarithms.push(spread(g, own, f64::NEG_INFINITY)?);
        }
        if let Some(own) = predictor.optional("decision_function")? {
            is_list |= is_list_method(&predictor, "decision_function");
            decisions.push(own);
        }
    }
    let g = &mut context.graph;
    let has_all = |values: &[ValueId]| values.len() == members.len();
    let logarithms = if has_all(&logarithms) { Some(log_sum_exp(g, &logarithms)?) } else { None };
    let decision = if has_all(&decisions) { Some((sum_of_decisions(g, &decisions)?, is_list)) } else { None };
    Ok(Sums { probabilities: total(g, &probabilities)?, logarithms, decision })
}

fn sum_of_decisions(g: &mut GraphBuilder, decisions: &[ValueId]) -> Result<ValueId> {
    let decisions = promoted(g, decisions)?;
    let width = decisions.first().map_or(0, |first| g.width(*first));
    if decisions.iter().any(|decision| g.width(*decision) != width) {
        let message = "the estimators were fitted on different numbers of classes, so their decisions cannot be added";
        return Err(Error::unsupported("class-count", message));
    }
    total(g, &decisions)
}

fn is_list_method(predictor: &Predictor, name: &str) -> bool {
    predictor.method(name).and_then(|method| method.outputs.first()).is_some_and(|output| output.is_list)
}

/// `log(exp(a) + exp(b) + …)`; `-inf` where all are.
fn log_sum_exp(g: &mut GraphBuilder, values: &[ValueId]) -> Result<ValueId> {
    let (first, rest) = values.split_first().ok_or_else(|| Error::internal("a sum of nothing"))?;
    let most = rest.iter().try_fold(*first, |most, value| g.binary(BinaryFunction::Max, most, *value))?;
    let (nothing, zero) = (g.number(f64::NEG_INFINITY, most)?, g.number(0.0, most)?);
    let is_nothing = g.binary(BinaryFunction::Equal, most, nothing)?;
    let most = g.select(is_nothing, zero, most)?;
    let mut exponentials = Vec::with_capacity(values.len());
    for value in values {
        let difference = g.sub(*value, most)?;
        exponentials.push(g.unary(UnaryFunction::Exp, difference)?);
    }
    let sum = total(g, &exponentials)?;
    let logarithm = g.unary(UnaryFunction::Log, sum)?;
    g.add(logarithm, most)
}
