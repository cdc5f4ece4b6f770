//! Trees whose nodes on a level are all the same test: each level is one bit of the leaf's number, for all rows at once.
//!
//! From the root down the number so far is doubled, and 1 added where the level is passed: four instructions for a level
//! of 16 rows, whatever the number of leaves.

use crate::ops::emit::{Emit, Place};
use crate::ops::rank_trees::{Child, RankTree};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Bytes of a level's record: where its plane lies among the rank planes, and the highest rank that does not pass it, as
/// stored and with its sign.
const LEVEL_BYTES: u32 = 8;
/// Vectors per step of rows.
const VECTORS: u32 = 2;

/// The most levels whose leaves' numbers fill a rank's type.
pub fn most_levels(ranks: ElementType) -> u32 {
    8 * ranks.bytes()
}

/// The test of each level from the root down (column and rank), if the tree is complete and has but one on a level.
pub fn levels(tree: &RankTree) -> Option<Vec<(u32, u32)>> {
    let depth = tree.depth;
    if depth >= u32::BITS || tree.nodes.len() as u64 + 1 != 1 << depth {
        return None;
    }
    let mut levels: Vec<(u32, u32)> = Vec::new();
    // (node, its level, the first leaf below it)
    let mut pending = if depth == 0 { Vec::new() } else { vec![(0, 0, 0)] };
    while let Some((index, level, first_leaf)) = pending.pop() {
        let node = tree.nodes.get(index as usize)?;
        match levels.get(level as usize) {
            None => levels.push((node.column, node.rank)),
            Some(known) if *known == (node.column, node.rank) => {}
            Some(_) => return None,
        }
        // Leaves below each child.
        let half = 1 << (depth - level - 1);
        let children = [(node.left, first_leaf), (node.right, first_leaf + half)];
        for (child, leaf) in children.into_iter().rev() {
            match child {
                Child::Leaf(found) if half == 1 && found == leaf => {}
                Child::Node(next) if half > 1 => pending.push((next, level + 1, leaf)),
                _ => return None,
            }
        }
    }
    Some(levels)
}

/// The records of a tree, filled up at the root with levels that nothing passes.
pub fn records(tree: &RankTree, depth: u32, ranks: &Place, stride: u32) -> Vec<u8> {
    let (highest, bias) = if ranks.ty.element == ElementType::U8 { (0xFF, 0x80) } else { (0xFFFF, 0x8000) };
    let own = levels(tree).unwrap_or_default();
    let nothing = std::iter::repeat_n((0, highest), (depth as usize).saturating_sub(own.len()));
    let plane = ranks.plane_bytes(stride);
    let words = nothing.chain(own).flat_map(|(column, rank)| [column * plane, rank.min(highest).wrapping_sub(bias)]);
    words.flat_map(u32::to_le_bytes).collect()
}

/// Emits the numbers of the leaves for all rows, from the records at `levels`, into the plane at the start of the scratch.
pub fn emit(e: &mut Emit<'_>, ranks: &Place, depth: u32, levels: Local) {
    let (element, target) = (ranks.ty.element, e.scratch);
    let load_level = |e: &mut Emit<'_>, level: u32| {
        let (plane, rank) = (e.code.local(ValType::I32), e.code.local(ValType::V128));
        e.code.get(levels);
        e.load(ElementType::U32, level * LEVEL_BYTES);
        e.code.set(plane).get(levels);
        e.load(ElementType::U32, level * LEVEL_BYTES + 4);
        match element {
            ElementType::U8 => e.code.ops().i8x16_splat(),
            _ => e.code.ops().i16x8_splat(),
        };
        e.code.set(rank);
        (plane, rank)
    };
    let levels: Vec<(Local, Local)> = (0..depth).map(|level| load_level(e, level)).collect();
    let offset = e.code.local(ValType::I32);
    let end = e.code.local(ValType::I32);
    let rows = e.rows();
    e.code.get(rows).i32(element.bytes().trailing_zeros() as i32);
    e.code.ops().i32_shl();
    e.code.set(end).i32(0).set(offset);
    let numbers: Vec<Local> = (0..VECTORS).map(|_| e.code.local(ValType::V128)).collect();
    e.code.ops().loop_(BlockType::Empty);
    for number in &numbers {
        e.code.ops().v128_const(0);
        e.code.set(*number);
    }
    for (plane, rank) in &levels {
        let from = e.code.local(ValType::I32);
        e.code.get(*plane).get(offset);
        e.code.ops().i32_add();
        e.code.set(from);
        for (number, at) in numbers.iter().zip((0..).step_by(16)) {
            e.code.get(*number).get(*number);
            add(e, element);
            e.code.get(from).ops().v128_load(memarg(ranks.address + at, 0));
            e.code.get(*rank);
            // All bits of a lane that passes: minus 1.
            match element {
                ElementType::U8 => e.code.ops().i8x16_gt_s().i8x16_sub(),
                _ => e.code.ops().i16x8_gt_s().i16x8_sub(),
            };
            e.code.set(*number);
        }
    }
    for (number, at) in numbers.iter().zip((0..).step_by(16)) {
        e.code.get(offset).get(*number).ops().v128_store(memarg(target + at, 0));
    }
    e.code.advance(offset, 16 * VECTORS as i32).get(offset).get(end);
    e.code.ops().i32_lt_s().br_if(0).end();
}

fn add(e: &mut Emit<'_>, element: ElementType) {
    match element {
        ElementType::U8 => e.code.ops().i8x16_add(),
        _ => e.code.ops().i16x8_add(),
    };
}

/// Emits the numbers of the leaves of one row in as many trees as there are `slots`: their records lie `tree_bytes` apart
/// from `records + start` on. `ranks` is the address of the row in the first plane.
pub fn descend(
    e: &mut Emit<'_>,
    element: ElementType,
    depth: u32,
    (records, tree_bytes): (u32, u32),
    (start, ranks): (Local, Local),
    slots: &[Local],
) {
    for slot in slots {
        e.code.i32(0).set(*slot);
    }
    let level = e.code.local(ValType::I32);
    let end = e.code.local(ValType::I32);
    e.code.get(start).tee(level).i32((depth * LEVEL_BYTES) as i32);
    e.code.ops().i32_add();
    e.code.set(end);
    e.code.ops().loop_(BlockType::Empty);
    for (slot, record) in slots.iter().zip((records..).step_by(tree_bytes.max(1) as usize)) {
        e.code.get(*slot).i32(1);
        e.code.ops().i32_shl();
        // The sign of the difference: a comparison in arithmetic would tie the trees to one another.
        e.code.get(level);
        e.load(ElementType::U32, record + 4);
        e.code.get(ranks).get(level);
        e.load(ElementType::U32, record);
        e.code.ops().i32_add();
        match element {
            ElementType::U8 => e.code.ops().i32_load8_s(memarg(0, 0)),
            _ => e.code.ops().i32_load16_s(memarg(0, 0)),
        };
        e.code.ops().i32_sub().i32_const(31).i32_shr_u().i32_or();
        e.code.set(*slot);
    }
    e.code.advance(level, LEVEL_BYTES as i32).get(level).get(end);
    e.code.ops().i32_lt_u().br_if(0).end();
}
