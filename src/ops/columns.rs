//! `columns`: some columns of a value, in any order, repeats allowed; of a sparse value in ascending order.

use super::emit::{Emit, Place};
use super::sparse;
use super::{Example, ExampleInput, Held, Operator, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix, Pattern};
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
        if inputs[0].is_sparse && !self.indices.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err(bad_operand("columns", "columns of a sparse value that do not ascend"));
        }
        match self.indices.iter().find(|index| **index >= inputs[0].width) {
            Some(index) => Err(bad_operand("columns", format!("column {index} of {}", inputs[0].width))),
            None => Ok(ValueType { width: self.indices.len(), ..inputs[0] }),
        }
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let input = inputs[0];
        if let Some(pattern) = &input.pattern {
            return Ok(self.picked(input, pattern));
        }
        let indices = (0..input.rows).flat_map(|row| self.indices.iter().map(move |column| row * input.width + column));
        Ok(Matrix::new(input.rows, self.indices.len(), input.data.gather(indices)))
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }

    fn most_stored(&self, inputs: &[Held], stride: u32) -> u64 {
        inputs.iter().map(|input| input.stored).sum::<u64>().min(self.indices.len() as u64 * u64::from(stride))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        if output.sparse.is_some() {
            return self.emit_sparse(e, inputs[0], output);
        }
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

impl Columns {
    /// Per column of a sparse input its column in the output, or [`DROPPED`].
    fn targets(&self, width: usize) -> Vec<u32> {
        let mut targets = vec![DROPPED; width];
        self.indices.iter().enumerate().for_each(|(target, source)| targets[*source] = target as u32);
        targets
    }

    fn picked(&self, input: &Matrix, pattern: &Pattern) -> Matrix {
        let targets = self.targets(input.width);
        let (mut kept, mut positions) = (Pattern::default(), Vec::new());
        for row in 0..input.rows {
            for at in pattern.row(row) {
                let target = targets[pattern.columns[at] as usize];
                if target != DROPPED {
                    kept.columns.push(target);
                    positions.push(at);
                }
            }
            kept.end_row();
        }
        Matrix::sparse(self.indices.len(), kept, input.data.gather(positions.into_iter()))
    }

    fn emit_sparse(&self, e: &mut Emit<'_>, input: &Place, output: &Place) {
        let (Some(source), Some(target)) = (input.sparse, output.sparse) else { return };
        let element = output.ty.element;
        let targets = e.data.intern(&Data::U32(self.targets(input.ty.width)).to_le_bytes(), 4);
        let (written, column) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.begin_stored(output);
        e.code.i32(0).set(written);
        e.for_each_stored_row(input, |e, row, at, end| {
            e.count_up(at, end, |e, at| {
                e.stored_offset(at, ElementType::U32);
                e.load(ElementType::U32, source.columns);
                e.code.i32(2);
                e.code.ops().i32_shl();
                e.load(ElementType::U32, targets);
                e.code.set(column);
                // Written either way; the place moves on only where the column is kept.
                e.stored_offset(written, ElementType::U32);
                e.code.get(column);
                e.store(ElementType::U32, target.columns);
                e.stored_offset(written, element);
                e.stored_offset(at, element);
                e.load(element, source.values);
                e.store(element, target.values);
                e.code.get(written).get(column).i32(DROPPED as i32);
                e.code.ops().i32_ne().i32_add();
                e.code.set(written);
            });
            e.end_stored_row(output, row, written);
        });
    }
}

/// Marks a column that the output does not have.
const DROPPED: u32 = u32::MAX;

/// Selections with gaps and repeats; ascending ones of sparse values.
pub fn examples() -> Vec<Example> {
    let input = |data: Data| ExampleInput { matrix: Matrix::new(data.len() / 4, 4, data), per_row: true };
    let example = |indices: &[usize], data| Example {
        op: Columns { indices: indices.to_vec() }.into(),
        inputs: vec![input(data)],
    };
    let stored = |indices: &[usize], width| Example {
        op: Columns { indices: indices.to_vec() }.into(),
        inputs: vec![ExampleInput { matrix: sparse::example(&super::adversarial_f64(), width), per_row: true }],
    };
    vec![
        stored(&[0, 2, 3], 5),
        stored(&[1], 2),
        stored(&[], 3),
        example(&[3, 0, 0, 2], Data::F64((0..400).map(f64::from).collect())),
        example(&[1], Data::F32((0..280).map(|i| i as f32).collect())),
        example(&[2, 3], Data::I64((0..40).collect())),
    ]
}
