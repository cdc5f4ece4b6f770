//! The arrays joblib writes between the opcodes, right behind the wrapper that describes them.

use super::machine::Machine;
use super::transcript::PlainArray;
use super::value::{Value, ValueId, WrappedArray};
use super::view::View;
use crate::encoding::array::{Shape, element_count};
use crate::error::{Error, Result};
use crate::limits;

/// What a wrapper says about its array.
pub(super) struct Layout<'a> {
    pub(super) dtype: View<'a>,
    pub(super) shape: Vec<usize>,
    pub(super) fortran: bool,
    /// Whether a count byte and as many bytes of padding come first (joblib 1.2 and later).
    padded: bool,
}

impl<'a> Layout<'a> {
    pub(super) fn read(wrapper: View<'a>) -> Result<Self> {
        let order = wrapper.attribute("order")?;
        let fortran = match order.plain_str() {
            Some("C") => false,
            Some("F") => true,
            _ => return Err(order.wrong("`C` or `F`")),
        };
        Ok(Layout {
            dtype: wrapper.attribute("dtype")?,
            shape: wrapper.attribute("shape")?.shape()?,
            fortran,
            padded: wrapper.optional("numpy_array_alignment_bytes").is_some_and(|alignment| !alignment.is_none()),
        })
    }
}

/// What must be known of an element type to step over its elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct ElementSize {
    bytes: usize,
    has_objects: bool,
}

impl Machine<'_, '_> {
    /// Reads the array of the wrapper on top of the stack and puts it in the wrapper's place.
    pub(super) fn wrapped_array(&mut self, wrapper: ValueId) -> Result<()> {
        self.session.wrapped_arrays = true;
        if self.source.in_frame() {
            return Err(Error::malformed("joblib-frame", "the bytes of an array stand inside a frame"));
        }
        let view = View::new(self.input, &self.session.arena, wrapper);
        if self.session.transcript.is_some() {
            check_class(view)?;
        }
        let layout = Layout::read(view)?;
        let (dtype, shape, fortran, padded) = (layout.dtype.id(), layout.shape, layout.fortran, layout.padded);
        let size = self.element_size(dtype)?;
        let array = if size.has_objects {
            self.nested(&shape, fortran)?
        } else {
            let array = self.raw(wrapper, size, &shape, padded)?;
            self.transcribe_array(array, dtype, &shape, fortran)?;
            array
        };
        self.pop()?;
        self.push(array)
    }

    fn transcribe_array(&mut self, array: ValueId, dtype: ValueId, shape: &[usize], fortran: bool) -> Result<()> {
        let Some(transcript) = &mut self.session.transcript else { return Ok(()) };
        let Value::Array(array) = self.session.arena.value(array) else { return Ok(()) };
        let data = self.session.arena.bytes(self.input, array.data);
        transcript.array(&PlainArray { shape, dtype, fortran, data })
    }

    /// Forests hold thousands of arrays of one type: it is worked out once.
    fn element_size(&mut self, dtype: ValueId) -> Result<ElementSize> {
        if let Some(known) = self.session.element_sizes.get(&dtype) {
            return Ok(*known);
        }
        let full = View::new(self.input, &self.session.arena, dtype).dtype()?;
        let size = ElementSize { bytes: full.item_bytes, has_objects: full.has_objects() };
        self.session.element_sizes.insert(dtype, size);
        Ok(size)
    }

    fn raw(&mut self, wrapper: ValueId, size: ElementSize, shape: &[usize], padded: bool) -> Result<ValueId> {
        let count = element_count(shape)?.checked_mul(size.bytes);
        let count = count.ok_or_else(|| Error::malformed("array-size", format!("shape {} overflows", Shape(shape))))?;
        self.source.resume(self.source.position());
        if padded {
            let padding = self.source.u8()?;
            self.source.span(padding.into())?;
        }
        let data = self.source.span(count as u64).map_err(|_| {
            Error::malformed(
                "joblib-array",
                format!("the file ends inside an array of {count} bytes with shape {}", Shape(shape)),
            )
        })?;
        let array = self.session.arena.add(Value::Array(Box::new(WrappedArray { wrapper, data })))?;
        self.session.nest(array, [wrapper])?;
        Ok(array)
    }

    /// An array of objects is a pickle of its own.
    fn nested(&mut self, shape: &[usize], fortran: bool) -> Result<ValueId> {
        limits::PICKLE_NESTED.check(self.nesting + 1)?;
        if fortran && shape.len() > 1 {
            return Err(Error::unsupported(
                "joblib-array",
                "a column-major array of objects is read differently by different versions of joblib",
            ));
        }
        let start = self.source.position();
        let machine = Machine::new(self.input, start, self.nesting + 1, &mut *self.session);
        let (root, end) =
            machine.run().map_err(|error| error.at(format!("the pickle of an object array at byte {start}")))?;
        self.source.resume(end);
        let found = View::new(self.input, &self.session.arena, root).array_shape()?;
        if found == shape {
            return Ok(root);
        }
        Err(Error::malformed(
            "joblib-array",
            format!("an array of objects should have shape {}, but has {}", Shape(shape), Shape(&found)),
        ))
    }
}

/// Refuses what is no plain array: joblib makes a subclass of it after the bytes were read.
fn check_class(wrapper: View<'_>) -> Result<()> {
    let class = wrapper.attribute("subclass")?;
    match class.global() {
        Some(("numpy", "ndarray" | "memmap") | ("numpy.core.memmap" | "numpy._core.memmap", "memmap")) => Ok(()),
        _ => Err(class.wrong("the class `numpy.ndarray`, which a plain pickle can hold as it is")),
    }
}
