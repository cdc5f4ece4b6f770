//! The rows of a source, block after block, in memory that does not grow with the source.

use std::io::Read;

use super::fill::{Filled, Filler, clear};
use super::{Format, csv};
use crate::abi::{Abi, Block};
use crate::error::{Error, Result};
use crate::model::Field;

/// What the model takes.
#[derive(Debug, Clone, Copy)]
pub struct InputFields<'a> {
    /// The fields in the model's order.
    pub fields: &'a [Field],
    /// Whether the model file names them; made-up names give way to position.
    pub named: bool,
}

/// A source of rows.
pub(crate) trait RowSource {
    /// Puts the next row into the block; `None` when there is none. A row that was [`Filled::Full`] comes again.
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>>;

    /// What a person should know about how the rows were read.
    fn notes(&self) -> &[String];
}

/// Rows on their way into a score module.
pub struct Rows {
    name: String,
    source: Box<dyn RowSource + Send>,
    filler: Filler,
    block_rows: usize,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Rows {
    /// Opens a source called `name` in messages, in the given format.
    pub fn open(
        source: impl Read + Send + 'static,
        name: &str,
        format: Format,
        input: InputFields<'_>,
        abi: &Abi,
    ) -> Result<Rows> {
        let source: Box<dyn RowSource + Send> = match format {
            Format::Csv => Box::new(csv::CsvRows::open(Box::new(source), input).map_err(|e| e.in_file(name))?),
            other => return Err(Error::unsupported("data-format", format!("{} cannot be read", other.name()))),
        };
        let block_rows = abi.block_rows as usize;
        Ok(Rows { name: name.to_owned(), source, filler: Filler::new(input, abi), block_rows })
    }

    /// What a person should know: columns left out, columns matched by position.
    pub fn notes(&self) -> &[String] {
        self.source.notes()
    }

    /// Fills the block with at most `max_rows` of the next rows; false when there are none. The block ends at the
    /// module's `block_rows`, or before a text column exceeds its capacity.
    pub fn next_block(&mut self, block: &mut Block, max_rows: usize) -> Result<bool> {
        clear(block);
        while block.rows < self.block_rows.min(max_rows) {
            match self.source.next_row(&mut self.filler, block).map_err(|error| error.in_file(&self.name))? {
                Some(Filled::Row) => {}
                Some(Filled::Full) | None => break,
            }
        }
        Ok(block.rows > 0)
    }
}
