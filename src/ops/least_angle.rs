//! `least_angle`: the weights of constant atoms along the path of least angle regression.
//!
//! After Efron, Hastie, Johnstone and Tibshirani (2004): the weights grow so that all atoms with a weight stay equally near
//! to what is left of the row. With `is_lasso` an atom whose weight comes to 0 leaves, and the path is that of the lasso.
//! NaN where two atoms would leave at once, or where the atoms are too nearly dependent.

use super::emit::{Emit, Place};
use super::matching_pursuit::solve;
use super::steps::{self, RowProgram, Steps, Vector};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// A column per atom. Input: the products of the row with the atoms.
#[derive(Debug, Clone)]
pub struct LeastAngle {
    /// `[n_atoms, n_atoms]`: the products of the atoms.
    pub products: Vec<f64>,
    /// How near, per element of a row, the atoms come to the rest before the path ends.
    pub end: f64,
    /// Elements of a row.
    pub n_elements: usize,
    /// Whether atoms leave.
    pub is_lasso: bool,
    /// Whether no weight may be negative.
    pub is_positive: bool,
    /// The most steps.
    pub most_steps: usize,
}

/// Nearness that is equal: the epsilon of f32.
const EQUAL: f64 = f32::EPSILON as f64;
/// Added to what is divided by: the least normal f32.
const TINY: f64 = f32::MIN_POSITIVE as f64;
/// An atom that adds less to the others depends on them.
const LEAST_DIAGONAL: f64 = 1e-7;
/// Angles are rounded to this many parts of 1.
const ANGLE_PARTS: f64 = 1e15;

