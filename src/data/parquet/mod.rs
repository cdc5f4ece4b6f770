//! Parquet, read column by column in batches of rows and written in row groups (cargo feature `batch`).

mod cells;
mod decode;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{ParquetRows, table};
pub use write::ParquetWriter;

use crate::error::Error;

/// What the format's own reader or writer says.
fn malformed(error: impl std::fmt::Display) -> Error {
    Error::malformed("parquet", error.to_string())
}
