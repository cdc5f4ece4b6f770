//! Trees as records in the module's data.
//!
//! Addresses inside the records are offsets from the first one, so that two operators over the same trees share them.

use super::lock_step::Pointers;
use super::oblivious;
use super::oblivious_sums;
use super::select_tree::Shape;
use super::sweep::Sweeps;
use super::{CHAINS, Kernel, Walk};
use crate::ops::bin::stored_rank;
use crate::ops::emit::Emit;
use crate::ops::rank_trees::{Child, RankNode, RankTree};
use crate::ops::records::Records;
use crate::tensor::ElementType;

/// Where the records of an ensemble lie.
#[derive(Debug, Default)]
pub struct Placed {
    /// The pointer records.
    pub pointers: Pointers,
    /// Per tree, its root's offset among them.
    roots: Vec<u32>,
    /// Per tree, the offsets of its nodes, then of its leaves.
    offsets: Vec<Vec<u32>>,
    /// The complete trees (or tops, or levels), one after the other.
    pub complete: u32,
    /// Bytes of a complete tree with what follows it.
    pub complete_bytes: u32,
    /// Per tree, the first sweep and the end of the last.
    sweeps: Vec<(u32, u32)>,
}

/// What a complete tree holds: its nodes level by level, and the child at the end of every path.
struct Complete {
    nodes: Vec<Option<RankNode>>,
    ends: Vec<Child>,
}

/// Fills a tree up to `depth` levels, or cuts it there. Below a leaf both ways lead to the leaf, and from a node that no
/// rank of the type passes both lead to the left: no node is needed.
fn complete(tree: &RankTree, depth: u32, ranks: ElementType) -> Complete {
    let highest = if ranks == ElementType::U8 { 0xFF } else { 0xFFFF };
    let root = if tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
    let mut level = vec![root];
    let mut nodes = Vec::new();
    for _ in 0..depth {
        let mut next = Vec::with_capacity(2 * level.len());
        for child in level {
            let (node, children) = match child {
                Child::Leaf(_) => (None, [child; 2]),
                Child::Node(node) => match tree.nodes[node as usize] {
                    node if node.rank >= highest => (None, [node.left; 2]),
                    node => (Some(node), [node.left, node.right]),
                },
            };
            nodes.push(node);
            next.extend(children);
        }
        level = next;
    }
    Complete { nodes, ends: level }
}

/// The leaf (of the ensemble) of every slot of a complete tree: from the leftmost path to the rightmost.
pub fn complete_slots(tree: &RankTree, depth: u32, ranks: ElementType) -> Vec<u32> {
    let leaf = |end: &Child| match end {
        Child::Leaf(leaf) => tree.first_leaf + leaf,
        Child::Node(_) => tree.first_leaf,
    };
    complete(tree, depth, ranks).ends.iter().map(leaf).collect()
}

impl Placed {
    /// Puts the records that the walk's kernel needs into the data.
    pub fn new(walk: &Walk<'_>, e: &mut Emit<'_>) -> Self {
        let mut placed = Placed::default();
        match walk.kernel {
            Kernel::Complete { depth } => placed.place_complete(walk, e, depth, |_, _| Vec::new()),
            Kernel::LockStep => placed.place_nodes(walk, e),
            Kernel::Sweep => {
                placed.place_nodes(walk, e);
                placed.place_sweeps(walk, e);
            }
            Kernel::Oblivious { depth } => placed.place_levels(walk, e, depth),
            Kernel::Hybrid { top } => {
                placed.place_nodes(walk, e);
                let pointers = std::mem::take(&mut placed);
                placed.place_complete(walk, e, top, |tree, ends| {
                    let n_nodes = walk.trees.trees[tree].nodes.len();
                    ends.iter().map(|end| pointers.offset(tree, n_nodes, *end)).collect()
                });
                let Placed { complete, complete_bytes, .. } = placed;
                placed = Placed { complete, complete_bytes, ..pointers };
            }
        }
        placed
    }

    /// Where the block kernel starts in a tree, and how many levels are left to the pointers; of sweeps, where it ends.
    pub fn block_start(&self, walk: &Walk<'_>, tree: usize) -> (u32, u32) {
        let depth = walk.trees.trees[tree].depth;
        let complete = self.complete + tree as u32 * self.complete_bytes;
        match walk.kernel {
            Kernel::Complete { .. } | Kernel::Oblivious { .. } => (complete, 0),
            Kernel::Hybrid { top } => (complete, depth.saturating_sub(top)),
            Kernel::LockStep => (self.roots[tree], depth),
            Kernel::Sweep => self.sweeps[tree],
        }
    }

    /// The offset of a tree's root among the pointer records.
    pub fn root(&self, tree: usize) -> u32 {
        self.roots[tree]
    }

