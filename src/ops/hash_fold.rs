//! `hash_fold`: one hash of several, taken in one after the other.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use wasm_encoder::ValType;

/// From 0, for each column x of a row: h becomes `multiplier · (h + multiplier · x)`, all of it modulo 2^64.
#[derive(Debug, Clone)]
pub struct HashFold {
    /// An odd number with bits all over.
    pub multiplier: i64,
}

impl HashFold {
    /// The hash after one more column.
    pub fn next(&self, hash: i64, x: i64) -> i64 {
        self.multiplier.wrapping_mul(hash.wrapping_add(self.multiplier.wrapping_mul(x)))
    }

    /// The hash before its last column, x; the multiplier is odd.
    pub fn before(&self, hash: i64, x: i64) -> i64 {
        self.inverse().wrapping_mul(hash).wrapping_sub(self.multiplier.wrapping_mul(x))
    }

    /// The only column that a hash is of.
    pub fn only(&self, hash: i64) -> i64 {
        self.inverse().wrapping_mul(self.inverse().wrapping_mul(hash))
    }

    /// What the multiplier times gives 1: right in three bits at first, and in twice as many after each step.
    fn inverse(&self) -> i64 {
        (0..5).fold(self.multiplier, |inverse, _| {
            inverse.wrapping_mul(2i64.wrapping_sub(self.multiplier.wrapping_mul(inverse)))
        })
    }
}

impl Operator for HashFold {
    fn name(&self) -> &'static str {
        "hash_fold"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("hash_fold", inputs, 1)?;
        if inputs[0].element != ElementType::I64 || inputs[0].width == 0 {
            return Err(bad_operand("hash_fold", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { width: 1, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let fold = |row: &[i64]| row.iter().fold(0, |hash, x| self.next(hash, *x));
        let hashes = match &inputs[0].data {
            Data::I64(items) => items.chunks_exact(inputs[0].width).map(fold).collect(),
            _ => Vec::new(),
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::I64(hashes)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let hash = e.code.local(ValType::I64);
        let plane = inputs[0].plane_bytes(e.stride);
        e.for_each_plane(1, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let source = e.row_address(pointers[0], row, ElementType::I64);
                let target = e.row_address(pointers[1], row, ElementType::I64);
                e.code.ops().i64_const(0);
                e.code.set(hash);
                for column in 0..inputs[0].ty.width as u32 {
                    e.code.ops().i64_const(self.multiplier);
                    e.code.get(hash).ops().i64_const(self.multiplier);
                    e.code.get(source);
                    e.load(ElementType::I64, column * plane);
                    e.code.ops().i64_mul().i64_add().i64_mul();
                    e.code.set(hash);
                }
                e.code.get(target).get(hash);
                e.store(ElementType::I64, 0);
            });
        });
    }
}

/// One column and several, with extremes.
pub fn examples() -> Vec<Example> {
    let value = |i: usize| [0, 1, -1, i64::MAX, i64::MIN, 0x1234_5678_9ABC, -7][i % 7];
    [1, 3]
        .into_iter()
        .map(|width| Example {
            op: HashFold { multiplier: 0x4906_BA49_4954_CB65 }.into(),
            inputs: vec![ExampleInput {
                matrix: Matrix::new(70, width, Data::I64((0..70 * width).map(|i| value(i + i / 7)).collect())),
                per_row: true,
            }],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_is_undone() {
        let fold = HashFold { multiplier: 0x4906_BA49_4954_CB65 };
        for x in [0, 1, -1, i64::MIN, 0x1234_5678] {
            assert_eq!(fold.only(fold.next(0, x)), x);
            assert_eq!(fold.before(fold.next(fold.next(0, 7), x), x), fold.next(0, 7));
        }
    }
}
