//! Tabular data in and out: rows of any supported format into [`Block`](crate::abi::Block)s, results into any format.
//!
//! Cells are typed by the model's fields, never guessed; a column is found by its name in whatever order it stands.
//! Only [`Table`], which serves samples, infers types.

pub mod base64;
mod cells;
pub mod columns;
pub mod csv;
#[cfg(test)]
mod examples;
mod fill;
#[cfg(test)]
mod fixtures;
mod format;
pub mod json;
mod npy;
#[cfg(feature = "batch")]
mod parquet;
mod rows;
mod source;
pub mod table;
mod value;
pub mod write;

pub use format::Format;
pub use rows::{InputFields, RowNumber, Rows};
pub use source::Source;
pub use table::Table;
pub use value::Value;
