//! Sums of one number per leaf over trees with one test a level: a group of trees at a time, so that a row's sum is read
//! and written once for all of them.
//!
//! The first pass takes all rows through each tree of the group, the last level first: the mean of the bits so far and
//! a level's result (all bits of it, or none), rounded up, moves the bits down and puts the result on top, in one
//! instruction. The last pass adds, row by row, the leaves of all trees of the group in their order; the group's leaves
//! were copied to a place that needs no address. Its loads bound it: so where a byte leaves room, a pass between them joins
//! the slots of two trees in a word, which is loaded for both.

use super::layout::Placed;
use super::oblivious::{self, LEVEL_BYTES};
use super::{Kernel, LeafTable, Walk};
use crate::ops::emit::{Emit, stack_type};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Trees of a group: what they read and write fits the nearest cache.
pub const GROUP: usize = 10;
/// The most levels: the leaves of a group then take a third of the nearest cache.
const MOST_LEVELS: u32 = 8;
/// Vectors of a step of the first pass, which share what their addresses cost.
const VECTORS: u32 = 8;
/// Rows of a step of the last pass: those of a vector of bytes.
const ROWS: u32 = 16;
/// Rows whose words fill a vector.
const HALF: u32 = ROWS / 2;

/// The levels of the trees, where they are walked so.
pub fn depth(walk: &Walk<'_>) -> Option<u32> {
    match walk.kernel {
        Kernel::Oblivious { depth } if depth <= MOST_LEVELS => Some(depth),
        _ => None,
    }
}

/// Trees that fill up the last group. What their leaves hold must change no sum: minus zero.
pub fn fillers(n_trees: usize) -> usize {
    n_trees.next_multiple_of(GROUP) - n_trees
}

/// Bytes of scratch for planes of `stride` rows.
pub fn scratch_bytes(stride: u32) -> u64 {
    let leaves = u64::from(ElementType::F64.bytes()) << MOST_LEVELS;
    GROUP as u64 * (u64::from(stride * ElementType::U16.bytes()) + leaves)
}

/// Adds, tree after tree, the leaves of all rows to the sums in the plane at `sums`. The table holds the slots of the
/// trees and of the [`fillers`].
pub fn emit(walk: &Walk<'_>, e: &mut Emit<'_>, placed: &Placed, depth: u32, table: LeafTable, sums: u32) {
    let n_groups = walk.trees.trees.len().div_ceil(GROUP) as u32;
    let leaves_bytes = (GROUP as u32 * table.slot_bytes) << depth;
    let group = Group {
        walk,
        depth,
        tree_bytes: depth * LEVEL_BYTES,
        element: if table.slot_bytes == ElementType::F32.bytes() { ElementType::F32 } else { ElementType::F64 },
        slots: e.scratch,
        leaves: e.scratch + GROUP as u32 * e.stride * ElementType::U16.bytes(),
    };
    let (levels, leaves) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    e.code.i32(placed.complete as i32).set(levels).i32(table.address as i32).set(leaves);
    e.code.ops().loop_(BlockType::Empty);
    group.emit_slots(e, levels);
    e.code.i32(group.leaves as i32).get(leaves).i32(leaves_bytes as i32);
    e.code.ops().memory_copy(0, 0);
    if group.has_words() {
        group.emit_words(e);
    }
    group.emit_sums(e, sums);
    let end = table.address + n_groups * leaves_bytes;
    e.code.advance(leaves, leaves_bytes as i32).get(leaves).i32(end as i32);
    e.code.ops().i32_lt_u().br_if(0).end();
}

/// What the code for a group knows of it.
struct Group<'a> {
    walk: &'a Walk<'a>,
    depth: u32,
    tree_bytes: u32,
    element: ElementType,
    /// A plane of slots for each tree.
    slots: u32,
    /// The leaves of the group.
    leaves: u32,
}

