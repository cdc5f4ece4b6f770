//! `coupling`: class probabilities from the probabilities of every pair of classes, after Wu, Lin and Weng (2004).
//!
//! The probabilities minimise how far they are from the pairs; the iteration stops at a fixed accuracy, as libsvm's does,
//! so its number of steps is part of the definition.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, Code, Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// One column per class, from one per pair: the probability of the first of (0, 1), (0, 2), …, (1, 2), …
#[derive(Debug, Clone)]
pub struct Coupling {
    /// The number of classes, at least 2.
    pub classes: usize,
}

/// The accuracy at which the iteration stops, times the number of classes.
const ACCURACY: f64 = 0.005;
/// The fewest steps after which it stops in any case; more where there are more classes.
const STEPS: usize = 100;

impl Operator for Coupling {
    fn name(&self) -> &'static str {
        "coupling"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("coupling", inputs, 1)?;
        let pairs = self.classes.saturating_mul(self.classes.saturating_sub(1)) / 2;
        if inputs[0].element != ElementType::F64 || inputs[0].width != pairs || pairs == 0 || !inputs[0].per_row {
            return Err(bad_operand("coupling", format!("{} pairs of {} classes", inputs[0].width, self.classes)));
        }
        Ok(ValueType { width: self.classes, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let Data::F64(pairs) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let row = |row: usize| coupled(&pairs[row * inputs[0].width..(row + 1) * inputs[0].width], self.classes);
        Ok(Matrix::new(rows, self.classes, Data::F64((0..rows).flat_map(row).collect())))
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        8 * (2 * self.classes as u64 * self.classes as u64 + 2 * self.classes as u64)
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let rows = Rows::new(e, self.classes);
        let (input, base) = (inputs[0], e.code.local(ValType::I32));
        let target = e.code.local(ValType::I32);
        let (read, write) = (input.plane_bytes(e.stride) as i32, output.plane_bytes(e.stride) as i32);
        e.for_each_row(1, |e, row| {
            e.code.i32(input.address as i32).set(base);
            let cursor = e.row_address(base, row, ElementType::F64);
            rows.read(&mut e.code, cursor, read);
            rows.prepare(&mut e.code);
            rows.iterate(&mut e.code);
            e.code.i32(output.address as i32).set(target);
            let cursor = e.row_address(target, row, ElementType::F64);
            rows.write(&mut e.code, cursor, write);
        });
    }
}

fn coupled(pairs: &[f64], k: usize) -> Vec<f64> {
    let mut r = vec![0.0; k * k];
    let mut pairs = pairs.iter();
    for i in 0..k {
        for j in i + 1..k {
            let value = pairs.next().copied().unwrap_or_default();
            r[i * k + j] = value;
            r[j * k + i] = 1.0 - value;
        }
    }
    let mut q = vec![0.0; k * k];
    for t in 0..k {
        for j in 0..k {
            if j != t {
                q[t * k + t] += r[j * k + t] * r[j * k + t];
                q[t * k + j] = -(r[j * k + t] * r[t * k + j]);
            }
        }
    }
    let (mut p, mut qp) = (vec![1.0 / k as f64; k], vec![0.0; k]);
    for _ in 0..STEPS.max(k) {
        let mut product = 0.0;
        for t in 0..k {
            qp[t] = (0..k).fold(0.0, |sum, j| sum + q[t * k + j] * p[j]);
            product += p[t] * qp[t];
        }
        let far =
            qp.iter().fold(0.0f64, |most, qp| if (qp - product).abs() > most { (qp - product).abs() } else { most });
        if far < ACCURACY / k as f64 {
            break;
        }
        for t in 0..k {
            let diagonal = q[t * k + t];
            let step = (product - qp[t]) / diagonal;
            p[t] += step;
            let scale = 1.0 + step;
            product = (product + step * (step * diagonal + 2.0 * qp[t])) / scale / scale;
            for j in 0..k {
                qp[j] = (qp[j] + step * q[t * k + j]) / scale;
                p[j] /= scale;
            }
        }
    }
    p
}

/// The scratch memory of one row, and the locals that work on it.
struct Rows {
    k: i32,
    /// `[k, k]`: the probability of the row's class against the column's.
    r: u32,
    /// `[k, k]`: the quadratic form that is minimised.
    q: u32,
    /// `[k]`: the form times the probabilities.
    qp: u32,
    /// `[k]`: the probabilities.
    p: u32,
    t: Local,
    j: Local,
    step: Local,
    value: Local,
    sum: Local,
    product: Local,
    scale: Local,
}

impl Rows {
    fn new(e: &mut Emit<'_>, classes: usize) -> Self {
        let square = (8 * classes * classes) as u32;
        let (r, q) = (e.scratch, e.scratch + square);
        let qp = q + square;
        let mut number = || e.code.local(ValType::F64);
        let [value, sum, product, scale] = [number(), number(), number(), number()];
        let mut count = || e.code.local(ValType::I32);
        let [t, j, step] = [count(), count(), count()];
        Rows { k: classes as i32, r, q, qp, p: qp + 8 * classes as u32, t, j, step, value, sum, product, scale }
    }

