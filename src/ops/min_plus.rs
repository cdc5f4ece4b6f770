//! `min_plus`: the shortest way over one of the columns to each of some places.

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, Scalar64, WasmLanes};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, memarg};
use wasm_encoder::ValType;

/// `y[j] = min_k (x[k] + lengths[j][k])` of f64; a NaN is passed over, and without any number it is infinite.
#[derive(Debug, Clone)]
pub struct MinPlus {
    /// The length from each column to each place: a row per place.
    pub lengths: Matrix,
}

impl Operator for MinPlus {
    fn name(&self) -> &'static str {
        "min_plus"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("min_plus", inputs, 1)?;
        let ValueType { element, width, per_row, .. } = inputs[0];
        let are_doubles = element == ElementType::F64 && self.lengths.element() == ElementType::F64;
        if !are_doubles || width != self.lengths.width || self.lengths.rows == 0 || !per_row {
            let found = format!("{width} × {element} for lengths from {}", self.lengths.width);
            return Err(bad_operand("min_plus", found));
        }
        Ok(ValueType { width: self.lengths.rows, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let (Data::F64(x), Data::F64(lengths)) = (&inputs[0].data, &self.lengths.data) else {
            return Ok(inputs[0].clone());
        };
        let width = inputs[0].width;
        let shortest = |x: &[f64], lengths: &[f64]| {
            x.iter().zip(lengths).fold(f64::INFINITY, |least, (x, length)| Scalar64.pmin(least, x + length))
        };
        let row = |x| lengths.chunks_exact(width).map(move |lengths| shortest(x, lengths));
        Ok(Matrix::new(rows, self.lengths.rows, Data::F64(x.chunks_exact(width).flat_map(row).collect())))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let (columns, plane) = (self.lengths.width as i32, inputs[0].plane_bytes(e.stride) as i32);
        let table = e.data.intern(&self.lengths.data.to_le_bytes(), 16);
        let [base, lengths, length, column] = [(); 4].map(|()| e.code.local(ValType::I32));
        let [least, x, step] = [(); 3].map(|()| e.code.local(ValType::V128));
        e.code.i32(inputs[0].address as i32).set(base).i32(table as i32).set(lengths);
        e.for_each_plane(self.lengths.rows, &[output], |e, pointers| {
            e.for_each_row(2, |e, row| {
                let cursor = e.row_address(base, row, ElementType::F64);
                let infinity = WasmLanes { code: &mut e.code, width: LaneWidth::F64 }.constant(f64::INFINITY);
                e.code.get(infinity).set(least).get(lengths).set(length);
                e.code.count(column, 0, Bound::Const(columns), 1, |code| {
                    code.get(cursor);
                    code.ops().v128_load(memarg(0, 0));
                    code.set(x).get(length);
                    code.ops().v128_load64_splat(memarg(0, 3));
                    code.set(step);
                    let mut lanes = WasmLanes { code, width: LaneWidth::F64 };
                    let sum = lanes.add(x, step);
                    let next = lanes.pmin(least, sum);
                    code.get(next).set(least).advance(cursor, plane).advance(length, 8);
                });
                let target = e.row_address(pointers[0], row, ElementType::F64);
                e.code.get(target).get(least);
                e.code.ops().v128_store(memarg(0, 0));
            });
            e.code.advance(lengths, 8 * columns);
        });
    }
}

/// One place and several, over adversarial values.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    [(1, 3), (4, 3), (3, 1)]
        .map(|(places, columns)| {
            let lengths = (0..places * columns).map(|i| values[(i * 5 + 2) % values.len()]).collect();
            let lengths = Matrix::new(places, columns, Data::F64(lengths));
            let items = (0..37 * columns).map(|i| values[(i * 7 + i / 5) % values.len()]).collect();
            let matrix = Matrix::new(37, columns, Data::F64(items));
            Example { op: MinPlus { lengths }.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
        })
        .into()
}
