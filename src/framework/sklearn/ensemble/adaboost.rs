//! `AdaBoostClassifier`, `AdaBoostRegressor` and imbalanced-learn's `RUSBoostClassifier`: weighted votes and medians.

use super::super::classes::Classes;
use super::super::classifier::{Classifier, Positive};
use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::probability::softmax;
use super::super::trees::{Grove, GroveTree, Targets, accepted_by_tree};
use super::super::version::Version;
use super::members::{self, Member};
use super::{divided, promoted, total, version_of};
use crate::error::{Error, Result};
use crate::forest::Leaf;
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Method;
use crate::ops::binary::BinaryFunction;
use crate::ops::lanes::Scalar64;
use crate::ops::math;
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::ops::weighted_median::WeightedMedian;
use crate::tensor::{Data, ElementType, Matrix};

/// The first version whose votes against a class count.
const VOTES_AGAINST_SINCE: Version = (1, 3);
/// The first version in which `algorithm` has no effect: SAMME is the only one.
const ONLY_SAMME_SINCE: Version = (1, 6);

/// How an estimator adds to the scores of the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    /// Its weight, for the class that it predicts.
    Votes {
        /// Whether the other classes lose a part of the weight.
        against: bool,
    },
    /// The logarithms of its probabilities around their mean (SAMME.R).
    Logarithms,
}

impl Algorithm {
    fn read(estimator: Fitted<'_>, version: Version) -> Result<Self> {
        let votes = Algorithm::Votes { against: version >= VOTES_AGAINST_SINCE };
        if version >= ONLY_SAMME_SINCE {
            return Ok(votes);
        }
        match &*estimator.word("algorithm", "SAMME")? {
            "SAMME" => Ok(votes),
            "SAMME.R" => Ok(Algorithm::Logarithms),
            _ => Err(estimator.unsupported_parameter("algorithm", "'SAMME' or 'SAMME.R'")),
        }
    }
}

/// What a vote of `weight` for the class at `position` adds to every class; -1 is a class that is not known.
fn vote(position: i64, weight: f64, n_classes: usize, against: bool) -> Vec<f64> {
    let other = if against { -1.0 / (n_classes as f64 - 1.0) * weight } else { 0.0 };
    (0..n_classes as i64).map(|class| if class == position { weight } else { other }).collect()
}

/// A classifier.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let frame = &frame.checked(context, Accepts::Finite)?;
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let members = members::read(estimator)?;
    let weights = weights(estimator, members.len())?;
    let n_classes = classes.len();
    let algorithm = Algorithm::read(estimator, version_of(estimator, &members))?;
    if n_classes == 1 {
        return one_class(context, classes);
    }
    let sum = match members::trees(&members) {
        Some(trees) => sum_of_trees(context, &trees, frame, &classes, (algorithm, &weights))?,
        None => sum(context, &members, frame, &classes, (algorithm, &weights))?,
    };
    let g = &mut context.graph;
    let scores = divided(g, sum, weights.iter().sum())?;
    let decision = if n_classes == 2 {
        let (first, second) = (g.columns(scores, vec![0])?, g.columns(scores, vec![1])?);
        g.sub(second, first)?
    } else {
        scores
    };
    let probabilities = probabilities(g, decision, n_classes)?;
    let mut classifier = Classifier::new(classes);
    classifier.predict_scores(context, decision, Positive::Above)?;
    classifier.log_probabilities(context, probabilities)?;
    classifier.decision(context, decision)?;
    Ok(classifier.finish())
}

/// The weights of the estimators; the list may be longer.
fn weights(estimator: Fitted<'_>, count: usize) -> Result<Vec<f64>> {
    let attribute = estimator.attribute("estimator_weights_")?;
    let array = attribute.array()?;
    array.expect_dims(1)?;
    let mut weights = array.to_f64()?;
    if weights.len() < count {
        return Err(attribute.error(format!("expected {count} weights, found {}", weights.len())));
    }
    weights.truncate(count);
    match weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0) {
        true => Ok(weights),
        false => Err(attribute.error("expected finite weights of 0 or more, found others")),
    }
}

/// A classifier of rows that all had one class.
fn one_class(context: &mut Context, classes: Classes) -> Result<Predictor> {
    let g = &mut context.graph;
    let (position, certain) = (g.constant(Data::I64(vec![0]))?, g.constant(Data::F64(vec![1.0]))?);
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    classifier.log_probabilities(context, certain)?;
    let decision = context.graph.constant(Data::F64(vec![0.0]))?;
    classifier.method(Method::list("decision_function", "decision", decision, Vec::new()));
    Ok(classifier.finish())
}

fn probabilities(g: &mut GraphBuilder, decision: ValueId, n_classes: usize) -> Result<ValueId> {
    let scores = if n_classes == 2 {
        let negative = g.unary(UnaryFunction::Negate, decision)?;
        let pair = g.concat(&[negative, decision])?;
        divided(g, pair, 2.0)?
    } else {
        divided(g, decision, n_classes as f64 - 1.0)?
    };
    softmax(g, scores)
}

