//! `binary`: one function of two elements, f32 or f64; an operand of width 1 is spread over the other's columns.

use super::emit::{Emit, Place};
use super::lanes::{Lanes, Scalar32, Scalar64};
use super::sparse::{self, cells, elementwise};
use super::unary::truth;
use super::{Example, ExampleInput, Operator, RowMajor, RowRefused, SparseInputs, ValueType};
use super::{bad_operand, broadcast, expect_inputs, row_major};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// A function of two elements.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The function.
    pub function: BinaryFunction,
}

/// The functions of [`Binary`]. Comparisons and logic give 1 or 0; any non-zero (NaN too) is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryFunction {
    Add,
    Sub,
    Mul,
    Div,
    /// The smaller; NaN if either is NaN.
    Min,
    /// The larger; NaN if either is NaN.
    Max,
    Less,
    LessEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

/// Every function, for tests.
pub const FUNCTIONS: [BinaryFunction; 12] = [
    BinaryFunction::Add,
    BinaryFunction::Sub,
    BinaryFunction::Mul,
    BinaryFunction::Div,
    BinaryFunction::Min,
    BinaryFunction::Max,
    BinaryFunction::Less,
    BinaryFunction::LessEqual,
    BinaryFunction::Equal,
    BinaryFunction::NotEqual,
    BinaryFunction::And,
    BinaryFunction::Or,
];

impl BinaryFunction {
    fn apply<L: Lanes>(self, l: &mut L, a: L::V, b: L::V) -> L::V {
        match self {
            Self::Add => l.add(a, b),
            Self::Sub => l.sub(a, b),
            Self::Mul => l.mul(a, b),
            Self::Div => l.div(a, b),
            Self::Min => {
                let least = l.pmin(a, b);
                nan_wins(l, b, least)
            }
            Self::Max => {
                let most = l.pmax(a, b);
                nan_wins(l, b, most)
            }
            Self::Less => {
                let mask = l.lt(a, b);
                truth(l, mask)
            }
            Self::LessEqual => {
                let mask = l.le(a, b);
                truth(l, mask)
            }
            Self::Equal => {
                let mask = l.eq(a, b);
                truth(l, mask)
            }
            Self::NotEqual => {
                let mask = l.ne(a, b);
                truth(l, mask)
            }
            Self::And => {
                let (a, b) = (non_zero(l, a), non_zero(l, b));
                let mask = l.and(a, b);
                truth(l, mask)
            }
            Self::Or => {
                let (a, b) = (non_zero(l, a), non_zero(l, b));
                let mask = l.or(a, b);
                truth(l, mask)
            }
        }
    }
}

/// `otherwise`, which is `a` where that is NaN, or `b` where that is.
fn nan_wins<L: Lanes>(l: &mut L, b: L::V, otherwise: L::V) -> L::V {
    let b_number = l.eq(b, b);
    l.select(b_number, otherwise, b)
}

/// A mask of the lanes that are not zero.
pub(super) fn non_zero<L: Lanes>(l: &mut L, a: L::V) -> L::V {
    let zero = l.constant(0.0);
    l.ne(a, zero)
}

impl Operator for Binary {
    fn name(&self) -> &'static str {
        "binary"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("binary", inputs, 2)?;
        let ty = broadcast("binary", inputs)?;
        if !ty.element.is_float() {
            return Err(bad_operand("binary", format!("{} is no floating-point type", ty.element)));
        }
        Ok(ty)
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let (a, b) = (inputs[0], inputs[1]);
        let pairs = cells(inputs, rows).into_iter().map(|cell| (cell.index(a, rows), cell.index(b, rows)));
        let data = match (&a.data, &b.data) {
            (Data::F32(x), Data::F32(y)) => {
                Data::F32(pairs.map(|(i, j)| self.function.apply(&mut Scalar32, x[i], y[j])).collect())
            }
            (Data::F64(x), Data::F64(y)) => {
                Data::F64(pairs.map(|(i, j)| self.function.apply(&mut Scalar64, x[i], y[j])).collect())
            }
            _ => a.data.clone(),
        };
        Ok(elementwise(inputs, rows, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        e.map_elements(inputs, output, false, |l, values| self.function.apply(l, values[0], values[1]));
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Elementwise
    }

    fn row_major(&self, inputs: &[ValueType]) -> RowMajor {
        row_major::elementwise(inputs)
    }
}

/// Every function over pairs of adversarial values: column by column, against one column, against a constant; of sparse
/// values against themselves, a number per row, per column and for all.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let rotated = |by: usize| (0..n).map(|i| values[(i + by) % n]).collect::<Vec<_>>();
    let wide = Data::F64((0..n).flat_map(|i| [values[i], values[(i * 7 + 3) % n], values[(i + 11) % n]]).collect());
    let f32s = super::adversarial_f32();
    let stored = sparse::example(&values, 4);
    let narrow = sparse::narrow(&stored);
    let per_row = Data::F64((0..stored.rows).map(|i| values[(i * 3 + 1) % n]).collect());
    let other =
        Matrix { data: Data::F64((0..stored.data.len()).map(|i| values[(i * 5) % n]).collect()), ..stored.clone() };
    let shifted: Vec<f32> = (0..f32s.len()).map(|i| f32s[(i * 5 + 1) % f32s.len()]).collect();
    FUNCTIONS
        .iter()
        .flat_map(|function| {
            let op = || Binary { function: *function }.into();
            let rows = |width, data: Data| ExampleInput {
                matrix: Matrix::new(data.len() / width, width, data),
                per_row: true,
            };
            let constant = |data: Data| ExampleInput { matrix: Matrix::new(1, data.len(), data), per_row: false };
            let matrix = |matrix: &Matrix| ExampleInput { matrix: matrix.clone(), per_row: true };
            [
                Example { op: op(), inputs: vec![rows(3, wide.clone()), rows(1, Data::F64(rotated(5)))] },
                Example {
                    op: op(),
                    inputs: vec![rows(1, Data::F32(f32s.clone())), rows(1, Data::F32(shifted.clone()))],
                },
                Example {
                    op: op(),
                    inputs: vec![rows(3, wide.clone()), constant(Data::F64(vec![0.0, f64::NAN, -1.5]))],
                },
                Example { op: op(), inputs: vec![matrix(&stored), matrix(&other)] },
                Example { op: op(), inputs: vec![rows(1, per_row.clone()), matrix(&stored)] },
                Example {
                    op: op(),
                    inputs: vec![matrix(&stored), constant(Data::F64(vec![0.0, f64::NAN, -1.5, 0.1]))],
                },
                Example { op: op(), inputs: vec![matrix(&narrow), constant(Data::F32(vec![0.5, 3.0, -1.5, 0.1]))] },
                Example { op: op(), inputs: vec![matrix(&stored), constant(Data::F64(vec![2.5]))] },
                Example { op: op(), inputs: vec![constant(Data::F32(vec![-0.3])), matrix(&narrow)] },
            ]
        })
        .collect()
}
