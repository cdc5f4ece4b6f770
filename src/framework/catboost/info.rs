//! What a model says of its training: loss, classes, version. Texts of JSON in the binary form, JSON itself in the other.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::limits;
use crate::tensor::Data;

/// The facts of the training that predictions depend on, and what people are shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Info {
    /// The loss with its parameters: `Quantile:alpha=0.3`.
    pub loss: Option<Loss>,
    /// The classes, where the model knows some.
    pub classes: Option<ClassParameters>,
    /// The probability from which a row is of the second of two classes.
    pub threshold: Option<f64>,
    /// CatBoost's version, where the model says it.
    pub version: Option<String>,
    /// Training parameters that people know.
    pub hyperparameters: Map<String, Value>,
}

/// A loss function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Loss {
    pub name: String,
    pub parameters: Map<String, Value>,
}

/// How outputs stand for classes.
#[derive(Debug, Clone, Default)]
pub(super) struct ClassParameters {
    /// The labels of all classes; empty where they are numbers from 0.
    pub names: Vec<Value>,
    /// The type of the labels.
    pub label_type: String,
    /// The number of classes, where the user gave one.
    pub count: usize,
    /// The class of each output.
    pub of_output: Vec<f64>,
}

/// Training parameters by their place in the model's own.
const HYPERPARAMETERS: [(&str, &str); 8] = [
    ("boosting_options", "iterations"),
    ("boosting_options", "learning_rate"),
    ("boosting_options", "boosting_type"),
    ("tree_learner_options", "depth"),
    ("tree_learner_options", "grow_policy"),
    ("tree_learner_options", "l2_leaf_reg"),
    ("tree_learner_options", "max_leaves"),
    ("cat_feature_params", "one_hot_max_size"),
];

/// The keys that hold JSON.
const JSON_KEYS: [&str; 4] = ["params", "class_params", "multiclass_params", "loss_function"];

fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("catboost-model", message)
}

/// A text of the binary form as the value that it holds.
pub(super) fn parsed(key: &str, text: &str) -> Result<Value> {
    if !JSON_KEYS.contains(&key) {
        return Ok(Value::from(text));
    }
    serde_json::from_str(text).map_err(|error| malformed(format!("expected JSON: {error}")).at(format!("`{key}`")))
}

impl Info {
    /// Takes in one entry; most are of no use here.
    pub fn take(&mut self, key: &str, value: &Value) -> Result<()> {
        match key {
            "params" => self.take_parameters(value),
            "loss_function" => {
                self.loss = self.loss.take().or(Loss::read(value));
                Ok(())
            }
            "class_params" | "multiclass_params" => {
                self.classes = Some(ClassParameters::read(value).map_err(|error| error.at(format!("`{key}`")))?);
                Ok(())
            }
            "binclass_probability_threshold" => {
                // CatBoost passes over what is no number.
                self.threshold = value.as_str().and_then(|text| text.trim().parse().ok()).or(value.as_f64());
                Ok(())
            }
            "catboost_version_info" => {
                self.version = value.as_str().and_then(version);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn take_parameters(&mut self, value: &Value) -> Result<()> {
        if let Some(loss) = value.get("loss_function").and_then(Loss::read) {
            self.loss = Some(loss);
        }
        let names = value.get("data_processing_options").and_then(|options| options.get("class_names"));
        if self.classes.is_none()
            && let Some(Value::Array(names)) = names
            && !names.is_empty()
        {
            limits::CLASSES.check_len(names.len())?;
            self.classes = Some(ClassParameters { names: names.clone(), ..ClassParameters::default() });
        }
        for (group, name) in HYPERPARAMETERS {
            if let Some(value) = value.get(group).and_then(|group| group.get(name)) {
                self.hyperparameters.insert(name.to_owned(), value.clone());
            }
        }
        Ok(())
    }
}

impl Loss {
    fn read(value: &Value) -> Option<Loss> {
        let name = value.get("type")?.as_str()?.to_owned();
        let parameters = value.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
        let is_parameter = |(name, _): &(String, Value)| !name.starts_with("__");
        Some(Loss { name, parameters: parameters.into_iter().filter(is_parameter).collect() })
    }
}

/// `1.2.10` of the lines about the commit that CatBoost was built from.
fn version(text: &str) -> Option<String> {
    let marks = ["Branch: tags/v", "Summary: CatBoost release "];
    let rest = marks.iter().find_map(|mark| Some(text.split_once(mark)?.1))?;
    let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    (version.contains('.') && version.len() <= 32).then(|| version.trim_end_matches('.').to_owned())
}

impl ClassParameters {
    fn read(value: &Value) -> Result<Self> {
        let list = |name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let names = list("class_names");
        let of_output = list("class_to_label");
        limits::CLASSES.check_len(names.len())?;
        limits::CLASSES.check_len(of_output.len())?;
        let number =
            |value: &Value| value.as_f64().ok_or_else(|| malformed(format!("expected a number, found {value}")));
        let count = value.get("classes_count").and_then(Value::as_u64).unwrap_or(0);
        limits::CLASSES.check(count)?;
        Ok(ClassParameters {
            names,
            label_type: value.get("class_label_type").and_then(Value::as_str).unwrap_or_default().to_owned(),
            count: usize::try_from(count).unwrap_or(usize::MAX),
            of_output: of_output.iter().map(number).collect::<Result<_>>()?,
        })
    }

    /// The labels of the classes, of which there are `n` where the model does not say.
    pub fn labels(&self, n: usize) -> Result<Data> {
        if self.names.is_empty() {
            let whole = |label: &f64| *label as i64;
            return Ok(Data::I64(match self.count {
                0 if !self.of_output.is_empty() => self.of_output.iter().map(whole).collect(),
                0 => (0..n as i64).collect(),
                count => (0..count as i64).collect(),
            }));
        }
        let names = self.names.iter();
        let labels = match (self.label_type.as_str(), self.names.first()) {
            ("Float", _) => names.map(Value::as_f64).collect::<Option<_>>().map(Data::F64),
            (_, Some(Value::Bool(_))) => names.map(Value::as_bool).collect::<Option<_>>().map(Data::Bool),
            (_, Some(Value::String(_))) => {
                let text = |name: &Value| name.as_str().map(|text| Some(text.to_owned()));
                names.map(text).collect::<Option<_>>().map(Data::Text)
            }
            _ if self.names.iter().all(Value::is_i64) => names.map(Value::as_i64).collect::<Option<_>>().map(Data::I64),
            _ => names.map(Value::as_f64).collect::<Option<_>>().map(Data::F64),
        };
        labels.ok_or_else(|| malformed("expected class labels of one type").at("`class_names`"))
    }

    /// How many classes there are beside the outputs.
    pub fn n_classes(&self, dimension: usize) -> usize {
        match (self.names.len(), self.count) {
            (0, 0) => dimension,
            (0, count) => count,
            (names, _) => names,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_where_the_build_names_it() {
        let tag = "Git info:\n    Commit: b1\n    Branch: tags/v1.2.10\n    Author: a";
        let summary = "Git info:\n    Branch: heads/master\n    Summary: CatBoost release 1.2.3. commit_hash:f8";
        assert_eq!(version(tag).as_deref(), Some("1.2.10"));
        assert_eq!(version(summary).as_deref(), Some("1.2.3"));
        assert_eq!(version("Git info:\n    Branch: heads/master\n    Summary: Missing Cython part"), None);
    }
}
