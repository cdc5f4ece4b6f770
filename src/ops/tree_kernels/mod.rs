//! How trees are walked: the records they become, and a kernel chosen for the ensemble. Not an operator.
//!
//! The model is data and the code a small loop over it; code generated per tree runs slower and compiles far slower.
//! Every kernel runs tree after tree, each over all rows of the block, so that a tree's records stay in the nearest
//! cache. A kernel ends at a *slot*: the position of the leaf's value in the tree's part of the caller's table.

pub mod examples;
mod few_rows;
mod layout;
mod lock_step;
mod oblivious;
mod oblivious_sums;
mod select_tree;
mod sweep;

use super::emit::{Emit, Place};
use super::rank_trees::{RankTree, RankTrees};
use super::records::{Records, word};
use crate::tensor::ElementType;
use crate::wasm::Local;
use select_tree::{SelectTree, Shape};
use wasm_encoder::{BlockType, ValType};

/// Fewer rows than this are walked one by one through eight trees at once: a vector kernel pays for 32 rows always.
const FEW_ROWS: i32 = 8;
/// The same where nodes are swept: each pays for its start too.
const FEW_ROWS_OF_SWEEPS: i32 = 32;
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
    /// Every node over all rows.
    Sweep,
    /// Every level over all rows, in trees with one test a level, filled up to this depth.
    Oblivious { depth: u32 },
    /// Pointers from the root.
    LockStep,
}

/// Chooses the kernel that takes the fewest instructions for a row of a block, as counted in the code that Cranelift
/// makes of each; measured speeds follow (benches/README.md).
///
/// - A vector comparison does 32 rows (of byte ranks; 16 of two bytes) for all nodes of a tree, a pointer step does one
///   row and one level. So vectors win while a tree has few nodes, and on the top levels of any tree.
/// - In a complete tree the selections between levels stay in registers; but it has 2^depth - 1 nodes, whatever the
///   tree has. A sweep reads and writes them, once per node that is there: trees grown leaf by leaf are deep and small.
/// - Where all nodes of a level are one test (CatBoost grows such trees), a level costs no more than a node.
/// - Four-byte ranks (more than 65,535 thresholds of a feature) are left to the simplest kernel.
fn choose(trees: &RankTrees, ranks: ElementType) -> Kernel {
    let trees = &trees.trees;
    let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or(0);
    if depth == 0 || !matches!(ranks, ElementType::U8 | ElementType::U16) {
        return Kernel::LockStep;
    }
    let n_trees = trees.len() as f64;
    let sum = |count: &dyn Fn(&RankTree) -> u32| trees.iter().map(|tree| f64::from(count(tree))).sum::<f64>();
    let vector = |nodes: f64, instructions: f64| nodes * instructions * f64::from(ranks.bytes()) / 32.0;
    let complete = |depth: u32| vector(n_trees * f64::from((1u32 << depth) - 1), COMPLETE_NODE);
    let below_top = sum(&|tree| tree.depth.saturating_sub(TOP_LEVELS));
    let mut costs =
        vec![(Kernel::Hybrid { top: TOP_LEVELS }, complete(TOP_LEVELS) + ENTER * n_trees + STEP * below_top)];
    if depth <= MOST_COMPLETE_LEVELS {
        costs.push((Kernel::Complete { depth }, complete(depth)));
    }
    if trees.iter().all(|tree| tree.n_leaves <= sweep::MOST_LEAVES) {
        costs.push((Kernel::Sweep, vector(sum(&|tree| tree.nodes.len() as u32), SWEEP_NODE)));
    }
    // All are filled up to the deepest: beside one deep tree, thousands of small ones would become gigabytes.
    let slots = (trees.len() as u64) << depth.min(32);
    let n_leaves: u64 = trees.iter().map(|tree| u64::from(tree.n_leaves)).sum();
    let is_oblivious = || {
        slots <= MOST_SLOTS_PER_LEAF * n_leaves + FEW_SLOTS
            && trees.iter().all(|tree| oblivious::levels(tree).is_some())
    };
    if (2..=oblivious::most_levels(ranks)).contains(&depth) && is_oblivious() {
        costs.push((Kernel::Oblivious { depth }, vector(n_trees * f64::from(depth), OBLIVIOUS_LEVEL)));
    }
    costs.push((Kernel::LockStep, STEP * sum(&|tree| tree.depth)));
    costs.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Kernel::LockStep, |(kernel, _)| kernel)
}

