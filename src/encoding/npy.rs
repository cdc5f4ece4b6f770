//! NumPy's `.npy` files, versions 1 to 3.
//!
//! The header is a Python literal; its own small grammar is read here, nothing is evaluated. Arrays of objects are refused:
//! they hold a pickle.

use std::io::Read;

use super::array::{DType, Kind, NdArray, byte_count};
use crate::error::{Error, ErrorKind, Result};

const MAGIC: &[u8] = b"\x93NUMPY";
/// What NumPy itself accepts is 10,000 bytes; records of many fields are longer.
const HEADER_BYTES: usize = 64 << 10;
/// NumPy pads so that the data starts at a multiple of this.
const ALIGNMENT: usize = 64;

/// What stands before the elements of an array.
#[derive(Debug, Clone)]
pub struct Header {
    /// The element type.
    pub dtype: DType,
    /// The extent of each dimension.
    pub shape: Vec<usize>,
    /// Whether the first index varies fastest in the bytes.
    pub fortran: bool,
}

/// Reads a file that holds one array and nothing else.
pub fn read(bytes: &[u8]) -> Result<NdArray<'_>> {
    let mut data = bytes;
    let header = read_header(&mut data)?;
    let wanted = byte_count(&header.dtype, &header.shape)?;
    if data.len() > wanted {
        return Err(broken(&format!("{} bytes stand behind the array", data.len() - wanted)));
    }
    NdArray::new(header.dtype, header.shape, header.fortran, data)
}

/// The pickle in a file that holds an array of Python objects; none in any other file.
pub fn objects(bytes: &[u8]) -> Result<Option<&[u8]>> {
    let mut data = bytes;
    let header = any_header(&mut data)?;
    Ok((header.dtype.kind == Kind::Object).then_some(data))
}

/// Reads what stands before the elements, which follow in the source.
pub fn read_header(source: &mut impl Read) -> Result<Header> {
    let header = any_header(source)?;
    if header.dtype.kind == Kind::Object {
        return Err(Error::unsupported(
            "npy-objects",
            "the array holds Python objects, which the format stores as a pickle",
        ));
    }
    Ok(header)
}

fn any_header(source: &mut impl Read) -> Result<Header> {
    let mut start = Vec::new();
    source.by_ref().take(MAGIC.len() as u64 + 2).read_to_end(&mut start).map_err(unreadable)?;
    let version = start.strip_prefix(MAGIC).ok_or_else(|| broken("it does not start with \\x93NUMPY"))?;
    let length_bytes = match version {
        [1, 0] => 2,
        [2 | 3, 0] => 4,
        [major, minor] => {
            return Err(Error::unsupported("npy-version", format!("version {major}.{minor} of NumPy's file format")));
        }
        _ => return Err(broken("it ends inside its header")),
    };
    let length = exactly(source, length_bytes)?.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
    if length > HEADER_BYTES {
        return Err(broken(&format!("its header has {length} bytes, more than {HEADER_BYTES}")));
    }
    let text = exactly(source, length)?;
    let text = std::str::from_utf8(&text).map_err(|_| broken("its header is not text"))?;
    Literal::new(text).header().ok_or_else(|| broken("its header is not understood"))
}

fn exactly(source: &mut impl Read, count: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.by_ref().take(count as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() == count { Ok(bytes) } else { Err(broken("it ends inside its header")) }
}

fn unreadable(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "io", error.to_string())
}

fn broken(why: &str) -> Error {
    Error::malformed("npy", format!("the NumPy file is broken: {why}"))
}

/// A cursor over `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
struct Literal<'t> {
    rest: &'t str,
}

impl<'t> Literal<'t> {
    fn new(rest: &'t str) -> Self {
        Literal { rest }
    }

    fn header(mut self) -> Option<Header> {
        let (mut dtype, mut shape, mut fortran) = (None, None, None);
        self.eat("{")?;
        while self.eat("}").is_none() {
            let key = self.string()?;
            self.eat(":")?;
            match key {
                "descr" if dtype.is_none() => dtype = Some(DType::parse(self.string()?)?),
                "fortran_order" if fortran.is_none() => fortran = Some(self.truth()?),
                "shape" if shape.is_none() => shape = Some(self.shape()?),
                _ => return None,
            }
            if self.eat(",").is_none() && !self.rest.trim_start().starts_with('}') {
                return None;
            }
        }
        if !self.rest.trim().is_empty() {
            return None;
        }
        Some(Header { dtype: dtype?, shape: shape?, fortran: fortran? })
    }

    fn eat(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(token)?;
        Some(())
    }

    fn string(&mut self) -> Option<&'t str> {
        let rest = self.rest.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (text, rest) = rest[1..].split_once(quote)?;
        self.rest = rest;
        (!text.contains('\\')).then_some(text)
    }

    fn truth(&mut self) -> Option<bool> {
        match self.eat("True") {
            Some(()) => Some(true),
            None => self.eat("False").map(|()| false),
        }
    }

    fn shape(&mut self) -> Option<Vec<usize>> {
        let mut shape = Vec::new();
        self.eat("(")?;
        while self.eat(")").is_none() {
            self.rest = self.rest.trim_start();
            let digits = self.rest.find(|char: char| !char.is_ascii_digit())?;
            let (number, rest) = self.rest.split_at(digits);
            shape.push(number.parse().ok()?);
            self.rest = rest.strip_prefix('L').unwrap_or(rest);
            let closes = self.rest.trim_start().starts_with(')');
            if (self.eat(",").is_none() && (!closes || shape.len() == 1)) || shape.len() > super::array::MAX_DIMS {
                return None;
            }
        }
        Some(shape)
    }
}

