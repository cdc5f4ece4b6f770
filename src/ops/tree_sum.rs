//! `tree_sum`: the sum of the leaf values that a row reaches, tree after tree.

use super::emit::{Emit, Place};
use super::rank_trees::RankTrees;
use super::tree_kernels::examples::{ExampleForest, example_forests, oblivious_forests};
use super::tree_kernels::{Arrived, LeafTable, Walk, scratch_bytes};
use super::{Example, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
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

/// Minus zero, f64; its last half in f32.
const FILLER: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 0x80];

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

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        scratch_bytes(stride)
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let element = output.ty.element;
        let start = e.data.intern(&self.start.to_le_bytes(), 16);
        let ty = ValueType { per_row: false, ..output.ty };
        e.copy_planes(&Place::numbers(ty, start), output);
        let walk = Walk::new(&self.trees, inputs[0]).sharing(self.leaves.values());
        let plane = output.plane_bytes(e.stride);
        match &self.leaves {
            LeafValues::Scalar { values, outputs } => {
                let mut bytes = values.gather(walk.slots().into_iter()).to_le_bytes();
                let add = |e: &mut Emit<'_>, arrived: &Arrived<'_>| {
                    let sums = e.row_address(arrived.target, arrived.row, element);
                    add_leaves(e, element, sums, arrived.table, arrived.slots);
                };
                let is_same = outputs.array_windows().all(|[one, next]| one == next);
                if is_same {
                    // Minus zero changes no sum.
                    let filler = if element == ElementType::F32 { &FILLER[4..] } else { &FILLER[..] };
                    bytes.extend(filler.repeat(walk.n_filler_slots()));
                }
                let table = LeafTable { address: e.data.intern(&bytes, 16), slot_bytes: element.bytes() };
                let sums = |tree: usize| output.address + outputs[tree] * plane;
                match is_same {
                    true => walk.emit_sums(e, table, outputs.first().map_or(output.address, |_| sums(0)), add),
                    false => walk.emit(e, table, sums, add),
                }
            }
            LeafValues::Vector { values } => {
                let width = output.ty.width;
                let slots = walk.slots().into_iter();
                let values = values.gather(slots.flat_map(|slot| (0..width).map(move |j| slot * width + j)));
                let slot_bytes = width as u32 * element.bytes();
                let table = LeafTable { address: e.data.intern(&values.to_le_bytes(), 16), slot_bytes };
                walk.emit(e, table, |_| output.address, |e, arrived| {
                    let sums = e.row_address(arrived.target, arrived.row, element);
                    add_vectors(e, output, sums, arrived);
                });
            }
        }
    }
}

/// Adds the value of every slot to the sum of its row.
fn add_leaves(e: &mut Emit<'_>, element: ElementType, sums: Local, table: Local, slots: &[Local]) {
    for (i, slot) in slots.iter().enumerate() {
        e.code.get(*slot).i32(element.bytes().trailing_zeros() as i32);
        e.code.ops().i32_shl();
        e.code.get(table);
        e.code.ops().i32_add();
        e.code.set(*slot);
        add_value(e, element, sums, i, *slot);
    }
}

/// Adds the vector of every slot to the sums of its row, plane after plane.
fn add_vectors(e: &mut Emit<'_>, output: &Place, sums: Local, arrived: &Arrived<'_>) {
    let element = output.ty.element;
    let slot_bytes = output.ty.width as i32 * element.bytes() as i32;
    for slot in arrived.slots {
        e.code.get(*slot).i32(slot_bytes);
        e.code.ops().i32_mul();
        e.code.get(arrived.table);
        e.code.ops().i32_add();
        e.code.set(*slot);
    }
    let left = e.code.local(ValType::I32);
    e.code.i32(output.ty.width as i32).set(left);
    e.code.ops().loop_(wasm_encoder::BlockType::Empty);
    for (i, slot) in arrived.slots.iter().enumerate() {
        add_value(e, element, sums, i, *slot);
        e.code.advance(*slot, element.bytes() as i32);
    }
    e.code.advance(sums, output.plane_bytes(e.stride) as i32).advance(left, -1).get(left);
    e.code.ops().br_if(0).end();
}

/// `sums[row] += *value`.
fn add_value(e: &mut Emit<'_>, element: ElementType, sums: Local, row: usize, value: Local) {
    let offset = row as u32 * element.bytes();
    e.code.get(sums).get(sums);
    e.load(element, offset);
    e.code.get(value);
    e.load(element, 0);
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

/// Every kernel, with one and several outputs, vectors, and both types.
pub fn examples() -> Vec<Example> {
    example_forests(&[0, 3, 6, 8]).iter().chain(&oblivious_forests()).flat_map(examples_of).collect()
}

fn examples_of(forest: &ExampleForest) -> Vec<Example> {
    let trees = &forest.trees;
    let n = trees.n_leaves();
    let values: Vec<f64> = (0..n * 3).map(|i| (i as f64 * 0.37).sin() * 1e3).collect();
    let narrow = |count: usize| Data::F32(values[..count].iter().map(|x| *x as f32).collect());
    let outputs = |count: u32| (0..trees.trees.len() as u32).map(|i| i % count).collect::<Vec<_>>();
    let scalar = |values: Data, count: u32| LeafValues::Scalar { values, outputs: outputs(count) };
    let cases = [
        (scalar(narrow(n), 1), Data::F32(vec![0.5])),
        (scalar(Data::F64(values[..n].to_vec()), 3), Data::F64(vec![0.0, -1.0, 1e-3])),
        (LeafValues::Vector { values: Data::F64(values.clone()) }, Data::F64(vec![0.0; 3])),
        (LeafValues::Vector { values: narrow(2 * n) }, Data::F32(vec![0.0, 1.0])),
    ];
    cases
        .map(|(leaves, start)| Example {
            op: TreeSum { trees: trees.clone(), leaves, start }.into(),
            inputs: vec![forest.input()],
        })
        .into()
}
