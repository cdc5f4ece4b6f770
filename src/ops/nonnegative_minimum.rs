//! `nonnegative_minimum`: where a quadratic form of non-negative weights is least, by cyclic coordinate descent.
//!
//! The descent starts at 0 and stops where a round violates the conditions of the minimum by a small share of what the
//! first round did, so the number of rounds is part of the definition.

use super::emit::{Emit, Place};
use super::steps::{self, RowProgram, Steps, Vector};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// The weights `w ≥ 0` at which `w · form · w / 2 - w · x` is least, of a row `x`.
#[derive(Debug, Clone)]
pub struct NonnegativeMinimum {
    /// `[n, n]`, row-major and symmetric.
    pub form: Vec<f64>,
    /// The most rounds.
    pub most_rounds: usize,
    /// The share of the first round's violation at which the descent stops.
    pub tolerance: f64,
}

impl Operator for NonnegativeMinimum {
    fn name(&self) -> &'static str {
        "nonnegative_minimum"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("nonnegative_minimum", inputs, 1)?;
        if !steps::are_rows(inputs) || inputs[0].width * inputs[0].width != self.form.len() {
            let message = format!("{} columns, a form of {}", inputs[0].width, self.form.len());
            return Err(bad_operand("nonnegative_minimum", message));
        }
        Ok(inputs[0])
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        Ok(steps::evaluate(self, inputs, rows, inputs[0].width))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        steps::emit(self, e, inputs, output);
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        steps::scratch_bytes(self)
    }
}

impl RowProgram for NonnegativeMinimum {
    fn tables(&self) -> Vec<&[f64]> {
        vec![&self.form]
    }

    fn scratch(&self) -> Vec<usize> {
        vec![self.n()]
    }

    fn run<S: Steps>(&self, s: &mut S, tables: &[Vector], scratch: &[Vector]) {
        let (&[form], &[weights]) = (tables, scratch) else { return };
        s.fill(weights, self.n(), 0.0);
        let (zero, unset) = (s.real(0.0), s.real(-1.0));
        let first = s.number(unset);
        s.repeat(self.most_rounds, |s| {
            let violation = self.round(s, form, weights);
            let so_far = s.get(first);
            let is_first = s.lt(so_far, zero);
            let of_first = s.choose(is_first, violation, so_far);
            s.set(first, of_first);
            let (share, tolerance) = (s.div(violation, of_first), s.real(self.tolerance));
            let (is_still, is_near) = (s.eq(of_first, zero), s.le(share, tolerance));
            let is_done = s.or(is_still, is_near);
            s.not(is_done)
        });
        s.each(self.n(), |s, at| {
            let weight = s.load(weights, at);
            s.answer(at, weight);
        });
    }
}

impl NonnegativeMinimum {
    /// The number of weights.
    fn n(&self) -> usize {
        self.form.len().isqrt()
    }

    /// Moves each weight to the minimum along it; gives the sum of the gradients that the conditions do not allow.
    fn round<S: Steps>(&self, s: &mut S, form: Vector, weights: Vector) -> S::Real {
        let (n, zero) = (self.n(), s.real(0.0));
        let violation = s.number(zero);
        s.each(n, |s, at| {
            let x = s.value(0, at);
            let gradient = s.neg(x);
            let gradient = s.number(gradient);
            s.each(n, |s, other| {
                let cell = s.cell(at, n, other);
                let (factor, weight) = (s.load(form, cell), s.load(weights, other));
                let part = s.mul(factor, weight);
                s.grow(gradient, part);
            });
            let (gradient, weight) = (s.get(gradient), s.load(weights, at));
            let (is_least, downwards) = (s.eq(weight, zero), s.smaller(zero, gradient));
            let projected = s.choose(is_least, downwards, gradient);
            let projected = s.abs(projected);
            s.grow(violation, projected);
            let cell = s.cell(at, n, at);
            let curvature = s.load(form, cell);
            let is_flat = s.eq(curvature, zero);
            let is_curved = s.not(is_flat);
            s.when(is_curved, |s| {
                let step = s.div(gradient, curvature);
                let moved = s.sub(weight, step);
                let moved = s.larger(moved, zero);
                s.store(weights, at, moved);
            });
        });
        s.get(violation)
    }
}

/// Forms of one to four weights, one of them singular; rows of zeros, of extremes, of NaN.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let example = |form: &[f64], most_rounds: usize, tolerance: f64| {
        let width = form.len().isqrt();
        let value = |i: usize| if i / width < 33 { values[(i * 7) % values.len()] } else { (i % 13) as f64 - 4.0 };
        let matrix = Matrix::new(70, width, Data::F64((0..70 * width).map(value).collect()));
        let op = NonnegativeMinimum { form: form.to_vec(), most_rounds, tolerance };
        Example { op: op.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    let three = [2.0, 0.5, 1.0, 0.5, 1.0, 0.25, 1.0, 0.25, 3.0];
    vec![
        example(&[4.0], 5, 1e-4),
        example(&[0.0], 5, 1e-4),
        example(&three, 200, 1e-4),
        example(&three, 0, 1e-4),
        example(&[1.0, 1.0, 1.0, 1.0], 20, 0.0),
        example(&[2.0, 0.1, 0.2, 0.3, 0.1, 0.0, 0.0, 0.0, 0.2, 0.0, 5.0, 1.0, 0.3, 0.0, 1.0, 1.0], 50, 1e-8),
    ]
}
