//! The header of a `.npy` file: a magic, a version, and a Python dictionary of three entries.

use std::io::Read;

use crate::data::json::Json;
use crate::data::source::read_error;
use crate::error::{Error, Result};
use crate::limits;

/// The longest header that is read: NumPy itself stops at 10,000 characters.
const MOST_HEADER_BYTES: usize = 10_000;

/// What kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// `f`
    Float,
    /// `i`
    Signed,
    /// `u`
    Unsigned,
    /// `b`
    Bool,
}

/// The type of an item: kind, size, byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemType {
    /// The kind.
    pub kind: ItemKind,
    size: u8,
    big_endian: bool,
}

/// What a `.npy` header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The type of the items.
    pub item: ItemType,
    /// Whether columns follow each other rather than rows.
    pub fortran_order: bool,
    /// The first dimension.
    pub rows: u64,
    /// The second dimension; 1 where there is only one.
    pub columns: u64,
}

fn bad(message: impl Into<String>) -> Error {
    Error::malformed("npy", message).at("header")
}

impl Header {
    /// Reads the header; the items follow.
    pub fn read(source: &mut impl Read) -> Result<Header> {
        let mut start = [0u8; 8];
        source.read_exact(&mut start).map_err(truncated)?;
        let [magic @ .., major, _minor] = start;
        if &magic != b"\x93NUMPY" {
            return Err(bad("the content does not begin as `.npy` does"));
        }
        let length = match major {
            1 => {
                let mut length = [0u8; 2];
                source.read_exact(&mut length).map_err(truncated)?;
                usize::from(u16::from_le_bytes(length))
            }
            2 | 3 => {
                let mut length = [0u8; 4];
                source.read_exact(&mut length).map_err(truncated)?;
                u32::from_le_bytes(length) as usize
            }
            other => return Err(bad(format!("expected version 1, 2 or 3, found {other}"))),
        };
        if length > MOST_HEADER_BYTES {
            return Err(bad(format!("expected at most {MOST_HEADER_BYTES} bytes, found {length}")));
        }
        let mut text = vec![0u8; length];
        source.read_exact(&mut text).map_err(truncated)?;
        let text = std::str::from_utf8(&text).map_err(|_| bad("expected UTF-8 text"))?;
        Self::parse(text)
    }

    /// `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`
    fn parse(text: &str) -> Result<Header> {
        let unreadable = || bad(format!("expected a dictionary of descr, fortran_order and shape, found `{text}`"));
        let inside = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(unreadable)?;
        let (mut item, mut fortran_order, mut shape) = (None, None, None);
        let mut rest = inside.trim();
        while !rest.is_empty() {
            let (key, value) = rest.split_once(':').ok_or_else(unreadable)?;
            let value = value.trim_start();
            let end = match value.as_bytes().first() {
                Some(b'(') => value.find(')').map(|end| end + 1),
                Some(b'[') => value.rfind(']').map(|end| end + 1),
                _ => Some(value.find(',').unwrap_or(value.len())),
            };
            let (value, after) = end.and_then(|end| value.split_at_checked(end)).ok_or_else(unreadable)?;
            match key.trim().trim_matches(['\'', '"']) {
                "descr" => item = Some(ItemType::parse(value.trim())?),
                "fortran_order" => fortran_order = Some(value.trim() == "True"),
                "shape" => shape = Some(dimensions(value).ok_or_else(unreadable)?),
                other => return Err(bad(format!("unknown entry `{other}`"))),
            }
            rest = after.trim_start().strip_prefix(',').unwrap_or(after).trim_start();
        }
        let (Some(item), Some(fortran_order), Some(shape)) = (item, fortran_order, shape) else {
            return Err(unreadable());
        };
        let (rows, columns) = match shape.as_slice() {
            [rows] => (*rows, 1),
            [rows, columns] => (*rows, *columns),
            other => {
                let message = format!("expected one or two dimensions, found {}", other.len());
                return Err(Error::unsupported("npy", message).at("header"));
            }
        };
        limits::DATA_COLUMNS.check(columns).map_err(|error| error.at("header"))?;
        Ok(Header { item, fortran_order: fortran_order && columns > 1 && rows > 1, rows, columns })
    }

