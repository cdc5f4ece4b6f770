//! `select`: one of two elements by a condition; operands of width 1 are spread over the others' columns.

use super::binary::non_zero;
use super::emit::{Emit, Place};
use super::lanes::Lanes;
use super::sparse::{self, cells, elementwise};
use super::{Example, ExampleInput, Operator, RowMajor, RowRefused, SparseInputs, ValueType};
use super::{bad_operand, broadcast, expect_inputs, row_major};
use crate::error::Result;
use crate::map_data;
use crate::tensor::{Data, Matrix};

/// `condition != 0 ? a : b` for inputs (condition, a, b) of one floating-point type; a NaN condition is true.
#[derive(Debug, Clone)]
pub struct Select;

impl Operator for Select {
    fn name(&self) -> &'static str {
        "select"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("select", inputs, 3)?;
        let ty = broadcast("select", inputs)?;
        if !ty.element.is_float() {
            return Err(bad_operand("select", format!("{} is no floating-point type", ty.element)));
        }
        Ok(ty)
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let condition = |i: usize| match &inputs[0].data {
            Data::F32(items) => items[i] != 0.0,
            Data::F64(items) => items[i] != 0.0,
            _ => false,
        };
        // Both branches joined behind one another let one gather serve every element type.
        let offset = inputs[1].data.len();
        let picks = cells(inputs, rows).into_iter().map(|cell| {
            if condition(cell.index(inputs[0], rows)) {
                cell.index(inputs[1], rows)
            } else {
                offset + cell.index(inputs[2], rows)
            }
        });
        let data = match (&inputs[1].data, &inputs[2].data) {
            (Data::F32(a), Data::F32(b)) => {
                Data::F32(picks.map(|i| if i < offset { a[i] } else { b[i - offset] }).collect())
            }
            (Data::F64(a), Data::F64(b)) => {
                Data::F64(picks.map(|i| if i < offset { a[i] } else { b[i - offset] }).collect())
            }
            (other, _) => map_data!(other, items => items.clone()),
        };
        Ok(elementwise(inputs, rows, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        e.map_elements(inputs, output, false, |l, values| {
            let mask = non_zero(l, values[0]);
            l.select(mask, values[1], values[2])
        });
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Elementwise
    }

    fn row_major(&self, inputs: &[ValueType]) -> RowMajor {
        row_major::elementwise(inputs)
    }
}

/// Conditions of every kind, spread and per column; sparse conditions and branches.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let f32s = super::adversarial_f32();
    let rows =
        |width: usize, data: Data| ExampleInput { matrix: Matrix::new(data.len() / width, width, data), per_row: true };
    let n = values.len();
    let stored = sparse::example(&values, 3);
    let per_row = Data::F64((0..stored.rows).map(|i| values[(i * 3 + 1) % n]).collect());
    vec![
        Example {
            op: Select.into(),
            inputs: vec![
                rows(1, per_row),
                ExampleInput { matrix: stored.clone(), per_row: true },
                ExampleInput { matrix: Matrix::new(1, 3, Data::F64(vec![1.0, f64::NAN, -0.0])), per_row: false },
            ],
        },
        Example {
            op: Select.into(),
            inputs: vec![
                rows(1, Data::F64(values.clone())),
                rows(2, Data::F64((0..2 * n).map(|i| i as f64).collect())),
                rows(1, Data::F64(values.iter().rev().copied().collect())),
            ],
        },
        Example {
            op: Select.into(),
            inputs: vec![
                rows(1, Data::F32(f32s.clone())),
                rows(1, Data::F32(f32s.iter().rev().copied().collect())),
                ExampleInput { matrix: Matrix::new(1, 1, Data::F32(vec![7.5])), per_row: false },
            ],
        },
    ]
}
