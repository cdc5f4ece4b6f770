//! `ensure`: refuses the rows that the framework itself refuses (a missing value, an unseen category).

use super::emit::{Emit, Place};
use super::sparse;
use super::{Example, ExampleInput, Operator, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::Local;

/// Demands a condition of every column: floats must not be 0, integers not negative; of a sparse value it demands it of
/// the stored elements. The output has no columns.
#[derive(Debug, Clone)]
pub struct Ensure {
    /// Which check this is: an index into the graph's sites, reported with the row.
    pub site: u32,
}

impl Operator for Ensure {
    fn name(&self) -> &'static str {
        "ensure"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("ensure", inputs, 1)?;
        match inputs[0].element {
            ElementType::F32 | ElementType::F64 | ElementType::I64 => Ok(ValueType { width: 0, is_sparse: false, ..inputs[0] }),
            other => Err(bad_operand("ensure", format!("{other} is no condition"))),
        }
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Matrix { rows, width, data, pattern } = inputs[0];
        let is_bad = |i: &usize| match data {
            Data::F32(items) => items[*i] == 0.0,
            Data::F64(items) => items[*i] == 0.0,
            Data::I64(items) => items[*i] < 0,
            _ => false,
        };
        let bad = match pattern {
            Some(pattern) => (0..*rows).flat_map(|row| pattern.row(row).map(move |i| (row, i))).find(|(_, i)| is_bad(i)),
            // Column by column, as the module looks: the same row is reported.
            None => (0..*width)
                .flat_map(|column| (0..*rows).map(move |row| (row, row * width + column)))
                .find(|(_, i)| is_bad(i)),
        };
        match bad {
            Some((row, _)) => Err(RowRefused { row, site: self.site }),
            None => Ok(Matrix::new(*rows, 0, data.gather(0..0))),
        }
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], _output: &Place) {
        let element = inputs[0].ty.element;
        if let Some(sparse) = inputs[0].sparse {
            return e.for_each_stored_row(inputs[0], |e, row, at, end| {
                e.count_up(at, end, |e, at| {
                    e.stored_offset(at, element);
                    e.load(element, sparse.values);
                    self.fail_if_bad(e, row, element);
                });
            });
        }
        e.for_each_plane(inputs[0].ty.width, &[inputs[0]], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let source = e.row_address(pointers[0], row, element);
                e.code.get(source);
                e.load(element, 0);
                self.fail_if_bad(e, row, element);
            });
        });
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }
}

impl Ensure {
    /// Fails for `row` where the element on the stack does not meet the condition.
    fn fail_if_bad(&self, e: &mut Emit<'_>, row: Local, element: ElementType) {
        match element {
            ElementType::F32 => e.code.ops().f32_const(0.0.into()).f32_eq(),
            ElementType::F64 => e.code.ops().f64_const(0.0.into()).f64_eq(),
            _ => e.code.ops().i64_const(0).i64_lt_s(),
        };
        e.code.ops().if_(wasm_encoder::BlockType::Empty);
        e.fail(row, self.site);
        e.code.ops().end();
    }
}

/// Rows that pass and rows that do not, of every type.
pub fn examples() -> Vec<Example> {
    let input = |width: usize, data: Data| ExampleInput { matrix: Matrix::new(data.len() / width, width, data), per_row: true };
    let mut late = vec![1.0; 90];
    late[67] = 0.0;
    [
        input(2, Data::F64(vec![1.0, f64::NAN, 2.0, -1.0])),
        input(2, Data::F64(late)),
        input(1, Data::F32(vec![1.0, -0.0])),
        input(1, Data::I64(vec![0, 5, i64::MIN])),
        input(1, Data::I64(vec![0, 5])),
        ExampleInput { matrix: sparse::example(&[1.0, f64::NAN, -1.0], 4), per_row: true },
        ExampleInput { matrix: sparse::example(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0], 4), per_row: true },
    ]
    .into_iter()
    .map(|input| Example { op: Ensure { site: 3 }.into(), inputs: vec![input] })
    .collect()
}
