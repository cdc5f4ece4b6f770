//! Tokens as units: the matches of a pattern, found by its automaton, written side by side with a space between them.

use crate::ops::emit::Emit;
use crate::ops::terms::pattern::Pattern;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

use super::characters::CharTable;
use super::decode::Character;
use super::lookup::{FNV_OFFSET, Table, continue_hash};
use super::{Span, UnitsPlace};

/// The tables of a pattern.
pub struct Tokens {
    classes: CharTable,
    /// The class that stands for the end of the text.
    end_class: i32,
    /// Rows of entries, four bytes each: twice the offset of the next row, and 1 where a match ends.
    transitions: u32,
    /// The row in which a match begins at the beginning of the text, and per class after a character of it.
    start: u32,
    restarts: u32,
    before: u32,
    after: u32,
    stop_words: Option<Table>,
}

impl Tokens {
    pub fn new(e: &mut Emit<'_>, pattern: &Pattern, [before, after]: [u32; 2], stop_words: &[String]) -> Self {
        let automaton = &pattern.automaton;
        let symbols = automaton.classes.len() + 1;
        // An offset is a multiple of four: its lowest bit is free.
        let row = |state: usize| (state * symbols * 4) as u32;
        let entries =
            automaton.transitions.iter().flat_map(|entry| (row(entry.next) | u32::from(entry.matched)).to_le_bytes());
        let entries: Vec<u8> = entries.collect();
        let restarts: Vec<u8> = automaton.restarts.iter().flat_map(|state| row(*state).to_le_bytes()).collect();
        let runs = automaton.classes.runs();
        let ends = runs.iter().skip(1).map(|(next, _)| next - 1).chain([u32::MAX]);
        let runs = runs.iter().zip(ends).map(|((first, class), last)| (*first, last, (*class).into())).collect();
        let classes = CharTable::of_runs(e, runs, 0);
        Tokens {
            classes,
            end_class: automaton.classes.len() as i32,
            transitions: e.data.intern(&entries, 4),
            start: row(automaton.start),
            restarts: e.data.intern(&restarts, 4),
            before,
            after,
            stop_words: (!stop_words.is_empty()).then(|| Table::new(e, stop_words)),
        }
    }

    /// Writes the tokens of a text; gives their number.
    pub fn emit(&self, e: &mut Emit<'_>, text: Span, units: UnitsPlace) -> Local {
        let [at, begin, end, last_class, to, count] = [(); 6].map(|()| e.code.local(ValType::I32));
        e.code.i32(units.bytes as i32).set(to).i32(0).set(count);
        e.code.get(text.start).set(at).i32(self.start as i32).set(begin);
        // block: the end; loop: a match, or a character without one, a turn.
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(at).get(text.end).ops().i32_ge_u().br_if(1);
        self.find(e, text, at, begin, end, last_class);
        e.code.get(last_class).i32(2).ops().i32_shl().i32_load(memarg(self.restarts, 2));
        e.code.set(begin).get(end).ops().i32_eqz().if_(BlockType::Empty);
        let c = Character::new(e);
        c.read(e, at, |_| {}, |_| {});
        e.code.get(at).get(c.bytes).ops().i32_add();
        e.code.set(at).ops().else_();
        let token = Span { start: e.code.local(ValType::I32), end: e.code.local(ValType::I32) };
        e.code.get(at).set(token.start).get(end).set(token.end);
        self.trim(e, token);
        self.keep(e, token, units, to, count);
        e.code.get(end).set(at).ops().end().br(0).end().end();
        units.put_start(e, count, to);
        count
    }

    /// Sets `end` to the end of the match that begins at `at`, or to 0, and `class` to that of its last character, or of
    /// the character at `at`.
    fn find(&self, e: &mut Emit<'_>, text: Span, at: Local, begin: Local, end: Local, class: Local) {
        let [state, cursor, next_class, before, entry] = [(); 5].map(|()| e.code.local(ValType::I32));
        let c = Character::new(e);
        e.code.i32(0).set(end).get(begin).set(state).get(at).set(cursor);
        c.push_number(e, at, &self.classes);
        e.code.tee(class).set(before);
        // loop: a character a turn, the end of the text after the last.
        e.code.ops().loop_(BlockType::Empty);
        e.code.get(cursor).get(text.end).ops().i32_lt_u().if_(BlockType::Result(ValType::I32));
        c.push_number(e, cursor, &self.classes);
        e.code.ops().else_();
        e.code.i32(self.end_class).ops().end();
        e.code.tee(next_class).i32(2).ops().i32_shl();
        e.code.get(state).ops().i32_add().i32_load(memarg(self.transitions, 2));
        e.code.tee(entry).i32(1).ops().i32_and().if_(BlockType::Empty);
        e.code.get(cursor).set(end).get(before).set(class).ops().end();
        e.code.get(next_class).set(before).get(cursor).get(c.bytes).ops().i32_add();
        e.code.set(cursor).get(entry).i32(-2).ops().i32_and();
        e.code.tee(state).ops().br_if(0).end();
    }

    /// Takes off what does not belong to the token.
    fn trim(&self, e: &mut Emit<'_>, token: Span) {
        let c = Character::new(e);
        for _ in 0..self.before {
            c.read(e, token.start, |_| {}, |_| {});
            e.code.get(token.start).get(c.bytes).ops().i32_add();
            e.code.set(token.start);
        }
        for _ in 0..self.after {
            e.code.ops().loop_(BlockType::Empty);
            e.code.advance(token.end, -1).get(token.end);
            e.code.ops().i32_load8_u(memarg(0, 0)).i32_const(0xC0).i32_and().i32_const(0x80).i32_eq().br_if(0).end();
        }
    }

    /// Writes a token unless it is a stop word.
    fn keep(&self, e: &mut Emit<'_>, token: Span, units: UnitsPlace, to: Local, count: Local) {
        e.code.ops().block(BlockType::Empty);
        if let Some(stop_words) = &self.stop_words {
            let (hash, at, is_stop) =
                (e.code.local(ValType::I32), e.code.local(ValType::I32), e.code.local(ValType::I32));
            e.code.i32(0).set(is_stop).i32(FNV_OFFSET as i32).set(hash).get(token.start).set(at);
            continue_hash(e, hash, at, token.end);
            stop_words.probe(e, token, hash, |e, _| {
                e.code.i32(1).set(is_stop);
            });
            e.code.get(is_stop).ops().br_if(0);
        }
        units.put_start(e, count, to);
        let (from, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.get(token.start).set(from);
        e.code.get(to).get(token.end).get(token.start).ops().i32_sub().i32_add();
        e.code.set(end);
        // 16 bytes a turn, the last ones beyond the token.
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(to).get(end).ops().i32_ge_u().br_if(1);
        e.code.get(to).get(from).ops().v128_load(memarg(0, 0)).v128_store(memarg(0, 0));
        e.code.advance(to, 16).advance(from, 16).ops().br(0).end().end();
        e.code.get(end).i32(0x20).ops().i32_store8(memarg(0, 0));
        e.code.get(end).i32(1).ops().i32_add();
        e.code.set(to).advance(count, 1).ops().end();
    }
}
