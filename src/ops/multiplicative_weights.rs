//! `multiplicative_weights`: which non-negative weights of constant parts come nearest to a row, by multiplicative updates.
//!
//! After Lee and Seung (2001) and Févotte and Idier (2011). The nearness is a beta divergence: 2 for squares, 1 for that of
//! Kullback and Leibler, 0 for that of Itakura and Saito. Where the updates stop is part of the definition.

use super::emit::{Emit, Place};
use super::steps::{self, RowProgram, Steps, Vector};
use super::{Example, ExampleInput, Operator, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs, sparse};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// A column per part.
#[derive(Debug, Clone)]
pub struct MultiplicativeWeights {
    /// `[n_columns, n_parts]`, row-major: what each part holds in each column.
    pub parts: Vec<f64>,
    /// `[n_parts, n_parts]`: the products of the parts.
    pub products: Vec<f64>,
    /// `[n_parts]`: the sums of the parts.
    pub sums: Vec<f64>,
    /// Which divergence.
    pub beta: f64,
    /// The penalty on the sum of the weights.
    pub l1: f64,
    /// The penalty on half the sum of their squares.
    pub l2: f64,
    /// Below which a sum is lifted to [`LEAST_SUM`]; 0 itself always is.
    pub lifted_below: f64,
    /// Whether squares are expanded: only stored elements are then looked at.
    pub expands_squares: bool,
    /// The most updates.
    pub most_updates: usize,
    /// Where they stop; never where it is 0.
    pub tolerance: f64,
    /// What the tolerance bounds.
    pub stop: Stop,
}

/// What the tolerance of [`MultiplicativeWeights`] bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// By how much ten updates lessen the divergence, as a share of the first. The sums are kept from update to update
    /// and with them, for beta 1, the penalty `l1`, which is added to them every time. For beta below 1 weights that are
    /// nothing beside 1 become 0.
    Divergence,
    /// By how much an update moves the weights, as a share of their length.
    Change,
}

/// What sums that would be divided by are at least: the epsilon of f32.
pub const LEAST_SUM: f64 = f32::EPSILON as f64;
/// Updates between two looks at the divergence.
const UPDATES_PER_LOOK: usize = 10;

impl Operator for MultiplicativeWeights {
    fn name(&self) -> &'static str {
        "multiplicative_weights"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("multiplicative_weights", inputs, 1)?;
        let n = self.n_parts();
        let fits = inputs[0].width * n == self.parts.len() && self.products.len() == n * n && n > 0;
        let sees_all = !inputs[0].is_sparse || self.expands_squares || self.beta != 2.0;
        if !steps::are_rows(inputs) || !fits || !sees_all {
            return Err(bad_operand("multiplicative_weights", format!("{} columns, {n} parts", inputs[0].width)));
        }
        Ok(ValueType { width: n, is_sparse: false, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        Ok(steps::evaluate(self, inputs, rows, self.n_parts()))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        steps::emit(self, e, inputs, output);
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        steps::scratch_bytes(self)
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }
}

/// The memory of a row.
#[derive(Clone, Copy)]
struct Memory {
    parts: Vector,
    products: Vector,
    sums: Vector,
    weights: Vector,
    numerators: Vector,
    denominators: Vector,
    /// What does not change from update to update: the row's products with the parts, or their sums.
    kept: Vector,
    last: Vector,
}

impl RowProgram for MultiplicativeWeights {
    fn tables(&self) -> Vec<&[f64]> {
        vec![&self.parts, &self.products, &self.sums]
    }

    fn scratch(&self) -> Vec<usize> {
        vec![self.n_parts(); 5]
    }

