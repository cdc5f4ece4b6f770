//! A JSON or UBJSON document as plain values. Arrays of numbers stay where they are in the file, checked but not
//! converted, until someone asks for them in a type: what no one asks for costs nothing.

use std::borrow::Cow;

use crate::error::{Error, Result};

/// One value of a document that outlives it nowhere.
#[derive(Debug, Clone)]
pub enum Document<'a> {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number without fraction or exponent.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// An array of nothing but numbers (UBJSON: one with a type).
    Numbers(Numbers<'a>),
    /// Any other array; an empty one too.
    Array(Vec<Document<'a>>),
    /// Names and values.
    Object(Object<'a>),
}

/// Names and values in the order of the file; no name twice.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    entries: Vec<(Cow<'a, str>, Document<'a>)>,
}

/// Numbers as they stand in the file.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    repr: Repr<'a>,
    len: usize,
}

#[derive(Debug, Clone, Copy)]
enum Repr<'a> {
    /// JSON numbers between commas.
    Text(&'a str),
    /// Big-endian numbers side by side.
    Packed(Packed, &'a [u8]),
}

/// The element types of a typed UBJSON array; all are big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Packed {
    I8,
    U8,
    I16,
    I32,
    I64,
    F32,
    F64,
}

impl Packed {
    /// Bytes of one element.
    pub const fn bytes(self) -> usize {
        match self {
            Packed::I8 | Packed::U8 => 1,
            Packed::I16 => 2,
            Packed::I32 | Packed::F32 => 4,
            Packed::I64 | Packed::F64 => 8,
        }
    }
}

/// What stands around the numbers of a JSON array.
pub(super) const JSON_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

impl<'a> Numbers<'a> {
    /// `len` JSON numbers between commas, each checked by the reader.
    pub(super) fn of_text(text: &'a str, len: usize) -> Self {
        Numbers { repr: Repr::Text(text), len }
    }

    /// Packed numbers; a rest shorter than one number is ignored.
    pub(super) fn of_bytes(packed: Packed, bytes: &'a [u8]) -> Self {
        Numbers { repr: Repr::Packed(packed, bytes), len: bytes.len() / packed.bytes() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The numbers in single precision: text is rounded once, a finite number stays finite.
    pub fn f32s(&self) -> Result<Vec<f32>> {
        let mut found = Vec::with_capacity(self.len);
        match self.repr {
            Repr::Text(text) => {
                for number in text.split(',') {
                    let number = number.trim_matches(JSON_SPACE);
                    found.push(single(number.parse::<f32>().unwrap_or(f32::INFINITY), || number.to_owned())?);
                }
            }
            Repr::Packed(Packed::F32, bytes) => {
                found.extend(bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_be_bytes(*bytes)));
            }
            Repr::Packed(Packed::F64, bytes) => {
                for bytes in bytes.as_chunks::<8>().0 {
                    found.push(narrowed(f64::from_be_bytes(*bytes))?);
                }
            }
            Repr::Packed(packed, bytes) => found.extend(packed_integers(packed, bytes).map(|number| number as f32)),
        }
        Ok(found)
    }

    /// The numbers in double precision.
    pub fn f64s(&self) -> Vec<f64> {
        match self.repr {
            Repr::Text(text) => {
                text.split(',').map(|number| number.trim_matches(JSON_SPACE).parse().unwrap_or(f64::NAN)).collect()
            }
            Repr::Packed(Packed::F32, bytes) => {
                bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_be_bytes(*bytes).into()).collect()
            }
            Repr::Packed(Packed::F64, bytes) => {
                bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_be_bytes(*bytes)).collect()
            }
            Repr::Packed(packed, bytes) => packed_integers(packed, bytes).map(|number| number as f64).collect(),
        }
    }

    /// The numbers as integers of one type.
    pub fn integers<T: TryFrom<i64>>(&self) -> Result<Vec<T>> {
        let mut found = Vec::with_capacity(self.len);
        match self.repr {
            Repr::Text(text) => {
                for number in text.split(',') {
                    let number = number.trim_matches(JSON_SPACE);
                    let integer = number.parse::<i64>().ok().and_then(|integer| T::try_from(integer).ok());
                    found.push(integer.ok_or_else(|| no_integer::<T>(number))?);
                }
            }
            Repr::Packed(Packed::F32 | Packed::F64, _) => return Err(expected("integers", "floating-point numbers")),
            Repr::Packed(packed, bytes) => {
                for integer in packed_integers(packed, bytes) {
                    found.push(T::try_from(integer).map_err(|_| no_integer::<T>(integer))?);
                }
            }
        }
        Ok(found)
    }
}