    fn place_complete(
        &mut self,
        walk: &Walk<'_>,
        e: &mut Emit<'_>,
        depth: u32,
        after: impl Fn(usize, &[Child]) -> Vec<u32>,
    ) {
        let (plane, ranks) = (walk.ranks.plane_bytes(e.stride), walk.ranks.ty.element);
        let shape = Shape::new(walk.ranks, depth, e.stride);
        let mut bytes: Vec<u8> = Vec::new();
        for (i, tree) in walk.trees.trees.iter().enumerate() {
            let complete = complete(tree, depth, ranks);
            // The smallest rank that goes right, as stored.
            let smallest = |node: &RankNode| stored_rank(node.rank + 1, ranks);
            for node in shape.packed() {
                let rank = node.and_then(|node| complete.nodes[node].as_ref()).map_or(0, smallest);
                bytes.extend(&rank.to_le_bytes()[..ranks.bytes() as usize]);
            }
            let nodes = complete.nodes.iter().flat_map(|node| match node {
                Some(node) => shape.node(node.column * plane, smallest(node)),
                None => shape.node(0, 0),
            });
            bytes.extend(nodes);
            bytes.extend(after(i, &complete.ends).into_iter().flat_map(u32::to_le_bytes));
            bytes.resize(bytes.len().next_multiple_of(16), 0);
            self.complete_bytes = (bytes.len() / (i + 1)) as u32;
        }
        // Eight trees are walked at once, also where fewer are left.
        bytes.resize(bytes.len() + CHAINS * self.complete_bytes as usize, 0);
        self.complete = e.data.intern(&bytes, 16);
    }

    fn place_levels(&mut self, walk: &Walk<'_>, e: &mut Emit<'_>, depth: u32) {
        let records: Vec<Vec<u8>> =
            walk.trees.trees.iter().map(|tree| oblivious::records(tree, depth, walk.ranks, e.stride)).collect();
        self.complete_bytes = records.first().map_or(0, Vec::len) as u32;
        let mut bytes = records.concat();
        // As many trees are walked at once, also where fewer are left.
        let most = CHAINS.max(oblivious_sums::GROUP);
        bytes.resize(bytes.len() + most * self.complete_bytes as usize, 0);
        self.complete = e.data.intern(&bytes, 8);
    }

    fn place_sweeps(&mut self, walk: &Walk<'_>, e: &mut Emit<'_>) {
        let mut records = Records::default();
        for tree in &walk.trees.trees {
            let start = records.bytes();
            Sweeps::new(tree, walk.ranks, e.scratch, e.stride)
                .records()
                .into_iter()
                .for_each(|node| records.push(node));
            self.sweeps.push((start, records.bytes()));
        }
        let address = records.place(e);
        self.sweeps.iter_mut().for_each(|(start, end)| (*start, *end) = (*start + address, *end + address));
    }

    fn place_nodes(&mut self, walk: &Walk<'_>, e: &mut Emit<'_>) {
        let (plane, ranks) = (walk.ranks.plane_bytes(e.stride), walk.ranks.ty.element);
        let bias = match ranks {
            ElementType::U8 => 0x80,
            ElementType::U16 => 0x8000,
            _ => 0,
        };
        let records =
            || walk.trees.trees.iter().map(|tree| tree.nodes.len() as u64 * 12 + u64::from(tree.n_leaves) * 4);
        let planes_end = walk.trees.n_columns() as u64 * u64::from(plane);
        self.pointers = Pointers::new(ranks, planes_end, records().max().unwrap_or(0));
        // They lead single rows only, of which the steps are the time: blocks are swept.
        if walk.kernel == Kernel::Sweep {
            self.pointers = self.pointers.widened(records().sum());
        }
        let mut bytes: Vec<u8> = Vec::new();
        for tree in &walk.trees.trees {
            let root = bytes.len() as u32;
            let mut offsets = vec![0; tree.nodes.len() + tree.n_leaves as usize];
            // (what comes next, the node and record that it is the right child of)
            let mut pending = vec![(if tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) }, None)];
            while let Some((child, parent)) = pending.pop() {
                let offset = bytes.len() as u32;
                if let Some((RankNode { column, rank, .. }, record)) = parent {
                    let record: u32 = record;
                    let node = &mut bytes[record as usize..][..self.pointers.node_bytes() as usize];
                    self.pointers.write_node(node, column * plane, rank.wrapping_sub(bias), offset - record);
                }
                match child {
                    Child::Leaf(leaf) => {
                        offsets[tree.nodes.len() + leaf as usize] = offset;
                        self.pointers.push_leaf(leaf, &mut bytes);
                    }
                    Child::Node(node) => {
                        offsets[node as usize] = offset;
                        let node = tree.nodes[node as usize];
                        bytes.resize(bytes.len() + self.pointers.node_bytes() as usize, 0);
                        pending.push((node.right, Some((node, offset))));
                        pending.push((node.left, None));
                    }
                }
            }
            self.roots.push(root);
            self.offsets.push(offsets);
        }
        // What is read behind the last leaf, as if it were a node.
        bytes.extend([0; 8]);
        self.pointers.address = e.data.intern(&bytes, 16);
    }

    /// The offset of a node's or leaf's pointer record.
    fn offset(&self, tree: usize, nodes: usize, child: Child) -> u32 {
        match child {
            Child::Node(node) => self.offsets[tree][node as usize],
            Child::Leaf(leaf) => self.offsets[tree][nodes + leaf as usize],
        }
    }
}
