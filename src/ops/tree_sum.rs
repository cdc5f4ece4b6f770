//! `tree_sum`: the sum of the leaf values that a row reaches, tree after tree.

use super::emit::{Emit, Place};
use super::rank_trees::{RankTrees, emit_walk};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::Local;
use std::sync::Arc;
use wasm_encoder::ValType;

/// `y[j] = start[j] + leaf of tree 0 + leaf of tree 1 + …`, every addition rounded in the type of the values.
#[derive(Debug, Clone)]
pub struct TreeSum {
    /// The trees, over ranks.
    pub trees: Arc<RankTrees>,
    /// What the leaves hold.
    pub leaves: LeafValues,
    /// Where the sums begin: one number per output, f32 or f64 as the leaves.
    pub start: Data,
}

/// The values of all leaves, in the order of their numbers.
#[derive(Debug, Clone)]
pub enum LeafValues {
    /// One number per leaf; every tree adds to one output.
    Scalar {
        /// f32 or f64.
        values: Data,
        /// Per tree, the output that it adds to.
        outputs: Vec<u32>,
    },
    /// A number per output and leaf: `[leaves, outputs]`, f32 or f64.
    Vector {
        /// The numbers.
        values: Data,
    },
}

impl LeafValues {
    fn values(&self) -> &Data {
        match self {
            LeafValues::Scalar { values, .. } | LeafValues::Vector { values } => values,
        }
    }
}