    fn run<S: Steps>(&self, s: &mut S, tables: &[Vector], scratch: &[Vector]) {
        let &[parts, products, sums] = tables else { return };
        let &[weights, numerators, denominators, kept, last] = scratch else { return };
        let m = Memory { parts, products, sums, weights, numerators, denominators, kept, last };
        self.start(s, m);
        let (none, zero, one) = (s.index(0), s.real(0.0), s.real(1.0));
        let looks = self.stop == Stop::Divergence && self.tolerance > 0.0;
        let first = if looks { self.divergence(s, m) } else { one };
        let (before, updates) = (s.number(first), s.counter(none));
        s.repeat(self.most_updates, |s| {
            self.update(s, m);
            let again = s.number(one);
            if looks {
                let (made, full) = (s.place(updates), s.index(UPDATES_PER_LOOK));
                let made = s.next(made);
                s.move_to(updates, made);
                let is_full = s.index_eq(made, full);
                s.when(is_full, |s| {
                    s.move_to(updates, none);
                    let (divergence, of_last) = (self.divergence(s, m), s.get(before));
                    let less = s.sub(of_last, divergence);
                    let (share, tolerance) = (s.div(less, first), s.real(self.tolerance));
                    let is_near = s.lt(share, tolerance);
                    let goes_on = s.choose(is_near, zero, one);
                    s.set(again, goes_on);
                    s.set(before, divergence);
                });
            }
            if self.stop == Stop::Change {
                let share = self.change(s, m);
                let tolerance = s.real(self.tolerance);
                let is_near = s.le(share, tolerance);
                let goes_on = s.choose(is_near, zero, one);
                if self.tolerance > 0.0 {
                    s.set(again, goes_on);
                }
            }
            let again = s.get(again);
            s.lt(zero, again)
        });
        s.each(self.n_parts(), |s, part| {
            let weight = s.load(m.weights, part);
            s.answer(part, weight);
        });
    }
}

impl MultiplicativeWeights {
    fn n_parts(&self) -> usize {
        self.sums.len()
    }

    fn n_columns(&self) -> usize {
        self.parts.len() / self.n_parts().max(1)
    }

    /// Equal weights, whose sum of squares is the row's mean.
    fn start<S: Steps>(&self, s: &mut S, m: Memory) {
        let n = self.n_parts();
        let (none, elements) = (s.index(0), s.elements(0));
        let total = s.sum(none, elements, |s, element| s.value(0, element));
        let (columns, n_parts) = (s.real(self.n_columns() as f64), s.real(n as f64));
        let mean = s.div(total, columns);
        let square = s.div(mean, n_parts);
        let weight = s.sqrt(square);
        s.each(n, |s, part| {
            s.store(m.weights, part, weight);
            s.store(m.last, part, weight);
            let sum = s.load(m.sums, part);
            s.store(m.kept, part, sum);
        });
        if self.beta == 2.0 {
            s.fill(m.kept, n, 0.0);
            s.count(none, elements, |s, element| {
                let (x, column) = (s.value(0, element), s.column(0, element));
                self.spread(s, m.parts, m.kept, column, x);
            });
        }
    }

    /// Adds `factor` times what the parts hold in a column to numbers of the parts.
    fn spread<S: Steps>(&self, s: &mut S, parts: Vector, to: Vector, column: S::Index, factor: S::Real) {
        s.each(self.n_parts(), |s, part| {
            let cell = s.cell(column, self.n_parts(), part);
            let held = s.load(parts, cell);
            let product = s.mul(factor, held);
            s.grow_at(to, part, product);
        });
    }

    /// The weighted sum of the parts in a column.
    fn sum_at<S: Steps>(&self, s: &mut S, m: Memory, column: S::Index) -> S::Real {
        s.sum_of(self.n_parts(), |s, part| {
            let cell = s.cell(column, self.n_parts(), part);
            let (weight, held) = (s.load(m.weights, part), s.load(m.parts, cell));
            s.mul(weight, held)
        })
    }

