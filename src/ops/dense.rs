//! `dense`: a sparse value with every element stored.

use super::emit::{Emit, Place};
use super::sparse;
use super::{
    Example, ExampleInput, Operator, RowMajor, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs,
};
use crate::error::Result;
use crate::tensor::{ElementType, Matrix};
use wasm_encoder::ValType;

/// The stored elements among zeros.
#[derive(Debug, Clone)]
pub struct Dense;

impl Operator for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("dense", inputs, 1)?;
        if !inputs[0].is_sparse {
            return Err(bad_operand("dense", "a value that is dense already"));
        }
        Ok(ValueType { is_sparse: false, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        Ok(inputs[0].to_dense())
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let Some(sparse) = inputs[0].sparse else { return };
        let element = output.ty.element;
        let plane = output.plane_bytes(e.stride);
        let (row_step, column_step) = match output.row_bytes {
            Some(row_bytes) => (row_bytes, element.bytes()),
            None => (element.bytes(), plane),
        };
        let target = e.code.local(ValType::I32);
        e.code.i32(output.address as i32).i32(0);
        match output.row_bytes {
            Some(row_bytes) => {
                let rows = e.rows();
                e.code.get(rows).i32(row_bytes as i32).ops().i32_mul();
            }
            None => {
                e.code.i32((plane * output.ty.width as u32) as i32);
            }
        }
        e.code.ops().memory_fill(0);
        e.code.i32(output.address as i32).set(target);
        e.for_each_stored_row(inputs[0], |e, _row, at, end| {
            e.count_up(at, end, |e, at| {
                e.stored_offset(at, ElementType::U32);
                e.load(ElementType::U32, sparse.columns);
                e.code.i32(column_step as i32);
                e.code.ops().i32_mul();
                e.code.get(target);
                e.code.ops().i32_add();
                e.stored_offset(at, element);
                e.load(element, sparse.values);
                e.store(element, 0);
            });
            e.code.advance(target, row_step as i32);
        });
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }

    fn row_major(&self, _inputs: &[ValueType]) -> RowMajor {
        RowMajor::Taken
    }
}

/// Narrow and wide rows of both types.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    [sparse::example(&values, 1), sparse::example(&values, 9), sparse::narrow(&sparse::example(&values, 4))]
        .into_iter()
        .map(|matrix| Example { op: Dense.into(), inputs: vec![ExampleInput { matrix, per_row: true }] })
        .collect()
}
