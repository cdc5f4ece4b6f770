//! Trees as records in the module's data.
//!
//! Addresses inside the records are offsets from the first one, so that two operators over the same trees share them.

use super::lock_step::{LEAF, PLANE_UNIT, Pointers};
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
        let (plane, ranks) = (walk.ranks.plane_bytes(e.stride), walk.ranks.ty.element);
        let bias = match ranks {
            ElementType::U8 => 0x80,
            ElementType::U16 => 0x8000,
            _ => 0,
        };
        let planes_end = walk.trees.n_columns() as u64 * u64::from(plane);
        let is_short = bias != 0 && planes_end <= u64::from(PLANE_UNIT) << 16;
        self.pointers = Pointers { address: 0, is_short };
        let mut bytes: Vec<u8> = Vec::new();
        for tree in &walk.trees.trees {
            let order = Order::of(tree);
            let root = bytes.len() as u32;
            let offset = |record: u32| root + record * self.pointers.bytes();
            for child in &order.records {
                let (first, column, rank) = match child {
                    Child::Leaf(leaf) => (LEAF | walk.slot(tree, *leaf), 0, 0),
                    Child::Node(node) => {
                        let RankNode { column, rank, .. } = tree.nodes[*node as usize];
                        (offset(order.children[*node as usize]), column * plane, rank.wrapping_sub(bias))
                    }
                };
                bytes.extend(first.to_le_bytes());
                if is_short {
                    bytes.extend(((column / PLANE_UNIT) as u16).to_le_bytes());
                    bytes.extend((rank as u16).to_le_bytes());
                } else {
                    bytes.extend([column, rank, 0].iter().flat_map(|word| word.to_le_bytes()));
                }
            }
            self.roots.push(root);
            self.offsets.push(order.nodes.iter().chain(&order.leaves).map(|record| offset(*record)).collect());
        }
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

/// The records of a tree in an order in which a step rarely leaves the cache line: after a node's children come theirs, then
/// everything below the first of these.
struct Order {
    records: Vec<Child>,
    /// Per node the record of its left child, which the right child's follows.
    children: Vec<u32>,
    /// Per node its record.
    nodes: Vec<u32>,
    /// Per leaf its record.
    leaves: Vec<u32>,
}

impl Order {
    fn of(tree: &RankTree) -> Self {
        let n_nodes = tree.nodes.len();
        let mut order = Order {
            records: Vec::with_capacity(2 * n_nodes + 1),
            children: vec![0; n_nodes],
            nodes: vec![0; n_nodes],
            leaves: vec![0; tree.n_leaves as usize],
        };
        let root = if n_nodes == 0 { Child::Leaf(0) } else { Child::Node(0) };
        order.push(root);
        let mut pending = vec![root];
        while let Some(child) = pending.pop() {
            let near = order.push_children(tree, child);
            let mut far: Vec<Child> = near.into_iter().flat_map(|child| order.push_children(tree, child)).collect();
            far.reverse();
            pending.extend(far);
        }
        order
    }

    /// Gives the children of a node their records; a leaf has none.
    fn push_children(&mut self, tree: &RankTree, child: Child) -> Vec<Child> {
        let Child::Node(node) = child else { return Vec::new() };
        let RankNode { left, right, .. } = tree.nodes[node as usize];
        self.children[node as usize] = self.records.len() as u32;
        self.push(left);
        self.push(right);
        vec![left, right]
    }

    fn push(&mut self, child: Child) {
        let record = self.records.len() as u32;
        match child {
            Child::Node(node) => self.nodes[node as usize] = record,
            Child::Leaf(leaf) => self.leaves[leaf as usize] = record,
        }
        self.records.push(child);
    }
}
