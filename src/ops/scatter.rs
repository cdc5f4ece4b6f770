//! `scatter`: values at the columns that positions name, as a sparse value.

use super::emit::{Emit, Place, SparsePlace};
use super::{Example, ExampleInput, Held, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix, Pattern};
use crate::wasm::{Bound, Code, Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Inputs: positions (i64) and as many values (f64), or one value for all. Each value is stored at its position among
/// `width` columns; those at positions outside are dropped, those at one position are added in the order of the inputs.
#[derive(Debug, Clone)]
pub struct Scatter {
    /// The number of columns.
    pub width: usize,
}

impl Operator for Scatter {
    fn name(&self) -> &'static str {
        "scatter"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("scatter", inputs, 2)?;
        let [positions, values] = [inputs[0], inputs[1]];
        if positions.element != ElementType::I64 || !positions.per_row || u32::try_from(self.width).is_err() {
            return Err(bad_operand("scatter", format!("{} × {}", positions.width, positions.element)));
        }
        if values.element != ElementType::F64 || (values.width != positions.width && values.width != 1) {
            return Err(bad_operand("scatter", format!("{} × {} as values", values.width, values.element)));
        }
        Ok(ValueType::sparse(ElementType::F64, self.width))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let (Data::I64(positions), Data::F64(values)) = (&inputs[0].data, &inputs[1].data) else {
            return Ok(Matrix::sparse(self.width, Pattern::default(), Data::F64(Vec::new())));
        };
        let (count, per_row) = (inputs[0].width, inputs[1].rows == rows);
        let value = |row: usize, i: usize| {
            let row = if per_row { row } else { 0 };
            values[row * inputs[1].width + if inputs[1].width == 1 { 0 } else { i }]
        };
        let (mut pattern, mut stored) = (Pattern::default(), Vec::new());
        for row in 0..rows {
            let known = (0..count).map(|i| (positions[row * count + i], value(row, i)));
            let mut known: Vec<(i64, f64)> = known.filter(|(at, _)| (0..self.width as i64).contains(at)).collect();
            known.sort_by_key(|(at, _)| *at);
            for (at, value) in known {
                match pattern.columns.get(pattern.offsets[row]..).and_then(<[u32]>::last) {
                    Some(last) if i64::from(*last) == at => *stored.last_mut().unwrap_or(&mut 0.0) += value,
                    _ => {
                        pattern.columns.push(at as u32);
                        stored.push(value);
                    }
                }
            }
            pattern.end_row();
        }
        Ok(Matrix::sparse(self.width, pattern, Data::F64(stored)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let Some(target) = output.sparse else { return };
        let [first, end, position_at, value_at, i] = [(); 5].map(|()| e.code.local(ValType::I32));
        let [position, column] = [ValType::I64, ValType::I32].map(|ty| e.code.local(ty));
        let value = e.code.local(ValType::F64);
        let (position_step, value_step) = (inputs[0].plane_bytes(e.stride), inputs[1].plane_bytes(e.stride));
        let count = Bound::Const(inputs[0].ty.width as i32);
        e.begin_stored(output);
        e.code.i32(0).set(end);
        e.for_each_row(1, |e, row| {
            e.code.get(end).set(first);
            set_start_of_row(e, inputs[0], row, position_at);
            set_start_of_row(e, inputs[1], row, value_at);
            e.code.count(i, 0, count, 1, |code| {
                code.get(position_at).ops().i64_load(memarg(0, 3)).local_tee(position.0);
                code.ops().i64_const(self.width as i64).i64_lt_u();
                code.when(|code| {
                    code.get(position).ops().i32_wrap_i64();
                    code.set(column).get(value_at).ops().f64_load(memarg(0, 3));
                    code.set(value);
                    insert(code, target, [first, end], column, value);
                });
                code.advance(position_at, position_step as i32);
                if inputs[1].ty.width != 1 {
                    code.advance(value_at, value_step as i32);
                }
            });
            e.end_stored_row(output, row, end);
        });
    }

    fn most_stored(&self, inputs: &[Held], stride: u32) -> u64 {
        inputs.first().map_or(0, |positions| positions.ty.width as u64 * u64::from(stride))
    }
}

/// Sets `at` to the address of the first element of `row`.
fn set_start_of_row(e: &mut Emit<'_>, place: &Place, row: Local, at: Local) {
    if place.ty.per_row {
        e.stored_offset(row, place.ty.element);
    } else {
        e.code.i32(0);
    }
    e.code.i32(place.address as i32);
    e.code.ops().i32_add();
    e.code.set(at);
}

/// Stores a value among those of its row, which begin at `first`, from the last one back: columns mostly ascend.
fn insert(code: &mut Code, target: SparsePlace, [first, end]: [Local; 2], column: Local, value: Local) {
    let (at, previous) = (code.local(ValType::I32), code.local(ValType::I32));
    code.get(end).set(at);
    // block: done; block: the place is found; loop: one element back a turn.
    code.ops().block(BlockType::Empty).block(BlockType::Empty).loop_(BlockType::Empty);
    code.get(at).get(first);
    code.ops().i32_eq().br_if(1);
    code.get(at).i32(2);
    code.ops().i32_shl().i32_const(4).i32_sub().i32_load(memarg(target.columns, 2));
    code.tee(previous).get(column);
    code.ops().i32_lt_u().br_if(1);
    code.get(previous).get(column);
    code.ops().i32_eq();
    code.when(|code| {
        element(code, at, -1, 3);
        element(code, at, -1, 3);
        code.ops().f64_load(memarg(target.values, 3));
        code.get(value);
        code.ops().f64_add().f64_store(memarg(target.values, 3)).br(3);
    });
    code.advance(at, -1);
    code.ops().br(0).end().end();
    code.get(at).get(end);
    code.ops().i32_ne();
    code.when(|code| {
        for (address, shift) in [(target.columns, 2), (target.values, 3)] {
            for by in [1, 0] {
                element(code, at, by, shift);
                code.i32(address as i32);
                code.ops().i32_add();
            }
            code.get(end).get(at);
            code.ops().i32_sub().i32_const(shift).i32_shl().memory_copy(0, 0);
        }
    });
    element(code, at, 0, 2);
    code.get(column).ops().i32_store(memarg(target.columns, 2));
    element(code, at, 0, 3);
    code.get(value).ops().f64_store(memarg(target.values, 3));
    code.advance(end, 1);
    code.ops().end();
}

/// Pushes `(at + by) << shift`.
fn element(code: &mut Code, at: Local, by: i32, shift: i32) {
    code.get(at).i32(by);
    code.ops().i32_add().i32_const(shift).i32_shl();
}

/// Positions in and out of order, twice the same, outside on both sides; values per row and the same for all.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let rows = 70;
    let positions = |width: usize| {
        let at = |i: usize| [3, 0, 7, -1, 2, 2, 9, i64::MAX, 1, i64::MIN, 0, 8][(i * 5 + i / 7) % 12];
        ExampleInput { matrix: Matrix::new(rows, width, Data::I64((0..rows * width).map(at).collect())), per_row: true }
    };
    let numbers = |width: usize| {
        let data = (0..rows * width).map(|i| values[(i * 3) % values.len()]).collect();
        ExampleInput { matrix: Matrix::new(rows, width, Data::F64(data)), per_row: true }
    };
    let constant =
        |data: Vec<f64>| ExampleInput { matrix: Matrix::new(1, data.len(), Data::F64(data)), per_row: false };
    let example = |width, inputs| Example { op: Scatter { width }.into(), inputs };
    vec![
        example(9, vec![positions(6), numbers(6)]),
        example(3, vec![positions(5), numbers(1)]),
        example(8, vec![positions(4), constant(vec![1.0])]),
        example(1 << 20, vec![positions(3), constant(vec![1.0, -2.5, 0.0])]),
        example(9, vec![positions(1), numbers(1)]),
    ]
}
