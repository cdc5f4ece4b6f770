//! XGBoost's scikit-learn classes around a booster: what they change in the answers.

use crate::encoding::document::{Document, Object};
use crate::encoding::json::{self, Nonfinite};
use crate::error::{Error, Result};
use crate::tensor::Data;

/// A scikit-learn estimator of XGBoost.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrapper {
    /// Its class: `XGBClassifier`.
    pub class: String,
    /// Whether it answers with classes and probabilities.
    pub is_classifier: bool,
    /// The labels behind the classes 0, 1, 2, …, where the classes are not their own labels.
    pub labels: Option<Data>,
    /// The cell that stands for a missing one, beside NaN.
    pub missing: f32,
    /// Its hyperparameters, as far as the file has them.
    pub hyperparameters: serde_json::Map<String, serde_json::Value>,
}

/// What 1.7 stores among the hyperparameters and is none.
const NO_HYPERPARAMETERS: [&str; 5] = ["_estimator_type", "classes_", "n_classes_", "evals_result_", "callbacks"];

/// XGBoost's estimators, and whether they classify. A file tells only the first three, by their type.
const CLASSES: [(&str, &str, bool); 5] = [
    ("XGBClassifier", "classifier", true),
    ("XGBRegressor", "regressor", false),
    ("XGBRanker", "ranker", false),
    ("XGBRFClassifier", "", true),
    ("XGBRFRegressor", "", false),
];

impl Wrapper {
    /// The estimator of a class, if XGBoost has it; NaN is its missing cell.
    pub fn of_class(class: &str) -> Option<Self> {
        let (class, _, is_classifier) = CLASSES.iter().find(|(name, ..)| *name == class)?;
        Some(Wrapper {
            class: (*class).into(),
            is_classifier: *is_classifier,
            labels: None,
            missing: f32::NAN,
            hyperparameters: serde_json::Map::new(),
        })
    }

    /// Reads the attribute `scikit_learn`, JSON as Python writes it.
    pub fn read(attribute: &str) -> Result<Self> {
        let document = json::read(attribute.as_bytes(), Nonfinite::Words)?;
        let object = document.object()?;
        let kind = object.read("_estimator_type", |kind| kind.text().map(str::to_owned))?;
        let class = CLASSES.iter().find(|(_, ty, _)| !ty.is_empty() && *ty == kind).map_or("", |(class, ..)| class);
        let wrapper = Wrapper::of_class(class).ok_or_else(|| {
            let message = format!("a scikit-learn estimator of the type `{kind}` is not known");
            Error::unsupported("unsupported-estimator", message)
                .hint("save the booster alone: `estimator.get_booster().save_model(...)`")
        })?;
        let is_hyperparameter = |(name, value): &(&str, &Document<'_>)| {
            !NO_HYPERPARAMETERS.contains(name) && !matches!(value, Document::Null)
        };
        let hyperparameters = object.entries().filter(is_hyperparameter);
        let hyperparameters = hyperparameters.map(|(name, value)| (name.to_owned(), value.to_json())).collect();
        Ok(Wrapper { missing: missing(object)?, hyperparameters, ..wrapper })
    }
}

/// The cell that stands for a missing one; only 1.7 stores it.
fn missing(object: &Object<'_>) -> Result<f32> {
    match object.get("missing") {
        None | Some(Document::Null) => Ok(f32::NAN),
        Some(Document::Integer(missing)) => Ok(*missing as f32),
        Some(Document::Float(missing)) => Ok(*missing as f32),
        Some(other) => {
            Err(Error::malformed("document-value", format!("expected a number, found {}", other.kind()))
                .at("`missing`"))
        }
    }
}
