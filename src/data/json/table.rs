//! The forms in which a JSON document holds a table, made one: column names and rows of cells.

use std::collections::HashMap;

use super::{Json, parse};
use crate::data::base64;
use crate::data::npy;
use crate::error::{Error, Result};
use crate::limits;

/// A table out of a JSON document.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonTable {
    /// The column names, where the form has them.
    pub names: Option<Vec<String>>,
    /// As many cells per row as there are columns; `None` where a record lacks the key.
    pub rows: Vec<Vec<Option<Json>>>,
}

/// Names and what they name, in order.
type Members = Vec<(String, Json)>;

/// JSON in strings in JSON: the service's payload nests once.
const MOST_NESTED: usize = 3;

const FORMS: &str = "a document is a list of records, a list of rows, an object of columns, \
                     {\"columns\": …, \"data\": …} or {\"data\": …}";

fn not_a_table(message: String) -> Error {
    Error::malformed("json-table", message).hint(FORMS)
}

impl JsonTable {
    /// Reads a document in any form.
    pub fn read(bytes: &[u8]) -> Result<JsonTable> {
        Self::of(parse(bytes)?, 0)
    }

    fn of(json: Json, nested: usize) -> Result<JsonTable> {
        match json {
            Json::List(items) => Self::of_list(items),
            Json::Object(members) => Self::of_object(members, nested),
            Json::Text(text) if nested < MOST_NESTED => Self::of(parse(text.as_bytes())?, nested + 1),
            other => Err(not_a_table(format!("expected a table, found {}", other.kind()))),
        }
    }

    /// Records, rows, or the values of the only column.
    pub fn of_list(items: Vec<Json>) -> Result<JsonTable> {
        limits::DATA_ROWS.check_len(items.len())?;
        match items.first() {
            Some(Json::Object(_)) => Self::of_records(items),
            Some(Json::List(_)) => Self::of_rows(items, None),
            _ => Self::of_rows(items.into_iter().map(|item| Json::List(vec![item])).collect(), None),
        }
    }

    fn of_object(mut members: Members, nested: usize) -> Result<JsonTable> {
        let has = |key: &str| members.iter().any(|(name, _)| name == key);
        if has("data") && has("columns") {
            return Self::of_split(members);
        }
        if has("data") && (has("data_type") || members.len() == 1 || has("schema")) {
            let data_type = take(&mut members, "data_type");
            let data = take(&mut members, "data").unwrap_or(Json::Null);
            return Self::of_payload(data, data_type, nested + 1);
        }
        Self::of_columns(members)
    }

    /// `{"data": …, "data_type": …}`: what a client of the service sends.
    fn of_payload(data: Json, data_type: Option<Json>, nested: usize) -> Result<JsonTable> {
        match (data, data_type) {
            (Json::Text(text), Some(Json::Text(kind))) if kind.contains("ndarray") => {
                npy::table(&base64::decode(&text).map_err(|error| error.at("`data`"))?)
            }
            (data, _) if nested > MOST_NESTED => {
                Err(not_a_table(format!("expected rows, found {} in `data` of `data`", data.kind())))
            }
            (data, _) => Self::of(data, nested),
        }
    }

    /// `{"columns": [name, …], "data": [[cell, …], …]}`: pandas' `split`.
    fn of_split(mut members: Members) -> Result<JsonTable> {
        let (columns, data) = (take(&mut members, "columns"), take(&mut members, "data"));
        let Some(Json::List(columns)) = columns else {
            return Err(not_a_table("expected a list of names in `columns`".into()));
        };
        let names = columns.into_iter().map(|name| match name {
            Json::Text(name) => Ok(name),
            Json::Integer(number) => Ok(number.to_string()),
            other => Err(not_a_table(format!("expected a name, found {}", other.kind())).at("`columns`")),
        });
        let names: Vec<String> = names.collect::<Result<_>>()?;
        match data {
            Some(Json::List(rows)) => Self::of_rows(rows, Some(names)),
            _ => Err(not_a_table("expected a list of rows in `data`".into())),
        }
    }

    fn of_rows(rows: Vec<Json>, names: Option<Vec<String>>) -> Result<JsonTable> {
        limits::DATA_ROWS.check_len(rows.len())?;
        let mut width = names.as_ref().map(Vec::len);
        let mut cells = Vec::with_capacity(rows.len());
        for (row_idx, row) in rows.into_iter().enumerate() {
            let Json::List(row) = row else {
                return Err(not_a_table(format!("expected a list, found {}", row.kind())).at(format!("row {row_idx}")));
            };
            let expected = *width.get_or_insert(row.len());
            if row.len() != expected {
                let message = format!("expected {expected} cells, found {}", row.len());
                return Err(Error::malformed("json-ragged", message).at(format!("row {row_idx}")));
            }
            cells.push(row.into_iter().map(Some).collect());
        }
        Ok(JsonTable { names, rows: cells })
    }

