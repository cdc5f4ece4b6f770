//! Iterative arithmetic on one row, written once: the same program runs on plain numbers and emits instructions.
//!
//! A function over [`Steps`] is an operator's definition where a row takes loops that end when they are near enough:
//! topics of a document, codes of a dictionary. Run on an [`Interpreter`] it is the operator's `evaluate`, recorded by a
//! [`Recorder`] its `emit`. Every loop has a bound that is known before the first row.

mod interpreter;
mod recorder;

pub use interpreter::{Interpreter, evaluate};
pub use recorder::{Recorder, emit};

use super::ValueType;
use crate::tensor::ElementType;

/// Numbers in memory: a table of the program, or scratch that keeps nothing from row to row.
#[derive(Debug, Clone, Copy)]
pub struct Vector {
    /// Where its first number lies, in bytes.
    address: u32,
}

/// Operations on the numbers of one row: reals (f64), indices (unsigned, 32 bits) and truths. Values never change;
/// a [`Steps::Number`] or [`Steps::Counter`] is a variable, of the loop body in which it is made.
#[allow(missing_docs)]
pub trait Steps: Sized {
    /// A value of f64.
    type Real: Copy;
    /// A count or position.
    type Index: Copy;
    /// Whether something holds.
    type Truth: Copy;
    /// A variable that holds a real.
    type Number: Copy;
    /// A variable that holds an index.
    type Counter: Copy;

