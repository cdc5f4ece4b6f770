//! What a classifier, regressor or detector computes: named methods, so that estimators around it can use them.

use super::classes::Classes;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::model::{Method, Task};

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
}
