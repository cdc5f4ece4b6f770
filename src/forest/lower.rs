//! A forest into operators: `bin` replaces features by ranks, the tree operators walk them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Comparison, Forest, Test, Tree, TreeNode};
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::bin::{Bin, BinColumn, BinKind, CategorySet, table_of};
use crate::ops::leaf_linear::{LeafLinear, LinearLeaf};
use crate::ops::rank_trees::{Child, RankNode, RankTree, RankTrees};
use crate::ops::tree_leaf::TreeLeaf;
use crate::ops::tree_sum::{LeafValues, TreeSum};
use crate::tensor::{Data, ElementType};

/// A leaf by its place in the framework's arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The tree, in the order of [`Forest::add_tree`].
    pub tree: usize,
    /// The node within the tree.
    pub node: usize,
}

/// A forest in a graph: ranks computed, ready for sums and leaf numbers.
#[derive(Debug, Clone)]
pub struct Planted {
    x: ValueId,
    ranks: ValueId,
    trees: Arc<RankTrees>,
    leaves: Vec<Leaf>,
}

/// What a rank column ranks, while columns are collected.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ColumnKey {
    Thresholds { feature: u32, nan_last: bool },
    Set { feature: u32, set: CategorySet },
}

impl Forest {
    /// Puts the forest into the graph over the features `x` (f32 or f64, as many columns as features).
    pub fn plant(&self, g: &mut GraphBuilder, x: ValueId) -> Result<Planted> {
        let (columns, index) = self.columns(g.ty(x).element, &[]);
        let op = Bin { columns: columns.clone(), equal_passes: self.comparison == Comparison::Less };
        let ranks = g.apply(op, &[x])?;
        Ok(self.planted(g, x, ranks, &columns, &index))
    }

    /// The trees over columns of ranks.
    pub(super) fn planted(
        &self,
        g: &GraphBuilder,
        x: ValueId,
        ranks: ValueId,
        columns: &[BinColumn],
        index: &HashMap<ColumnKey, u32>,
    ) -> Planted {
        let element = g.ty(x).element;
        let mut leaves = Vec::new();
        let mut trees = Vec::with_capacity(self.trees.len());
        for (tree_idx, tree) in self.trees.iter().enumerate() {
            let first_leaf = leaves.len();
            trees.push(self.rank_tree(tree, tree_idx, element, columns, index, &mut leaves));
            debug_assert_eq!(trees[tree_idx].n_leaves as usize, leaves.len() - first_leaf);
        }
        Planted { x, ranks, trees: Arc::new(RankTrees { trees }), leaves }
    }

    /// The rank columns in the order of first use, for the trees and some more tests: thresholds sorted, sets of one feature
    /// and table side by side.
    pub(super) fn columns(&self, element: ElementType, more: &[&Test]) -> (Vec<BinColumn>, HashMap<ColumnKey, u32>) {
        let mut index: HashMap<ColumnKey, u32> = HashMap::new();
        let mut columns: Vec<BinColumn> = Vec::new();
        let own = self.trees.iter().flat_map(|tree| &tree.nodes).filter_map(|(_, node)| split_test(node));
        for test in own.chain(more.iter().copied()) {
            let key = column_key(test);
            let at = *index.entry(key.clone()).or_insert_with(|| {
                let (feature, kind) = match key {
                    ColumnKey::Thresholds { feature, nan_last } => {
                        (feature, BinKind::Thresholds { thresholds: Vec::new(), nan_last })
                    }
                    ColumnKey::Set { feature, set } => (feature, BinKind::Set(set)),
                };
                columns.push(BinColumn { feature, kind });
                columns.len() as u32 - 1
            });
            if let (Test::Number { threshold, .. }, BinKind::Thresholds { thresholds, .. }) =
                (test, &mut columns[at as usize].kind)
            {
                thresholds.push(self.representable(*threshold, element));
            }
        }
        for column in &mut columns {
            if let BinKind::Thresholds { thresholds, .. } = &mut column.kind {
                thresholds.sort_by(f64::total_cmp);
                thresholds.dedup();
            }
        }
        share_thresholds(&mut columns);
        let order = set_order(&columns);
        let mut places = vec![0; columns.len()];
        order.iter().enumerate().for_each(|(place, column)| places[*column] = place as u32);
        index.values_mut().for_each(|column| *column = places[*column as usize]);
        (order.iter().map(|column| columns[*column].clone()).collect(), index)
    }

