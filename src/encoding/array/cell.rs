//! One element of an array of any type, for the few places that meet mixed ones: categories and class labels.

use std::borrow::Cow;
use std::fmt;

/// One element.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// `None`.
    None,
    /// A bool.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float, NaN included.
    Float(f64),
    /// Text.
    Str(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Anything else, by the name of what it is.
    Other(String),
}

impl Cell<'_> {
    /// Whether the element stands for a missing value: `None` or NaN.
    pub fn is_missing(&self) -> bool {
        match self {
            Cell::None => true,
            Cell::Float(number) => number.is_nan(),
            _ => false,
        }
    }
}

/// What the cell is, for "expected ..., found ...".
impl fmt::Display for Cell<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::None => formatter.write_str("None"),
            Cell::Bool(_) => formatter.write_str("a bool"),
            Cell::Int(_) => formatter.write_str("an int"),
            Cell::Float(_) => formatter.write_str("a float"),
            Cell::Str(_) => formatter.write_str("a str"),
            Cell::Bytes(_) => formatter.write_str("bytes"),
            Cell::Other(what) => formatter.write_str(what),
        }
    }
}
