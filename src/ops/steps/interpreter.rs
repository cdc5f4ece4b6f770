//! Runs a program of [`Steps`] on plain numbers.

use super::{RowProgram, Steps, Vector, placed};
use crate::ops::lanes::Scalar64;
use crate::ops::math;
use crate::tensor::{Data, Matrix};

/// One row of a program, computed here and now.
#[derive(Debug)]
pub struct Interpreter<'m> {
    memory: Vec<f64>,
    numbers: Vec<f64>,
    counters: Vec<u32>,
    inputs: &'m [&'m Matrix],
    row: usize,
    answers: Vec<f64>,
}

/// A variable of an [`Interpreter`], by its position among those of its kind.
#[derive(Debug, Clone, Copy)]
pub struct Variable(usize);

/// What a program answers for every row, `width` columns each.
pub fn evaluate(program: &impl RowProgram, inputs: &[&Matrix], rows: usize, width: usize) -> Matrix {
    let lengths = program.scratch();
    let mut memory = vec![0.0; lengths.iter().sum()];
    let scratch = placed(0, lengths.iter().copied());
    let tables = program.tables();
    let places = placed(8 * memory.len() as u32, tables.iter().map(|table| table.len()));
    tables.iter().for_each(|table| memory.extend_from_slice(table));
    let (numbers, counters, answers) = (Vec::new(), Vec::new(), vec![0.0; width]);
    let mut steps = Interpreter { memory, numbers, counters, inputs, row: 0, answers };
    let mut items = Vec::with_capacity(rows * width);
    for row in 0..rows {
        steps.row = row;
        steps.numbers.clear();
        steps.counters.clear();
        program.run(&mut steps, &places, &scratch);
        items.extend_from_slice(&steps.answers);
    }
    Matrix::new(rows, width, Data::F64(items))
}

impl Interpreter<'_> {
    /// Runs a body and forgets the variables that it made.
    fn scoped<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let made = (self.numbers.len(), self.counters.len());
        let result = body(self);
        self.numbers.truncate(made.0);
        self.counters.truncate(made.1);
        result
    }

    /// The number of the first element of the row among all of the input, and of the element after its last.
    fn elements_of(&self, input: usize) -> std::ops::Range<usize> {
        let input = self.inputs[input];
        match &input.pattern {
            Some(pattern) => pattern.row(self.row),
            None => self.row * input.width..(self.row + 1) * input.width,
        }
    }
}

/// Position of a number in memory.
fn position(vector: Vector, at: u32) -> usize {
    vector.address as usize / 8 + at as usize
}

impl Steps for Interpreter<'_> {
    type Real = f64;
    type Index = u32;
    type Truth = bool;
    type Number = Variable;
    type Counter = Variable;

    fn real(&mut self, value: f64) -> f64 {
        value
    }
    fn add(&mut self, a: f64, b: f64) -> f64 {
        a + b
    }
    fn sub(&mut self, a: f64, b: f64) -> f64 {
        a - b
    }
    fn mul(&mut self, a: f64, b: f64) -> f64 {
        a * b
    }
    fn div(&mut self, a: f64, b: f64) -> f64 {
        a / b
    }
    fn sqrt(&mut self, a: f64) -> f64 {
        a.sqrt()
    }
    fn abs(&mut self, a: f64) -> f64 {
        a.abs()
    }
    fn neg(&mut self, a: f64) -> f64 {
        -a
    }
    fn nearest(&mut self, a: f64) -> f64 {
        a.round_ties_even()
    }
    fn ln(&mut self, a: f64) -> f64 {
        math::log(&mut Scalar64, a)
    }
    fn exp(&mut self, a: f64) -> f64 {
        math::exp(&mut Scalar64, a)
    }
    fn lt(&mut self, a: f64, b: f64) -> bool {
        a < b
    }
    fn le(&mut self, a: f64, b: f64) -> bool {
        a <= b
    }
    fn eq(&mut self, a: f64, b: f64) -> bool {
        a == b
    }
    fn choose(&mut self, condition: bool, a: f64, b: f64) -> f64 {
        if condition { a } else { b }
    }

    fn index(&mut self, value: usize) -> u32 {
        value as u32
    }
    fn index_add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }
    fn index_sub(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_sub(b)
    }
    fn index_mul(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_mul(b)
    }
    fn index_lt(&mut self, a: u32, b: u32) -> bool {
        a < b
    }
    fn index_eq(&mut self, a: u32, b: u32) -> bool {
        a == b
    }
    fn to_real(&mut self, a: u32) -> f64 {
        f64::from(a)
    }
    fn to_index(&mut self, a: f64) -> u32 {
        a as u32
    }

    fn and(&mut self, a: bool, b: bool) -> bool {
        a && b
    }
    fn or(&mut self, a: bool, b: bool) -> bool {
        a || b
    }
    fn not(&mut self, a: bool) -> bool {
        !a
    }

    fn number(&mut self, first: f64) -> Variable {
        self.numbers.push(first);
        Variable(self.numbers.len() - 1)
    }
    fn get(&mut self, of: Variable) -> f64 {
        self.numbers[of.0]
    }
    fn set(&mut self, of: Variable, to: f64) {
        self.numbers[of.0] = to;
    }
    fn counter(&mut self, first: u32) -> Variable {
        self.counters.push(first);
        Variable(self.counters.len() - 1)
    }
    fn place(&mut self, of: Variable) -> u32 {
        self.counters[of.0]
    }
    fn move_to(&mut self, of: Variable, to: u32) {
        self.counters[of.0] = to;
    }
    fn load(&mut self, from: Vector, at: u32) -> f64 {
        self.memory[position(from, at)]
    }
    fn store(&mut self, to: Vector, at: u32, value: f64) {
        self.memory[position(to, at)] = value;
    }

    fn elements(&mut self, input: usize) -> u32 {
        self.elements_of(input).len() as u32
    }
    fn column(&mut self, input: usize, element: u32) -> u32 {
        let at = self.elements_of(input).start + element as usize;
        self.inputs[input].pattern.as_ref().map_or(element, |pattern| pattern.columns[at])
    }
    fn value(&mut self, input: usize, element: u32) -> f64 {
        let at = self.elements_of(input).start + element as usize;
        match &self.inputs[input].data {
            Data::F64(items) => items[at],
            _ => f64::NAN,
        }
    }
    fn answer(&mut self, column: u32, value: f64) {
        self.answers[column as usize] = value;
    }

    fn count(&mut self, from: u32, end: u32, mut body: impl FnMut(&mut Self, u32)) {
        for at in from..end {
            self.scoped(|s| body(s, at));
        }
    }
    fn repeat(&mut self, most: usize, mut body: impl FnMut(&mut Self) -> bool) {
        for _ in 0..most {
            if !self.scoped(&mut body) {
                return;
            }
        }
    }
    fn when(&mut self, condition: bool, mut body: impl FnMut(&mut Self)) {
        if condition {
            self.scoped(&mut body);
        }
    }
}