    /// Pushes the offset of the item `[row, column]`.
    fn cell(&self, code: &mut Code, row: Local, column: Local) {
        code.get(row).i32(self.k);
        code.ops().i32_mul();
        code.get(column);
        code.ops().i32_add().i32_const(3).i32_shl();
    }

    /// Pushes the item `[row, column]` of the matrix at `base`.
    fn load_cell(&self, code: &mut Code, base: u32, row: Local, column: Local) {
        self.cell(code, row, column);
        code.ops().f64_load(memarg(base, 3));
    }

    /// Pushes the item of the vector at `base`.
    fn load(&self, code: &mut Code, base: u32, index: Local) {
        self.offset(code, index);
        code.ops().f64_load(memarg(base, 3));
    }

    /// Pushes the offset of an item of a vector.
    fn offset(&self, code: &mut Code, index: Local) {
        code.get(index).i32(3);
        code.ops().i32_shl();
    }

    /// The pairs into `r`.
    fn read(&self, code: &mut Code, cursor: Local, plane: i32) {
        let (t, j, k) = (self.t, self.j, Bound::Const(self.k));
        code.count(t, 0, k, 1, |code| {
            code.get(t).i32(1);
            code.ops().i32_add();
            code.set(j);
            code.continue_count(j, k, 1, |code| {
                code.get(cursor);
                code.ops().f64_load(memarg(0, 3));
                code.set(self.value).advance(cursor, plane);
                self.cell(code, t, j);
                code.get(self.value);
                code.ops().f64_store(memarg(self.r, 3));
                self.cell(code, j, t);
                code.ops().f64_const(1.0.into());
                code.get(self.value);
                code.ops().f64_sub().f64_store(memarg(self.r, 3));
            });
        });
    }

    /// The form of the pairs, and equal probabilities.
    fn prepare(&self, code: &mut Code) {
        let (t, j, k) = (self.t, self.j, Bound::Const(self.k));
        code.count(t, 0, k, 1, |code| {
            self.offset(code, t);
            code.ops().f64_const((1.0 / f64::from(self.k)).into()).f64_store(memarg(self.p, 3));
            code.ops().f64_const(0.0.into());
            code.set(self.sum);
            code.count(j, 0, k, 1, |code| {
                code.get(t).get(j);
                code.ops().i32_ne();
                code.when(|code| {
                    self.load_cell(code, self.r, j, t);
                    code.set(self.value).get(self.sum).get(self.value).get(self.value);
                    code.ops().f64_mul().f64_add();
                    code.set(self.sum);
                    self.cell(code, t, j);
                    code.get(self.value);
                    self.load_cell(code, self.r, t, j);
                    code.ops().f64_mul().f64_neg().f64_store(memarg(self.q, 3));
                });
            });
            self.cell(code, t, t);
            code.get(self.sum);
            code.ops().f64_store(memarg(self.q, 3));
        });
    }

    fn iterate(&self, code: &mut Code) {
        let steps = STEPS.max(self.k as usize) as i32;
        code.i32(0).set(self.step);
        code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        self.multiply(code);
        self.distance(code);
        code.get(self.value);
        code.ops().f64_const((ACCURACY / f64::from(self.k)).into()).f64_lt().br_if(1);
        self.improve(code);
        code.advance(self.step, 1).get(self.step).i32(steps);
        code.ops().i32_lt_s().br_if(0).end().end();
    }

