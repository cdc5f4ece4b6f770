//! JSON: strict documents, where a key stands once and numbers keep their last bit.

mod value;

pub use value::{Json, parse};
