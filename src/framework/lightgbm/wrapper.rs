//! `LGBMClassifier`, `LGBMRegressor` and `LGBMRanker`: the scikit-learn classes around a pickled booster.

use super::objective::Objective;
use super::{Booster, numbers, raw_methods};
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
        let WrapperKind::Classifier(classes) = &self.kind else {
            let predict = numbers(g, "predict", "prediction", scores.prediction, &[]);
            return Ok([predict].into_iter().chain(raw_methods(g, scores, &[])).collect());
        };
        let names = names(classes);
        let mut methods = self.predict_methods(g, scores.prediction, classes, &names)?;
        // Since LightGBM 4.7; the file does not say which 4.x wrote it, and the answer is that of `predict_raw`.
        if self.booster.header.version == "v4" {
            methods.push(numbers(g, "decision_function", "decision", scores.raw, &names));
        }
        methods.extend(raw_methods(g, scores, &names));
        Ok(methods)
    }

    /// `predict` and `predict_proba` of a classifier.
    fn predict_methods(
        &self,
        g: &mut GraphBuilder,
        prediction: ValueId,
        classes: &Data,
        names: &[String],
    ) -> Result<Vec<Method>> {
        if self.booster.header.objective == Objective::CUSTOM {
            // LightGBM cannot know probabilities then: it warns and returns the raw sums from both methods.
            return Ok(vec![
                numbers(g, "predict", "prediction", prediction, names),
                numbers(g, "predict_proba", "probability", prediction, names),
            ]);
        }
        let probability = self.probabilities(g, prediction, classes)?;
        let class = g.apply(ArgMax, &[probability])?;
        let label = g.apply(Take { table: Matrix::new(classes.len(), 1, classes.clone()) }, &[class])?;
        Ok(vec![
            Method::scalar("predict", "prediction", label),
            Method::list("predict_proba", "probability", probability, names.to_vec()),
        ])
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