    /// A sum that may be divided by.
    fn lifted<S: Steps>(&self, s: &mut S, sum: S::Real) -> S::Real {
        let (zero, below, least) = (s.real(0.0), s.real(self.lifted_below), s.real(LEAST_SUM));
        let (is_zero, is_small) = (s.eq(sum, zero), s.lt(sum, below));
        let is_lifted = s.or(is_zero, is_small);
        s.choose(is_lifted, least, sum)
    }

    /// One update of all weights.
    fn update<S: Steps>(&self, s: &mut S, m: Memory) {
        self.divide_by(s, m);
        let numerators = if self.beta == 2.0 { m.kept } else { m.numerators };
        if self.beta != 2.0 {
            s.fill(m.numerators, self.n_parts(), 0.0);
            let (none, elements) = (s.index(0), s.elements(0));
            s.count(none, elements, |s, element| {
                let (x, column) = (s.value(0, element), s.column(0, element));
                let mut sum = self.sum_at(s, m, column);
                if self.beta < 2.0 {
                    sum = self.lifted(s, sum);
                }
                let factor = if self.beta == 1.0 {
                    s.div(x, sum)
                } else {
                    let power = power(s, sum, self.beta - 2.0);
                    s.mul(power, x)
                };
                self.spread(s, m.parts, m.numerators, column, factor);
            });
        }
        let (zero, epsilon) = (s.real(0.0), s.real(f64::EPSILON));
        s.each(self.n_parts(), |s, part| {
            let (numerator, denominator) = (s.load(numerators, part), s.load(m.denominators, part));
            let mut factor = s.div(numerator, denominator);
            if self.exponent() != 1.0 {
                factor = power(s, factor, self.exponent());
            }
            let weight = s.load(m.weights, part);
            let mut weight = s.mul(weight, factor);
            if self.stop == Stop::Divergence && self.beta < 1.0 {
                let is_nothing = s.lt(weight, epsilon);
                weight = s.choose(is_nothing, zero, weight);
            }
            s.store(m.weights, part, weight);
        });
    }

    /// The exponent with which an update never raises the divergence.
    fn exponent(&self) -> f64 {
        match self.beta {
            beta if beta < 1.0 => 1.0 / (2.0 - beta),
            beta if beta > 2.0 => 1.0 / (beta - 1.0),
            _ => 1.0,
        }
    }

    /// The denominators of an update.
    fn divide_by<S: Steps>(&self, s: &mut S, m: Memory) {
        let n = self.n_parts();
        if self.beta != 2.0 && self.beta != 1.0 {
            s.fill(m.denominators, n, 0.0);
            s.each(self.n_columns(), |s, column| {
                let mut sum = self.sum_at(s, m, column);
                if self.beta < 1.0 {
                    sum = self.lifted(s, sum);
                }
                let power = power(s, sum, self.beta - 1.0);
                self.spread(s, m.parts, m.denominators, column, power);
            });
        }
        s.each(n, |s, part| {
            let mut denominator = match self.beta {
                2.0 => s.sum_of(n, |s, other| {
                    let cell = s.cell(other, n, part);
                    let (weight, product) = (s.load(m.weights, other), s.load(m.products, cell));
                    s.mul(weight, product)
                }),
                1.0 => s.load(m.kept, part),
                _ => s.load(m.denominators, part),
            };
            if self.l1 > 0.0 {
                let penalty = s.real(self.l1);
                denominator = s.add(denominator, penalty);
                if self.beta == 1.0 && self.stop == Stop::Divergence {
                    s.store(m.kept, part, denominator);
                }
            }
            if self.l2 > 0.0 {
                let (penalty, weight) = (s.real(self.l2), s.load(m.weights, part));
                let penalty = s.mul(penalty, weight);
                denominator = s.add(denominator, penalty);
            }
            let (zero, least) = (s.real(0.0), s.real(LEAST_SUM));
            let is_zero = s.eq(denominator, zero);
            let denominator = s.choose(is_zero, least, denominator);
            s.store(m.denominators, part, denominator);
        });
    }

