//! `GradientBoostingClassifier` and `GradientBoostingRegressor`: stages of regression trees on top of a first guess.

mod init;
mod loss;

use super::classes::Classes;
use super::classifier::{Classifier, Positive};
use super::context::{Accepts, Context};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::predictor::Predictor;
use super::trees::{TreeArrays, narrowed};
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest, Leaf, Planted};
use crate::graph::ValueId;
use crate::limits;
use crate::model::{Method, MethodOutput};
use crate::tensor::{Data, ElementType};
use loss::{Kind, Loss};

/// The trees of all stages.
struct Stages {
    /// Stage after stage, in each one tree per raw prediction.
    trees: Vec<TreeArrays>,
    planted: Planted,
    /// How many trees a stage has.
    n_per_stage: usize,
    learning_rate: f64,
}

/// A classifier.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let loss = Loss::read(estimator)?;
    let mut classifier = Classifier::new(Classes::read(estimator.attribute("classes_")?)?);
    let (stages, raw) = raw_predictions(context, estimator, frame, loss)?;
    let probabilities = loss.probabilities(&mut context.graph, raw)?;
    match loss.decides_by_probability() {
        true => classifier.predict_scores(context, probabilities, Positive::Above)?,
        false => classifier.predict_scores(context, raw, Positive::FromZero)?,
    }
    classifier.log_probabilities(context, probabilities)?;
    classifier.decision(context, raw)?;
    classifier.method(stages.apply_by_stage(context)?);
    Ok(classifier.finish())
}

/// A regressor: the raw prediction itself, whatever the loss.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let loss = Loss::read(estimator)?;
    if loss.kind != Kind::Regression {
        return Err(estimator.error("expected a loss for regression, found one for classification"));
    }
    let (stages, raw) = raw_predictions(context, estimator, frame, loss)?;
    if context.graph.width(raw) != 1 {
        return Err(estimator.error("expected one tree a stage, found several"));
    }
    let mut predictor = Predictor::regressor(raw, None);
    let leaves = stages.leaves(context)?;
    predictor.methods.push(Method::list("apply", "leaf", leaves, Vec::new()));
    Ok(predictor)
}

/// `init + learning_rate · tree + …`, a column per tree of a stage.
fn raw_predictions(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: &Frame,
    loss: Loss,
) -> Result<(Stages, ValueId)> {
    frame.expect_width(estimator.n_features()?)?;
    let x = narrowed(context, frame, Accepts::Finite)?;
    let stages = Stages::plant(context, estimator, x, frame.width())?;
    let init = init::raw_prediction(context, estimator, frame, x, loss, stages.n_per_stage)?;
    let raw = match context.graph.constant_of(init).map(|matrix| matrix.data) {
        Some(Data::F64(start)) => stages.sum(context, start)?,
        _ => {
            let sum = stages.sum(context, vec![0.0; stages.n_per_stage])?;
            context.graph.add(init, sum)?
        }
    };
    Ok((stages, raw))
}

impl Stages {
    fn plant(context: &mut Context, estimator: Fitted<'_>, x: ValueId, n_features: usize) -> Result<Self> {
        let attribute = estimator.attribute("estimators_")?;
        let objects = attribute.objects()?;
        let n_per_stage = match objects.shape[..] {
            [n_stages, n_per_stage] if n_stages > 0 && n_per_stage > 0 => n_per_stage,
            _ => return Err(attribute.error("expected a table of trees, at least one")),
        };
        limits::TREES.check_len(objects.items.len())?;
        let mut forest = Forest::new(n_features, Comparison::LessEqual)?;
        let mut trees = Vec::with_capacity(objects.items.len());
        for item in objects.items {
            let tree = TreeArrays::read(item)?;
            forest.add_tree(&tree.nodes).map_err(|error| attribute.located(error))?;
            trees.push(tree);
        }
        let planted = forest.plant(&mut context.graph, x)?;
        let learning_rate = estimator.attribute("learning_rate")?.as_f64()?;
        Ok(Stages { trees, planted, n_per_stage, learning_rate })
    }

    fn sum(&self, context: &mut Context, start: Vec<f64>) -> Result<ValueId> {
        if start.len() != self.n_per_stage {
            let message = format!("{} first guesses do not fit {} trees a stage", start.len(), self.n_per_stage);
            return Err(Error::malformed("class-count", message));
        }
        let value = |leaf: Leaf| {
            let values = self.trees.get(leaf.tree).map(|tree| tree.values(leaf.node, 0)).unwrap_or_default();
            self.learning_rate * values.first().copied().unwrap_or(0.0)
        };
        let output = |tree: usize| (tree % self.n_per_stage) as u32;
        self.planted.sum(&mut context.graph, Data::F64(start), output, value)
    }

    /// The leaf of every tree, as the float64 that `apply` returns.
    fn leaves(&self, context: &mut Context) -> Result<ValueId> {
        let leaves = self.planted.leaf(&mut context.graph, |leaf| leaf.node as i64)?;
        context.graph.cast(leaves, ElementType::F64)
    }

    /// `apply` of a classifier: a list per stage.
    fn apply_by_stage(&self, context: &mut Context) -> Result<Method> {
        let leaves = self.leaves(context)?;
        let n_stages = self.trees.len() / self.n_per_stage;
        let stage = |stage: usize| {
            let first = stage * self.n_per_stage;
            let value = context.graph.columns(leaves, (first..first + self.n_per_stage).collect())?;
            Ok(MethodOutput { name: format!("leaf_{stage}"), value, is_list: true, columns: Vec::new() })
        };
        Ok(Method { name: "apply".to_owned(), outputs: (0..n_stages).map(stage).collect::<Result<_>>()? })
    }
}
