//! Decision trees over ranks: the data of the tree operators, and the lock-step walk they emit.
//!
//! Not an operator. A node goes right where its column's rank is greater than the node's; see `bin`.

use super::emit::{Emit, Place};
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Trees whose leaves are numbered through the whole ensemble.
#[derive(Debug, Clone, Default)]
pub struct RankTrees {
    /// The trees, in order.
    pub trees: Vec<RankTree>,
}

/// One tree. Nodes stand before their children; a tree without nodes is its only leaf.
#[derive(Debug, Clone, Default)]
pub struct RankTree {
    /// The inner nodes, root first.
    pub nodes: Vec<RankNode>,
    /// The number of its first leaf among all leaves of the ensemble.
    pub first_leaf: u32,
    /// How many leaves it has.
    pub n_leaves: u32,
    /// The most nodes on a path from the root to a leaf.
    pub depth: u32,
}

/// An inner node.
#[derive(Debug, Clone, Copy)]
pub struct RankNode {
    /// The rank column.
    pub column: u32,
    /// Ranks above go right.
    pub rank: u32,
    /// Where the others go.
    pub left: Child,
    /// Where ranks above go.
    pub right: Child,
}

/// What a node leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// A node of the same tree.
    Node(u32),
    /// A leaf, counted within the tree.
    Leaf(u32),
}

impl RankTrees {
    /// The number of leaves of all trees.
    pub fn n_leaves(&self) -> usize {
        self.trees.iter().map(|tree| tree.n_leaves as usize).sum()
    }

    /// The highest column any node tests, plus one.
    pub fn n_columns(&self) -> usize {
        let nodes = self.trees.iter().flat_map(|tree| &tree.nodes);
        nodes.map(|node| node.column as usize + 1).max().unwrap_or(0)
    }

    /// The leaf of every tree for every row: `[rows, trees]`, numbered through the ensemble.
    pub fn leaves(&self, ranks: &Matrix, rows: usize) -> Vec<u32> {
        let rank = |i: usize| match &ranks.data {
            Data::U8(items) => u32::from(items[i]) ^ 0x80,
            Data::U16(items) => u32::from(items[i]) ^ 0x8000,
            Data::U32(items) => items[i],
            _ => 0,
        };
        let leaf = |tree: &RankTree, row: usize| {
            let mut child = if tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
            loop {
                match child {
                    Child::Leaf(leaf) => return tree.first_leaf + leaf,
                    Child::Node(i) => {
                        let node = &tree.nodes[i as usize];
                        let right = rank(row * ranks.width + node.column as usize) > node.rank;
                        child = if right { node.right } else { node.left };
                    }
                }
            }
        };
        (0..rows).flat_map(|row| self.trees.iter().map(move |tree| leaf(tree, row))).collect()
    }
}

/// Rows walked at once: their loads hide each other's latency.
const CHAINS: usize = 8;
/// Bytes of a node record: offset of the rank plane, rank (or leaf number), left address, right address.
const NODE_BYTES: u32 = 16;
/// Bytes of a tree record: root address, depth, and a word of the caller's.
const TREE_BYTES: u32 = 12;