/// Instructions of a node of a complete tree, for a step of rows.
const COMPLETE_NODE: f64 = 11.0;
/// Instructions of a node of a sweep, for a step of rows: half of the children are leaves, which are not read.
const SWEEP_NODE: f64 = 14.0;
/// Instructions of a level of an oblivious tree, for a step of rows.
const OBLIVIOUS_LEVEL: f64 = 9.0;
/// Instructions of a pointer step, for a row.
const STEP: f64 = 11.0;
/// Instructions from the end of a top to the pointers, for a row.
const ENTER: f64 = 6.0;
/// Slots of filled oblivious trees for each leaf that is there, beyond a few.
const MOST_SLOTS_PER_LEAF: u64 = 4;
const FEW_SLOTS: u64 = 1 << 16;
/// Levels of a top: more nodes than it spares steps, or fewer, cost more.
const TOP_LEVELS: u32 = 5;
/// A complete tree of more levels has no advantage over pointers.
const MOST_COMPLETE_LEVELS: u32 = 6;

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

/// One of the trees in which a single row arrived.
#[derive(Debug)]
pub struct OneTree {
    /// The address of the tree's first slot in the caller's table.
    pub table: Local,
    /// The slot within the tree.
    pub slot: Local,
}

/// What a caller does where rows arrive.
pub trait Visitor {
    /// Emits it for a few rows that arrived in one tree: trees come in order for every row.
    fn visit(&self, e: &mut Emit<'_>, arrived: &Arrived<'_>);

    /// A slot's content that changes no result. Where there is one, and the caller's words do not matter, several trees of one
    /// row are visited at once, the last of which may be none.
    fn nothing(&self) -> Option<&[u8]> {
        None
    }

    /// Emits it for one row that arrived in these trees.
    fn visit_trees(&self, _e: &mut Emit<'_>, _row: Local, _trees: &[OneTree]) {}
}

/// Visits that never take several trees at once.
#[derive(Debug)]
pub struct EveryTree<F>(pub F);

impl<F: Fn(&mut Emit<'_>, &Arrived<'_>)> Visitor for EveryTree<F> {
    fn visit(&self, e: &mut Emit<'_>, arrived: &Arrived<'_>) {
        (self.0)(e, arrived);
    }
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
    let planes = u64::from(sweep::MOST_PLANES * ElementType::U16.bytes());
    (u64::from(stride) * planes + PARTS_BYTES).max(oblivious_sums::scratch_bytes(stride))
}

impl<'a> Walk<'a> {
    /// Chooses how to walk.
    pub fn new(trees: &'a RankTrees, ranks: &'a Place) -> Self {
        Walk { trees, ranks, kernel: choose(trees, ranks.ty.element) }
    }

    /// Whether pointers lead to the leaves of blocks: every leaf then has one slot.
    pub fn leads_by_pointers(&self) -> bool {
        matches!(self.kernel, Kernel::Hybrid { .. } | Kernel::LockStep)
    }

    /// The number of the leaf of every slot, tree after tree: the order of the caller's table.
    pub fn slots(&self) -> Vec<usize> {
        match self.kernel {
            Kernel::Complete { depth } => {
                let ranks = self.ranks.ty.element;
                let slots = self.trees.trees.iter().flat_map(|tree| layout::complete_slots(tree, depth, ranks));
                slots.map(|leaf| leaf as usize).collect()
            }
            Kernel::Oblivious { depth } => {
                let ranks = self.ranks.ty.element;
                let slots = self.trees.trees.iter().flat_map(|tree| oblivious::slots(tree, depth, ranks));
                slots.map(|leaf| leaf as usize).collect()
            }
            _ => (0..self.trees.n_leaves()).collect(),
        }
    }

    /// Emits the walk. `target` gives a word of every tree.
    pub fn emit(&self, e: &mut Emit<'_>, table: LeafTable, target: impl Fn(usize) -> u32, visitor: &impl Visitor) {
        self.emit_with(e, table, target, visitor, |walk, e, placed, words| walk.emit_block(e, placed, words, visitor));
    }

    /// [`Walk::emit`] with a third of the code: every row is walked alone.
    pub fn emit_alone(
        &self,
        e: &mut Emit<'_>,
        table: LeafTable,
        target: impl Fn(usize) -> u32,
        visitor: &impl Visitor,
    ) {
        if !self.trees.trees.is_empty() {
            let placed = layout::Placed::new(self, e);
            few_rows::emit(self, e, &placed, &self.words(table, target), visitor);
        }
    }

