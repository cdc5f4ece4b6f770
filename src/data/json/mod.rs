//! JSON: strict documents, where a key stands once and numbers keep their last bit.

mod lines;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub use lines::{LineRows, Lines};
pub use rows::DocumentRows;
pub use table::JsonTable;
use value::values_under;
pub use value::{Json, parse};
