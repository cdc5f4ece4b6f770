//! `unary`: one function of every element, f32 or f64.

use super::emit::{Emit, Place};
use super::lanes::{Lanes, Scalar32, Scalar64};
use super::sparse;
use super::{Example, ExampleInput, Operator, RowMajor, RowRefused, SparseInputs, ValueType};
use super::{bad_operand, error_function, expect_inputs, math, row_major, trigonometry};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// A function of every element.
#[derive(Debug, Clone)]
pub struct Unary {
    /// The function.
    pub function: UnaryFunction,
}

/// The functions of [`Unary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryFunction {
    /// The sign flipped.
    Negate,
    /// The magnitude.
    Abs,
    /// The square root.
    Sqrt,
    /// The largest integer not above.
    Floor,
    /// The smallest integer not below.
    Ceil,
    /// The integer towards zero.
    Trunc,
    /// The nearest integer, ties to even.
    Nearest,
    /// e^x.
    Exp,
    /// e^x - 1.
    Expm1,
    /// The natural logarithm.
    Log,
    /// log(1 + x).
    Log1p,
    /// The hyperbolic tangent.
    Tanh,
    /// The sine.
    Sin,
    /// The cosine.
    Cos,
    /// The arc sine.
    ArcSin,
    /// The error function.
    Erf,
    /// The number below which a share of the standard normal distribution lies; NaN outside 0 to 1.
    NormalQuantile,
    /// 1 where the element is NaN, else 0.
    IsNan,
    /// 1 where the element is neither NaN nor infinite, else 0.
    IsFinite,
}

/// Every function, for tests.
pub const FUNCTIONS: [UnaryFunction; 19] = [
    UnaryFunction::Negate,
    UnaryFunction::Abs,
    UnaryFunction::Sqrt,
    UnaryFunction::Floor,
    UnaryFunction::Ceil,
    UnaryFunction::Trunc,
    UnaryFunction::Nearest,
    UnaryFunction::Exp,
    UnaryFunction::Expm1,
    UnaryFunction::Log,
    UnaryFunction::Log1p,
    UnaryFunction::Tanh,
    UnaryFunction::Sin,
    UnaryFunction::Cos,
    UnaryFunction::ArcSin,
    UnaryFunction::Erf,
    UnaryFunction::NormalQuantile,
    UnaryFunction::IsNan,
    UnaryFunction::IsFinite,
];

impl UnaryFunction {
    /// Whether f32 elements are computed as f64 and rounded once.
    pub fn promotes(self) -> bool {
        matches!(
            self,
            Self::Exp
                | Self::Expm1
                | Self::Log
                | Self::Log1p
                | Self::Tanh
                | Self::Sin
                | Self::Cos
                | Self::ArcSin
                | Self::Erf
                | Self::NormalQuantile
        )
    }

    fn apply<L: Lanes>(self, l: &mut L, x: L::V) -> L::V {
        match self {
            Self::Negate => l.neg(x),
            Self::Abs => l.abs(x),
            Self::Sqrt => l.sqrt(x),
            Self::Floor => l.floor(x),
            Self::Ceil => l.ceil(x),
            Self::Trunc => l.trunc(x),
            Self::Nearest => l.nearest(x),
            Self::Exp => math::exp(l, x),
            Self::Expm1 => math::expm1(l, x),
            Self::Log => math::log(l, x),
            Self::Log1p => math::log1p(l, x),
            Self::Tanh => math::tanh(l, x),
            Self::Sin => trigonometry::sin(l, x),
            Self::Cos => trigonometry::cos(l, x),
            Self::ArcSin => trigonometry::asin(l, x),
            Self::Erf => error_function::erf(l, x),
            Self::NormalQuantile => math::normal_quantile(l, x),
            Self::IsNan => {
                let mask = l.ne(x, x);
                truth(l, mask)
            }
            Self::IsFinite => {
                let difference = l.sub(x, x);
                let zero = l.constant(0.0);
                let mask = l.eq(difference, zero);
                truth(l, mask)
            }
        }
    }
}

/// 1.0 where the mask is set, else 0.0.
pub(super) fn truth<L: Lanes>(l: &mut L, mask: L::V) -> L::V {
    let one = l.constant(1.0);
    l.and(mask, one)
}

impl Operator for Unary {
    fn name(&self) -> &'static str {
        "unary"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("unary", inputs, 1)?;
        if !inputs[0].element.is_float() {
            return Err(bad_operand("unary", format!("{} is no floating-point type", inputs[0].element)));
        }
        Ok(inputs[0])
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let data = match &inputs[0].data {
            Data::F32(items) if self.function.promotes() => {
                Data::F32(items.iter().map(|x| self.function.apply(&mut Scalar64, f64::from(*x)) as f32).collect())
            }
            Data::F32(items) => Data::F32(items.iter().map(|x| self.function.apply(&mut Scalar32, *x)).collect()),
            Data::F64(items) => Data::F64(items.iter().map(|x| self.function.apply(&mut Scalar64, *x)).collect()),
            other => other.clone(),
        };
        Ok(Matrix { data, ..inputs[0].clone() })
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        e.map_elements(inputs, output, self.function.promotes(), |l, values| self.function.apply(l, values[0]));
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Elementwise
    }

    fn row_major(&self, inputs: &[ValueType]) -> RowMajor {
        row_major::elementwise(inputs)
    }
}

/// Every function over adversarial values of both types, and over sparse ones.
pub fn examples() -> Vec<Example> {
    let inputs = || {
        let (f64s, f32s) = (super::adversarial_f64(), super::adversarial_f32());
        let wide = Data::F64([f64s.clone(), f64s.iter().rev().copied().collect()].concat());
        let stored = sparse::example(&f64s, 5);
        [Matrix::new(f32s.len(), 1, Data::F32(f32s)), Matrix::new(f64s.len(), 2, wide), sparse::narrow(&stored), stored]
    };
    FUNCTIONS
        .iter()
        .flat_map(|function| {
            inputs().map(|matrix| Example {
                op: Unary { function: *function }.into(),
                inputs: vec![ExampleInput { matrix, per_row: true }],
            })
        })
        .collect()
}
