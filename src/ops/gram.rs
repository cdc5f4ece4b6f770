//! `gram`: the products of some vectors of a row with each other.

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, WasmLanes};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, memarg};
use wasm_encoder::ValType;

/// A row holds vectors of f64 one after the other; the result holds, row-major, the product of each with each, summed from
/// the first element to the last.
#[derive(Debug, Clone)]
pub struct Gram {
    /// The number of vectors.
    pub vectors: usize,
}

impl Operator for Gram {
    fn name(&self) -> &'static str {
        "gram"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("gram", inputs, 1)?;
        let ValueType { element, width, per_row, .. } = inputs[0];
        let fits = self.vectors > 0 && width >= self.vectors && width % self.vectors == 0;
        match self.vectors.checked_mul(self.vectors) {
            Some(products) if fits && per_row && element == ElementType::F64 => {
                Ok(ValueType { width: products, ..inputs[0] })
            }
            _ => Err(bad_operand("gram", format!("{width} × {element} as {} vectors", self.vectors))),
        }
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let Data::F64(items) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let (width, columns) = (inputs[0].width, inputs[0].width / self.vectors);
        let mut products = Vec::with_capacity(rows * self.vectors * self.vectors);
        for row in items.chunks_exact(width) {
            for a in row.chunks_exact(columns) {
                let product = |b: &[f64]| a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b);
                products.extend(row.chunks_exact(columns).map(product));
            }
        }
        Ok(Matrix::new(rows, self.vectors * self.vectors, Data::F64(products)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let columns = (inputs[0].ty.width / self.vectors) as i32;
        let (plane, written) = (inputs[0].plane_bytes(e.stride) as i32, output.plane_bytes(e.stride) as i32);
        let [first, second, target, column] = [(); 4].map(|()| e.code.local(ValType::I32));
        let (sum, factor) = (e.code.local(ValType::V128), e.code.local(ValType::V128));
        e.code.i32(inputs[0].address as i32).set(first).i32(output.address as i32).set(target);
        e.for_each_plane(self.vectors, &[], |e, _| {
            e.code.i32(inputs[0].address as i32).set(second);
            e.for_each_plane(self.vectors, &[], |e, _| {
                e.for_each_row(2, |e, row| {
                    let [a, b] = [first, second].map(|vector| e.row_address(vector, row, ElementType::F64));
                    e.code.ops().v128_const(0);
                    e.code.set(sum).count(column, 0, Bound::Const(columns), 1, |code| {
                        code.get(a);
                        code.ops().v128_load(memarg(0, 0));
                        code.set(factor).get(b);
                        code.ops().v128_load(memarg(0, 0));
                        let other = code.local(ValType::V128);
                        code.set(other);
                        let mut lanes = WasmLanes { code, width: LaneWidth::F64 };
                        let product = lanes.mul(factor, other);
                        let next = lanes.add(sum, product);
                        code.get(next).set(sum).advance(a, plane).advance(b, plane);
                    });
                    let at = e.row_address(target, row, ElementType::F64);
                    e.code.get(at).get(sum);
                    e.code.ops().v128_store(memarg(0, 0));
                });
                e.code.advance(second, columns * plane).advance(target, written);
            });
            e.code.advance(first, columns * plane);
        });
    }
}

/// One vector, several, vectors of one element.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    [(1, 3), (3, 4), (4, 1)]
        .map(|(vectors, columns)| {
            let width = vectors * columns;
            let items = (0..37 * width).map(|i| values[(i * 7 + i / 5) % values.len()]).collect();
            let matrix = Matrix::new(37, width, Data::F64(items));
            Example { op: Gram { vectors }.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
        })
        .into()
}
