//! `weighted_median`: of the columns in ascending order, the first at which their weights reach half of all weights.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// The weighted median of a row's columns, one of them. Equal columns keep their order and NaN comes last; the weights
/// are summed in ascending order of the columns, and half of their sum is enough.
#[derive(Debug, Clone)]
pub struct WeightedMedian {
    /// One weight per column, finite, not below 0.
    pub weights: Vec<f64>,
}

/// Bytes of a number in scratch memory, where every element type becomes f64.
const SLOT: i32 = 8;

/// Whether `a` must stand before `b`, which came first.
fn stands_before(a: f64, b: f64) -> bool {
    a < b || (b.is_nan() && !a.is_nan())
}

impl WeightedMedian {
    fn of_row(&self, row: impl Iterator<Item = f64>) -> f64 {
        let mut sorted: Vec<(f64, f64)> = Vec::with_capacity(self.weights.len());
        for (value, weight) in row.zip(&self.weights) {
            let behind = sorted.iter().rev().take_while(|(other, _)| stands_before(value, *other)).count();
            sorted.insert(sorted.len() - behind, (value, *weight));
        }
        let total = sorted.iter().fold(0.0, |sum, (_, weight)| sum + weight);
        let mut sum = 0.0;
        let reaches = |(_, weight): &&(f64, f64)| {
            sum += weight;
            sum >= 0.5 * total
        };
        sorted.iter().find(reaches).map_or(f64::NAN, |(value, _)| *value)
    }

    /// Sorts the row at `source` into scratch memory: values, then the weights that follow them.
    fn emit_sort(&self, e: &mut Emit<'_>, input: &Place, source: Local) {
        let (element, plane) = (input.ty.element, input.plane_bytes(e.stride) as i32);
        let (values, sorted) = (e.scratch, e.scratch + self.bytes());
        let weights = e.data.intern(&Data::F64(self.weights.clone()).to_le_bytes(), 8);
        let [slot, hole] = [ValType::I32; 2].map(|ty| e.code.local(ty));
        let [value, before] = [ValType::F64; 2].map(|ty| e.code.local(ty));
        e.code.count(slot, 0, Bound::Const(self.bytes() as i32), SLOT, |code| {
            code.get(source);
            match element {
                ElementType::F32 => code.ops().f32_load(memarg(0, 0)).f64_promote_f32(),
                _ => code.ops().f64_load(memarg(0, 0)),
            };
            code.set(value).advance(source, plane).get(slot).set(hole);
            code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
            code.get(hole).ops().i32_eqz().br_if(1);
            code.get(hole).i32(SLOT).ops().i32_sub().f64_load(memarg(values, 3));
            code.tee(before).get(value).ops().f64_gt();
            code.get(before).get(before).ops().f64_ne();
            code.get(value).get(value).ops().f64_eq().i32_and().i32_or().i32_eqz().br_if(1);
            code.get(hole).get(before).ops().f64_store(memarg(values, 3));
            code.get(hole).get(hole).i32(SLOT).ops().i32_sub().f64_load(memarg(sorted, 3)).f64_store(memarg(sorted, 3));
            code.advance(hole, -SLOT).ops().br(0).end().end();
            code.get(hole).get(value).ops().f64_store(memarg(values, 3));
            code.get(hole).get(slot).ops().f64_load(memarg(weights, 3)).f64_store(memarg(sorted, 3));
        });
    }

    /// A local holding the place of the median among the sorted values, in bytes.
    fn emit_select(&self, e: &mut Emit<'_>) -> Local {
        let sorted = e.scratch + self.bytes();
        let slot = e.code.local(ValType::I32);
        let [total, sum] = [ValType::F64; 2].map(|ty| e.code.local(ty));
        e.code.ops().f64_const(0.0.into());
        e.code.tee(sum).set(total);
        e.code.count(slot, 0, Bound::Const(self.bytes() as i32), SLOT, |code| {
            code.get(total).get(slot).ops().f64_load(memarg(sorted, 3)).f64_add();
            code.set(total);
        });
        // The weights sum to `total` at the last place at the latest.
        e.code.i32(-SLOT).set(slot).repeat_while(|code| {
            code.advance(slot, SLOT).get(sum).get(slot).ops().f64_load(memarg(sorted, 3)).f64_add();
            code.tee(sum).get(total).ops().f64_const(0.5.into()).f64_mul().f64_ge().i32_eqz();
        });
        slot
    }

    fn bytes(&self) -> u32 {
        self.weights.len() as u32 * SLOT as u32
    }
}

impl Operator for WeightedMedian {
    fn name(&self) -> &'static str {
        "weighted_median"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("weighted_median", inputs, 1)?;
        let ValueType { element, width, .. } = inputs[0];
        if !element.is_float() || width == 0 || width != self.weights.len() {
            return Err(bad_operand("weighted_median", format!("{width} × {element}, {} weights", self.weights.len())));
        }
        if self.weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
            return Err(bad_operand("weighted_median", "a weight that is negative or not finite"));
        }
        Ok(ValueType { width: 1, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Matrix { rows, width, data, .. } = inputs[0];
        let data = match data {
            Data::F32(items) => {
                let row = |row: &[f32]| self.of_row(row.iter().map(|value| f64::from(*value))) as f32;
                Data::F32(items.chunks_exact(*width).map(row).collect())
            }
            Data::F64(items) => {
                Data::F64(items.chunks_exact(*width).map(|row| self.of_row(row.iter().copied())).collect())
            }
            other => other.clone(),
        };
        Ok(Matrix::new(*rows, 1, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let element = output.ty.element;
        e.for_each_plane(1, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let source = e.row_address(pointers[0], row, element);
                let target = e.row_address(pointers[1], row, element);
                self.emit_sort(e, inputs[0], source);
                let slot = self.emit_select(e);
                let values = e.scratch;
                e.code.get(target).get(slot).ops().f64_load(memarg(values, 3));
                if element == ElementType::F32 {
                    e.code.ops().f32_demote_f64();
                }
                e.store(element, 0);
            });
        });
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        2 * self.weights.len() as u64 * SLOT as u64
    }
}

/// Ties, signs of zero, infinities and NaN; equal weights, zeros among them, a weight that outweighs the others.
pub fn examples() -> Vec<Example> {
    let (f64s, f32s) = (super::adversarial_f64(), super::adversarial_f32());
    let n = f64s.len();
    let wide = (0..n).flat_map(|i| [1, 7, 11, 3, 1].map(|step| f64s[(i * step + step) % n])).collect();
    let triples = (0..f32s.len()).flat_map(|i| [1, 5, 2].map(|step| f32s[(i * step + 1) % f32s.len()])).collect();
    let example = |weights: &[f64], data: Data| {
        let width = weights.len();
        Example {
            op: WeightedMedian { weights: weights.to_vec() }.into(),
            inputs: vec![ExampleInput { matrix: Matrix::new(data.len() / width, width, data), per_row: true }],
        }
    };
    let wide: Data = Data::F64(wide);
    vec![
        example(&[1.0; 5], wide.clone()),
        example(&[0.1, 0.2, 0.3, 0.0, 0.7], wide.clone()),
        example(&[0.0; 5], wide.clone()),
        example(&[1e300, 1.0, 2.0, 3.0, 1e-300], wide),
        example(&[0.5, 0.5, 1.0], Data::F32(triples)),
        example(&[2.5], Data::F64(f64s)),
    ]
}
