//! Numbers, text and bytes out of a pickle, whether Python's own or NumPy's scalars.

use std::borrow::Cow;

use super::value::{How, Span, Value};
use super::view::View;
use crate::encoding::array::{Cell, Data, NdArray};
use crate::error::Result;

impl<'a> View<'a> {
    pub(super) fn span(self, span: Span) -> &'a [u8] {
        self.arena.bytes(self.input, span)
    }

    /// The text of a plain `str`, without NumPy's.
    pub fn plain_str(self) -> Option<&'a str> {
        self.arena.text(self.input, self.id)
    }

    /// Whether it is one of NumPy's scalars.
    pub fn is_scalar(self) -> bool {
        matches!(self.callee(), Some(("numpy.core.multiarray" | "numpy._core.multiarray", "scalar")))
    }

    /// A `str` or `numpy.str_`.
    pub fn as_str(self) -> Result<Cow<'a, str>> {
        match self.cell() {
            Cell::Str(text) => Ok(text),
            _ => Err(self.wrong("a str")),
        }
    }

    /// A `float`, `int`, or NumPy's number; no bool.
    pub fn as_f64(self) -> Result<f64> {
        match self.cell() {
            Cell::Float(number) => Ok(number),
            Cell::Int(number) => Ok(number as f64),
            _ => Err(self.wrong("a number")),
        }
    }

    /// An `int` or NumPy's integer, of 64 bits; no bool.
    pub fn as_i64(self) -> Result<i64> {
        match self.cell() {
            Cell::Int(number) => Ok(number),
            _ => Err(self.wrong("an int")),
        }
    }

    /// An integer that counts or indexes something.
    pub fn as_usize(self) -> Result<usize> {
        let number = self.as_i64()?;
        usize::try_from(number).map_err(|_| self.error(format!("expected an int from 0, found {number}")))
    }

    /// A `bool` or `numpy.bool_`.
    pub fn as_bool(self) -> Result<bool> {
        match self.cell() {
            Cell::Bool(truth) => Ok(truth),
            _ => Err(self.wrong("a bool")),
        }
    }

    /// `bytes`, `bytearray`, or either in the form protocols 0 to 2 give it: a call with Latin-1 text.
    pub fn as_bytes(self) -> Result<Cow<'a, [u8]>> {
        match self.value() {
            Value::Bytes(span) | Value::ByteArray(span) => Ok(Cow::Borrowed(self.span(*span))),
            Value::Object(object) if object.how == How::Reduce => {
                self.called_bytes().ok_or_else(|| self.wrong("bytes"))
            }
            _ => Err(self.wrong("bytes")),
        }
    }

    fn called_bytes(self) -> Option<Cow<'a, [u8]>> {
        match (self.callee()?, &self.args()[..]) {
            (("builtins", "bytes" | "bytearray"), []) => Some(Cow::Borrowed(&[])),
            (("builtins", "bytearray"), [bytes]) if matches!(bytes.value(), Value::Bytes(_)) => bytes.as_bytes().ok(),
            (("builtins", "bytearray"), [inner]) if inner.callee() == Some(("_codecs", "encode")) => {
                inner.called_bytes()
            }
            (("_codecs", "encode"), [text, _]) => latin1(text.plain_str()?),
            (("builtins", "bytearray"), [text, encoding]) => encoding
                .plain_str()
                .filter(|name| matches!(*name, "latin1" | "latin-1"))
                .and_then(|_| latin1(text.plain_str()?)),
            _ => None,
        }
    }

    /// The value as a cell, whatever it is.
    pub fn cell(self) -> Cell<'a> {
        match self.value() {
            Value::None => Cell::None,
            Value::Bool(truth) => Cell::Bool(*truth),
            Value::Int(number) => Cell::Int(*number),
            Value::Float(number) => Cell::Float(*number),
            Value::Str(_) => self.plain_str().map_or(Cell::None, |text| Cell::Str(Cow::Borrowed(text))),
            Value::Bytes(span) => Cell::Bytes(Cow::Borrowed(self.span(*span))),
            _ => self.scalar().unwrap_or_else(|| Cell::Other(self.describe())),
        }
    }

    /// A NumPy scalar, or an array without dimensions.
    fn scalar(self) -> Option<Cell<'a>> {
        if self.is_scalar() {
            let args = self.args();
            let [dtype, data] = args[..] else { return None };
            let dtype = dtype.dtype().ok()?;
            if dtype.has_objects() {
                // A scalar of objects holds its object, never another scalar.
                return if data.is_scalar() { None } else { Some(data.cell()) };
            }
            let array = NdArray::new(dtype, Vec::new(), false, data.as_bytes().ok()?).ok()?;
            return array.to_cells().ok()?.pop();
        }
        if !self.is_array() || !self.array_shape().ok()?.is_empty() {
            return None;
        }
        let array = self.array().ok()?;
        match array.data {
            Data::Objects(_) => None,
            Data::Bytes(_) => array.to_cells().ok()?.pop(),
        }
    }
}

/// Text whose characters are bytes.
fn latin1(text: &str) -> Option<Cow<'_, [u8]>> {
    if text.is_ascii() {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let bytes: Option<Vec<u8>> = text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect();
    bytes.map(Cow::Owned)
}
