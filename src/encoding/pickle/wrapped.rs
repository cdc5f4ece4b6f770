//! The arrays joblib writes between the opcodes, right behind the wrapper that describes them.

use super::arena::Arena;
use super::machine::Machine;
use super::value::{Value, ValueId, WrappedArray};
use super::view::View;
use crate::encoding::array::{Shape, byte_count};
use crate::error::{Error, Result};
use crate::limits;

/// What a wrapper says about its array.
pub(super) struct Layout {
    pub(super) dtype: crate::encoding::array::DType,
    pub(super) shape: Vec<usize>,
    pub(super) fortran: bool,
    /// Whether a count byte and as many bytes of padding come first (joblib 1.2 and later).
    padded: bool,
}

impl Layout {
    pub(super) fn read(wrapper: View<'_>) -> Result<Self> {
        let order = wrapper.attribute("order")?;
        let fortran = match &*order.as_str()? {
            "C" => false,
            "F" => true,
            _ => return Err(order.wrong("`C` or `F`")),
        };
        Ok(Layout {
            dtype: wrapper.attribute("dtype")?.dtype()?,
            shape: wrapper.attribute("shape")?.shape()?,
            fortran,
            padded: wrapper.optional("numpy_array_alignment_bytes").is_some_and(|alignment| !alignment.is_none()),
        })
    }
}

impl Machine<'_, '_> {
    /// Reads the array of the wrapper on top of the stack and puts it in the wrapper's place.
    pub(super) fn wrapped_array(&mut self, wrapper: ValueId) -> Result<()> {
        self.session.wrapped_arrays = true;
        if self.source.in_frame() {
            return Err(Error::malformed("joblib-frame", "the bytes of an array stand inside a frame"));
        }
        let layout = Layout::read(View::new(self.input, &self.session.arena, wrapper))?;
        let array = if layout.dtype.has_objects() {
            self.nested(&layout)?
        } else {
            self.raw(wrapper, &layout)?
        };
        self.pop()?;
        self.push(array)
    }

    fn raw(&mut self, wrapper: ValueId, layout: &Layout) -> Result<ValueId> {
        let count = byte_count(&layout.dtype, &layout.shape)?;
        self.source.resume(self.source.position());
        if layout.padded {
            let padding = self.source.u8()?;
            self.source.span(padding.into())?;
        }
        let data = self.source.span(count as u64).map_err(|_| {
            Error::malformed(
                "joblib-array",
                format!("the file ends inside an array of {} with shape {}", layout.dtype, Shape(&layout.shape)),
            )
        })?;
        let array = self.session.arena.add(Value::Array(Box::new(WrappedArray { wrapper, data })))?;
        self.session.nest(array, [wrapper])?;
        Ok(array)
    }

    /// An array of objects is a pickle of its own.
    fn nested(&mut self, layout: &Layout) -> Result<ValueId> {
        limits::PICKLE_NESTED.check(self.nesting + 1)?;
        if layout.fortran && layout.shape.len() > 1 {
            return Err(Error::unsupported(
                "joblib-array",
                "a column-major array of objects is read differently by different versions of joblib",
            ));
        }
        let start = self.source.position();
        let machine = Machine::new(self.input, start, self.nesting + 1, &mut *self.session);
        let (root, end) = machine.run().map_err(|error| error.at(format!("the pickle of an object array at byte {start}")))?;
        self.source.resume(end);
        self.check_shape(root, &layout.shape)?;
        Ok(root)
    }

    fn check_shape(&self, root: ValueId, shape: &[usize]) -> Result<()> {
        let arena: &Arena = &self.session.arena;
        let found = View::new(self.input, arena, root).array_shape()?;
        if found == shape {
            return Ok(());
        }
        Err(Error::malformed(
            "joblib-array",
            format!("an array of objects should have shape {}, but has {}", Shape(shape), Shape(&found)),
        ))
    }
}