    /// Per tree the caller's word and where its slots begin.
    fn words(&self, table: LeafTable, target: impl Fn(usize) -> u32) -> Vec<[u32; 2]> {
        let first_slots = self.first_slots().into_iter().enumerate();
        first_slots.map(|(tree, first)| [target(tree), table.address + first * table.slot_bytes]).collect()
    }

    /// Slots of trees behind the last that [`Walk::emit_sums`] reads too: what they hold must change no sum.
    pub fn n_filler_slots(&self) -> usize {
        oblivious_sums::depth(self).map_or(0, |depth| oblivious_sums::fillers(self.trees.trees.len()) << depth)
    }

    /// [`Walk::emit`] where a slot is one number, f32 or f64, and the visitor adds it to the sum of the row in the plane at
    /// `sums`, the same for all trees.
    pub fn emit_sums(&self, e: &mut Emit<'_>, table: LeafTable, sums: u32, visitor: &impl Visitor) {
        self.emit_with(
            e,
            table,
            |_| sums,
            visitor,
            |walk, e, placed, words| match oblivious_sums::depth(walk) {
                Some(depth) => oblivious_sums::emit(walk, e, placed, depth, table, sums),
                None => walk.emit_block(e, placed, words, visitor),
            },
        );
    }

    fn emit_with(
        &self,
        e: &mut Emit<'_>,
        table: LeafTable,
        target: impl Fn(usize) -> u32,
        visitor: &impl Visitor,
        block: impl FnOnce(&Self, &mut Emit<'_>, &layout::Placed, &[[u32; 2]]),
    ) {
        if self.trees.trees.is_empty() {
            return;
        }
        let (placed, words) = (layout::Placed::new(self, e), self.words(table, target));
        let rows = e.rows();
        let few = if self.kernel == Kernel::Sweep { FEW_ROWS_OF_SWEEPS } else { FEW_ROWS };
        e.code.get(rows).i32(few);
        e.code.ops().i32_lt_s().if_(BlockType::Empty);
        few_rows::emit(self, e, &placed, &words, visitor);
        e.code.ops().else_();
        block(self, e, &placed, &words);
        e.code.ops().end();
    }

    /// The number of every tree's first slot.
    fn first_slots(&self) -> Vec<u32> {
        let trees = &self.trees.trees;
        match self.kernel {
            Kernel::Complete { depth } | Kernel::Oblivious { depth } => {
                (0..trees.len() as u32).map(|i| i << depth).collect()
            }
            _ => trees.iter().map(|tree| tree.first_leaf).collect(),
        }
    }

    fn emit_block(&self, e: &mut Emit<'_>, placed: &layout::Placed, words: &[[u32; 2]], visitor: &impl Visitor) {
        let mut records = Records::<4>::default();
        for (i, [target, table]) in words.iter().enumerate() {
            let (nodes, levels) = placed.block_start(self, i);
            records.push([nodes, levels, *target, *table]);
        }
        let element = self.ranks.ty.element;
        records.for_each(e, |e, record| {
            let (nodes, levels) = (word(e, record, NODES), word(e, record, LEVELS));
            match self.kernel {
                Kernel::Complete { depth: height } | Kernel::Hybrid { top: height } => {
                    let shape = Shape::new(self.ranks, height, e.stride);
                    let tree = SelectTree { shape, ranks: self.ranks, parts: e.scratch + e.stride };
                    tree.emit(e, nodes, e.scratch);
                }
                Kernel::Sweep => sweep::emit(e, element, nodes, levels),
                Kernel::Oblivious { depth } => oblivious::emit(e, self.ranks, depth, nodes),
                Kernel::LockStep => {}
            }
            let (target, table) = (word(e, record, TARGET), word(e, record, TABLE));
            e.for_each_row(CHAINS as i32, |e, row| {
                let slots = self.arrive(e, placed, [nodes, levels], row);
                visitor.visit(e, &Arrived { row, target, table, slots: &slots });
            });
        });
    }

    /// The slots of eight rows from `row` on: what the vectors selected, and from there down the pointers.
    fn arrive(&self, e: &mut Emit<'_>, placed: &layout::Placed, [nodes, levels]: [Local; 2], row: Local) -> Vec<Local> {
        let ranks = self.ranks.ty.element;
        match self.kernel {
            Kernel::Complete { .. } => selected(e, ElementType::U8, row),
            Kernel::Sweep | Kernel::Oblivious { .. } => selected(e, ranks, row),
            Kernel::Hybrid { top } => {
                let chains = selected(e, ElementType::U8, row);
                lock_step::enter(e, nodes, Shape::new(self.ranks, top, e.stride).bytes(), &chains);
                self.descend(e, placed, levels, row, &chains);
                chains
            }
            Kernel::LockStep => {
                let chains: Vec<Local> = (0..CHAINS).map(|_| e.code.local(ValType::I32)).collect();
                chains.iter().for_each(|chain| {
                    e.code.get(nodes).set(*chain);
                });
                self.descend(e, placed, levels, row, &chains);
                chains
            }
        }
    }

    fn descend(&self, e: &mut Emit<'_>, placed: &layout::Placed, levels: Local, row: Local, chains: &[Local]) {
        let element = self.ranks.ty.element;
        let base = e.code.local(ValType::I32);
        e.code.i32(self.ranks.address as i32).set(base);
        let rows = e.row_address(base, row, element);
        lock_step::descend(e, placed.pointers, element, levels, chains, |i| (rows, i as u32 * element.bytes()));
    }
}

/// What the vectors selected for eight rows: it lies at the start of the scratch.
fn selected(e: &mut Emit<'_>, element: ElementType, row: Local) -> Vec<Local> {
    let (base, scratch) = (e.code.local(ValType::I32), e.scratch);
    e.code.i32(scratch as i32).set(base);
    let from = e.row_address(base, row, element);
    (0..CHAINS as u32)
        .map(|i| {
            let slot = e.code.local(ValType::I32);
            e.code.get(from);
            e.load(element, i * element.bytes());
            e.code.set(slot);
            slot
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::rank_trees::{Child, RankNode};

    #[test]
    fn the_examples_reach_every_kernel() {
        let grown = examples::example_forests(&(0..=12).collect::<Vec<_>>());
        let oblivious = examples::oblivious_forests();
        let mut reached: Vec<String> = grown
            .iter()
            .chain(&oblivious)
            .map(|forest| {
                let ranks = forest.input().matrix.element();
                match choose(&forest.trees, ranks) {
                    Kernel::Complete { depth } => format!("complete {depth} {ranks}"),
                    Kernel::Hybrid { .. } => format!("hybrid {ranks}"),
                    Kernel::Sweep => format!("sweep {ranks}"),
                    Kernel::Oblivious { depth } => format!("oblivious {depth} {ranks}"),
                    Kernel::LockStep => format!("lock-step {ranks}"),
                }
            })
            .collect();
        reached.sort();
        reached.dedup();
        let bytes =
            ["complete 1", "complete 2", "complete 3", "complete 6", "hybrid", "lock-step", "sweep", "oblivious 8"];
        let words =
            ["complete 1", "complete 2", "complete 3", "complete 5", "hybrid", "lock-step", "sweep", "oblivious 9"];
        for (kernels, ranks) in [(&bytes[..], "uint8"), (&words, "uint16"), (&["lock-step"], "uint32")] {
            for kernel in kernels {
                assert!(reached.contains(&format!("{kernel} {ranks}")), "{kernel} {ranks} among {reached:?}");
            }
        }
    }

    /// A tree with one test a level.
    fn oblivious_tree(depth: u32, first_leaf: u32) -> RankTree {
        let n_nodes = (1u32 << depth) - 1;
        let child = |child: u32| if child < n_nodes { Child::Node(child) } else { Child::Leaf(child - n_nodes) };
        let node =
            |i: u32| RankNode { column: (i + 1).ilog2(), rank: 7, left: child(2 * i + 1), right: child(2 * i + 2) };
        RankTree { nodes: (0..n_nodes).map(node).collect(), first_leaf, n_leaves: n_nodes + 1, depth }
    }

    #[test]
    fn one_deep_tree_does_not_make_thousands_of_small_ones_deep() {
        let forest = |depths: &mut dyn Iterator<Item = u32>| {
            let mut trees = RankTrees::default();
            for depth in depths {
                let first_leaf = trees.n_leaves() as u32;
                trees.trees.push(oblivious_tree(depth, first_leaf));
            }
            trees
        };
        let alike = forest(&mut std::iter::repeat_n(9, 60));
        assert_eq!(choose(&alike, ElementType::U16), Kernel::Oblivious { depth: 9 });
        let one_deep = forest(&mut std::iter::once(12).chain(std::iter::repeat_n(2, 3000)));
        let kernel = choose(&one_deep, ElementType::U16);
        assert!(!matches!(kernel, Kernel::Oblivious { .. }), "{kernel:?}");
    }
}
