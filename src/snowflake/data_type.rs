//! The data types of a signature, with the types they stand for in NumPy and SQL.

use serde::{Deserialize, Serialize};

/// The type of a feature's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)]
pub enum DataType {
    #[serde(rename = "INT8")]
    Int8,
    #[serde(rename = "INT16")]
    Int16,
    #[serde(rename = "INT32")]
    Int32,
    #[serde(rename = "INT64")]
    Int64,
    #[serde(rename = "UINT8")]
    Uint8,
    #[serde(rename = "UINT16")]
    Uint16,
    #[serde(rename = "UINT32")]
    Uint32,
    #[serde(rename = "UINT64")]
    Uint64,
    Float,
    Double,
    Bool,
    String,
    Bytes,
    TimestampNtz,
    Object,
}

impl DataType {
    /// Every type.
    pub const ALL: [DataType; 15] = [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::Uint8,
        DataType::Uint16,
        DataType::Uint32,
        DataType::Uint64,
        DataType::Float,
        DataType::Double,
        DataType::Bool,
        DataType::String,
        DataType::Bytes,
        DataType::TimestampNtz,
        DataType::Object,
    ];

    /// The type's names: in a signature, in NumPy, and in SQL.
    const fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            DataType::Int8 => ("INT8", "int8", "BYTEINT"),
            DataType::Int16 => ("INT16", "int16", "SMALLINT"),
            DataType::Int32 => ("INT32", "int32", "INT"),
            DataType::Int64 => ("INT64", "int64", "BIGINT"),
            // SQL has no unsigned types.
            DataType::Uint8 => ("UINT8", "uint8", "BYTEINT"),
            DataType::Uint16 => ("UINT16", "uint16", "SMALLINT"),
            DataType::Uint32 => ("UINT32", "uint32", "INT"),
            DataType::Uint64 => ("UINT64", "uint64", "BIGINT"),
            DataType::Float => ("FLOAT", "float32", "FLOAT"),
            DataType::Double => ("DOUBLE", "float64", "DOUBLE"),
            DataType::Bool => ("BOOL", "bool", "BOOLEAN"),
            DataType::String => ("STRING", "str", "STRING"),
            DataType::Bytes => ("BYTES", "bytes", "BINARY"),
            DataType::TimestampNtz => ("TIMESTAMP_NTZ", "datetime64[ns]", "TIMESTAMP"),
            DataType::Object => ("OBJECT", "object", "OBJECT"),
        }
    }

    /// The name in a signature: `INT64`.
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// The name in NumPy: `int64`.
    pub const fn numpy(self) -> &'static str {
        self.names().1
    }

    /// The type of a column or an argument in SQL: `BIGINT`.
    pub const fn sql(self) -> &'static str {
        self.names().2
    }

    /// Whether a function may return it as it is; the others are returned inside an OBJECT.
    pub const fn is_returned_natively(self) -> bool {
        !matches!(self, DataType::Object | DataType::TimestampNtz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_by_its_name() {
        for data_type in DataType::ALL {
            assert_eq!(serde_json::to_value(data_type).unwrap(), data_type.name());
        }
    }
}
