//! Records of RFC 4180, cells in place: no copy is made of a cell without doubled quotes.

use std::borrow::Cow;
use std::io::Read;

use crate::data::source::read_error;
use crate::error::{Error, Result};
use crate::limits;

/// How much is asked of the source at once.
const READ_BYTES: usize = 256 << 10;
/// No more than this is cut off at once, and longer records are not cut off at all.
const CUT_BYTES: usize = 1 << 20;

/// A cell of the current record.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    /// Its bytes without the surrounding quotes; quotes inside are still doubled.
    pub bytes: &'a [u8],
    /// Whether it stood in quotes.
    pub quoted: bool,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    quoted: bool,
    doubled: bool,
}

/// Reads record after record. Blank lines and a byte-order mark are skipped.
#[derive(Debug)]
pub struct Records<R> {
    source: R,
    buffer: Vec<u8>,
    /// Valid bytes of the buffer.
    filled: usize,
    /// Where the current record begins.
    start: usize,
    /// Where the next record begins.
    position: usize,
    at_end: bool,
    cells: Vec<Span>,
    most_cells: u64,
    line: u64,
    next_line: u64,
}

/// What a scan of the buffer found.
enum Scan {
    Record,
    NeedMore,
}

impl<R: Read> Records<R> {
    /// A reader at the start of its source.
    pub fn new(source: R) -> Self {
        Records {
            source,
            buffer: Vec::new(),
            filled: 0,
            start: 0,
            position: 0,
            at_end: false,
            cells: Vec::new(),
            most_cells: limits::DATA_COLUMNS.value(),
            line: 1,
            next_line: 1,
        }
    }

    /// The records of bytes that were cut off another reader's, and the line on which they begin.
    pub fn part(nothing: R, bytes: Vec<u8>, line: u64) -> Self {
        let filled = bytes.len();
        Records { buffer: bytes, filled, at_end: true, line, next_line: line, ..Records::new(nothing) }
    }

    /// Goes back to before the current record.
    pub fn rewind(&mut self) {
        (self.position, self.next_line) = (self.start, self.line);
    }

    /// Cuts off the bytes of the next records, up to so many lines, with the line on which they begin. Nothing is cut off
    /// at the end and where a record is very long. In a source that breaks the rules of quotes the cut may be at another
    /// place: its reader then meets the error before the cut.
    pub fn cut(&mut self, most_lines: usize) -> Result<Option<(Vec<u8>, u64)>> {
        let line = self.next_line;
        loop {
            let bytes = &self.buffer[self.position..self.filled];
            let found = whole_records(bytes, most_lines);
            let (length, lines) = match found {
                (_, lines, false) if self.at_end && lines < most_lines => (bytes.len(), lines),
                (length, lines, _) if length > 0 && (lines >= most_lines || bytes.len() >= CUT_BYTES) => {
                    (length, lines)
                }
                _ if self.at_end || bytes.len() >= CUT_BYTES => return Ok(None),
                _ => {
                    self.read_more()?;
                    continue;
                }
            };
            if length == 0 {
                return Ok(None);
            }
            let piece = bytes[..length].to_vec();
            self.position += length;
            self.next_line += lines as u64;
            return Ok(Some((piece, line)));
        }
    }

    /// Goes to the next record; false at the end.
    pub fn advance(&mut self) -> Result<bool> {
        if self.filled == 0 && !self.at_end {
            self.read_more()?;
            while !self.at_end && self.filled < 3 {
                self.read_more()?;
            }
            if self.buffer[..self.filled].starts_with(b"\xEF\xBB\xBF") {
                self.position = 3;
            }
        }
        loop {
            match self.skip_blank_lines() {
                Some(true) => {}
                Some(false) => return Ok(false),
                None => {
                    self.read_more()?;
                    continue;
                }
            }
            match self.scan()? {
                Scan::Record => return Ok(true),
                Scan::NeedMore => self.read_more()?,
            }
        }
    }

