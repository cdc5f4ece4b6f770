//! JSON: strict documents, where a key stands once and numbers keep their last bit.

mod document;
mod lines;
mod rows;
#[cfg(test)]
mod tests;
mod value;

pub use document::Document;
pub use lines::{LineRows, Lines};
pub use rows::DocumentRows;
pub use value::{Json, parse};
