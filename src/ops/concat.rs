//! `concat`: several values of one element type side by side.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand};
use crate::error::Result;
use crate::map_data;
use crate::tensor::{Data, ElementType, Matrix};

/// The columns of the first input, then those of the second, and so on.
#[derive(Debug, Clone)]
pub struct Concat;

impl Operator for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        let Some(first) = inputs.first() else {
            return Err(bad_operand("concat", "no inputs"));
        };
        if let Some(other) = inputs.iter().find(|input| input.element != first.element) {
            return Err(bad_operand("concat", format!("element types {} and {} differ", first.element, other.element)));
        }
        if first.element == ElementType::Text {
            return Err(bad_operand("concat", "text has one column"));
        }
        let width = inputs.iter().map(|input| input.width).sum();
        Ok(ValueType { element: first.element, width, per_row: inputs.iter().any(|input| input.per_row) })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let width = inputs.iter().map(|input| input.width).sum();
        let starts: Vec<usize> = inputs
            .iter()
            .scan(0, |start, input| Some(std::mem::replace(start, *start + input.data.len())))
            .collect();
        let joined = inputs.iter().skip(1).fold(inputs[0].data.clone(), |joined, input| append(joined, &input.data));
        let indices = (0..rows).flat_map(|row| {
            inputs.iter().zip(&starts).flat_map(move |(input, start)| {
                let row = if input.rows == rows { row } else { 0 };
                (0..input.width).map(move |column| start + row * input.width + column)
            })
        });
        Ok(Matrix::new(rows, width, joined.gather(indices)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let mut address = output.address;
        for input in inputs {
            let ty = ValueType { width: input.ty.width, ..output.ty };
            let slice = Place { ty, address, text: None };
            e.copy_planes(input, &slice);
            address += slice.plane_bytes(e.stride) * input.ty.width as u32;
        }
    }
}

fn append(joined: Data, more: &Data) -> Data {
    let mut bytes = joined;
    match (&mut bytes, more) {
        (Data::F32(a), Data::F32(b)) => a.extend(b),
        (Data::F64(a), Data::F64(b)) => a.extend(b),
        (Data::I64(a), Data::I64(b)) => a.extend(b),
        (Data::Bool(a), Data::Bool(b)) => a.extend(b),
        (Data::U8(a), Data::U8(b)) => a.extend(b),
        (Data::U16(a), Data::U16(b)) => a.extend(b),
        (Data::U32(a), Data::U32(b)) => a.extend(b),
        _ => return map_data!(bytes, items => items),
    }
    bytes
}

/// Per-row values with a constant between them; integers.
pub fn examples() -> Vec<Example> {
    let rows = |width: usize, data: Data| ExampleInput { matrix: Matrix::new(data.len() / width, width, data), per_row: true };
    let values = super::adversarial_f64();
    let n = values.len();
    vec![
        Example {
            op: Concat.into(),
            inputs: vec![
                rows(2, Data::F64((0..2 * n).map(|i| i as f64).collect())),
                ExampleInput { matrix: Matrix::new(1, 3, Data::F64(vec![1.0, f64::NAN, -0.0])), per_row: false },
                rows(1, Data::F64(values)),
            ],
        },
        Example {
            op: Concat.into(),
            inputs: vec![rows(1, Data::I64((0..50).collect())), rows(1, Data::I64((50..100).collect()))],
        },
        Example {
            op: Concat.into(),
            inputs: vec![rows(1, Data::F32(vec![1.0; 70])), rows(2, Data::F32((0..140).map(|i| i as f32).collect()))],
        },
    ]
}
