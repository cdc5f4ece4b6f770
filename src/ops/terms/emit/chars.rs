//! Characters as units: of the whole text, or of each word with a space before and after it.

use crate::ops::emit::Emit;
use crate::ops::unicode;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

use super::characters::CharTable;
use super::decode::Character;
use super::{Span, UnitsPlace};

/// 1 for white space.
pub fn spaces(e: &mut Emit<'_>) -> CharTable {
    CharTable::of_runs(e, unicode::space().ranges().iter().map(|(first, last)| (*first, *last, 1)).collect(), 0)
}

/// Where the next unit is written, and how many there are.
struct Writer {
    units: UnitsPlace,
    to: Local,
    count: Local,
}

impl Writer {
    fn new(e: &mut Emit<'_>, units: UnitsPlace) -> Self {
        Writer { units, to: e.code.local(ValType::I32), count: e.code.local(ValType::I32) }
    }

    fn begin(&self, e: &mut Emit<'_>) {
        e.code.i32(self.units.bytes as i32).set(self.to).i32(0).set(self.count);
    }

    /// Writes the character at an address.
    fn character(&self, e: &mut Emit<'_>, at: Local, bytes: Local) {
        self.units.put_start(e, self.count, self.to);
        e.code.get(self.to).get(at).ops().i32_load(memarg(0, 0)).i32_store(memarg(0, 0));
        e.code.get(self.to).get(bytes).ops().i32_add();
        e.code.set(self.to).advance(self.count, 1);
    }

    fn space(&self, e: &mut Emit<'_>) {
        self.units.put_start(e, self.count, self.to);
        e.code.get(self.to).i32(0x20).ops().i32_store8(memarg(0, 0));
        e.code.advance(self.to, 1).advance(self.count, 1);
    }

    /// Writes where the unit after the last one would start.
    fn finish(&self, e: &mut Emit<'_>) {
        self.units.put_start(e, self.count, self.to);
    }
}

/// The characters of a text, two or more of white space as one space; gives their number.
pub fn collapsed(e: &mut Emit<'_>, text: Span, units: UnitsPlace, space: &CharTable) -> Local {
    let writer = Writer::new(e, units);
    let (at, next) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    let c = Character::new(e);
    writer.begin(e);
    e.code.get(text.start).set(at);
    // block: the end; loop: a character, or several of white space, a turn.
    e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    e.code.get(at).get(text.end).ops().i32_ge_u().br_if(1);
    c.push_number(e, at, space);
    e.code.get(at).get(c.bytes).ops().i32_add();
    e.code.set(next).ops().if_(BlockType::Empty);
    skip(e, next, text.end, space, true);
    // One character alone stays what it is.
    e.code.get(at).get(c.bytes).ops().i32_add();
    e.code.get(next).ops().i32_eq().if_(BlockType::Empty);
    writer.character(e, at, c.bytes);
    e.code.ops().else_();
    writer.space(e);
    e.code.ops().end().else_();
    writer.character(e, at, c.bytes);
    e.code.ops().end();
    e.code.get(next).set(at).ops().br(0).end().end();
    writer.finish(e);
    writer.count
}

/// Moves `at` over characters that are white space, or that are not.
fn skip(e: &mut Emit<'_>, at: Local, end: Local, space: &CharTable, spaces: bool) {
    let c = Character::new(e);
    e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    e.code.get(at).get(end).ops().i32_ge_u().br_if(1);
    c.push_number(e, at, space);
    if spaces {
        e.code.ops().i32_eqz();
    }
    e.code.ops().br_if(1);
    e.code.get(at).get(c.bytes).ops().i32_add();
    e.code.set(at).ops().br(0).end().end();
}

/// Runs `body` for every word with the number of its characters, a space before and after it among them.
pub fn for_each_word(
    e: &mut Emit<'_>,
    text: Span,
    units: UnitsPlace,
    space: &CharTable,
    body: impl FnOnce(&mut Emit<'_>, Local),
) {
    let writer = Writer::new(e, units);
    let at = e.code.local(ValType::I32);
    let c = Character::new(e);
    e.code.get(text.start).set(at);
    // block: the end; loop: a word a turn.
    e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    skip(e, at, text.end, space, true);
    e.code.get(at).get(text.end).ops().i32_ge_u().br_if(1);
    writer.begin(e);
    writer.space(e);
    // block: the word ends; loop: a character a turn.
    e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    e.code.get(at).get(text.end).ops().i32_ge_u().br_if(1);
    c.push_number(e, at, space);
    e.code.ops().br_if(1);
    writer.character(e, at, c.bytes);
    e.code.get(at).get(c.bytes).ops().i32_add();
    e.code.set(at).ops().br(0).end().end();
    writer.space(e);
    writer.finish(e);
    body(e, writer.count);
    e.code.ops().br(0).end().end();
}
