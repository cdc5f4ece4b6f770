//! A pickle written again without joblib's arrays between its opcodes, for loaders that know plain pickles only.
//!
//! Every opcode stays, in its order. Each array becomes what NumPy itself pickles: an empty array that is given its
//! shape, type, order and bytes. Frames, which only group bytes, are left out; memo entries get new numbers, because
//! the pickle of an object array moves into the one around it.

use std::collections::HashMap;

use super::machine::Machine;
use super::opcode as op;
use super::value::ValueId;
use super::view::View;
use crate::error::{Error, Result};

/// What NumPy 1 and 2 both import an array's maker from.
const RECONSTRUCT: &[u8] = b"cnumpy.core.multiarray\n_reconstruct\n";
/// The class, and the version of the state.
const NDARRAY: &[u8] = b"cnumpy\nndarray\n";
const STATE_VERSION: u8 = 1;

/// The pickle as it is written.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) bytes: Vec<u8>,
    /// For the pickle being read and those around it: its memo's numbers in the whole.
    memos: Vec<HashMap<u64, u32>>,
    /// Entries of the whole memo.
    entries: u32,
    places: HashMap<ValueId, u32>,
    /// The entries of NumPy's function and of its arguments, once they were written.
    maker: Option<(u32, u32)>,
}

/// An array of a wrapper.
pub(super) struct PlainArray<'a> {
    pub(super) shape: &'a [usize],
    pub(super) dtype: ValueId,
    pub(super) fortran: bool,
    pub(super) data: &'a [u8],
}

impl Transcript {
    /// A pickle begins, inside another where there is one.
    pub(super) fn enter(&mut self) {
        self.memos.push(HashMap::new());
    }

    /// The pickle ends; the value it made stays on the stack.
    pub(super) fn leave(&mut self) {
        self.memos.pop();
        if self.memos.is_empty() {
            self.bytes.push(op::STOP);
        }
    }

    /// The top of the stack goes into the memo.
    pub(super) fn put(&mut self, index: u64, value: ValueId) {
        let entry = self.new_entry();
        if let Some(memo) = self.memos.last_mut() {
            memo.insert(index, entry);
        }
        self.places.insert(value, entry);
    }

    /// An entry of the memo goes on the stack.
    pub(super) fn get(&mut self, index: u64) -> Result<()> {
        let entry = self.memos.last().and_then(|memo| memo.get(&index)).copied();
        let entry = entry.ok_or_else(|| Error::internal(format!("memo entry {index} has no number")))?;
        self.get_entry(entry);
        Ok(())
    }

    fn new_entry(&mut self) -> u32 {
        let entry = self.entries;
        self.entries = self.entries.saturating_add(1);
        self.bytes.push(op::LONG_BINPUT);
        self.bytes.extend(entry.to_le_bytes());
        entry
    }

    fn get_entry(&mut self, entry: u32) {
        self.bytes.push(op::LONG_BINGET);
        self.bytes.extend(entry.to_le_bytes());
    }

    /// An array goes on the stack, where its wrapper was.
    pub(super) fn array(&mut self, array: &PlainArray<'_>) -> Result<()> {
        let dtype = self.places.get(&array.dtype).copied().ok_or_else(|| {
            Error::unsupported("joblib-array", "the type of an array is not in the memo, as every pickler puts it")
        })?;
        self.maker();
        self.bytes.extend([op::REDUCE, op::MARK, op::BININT1, STATE_VERSION, op::MARK]);
        for extent in array.shape {
            self.bytes.extend([op::LONG1, 8]);
            self.bytes.extend((*extent as i64).to_le_bytes());
        }
        self.bytes.push(op::TUPLE);
        self.get_entry(dtype);
        self.bytes.extend([if array.fortran { op::NEWTRUE } else { op::NEWFALSE }, op::BINBYTES8]);
        self.bytes.extend((array.data.len() as u64).to_le_bytes());
        self.bytes.extend(array.data);
        self.bytes.extend([op::TUPLE, op::BUILD]);
        Ok(())
    }

    /// NumPy's function and its arguments: the class, no elements, any type.
    fn maker(&mut self) {
        if let Some((function, arguments)) = self.maker {
            self.get_entry(function);
            self.get_entry(arguments);
            return;
        }
        self.bytes.extend(RECONSTRUCT);
        let function = self.new_entry();
        self.bytes.extend(NDARRAY);
        self.bytes.extend([op::BININT1, 0, op::TUPLE1, op::SHORT_BINBYTES, 1, b'b', op::TUPLE3]);
        let arguments = self.new_entry();
        self.maker = Some((function, arguments));
    }
}

impl Machine<'_, '_> {
    /// Writes an opcode that stays as it is, with its arguments; the machine stands behind it.
    pub(super) fn transcribe(&mut self, opcode: u8) {
        let from = self.source.opcode_at();
        let Some(transcript) = &mut self.session.transcript else { return };
        match opcode {
            // The memo's opcodes were written with their new numbers; BUILD stands before what it makes of a wrapper.
            op::FRAME | op::BUILD | op::GET | op::BINGET | op::LONG_BINGET => {}
            op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => {}
            op::PROTO if self.nesting > 0 => {}
            // Names of Python 2 in an inner pickle of protocol 2 would no longer be translated on loading.
            op::GLOBAL if self.nesting > 0 => {
                let view = self.stack.last().map(|top| View::new(self.input, &self.session.arena, *top));
                if let Some((module, name)) = view.and_then(View::global) {
                    transcript.bytes.extend(format!("c{module}\n{name}\n").into_bytes());
                }
            }
            _ => transcript.bytes.extend(self.input.get(from..self.source.position()).unwrap_or_default()),
        }
    }
}
