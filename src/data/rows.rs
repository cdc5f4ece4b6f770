//! The rows of a source, block after block, in memory that does not grow with the source.

use super::fill::{Filled, Filler, clear};
use super::{Format, Source, csv, json, npy};
use crate::abi::{Abi, Block};
use crate::error::Result;
use crate::model::Field;

/// What the model takes.
#[derive(Debug, Clone, Copy)]
pub struct InputFields<'a> {
    /// The fields in the model's order.
    pub fields: &'a [Field],
    /// Whether the model file names them; made-up names give way to position.
    pub named: bool,
}

/// How messages count the rows of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowNumber {
    /// The line where it begins, from 1.
    Line(u64),
    /// The row, from 0.
    Row(u64),
}

impl std::fmt::Display for RowNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RowNumber::Line(line) => write!(f, "line {line}"),
            RowNumber::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// A source of rows.
pub(crate) trait RowSource {
    /// Puts the next row into the block; `None` when there is none. A row that was [`Filled::Full`] comes again.
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>>;

    /// Cuts off the next rows without reading what is in them, about as many as lines are asked for. None at the end, and
    /// where only reading tells where a row ends.
    fn cut(&mut self, most_lines: usize) -> Result<Option<Box<dyn RowSource + Send>>> {
        let _ = most_lines;
        Ok(None)
    }

    /// What a person should know about how the rows were read.
    fn notes(&self) -> &[String];

    /// Where the row that was given last stands.
    fn row_number(&self) -> RowNumber;
}

/// Rows on their way into a score module.
pub struct Rows {
    name: String,
    format: Format,
    source: Box<dyn RowSource + Send>,
    filler: Filler,
    block_rows: usize,
    numbers: Vec<RowNumber>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("name", &self.name).field("format", &self.format).finish_non_exhaustive()
    }
}

impl Rows {
    /// Opens a source called `name` in messages; without a format, the content decides.
    pub fn open(
        source: impl Into<Source>,
        name: &str,
        format: Option<Format>,
        input: InputFields<'_>,
        abi: &Abi,
    ) -> Result<Rows> {
        let open = || {
            let (source, format) = match format {
                Some(format) => (source.into(), format),
                None => source.into().detect()?,
            };
            Ok((row_source(source, format, input)?, format))
        };
        let (source, format) = open().map_err(|error: crate::error::Error| error.in_file(name))?;
        let (filler, block_rows) = (Filler::new(input, abi), abi.block_rows as usize);
        Ok(Rows { name: name.to_owned(), format, source, filler, block_rows, numbers: Vec::new() })
    }

    /// The format that is read.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What a person should know: columns left out, columns matched by position. Later blocks may add to it.
    pub fn notes(&self) -> &[String] {
        self.source.notes()
    }

    /// Fills the block with at most `max_rows` of the next rows; false when there are none. The block ends at the
    /// module's `block_rows`, or before a text column exceeds its capacity.
    pub fn next_block(&mut self, block: &mut Block, max_rows: usize) -> Result<bool> {
        clear(block);
        self.numbers.clear();
        while block.rows < self.block_rows.min(max_rows) {
            match self.source.next_row(&mut self.filler, block).map_err(|error| error.in_file(&self.name))? {
                Some(Filled::Row) => self.numbers.push(self.source.row_number()),
                Some(Filled::Full) | None => break,
            }
        }
        Ok(block.rows > 0)
    }

    /// Cuts off about a block of rows, which any thread can read; none at the end, and where this reader has to read the
    /// next block itself.
    pub fn cut(&mut self) -> Result<Option<Rows>> {
        let cut = self.source.cut(self.block_rows).map_err(|error| error.in_file(&self.name))?;
        Ok(cut.map(|source| Rows {
            name: self.name.clone(),
            format: self.format,
            source,
            filler: self.filler.clone(),
            block_rows: self.block_rows,
            numbers: Vec::new(),
        }))
    }

    /// The source's name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the rows of the last block stand in the source, for messages: `line 7`, `row 5`.
    pub fn places(&self) -> &[RowNumber] {
        &self.numbers
    }
}

fn row_source(source: Source, format: Format, input: InputFields<'_>) -> Result<Box<dyn RowSource + Send>> {
    Ok(match format {
        Format::Csv => Box::new(csv::CsvRows::open(source.into_reader(), input)?),
        Format::Json => Box::new(json::DocumentRows::open(&source.into_bytes()?, input)?),
        Format::JsonLines => Box::new(json::LineRows::open(source.into_reader(), input)?),
        Format::Npy => Box::new(npy::NpyRows::open(source.into_reader(), input)?),
        #[cfg(feature = "batch")]
        Format::Parquet => Box::new(super::parquet::ParquetRows::open(source, input)?),
        #[cfg(not(feature = "batch"))]
        Format::Parquet => return Err(no_parquet()),
    })
}

/// What a build without the cargo feature `batch` says.
#[cfg(not(feature = "batch"))]
pub(crate) fn no_parquet() -> crate::error::Error {
    crate::error::Error::unsupported("data-format", "this build of scorepack has no Parquet support")
        .hint("build it with `--features batch`, or convert the data to CSV")
}
