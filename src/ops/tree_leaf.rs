//! `tree_leaf`: the leaf that a row reaches in every tree, under the framework's own numbers.

use super::bin::stored_rank;
use super::emit::{Emit, Place};
use super::rank_trees::{Child, RankNode, RankTree, RankTrees};
use super::tree_kernels::{LeafTable, Walk, scratch_bytes};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use std::sync::Arc;

/// One i64 per tree.
#[derive(Debug, Clone)]
pub struct TreeLeaf {
    /// The trees, over ranks.
    pub trees: Arc<RankTrees>,
    /// The framework's number of every leaf.
    pub ids: Vec<i64>,
}

impl Operator for TreeLeaf {
    fn name(&self) -> &'static str {
        "tree_leaf"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("tree_leaf", inputs, 1)?;
        if inputs[0].width < self.trees.n_columns() || self.ids.len() != self.trees.n_leaves() {
            return Err(bad_operand("tree_leaf", format!("{} leaf numbers", self.ids.len())));
        }
        Ok(ValueType::rows(ElementType::I64, self.trees.trees.len()))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let leaves = self.trees.leaves(inputs[0], rows);
        let ids = leaves.iter().map(|leaf| self.ids[*leaf as usize]).collect();
        Ok(Matrix::new(rows, self.trees.trees.len(), Data::I64(ids)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let walk = Walk::new(&self.trees, inputs[0]);
        let ids = walk.slots().into_iter().map(|leaf| self.ids[leaf]).collect();
        let table = LeafTable { address: e.data.intern(&Data::I64(ids).to_le_bytes(), 8), slot_bytes: 8 };
        let plane = output.plane_bytes(e.stride);
        walk.emit(e, table, |tree| output.address + tree as u32 * plane, |e, arrived| {
            let to = e.row_address(arrived.target, arrived.row, ElementType::I64);
            for (i, slot) in arrived.slots.iter().enumerate() {
                e.code.get(to).get(*slot).i32(3);
                e.code.ops().i32_shl();
                e.code.get(arrived.table);
                e.code.ops().i32_add();
                e.load(ElementType::I64, 0);
                e.store(ElementType::I64, i as u32 * 8);
            }
        });
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        scratch_bytes(stride)
    }
}

/// Ranks of every width for [`example_trees`].
pub(super) fn example_ranks() -> [Matrix; 3] {
    let ranks: Vec<u32> = (0..300u32).map(|i| i.wrapping_mul(2_654_435_761) >> 27).collect();
    let stored = |element| ranks.iter().map(|rank| stored_rank(*rank, element)).collect::<Vec<_>>();
    let bytes = stored(ElementType::U8).iter().map(|rank| *rank as u8).collect();
    let words = stored(ElementType::U16).iter().map(|rank| *rank as u16).collect();
    [Data::U8(bytes), Data::U16(words), Data::U32(ranks)].map(|data| Matrix::new(100, 3, data))
}

/// A single leaf, a stump, a chain to the left, and a full tree of depth 4.
pub(super) fn example_trees() -> RankTrees {
    let node = |column, rank, left, right| RankNode { column, rank, left, right };
    let chain = (0..6).map(|i| {
        let left = if i == 5 { Child::Leaf(6) } else { Child::Node(i + 1) };
        node(i % 3, 25 - 4 * i, left, Child::Leaf(i))
    });
    let child = |i: u32| if i < 15 { Child::Node(i) } else { Child::Leaf(i - 15) };
    let full = (0..15).map(|i| node(i % 3, (i * 7) % 30, child(2 * i + 1), child(2 * i + 2)));
    let shapes = [
        (Vec::new(), 1, 0),
        (vec![node(1, 15, Child::Leaf(0), Child::Leaf(1))], 2, 1),
        (chain.collect(), 7, 6),
        (full.collect(), 16, 4),
    ];
    let mut first_leaf = 0;
    let trees = shapes.into_iter().map(|(nodes, n_leaves, depth)| {
        let tree = RankTree { nodes, first_leaf, n_leaves, depth };
        first_leaf += n_leaves;
        tree
    });
    RankTrees { trees: trees.collect() }
}

/// Every shape of tree over ranks of every width.
pub fn examples() -> Vec<Example> {
    let trees = Arc::new(example_trees());
    let ids: Vec<i64> = (0..trees.n_leaves() as i64).map(|i| i * i - 7).collect();
    example_ranks()
        .map(|matrix| Example {
            op: TreeLeaf { trees: trees.clone(), ids: ids.clone() }.into(),
            inputs: vec![ExampleInput { matrix, per_row: true }],
        })
        .into()
}
