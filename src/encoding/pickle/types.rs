//! NumPy's types while a pickle is read: how many bytes an element has, as NumPy would take it from the file.
//!
//! Who thinks otherwise about the size of one element reads the rest of a joblib file as other opcodes, and NumPy itself
//! takes numbers for addresses where a type says that it holds objects. So a type has the state that NumPy writes, once,
//! before anything holds it.

use super::arena::SPARSE_BYTES;
use super::machine::Machine;
use super::value::{Value, ValueId};
use super::view::View;
use super::wrapped::ElementSize;
use crate::encoding::array::{DType, Kind};
use crate::error::{Error, Result};

/// Fields of all types in a file: forests have some for each tree.
const MOST_FIELDS: usize = 1 << 22;
/// Flags of a type of objects.
const OBJECT_FLAGS: i64 = 63;
/// Flags of records that hold objects: references, which are pickled as a list and need Python.
const HOLDS_OBJECTS: i64 = 1 | 2 | 8 | 16;
/// Flags of records and texts without: cleared before use, in need of Python, aligned.
const HARMLESS: i64 = 8 | 16 | 128;

impl Machine<'_, '_> {
    /// Notes a type that was made, and is not held by anything yet.
    pub(super) fn note_type(&mut self) -> Result<()> {
        let id = self.top()?;
        let Value::Object(object) = self.session.arena.value(id) else { return Ok(()) };
        if !self.session.arena.global(object.callee).is_some_and(|callee| callee.is("numpy", "dtype")) {
            return Ok(());
        }
        // A type that this tool does not know, such as text of NumPy 2, has no place in arrays; it may be named.
        if let Ok(dtype) = View::new(self.input, &self.session.arena, id).dtype() {
            self.session.element_sizes.insert(id, ElementSize::of(&dtype));
        }
        self.session.open_types.insert(id);
        self.session.arena.take(2 * SPARSE_BYTES)
    }

    /// A type is given its state.
    pub(super) fn check_type(&mut self, id: ValueId) -> Result<()> {
        if !self.session.open_types.remove(&id) {
            return self.complain(wrong("it is changed after it was used"));
        }
        self.session.element_sizes.remove(&id);
        match self.type_of(id) {
            Ok(dtype) => {
                self.freeze_fields(id);
                self.session.element_sizes.insert(id, ElementSize::of(&dtype));
                Ok(())
            }
            Err(error) => self.complain(error),
        }
    }

    fn freeze_fields(&mut self, id: ValueId) {
        let state = View::new(self.input, &self.session.arena, id).state().map(View::value);
        if let Some(fields) = state.and_then(|state| match state {
            Value::Tuple(parts) => parts.get(4).copied(),
            _ => None,
        }) {
            self.session.frozen.insert(fields);
        }
    }

    fn type_of(&mut self, id: ValueId) -> Result<DType> {
        let view = View::new(self.input, &self.session.arena, id);
        let state = view.state().ok_or_else(|| wrong("it has no state"))?;
        let Value::Tuple(parts) = state.value() else { return Err(wrong("its state is no tuple")) };
        let part = |at: usize| parts.get(at).map(|part| state.child(*part));
        let [Some(version), Some(order), Some(names), Some(size), Some(alignment), Some(flags)] =
            [part(0), part(1), part(3), part(5), part(6), part(7)]
        else {
            return Err(wrong("its state has not eight parts"));
        };
        let number = |view: View<'_>| match view.value() {
            Value::Int(number) => Some(*number),
            _ => None,
        };
        let is_version = matches!((number(version), parts.len()), (Some(3), 8) | (Some(4), 9));
        if !is_version || !matches!(order.plain_str(), Some("<" | ">" | "|" | "=")) {
            return Err(wrong("its state is not of version 3 or 4"));
        }
        let count = names.items().map_or(0, |names| names.len());
        let dtype = view.dtype().map_err(|error| wrong(&error.to_string()))?;
        check_size(&dtype, number(size), number(alignment))?;
        check_flags(&dtype, number(flags))?;
        self.session.type_fields += count;
        if self.session.type_fields > MOST_FIELDS {
            return Err(wrong(&format!("the types of the file have more than {MOST_FIELDS} fields")));
        }
        Ok(dtype)
    }
}

/// Texts, bytes and records say their size; of all others NumPy knows it.
fn check_size(dtype: &DType, size: Option<i64>, alignment: Option<i64>) -> Result<()> {
    let extended = matches!(dtype.kind, Kind::Void | Kind::Text | Kind::Bytes);
    let fits = match (size, alignment) {
        (Some(-1), Some(-1)) => !extended,
        (Some(size), Some(1..=64)) => extended && usize::try_from(size) == Ok(dtype.item_bytes),
        _ => false,
    };
    if fits { Ok(()) } else { Err(wrong("its size is not that of its name")) }
}

fn check_flags(dtype: &DType, flags: Option<i64>) -> Result<()> {
    let plain_kind = dtype.kind != Kind::Void && (!dtype.fields.is_empty() || dtype.subarray.is_some());
    let fits = match flags {
        Some(flags @ -128..=255) if !plain_kind => match flags & 0xff {
            flags if dtype.kind == Kind::Object => flags == OBJECT_FLAGS,
            flags if dtype.has_objects() => {
                flags & HOLDS_OBJECTS == HOLDS_OBJECTS && flags & !(HOLDS_OBJECTS | HARMLESS) == 0
            }
            flags => flags & !HARMLESS == 0,
        },
        _ => false,
    };
    if fits { Ok(()) } else { Err(wrong("its flags are not those of what it holds")) }
}

fn wrong(what: &str) -> Error {
    Error::malformed("pickle-type-state", format!("a type of arrays is not as NumPy writes it: {what}"))
}
