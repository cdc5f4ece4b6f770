//! Comma-separated values: strict RFC 4180, with what the `csv` crate does not tell, whether a cell was quoted.

pub(crate) mod header;
mod records;
#[cfg(test)]
mod tests;

pub use records::{Cell, Records};

use std::io::Read;
use std::sync::Arc;

use super::InputFields;
use super::cells;
use super::columns::ColumnPlan;
use super::fill::{Filled, Filler};
use super::rows::{RowNumber, RowSource};
use super::value::abridged;
use crate::abi::Block;
use crate::error::{Error, Result};

/// Rows of a CSV source.
pub struct CsvRows {
    records: Records<Box<dyn Read + Send>>,
    plan: Arc<ColumnPlan>,
    /// The current record has not been taken yet.
    pending: bool,
}

impl CsvRows {
    /// Reads the header, if there is one, and finds the columns.
    pub fn open(source: Box<dyn Read + Send>, input: InputFields<'_>) -> Result<CsvRows> {
        let mut records = Records::new(source);
        if !records.advance()? {
            return Err(Error::malformed("empty-data", "the CSV data is empty: expected a header and rows"));
        }
        let (plan, has_header) = header::columns(&records, input)?;
        Ok(CsvRows { records, plan: Arc::new(plan), pending: !has_header })
    }
}

impl RowSource for CsvRows {
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>> {
        if !self.pending && !self.records.advance()? {
            return Ok(None);
        }
        self.pending = true;
        let columns = self.plan.fields.len();
        if self.records.len() != columns {
            let message = format!("expected {columns} cells, found {}", self.records.len());
            return Err(Error::malformed("csv-ragged", message).at(self.records.place()));
        }
        filler.begin(block);
        for (column, field) in self.plan.fields.iter().enumerate() {
            if let Some(field) = *field {
                put(&self.records, column, filler, block, field).map_err(|error| error.at(self.records.place()))?;
            }
        }
        let filled = filler.end(block);
        self.pending = filled == Filled::Full;
        Ok(Some(filled))
    }

    fn cut(&mut self, most_lines: usize) -> Result<Option<Box<dyn RowSource + Send>>> {
        if std::mem::take(&mut self.pending) {
            self.records.rewind();
        }
        let Some((bytes, line)) = self.records.cut(most_lines)? else { return Ok(None) };
        let records = Records::part(Box::new(std::io::empty()) as Box<dyn Read + Send>, bytes, line);
        Ok(Some(Box::new(CsvRows { records, plan: self.plan.clone(), pending: false })))
    }

    fn notes(&self) -> &[String] {
        &self.plan.notes
    }

    fn row_number(&self) -> RowNumber {
        RowNumber::Line(self.records.line())
    }
}

/// One cell into its field.
#[inline]
fn put<R: Read>(
    records: &Records<R>,
    column: usize,
    filler: &mut Filler,
    block: &mut Block,
    field: usize,
) -> Result<()> {
    let cell = records.cell(column);
    if filler.is_text(field) {
        if cell.bytes.is_empty() && !cell.quoted {
            return filler.text(block, field, None);
        }
        let text = records.text(column)?;
        return filler.text(block, field, Some(&text));
    }
    // In a file of one column an empty line is no row, so that a missing number can only be written quoted.
    let quoted_empty = cell.quoted && cell.bytes.is_empty() && records.len() > 1;
    match cells::number(cell.bytes) {
        Ok(number) if !quoted_empty => filler.number(block, field, number),
        _ => Err(not_a_number(cell, filler, field)),
    }
}

fn not_a_number(cell: Cell<'_>, filler: &Filler, field: usize) -> Error {
    let text = String::from_utf8_lossy(cell.bytes);
    let error = filler.not_a_number(field, &format!("`{}`", abridged(&text)));
    match text.trim() {
        "" => error.hint("leave the cell empty, without quotes, where a number is missing"),
        "NA" | "N/A" | "null" | "NULL" | "None" | "?" | "-" => {
            error.hint("leave the cell empty where a number is missing")
        }
        _ => error,
    }
}
