//! Ensembles and ranks that reach every kernel, for the examples of the tree operators.

use crate::ops::ExampleInput;
use crate::ops::bin::stored_rank;
use crate::ops::rank_trees::{Child, RankNode, RankTree, RankTrees};
use crate::tensor::{Data, ElementType, Matrix};
use std::sync::Arc;

/// An ensemble and rows of ranks for it.
#[derive(Debug, Clone)]
pub struct ExampleForest {
    /// The trees.
    pub trees: Arc<RankTrees>,
    ranks: Matrix,
}

impl ExampleForest {
    /// The ranks as an operator's input.
    pub fn input(&self) -> ExampleInput {
        ExampleInput { matrix: self.ranks.clone(), per_row: true }
    }
}

/// Every width of ranks, with trees of up to each of some depths, some of them much shallower.
pub fn example_forests(depths: &[u32]) -> Vec<ExampleForest> {
    let elements = [(ElementType::U8, 0xFF), (ElementType::U16, 0xFFFF), (ElementType::U32, 70_000)];
    let mut forests = Vec::new();
    for depth in depths {
        for (i, (element, highest)) in elements.into_iter().enumerate() {
            // Full trees are the work of one kernel, sparse ones of another: each in turn where it makes a difference.
            let is_full = *depth <= 9 && (*depth <= 3 || (*depth as usize + i).is_multiple_of(2));
            let mut random = Random(u64::from(*depth) << 32 | u64::from(highest));
            let n_columns = if depth % 3 == 0 { 40 } else { 3 };
            // Eight trees are walked at once by one row: more, fewer, and not a multiple.
            let n_trees = [11, 5, 16][*depth as usize % 3];
            let trees = Arc::new(random.ensemble(*depth, is_full, n_trees, n_columns, highest));
            // Past a loop over several vectors a step, and the rest.
            let n_rows = if depth % 4 == 2 { 512 } else { 97 };
            let ranks = random.ranks(n_rows, n_columns as usize, element, highest);
            forests.push(ExampleForest { trees, ranks });
        }
    }
    forests
}

/// Ensembles whose trees have one test a level, of several depths and with shallower ones among them.
pub fn oblivious_forests() -> Vec<ExampleForest> {
    let mut forests = Vec::new();
    for depth in [2, 3, 6, 8, 9] {
        for (element, highest) in [(ElementType::U8, 0xFF), (ElementType::U16, 0xFFFF)] {
            let mut random = Random(u64::from(depth) << 40 | u64::from(highest));
            let mut trees = RankTrees::default();
            for i in 0..9 {
                let depth = if i % 4 == 3 { random.below(depth + 1) } else { depth };
                let first_leaf = trees.trees.last().map_or(0, |tree| tree.first_leaf + tree.n_leaves);
                trees.trees.push(random.oblivious(depth, highest, first_leaf));
            }
            // Past steps of eight vectors of bytes, and the rest.
            let ranks = random.ranks(if depth == 6 { 512 } else { 161 }, 5, element, highest);
            forests.push(ExampleForest { trees: Arc::new(trees), ranks });
        }
    }
    forests
}

/// A linear congruential generator: the examples are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 32) * u64::from(end)) >> 32) as u32
    }

    fn ranks(&mut self, rows: usize, width: usize, element: ElementType, highest: u32) -> Matrix {
        // Every fifth is an extreme, and of wide ranks only some are used: else hardly any row meets its equal.
        let mut rank = || match self.below(10) {
            0 => 0,
            1 => highest,
            _ => self.below(256) * (highest / 255),
        };
        let stored: Vec<u32> = (0..rows * width).map(|_| stored_rank(rank(), element)).collect();
        let data = match element {
            ElementType::U8 => Data::U8(stored.iter().map(|rank| *rank as u8).collect()),
            ElementType::U16 => Data::U16(stored.iter().map(|rank| *rank as u16).collect()),
            _ => Data::U32(stored),
        };
        Matrix::new(rows, width, data)
    }

    fn ensemble(&mut self, depth: u32, is_full: bool, n_trees: u32, n_columns: u32, highest: u32) -> RankTrees {
        let mut first_leaf = 0;
        let trees = (0..n_trees).map(|i| {
            let depth = if i % 4 == 3 { self.below(depth + 1) } else { depth };
            // Out of ten children, those that split.
            let dense = if is_full { 10 } else { 6 };
            let tree = self.tree(depth, dense, n_columns, highest, first_leaf);
            first_leaf += tree.n_leaves;
            tree
        });
        RankTrees { trees: trees.collect() }
    }

    /// A complete tree with one test a level.
    fn oblivious(&mut self, depth: u32, highest: u32, first_leaf: u32) -> RankTree {
        let rank = |random: &mut Self| {
            [random.below(256) * (highest / 255), 0, highest][random.below(12).saturating_sub(9) as usize]
        };
        let levels: Vec<(u32, u32)> = (0..depth).map(|_| (self.below(5), rank(self))).collect();
        let mut tree = RankTree { nodes: Vec::new(), first_leaf, n_leaves: 1 << depth, depth };
        // (level, first leaf, the parent and whether this is its right child)
        let mut pending = vec![(0, 0, None)];
        while let Some((level, leaf, parent)) = pending.pop() {
            let child = match levels.get(level as usize) {
                Some((column, rank)) => {
                    let node = tree.nodes.len() as u32;
                    let half = 1 << (depth - level - 1);
                    tree.nodes.push(RankNode {
                        column: *column,
                        rank: *rank,
                        left: Child::Leaf(0),
                        right: Child::Leaf(0),
                    });
                    pending.push((level + 1, leaf + half, Some((node, true))));
                    pending.push((level + 1, leaf, Some((node, false))));
                    Child::Node(node)
                }
                None => Child::Leaf(leaf),
            };
            if let Some((parent, is_right)) = parent {
                let parent: &mut RankNode = &mut tree.nodes[parent as usize];
                *if is_right { &mut parent.right } else { &mut parent.left } = child;
            }
        }
        tree
    }

    /// A tree one of whose paths is `depth` long.
    fn tree(&mut self, depth: u32, dense: u32, n_columns: u32, highest: u32, first_leaf: u32) -> RankTree {
        let mut tree = RankTree { nodes: Vec::new(), first_leaf, n_leaves: 0, depth };
        // (level, whether the longest path leads here, the parent and whether this is its right child)
        let mut pending = vec![(0, true, None)];
        while let Some((level, longest, parent)) = pending.pop() {
            let child = if level < depth && (longest || self.below(10) < dense) {
                let node = tree.nodes.len() as u32;
                // Often the ends: a rank that nothing is above, and one that all but the lowest are above.
                let rank = [self.below(256) * (highest / 255), 0, highest][self.below(12).saturating_sub(9) as usize];
                let leaf = Child::Leaf(0);
                tree.nodes.push(RankNode { column: self.below(n_columns), rank, left: leaf, right: leaf });
                let longest_right = self.below(2) == 1;
                pending.push((level + 1, longest && longest_right, Some((node, true))));
                pending.push((level + 1, longest && !longest_right, Some((node, false))));
                Child::Node(node)
            } else {
                tree.n_leaves += 1;
                Child::Leaf(tree.n_leaves - 1)
            };
            if let Some((parent, is_right)) = parent {
                let parent: &mut RankNode = &mut tree.nodes[parent as usize];
                *if is_right { &mut parent.right } else { &mut parent.left } = child;
            }
        }
        tree
    }
}