    /// Bytes of all items.
    pub fn byte_count(&self) -> Result<u64> {
        let count = self.rows.checked_mul(self.columns).and_then(|count| count.checked_mul(self.item.size() as u64));
        count.ok_or_else(|| bad(format!("a shape of {} × {} is impossible", self.rows, self.columns)))
    }
}

fn truncated(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => bad("the content ends in the header"),
        _ => read_error(error),
    }
}

/// `(3, 4)` or `(3,)`.
fn dimensions(text: &str) -> Option<Vec<u64>> {
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let parts = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.trim_end_matches('L').parse().ok()).collect()
}

impl ItemType {
    fn parse(text: &str) -> Result<ItemType> {
        let plain = text.trim_matches(['\'', '"']);
        let unsupported = || {
            let error = Error::unsupported("npy", format!("expected numbers, found items of type `{plain}`"));
            if plain.ends_with('O') {
                return error
                    .at("header")
                    .hint("an array of objects is a pickle and can run code: save the table as CSV");
            }
            error.at("header").hint("save the table as CSV or JSON")
        };
        let (order, rest) = plain.split_at_checked(1).ok_or_else(unsupported)?;
        let (kind, size) = match rest {
            "f2" | "f4" | "f8" => (ItemKind::Float, &rest[1..]),
            "i1" | "i2" | "i4" | "i8" => (ItemKind::Signed, &rest[1..]),
            "u1" | "u2" | "u4" | "u8" => (ItemKind::Unsigned, &rest[1..]),
            "b1" => (ItemKind::Bool, "1"),
            _ => return Err(unsupported()),
        };
        match order {
            "<" | ">" | "|" | "=" => {
                Ok(ItemType { kind, size: size.parse().map_err(|_| unsupported())?, big_endian: order == ">" })
            }
            _ => Err(unsupported()),
        }
    }

    /// Bytes of an item.
    pub fn size(self) -> usize {
        usize::from(self.size)
    }

    /// The item of `size` bytes; a 64-bit unsigned one beyond i64 becomes a float.
    pub fn json(self, bytes: &[u8]) -> Json {
        let mut word = [0u8; 8];
        for (i, byte) in bytes.iter().take(8).enumerate() {
            word[if self.big_endian { bytes.len() - 1 - i } else { i }] = *byte;
        }
        let unsigned = u64::from_le_bytes(word);
        match (self.kind, self.size) {
            (ItemKind::Float, 8) => Json::Number(f64::from_bits(unsigned)),
            (ItemKind::Float, 4) => Json::Number(f64::from(f32::from_bits(unsigned as u32))),
            (ItemKind::Float, _) => Json::Number(half(unsigned as u16)),
            (ItemKind::Bool, _) => Json::Bool(unsigned != 0),
            (ItemKind::Unsigned, _) => i64::try_from(unsigned).map_or(Json::Number(unsigned as f64), Json::Integer),
            (ItemKind::Signed, size) => {
                let shift = 64 - 8 * u32::from(size);
                Json::Integer(((unsigned << shift) as i64) >> shift)
            }
        }
    }
}

/// A half-precision float, exactly.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_exact() {
        for (bits, number) in [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x7BFF, 65504.0),
            (0x0001, 5.960464477539063e-8),
            (0x03FF, 6.097555160522461e-5),
            (0x0400, 6.103515625e-5),
            (0x3555, 0.333251953125),
            (0x7C00, f64::INFINITY),
        ] {
            assert_eq!(half(bits).to_bits(), f64::to_bits(number), "{bits:x}");
        }
        assert!(half(0x7E00).is_nan());
    }
}
