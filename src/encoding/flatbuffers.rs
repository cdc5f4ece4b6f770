//! Reads FlatBuffers: tables whose vtables say where each field lies. Nothing is copied before it is checked, no offset
//! is followed outside the buffer, and what is handed out is counted: tables may share vectors, so that a small file
//! could name a large one a million times.

use std::cell::Cell;

use crate::error::{Error, Result};
use crate::limits;

/// A buffer and how much was read of it.
#[derive(Debug)]
pub struct FlatBuffer<'a> {
    bytes: &'a [u8],
    handed_out: Cell<u64>,
}

/// A table of a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Table<'b, 'a> {
    buffer: &'b FlatBuffer<'a>,
    at: usize,
    /// Where the offsets of the fields lie, and how many bytes they take.
    vtable: usize,
    vtable_bytes: usize,
}

impl<'a> FlatBuffer<'a> {
    /// A buffer, not looked into yet.
    pub fn new(bytes: &'a [u8]) -> Self {
        FlatBuffer { bytes, handed_out: Cell::new(0) }
    }

    /// The root table.
    pub fn root(&self) -> Result<Table<'_, 'a>> {
        self.table(self.follow(0)?)
    }

    fn slice(&self, at: usize, count: usize) -> Result<&'a [u8]> {
        let bytes = at.checked_add(count).and_then(|end| self.bytes.get(at..end));
        bytes.ok_or_else(|| {
            let length = self.bytes.len();
            Error::malformed("flatbuffers", format!("expected {count} bytes, found the end of the buffer ({length})"))
                .at(format!("byte {at}"))
        })
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.slice(at, N)?);
        Ok(array)
    }

    fn length(&self, at: usize) -> Result<usize> {
        Ok(usize::try_from(u32::from_le_bytes(self.array(at)?)).unwrap_or(usize::MAX))
    }

    /// The place that the offset at `at` leads to: behind it.
    fn follow(&self, at: usize) -> Result<usize> {
        let offset = self.length(at)?;
        match at.checked_add(offset) {
            Some(place) if offset > 0 && place < self.bytes.len() => Ok(place),
            _ => {
                let message = format!("expected an offset below {}, found {offset}", self.bytes.len());
                Err(Error::malformed("flatbuffers", message).at(format!("byte {at}")))
            }
        }
    }

    fn table(&self, at: usize) -> Result<Table<'_, 'a>> {
        let back = i64::from(i32::from_le_bytes(self.array(at)?));
        let vtable = i64::try_from(at).ok().and_then(|at| usize::try_from(at.checked_sub(back)?).ok());
        let vtable = vtable.unwrap_or(usize::MAX);
        let vtable_bytes = usize::from(u16::from_le_bytes(self.array(vtable)?));
        self.slice(vtable, vtable_bytes)?;
        Ok(Table { buffer: self, at, vtable, vtable_bytes })
    }

    /// Counts what is handed out: at most so many times the buffer.
    fn hand_out(&self, bytes: usize) -> Result<()> {
        let sum = self.handed_out.get().saturating_add(bytes as u64);
        self.handed_out.set(sum);
        limits::FLATBUFFER_SHARING.check(sum / (self.bytes.len() as u64).max(1))
    }
}

impl<'b, 'a> Table<'b, 'a> {
    /// Where field number `field` lies, if the table has it.
    fn field(&self, field: usize) -> Result<Option<usize>> {
        // Behind the sizes of the vtable and of the table.
        let slot = 4 + 2 * field;
        if slot + 2 > self.vtable_bytes {
            return Ok(None);
        }
        let offset = usize::from(u16::from_le_bytes(self.buffer.array(self.vtable + slot)?));
        Ok((offset > 0).then_some(self.at + offset))
    }

    fn scalar<const N: usize, T>(&self, field: usize, default: T, read: fn([u8; N]) -> T) -> Result<T> {
        match self.field(field)? {
            Some(at) => Ok(read(self.buffer.array(at)?)),
            None => Ok(default),
        }
    }

    /// A bool.
    pub fn bool(&self, field: usize, default: bool) -> Result<bool> {
        self.scalar(field, default, |[byte]: [u8; 1]| byte != 0)
    }

    /// A byte with a sign.
    pub fn i8(&self, field: usize, default: i8) -> Result<i8> {
        self.scalar(field, default, i8::from_le_bytes)
    }

    /// A 32-bit integer.
    pub fn i32(&self, field: usize, default: i32) -> Result<i32> {
        self.scalar(field, default, i32::from_le_bytes)
    }

