//! Normalises a text: 16 bytes of ASCII at a time, other characters through a table of what they become.

use std::collections::{BTreeMap, HashMap};

use crate::ops::emit::Emit;
use crate::ops::terms::normalise::{Marks, Normalise};
use crate::ops::unicode::{self, CAPITAL_SIGMA, CharSet};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

use super::Span;
use super::characters::CharTable;
use super::decode::Character;

/// Numbers of characters that are no entry of the table of texts.
const SAME: u16 = 0;
const SIGMA: u16 = 1;
const FIRST: u16 = 2;
/// Numbers of characters beside a capital sigma.
const CASED: u16 = 1;
const IGNORABLE: u16 = 2;

/// The tables of a normalisation.
pub struct Normaliser {
    lower: bool,
    /// Characters to numbers; from [`FIRST`] on they are entries of `texts`.
    numbers: CharTable,
    /// Address and length of each text, i32.
    texts: u32,
    sigma: Option<Sigma>,
}

/// What a capital sigma needs.
struct Sigma {
    neighbours: CharTable,
    /// What it becomes at the end of a word, and elsewhere: entries of the table of texts.
    becomes: [u16; 2],
}

impl Normaliser {
    pub fn new(e: &mut Emit<'_>, normalise: &Normalise) -> Self {
        let mut texts = Texts::default();
        // Where only ASCII is kept, a character that is not listed goes.
        let unlisted = if normalise.marks == Marks::Ascii { texts.number("") } else { SAME };
        let mut numbers: BTreeMap<u32, u16> = BTreeMap::new();
        for (c, image) in &normalise.images().of {
            numbers.insert((*c).into(), texts.number(image));
        }
        let sigma = normalise.lower.then(|| {
            numbers.insert(CAPITAL_SIGMA.into(), SIGMA);
            let becomes = [texts.number(&normalise.final_sigma()), texts.number(&normalise.image(CAPITAL_SIGMA))];
            Sigma { neighbours: neighbours(e), becomes }
        });
        let numbers = CharTable::of_numbers(e, &numbers, unlisted);
        Normaliser { lower: normalise.lower, numbers, texts: texts.place(e), sigma }
    }

    /// Writes the normalised text to `target`; gives where it lies.
    pub fn emit(&self, e: &mut Emit<'_>, text: Span, target: u32) -> Span {
        let [at, to, start] = [(); 3].map(|()| e.code.local(ValType::I32));
        let block = e.code.local(ValType::V128);
        e.code.get(text.start).set(at).i32(target as i32).tee(to).set(start);
        // block: the end; loop: 16 bytes or a character a turn.
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(at).get(text.end).ops().i32_ge_u().br_if(1);
        e.code.get(at).ops().v128_load(memarg(0, 0));
        e.code.tee(block).ops().i8x16_bitmask().i32_eqz();
        e.code.get(at).i32(16).ops().i32_add();
        e.code.get(text.end).ops().i32_le_u().i32_and().if_(BlockType::Empty);
        e.code.get(to).get(block);
        self.small_ascii(e, block);
        e.code.ops().v128_store(memarg(0, 0));
        e.code.advance(at, 16).advance(to, 16).ops().br(1).end();
        let c = Character::new(e);
        c.read(
            e,
            at,
            |e| {
                e.code.get(to).get(c.code);
                if self.lower {
                    // A capital letter less a small one is a bit.
                    e.code
                        .get(c.code)
                        .i32(0x41)
                        .ops()
                        .i32_sub()
                        .i32_const(26)
                        .i32_lt_u()
                        .i32_const(5)
                        .i32_shl()
                        .i32_or();
                }
                e.code.ops().i32_store8(memarg(0, 0));
                e.code.advance(to, 1);
            },
            |e| self.other(e, text, at, to, c),
        );
        e.code.get(at).get(c.bytes).ops().i32_add();
        e.code.set(at).ops().br(0).end().end();
        Span { start, end: to }
    }

    /// Replaces the vector on the stack, which is also in `block`, by its small letters.
    fn small_ascii(&self, e: &mut Emit<'_>, block: Local) {
        if !self.lower {
            return;
        }
        e.code.get(block).i32(0x41).ops().i8x16_splat().i8x16_sub().i32_const(26).i8x16_splat().i8x16_lt_u();
        e.code.i32(0x20).ops().i8x16_splat().v128_and().v128_or();
    }

