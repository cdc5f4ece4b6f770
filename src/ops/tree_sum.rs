//! `tree_sum`: the sum of the leaf values that a row reaches, tree after tree.

use super::emit::{Emit, Place};
use super::rank_trees::RankTrees;
use super::tree_kernels::examples::{ExampleForest, example_forests, oblivious_forests};
use super::tree_kernels::{Arrived, LeafTable, OneTree, Visitor, Walk, scratch_bytes};
use super::{Example, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::Local;
use std::collections::HashMap;
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

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        scratch_bytes(stride)
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let element = output.ty.element;
        let start = e.data.intern(&self.start.to_le_bytes(), 16);
        let ty = ValueType { per_row: false, ..output.ty };
        e.copy_planes(&Place::numbers(ty, start), output);
        let walk = Walk::new(&self.trees, inputs[0]);
        let plane = output.plane_bytes(e.stride);
        let (width, targets) = match &self.leaves {
            LeafValues::Scalar { outputs, .. } => (1, outputs.as_slice()),
            LeafValues::Vector { .. } => (output.ty.width, &[][..]),
        };
        let leaf_bytes = width as u32 * element.bytes();
        let slots = walk.slots().into_iter();
        let values = self.leaves.values().gather(slots.flat_map(|slot| (0..width).map(move |j| slot * width + j)));
        let mut values = values.to_le_bytes();
        let is_scalar = matches!(self.leaves, LeafValues::Scalar { .. });
        let is_same = is_scalar && targets.array_windows().all(|[one, next]| one == next);
        if is_same {
            values.extend(nothing(leaf_bytes).repeat(walk.n_filler_slots()));
        }
        let values = Values::place(e, &values, leaf_bytes, walk.leads_by_pointers());
        let target = |tree: usize| output.address + targets.get(tree).map_or(0, |target| target * plane);
        let sums = Sums { output, is_scalar, values: &values };
        match is_same {
            true => walk.emit_sums(e, values.table, target(0), &sums),
            false => walk.emit(e, values.table, target, &sums),
        }
    }
}

/// Where the leaves' numbers lie.
#[derive(Debug)]
struct Values {
    /// What slots lead to: the numbers, or entries that say which of them.
    table: LeafTable,
    /// The type of an entry and the address of all leaves' distinct numbers, if there are entries.
    distinct: Option<(ElementType, u32)>,
    /// Bytes of a leaf's numbers.
    leaf_bytes: u32,
    /// A slot that changes no sum.
    nothing: Vec<u8>,
}

impl Values {
    /// Puts the numbers into the data. Where it is `worthwhile` and less, equal ones are kept once: the pure leaves of deep
    /// trees have few values, which stay in the cache.
    fn place(e: &mut Emit<'_>, values: &[u8], leaf_bytes: u32, worthwhile: bool) -> Self {
        let nothing = nothing(leaf_bytes);
        if worthwhile
            && leaf_bytes > 0
            && let Some((entries, distinct)) = distinct(values, &nothing)
        {
            let element = entries.element();
            let address = e.data.intern(&distinct, 16);
            let bytes = entries.to_le_bytes();
            // The last entry is that of nothing.
            let nothing = bytes[bytes.len() - element.bytes() as usize..].to_vec();
            let table = LeafTable { address: e.data.intern(&bytes, 4), slot_bytes: element.bytes() };
            return Values { table, distinct: Some((element, address)), leaf_bytes, nothing };
        }
        let table = LeafTable { address: e.data.intern(values, 16), slot_bytes: leaf_bytes };
        Values { table, distinct: None, leaf_bytes, nothing }
    }

    /// Replaces a slot in the table of a tree by the address of its numbers.
    fn address(&self, e: &mut Emit<'_>, slot: Local, table: Local) {
        let table_bytes = self.table.slot_bytes;
        e.code.get(slot);
        if table_bytes > 1 {
            match table_bytes.is_power_of_two() {
                true => e.code.i32(table_bytes.trailing_zeros() as i32).ops().i32_shl(),
                false => e.code.i32(table_bytes as i32).ops().i32_mul(),
            };
        }
        e.code.get(table);
        e.code.ops().i32_add();
        if let Some((element, distinct)) = self.distinct {
            e.load(element, 0);
            e.code.i32(self.leaf_bytes as i32);
            e.code.ops().i32_mul().i32_const(distinct as i32).i32_add();
        }
        e.code.set(slot);
    }
}

