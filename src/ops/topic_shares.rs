//! `topic_shares`: how much of each topic a document holds, by variational inference after Hoffman, Blei and Bach (2010).
//!
//! The iteration starts with equal shares and stops where the weights of the topics move no more, so its number of steps
//! is part of the definition and the same for every block of rows.

use super::emit::{Emit, Place};
use super::steps::{self, RowProgram, Steps, Vector};
use super::{Example, ExampleInput, Operator, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs, sparse};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// One column per topic, which sum to 1, from how often each word comes.
#[derive(Debug, Clone)]
pub struct TopicShares {
    /// `[n_words, n_topics]`, row-major: the exponential of the expected logarithm of a word's probability.
    pub words: Vec<f64>,
    /// The number of topics.
    pub n_topics: usize,
    /// The weight that each topic has before any word.
    pub prior: f64,
    /// The most steps.
    pub most_steps: usize,
    /// The mean change of the weights below which the iteration stops.
    pub tolerance: f64,
}

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

impl Operator for TopicShares {
    fn name(&self) -> &'static str {
        "topic_shares"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("topic_shares", inputs, 1)?;
        if !steps::are_rows(inputs) || self.n_topics == 0 || inputs[0].width * self.n_topics != self.words.len() {
            return Err(bad_operand("topic_shares", format!("{} words, {} topics", inputs[0].width, self.n_topics)));
        }
        Ok(ValueType { width: self.n_topics, is_sparse: false, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        Ok(steps::evaluate(self, inputs, rows, self.n_topics))
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

impl RowProgram for TopicShares {
    fn tables(&self) -> Vec<&[f64]> {
        vec![&self.words]
    }

    fn scratch(&self) -> Vec<usize> {
        vec![self.n_topics; 3]
    }

    fn run<S: Steps>(&self, s: &mut S, tables: &[Vector], scratch: &[Vector]) {
        let (&[words], &[weights, factors, sums]) = (tables, scratch) else { return };
        let (n, one, topics) = (self.n_topics, s.real(1.0), s.real(self.n_topics as f64));
        let (of_one, of_all) = (psi(s, one), psi(s, topics));
        let first = s.sub(of_one, of_all);
        let first = s.exp(first);
        s.each(n, |s, topic| {
            s.store(weights, topic, one);
            s.store(factors, topic, first);
        });
        s.repeat(self.most_steps, |s| {
            self.weigh_words(s, words, factors, sums);
            let change = self.weigh_topics(s, weights, factors, sums);
            let tolerance = s.real(self.tolerance);
            let is_near = s.lt(change, tolerance);
            s.not(is_near)
        });
        let total = s.sum_of(n, |s, topic| s.load(weights, topic));
        s.each(n, |s, topic| {
            let weight = s.load(weights, topic);
            let share = s.div(weight, total);
            s.answer(topic, share);
        });
    }
}

impl TopicShares {
    /// For each topic the sum of what it explains of each word.
    fn weigh_words<S: Steps>(&self, s: &mut S, words: Vector, factors: Vector, sums: Vector) {
        let n = self.n_topics;
        s.fill(sums, n, 0.0);
        let (none, elements) = (s.index(0), s.elements(0));
        s.count(none, elements, |s, element| {
            let word = s.column(0, element);
            let norm = s.sum_of(n, |s, topic| {
                let at = s.cell(word, n, topic);
                let (factor, weight) = (s.load(factors, topic), s.load(words, at));
                s.mul(factor, weight)
            });
            let least = s.real(f64::EPSILON);
            let (norm, count) = (s.add(norm, least), s.value(0, element));
            let ratio = s.div(count, norm);
            s.each(n, |s, topic| {
                let at = s.cell(word, n, topic);
                let weight = s.load(words, at);
                let part = s.mul(ratio, weight);
                s.grow_at(sums, topic, part);
            });
        });
    }

    /// The new weights and factors of the topics; gives the mean change of the weights.
    fn weigh_topics<S: Steps>(&self, s: &mut S, weights: Vector, factors: Vector, sums: Vector) -> S::Real {
        let (n, zero) = (self.n_topics, s.real(0.0));
        let (total, change) = (s.number(zero), s.number(zero));
        s.each(n, |s, topic| {
            let (factor, sum) = (s.load(factors, topic), s.load(sums, topic));
            let (explained, prior) = (s.mul(factor, sum), s.real(self.prior));
            let (weight, last) = (s.add(explained, prior), s.load(weights, topic));
            s.store(weights, topic, weight);
            s.grow(total, weight);
            let moved = s.sub(last, weight);
            let moved = s.abs(moved);
            s.grow(change, moved);
        });
        let total = s.get(total);
        let of_all = psi(s, total);
        s.each(n, |s, topic| {
            let weight = s.load(weights, topic);
            let of_one = psi(s, weight);
            let factor = s.sub(of_one, of_all);
            let factor = s.exp(factor);
            s.store(factors, topic, factor);
        });
        let (change, topics) = (s.get(change), s.real(n as f64));
        s.div(change, topics)
    }
}

/// The digamma function of a positive number, after Bernardo (1976): algorithm AS 103.
fn psi<S: Steps>(s: &mut S, x: S::Real) -> S::Real {
    let (one, minus_euler, small) = (s.real(1.0), s.real(-EULER), s.real(1e-6));
    let inverse = s.div(one, x);
    let near_zero = s.sub(minus_euler, inverse);
    let is_small = s.le(x, small);
    // psi(x) = psi(x + 1) - 1/x, up to where the series serves.
    let (six, zero) = (s.real(6.0), s.real(0.0));
    let (raised, lowered) = (s.number(x), s.number(zero));
    s.repeat(7, |s| {
        let x = s.get(raised);
        let is_below = s.lt(x, six);
        s.when(is_below, |s| {
            let (x, inverse) = (s.get(raised), s.div(one, x));
            let inverse = s.neg(inverse);
            s.grow(lowered, inverse);
            let next = s.add(x, one);
            s.set(raised, next);
        });
        is_below
    });
    let (x, lowered) = (s.get(raised), s.get(lowered));
    let (r, half, log) = (s.div(one, x), s.real(0.5), s.ln(x));
    let halved = s.mul(half, r);
    let log = s.sub(log, halved);
    let result = s.add(lowered, log);
    let square = s.mul(r, r);
    let [a, b, c] = [1.0 / 12.0, 1.0 / 120.0, 1.0 / 252.0].map(|factor| s.real(factor));
    let inner = s.mul(square, c);
    let inner = s.sub(b, inner);
    let inner = s.mul(square, inner);
    let inner = s.sub(a, inner);
    let tail = s.mul(square, inner);
    let result = s.sub(result, tail);
    s.choose(is_small, near_zero, result)
}

/// Sparse and dense documents, empty ones, tiny weights, numbers that are no counts.
pub fn examples() -> Vec<Example> {
    let example = |matrix: Matrix, n_topics: usize, prior: f64, most_steps: usize| {
        let words = (0..matrix.width * n_topics).map(|i| 1e-3 + 0.37 * ((i * 7) % 11) as f64 / 11.0).collect();
        let op = TopicShares { words, n_topics, prior, most_steps, tolerance: 1e-3 };
        Example { op: op.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    let counts = [1.0, 2.0, 7.0, 0.0, 0.25, 1e6, 3.0];
    let dense = Matrix::new(37, 5, Data::F64((0..37 * 5).map(|i| counts[(i * 5 + i / 9) % 7]).collect()));
    vec![
        example(sparse::example(&counts, 9), 3, 0.1, 100),
        example(sparse::example(&counts, 4), 1, 1.0, 10),
        example(sparse::example(&super::adversarial_f64(), 9), 2, 0.5, 5),
        example(dense.clone(), 2, 1e-8, 100),
        example(dense, 4, 0.25, 0),
    ]
}
