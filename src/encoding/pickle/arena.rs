//! Where the values of a pickle live while it is read and afterwards.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::allow::Actions;
use super::imports::{Import, Imports};
use super::value::{How, ImportId, Object, Span, Value, ValueId, WrappedArray};
use crate::error::{Error, Result};
use crate::limits;

/// Values every pickle is full of exist once.
pub(super) const NONE: ValueId = ValueId(0);
pub(super) const FALSE: ValueId = ValueId(1);
pub(super) const TRUE: ValueId = ValueId(2);
pub(super) const EMPTY_TUPLE: ValueId = ValueId(3);
const FIRST_INT: u32 = 4;
const SHARED_INTS: i64 = 256;
/// A value's place, and that of its depth.
const VALUE_BYTES: usize = size_of::<Value>() + 4;
/// What the allocator takes for a piece of memory.
const BOX_BYTES: usize = 16;
/// An item of a container.
pub(super) const ITEM_BYTES: usize = size_of::<ValueId>();
/// An entry of a map.
pub(super) const SPARSE_BYTES: usize = 48;
/// Bytes of memory for each byte of the file that are not counted.
const FREE_BYTES: u64 = 3;

/// All values of a file, its nested pickles included.
#[derive(Debug)]
pub(super) struct Arena {
    values: Vec<Value>,
    /// Text that had to be decoded; spans past the input's end lie here.
    decoded: Vec<u8>,
    input_len: usize,
    /// About how many bytes of memory all this takes.
    pub(super) taken: u64,
    pub(super) imports: Imports,
    /// The outermost pickle's value, once it is read.
    pub(super) root: Option<ValueId>,
    /// For each value the one it is reached through from the root, once somebody asked.
    pub(super) parents: OnceLock<Vec<u32>>,
}

