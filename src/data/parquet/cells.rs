//! The arrays of a batch as cells.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::decode::decode;
use crate::data::table::Cells;
use crate::data::value::Value;
use crate::error::{Error, Result};

/// A column of a batch in one of four types.
#[derive(Debug, Clone)]
pub enum BatchColumn {
    Integer(Int64Array),
    Number(Float64Array),
    Bool(BooleanArray),
    Text(StringArray),
}

/// The type that holds a Parquet column, or why none does.
pub fn plain_type(found: &DataType) -> Result<DataType> {
    Ok(match found {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => DataType::Int64,
        DataType::Float16 | DataType::Float32 | DataType::Float64 | DataType::UInt64 | DataType::Null => {
            DataType::Float64
        }
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            DataType::Float64
        }
        DataType::Boolean => DataType::Boolean,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, value) => plain_type(value)?,
        other => {
            let message = format!("expected numbers, booleans or text, found a column of type {other}");
            return Err(Error::unsupported("parquet-type", message)
                .hint("convert the column before saving: dates to text or numbers, nested columns to plain ones"));
        }
    })
}

impl BatchColumn {
    /// The column of an array.
    pub fn of(array: &ArrayRef) -> Result<BatchColumn> {
        let plain_type = plain_type(array.data_type())?;
        let plain = decode(|| cast(array, &plain_type))?;
        let any: &dyn Array = &Arc::clone(&plain);
        let any = any.as_any();
        let column = if let Some(array) = any.downcast_ref::<Int64Array>() {
            BatchColumn::Integer(array.clone())
        } else if let Some(array) = any.downcast_ref::<Float64Array>() {
            BatchColumn::Number(array.clone())
        } else if let Some(array) = any.downcast_ref::<BooleanArray>() {
            BatchColumn::Bool(array.clone())
        } else if let Some(array) = any.downcast_ref::<StringArray>() {
            BatchColumn::Text(array.clone())
        } else {
            return Err(Error::internal(format!("a column of type {}", plain.data_type())));
        };
        Ok(column)
    }

    /// One cell of the batch.
    pub fn value(&self, row: usize) -> Value<'_> {
        match self {
            BatchColumn::Integer(array) if array.is_valid(row) => Value::Integer(array.value(row)),
            BatchColumn::Number(array) if array.is_valid(row) => Value::Number(array.value(row)),
            BatchColumn::Bool(array) if array.is_valid(row) => Value::Bool(array.value(row)),
            BatchColumn::Text(array) if array.is_valid(row) => Value::Text(array.value(row)),
            _ => Value::Missing,
        }
    }

    /// All cells.
    pub fn cells(&self) -> Cells {
        match self {
            BatchColumn::Integer(array) => Cells::Integer(array.iter().collect()),
            BatchColumn::Number(array) => {
                Cells::Number(array.iter().map(|cell| cell.filter(|cell| !cell.is_nan())).collect())
            }
            BatchColumn::Bool(array) => Cells::Bool(array.iter().collect()),
            BatchColumn::Text(array) => Cells::Text(array.iter().map(|cell| cell.map(str::to_owned)).collect()),
        }
    }
}
