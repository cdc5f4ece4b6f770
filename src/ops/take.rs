//! `take`: the entries of a table at some positions; the last entry for every position that the table does not have.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use wasm_encoder::ValType;

/// Looks positions up in a table of `rows × width` elements: the entries stand side by side, one after the other.
#[derive(Debug, Clone)]
pub struct Take {
    /// The table; its last row answers for positions below 0 or beyond it. Of text one entry is taken, of width 1.
    pub table: Matrix,
}

impl Operator for Take {
    fn name(&self) -> &'static str {
        "take"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("take", inputs, 1)?;
        if inputs[0].element != ElementType::I64 || inputs[0].width == 0 || self.table.rows == 0 {
            return Err(bad_operand("take", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        let width = inputs[0].width * self.table.width;
        if self.table.element() == ElementType::Text && width != 1 {
            return Err(bad_operand("take", "text has one column"));
        }
        // Text is always per row: a value of the whole call has no place for its bytes.
        let per_row = inputs[0].per_row || self.table.element() == ElementType::Text;
        Ok(ValueType { element: self.table.element(), width, per_row, is_sparse: false })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let last = self.table.rows - 1;
        let mut taken: Vec<usize> = match &inputs[0].data {
            Data::I64(items) => items.iter().map(|i| usize::try_from(*i).map_or(last, |i| i.min(last))).collect(),
            _ => Vec::new(),
        };
        if self.table.element() == ElementType::Text
            && let [only] = taken[..]
        {
            taken.resize(rows, only);
        }
        let rows = taken.len() / inputs[0].width;
        Ok(Matrix::new(rows, inputs[0].width * self.table.width, self.table.take_rows(&taken).data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        match &self.table.data {
            Data::Text(texts) => emit_text(e, texts, inputs[0], output),
            data => {
                let element = output.ty.element;
                // Column by column, as the planes lie.
                let (rows, width) = (self.table.rows, self.table.width);
                let transposed = data.gather((0..width).flat_map(|j| (0..rows).map(move |i| i * width + j)));
                let table = e.data.intern(&transposed.to_le_bytes(), 16);
                let (column, plane) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
                let plane_bytes = output.plane_bytes(e.stride) as i32;
                e.code.i32(output.address as i32).set(plane);
                e.for_each_plane(inputs[0].ty.width, &[inputs[0]], |e, positions| {
                    e.code.i32(table as i32).set(column);
                    e.for_each_plane(width, &[], |e, _| {
                        e.for_each_row(1, |e, row| {
                            let position = load_position(e, inputs[0], positions[0], row, rows);
                            let target = e.row_address(plane, row, element);
                            e.code.get(target);
                            let source = e.row_address(column, position, element);
                            e.code.get(source);
                            e.load(element, 0);
                            e.store(element, 0);
                        });
                        e.code.advance(column, (rows as u32 * element.bytes()) as i32).advance(plane, plane_bytes);
                    });
                });
            }
        }
    }

    fn text_bytes_per_row(&self) -> usize {
        match &self.table.data {
            Data::Text(texts) => texts.iter().flatten().map(String::len).max().unwrap_or(0),
            _ => 0,
        }
    }
}

/// A local holding the position in `row`, the last of `rows` entries where it is out of range.
fn load_position(e: &mut Emit<'_>, input: &Place, positions: Local, row: Local, rows: usize) -> Local {
    let (wide, position) = (e.code.local(ValType::I64), e.code.local(ValType::I32));
    let source = if input.ty.per_row { e.row_address(positions, row, ElementType::I64) } else { positions };
    e.code.get(source);
    e.load(ElementType::I64, 0);
    e.code.tee(wide);
    e.code.ops().i32_wrap_i64().i32_const(rows as i32 - 1);
    e.code.get(wide);
    e.code.ops().i64_const(rows as i64).i64_lt_u().select();
    e.code.set(position);
    position
}

fn emit_text(e: &mut Emit<'_>, texts: &[Option<String>], input: &Place, output: &Place) {
    let Some(place) = output.text else { return };
    let bytes: String = texts.iter().flatten().map(String::as_str).collect();
    let bytes_at = e.data.intern(bytes.as_bytes(), 1);
    let mut slots = Vec::new();
    let mut at = bytes_at;
    for text in texts {
        let length = text.as_ref().map_or(0, String::len) as u32;
        slots.extend([at, length, u32::from(text.is_some())].iter().flat_map(|word| word.to_le_bytes()));
        at += length;
    }
    let slots_at = e.data.intern(&slots, 4);
    let (written, slot) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    e.code.i32(output.address as i32).i32(0);
    e.code.ops().i32_store(memarg(0, 2));
    e.code.i32(0).set(written);
    e.for_each_plane(1, &[input, output], |e, pointers| {
        e.for_each_row(1, |e, row| {
            let position = load_position(e, input, pointers[0], row, texts.len());
            e.code.get(position).i32(12);
            e.code.ops().i32_mul().i32_const(slots_at as i32).i32_add();
            e.code.set(slot).get(written).i32(place.bytes as i32);
            e.code.ops().i32_add();
            e.code.get(slot);
            e.code.ops().i32_load(memarg(0, 2));
            e.code.get(slot);
            e.code.ops().i32_load(memarg(4, 2)).memory_copy(0, 0);
            e.code.get(written).get(slot);
            e.code.ops().i32_load(memarg(4, 2)).i32_add();
            e.code.set(written);
            let end = e.row_address(pointers[1], row, ElementType::Text);
            e.code.get(end).get(written);
            e.code.ops().i32_store(memarg(4, 2));
            let present = e.code.local(ValType::I32);
            e.code.get(slot);
            e.code.ops().i32_load(memarg(8, 2));
            e.code.set(present);
            store_validity(e, row, present, place.validity);
        });
    });
}

/// Sets the row's validity bit to `present`, 0 or 1.
pub(super) fn store_validity(e: &mut Emit<'_>, row: Local, present: Local, validity: u32) {
    let byte = e.code.local(ValType::I32);
    e.code.get(row).i32(3);
    e.code.ops().i32_shr_u();
    e.code.tee(byte).get(byte);
    e.code.ops().i32_load8_u(memarg(validity, 0)).i32_const(1);
    e.code.get(row).i32(7);
    e.code.ops().i32_and().i32_shl().i32_const(-1).i32_xor().i32_and();
    e.code.get(present).get(row).i32(7);
    e.code.ops().i32_and().i32_shl().i32_or().i32_store8(memarg(validity, 0));
}

/// Tables of every element type, positions inside and outside, one and several.
pub fn examples() -> Vec<Example> {
    let position = |i: usize| [0, 1, 2, -1, 3, i64::MAX, i64::MIN, 5][i % 8];
    let positions = |width: usize| ExampleInput {
        matrix: Matrix::new(70, width, Data::I64((0..70 * width).map(|i| position(i + i / 8)).collect())),
        per_row: true,
    };
    let texts: Vec<_> = ["red", "", "größe"].map(|text| Some(text.to_owned())).into_iter().chain([None]).collect();
    let same = ExampleInput { matrix: Matrix::new(1, 1, Data::I64(vec![2])), per_row: false };
    let table = Matrix::new(4, 1, Data::Text(texts.clone()));
    let constant = Example { op: Take { table }.into(), inputs: vec![same] };
    [
        (1, Matrix::new(3, 2, Data::F64(vec![1.0, 2.0, -0.0, f64::NAN, 5.0, 6.0]))),
        (3, Matrix::new(3, 2, Data::F64(vec![1.0, 2.0, -0.0, f64::NAN, 5.0, 6.0]))),
        (1, Matrix::new(4, 1, Data::F32(vec![1.5, 2.5, 3.5, 4.5]))),
        (2, Matrix::new(4, 1, Data::I64(vec![-7, 8, 9, i64::MIN]))),
        (1, Matrix::new(2, 1, Data::Bool(vec![true, false]))),
        (1, Matrix::new(4, 1, Data::Text(texts))),
    ]
    .into_iter()
    .map(|(width, table)| Example { op: Take { table }.into(), inputs: vec![positions(width)] })
    .chain([constant])
    .collect()
}