    /// The threshold among the numbers of the features' type that sends every such number the same way.
    pub(super) fn representable(&self, threshold: f64, element: ElementType) -> f64 {
        if element != ElementType::F32 {
            return threshold + 0.0;
        }
        let nearest = threshold as f32;
        let exact = match self.comparison {
            Comparison::LessEqual if f64::from(nearest) > threshold => nearest.next_down(),
            Comparison::Less if f64::from(nearest) < threshold => nearest.next_up(),
            _ => nearest,
        };
        f64::from(exact) + 0.0
    }

    fn rank_tree(
        &self,
        tree: &Tree,
        tree_idx: usize,
        element: ElementType,
        columns: &[BinColumn],
        index: &HashMap<ColumnKey, u32>,
        leaves: &mut Vec<Leaf>,
    ) -> RankTree {
        let first_leaf = leaves.len() as u32;
        // Inner nodes and leaves are numbered apart, both in preorder.
        let mut numbers = Vec::with_capacity(tree.nodes.len());
        let (mut n_nodes, mut n_leaves) = (0, 0);
        for (node_idx, node) in &tree.nodes {
            if matches!(node, TreeNode::Split { .. }) {
                numbers.push(Child::Node(n_nodes));
                n_nodes += 1;
            } else {
                numbers.push(Child::Leaf(n_leaves));
                n_leaves += 1;
                leaves.push(Leaf { tree: tree_idx, node: *node_idx });
            }
        }
        let nodes = tree.nodes.iter().filter_map(|(_, node)| {
            let TreeNode::Split { test, left, right } = node else { return None };
            let column = index[&column_key(test)];
            let rank = self.rank_of(test, &columns[column as usize], element);
            Some(RankNode { column, rank, left: numbers[*left], right: numbers[*right] })
        });
        RankTree { nodes: nodes.collect(), first_leaf, n_leaves, depth: tree.depth }
    }

    /// The rank above which a row does not pass the test.
    pub(super) fn rank_of(&self, test: &Test, column: &BinColumn, element: ElementType) -> u32 {
        match (test, &column.kind) {
            (Test::Number { threshold, .. }, BinKind::Thresholds { thresholds, .. }) => {
                let threshold = self.representable(*threshold, element);
                thresholds.partition_point(|other| *other < threshold) as u32
            }
            _ => 0,
        }
    }
}

/// The columns of thresholds, then those of sets, each feature's that share a table side by side.
fn set_order(columns: &[BinColumn]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|column| match &columns[*column] {
        BinColumn { kind: BinKind::Thresholds { .. }, .. } => None,
        BinColumn { feature, kind: BinKind::Set(set) } => Some((*feature, table_of(set))),
    });
    order
}

/// Gives the two columns of a feature, NaN first and NaN last, the thresholds of both: one search then ranks for both.
/// Not where it would make a byte of rank too narrow.
fn share_thresholds(columns: &mut [BinColumn]) {
    let mut of_feature: HashMap<u32, usize> = HashMap::new();
    for i in 0..columns.len() {
        let BinKind::Thresholds { thresholds, .. } = &columns[i].kind else { continue };
        let Some(other) = of_feature.insert(columns[i].feature, i) else { continue };
        let BinKind::Thresholds { thresholds: others, .. } = &columns[other].kind else { continue };
        let mut shared: Vec<f64> = thresholds.iter().chain(others).copied().collect();
        shared.sort_by(f64::total_cmp);
        shared.dedup();
        if shared.len() > BYTE_RANKS && thresholds.len().max(others.len()) <= BYTE_RANKS {
            continue;
        }
        for at in [i, other] {
            if let BinKind::Thresholds { thresholds, .. } = &mut columns[at].kind {
                thresholds.clone_from(&shared);
            }
        }
    }
}

