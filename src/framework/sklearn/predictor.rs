//! What a classifier, regressor or detector computes: named methods, so that estimators around it can use them.

use super::classes::Classes;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, Task};
use crate::ops::number_lookup::NumberLookup;
use crate::ops::take::Take;
use crate::ops::text_lookup::TextLookup;
use crate::tensor::{Data, ElementType, Matrix};

/// A lowered predictor.
#[derive(Debug, Clone)]
pub struct Predictor {
    /// What it does.
    pub task: Task,
    /// The classes of each target; empty for a regressor.
    pub classes: Vec<Classes>,
    /// Its methods, each with its outputs.
    pub methods: Vec<Method>,
}

impl Predictor {
    /// A predictor of numbers: one a row (`value` is then one column wide), or a list a row.
    pub fn regressor(value: ValueId, n_targets: Option<usize>) -> Self {
        let (task, predict) = match n_targets {
            None => (Task::Regression, Method::scalar("predict", "prediction", value)),
            Some(_) => (Task::MultioutputRegression, Method::list("predict", "prediction", value, Vec::new())),
        };
        Predictor { task, classes: Vec::new(), methods: vec![predict] }
    }

    /// The method called `name`.
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// The value that a method with one output computes.
    pub fn value(&self, name: &str) -> Result<ValueId> {
        match self.method(name).map(|method| &method.outputs[..]) {
            Some([output]) => Ok(output.value),
            Some(_) => {
                Err(Error::unsupported("several-targets", format!("`{name}` of several targets cannot be combined")))
            }
            None => Err(Error::unsupported("no-method", format!("the inner estimator has no `{name}`"))),
        }
    }

    /// [`Predictor::value`], if there is such a method.
    pub fn optional(&self, name: &str) -> Result<Option<ValueId>> {
        self.method(name).map(|_| self.value(name)).transpose()
    }

    /// The classes of a classifier of one target.
    pub fn only_classes(&self) -> Result<&Classes> {
        match &self.classes[..] {
            [classes] => Ok(classes),
            [] => Err(Error::unsupported("no-method", "expected a classifier, found an estimator without classes")),
            _ => Err(Error::unsupported("several-targets", "a classifier of several targets cannot be combined")),
        }
    }

    /// The position of the predicted class among the classifier's own (I64).
    pub fn position(&self, g: &mut GraphBuilder) -> Result<ValueId> {
        position(g, self.value("predict")?, self.only_classes()?)
    }

    /// [`Predictor::position`] of every target.
    pub fn positions(&self, g: &mut GraphBuilder) -> Result<Vec<ValueId>> {
        let labels = self.method("predict").map(|method| &method.outputs[..]).unwrap_or_default();
        if labels.len() != self.classes.len() {
            let message = format!("{} targets do not fit {} predictions a row", self.classes.len(), labels.len());
            return Err(Error::unsupported("several-targets", message));
        }
        labels.iter().zip(&self.classes).map(|(label, classes)| position(g, label.value, classes)).collect()
    }

    /// The position of the predicted class among `outer` (I64); -1 for a class that `outer` has not.
    pub fn position_among(&self, g: &mut GraphBuilder, outer: &Classes) -> Result<ValueId> {
        let own = self.only_classes()?;
        let position = self.position(g)?;
        if own == outer {
            return Ok(position);
        }
        let mut table: Vec<i64> = own.labels.iter().map(|label| outer.index_of(label)).collect();
        // A position outside takes the last entry.
        table.push(-1);
        let table = Matrix::new(table.len(), 1, Data::I64(table));
        g.apply(Take { table }, &[position])
    }

    /// What is predicted as numbers, a column per target: a regressor's values, or numeric class labels as f64.
    pub fn predicted_numbers(&self, g: &mut GraphBuilder) -> Result<ValueId> {
        let is_one_list = self.method("predict").is_some_and(|method| method.outputs.len() != self.classes.len());
        if self.classes.is_empty() || is_one_list {
            let predicted = self.value("predict")?;
            return if g.ty(predicted).element.is_float() {
                Ok(predicted)
            } else {
                g.cast(predicted, ElementType::F64)
            };
        }
        let mut columns = Vec::with_capacity(self.classes.len());
        for (position, classes) in self.positions(g)?.into_iter().zip(&self.classes) {
            let labels = numbers(&classes.data()?)?;
            columns.push(g.apply(Take { table: Matrix::new(labels.len(), 1, Data::F64(labels)) }, &[position])?);
        }
        g.concat(&columns)
    }
}

/// The position of a class label among its classes (I64).
fn position(g: &mut GraphBuilder, label: ValueId, classes: &Classes) -> Result<ValueId> {
    if let Some((position, table)) = g.taken(label)
        && table.data == classes.data()?
    {
        return Ok(position);
    }
    match classes.data()? {
        Data::Text(entries) => {
            let entries = entries.into_iter().flatten().collect();
            g.apply(TextLookup { entries, missing: -1, unknown: -1 }, &[label])
        }
        labels => {
            let label = g.cast(label, ElementType::F64)?;
            g.apply(NumberLookup::of(&numbers(&labels)?, -1, -1), &[label])
        }
    }
}

/// Class labels as numbers, as NumPy converts them; text has none.
fn numbers(labels: &Data) -> Result<Vec<f64>> {
    Ok(match labels {
        Data::I64(labels) => labels.iter().map(|label| *label as f64).collect(),
        Data::F64(labels) => labels.clone(),
        Data::Bool(labels) => labels.iter().map(|label| f64::from(u8::from(*label))).collect(),
        _ => {
            let message = "class labels that are text cannot be numbers for another estimator";
            return Err(Error::unsupported("class-labels", message));
        }
    })
}
