//! Node after node, each over all rows: for small trees of any shape, as frameworks that grow leaf by leaf make them.
//!
//! A node selects, row by row, between what its children selected, from the leaves up: after the root every row has
//! its leaf's number. Children are evaluated deeper side first, so that few planes of selections wait at a time.

use crate::ops::bin::stored_rank;
use crate::ops::emit::{Emit, Place};
use crate::ops::rank_trees::{Child, RankTree};
use crate::ops::records::{Records, word};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// The most leaves of a tree: their numbers fill a byte, and a larger tree is walked faster.
pub const MOST_LEAVES: u32 = 256;
/// The most planes that wait at once: the binary logarithm of the leaves.
pub const MOST_PLANES: u32 = 8;
/// Vectors per step of a sweep: four share what their addresses cost, and two the rest of the rows.
const VECTORS: [u32; 2] = [4, 2];

/// Words of a node's record: rank plane, smallest rank that goes right, children (plane or leaf), its own plane, and
/// which children are leaves.
const COLUMN: u32 = 0;
const RANK: u32 = 1;
const LEFT: u32 = 2;
const RIGHT: u32 = 3;
const TARGET: u32 = 4;
const LEAVES: u32 = 5;
const WORDS: usize = 6;
const LEFT_IS_LEAF: u32 = 1;
const RIGHT_IS_LEAF: u32 = 2;

/// The nodes of a tree in the order of their sweeps.
#[derive(Debug)]
pub struct Sweeps<'a> {
    tree: &'a RankTree,
    ranks: &'a Place,
    /// The first plane of selections.
    planes: u32,
    stride: u32,
    /// Per node, how many planes its subtree needs.
    needs: Vec<u32>,
}

impl<'a> Sweeps<'a> {
    /// Plans the sweeps of a tree over planes from `planes` on.
    pub fn new(tree: &'a RankTree, ranks: &'a Place, planes: u32, stride: u32) -> Self {
        let mut needs = vec![0; tree.nodes.len()];
        for (i, node) in tree.nodes.iter().enumerate().rev() {
            let [left, right] = [node.left, node.right].map(|child| match child {
                Child::Node(node) => needs[node as usize],
                Child::Leaf(_) => 0,
            });
            // Equal needs: one result waits while the other side works.
            needs[i] = if left == right { left + 1 } else { left.max(right) };
        }
        Sweeps { tree, ranks, planes, stride, needs }
    }

    /// The records, children first; the root's plane is the first. A tree that is one leaf is a node with that leaf on
    /// both sides.
    pub fn records(&self) -> Vec<[u32; WORDS]> {
        if self.tree.nodes.is_empty() {
            let both = LEFT_IS_LEAF | RIGHT_IS_LEAF;
            return vec![[self.ranks.address, 0, 0, 0, self.planes, both]];
        }
        let mut records = Vec::with_capacity(self.tree.nodes.len());
        // (node, its plane, whether its children are done)
        let mut pending = vec![(0u32, 0u32, false)];
        while let Some((node, plane, done)) = pending.pop() {
            let children = [self.tree.nodes[node as usize].left, self.tree.nodes[node as usize].right];
            let planes = self.child_planes(children, plane);
            if done {
                records.push(self.record(node, plane, planes));
                continue;
            }
            pending.push((node, plane, true));
            let mut inner: Vec<(u32, u32, bool)> = Vec::new();
            for (child, plane) in children.iter().zip(planes) {
                if let Child::Node(child) = child {
                    inner.push((*child, plane, false));
                }
            }
            // Last in, first out: the child in the node's own plane is done first.
            inner.sort_by_key(|(_, plane, _)| std::cmp::Reverse(*plane));
            pending.extend(inner);
        }
        records
    }

    /// The planes of a node's children: its own for the one that needs more, which is done first, the next for the other.
    fn child_planes(&self, children: [Child; 2], plane: u32) -> [u32; 2] {
        let need = |child| match child {
            Child::Node(node) => self.needs[node as usize],
            Child::Leaf(_) => 0,
        };
        if need(children[0]) >= need(children[1]) { [plane, plane + 1] } else { [plane + 1, plane] }
    }

