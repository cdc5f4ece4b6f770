//! `text_lookup`: the position of a text in a vocabulary, byte for byte, through a hash table in the data.

use std::collections::HashMap;

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Looks a text column up in a vocabulary.
#[derive(Debug, Clone)]
pub struct TextLookup {
    /// The texts; each gives its position, the first of equals.
    pub entries: Vec<String>,
    /// What a missing text gives.
    pub missing: i64,
    /// What any other text gives.
    pub unknown: i64,
}

/// The FNV-1a hash of 32 bits: short keys, few collisions, two instructions a byte.
const FNV_OFFSET: u32 = 0x811C_9DC5;
const FNV_PRIME: u32 = 0x0100_0193;

fn hash(text: &str) -> u32 {
    text.bytes().fold(FNV_OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(FNV_PRIME))
}

/// Bytes of a table slot: address of the text, its length, its position plus one (0 marks an empty slot), its hash.
const SLOT_BYTES: usize = 16;

impl TextLookup {
    /// The slots of an open-addressing table with linear probing, at most half full.
    fn table(&self, e: &mut Emit<'_>) -> (u32, u32) {
        let size = (self.entries.len() * 2).next_power_of_two().max(2);
        let mut slots = vec![0u8; size * SLOT_BYTES];
        let texts = e.data.intern(self.entries.concat().as_bytes(), 1);
        let mut offset = 0u32;
        let mut known = HashMap::new();
        for (position, entry) in self.entries.iter().enumerate() {
            if known.insert(entry, ()).is_none() {
                let hash = hash(entry);
                let mut slot = hash as usize & (size - 1);
                while slots[slot * SLOT_BYTES + 8..slot * SLOT_BYTES + 12] != [0; 4] {
                    slot = (slot + 1) & (size - 1);
                }
                let words = [texts + offset, entry.len() as u32, position as u32 + 1, hash];
                for (i, word) in words.iter().enumerate() {
                    slots[slot * SLOT_BYTES + 4 * i..][..4].copy_from_slice(&word.to_le_bytes());
                }
            }
            offset += entry.len() as u32;
        }
        (e.data.intern(&slots, 16), (size - 1) as u32)
    }
}

