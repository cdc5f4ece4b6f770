//! `LGBMClassifier`, `LGBMRegressor` and `LGBMRanker`: the scikit-learn classes around a pickled booster.

use super::Booster;
use super::lower::Scores;
use super::objective::Objective;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, Task};
use crate::ops::arg_max::ArgMax;
use crate::ops::take::Take;
use crate::tensor::{Data, Matrix};

/// A booster inside a scikit-learn class.
#[derive(Debug, Clone)]
pub struct Wrapper<'a> {
    /// The booster of `model_str`.
    pub booster: &'a Booster,
    /// What the class adds.
    pub kind: WrapperKind,
    /// `best_iteration` of early stopping, which `predict` honours; `None` (or 0 or less in the file) uses all trees.
    pub best_iteration: Option<usize>,
}

/// The scikit-learn classes.
#[derive(Debug, Clone)]
pub enum WrapperKind {
    /// `LGBMClassifier` with its `classes_`, in the order of their codes.
    Classifier(Data),
    /// `LGBMRegressor`.
    Regressor,
    /// `LGBMRanker`.
    Ranker,
}

impl Wrapper<'_> {
    /// What the class does.
    pub fn task(&self) -> Task {
        match &self.kind {
            WrapperKind::Classifier(classes) if classes.len() > 2 => Task::MulticlassClassification,
            WrapperKind::Classifier(_) => Task::BinaryClassification,
            WrapperKind::Regressor => Task::Regression,
            WrapperKind::Ranker => Task::Ranking,
        }
    }

    /// Every method over the features `x`: see [`Booster::lower`].
    pub fn methods(&self, g: &mut GraphBuilder, x: ValueId) -> Result<Vec<Method>> {
        let scores = self.booster.lower(g, x, self.best_iteration)?;
        let mut methods = match &self.kind {
            WrapperKind::Classifier(classes) => self.classifier(g, scores, classes)?,
            WrapperKind::Regressor | WrapperKind::Ranker => vec![self.booster.method(g, "predict", scores.prediction)],
        };
        methods.extend(self.booster.raw_methods(g, scores));
        Ok(methods)
    }

    fn classifier(&self, g: &mut GraphBuilder, scores: Scores, classes: &Data) -> Result<Vec<Method>> {
        let mut methods = if self.booster.header.objective == Objective::CUSTOM {
            // LightGBM cannot know probabilities then: it warns and returns the raw sums from both methods.
            let raw = scores.prediction;
            vec![self.booster.method(g, "predict", raw), self.booster.method(g, "predict_proba", raw)]
        } else {
            let probability = self.probabilities(g, scores.prediction, classes)?;
            let label = g.apply(ArgMax, &[probability])?;
            let table = Matrix::new(classes.len(), 1, classes.clone());
            let prediction = g.apply(Take { table }, &[label])?;
            vec![
                Method::scalar("predict", "prediction", prediction),
                Method::list("predict_proba", "probability", probability, names(classes)),
            ]
        };
        // Since LightGBM 4.7; the file does not say which 4.x wrote it, and the answer is that of `predict_raw`.
        if self.booster.header.version == "v4" {
            methods.push(self.booster.method(g, "decision_function", scores.raw));
        }
        Ok(methods)
    }

    /// A column per class; of two classes the booster computes the second.
    fn probabilities(&self, g: &mut GraphBuilder, prediction: ValueId, classes: &Data) -> Result<ValueId> {
        let (found, n_classes) = (g.width(prediction), classes.len());
        if n_classes == 2 && found == 1 {
            let one = g.number(1.0, prediction)?;
            let first = g.sub(one, prediction)?;
            return g.concat(&[first, prediction]);
        }
        if n_classes == found && n_classes > 2 {
            return Ok(prediction);
        }
        let message = format!("expected outputs for the {n_classes} classes of `classes_`, found {found}");
        Err(Error::malformed("lightgbm-classes", message).at("LGBMClassifier"))
    }
}

/// The labels as words.
fn names(classes: &Data) -> Vec<String> {
    match classes {
        Data::Text(labels) => labels.iter().map(|label| label.clone().unwrap_or_default()).collect(),
        Data::Bool(labels) => labels.iter().map(|label| if *label { "True".into() } else { "False".into() }).collect(),
        other => crate::with_data!(other, labels => labels.iter().map(|label| format!("{label:?}")).collect()),
    }
}
