//! NumPy arrays as encodings give them: an element type, a shape, and bytes that mostly stay where they were read.

use std::borrow::Cow;
use std::fmt;

use crate::error::{Error, Result};
use crate::limits;

mod cell;
mod convert;
mod dtype;

pub use cell::Cell;
pub use dtype::{DType, Field, Kind};

/// Names the place of an array in its file, for errors.
pub trait Places {
    /// The path of a value, given the file's bytes.
    fn place(&self, input: &[u8], value: u32, parent: u32) -> Option<String>;
}

/// Where an array came from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub(crate) input: &'a [u8],
    pub(crate) places: &'a dyn Places,
    pub(crate) value: u32,
    pub(crate) parent: u32,
}

impl fmt::Debug for Origin<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Origin({})", self.value)
    }
}

/// An array: any number of dimensions, row-major unless `fortran`.
#[derive(Debug, Clone)]
pub struct NdArray<'a> {
    /// The element type.
    pub dtype: DType,
    /// The extent of each dimension; empty for a scalar.
    pub shape: Vec<usize>,
    /// Whether the first index varies fastest in the bytes.
    pub fortran: bool,
    /// The elements.
    pub data: Data<'a>,
    pub(crate) origin: Option<Origin<'a>>,
}

/// The elements of an array.
#[derive(Debug, Clone)]
pub enum Data<'a> {
    /// As many bytes as elements times the element's size.
    Bytes(Cow<'a, [u8]>),
    /// Python objects, always row-major.
    Objects(Vec<Cell<'a>>),
}

impl<'a> NdArray<'a> {
    /// An array of bytes; their number must be what type and shape demand.
    pub fn new(dtype: DType, shape: Vec<usize>, fortran: bool, data: impl Into<Cow<'a, [u8]>>) -> Result<Self> {
        let data = data.into();
        let wanted = byte_count(&dtype, &shape)?;
        if dtype.item_bytes == 0 && element_count(&shape)? > MAX_EMPTY_ITEMS {
            return Err(Error::malformed("array-size", format!("shape {} of elements without bytes", Shape(&shape))));
        }
        if wanted != data.len() {
            return Err(Error::malformed(
                "array-size",
                format!(
                    "an array of {dtype} with shape {} needs {wanted} bytes, but has {}",
                    Shape(&shape),
                    data.len()
                ),
            ));
        }
        Ok(NdArray { dtype, shape, fortran, data: Data::Bytes(data), origin: None })
    }

    /// An array of Python objects in row-major order.
    pub fn of_objects(shape: Vec<usize>, cells: Vec<Cell<'a>>) -> Result<Self> {
        let wanted = element_count(&shape)?;
        if wanted != cells.len() {
            return Err(Error::malformed(
                "array-size",
                format!("an array with shape {} needs {wanted} objects, but has {}", Shape(&shape), cells.len()),
            ));
        }
        Ok(NdArray { dtype: DType::object(), shape, fortran: false, data: Data::Objects(cells), origin: None })
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        if self.shape.contains(&0) { 0 } else { self.shape.iter().product() }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of dimensions.
    pub fn n_dims(&self) -> usize {
        self.shape.len()
    }

    /// Checks the number of dimensions.
    pub fn expect_dims(&self, n_dims: usize) -> Result<&Self> {
        if self.n_dims() == n_dims {
            return Ok(self);
        }
        Err(self.wrong(&format!("an array with {n_dims} dimensions"), &format!("shape {}", Shape(&self.shape))))
    }

    /// Checks the whole shape.
    pub fn expect_shape(&self, shape: &[usize]) -> Result<&Self> {
        if self.shape == shape {
            return Ok(self);
        }
        Err(self.wrong(&format!("an array of shape {}", Shape(shape)), &format!("shape {}", Shape(&self.shape))))
    }

    /// The error "expected this, found that", with the array's place.
    pub(crate) fn wrong(&self, expected: &str, found: &str) -> Error {
        self.located(Error::unsupported("unexpected-value", format!("expected {expected}, found {found}")))
    }

    pub(crate) fn located(&self, error: Error) -> Error {
        let place = self.origin.and_then(|origin| origin.places.place(origin.input, origin.value, origin.parent));
        match place {
            Some(place) => error.at(place),
            None => error,
        }
    }
}

/// A shape as Python writes it: `(3,)`, `(3, 4)`.
pub(crate) struct Shape<'s>(pub &'s [usize]);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [one] => write!(formatter, "({one},)"),
            all => {
                let dims: Vec<_> = all.iter().map(usize::to_string).collect();
                write!(formatter, "({})", dims.join(", "))
            }
        }
    }
}

/// The most dimensions NumPy gives an array (64 since version 2).
pub(crate) const MAX_DIMS: usize = 64;

/// Elements of zero bytes cost memory once they are text; no array of categories has more.
const MAX_EMPTY_ITEMS: usize = 1 << 20;

/// The elements of a shape, refused above the limit.
pub(crate) fn element_count(shape: &[usize]) -> Result<usize> {
    if shape.len() > MAX_DIMS {
        return Err(Error::malformed("array-size", format!("an array has {} dimensions", shape.len())));
    }
    if shape.contains(&0) {
        return Ok(0);
    }
    let count = shape.iter().try_fold(1usize, |count, &extent| count.checked_mul(extent));
    let count = count.ok_or_else(|| Error::malformed("array-size", format!("shape {} overflows", Shape(shape))))?;
    limits::ARRAY_ELEMENTS.check_len(count)?;
    Ok(count)
}

/// The bytes of an array.
pub(crate) fn byte_count(dtype: &DType, shape: &[usize]) -> Result<usize> {
    element_count(shape)?
        .checked_mul(dtype.item_bytes)
        .ok_or_else(|| Error::malformed("array-size", format!("shape {} of {dtype} overflows", Shape(shape))))
}
