//! A hash table of texts in the data: linear probing, at most half full, whole texts compared.

use crate::ops::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

use super::Span;

/// The FNV-1a hash of 32 bits: it goes on byte by byte, so that a longer term begins with the hash of a shorter one.
pub const FNV_OFFSET: u32 = 0x811C_9DC5;
const FNV_PRIME: u32 = 0x0100_0193;
/// Spreads a hash over the slots: 2^32 by the golden ratio.
const SPREAD: u32 = 0x9E37_79B1;
/// Bytes of a slot: the hash, and the position plus one; 0 marks an empty slot.
const SLOT_BYTES: usize = 8;

/// A table whose texts give their positions.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    slots: u32,
    /// Slots are 2 to the power of it.
    bits: u32,
    /// Where each text starts, and where the last one ends: addresses.
    starts: u32,
}

fn hash(text: &str) -> u32 {
    text.bytes().fold(FNV_OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(FNV_PRIME))
}

impl Table {
    /// A table of texts; of equal ones the first counts.
    pub fn new(e: &mut Emit<'_>, texts: &[String]) -> Self {
        let size = (texts.len() * 2).next_power_of_two().max(2);
        let bits = size.trailing_zeros();
        let mut bytes = texts.concat().into_bytes();
        // Words of eight bytes are compared.
        bytes.extend([0; 8]);
        let base = e.data.intern(&bytes, 8);
        let (mut slots, mut starts, mut at) = (vec![0u8; size * SLOT_BYTES], Vec::new(), base);
        for (position, text) in texts.iter().enumerate() {
            starts.extend(at.to_le_bytes());
            at += text.len() as u32;
            let hash = hash(text);
            let mut slot = (hash.wrapping_mul(SPREAD) >> (32 - bits)) as usize;
            while slots[slot * SLOT_BYTES + 4..][..4] != [0; 4] {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot * SLOT_BYTES..][..4].copy_from_slice(&hash.to_le_bytes());
            slots[slot * SLOT_BYTES + 4..][..4].copy_from_slice(&(position as u32 + 1).to_le_bytes());
        }
        starts.extend(at.to_le_bytes());
        Table { slots: e.data.intern(&slots, 64), bits, starts: e.data.intern(&starts, 4) }
    }

    /// Runs `found` with the position of a text, if the table has it.
    pub fn probe(&self, e: &mut Emit<'_>, text: Span, hash: Local, found: impl FnOnce(&mut Emit<'_>, Local)) {
        let [slot, position, known] = [(); 3].map(|()| e.code.local(ValType::I32));
        e.code.get(hash).i32(SPREAD as i32);
        e.code.ops().i32_mul().i32_const(32 - self.bits as i32).i32_shr_u().i32_const(3).i32_shl();
        e.code.set(slot);
        // block: not in the table, or done; loop: a slot a turn.
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(slot);
        e.code.ops().i32_load(memarg(self.slots + 4, 2));
        e.code.tee(position);
        e.code.ops().i32_eqz().br_if(1);
        // block: another text.
        e.code.ops().block(BlockType::Empty);
        e.code.get(slot);
        e.code.ops().i32_load(memarg(self.slots, 2));
        e.code.get(hash);
        e.code.ops().i32_ne().br_if(0);
        e.code.advance(position, -1);
        e.stored_offset(position, ElementType::U32);
        e.load(ElementType::U32, self.starts + 4);
        e.stored_offset(position, ElementType::U32);
        e.load(ElementType::U32, self.starts);
        e.code.tee(known).ops().i32_sub();
        e.code.get(text.end).get(text.start);
        e.code.ops().i32_sub().i32_ne().br_if(0);
        self.branch_unless_equal(e, text, known);
        found(e, position);
        e.code.ops().br(2).end();
        e.code.get(slot).i32(SLOT_BYTES as i32);
        e.code.ops().i32_add().i32_const(((1 << self.bits) - 1) * SLOT_BYTES as i32).i32_and();
        e.code.set(slot);
        e.code.ops().br(0).end().end();
    }

    /// Leaves the block around it unless the bytes at `known` are those of the text.
    fn branch_unless_equal(&self, e: &mut Emit<'_>, text: Span, known: Local) {
        let (at, rest) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        let difference = e.code.local(ValType::I64);
        e.code.get(text.start).set(at);
        // block: equal; loop: eight bytes a turn.
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(at).get(text.end);
        e.code.ops().i32_ge_u().br_if(1);
        e.code.get(at);
        e.code.ops().i64_load(memarg(0, 0));
        e.code.get(known);
        e.code.ops().i64_load(memarg(0, 0)).i64_xor();
        e.code.set(difference).get(text.end).get(at);
        e.code.ops().i32_sub();
        e.code.tee(rest).i32(8);
        e.code.ops().i32_lt_u().if_(BlockType::Empty);
        // Of the last word only the first bytes count.
        e.code.get(difference).i32(8).get(rest);
        e.code.ops().i32_sub().i32_const(3).i32_shl().i64_extend_i32_u().i64_shl();
        e.code.set(difference).ops().end();
        e.code.get(difference).ops().i64_eqz().i32_eqz().br_if(2);
        e.code.advance(at, 8).advance(known, 8);
        e.code.ops().br(0).end().end();
    }
}

/// Goes on with a hash over the bytes from `at` to before `end`; `at` ends there.
pub fn continue_hash(e: &mut Emit<'_>, hash: Local, at: Local, end: Local) {
    e.count_up(at, end, |e, at| {
        e.code.get(hash).get(at);
        e.code.ops().i32_load8_u(memarg(0, 0)).i32_xor().i32_const(FNV_PRIME as i32).i32_mul();
        e.code.set(hash);
    });
}