/// The most thresholds whose ranks fit a byte.
const BYTE_RANKS: usize = 0xFF;

fn split_test(node: &TreeNode) -> Option<&Test> {
    match node {
        TreeNode::Split { test, .. } => Some(test),
        _ => None,
    }
}

pub(super) fn column_key(test: &Test) -> ColumnKey {
    match test {
        Test::Number { feature, nan_left, .. } => {
            ColumnKey::Thresholds { feature: *feature as u32, nan_last: !nan_left }
        }
        Test::Category { feature, set } => ColumnKey::Set { feature: *feature as u32, set: set.clone() },
    }
}

impl Planted {
    /// The ranks that all answers come from.
    pub fn ranks(&self) -> ValueId {
        self.ranks
    }

    /// The leaves in the order of their numbers.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// `start[j]` plus, tree after tree, the leaf's value added to the tree's output; f32 or f64 as `start`.
    pub fn sum(
        &self,
        g: &mut GraphBuilder,
        start: Data,
        output: impl Fn(usize) -> u32,
        value: impl Fn(Leaf) -> f64,
    ) -> Result<ValueId> {
        let values = numbers(&start, self.leaves.iter().map(|leaf| value(*leaf)));
        let outputs = (0..self.trees.trees.len()).map(output).collect();
        let leaves = LeafValues::Scalar { values, outputs };
        g.apply(TreeSum { trees: self.trees.clone(), leaves, start }, &[self.ranks])
    }

    /// `start[j]` plus, tree after tree, the leaf's vector; f32 or f64 as `start`. `value` gives element j of a leaf.
    pub fn sum_vectors(
        &self,
        g: &mut GraphBuilder,
        start: Data,
        value: impl Fn(Leaf, usize) -> f64,
    ) -> Result<ValueId> {
        let width = start.len();
        let values = numbers(&start, self.leaves.iter().flat_map(|leaf| (0..width).map(|j| value(*leaf, j))));
        g.apply(TreeSum { trees: self.trees.clone(), leaves: LeafValues::Vector { values }, start }, &[self.ranks])
    }

    /// The leaf of every tree, i64, under the number that `id` gives it.
    pub fn leaf(&self, g: &mut GraphBuilder, id: impl Fn(Leaf) -> i64) -> Result<ValueId> {
        let ids = self.leaves.iter().map(|leaf| id(*leaf)).collect();
        g.apply(TreeLeaf { trees: self.trees.clone(), ids }, &[self.ranks])
    }

    /// The sum of linear models at the leaves, from 0, over the features the forest was planted on (f64).
    pub fn linear(
        &self,
        g: &mut GraphBuilder,
        n_outputs: usize,
        output: impl Fn(usize) -> u32,
        model: impl Fn(Leaf) -> LinearLeaf,
    ) -> Result<ValueId> {
        let ids = (0..self.leaves.len() as i64).collect();
        let leaf = g.apply(TreeLeaf { trees: self.trees.clone(), ids }, &[self.ranks])?;
        let leaves = self.leaves.iter().map(|leaf| model(*leaf)).collect();
        let outputs = (0..self.trees.trees.len()).map(output).collect();
        g.apply(LeafLinear { leaves, outputs, n_outputs }, &[leaf, self.x])
    }
}

/// Numbers in the element type of `like`.
fn numbers(like: &Data, values: impl Iterator<Item = f64>) -> Data {
    match like.element() {
        ElementType::F32 => Data::F32(values.map(|value| value as f32).collect()),
        _ => Data::F64(values.collect()),
    }
}
