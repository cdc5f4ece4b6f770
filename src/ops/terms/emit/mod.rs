//! The function of `terms`: row by row, the text is normalised and split, its terms looked up and counted.
//!
//! Nothing is allocated: units lie side by side in scratch memory, so that a term of any size is one stretch of bytes.
//! Counts are a number per column and two levels of bits that say which columns the row met; walking the bits gives the
//! columns in order and clears them for the next row.

mod characters;
mod chars;
mod count;
mod decode;
mod lookup;
mod normalise;
mod terms;
mod tokens;

use super::{TermColumns, Terms, Units};
use crate::ops::emit::{Emit, Place};
use crate::ops::text_lookup::load_text;
use crate::wasm::Local;
use characters::CharTable;
use count::Counts;
use wasm_encoder::ValType;

/// Vectors may reach behind what is meant.
const SLACK: u64 = 32;

/// Where the scratch memory of the operator lies, from its start, and how large its parts are.
#[derive(Debug, Clone, Copy)]
pub struct Scratch {
    /// The normalised text of a row.
    normalised: u64,
    /// The units of a row, or of a word.
    units: u64,
    /// Where each unit starts, and where the one after the last would: i32.
    starts: u64,
    /// A count per column: i32.
    counts: u64,
    /// A bit per column.
    touched: u64,
    /// A bit per 64 columns.
    groups: u64,
    /// One past the last byte.
    pub end: u64,
    /// The most characters of a normalised text, of all rows of a block too.
    chars: u64,
    /// How many characters a unit has at least.
    unit_chars: u64,
    /// Whether words are padded by spaces.
    padded: bool,
}

impl Scratch {
    /// The layout for a block of that many bytes of text.
    pub fn new(terms: &Terms, text_bytes: u64) -> Self {
        let images = (!terms.normalise.is_none()).then(|| terms.normalise.images());
        let ((after, before), chars_per_byte) =
            images.map_or(((1, 1), 1), |images| (images.growth, images.chars_per_byte));
        let chars = text_bytes.saturating_mul(chars_per_byte);
        let text_bytes = text_bytes.saturating_mul(after).div_ceil(before);
        let (unit_chars, padded) = match &terms.units {
            Units::Tokens { pattern, .. } => (pattern.least_chars, false),
            Units::Chars => (1, false),
            Units::CharsOfWords => (1, true),
        };
        let mut end = 0u64;
        let mut take = |bytes: u64| {
            let start = end;
            end = end.saturating_add(bytes).saturating_add(SLACK).next_multiple_of(64);
            start
        };
        let units = chars / unit_chars + 3;
        let columns = terms.columns.width() as u64;
        let normalised = take(if terms.normalise.is_none() { 0 } else { text_bytes });
        let units_at = take(text_bytes.saturating_add(units));
        let starts = take(units.saturating_mul(4));
        let counts = take(columns * 4);
        let touched = take(columns.div_ceil(64) * 8);
        let groups = take(columns.div_ceil(64 * 64) * 8);
        Scratch { normalised, units: units_at, starts, counts, touched, groups, end, chars, unit_chars, padded }
    }

    /// The most units of all rows of a block of `stride` rows.
    pub fn most_units(&self, stride: u32) -> u64 {
        match self.padded {
            // A word of one character and the space that ends it make three units, the last word of a row one more.
            true => self.chars.saturating_mul(2).saturating_add(u64::from(stride)),
            false => self.chars / self.unit_chars,
        }
    }

    fn at(&self, e: &Emit<'_>, part: u64) -> u32 {
        e.scratch + part as u32
    }
}

/// A stretch of text: the addresses of its first byte and of the one after its last.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: Local,
    end: Local,
}

/// Emits the whole function.
pub fn emit(terms: &Terms, e: &mut Emit<'_>, input: &Place, output: &Place) {
    let (Some(text), Some(_)) = (input.text, output.sparse) else { return };
    let scratch = Scratch::new(terms, u64::from(text.capacity));
    let units = UnitsPlace { bytes: scratch.at(e, scratch.units), starts: scratch.at(e, scratch.starts) };
    let counts = Counts::new(e, terms, &scratch);
    let columns = match &terms.columns {
        TermColumns::Vocabulary(known) => terms::Columns::Vocabulary(lookup::Table::new(e, known)),
        TermColumns::Hashed { n_columns, alternate_sign } => {
            terms::Columns::Hashed { n_columns: *n_columns, alternate_sign: *alternate_sign }
        }
    };
    let normaliser = (!terms.normalise.is_none()).then(|| normalise::Normaliser::new(e, &terms.normalise));
    let normalised = scratch.at(e, scratch.normalised);
    let splitter = Splitter::new(e, &terms.units);
    let sizes = terms::Sizes { least: terms.least, most: terms.most };
    counts.clear(e);
    e.begin_stored(output);
    let written = e.code.local(ValType::I32);
    e.code.i32(0).set(written);
    let offsets = e.code.local(ValType::I32);
    e.code.i32(input.address as i32).set(offsets);
    e.for_each_row(1, |e, row| {
        let (start, length) = load_text(e, offsets, row, text.bytes);
        let end = e.code.local(ValType::I32);
        e.code.get(start).get(length);
        e.code.ops().i32_add();
        e.code.set(end);
        let mut span = Span { start, end };
        if let Some(normaliser) = &normaliser {
            span = normaliser.emit(e, span, normalised);
        }
        let gap = u32::from(matches!(splitter, Splitter::Tokens(_)));
        let run = terms::Run { units, gap, sizes, counts_short: false };
        match &splitter {
            Splitter::Tokens(tokens) => {
                let count = tokens.emit(e, span, units);
                run.emit(e, count, &columns, &counts);
            }
            Splitter::Chars(space) => {
                let count = chars::collapsed(e, span, units, space);
                run.emit(e, count, &columns, &counts);
            }
            Splitter::CharsOfWords(space) => chars::for_each_word(e, span, units, space, |e, count| {
                terms::Run { counts_short: true, ..run }.emit(e, count, &columns, &counts);
            }),
        }
        counts.flush(e, output, written);
        e.end_stored_row(output, row, written);
    });
}

/// How a text is split, with its tables.
enum Splitter {
    Tokens(tokens::Tokens),
    Chars(CharTable),
    CharsOfWords(CharTable),
}

impl Splitter {
    fn new(e: &mut Emit<'_>, units: &Units) -> Self {
        match units {
            Units::Tokens { pattern, before, after, stop_words } => {
                Splitter::Tokens(tokens::Tokens::new(e, pattern, [*before, *after], stop_words))
            }
            Units::Chars => Splitter::Chars(chars::spaces(e)),
            Units::CharsOfWords => Splitter::CharsOfWords(chars::spaces(e)),
        }
    }
}

/// Where units lie in scratch memory.
#[derive(Debug, Clone, Copy)]
struct UnitsPlace {
    /// Their bytes, one after the other.
    bytes: u32,
    /// Where each starts, as an address.
    starts: u32,
}

impl UnitsPlace {
    /// Writes the start of unit `count`.
    fn put_start(self, e: &mut Emit<'_>, count: Local, address: Local) {
        e.code.get(count).i32(2);
        e.code.ops().i32_shl();
        e.code.get(address);
        e.code.ops().i32_store(crate::wasm::memarg(self.starts, 2));
    }
}