fn sum(
    context: &mut Context,
    members: &[Member<'_>],
    frame: &Frame,
    classes: &Classes,
    (algorithm, weights): (Algorithm, &[f64]),
) -> Result<ValueId> {
    let n_classes = classes.len();
    let mut parts = Vec::with_capacity(members.len());
    for (member, weight) in members.iter().zip(weights) {
        let predictor = member.predict(context, frame)?;
        let g = &mut context.graph;
        parts.push(match algorithm {
            Algorithm::Votes { against } => {
                let position = predictor.position_among(g, classes)?;
                // A position outside takes the last entry.
                let votes =
                    (0..n_classes as i64).chain([-1]).flat_map(|class| vote(class, *weight, n_classes, against));
                let table = Matrix::new(n_classes + 1, n_classes, Data::F64(votes.collect()));
                g.apply(Take { table }, &[position])?
            }
            Algorithm::Logarithms => {
                let own = predictor.value("predict_proba")?;
                if g.width(own) != n_classes {
                    let message = format!("expected {n_classes} probabilities a row, found {}", g.width(own));
                    return Err(Error::malformed("class-count", message));
                }
                logarithms(g, own)?
            }
        });
    }
    let parts = promoted(&mut context.graph, &parts)?;
    total(&mut context.graph, &parts)
}

/// `(n - 1) · (log p - mean(log p))`, with probabilities kept an epsilon of their type off 0.
fn logarithms(g: &mut GraphBuilder, probabilities: ValueId) -> Result<ValueId> {
    let n_classes = g.width(probabilities) as f64;
    let epsilon = if g.ty(probabilities).element == ElementType::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let epsilon = g.number(epsilon, probabilities)?;
    let kept = g.binary(BinaryFunction::Max, probabilities, epsilon)?;
    let logarithm = g.unary(UnaryFunction::Log, kept)?;
    let sum = g.reduce(ReduceFunction::Sum, logarithm)?;
    let share = g.number(1.0 / n_classes, sum)?;
    let mean = g.mul(share, sum)?;
    let difference = g.sub(logarithm, mean)?;
    let factor = g.number(n_classes - 1.0, difference)?;
    g.mul(factor, difference)
}

/// The sum over single decision trees: what a tree adds is known at each leaf.
fn sum_of_trees(
    context: &mut Context,
    trees: &[GroveTree<'_>],
    frame: &Frame,
    classes: &Classes,
    (algorithm, weights): (Algorithm, &[f64]),
) -> Result<ValueId> {
    let grove = plant(context, trees, frame)?;
    let n_classes = classes.len();
    let mut targets = Vec::with_capacity(trees.len());
    for (tree, arrays) in trees.iter().zip(&grove.arrays) {
        let own = Targets::read(tree.estimator)?;
        own.expect_tree(arrays)?;
        let [labels] = own.classes() else {
            return Err(tree.estimator.located(Error::unsupported("several-targets", "expected a tree of one target")));
        };
        if algorithm == Algorithm::Logarithms && labels.len() != n_classes {
            let message = format!("expected a tree of {n_classes} classes, found {}", labels.len());
            return Err(tree.estimator.located(Error::malformed("class-count", message)));
        }
        let places: Vec<i64> = labels.labels.iter().map(|label| classes.index_of(label)).collect();
        targets.push((own, places));
    }
    let part = |leaf: Leaf| {
        let (tree, (own, places)) = (grove.arrays.get(leaf.tree)?, targets.get(leaf.tree)?);
        Some(match algorithm {
            Algorithm::Votes { against } => {
                let position = usize::try_from(tree.largest(leaf.node, 0)).ok()?;
                vote(*places.get(position)?, *weights.get(leaf.tree)?, n_classes, against)
            }
            Algorithm::Logarithms => leaf_logarithms(&own.shares(tree, leaf.node)),
        })
    };
    grove.sum(&mut context.graph, n_classes, |leaf| part(leaf).unwrap_or_default())
}

/// [`logarithms`] of the shares at a leaf.
fn leaf_logarithms(shares: &[f64]) -> Vec<f64> {
    let logarithms: Vec<f64> = shares
        .iter()
        .map(|share| math::log(&mut Scalar64, if *share < f64::EPSILON { f64::EPSILON } else { *share }))
        .collect();
    let n_classes = shares.len() as f64;
    let sum = logarithms.iter().fold(0.0, |sum, logarithm| sum + logarithm);
    logarithms.iter().map(|logarithm| (n_classes - 1.0) * (logarithm - 1.0 / n_classes * sum)).collect()
}

fn plant(context: &mut Context, trees: &[GroveTree<'_>], frame: &Frame) -> Result<Grove> {
    let first = trees.first().ok_or_else(|| Error::internal("an ensemble without trees"))?;
    let accepts = accepted_by_tree(first.estimator, frame)?;
    Grove::plant(context, trees, frame, accepts)
}

/// A regressor: the median of the predictions by the weights of the estimators.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    frame.expect_width(estimator.n_features()?)?;
    let frame = &frame.checked(context, Accepts::Finite)?;
    let members = members::read(estimator)?;
    let weights = weights(estimator, members.len())?;
    let predictions = match members::trees(&members) {
        Some(trees) => {
            let grove = plant(context, &trees, frame)?;
            if grove.arrays.iter().any(|tree| tree.n_targets != 1) {
                return Err(estimator.located(Error::unsupported("several-targets", "expected trees of one target")));
            }
            let value = |leaf: Leaf| grove.arrays.get(leaf.tree).and_then(|tree| tree.values(leaf.node, 0).first());
            grove.each(&mut context.graph, |leaf| value(leaf).copied().unwrap_or(0.0))?
        }
        None => {
            let mut predictions = Vec::with_capacity(members.len());
            for member in &members {
                predictions.push(member.predict(context, frame)?.predicted_numbers(&mut context.graph)?);
            }
            let predictions = promoted(&mut context.graph, &predictions)?;
            context.graph.concat(&predictions)?
        }
    };
    let median = context.graph.apply(WeightedMedian { weights }, &[predictions])?;
    Ok(Predictor::regressor(median, None))
}
