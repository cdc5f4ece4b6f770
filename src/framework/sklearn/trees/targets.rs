//! The targets of a tree classifier: their classes, their shares of a leaf, and the methods over them.

use super::super::classes::{Classes, name};
use super::super::classifier::Classifier;
use super::super::context::Context;
use super::super::fitted::Fitted;
use super::super::predictor::Predictor;
use super::TreeArrays;
use crate::encoding::array::Kind;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::model::{Category, Method, MethodOutput, Task};
use crate::ops::unary::UnaryFunction;

/// The targets of a classifier, at least one.
#[derive(Debug)]
pub struct Targets {
    classes: Vec<Classes>,
}

impl Targets {
    /// Reads `classes_`: an array for one target, else a list of arrays.
    pub fn read(estimator: Fitted<'_>) -> Result<Self> {
        let attribute = estimator.attribute("classes_")?;
        if attribute.is_array() {
            return Ok(Targets { classes: vec![Classes::read(attribute)?] });
        }
        let arrays = attribute.items()?;
        let mut classes: Vec<Classes> = arrays.iter().map(|array| Classes::read(*array)).collect::<Result<_>>()?;
        let Some(first) = arrays.first() else { return Err(attribute.error("expected a list of classes, found none")) };
        let dtype = first.array()?.dtype;
        let (Some(kind), characters) =
            (classes.first().and_then(|first| first.labels.first()).cloned(), dtype.item_bytes / 4)
        else {
            return Err(first.error("expected class labels, found none"));
        };
        if dtype.kind != Kind::Object {
            let labels = classes.iter_mut().skip(1).flat_map(|classes| &mut classes.labels);
            for label in labels {
                *label = stored_as(label, &kind, characters).ok_or_else(|| mixed(attribute))?;
            }
        }
        Ok(Targets { classes })
    }

    /// Refuses a tree that does not fit.
    pub fn expect_tree(&self, tree: &TreeArrays) -> Result<()> {
        let most = self.classes.iter().map(Classes::len).max().unwrap_or(0);
        if tree.n_targets == self.classes.len() && tree.n_values >= most {
            return Ok(());
        }
        let message = format!(
            "{} targets with up to {most} classes do not fit a tree with {} × {} values a node",
            self.classes.len(),
            tree.n_targets,
            tree.n_values
        );
        Err(Error::malformed("class-count", message))
    }

    /// The number of targets.
    pub fn n_targets(&self) -> usize {
        self.classes.len()
    }

    /// The number of classes of a target.
    pub fn n_classes(&self, target: usize) -> usize {
        self.classes.get(target).map_or(0, Classes::len)
    }

    /// The classes of each target.
    pub fn classes(&self) -> &[Classes] {
        &self.classes
    }

    /// The classes of all targets together.
    pub fn width(&self) -> usize {
        self.classes.iter().map(Classes::len).sum()
    }

    /// The shares of every class of every target at a node.
    pub fn shares(&self, tree: &TreeArrays, node: usize) -> Vec<f64> {
        let of_target = |(target, classes): (usize, &Classes)| {
            let values = tree.values(node, target).get(..classes.len()).unwrap_or_default();
            let sum: f64 = values.iter().sum();
            let divisor = if !tree.holds_shares && sum != 0.0 { sum } else { 1.0 };
            values.iter().map(move |value| value / divisor).collect::<Vec<_>>()
        };
        self.classes.iter().enumerate().flat_map(of_target).collect()
    }

    /// The shares of each target.
    pub fn split(&self, context: &mut Context, shares: ValueId) -> Result<Vec<ValueId>> {
        let mut first = 0;
        let mut part = |classes: &Classes| {
            let columns = (first..first + classes.len()).collect();
            first += classes.len();
            context.graph.columns(shares, columns)
        };
        self.classes.iter().map(&mut part).collect()
    }

