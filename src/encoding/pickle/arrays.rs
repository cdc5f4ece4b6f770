//! NumPy arrays out of a pickle, in each of the forms they are written.

use super::value::Value;
use super::view::View;
use super::wrapped::Layout;
use crate::encoding::array::{Cell, DType, Kind, MAX_DIMS, NdArray, element_count};
use crate::error::{Error, Result};

/// An array of Python objects, in row-major order.
#[derive(Debug)]
pub struct Objects<'a> {
    /// The extent of each dimension.
    pub shape: Vec<usize>,
    /// The objects.
    pub items: Vec<View<'a>>,
}

/// A masked array.
#[derive(Debug)]
pub struct Masked<'a> {
    /// The elements, those under the mask included.
    pub data: NdArray<'a>,
    /// True where an element is missing.
    pub mask: NdArray<'a>,
}

/// The parts of an array, before its elements are read.
struct Parts<'a> {
    dtype: DType,
    shape: Vec<usize>,
    fortran: bool,
    data: View<'a>,
}

/// How an array is written.
enum Form {
    /// `_reconstruct(class, ...)` or `ndarray.__new__`, then a state.
    State,
    /// `_frombuffer(buffer, dtype, shape, order)`.
    Buffer,
    /// A joblib wrapper with its bytes behind it.
    Wrapped,
}

impl<'a> View<'a> {
    fn array_form(self) -> Option<Form> {
        if matches!(self.value(), Value::Array(_)) {
            return Some(Form::Wrapped);
        }
        match self.callee()? {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Some(Form::State),
            ("numpy", "ndarray" | "matrix" | "recarray" | "memmap") => Some(Form::State),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Some(Form::Buffer),
            _ => None,
        }
    }

    /// Whether it is a NumPy array (no masked one).
    pub fn is_array(self) -> bool {
        self.array_form().is_some()
    }

    /// Whether it is a masked array.
    pub fn is_masked(self) -> bool {
        matches!(self.callee(), Some(("numpy.ma.core", "_mareconstruct")))
    }