    /// How far the weights moved since the last update, as a share of their length.
    fn change<S: Steps>(&self, s: &mut S, m: Memory) -> S::Real {
        let zero = s.real(0.0);
        let (moved, length) = (s.number(zero), s.number(zero));
        s.each(self.n_parts(), |s, part| {
            let (weight, last) = (s.load(m.weights, part), s.load(m.last, part));
            s.store(m.last, part, weight);
            let difference = s.sub(weight, last);
            let (difference, square) = (s.mul(difference, difference), s.mul(weight, weight));
            s.grow(moved, difference);
            s.grow(length, square);
        });
        let (moved, length) = (s.get(moved), s.get(length));
        let (moved, length) = (s.sqrt(moved), s.sqrt(length));
        s.div(moved, length)
    }

    /// The root of twice the divergence of the row from the weighted parts.
    fn divergence<S: Steps>(&self, s: &mut S, m: Memory) -> S::Real {
        let twice = match self.beta {
            2.0 if self.expands_squares => return self.expanded_distance(s, m),
            2.0 => return self.distance(s, m),
            _ => {
                let (two, divergence) = (s.real(2.0), self.beta_divergence(s, m));
                s.mul(two, divergence)
            }
        };
        let zero = s.real(0.0);
        let twice = s.larger(twice, zero);
        s.sqrt(twice)
    }

    /// The length of the difference.
    fn distance<S: Steps>(&self, s: &mut S, m: Memory) -> S::Real {
        let square = s.sum_of(self.n_columns(), |s, column| {
            let (x, sum) = (s.value(0, column), self.sum_at(s, m, column));
            let difference = s.sub(x, sum);
            s.mul(difference, difference)
        });
        s.sqrt(square)
    }

    /// The same by the squares and the product of the two.
    fn expanded_distance<S: Steps>(&self, s: &mut S, m: Memory) -> S::Real {
        let n = self.n_parts();
        let (none, elements) = (s.index(0), s.elements(0));
        let of_row = s.sum(none, elements, |s, element| {
            let x = s.value(0, element);
            s.mul(x, x)
        });
        let of_parts = s.sum_of(n, |s, part| {
            let weight = s.load(m.weights, part);
            let sum = s.sum_of(n, |s, other| {
                let cell = s.cell(other, n, part);
                let (weight, product) = (s.load(m.weights, other), s.load(m.products, cell));
                s.mul(weight, product)
            });
            s.mul(weight, sum)
        });
        let of_both = s.sum_of(n, |s, part| {
            let (weight, product) = (s.load(m.weights, part), s.load(m.kept, part));
            s.mul(weight, product)
        });
        let (two, squares) = (s.real(2.0), s.add(of_row, of_parts));
        let of_both = s.mul(two, of_both);
        let square = s.sub(squares, of_both);
        s.sqrt(square)
    }

    /// The divergence for a beta other than 2; of the row's elements those count that are not next to nothing.
    fn beta_divergence<S: Steps>(&self, s: &mut S, m: Memory) -> S::Real {
        let (none, elements) = (s.index(0), s.elements(0));
        let of_elements = s.sum(none, elements, |s, element| {
            let (x, column) = (s.value(0, element), s.column(0, element));
            let sum = self.sum_at(s, m, column);
            let sum = self.lifted(s, sum);
            let term = self.divergence_of(s, x, sum);
            let (least, zero) = (s.real(LEAST_SUM), s.real(0.0));
            let counts = s.lt(least, x);
            s.choose(counts, term, zero)
        });
        match self.beta {
            1.0 => {
                let total = s.sum_of(self.n_parts(), |s, part| {
                    let (weight, sum) = (s.load(m.weights, part), s.load(m.sums, part));
                    s.mul(weight, sum)
                });
                s.add(of_elements, total)
            }
            0.0 => {
                let columns = s.real(self.n_columns() as f64);
                s.sub(of_elements, columns)
            }
            beta => {
                let powers = s.sum_of(self.n_columns(), |s, column| {
                    let sum = self.sum_at(s, m, column);
                    power(s, sum, beta)
                });
                let (less, scale) = (s.real(beta - 1.0), s.real(beta * (beta - 1.0)));
                let powers = s.mul(powers, less);
                let total = s.add(of_elements, powers);
                s.div(total, scale)
            }
        }
    }

