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

    /// The format of a whole document, by its content.
    pub fn of(bytes: &[u8]) -> Result<Format> {
        match detect(bytes, true)? {
            Detected::Format(format) => Ok(format),
            Detected::NeedMore => Ok(Format::Json),
        }
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

/// What the first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detected {
    /// The format.
    Format(Format),
    /// Not enough: the first line has not ended.
    NeedMore,
}

/// First bytes of files that hold tables but are not read, and what to do instead.
const OTHERS: [(&[u8], &str, &str); 8] = [
    (b"\x1F\x8B", "gzip", "decompress it first: `gzip -dc data.csv.gz | scorepack predict … -`"),
    (b"PK\x03\x04", "zip or a spreadsheet", "save it as CSV"),
    (b"BZh", "bzip2", "decompress it first"),
    (b"\xFD7zXZ", "xz", "decompress it first"),
    (b"\x28\xB5\x2F\xFD", "zstd", "decompress it first"),
    (b"\x80", "pickle", "a pickle can run code: save the table as CSV, JSON or `.npy`"),
    (b"\x89HDF", "HDF5", "save the table as CSV, JSON or `.npy`"),
    (b"ARROW1", "Arrow IPC", "save the table as Parquet or CSV"),
];

/// Tells the format by the first bytes of the content; `at_end` says that there are no more.
pub fn detect(head: &[u8], at_end: bool) -> Result<Detected> {
    if head.starts_with(b"PAR1") {
        return Ok(Detected::Format(Format::Parquet));
    }
    if head.starts_with(b"\x93NUMPY") {
        return Ok(Detected::Format(Format::Npy));
    }
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Err(Error::unsupported("data-format", "expected UTF-8, found UTF-16").hint("save the file as UTF-8"));
    }
    if let Some((_, what, hint)) = OTHERS.iter().find(|(magic, _, _)| head.starts_with(magic)) {
        return Err(Error::unsupported("data-format", format!("expected rows of data, found {what}")).hint(*hint));
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => json_or_lines(text, at_end),
        _ => Ok(Detected::Format(Format::Csv)),
    }
}

/// JSON lines if the first line is a whole value and something follows it.
fn json_or_lines(text: &[u8], at_end: bool) -> Result<Detected> {
    let json = Ok(Detected::Format(Format::Json));
    let Some(end) = text.iter().position(|byte| *byte == b'\n') else {
        return if at_end { json } else { Ok(Detected::NeedMore) };
    };
    let (line, rest) = text.split_at(end);
    if serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err() {
        return json;
    }
    match rest.trim_ascii_start() {
        [] if !at_end => Ok(Detected::NeedMore),
        [] => json,
        _ => Ok(Detected::Format(Format::JsonLines)),
    }
}
