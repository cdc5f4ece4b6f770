//! Arrays as plain vectors, always in row-major order.

use std::borrow::Cow;

use super::{Cell, DType, Data, Kind, NdArray};
use crate::error::{Error, Result};

impl<'a> NdArray<'a> {
    /// The elements as `f64`: from bools, integers and floats, rounded like NumPy's `astype`.
    pub fn to_f64(&self) -> Result<Vec<f64>> {
        let floats = match (&self.data, self.dtype.kind, self.dtype.item_bytes) {
            (Data::Objects(cells), ..) => self.each_cell(cells, "numbers", cell_f64)?,
            (Data::Bytes(bytes), Kind::Float, 8) => self.chunks(bytes, f64::from_le_bytes),
            (Data::Bytes(bytes), Kind::Float, 4) => self.chunks(bytes, |chunk| f64::from(f32::from_le_bytes(chunk))),
            (Data::Bytes(bytes), Kind::Float, 2) => {
                self.chunks(bytes, |chunk| f64::from(half(u16::from_le_bytes(chunk))))
            }
            (Data::Bytes(_), Kind::Int, _) => self.wide_ints()?.into_iter().map(|number| number as f64).collect(),
            (Data::Bytes(_), Kind::Uint, _) => self.wide_ints()?.into_iter().map(|number| number as f64).collect(),
            (Data::Bytes(bytes), Kind::Bool, _) => bytes.iter().map(|&byte| f64::from(u8::from(byte != 0))).collect(),
            _ => return Err(self.not_an_array_of("numbers")),
        };
        Ok(self.row_major(floats))
    }

    /// The elements as `f32`: exact from `float32` and `float16`, else rounded like NumPy's `astype`.
    pub fn to_f32(&self) -> Result<Vec<f32>> {
        let floats = match (&self.data, self.dtype.kind, self.dtype.item_bytes) {
            (Data::Bytes(bytes), Kind::Float, 4) => self.chunks(bytes, f32::from_le_bytes),
            (Data::Bytes(bytes), Kind::Float, 2) => self.chunks(bytes, |chunk| half(u16::from_le_bytes(chunk))),
            (Data::Bytes(_), Kind::Int | Kind::Uint, _) => {
                self.wide_ints()?.into_iter().map(|number| number as f32).collect()
            }
            _ => return Ok(self.to_f64()?.into_iter().map(|number| number as f32).collect()),
        };
        Ok(self.row_major(floats))
    }

    /// The elements as `i64`: from integers and bools that fit.
    pub fn to_i64(&self) -> Result<Vec<i64>> {
        let ints = match (&self.data, self.dtype.kind) {
            (Data::Objects(cells), _) => self.each_cell(cells, "integers", cell_i64)?,
            (Data::Bytes(bytes), Kind::Int) if self.dtype.item_bytes == 8 => self.chunks(bytes, i64::from_le_bytes),
            (Data::Bytes(_), Kind::Int | Kind::Uint) => {
                let narrow = self.wide_ints()?.into_iter().map(i64::try_from).collect::<Result<_, _>>();
                narrow.map_err(|_| self.wrong("integers of 64 bits", "a larger unsigned integer"))?
            }
            (Data::Bytes(bytes), Kind::Bool) => bytes.iter().map(|&byte| i64::from(byte != 0)).collect(),
            _ => return Err(self.not_an_array_of("integers")),
        };
        Ok(self.row_major(ints))
    }

    /// The elements as indices: integers that are not negative.
    pub fn to_usize(&self) -> Result<Vec<usize>> {
        let ints = self.to_i64()?.into_iter().map(usize::try_from).collect::<Result<_, _>>();
        ints.map_err(|_| self.wrong("integers from 0", "a negative one"))
    }

    /// The elements as bools.
    pub fn to_bool(&self) -> Result<Vec<bool>> {
        let bools = match (&self.data, self.dtype.kind) {
            (Data::Objects(cells), _) => self.each_cell(cells, "bools", |cell| match cell {
                Cell::Bool(truth) => Some(*truth),
                _ => None,
            })?,
            (Data::Bytes(bytes), Kind::Bool) => bytes.iter().map(|&byte| byte != 0).collect(),
            _ => return Err(self.not_an_array_of("bools")),
        };
        Ok(self.row_major(bools))
    }

