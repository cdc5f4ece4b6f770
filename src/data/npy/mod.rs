//! The rows of a `.npy` array: streamed where rows follow each other, read whole where columns do.

#[cfg(test)]
mod tests;

use std::io::Read;

use super::InputFields;
use super::columns::ColumnPlan;
use super::fill::{Filled, Filler};
use super::json::{Json, JsonTable};
use super::rows::{RowNumber, RowSource};
use super::source::read_error;
use super::value::Value;
use crate::abi::Block;
use crate::encoding::array::{Cell, DType, Kind, NdArray};
use crate::encoding::npy;
use crate::error::{Error, Result};
use crate::limits;

/// About how much is read at once.
const READ_BYTES: usize = 256 << 10;

/// Rows of an array.
pub struct NpyRows {
    source: Box<dyn Read + Send>,
    dtype: DType,
    rows: usize,
    columns: usize,
    plan: ColumnPlan,
    /// The cells of some rows, and how many of them were given.
    cells: Vec<Cell<'static>>,
    given: usize,
    /// Rows read from the source, and rows given.
    read: usize,
    next: usize,
}

/// The extents of a table; one dimension is one column.
fn extents(shape: &[usize]) -> Result<(usize, usize)> {
    match shape {
        [rows] => Ok((*rows, 1)),
        [rows, columns] => Ok((*rows, *columns)),
        other => {
            let message = format!("expected an array of one or two dimensions, found {}", other.len());
            Err(Error::unsupported("npy-table", message))
        }
    }
}

fn check_type(dtype: &DType) -> Result<()> {
    match dtype.kind {
        Kind::Bool | Kind::Int | Kind::Uint | Kind::Float | Kind::Text => Ok(()),
        _ => Err(Error::unsupported("npy-table", format!("expected numbers or text, found {dtype}"))
            .hint("save the table as CSV or JSON")),
    }
}

impl NpyRows {
    /// Reads the header; columns count by position.
    pub fn open(source: Box<dyn Read + Send>, input: InputFields<'_>) -> Result<NpyRows> {
        let mut source: Box<dyn Read + Send> = Box::new(std::io::BufReader::with_capacity(READ_BYTES, source));
        let header = npy::read_header(&mut source)?;
        check_type(&header.dtype)?;
        let (rows, columns) = extents(&header.shape)?;
        limits::DATA_COLUMNS.check_len(columns)?;
        let plan = ColumnPlan::by_position(columns, input, "an array names no columns")?;
        let dtype = header.dtype;
        let mut array = NpyRows { source, dtype, rows, columns, plan, cells: Vec::new(), given: 0, read: 0, next: 0 };
        let row_bytes = (columns as u64).saturating_mul(array.dtype.item_bytes as u64);
        limits::DATA_BYTES.check(row_bytes)?;
        if header.fortran && rows > 1 && columns > 1 {
            let whole = row_bytes.saturating_mul(rows as u64);
            limits::DATA_BYTES.check(whole).map_err(not_streamed)?;
            array.read_rows(rows, true)?;
        }
        Ok(array)
    }

    /// Reads the cells of so many rows.
    fn read_rows(&mut self, rows: usize, fortran: bool) -> Result<()> {
        let wanted = rows * self.columns * self.dtype.item_bytes;
        let mut bytes = Vec::new();
        self.source.by_ref().take(wanted as u64).read_to_end(&mut bytes).map_err(read_error)?;
        if bytes.len() != wanted {
            let message = format!("the content ends early: expected {} rows", self.rows);
            return Err(Error::malformed("npy", message).at(format!("row {}", self.read)));
        }
        self.read += rows;
        self.given = 0;
        self.cells = cells(&NdArray::new(self.dtype.clone(), vec![rows, self.columns], fortran, bytes)?)?;
        Ok(())
    }

    fn next_rows(&mut self) -> Result<()> {
        let row_bytes = (self.columns * self.dtype.item_bytes).max(1);
        self.read_rows((READ_BYTES / row_bytes).clamp(1, self.rows - self.read), false)
    }
}

fn not_streamed(limit: Error) -> Error {
    Error::new(limit.kind(), limit.code(), limit.to_string())
        .hint("save the array in row-major (C) order, which is streamed")
}

/// The elements one by one; unsigned integers beyond i64 as floats.
fn cells<'a>(array: &NdArray<'a>) -> Result<Vec<Cell<'a>>> {
    array.to_cells().or_else(|error| match array.dtype.kind {
        Kind::Uint => Ok(array.to_f64()?.into_iter().map(Cell::Float).collect()),
        _ => Err(error),
    })
}

impl RowSource for NpyRows {
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>> {
        if self.next == self.rows {
            return match self.source.read(&mut [0]).map_err(read_error)? {
                0 => Ok(None),
                _ => Err(Error::malformed("npy", format!("bytes stand behind the {} rows", self.rows))),
            };
        }
        if self.next == self.read {
            self.next_rows()?;
        }
        filler.begin(block);
        let row = self.cells.iter().skip(self.given).take(self.columns);
        for (cell, field) in row.zip(&self.plan.fields) {
            if let Some(field) = field {
                filler.value(block, *field, value(cell)).map_err(|error| error.at(format!("row {}", self.next)))?;
            }
        }
        let filled = filler.end(block);
        if filled == Filled::Row {
            self.next += 1;
            self.given += self.columns;
        }
        Ok(Some(filled))
    }

    fn notes(&self) -> &[String] {
        &self.plan.notes
    }

    fn row_number(&self) -> RowNumber {
        RowNumber::Row((self.next as u64).saturating_sub(1))
    }
}

fn value<'a>(cell: &'a Cell<'_>) -> Value<'a> {
    match cell {
        Cell::Bool(value) => Value::Bool(*value),
        Cell::Int(integer) => Value::Integer(*integer),
        Cell::Float(number) => Value::Number(*number),
        Cell::Str(text) => Value::Text(text),
        Cell::None | Cell::Bytes(_) | Cell::Other(_) => Value::Missing,
    }
}

/// An array as a table without names.
pub fn table(bytes: &[u8]) -> Result<JsonTable> {
    let array = npy::read(bytes)?;
    check_type(&array.dtype)?;
    let (rows, columns) = extents(&array.shape)?;
    limits::DATA_ROWS.check_len(rows)?;
    limits::DATA_COLUMNS.check_len(columns)?;
    let mut cells = cells(&array)?.into_iter().map(|cell| match value(&cell) {
        Value::Missing => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Integer(integer) => Json::Integer(integer),
        Value::Number(number) => Json::Number(number),
        Value::Text(text) => Json::Text(text.to_owned()),
    });
    let rows = (0..rows).map(|_| cells.by_ref().take(columns).map(Some).collect()).collect();
    Ok(JsonTable { names: None, rows })
}
