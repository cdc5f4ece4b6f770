//! Counts per column: numbers beside two levels of bits that say which columns the row met.

use crate::ops::emit::{Emit, Place};
use crate::ops::terms::Terms;
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

use super::Scratch;

/// Where the counts of a row lie.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// An i32 per column; it means something where the column's bit is set.
    numbers: u32,
    /// A bit per column.
    touched: u32,
    /// A bit per word of `touched`.
    groups: u32,
    n_groups: u32,
    n_words: u32,
    binary: bool,
}

impl Counts {
    pub fn new(e: &Emit<'_>, terms: &Terms, scratch: &Scratch) -> Self {
        let n_words = terms.columns.width().div_ceil(64) as u32;
        Counts {
            numbers: scratch.at(e, scratch.counts),
            touched: scratch.at(e, scratch.touched),
            groups: scratch.at(e, scratch.groups),
            n_groups: n_words.div_ceil(64),
            n_words,
            binary: terms.binary,
        }
    }

    /// Clears all bits: other operators use the same memory.
    pub fn clear(&self, e: &mut Emit<'_>) {
        for (address, words) in [(self.touched, self.n_words), (self.groups, self.n_groups)] {
            e.code.i32(address as i32).i32(0).i32((words * 8) as i32);
            e.code.ops().memory_fill(0);
        }
    }

    /// Adds the number in `amount` to a column.
    pub fn add(&self, e: &mut Emit<'_>, column: Local, amount: Local) {
        let word = e.code.local(ValType::I32);
        let bits = e.code.local(ValType::I64);
        push_word(e, column, 6);
        e.code.tee(word);
        e.code.ops().i64_load(memarg(self.touched, 3));
        e.code.tee(bits);
        push_bit(e, column, 0);
        e.code.ops().i64_and().i64_eqz().if_(BlockType::Empty);
        e.code.get(word).get(bits);
        push_bit(e, column, 0);
        e.code.ops().i64_or().i64_store(memarg(self.touched, 3));
        push_word(e, column, 12);
        e.code.tee(word).get(word);
        e.code.ops().i64_load(memarg(self.groups, 3));
        push_bit(e, column, 6);
        e.code.ops().i64_or().i64_store(memarg(self.groups, 3));
        if self.binary {
            e.code.ops().end();
            return;
        }
        e.stored_offset(column, ElementType::U32);
        e.code.get(amount);
        e.store(ElementType::U32, self.numbers);
        e.code.ops().else_();
        e.stored_offset(column, ElementType::U32);
        e.stored_offset(column, ElementType::U32);
        e.load(ElementType::U32, self.numbers);
        e.code.get(amount).ops().i32_add();
        e.store(ElementType::U32, self.numbers);
        e.code.ops().end();
    }

    /// Stores the columns of the row in order, and clears their bits.
    pub fn flush(&self, e: &mut Emit<'_>, output: &Place, written: Local) {
        let Some(target) = output.sparse else { return };
        let [group, word, column] = [(); 3].map(|()| e.code.local(ValType::I32));
        let n_groups = e.code.local(ValType::I32);
        e.code.i32(self.n_groups as i32).set(n_groups).i32(0).set(group);
        e.count_up(group, n_groups, |e, group| {
            for_each_bit(e, group, self.groups, word, |e, word| {
                for_each_bit(e, word, self.touched, column, |e, column| {
                    e.stored_offset(written, ElementType::U32);
                    e.code.get(column);
                    e.store(ElementType::U32, target.columns);
                    e.stored_offset(written, ElementType::F64);
                    if self.binary {
                        e.code.ops().f64_const(1.0.into());
                    } else {
                        e.stored_offset(column, ElementType::U32);
                        e.load(ElementType::U32, self.numbers);
                        e.code.ops().f64_convert_i32_s();
                    }
                    e.store(ElementType::F64, target.values);
                    e.code.advance(written, 1);
                });
            });
        });
    }
}

/// Pushes the offset of the word of eight bytes that holds the bit `column >> shift - 6`.
fn push_word(e: &mut Emit<'_>, column: Local, shift: i32) {
    e.code.get(column).i32(shift);
    e.code.ops().i32_shr_u().i32_const(3).i32_shl();
}

/// Pushes the bit of `column >> shift` in its word.
fn push_bit(e: &mut Emit<'_>, column: Local, shift: i32) {
    e.code.ops().i64_const(1);
    e.code.get(column);
    if shift > 0 {
        e.code.i32(shift).ops().i32_shr_u();
    }
    e.code.ops().i64_extend_i32_u().i64_shl();
}

/// Runs `body` for every bit of word `at` of some bits, the number of the bit in `bit`, and clears the word.
fn for_each_bit(e: &mut Emit<'_>, at: Local, bits: u32, bit: Local, body: impl FnOnce(&mut Emit<'_>, Local)) {
    let left = e.code.local(ValType::I64);
    e.stored_offset(at, ElementType::I64);
    e.load(ElementType::I64, bits);
    e.code.tee(left).ops().i64_eqz().i32_eqz().if_(BlockType::Empty);
    e.stored_offset(at, ElementType::I64);
    e.code.ops().i64_const(0).i64_store(memarg(bits, 3)).loop_(BlockType::Empty);
    e.code.get(at).i32(6);
    e.code.ops().i32_shl();
    e.code.get(left).ops().i64_ctz().i32_wrap_i64().i32_or();
    e.code.set(bit);
    body(e, bit);
    e.code.get(left).get(left).ops().i64_const(1).i64_sub().i64_and();
    e.code.tee(left).ops().i64_eqz().i32_eqz().br_if(0).end().end();
}
