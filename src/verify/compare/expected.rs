//! What a framework recorded: rows per method, from JSON, or of one method from any table.

use crate::abi::{AbiMethod, OutputArena};
use crate::data::json::{Json, parse};
use crate::data::table::TableColumn;
use crate::data::write::method_columns;
use crate::data::{Format, InputFields, Table, Value};
use crate::error::{Error, Result};
use crate::model::Field;
use crate::tensor::ElementType;

/// What a framework recorded, in the file's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Per method, its rows.
    pub methods: Vec<Recorded>,
}

/// The rows recorded for a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// Its rows: a value, a list of columns, or a list per output of a method with several.
    pub rows: Vec<Json>,
}

impl Expected {
    /// Reads `{"method": [row, …], …}`: what `predict --method all --output-format json` prints.
    pub fn from_json(bytes: &[u8]) -> Result<Expected> {
        let Json::Object(members) = parse(bytes)? else {
            return Err(Error::malformed("expected-outputs", "expected an object of method to rows")
                .hint("`predict --method all --output-format json` prints this form; or name the `--method`"));
        };
        let rows = |(method, rows): (String, Json)| match rows {
            Json::List(rows) => Ok(Recorded { method, rows }),
            other => {
                Err(Error::malformed("expected-outputs", format!("expected a list of rows, found {}", other.kind()))
                    .at(format!("method `{method}`")))
            }
        };
        Ok(Expected { methods: members.into_iter().map(rows).collect::<Result<_>>()? })
    }

    /// Reads the rows of one method: JSON rows as `predict --method NAME` prints them, or a table whose columns are the
    /// columns of the outputs, in order or by the names that `predict` writes.
    pub fn of_method(bytes: &[u8], name: &str, format: Option<Format>, method: &AbiMethod) -> Result<Expected> {
        let format = format.map_or_else(|| Format::of(bytes), Ok).map_err(|error| error.in_file(name))?;
        let rows = match format {
            Format::Json => match parse(bytes).map_err(|error| error.in_file(name))? {
                Json::List(rows) if !matches!(rows.first(), Some(Json::Object(_))) => rows,
                _ => table_rows(bytes, name, format, method)?,
            },
            _ => table_rows(bytes, name, format, method)?,
        };
        Ok(Expected { methods: vec![Recorded { method: method.name.clone(), rows }] })
    }

    /// Some of the rows of every method.
    pub fn take_rows(&self, rows: &[usize]) -> Expected {
        let taken = |recorded: &Recorded| Recorded {
            method: recorded.method.clone(),
            rows: rows.iter().filter_map(|row| recorded.rows.get(*row).cloned()).collect(),
        };
        Expected { methods: self.methods.iter().map(taken).collect() }
    }

    /// The rows recorded for a method.
    pub fn method(&self, name: &str) -> Option<&Recorded> {
        self.methods.iter().find(|recorded| recorded.method == name)
    }
}

/// The rows of a table in the shape of the method's outputs; as they are when the number of columns differs.
fn table_rows(bytes: &[u8], name: &str, format: Format, method: &AbiMethod) -> Result<Vec<Json>> {
    let is_text = method.outputs.iter().flat_map(|o| (0..o.width).map(|_| o.element == ElementType::Text));
    let fields: Vec<Field> = method_columns(method).into_iter().zip(is_text).map(|(n, t)| field(n, t)).collect();
    let input = InputFields { fields: &fields, named: false };
    let untyped = Table::read(bytes, name, Some(format), None)?;
    if untyped.columns.len() != fields.len() {
        return Ok((0..untyped.rows).map(|row| Json::List(cells(untyped.columns.iter(), row))).collect());
    }
    let table = Table::read(bytes, name, Some(format), Some(input))?;
    let columns: Vec<&TableColumn> = fields.iter().filter_map(|field| table.column(&field.name)).collect();
    Ok((0..table.rows).map(|row| shaped(cells(columns.iter().copied(), row), &method.outputs)).collect())
}

fn field(name: String, is_text: bool) -> Field {
    let element = if is_text { ElementType::Text } else { ElementType::F64 };
    Field { name, element, nullable: true, categories: None }
}

fn cells<'a>(columns: impl Iterator<Item = &'a TableColumn>, row: usize) -> Vec<Json> {
    columns.map(|column| to_json(column.cells.value(row))).collect()
}

/// A flat row as the outputs nest it.
fn shaped(cells: Vec<Json>, outputs: &[OutputArena]) -> Json {
    let mut cells = cells.into_iter();
    let mut parts: Vec<Json> = outputs
        .iter()
        .map(|output| match (output.width, output.list) {
            (1, false) => cells.next().unwrap_or(Json::Null),
            (width, _) => Json::List(cells.by_ref().take(width as usize).collect()),
        })
        .collect();
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => Json::List(parts),
    }
}

fn to_json(value: Value<'_>) -> Json {
    match value {
        Value::Missing => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Integer(integer) => Json::Integer(integer),
        Value::Number(number) => Json::Number(number),
        Value::Text(text) => Json::Text(text.to_owned()),
    }
}