    /// Records need not have their keys in the same order.
    fn of_records(records: Vec<Json>) -> Result<JsonTable> {
        let mut columns = Columns::default();
        let mut rows: Vec<Vec<Option<Json>>> = Vec::with_capacity(records.len());
        let (mut present, mut allocated) = (0, 0);
        for (row_idx, record) in records.into_iter().enumerate() {
            let Json::Object(members) = record else {
                let error = not_a_table(format!("expected a record, found {}", record.kind()));
                return Err(error.at(format!("row {row_idx}")));
            };
            present += members.len();
            let placed: Vec<(usize, Json)> =
                members.into_iter().enumerate().map(|(at, (name, cell))| (columns.find(at, name), cell)).collect();
            allocated += columns.names.len();
            if allocated > present.saturating_mul(MOST_SPARSE).max(FEW_CELLS) {
                return Err(not_a_table("the records have too few keys in common".into()).at(format!("row {row_idx}")));
            }
            let mut row = vec![None; columns.names.len()];
            for (column, cell) in placed {
                row[column] = Some(cell);
            }
            rows.push(row);
        }
        limits::DATA_COLUMNS.check_len(columns.names.len())?;
        if rows.len().saturating_mul(columns.names.len()) > present.saturating_mul(MOST_SPARSE).max(FEW_CELLS) {
            return Err(not_a_table("the records have too few keys in common".into()));
        }
        rows.iter_mut().for_each(|row| row.resize(columns.names.len(), None));
        Ok(JsonTable { names: Some(columns.names), rows })
    }

    /// `{"name": [cell, …], …}`, `{"name": {"index": cell, …}, …}`, or one record.
    fn of_columns(members: Members) -> Result<JsonTable> {
        if members.is_empty() {
            return Err(not_a_table("expected a table, found an empty object".into()));
        }
        let is_nested = |value: &Json| matches!(value, Json::List(_) | Json::Object(_));
        if !members.iter().any(|(_, value)| is_nested(value)) {
            return Self::of_records(vec![Json::Object(members)]);
        }
        let (mut names, mut rows, mut index) = (Vec::new(), Vec::<Vec<Option<Json>>>::new(), None);
        for (name, column) in members {
            let cells = match column {
                Json::List(cells) => cells,
                Json::Object(cells) => by_index(cells, &mut index).map_err(|e| e.at(format!("column `{name}`")))?,
                other => {
                    let error = not_a_table(format!("expected the cells of a column, found {}", other.kind()));
                    return Err(error.at(format!("column `{name}`")));
                }
            };
            limits::DATA_ROWS.check_len(cells.len())?;
            if names.is_empty() {
                rows.resize(cells.len(), Vec::new());
            }
            if cells.len() != rows.len() {
                let message = format!("expected {} cells, found {}", rows.len(), cells.len());
                return Err(Error::malformed("json-ragged", message).at(format!("column `{name}`")));
            }
            rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(Some(cell)));
            names.push(name);
        }
        Ok(JsonTable { names: Some(names), rows })
    }
}

/// Cells of the table per cell that is there: records of ever other keys would make a small document huge.
const MOST_SPARSE: usize = 16;
/// A table of so many cells may be as sparse as it likes.
const FEW_CELLS: usize = 1 << 20;

/// The columns of records, in the order of their first keys.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
}

impl Columns {
    /// The column of a key that stands at `position` of its record.
    fn find(&mut self, position: usize, name: String) -> usize {
        if self.names.get(position) == Some(&name) {
            return position;
        }
        if let Some(column) = self.by_name.get(&name) {
            return *column;
        }
        self.by_name.insert(name.clone(), self.names.len());
        self.names.push(name);
        self.names.len() - 1
    }
}

fn take(members: &mut Members, key: &str) -> Option<Json> {
    let at = members.iter().position(|(name, _)| name == key)?;
    Some(members.swap_remove(at).1)
}

/// The cells of a column in the order of the first column's index.
fn by_index(cells: Members, index: &mut Option<Vec<String>>) -> Result<Vec<Json>> {
    let index = index.get_or_insert_with(|| cells.iter().map(|(key, _)| key.clone()).collect());
    if cells.len() == index.len() && cells.iter().zip(index.iter()).all(|((key, _), wanted)| key == wanted) {
        return Ok(cells.into_iter().map(|(_, cell)| cell).collect());
    }
    let mut by_key: HashMap<String, Json> = cells.into_iter().collect();
    if by_key.len() != index.len() {
        return Err(not_a_table(format!("expected {} cells, found {}", index.len(), by_key.len())));
    }
    let cell = |key: &String| by_key.remove(key).ok_or_else(|| not_a_table(format!("row `{key}` is missing")));
    index.iter().map(cell).collect()
}