    /// The methods of a classifier, given the position of the predicted class and the shares of each target.
    pub fn predictor(
        self,
        context: &mut Context,
        positions: &[ValueId],
        shares: &[ValueId],
        apply: Method,
    ) -> Result<Predictor> {
        if let ([position], [shares], 1) = (positions, shares, self.classes.len()) {
            let mut classifier = Classifier::new(self.classes.into_iter().next().ok_or_else(no_targets)?);
            classifier.predict_position(context, *position)?;
            classifier.log_probabilities(context, *shares)?;
            classifier.method(apply);
            return Ok(classifier.finish());
        }
        let (mut labels, mut probabilities, mut logarithms) = (Vec::new(), Vec::new(), Vec::new());
        for (target, ((classes, position), shares)) in self.classes.iter().zip(positions).zip(shares).enumerate() {
            labels.push(output("prediction", target, classes.label(context, *position)?, Vec::new()));
            probabilities.push(output("probability", target, *shares, classes.names()));
            let logarithm = context.graph.unary(UnaryFunction::Log, *shares)?;
            logarithms.push(output("log_probability", target, logarithm, classes.names()));
        }
        let method = |name: &str, outputs| Method { name: name.to_owned(), outputs };
        let methods = vec![
            method("predict", labels),
            method("predict_proba", probabilities),
            method("predict_log_proba", logarithms),
            apply,
        ];
        Ok(Predictor { task: Task::MultilabelClassification, classes: self.classes, methods })
    }
}

impl Targets {
    /// The methods of a classifier without logarithms, given the position of the predicted class and the shares of each
    /// target. A position behind the last class stands for the target's label in `others`, if it has one.
    pub fn voted(
        self,
        context: &mut Context,
        positions: &[ValueId],
        shares: &[ValueId],
        others: &[Option<Category>],
    ) -> Result<Predictor> {
        let is_alone = self.classes.len() == 1;
        let (mut labels, mut probabilities) = (Vec::new(), Vec::new());
        for (target, ((classes, position), shares)) in self.classes.iter().zip(positions).zip(shares).enumerate() {
            let mut known = classes.clone();
            known.labels.extend(others.get(target).cloned().flatten());
            let label = known.label(context, *position)?;
            if context.graph.width(*shares) != classes.len() {
                return Err(Error::internal("shares that do not fit their classes"));
            }
            labels.push(output("prediction", target, label, Vec::new()));
            probabilities.push(output("probability", target, *shares, classes.names()));
        }
        if is_alone {
            labels.iter_mut().for_each(|output| output.name = "prediction".to_owned());
            probabilities.iter_mut().for_each(|output| output.name = "probability".to_owned());
        }
        let task = match self.classes.first() {
            Some(classes) if is_alone => classes.task(),
            _ => Task::MultilabelClassification,
        };
        let method = |name: &str, outputs| Method { name: name.to_owned(), outputs };
        let methods = vec![method("predict", labels), method("predict_proba", probabilities)];
        Ok(Predictor { task, classes: self.classes, methods })
    }

    /// The position of a label among the classes of a target.
    pub fn position(&self, target: usize, label: &Category) -> Option<usize> {
        self.classes.get(target)?.labels.iter().position(|known| known == label)
    }
}

/// One target's output: a list where its columns have names.
fn output(name: &str, target: usize, value: ValueId, columns: Vec<String>) -> MethodOutput {
    MethodOutput { name: format!("{name}_{target}"), value, is_list: !columns.is_empty(), columns }
}

fn no_targets() -> Error {
    Error::internal("a classifier without targets")
}

fn mixed(classes: Fitted<'_>) -> Error {
    classes.error("expected class labels of one type over all targets, found several")
}

/// A label as NumPy stores it in an array of the first target's type, text of at most `characters`.
fn stored_as(label: &Category, kind: &Category, characters: usize) -> Option<Category> {
    Some(match (kind, label) {
        (Category::Text(_), Category::Text(text)) => Category::Text(text.chars().take(characters).collect()),
        (Category::Integer(_), Category::Integer(_)) | (Category::Number(_), Category::Number(_)) => label.clone(),
        (Category::Bool(_), Category::Bool(_)) => label.clone(),
        (Category::Number(_), Category::Integer(number)) => Category::Number(*number as f64),
        (Category::Integer(_), Category::Number(number)) if number.abs() < 9e18 => Category::Integer(*number as i64),
        (Category::Text(_), other) => Category::Text(name(other).chars().take(characters).collect()),
        _ => return None,
    })
}
