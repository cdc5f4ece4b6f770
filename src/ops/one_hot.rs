//! `one_hot`: a column per position, 1 at the given one; all 0 for a position outside.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use wasm_encoder::ValType;

/// Spreads a position over `width` columns of `element`.
#[derive(Debug, Clone)]
pub struct OneHot {
    /// The number of columns.
    pub width: usize,
    /// f32 or f64.
    pub element: ElementType,
}

impl Operator for OneHot {
    fn name(&self) -> &'static str {
        "one_hot"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("one_hot", inputs, 1)?;
        if inputs[0].element != ElementType::I64 || inputs[0].width != 1 || !self.element.is_float() {
            return Err(bad_operand("one_hot", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { element: self.element, width: self.width, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Data::I64(positions) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let hot = positions.iter().flat_map(|position| (0..self.width as i64).map(move |column| column == *position));
        let data = match self.element {
            ElementType::F32 => Data::F32(hot.map(|hot| f32::from(u8::from(hot))).collect()),
            _ => Data::F64(hot.map(|hot| f64::from(u8::from(hot))).collect()),
        };
        Ok(Matrix::new(positions.len(), self.width, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let column = e.code.local(ValType::I64);
        e.code.ops().i64_const(0);
        e.code.set(column);
        e.for_each_plane(self.width, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let source = e.row_address(pointers[0], row, ElementType::I64);
                let target = e.row_address(pointers[1], row, self.element);
                e.code.get(target).get(source);
                e.load(ElementType::I64, 0);
                e.code.get(column);
                e.code.ops().i64_eq();
                match self.element {
                    ElementType::F32 => e.code.ops().f32_convert_i32_u(),
                    _ => e.code.ops().f64_convert_i32_u(),
                };
                e.store(self.element, 0);
            });
            e.code.get(column).ops().i64_const(1).i64_add();
            e.code.set(column);
        });
    }
}

/// Positions inside and outside, both element types.
pub fn examples() -> Vec<Example> {
    [(1, ElementType::F64), (5, ElementType::F32), (4, ElementType::F64)]
        .into_iter()
        .map(|(width, element)| Example {
            op: OneHot { width, element }.into(),
            inputs: vec![ExampleInput {
                matrix: Matrix::new(70, 1, Data::I64((0..70).map(|i| [0, 3, -1, 1, i64::MAX, 4][i % 6]).collect())),
                per_row: true,
            }],
        })
        .collect()
}
