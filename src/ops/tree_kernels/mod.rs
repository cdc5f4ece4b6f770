//! How trees are walked: the records they become, and a kernel chosen for the ensemble. Not an operator.
//!
//! The model is data and the code a small loop over it; code generated per tree runs slower and compiles far slower.
//! Every kernel runs tree after tree, each over all rows of the block, so that a tree's records stay in the nearest
//! cache. A kernel ends at a *slot*: the position of the leaf's value in the tree's part of the caller's table.

pub mod examples;
mod few_rows;
mod layout;
mod lock_step;
mod select_tree;

use super::emit::{Emit, Place};
use super::rank_trees::RankTrees;
use super::records::{Records, word};
use crate::tensor::ElementType;
use crate::wasm::Local;
use select_tree::{SelectTree, Shape};
use wasm_encoder::{BlockType, ValType};

/// Fewer rows than this are walked one by one through eight trees at once: a vector kernel pays for 32 rows always.
const FEW_ROWS: i32 = 8;
/// Chains of dependent loads that are followed at once; more do not fit the registers.
const CHAINS: usize = 8;
/// Scratch behind the one byte per row: where a selection stores its parts.
const PARTS_BYTES: u64 = 1024;

/// The way from the root to the leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kernel {
    /// Trees filled up to this depth, every node compared for all rows at once.
    Complete { depth: u32 },
    /// The top levels as a complete tree, then pointers.
    Hybrid { top: u32 },
    /// Pointers from the root.
    LockStep,
}

/// Chooses the kernel. Measured on 100 to 1,000 trees, relative to lock-step (see benches/README.md).
///
/// A vector comparison does 32 rows of byte ranks but must do all 2^depth - 1 nodes, a pointer step does one row and
/// one level: so vectors win while the tree is shallow, and on the top levels of any tree. Ranks of two bytes fill a
/// vector with half the rows, which takes one level away. Four-byte ranks (more than 65,535 thresholds of a feature)
/// and trees that are a single leaf are left to the simplest kernel.
fn choose(trees: &RankTrees, ranks: ElementType) -> Kernel {
    let depth = trees.trees.iter().map(|tree| tree.depth).max().unwrap_or(0);
    let widest = match ranks {
        ElementType::U8 => 6,
        ElementType::U16 => 5,
        _ => 0,
    };
    match depth {
        0 => Kernel::LockStep,
        _ if widest == 0 => Kernel::LockStep,
        _ if depth <= widest => Kernel::Complete { depth },
        _ => Kernel::Hybrid { top: 5 },
    }
}

/// Trees about to be walked over rank planes.
#[derive(Debug)]
pub struct Walk<'a> {
    trees: &'a RankTrees,
    ranks: &'a Place,
    kernel: Kernel,
}

/// Rows that arrived in one tree.
#[derive(Debug)]
pub struct Arrived<'a> {
    /// The first of the rows; a multiple of the number of rows.
    pub row: Local,
    /// The caller's word of the tree.
    pub target: Local,
    /// The address of the tree's first slot in the caller's table.
    pub table: Local,
    /// Per row, the slot within the tree. The caller may change it.
    pub slots: &'a [Local],
}

/// Where the caller keeps what the leaves hold.
#[derive(Debug, Clone, Copy)]
pub struct LeafTable {
    /// The first slot of the first tree.
    pub address: u32,
    /// Bytes of a slot.
    pub slot_bytes: u32,
}

/// Words of a tree's record in the block kernels.
const NODES: u32 = 0;
const LEVELS: u32 = 1;
const TARGET: u32 = 2;
const TABLE: u32 = 3;

/// Bytes of scratch memory that a walk needs for planes of `stride` rows.
pub fn scratch_bytes(stride: u32) -> u64 {
    u64::from(stride) + PARTS_BYTES
}

impl<'a> Walk<'a> {
    /// Chooses how to walk.
    pub fn new(trees: &'a RankTrees, ranks: &'a Place) -> Self {
        Walk { trees, ranks, kernel: choose(trees, ranks.ty.element) }
    }

