//! `text_hash`: the low 32 bits of a text's CityHash64 (version 1.0), as a signed number.

mod city;
mod emitted;
mod plain;

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};

pub use plain::city_hash;

/// Hashes a text column; a missing text counts as an empty one.
#[derive(Debug, Clone)]
pub struct TextHash;

/// The hash of a text: the low 32 bits of its [`city_hash`], with their sign.
pub fn hash(text: &str) -> i64 {
    i64::from(city_hash(text.as_bytes()) as i32)
}

impl Operator for TextHash {
    fn name(&self) -> &'static str {
        "text_hash"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("text_hash", inputs, 1)?;
        if inputs[0].element != ElementType::Text || inputs[0].width != 1 {
            return Err(bad_operand("text_hash", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { element: ElementType::I64, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let hashes = match &inputs[0].data {
            Data::Text(items) => items.iter().map(|text| hash(text.as_deref().unwrap_or_default())).collect(),
            _ => Vec::new(),
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::I64(hashes)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        emitted::emit(e, inputs[0], output);
    }
}

/// Texts of every length up to three blocks and more, missing ones among them.
pub fn examples() -> Vec<Example> {
    let letters = |length: usize| (0..length).map(|i| char::from(b'!' + (i * 7 % 90) as u8)).collect::<String>();
    let mut texts: Vec<Option<String>> = (0..200).map(|length| Some(letters(length))).collect();
    texts.extend([None, Some("größe".into()), Some("日本".into()), Some(letters(1000)), Some("\0".into()), None]);
    let matrix = Matrix::new(texts.len(), 1, Data::Text(texts));
    vec![Example { op: TextHash.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }]
}
