//! `arg_max`: the position of the largest column, the first of equals; a NaN is larger than every number (NumPy's rule).

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use wasm_encoder::ValType;

/// The position of the largest column, i64.
#[derive(Debug, Clone)]
pub struct ArgMax;

impl Operator for ArgMax {
    fn name(&self) -> &'static str {
        "arg_max"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("arg_max", inputs, 1)?;
        if !inputs[0].element.is_float() || inputs[0].width == 0 {
            return Err(bad_operand("arg_max", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { element: ElementType::I64, width: 1, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let width = inputs[0].width;
        let positions = match &inputs[0].data {
            Data::F32(items) => {
                items.chunks_exact(width).map(|row| position(row.iter().map(|x| f64::from(*x)))).collect()
            }
            Data::F64(items) => items.chunks_exact(width).map(|row| position(row.iter().copied())).collect(),
            _ => Vec::new(),
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::I64(positions)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let input = inputs[0];
        let element = input.ty.element;
        let (plane, width) = (input.plane_bytes(e.stride) as i32, input.ty.width as i32);
        e.for_each_plane(1, &[input, output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let cursor = e.row_address(pointers[0], row, element);
                let (best, value) = (e.code.local(ValType::F64), e.code.local(ValType::F64));
                let (position, column) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
                load_as_f64(e, cursor, element);
                e.code.set(best).i32(0).set(position).i32(1).set(column);
                e.code.continue_count(column, crate::wasm::Bound::Const(width), 1, |code| {
                    code.advance(cursor, plane).get(cursor);
                    match element {
                        ElementType::F32 => code.ops().f32_load(crate::wasm::memarg(0, 0)).f64_promote_f32(),
                        _ => code.ops().f64_load(crate::wasm::memarg(0, 0)),
                    };
                    code.set(value);
                    // Larger, or NaN where the best is a number: not (value <= best) with the best a number.
                    code.get(value).get(best);
                    code.ops().f64_le().i32_eqz();
                    code.get(best).get(best);
                    code.ops().f64_eq().i32_and();
                    code.when(|code| {
                        code.get(value).set(best).get(column).set(position);
                    });
                });
                let target = e.row_address(pointers[1], row, ElementType::I64);
                e.code.get(target).get(position);
                e.code.ops().i64_extend_i32_u();
                e.store(ElementType::I64, 0);
            });
        });
    }
}

fn load_as_f64(e: &mut Emit<'_>, address: crate::wasm::Local, element: ElementType) {
    e.code.get(address);
    e.load(element, 0);
    if element == ElementType::F32 {
        e.code.ops().f64_promote_f32();
    }
}

fn position(row: impl Iterator<Item = f64>) -> i64 {
    let mut best = (0, f64::NEG_INFINITY);
    for (column, value) in row.enumerate() {
        let larger = (value > best.1 || value.is_nan()) && !best.1.is_nan();
        if column == 0 || larger {
            best = (column as i64, value);
        }
    }
    best.0
}

/// Ties, NaN in every position, both types.
pub fn examples() -> Vec<Example> {
    let nan = f64::NAN;
    let rows = vec![
        1.0,
        2.0,
        2.0,
        2.0,
        1.0,
        2.0,
        nan,
        5.0,
        1.0,
        5.0,
        nan,
        9.0,
        5.0,
        9.0,
        nan,
        nan,
        nan,
        nan,
        0.0,
        -0.0,
        0.0,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
        -3.0,
        -2.0,
        -1.0,
    ];
    let f32s = rows.iter().map(|x| *x as f32).collect();
    [Data::F64(rows), Data::F32(f32s)]
        .into_iter()
        .map(|data| Example {
            op: ArgMax.into(),
            inputs: vec![ExampleInput { matrix: Matrix::new(data.len() / 3, 3, data), per_row: true }],
        })
        .collect()
}
