//! XGBoost's parameters: numbers and lists of numbers, all written as text; and the keys that are understood.

use std::str::FromStr;

use crate::encoding::document::{Document, Object};
use crate::error::{Error, Result};

/// The parameter called `key`, which must be there.
pub fn required<T: FromStr>(parameters: &Object<'_>, key: &str) -> Result<T> {
    parameters.read(key, |value| parse(value.text()?))
}

/// The parameter called `key`, where the file has it.
pub fn optional<T: FromStr>(parameters: &Object<'_>, key: &str) -> Result<Option<T>> {
    parameters.get(key).map(|_| required(parameters, key)).transpose()
}

/// A number, or numbers in brackets, in single precision.
pub fn numbers(value: &Document<'_>) -> Result<Vec<f32>> {
    let text = value.text()?;
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        None => Ok(vec![parse(text)?]),
        Some(inner) => inner.split(',').map(|number| parse(number.trim())).collect(),
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| {
        let name = std::any::type_name::<T>();
        Error::malformed("xgboost-model", format!("expected a number ({name}), found `{text}`"))
    })
}

/// A parameter as a report shows it: a number where it is one.
pub fn shown(text: &str) -> serde_json::Value {
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(integer), _) => integer.into(),
        (_, Ok(number)) if number.is_finite() => number.into(),
        _ => text.into(),
    }
}

/// Refuses keys that are not known: later versions changed the meaning of old keys by adding new ones.
pub fn only_keys(object: &Object<'_>, known: &[&str]) -> Result<()> {
    match object.entries().find(|(key, _)| !known.contains(key)) {
        None => Ok(()),
        Some((key, _)) => Err(Error::unsupported("unsupported-xgboost", format!("the key `{key}` is not known here"))
            .hint("save the model with XGBoost 1.7 to 3.2")),
    }
}
