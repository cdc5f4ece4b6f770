//! The rows of a JSON document.

use super::{Json, JsonTable};
use crate::abi::Block;
use crate::data::InputFields;
use crate::data::columns::ColumnPlan;
use crate::data::fill::{Filled, Filler};
use crate::data::rows::{RowNumber, RowSource};
use crate::data::value::Value;
use crate::error::{Error, Result};

/// Rows of a document that was read whole.
#[derive(Debug)]
pub struct DocumentRows {
    document: JsonTable,
    plan: ColumnPlan,
    next: usize,
}

impl DocumentRows {
    /// Reads the document and finds its columns.
    pub fn open(bytes: &[u8], input: InputFields<'_>) -> Result<DocumentRows> {
        Self::of(JsonTable::read(bytes)?, input)
    }

    /// Rows of a document.
    pub fn of(document: JsonTable, input: InputFields<'_>) -> Result<DocumentRows> {
        let width = document.rows.first().map_or(input.fields.len(), Vec::len);
        let plan = match &document.names {
            Some(names) => ColumnPlan::of_names(names, input)?,
            None => {
                let hint = flat_list_hint(&document, input);
                ColumnPlan::by_position(width, input, "the data names no columns").map_err(hint)?
            }
        };
        Ok(DocumentRows { document, plan, next: 0 })
    }
}

/// One row written as a flat list.
fn flat_list_hint(document: &JsonTable, input: InputFields<'_>) -> impl Fn(Error) -> Error {
    let is_flat = document.rows.len() == input.fields.len() && document.rows.iter().all(|row| row.len() == 1);
    move |error| {
        if !is_flat {
            return error;
        }
        Error::malformed(error.code(), error.to_string()).hint("a single row is a list in a list: `[[…]]`")
    }
}

impl RowSource for DocumentRows {
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>> {
        let Some(row) = self.document.rows.get(self.next) else { return Ok(None) };
        filler.begin(block);
        for (cell, field) in row.iter().zip(&self.plan.fields) {
            if let Some(field) = *field {
                put(cell.as_ref(), field, filler, block).map_err(|error| error.at(format!("row {}", self.next)))?;
            }
        }
        let filled = filler.end(block);
        self.next += usize::from(filled == Filled::Row);
        Ok(Some(filled))
    }

    fn notes(&self) -> &[String] {
        &self.plan.notes
    }

    fn row_number(&self) -> RowNumber {
        RowNumber::Row((self.next as u64).saturating_sub(1))
    }
}

/// One cell into its field.
pub fn put(cell: Option<&Json>, field: usize, filler: &mut Filler, block: &mut Block) -> Result<()> {
    let value = match cell {
        Some(Json::Null) => Value::Missing,
        Some(Json::Bool(value)) => Value::Bool(*value),
        Some(Json::Integer(integer)) => Value::Integer(*integer),
        Some(Json::Number(number)) => Value::Number(*number),
        Some(Json::Text(text)) => Value::Text(text),
        Some(other) => {
            let message = format!("expected a single value, found {}", other.kind());
            return Err(Error::malformed("not-a-value", message).at(filler.place(field)));
        }
        None => return Err(absent(filler, field)),
    };
    filler.value(block, field, value)
}

/// A record without a key that the model needs.
fn absent(filler: &Filler, field: usize) -> Error {
    Error::malformed("missing-column", "the record has no such key")
        .hint("write `null` where a value is missing")
        .at(filler.place(field))
}
