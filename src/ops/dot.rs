//! `dot`: weighted sums of the columns, each summed from the first column to the last; of a sparse value, from its first
//! stored element to its last.

use super::emit::{Emit, Place};
use super::lanes::{Lanes, WasmLanes};
use super::row_products::RowProducts;
use super::sparse;
use super::sparse_dot::SparseDot;
use super::tile::{TWO_POINTS, Tiles};
use super::{
    Example, ExampleInput, Operator, RowMajor, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs,
};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix, Pattern};
use crate::wasm::{Local, memarg};
use wasm_encoder::ValType;

/// `y[j] = Σ_k x[k] · weights[j][k]` with `start[j]` added first or last; products and sums round separately.
#[derive(Debug, Clone)]
pub struct Dot {
    /// One row of weights per output, row-major `[outputs, inputs]`; f32 or f64, as the input.
    pub weights: Data,
    /// One number per output, of the weights' type.
    pub start: Data,
    /// Whether the sum begins with `start` (gblinear) or `start` is added to the finished sum (scikit-learn).
    pub start_first: bool,
}

impl Operator for Dot {
    fn name(&self) -> &'static str {
        "dot"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("dot", inputs, 1)?;
        let ValueType { element, width, per_row, .. } = inputs[0];
        let outputs = self.start.len();
        if !element.is_float() || self.weights.element() != element || self.start.element() != element {
            return Err(bad_operand("dot", format!("{element} × {}", self.weights.element())));
        }
        if self.weights.len() != width * outputs {
            return Err(bad_operand("dot", format!("{} weights for {outputs} × {width}", self.weights.len())));
        }
        Ok(ValueType { element, width: outputs, per_row, is_sparse: false })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let (rows, width) = (inputs[0].rows, inputs[0].width);
        if let Some(pattern) = &inputs[0].pattern {
            let data = match (&inputs[0].data, &self.weights, &self.start) {
                (Data::F32(x), Data::F32(w), Data::F32(s)) => Data::F32(self.sparse_sums(x, w, s, width, pattern)),
                (Data::F64(x), Data::F64(w), Data::F64(s)) => Data::F64(self.sparse_sums(x, w, s, width, pattern)),
                (other, ..) => other.clone(),
            };
            return Ok(Matrix::new(rows, self.start.len(), data));
        }
        let data = match (&inputs[0].data, &self.weights, &self.start) {
            (Data::F32(x), Data::F32(w), Data::F32(s)) => Data::F32(sums(x, w, s, width, rows, self.start_first)),
            (Data::F64(x), Data::F64(w), Data::F64(s)) => Data::F64(sums(x, w, s, width, rows, self.start_first)),
            (other, ..) => other.clone(),
        };
        Ok(Matrix::new(rows, self.start.len(), data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        if inputs[0].sparse.is_some() {
            let sums = SparseDot { weights: &self.weights, start: &self.start, start_first: self.start_first };
            return sums.emit(e, inputs[0], output);
        }
        if output.ty.width == 0 {
            return;
        }
        if let Some(row_bytes) = inputs[0].row_bytes {
            let rows = (inputs[0].address, row_bytes);
            return RowProducts::new(e, self, inputs[0].ty, rows).emit(e, output);
        }
        let (element, columns) = (output.ty.element, inputs[0].ty.width);
        let starts = e.data.intern(&self.start.to_le_bytes(), 16);
        let mut tiles = Tiles::of(e, inputs[0], &self.weights, [output.ty.width, columns, columns], TWO_POINTS);
        if self.start_first {
            tiles = tiles.starting(starts);
        }
        let (plane, target) = (output.plane_bytes(e.stride), e.code.local(ValType::I32));
        let step = |l: &mut WasmLanes<'_>, [sum, x, weight]: [Local; 3]| {
            let product = l.mul(weight, x);
            l.add(sum, product)
        };
        tiles.for_each(e, step, |e, tile| {
            e.code.get(tile.position).i32(plane as i32);
            e.code.ops().i32_mul();
            e.code.get(tile.row).i32(element.bytes().trailing_zeros() as i32);
            e.code.ops().i32_shl().i32_add();
            e.code.set(target);
            for (i, sums) in tile.sums.iter().enumerate() {
                let start = e.code.local(ValType::V128);
                if !self.start_first {
                    tiles.splat(e, tile.position, starts + i as u32 * element.bytes());
                    e.code.set(start);
                }
                for (k, sum) in sums.iter().enumerate() {
                    let sum = match self.start_first {
                        true => *sum,
                        false => WasmLanes { code: &mut e.code, width: tiles.width() }.add(*sum, start),
                    };
                    e.code.get(target).get(sum);
                    e.code.ops().v128_store(memarg(output.address + i as u32 * plane + 16 * k as u32, 0));
                }
            }
        });
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }

    fn scratch_bytes(&self, inputs: &[ValueType], _stride: u32) -> u64 {
        inputs.first().map_or(0, |input| RowProducts::scratch_bytes(input.width, self.start.len()))
    }

    fn row_major(&self, inputs: &[ValueType]) -> RowMajor {
        if inputs.iter().any(|input| input.is_sparse) { RowMajor::Refused } else { RowMajor::Taken }
    }
}