    fn real(&mut self, value: f64) -> Self::Real;
    fn add(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    fn sub(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    fn mul(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    fn div(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    fn sqrt(&mut self, a: Self::Real) -> Self::Real;
    fn abs(&mut self, a: Self::Real) -> Self::Real;
    fn neg(&mut self, a: Self::Real) -> Self::Real;
    /// To the nearest integer, ties to even.
    fn nearest(&mut self, a: Self::Real) -> Self::Real;
    fn ln(&mut self, a: Self::Real) -> Self::Real;
    fn exp(&mut self, a: Self::Real) -> Self::Real;
    fn lt(&mut self, a: Self::Real, b: Self::Real) -> Self::Truth;
    fn le(&mut self, a: Self::Real, b: Self::Real) -> Self::Truth;
    fn eq(&mut self, a: Self::Real, b: Self::Real) -> Self::Truth;
    /// `condition ? a : b`.
    fn choose(&mut self, condition: Self::Truth, a: Self::Real, b: Self::Real) -> Self::Real;

    fn index(&mut self, value: usize) -> Self::Index;
    fn index_add(&mut self, a: Self::Index, b: Self::Index) -> Self::Index;
    fn index_sub(&mut self, a: Self::Index, b: Self::Index) -> Self::Index;
    fn index_mul(&mut self, a: Self::Index, b: Self::Index) -> Self::Index;
    fn index_lt(&mut self, a: Self::Index, b: Self::Index) -> Self::Truth;
    fn index_eq(&mut self, a: Self::Index, b: Self::Index) -> Self::Truth;
    /// An index as a real, which holds it exactly.
    fn to_real(&mut self, a: Self::Index) -> Self::Real;
    /// A real that holds an index.
    fn to_index(&mut self, a: Self::Real) -> Self::Index;

    fn and(&mut self, a: Self::Truth, b: Self::Truth) -> Self::Truth;
    fn or(&mut self, a: Self::Truth, b: Self::Truth) -> Self::Truth;
    fn not(&mut self, a: Self::Truth) -> Self::Truth;

    /// A variable and its first value.
    fn number(&mut self, first: Self::Real) -> Self::Number;
    fn get(&mut self, of: Self::Number) -> Self::Real;
    fn set(&mut self, of: Self::Number, to: Self::Real);
    /// A variable and its first value.
    fn counter(&mut self, first: Self::Index) -> Self::Counter;
    fn place(&mut self, of: Self::Counter) -> Self::Index;
    fn move_to(&mut self, of: Self::Counter, to: Self::Index);
    fn load(&mut self, from: Vector, at: Self::Index) -> Self::Real;
    fn store(&mut self, to: Vector, at: Self::Index, value: Self::Real);

    /// How many elements of the row's input there are: all of a dense one, the stored ones of a sparse one.
    fn elements(&mut self, input: usize) -> Self::Index;
    /// The column of an element.
    fn column(&mut self, input: usize, element: Self::Index) -> Self::Index;
    /// The value of an element.
    fn value(&mut self, input: usize, element: Self::Index) -> Self::Real;
    /// Writes a column of the output.
    fn answer(&mut self, column: Self::Index, value: Self::Real);

    /// Runs `body` for `from`, `from + 1`, … before `end`.
    fn count(&mut self, from: Self::Index, end: Self::Index, body: impl FnMut(&mut Self, Self::Index));
    /// Runs `body` until it says no, and at most `most` times.
    fn repeat(&mut self, most: usize, body: impl FnMut(&mut Self) -> Self::Truth);
    /// Runs `body` where the condition holds.
    fn when(&mut self, condition: Self::Truth, body: impl FnMut(&mut Self));

    /// Runs `body` for `0`, `1`, … before `end`.
    fn each(&mut self, end: usize, body: impl FnMut(&mut Self, Self::Index)) {
        let (from, end) = (self.index(0), self.index(end));
        self.count(from, end, body);
    }

    /// The sum of `term` from `from` to before `end`, from the first to the last.
    fn sum(
        &mut self,
        from: Self::Index,
        end: Self::Index,
        mut term: impl FnMut(&mut Self, Self::Index) -> Self::Real,
    ) -> Self::Real {
        let zero = self.real(0.0);
        let sum = self.number(zero);
        self.count(from, end, |s, at| {
            let term = term(s, at);
            s.grow(sum, term);
        });
        self.get(sum)
    }

    /// [`Steps::sum`] from 0.
    fn sum_of(&mut self, end: usize, term: impl FnMut(&mut Self, Self::Index) -> Self::Real) -> Self::Real {
        let (from, end) = (self.index(0), self.index(end));
        self.sum(from, end, term)
    }

    /// Adds to a variable.
    fn grow(&mut self, of: Self::Number, by: Self::Real) {
        let value = self.get(of);
        let value = self.add(value, by);
        self.set(of, value);
    }

    /// Adds to a number in memory.
    fn grow_at(&mut self, vector: Vector, at: Self::Index, by: Self::Real) {
        let value = self.load(vector, at);
        let value = self.add(value, by);
        self.store(vector, at, value);
    }

    /// Sets numbers in memory.
    fn fill(&mut self, vector: Vector, len: usize, value: f64) {
        let value = self.real(value);
        self.each(len, |s, at| s.store(vector, at, value));
    }

    /// The position in a row-major matrix.
    fn cell(&mut self, row: Self::Index, n_columns: usize, column: Self::Index) -> Self::Index {
        let n_columns = self.index(n_columns);
        let first = self.index_mul(row, n_columns);
        self.index_add(first, column)
    }

    /// `a < b ? b : a`.
    fn larger(&mut self, a: Self::Real, b: Self::Real) -> Self::Real {
        let is_less = self.lt(a, b);
        self.choose(is_less, b, a)
    }

    /// `b < a ? b : a`.
    fn smaller(&mut self, a: Self::Real, b: Self::Real) -> Self::Real {
        let is_less = self.lt(b, a);
        self.choose(is_less, b, a)
    }

    /// The number after an index.
    fn next(&mut self, index: Self::Index) -> Self::Index {
        let one = self.index(1);
        self.index_add(index, one)
    }
}

/// What is computed for each row.
pub trait RowProgram {
    /// The constants, each in a table of its own.
    fn tables(&self) -> Vec<&[f64]>;

    /// How many numbers each vector of scratch memory holds.
    fn scratch(&self) -> Vec<usize>;

    /// Answers every column of the row. What it writes to scratch memory it has forgotten at the next row.
    fn run<S: Steps>(&self, steps: &mut S, tables: &[Vector], scratch: &[Vector]);
}

/// Bytes of scratch memory that a program needs.
pub fn scratch_bytes(program: &impl RowProgram) -> u64 {
    program.scratch().iter().map(|len| 8 * *len as u64).sum()
}

/// Whether the inputs are rows of f64.
pub fn are_rows(inputs: &[ValueType]) -> bool {
    inputs.iter().all(|input| input.element == ElementType::F64 && input.per_row && input.width > 0)
}

/// Vectors of these lengths one after the other from an address on.
fn placed(mut address: u32, lengths: impl Iterator<Item = usize>) -> Vec<Vector> {
    let place = |len: usize| {
        let vector = Vector { address };
        address += 8 * len as u32;
        vector
    };
    lengths.map(place).collect()
}
