//! `integer_lookup`: the position of an integer in a list, through a hash table in the data.

use std::collections::HashMap;

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Looks a column of integers up in a list.
#[derive(Debug, Clone)]
pub struct IntegerLookup {
    /// The integers; each gives its position, the first of equals.
    pub keys: Vec<i64>,
    /// What any other integer gives.
    pub unknown: i64,
}

/// Bytes of a table slot: the key, its position plus one (0 marks an empty slot).
const SLOT_BYTES: usize = 16;
/// Spreads a key over the slots: 2^64 by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl IntegerLookup {
    /// The slots of an open-addressing table with linear probing, at most half full: their address and the bits of
    /// their number.
    fn table(&self, e: &mut Emit<'_>) -> (u32, u32) {
        let size = (self.keys.len() * 2).next_power_of_two().max(2);
        let bits = size.trailing_zeros();
        let mut slots = vec![0u8; size * SLOT_BYTES];
        let mut known = HashMap::new();
        for (position, key) in self.keys.iter().enumerate() {
            if known.insert(key, ()).is_some() {
                continue;
            }
            let mut slot = (key.cast_unsigned().wrapping_mul(SPREAD) >> (64 - bits)) as usize;
            while slots[slot * SLOT_BYTES + 8..][..4] != [0; 4] {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot * SLOT_BYTES..][..8].copy_from_slice(&key.to_le_bytes());
            slots[slot * SLOT_BYTES + 8..][..4].copy_from_slice(&(position as u32 + 1).to_le_bytes());
        }
        (e.data.intern(&slots, 16), bits)
    }
}

impl Operator for IntegerLookup {
    fn name(&self) -> &'static str {
        "integer_lookup"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("integer_lookup", inputs, 1)?;
        if inputs[0].element != ElementType::I64 || inputs[0].width != 1 || !inputs[0].per_row {
            return Err(bad_operand("integer_lookup", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(inputs[0])
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let mut positions = HashMap::new();
        for (position, key) in self.keys.iter().enumerate() {
            positions.entry(*key).or_insert(position as i64);
        }
        let find = |x: &i64| positions.get(x).copied().unwrap_or(self.unknown);
        let found = match &inputs[0].data {
            Data::I64(items) => items.iter().map(find).collect(),
            _ => Vec::new(),
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::I64(found)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let (table, bits) = self.table(e);
        e.for_each_plane(1, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let (key, found) = (e.code.local(ValType::I64), e.code.local(ValType::I64));
                let source = e.row_address(pointers[0], row, ElementType::I64);
                let target = e.row_address(pointers[1], row, ElementType::I64);
                e.code.get(source);
                e.load(ElementType::I64, 0);
                e.code.set(key).ops().i64_const(self.unknown);
                e.code.set(found);
                probe(e, key, found, table, bits);
                e.code.get(target).get(found);
                e.store(ElementType::I64, 0);
            });
        });
    }
}

/// Sets `found` to the position of the key, if the table has it.
fn probe(e: &mut Emit<'_>, key: Local, found: Local, table: u32, bits: u32) {
    let code = &mut e.code;
    let (slot, position) = (code.local(ValType::I32), code.local(ValType::I32));
    code.get(key).ops().i64_const(SPREAD.cast_signed()).i64_mul().i64_const(i64::from(64 - bits)).i64_shr_u();
    code.ops().i32_wrap_i64().i32_const(4).i32_shl();
    code.set(slot);
    // block: done; loop: one slot a turn.
    code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    code.get(slot);
    code.ops().i32_load(memarg(table + 8, 2));
    code.tee(position);
    code.ops().i32_eqz().br_if(1);
    code.get(slot);
    code.ops().i64_load(memarg(table, 3));
    code.get(key);
    code.ops().i64_eq().if_(BlockType::Empty);
    code.get(position).i32(1);
    code.ops().i32_sub().i64_extend_i32_u();
    code.set(found);
    code.ops().br(2).end();
    code.get(slot).i32(SLOT_BYTES as i32);
    code.ops().i32_add().i32_const(((1 << bits) - 1) * SLOT_BYTES as i32).i32_and();
    code.set(slot);
    code.ops().br(0).end().end();
}

/// Lists of several lengths, with repeats and extremes, against integers inside and outside.
pub fn examples() -> Vec<Example> {
    let values: Vec<i64> = [0, 1, -1, i64::MAX, i64::MIN, 7, 1 << 40, 7, -(1 << 40)]
        .into_iter()
        .chain((0..60).map(|i: i64| i.wrapping_mul(0x4906_BA49_4954_CB65)))
        .collect();
    [0, 1, 4, 9, values.len()]
        .into_iter()
        .map(|count| Example {
            op: IntegerLookup { keys: values[..count].to_vec(), unknown: -1 }.into(),
            inputs: vec![ExampleInput {
                matrix: Matrix::new(values.len(), 1, Data::I64(values.clone())),
                per_row: true,
            }],
        })
        .collect()
}