    /// The number of the leaf of every slot, tree after tree: the order of the caller's table.
    pub fn slots(&self) -> Vec<usize> {
        match self.kernel {
            Kernel::Complete { depth } => {
                let ranks = self.ranks.ty.element;
                let slots = self.trees.trees.iter().flat_map(|tree| layout::complete_slots(tree, depth, ranks));
                slots.map(|leaf| leaf as usize).collect()
            }
            _ => (0..self.trees.n_leaves()).collect(),
        }
    }

    /// Emits the walk. `target` gives a word of every tree; `visit` is run for a few rows at a time that arrived in one
    /// tree: trees in order for every row.
    pub fn emit(
        &self,
        e: &mut Emit<'_>,
        table: LeafTable,
        target: impl Fn(usize) -> u32,
        visit: impl Fn(&mut Emit<'_>, &Arrived<'_>),
    ) {
        if self.trees.trees.is_empty() {
            return;
        }
        let placed = layout::Placed::new(self, e);
        let words: Vec<[u32; 2]> = self
            .first_slots()
            .iter()
            .enumerate()
            .map(|(tree, first)| [target(tree), table.address + first * table.slot_bytes])
            .collect();
        let rows = e.rows();
        e.code.get(rows).i32(FEW_ROWS);
        e.code.ops().i32_lt_s().if_(BlockType::Empty);
        few_rows::emit(self, e, &placed, &words, &visit);
        e.code.ops().else_();
        self.emit_block(e, &placed, &words, &visit);
        e.code.ops().end();
    }

    /// The number of every tree's first slot.
    fn first_slots(&self) -> Vec<u32> {
        let trees = self.trees.trees.iter().enumerate();
        match self.kernel {
            Kernel::Complete { depth } => trees.map(|(i, _)| (i as u32) << depth).collect(),
            _ => trees.map(|(_, tree)| tree.first_leaf).collect(),
        }
    }

    fn emit_block(
        &self,
        e: &mut Emit<'_>,
        placed: &layout::Placed,
        words: &[[u32; 2]],
        visit: &impl Fn(&mut Emit<'_>, &Arrived<'_>),
    ) {
        let mut records = Records::<4>::default();
        for (i, [target, table]) in words.iter().enumerate() {
            let (nodes, levels) = placed.block_start(self, i);
            records.push([nodes, levels, *target, *table]);
        }
        records.for_each(e, |e, record| {
            let nodes = word(e, record, NODES);
            let top = match self.kernel {
                Kernel::Complete { depth } => depth,
                Kernel::Hybrid { top } => top,
                Kernel::LockStep => 0,
            };
            let selected = e.code.local(ValType::I32);
            let shape = Shape { ranks: self.ranks.ty.element, height: top };
            if top > 0 {
                e.code.i32(e.scratch as i32).set(selected);
                let tree = SelectTree { shape, ranks: self.ranks, parts: e.scratch + e.stride };
                tree.emit(e, nodes, selected);
            }
            let (levels, target, table) = (word(e, record, LEVELS), word(e, record, TARGET), word(e, record, TABLE));
            let base = e.code.local(ValType::I32);
            e.code.i32(self.ranks.address as i32).set(base);
            e.for_each_row(CHAINS as i32, |e, row| {
                let slots: Vec<Local> = (0..CHAINS).map(|_| e.code.local(ValType::I32)).collect();
                if top > 0 {
                    let from = e.row_address(selected, row, ElementType::U8);
                    for (i, slot) in slots.iter().enumerate() {
                        e.code.get(from);
                        e.load(ElementType::U8, i as u32);
                        e.code.set(*slot);
                    }
                }
                match self.kernel {
                    Kernel::Complete { .. } => {}
                    Kernel::Hybrid { .. } => lock_step::enter(e, nodes, shape.bytes(), &slots),
                    Kernel::LockStep => slots.iter().for_each(|slot| {
                        e.code.get(nodes).set(*slot);
                    }),
                }
                if !matches!(self.kernel, Kernel::Complete { .. }) {
                    let element = self.ranks.ty.element;
                    let rows = e.row_address(base, row, element);
                    lock_step::descend(e, placed.nodes, element, levels, &slots, |i| {
                        (rows, i as u32 * element.bytes())
                    });
                }
                visit(e, &Arrived { row, target, table, slots: &slots });
            });
        });
    }
}
