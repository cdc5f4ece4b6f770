//! `concat`: several values of one element type side by side; sparse where one of them is.

use super::emit::{Emit, Place, stack_type};
use super::sparse;
use super::{Example, ExampleInput, Held, Operator, RowRefused, SparseInputs, ValueType, bad_operand};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix, Pattern};
use crate::wasm::{Local, memarg};
use wasm_encoder::ValType;

/// The columns of the first input, then those of the second, and so on. Beside a sparse value the elements of a dense one
/// are stored that are not 0.
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
        let per_row = inputs.iter().any(|input| input.per_row);
        let is_sparse = inputs.iter().any(|input| input.is_sparse);
        if is_sparse && (!first.element.is_float() || u32::try_from(width).is_err()) {
            return Err(bad_operand("concat", format!("sparse {width} × {}", first.element)));
        }
        Ok(ValueType { element: first.element, width, per_row, is_sparse })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let width = inputs.iter().map(|input| input.width).sum();
        if inputs.iter().any(|input| input.pattern.is_some()) {
            return Ok(joined_sparse(inputs, rows, width));
        }
        let starts: Vec<usize> =
            inputs.iter().scan(0, |start, input| Some(std::mem::replace(start, *start + input.data.len()))).collect();
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
        if output.sparse.is_some() {
            return emit_sparse(e, inputs, output);
        }
        let mut address = output.address;
        for input in inputs {
            let ty = ValueType { width: input.ty.width, ..output.ty };
            let slice = Place::numbers(ty, address);
            e.copy_planes(input, &slice);
            address += slice.plane_bytes(e.stride) * input.ty.width as u32;
        }
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }

    fn most_stored(&self, inputs: &[Held], stride: u32) -> u64 {
        let most = |input: &Held| match input.ty.is_sparse {
            true => input.stored,
            false => input.ty.width as u64 * u64::from(stride),
        };
        inputs.iter().map(most).sum()
    }
}

fn joined_sparse(inputs: &[&Matrix], rows: usize, width: usize) -> Matrix {
    let joined = inputs.iter().skip(1).fold(inputs[0].data.clone(), |joined, input| append(joined, &input.data));
    let (mut pattern, mut picked) = (Pattern::default(), Vec::new());
    for row in 0..rows {
        let (mut column, mut start) = (0, 0);
        for input in inputs {
            match &input.pattern {
                Some(stored) => {
                    pattern.columns.extend(stored.columns[stored.row(row)].iter().map(|known| column as u32 + known));
                    picked.extend(stored.row(row).map(|at| start + at));
                }
                None => {
                    let first = if input.rows == rows { row * input.width } else { 0 };
                    for at in (0..input.width).filter(|at| is_not_zero(&input.data, first + at)) {
                        pattern.columns.push((column + at) as u32);
                        picked.push(start + first + at);
                    }
                }
            }
            column += input.width;
            start += input.data.len();
        }
        pattern.end_row();
    }
    Matrix::sparse(width, pattern, joined.gather(picked.into_iter()))
}

fn is_not_zero(data: &Data, at: usize) -> bool {
    match data {
        Data::F32(items) => items[at] != 0.0,
        Data::F64(items) => items[at] != 0.0,
        _ => false,
    }
}

fn emit_sparse(e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
    let Some(target) = output.sparse else { return };
    let element = output.ty.element;
    let (written, at, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32), e.code.local(ValType::I32));
    e.begin_stored(output);
    e.code.i32(0).set(written);
    e.for_each_row(1, |e, row| {
        let mut column = 0;
        for input in inputs {
            if let Some(source) = input.sparse {
                e.code.get(row).i32(2);
                e.code.ops().i32_shl();
                e.code.tee(end).get(end);
                e.code.ops().i32_load(memarg(input.address + 4, 2));
                e.code.set(end);
                e.code.ops().i32_load(memarg(input.address, 2));
                e.code.set(at);
                e.count_up(at, end, |e, at| {
                    e.stored_offset(written, ElementType::U32);
                    e.stored_offset(at, ElementType::U32);
                    e.load(ElementType::U32, source.columns);
                    e.code.i32(column as i32);
                    e.code.ops().i32_add();
                    e.store(ElementType::U32, target.columns);
                    e.stored_offset(written, element);
                    e.stored_offset(at, element);
                    e.load(element, source.values);
                    e.store(element, target.values);
                    e.code.advance(written, 1);
                });
            } else {
                store_dense(e, row, input, column, written, output);
            }
            column += input.ty.width;
        }
        e.end_stored_row(output, row, written);
    });
}

/// Stores the elements of a dense row that are not 0.
fn store_dense(e: &mut Emit<'_>, row: Local, input: &Place, column: usize, written: Local, output: &Place) {
    let Some(target) = output.sparse else { return };
    let element = output.ty.element;
    let value = e.code.local(stack_type(element));
    let (source, i) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    let plane = input.plane_bytes(e.stride);
    if input.ty.per_row {
        e.stored_offset(row, element);
    } else {
        e.code.i32(0);
    }
    e.code.set(source).i32(0).set(i);
    let width = e.code.local(ValType::I32);
    e.code.i32(input.ty.width as i32).set(width);
    e.count_up(i, width, |e, i| {
        // The element is written either way; the place moves on only where it is not 0.
        e.stored_offset(written, ElementType::U32);
        e.code.get(i).i32(column as i32);
        e.code.ops().i32_add();
        e.store(ElementType::U32, target.columns);
        e.stored_offset(written, element);
        e.code.get(source);
        e.load(element, input.address);
        e.code.tee(value);
        e.store(element, target.values);
        e.code.get(written).get(value);
        match element {
            ElementType::F32 => e.code.ops().f32_const(0.0.into()).f32_ne(),
            _ => e.code.ops().f64_const(0.0.into()).f64_ne(),
        };
        e.code.ops().i32_add();
        e.code.set(written).advance(source, plane as i32);
    });
}

fn append(joined: Data, more: &Data) -> Data {
    let mut all = joined;
    all.append(more.clone());
    all
}

/// Per-row values with a constant between them; integers; sparse values among dense ones.
pub fn examples() -> Vec<Example> {
    let rows =
        |width: usize, data: Data| ExampleInput { matrix: Matrix::new(data.len() / width, width, data), per_row: true };
    let values = super::adversarial_f64();
    let n = values.len();
    let stored = |width| ExampleInput { matrix: sparse::example(&values, width), per_row: true };
    vec![
        Example { op: Concat.into(), inputs: vec![stored(3), stored(1), stored(4)] },
        Example {
            op: Concat.into(),
            inputs: vec![
                rows(2, Data::F64((0..140).map(|i| values[(i * 5) % n]).collect())),
                stored(3),
                ExampleInput { matrix: Matrix::new(1, 3, Data::F64(vec![1.0, f64::NAN, -0.0])), per_row: false },
            ],
        },
        Example {
            op: Concat.into(),
            inputs: vec![
                ExampleInput { matrix: sparse::narrow(&sparse::example(&values, 2)), per_row: true },
                rows(1, Data::F32((0..70).map(|i| values[(i * 3) % n] as f32).collect())),
            ],
        },
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
