//! Decision trees over ranks: the data of the tree operators and the plain walk. Not an operator; `tree_kernels` emits.
//!
//! A node goes right where its column's rank is greater than the node's; see `bin`.

use crate::tensor::{Data, Matrix};

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
