//! Tables of records in the module's data, and the loops that read them: the model is data, the code stays small.

use super::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::Local;
use wasm_encoder::{BlockType, ValType};

/// Records of `N` words each, under construction.
#[derive(Debug, Default)]
pub struct Records<const N: usize> {
    bytes: Vec<u8>,
}

impl<const N: usize> Records<N> {
    /// Bytes of one record.
    pub const BYTES: u32 = 4 * N as u32;

    /// Appends a record.
    pub fn push(&mut self, words: [u32; N]) {
        self.bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Puts the records into the data and gives their address.
    pub fn place(&self, e: &mut Emit<'_>) -> u32 {
        e.data.intern(&self.bytes, 4)
    }

    /// Puts the records into the data and runs `body` with the address of each; nothing is emitted where there is none.
    pub fn for_each(&self, e: &mut Emit<'_>, body: impl FnOnce(&mut Emit<'_>, Local)) {
        if self.is_empty() {
            return;
        }
        let table = self.place(e);
        let record = e.code.local(ValType::I32);
        e.code.i32(table as i32).set(record);
        e.code.ops().loop_(BlockType::Empty);
        body(e, record);
        e.code.advance(record, Self::BYTES as i32).get(record).i32((table as usize + self.bytes.len()) as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
    }
}

/// Loads a word of the record into a local.
pub fn word(e: &mut Emit<'_>, record: Local, index: u32) -> Local {
    let local = e.code.local(ValType::I32);
    e.code.get(record);
    e.load(ElementType::U32, 4 * index);
    e.code.set(local);
    local
}