    fn record(&self, node: u32, plane: u32, planes: [u32; 2]) -> [u32; WORDS] {
        let node = &self.tree.nodes[node as usize];
        let element = self.ranks.ty.element;
        let address = |plane: u32| self.planes + plane * self.stride * element.bytes();
        // No rank goes right at the highest one: the right child is then the left again.
        let highest = if element == ElementType::U8 { 0xFF } else { 0xFFFF };
        let (right, right_plane) = if node.rank >= highest { (node.left, planes[0]) } else { (node.right, planes[1]) };
        let mut record = [0; WORDS];
        record[COLUMN as usize] = self.ranks.address + node.column * self.ranks.plane_bytes(self.stride);
        record[RANK as usize] = stored_rank(node.rank.min(highest - 1) + 1, element);
        record[TARGET as usize] = address(plane);
        let children = [(LEFT, LEFT_IS_LEAF, node.left, planes[0]), (RIGHT, RIGHT_IS_LEAF, right, right_plane)];
        for (at, is_leaf, child, plane) in children {
            match child {
                Child::Node(_) => record[at as usize] = address(plane),
                Child::Leaf(leaf) => {
                    record[at as usize] = leaf;
                    record[LEAVES as usize] |= is_leaf;
                }
            }
        }
        record
    }
}

/// Emits the sweeps of the records from `start` up to `end`.
pub fn emit(e: &mut Emit<'_>, element: ElementType, start: Local, end: Local) {
    let node = e.code.local(ValType::I32);
    e.code.get(start).set(node);
    e.code.ops().loop_(BlockType::Empty);
    let column = word(e, node, COLUMN);
    let rank = splat_word(e, element, node, RANK);
    let (left, right, target) = (word(e, node, LEFT), word(e, node, RIGHT), word(e, node, TARGET));
    let leaves = word(e, node, LEAVES);
    for kind in 0..4 {
        let children = [(left, LEFT, kind & LEFT_IS_LEAF), (right, RIGHT, kind & RIGHT_IS_LEAF)].map(
            |(address, index, is_leaf)| match is_leaf {
                0 => Operand::Plane(address),
                _ => Operand::Leaf(splat_word(e, element, node, index)),
            },
        );
        e.code.get(leaves).i32(kind as i32);
        e.code.ops().i32_eq().if_(BlockType::Empty);
        sweep(e, element, rank, column, children, target);
        e.code.ops().end();
    }
    e.code.advance(node, Records::<WORDS>::BYTES as i32).get(node).get(end);
    e.code.ops().i32_lt_u().br_if(0).end();
}

/// What a child selects: a plane, or the same leaf for every row.
enum Operand {
    Plane(Local),
    Leaf(Local),
}

/// One node over all rows.
fn sweep(e: &mut Emit<'_>, element: ElementType, rank: Local, column: Local, children: [Operand; 2], target: Local) {
    let (offset, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    let rows = e.rows();
    e.code.i32(0).set(offset);
    for vectors in VECTORS {
        let bytes = 16 * vectors as i32;
        e.code.get(rows).i32(element.bytes().trailing_zeros() as i32);
        e.code.ops().i32_shl();
        if vectors == VECTORS[0] {
            e.code.i32(-bytes).ops().i32_and();
        }
        e.code.set(end).get(offset).get(end);
        e.code.ops().i32_lt_s().if_(BlockType::Empty).loop_(BlockType::Empty);
        step(e, element, rank, vectors, offset, (column, &children, target));
        e.code.advance(offset, bytes).get(offset).get(end);
        e.code.ops().i32_lt_s().br_if(0).end().end();
    }
}

/// One node over some vectors of rows, `offset` bytes from the start of the planes.
fn step(
    e: &mut Emit<'_>,
    element: ElementType,
    rank: Local,
    vectors: u32,
    offset: Local,
    (column, children, target): (Local, &[Operand; 2], Local),
) {
    let mut at_offset = |plane: Local| {
        let at = e.code.local(ValType::I32);
        e.code.get(plane).get(offset).ops().i32_add();
        e.code.set(at);
        at
    };
    let (from, to) = (at_offset(column), at_offset(target));
    let children = children.each_ref().map(|child| match child {
        Operand::Plane(plane) => Operand::Plane(at_offset(*plane)),
        Operand::Leaf(leaf) => Operand::Leaf(*leaf),
    });
    for i in 0..vectors {
        let at = memarg(16 * i, 0);
        e.code.get(to);
        for child in &children {
            match child {
                Operand::Plane(plane) => e.code.get(*plane).ops().v128_load(at),
                Operand::Leaf(leaf) => e.code.ops().local_get(leaf.0),
            };
        }
        e.code.get(rank).get(from);
        e.code.ops().v128_load(at);
        match element {
            ElementType::U8 => e.code.ops().i8x16_gt_s(),
            _ => e.code.ops().i16x8_gt_s(),
        };
        e.code.ops().v128_bitselect().v128_store(at);
    }
}

fn splat_word(e: &mut Emit<'_>, element: ElementType, record: Local, index: u32) -> Local {
    let vector = e.code.local(ValType::V128);
    e.code.get(record);
    e.load(ElementType::U32, 4 * index);
    match element {
        ElementType::U8 => e.code.ops().i8x16_splat(),
        _ => e.code.ops().i16x8_splat(),
    };
    e.code.set(vector);
    vector
}
