//! input_schema.json and output_schema.json in the shape that oracle-ads writes and reads (version 1.1).

use serde_json::{Map, Value, json};

use super::python;
use crate::error::{Error, Result};
use crate::model::{DeclaredType, Kind, NumberStatistics, SignatureField, Statistics};

/// One line of JSON that describes some columns.
pub fn schema(fields: &[SignatureField]) -> Result<String> {
    let attributes = fields.iter().enumerate().map(|(order, field)| attribute(order, field));
    let attributes: Vec<Value> = attributes.collect::<Result<_>>()?;
    Ok(format!("{}\n", json!({"schema": attributes, "version": "1.1"})))
}

fn attribute(order: usize, field: &SignatureField) -> Result<Value> {
    let feature_type = feature_type(field);
    Ok(json!({
        // A column of lists has pandas' own type for it.
        "dtype": if field.shape.is_some() { DeclaredType::Object } else { field.dtype }.name(),
        "feature_type": feature_type,
        "name": field.name,
        "domain": {
            "values": feature_type,
            "stats": statistics(field)?,
            "constraints": constraints(field)?,
        },
        "required": !field.nullable,
        "description": field.description.as_deref().unwrap_or(&field.name),
        "order": order,
    }))
}

fn feature_type(field: &SignatureField) -> &'static str {
    match field.dtype.kind() {
        _ if field.shape.is_some() => "Unknown",
        Kind::Number => "Continuous",
        Kind::Integer => "Integer",
        Kind::Bool => "Boolean",
        Kind::Text => "String",
        Kind::Category => "Category",
        Kind::Timestamp => "DateTime",
        Kind::Bytes | Kind::Object => "Unknown",
    }
}

fn json_of(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::internal(format!("a schema value is no JSON: {error}")))
}

/// The values a column is confined to; known categories that other values may join are listed among the statistics.
fn constraints(field: &SignatureField) -> Result<Value> {
    let values = match (&field.categories, field.dtype) {
        (Some(categories), _) if field.closed => json_of(categories)?,
        (_, DeclaredType::Bool) => json!([true, false]),
        _ => return Ok(json!([])),
    };
    Ok(json!([{"expression": format!("$x in {}", python::literal(&values)), "language": "python"}]))
}

fn statistics(field: &SignatureField) -> Result<Value> {
    let mut all = field.statistics.as_ref().map_or_else(Map::new, summary);
    if let Some(categories) = &field.categories {
        all.insert("categories".into(), json_of(categories)?);
    }
    Ok(Value::Object(all))
}

fn summary(statistics: &Statistics) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("count".into(), json!(statistics.count));
    if let Some(unique) = statistics.unique {
        all.insert("unique".into(), json!(unique));
    }
    for (name, number) in statistics.numbers.iter().flat_map(distribution) {
        if let Some(number) = number {
            all.insert(name.into(), json!(six_digits(number)));
        }
    }
    if statistics.missing > 0 {
        all.insert("missing".into(), json!(statistics.missing));
    }
    all
}

fn distribution(numbers: &NumberStatistics) -> [(&'static str, Option<f64>); 8] {
    [
        ("mean", numbers.mean),
        ("standard deviation", numbers.standard_deviation),
        ("sample minimum", numbers.minimum),
        ("lower quartile", numbers.lower_quartile),
        ("median", numbers.median),
        ("upper quartile", numbers.upper_quartile),
        ("sample maximum", numbers.maximum),
        ("skew", numbers.skew),
    ]
}

/// Statistics need no more digits, and the schema's size is limited.
fn six_digits(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