/// The elements of a packed array of integers.
fn packed_integers(packed: Packed, bytes: &[u8]) -> impl Iterator<Item = i64> {
    bytes.chunks_exact(packed.bytes()).map(move |chunk| match (packed, chunk) {
        (Packed::I8, [a]) => i64::from(i8::from_be_bytes([*a])),
        (Packed::U8, [a]) => i64::from(*a),
        (Packed::I16, [a, b]) => i64::from(i16::from_be_bytes([*a, *b])),
        (Packed::I32, [a, b, c, d]) => i64::from(i32::from_be_bytes([*a, *b, *c, *d])),
        (Packed::I64, [a, b, c, d, e, f, g, h]) => i64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        _ => 0,
    })
}

fn single(number: f32, text: impl FnOnce() -> String) -> Result<f32> {
    if number.is_infinite() {
        let text = text();
        if !text.ends_with("Infinity") {
            return Err(Error::malformed("document-value", format!("the number `{text}` does not fit float32")));
        }
    }
    Ok(number)
}

fn narrowed(number: f64) -> Result<f32> {
    let narrow = number as f32;
    if narrow.is_infinite() && number.is_finite() {
        return Err(Error::malformed("document-value", format!("the number `{number:e}` does not fit float32")));
    }
    Ok(narrow)
}

fn no_integer<T>(found: impl std::fmt::Display) -> Error {
    let name = std::any::type_name::<T>();
    Error::malformed("document-value", format!("expected an integer ({name}), found `{found}`"))
}

fn expected(what: &str, found: &str) -> Error {
    Error::malformed("document-value", format!("expected {what}, found {found}"))
}

