//! From units to terms, and from terms to columns.

use crate::ops::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::{Code, Local, memarg};
use wasm_encoder::{BlockType, ValType};

use super::count::Counts;
use super::lookup::{FNV_OFFSET, Table, continue_hash};
use super::{Span, UnitsPlace};

/// Where terms are counted.
pub enum Columns {
    Vocabulary(Table),
    Hashed { n_columns: u32, alternate_sign: bool },
}

/// How many units make a term.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub least: u32,
    pub most: u32,
}

/// A run of units side by side.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub units: UnitsPlace,
    /// Bytes between the end of a unit and the start of the next.
    pub gap: u32,
    pub sizes: Sizes,
    /// Whether all units together are a term even where they are fewer than `least`.
    pub counts_short: bool,
}

impl Run {
    /// Counts the terms of `count` units.
    pub fn emit(&self, e: &mut Emit<'_>, count: Local, columns: &Columns, counts: &Counts) {
        let [first, size, cursor, hash, amount] = [(); 5].map(|()| e.code.local(ValType::I32));
        let term = Span { start: e.code.local(ValType::I32), end: e.code.local(ValType::I32) };
        let is_hashed = matches!(columns, Columns::Hashed { .. });
        // A hash of the vocabulary goes on from term to term; smaller terms need not be visited otherwise.
        let smallest = if is_hashed && !self.counts_short { self.sizes.least } else { 1 };
        e.code.i32(1).set(amount).i32(0).set(first);
        e.count_up(first, count, |e, first| {
            push_start(e, self.units, first, 0);
            e.code.tee(term.start).set(cursor).i32(FNV_OFFSET as i32).set(hash).i32(smallest as i32).set(size);
            // block: no more sizes; loop: a size a turn.
            e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
            e.code.get(size).i32(self.sizes.most as i32);
            e.code.ops().i32_gt_u().br_if(1);
            e.code.get(first).get(size);
            e.code.ops().i32_add();
            e.code.get(count).ops().i32_gt_u().br_if(1);
            let next = e.code.local(ValType::I32);
            e.code.get(first).get(size);
            e.code.ops().i32_add();
            e.code.set(next);
            push_start(e, self.units, next, 0);
            e.code.i32(self.gap as i32).ops().i32_sub();
            e.code.set(term.end);
            if !is_hashed {
                continue_hash(e, hash, cursor, term.end);
            }
            self.push_counts(e, size, count);
            e.code.ops().if_(BlockType::Empty);
            count_term(e, columns, counts, term, hash, amount);
            e.code.ops().end();
            e.code.advance(size, 1).ops().br(0).end().end();
        });
    }

    /// Pushes whether a term of this size counts.
    fn push_counts(&self, e: &mut Emit<'_>, size: Local, count: Local) {
        e.code.get(size).i32(self.sizes.least as i32);
        e.code.ops().i32_ge_u();
        if self.counts_short {
            e.code.get(size).get(count).ops().i32_eq().i32_or();
        }
    }
}

/// Pushes the address at which unit `unit + by` starts.
fn push_start(e: &mut Emit<'_>, units: UnitsPlace, unit: Local, by: u32) {
    e.stored_offset(unit, ElementType::U32);
    e.load(ElementType::U32, units.starts + 4 * by);
}

fn count_term(e: &mut Emit<'_>, columns: &Columns, counts: &Counts, term: Span, hash: Local, amount: Local) {
    match columns {
        Columns::Vocabulary(table) => table.probe(e, term, hash, |e, column| counts.add(e, column, amount)),
        Columns::Hashed { n_columns, alternate_sign } => {
            murmur3(&mut e.code, term, hash);
            if *alternate_sign {
                e.code.i32(-1).i32(1).get(hash).i32(0);
                e.code.ops().i32_lt_s().select();
                e.code.set(amount);
            }
            let column = e.code.local(ValType::I32);
            e.code.i32(0).get(hash).ops().i32_sub();
            e.code.get(hash).get(hash).i32(0);
            e.code.ops().i32_lt_s().select().i32_const(*n_columns as i32).i32_rem_u();
            e.code.set(column);
            counts.add(e, column, amount);
        }
    }
}

/// Sets `hash` to the MurmurHash3 (x86, 32 bits, seed 0) of a term.
fn murmur3(code: &mut Code, term: Span, hash: Local) {
    let [at, rest, word] = [(); 3].map(|()| code.local(ValType::I32));
    code.i32(0).set(hash).get(term.start).set(at);
    // block: fewer than four bytes are left; loop: four a turn.
    code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    code.get(term.end).get(at).ops().i32_sub();
    code.tee(rest).i32(4).ops().i32_lt_u().br_if(1);
    code.get(hash).get(at).ops().i32_load(memarg(0, 0));
    mix_word(code);
    code.ops().i32_xor().i32_const(13).i32_rotl().i32_const(5).i32_mul().i32_const(0xE654_6B64_u32 as i32).i32_add();
    code.set(hash).advance(at, 4).ops().br(0).end().end();
    // Of the last word only the first bytes count; without any it is 0 and changes nothing.
    code.get(at).ops().i32_load(memarg(0, 0)).i32_const(1);
    code.get(rest).i32(3).ops().i32_shl().i32_shl().i32_const(1).i32_sub().i32_and();
    code.set(word).get(hash).get(word);
    mix_word(code);
    code.ops().i32_xor();
    code.get(term.end).get(term.start).ops().i32_sub().i32_xor();
    code.set(hash);
    for (shift, factor) in [(16, Some(0x85EB_CA6B_u32)), (13, Some(0xC2B2_AE35)), (16, None)] {
        code.get(hash).get(hash).i32(shift).ops().i32_shr_u().i32_xor();
        if let Some(factor) = factor {
            code.i32(factor as i32).ops().i32_mul();
        }
        code.set(hash);
    }
}

/// Mixes the word on the stack.
fn mix_word(code: &mut Code) {
    code.ops().i32_const(0xCC9E_2D51_u32 as i32).i32_mul().i32_const(15).i32_rotl();
    code.ops().i32_const(0x1B87_3593).i32_mul();
}