impl Group<'_> {
    /// Emits the slots of all rows in the trees of a group, whose records `levels` moves past.
    fn emit_slots(&self, e: &mut Emit<'_>, levels: Local) {
        let element = self.element_of_slots();
        let plane_bytes = (e.stride * element.bytes()) as i32;
        let plane = e.code.local(ValType::I32);
        e.code.i32(0).set(plane);
        e.code.ops().loop_(BlockType::Empty);
        let loaded = oblivious::load_levels(e, element, self.depth, levels);
        let (offset, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        let rows = e.rows();
        e.code.i32(0).set(offset);
        for vectors in [VECTORS, 2] {
            let bytes = 16 * vectors as i32;
            e.code.get(rows).i32(element.bytes().trailing_zeros() as i32);
            e.code.ops().i32_shl();
            if vectors == VECTORS {
                e.code.i32(-bytes).ops().i32_and();
            }
            e.code.set(end).get(offset).get(end);
            e.code.ops().i32_lt_s().if_(BlockType::Empty).loop_(BlockType::Empty);
            self.emit_step(e, &loaded, (plane, offset), vectors);
            e.code.advance(offset, bytes).get(offset).get(end);
            e.code.ops().i32_lt_s().br_if(0).end().end();
        }
        e.code.advance(levels, self.tree_bytes as i32).advance(plane, plane_bytes);
        e.code.get(plane).i32(GROUP as i32 * plane_bytes);
        e.code.ops().i32_lt_u().br_if(0).end();
    }

    /// Emits the slots of some vectors of rows, `offset` bytes from the start of the planes.
    fn emit_step(&self, e: &mut Emit<'_>, levels: &[(Local, Local)], (plane, offset): (Local, Local), vectors: u32) {
        let mut at_offset = |plane: Local| {
            let at = e.code.local(ValType::I32);
            e.code.get(plane).get(offset).ops().i32_add();
            e.code.set(at);
            at
        };
        let to = at_offset(plane);
        let levels: Vec<(Local, Local)> = levels.iter().map(|(plane, rank)| (at_offset(*plane), *rank)).collect();
        for i in 0..vectors {
            let bits = self.bits(e, &levels, 16 * i);
            e.code.get(to).get(bits);
            e.code.ops().v128_store(memarg(self.slots + 16 * i, 0));
        }
    }

    /// As wide as the ranks.
    fn element_of_slots(&self) -> ElementType {
        self.walk.ranks.ty.element
    }

    /// The slots of a vector of rows in the highest bits of their lanes.
    fn bits(&self, e: &mut Emit<'_>, levels: &[(Local, Local)], at: u32) -> Local {
        let ranks = self.walk.ranks;
        let bits = e.code.local(ValType::V128);
        e.code.ops().v128_const(0);
        for (plane, rank) in levels.iter().rev() {
            oblivious::push_not_passed(e, ranks.ty.element, *rank, *plane, ranks.address + at);
            match ranks.ty.element {
                ElementType::U8 => e.code.ops().i8x16_avgr_u(),
                _ => e.code.ops().i16x8_avgr_u(),
            };
        }
        e.code.set(bits);
        bits
    }

    /// Bits of the offset of a leaf in its tree.
    fn offset_bits(&self) -> u32 {
        self.element.bytes().trailing_zeros() + self.depth
    }

    /// Bits of the offset of a tree's leaf that reach below its byte, the higher one of a word: there the lower one is 0.
    fn free_bits(&self) -> u32 {
        self.offset_bits().saturating_sub(u8::BITS)
    }

    /// Whether two slots fit a word so that a shift yields the offset of the second's leaf.
    fn has_words(&self) -> bool {
        self.element_of_slots() == ElementType::U8 && self.depth + self.free_bits() <= u8::BITS
    }

    /// Joins the slots of each two trees: the planes of both become words of the first and the last rows of every step.
    fn emit_words(&self, e: &mut Emit<'_>) {
        let zero = e.code.local(ValType::I32);
        e.code.i32(0).set(zero);
        e.for_each_row(ROWS as i32, |e, row| {
            let at = e.row_address(zero, row, ElementType::U8);
            for first in (0..GROUP as u32).step_by(2) {
                let planes = [first, first + 1].map(|tree| self.slots + tree * e.stride);
                let slots = planes.map(|plane| {
                    let slots = e.code.local(ValType::V128);
                    e.code.get(at).ops().v128_load(memarg(plane, 0));
                    e.code.set(slots);
                    slots
                });
                if self.free_bits() > 0 {
                    // The lowest bits of a byte are 0: none comes from its neighbour.
                    e.code.get(slots[0]).i32(self.free_bits() as i32).ops().i16x8_shr_u();
                    e.code.set(slots[0]);
                }
                for (half, plane) in planes.into_iter().enumerate() {
                    e.code.get(at).get(slots[0]).get(slots[1]);
                    let byte = |i: usize| half as u8 * HALF as u8 + i as u8 / 2 + 16 * (i as u8 % 2);
                    e.code.ops().i8x16_shuffle(std::array::from_fn(byte)).v128_store(memarg(plane, 0));
                }
            }
        });
    }

    /// Pushes the offset of the leaf that the `row` of a step reaches in a tree. `word` keeps what two trees share.
    fn push_offset(&self, e: &mut Emit<'_>, (slots, word): (Local, Local), tree: u32, row: u32) {
        let slot = self.element_of_slots();
        if !self.has_words() {
            e.code.get(slots);
            e.load(slot, self.slots + (tree * e.stride + row) * slot.bytes());
            return shift(e, self.offset_bits() as i32 - 8 * slot.bytes() as i32);
        }
        if !tree.is_multiple_of(2) {
            e.code.get(word);
            return shift(e, self.offset_bits() as i32 - u16::BITS as i32);
        }
        let plane = tree + row / HALF;
        e.code.get(slots);
        e.load(ElementType::U16, self.slots + plane * e.stride + row % HALF * 2);
        e.code.tee(word);
        shift(e, (self.offset_bits() + self.free_bits()) as i32 - u8::BITS as i32);
        let ones = (1 << self.depth) - 1;
        e.code.i32(ones << self.element.bytes().trailing_zeros()).ops().i32_and();
    }

    /// Emits the additions of a group's leaves.
    fn emit_sums(&self, e: &mut Emit<'_>, sums: u32) {
        let (element, zero) = (self.element, e.code.local(ValType::I32));
        e.code.i32(0).set(zero);
        e.for_each_row(ROWS as i32, |e, row| {
            let slots = e.row_address(zero, row, self.element_of_slots());
            let target = e.row_address(zero, row, element);
            let (sum, word) = (e.code.local(stack_type(element)), e.code.local(ValType::I32));
            for i in 0..ROWS {
                e.code.get(target);
                e.load(element, sums + i * element.bytes());
                e.code.set(sum);
                for tree in 0..GROUP as u32 {
                    e.code.get(sum);
                    self.push_offset(e, (slots, word), tree, i);
                    e.load(element, self.leaves + ((tree * element.bytes()) << self.depth));
                    match element {
                        ElementType::F32 => e.code.ops().f32_add(),
                        _ => e.code.ops().f64_add(),
                    };
                    e.code.set(sum);
                }
                e.code.get(target).get(sum);
                e.store(element, sums + i * element.bytes());
            }
        });
    }
}

/// Shifts the bits on the stack up, or down where that is negative.
fn shift(e: &mut Emit<'_>, bits: i32) {
    match bits {
        0 => {}
        1.. => {
            e.code.i32(bits).ops().i32_shl();
        }
        _ => {
            e.code.i32(-bits).ops().i32_shr_u();
        }
    }
}
