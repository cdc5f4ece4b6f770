//! A few rows: each alone, through eight trees at once, so that one row has as much to hide latency behind as a block.

use super::layout::Placed;
use super::select_tree::Shape;
use super::{Arrived, CHAINS, Kernel, OneTree, Visitor, Walk, lock_step, oblivious};
use crate::ops::emit::Emit;
use crate::ops::records::{Records, word};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// A group's record: where its trees start, the levels of the deepest, how many trees, where their words lie.
const LEVELS: u32 = CHAINS as u32;
const TREES_END: u32 = LEVELS + 1;
const TREES: u32 = LEVELS + 2;
const GROUP_WORDS: usize = CHAINS + 3;
/// A tree's record: the caller's word, where its slots begin, and which bits of a slot's number count.
const TARGET: u32 = 0;
const TABLE: u32 = 1;
const MASK: u32 = 2;
const TREE_WORDS: usize = 3;

/// Emits the walk of one row after the other.
pub fn emit(walk: &Walk<'_>, e: &mut Emit<'_>, placed: &Placed, words: &[[u32; 2]], visitor: &impl Visitor) {
    let element = walk.ranks.ty.element;
    groups(walk, e, placed, words, visitor.nothing()).for_each(e, |e, group| {
        let (levels, first, end) = (word(e, group, LEVELS), word(e, group, TREES), word(e, group, TREES_END));
        let base = e.code.local(ValType::I32);
        e.code.i32(walk.ranks.address as i32).set(base);
        e.for_each_row(1, |e, row| {
            let ranks = e.row_address(base, row, element);
            let slots: Vec<Local> = (0..CHAINS).map(|_| e.code.local(ValType::I32)).collect();
            match walk.kernel {
                Kernel::Complete { depth } => {
                    let start = word(e, group, 0);
                    let shape = Shape::new(walk.ranks, depth, e.stride);
                    descend_complete(e, placed, shape, start, ranks, &slots);
                }
                Kernel::Oblivious { depth } => {
                    let start = word(e, group, 0);
                    let records = (placed.complete, placed.complete_bytes);
                    oblivious::descend(e, element, depth, records, (start, ranks), &slots);
                }
                _ => {
                    for (i, slot) in slots.iter().enumerate() {
                        e.code.get(group);
                        e.load(ElementType::U32, 4 * i as u32);
                        e.code.set(*slot);
                    }
                    lock_step::descend(e, placed.pointers, element, levels, &slots, |_| (ranks, 0));
                }
            }
            if visitor.nothing().is_some() {
                let trees: Vec<OneTree> =
                    slots.iter().enumerate().map(|(i, slot)| one_tree(e, first, i as u32, *slot)).collect();
                return visitor.visit_trees(e, row, &trees);
            }
            // One chain of operations whatever is done: a loop costs nothing.
            let (parts, tree) = (e.scratch, e.code.local(ValType::I32));
            for (i, slot) in slots.iter().enumerate() {
                e.code.i32(0).get(*slot);
                e.code.ops().i32_store(memarg(parts + 4 * i as u32, 2));
            }
            let (part, slot) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
            e.code.i32(parts as i32).set(part).get(first).set(tree);
            e.code.ops().loop_(BlockType::Empty);
            e.code.get(part);
            e.load(ElementType::U32, 0);
            e.code.set(slot);
            let (target, table) = (word(e, tree, TARGET), word(e, tree, TABLE));
            visitor.visit(e, &Arrived { row, target, table, slots: &[slot] });
            e.code.advance(part, 4).advance(tree, Records::<TREE_WORDS>::BYTES as i32).get(tree).get(end);
            e.code.ops().i32_lt_u().br_if(0).end();
        });
    });
}

/// What a tree of a group comes to. Where none is left, the slot is the first of a table of nothing.
fn one_tree(e: &mut Emit<'_>, trees: Local, index: u32, slot: Local) -> OneTree {
    let [table, mask] = [TABLE, MASK].map(|at| word(e, trees, index * TREE_WORDS as u32 + at));
    e.code.get(slot).get(mask);
    e.code.ops().i32_and();
    e.code.set(slot);
    OneTree { table, slot }
}

fn groups(
    walk: &Walk<'_>,
    e: &mut Emit<'_>,
    placed: &Placed,
    words: &[[u32; 2]],
    nothing: Option<&[u8]>,
) -> Records<GROUP_WORDS> {
    let mut trees = Records::<TREE_WORDS>::default();
    words.iter().for_each(|[target, table]| trees.push([*target, *table, u32::MAX]));
    let nothing = e.data.intern(nothing.unwrap_or_default(), 8);
    (words.len()..words.len().next_multiple_of(CHAINS)).for_each(|_| trees.push([0, nothing, 0]));
    let table = trees.place(e);
    let mut groups = Records::default();
    for first in (0..words.len()).step_by(CHAINS) {
        let last = words.len().min(first + CHAINS) - 1;
        let mut record = [0; GROUP_WORDS];
        for (i, start) in record[..CHAINS].iter_mut().enumerate() {
            *start = match walk.kernel {
                Kernel::Complete { .. } | Kernel::Oblivious { .. } => first as u32 * placed.complete_bytes,
                // The last tree again where none is left: its slots are not visited.
                _ => placed.root(last.min(first + i)),
            };
        }
        let depths = walk.trees.trees[first..=last].iter().map(|tree| tree.depth);
        record[LEVELS as usize] = depths.max().unwrap_or(0);
        record[TREES as usize] = table + first as u32 * Records::<TREE_WORDS>::BYTES;
        record[TREES_END as usize] = table + (last as u32 + 1) * Records::<TREE_WORDS>::BYTES;
        groups.push(record);
    }
    groups
}

/// Takes one row through eight complete trees that follow each other from `start`.
fn descend_complete(e: &mut Emit<'_>, placed: &Placed, shape: Shape, start: Local, ranks: Local, chains: &[Local]) {
    let (level, node) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    for chain in chains {
        e.code.i32(0).set(*chain);
    }
    e.code.i32(shape.height as i32).set(level);
    e.code.ops().loop_(BlockType::Empty);
    let bytes = shape.node_bytes() as i32;
    for (i, chain) in chains.iter().enumerate() {
        let at = placed.complete + shape.nodes_at() + i as u32 * placed.complete_bytes;
        // From the node at b i, its children lie at 2 b i + b and 2 b i + 2 b.
        for child in [bytes, 2 * bytes] {
            e.code.get(*chain).i32(1);
            e.code.ops().i32_shl().i32_const(child).i32_add();
        }
        e.code.get(*chain).get(start);
        e.code.ops().i32_add();
        e.code.set(node).get(node);
        shape.load_rank(e, at);
        e.code.get(node);
        shape.load_plane(e, at);
        e.code.get(ranks);
        e.code.ops().i32_add();
        lock_step::load_rank(e, shape.ranks, 0);
        e.code.ops().i32_gt_s().select();
        e.code.set(*chain);
        lock_step::settle(e, *chain);
    }
    e.code.get(level).i32(1);
    e.code.ops().i32_sub();
    e.code.tee(level);
    e.code.ops().br_if(0).end();
    for chain in chains {
        e.code.get(*chain).i32(bytes.trailing_zeros() as i32);
        e.code.ops().i32_shr_u().i32_const((1 << shape.height) - 1).i32_sub();
        e.code.set(*chain);
    }
}
