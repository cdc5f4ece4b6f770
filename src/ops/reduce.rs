//! `reduce`: one number from the columns of a row, taken from the first column to the last.

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, Scalar32, Scalar64, WasmLanes};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::memarg;
use wasm_encoder::{BlockType, ValType};

/// Reduces every row to one column: `((x0 ∘ x1) ∘ x2) ∘ …`.
#[derive(Debug, Clone)]
pub struct Reduce {
    /// The combination.
    pub function: ReduceFunction,
}

/// The combinations of [`Reduce`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReduceFunction {
    /// The sum, in the order of the columns.
    Sum,
    /// The largest; a NaN that is not in the first column is passed over.
    Max,
    /// The smallest; a NaN that is not in the first column is passed over.
    Min,
}

impl ReduceFunction {
    fn apply<L: Lanes>(self, l: &mut L, a: L::V, b: L::V) -> L::V {
        match self {
            Self::Sum => l.add(a, b),
            Self::Max => l.pmax(a, b),
            Self::Min => l.pmin(a, b),
        }
    }
}

impl Operator for Reduce {
    fn name(&self) -> &'static str {
        "reduce"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("reduce", inputs, 1)?;
        if !inputs[0].element.is_float() || inputs[0].width == 0 {
            return Err(bad_operand("reduce", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { width: 1, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Matrix { rows, width, data } = inputs[0];
        let data = match data {
            Data::F32(items) => Data::F32(fold(items, *width, |a, b| self.function.apply(&mut Scalar32, a, b))),
            Data::F64(items) => Data::F64(fold(items, *width, |a, b| self.function.apply(&mut Scalar64, a, b))),
            other => other.clone(),
        };
        Ok(Matrix::new(*rows, 1, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let element = output.ty.element;
        let (width, step) =
            if element == ElementType::F32 { (LaneWidth::F32, 4) } else { (LaneWidth::F64, 2) };
        let (input, columns) = (inputs[0], inputs[0].ty.width);
        let plane = input.plane_bytes(e.stride);
        e.for_each_plane(1, &[input, output], |e, pointers| {
            e.for_each_row(step, |e, row| {
                let cursor = e.row_address(pointers[0], row, element);
                let end = e.code.local(ValType::I32);
                let sum = e.code.local(ValType::V128);
                e.code.get(cursor).i32((plane * columns as u32) as i32);
                e.code.ops().i32_add();
                e.code.set(end).get(cursor);
                e.code.ops().v128_load(memarg(0, 0));
                e.code.set(sum).advance(cursor, plane as i32);
                e.code.ops().block(BlockType::Empty);
                e.code.get(cursor).get(end);
                e.code.ops().i32_ge_u().br_if(0).loop_(BlockType::Empty);
                let next = e.code.local(ValType::V128);
                e.code.get(cursor);
                e.code.ops().v128_load(memarg(0, 0));
                e.code.set(next);
                let combined = self.function.apply(&mut WasmLanes { code: &mut e.code, width }, sum, next);
                e.code.get(combined).set(sum).advance(cursor, plane as i32).get(cursor).get(end);
                e.code.ops().i32_lt_u().br_if(0).end().end();
                let target = e.row_address(pointers[1], row, element);
                e.code.get(target).get(sum);
                e.code.ops().v128_store(memarg(0, 0));
            });
        });
    }
}

fn fold<T: Copy>(items: &[T], width: usize, mut combine: impl FnMut(T, T) -> T) -> Vec<T> {
    items.chunks_exact(width).map(|row| row[1..].iter().fold(row[0], |a, b| combine(a, *b))).collect()
}

/// Every combination over rows of adversarial values.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let wide = Data::F64((0..n).flat_map(|i| [values[i], values[(i * 7 + 3) % n], values[(i + 11) % n]]).collect());
    let f32s = Data::F32(super::adversarial_f32());
    [ReduceFunction::Sum, ReduceFunction::Max, ReduceFunction::Min]
        .iter()
        .flat_map(|function| {
            [(3, wide.clone()), (1, f32s.clone())].map(|(width, data)| Example {
                op: Reduce { function: *function }.into(),
                inputs: vec![ExampleInput { matrix: Matrix::new(data.len() / width, width, data), per_row: true }],
            })
        })
        .collect()
}
