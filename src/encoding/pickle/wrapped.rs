//! The arrays joblib writes between the opcodes, right behind the wrapper that describes them.

use super::machine::Machine;
use super::transcript::PlainArray;
use super::value::{Value, ValueId, WrappedArray};
use super::view::View;
use crate::encoding::array::{DType, Shape, element_count};
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

/// What joblib writes of an array, each once; the last since version 1.2.
const ATTRIBUTES: &[&str] = &["subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"];

impl<'a> Layout<'a> {
    pub(super) fn read(wrapper: View<'a>) -> Result<Self> {
        check_attributes(wrapper)?;
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

/// A plain dict of the attributes that joblib writes, each once and under a plain text: what equals one of them, or comes
/// by another way, would count for Python only.
fn check_attributes(wrapper: View<'_>) -> Result<()> {
    let state = wrapper.state().ok_or_else(|| wrapper.wrong("an array with its attributes"))?;
    let Value::Dict(entries) = state.value() else { return Err(state.wrong("a dict of an array's attributes")) };
    let mut seen = [false; ATTRIBUTES.len()];
    for (key, _) in entries.iter().take(ATTRIBUTES.len() + 1) {
        let known = state.child(*key).plain_str().and_then(|key| ATTRIBUTES.iter().position(|name| *name == key));
        match known.and_then(|at| seen.get_mut(at)) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(state.error("an array has an attribute that joblib does not write, or one twice")),
        }
    }
    let alignment = wrapper.optional("numpy_array_alignment_bytes");
    let is_alignment = alignment.is_none_or(|bytes| matches!(bytes.value(), Value::None | Value::Int(1..=255)));
    let class = wrapper.attribute("subclass")?;
    let is_mapped = wrapper.optional("allow_mmap").is_none_or(|allow| matches!(allow.value(), Value::Bool(_)));
    if !is_alignment || !is_mapped || class.global().is_none() {
        return Err(state.error("an attribute of an array is not as joblib writes it"));
    }
    Ok(())
}

/// What must be known of an element type to step over its elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct ElementSize {
    bytes: usize,
    pub(super) has_objects: bool,
}

impl ElementSize {
    pub(super) fn of(dtype: &DType) -> Self {
        ElementSize { bytes: dtype.item_bytes, has_objects: dtype.has_objects() }
    }
}

impl Machine<'_, '_> {
    /// Whether an object of a class stands for the array that follows it.
    pub(super) fn is_wrapper(&self, class: ValueId) -> bool {
        self.session.arena.global(class).is_some_and(|class| class.is("joblib.numpy_pickle", "NumpyArrayWrapper"))
    }

    /// Reads the array of the wrapper on top of the stack and puts it in the wrapper's place.
    pub(super) fn wrapped_array(&mut self, wrapper: ValueId) -> Result<()> {
        if self.session.without_joblib {
            if !self.session.wrapped_arrays {
                self.session.complaints_before_arrays = self.session.complaints.len();
            }
            self.session.wrapped_arrays = true;
            return Ok(());
        }
        self.session.wrapped_arrays = true;
        if self.nesting > 0 {
            let message = "an array stands in the pickle of an array of objects, which joblib reads without arrays";
            return Err(Error::malformed("joblib-array", message));
        }
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

    /// What was taken down of a type when it was made, or given its state.
    fn element_size(&self, dtype: ValueId) -> Result<ElementSize> {
        self.session.element_sizes.get(&dtype).copied().ok_or_else(|| {
            let found = View::new(self.input, &self.session.arena, dtype);
            // An unknown name says more of itself than that it is none.
            found.dtype().err().unwrap_or_else(|| found.wrong("a dtype"))
        })
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