impl<'a> Document<'a> {
    /// Every object in it, whatever it lies in; itself, if it is one.
    pub fn objects(&self) -> impl Iterator<Item = &Object<'a>> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            loop {
                match open.pop()? {
                    Document::Object(object) => {
                        open.extend(object.entries().map(|(_, value)| value));
                        return Some(object);
                    }
                    Document::Array(items) => open.extend(items),
                    _ => {}
                }
            }
        })
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Document::Null => "null",
            Document::Bool(_) => "a boolean",
            Document::Integer(_) => "an integer",
            Document::Float(_) => "a number",
            Document::Text(_) => "text",
            Document::Numbers(_) => "an array of numbers",
            Document::Array(_) => "an array",
            Document::Object(_) => "an object",
        }
    }

    /// The object.
    pub fn object(&self) -> Result<&Object<'a>> {
        match self {
            Document::Object(object) => Ok(object),
            other => Err(expected("an object", other.kind())),
        }
    }

    /// The text.
    pub fn text(&self) -> Result<&str> {
        match self {
            Document::Text(text) => Ok(text),
            other => Err(expected("text", other.kind())),
        }
    }

    /// The integer.
    pub fn integer(&self) -> Result<i64> {
        match self {
            Document::Integer(integer) => Ok(*integer),
            other => Err(expected("an integer", other.kind())),
        }
    }

    /// The items of an array that holds more than numbers, or nothing.
    pub fn items(&self) -> Result<&[Document<'a>]> {
        match self {
            Document::Array(items) => Ok(items),
            other => Err(expected("an array", other.kind())),
        }
    }

    /// The texts of an array.
    pub fn texts(&self) -> Result<Vec<String>> {
        self.items()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// The numbers of an array in single precision; see [`Numbers::f32s`].
    pub fn f32s(&self) -> Result<Vec<f32>> {
        match self {
            Document::Numbers(numbers) => numbers.f32s(),
            Document::Array(items) => items.iter().map(Document::f32).collect(),
            other => Err(expected("an array of numbers", other.kind())),
        }
    }

    /// The numbers of an array in double precision.
    pub fn f64s(&self) -> Result<Vec<f64>> {
        match self {
            Document::Numbers(numbers) => Ok(numbers.f64s()),
            Document::Array(items) => items.iter().map(Document::number).collect(),
            other => Err(expected("an array of numbers", other.kind())),
        }
    }

    /// The number, whole or not.
    pub fn number(&self) -> Result<f64> {
        match self {
            Document::Integer(integer) => Ok(*integer as f64),
            Document::Float(number) => Ok(*number),
            other => Err(expected("a number", other.kind())),
        }
    }

    /// The numbers of an array as integers of one type.
    pub fn integers<T: TryFrom<i64>>(&self) -> Result<Vec<T>> {
        match self {
            Document::Numbers(numbers) => numbers.integers(),
            Document::Array(items) => items
                .iter()
                .map(|item| {
                    let integer = item.integer()?;
                    T::try_from(integer).map_err(|_| no_integer::<T>(integer))
                })
                .collect(),
            other => Err(expected("an array of integers", other.kind())),
        }
    }

    fn f32(&self) -> Result<f32> {
        match self {
            Document::Integer(integer) => Ok(*integer as f32),
            Document::Float(number) => narrowed(*number),
            other => Err(expected("a number", other.kind())),
        }
    }

    /// The value for reports, with NaN and infinities as text.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        let number = |number: f64| serde_json::Number::from_f64(number).map(Value::Number);
        match self {
            Document::Null => Value::Null,
            Document::Bool(truth) => Value::Bool(*truth),
            Document::Integer(integer) => Value::from(*integer),
            Document::Float(float) => number(*float).unwrap_or_else(|| Value::from(nonfinite_name(*float))),
            Document::Text(text) => Value::from(text.as_ref()),
            Document::Numbers(numbers) => match numbers.integers::<i64>() {
                Ok(integers) => Value::from(integers),
                Err(_) => numbers.f64s().into_iter().map(|float| Document::Float(float).to_json()).collect(),
            },
            Document::Array(items) => items.iter().map(Document::to_json).collect(),
            Document::Object(object) => {
                Value::Object(object.entries().map(|(name, value)| (name.to_owned(), value.to_json())).collect())
            }
        }
    }
}

fn nonfinite_name(number: f64) -> &'static str {
    match number {
        number if number.is_nan() => "NaN",
        number if number > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

impl<'a> Object<'a> {
    /// An object over entries whose names differ.
    pub(super) fn new(entries: Vec<(Cow<'a, str>, Document<'a>)>) -> Result<Self> {
        let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        match names.array_windows().find(|[a, b]| a == b) {
            Some([name, _]) => Err(Error::malformed("duplicate-key", format!("the key `{name}` stands twice"))),
            None => Ok(Object { entries }),
        }
    }

    /// Names and values in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Document<'a>)> {
        self.entries.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The value called `key`.
    pub fn get(&self, key: &str) -> Option<&Document<'a>> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Reads the value called `key`, which must be there; its errors name the key as their place.
    pub fn read<T>(&self, key: &str, read: impl FnOnce(&Document<'a>) -> Result<T>) -> Result<T> {
        match self.get(key) {
            Some(value) => read(value).map_err(|error| error.at(format!("`{key}`"))),
            None => Err(Error::malformed("missing-key", format!("expected a key `{key}`, found none"))),
        }
    }
}
