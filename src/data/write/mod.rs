//! Results out: a list of rows as JSON, JSON lines, CSV, `.npy` or Parquet, block after block in constant memory.
//!
//! Numbers have the fewest digits that read back to the same f64; an f32 is written as the f64 of equal value.

mod all;
mod csv;
pub mod json;
mod npy;
#[cfg(test)]
pub(crate) mod tests;

pub use all::AllMethodsWriter;

use std::fs::File;
use std::io::{BufWriter, Write};

use super::Format;
use crate::abi::{AbiMethod, Output};
use crate::error::{Error, ErrorKind, Result, io_message};
use crate::model::column_names;

/// Where results go.
pub enum Sink {
    /// A file, whose beginning can be written again at the end.
    File(File),
    /// A pipe.
    Stream(Box<dyn Write + Send>),
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Sink::File(_)) { "File" } else { "Stream" })
    }
}

impl Sink {
    /// The sink as a buffered stream.
    fn buffered(self) -> Box<dyn Write + Send> {
        match self {
            Sink::File(file) => Box::new(BufWriter::new(file)),
            Sink::Stream(stream) => Box::new(BufWriter::new(stream)),
        }
    }
}

/// Writes the rows of one method in one format.
pub(crate) trait RowWriter {
    /// Appends the rows of a block.
    fn write(&mut self, outputs: &[Output]) -> Result<()>;

    /// Writes what comes after the last row.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// The results of one method on their way out.
pub struct ResultWriter(Box<dyn RowWriter + Send>);

impl std::fmt::Debug for ResultWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResultWriter").finish_non_exhaustive()
    }
}

impl ResultWriter {
    /// A writer for the results of a method.
    pub fn new(sink: Sink, format: Format, method: &AbiMethod) -> Result<ResultWriter> {
        let sparse = method.outputs.iter().find(|output| output.sparse.is_some());
        if let (Some(output), Format::Csv | Format::Npy | Format::Parquet) = (sparse, format) {
            let (name, width) = (&method.name, output.width);
            let message = format!("the results of `{name}` are sparse rows of {width} columns, which make no table");
            return Err(Error::usage("sparse-output", message).hint("write them as JSON: `--output-format json`"));
        }
        Ok(ResultWriter(match format {
            Format::Json => Box::new(json::JsonWriter::list(sink.buffered())?),
            Format::JsonLines => Box::new(json::JsonWriter::lines(sink.buffered())),
            Format::Csv => Box::new(csv::CsvWriter::new(sink.buffered(), method)?),
            Format::Npy => Box::new(npy::NpyWriter::new(sink, method)?),
            #[cfg(feature = "batch")]
            Format::Parquet => Box::new(super::parquet::ParquetWriter::new(sink.buffered(), method)?),
            #[cfg(not(feature = "batch"))]
            Format::Parquet => return Err(super::rows::no_parquet()),
        }))
    }

    /// Appends the rows of a block.
    pub fn write(&mut self, outputs: &[Output]) -> Result<()> {
        self.0.write(outputs)
    }

    /// Writes what comes after the last row and flushes.
    pub fn finish(self) -> Result<()> {
        self.0.finish()
    }
}

/// The names of all columns of a method.
pub fn method_columns(method: &AbiMethod) -> Vec<String> {
    let names = method.outputs.iter().map(|o| column_names(&o.name, &o.columns, o.width as usize));
    names.flatten().collect()
}

/// A write that failed.
pub(crate) fn write_error(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "io", io_message(&error))
}
