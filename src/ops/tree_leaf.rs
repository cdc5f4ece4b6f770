//! `tree_leaf`: the leaf that a row reaches in every tree, under the framework's own numbers.

use super::emit::{Emit, Place};
use super::rank_trees::RankTrees;
use super::tree_kernels::examples::{ExampleForest, example_forests, oblivious_forests};
use super::tree_kernels::{Arrived, EveryTree, LeafTable, Walk, scratch_bytes};
use super::{Example, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
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
        let ids = narrowest(walk.slots().into_iter().map(|leaf| self.ids[leaf]).collect());
        let element = ids.element();
        let table = LeafTable { address: e.data.intern(&ids.to_le_bytes(), 8), slot_bytes: element.bytes() };
        let plane = output.plane_bytes(e.stride);
        let store = |e: &mut Emit<'_>, arrived: &Arrived<'_>| {
            let to = e.row_address(arrived.target, arrived.row, ElementType::I64);
            for (i, slot) in arrived.slots.iter().enumerate() {
                e.code.get(to).get(*slot).i32(element.bytes().trailing_zeros() as i32);
                e.code.ops().i32_shl();
                e.code.get(arrived.table);
                e.code.ops().i32_add();
                e.load(element, 0);
                if element != ElementType::I64 {
                    e.code.ops().i64_extend_i32_u();
                }
                e.store(ElementType::I64, i as u32 * 8);
            }
        };
        // Scores come of `tree_sum`; leaves are asked for rarely, and not worth a second kernel in every module of trees.
        walk.emit_alone(e, table, |tree| output.address + tree as u32 * plane, &EveryTree(store));
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        scratch_bytes(stride)
    }
}

/// The numbers in the narrowest type that holds them: they are as many as leaves.
fn narrowest(ids: Vec<i64>) -> Data {
    let lowest = ids.iter().min().copied().unwrap_or(0);
    match ids.iter().max().copied().unwrap_or(0) {
        _ if lowest < 0 => Data::I64(ids),
        0..=0xFF => Data::U8(ids.into_iter().map(|id| id as u8).collect()),
        0x100..=0xFFFF => Data::U16(ids.into_iter().map(|id| id as u16).collect()),
        0x1_0000..=0xFFFF_FFFF => Data::U32(ids.into_iter().map(|id| id as u32).collect()),
        _ => Data::I64(ids),
    }
}

/// Every kernel: trees of every depth up to twelve over ranks of every width.
pub fn examples() -> Vec<Example> {
    let depths: Vec<u32> = (0..=12).collect();
    let numbers: [fn(i64) -> i64; 4] = [|i| i * i - 7, |i| i % 256, |i| i * 7 % 65_536, |i| i << 18];
    let example = |(i, forest): (usize, &ExampleForest)| {
        let ids = (0..forest.trees.n_leaves() as i64).map(numbers[i % numbers.len()]).collect();
        Example { op: TreeLeaf { trees: forest.trees.clone(), ids }.into(), inputs: vec![forest.input()] }
    };
    example_forests(&depths).iter().chain(&oblivious_forests()).enumerate().map(example).collect()
}