    /// `qp = q · p` and `product = p · qp`.
    fn multiply(&self, code: &mut Code) {
        let (t, j, k) = (self.t, self.j, Bound::Const(self.k));
        code.ops().f64_const(0.0.into());
        code.set(self.product);
        code.count(t, 0, k, 1, |code| {
            code.ops().f64_const(0.0.into());
            code.set(self.sum);
            code.count(j, 0, k, 1, |code| {
                code.get(self.sum);
                self.load_cell(code, self.q, t, j);
                self.load(code, self.p, j);
                code.ops().f64_mul().f64_add();
                code.set(self.sum);
            });
            self.offset(code, t);
            code.get(self.sum);
            code.ops().f64_store(memarg(self.qp, 3));
            code.get(self.product);
            self.load(code, self.p, t);
            code.get(self.sum);
            code.ops().f64_mul().f64_add();
            code.set(self.product);
        });
    }

    /// The largest difference between an item of `qp` and the product, in `value`.
    fn distance(&self, code: &mut Code) {
        let t = self.t;
        code.ops().f64_const(0.0.into());
        code.set(self.value);
        code.count(t, 0, Bound::Const(self.k), 1, |code| {
            self.load(code, self.qp, t);
            code.get(self.product);
            code.ops().f64_sub().f64_abs();
            code.tee(self.sum).get(self.value);
            code.ops().f64_gt();
            code.when(|code| {
                code.get(self.sum).set(self.value);
            });
        });
    }

    /// One step along every class.
    fn improve(&self, code: &mut Code) {
        let (t, j, k) = (self.t, self.j, Bound::Const(self.k));
        let (diagonal, step) = (self.value, self.sum);
        code.count(t, 0, k, 1, |code| {
            self.load_cell(code, self.q, t, t);
            code.set(diagonal).get(self.product);
            self.load(code, self.qp, t);
            code.ops().f64_sub();
            code.get(diagonal);
            code.ops().f64_div();
            code.set(step);
            self.offset(code, t);
            self.load(code, self.p, t);
            code.get(step);
            code.ops().f64_add().f64_store(memarg(self.p, 3)).f64_const(1.0.into());
            code.get(step);
            code.ops().f64_add();
            code.set(self.scale).get(self.product).get(step).get(step).get(diagonal);
            code.ops().f64_mul().f64_const(2.0.into());
            self.load(code, self.qp, t);
            code.ops().f64_mul().f64_add().f64_mul().f64_add();
            code.get(self.scale);
            code.ops().f64_div();
            code.get(self.scale);
            code.ops().f64_div();
            code.set(self.product);
            code.count(j, 0, k, 1, |code| {
                self.offset(code, j);
                self.load(code, self.qp, j);
                code.get(step);
                self.load_cell(code, self.q, t, j);
                code.ops().f64_mul().f64_add();
                code.get(self.scale);
                code.ops().f64_div().f64_store(memarg(self.qp, 3));
                self.offset(code, j);
                self.load(code, self.p, j);
                code.get(self.scale);
                code.ops().f64_div().f64_store(memarg(self.p, 3));
            });
        });
    }

    fn write(&self, code: &mut Code, cursor: Local, plane: i32) {
        let t = self.t;
        code.count(t, 0, Bound::Const(self.k), 1, |code| {
            code.get(cursor);
            self.load(code, self.p, t);
            code.ops().f64_store(memarg(0, 3));
            code.advance(cursor, plane);
        });
    }
}

/// Two to five classes; certain, even, contradictory and broken pairs.
pub fn examples() -> Vec<Example> {
    let shares = [0.5, 1e-7, 1.0 - 1e-7, 0.25, 0.9, 0.0, 1.0, 0.625, f64::NAN, 2.0, -1.0, f64::INFINITY];
    let example = |classes: usize| {
        let pairs = classes * (classes - 1) / 2;
        let items = (0..pairs * 37).map(|i| shares[(i * 7 + i / 11) % shares.len()]).collect();
        let matrix = Matrix::new(37, pairs, Data::F64(items));
        Example { op: Coupling { classes }.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    [2, 3, 4, 5].map(example).into()
}
