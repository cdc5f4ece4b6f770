//! `matching_pursuit`: the weights of a few constant atoms, each the one that most of the rest points along.
//!
//! Orthogonal matching pursuit by a growing Cholesky factor, after Rubinstein, Zibulevsky and Elad (2008).

use super::emit::{Emit, Place};
use super::steps::{self, RowProgram, Steps, Vector};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// A column per atom, 0 but for those picked. Input: the products of the row with the atoms.
#[derive(Debug, Clone)]
pub struct MatchingPursuit {
    /// `[n_atoms, n_atoms]`: the products of the atoms.
    pub products: Vec<f64>,
    /// How many atoms are picked, unless no other helps.
    pub n_picked: usize,
}

impl Operator for MatchingPursuit {
    fn name(&self) -> &'static str {
        "matching_pursuit"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("matching_pursuit", inputs, 1)?;
        let n = inputs[0].width;
        if !steps::are_rows(inputs) || n * n != self.products.len() || self.n_picked > n {
            return Err(bad_operand("matching_pursuit", format!("{} of {n} atoms", self.n_picked)));
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
    products: Vector,
    /// Row-major, lower triangle.
    factor: Vector,
    /// The atoms, picked ones first.
    order: Vector,
    /// By the order: how much of the rest points along each atom.
    rest: Vector,
    /// By the order: the weights of the picked atoms.
    weights: Vector,
}

impl RowProgram for MatchingPursuit {
    fn tables(&self) -> Vec<&[f64]> {
        vec![&self.products]
    }

    fn scratch(&self) -> Vec<usize> {
        vec![self.n_picked * self.n_picked, self.n(), self.n(), self.n_picked]
    }

    fn run<S: Steps>(&self, s: &mut S, tables: &[Vector], scratch: &[Vector]) {
        let (&[products], &[factor, order, rest, weights]) = (tables, scratch) else { return };
        let m = Memory { products, factor, order, rest, weights };
        let (none, zero, one) = (s.index(0), s.real(0.0), s.real(1.0));
        s.each(self.n(), |s, atom| {
            let number = s.to_real(atom);
            s.store(m.order, atom, number);
            let x = s.value(0, atom);
            s.store(m.rest, atom, x);
            s.answer(atom, zero);
        });
        let n_picked = s.counter(none);
        s.repeat(self.n_picked, |s| {
            let (picked, goes_on) = (s.place(n_picked), s.number(zero));
            let best = self.best(s, m);
            let (is_old, value) = (s.index_lt(best, picked), s.load(m.rest, best));
            let (square, epsilon) = (s.mul(value, value), s.real(f64::EPSILON));
            let is_small = s.lt(square, epsilon);
            let is_useless = s.or(is_old, is_small);
            let helps = s.not(is_useless);
            s.when(helps, |s| {
                let left = self.append(s, m, picked, best);
                let (none, epsilon) = (s.index(0), s.real(f64::EPSILON));
                let (is_dependent, is_first) = (s.le(left, epsilon), s.index_eq(picked, none));
                let is_independent = s.not(is_dependent);
                let is_new = s.or(is_independent, is_first);
                s.when(is_new, |s| {
                    let root = s.sqrt(left);
                    let cell = s.cell(picked, self.n_picked, picked);
                    s.store(m.factor, cell, root);
                    let (a, b) = (s.load(m.order, picked), s.load(m.order, best));
                    s.store(m.order, picked, b);
                    s.store(m.order, best, a);
                    let picked = s.next(picked);
                    s.move_to(n_picked, picked);
                    self.weigh(s, m, picked);
                    s.set(goes_on, one);
                });
            });
            let goes_on = s.get(goes_on);
            s.lt(zero, goes_on)
        });
        let picked = s.place(n_picked);
        s.count(none, picked, |s, at| {
            let (atom, weight) = (s.load(m.order, at), s.load(m.weights, at));
            let atom = s.to_index(atom);
            s.answer(atom, weight);
        });
    }
}

impl MatchingPursuit {
    /// The number of atoms.
    fn n(&self) -> usize {
        self.products.len().isqrt()
    }

    /// The place in the order of the atom that most of the rest points along, the first of equals.
    fn best<S: Steps>(&self, s: &mut S, m: Memory) -> S::Index {
        let (none, lowest) = (s.index(0), s.real(-1.0));
        let (best, most) = (s.counter(none), s.number(lowest));
        s.each(self.n(), |s, at| {
            let (value, so_far) = (s.load(m.rest, at), s.get(most));
            let size = s.abs(value);
            let is_more = s.lt(so_far, size);
            s.when(is_more, |s| {
                s.move_to(best, at);
                s.set(most, size);
            });
        });
        s.place(best)
    }

