//! Trees as records in the module's data.
//!
//! Addresses inside the records are offsets from the first one, so that two operators over the same trees share them.

use super::lock_step::NODE_BYTES;
use super::oblivious;
use super::select_tree::Shape;
use super::sweep::Sweeps;
use super::{CHAINS, Kernel, Walk};
use crate::ops::bin::stored_rank;
use crate::ops::emit::Emit;
use crate::ops::rank_trees::{Child, RankNode, RankTree};
use crate::ops::records::Records;
use crate::tensor::ElementType;

/// Where the records of an ensemble lie.
#[derive(Debug)]
pub struct Placed {
    /// The pointer records.
    pub nodes: u32,
    /// Per tree, its root's offset among them.
    roots: Vec<u32>,
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
        let mut placed = Placed { nodes: 0, roots: Vec::new(), complete: 0, complete_bytes: 0, sweeps: Vec::new() };
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
                let roots = std::mem::take(&mut placed.roots);
                placed.place_complete(walk, e, top, |tree, ends| {
                    let tree_nodes = &walk.trees.trees[tree];
                    ends.iter().map(|end| record_offset(roots[tree], tree_nodes, *end)).collect()
                });
                placed.roots = roots;
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
        let shape = Shape { ranks, height: depth };
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
                Some(node) => [node.column * plane, smallest(node)],
                None => [0; 2],
            });
            bytes.extend(nodes.chain(after(i, &complete.ends)).flat_map(u32::to_le_bytes));
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
        // Eight trees are walked at once, also where fewer are left.
        bytes.resize(bytes.len() + CHAINS * self.complete_bytes as usize, 0);
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
        let plane = walk.ranks.plane_bytes(e.stride);
        let bias = match walk.ranks.ty.element {
            ElementType::U8 => 0x80,
            ElementType::U16 => 0x8000,
            _ => 0,
        };
        let mut nodes: Vec<u8> = Vec::new();
        for tree in &walk.trees.trees {
            let root = nodes.len() as u32;
            let mut push = |words: [u32; 4]| nodes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
            for node in &tree.nodes {
                let children = [node.left, node.right].map(|child| record_offset(root, tree, child));
                push([node.column * plane, node.rank.wrapping_sub(bias), children[0], children[1]]);
            }
            for leaf in 0..tree.n_leaves {
                let own = record_offset(root, tree, Child::Leaf(leaf));
                push([0, leaf, own, own]);
            }
            self.roots.push(root);
        }
        self.nodes = e.data.intern(&nodes, NODE_BYTES);
    }
}

/// The offset of a node's or leaf's pointer record: leaves follow the nodes.
fn record_offset(root: u32, tree: &RankTree, child: Child) -> u32 {
    match child {
        Child::Node(node) => root + NODE_BYTES * node,
        Child::Leaf(leaf) => root + NODE_BYTES * (tree.nodes.len() as u32 + leaf),
    }
}
