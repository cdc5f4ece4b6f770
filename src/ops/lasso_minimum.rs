//! `lasso_minimum`: where a quadratic form and a penalty on the sum of magnitudes are least, by cyclic coordinate descent.
//!
//! The descent starts at 0 and stops where the gap to the dual problem is a small share of the row's square, which leaves
//! much of the way to the minimum: the rounds, and what screening leaves out of them, are part of the definition.

use super::emit::{Emit, Place};
use super::steps::{self, RowProgram, Steps, Vector};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// The weights `w` at which `w · form · w / 2 - w · x + penalty · Σ|w|` is least. Inputs: a row `x`, and one column, the
/// square of what `x` was made of.
#[derive(Debug, Clone)]
pub struct LassoMinimum {
    /// `[n, n]`, row-major and symmetric.
    pub form: Vec<f64>,
    /// The penalty, more than 0.
    pub penalty: f64,
    /// Whether no weight may be negative.
    pub is_positive: bool,
    /// Which weights are left out.
    pub screening: Screening,
    /// The most rounds.
    pub most_rounds: usize,
    /// The share of the largest weight that no weight moves any more, and of the square that the gap is.
    pub tolerance: f64,
}

/// Which weights are left out as certainly 0, by the gap (Ndiaye and others, 2017).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screening {
    /// None.
    None,
    /// Those that the present gap says.
    Anew,
    /// Those that any gap so far said.
    ForGood,
}

