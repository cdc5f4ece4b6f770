//! `text_replace`: one text, or a missing one, becomes another; all else stays.

use super::emit::{Emit, Place};
use super::take::store_validity;
use super::text_lookup::{load_text, push_is_present};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Replaces the texts that equal `from`, byte for byte.
#[derive(Debug, Clone)]
pub struct TextReplace {
    /// What is replaced; a missing text if `None`.
    pub from: Option<String>,
    /// What stands there instead.
    pub to: String,
}

impl Operator for TextReplace {
    fn name(&self) -> &'static str {
        "text_replace"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("text_replace", inputs, 1)?;
        if inputs[0].element != ElementType::Text || inputs[0].width != 1 {
            return Err(bad_operand("text_replace", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(inputs[0])
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let replaced = |text: &Option<String>| if *text == self.from { Some(self.to.clone()) } else { text.clone() };
        let texts = match &inputs[0].data {
            Data::Text(items) => items.iter().map(replaced).collect(),
            _ => Vec::new(),
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::Text(texts)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let (Some(source), Some(target)) = (inputs[0].text, output.text) else { return };
        let to = e.data.intern(self.to.as_bytes(), 1);
        let written = e.code.local(ValType::I32);
        e.code.i32(output.address as i32).i32(0);
        e.code.ops().i32_store(memarg(0, 2));
        e.code.i32(0).set(written);
        e.for_each_plane(1, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let (start, length) = load_text(e, pointers[0], row, source.bytes);
                let present = e.code.local(ValType::I32);
                push_is_present(e, row, source.validity);
                e.code.set(present);
                self.push_is_replaced(e, start, length, present);
                e.code.when(|code| {
                    code.i32(to as i32).set(start).i32(self.to.len() as i32).set(length).i32(1).set(present);
                });
                e.code.get(written).i32(target.bytes as i32);
                e.code.ops().i32_add();
                e.code.get(start).get(length).ops().memory_copy(0, 0);
                e.code.get(written).get(length);
                e.code.ops().i32_add();
                e.code.set(written);
                let end = e.row_address(pointers[1], row, ElementType::Text);
                e.code.get(end).get(written);
                e.code.ops().i32_store(memarg(4, 2));
                store_validity(e, row, present, target.validity);
            });
        });
    }

    fn text_bytes_per_row(&self) -> usize {
        self.to.len()
    }
}

impl TextReplace {
    /// Pushes 1 where the text is the one to replace, else 0.
    fn push_is_replaced(&self, e: &mut Emit<'_>, start: Local, length: Local, present: Local) {
        let Some(from) = &self.from else {
            e.code.get(present).ops().i32_eqz();
            return;
        };
        let from_at = e.data.intern(from.as_bytes(), 1);
        let (code, len) = (&mut e.code, from.len() as i32);
        let (equal, i) = (code.local(ValType::I32), code.local(ValType::I32));
        code.get(length).i32(len);
        code.ops().i32_eq();
        code.get(present);
        code.ops().i32_and();
        code.set(equal).i32(0).set(i);
        // block: decided; loop: one byte a turn.
        code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        code.get(equal);
        code.ops().i32_eqz();
        code.get(i).i32(len);
        code.ops().i32_ge_u().i32_or().br_if(1);
        code.get(start).get(i);
        code.ops().i32_add().i32_load8_u(memarg(0, 0));
        code.get(i);
        code.ops().i32_load8_u(memarg(from_at, 0)).i32_eq();
        code.set(equal).advance(i, 1);
        code.ops().br(0).end().end();
        code.get(equal);
    }
}

/// Missing, empty, non-ASCII and ordinary texts, each replaced by a shorter and a longer one.
pub fn examples() -> Vec<Example> {
    let texts: Vec<Option<String>> = ["", "a", "größe", "日本", "größer", "?", "A", "x"]
        .iter()
        .map(|text| Some((*text).to_owned()))
        .chain([None, Some("w".repeat(300)), None])
        .cycle()
        .take(90)
        .collect();
    [(None, "fehlt"), (None, ""), (Some("größe"), "g"), (Some(""), "leer"), (Some("?"), "größer")]
        .into_iter()
        .map(|(from, to)| Example {
            op: TextReplace { from: from.map(str::to_owned), to: to.to_owned() }.into(),
            inputs: vec![ExampleInput {
                matrix: Matrix::new(texts.len(), 1, Data::Text(texts.clone())),
                per_row: true,
            }],
        })
        .collect()
}
