//! The formats of tabular data, told apart by content.

use crate::error::{Error, Result};

/// How rows are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values after RFC 4180.
    Csv,
    /// One JSON document: records, lists, columns, pandas' `split`, or a payload with `data`.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// NumPy's `.npy`.
    Npy,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// Every format with its name on the command line.
    pub const ALL: [(Format, &'static str); 5] = [
        (Format::Csv, "csv"),
        (Format::Json, "json"),
        (Format::JsonLines, "jsonl"),
        (Format::Npy, "npy"),
        (Format::Parquet, "parquet"),
    ];

    /// The name on the command line and in messages.
    pub fn name(self) -> &'static str {
        Format::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }

    /// The format called `name`.
    pub fn from_name(name: &str) -> Result<Format> {
        Format::ALL.iter().find(|(_, known)| *known == name).map(|(format, _)| *format).ok_or_else(|| {
            let known: Vec<&str> = Format::ALL.iter().map(|(_, name)| *name).collect();
            Error::usage("unknown-format", format!("no data format is called `{name}`"))
                .hint(format!("the formats are {}", known.join(", ")))
        })
    }
}