impl Dot {
    fn sparse_sums<T>(&self, x: &[T], weights: &[T], start: &[T], width: usize, pattern: &Pattern) -> Vec<T>
    where
        T: Copy + Default + std::ops::Add<Output = T> + std::ops::Mul<Output = T>,
    {
        let sum = |row: usize, j: usize| {
            let first = if self.start_first { start[j] } else { T::default() };
            let sum =
                pattern.row(row).fold(first, |sum, at| sum + weights[j * width + pattern.columns[at] as usize] * x[at]);
            if self.start_first { sum } else { sum + start[j] }
        };
        (0..pattern.rows()).flat_map(|i| (0..start.len()).map(move |j| (i, j))).map(|(i, j)| sum(i, j)).collect()
    }
}

fn sums<T>(x: &[T], weights: &[T], start: &[T], width: usize, rows: usize, start_first: bool) -> Vec<T>
where
    T: Copy + Default + std::ops::Add<Output = T> + std::ops::Mul<Output = T>,
{
    let row = |row: usize| &x[row * width..(row + 1) * width];
    let sum = |x: &[T], j: usize| {
        let first = if start_first { start[j] } else { T::default() };
        let sum = x.iter().zip(&weights[j * width..]).fold(first, |sum, (x, w)| sum + *w * *x);
        if start_first { sum } else { sum + start[j] }
    };
    (0..rows).flat_map(|i| (0..start.len()).map(move |j| (i, j))).map(|(i, j)| sum(row(i), j)).collect()
}

/// Both orders, both types, outputs for less than a vector and for several panels; sparse inputs with outputs for less than a vector, some, and more than
/// the accumulators hold.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let wide: Vec<f64> = (0..n * 3).map(|i| values[(i * 7) % n]).collect();
    let narrow: Vec<f32> = wide.iter().map(|x| *x as f32).collect();
    let input = |data: Data| ExampleInput { matrix: Matrix::new(data.len() / 3, 3, data), per_row: true };
    let stored = sparse::example(&values, 6);
    let sparse_sums = |matrix: &Matrix, outputs: usize, start_first: bool| {
        let weights: Vec<f64> = (0..6 * outputs).map(|i| [0.5, -1.25, 3.0, 1e10, -0.0][i % 5] + i as f64).collect();
        let start: Vec<f64> = (0..outputs).map(|i| i as f64 - 0.5).collect();
        let of = |items: Vec<f64>| match matrix.element() {
            ElementType::F32 => Data::F32(items.into_iter().map(|x| x as f32).collect()),
            _ => Data::F64(items),
        };
        let op = Dot { weights: of(weights), start: of(start), start_first };
        Example { op: op.into(), inputs: vec![ExampleInput { matrix: matrix.clone(), per_row: true }] }
    };
    let dense_sums = |columns: usize, outputs: usize, is_narrow: bool, start_first: bool| {
        let of = |count: usize, by: usize| {
            let items =
                (0..count).map(|i| if i % 5 == 3 { values[(i * by) % n] } else { (i * by % 19) as f64 / 7.0 - 1.0 });
            if is_narrow { Data::F32(items.map(|x| x as f32).collect()) } else { Data::F64(items.collect()) }
        };
        let finite = |data: Data| match data {
            Data::F32(items) => Data::F32(items.into_iter().map(|x| if x.abs() < 1e30 { x } else { 0.3 }).collect()),
            Data::F64(items) => Data::F64(items.into_iter().map(|x| if x.abs() < 1e200 { x } else { 0.3 }).collect()),
            other => other,
        };
        let op = Dot { weights: finite(of(columns * outputs, 11)), start: finite(of(outputs, 5)), start_first };
        let x = ExampleInput { matrix: Matrix::new(41, columns, of(41 * columns, 13)), per_row: true };
        Example { op: op.into(), inputs: vec![x] }
    };
    let shapes = [(2, 1), (5, 1), (9, 2), (6, 3), (7, 8), (13, 10), (4, 17), (5, 35), (3, 70)];
    let dense = shapes.into_iter().flat_map(|(columns, outputs)| {
        [(false, false), (false, true), (true, false), (true, true)]
            .map(|(is_narrow, start_first)| dense_sums(columns, outputs, is_narrow, start_first))
    });
    let more = vec![
        sparse_sums(&stored, 1, false),
        sparse_sums(&stored, 3, true),
        sparse_sums(&stored, 16, false),
        sparse_sums(&stored, 37, false),
        sparse_sums(&sparse::narrow(&stored), 1, true),
        sparse_sums(&sparse::narrow(&stored), 35, false),
        Example {
            op: Dot {
                weights: Data::F64(
                    [[0.0; 2], [1.5, -0.0], [0.0; 2], [0.0, 0.0]].concat().into_iter().chain([0.0; 4]).collect(),
                ),
                start: Data::F64(vec![0.25, -4.0]),
                start_first: false,
            }
            .into(),
            inputs: vec![ExampleInput { matrix: stored.clone(), per_row: true }],
        },
        Example {
            op: Dot {
                weights: Data::F64(vec![0.1, -2.0, 3.0, 1e10, 0.0, -0.0]),
                start: Data::F64(vec![0.5, -1.0]),
                start_first: false,
            }
            .into(),
            inputs: vec![input(Data::F64(wide))],
        },
        Example {
            op: Dot { weights: Data::F32(vec![0.1, -2.0, 3.0]), start: Data::F32(vec![0.5]), start_first: true }.into(),
            inputs: vec![input(Data::F32(narrow))],
        },
    ];
    dense.chain(more).collect()
}