impl Operator for LeastAngle {
    fn name(&self) -> &'static str {
        "least_angle"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("least_angle", inputs, 1)?;
        let n = inputs[0].width;
        if !steps::are_rows(inputs) || n * n != self.products.len() || self.n_elements == 0 {
            return Err(bad_operand("least_angle", format!("{n} atoms of {} elements", self.n_elements)));
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

/// The memory of a row. What is held by place is in the present order of the atoms.
struct Memory<S: Steps> {
    products: Vector,
    /// Row-major, lower triangle.
    factor: Vector,
    /// The atoms, those with a weight first.
    order: Vector,
    /// By place, of atoms without a weight: how near each is to the rest.
    near: Vector,
    /// By place: the signs of the weights.
    signs: Vector,
    /// By atom.
    weights: Vector,
    /// By atom: the weights before the last step.
    before: Vector,
    /// By place: where the weights go.
    direction: Vector,
    /// By place: how near each atom comes on the way.
    angles: Vector,
    n_active: S::Counter,
    n_steps: S::Counter,
    nearness: S::Number,
    nearness_before: S::Number,
    /// 1 after a weight came to 0.
    dropped: S::Number,
    /// 0 where the path ends.
    goes_on: S::Number,
}

impl<S: Steps> Clone for Memory<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Steps> Copy for Memory<S> {}

impl RowProgram for LeastAngle {
    fn tables(&self) -> Vec<&[f64]> {
        vec![&self.products]
    }

    fn scratch(&self) -> Vec<usize> {
        let mut lengths = vec![self.n(); 7];
        lengths.push(self.stride() * self.stride());
        lengths
    }

    fn run<S: Steps>(&self, s: &mut S, tables: &[Vector], scratch: &[Vector]) {
        let &[products] = tables else { return };
        let &[order, near, signs, weights, before, direction, angles, factor] = scratch else { return };
        let (none, zero, one) = (s.index(0), s.real(0.0), s.real(1.0));
        let (n_active, n_steps) = (s.counter(none), s.counter(none));
        let [nearness, nearness_before, dropped] = [zero; 3].map(|zero| s.number(zero));
        let goes_on = s.number(one);
        let m = Memory {
            products,
            factor,
            order,
            near,
            signs,
            weights,
            before,
            direction,
            angles,
            n_active,
            n_steps,
            nearness,
            nearness_before,
            dropped,
            goes_on,
        };
        s.each(self.n(), |s, atom| {
            let number = s.to_real(atom);
            s.store(m.order, atom, number);
            let x = s.value(0, atom);
            s.store(m.near, atom, x);
            s.store(m.weights, atom, zero);
            s.store(m.before, atom, zero);
        });
        // An atom that depends on the others is looked at without a step.
        let most = self.most_steps.saturating_add(1).saturating_mul(self.n() + 1).min(MOST_LOOKS);
        s.repeat(most, |s| {
            self.look(s, m);
            let goes_on = s.get(m.goes_on);
            s.lt(zero, goes_on)
        });
        s.each(self.n(), |s, atom| {
            let weight = s.load(m.weights, atom);
            s.answer(atom, weight);
        });
    }
}

/// What a loop can count.
const MOST_LOOKS: usize = i32::MAX as usize;

impl LeastAngle {
    /// The number of atoms.
    fn n(&self) -> usize {
        self.products.len().isqrt()
    }

    /// Columns of the factor: no more atoms have a weight at once.
    fn stride(&self) -> usize {
        self.n().min(self.most_steps)
    }

    /// The atom at a place.
    fn atom<S: Steps>(&self, s: &mut S, m: Memory<S>, at: S::Index) -> S::Index {
        let atom = s.load(m.order, at);
        s.to_index(atom)
    }

    /// The product of the atoms at two places.
    fn product<S: Steps>(&self, s: &mut S, m: Memory<S>, a: S::Index, b: S::Index) -> S::Real {
        let (a, b) = (self.atom(s, m, a), self.atom(s, m, b));
        let cell = s.cell(a, self.n(), b);
        s.load(m.products, cell)
    }

    /// Exchanges two items.
    fn swap<S: Steps>(s: &mut S, vector: Vector, a: S::Index, b: S::Index) {
        let (first, second) = (s.load(vector, a), s.load(vector, b));
        s.store(vector, a, second);
        s.store(vector, b, first);
    }

    /// Ends the path.
    fn stop<S: Steps>(s: &mut S, m: Memory<S>) {
        let zero = s.real(0.0);
        s.set(m.goes_on, zero);
    }

    /// Takes one atom more, unless one was dropped, and one step.
    fn look<S: Steps>(&self, s: &mut S, m: Memory<S>) {
        let zero = s.real(0.0);
        let (nearest, signed) = self.nearest(s, m);
        let size = if self.is_positive { signed } else { s.abs(signed) };
        let elements = s.real(self.n_elements as f64);
        let nearness = s.div(size, elements);
        s.set(m.nearness, nearness);
        let is_end = self.is_end(s, m, nearness);
        s.when(is_end, |s| Self::stop(s, m));
        let more = s.not(is_end);
        s.when(more, |s| {
            let (dropped, is_taken) = (s.get(m.dropped), s.number(zero));
            let adds = s.eq(dropped, zero);
            let keeps = s.not(adds);
            s.when(adds, |s| self.take(s, m, nearest, signed, is_taken));
            let one = s.real(1.0);
            s.when(keeps, |s| s.set(is_taken, one));
            let is_taken = s.get(is_taken);
            let is_taken = s.lt(zero, is_taken);
            s.when(is_taken, |s| self.walk(s, m, size));
        });
    }

    /// The nearest of the atoms without a weight, the first of equals, and how near it is.
    fn nearest<S: Steps>(&self, s: &mut S, m: Memory<S>) -> (S::Index, S::Real) {
        let (from, end) = (s.place(m.n_active), s.index(self.n()));
        let (zero, lowest) = (s.real(0.0), s.real(f64::NEG_INFINITY));
        let (best, most, signed) = (s.counter(from), s.number(lowest), s.number(zero));
        s.count(from, end, |s, at| {
            let (value, so_far) = (s.load(m.near, at), s.get(most));
            let size = if self.is_positive { value } else { s.abs(value) };
            let is_more = s.lt(so_far, size);
            s.when(is_more, |s| {
                s.move_to(best, at);
                s.set(most, size);
                s.set(signed, value);
            });
        });
        (s.place(best), s.get(signed))
    }

    /// Whether the path ends here; if it ended a little before, the weights go back there.
    fn is_end<S: Steps>(&self, s: &mut S, m: Memory<S>, nearness: S::Real) -> S::Truth {
        let (end, equal, reach) = (s.real(self.end), s.real(EQUAL), s.real(self.end + EQUAL));
        let is_near = s.le(nearness, reach);
        let beyond = s.sub(nearness, end);
        let beyond = s.abs(beyond);
        let (none, steps) = (s.index(0), s.place(m.n_steps));
        let (is_beyond, has_moved) = (s.lt(equal, beyond), s.index_lt(none, steps));
        let goes_back = s.and(is_near, is_beyond);
        let goes_back = s.and(goes_back, has_moved);
        s.when(goes_back, |s| {
            let before = s.get(m.nearness_before);
            let (wanted, made) = (s.sub(before, end), s.sub(before, nearness));
            let share = s.div(wanted, made);
            s.each(self.n(), |s, atom| {
                let (weight, before) = (s.load(m.weights, atom), s.load(m.before, atom));
                let moved = s.sub(weight, before);
                let moved = s.mul(share, moved);
                let weight = s.add(before, moved);
                s.store(m.weights, atom, weight);
            });
        });
        let (most, all, active) = (s.index(self.most_steps), s.index(self.n()), s.place(m.n_active));
        let (has_steps, has_atoms) = (s.index_lt(steps, most), s.index_lt(active, all));
        let has_more = s.and(has_steps, has_atoms);
        let has_none = s.not(has_more);
        s.or(is_near, has_none)
    }

    /// Gives an atom a weight, unless it depends on those that have one.
    fn take<S: Steps>(&self, s: &mut S, m: Memory<S>, nearest: S::Index, signed: S::Real, is_taken: S::Number) {
        let (active, zero, one, minus_one) = (s.place(m.n_active), s.real(0.0), s.real(1.0), s.real(-1.0));
        let is_below = s.lt(signed, zero);
        let sign = if self.is_positive { one } else { s.choose(is_below, minus_one, one) };
        s.store(m.signs, active, sign);
        Self::swap(s, m.near, nearest, active);
        Self::swap(s, m.order, nearest, active);
        let diagonal = self.append(s, m, active);
        let least = s.real(LEAST_DIAGONAL);
        let is_dependent = s.lt(diagonal, least);
        s.when(is_dependent, |s| {
            s.store(m.near, active, zero);
            Self::swap(s, m.near, nearest, active);
        });
        let is_new = s.not(is_dependent);
        s.when(is_new, |s| {
            let active = s.next(active);
            s.move_to(m.n_active, active);
            s.set(is_taken, one);
        });
    }

    /// Writes the factor's row of the atom at a place, and gives its last item.
    fn append<S: Steps>(&self, s: &mut S, m: Memory<S>, row: S::Index) -> S::Real {
        let (none, stride) = (s.index(0), self.stride());
        s.count(none, row, |s, at| {
            let product = self.product(s, m, row, at);
            let known = s.sum(none, at, |s, other| {
                let (own, of_row) = (s.cell(at, stride, other), s.cell(row, stride, other));
                let (own, of_row) = (s.load(m.factor, own), s.load(m.factor, of_row));
                s.mul(own, of_row)
            });
            let (rest, diagonal) = (s.sub(product, known), s.cell(at, stride, at));
            let diagonal = s.load(m.factor, diagonal);
            let item = s.div(rest, diagonal);
            let cell = s.cell(row, stride, at);
            s.store(m.factor, cell, item);
        });
        let length = s.sum(none, row, |s, at| {
            let cell = s.cell(row, stride, at);
            let item = s.load(m.factor, cell);
            s.mul(item, item)
        });
        let square = self.product(s, m, row, row);
        let rest = s.sub(square, length);
        let (rest, epsilon) = (s.abs(rest), s.real(f64::EPSILON));
        let root = s.sqrt(rest);
        let diagonal = s.larger(root, epsilon);
        let cell = s.cell(row, stride, row);
        s.store(m.factor, cell, diagonal);
        diagonal
    }

    /// One step along the path, as far as another atom is as near, or to where a weight is 0.
    fn walk<S: Steps>(&self, s: &mut S, m: Memory<S>, size: S::Real) {
        if self.is_lasso {
            let (none, steps) = (s.index(0), s.place(m.n_steps));
            let (before, nearness) = (s.get(m.nearness_before), s.get(m.nearness));
            let (has_moved, is_more) = (s.index_lt(none, steps), s.lt(before, nearness));
            let is_lost = s.and(has_moved, is_more);
            s.when(is_lost, |s| Self::stop(s, m));
        }
        let (goes_on, zero) = (s.get(m.goes_on), s.real(0.0));
        let goes_on = s.lt(zero, goes_on);
        s.when(goes_on, |s| {
            let scale = self.turn(s, m);
            let until = self.until_next(s, m, size, scale);
            let (until, leaving) = self.until_zero(s, m, until);
            self.step(s, m, until);
            if self.is_lasso {
                self.leave(s, m, leaving);
            }
        });
    }

    /// Where the weights go, the angles of the other atoms, and how fast the atoms with a weight come near.
    fn turn<S: Steps>(&self, s: &mut S, m: Memory<S>) -> S::Real {
        let (none, active, end) = (s.index(0), s.place(m.n_active), s.index(self.n()));
        s.count(none, active, |s, at| {
            let sign = s.load(m.signs, at);
            s.store(m.direction, at, sign);
        });
        solve(s, m.factor, self.stride(), m.direction, active);
        let square = s.sum(none, active, |s, at| {
            let (item, sign) = (s.load(m.direction, at), s.load(m.signs, at));
            s.mul(item, sign)
        });
        let (root, one) = (s.sqrt(square), s.real(1.0));
        let scale = s.div(one, root);
        s.count(none, active, |s, at| {
            let item = s.load(m.direction, at);
            let item = s.mul(item, scale);
            s.store(m.direction, at, item);
        });
        let parts = s.real(ANGLE_PARTS);
        s.count(active, end, |s, at| {
            let angle = s.sum(none, active, |s, other| {
                let (product, item) = (self.product(s, m, at, other), s.load(m.direction, other));
                s.mul(product, item)
            });
            let scaled = s.mul(angle, parts);
            let whole = s.nearest(scaled);
            let angle = s.div(whole, parts);
            s.store(m.angles, at, angle);
        });
        scale
    }

    /// How far it is until another atom is as near.
    fn until_next<S: Steps>(&self, s: &mut S, m: Memory<S>, size: S::Real, scale: S::Real) -> S::Real {
        let (active, end) = (s.place(m.n_active), s.index(self.n()));
        let (to_end, tiny) = (s.div(size, scale), s.real(TINY));
        let until = s.number(to_end);
        s.count(active, end, |s, at| {
            let (near, angle) = (s.load(m.near, at), s.load(m.angles, at));
            let (ahead, slower) = (s.sub(size, near), s.sub(scale, angle));
            let slower = s.add(slower, tiny);
            let distance = s.div(ahead, slower);
            self.shorten(s, until, distance);
            if !self.is_positive {
                let (ahead, slower) = (s.add(size, near), s.add(scale, angle));
                let slower = s.add(slower, tiny);
                let distance = s.div(ahead, slower);
                self.shorten(s, until, distance);
            }
        });
        s.get(until)
    }

    /// The smaller of two distances, of which only positive ones count.
    fn shorten<S: Steps>(&self, s: &mut S, until: S::Number, distance: S::Real) {
        let (zero, so_far) = (s.real(0.0), s.get(until));
        let (is_ahead, is_less) = (s.lt(zero, distance), s.lt(distance, so_far));
        let is_shorter = s.and(is_ahead, is_less);
        let shorter = s.choose(is_shorter, distance, so_far);
        s.set(until, shorter);
    }

    /// How far it is until a weight is 0, if that is nearer; gives the place of the weight, too, or what is beyond all.
    fn until_zero<S: Steps>(&self, s: &mut S, m: Memory<S>, until: S::Real) -> (S::Real, S::Index) {
        let (none, active, all) = (s.index(0), s.place(m.n_active), s.index(self.n()));
        let nearest = s.number(until);
        s.count(none, active, |s, at| {
            let distance = self.distance_to_zero(s, m, at);
            self.shorten(s, nearest, distance);
        });
        let nearest = s.get(nearest);
        let is_zero = s.lt(nearest, until);
        let (leaving, count, zero, one) = (s.counter(all), s.counter(none), s.real(0.0), s.real(1.0));
        s.set(m.dropped, zero);
        s.when(is_zero, |s| {
            s.set(m.dropped, one);
            s.count(none, active, |s, at| {
                let distance = self.distance_to_zero(s, m, at);
                let leaves = s.eq(distance, nearest);
                s.when(leaves, |s| {
                    s.move_to(leaving, at);
                    let so_far = s.place(count);
                    let so_far = s.next(so_far);
                    s.move_to(count, so_far);
                    let sign = s.load(m.signs, at);
                    let sign = s.neg(sign);
                    s.store(m.signs, at, sign);
                });
            });
        });
        let (count, first) = (s.place(count), s.index(1));
        let is_several = s.index_lt(first, count);
        let (not_a_number, end) = (s.real(f64::NAN), if self.is_lasso { nearest } else { until });
        let end = if self.is_lasso { s.choose(is_several, not_a_number, end) } else { end };
        (end, s.place(leaving))
    }

    fn distance_to_zero<S: Steps>(&self, s: &mut S, m: Memory<S>, at: S::Index) -> S::Real {
        let atom = self.atom(s, m, at);
        let (weight, item, tiny) = (s.load(m.weights, atom), s.load(m.direction, at), s.real(TINY));
        let (weight, item) = (s.neg(weight), s.add(item, tiny));
        s.div(weight, item)
    }

    /// Moves the weights, and the other atoms nearer to or farther from what is left.
    fn step<S: Steps>(&self, s: &mut S, m: Memory<S>, until: S::Real) {
        let (none, active, end, zero) = (s.index(0), s.place(m.n_active), s.index(self.n()), s.real(0.0));
        let (steps, nearness) = (s.place(m.n_steps), s.get(m.nearness));
        let steps = s.next(steps);
        s.move_to(m.n_steps, steps);
        s.set(m.nearness_before, nearness);
        s.each(self.n(), |s, atom| {
            let weight = s.load(m.weights, atom);
            s.store(m.before, atom, weight);
            s.store(m.weights, atom, zero);
        });
        s.count(none, active, |s, at| {
            let atom = self.atom(s, m, at);
            let (before, item) = (s.load(m.before, atom), s.load(m.direction, at));
            let moved = s.mul(until, item);
            let weight = s.add(before, moved);
            s.store(m.weights, atom, weight);
        });
        s.count(active, end, |s, at| {
            let (near, angle) = (s.load(m.near, at), s.load(m.angles, at));
            let moved = s.mul(until, angle);
            let near = s.sub(near, moved);
            s.store(m.near, at, near);
        });
        // A path that no number describes ends.
        let is_number = s.eq(until, until);
        let is_lost = s.not(is_number);
        s.when(is_lost, |s| Self::stop(s, m));
    }

    /// Takes the weight of an atom away, if one leaves.
    fn leave<S: Steps>(&self, s: &mut S, m: Memory<S>, leaving: S::Index) {
        let (active, none, one) = (s.place(m.n_active), s.index(0), s.index(1));
        let leaves = s.index_lt(leaving, active);
        s.when(leaves, |s| {
            let active = s.index_sub(active, one);
            s.move_to(m.n_active, active);
            s.count(leaving, active, |s, at| {
                let next = s.next(at);
                Self::swap(s, m.order, at, next);
                Self::swap(s, m.signs, at, next);
            });
            s.count(none, active, |s, at| {
                self.append(s, m, at);
            });
            let atom = self.atom(s, m, active);
            let explained = s.sum_of(self.n(), |s, other| {
                let cell = s.cell(atom, self.n(), other);
                let (product, weight) = (s.load(m.products, cell), s.load(m.weights, other));
                s.mul(product, weight)
            });
            let x = s.value(0, atom);
            let near = s.sub(x, explained);
            s.store(m.near, active, near);
        });
    }
}

/// Paths of one to five atoms, two of them the same, with and without leaving, rows of zeros and of extremes.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let example = |n: usize, end: f64, is_lasso: bool, is_positive: bool, most_steps: usize| {
        let atom = |atom: usize, i: usize| ((if atom == 3 { 1 } else { atom } * 5 + i * 3 + 1) % 7) as f64 / 7.0 - 0.4;
        let product = |a: usize, b: usize| (0..6).map(|i| atom(a, i) * atom(b, i)).sum();
        let products = (0..n * n).map(|i| product(i / n, i % n)).collect();
        let value = |i: usize| if i / n < 33 { values[(i * 7) % values.len()] } else { (i % 13) as f64 / 3.0 - 2.0 };
        let matrix = Matrix::new(70, n, Data::F64((0..70 * n).map(value).collect()));
        let op = LeastAngle { products, end, n_elements: 6, is_lasso, is_positive, most_steps };
        Example { op: op.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    vec![
        example(1, 0.01, true, false, 10),
        example(3, 0.01, true, false, 20),
        example(5, 0.02, true, false, 20),
        example(5, 0.0, true, true, 20),
        example(5, 0.0, false, false, 3),
        example(5, 0.0, false, false, 5),
        example(4, 0.0, false, false, 0),
    ]
}