    /// A character that is not ASCII.
    fn other(&self, e: &mut Emit<'_>, text: Span, at: Local, to: Local, c: Character) {
        let [number, from, end] = [(); 3].map(|()| e.code.local(ValType::I32));
        self.numbers.push(e, c.code);
        e.code.set(number);
        if let Some(sigma) = &self.sigma {
            e.code.get(number).i32(SIGMA.into()).ops().i32_eq().if_(BlockType::Empty);
            e.code.i32(sigma.becomes[0].into()).i32(sigma.becomes[1].into());
            sigma.push_is_final(e, text, at);
            e.code.ops().select();
            e.code.set(number).ops().end();
        }
        e.code.get(number).ops().i32_eqz().if_(BlockType::Empty);
        e.code.get(to).get(at).ops().i32_load(memarg(0, 0)).i32_store(memarg(0, 0));
        e.code.get(to).get(c.bytes).ops().i32_add();
        e.code.set(to).ops().else_();
        e.code.get(number).i32(3).ops().i32_shl().i32_const(self.texts as i32).i32_add();
        e.code.tee(number).ops().i32_load(memarg(0, 2));
        e.code.set(from).get(to).get(number).ops().i32_load(memarg(4, 2)).i32_add();
        e.code.set(end);
        // Eight bytes a turn, the last ones beyond the text.
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(to).get(end).ops().i32_ge_u().br_if(1);
        e.code.get(to).get(from).ops().i64_load(memarg(0, 0)).i64_store(memarg(0, 0));
        e.code.advance(to, 8).advance(from, 8).ops().br(0).end().end();
        e.code.get(end).set(to).ops().end();
    }
}

impl Sigma {
    /// Pushes whether the sigma at `at` stands at the end of a word.
    fn push_is_final(&self, e: &mut Emit<'_>, text: Span, at: Local) {
        let [cursor, kind, result] = [(); 3].map(|()| e.code.local(ValType::I32));
        let c = Character::new(e);
        e.code.i32(0).set(result).get(at).set(cursor);
        // block: decided; loop: a character back a turn.
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(cursor).get(text.start).ops().i32_le_u().br_if(1);
        e.code.ops().loop_(BlockType::Empty);
        e.code.advance(cursor, -1).get(cursor).get(text.start).ops().i32_gt_u();
        e.code.get(cursor).ops().i32_load8_u(memarg(0, 0)).i32_const(0xC0).i32_and().i32_const(0x80).i32_eq();
        e.code.ops().i32_and().br_if(0).end();
        c.push_number(e, cursor, &self.neighbours);
        e.code.tee(kind).i32(CASED.into()).ops().i32_eq();
        e.code.set(result).get(kind).i32(IGNORABLE.into()).ops().i32_eq().br_if(0).end().end();
        e.code.get(result).ops().if_(BlockType::Empty);
        e.code.get(at).i32(CAPITAL_SIGMA.len_utf8() as i32).ops().i32_add();
        e.code.set(cursor);
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(cursor).get(text.end).ops().i32_ge_u().br_if(1);
        c.push_number(e, cursor, &self.neighbours);
        e.code.tee(kind).i32(CASED.into()).ops().i32_ne();
        e.code.set(result).get(cursor).get(c.bytes).ops().i32_add();
        e.code.set(cursor).get(kind).i32(IGNORABLE.into()).ops().i32_eq().br_if(0).end().end();
        e.code.ops().end();
        e.code.get(result);
    }
}

fn neighbours(e: &mut Emit<'_>) -> CharTable {
    let runs = |set: &CharSet, number: u16| set.ranges().iter().map(move |(a, b)| (*a, *b, number)).collect::<Vec<_>>();
    CharTable::of_runs(e, [runs(unicode::cased(), CASED), runs(unicode::ignorable(), IGNORABLE)].concat(), 0)
}

/// Texts that characters become, each once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    known: HashMap<String, u16>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u16 {
        let next = FIRST + self.all.len() as u16;
        let number = *self.known.entry(text.to_owned()).or_insert(next);
        if number == next {
            self.all.push(text.to_owned());
        }
        number
    }

    /// Puts address and length of every text into the data; entries below [`FIRST`] are unused.
    fn place(&self, e: &mut Emit<'_>) -> u32 {
        let mut bytes = self.all.concat().into_bytes();
        bytes.extend([0; 8]);
        let mut at = e.data.intern(&bytes, 1);
        let mut entries = vec![0; usize::from(FIRST) * 8];
        for text in &self.all {
            entries.extend(at.to_le_bytes());
            entries.extend((text.len() as u32).to_le_bytes());
            at += text.len() as u32;
        }
        e.data.intern(&entries, 4)
    }
}
