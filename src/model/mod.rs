//! The model as a reader describes it: identity, hyperparameters, task, input fields, methods.

mod signature;
mod statistics;

pub use signature::{DeclaredType, Kind, Signature, SignatureField, column_names};
pub use statistics::{NumberStatistics, Statistics};

use std::collections::HashSet;

use crate::error::Result;
use crate::graph::{Graph, ValueId};
use crate::tensor::ElementType;

/// What a model file holds.
#[derive(Debug, Clone)]
pub struct Model {
    /// Who saved it.
    pub framework: Framework,
    /// The encoding of the file, for people: `UBJSON`, `joblib (zlib)`.
    pub encoding: String,
    /// The estimator with everything inside it.
    pub estimator: Estimator,
    /// What the model does.
    pub task: Task,
    /// The input columns in the order of the model.
    pub fields: Vec<Field>,
    /// Whether the file names its columns; else the names are made up and columns count by position too.
    pub fields_are_named: bool,
    /// What can be called.
    pub methods: Vec<Method>,
    /// The computation behind the methods.
    pub graph: Graph,
    /// What Python would import on loading the file, in order of first use: `module.qualname`.
    pub imports: Vec<String>,
    /// Things a person should know: an approximation documented by the framework, an ignored attribute.
    pub notes: Vec<String>,
}

/// The framework that saved a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Framework {
    /// `scikit-learn`, `xgboost`, `lightgbm`.
    pub name: String,
    /// Its version, where the file says it.
    pub version: Option<String>,
}

/// An estimator, its hyperparameters, and the estimators inside it.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Estimator {
    /// The name of its place in the parent (`clf`, `num`); empty at the root.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub name: String,
    /// The class or kind: `RandomForestClassifier`, `gbtree`.
    pub class: String,
    /// Hyperparameters in the file's order, as JSON values.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty", default)]
    pub hyperparameters: serde_json::Map<String, serde_json::Value>,
    /// The estimators inside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<Estimator>,
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of two classes.
    BinaryClassification,
    /// One of several classes.
    MulticlassClassification,
    /// Several independent labels.
    MultilabelClassification,
    /// A number.
    Regression,
    /// Several numbers.
    MultioutputRegression,
    /// A score that orders rows.
    Ranking,
    /// A time to an event, or a risk.
    Survival,
    /// Groups.
    Clustering,
    /// Inliers and outliers.
    AnomalyDetection,
    /// New columns from old ones.
    Transformation,
    /// None of these.
    Other,
}

/// An input column.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What the score module takes: f32, f64 or text.
    pub element: ElementType,
    /// Whether the model accepts a missing value here, as far as its file tells; only its module knows all refusals.
    pub nullable: bool,
    /// The categories known from training, where the file lists them.
    pub categories: Option<Vec<Category>>,
}

/// One category of a column, or one class label.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Category {
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// Another number.
    Number(f64),
    /// Text.
    Text(String),
}

impl Category {
    /// A number, integer or bool as f64.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Category::Bool(truth) => Some(f64::from(u8::from(*truth))),
            Category::Integer(number) => Some(*number as f64),
            Category::Number(number) => Some(*number),
            Category::Text(_) => None,
        }
    }
}

/// A callable of the model under the framework's own name.
#[derive(Debug, Clone)]
pub struct Method {
    /// `predict`, `predict_proba`, `transform`, …
    pub name: String,
    /// What it returns.
    pub outputs: Vec<MethodOutput>,
}

/// Rows of sparse columns are returned as lists up to this width; beyond it they name the columns that they store.
pub const MOST_LISTED_COLUMNS: usize = 1024;

/// One output of a method.
#[derive(Debug, Clone)]
pub struct MethodOutput {
    /// Its name: `prediction`, `probability`, …
    pub name: String,
    /// Where it is computed.
    pub value: ValueId,
    /// Whether a row is a list even when it has one element.
    pub is_list: bool,
    /// Names of the columns, where they mean something: class labels, feature names.
    pub columns: Vec<String>,
}

impl Method {
    /// A method with one output whose row is a single value.
    pub fn scalar(name: &str, output: &str, value: ValueId) -> Self {
        Method::of(name, MethodOutput { name: output.into(), value, is_list: false, columns: Vec::new() })
    }

    /// A method with one output whose row is a list. Columns without a name, or of which two have the same, are numbered.
    pub fn list(name: &str, output: &str, value: ValueId, columns: Vec<String>) -> Self {
        let mut names = HashSet::new();
        let are_names = columns.iter().all(|name| !name.is_empty() && names.insert(name.as_str()));
        let columns = if are_names { columns } else { Vec::new() };
        Method::of(name, MethodOutput { name: output.into(), value, is_list: true, columns })
    }

    fn of(name: &str, output: MethodOutput) -> Self {
        Method { name: name.into(), outputs: vec![output] }
    }
}

impl Model {
    /// Takes over the column names of a signature that fits.
    pub fn rename(&mut self, signature: &Signature) -> Result<()> {
        signature.check(&self.fields.iter().map(|field| field.element).collect::<Vec<_>>())?;
        for (field, column) in self.fields.iter_mut().zip(&signature.inputs) {
            field.name.clone_from(&column.name);
        }
        self.fields_are_named = true;
        Ok(())
    }

    /// The method called `name`.
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// What is called when nothing is said: `predict`, or the first method where there is none.
    pub fn default_method(&self) -> Option<&Method> {
        self.method("predict").or_else(|| self.methods.first())
    }
}
