//! The estimator tree of a model for people and the manifest: classes, hyperparameters, what stands inside.

use serde_json::{Map, Number, Value};

use super::fitted::{Attributes, Fitted};
use crate::encoding::array::Cell;
use crate::error::Result;
use crate::limits;
use crate::model::Estimator;

/// Items of a list that a hyperparameter shows; longer ones show their length.
const SHOWN_ITEMS: usize = 100;

/// Describes an estimator under the name of its place.
pub fn describe(estimator: Fitted<'_>, name: &str) -> Result<Estimator> {
    Describer::default().estimator(estimator, name)
}

/// Counts what it describes: a value may stand in a file once and be reached in many ways.
#[derive(Default)]
struct Describer {
    depth: usize,
    n_described: u64,
}

impl Describer {
    /// One level deeper.
    fn inside<T>(&mut self, describe: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.n_described += 1;
        limits::ESTIMATORS.check(self.n_described)?;
        limits::ESTIMATOR_DEPTH.check_len(self.depth)?;
        self.depth += 1;
        let described = describe(self);
        self.depth -= 1;
        described
    }

    fn estimator(&mut self, estimator: Fitted<'_>, name: &str) -> Result<Estimator> {
        let mut attributes = estimator.attributes()?;
        attributes.sort_by_key(|(key, _)| *key);
        let mut described = Estimator {
            name: name.to_owned(),
            class: class_name(estimator),
            hyperparameters: Map::new(),
            steps: Vec::new(),
        };
        let fitted_steps = estimator.present("transformers_");
        for (key, value) in attributes {
            if key.starts_with('_') || key.ends_with('_') {
                continue;
            }
            let steps = if key == "transformers" { fitted_steps.unwrap_or(value) } else { value };
            match named_estimators(steps) {
                Some(named) => {
                    for (name, step) in named {
                        described.steps.push(self.inside(|inner| inner.estimator(step, &name))?);
                    }
                }
                None if is_estimator(value) => described.steps.push(self.inside(|inner| inner.estimator(value, key))?),
                None => {
                    let parameter = self.inside(|inner| inner.parameter(value))?;
                    described.hyperparameters.insert(key.to_owned(), parameter);
                }
            }
        }
        Ok(described)
    }

    /// A hyperparameter as JSON: plain values as they are, all else as what it is.
    fn parameter(&mut self, value: Fitted<'_>) -> Result<Value> {
        if let Some((module, name)) = value.global() {
            return Ok(Value::String(format!("{module}.{name}")));
        }
        if value.is_sequence() {
            let items = value.items()?;
            if items.len() <= SHOWN_ITEMS {
                return items
                    .into_iter()
                    .map(|item| self.inside(|inner| inner.parameter(item)))
                    .collect::<Result<_>>()
                    .map(Value::Array);
            }
            return Ok(Value::String(format!("{} of {} items", value.describe(), items.len())));
        }
        if value.is_dict() {
            let entries = value.entries()?;
            if entries.len() <= SHOWN_ITEMS {
                let entry =
                    |(key, value): (Fitted<'_>, _)| Ok((key_text(key), self.inside(|inner| inner.parameter(value))?));
                return entries.into_iter().map(entry).collect::<Result<Map<_, _>>>().map(Value::Object);
            }
            return Ok(Value::String(format!("a dict of {} items", entries.len())));
        }
        Ok(match value.cell() {
            Cell::None => Value::Null,
            Cell::Bool(truth) => Value::Bool(truth),
            Cell::Int(number) => Value::from(number),
            Cell::Float(number) => float(number),
            Cell::Str(text) => Value::String(text.into_owned()),
            other => Value::String(other.to_string()),
        })
    }
}

fn class_name(estimator: Fitted<'_>) -> String {
    match estimator.plain_str() {
        Some(word) => word.to_owned(),
        None if estimator.is_none() => "passthrough".to_owned(),
        None => estimator.class_name().to_owned(),
    }
}

fn is_estimator(value: Fitted<'_>) -> bool {
    value.class().is_some() && (value.optional("_sklearn_version").is_some() || value.lowering().is_some())
}

/// A list of (name, estimator, …) such as `steps`, `transformers_` and `transformer_list`.
fn named_estimators<'a>(value: Fitted<'a>) -> Option<Vec<(String, Fitted<'a>)>> {
    let named = |item: Fitted<'a>| match item.items().ok()?[..] {
        [name, estimator, ..] if is_estimator(estimator) || is_step_word(estimator) => {
            Some((name.plain_str()?.to_owned(), estimator))
        }
        _ => None,
    };
    let items = value.is_sequence().then(|| value.items().ok()).flatten()?;
    if items.is_empty() { None } else { items.into_iter().map(named).collect() }
}

fn is_step_word(value: Fitted<'_>) -> bool {
    value.is_none() || matches!(value.plain_str(), Some("passthrough" | "drop"))
}

fn float(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::String("NaN".to_owned()),
        None if number > 0.0 => Value::String("Infinity".to_owned()),
        None => Value::String("-Infinity".to_owned()),
    }
}

fn key_text(key: Fitted<'_>) -> String {
    match key.cell() {
        Cell::Str(text) => text.into_owned(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Bool(truth) => truth.to_string(),
        other => other.to_string(),
    }
}
