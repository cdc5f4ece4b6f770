//! Results as `.npy`: the columns of numbers of a method side by side, in the type of the widest.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};

use super::{RowWriter, Sink, write_error};
use crate::abi::{AbiMethod, Output};
use crate::error::{Error, Result};
use crate::limits;
use crate::tensor::{Data, ElementType};

/// The header has the same length whatever the number of rows.
const HEADER_BYTES: usize = 128;

/// Writes an array whose number of rows is known at the end: in a file the header is written again, in front of a pipe
/// the array waits in memory.
pub struct NpyWriter {
    target: Target,
    element: ElementType,
    /// Elements per row; `None` is an array of one dimension.
    width: Option<usize>,
    rows: u64,
    bytes: Vec<u8>,
}

enum Target {
    File(BufWriter<File>),
    Stream(Box<dyn Write + Send>, Vec<u8>),
}

impl NpyWriter {
    /// A writer for a method whose outputs are numbers of one type.
    pub fn new(sink: Sink, method: &AbiMethod) -> Result<NpyWriter> {
        let unsupported = |what: String| {
            Error::usage("npy-output", format!("the results of `{}` do not fit one array: {what}", method.name))
                .hint("write them as CSV or JSON")
        };
        let [output] = method.outputs.as_slice() else {
            return Err(unsupported(format!("it has {} outputs", method.outputs.len())));
        };
        if output.element == ElementType::Text {
            return Err(unsupported(format!("`{}` is text", output.name)));
        }
        let width = (output.list || output.width != 1).then_some(output.width as usize);
        let target = match sink {
            Sink::File(file) => Target::File(BufWriter::new(file)),
            Sink::Stream(stream) => Target::Stream(stream, Vec::new()),
        };
        let mut writer = NpyWriter { target, element: output.element, width, rows: 0, bytes: Vec::new() };
        if let Target::File(file) = &mut writer.target {
            file.write_all(&header(writer.element, 0, width)).map_err(write_error)?;
        }
        Ok(writer)
    }
}

/// A header of version 1 for that many rows.
fn header(element: ElementType, rows: u64, width: Option<usize>) -> Vec<u8> {
    let descr = match element {
        ElementType::F32 => "<f4",
        ElementType::F64 => "<f8",
        ElementType::I64 => "<i8",
        ElementType::Bool => "|b1",
        ElementType::U8 => "|u1",
        ElementType::U16 => "<u2",
        ElementType::U32 => "<u4",
        ElementType::Text => "|O",
    };
    let shape = width.map_or_else(|| format!("({rows},)"), |width| format!("({rows}, {width})"));
    let entries = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let length = HEADER_BYTES - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{entries:<padded$}\n", padded = length - 1).bytes());
    bytes
}

impl RowWriter for NpyWriter {
    fn write(&mut self, outputs: &[Output]) -> Result<()> {
        let Some(output) = outputs.first() else { return Ok(()) };
        self.rows += output.rows as u64;
        self.bytes.clear();
        push_le_bytes(&mut self.bytes, &output.values);
        match &mut self.target {
            Target::File(file) => file.write_all(&self.bytes).map_err(write_error),
            Target::Stream(_, waiting) => {
                waiting.extend_from_slice(&self.bytes);
                limits::DATA_BYTES.check_len(waiting.len()).map_err(|limit| {
                    Error::new(limit.kind(), limit.code(), limit.to_string())
                        .hint("write the array into a file: in front of a pipe it must wait in memory")
                })
            }
        }
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let header = header(self.element, self.rows, self.width);
        match self.target {
            Target::File(file) => {
                let mut file = file.into_inner().map_err(|error| write_error(error.into_error()))?;
                file.seek(SeekFrom::Start(0)).map_err(write_error)?;
                file.write_all(&header).map_err(write_error)?;
                file.flush().map_err(write_error)
            }
            Target::Stream(mut stream, waiting) => {
                stream.write_all(&header).map_err(write_error)?;
                stream.write_all(&waiting).map_err(write_error)?;
                stream.flush().map_err(write_error)
            }
        }
    }
}

fn push_le_bytes(bytes: &mut Vec<u8>, values: &Data) {
    match values {
        Data::F32(items) => items.iter().for_each(|item| bytes.extend(item.to_le_bytes())),
        Data::F64(items) => items.iter().for_each(|item| bytes.extend(item.to_le_bytes())),
        Data::I64(items) => items.iter().for_each(|item| bytes.extend(item.to_le_bytes())),
        other => bytes.extend(other.to_le_bytes()),
    }
}
