//! UTF-8 into characters.

use crate::ops::emit::Emit;
use crate::wasm::{Local, memarg};
use wasm_encoder::ValType;

/// Locals for a character and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Character {
    /// Its code point.
    pub code: Local,
    /// How many bytes it takes.
    pub bytes: Local,
}

impl Character {
    pub fn new(e: &mut Emit<'_>) -> Self {
        Character { code: e.code.local(ValType::I32), bytes: e.code.local(ValType::I32) }
    }

    /// Reads the character at an address, then runs one of two: for ASCII, or for the others.
    pub fn read(
        self,
        e: &mut Emit<'_>,
        at: Local,
        ascii: impl FnOnce(&mut Emit<'_>),
        other: impl FnOnce(&mut Emit<'_>),
    ) {
        e.code.get(at);
        e.code.ops().i32_load8_u(memarg(0, 0));
        e.code.tee(self.code).i32(0x80);
        e.code.ops().i32_lt_u().if_(wasm_encoder::BlockType::Empty);
        e.code.i32(1).set(self.bytes);
        ascii(e);
        e.code.ops().else_();
        self.continue_at(e, at);
        other(e);
        e.code.ops().end();
    }

    /// Decodes a character whose first byte, not ASCII, is in `code`.
    fn continue_at(self, e: &mut Emit<'_>, at: Local) {
        e.code.get(self.code).i32(0xE0);
        e.code.ops().i32_lt_u().if_(wasm_encoder::BlockType::Empty);
        self.decode(e, at, 2);
        e.code.ops().else_();
        e.code.get(self.code).i32(0xF0);
        e.code.ops().i32_lt_u().if_(wasm_encoder::BlockType::Empty);
        self.decode(e, at, 3);
        e.code.ops().else_();
        self.decode(e, at, 4);
        e.code.ops().end().end();
    }

    fn decode(self, e: &mut Emit<'_>, at: Local, bytes: u32) {
        e.code.i32(bytes as i32).set(self.bytes).get(self.code).i32(0x7F >> bytes);
        e.code.ops().i32_and();
        for byte in 1..bytes {
            e.code.ops().i32_const(6).i32_shl();
            e.code.get(at);
            e.code.ops().i32_load8_u(memarg(byte, 0)).i32_const(0x3F).i32_and().i32_or();
        }
        e.code.set(self.code);
    }

    /// Pushes the number of the character at an address in a table.
    pub fn push_number(self, e: &mut Emit<'_>, at: Local, table: &super::CharTable) {
        let number = e.code.local(ValType::I32);
        let ascii = |e: &mut Emit<'_>| {
            table.push_ascii(e, self.code);
            e.code.set(number);
        };
        let other = |e: &mut Emit<'_>| {
            table.push(e, self.code);
            e.code.set(number);
        };
        self.read(e, at, ascii, other);
        e.code.get(number);
    }
}
