//! `HistGradientBoostingClassifier` and `HistGradientBoostingRegressor`: iterations of trees on top of a baseline.

mod categories;
mod input;
mod loss;
mod nodes;

use super::classes::Classes;
use super::classifier::{Classifier, Positive};
use super::context::Context;
use super::fitted::Fitted;
use super::frame::Frame;
use super::predictor::Predictor;
use super::version::version;
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest, Leaf};
use crate::graph::ValueId;
use crate::limits;
use crate::tensor::Data;
use categories::Known;
use input::Input;
use loss::Loss;
use nodes::Nodes;

/// The first version whose `predict` looks at the raw prediction and not at the probability.
const DECIDES_BY_RAW_SINCE: (u64, u64) = (1, 5);

/// A classifier.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let loss = Loss::read(estimator)?;
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    let raw = raw_predictions(context, estimator, frame)?;
    let probabilities = loss.probabilities(&mut context.graph, raw)?;
    let deciding = if version(estimator) < DECIDES_BY_RAW_SINCE { probabilities } else { raw };
    classifier.predict_scores(context, deciding, Positive::Above)?;
    classifier.probabilities(context, probabilities)?;
    classifier.decision(context, raw)?;
    Ok(classifier.finish())
}

/// A regressor.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let loss = Loss::read(estimator)?;
    let raw = raw_predictions(context, estimator, frame)?;
    if context.graph.width(raw) != 1 {
        return Err(estimator.error("expected one tree an iteration, found several"));
    }
    let value = loss.prediction(&mut context.graph, raw)?;
    Ok(Predictor::regressor(value, None))
}

/// The baseline and then, iteration after iteration, the trees; a column per tree of an iteration.
fn raw_predictions(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<ValueId> {
    let baseline = baseline(estimator)?;
    let input = Input::read(context, estimator, frame)?;
    let known = Known::read(estimator, &input)?;
    let mut forest = Forest::new(context.graph.width(input.x), Comparison::LessEqual)?;
    let attribute = estimator.attribute("_predictors")?;
    let mut values: Vec<Vec<f64>> = Vec::new();
    for iteration in attribute.items()? {
        let predictors = iteration.items()?;
        if predictors.len() != baseline.len() {
            let message = format!("expected {} trees an iteration, found {}", baseline.len(), predictors.len());
            return Err(iteration.error(message));
        }
        for predictor in predictors {
            let nodes = Nodes::read(predictor, &known)?;
            forest.add_tree(&nodes.nodes).map_err(|error| attribute.located(error))?;
            values.push(nodes.values);
        }
    }
    if values.is_empty() {
        return Err(attribute.error("expected at least one iteration, found none"));
    }
    let planted = forest.plant(&mut context.graph, input.x)?;
    let n_outputs = baseline.len();
    let value = |leaf: Leaf| values.get(leaf.tree).and_then(|tree| tree.get(leaf.node)).copied().unwrap_or(0.0);
    let output = |tree: usize| (tree % n_outputs) as u32;
    planted.sum(&mut context.graph, Data::F64(baseline), output, value)
}

/// A number per tree of an iteration: a scalar in 1.0 where there is one, else an array of any layout.
fn baseline(estimator: Fitted<'_>) -> Result<Vec<f64>> {
    let attribute = estimator.attribute("_baseline_prediction")?;
    let baseline = match attribute.is_array() && !attribute.array_shape()?.is_empty() {
        true => attribute.array()?.to_f64()?,
        false => vec![attribute.as_f64()?],
    };
    let n_trees = estimator.attribute("n_trees_per_iteration_")?.as_usize()?;
    limits::CLASSES.check_len(n_trees)?;
    if baseline.len() != n_trees || baseline.is_empty() {
        let message = format!("{} baselines do not fit {n_trees} trees an iteration", baseline.len());
        return Err(attribute.located(Error::malformed("class-count", message)));
    }
    Ok(baseline)
}
