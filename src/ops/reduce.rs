//! `reduce`: one number from the columns of a row, taken from the first column to the last.

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, Scalar32, Scalar64, WasmLanes};
use super::sparse;
use super::{Example, ExampleInput, Operator, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix, Pattern};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Reduces every row to one column: `((x0 ∘ x1) ∘ x2) ∘ …`. Of a sparse row the stored elements, after a 0 unless all
/// are stored.
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
        Ok(ValueType { width: 1, is_sparse: false, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Matrix { rows, width, data, pattern } = inputs[0];
        if let Some(pattern) = pattern {
            let data = match data {
                Data::F32(items) => {
                    Data::F32(fold_stored(items, *width, pattern, |a, b| self.function.apply(&mut Scalar32, a, b)))
                }
                Data::F64(items) => {
                    Data::F64(fold_stored(items, *width, pattern, |a, b| self.function.apply(&mut Scalar64, a, b)))
                }
                other => other.clone(),
            };
            return Ok(Matrix::new(*rows, 1, data));
        }
        let data = match data {
            Data::F32(items) => Data::F32(fold(items, *width, |a, b| self.function.apply(&mut Scalar32, a, b))),
            Data::F64(items) => Data::F64(fold(items, *width, |a, b| self.function.apply(&mut Scalar64, a, b))),
            other => other.clone(),
        };
        Ok(Matrix::new(*rows, 1, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let element = output.ty.element;
        let (width, step) = if element == ElementType::F32 { (LaneWidth::F32, 4) } else { (LaneWidth::F64, 2) };
        if inputs[0].sparse.is_some() {
            return self.emit_sparse(e, inputs[0], output);
        }
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

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }
}

impl Reduce {
    /// One stored element a turn: only the first lane counts.
    fn emit_sparse(&self, e: &mut Emit<'_>, input: &Place, output: &Place) {
        let Some(sparse) = input.sparse else { return };
        let element = output.ty.element;
        let width = if element == ElementType::F32 { LaneWidth::F32 } else { LaneWidth::F64 };
        let (target, sum, next) =
            (e.code.local(ValType::I32), e.code.local(ValType::V128), e.code.local(ValType::V128));
        let at = e.code.local(ValType::I32);
        e.code.i32(output.address as i32).set(target);
        e.for_each_stored_row(input, |e, _row, first, end| {
            e.code.ops().v128_const(0);
            e.code.set(sum).get(first).set(at);
            // A full row has no 0 of its own: it begins with its first element.
            e.code.get(end).get(first);
            e.code.ops().i32_sub().i32_const(input.ty.width as i32).i32_eq();
            e.code.ops().if_(BlockType::Empty);
            load_first_lane(e, at, element, sparse.values);
            e.code.set(sum).advance(at, 1);
            e.code.ops().end();
            e.count_up(at, end, |e, at| {
                load_first_lane(e, at, element, sparse.values);
                e.code.set(next);
                let combined = self.function.apply(&mut WasmLanes { code: &mut e.code, width }, sum, next);
                e.code.get(combined).set(sum);
            });
            e.code.get(target).get(sum);
            match element {
                ElementType::F32 => e.code.ops().v128_store32_lane(memarg(0, 0), 0),
                _ => e.code.ops().v128_store64_lane(memarg(0, 0), 0),
            };
            e.code.advance(target, element.bytes() as i32);
        });
    }
}

/// Pushes the stored element `at` as the first lane of a vector.
fn load_first_lane(e: &mut Emit<'_>, at: Local, element: ElementType, values: u32) {
    e.stored_offset(at, element);
    match element {
        ElementType::F32 => e.code.ops().v128_load32_zero(memarg(values, 0)),
        _ => e.code.ops().v128_load64_zero(memarg(values, 0)),
    };
}

fn fold_stored<T: Copy + Default>(
    items: &[T],
    width: usize,
    pattern: &Pattern,
    mut combine: impl FnMut(T, T) -> T,
) -> Vec<T> {
    let mut row = |row: usize| match &items[pattern.row(row)] {
        all if all.len() == width => all[1..].iter().fold(all[0], |a, b| combine(a, *b)),
        some => some.iter().fold(T::default(), |a, b| combine(a, *b)),
    };
    (0..pattern.rows()).map(&mut row).collect()
}

fn fold<T: Copy>(items: &[T], width: usize, mut combine: impl FnMut(T, T) -> T) -> Vec<T> {
    items.chunks_exact(width).map(|row| row[1..].iter().fold(row[0], |a, b| combine(a, *b))).collect()
}

/// Every combination over rows of adversarial values, dense and sparse.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let wide = Data::F64((0..n).flat_map(|i| [values[i], values[(i * 7 + 3) % n], values[(i + 11) % n]]).collect());
    let f32s = Data::F32(super::adversarial_f32());
    [ReduceFunction::Sum, ReduceFunction::Max, ReduceFunction::Min]
        .iter()
        .flat_map(|function| {
            let dense = [(3, wide.clone()), (1, f32s.clone())]
                .map(|(width, data)| Matrix::new(data.len() / width, width, data));
            let stored = sparse::example(&values, 4);
            dense.into_iter().chain([sparse::narrow(&stored), stored, sparse::example(&values, 1)]).map(|matrix| {
                Example {
                    op: Reduce { function: *function }.into(),
                    inputs: vec![ExampleInput { matrix, per_row: true }],
                }
            })
        })
        .collect()
}