    /// What an element adds to the divergence.
    fn divergence_of<S: Steps>(&self, s: &mut S, x: S::Real, sum: S::Real) -> S::Real {
        if self.beta == 1.0 || self.beta == 0.0 {
            let ratio = s.div(x, sum);
            let logarithm = s.ln(ratio);
            if self.beta == 0.0 {
                return s.sub(ratio, logarithm);
            }
            let product = s.mul(x, logarithm);
            return s.sub(product, x);
        }
        let (own, of_sum, beta) = (power(s, x, self.beta), power(s, sum, self.beta - 1.0), s.real(self.beta));
        let product = s.mul(x, of_sum);
        let product = s.mul(beta, product);
        s.sub(own, product)
    }
}

/// A positive number, or 0, to a power other than 0.
fn power<S: Steps>(s: &mut S, x: S::Real, exponent: f64) -> S::Real {
    if exponent == 1.0 {
        return x;
    }
    if exponent == -1.0 || exponent == -2.0 {
        let one = s.real(1.0);
        let inverse = s.div(one, x);
        return if exponent == -1.0 { inverse } else { s.mul(inverse, inverse) };
    }
    let (logarithm, exponent) = (s.ln(x), s.real(exponent));
    let product = s.mul(exponent, logarithm);
    s.exp(product)
}

/// All divergences, both ways to stop, sparse and dense rows, rows of zeros and of what is no amount.
pub fn examples() -> Vec<Example> {
    let amounts = [1.0, 2.0, 7.0, 0.0, 0.25, 1e6, 3.0, 1e-9];
    let dense = |width: usize| {
        let value = |i: usize| if i < width { 0.0 } else { amounts[(i * 5 + i / 9) % 8] };
        Matrix::new(37, width, Data::F64((0..37 * width).map(value).collect()))
    };
    let example = |matrix: Matrix, n_parts: usize, beta: f64, stop: Stop, tolerance: f64| {
        let held = |i: usize| if i % 4 == 1 { 0.0 } else { 0.37 * ((i * 7) % 11) as f64 };
        let parts: Vec<f64> = (0..matrix.width * n_parts).map(held).collect();
        let product = |a: usize, b: usize| parts.chunks_exact(n_parts).map(|column| column[a] * column[b]).sum();
        let op = MultiplicativeWeights {
            products: (0..n_parts * n_parts).map(|i| product(i / n_parts, i % n_parts)).collect(),
            sums: (0..n_parts).map(|part| parts.chunks_exact(n_parts).map(|column| column[part]).sum()).collect(),
            parts,
            beta,
            l1: if n_parts == 3 { 0.5 } else { 0.0 },
            l2: if n_parts > 1 { 0.25 } else { 0.0 },
            lifted_below: if n_parts > 1 { LEAST_SUM } else { 0.0 },
            expands_squares: matrix.pattern.is_some(),
            most_updates: 25,
            tolerance,
            stop,
        };
        Example { op: op.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    let adversarial = sparse::example(&super::adversarial_f64(), 6);
    let mut examples = vec![
        example(adversarial, 2, 1.0, Stop::Change, 1e-4),
        example(sparse::example(&amounts, 6), 3, 2.0, Stop::Divergence, 1e-4),
        example(dense(4), 2, 2.0, Stop::Change, 0.0),
    ];
    for beta in [2.0, 1.0, 0.0, 0.5, 1.5, 3.0] {
        examples.push(example(dense(5), 3, beta, Stop::Divergence, 1e-4));
        examples.push(example(dense(3), 1, beta, Stop::Change, 1e-3));
    }
    examples
}
