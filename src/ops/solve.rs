//! `solve`: the solution of `A x = b` with a symmetric positive definite matrix of each row, by Cholesky's factors.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, broadcast_index, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, Code, Local, memarg};
use wasm_encoder::ValType;

/// From the matrix, row-major, of which only the lower triangle counts, and `b` (both f64): `x`. Of a matrix that is not
/// positive definite the solution holds NaN or infinities.
#[derive(Debug, Clone)]
pub struct Solve;

impl Operator for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("solve", inputs, 2)?;
        let [matrix, b] = [inputs[0], inputs[1]];
        let are_doubles = matrix.element == ElementType::F64 && b.element == ElementType::F64;
        if !are_doubles || !matrix.per_row || b.width == 0 || b.width.checked_mul(b.width) != Some(matrix.width) {
            return Err(bad_operand("solve", format!("{} items for {} unknowns", matrix.width, b.width)));
        }
        Ok(ValueType { width: b.width, ..matrix })
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let (Data::F64(matrices), Data::F64(sides)) = (&inputs[0].data, &inputs[1].data) else {
            return Ok(inputs[0].clone());
        };
        let n = inputs[1].width;
        let mut solutions = Vec::with_capacity(rows * n);
        for (row, matrix) in matrices.chunks_exact(n * n).enumerate() {
            let mut x: Vec<f64> = (0..n).map(|i| sides[broadcast_index(inputs[1], rows, row, i)]).collect();
            solve(&mut matrix.to_vec(), &mut x);
            solutions.extend(x);
        }
        Ok(Matrix::new(rows, n, Data::F64(solutions)))
    }

    fn scratch_bytes(&self, inputs: &[ValueType], _stride: u32) -> u64 {
        8 * (inputs[0].width as u64 + inputs[1].width as u64)
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let system = System::new(e, inputs[1].ty.width);
        let bases = [inputs[0], inputs[1], output].map(|place| {
            let base = e.code.local(ValType::I32);
            e.code.i32(place.address as i32).set(base);
            (base, place.ty.per_row, place.plane_bytes(e.stride) as i32)
        });
        e.for_each_row(1, |e, row| {
            let [matrix, side, target] = bases.map(|(base, per_row, plane)| {
                let cursor = e.code.local(ValType::I32);
                match per_row {
                    true => {
                        let address = e.row_address(base, row, ElementType::F64);
                        e.code.get(address).set(cursor);
                    }
                    false => {
                        e.code.get(base).set(cursor);
                    }
                }
                (cursor, plane)
            });
            system.read(&mut e.code, matrix, system.matrix, system.n * system.n);
            system.read(&mut e.code, side, system.x, system.n);
            system.factor(&mut e.code);
            system.forwards(&mut e.code);
            system.backwards(&mut e.code);
            system.write(&mut e.code, target);
        });
    }
}

/// Replaces the right side by the solution, and the matrix's lower triangle by its factor.
fn solve(a: &mut [f64], x: &mut [f64]) {
    let n = x.len();
    for j in 0..n {
        for i in j..n {
            let sum = (0..j).fold(a[i * n + j], |sum, p| sum - a[i * n + p] * a[j * n + p]);
            a[i * n + j] = if i == j { sum.sqrt() } else { sum / a[j * n + j] };
        }
    }
    for i in 0..n {
        x[i] = (0..i).fold(x[i], |sum, p| sum - a[i * n + p] * x[p]) / a[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] = (i + 1..n).fold(x[i], |sum, p| sum - a[p * n + i] * x[p]) / a[i * n + i];
    }
}

/// One row's system in scratch memory, and the locals that work on it.
struct System {
    n: i32,
    matrix: u32,
    x: u32,
    i: Local,
    j: Local,
    p: Local,
    sum: Local,
}

impl System {
    fn new(e: &mut Emit<'_>, n: usize) -> Self {
        let [i, j, p] = [(); 3].map(|()| e.code.local(ValType::I32));
        let sum = e.code.local(ValType::F64);
        System { n: n as i32, matrix: e.scratch, x: e.scratch + 8 * (n * n) as u32, i, j, p, sum }
    }

    /// Copies numbers that stand a plane apart into scratch memory.
    fn read(&self, code: &mut Code, (cursor, plane): (Local, i32), to: u32, count: i32) {
        code.count(self.i, 0, Bound::Const(8 * count), 8, |code| {
            code.get(self.i).get(cursor);
            code.ops().f64_load(memarg(0, 3)).f64_store(memarg(to, 3));
            code.advance(cursor, plane);
        });
    }

    fn write(&self, code: &mut Code, (cursor, plane): (Local, i32)) {
        code.count(self.i, 0, Bound::Const(8 * self.n), 8, |code| {
            code.get(cursor).get(self.i);
            code.ops().f64_load(memarg(self.x, 3)).f64_store(memarg(0, 3));
            code.advance(cursor, plane);
        });
    }

    /// Pushes the offset of an item of the matrix.
    fn cell(&self, code: &mut Code, row: Local, column: Local) {
        code.get(row).i32(self.n);
        code.ops().i32_mul();
        code.get(column);
        code.ops().i32_add().i32_const(3).i32_shl();
    }