/// Lays the trees out as records and emits the walk: tree after tree, for each the rows in groups of eight.
///
/// `visit` is run once, inside both loops, with the first row of the group, the caller's word of the tree, and one local
/// per row of the group holding the number of the leaf.
pub fn emit_walk(
    e: &mut Emit<'_>,
    trees: &RankTrees,
    ranks: &Place,
    word: impl Fn(usize) -> u32,
    visit: impl FnOnce(&mut Emit<'_>, Local, Local, &[Local]),
) {
    let element = ranks.ty.element;
    let (nodes_at, table) = lay_out(e, trees, ranks, word);
    let (tree, end) = (e.code.local(ValType::I32), table + TREE_BYTES * trees.trees.len() as u32);
    e.code.i32(table as i32).set(tree);
    e.code.ops().loop_(BlockType::Empty);
    let [root, depth, word] = [0, 4, 8].map(|offset| {
        let local = e.code.local(ValType::I32);
        e.code.get(tree);
        e.load(ElementType::U32, offset);
        e.code.set(local);
        local
    });
    let base = e.code.local(ValType::I32);
    e.code.i32(ranks.address as i32).set(base);
    e.for_each_row(CHAINS as i32, |e, row| {
        let plane_row = e.row_address(base, row, element);
        let nodes: Vec<Local> = (0..CHAINS).map(|_| e.code.local(ValType::I32)).collect();
        let level = e.code.local(ValType::I32);
        for node in &nodes {
            e.code.get(root).set(*node);
        }
        e.code.get(depth).set(level);
        e.code.ops().block(BlockType::Empty);
        e.code.get(level);
        e.code.ops().i32_eqz().br_if(0).loop_(BlockType::Empty);
        for (i, node) in nodes.iter().enumerate() {
            e.code.get(*node);
            e.load(ElementType::U32, nodes_at + 12);
            e.code.get(*node);
            e.load(ElementType::U32, nodes_at + 8);
            e.code.get(*node);
            e.load(ElementType::U32, nodes_at);
            e.code.get(plane_row);
            e.code.ops().i32_add();
            let at = memarg(i as u32 * element.bytes(), 0);
            match element {
                ElementType::U8 => e.code.ops().i32_load8_s(at),
                ElementType::U16 => e.code.ops().i32_load16_s(at),
                _ => e.code.ops().i32_load(at),
            };
            e.code.get(*node);
            e.load(ElementType::U32, nodes_at + 4);
            e.code.ops().i32_gt_s().select();
            e.code.set(*node);
        }
        e.code.get(level).i32(1);
        e.code.ops().i32_sub();
        e.code.tee(level);
        e.code.ops().br_if(0).end().end();
        for node in &nodes {
            e.code.get(*node);
            e.load(ElementType::U32, nodes_at + 4);
            e.code.set(*node);
        }
        visit(e, row, word, &nodes);
    });
    e.code.advance(tree, TREE_BYTES as i32).get(tree).i32(end as i32);
    e.code.ops().i32_lt_u().br_if(0).end();
}

/// Puts node and tree records into the data and gives their addresses.
///
/// Children are offsets from the first node record, so that two operators over the same trees share the records. A leaf
/// is a record that leads to itself, so that shallow paths wait there; its rank is the leaf's number.
fn lay_out(e: &mut Emit<'_>, trees: &RankTrees, ranks: &Place, word: impl Fn(usize) -> u32) -> (u32, u32) {
    let plane = ranks.plane_bytes(e.stride);
    let bias = match ranks.ty.element {
        ElementType::U8 => 0x80,
        ElementType::U16 => 0x8000,
        _ => 0,
    };
    let mut nodes: Vec<u8> = Vec::new();
    let mut tree_records = Vec::with_capacity(trees.trees.len() * TREE_BYTES as usize);
    for (i, tree) in trees.trees.iter().enumerate() {
        let root = nodes.len() as u32;
        let n_nodes = tree.nodes.len() as u32;
        let at = |child: Child| match child {
            Child::Node(node) => root + NODE_BYTES * node,
            Child::Leaf(leaf) => root + NODE_BYTES * (n_nodes + leaf),
        };
        let mut push = |words: [u32; 4]| nodes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        for node in &tree.nodes {
            push([node.column * plane, node.rank.wrapping_sub(bias), at(node.left), at(node.right)]);
        }
        for leaf in 0..tree.n_leaves {
            let own = at(Child::Leaf(leaf));
            push([0, tree.first_leaf + leaf, own, own]);
        }
        tree_records.extend([root, tree.depth, word(i)].iter().flat_map(|word| word.to_le_bytes()));
    }
    (e.data.intern(&nodes, NODE_BYTES), e.data.intern(&tree_records, 4))
}