    /// A number in single precision.
    pub fn f32(&self, field: usize, default: f32) -> Result<f32> {
        self.scalar(field, default, f32::from_le_bytes)
    }

    /// A number in double precision.
    pub fn f64(&self, field: usize, default: f64) -> Result<f64> {
        self.scalar(field, default, f64::from_le_bytes)
    }

    /// A table inside.
    pub fn table(&self, field: usize) -> Result<Option<Table<'b, 'a>>> {
        match self.field(field)? {
            Some(at) => Ok(Some(self.buffer.table(self.buffer.follow(at)?)?)),
            None => Ok(None),
        }
    }

    /// A text.
    pub fn text(&self, field: usize) -> Result<Option<&'a str>> {
        match self.field(field)? {
            Some(at) => self.text_at(at).map(Some),
            None => Ok(None),
        }
    }

    /// The elements of a vector, `N` bytes each; none where the table has no such field.
    pub fn vector<const N: usize>(&self, field: usize) -> Result<&'a [[u8; N]]> {
        Ok(self.bytes(field, N)?.as_chunks::<N>().0)
    }

    /// The tables of a vector.
    pub fn tables(&self, field: usize) -> Result<Vec<Table<'b, 'a>>> {
        self.offsets(field)?.map(|at| self.buffer.table(self.buffer.follow(at)?)).collect()
    }

    /// The texts of a vector.
    pub fn texts(&self, field: usize) -> Result<Vec<&'a str>> {
        self.offsets(field)?.map(|at| self.text_at(at)).collect()
    }

    fn text_at(&self, at: usize) -> Result<&'a str> {
        let start = self.buffer.follow(at)?;
        let length = self.buffer.length(start)?;
        self.buffer.hand_out(length)?;
        let bytes = self.buffer.slice(start.saturating_add(4), length)?;
        std::str::from_utf8(bytes).map_err(|_| {
            Error::malformed("flatbuffers", "expected UTF-8, found other bytes").at(format!("byte {start}"))
        })
    }

    /// The places of the offsets of a vector.
    fn offsets(&self, field: usize) -> Result<impl Iterator<Item = usize>> {
        let count = self.bytes(field, 4)?.len() / 4;
        let first = match self.field(field)? {
            Some(at) => self.buffer.follow(at)?.saturating_add(4),
            None => 0,
        };
        Ok((0..count).map(move |i| first.saturating_add(4 * i)))
    }

    fn bytes(&self, field: usize, size: usize) -> Result<&'a [u8]> {
        let Some(at) = self.field(field)? else { return Ok(&[]) };
        let start = self.buffer.follow(at)?;
        let count = self.buffer.length(start)?;
        let bytes = self.buffer.slice(start.saturating_add(4), count.saturating_mul(size))?;
        self.buffer.hand_out(bytes.len())?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root with an i32 (field 0), a text (1), a vector of two i16 (2) and no field 3.
    fn sample() -> Vec<u8> {
        let mut bytes = vec![16, 0, 0, 0];
        // The vtable: its size, the table's size, the fields' offsets; padding.
        for word in [10u16, 16, 4, 8, 12, 0] {
            bytes.extend(word.to_le_bytes());
        }
        // The table: 12 bytes behind its vtable; 7; the text at 32, the vector at 40.
        for word in [12u32, 7, 8, 12] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([2, 0, 0, 0, b'o', b'k', 0, 0]);
        bytes.extend([2, 0, 0, 0, 1, 0, 255, 255]);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<(i32, String, Vec<i16>, usize)> {
        let buffer = FlatBuffer::new(bytes);
        let root = buffer.root()?;
        let text = root.text(1)?.unwrap_or_default().to_owned();
        let numbers = root.vector::<2>(2)?.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
        Ok((root.i32(0, 0)?, text, numbers, root.tables(3)?.len()))
    }

    #[test]
    fn fields_are_found_by_their_vtable() {
        assert_eq!(read(&sample()).unwrap(), (7, "ok".into(), vec![1, -1], 0));
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_read_or_refused() {
        let sample = sample();
        for end in 0..sample.len() {
            assert!(read(&sample[..end]).is_err(), "{end}");
        }
        for at in 0..sample.len() {
            for value in 0..=255 {
                let mut bytes = sample.clone();
                bytes[at] = value;
                let _ = read(&bytes);
            }
        }
    }

    #[test]
    fn what_is_shared_too_often_is_refused() {
        let sample = sample();
        let buffer = FlatBuffer::new(&sample);
        let root = buffer.root().unwrap();
        let error = (0..10_000).find_map(|_| root.vector::<2>(2).err()).unwrap();
        assert_eq!(error.code(), "limit");
    }
}