/// -0.0: any number plus it is the number, to the bit.
fn nothing(leaf_bytes: u32) -> Vec<u8> {
    let mut bytes = vec![0; leaf_bytes as usize];
    if let Some(last) = bytes.last_mut() {
        *last = 0x80;
    }
    bytes
}

/// For every leaf and for `nothing` which of the distinct values it has, and these; none where that is hardly less.
fn distinct(values: &[u8], nothing: &[u8]) -> Option<(Data, Vec<u8>)> {
    let mut known: HashMap<&[u8], u32> = HashMap::new();
    let mut distinct = Vec::new();
    let leaves = values.chunks_exact(nothing.len()).chain([nothing]);
    let entries: Vec<u32> = leaves
        .map(|leaf| {
            let next = known.len() as u32;
            *known.entry(leaf).or_insert_with(|| {
                distinct.extend_from_slice(leaf);
                next
            })
        })
        .collect();
    let entries = match known.len() {
        0..=0x100 => Data::U8(entries.into_iter().map(|entry| entry as u8).collect()),
        0x101..=0x1_0000 => Data::U16(entries.into_iter().map(|entry| entry as u16).collect()),
        _ => return None,
    };
    let bytes = entries.len() * entries.element().bytes() as usize + distinct.len();
    (bytes <= values.len() / 2).then_some((entries, distinct))
}

/// Adds the leaves' numbers: one to an output of the tree's, or one to each output.
struct Sums<'a> {
    output: &'a Place,
    is_scalar: bool,
    values: &'a Values,
}

impl Visitor for Sums<'_> {
    fn visit(&self, e: &mut Emit<'_>, arrived: &Arrived<'_>) {
        let element = self.output.ty.element;
        let sums = e.row_address(arrived.target, arrived.row, element);
        arrived.slots.iter().for_each(|slot| self.values.address(e, *slot, arrived.table));
        match self.is_scalar {
            true => arrived.slots.iter().enumerate().for_each(|(i, slot)| add_value(e, element, sums, i, *slot)),
            false => add_vectors(e, self.output, sums, arrived),
        }
    }

    fn nothing(&self) -> Option<&[u8]> {
        (self.is_scalar && self.output.ty.width == 1).then_some(&self.values.nothing)
    }

    /// The sum stays in a register from tree to tree.
    fn visit_trees(&self, e: &mut Emit<'_>, row: Local, trees: &[OneTree]) {
        let element = self.output.ty.element;
        let sums = e.code.local(ValType::I32);
        e.code.i32(self.output.address as i32).set(sums);
        let sum = e.row_address(sums, row, element);
        trees.iter().for_each(|tree| self.values.address(e, tree.slot, tree.table));
        e.code.get(sum).get(sum);
        e.load(element, 0);
        for tree in trees {
            e.code.get(tree.slot);
            e.load(element, 0);
            match element {
                ElementType::F32 => e.code.ops().f32_add(),
                _ => e.code.ops().f64_add(),
            };
        }
        e.store(element, 0);
    }
}

/// Adds the vector at every slot's address to the sums of its row, plane after plane.
fn add_vectors(e: &mut Emit<'_>, output: &Place, sums: Local, arrived: &Arrived<'_>) {
    let element = output.ty.element;
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
    let repeated =
        |count: usize, distinct: usize| Data::F64((0..count).map(|i| values[i % distinct % values.len()]).collect());
    let outputs = |count: u32| (0..trees.trees.len() as u32).map(|i| i % count).collect::<Vec<_>>();
    let scalar = |values: Data, count: u32| LeafValues::Scalar { values, outputs: outputs(count) };
    let cases = [
        (scalar(narrow(n), 1), Data::F32(vec![0.5])),
        (scalar(Data::F64(values[..n].to_vec()), 3), Data::F64(vec![0.0, -1.0, 1e-3])),
        (LeafValues::Vector { values: Data::F64(values.clone()) }, Data::F64(vec![0.0; 3])),
        (LeafValues::Vector { values: narrow(2 * n) }, Data::F32(vec![0.0, 1.0])),
        (scalar(repeated(n, 2), 1), Data::F64(vec![-0.0])),
        (scalar(repeated(n, 700), 1), Data::F64(vec![0.25])),
        (LeafValues::Vector { values: repeated(3 * n, 6) }, Data::F64(vec![0.0; 3])),
    ];
    cases
        .map(|(leaves, start)| Example {
            op: TreeSum { trees: trees.clone(), leaves, start }.into(),
            inputs: vec![forest.input()],
        })
        .into()
}
