//! Reads UBJSON (draft 12) strictly: every length is checked against the bytes that are left, no key twice, bounded
//! depth. Objects with a count, typed arrays of anything but numbers and high-precision numbers are refused: no writer
//! of model files makes them, and a typed array of elements without width costs memory that no byte pays for.

use std::borrow::Cow;

use super::document::{Document, Numbers, Object, Packed};
use crate::error::{Error, Result};
use crate::limits;

/// Reads a document.
pub fn read(bytes: &[u8]) -> Result<Document<'_>> {
    let mut reader = Reader { bytes, at: 0, depth: 0, values: 0 };
    let marker = reader.byte("a value")?;
    let value = reader.value(marker)?;
    match reader.bytes.len() - reader.at {
        0 => Ok(value),
        rest => Err(reader.error(format!("expected the end of the document, found {rest} more bytes"))),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u64,
    values: u64,
}

impl<'a> Reader<'a> {
    fn error(&self, message: impl Into<String>) -> Error {
        Error::malformed("ubjson", message).at(format!("byte {}", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, count: usize, what: &str) -> Result<&'a [u8]> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| {
            self.error(format!("expected {what} of {count} bytes, found {}", self.bytes.len() - self.at))
        })?;
        self.at += count;
        Ok(taken)
    }

    fn byte(&mut self, what: &str) -> Result<u8> {
        let byte = self.peek().ok_or_else(|| self.error(format!("expected {what}, found the end of the file")))?;
        self.at += 1;
        Ok(byte)
    }

    /// An error about the byte just read.
    fn unexpected(&self, expected: &str, found: u8) -> Error {
        let found = char::from(found).escape_default();
        Error::malformed("ubjson", format!("expected {expected}, found the marker `{found}`"))
            .at(format!("byte {}", self.at - 1))
    }

    fn value(&mut self, marker: u8) -> Result<Document<'a>> {
        self.values += 1;
        limits::DOCUMENT_VALUES.check(self.values).map_err(|error| error.at(format!("byte {}", self.at)))?;
        match marker {
            b'Z' => Ok(Document::Null),
            b'T' => Ok(Document::Bool(true)),
            b'F' => Ok(Document::Bool(false)),
            b'S' => Ok(Document::Text(self.string()?)),
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            _ => match packed(marker) {
                Some(Packed::F32) => Ok(Document::Float(f32::from_be_bytes(self.array_of()?).into())),
                Some(Packed::F64) => Ok(Document::Float(f64::from_be_bytes(self.array_of()?))),
                Some(packed) => Ok(Document::Integer(self.integer(packed)?)),
                None => Err(self.unexpected("a value", marker)),
            },
        }
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N, "a number")?;
        bytes.try_into().map_err(|_| Error::internal("a slice of another length"))
    }

    fn integer(&mut self, packed: Packed) -> Result<i64> {
        Ok(match packed {
            Packed::I8 => i8::from_be_bytes(self.array_of()?).into(),
            Packed::U8 => u8::from_be_bytes(self.array_of()?).into(),
            Packed::I16 => i16::from_be_bytes(self.array_of()?).into(),
            Packed::I32 => i32::from_be_bytes(self.array_of()?).into(),
            _ => i64::from_be_bytes(self.array_of()?),
        })
    }

    /// A length: an integer with its marker, not negative.
    fn length(&mut self) -> Result<usize> {
        let marker = self.byte("a length")?;
        let start = self.at;
        let length = match packed(marker) {
            Some(packed) if !matches!(packed, Packed::F32 | Packed::F64) => self.integer(packed)?,
            _ => return Err(self.unexpected("a length", marker)),
        };
        usize::try_from(length).map_err(|_| {
            Error::malformed("ubjson", format!("expected a length, found {length}")).at(format!("byte {start}"))
        })
    }

    fn string(&mut self) -> Result<Cow<'a, str>> {
        let length = self.length()?;
        limits::STRING_BYTES.check_len(length).map_err(|error| error.at(format!("byte {}", self.at)))?;
        let start = self.at;
        let bytes = self.take(length, "a string")?;
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Error::malformed("ubjson", "expected UTF-8, found another byte")
                .at(format!("byte {}", start + error.valid_up_to()))
        })?;
        Ok(Cow::Borrowed(text))
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Document<'a>>) -> Result<Document<'a>> {
        self.depth += 1;
        limits::DOCUMENT_DEPTH.check(self.depth).map_err(|error| error.at(format!("byte {}", self.at - 1)))?;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Document<'a>> {
        let start = self.at;
        let mut entries = Vec::new();
        while self.peek() != Some(b'}') {
            let key = self.string()?;
            let marker = self.byte("a value")?;
            entries.push((key, self.value(marker)?));
        }
        self.at += 1;
        let object = Object::new(entries).map_err(|error| error.at(format!("the object at byte {start}")))?;
        Ok(Document::Object(object))
    }

    fn array(&mut self) -> Result<Document<'a>> {
        match self.peek() {
            Some(b'$') => {
                self.at += 1;
                self.typed_array()
            }
            Some(b'#') => {
                let count = self.count(1)?;
                let mut items = Vec::new();
                for _ in 0..count {
                    let marker = self.byte("a value")?;
                    items.push(self.value(marker)?);
                }
                Ok(Document::Array(items))
            }
            _ => {
                let mut items = Vec::new();
                loop {
                    match self.byte("a value or `]`")? {
                        b']' => return Ok(Document::Array(items)),
                        marker => items.push(self.value(marker)?),
                    }
                }
            }
        }
    }

    fn typed_array(&mut self) -> Result<Document<'a>> {
        let marker = self.byte("an element type")?;
        let packed = packed(marker).ok_or_else(|| self.unexpected("a numeric element type", marker))?;
        if self.peek() != Some(b'#') {
            return Err(self.error("expected the count of a typed array (`#`)"));
        }
        let count = self.count(packed.bytes())?;
        let bytes = self.take(count * packed.bytes(), "an array")?;
        Ok(Document::Numbers(Numbers::of_bytes(packed, bytes)))
    }

    /// `#` and a count of elements of at least `width` bytes each, for all of which there are bytes.
    fn count(&mut self, width: usize) -> Result<usize> {
        self.at += 1;
        let start = self.at;
        let count = self.length()?;
        let left = self.bytes.len() - self.at;
        if count > left / width {
            let message = format!("expected {count} elements of {width} bytes or more, found {left} bytes");
            return Err(Error::malformed("ubjson", message).at(format!("byte {start}")));
        }
        Ok(count)
    }
}

