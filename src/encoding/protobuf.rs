//! The wire format of Protocol Buffers: numbered fields, read in order without a schema.
//!
//! A message is a slice; whoever knows the schema asks a field for the type it should have. Groups, which no writer has
//! made for twenty years, are refused.

use crate::error::{Error, Result};
use crate::limits;

/// Bytes of the longest number.
const VARINT_BYTES: usize = 10;

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field<'a> {
    /// Its number in the schema.
    pub number: u32,
    /// Its value as it is written.
    pub value: Wire<'a>,
}

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wire<'a> {
    /// An integer, a truth value or a member of an enum.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Text, bytes, a message, or packed numbers.
    Bytes(&'a [u8]),
    /// Four bytes.
    Fixed32(u32),
}

/// The fields of a message one after the other.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A message and how deep it lies in others.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    bytes: &'a [u8],
    depth: u64,
}

impl<'a> Message<'a> {
    /// The outermost message.
    pub fn new(bytes: &'a [u8]) -> Self {
        Message { bytes, depth: 0 }
    }

    /// Its fields, in order; after an error there are no more.
    pub fn fields(self) -> Fields<'a> {
        Fields { bytes: self.bytes, at: 0 }
    }

    /// Whether the bytes are fields to their end.
    pub fn is_sound(self) -> bool {
        self.fields().all(|field| field.is_ok())
    }

    /// How many bytes from the start are whole fields.
    pub fn sound_bytes(self) -> usize {
        let mut fields = self.fields();
        let mut sound = 0;
        while let Some(Ok(_)) = fields.next() {
            sound = fields.at;
        }
        sound
    }

    /// The messages in the fields of a number, in order.
    pub fn messages(self, number: u32) -> Result<Vec<Message<'a>>> {
        let depth = self.depth + 1;
        limits::DOCUMENT_DEPTH.check(depth)?;
        Ok(self.all(number)?.into_iter().map(|bytes| Message { bytes, depth }).collect())
    }

    /// The bytes in the fields of a number, in order.
    pub fn all(self, number: u32) -> Result<Vec<&'a [u8]>> {
        let mut found = Vec::new();
        for field in self.fields() {
            match field? {
                Field { number: of, value: Wire::Bytes(bytes) } if of == number => found.push(bytes),
                Field { number: of, .. } if of == number => {
                    return Err(broken(format!("field {number} holds a number, expected bytes")));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The text in the fields of a number, in order.
    pub fn texts(self, number: u32) -> Result<Vec<&'a str>> {
        let text = |bytes| std::str::from_utf8(bytes).map_err(|_| broken(format!("field {number} is not UTF-8")));
        self.all(number)?.into_iter().map(text).collect()
    }

    /// The text in a field of a number, empty where it is left out: the last one counts.
    pub fn text(self, number: u32) -> Result<&'a str> {
        Ok(self.texts(number)?.pop().unwrap_or_default())
    }

    /// The integer in a field of a number: the last one counts.
    pub fn integer(self, number: u32) -> Result<Option<u64>> {
        let mut found = None;
        for field in self.fields() {
            match field? {
                Field { number: of, value: Wire::Varint(value) } if of == number => found = Some(value),
                Field { number: of, .. } if of == number => {
                    return Err(broken(format!("field {number} holds bytes, expected an integer")));
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

impl<'a> Fields<'a> {
    fn next_field(&mut self) -> Result<Field<'a>> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|number| (1..1 << 29).contains(number));
        let number = number.ok_or_else(|| broken(format!("{} is no field number", key >> 3)))?;
        let value = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let count = self.varint()?;
                Wire::Bytes(self.take(usize::try_from(count).unwrap_or(usize::MAX))?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            kind => return Err(broken(format!("field {number} is of the wire type {kind}, expected 0, 1, 2 or 5"))),
        };
        Ok(Field { number, value })
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for (index, byte) in self.bytes.get(self.at..).unwrap_or_default().iter().take(VARINT_BYTES).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if index == VARINT_BYTES - 1 && bits > 1 {
                break;
            }
            value |= bits << (7 * index);
            if byte & 0x80 == 0 {
                self.at += index + 1;
                return Ok(value);
            }
        }
        Err(broken("a number is cut short or longer than 64 bits"))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let left = self.bytes.len() - self.at;
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| broken(format!("expected {count} bytes, found {left}")))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let at = self.at;
        let field = self.next_field().map_err(|error| error.at(format!("byte {at}")));
        if field.is_err() {
            self.at = self.bytes.len();
        }
        Some(field)
    }
}

fn broken(message: impl Into<String>) -> Error {
    Error::malformed("protobuf", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the encoding's own documentation: 150 in field 1, `testing` in field 2, a message in field 3.
    #[test]
    fn reads_the_examples_of_the_specification() {
        let bytes = b"\x08\x96\x01\x12\x07testing\x1a\x03\x08\x96\x01";
        let message = Message::new(bytes);
        assert_eq!(message.integer(1).unwrap(), Some(150));
        assert_eq!(message.text(2).unwrap(), "testing");
        assert_eq!(message.messages(3).unwrap()[0].integer(1).unwrap(), Some(150));
        assert_eq!(message.text(9).unwrap(), "");
        assert!(message.is_sound());
    }

    #[test]
    fn broken_fields_end_the_message() {
        let broken: &[&[u8]] = &[
            b"\x08",
            b"\x08\x80",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            b"\x00\x01",
            b"\x12\x08short",
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0b\x0c",
            b"\x09\x01\x02",
            b"\x0d\x01",
        ];
        for bytes in broken {
            assert!(!Message::new(bytes).is_sound(), "{bytes:?}");
            assert_eq!(Message::new(bytes).fields().count(), 1, "{bytes:?}");
        }
        assert_eq!(Message::new(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").integer(1).unwrap(), Some(u64::MAX));
    }
}
