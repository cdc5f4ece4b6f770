//! The narrowest type that holds every cell of a column: integers, numbers, booleans, else text.

use super::Cells;
use crate::data::cells::python_float;
use crate::data::json::Json;
use crate::data::value::spelled_number;
use crate::error::{Error, Result};

/// Cells of text; `None` is missing.
pub fn of_texts(cells: Vec<Option<String>>) -> Cells {
    let present = || cells.iter().flatten().map(|cell| cell.trim());
    if present().next().is_none() {
        return Cells::Number(vec![None; cells.len()]);
    }
    if present().all(|cell| boolean(cell).is_some()) {
        return Cells::Bool(cells.iter().map(|cell| cell.as_deref().and_then(|cell| boolean(cell.trim()))).collect());
    }
    if present().all(|cell| cell.parse::<i64>().is_ok()) {
        return Cells::Integer(cells.iter().map(|cell| cell.as_deref().and_then(|c| c.trim().parse().ok())).collect());
    }
    if present().all(|cell| cell.parse::<f64>().is_ok()) {
        let number = |cell: &Option<String>| cell.as_deref().and_then(|cell| cell.trim().parse().ok());
        return Cells::Number(cells.iter().map(number).map(not_nan).collect());
    }
    Cells::Text(cells)
}

fn not_nan(number: Option<f64>) -> Option<f64> {
    number.filter(|number| !number.is_nan())
}

fn boolean(cell: &str) -> Option<bool> {
    match cell {
        "True" | "true" | "TRUE" => Some(true),
        "False" | "false" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Cells of JSON; `None` and `null` are missing. Types that do not go together become text, as Python's `str` would;
/// `"NaN"` and its like are numbers, but not in a column of text.
pub fn of_json(cells: Vec<Option<Json>>, of_text: bool) -> Result<Cells> {
    if let Some(row) = cells.iter().position(|cell| matches!(cell, Some(Json::List(_) | Json::Object(_)))) {
        let kind = cells.get(row).and_then(Option::as_ref).map_or("nothing", Json::kind);
        let error = Error::malformed("not-a-value", format!("expected a single value, found {kind}"));
        return Err(error.at(format!("row {row}")));
    }
    let present = || cells.iter().flatten().filter(|cell| **cell != Json::Null);
    let any = |is: fn(&Json) -> bool| present().any(is);
    let (booleans, texts) = (any(|cell| matches!(cell, Json::Bool(_))), any(if of_text { is_string } else { is_text }));
    let numbers = any(|cell| matches!(cell, Json::Integer(_) | Json::Number(_)));
    Ok(match (booleans, numbers, texts) {
        (true, false, false) => Cells::Bool(cells.into_iter().map(|cell| boolean_of(cell.as_ref())).collect()),
        (false, _, false) if any(|cell| matches!(cell, Json::Integer(_))) && !any(is_fraction) => {
            Cells::Integer(cells.into_iter().map(|cell| integer_of(cell.as_ref())).collect())
        }
        (false, _, false) => Cells::Number(cells.into_iter().map(|cell| not_nan(number_of(cell.as_ref()))).collect()),
        _ => Cells::Text(cells.into_iter().map(text_of).collect()),
    })
}

fn is_string(cell: &Json) -> bool {
    matches!(cell, Json::Text(_))
}

fn is_text(cell: &Json) -> bool {
    matches!(cell, Json::Text(text) if spelled_number(text).is_none())
}

fn is_fraction(cell: &Json) -> bool {
    matches!(cell, Json::Number(_) | Json::Text(_))
}

fn boolean_of(cell: Option<&Json>) -> Option<bool> {
    match cell {
        Some(Json::Bool(value)) => Some(*value),
        _ => None,
    }
}

fn integer_of(cell: Option<&Json>) -> Option<i64> {
    match cell {
        Some(Json::Integer(integer)) => Some(*integer),
        _ => None,
    }
}

fn number_of(cell: Option<&Json>) -> Option<f64> {
    match cell {
        Some(Json::Integer(integer)) => Some(*integer as f64),
        Some(Json::Number(number)) => Some(*number),
        Some(Json::Text(text)) => spelled_number(text),
        _ => None,
    }
}

fn text_of(cell: Option<Json>) -> Option<String> {
    match cell? {
        Json::Bool(true) => Some("True".into()),
        Json::Bool(false) => Some("False".into()),
        Json::Integer(integer) => Some(integer.to_string()),
        Json::Number(number) => Some(number).filter(|number| !number.is_nan()).map(python_float),
        Json::Text(text) => Some(text),
        _ => None,
    }
}
