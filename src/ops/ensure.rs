//! `ensure`: refuses the rows that the framework itself refuses (a missing value, an unseen category).

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};

/// Demands a condition of every column: floats must not be 0, integers not negative. The output has no columns.
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
            ElementType::F32 | ElementType::F64 | ElementType::I64 => Ok(ValueType { width: 0, ..inputs[0] }),
            other => Err(bad_operand("ensure", format!("{other} is no condition"))),
        }
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Matrix { rows, width, data } = inputs[0];
        // Column by column, as the module looks: the same row is reported.
        let bad = (0..*width).flat_map(|column| (0..*rows).map(move |row| (row, row * width + column))).find(|(_, i)| {
            match data {
                Data::F32(items) => items[*i] == 0.0,
                Data::F64(items) => items[*i] == 0.0,
                Data::I64(items) => items[*i] < 0,
                _ => false,
            }
        });
        match bad {
            Some((row, _)) => Err(RowRefused { row, site: self.site }),
            None => Ok(Matrix::new(*rows, 0, data.gather(0..0))),
        }
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], _output: &Place) {
        let element = inputs[0].ty.element;
        e.for_each_plane(inputs[0].ty.width, &[inputs[0]], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let source = e.row_address(pointers[0], row, element);
                e.code.get(source);
                e.load(element, 0);
                match element {
                    ElementType::F32 => e.code.ops().f32_const(0.0.into()).f32_eq(),
                    ElementType::F64 => e.code.ops().f64_const(0.0.into()).f64_eq(),
                    _ => e.code.ops().i64_const(0).i64_lt_s(),
                };
                e.code.ops().if_(wasm_encoder::BlockType::Empty);
                e.fail(row, self.site);
                e.code.ops().end();
            });
        });
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
    ]
    .into_iter()
    .map(|input| Example { op: Ensure { site: 3 }.into(), inputs: vec![input] })
    .collect()
}