impl Operator for LassoMinimum {
    fn name(&self) -> &'static str {
        "lasso_minimum"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("lasso_minimum", inputs, 2)?;
        let n = inputs[0].width;
        if !steps::are_rows(inputs) || n * n != self.form.len() || inputs[1].width != 1 || self.penalty <= 0.0 {
            return Err(bad_operand("lasso_minimum", format!("{n} columns, a form of {}", self.form.len())));
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

/// The memory of a row.
#[derive(Clone, Copy)]
struct Memory {
    form: Vector,
    weights: Vector,
    /// The form times the weights.
    products: Vector,
    /// What of the row the weights leave.
    rest: Vector,
    /// 1 for a weight that is left out.
    left_out: Vector,
}

impl RowProgram for LassoMinimum {
    fn tables(&self) -> Vec<&[f64]> {
        vec![&self.form]
    }

    fn scratch(&self) -> Vec<usize> {
        vec![self.n(); 4]
    }

    fn run<S: Steps>(&self, s: &mut S, tables: &[Vector], scratch: &[Vector]) {
        let (&[form], &[weights, products, rest, left_out]) = (tables, scratch) else { return };
        let m = Memory { form, weights, products, rest, left_out };
        for vector in scratch {
            s.fill(*vector, self.n(), 0.0);
        }
        let (none, zero, one) = (s.index(0), s.real(0.0), s.real(1.0));
        let (square, share) = (s.value(1, none), s.real(self.tolerance));
        let enough = s.mul(share, square);
        let goes_on = s.number(one);
        if self.screening != Screening::None {
            let (gap, norm) = self.gap(s, m, square);
            let (from, until) = (s.le(zero, gap), s.le(gap, enough));
            let is_done = s.and(from, until);
            let go = s.choose(is_done, zero, one);
            s.set(goes_on, go);
            self.screen(s, m, gap, norm);
        }
        let round = s.counter(none);
        s.repeat(self.most_rounds, |s| {
            let go = s.get(goes_on);
            let go = s.lt(zero, go);
            s.when(go, |s| {
                let rests = self.round(s, m);
                let at = s.place(round);
                let at = s.next(at);
                s.move_to(round, at);
                let last = s.index(self.most_rounds);
                let is_last = s.index_eq(at, last);
                let looks = s.or(rests, is_last);
                s.when(looks, |s| {
                    let (gap, norm) = self.gap(s, m, square);
                    let is_done = self.is_within(s, gap, enough);
                    let go = s.choose(is_done, zero, one);
                    s.set(goes_on, go);
                    let again = s.not(is_done);
                    s.when(again, |s| self.screen(s, m, gap, norm));
                });
            });
            go
        });
        s.each(self.n(), |s, at| {
            let weight = s.load(m.weights, at);
            s.answer(at, weight);
        });
    }
}

impl LassoMinimum {
    /// The number of weights.
    fn n(&self) -> usize {
        self.form.len().isqrt()
    }

    /// Below a bound, or at most where weights are screened.
    fn is_within<S: Steps>(&self, s: &mut S, value: S::Real, bound: S::Real) -> S::Truth {
        match self.screening {
            Screening::None => s.lt(value, bound),
            _ => s.le(value, bound),
        }
    }

    /// Moves each weight to the minimum along it; tells whether they rest.
    fn round<S: Steps>(&self, s: &mut S, m: Memory) -> S::Truth {
        let zero = s.real(0.0);
        let (largest, most) = (s.number(zero), s.number(zero));
        s.each(self.n(), |s, at| {
            let cell = s.cell(at, self.n(), at);
            let (curvature, is_out) = (s.load(m.form, cell), s.load(m.left_out, at));
            let (is_flat, is_out) = (s.eq(curvature, zero), s.lt(zero, is_out));
            let skipped = s.or(is_flat, is_out);
            let taken = s.not(skipped);
            s.when(taken, |s| {
                let before = s.load(m.weights, at);
                let weight = self.moved(s, m, at, curvature);
                self.move_weight(s, m, at, weight);
                let change = s.sub(weight, before);
                let (change, size) = (s.abs(change), s.abs(weight));
                let (so_far, largest_so_far) = (s.get(most), s.get(largest));
                let (so_far, largest_so_far) = (s.larger(so_far, change), s.larger(largest_so_far, size));
                s.set(most, so_far);
                s.set(largest, largest_so_far);
            });
        });
        let (most, largest) = (s.get(most), s.get(largest));
        let (share, tolerance) = (s.div(most, largest), s.real(self.tolerance));
        let (is_nothing, is_near) = (s.eq(largest, zero), self.is_within(s, share, tolerance));
        s.or(is_nothing, is_near)
    }

    /// The minimum along a weight.
    fn moved<S: Steps>(&self, s: &mut S, m: Memory, at: S::Index, curvature: S::Real) -> S::Real {
        let zero = s.real(0.0);
        let (x, product, before) = (s.value(0, at), s.load(m.products, at), s.load(m.weights, at));
        let (own, rest) = (s.mul(before, curvature), s.sub(x, product));
        let slope = s.add(rest, own);
        let (size, penalty) = (s.abs(slope), s.real(self.penalty));
        let size = s.sub(size, penalty);
        let size = s.larger(size, zero);
        let (is_below, mirrored) = (s.lt(slope, zero), s.neg(size));
        let signed = if self.is_positive { zero } else { mirrored };
        let size = s.choose(is_below, signed, size);
        s.div(size, curvature)
    }

    /// Sets a weight, and the products with it.
    fn move_weight<S: Steps>(&self, s: &mut S, m: Memory, at: S::Index, to: S::Real) {
        let before = s.load(m.weights, at);
        let is_still = s.eq(to, before);
        let moves = s.not(is_still);
        let change = s.sub(to, before);
        s.when(moves, |s| {
            s.each(self.n(), |s, other| {
                let cell = s.cell(at, self.n(), other);
                let factor = s.load(m.form, cell);
                let part = s.mul(change, factor);
                s.grow_at(m.products, other, part);
            });
        });
        s.store(m.weights, at, to);
    }

    /// The gap to the dual problem, and the largest of what of the row is left.
    fn gap<S: Steps>(&self, s: &mut S, m: Memory, square: S::Real) -> (S::Real, S::Real) {
        let (zero, penalty) = (s.real(0.0), s.real(self.penalty));
        let [along, bent, size] = [(); 3].map(|()| s.number(zero));
        let lowest = s.real(if self.is_positive { f64::MIN } else { 0.0 });
        let norm = s.number(lowest);
        s.each(self.n(), |s, at| {
            let (weight, x, product) = (s.load(m.weights, at), s.value(0, at), s.load(m.products, at));
            let rest = s.sub(x, product);
            s.store(m.rest, at, rest);
            let (term, bend, magnitude) = (s.mul(weight, x), s.mul(weight, product), s.abs(weight));
            s.grow(along, term);
            s.grow(bent, bend);
            s.grow(size, magnitude);
            let (so_far, rest) = (s.get(norm), if self.is_positive { rest } else { s.abs(rest) });
            let so_far = s.larger(so_far, rest);
            s.set(norm, so_far);
        });
        let [along, bent, size, norm] = [along, bent, size, norm].map(|number| s.get(number));
        let (half, one, two) = (s.real(0.5), s.real(1.0), s.real(2.0));
        let (twice, left) = (s.mul(two, along), s.add(square, bent));
        let left = s.sub(left, twice);
        let (is_beyond, ratio) = (s.lt(penalty, norm), s.div(penalty, norm));
        let scale = s.choose(is_beyond, ratio, one);
        let scaled = s.mul(scale, scale);
        let scaled = s.mul(left, scaled);
        let both = s.add(left, scaled);
        let (mean, cost) = (s.mul(half, both), s.mul(penalty, size));
        let of_row = s.sub(square, along);
        let (of_row, primal) = (s.mul(scale, of_row), s.add(mean, cost));
        (s.sub(primal, of_row), norm)
    }

    /// Leaves out the weights that the gap says are 0.
    fn screen<S: Steps>(&self, s: &mut S, m: Memory, gap: S::Real, norm: S::Real) {
        if self.screening == Screening::None {
            return;
        }
        let (zero, one, two, penalty) = (s.real(0.0), s.real(1.0), s.real(2.0), s.real(self.penalty));
        let magnitude = s.abs(gap);
        let twice = s.mul(two, magnitude);
        let (root, scale) = (s.sqrt(twice), s.larger(penalty, norm));
        let radius = s.div(root, penalty);
        s.each(self.n(), |s, at| {
            let cell = s.cell(at, self.n(), at);
            let (curvature, rest, was_out) = (s.load(m.form, cell), s.load(m.rest, at), s.load(m.left_out, at));
            let angle = s.div(rest, scale);
            let (angle, length) = (s.abs(angle), s.sqrt(curvature));
            let room = s.sub(one, angle);
            let distance = s.div(room, length);
            let (is_near, is_flat) = (s.le(distance, radius), s.eq(curvature, zero));
            let is_curved = s.not(is_flat);
            let mut is_in = s.and(is_near, is_curved);
            if self.screening == Screening::ForGood {
                let was_in = s.eq(was_out, zero);
                is_in = s.and(is_in, was_in);
            }
            let (is_out, weight) = (s.choose(is_in, zero, one), s.load(m.weights, at));
            s.store(m.left_out, at, is_out);
            let weight = s.choose(is_in, weight, zero);
            self.move_weight(s, m, at, weight);
        });
    }
}

/// All ways to screen, forms of one to four weights, one of them flat, rows of zeros and of extremes.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let example = |form: &[f64], penalty: f64, screening: Screening, most_rounds: usize| {
        let width = form.len().isqrt();
        let value = |i: usize| if i / width < 33 { values[(i * 7) % values.len()] } else { (i % 13) as f64 - 4.0 };
        let rows = Matrix::new(70, width, Data::F64((0..70 * width).map(value).collect()));
        let squares = Matrix::new(70, 1, Data::F64((0..70).map(|i| (i % 40) as f64 * 2.0).collect()));
        let is_positive = most_rounds % 2 == 1;
        let op = LassoMinimum { form: form.to_vec(), penalty, is_positive, screening, most_rounds, tolerance: 1e-8 };
        let inputs = [rows, squares].map(|matrix| ExampleInput { matrix, per_row: true });
        Example { op: op.into(), inputs: inputs.into() }
    };
    let three = [2.0, 0.5, 1.0, 0.5, 1.0, 0.25, 1.0, 0.25, 3.0];
    let four = [2.0, 0.1, 0.2, 0.3, 0.1, 0.0, 0.0, 0.0, 0.2, 0.0, 5.0, 1.0, 0.3, 0.0, 1.0, 1.0];
    let mut examples = vec![example(&[4.0], 1.0, Screening::None, 5), example(&[0.0], 1e-3, Screening::Anew, 4)];
    for screening in [Screening::None, Screening::Anew, Screening::ForGood] {
        examples.push(example(&three, 0.5, screening, 100));
        examples.push(example(&four, 1.0, screening, 51));
    }
    examples
}