/// Numbers that can be written.
pub trait Element: Copy {
    /// NumPy's type string.
    const DESCR: &'static str;
    /// Appends the little-endian bytes.
    fn write(self, bytes: &mut Vec<u8>);
}

macro_rules! elements {
    ($($type:ty => $descr:literal),*) => {
        $(impl Element for $type {
            const DESCR: &'static str = $descr;
            fn write(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        })*
    };
}

elements!(f32 => "<f4", f64 => "<f8", i64 => "<i8");

/// Writes a row-major array as a version 1 file, byte for byte as NumPy does.
///
/// # Errors
/// If the number of elements is not what the shape demands.
pub fn write<T: Element>(shape: &[usize], elements: &[T]) -> Result<Vec<u8>> {
    if super::array::element_count(shape)? != elements.len() {
        return Err(Error::internal(format!("{} elements do not fill shape {shape:?}", elements.len())));
    }
    let shape = super::array::Shape(shape);
    let mut header = format!("{{'descr': '{}', 'fortran_order': False, 'shape': {shape}, }}", T::DESCR);
    let used = MAGIC.len() + 4 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', used.next_multiple_of(ALIGNMENT) - used));
    header.push('\n');
    let length = u16::try_from(header.len()).map_err(|_| Error::internal("a NumPy header is too long"))?;
    let mut bytes = [MAGIC, &[1, 0], &length.to_le_bytes(), header.as_bytes()].concat();
    bytes.reserve(size_of_val(elements));
    elements.iter().for_each(|element| element.write(&mut bytes));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let length = header.len() as u32;
        let length = if version == 1 { length.to_le_bytes()[..2].to_vec() } else { length.to_le_bytes().to_vec() };
        [MAGIC, &[version, 0], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn what_numpy_writes_comes_back() {
        let bytes = write(&[2, 2], &[1.0, -0.5, f64::NAN, f64::INFINITY]).unwrap();
        assert_eq!(bytes.len(), 128 + 32);
        assert!(
            bytes.starts_with(b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }  ")
        );
        let array = read(&bytes).unwrap();
        assert_eq!((&array.shape[..], array.fortran), (&[2, 2][..], false));
        assert_eq!(array.to_f64().unwrap()[..2], [1.0, -0.5]);
        assert_eq!(read(&write(&[3], &[1i64, 2, 3]).unwrap()).unwrap().to_i64().unwrap(), [1, 2, 3]);
        assert_eq!(read(&write::<f32>(&[0], &[]).unwrap()).unwrap().to_f32().unwrap(), [0f32; 0]);
        assert!(write(&[2], &[1.0]).is_err());
    }

    #[test]
    fn versions_orders_and_scalars() {
        let fortran = file(3, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", &[0, 1, 2, 3, 4, 5]);
        assert_eq!(read(&fortran).unwrap().to_i64().unwrap(), [0, 2, 4, 1, 3, 5]);
        let scalar = file(2, "{\"shape\":(),\"descr\":\">i2\",\"fortran_order\":False}", &[1, 2]);
        assert_eq!(read(&scalar).unwrap().to_i64().unwrap(), [258]);
    }

    #[test]
    fn refusals() {
        let good = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }";
        let cases: &[(Vec<u8>, &str)] = &[
            (b"PK".to_vec(), "the NumPy file is broken: it does not start with \\x93NUMPY"),
            (file(4, good, &[0]), "version 4.0 of NumPy's file format"),
            (file(1, good, &[0, 0]), "the NumPy file is broken: 1 bytes stand behind the array"),
            (file(1, good, &[]), "an array of uint8 with shape (1,) needs 1 bytes, but has 0"),
            (
                file(1, "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", &[0]),
                "the array holds Python objects, which the format stores as a pickle",
            ),
            (file(2, &" ".repeat(65537), &[]), "the NumPy file is broken: its header has 65537 bytes, more than 65536"),
            (
                file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551615, 2), }", &[]),
                "shape (18446744073709551615, 2) overflows",
            ),
        ];
        for (bytes, message) in cases {
            assert_eq!(&read(bytes).unwrap_err().to_string(), message);
        }
        for header in [
            "",
            "{}",
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} or True",
            "{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '\\x3cf8', 'fortran_order': False, 'shape': (1,)}",
        ] {
            let error = read(&file(1, header, &[0; 8])).unwrap_err();
            assert_eq!(error.to_string(), "the NumPy file is broken: its header is not understood", "{header}");
        }
    }

    #[test]
    fn no_prefix_panics() {
        let bytes = write(&[2], &[1.0f32, 2.0]).unwrap();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err());
        }
    }
}
