//! `convolve`: the circular convolution of two rows of equal length.

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, WasmLanes};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, Local, memarg};
use wasm_encoder::ValType;

/// `y[k] = Σ_j a[j] · b[k - j]` of f64, `j` from the first column to the last, columns of `b` counted round and round.
#[derive(Debug, Clone)]
pub struct Convolve;

impl Operator for Convolve {
    fn name(&self) -> &'static str {
        "convolve"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("convolve", inputs, 2)?;
        let [a, b] = [inputs[0], inputs[1]];
        if a != b || a.element != ElementType::F64 || !a.per_row || a.width == 0 {
            return Err(bad_operand("convolve", format!("{} × {} with {} columns", a.width, a.element, b.width)));
        }
        Ok(a)
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let (Data::F64(a), Data::F64(b)) = (&inputs[0].data, &inputs[1].data) else { return Ok(inputs[0].clone()) };
        let n = inputs[0].width;
        let pairs = a.chunks_exact(n).zip(b.chunks_exact(n));
        let sum = |a: &[f64], b: &[f64], k: usize| (0..n).fold(0.0, |sum, j| sum + a[j] * b[(n + k - j) % n]);
        let data = pairs.flat_map(|(a, b)| (0..n).map(move |k| sum(a, b, k))).collect();
        Ok(Matrix::new(rows, n, Data::F64(data)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let n = output.ty.width as i32;
        let plane = output.plane_bytes(e.stride) as i32;
        let [first, second, place] = [(); 3].map(|()| e.code.local(ValType::I32));
        e.code.i32(inputs[0].address as i32).set(first).i32(inputs[1].address as i32).set(second);
        let (sum, column) = (e.code.local(ValType::V128), e.code.local(ValType::I32));
        e.code.i32(0).set(place);
        e.for_each_plane(output.ty.width, &[output, inputs[1]], |e, pointers| {
            e.for_each_row(2, |e, row| {
                let a = e.row_address(first, row, ElementType::F64);
                let b = e.row_address(pointers[1], row, ElementType::F64);
                e.code.ops().v128_const(0);
                e.code.set(sum).i32(0).set(column);
                // Down to the first column of `b`, then on from its last.
                e.code.get(place);
                let stop = e.code.local(ValType::I32);
                e.code.set(stop).advance(stop, 1);
                products(e, [a, b], column, Bound::Local(stop), sum, plane);
                let last = e.row_address(second, row, ElementType::F64);
                e.code.advance(last, (n - 1) * plane);
                products(e, [a, last], column, Bound::Const(n), sum, plane);
                let target = e.row_address(pointers[0], row, ElementType::F64);
                e.code.get(target).get(sum);
                e.code.ops().v128_store(memarg(0, 0));
            });
            e.code.advance(place, 1);
        });
    }
}

/// Adds products to the sum while `column` counts up to its end: one cursor goes up with it, the other down.
fn products(e: &mut Emit<'_>, [up, down]: [Local; 2], column: Local, end: Bound, sum: Local, plane: i32) {
    let [a, b] = [(); 2].map(|()| e.code.local(ValType::V128));
    e.code.continue_count(column, end, 1, |code| {
        for (cursor, vector, step) in [(up, a, plane), (down, b, -plane)] {
            code.get(cursor);
            code.ops().v128_load(memarg(0, 0));
            code.set(vector).advance(cursor, step);
        }
        let mut lanes = WasmLanes { code, width: LaneWidth::F64 };
        let product = lanes.mul(a, b);
        let next = lanes.add(sum, product);
        code.get(next).set(sum);
    });
}

/// Rows of one, two and five columns.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    [1, 2, 5]
        .map(|n| {
            let input = |step: usize| {
                let items = (0..37 * n).map(|i| values[(i * step + i / 5) % values.len()]).collect();
                ExampleInput { matrix: Matrix::new(37, n, Data::F64(items)), per_row: true }
            };
            Example { op: Convolve.into(), inputs: vec![input(7), input(5)] }
        })
        .into()
}
