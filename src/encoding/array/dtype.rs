//! NumPy element types: kind, size, byte order, and the fields of structured types.

use std::fmt;

use super::Shape;

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One byte, 0 or 1.
    Bool,
    /// A signed integer of 1, 2, 4 or 8 bytes.
    Int,
    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    Uint,
    /// A float of 2, 4 or 8 bytes (16 can be named, not read).
    Float,
    /// Two floats.
    Complex,
    /// Bytes, padded with zeros (`S`).
    Bytes,
    /// Text of 4 bytes per character, padded with zeros (`U`).
    Text,
    /// Raw bytes, or the fields of a structured type.
    Void,
    /// A Python object.
    Object,
    /// A point in time: an `i64` in the type's unit.
    Datetime,
    /// A duration: an `i64` in the type's unit.
    Timedelta,
}

/// An element type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DType {
    /// What an element is.
    pub kind: Kind,
    /// Its size.
    pub item_bytes: usize,
    /// Whether its bytes run from the highest.
    pub big_endian: bool,
    /// The fields of a structured type, in order.
    pub fields: Vec<Field>,
    /// For an element that is itself an array: element type and shape.
    pub subarray: Option<Box<(DType, Vec<usize>)>>,
    /// The unit of times, such as `ns` or `25s`.
    pub unit: Option<String>,
}

/// A field of a structured type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: String,
    /// Its first byte in the element.
    pub offset: usize,
    /// Its type.
    pub dtype: DType,
}

impl DType {
    /// A plain little-endian type.
    pub fn plain(kind: Kind, item_bytes: usize) -> Self {
        DType { kind, item_bytes, big_endian: false, fields: Vec::new(), subarray: None, unit: None }
    }

    /// `float64`, little-endian.
    pub fn f64() -> Self {
        Self::plain(Kind::Float, 8)
    }

    /// `object`.
    pub fn object() -> Self {
        Self::plain(Kind::Object, 8)
    }

    /// Reads a type string: `<f8`, `|b1`, `U3`, `O`, `M8[ns]`, `V64`.
    pub fn parse(text: &str) -> Option<Self> {
        let (order, rest) = match text.as_bytes().first()? {
            b'<' | b'>' | b'|' | b'=' => text.split_at(1),
            _ => ("", text),
        };
        let mut chars = rest.chars();
        let kind = chars.next()?;
        let (digits, unit) = match chars.as_str().split_once('[') {
            Some((digits, unit)) => (digits, Some(unit.strip_suffix(']')?)),
            None => (chars.as_str(), None),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let size = if digits.is_empty() { None } else { Some(digits.parse::<u32>().ok()? as usize) };
        let mut dtype = Self::of(kind, size)?;
        dtype.big_endian = order == ">";
        dtype.unit = match dtype.kind {
            Kind::Datetime | Kind::Timedelta => unit.map(str::to_owned),
            _ if unit.is_some() => return None,
            _ => None,
        };
        Some(dtype)
    }

    fn of(kind: char, size: Option<usize>) -> Option<Self> {
        let number =
            |kind, sizes: &[usize]| size.filter(|size| sizes.contains(size)).map(|size| Self::plain(kind, size));
        match kind {
            '?' if size.is_none() => Some(Self::plain(Kind::Bool, 1)),
            'b' => number(Kind::Bool, &[1]),
            'i' => number(Kind::Int, &[1, 2, 4, 8]),
            'u' => number(Kind::Uint, &[1, 2, 4, 8]),
            'f' => number(Kind::Float, &[2, 4, 8, 12, 16]),
            'c' => number(Kind::Complex, &[8, 16, 24, 32]),
            'M' => number(Kind::Datetime, &[8]),
            'm' => number(Kind::Timedelta, &[8]),
            'O' => matches!(size, None | Some(4 | 8)).then(Self::object),
            'S' | 'a' => Some(Self::plain(Kind::Bytes, size.unwrap_or(0))),
            'U' => Some(Self::plain(Kind::Text, size.unwrap_or(0).checked_mul(4)?)),
            'V' => Some(Self::plain(Kind::Void, size.unwrap_or(0))),
            _ => None,
        }
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether Python objects are in it.
    pub fn has_objects(&self) -> bool {
        self.kind == Kind::Object
            || self.fields.iter().any(|field| field.dtype.has_objects())
            || self.subarray.as_ref().is_some_and(|inner| inner.0.has_objects())
    }

    /// The type string in the form NumPy files use; only for types without fields.
    pub fn type_string(&self) -> String {
        let order = match (self.item_bytes, self.big_endian, self.kind) {
            (1, ..) | (_, _, Kind::Bytes | Kind::Void | Kind::Object | Kind::Bool) => '|',
            (_, true, _) => '>',
            _ => '<',
        };
        let (letter, size) = match self.kind {
            Kind::Bool => ('b', self.item_bytes),
            Kind::Int => ('i', self.item_bytes),
            Kind::Uint => ('u', self.item_bytes),
            Kind::Float => ('f', self.item_bytes),
            Kind::Complex => ('c', self.item_bytes),
            Kind::Bytes => ('S', self.item_bytes),
            Kind::Text => ('U', self.item_bytes / 4),
            Kind::Void => ('V', self.item_bytes),
            Kind::Object => return "|O".to_owned(),
            Kind::Datetime => ('M', self.item_bytes),
            Kind::Timedelta => ('m', self.item_bytes),
        };
        let unit = self.unit.as_ref().map(|unit| format!("[{unit}]")).unwrap_or_default();
        format!("{order}{letter}{size}{unit}")
    }
}

/// NumPy's name of the type: `float64`, `<U3`, `object`.
impl fmt::Display for DType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(inner) = &self.subarray {
            return write!(formatter, "{} of shape {}", inner.0, Shape(&inner.1));
        }
        if !self.fields.is_empty() {
            let names: Vec<_> = self.fields.iter().map(|field| field.name.as_str()).collect();
            return write!(formatter, "records of {}", names.join(", "));
        }
        let bits = self.item_bytes * 8;
        let name = match self.kind {
            Kind::Bool => "bool".to_owned(),
            Kind::Int => format!("int{bits}"),
            Kind::Uint => format!("uint{bits}"),
            Kind::Float => format!("float{bits}"),
            Kind::Complex => format!("complex{bits}"),
            Kind::Object => "object".to_owned(),
            _ => self.type_string(),
        };
        formatter.write_str(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_strings() {
        for (text, shown, bytes, back) in [
            ("<f8", "float64", 8, "<f8"),
            (">i4", "int32", 4, ">i4"),
            ("|b1", "bool", 1, "|b1"),
            ("?", "bool", 1, "|b1"),
            ("U3", "<U3", 12, "<U3"),
            ("S5", "|S5", 5, "|S5"),
            ("O8", "object", 8, "|O"),
            ("M8[ns]", "<M8[ns]", 8, "<M8[ns]"),
            ("V64", "|V64", 64, "|V64"),
            ("u1", "uint8", 1, "|u1"),
        ] {
            let dtype = DType::parse(text).unwrap();
            assert_eq!((dtype.to_string().as_str(), dtype.item_bytes), (shown, bytes), "{text}");
            assert_eq!(dtype.type_string(), back);
        }
        for text in ["", "<", "f", "f3", "i16", "x8", "f8[ns]", "U-1", "f8 ", "<<f8", "U99999999999", "M8[ns"] {
            assert_eq!(DType::parse(text), None, "{text}");
        }
    }
}
