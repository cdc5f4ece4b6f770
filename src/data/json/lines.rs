//! JSON lines: one record or row a line, read line by line.

use std::io::{BufRead, BufReader, Read};

use super::rows::put;
use super::{Json, parse, values_under};
use crate::abi::Block;
use crate::data::InputFields;
use crate::data::columns::ColumnPlan;
use crate::data::fill::{Filled, Filler};
use crate::data::rows::{RowNumber, RowSource};
use crate::data::source::read_error;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::Field;

/// No more than this and a line is cut off at once.
const CUT_BYTES: usize = 1 << 20;

/// Reads values line by line; blank lines are skipped.
pub struct Lines {
    source: BufReader<Box<dyn Read + Send>>,
    buffer: Vec<u8>,
    line: u64,
}

impl Lines {
    /// Lines of a stream.
    pub fn new(source: Box<dyn Read + Send>) -> Lines {
        Lines { source: BufReader::with_capacity(256 << 10, source), buffer: Vec::new(), line: 0 }
    }

    /// Lines that were cut off another reader's, of which so many lie before.
    fn part(bytes: Vec<u8>, line: u64) -> Lines {
        Lines { line, ..Lines::new(Box::new(std::io::Cursor::new(bytes))) }
    }

    /// Appends the next line to the buffer; false at the end.
    fn read_line(&mut self) -> Result<bool> {
        let (start, most) = (self.buffer.len(), limits::DATA_BYTES.value().saturating_add(1));
        self.source.by_ref().take(most).read_until(b'\n', &mut self.buffer).map_err(read_error)?;
        let length = self.buffer.len() - start;
        self.line += u64::from(length > 0);
        limits::DATA_BYTES.check_len(length).map_err(|error| error.at(format!("line {}", self.line)))?;
        Ok(length > 0)
    }

    /// Cuts off up to so many lines, unread.
    fn cut(&mut self, most_lines: usize) -> Result<Lines> {
        let line = self.line;
        self.buffer.clear();
        while ((self.line - line) as usize) < most_lines && self.buffer.len() < CUT_BYTES && self.read_line()? {}
        Ok(Lines::part(std::mem::take(&mut self.buffer), line))
    }

    /// The next value; `None` at the end.
    pub fn next_value(&mut self) -> Result<Option<Json>> {
        if !self.advance()? {
            return Ok(None);
        }
        parse(self.text()).map(Some).map_err(|error| in_line(error, self.line))
    }

    /// Goes to the next line that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool> {
        loop {
            self.buffer.clear();
            if !self.read_line()? {
                return Ok(false);
            }
            if !self.text().is_empty() {
                return Ok(true);
            }
        }
    }

    /// The current line, without the line's end and a byte-order mark; columns of errors count from its start.
    fn text(&self) -> &[u8] {
        let text = match self.line {
            1 => self.buffer.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.buffer),
            _ => &self.buffer,
        };
        text.trim_ascii_end()
    }
}

/// The parser sees a single line: only its column counts.
fn in_line(error: Error, line: u64) -> Error {
    let column = error.place().and_then(|place| place.split_once(", ").map(|(_, column)| column.to_owned()));
    let place = column.map_or(format!("line {line}"), |column| format!("line {line}, {column}"));
    Error::malformed(error.code(), error.to_string()).at(place)
}

/// Rows of a JSON lines source.
pub struct LineRows {
    lines: Lines,
    fields: Vec<Field>,
    named: bool,
    /// The cells of the row that waits for the next block.
    current: Option<Vec<Json>>,
    /// The keys of the last record; none for lists.
    keys: Vec<String>,
    plan: Option<ColumnPlan>,
    notes: Vec<String>,
}

impl LineRows {
    /// Finds the columns by the first row.
    pub fn open(source: Box<dyn Read + Send>, input: InputFields<'_>) -> Result<LineRows> {
        let mut rows = LineRows {
            lines: Lines::new(source),
            fields: input.fields.to_vec(),
            named: input.named,
            current: None,
            keys: Vec::new(),
            plan: None,
            notes: Vec::new(),
        };
        rows.current = rows.next_cells()?;
        Ok(rows)
    }

    /// The cells of the next row, in the plan's order; none at the end.
    fn next_cells(&mut self) -> Result<Option<Vec<Json>>> {
        if !self.lines.advance()? {
            return Ok(None);
        }
        if !self.keys.is_empty()
            && let Some(cells) = values_under(&self.keys, self.lines.text())
        {
            return Ok(Some(cells));
        }
        let row = parse(self.lines.text()).map_err(|error| in_line(error, self.lines.line))?;
        self.prepare(row).map(Some).map_err(|error| error.at(self.place()))
    }

    fn place(&self) -> String {
        format!("line {}", self.lines.line)
    }

    /// Makes the plan fit the row; gives its cells.
    fn prepare(&mut self, row: Json) -> Result<Vec<Json>> {
        let input = InputFields { fields: &self.fields, named: self.named };
        let (plan, cells) = match row {
            Json::Object(members) => {
                let (keys, cells) = members.into_iter().unzip();
                self.keys = keys;
                (ColumnPlan::of_names(&self.keys, input)?, cells)
            }
            Json::List(cells) if self.plan.is_some() && self.keys.is_empty() => {
                return same_width(cells.len(), self.fields.len()).map(|()| cells);
            }
            Json::List(cells) => {
                self.keys.clear();
                (ColumnPlan::by_position(cells.len(), input, "the data names no columns")?, cells)
            }
            other => {
                let message = format!("expected a record or a list, found {}", other.kind());
                return Err(Error::malformed("json-table", message));
            }
        };
        for note in &plan.notes {
            if !self.notes.contains(note) && self.notes.len() < MOST_NOTES {
                self.notes.push(note.clone());
            }
        }
        self.plan = Some(plan);
        Ok(cells)
    }

    fn put(&self, cells: &[Json], filler: &mut Filler, block: &mut Block) -> Result<()> {
        let fields = self.plan.iter().flat_map(|plan| plan.fields.iter().enumerate());
        for (column, field) in fields.filter_map(|(column, field)| field.map(|field| (column, field))) {
            put(cells.get(column), field, filler, block)?;
        }
        Ok(())
    }
}

/// Records of ever other keys could make notes without end.
const MOST_NOTES: usize = 8;

fn same_width(found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::malformed("json-ragged", format!("expected {expected} cells, found {found}")))
}

impl RowSource for LineRows {
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>> {
        let cells = match self.current.take() {
            Some(cells) => cells,
            None => match self.next_cells()? {
                Some(cells) => cells,
                None => return Ok(None),
            },
        };
        filler.begin(block);
        self.put(&cells, filler, block).map_err(|error| error.at(self.place()))?;
        let filled = filler.end(block);
        if filled == Filled::Full {
            self.current = Some(cells);
        }
        Ok(Some(filled))
    }

    fn cut(&mut self, most_lines: usize) -> Result<Option<Box<dyn RowSource + Send>>> {
        let before = self.lines.line;
        let lines = self.lines.cut(most_lines)?;
        if self.current.is_none() && self.lines.line == before {
            return Ok(None);
        }
        Ok(Some(Box::new(LineRows {
            lines,
            fields: self.fields.clone(),
            named: self.named,
            current: self.current.take(),
            keys: self.keys.clone(),
            plan: self.plan.clone(),
            notes: self.notes.clone(),
        })))
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn row_number(&self) -> RowNumber {
        RowNumber::Line(self.lines.line)
    }
}
