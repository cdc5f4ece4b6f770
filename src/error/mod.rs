//! The one error of the library: where, what, expected against found, and what to do next.
//!
//! An error means that the tool could not do what it was asked. "Does not verify" is no error but a
//! [`Finding`](crate::finding::Finding).

mod nearest;

pub use nearest::nearest;

use std::fmt;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line or a setting is wrong.
    Usage,
    /// A path could not be read or written.
    Io,
    /// The bytes are not what their format demands.
    Malformed,
    /// The bytes are sound, but this tool cannot handle what they say.
    Unsupported,
    /// A ceiling of [`limits`](crate::limits) was reached.
    Limit,
    /// The content asks Python to run code that no model needs.
    Dangerous,
    /// A defect in this tool.
    Internal,
    /// The user pressed Ctrl-C.
    Interrupted,
}

/// An error with its stable code, its place and a hint.
///
/// `Display` prints the message alone; [`Error::place`], [`Error::file`] and [`Error::hint`] are for renderers.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    code: &'static str,
    message: String,
    file: Option<String>,
    place: Vec<String>,
    row: Option<usize>,
    hint: Option<String>,
}

impl Error {
    /// An error of `kind` with a stable kebab-case `code`.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            code,
            message: message.into(),
            file: None,
            place: Vec::new(),
            row: None,
            hint: None,
        }))
    }

    /// Bytes that are not what their format demands.
    pub fn malformed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, code, message)
    }

    /// Sound bytes that this tool cannot handle.
    pub fn unsupported(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, code, message)
    }

    /// Content that would run code when Python loads it.
    pub fn dangerous(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Dangerous, code, message)
    }

    /// A wrong command line or setting.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, code, message)
    }

    /// A defect in this tool.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, "internal", message)
            .hint("this is a defect in scorepack: please report it with the command and, if you can, the file")
    }

    /// A failed read or write of `path`.
    pub fn io(path: &std::path::Path, source: &std::io::Error) -> Self {
        Self::new(ErrorKind::Io, "io", io_message(source)).in_file(path.display().to_string())
    }

    /// Names the file, unless a deeper layer has named one.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.0.file.get_or_insert_with(|| file.into());
        self
    }

    /// Puts `place` around the places named so far: call it from the inside out.
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.place.insert(0, place.to_string());
        self
    }

    /// The row of the block at hand, from 0; whoever knows where the block came from turns it into a place.
    pub fn on_row(mut self, row: usize) -> Self {
        self.0.row = Some(row);
        self
    }

    /// The row named by [`Error::on_row`], taken out.
    pub fn take_row(&mut self) -> Option<usize> {
        self.0.row.take()
    }

    /// What to do next, unless a deeper layer has said it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Hints at the name that was probably meant and lists the known ones, which are `what`.
    pub fn known(self, what: &str, found: &str, known: &[&str]) -> Self {
        let list = format!("{what} are {}", known.join(", "));
        match nearest(found, known.iter().copied()) {
            Some(name) => self.hint(format!("did you mean `{name}`? {list}")),
            None => self.hint(list),
        }
    }

    /// Why it failed.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code, for `scorepack rule CODE`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The file, if one is involved.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// The place inside the file, outermost first.
    pub fn place(&self) -> Option<String> {
        let row = self.0.row.map(|row| format!("row {row}"));
        let parts: Vec<String> = self.0.place.iter().cloned().chain(row).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// What to do next (named apart from the builder [`Error::hint`]).
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The process exit code: 70 for a defect, 130 for an interruption, else 2.
    pub fn exit_code(&self) -> u8 {
        match self.0.kind {
            ErrorKind::Internal => 70,
            ErrorKind::Interrupted => 130,
            _ => 2,
        }
    }
}

/// The operating system's words without Rust's `(os error N)`.
pub(crate) fn io_message(source: &std::io::Error) -> String {
    let text = source.to_string();
    let plain = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = plain.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
