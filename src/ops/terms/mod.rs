//! `terms`: the terms of a text, counted: words or characters, alone or several in a row, each in its column.

mod columns;
mod emit;
mod examples;
mod normalise;
pub mod pattern;
mod units;

pub use columns::TermColumns;
pub use examples::examples;
pub use normalise::{Marks, Normalise};
pub use units::Units;

use std::collections::BTreeMap;

use super::emit::{Emit, Place};
use super::{Held, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix, Pattern};

/// Counts the terms of a text column. A missing text has none.
///
/// The text is normalised, then split into units; `least` to `most` units in a row are a term; a term counts in the column
/// that the vocabulary or its hash gives it. A column is stored if a term met it, even where signs cancel out.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What becomes of the text first.
    pub normalise: Normalise,
    /// What terms are made of.
    pub units: Units,
    /// The fewest units of a term, at least 1.
    pub least: u32,
    /// The most units of a term.
    pub most: u32,
    /// Where terms are counted.
    pub columns: TermColumns,
    /// Whether a stored element is 1, however often its terms came.
    pub binary: bool,
}

impl Operator for Terms {
    fn name(&self) -> &'static str {
        "terms"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("terms", inputs, 1)?;
        if inputs[0].element != ElementType::Text || inputs[0].width != 1 || !inputs[0].per_row {
            return Err(bad_operand("terms", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        if self.least == 0 || u32::try_from(self.columns.width()).is_err() {
            return Err(bad_operand("terms", "terms without units, or too many columns"));
        }
        Ok(ValueType::sparse(ElementType::F64, self.columns.width()))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let Data::Text(texts) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let find = self.columns.finder();
        let (mut pattern, mut values) = (Pattern::default(), Vec::new());
        for row in 0..rows {
            let mut counts: BTreeMap<u32, i64> = BTreeMap::new();
            let text = texts.get(row).and_then(Option::as_deref).unwrap_or("");
            self.units.for_each_term(&self.normalise.apply(text), self.least, self.most, |term| {
                if let Some((column, sign)) = find(term) {
                    *counts.entry(column).or_default() += sign;
                }
            });
            for (column, count) in counts {
                pattern.columns.push(column);
                values.push(if self.binary { 1.0 } else { count as f64 });
            }
            pattern.end_row();
        }
        Ok(Matrix::sparse(self.columns.width(), pattern, Data::F64(values)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        emit::emit(self, e, inputs[0], output);
    }

    fn scratch_bytes_for(&self, inputs: &[Held], _stride: u32) -> u64 {
        emit::Scratch::new(self, text_bytes(inputs)).end
    }

    /// No more than the terms of a block's text, and none twice in a row.
    fn most_stored(&self, inputs: &[Held], stride: u32) -> u64 {
        let sizes = u64::from(self.most.saturating_sub(self.least)) + 1;
        let terms = emit::Scratch::new(self, text_bytes(inputs)).most_units(stride).saturating_mul(sizes);
        terms.min(u64::from(stride).saturating_mul(self.columns.width() as u64))
    }

    fn reads_documents(&self) -> bool {
        true
    }
}

fn text_bytes(inputs: &[Held]) -> u64 {
    inputs.first().map_or(0, |text| text.text_bytes)
}