    fn parts(self) -> Result<Parts<'a>> {
        match self.array_form() {
            Some(Form::State) => {
                let state = self.state().ok_or_else(|| self.wrong("an array with its state"))?;
                match state.items()?[..] {
                    [_version, shape, dtype, fortran, data] => state_parts(shape, dtype, fortran, data),
                    _ => Err(self.wrong("an array with a state of five parts")),
                }
            }
            Some(Form::Buffer) => match self.args()[..] {
                [data, dtype, shape, order] => {
                    let fortran = &*order.as_str()? == "F";
                    Ok(Parts { dtype: dtype.dtype()?, shape: shape.shape()?, fortran, data })
                }
                _ => Err(self.wrong("an array of a buffer, type, shape and order")),
            },
            Some(Form::Wrapped) => {
                let Value::Array(array) = self.value() else { return Err(self.wrong("an array")) };
                let layout = Layout::read(self.child(array.wrapper))?;
                Ok(Parts { dtype: layout.dtype.dtype()?, shape: layout.shape, fortran: layout.fortran, data: self })
            }
            None => Err(self.wrong("an array")),
        }
    }

    /// The shape of an array.
    pub fn array_shape(self) -> Result<Vec<usize>> {
        // Without the type, which may have thousands of fields.
        match (self.array_form(), self.state().map(View::value)) {
            (Some(Form::State), Some(Value::Tuple(parts))) => match parts[..] {
                [_version, shape, ..] => self.child(shape).shape(),
                _ => Err(self.wrong("an array with a state of five parts")),
            },
            _ => Ok(self.parts()?.shape),
        }
    }

    /// A NumPy array. Elements that are Python objects become cells; use [`View::objects`] to follow them.
    pub fn array(self) -> Result<NdArray<'a>> {
        let parts = self.parts()?;
        if parts.dtype.kind == Kind::Object {
            let objects = self.objects_of(parts)?;
            let cells = objects.items.iter().map(|item| flat_cell(*item)).collect();
            return self.with_origin(NdArray::of_objects(objects.shape, cells));
        }
        let bytes = match self.value() {
            Value::Array(array) => self.span(array.data).into(),
            _ => parts.data.as_bytes()?,
        };
        self.with_origin(NdArray::new(parts.dtype, parts.shape, parts.fortran, bytes))
    }

    fn with_origin(self, array: Result<NdArray<'a>>) -> Result<NdArray<'a>> {
        let array = array.map_err(|error| self.located(error))?;
        Ok(NdArray { origin: Some(self.origin()), ..array })
    }

    /// An array of Python objects, such as the trees of a gradient boosting model.
    pub fn objects(self) -> Result<Objects<'a>> {
        let parts = self.parts()?;
        if parts.dtype.kind != Kind::Object {
            return Err(self.error(format!("expected an array of objects, found an array of {}", parts.dtype)));
        }
        self.objects_of(parts)
    }

    fn objects_of(self, parts: Parts<'a>) -> Result<Objects<'a>> {
        let Value::List(list) = parts.data.value() else { return Err(parts.data.wrong("a list of objects")) };
        let wanted = element_count(&parts.shape).map_err(|error| self.located(error))?;
        if wanted != list.len() {
            return Err(self.error(format!("expected an array of {wanted} objects, found {}", list.len())));
        }
        let items = list.iter().map(|&id| parts.data.child(id)).collect();
        Ok(Objects { shape: parts.shape, items })
    }

    /// A masked array.
    pub fn masked(self) -> Result<Masked<'a>> {
        let state = self.state().filter(|_| self.is_masked()).ok_or_else(|| self.wrong("a masked array"))?;
        let items = state.items()?;
        let &[_version, shape, dtype, fortran, data, mask, ..] = &items[..] else {
            return Err(self.wrong("a masked array with a state of seven parts"));
        };
        let parts = state_parts(shape, dtype, fortran, data)?;
        let mask = NdArray::new(DType::plain(Kind::Bool, 1), parts.shape.clone(), parts.fortran, mask.as_bytes()?);
        let data = if parts.dtype.kind == Kind::Object {
            let objects = self.objects_of(parts)?;
            NdArray::of_objects(objects.shape, objects.items.iter().map(|item| flat_cell(*item)).collect())
        } else {
            NdArray::new(parts.dtype, parts.shape, parts.fortran, parts.data.as_bytes()?)
        };
        Ok(Masked { data: self.with_origin(data)?, mask: self.with_origin(mask)? })
    }

    /// A tuple of extents.
    pub fn shape(self) -> Result<Vec<usize>> {
        let Value::Tuple(extents) = self.value() else { return Err(self.wrong("a shape")) };
        if extents.len() > MAX_DIMS {
            return Err(
                self.located(Error::malformed("array-size", format!("an array has {} dimensions", extents.len())))
            );
        }
        extents.iter().map(|&extent| self.child(extent).plain_usize()).collect()
    }

    /// A plain integer from 0, without looking through NumPy's scalars.
    pub(super) fn plain_usize(self) -> Result<usize> {
        match self.value() {
            Value::Int(number) => usize::try_from(*number).map_err(|_| self.wrong("an int from 0")),
            _ => Err(self.wrong("an int")),
        }
    }
}

/// A cell of an object, without following arrays inside arrays.
fn flat_cell(item: View<'_>) -> Cell<'_> {
    if item.is_array() { Cell::Other(item.describe()) } else { item.cell() }
}

fn state_parts<'a>(shape: View<'a>, dtype: View<'a>, fortran: View<'a>, data: View<'a>) -> Result<Parts<'a>> {
    let fortran = match fortran.value() {
        Value::Bool(truth) => *truth,
        Value::Int(number @ (0 | 1)) => *number == 1,
        _ => return Err(fortran.wrong("a bool")),
    };
    Ok(Parts { dtype: dtype.dtype()?, shape: shape.shape()?, fortran, data })
}