    /// The elements as text: `U`, `S` (UTF-8), or objects that are all `str`.
    pub fn to_strings(&self) -> Result<Vec<String>> {
        let text = |cell: Cell<'_>| match cell {
            Cell::Str(text) => Ok(text.into_owned()),
            Cell::Bytes(bytes) => {
                String::from_utf8(bytes.into_owned()).map_err(|_| self.wrong("text", "bytes that are not UTF-8"))
            }
            other => Err(self.wrong("an array of str", &format!("{other} in it"))),
        };
        match self.dtype.kind {
            Kind::Text | Kind::Bytes | Kind::Object => self.to_cells()?.into_iter().map(text).collect(),
            _ => Err(self.not_an_array_of("str")),
        }
    }

    /// The elements one by one, of any type but structured ones; times are integers in their unit.
    pub fn to_cells(&self) -> Result<Vec<Cell<'a>>> {
        let size = self.dtype.item_bytes.max(1);
        let cells = match (&self.data, self.dtype.kind) {
            (Data::Objects(cells), _) => return Ok(cells.clone()),
            (Data::Bytes(bytes), Kind::Text | Kind::Bytes) if self.dtype.item_bytes > 0 => {
                bytes.chunks_exact(size).map(|item| self.text_cell(item)).collect::<Result<_>>()?
            }
            (_, Kind::Text) => vec![Cell::Str(Cow::Borrowed("")); self.len()],
            (_, Kind::Bytes) => vec![Cell::Bytes(Cow::Borrowed(&[])); self.len()],
            (_, Kind::Bool) => return Ok(self.to_bool()?.into_iter().map(Cell::Bool).collect()),
            (_, Kind::Float) => return Ok(self.to_f64()?.into_iter().map(Cell::Float).collect()),
            (_, Kind::Int | Kind::Uint) => return Ok(self.to_i64()?.into_iter().map(Cell::Int).collect()),
            (Data::Bytes(bytes), Kind::Datetime | Kind::Timedelta) => {
                self.chunks(bytes, i64::from_le_bytes).into_iter().map(Cell::Int).collect()
            }
            _ => return Err(self.not_an_array_of("plain values")),
        };
        Ok(self.row_major(cells))
    }

    /// The field `name` of a structured array, as an array of its own.
    pub fn field(&self, name: &str) -> Result<NdArray<'a>> {
        let (Data::Bytes(bytes), Some(field)) = (&self.data, self.dtype.field(name)) else {
            return Err(self.wrong(&format!("records with a field `{name}`"), &format!("an array of {}", self.dtype)));
        };
        let end = field.offset + field.dtype.item_bytes;
        let mut column = Vec::with_capacity(self.len() * field.dtype.item_bytes);
        for record in bytes.chunks_exact(self.dtype.item_bytes.max(1)) {
            column.extend_from_slice(record.get(field.offset..end).unwrap_or(&[]));
        }
        let (dtype, inner) = match &field.dtype.subarray {
            Some(inner) => (inner.0.clone(), &inner.1[..]),
            None => (field.dtype.clone(), &[][..]),
        };
        let plain = inner.is_empty() || !self.fortran || self.shape.len() < 2;
        if !plain {
            return Err(self.wrong("records in row-major order", "column-major ones with array fields"));
        }
        let shape = [&self.shape[..], inner].concat();
        let array = NdArray::new(dtype, shape, self.fortran && inner.is_empty(), column)
            .map_err(|error| self.located(error))?;
        Ok(NdArray { origin: self.origin, ..array })
    }

    pub(crate) fn not_an_array_of(&self, wanted: &str) -> Error {
        self.wrong(&format!("an array of {wanted}"), &format!("an array of {}", self.dtype))
    }

    fn each_cell<T>(&self, cells: &[Cell<'_>], wanted: &str, read: impl Fn(&Cell<'_>) -> Option<T>) -> Result<Vec<T>> {
        let read =
            |cell| read(cell).ok_or_else(|| self.wrong(&format!("an array of {wanted}"), &format!("{cell} in it")));
        cells.iter().map(read).collect()
    }

    /// Elements of `N` bytes through `read`, which takes them little-endian.
    fn chunks<const N: usize, T>(&self, bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
        let (chunks, _) = bytes.as_chunks::<N>();
        if !self.dtype.big_endian {
            return chunks.iter().map(|&chunk| read(chunk)).collect();
        }
        let swap = |&(mut chunk): &[u8; N]| {
            chunk.reverse();
            read(chunk)
        };
        chunks.iter().map(swap).collect()
    }

    /// Integers of any size and sign, in storage order.
    fn wide_ints(&self) -> Result<Vec<i128>> {
        let Data::Bytes(bytes) = &self.data else {
            return Err(self.not_an_array_of("integers"));
        };
        Ok(match (self.dtype.kind, self.dtype.item_bytes) {
            (Kind::Int, 1) => self.chunks(bytes, |chunk| i8::from_le_bytes(chunk).into()),
            (Kind::Int, 2) => self.chunks(bytes, |chunk| i16::from_le_bytes(chunk).into()),
            (Kind::Int, 4) => self.chunks(bytes, |chunk| i32::from_le_bytes(chunk).into()),
            (Kind::Int, 8) => self.chunks(bytes, |chunk| i64::from_le_bytes(chunk).into()),
            (Kind::Uint, 1) => self.chunks(bytes, |chunk| u8::from_le_bytes(chunk).into()),
            (Kind::Uint, 2) => self.chunks(bytes, |chunk| u16::from_le_bytes(chunk).into()),
            (Kind::Uint, 4) => self.chunks(bytes, |chunk| u32::from_le_bytes(chunk).into()),
            (Kind::Uint, 8) => self.chunks(bytes, |chunk| u64::from_le_bytes(chunk).into()),
            _ => return Err(self.not_an_array_of("integers")),
        })
    }

    fn text_cell(&self, item: &[u8]) -> Result<Cell<'a>> {
        if self.dtype.kind == Kind::Bytes {
            let end = item.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            return Ok(Cell::Bytes(Cow::Owned(item[..end].to_vec())));
        }
        text_of(&self.dtype, item)
            .map(|text| Cell::Str(Cow::Owned(text)))
            .ok_or_else(|| self.located(Error::malformed("array-text", "an element of the array is not Unicode text")))
    }

    /// Elements in storage order, brought into row-major order.
    fn row_major<T: Clone>(&self, items: Vec<T>) -> Vec<T> {
        let n_dims = self.shape.len();
        if !self.fortran || n_dims < 2 || items.is_empty() || matches!(self.data, Data::Objects(_)) {
            return items;
        }
        let mut strides = vec![1usize; n_dims];
        for dim in 1..n_dims {
            strides[dim] = strides[dim - 1] * self.shape[dim - 1];
        }
        let mut index = vec![0usize; n_dims];
        let mut at = 0;
        let mut sorted = Vec::with_capacity(items.len());
        for _ in 0..items.len() {
            sorted.push(items[at].clone());
            for dim in (0..n_dims).rev() {
                index[dim] += 1;
                at += strides[dim];
                if index[dim] < self.shape[dim] {
                    break;
                }
                at -= strides[dim] * self.shape[dim];
                index[dim] = 0;
            }
        }
        sorted
    }
}

