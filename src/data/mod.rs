//! Tabular data in and out: rows of any supported format into [`Block`](crate::abi::Block)s, results into any format.
//!
//! Cells are typed by the model's fields, never guessed; a column is found by its name in whatever order it stands.

mod cells;
mod columns;
pub mod csv;
mod fill;
mod format;
pub mod json;
mod rows;

pub use format::Format;
pub use rows::{InputFields, Rows};