/// The numeric type behind a marker.
fn packed(marker: u8) -> Option<Packed> {
    Some(match marker {
        b'i' => Packed::I8,
        b'U' => Packed::U8,
        b'I' => Packed::I16,
        b'l' => Packed::I32,
        b'L' => Packed::I64,
        b'd' => Packed::F32,
        b'D' => Packed::F64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_marker_is_read() {
        let bytes = b"{i\x01a[#i\x08i\xffU\xffI\x01\x00l\x00\x00\x00\x02L\0\0\0\0\0\0\0\x03TFZU\x01b[$d#U\x02\x3f\x80\0\0\xbf\x80\0\0U\x01cSU\x02hiU\x01d[]U\x01e[$I#U\x01\xff\xfeU\x01fD\x40\0\0\0\0\0\0\0}";
        let json = read(bytes).unwrap().to_json().to_string();
        assert_eq!(json, r#"{"a":[-1,255,256,2,3,true,false,null],"b":[1.0,-1.0],"c":"hi","d":[],"e":[-2],"f":2.0}"#);
    }

    #[test]
    fn broken_documents_are_refused_with_their_place() {
        let deep = b"[".repeat(129);
        let table: [(&[u8], &str); 14] = [
            (b"", "byte 0: expected a value, found the end of the file"),
            (b"{", "byte 1: expected a length, found the end of the file"),
            (b"[$Z#U\x05", "byte 2: expected a numeric element type, found the marker `Z`"),
            (b"[$T#U\x05", "byte 2: expected a numeric element type, found the marker `T`"),
            (b"[$d#U\x02\0\0\0\0", "byte 4: expected 2 elements of 4 bytes or more, found 4 bytes"),
            (b"[$dU\x02", "byte 3: expected the count of a typed array (`#`)"),
            (
                b"[$L#L\x7f\xff\xff\xff\xff\xff\xff\xff",
                "byte 4: expected 9223372036854775807 elements of 8 bytes or more, found 0 bytes",
            ),
            (b"[#i\xff", "byte 3: expected a length, found -1"),
            (b"[#U\x05i\x01", "byte 2: expected 5 elements of 1 bytes or more, found 2 bytes"),
            (b"SU\x05hi", "byte 3: expected a string of 5 bytes, found 2"),
            (b"SU\x02h\xff", "byte 4: expected UTF-8, found another byte"),
            (b"{U\x01aZU\x01aZ}", "the object at byte 1: the key `a` stands twice"),
            (b"Hi\x01", "byte 0: expected a value, found the marker `H`"),
            (b"ZZ", "byte 1: expected the end of the document, found 1 more bytes"),
        ];
        let refusal = |bytes| {
            let error = read(bytes).unwrap_err();
            format!("{}: {error}", error.place().unwrap_or_default())
        };
        for (bytes, expected) in table {
            assert_eq!(refusal(bytes), expected);
        }
        assert_eq!(refusal(&deep), "byte 128: 129 levels exceed the limit `document-depth` of 128");
        let error = read(b"[$d#U\x01\x3f\x80\0\0").unwrap().integers::<i32>().unwrap_err();
        assert_eq!(error.to_string(), "expected integers, found floating-point numbers");
    }
}