    /// The product of the atoms at two places of the order.
    fn product<S: Steps>(&self, s: &mut S, m: Memory, a: S::Index, b: S::Index) -> S::Real {
        let (a, b) = (s.load(m.order, a), s.load(m.order, b));
        let (a, b) = (s.to_index(a), s.to_index(b));
        let cell = s.cell(a, self.n(), b);
        s.load(m.products, cell)
    }

    /// Writes the factor's row of an atom but for its last item, and gives the square of that.
    fn append<S: Steps>(&self, s: &mut S, m: Memory, picked: S::Index, best: S::Index) -> S::Real {
        let none = s.index(0);
        s.count(none, picked, |s, at| {
            let product = self.product(s, m, best, at);
            let known = s.sum(none, at, |s, other| {
                let (own, of_row) = (s.cell(at, self.n_picked, other), s.cell(picked, self.n_picked, other));
                let (own, of_row) = (s.load(m.factor, own), s.load(m.factor, of_row));
                s.mul(own, of_row)
            });
            let (rest, diagonal) = (s.sub(product, known), s.cell(at, self.n_picked, at));
            let diagonal = s.load(m.factor, diagonal);
            let item = s.div(rest, diagonal);
            let cell = s.cell(picked, self.n_picked, at);
            s.store(m.factor, cell, item);
        });
        let length = s.sum(none, picked, |s, at| {
            let cell = s.cell(picked, self.n_picked, at);
            let item = s.load(m.factor, cell);
            s.mul(item, item)
        });
        let square = self.product(s, m, best, best);
        s.sub(square, length)
    }

    /// The weights of the picked atoms, and what they leave.
    fn weigh<S: Steps>(&self, s: &mut S, m: Memory, picked: S::Index) {
        let none = s.index(0);
        s.count(none, picked, |s, at| {
            let atom = s.load(m.order, at);
            let atom = s.to_index(atom);
            let x = s.value(0, atom);
            s.store(m.weights, at, x);
        });
        solve(s, m.factor, self.n_picked, m.weights, picked);
        s.each(self.n(), |s, at| {
            let explained = s.sum(none, picked, |s, other| {
                let (product, weight) = (self.product(s, m, at, other), s.load(m.weights, other));
                s.mul(product, weight)
            });
            let atom = s.load(m.order, at);
            let atom = s.to_index(atom);
            let x = s.value(0, atom);
            let rest = s.sub(x, explained);
            s.store(m.rest, at, rest);
        });
    }
}

/// Solves `L Lᵀ w = b` in place for the leading `n` rows of a lower triangle `L` with `stride` columns.
pub(super) fn solve<S: Steps>(s: &mut S, factor: Vector, stride: usize, b: Vector, n: S::Index) {
    let (none, one) = (s.index(0), s.index(1));
    let divide = |s: &mut S, at: S::Index, known: S::Real| {
        let (value, diagonal) = (s.load(b, at), s.cell(at, stride, at));
        let (rest, diagonal) = (s.sub(value, known), s.load(factor, diagonal));
        let item = s.div(rest, diagonal);
        s.store(b, at, item);
    };
    s.count(none, n, |s, at| {
        let known = s.sum(none, at, |s, other| {
            let cell = s.cell(at, stride, other);
            let (item, value) = (s.load(factor, cell), s.load(b, other));
            s.mul(item, value)
        });
        divide(s, at, known);
    });
    s.count(none, n, |s, back| {
        let left = s.index_sub(n, back);
        let at = s.index_sub(left, one);
        let known = s.sum(left, n, |s, other| {
            let cell = s.cell(other, stride, at);
            let (item, value) = (s.load(factor, cell), s.load(b, other));
            s.mul(item, value)
        });
        divide(s, at, known);
    });
}

/// One to five atoms, two of them the same, rows of zeros and of extremes.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let example = |n: usize, n_picked: usize| {
        let atom = |atom: usize, i: usize| ((if atom == 3 { 1 } else { atom } * 5 + i * 3 + 1) % 7) as f64 / 7.0;
        let product = |a: usize, b: usize| (0..6).map(|i| atom(a, i) * atom(b, i)).sum();
        let products = (0..n * n).map(|i| product(i / n, i % n)).collect();
        let value = |i: usize| if i / n < 33 { values[(i * 7) % values.len()] } else { (i % 13) as f64 / 9.0 };
        let matrix = Matrix::new(70, n, Data::F64((0..70 * n).map(value).collect()));
        let op = MatchingPursuit { products, n_picked };
        Example { op: op.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    [(1, 1), (3, 1), (3, 3), (5, 2), (5, 5), (4, 0)].map(|(n, n_picked)| example(n, n_picked)).into()
}
