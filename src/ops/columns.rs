//! `columns`: some columns of a value, in any order, repeats allowed.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use wasm_encoder::ValType;

/// The columns with these indices.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Indices into the input's columns.
    pub indices: Vec<usize>,
}

impl Operator for Columns {
    fn name(&self) -> &'static str {
        "columns"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("columns", inputs, 1)?;
        if inputs[0].element == ElementType::Text {
            return Err(bad_operand("columns", "text has one column"));
        }
        match self.indices.iter().find(|index| **index >= inputs[0].width) {
            Some(index) => Err(bad_operand("columns", format!("column {index} of {}", inputs[0].width))),
            None => Ok(ValueType { width: self.indices.len(), ..inputs[0] }),
        }
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let input = inputs[0];
        let indices =
            (0..input.rows).flat_map(|row| self.indices.iter().map(move |column| row * input.width + column));
        Ok(Matrix::new(input.rows, self.indices.len(), input.data.gather(indices)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let plane = inputs[0].plane_bytes(e.stride);
        let offsets: Vec<u8> =
            self.indices.iter().flat_map(|i| (inputs[0].address + *i as u32 * plane).to_le_bytes()).collect();
        let table = e.data.intern(&offsets, 4);
        let cursor = e.code.local(ValType::I32);
        e.code.i32(table as i32).set(cursor);
        let source = e.code.local(ValType::I32);
        e.for_each_plane(self.indices.len(), &[output], |e, pointers| {
            e.code.get(cursor);
            e.load(ElementType::U32, 0);
            e.code.set(source);
            e.code.advance(cursor, 4);
            e.copy_plane(source, pointers[0], output.ty.element);
        });
    }
}

/// Selections with gaps and repeats.
pub fn examples() -> Vec<Example> {
    let input = |data: Data| ExampleInput { matrix: Matrix::new(data.len() / 4, 4, data), per_row: true };
    let example = |indices: &[usize], data| Example {
        op: Columns { indices: indices.to_vec() }.into(),
        inputs: vec![input(data)],
    };
    vec![
        example(&[3, 0, 0, 2], Data::F64((0..400).map(f64::from).collect())),
        example(&[1], Data::F32((0..280).map(|i| i as f32).collect())),
        example(&[2, 3], Data::I64((0..40).collect())),
    ]
}