    /// The number of cells of the current record.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no current record.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A cell of the current record; past its end an empty one.
    #[inline]
    pub fn cell(&self, index: usize) -> Cell<'_> {
        match self.cells.get(index) {
            Some(span) => Cell { bytes: &self.buffer[span.start..span.end], quoted: span.quoted },
            None => Cell { bytes: &[], quoted: false },
        }
    }

    /// A cell as text; the error does not name the record's place.
    pub fn text(&self, index: usize) -> Result<Cow<'_, str>> {
        let cell = self.cell(index);
        let text = std::str::from_utf8(cell.bytes).map_err(|_| {
            Error::malformed("not-utf8", "expected UTF-8 text, found other bytes").hint("save the file as UTF-8")
        })?;
        Ok(match self.cells.get(index) {
            Some(Span { doubled: true, .. }) => Cow::Owned(text.replace("\"\"", "\"")),
            _ => Cow::Borrowed(text),
        })
    }

    /// The line where the current record begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The same for messages.
    pub fn place(&self) -> String {
        format!("line {}", self.line)
    }

    /// Some(true) at a record, Some(false) at the end, None when more bytes are needed to tell.
    fn skip_blank_lines(&mut self) -> Option<bool> {
        loop {
            match &self.buffer[self.position..self.filled] {
                [] if self.at_end => return Some(false),
                [] => return None,
                [b'\n', ..] => self.position += 1,
                [b'\r', b'\n', ..] => self.position += 2,
                [b'\r'] if !self.at_end => return None,
                _ => return Some(true),
            }
            self.next_line += 1;
        }
    }

    /// Moves the unread bytes to the front and reads more; the buffer grows with the longest record only.
    fn read_more(&mut self) -> Result<()> {
        self.buffer.copy_within(self.position..self.filled, 0);
        self.filled -= self.position;
        (self.start, self.position) = (0, 0);
        limits::DATA_BYTES.check_len(self.filled).map_err(|error| error.at(format!("line {}", self.next_line)))?;
        let wanted = (self.filled * 2).max(READ_BYTES);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        // The scan begins again at the record's start: twice the bytes each time keep it linear however they arrive.
        let enough = (self.filled * 2).max(self.filled + 1);
        while self.filled < enough && !self.at_end {
            match self.source.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.at_end = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(error)),
            }
        }
        Ok(())
    }

    fn malformed(&self, line: u64, message: &str) -> Error {
        Error::malformed("csv-quote", message).at(format!("line {line}"))
    }

    /// Finds the cells of the record at `position`.
    fn scan(&mut self) -> Result<Scan> {
        let (mut at, mut line) = (self.position, self.next_line);
        self.cells.clear();
        loop {
            let bytes = &self.buffer[..self.filled];
            let span = match bytes.get(at) {
                Some(b'"') => match self.quoted(at, &mut line)? {
                    Some(span) => span,
                    None => return Ok(Scan::NeedMore),
                },
                _ => {
                    let length = bytes[at..].iter().position(|byte| matches!(byte, b',' | b'\n' | b'\r' | b'"'));
                    match length {
                        Some(length) => Span { start: at, end: at + length, quoted: false, doubled: false },
                        None if self.at_end => Span { start: at, end: self.filled, quoted: false, doubled: false },
                        None => return Ok(Scan::NeedMore),
                    }
                }
            };
            at = span.end + usize::from(span.quoted);
            self.cells.push(span);
            match &self.buffer[at..self.filled] {
                [b',', ..] => at += 1,
                [b'\n', ..] => return Ok(self.found(at + 1, line)),
                [b'\r', b'\n', ..] => return Ok(self.found(at + 2, line)),
                [] | [b'\r'] if !self.at_end => return Ok(Scan::NeedMore),
                [] => return Ok(self.found(at, line)),
                [b'\r', ..] => return Err(self.malformed(line, "a carriage return without a line feed after it")),
                [b'"', ..] => {
                    return Err(self
                        .malformed(line, "a quote inside a cell that does not begin with one")
                        .hint("put the cell in quotes and double the quotes inside it"));
                }
                _ => {
                    return Err(self
                        .malformed(line, "text after the closing quote of a cell")
                        .hint("double the quotes inside a quoted cell"));
                }
            }
            if self.cells.len() as u64 >= self.most_cells {
                let cells = self.cells.len() as u64 + 1;
                limits::DATA_COLUMNS.check(cells).map_err(|error| error.at(format!("line {line}")))?;
            }
        }
    }

    /// The quoted cell at `at`; `None` when its end is not in the buffer.
    fn quoted(&self, at: usize, line: &mut u64) -> Result<Option<Span>> {
        let bytes = &self.buffer[..self.filled];
        let (mut end, mut doubled) = (at + 1, false);
        loop {
            match bytes.get(end) {
                Some(b'"') => match bytes.get(end + 1) {
                    Some(b'"') => (end, doubled) = (end + 2, true),
                    None if !self.at_end => return Ok(None),
                    _ => return Ok(Some(Span { start: at + 1, end, quoted: true, doubled })),
                },
                Some(b'\n') => (end, *line) = (end + 1, *line + 1),
                Some(_) => end += 1,
                None if self.at_end => {
                    return Err(self.malformed(self.next_line, "a quoted cell has no closing quote"));
                }
                None => return Ok(None),
            }
        }
    }

    fn found(&mut self, next: usize, last_line: u64) -> Scan {
        self.start = std::mem::replace(&mut self.position, next);
        self.line = std::mem::replace(&mut self.next_line, last_line + 1);
        Scan::Record
    }
}

/// How many of the bytes are whole records, with how many line feeds in them, and whether a quoted cell is open at the end.
fn whole_records(bytes: &[u8], most_lines: usize) -> (usize, usize, bool) {
    let (mut length, mut lines, mut within, mut is_quoted) = (0, 0, 0, false);
    for at in memchr::memchr2_iter(b'\n', b'"', bytes) {
        match bytes[at] {
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => within += 1,
            _ => {
                (length, lines, within) = (at + 1, lines + within + 1, 0);
                if lines >= most_lines {
                    return (length, lines, false);
                }
            }
        }
    }
    (length, lines, is_quoted)
}
