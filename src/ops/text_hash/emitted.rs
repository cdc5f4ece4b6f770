//! The hash of the texts of a block of rows, emitted.

use super::city::{self, BLOCK, From, State, Words};
use crate::ops::emit::{Emit, Place};
use crate::ops::text_lookup::{load_text, push_is_present};
use crate::tensor::ElementType;
use crate::wasm::{Code, Local, memarg};
use wasm_encoder::{BlockType, InstructionSink, ValType};

/// A text in memory whose words are loaded into locals.
struct Text<'c> {
    code: &'c mut Code,
    /// The address of the text, or of its present block.
    start: Local,
    /// The address behind the text.
    end: Local,
    length: Local,
}

impl Text<'_> {
    fn set(&mut self) -> Local {
        let word = self.code.local(ValType::I64);
        self.code.set(word);
        word
    }

    fn two(&mut self, a: Local, b: Local, op: impl FnOnce(&mut InstructionSink<'_>)) -> Local {
        self.code.get(a).get(b);
        op(&mut self.code.ops());
        self.set()
    }
}

impl Words for Text<'_> {
    type Word = Local;

    fn constant(&mut self, value: u64) -> Local {
        self.code.ops().i64_const(value.cast_signed());
        self.set()
    }

    fn length(&mut self) -> Local {
        let length = self.length;
        self.code.get(length).ops().i64_extend_i32_u();
        self.set()
    }

    fn load(&mut self, from: From, bytes: u32) -> Local {
        let (start, end, length) = (self.start, self.end, self.length);
        let offset = match from {
            From::Start(offset) => {
                self.code.get(start);
                offset
            }
            From::End(offset) => {
                self.code.get(end).i32(offset as i32);
                self.code.ops().i32_sub();
                0
            }
            From::Middle => {
                self.code.get(start).get(length).i32(1);
                self.code.ops().i32_shr_u().i32_add();
                0
            }
        };
        match bytes {
            1 => self.code.ops().i64_load8_u(memarg(offset, 0)),
            4 => self.code.ops().i64_load32_u(memarg(offset, 0)),
            _ => self.code.ops().i64_load(memarg(offset, 0)),
        };
        self.set()
    }

    fn add(&mut self, a: Local, b: Local) -> Local {
        self.two(a, b, |ops| {
            ops.i64_add();
        })
    }

    fn sub(&mut self, a: Local, b: Local) -> Local {
        self.two(a, b, |ops| {
            ops.i64_sub();
        })
    }

    fn mul(&mut self, a: Local, b: Local) -> Local {
        self.two(a, b, |ops| {
            ops.i64_mul();
        })
    }

    fn xor(&mut self, a: Local, b: Local) -> Local {
        self.two(a, b, |ops| {
            ops.i64_xor();
        })
    }

    fn rotate(&mut self, a: Local, by: Local) -> Local {
        self.two(a, by, |ops| {
            ops.i64_rotr();
        })
    }

    fn shift(&mut self, a: Local, by: u32) -> Local {
        let by = self.constant(by.into());
        self.two(a, by, |ops| {
            ops.i64_shr_u();
        })
    }
}

/// Emits the hashes of a text column.
pub fn emit(e: &mut Emit<'_>, input: &Place, output: &Place) {
    let Some(text) = input.text else { return };
    e.for_each_plane(1, &[input, output], |e, pointers| {
        e.for_each_row(1, |e, row| {
            let (start, length) = load_text(e, pointers[0], row, text.bytes);
            // A missing text has no bytes.
            e.code.get(length).i32(0);
            push_is_present(e, row, text.validity);
            e.code.ops().select();
            e.code.set(length);
            let hash = hash(&mut e.code, start, length);
            let target = e.row_address(pointers[1], row, ElementType::I64);
            e.code.get(target).get(hash);
            e.code.ops().i64_extend32_s();
            e.store(ElementType::I64, 0);
        });
    });
}

/// A way to hash texts of one range of lengths.
type Way = fn(&mut Text<'_>) -> Local;

/// The longest text of each way.
const WAYS: [(i32, Way); 6] = [
    (0, |w| city::empty(w)),
    (3, |w| city::upto_3(w)),
    (8, |w| city::upto_8(w)),
    (16, |w| city::upto_16(w)),
    (32, |w| city::upto_32(w)),
    (64, |w| city::upto_64(w)),
];

fn hash(code: &mut Code, start: Local, length: Local) -> Local {
    let (hash, end) = (code.local(ValType::I64), code.local(ValType::I32));
    code.get(start).get(length);
    code.ops().i32_add();
    code.set(end);
    // block: hashed.
    code.ops().block(BlockType::Empty);
    for (longest, way) in WAYS {
        code.get(length).i32(longest);
        code.ops().i32_le_u().if_(BlockType::Empty);
        let found = way(&mut Text { code, start, end, length });
        code.get(found).set(hash);
        code.ops().br(1).end();
    }
    let found = long(code, start, end, length);
    code.get(found).set(hash);
    code.ops().end();
    hash
}

/// The hash of more than 64 bytes, block by block; `start` moves on.
fn long(code: &mut Code, start: Local, end: Local, length: Local) -> Local {
    let first = city::begin(&mut Text { code, start, end, length });
    let state: State<Local> = first.map(|word| {
        let kept = code.local(ValType::I64);
        code.get(word).set(kept);
        kept
    });
    // The start behind the last whole block but one.
    let last = code.local(ValType::I32);
    code.get(length).i32(1);
    code.ops().i32_sub().i32_const(-(BLOCK as i32)).i32_and();
    code.get(start);
    code.ops().i32_add();
    code.set(last);
    code.repeat_while(|code| {
        let next = city::step(&mut Text { code, start, end, length }, state);
        for (word, kept) in next.into_iter().zip(state) {
            code.get(word).set(kept);
        }
        code.advance(start, BLOCK as i32).get(start).get(last);
        code.ops().i32_lt_u();
    });
    city::end(&mut Text { code, start, end, length }, state)
}
