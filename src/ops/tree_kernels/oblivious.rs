//! Trees whose nodes on a level are all the same test: each level is one bit of the slot, for all rows at once.
//!
//! A bit is 1 where the level is not passed: so a comparison has the rank that is loaded as its second operand, which
//! costs no instruction of its own, and slots count the leaves from the last to the first.

use crate::ops::emit::{Emit, Place};
use crate::ops::rank_trees::{Child, RankTree};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Bytes of a level's record: where its plane lies among the rank planes, and the lowest rank that passes it, as stored
/// and with its sign.
pub const LEVEL_BYTES: u32 = 8;
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

/// The highest rank of the type, which no rank is above.
fn highest(ranks: ElementType) -> u32 {
    if ranks == ElementType::U8 { 0xFF } else { 0xFFFF }
}

/// The levels of a tree, filled up at the root with levels that nothing passes.
fn filled(tree: &RankTree, depth: u32, ranks: ElementType) -> impl Iterator<Item = (u32, u32)> {
    let own = levels(tree).unwrap_or_default();
    std::iter::repeat_n((0, highest(ranks)), (depth as usize).saturating_sub(own.len())).chain(own)
}

/// The records of a tree, filled up at the root.
pub fn records(tree: &RankTree, depth: u32, ranks: &Place, stride: u32) -> Vec<u8> {
    let element = ranks.ty.element;
    let plane = ranks.plane_bytes(stride);
    // Where nothing passes, no rank says so: all pass, and the slots lead to the same leaves.
    let lowest = |rank: u32| if rank >= highest(element) { 0 } else { rank + 1 };
    let bias = if element == ElementType::U8 { 0x80 } else { 0x8000 };
    let words =
        filled(tree, depth, element).flat_map(|(column, rank)| [column * plane, lowest(rank).wrapping_sub(bias)]);
    words.flat_map(u32::to_le_bytes).collect()
}

/// The leaf (of the ensemble) of every slot of a tree filled up at the root.
pub fn slots(tree: &RankTree, depth: u32, ranks: ElementType) -> Vec<u32> {
    let passable = filled(tree, depth, ranks).fold(0, |bits, (_, rank)| bits << 1 | u32::from(rank < highest(ranks)));
    (0..1u32 << depth).map(|slot| tree.first_leaf + (!slot & passable)).collect()
}

/// Loads the levels of a tree from the records at `levels`: the offset of the plane, and the lowest rank that passes in
/// every lane.
pub fn load_levels(e: &mut Emit<'_>, element: ElementType, depth: u32, levels: Local) -> Vec<(Local, Local)> {
    let load_level = |level: u32| {
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
    (0..depth).map(load_level).collect()
}

/// Pushes, in all bits of a lane, whether its row does not pass the level.
pub fn push_not_passed(e: &mut Emit<'_>, element: ElementType, rank: Local, from: Local, at: u32) {
    e.code.get(rank).get(from).ops().v128_load(memarg(at, 0));
    match element {
        ElementType::U8 => e.code.ops().i8x16_gt_s(),
        _ => e.code.ops().i16x8_gt_s(),
    };
}

/// Emits the slots for all rows, from the records at `levels`, into the plane at the start of the scratch: from the root
/// down the number so far is doubled, and 1 added where the level is not passed.
pub fn emit(e: &mut Emit<'_>, ranks: &Place, depth: u32, levels: Local) {
    let (element, target) = (ranks.ty.element, e.scratch);
    let levels = load_levels(e, element, depth, levels);
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
            push_not_passed(e, element, *rank, from, ranks.address + at);
            // All bits: minus 1.
            match element {
                ElementType::U8 => e.code.ops().i8x16_sub(),
                _ => e.code.ops().i16x8_sub(),
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

/// Emits the slots of one row in as many trees as there are `slots`: their records lie `tree_bytes` apart
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
        e.code.get(ranks).get(level);
        e.load(ElementType::U32, record);
        e.code.ops().i32_add();
        match element {
            ElementType::U8 => e.code.ops().i32_load8_s(memarg(0, 0)),
            _ => e.code.ops().i32_load16_s(memarg(0, 0)),
        };
        e.code.get(level);
        e.load(ElementType::U32, record + 4);
        e.code.ops().i32_sub().i32_const(31).i32_shr_u().i32_or();
        e.code.set(*slot);
    }
    e.code.advance(level, LEVEL_BYTES as i32).get(level).get(end);
    e.code.ops().i32_lt_u().br_if(0).end();
}
