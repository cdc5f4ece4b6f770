//! The rows of a `.npy` array: streamed where rows follow each other, read whole where columns do.

use std::io::Read;

use super::Header;
use crate::abi::Block;
use crate::data::InputFields;
use crate::data::columns::ColumnPlan;
use crate::data::fill::{Filled, Filler};
use crate::data::json::Json;
use crate::data::rows::{RowNumber, RowSource};
use crate::data::source::read_error;
use crate::data::value::Value;
use crate::error::{Error, Result};
use crate::limits;

/// Rows of an array.
pub struct NpyRows {
    header: Header,
    source: Box<dyn Read + Send>,
    plan: ColumnPlan,
    /// The bytes of a row, or of everything in Fortran order.
    items: Vec<u8>,
    next: u64,
    pending: bool,
}

/// About how much is read at once.
const READ_BYTES: usize = 256 << 10;

impl NpyRows {
    /// Reads the header; columns count by position.
    pub fn open(source: Box<dyn Read + Send>, input: InputFields<'_>) -> Result<NpyRows> {
        let mut source: Box<dyn Read + Send> = Box::new(std::io::BufReader::with_capacity(READ_BYTES, source));
        let header = Header::read(&mut source)?;
        let byte_count = header.byte_count()?;
        let columns = usize::try_from(header.columns).unwrap_or(usize::MAX);
        let plan = ColumnPlan::by_position(columns, input, "an array names no columns")?;
        let mut items = Vec::new();
        if header.fortran_order {
            limits::DATA_BYTES
                .check(byte_count)
                .map_err(|error| error.hint("save the array in C order: such an array is streamed"))?;
            source.by_ref().take(byte_count).read_to_end(&mut items).map_err(read_error)?;
            if items.len() as u64 != byte_count {
                return Err(ends_early(header.rows));
            }
        } else {
            items.resize(columns * header.item.size(), 0);
        }
        Ok(NpyRows { header, source, plan, items, next: 0, pending: false })
    }

    fn cell(&self, column: usize) -> Json {
        let size = self.header.item.size();
        let at = match self.header.fortran_order {
            true => column * self.header.rows as usize + self.next as usize,
            false => column,
        };
        self.header.item.json(self.items.get(at * size..(at + 1) * size).unwrap_or_default())
    }
}

fn ends_early(rows: u64) -> Error {
    Error::malformed("npy", format!("the content ends early: expected {rows} rows"))
}

impl RowSource for NpyRows {
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>> {
        if self.next == self.header.rows {
            return match self.source.read(&mut [0]).map_err(read_error)? {
                0 => Ok(None),
                _ => Err(Error::malformed("npy", format!("bytes after the {} rows", self.header.rows))),
            };
        }
        if !self.pending && !self.header.fortran_order {
            self.source.read_exact(&mut self.items).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => ends_early(self.header.rows).at(format!("row {}", self.next)),
                _ => read_error(error),
            })?;
        }
        filler.begin(block);
        for (column, field) in self.plan.fields.iter().enumerate() {
            let value = match self.cell(column) {
                Json::Integer(integer) => Value::Integer(integer),
                Json::Number(number) => Value::Number(number),
                Json::Bool(value) => Value::Bool(value),
                _ => Value::Missing,
            };
            if let Some(field) = field {
                filler.value(block, *field, value).map_err(|error| error.at(format!("row {}", self.next)))?;
            }
        }
        let filled = filler.end(block);
        self.pending = filled == Filled::Full;
        self.next += u64::from(filled == Filled::Row);
        Ok(Some(filled))
    }

    fn notes(&self) -> &[String] {
        &self.plan.notes
    }

    fn row_number(&self) -> RowNumber {
        RowNumber::Row(self.next.saturating_sub(1))
    }
}