    fn load_cell(&self, code: &mut Code, row: Local, column: Local) {
        self.cell(code, row, column);
        code.ops().f64_load(memarg(self.matrix, 3));
    }

    /// Pushes the offset of an unknown.
    fn place(&self, code: &mut Code, index: Local) {
        code.get(index).i32(3);
        code.ops().i32_shl();
    }

    fn load(&self, code: &mut Code, index: Local) {
        self.place(code, index);
        code.ops().f64_load(memarg(self.x, 3));
    }

    /// `sum -= the two that factors pushes, multiplied`.
    fn subtract(&self, code: &mut Code, factors: impl FnOnce(&mut Code)) {
        code.get(self.sum);
        factors(code);
        code.ops().f64_mul().f64_sub();
        code.set(self.sum);
    }

    fn factor(&self, code: &mut Code) {
        let (i, j, p, n) = (self.i, self.j, self.p, Bound::Const(self.n));
        code.count(j, 0, n, 1, |code| {
            code.get(j).set(i);
            code.continue_count(i, n, 1, |code| {
                self.load_cell(code, i, j);
                code.set(self.sum).count(p, 0, Bound::Local(j), 1, |code| {
                    self.subtract(code, |code| {
                        self.load_cell(code, i, p);
                        self.load_cell(code, j, p);
                    });
                });
                code.get(i).get(j);
                code.ops().i32_eq();
                code.either(
                    |code| {
                        code.get(self.sum);
                        code.ops().f64_sqrt();
                        code.set(self.sum);
                    },
                    |code| {
                        code.get(self.sum);
                        self.load_cell(code, j, j);
                        code.ops().f64_div();
                        code.set(self.sum);
                    },
                );
                self.cell(code, i, j);
                code.get(self.sum);
                code.ops().f64_store(memarg(self.matrix, 3));
            });
        });
    }

    fn forwards(&self, code: &mut Code) {
        let (i, p) = (self.i, self.p);
        code.count(i, 0, Bound::Const(self.n), 1, |code| {
            self.load(code, i);
            code.set(self.sum).count(p, 0, Bound::Local(i), 1, |code| {
                self.subtract(code, |code| {
                    self.load_cell(code, i, p);
                    self.load(code, p);
                });
            });
            self.finish(code);
        });
    }

    fn backwards(&self, code: &mut Code) {
        let (i, j, p) = (self.i, self.j, self.p);
        code.count(j, 0, Bound::Const(self.n), 1, |code| {
            code.i32(self.n - 1).get(j);
            code.ops().i32_sub();
            code.set(i);
            self.load(code, i);
            code.set(self.sum).get(i).set(p).advance(p, 1).continue_count(p, Bound::Const(self.n), 1, |code| {
                self.subtract(code, |code| {
                    self.load_cell(code, p, i);
                    self.load(code, p);
                });
            });
            self.finish(code);
        });
    }

    /// `x[i] = sum / matrix[i, i]`.
    fn finish(&self, code: &mut Code) {
        self.place(code, self.i);
        code.get(self.sum);
        self.load_cell(code, self.i, self.i);
        code.ops().f64_div().f64_store(memarg(self.x, 3));
    }
}

/// Systems of 1 to 5 unknowns, positive definite and not, right sides of each row and of all.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let example = |(n, per_row): (usize, bool)| {
        let item = |at: usize| {
            let (row, i, j) = (at / (n * n), at % (n * n) / n, at % n);
            let small = [0.5, -0.25, 1.0, 0.0, 0.125][(row + i * j + i + j) % 5];
            match (row % 3, i == j) {
                (0, true) => 8.0 + row as f64,
                (0, false) => small,
                _ => values[(at * 7 + at / 11) % values.len()],
            }
        };
        let matrix = Matrix::new(37, n * n, Data::F64((0..37 * n * n).map(item).collect()));
        let rows = if per_row { 37 } else { 1 };
        let side = (0..rows * n).map(|i| values[(i * 5 + 2) % values.len()]).collect();
        let inputs = vec![
            ExampleInput { matrix, per_row: true },
            ExampleInput { matrix: Matrix::new(rows, n, Data::F64(side)), per_row },
        ];
        Example { op: Solve.into(), inputs }
    };
    [(1, true), (2, false), (3, true), (5, false)].map(example).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_solution_is_the_right_side() {
        let matrix = [4.0, 1.0, -0.5, 1.0, 3.0, 0.25, -0.5, 0.25, 2.0];
        let mut x = vec![1.0, -2.0, 0.5];
        solve(&mut matrix.to_vec(), &mut x);
        for (row, side) in matrix.chunks(3).zip([1.0, -2.0, 0.5]) {
            let product: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((product - side).abs() < 1e-15, "{x:?}");
        }
        let mut x = vec![1.0, 1.0];
        solve(&mut [1.0, 2.0, 2.0, 1.0], &mut x);
        assert!(x.iter().any(|x| x.is_nan()), "{x:?}");
    }
}
