//! The text as lines, and the two forms that values take in it: words and lists of numbers.

use std::str::FromStr;

use crate::error::{Error, Result};

/// One line without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// Counted from 1.
    pub number: usize,
}

/// A place in the text; copied to look ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'a> {
    rest: &'a str,
    offset: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        Lines { rest: text, offset: 0, number: 0 }
    }

    /// The next line, without moving.
    pub fn peek(&self) -> Option<Line<'a>> {
        let mut ahead = *self;
        ahead.next()
    }

    /// Moves to the next line that is not empty and gives it, without moving past it.
    pub fn skip_empty(&mut self) -> Option<Line<'a>> {
        loop {
            let line = self.peek()?;
            if !line.text.is_empty() {
                return Some(line);
            }
            self.next();
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        let found =
            Line { text: line.strip_suffix('\r').unwrap_or(line), offset: self.offset, number: self.number + 1 };
        self.offset += self.rest.len() - rest.len();
        self.number += 1;
        self.rest = rest;
        Some(found)
    }
}

impl<'a> Line<'a> {
    /// The key and value of `key=value`; a word alone has no value. Only the first `=` separates.
    pub fn key_value(self) -> (&'a str, &'a str) {
        self.text.split_once('=').unwrap_or((self.text, ""))
    }

    /// Adds the line's number to an error.
    pub fn place(self) -> String {
        format!("line {}", self.number)
    }
}

/// Text that breaks the rules of the format.
pub(super) fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("lightgbm-text", message)
}

/// The end of a file that says that more follows.
pub(super) fn truncated(expected: &str) -> Error {
    malformed(format!("expected {expected}, found the end of the file")).hint("the file is incomplete: copy it again")
}

/// Some words of the file for a message: not too many.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// One number.
pub(super) fn number<T: FromStr>(text: &str) -> Result<T> {
    text.trim().parse().map_err(|_| malformed(format!("expected a number, found {}", shown(text))))
}

/// `expected` numbers between spaces; the count sizes nothing that the text does not hold.
pub(super) fn numbers<T: FromStr>(text: &str, expected: usize) -> Result<Vec<T>> {
    let mut list = Vec::with_capacity(expected.min(text.len() / 2 + 1));
    for word in text.split_ascii_whitespace() {
        list.push(number(word)?);
    }
    if list.len() == expected {
        return Ok(list);
    }
    Err(malformed(format!("expected {expected} numbers, found {}", list.len())))
}
