//! Results as Parquet: a column per column of the outputs, in their own types.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::malformed;
use crate::abi::{AbiMethod, Output};
use crate::data::write::{RowWriter, method_columns};
use crate::error::{Error, Result};
use crate::tensor::{Data, ElementType};

/// Rows of a row group: what is held in memory at once.
const GROUP_ROWS: usize = 64 << 10;

/// Writes Parquet.
pub struct ParquetWriter {
    schema: Arc<Schema>,
    writer: ArrowWriter<Box<dyn Write + Send>>,
}

impl ParquetWriter {
    /// A writer for the results of a method.
    pub fn new(sink: Box<dyn Write + Send>, method: &AbiMethod) -> Result<ParquetWriter> {
        let types = method.outputs.iter().flat_map(|o| (0..o.width).map(|_| data_type(o.element)));
        let field = |(name, data_type)| Field::new(name, data_type, true);
        let fields: Vec<Field> = method_columns(method).into_iter().zip(types).map(field).collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(GROUP_ROWS)).build();
        let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties)).map_err(malformed)?;
        Ok(ParquetWriter { schema, writer })
    }
}

fn data_type(element: ElementType) -> DataType {
    match element {
        ElementType::F32 => DataType::Float32,
        ElementType::F64 => DataType::Float64,
        ElementType::Bool => DataType::Boolean,
        ElementType::Text => DataType::Utf8,
        ElementType::I64 | ElementType::U8 | ElementType::U16 | ElementType::U32 => DataType::Int64,
    }
}

/// One column of an output.
fn array(output: &Output, column: usize) -> Result<ArrayRef> {
    let indices = (0..output.rows).map(|row| row * output.width + column);
    Ok(match output.values.gather(indices) {
        Data::F32(items) => Arc::new(Float32Array::from(items)),
        Data::F64(items) => Arc::new(Float64Array::from(items)),
        Data::I64(items) => Arc::new(Int64Array::from(items)),
        Data::Bool(items) => Arc::new(BooleanArray::from(items)),
        Data::Text(items) => Arc::new(StringArray::from(items)),
        other => return Err(Error::internal(format!("an output of type {}", other.element()))),
    })
}

impl RowWriter for ParquetWriter {
    fn write(&mut self, outputs: &[Output]) -> Result<()> {
        let arrays = outputs.iter().flat_map(|output| (0..output.width).map(|column| array(output, column)));
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), arrays.collect::<Result<_>>()?).map_err(malformed)?;
        self.writer.write(&batch).map_err(malformed)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let mut sink = self.writer.into_inner().map_err(malformed)?;
        sink.flush().map_err(crate::data::write::write_error)
    }
}
