//! Results as JSON: a row with one output is a value, a list, or the stored elements of a sparse row; with several
//! outputs, a list of those.

use std::io::Write;

use super::{RowWriter, write_error};
use crate::abi::Output;
use crate::error::Result;
use crate::tensor::{Data, Pattern};

/// A list of rows, or a row a line.
pub struct JsonWriter {
    sink: Box<dyn Write + Send>,
    text: String,
    is_list: bool,
    is_first: bool,
}

impl JsonWriter {
    /// `[row,row]` and a line feed.
    pub fn list(mut sink: Box<dyn Write + Send>) -> Result<JsonWriter> {
        sink.write_all(b"[").map_err(write_error)?;
        Ok(JsonWriter { sink, text: String::new(), is_list: true, is_first: true })
    }

    /// A row a line.
    pub fn lines(sink: Box<dyn Write + Send>) -> JsonWriter {
        JsonWriter { sink, text: String::new(), is_list: false, is_first: true }
    }
}

impl RowWriter for JsonWriter {
    fn write(&mut self, outputs: &[Output]) -> Result<()> {
        self.text.clear();
        for row in 0..outputs.first().map_or(0, |output| output.rows) {
            if self.is_list && !std::mem::replace(&mut self.is_first, false) {
                self.text.push(',');
            }
            push_row(&mut self.text, outputs, row);
            if !self.is_list {
                self.text.push('\n');
            }
        }
        self.sink.write_all(self.text.as_bytes()).map_err(write_error)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.is_list {
            self.sink.write_all(b"]\n").map_err(write_error)?;
        }
        self.sink.flush().map_err(write_error)
    }
}

/// One row of a method.
pub fn push_row(json: &mut String, outputs: &[Output], row: usize) {
    match outputs {
        [only] => push_output(json, only, row),
        several => push_list(json, several.iter(), |json, output| push_output(json, output, row)),
    }
}

fn push_output(json: &mut String, output: &Output, row: usize) {
    if let Some(pattern) = &output.pattern {
        return push_sparse(json, pattern, &output.values, row);
    }
    let cells = row * output.width..(row + 1) * output.width;
    if output.width == 1 && !output.list {
        return push_cell(json, &output.values, cells.start);
    }
    push_list(json, cells, |json, cell| push_cell(json, &output.values, cell));
}

/// The columns and values that a sparse row stores: `{"columns":[3,17],"values":[0.5,1.0]}`; all others are 0.
fn push_sparse(json: &mut String, pattern: &Pattern, values: &Data, row: usize) {
    let stored = pattern.row(row);
    json.push_str("{\"columns\":");
    push_list(json, &pattern.columns[stored.clone()], |json, column| push_integer(json, i64::from(*column)));
    json.push_str(",\"values\":");
    push_list(json, stored, |json, at| push_cell(json, values, at));
    json.push('}');
}

fn push_list<T>(json: &mut String, items: impl IntoIterator<Item = T>, push: impl Fn(&mut String, T)) {
    json.push('[');
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        push(json, item);
    }
    json.push(']');
}

fn push_cell(json: &mut String, values: &Data, at: usize) {
    match values {
        Data::F32(items) => push_f64(json, f64::from(items[at])),
        Data::F64(items) => push_f64(json, items[at]),
        Data::I64(items) => push_integer(json, items[at]),
        Data::Bool(items) => json.push_str(if items[at] { "true" } else { "false" }),
        Data::Text(items) => match &items[at] {
            Some(text) => push_text(json, text),
            None => json.push_str("null"),
        },
        Data::U8(items) => push_integer(json, i64::from(items[at])),
        Data::U16(items) => push_integer(json, i64::from(items[at])),
        Data::U32(items) => push_integer(json, i64::from(items[at])),
    }
}

fn push_integer(json: &mut String, integer: i64) {
    // Writing into a string cannot fail.
    let _ = std::fmt::Write::write_fmt(json, format_args!("{integer}"));
}

/// A number with the fewest digits that read back to it; what JSON cannot hold is a string.
pub fn push_f64(json: &mut String, number: f64) {
    if number.is_nan() {
        json.push_str("\"NaN\"");
    } else if number.is_infinite() {
        json.push_str(if number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
    } else {
        let _ = std::fmt::Write::write_fmt(json, format_args!("{number:?}"));
    }
}

/// A text with its escapes.
pub fn push_text(json: &mut String, text: &str) {
    json.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1F => "",
            _ => continue,
        };
        json.push_str(&text[plain..at]);
        match escape {
            "" => drop(std::fmt::Write::write_fmt(json, format_args!("\\u{byte:04x}"))),
            escape => json.push_str(escape),
        }
        plain = at + 1;
    }
    json.push_str(&text[plain..]);
    json.push('"');
}
