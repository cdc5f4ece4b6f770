//! `bin`: every tested feature replaced by its rank, so that trees compare small integers.
//!
//! A rank column belongs to one feature and either to all thresholds of that feature (the rank is the number of
//! thresholds the value passes) or to one set of categories (0 left, 1 right). For a threshold t with rank index k,
//! "goes right at t" is "rank > k", exactly, in any float type. A missing value ranks first or last, so a node's default
//! direction costs nothing: it picks the column.

mod examples;
mod few_rows;
mod sets;
mod thresholds;

pub use examples::examples;
pub use sets::table_of;

use super::emit::{Emit, Place};
use super::{Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};

/// Ranks of some features.
#[derive(Debug, Clone)]
pub struct Bin {
    /// The rank columns.
    pub columns: Vec<BinColumn>,
    /// Whether a value equal to a threshold passes it (XGBoost's `x < t` goes left) or not (`x <= t` goes left).
    pub equal_passes: bool,
}

/// One rank column.
#[derive(Debug, Clone, PartialEq)]
pub struct BinColumn {
    /// The feature: a column of the input.
    pub feature: u32,
    /// What is ranked.
    pub kind: BinKind,
}

/// What a rank column ranks by.
#[derive(Debug, Clone, PartialEq)]
pub enum BinKind {
    /// The number of thresholds passed.
    Thresholds {
        /// Ascending, without repeats or NaN; exact in the input's element type.
        thresholds: Vec<f64>,
        /// Whether NaN passes all of them, or none.
        nan_last: bool,
    },
    /// 0 for the categories that go left, 1 for the others.
    Set(CategorySet),
}

/// Which way categories go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CategorySet {
    /// Whether code 0, 1, 2, … goes left; a value counts as its integer part.
    pub left: Vec<bool>,
    /// Whether codes beyond the table go left.
    pub above_left: bool,
    /// Whether negative values go left.
    pub below_left: bool,
    /// Whether NaN goes left.
    pub nan_left: bool,
    /// Whether -0.5 counts as code 0 (LightGBM) or as negative (XGBoost).
    pub truncates_negative: bool,
}

impl CategorySet {
    /// Whether `x` goes left.
    pub fn goes_left(&self, x: f64) -> bool {
        if x.is_nan() {
            return self.nan_left;
        }
        if (self.truncates_negative && x <= -1.0) || (!self.truncates_negative && x < 0.0) {
            return self.below_left;
        }
        let code = if x >= self.left.len() as f64 { self.left.len() } else { x.max(0.0) as usize };
        self.left.get(code).copied().unwrap_or(self.above_left)
    }
}

impl BinColumn {
    /// The highest rank.
    pub fn highest(&self) -> usize {
        match &self.kind {
            BinKind::Thresholds { thresholds, .. } => thresholds.len(),
            BinKind::Set(_) => 1,
        }
    }

    /// The rank of a value.
    pub fn rank(&self, x: f64, equal_passes: bool) -> u32 {
        match &self.kind {
            BinKind::Thresholds { thresholds, nan_last } if x.is_nan() => {
                if *nan_last {
                    thresholds.len() as u32
                } else {
                    0
                }
            }
            BinKind::Thresholds { thresholds, .. } => {
                thresholds.partition_point(|t| if equal_passes { *t <= x } else { *t < x }) as u32
            }
            BinKind::Set(set) => u32::from(!set.goes_left(x)),
        }
    }
}

/// Ranks are stored with the top bit flipped where signed SIMD comparisons read them.
pub fn stored_rank(rank: u32, element: ElementType) -> u32 {
    match element {
        ElementType::U8 => rank ^ 0x80,
        ElementType::U16 => rank ^ 0x8000,
        _ => rank,
    }
}

impl Bin {
    /// The narrowest type that holds every rank.
    fn element(&self) -> ElementType {
        match self.columns.iter().map(BinColumn::highest).max().unwrap_or(0) {
            0..=0xFF => ElementType::U8,
            0x100..=0xFFFF => ElementType::U16,
            _ => ElementType::U32,
        }
    }
}

impl Operator for Bin {
    fn name(&self) -> &'static str {
        "bin"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("bin", inputs, 1)?;
        let ValueType { element, width, .. } = inputs[0];
        if !element.is_float() || self.columns.iter().any(|column| column.feature as usize >= width) {
            return Err(bad_operand("bin", format!("{width} × {element}")));
        }
        Ok(ValueType::rows(self.element(), self.columns.len()))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let input = inputs[0];
        let at = |i: usize| match &input.data {
            Data::F32(items) => f64::from(items[i]),
            Data::F64(items) => items[i],
            _ => f64::NAN,
        };
        let element = self.element();
        let ranks = (0..rows).flat_map(|row| {
            let at = &at;
            self.columns.iter().map(move |column| {
                let row = if input.rows == rows { row } else { 0 };
                stored_rank(column.rank(at(row * input.width + column.feature as usize), self.equal_passes), element)
            })
        });
        let data = match element {
            ElementType::U8 => Data::U8(ranks.map(|rank| rank as u8).collect()),
            ElementType::U16 => Data::U16(ranks.map(|rank| rank as u16).collect()),
            _ => Data::U32(ranks.collect()),
        };
        Ok(Matrix::new(rows, self.columns.len(), data))
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        thresholds::SCRATCH_BYTES.max(sets::scratch_bytes(stride))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        thresholds::emit(self, e, inputs[0], output);
        sets::emit(self, e, inputs[0], output);
    }
}
