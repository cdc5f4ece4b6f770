//! Comma-separated values: strict RFC 4180, with what the `csv` crate does not tell, whether a cell was quoted.

mod records;

pub use records::{Cell, Records};

use std::io::Read;

use super::InputFields;
use super::cells;
use super::columns::ColumnPlan;
use super::fill::{Filled, Filler};
use super::rows::RowSource;
use crate::abi::Block;
use crate::error::{Error, Result};
use crate::tensor::ElementType;

/// Rows of a CSV source.
pub struct CsvRows {
    records: Records<Box<dyn Read + Send>>,
    plan: ColumnPlan,
    /// The current record has not been taken yet.
    pending: bool,
}

impl CsvRows {
    /// Reads the header, if there is one, and finds the columns.
    pub fn open(source: Box<dyn Read + Send>, input: InputFields<'_>) -> Result<CsvRows> {
        let mut records = Records::new(source);
        if !records.next()? {
            return Err(Error::malformed("empty-data", "the CSV data is empty: expected a header and rows"));
        }
        let names =
            (0..records.len()).map(|i| records.text(i).map(|text| text.into_owned())).collect::<Result<Vec<_>>>();
        let is_data = first_record_is_data(&records, input);
        let (plan, pending) = match names {
            Ok(names) if ColumnPlan::knows_one(&names, input) || !(is_data || !input.named) => {
                (ColumnPlan::by_name(&names, input).map_err(|error| separator_hint(error, &names))?, false)
            }
            Ok(_) if !is_data => {
                (ColumnPlan::by_position(records.len(), input, "the model file names no columns")?, false)
            }
            Ok(_) => (ColumnPlan::by_position(records.len(), input, "the data has no header")?, true),
            Err(error) => return Err(error),
        };
        Ok(CsvRows { records, plan, pending })
    }
}

/// A header of one cell that holds another separator.
fn separator_hint(error: Error, names: &[String]) -> Error {
    match names {
        [only] if only.contains([';', '\t', '|']) => Error::malformed(error.code(), error.to_string())
            .hint("cells are separated by commas; this header holds another separator"),
        _ => error,
    }
}

/// Whether the record fits the fields by position: as many cells, a number in each number's place, and one at least.
fn first_record_is_data(records: &Records<Box<dyn Read + Send>>, input: InputFields<'_>) -> bool {
    records.len() == input.fields.len()
        && input.fields.iter().any(|field| field.element != ElementType::Text)
        && input
            .fields
            .iter()
            .enumerate()
            .all(|(i, field)| field.element == ElementType::Text || cells::number(records.cell(i).bytes).is_ok())
}

impl RowSource for CsvRows {
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>> {
        if !self.pending && !self.records.next()? {
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

    fn notes(&self) -> &[String] {
        &self.plan.notes
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
        _ => Err(not_a_number(cell).at(filler.place(field))),
    }
}

fn not_a_number(cell: Cell<'_>) -> Error {
    let text = String::from_utf8_lossy(cell.bytes);
    let shown: String = text.chars().take(40).collect();
    let error = Error::malformed("not-a-number", format!("expected a number, found `{shown}`"));
    match text.trim() {
        "" => error.hint("leave the cell empty, without quotes, where a number is missing"),
        "NA" | "N/A" | "null" | "NULL" | "None" | "?" | "-" => {
            error.hint("leave the cell empty where a number is missing")
        }
        _ => error,
    }
}