impl Operator for TextLookup {
    fn name(&self) -> &'static str {
        "text_lookup"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("text_lookup", inputs, 1)?;
        if inputs[0].element != ElementType::Text || inputs[0].width != 1 {
            return Err(bad_operand("text_lookup", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { element: ElementType::I64, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let mut positions = HashMap::new();
        for (position, entry) in self.entries.iter().enumerate() {
            positions.entry(entry.as_str()).or_insert(position as i64);
        }
        let find = |text: &Option<String>| match text {
            None => self.missing,
            Some(text) => positions.get(text.as_str()).copied().unwrap_or(self.unknown),
        };
        let found = match &inputs[0].data {
            Data::Text(items) => items.iter().map(find).collect(),
            _ => Vec::new(),
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::I64(found)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let Some(text) = inputs[0].text else { return };
        // Where no text is known, whether one is there is all that counts.
        let known = (!self.entries.is_empty()).then(|| self.table(e));
        e.for_each_plane(1, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let found = e.code.local(ValType::I64);
                e.code.ops().i64_const(self.unknown);
                e.code.set(found);
                if let Some((table, mask)) = known {
                    let (start, length) = load_text(e, pointers[0], row, text.bytes);
                    probe(e, start, length, found, table, mask);
                }
                let target = e.row_address(pointers[1], row, ElementType::I64);
                e.code.get(target).get(found).ops().i64_const(self.missing);
                push_is_present(e, row, text.validity);
                e.code.ops().select();
                e.store(ElementType::I64, 0);
            });
        });
    }
}

/// Locals holding the address and length of the text in `row`.
pub(super) fn load_text(e: &mut Emit<'_>, offsets: Local, row: Local, bytes: u32) -> (Local, Local) {
    let (start, length) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    let offset = e.row_address(offsets, row, ElementType::Text);
    e.code.get(offset);
    e.load(ElementType::Text, 4);
    e.code.get(offset);
    e.load(ElementType::Text, 0);
    e.code.tee(start);
    e.code.ops().i32_sub();
    e.code.set(length).get(start).i32(bytes as i32);
    e.code.ops().i32_add();
    e.code.set(start);
    (start, length)
}

/// Pushes 1 where the row's validity bit is set, else 0.
pub(super) fn push_is_present(e: &mut Emit<'_>, row: Local, validity: u32) {
    e.code.get(row).i32(3);
    e.code.ops().i32_shr_u().i32_load8_u(memarg(validity, 0));
    e.code.get(row).i32(7);
    e.code.ops().i32_and().i32_shr_u().i32_const(1).i32_and();
}

/// Sets `found` to the position of the text, if the table has it.
fn probe(e: &mut Emit<'_>, start: Local, length: Local, found: Local, table: u32, mask: u32) {
    let code = &mut e.code;
    let (hash, cursor, end) = (code.local(ValType::I32), code.local(ValType::I32), code.local(ValType::I32));
    code.get(start).tee(cursor).get(length);
    code.ops().i32_add();
    code.set(end).i32(FNV_OFFSET as i32).set(hash);
    code.continue_count(cursor, Bound::Local(end), 1, |code| {
        code.get(hash).get(cursor);
        code.ops().i32_load8_u(memarg(0, 0)).i32_xor().i32_const(FNV_PRIME as i32).i32_mul();
        code.set(hash);
    });
    let (slot, entry, i) = (code.local(ValType::I32), code.local(ValType::I32), code.local(ValType::I32));
    code.get(hash).i32(mask as i32);
    code.ops().i32_and();
    code.set(slot);
    // block: done; loop: one slot a turn.
    code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    code.get(slot).i32(4);
    code.ops().i32_shl().i32_const(table as i32).i32_add();
    code.tee(entry);
    code.ops().i32_load(memarg(8, 2)).i32_eqz().br_if(1);
    // block: this slot holds another text.
    code.ops().block(BlockType::Empty);
    code.get(entry);
    code.ops().i32_load(memarg(12, 2));
    code.get(hash);
    code.ops().i32_ne().br_if(0);
    code.get(entry);
    code.ops().i32_load(memarg(4, 2));
    code.get(length);
    code.ops().i32_ne().br_if(0);
    code.i32(0).set(i);
    code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    code.get(i).get(length);
    code.ops().i32_ge_u().br_if(1);
    code.get(start).get(i);
    code.ops().i32_add().i32_load8_u(memarg(0, 0));
    code.get(entry);
    code.ops().i32_load(memarg(0, 2));
    code.get(i);
    code.ops().i32_add().i32_load8_u(memarg(0, 0)).i32_ne().br_if(2);
    code.advance(i, 1);
    code.ops().br(0).end().end();
    code.get(entry);
    code.ops().i32_load(memarg(8, 2)).i32_const(1).i32_sub().i64_extend_i32_u();
    code.set(found);
    code.ops().br(2).end();
    code.advance(slot, 1).get(slot).i32(mask as i32);
    code.ops().i32_and();
    code.set(slot);
    code.ops().br(0).end().end();
}

/// Empty, missing, non-ASCII, repeated and colliding texts against vocabularies of several sizes.
pub fn examples() -> Vec<Example> {
    let words = ["", "a", "b", "ab", "ba", "größe", "日本", "a", "blue", "red", "green", "blue ", "Blue"];
    let values: Vec<Option<String>> = words
        .iter()
        .map(|word| Some((*word).to_owned()))
        .chain([None, Some("unknown".into()), Some("x".repeat(1000)), None, Some("日".into())])
        .chain((0..100).map(|i| Some(format!("w{i}"))))
        .collect();
    [0, 1, 5, words.len()]
        .into_iter()
        .map(|count| words[..count].iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
        .chain([(0..97).map(|i| format!("w{i}")).collect()])
        .map(|entries| Example {
            op: TextLookup { entries, missing: -2, unknown: -1 }.into(),
            inputs: vec![ExampleInput {
                matrix: Matrix::new(values.len(), 1, Data::Text(values.clone())),
                per_row: true,
            }],
        })
        .collect()
}
