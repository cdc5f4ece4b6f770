//! Results as CSV: a header, then a line per row. A missing text is an empty cell, an empty text a quoted one.

use std::io::Write;

use super::{RowWriter, method_columns, write_error};
use crate::abi::{AbiMethod, Output};
use crate::error::Result;
use crate::tensor::Data;

/// Writes CSV.
pub struct CsvWriter {
    sink: Box<dyn Write + Send>,
    text: String,
}

impl CsvWriter {
    /// Writes the header.
    pub fn new(sink: Box<dyn Write + Send>, method: &AbiMethod) -> Result<CsvWriter> {
        let mut writer = CsvWriter { sink, text: String::new() };
        for (i, name) in method_columns(method).iter().enumerate() {
            separate(&mut writer.text, i);
            push_text(&mut writer.text, name);
        }
        writer.text.push('\n');
        writer.sink.write_all(writer.text.as_bytes()).map_err(write_error)?;
        Ok(writer)
    }
}

fn separate(text: &mut String, column: usize) {
    if column > 0 {
        text.push(',');
    }
}

impl RowWriter for CsvWriter {
    fn write(&mut self, outputs: &[Output]) -> Result<()> {
        self.text.clear();
        for row in 0..outputs.first().map_or(0, |output| output.rows) {
            let mut column = 0;
            for output in outputs {
                for cell in row * output.width..(row + 1) * output.width {
                    separate(&mut self.text, column);
                    push_cell(&mut self.text, &output.values, cell);
                    column += 1;
                }
            }
            self.text.push('\n');
        }
        self.sink.write_all(self.text.as_bytes()).map_err(write_error)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.sink.flush().map_err(write_error)
    }
}

fn push_cell(text: &mut String, values: &Data, at: usize) {
    match values {
        Data::F32(items) => push_f64(text, f64::from(items[at])),
        Data::F64(items) => push_f64(text, items[at]),
        Data::I64(items) => push_display(text, items[at]),
        Data::Bool(items) => text.push_str(if items[at] { "true" } else { "false" }),
        Data::Text(items) => items[at].iter().for_each(|item| push_text(text, item)),
        Data::U8(items) => push_display(text, items[at]),
        Data::U16(items) => push_display(text, items[at]),
        Data::U32(items) => push_display(text, items[at]),
    }
}

fn push_display(text: &mut String, item: impl std::fmt::Display) {
    // Writing into a string cannot fail.
    let _ = std::fmt::Write::write_fmt(text, format_args!("{item}"));
}

fn push_f64(text: &mut String, number: f64) {
    if number.is_nan() {
        text.push_str("nan");
    } else {
        let _ = std::fmt::Write::write_fmt(text, format_args!("{number:?}"));
    }
}

/// A text, quoted where it is empty, has spaces around it or holds what separates cells.
fn push_text(text: &mut String, item: &str) {
    if !item.is_empty() && item.trim() == item && !item.contains(['"', ',', '\n', '\r']) {
        return text.push_str(item);
    }
    text.push('"');
    for (i, part) in item.split('"').enumerate() {
        if i > 0 {
            text.push_str("\"\"");
        }
        text.push_str(part);
    }
    text.push('"');
}
