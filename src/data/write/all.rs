//! The results of every method as one JSON object, method to rows.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};

use super::json::{push_row, push_text};
use super::{Sink, write_error};
use crate::abi::{AbiMethod, Output};
use crate::error::{Error, Result};

/// Writes `{"predict": [row, …], "predict_proba": [row, …]}`. Rows of the first method go straight out; those of the
/// others wait in temporary files, so that memory stays constant.
pub struct AllMethodsWriter {
    sink: Box<dyn Write + Send>,
    waiting: Vec<BufWriter<File>>,
    names: Vec<String>,
    rows: Vec<u64>,
    text: String,
}

impl std::fmt::Debug for AllMethodsWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AllMethodsWriter").field("names", &self.names).finish_non_exhaustive()
    }
}

impl AllMethodsWriter {
    /// A writer for the results of some methods, in this order.
    pub fn new(sink: Sink, methods: &[AbiMethod]) -> Result<AllMethodsWriter> {
        let file = |_| tempfile::tempfile().map(BufWriter::new).map_err(write_error);
        let mut writer = AllMethodsWriter {
            sink: sink.buffered(),
            waiting: (1..methods.len()).map(file).collect::<Result<_>>()?,
            names: methods.iter().map(|method| method.name.clone()).collect(),
            rows: vec![0; methods.len()],
            text: String::from("{\n"),
        };
        writer.open_method(0)?;
        Ok(writer)
    }

    fn open_method(&mut self, method: usize) -> Result<()> {
        if let Some(name) = self.names.get(method) {
            push_text(&mut self.text, name);
            self.text.push_str(": [");
        }
        self.sink.write_all(self.text.as_bytes()).map_err(write_error)?;
        self.text.clear();
        Ok(())
    }

    /// Appends the rows of a block to a method, counted in the order of [`AllMethodsWriter::new`].
    pub fn write(&mut self, method: usize, outputs: &[Output]) -> Result<()> {
        let Some(written) = self.rows.get_mut(method) else {
            return Err(Error::internal(format!("there is no method {method}")));
        };
        self.text.clear();
        for row in 0..outputs.first().map_or(0, |output| output.rows) {
            if *written > 0 {
                self.text.push(',');
            }
            *written += 1;
            push_row(&mut self.text, outputs, row);
        }
        let text = self.text.as_bytes();
        let result = match method.checked_sub(1).and_then(|waiting| self.waiting.get_mut(waiting)) {
            Some(file) => file.write_all(text),
            None => self.sink.write_all(text),
        };
        self.text.clear();
        result.map_err(write_error)
    }

    /// Writes the rows that waited and closes the object.
    pub fn finish(mut self) -> Result<()> {
        for (i, file) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            self.text.push_str("],\n");
            self.open_method(i + 1)?;
            let mut file = file.into_inner().map_err(|error| write_error(error.into_error()))?;
            file.seek(SeekFrom::Start(0)).map_err(write_error)?;
            std::io::copy(&mut file, &mut self.sink).map_err(write_error)?;
        }
        self.sink.write_all(if self.names.is_empty() { b"}\n" } else { b"]\n}\n" }).map_err(write_error)?;
        self.sink.flush().map_err(write_error)
    }
}