impl Operator for TreeSum {
    fn name(&self) -> &'static str {
        "tree_sum"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("tree_sum", inputs, 1)?;
        let (element, outputs) = (self.start.element(), self.start.len());
        let expected = match &self.leaves {
            LeafValues::Scalar { outputs: targets, .. } => {
                let in_range = targets.iter().all(|output| (*output as usize) < outputs);
                if targets.len() != self.trees.trees.len() || !in_range {
                    return Err(bad_operand("tree_sum", "a tree without an output"));
                }
                self.trees.n_leaves()
            }
            LeafValues::Vector { .. } => self.trees.n_leaves() * outputs,
        };
        if inputs[0].width < self.trees.n_columns() || self.leaves.values().len() != expected {
            return Err(bad_operand("tree_sum", format!("{} leaf values", self.leaves.values().len())));
        }
        if !element.is_float() || self.leaves.values().element() != element {
            return Err(bad_operand("tree_sum", format!("leaves of another type than {element}")));
        }
        Ok(ValueType::rows(element, outputs))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let leaves = self.trees.leaves(inputs[0], rows);
        let data = match (&self.start, self.leaves.values()) {
            (Data::F32(start), Data::F32(values)) => Data::F32(self.sums(&leaves, rows, start, values)),
            (Data::F64(start), Data::F64(values)) => Data::F64(self.sums(&leaves, rows, start, values)),
            (other, _) => other.clone(),
        };
        Ok(Matrix::new(rows, self.start.len(), data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let element = output.ty.element;
        let start = e.data.intern(&self.start.to_le_bytes(), 16);
        let ty = ValueType { per_row: false, ..output.ty };
        e.copy_planes(&Place { ty, address: start, text: None }, output);
        let values = e.data.intern(&self.leaves.values().to_le_bytes(), 16);
        let plane = output.plane_bytes(e.stride);
        match &self.leaves {
            LeafValues::Scalar { outputs, .. } => {
                let target = |tree: usize| output.address + outputs[tree] * plane;
                emit_walk(e, &self.trees, inputs[0], target, |e, row, target, leaves| {
                    let sums = e.row_address(target, row, element);
                    for (i, leaf) in leaves.iter().enumerate() {
                        e.code.get(sums);
                        add_value(e, element, sums, i as u32 * element.bytes(), *leaf, values);
                    }
                });
            }
            LeafValues::Vector { .. } => {
                let width = output.ty.width as u32;
                emit_walk(e, &self.trees, inputs[0], |_| 0, |e, row, _, leaves| {
                    for leaf in leaves {
                        e.code.get(*leaf).i32(width as i32);
                        e.code.ops().i32_mul();
                        e.code.set(*leaf);
                    }
                    let base = e.code.local(ValType::I32);
                    e.code.i32(output.address as i32).set(base);
                    let sums = e.row_address(base, row, element);
                    let column = e.code.local(ValType::I32);
                    e.code.i32(0).set(column);
                    e.code.ops().loop_(wasm_encoder::BlockType::Empty);
                    for (i, leaf) in leaves.iter().enumerate() {
                        e.code.get(sums);
                        add_value(e, element, sums, i as u32 * element.bytes(), *leaf, values);
                        e.code.advance(*leaf, 1);
                    }
                    e.code.advance(sums, plane as i32).advance(column, 1).get(column).i32(width as i32);
                    e.code.ops().i32_lt_s().br_if(0).end();
                });
            }
        }
    }
}

/// With the target address on the stack: `sums[offset] += values[index]`.
fn add_value(e: &mut Emit<'_>, element: ElementType, sums: Local, offset: u32, index: Local, values: u32) {
    e.code.get(sums);
    e.load(element, offset);
    e.code.get(index).i32(element.bytes().trailing_zeros() as i32);
    e.code.ops().i32_shl();
    e.load(element, values);
    match element {
        ElementType::F32 => e.code.ops().f32_add(),
        _ => e.code.ops().f64_add(),
    };
    e.store(element, offset);
}

impl TreeSum {
    fn sums<T: Copy + std::ops::AddAssign>(&self, leaves: &[u32], rows: usize, start: &[T], values: &[T]) -> Vec<T> {
        let (n_trees, width) = (self.trees.trees.len(), start.len());
        let mut sums: Vec<T> = (0..rows).flat_map(|_| start.iter().copied()).collect();
        for row in 0..rows {
            for tree in 0..n_trees {
                let leaf = leaves[row * n_trees + tree] as usize;
                match &self.leaves {
                    LeafValues::Scalar { outputs, .. } => sums[row * width + outputs[tree] as usize] += values[leaf],
                    LeafValues::Vector { .. } => {
                        (0..width).for_each(|j| sums[row * width + j] += values[leaf * width + j]);
                    }
                }
            }
        }
        sums
    }
}

/// Single leaves, stumps, unbalanced and full trees; one and several outputs; vectors; ranks of every width.
pub fn examples() -> Vec<Example> {
    let ranks = super::tree_leaf::example_ranks();
    let trees = Arc::new(super::tree_leaf::example_trees());
    let n = trees.n_leaves();
    let values: Vec<f64> = (0..n * 3).map(|i| (i as f64 * 0.37).sin() * 1e3).collect();
    let narrow = |count: usize| Data::F32(values[..count].iter().map(|x| *x as f32).collect());
    let outputs = |count: u32| (0..trees.trees.len() as u32).map(|i| i % count).collect::<Vec<_>>();
    let ops = [
        TreeSum {
            trees: trees.clone(),
            leaves: LeafValues::Scalar { values: narrow(n), outputs: outputs(1) },
            start: Data::F32(vec![0.5]),
        },
        TreeSum {
            trees: trees.clone(),
            leaves: LeafValues::Scalar { values: Data::F64(values[..n].to_vec()), outputs: outputs(3) },
            start: Data::F64(vec![0.0, -1.0, 1e-3]),
        },
        TreeSum {
            trees: trees.clone(),
            leaves: LeafValues::Vector { values: Data::F64(values.clone()) },
            start: Data::F64(vec![0.0; 3]),
        },
    ];
    ops.into_iter()
        .flat_map(|op| {
            ranks.clone().map(|matrix| Example {
                op: op.clone().into(),
                inputs: vec![ExampleInput { matrix, per_row: true }],
            })
        })
        .collect()
}
