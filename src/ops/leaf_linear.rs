//! `leaf_linear`: the sum of linear models, one at every leaf that a row reaches (LightGBM's linear trees).

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, Local};
use wasm_encoder::{BlockType, ValType};

/// Inputs: leaf numbers (i64, one per tree, through the ensemble) and features (f64). Per tree in order, the leaf's
/// `constant + Σ coefficient · feature` is added to the tree's output; where a feature is NaN, `fallback` is.
#[derive(Debug, Clone)]
pub struct LeafLinear {
    /// The model of every leaf.
    pub leaves: Vec<LinearLeaf>,
    /// Per tree, the output that it adds to.
    pub outputs: Vec<u32>,
    /// The number of outputs; sums begin at 0.
    pub n_outputs: usize,
}

/// The linear model of one leaf.
#[derive(Debug, Clone)]
pub struct LinearLeaf {
    /// The constant term.
    pub constant: f64,
    /// Feature and coefficient, in the order of summation.
    pub terms: Vec<(u32, f64)>,
    /// The value of a row that lacks one of the features.
    pub fallback: f64,
}

impl LinearLeaf {
    fn value(&self, feature: impl Fn(u32) -> f64) -> f64 {
        if self.terms.iter().any(|(column, _)| feature(*column).is_nan()) {
            return self.fallback;
        }
        self.terms.iter().fold(self.constant, |sum, (column, coefficient)| sum + coefficient * feature(*column))
    }
}

impl Operator for LeafLinear {
    fn name(&self) -> &'static str {
        "leaf_linear"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("leaf_linear", inputs, 2)?;
        let columns = inputs[1].width;
        let fits = inputs[0].element == ElementType::I64
            && inputs[0].width == self.outputs.len()
            && inputs[1].element == ElementType::F64
            && self.outputs.iter().all(|output| (*output as usize) < self.n_outputs)
            && self.leaves.iter().all(|leaf| leaf.terms.iter().all(|(column, _)| (*column as usize) < columns));
        if !fits {
            return Err(bad_operand("leaf_linear", format!("{} trees over {columns} columns", self.outputs.len())));
        }
        Ok(ValueType::rows(ElementType::F64, self.n_outputs))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let (Data::I64(leaves), Data::F64(x)) = (&inputs[0].data, &inputs[1].data) else {
            return Ok(inputs[1].clone());
        };
        let mut sums = vec![0.0; rows * self.n_outputs];
        for row in 0..rows {
            for (tree, output) in self.outputs.iter().enumerate() {
                let leaf = &self.leaves[leaves[row * self.outputs.len() + tree] as usize];
                let value = leaf.value(|column| x[row * inputs[1].width + column as usize]);
                sums[row * self.n_outputs + *output as usize] += value;
            }
        }
        Ok(Matrix::new(rows, self.n_outputs, Data::F64(sums)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let (plane, out_plane) = (inputs[1].plane_bytes(e.stride), output.plane_bytes(e.stride));
        let mut terms = Vec::new();
        let mut records = Vec::new();
        for leaf in &self.leaves {
            let start = terms.len() as u32;
            for (column, coefficient) in &leaf.terms {
                terms.extend(u64::from(inputs[1].address + column * plane).to_le_bytes());
                terms.extend(coefficient.to_le_bytes());
            }
            records.extend(leaf.constant.to_le_bytes());
            records.extend(leaf.fallback.to_le_bytes());
            records.extend([start, terms.len() as u32].iter().flat_map(|word| word.to_le_bytes()));
        }
        let terms_at = e.data.intern(&terms, 8);
        let records_at = e.data.intern(&records, 8);
        let targets: Vec<u8> =
            self.outputs.iter().flat_map(|j| (output.address + j * out_plane).to_le_bytes()).collect();
        let targets_at = e.data.intern(&targets, 4);
        let ty = ValueType { per_row: false, ..output.ty };
        let zeros = e.data.intern(&vec![0; self.n_outputs * 8], 8);
        e.copy_planes(&Place::numbers(ty, zeros), output);
        let (target, tree) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(targets_at as i32).set(tree);
        e.for_each_plane(self.outputs.len(), &[inputs[0]], |e, pointers| {
            e.code.get(tree);
            e.load(ElementType::U32, 0);
            e.code.set(target).advance(tree, 4);
            e.for_each_row(1, |e, row| {
                let value = emit_leaf(e, pointers[0], row, records_at, terms_at);
                let sum = e.row_address(target, row, ElementType::F64);
                e.code.get(sum).get(sum);
                e.load(ElementType::F64, 0);
                e.code.get(value);
                e.code.ops().f64_add();
                e.store(ElementType::F64, 0);
            });
        });
    }
}

/// A local holding the value of the leaf whose number lies at `leaves[row]`.
fn emit_leaf(e: &mut Emit<'_>, leaves: Local, row: Local, records_at: u32, terms_at: u32) -> Local {
    let (record, term, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32), e.code.local(ValType::I32));
    let (value, x, offset) = (e.code.local(ValType::F64), e.code.local(ValType::F64), e.code.local(ValType::I32));
    let leaf = e.row_address(leaves, row, ElementType::I64);
    e.code.get(leaf);
    e.load(ElementType::I64, 0);
    e.code.ops().i32_wrap_i64().i32_const(24).i32_mul();
    e.code.tee(record);
    e.load(ElementType::U32, records_at + 16);
    e.code.set(term).get(record);
    e.load(ElementType::U32, records_at + 20);
    e.code.set(end).get(record);
    e.load(ElementType::F64, records_at);
    e.code.set(value).get(row).i32(3);
    e.code.ops().i32_shl();
    e.code.set(offset);
    e.code.ops().block(BlockType::Empty);
    e.code.continue_count(term, Bound::Local(end), 16, |code| {
        let at = |offset| crate::wasm::memarg(offset, 0);
        code.get(term);
        code.ops().i32_load(at(terms_at));
        code.get(offset);
        code.ops().i32_add().f64_load(at(0));
        code.tee(x).get(x);
        code.ops().f64_ne();
        code.when(|code| {
            code.get(record);
            code.ops().f64_load(at(records_at + 8));
            code.set(value);
            // Out of the `if`, the loop and its block, to the end of the leaf.
            code.ops().br(3);
        });
        code.get(value).get(term);
        code.ops().f64_load(at(terms_at + 8));
        code.get(x);
        code.ops().f64_mul().f64_add();
        code.set(value);
    });
    e.code.ops().end();
    value
}

/// Leaves without terms, with several, with missing features; two outputs.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let features: Vec<f64> = (0..n).flat_map(|i| [values[i], values[(i * 5 + 2) % n]]).collect();
    let leaf = |constant, terms: &[(u32, f64)], fallback| LinearLeaf { constant, terms: terms.to_vec(), fallback };
    let op = LeafLinear {
        leaves: vec![
            leaf(1.0, &[], 9.0),
            leaf(0.5, &[(0, 2.0), (1, -0.1)], -3.0),
            leaf(-1.0, &[(1, 1e-3)], 7.0),
            leaf(0.1, &[(0, 0.3)], f64::NAN),
        ],
        outputs: vec![0, 1, 0],
        n_outputs: 2,
    };
    let leaves = Data::I64((0..3 * n as i64).map(|i| (i * 7) % 4).collect());
    let input = |matrix| ExampleInput { matrix, per_row: true };
    vec![Example {
        op: op.into(),
        inputs: vec![input(Matrix::new(n, 3, leaves)), input(Matrix::new(n, 2, Data::F64(features)))],
    }]
}