impl Arena {
    pub(super) fn new(input_len: usize) -> Self {
        let mut values = vec![Value::None, Value::Bool(false), Value::Bool(true), Value::Tuple(Box::default())];
        values.extend((0..SHARED_INTS).map(Value::Int));
        Arena {
            values,
            decoded: Vec::new(),
            input_len,
            taken: 0,
            imports: Imports::default(),
            root: None,
            parents: OnceLock::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The ids that stand in persistent ids.
    pub(super) fn persistent_ids(&self) -> impl Iterator<Item = ValueId> {
        self.values.iter().filter_map(|value| if let Value::Persistent(id) = value { Some(*id) } else { None })
    }

    /// The value of an id. Ids are only made by this arena, so there always is one.
    pub(super) fn value(&self, id: ValueId) -> &Value {
        self.values.get(id.index()).unwrap_or(&Value::Unknown)
    }

    pub(super) fn value_mut(&mut self, id: ValueId) -> Option<&mut Value> {
        self.values.get_mut(id.index())
    }

    /// Adds a value.
    pub(super) fn add(&mut self, value: Value) -> Result<ValueId> {
        limits::PICKLE_VALUES.check_len(self.values.len())?;
        self.take(VALUE_BYTES + own_bytes(&value))?;
        let id = ValueId(self.values.len() as u32);
        self.values.push(value);
        Ok(id)
    }

    /// Counts memory. A file may take some times its size, in which a value takes a few bytes, and no more than that.
    pub(super) fn take(&mut self, bytes: usize) -> Result<()> {
        self.taken = self.taken.saturating_add(bytes as u64);
        let free = (self.input_len as u64).saturating_mul(FREE_BYTES);
        limits::PICKLE_VALUE_BYTES.check(self.taken.saturating_sub(free))
    }

    pub(super) fn int(&mut self, number: i64) -> Result<ValueId> {
        if (0..SHARED_INTS).contains(&number) {
            return Ok(ValueId(FIRST_INT + number as u32));
        }
        self.add(Value::Int(number))
    }

    pub(super) fn tuple(&mut self, items: &[ValueId]) -> Result<ValueId> {
        if items.is_empty() { Ok(EMPTY_TUPLE) } else { self.add(Value::Tuple(items.into())) }
    }

    pub(super) fn object(
        &mut self,
        callee: ValueId,
        how: How,
        args: ValueId,
        kwargs: Option<ValueId>,
    ) -> Result<ValueId> {
        let object = Object { callee, how, args, kwargs, state: None, list_items: Vec::new(), dict_items: Vec::new() };
        self.add(Value::Object(Box::new(object)))
    }

    /// Keeps bytes that do not stand in the input.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> Span {
        let start = self.input_len + self.decoded.len();
        self.decoded.extend_from_slice(bytes);
        Span { start, len: bytes.len() }
    }

    /// The bytes of a span.
    pub(super) fn bytes<'a>(&'a self, input: &'a [u8], span: Span) -> &'a [u8] {
        let (from, start) = match span.start.checked_sub(self.input_len) {
            Some(start) => (&self.decoded[..], start),
            None => (input, span.start),
        };
        from.get(start..start + span.len).unwrap_or(&[])
    }

    /// The text of a `str`.
    pub(super) fn text<'a>(&'a self, input: &'a [u8], id: ValueId) -> Option<&'a str> {
        match self.value(id) {
            Value::Str(span) => std::str::from_utf8(self.bytes(input, *span)).ok(),
            _ => None,
        }
    }

    /// The items of a tuple.
    pub(super) fn tuple_items(&self, id: ValueId) -> Option<&[ValueId]> {
        match self.value(id) {
            Value::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The import a value names.
    pub(super) fn global(&self, id: ValueId) -> Option<&Import> {
        self.global_id(id).and_then(|id| self.imports.get(id))
    }

    pub(super) fn global_id(&self, id: ValueId) -> Option<ImportId> {
        match self.value(id) {
            Value::Global(import) => Some(*import),
            _ => None,
        }
    }

    /// The class an object is an instance of, or the function that made it.
    pub(super) fn subject(&self, object: &Object) -> ValueId {
        let makes_first =
            self.global(object.callee).is_some_and(|import| import.permitted.contains(Actions::MAKES_FIRST));
        let first = self.tuple_items(object.args).and_then(|args| args.first()).copied();
        first.filter(|first| makes_first && self.global_id(*first).is_some()).unwrap_or(object.callee)
    }

    /// A function that may only be called stands in data, where something else could call it. So does a class that only
    /// arrays may be of: as the first operand of what makes an array, or in the state of joblib's wrapper.
    pub(super) fn handed_around(&self) -> Option<Error> {
        if !self.imports.list.iter().any(|import| import.permitted.contains(Actions::CALL_ONLY)) {
            return None;
        }
        let of_arrays: HashSet<ValueId> =
            (0..self.len()).filter_map(|index| self.of_array(ValueId(index as u32))).collect();
        let mut found = None;
        for holder in (0..self.len()).map(|index| ValueId(index as u32)) {
            let is_array = of_arrays.contains(&holder);
            self.children(holder, |child| {
                let import = self.global(child).filter(|import| import.permitted.contains(Actions::CALL_ONLY));
                found = found.or_else(|| import.filter(|import| !is_array || import.permitted.contains(Actions::CALL)));
            });
        }
        let path = found?.path();
        Some(Error::dangerous("pickle-unexpected-use", format!("`{path}` stands in the file as a value")))
    }

    /// What names the class of an array: the operands of `_reconstruct`, the state of joblib's wrapper.
    fn of_array(&self, id: ValueId) -> Option<ValueId> {
        let Value::Object(object) = self.value(id) else { return None };
        let callee = self.global(object.callee)?;
        match callee.qualname.as_str() {
            "_reconstruct" => Some(object.args),
            "NumpyArrayWrapper" => object.state,
            _ => None,
        }
    }

    /// Calls `visit` for everything a value holds directly.
    pub(super) fn children(&self, id: ValueId, mut visit: impl FnMut(ValueId)) {
        match self.value(id) {
            Value::Tuple(items) | Value::FrozenSet(items) => items.iter().copied().for_each(visit),
            Value::List(items) | Value::Set(items) => items.iter().copied().for_each(visit),
            Value::Dict(entries) => entries.iter().for_each(|&(key, value)| {
                visit(key);
                visit(value);
            }),
            Value::Object(object) => {
                visit(object.args);
                object.kwargs.into_iter().chain(object.state).for_each(&mut visit);
                object.list_items.iter().copied().for_each(&mut visit);
                object.dict_items.iter().for_each(|&(key, value)| {
                    visit(key);
                    visit(value);
                });
            }
            Value::Array(array) => visit(array.wrapper),
            Value::Persistent(key) => visit(*key),
            _ => {}
        }
    }
}

/// What a value has for itself, besides its place.
fn own_bytes(value: &Value) -> usize {
    match value {
        Value::Object(_) => size_of::<Object>() + BOX_BYTES,
        Value::Array(_) => size_of::<WrappedArray>() + BOX_BYTES,
        Value::Tuple(items) | Value::FrozenSet(items) => items.len() * ITEM_BYTES + BOX_BYTES,
        Value::List(items) | Value::Set(items) => items.len() * ITEM_BYTES,
        Value::Dict(entries) => entries.len() * ITEM_BYTES * 2,
        _ => 0,
    }
}

/// What GET finds: dense as picklers number it, sparse where a file jumps.
#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<ValueId>,
    sparse: HashMap<u64, ValueId>,
}

impl Memo {
    pub(super) fn len(&self) -> usize {
        self.dense.len() + self.sparse.len()
    }

    pub(super) fn get(&self, index: u64) -> Option<ValueId> {
        let dense = usize::try_from(index).ok().and_then(|index| self.dense.get(index));
        dense.or_else(|| self.sparse.get(&index)).copied()
    }

    /// What an entry takes: much more where the file jumps.
    pub(super) fn entry_bytes(&self, index: u64) -> usize {
        if index <= self.dense.len() as u64 && self.sparse.is_empty() { ITEM_BYTES } else { SPARSE_BYTES }
    }

    /// Stores a value; an index may be stored anew.
    pub(super) fn put(&mut self, index: u64, value: ValueId) -> Result<()> {
        if let Some(slot) = usize::try_from(index).ok().and_then(|index| self.dense.get_mut(index)) {
            *slot = value;
            return Ok(());
        }
        limits::PICKLE_MEMO.check_len(self.len() + 1)?;
        if index == self.dense.len() as u64 && self.sparse.is_empty() {
            self.dense.push(value);
        } else {
            self.sparse.insert(index, value);
        }
        Ok(())
    }
}