/// The text of one `U` element.
pub(crate) fn text_of(dtype: &DType, item: &[u8]) -> Option<String> {
    let (chars, _) = item.as_chunks::<4>();
    let code = |chunk: &[u8; 4]| if dtype.big_endian { u32::from_be_bytes(*chunk) } else { u32::from_le_bytes(*chunk) };
    let len = chars.iter().rposition(|chunk| *chunk != [0; 4]).map_or(0, |last| last + 1);
    chars[..len].iter().map(|chunk| char::from_u32(code(chunk))).collect()
}

fn cell_f64(cell: &Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Float(number) => Some(*number),
        Cell::Int(number) => Some(*number as f64),
        Cell::Bool(truth) => Some(f64::from(u8::from(*truth))),
        _ => None,
    }
}

fn cell_i64(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(*number),
        Cell::Bool(truth) => Some(i64::from(*truth)),
        _ => None,
    }
}

/// A float of 16 bits, exactly.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f32::from(bits & 0x3ff);
    match (bits >> 10) & 0x1f {
        0 => sign * fraction / 16_777_216.0,
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        exponent => sign * (1.0 + fraction / 1024.0) * 2f32.powi(i32::from(exponent) - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array<'a>(dtype: &str, shape: &[usize], fortran: bool, data: &'a [u8]) -> NdArray<'a> {
        NdArray::new(DType::parse(dtype).unwrap(), shape.to_vec(), fortran, data).unwrap()
    }

    #[test]
    fn numbers_of_every_type_and_order() {
        assert_eq!(array("<i2", &[2], false, &[1, 0, 255, 255]).to_i64().unwrap(), [1, -1]);
        assert_eq!(array(">u2", &[2], false, &[1, 0, 255, 255]).to_f64().unwrap(), [256.0, 65535.0]);
        assert_eq!(array(">f4", &[1], false, &1.5f32.to_be_bytes()).to_f32().unwrap(), [1.5]);
        assert_eq!(array("|b1", &[2], false, &[0, 1]).to_bool().unwrap(), [false, true]);
        assert_eq!(
            array("<f2", &[4], false, &[0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c]).to_f64().unwrap(),
            [1.0, -2.0, 2f64.powi(-24), f64::INFINITY]
        );
        let largest = array("<u8", &[1], false, &[255; 8]);
        assert_eq!(largest.to_f64().unwrap(), [u64::MAX as f64]);
        assert_eq!(
            largest.to_i64().unwrap_err().to_string(),
            "expected integers of 64 bits, found a larger unsigned integer"
        );
    }

    #[test]
    fn column_major_arrays_turn_row_major() {
        let bytes: Vec<u8> = (0..24).collect();
        assert_eq!(array("|u1", &[2, 3], true, &bytes[..6]).to_i64().unwrap(), [0, 2, 4, 1, 3, 5]);
        // numpy: np.arange(24).reshape((2, 3, 4), order="F").ravel()
        let expected = [0, 6, 12, 18, 2, 8, 14, 20, 4, 10, 16, 22, 1, 7, 13, 19, 3, 9, 15, 21, 5, 11, 17, 23];
        assert_eq!(array("|u1", &[2, 3, 4], true, &bytes).to_i64().unwrap(), expected);
    }

    #[test]
    fn text_drops_its_padding() {
        let data = [b'a', 0, 0, 0, 0, 0, 0, 0, 0xe9, 0, 0, 0, b'c', 0, 0, 0];
        assert_eq!(array("<U2", &[2], false, &data).to_strings().unwrap(), ["a", "\u{e9}c"]);
        assert_eq!(array("|S2", &[2], false, b"a\0bc").to_strings().unwrap(), ["a", "bc"]);
        assert_eq!(array("<U0", &[2], false, b"").to_strings().unwrap(), ["", ""]);
        assert!(array("<U1", &[1], false, &[0, 0xd8, 0, 0]).to_strings().is_err());
        assert_eq!(
            array("<f8", &[0], false, b"").to_strings().unwrap_err().to_string(),
            "expected an array of str, found an array of float64"
        );
    }

    #[test]
    fn sizes_must_agree() {
        let error = NdArray::new(DType::f64(), vec![2], false, &[0u8; 15][..]).unwrap_err();
        assert_eq!(error.to_string(), "an array of float64 with shape (2,) needs 16 bytes, but has 15");
        let error = NdArray::new(DType::f64(), vec![usize::MAX, 2], false, &[][..]).unwrap_err();
        assert_eq!(error.code(), "array-size");
        assert!(NdArray::new(DType::f64(), vec![usize::MAX, 2, 0], false, &[][..]).is_ok());
    }
}
