//! NumPy's `.npy`: numbers and booleans in one or two dimensions, never objects (those are pickles).

mod header;
mod rows;
#[cfg(test)]
mod tests;

pub use header::Header;
pub use rows::NpyRows;

use crate::data::json::{Document, Json};
use crate::error::{Error, Result};
use crate::limits;

/// An array of `.npy` in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Its header.
    pub header: Header,
    items: Vec<u8>,
}

impl Array {
    /// Reads an array.
    pub fn read(bytes: &[u8]) -> Result<Array> {
        let mut rest = bytes;
        let header = Header::read(&mut rest)?;
        let expected = header.byte_count()?;
        if rest.len() as u64 != expected {
            let message = format!("expected {expected} bytes of items, found {}", rest.len());
            return Err(Error::malformed("npy", message));
        }
        limits::DATA_ROWS.check(header.rows)?;
        Ok(Array { header, items: rest.to_vec() })
    }

    /// One item.
    pub fn item(&self, row: usize, column: usize) -> Json {
        let header = &self.header;
        let (rows, columns) = (header.rows as usize, header.columns as usize);
        let at = if header.fortran_order { column * rows + row } else { row * columns + column };
        let size = header.item.size();
        header.item.json(self.items.get(at * size..(at + 1) * size).unwrap_or_default())
    }
}

/// An array as a document without names.
pub fn document(bytes: &[u8]) -> Result<Document> {
    let array = Array::read(bytes)?;
    let (rows, columns) = (array.header.rows as usize, array.header.columns as usize);
    let row = |row: usize| (0..columns).map(|column| Some(array.item(row, column))).collect();
    Ok(Document { names: None, rows: (0..rows).map(row).collect() })
}
