//! Weighted sums of a sparse value: what `dot` emits for it.

use wasm_encoder::{BlockType, ValType};

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, WasmLanes};
use crate::tensor::{Data, ElementType};
use crate::wasm::{Local, memarg};

/// Vectors of accumulators in flight.
const ACCUMULATORS: usize = 8;

/// The attributes of [`Dot`](super::dot::Dot).
pub(super) struct SparseDot<'d> {
    pub weights: &'d Data,
    pub start: &'d Data,
    pub start_first: bool,
}

impl SparseDot<'_> {
    /// The weights of a column lie side by side: a stored element adds to several outputs at once.
    pub fn emit(&self, e: &mut Emit<'_>, input: &Place, output: &Place) {
        let lanes = (16 / output.ty.element.bytes()) as usize;
        let outputs = output.ty.width;
        let weights = Weights::new(e, self.weights, input.ty.width, outputs);
        let start = padded(e, self.start);
        let group = ACCUMULATORS * lanes;
        let first_output = e.code.local(ValType::I32);
        e.code.i32(0).set(first_output);
        let mut sums = Sums { input, output, weights, start, first_output, n_outputs: group };
        if outputs >= group {
            e.code.ops().loop_(BlockType::Empty);
            sums.emit(e, self.start_first);
            e.code.advance(first_output, group as i32).get(first_output).i32((outputs - outputs % group) as i32);
            e.code.ops().i32_lt_u().br_if(0).end();
        }
        sums.n_outputs = outputs % group;
        if sums.n_outputs > 0 {
            sums.emit(e, self.start_first);
        }
    }
}

/// Weights in the data, a row per column of the input.
#[derive(Debug, Clone, Copy)]
struct Weights {
    rows: u32,
    /// The number of each column's row, where most columns share the row of zeros: those of hashes that training never met.
    numbers: Option<u32>,
}

impl Weights {
    fn new(e: &mut Emit<'_>, weights: &Data, columns: usize, outputs: usize) -> Self {
        let row = |column: usize| (0..outputs).map(move |output| output * columns + column);
        let used: Vec<usize> = (0..columns).filter(|column| row(*column).any(|at| !is_zero(weights, at))).collect();
        // The last vector of a row reaches into the next row, that of the last row behind the weights.
        if used.len() >= columns / 2 {
            let rows = padded(e, &weights.gather((0..columns).flat_map(row)));
            return Weights { rows, numbers: None };
        }
        let mut numbers = vec![0; columns];
        used.iter().enumerate().for_each(|(number, column)| numbers[*column] = number as u32 + 1);
        let mut padded_weights = weights.clone();
        padded_weights.push_zero();
        let zeros = std::iter::repeat_n(weights.len(), outputs);
        let rows = padded_weights.gather(zeros.chain(used.into_iter().flat_map(row)));
        let numbers = e.data.intern(&Data::U32(numbers).to_le_bytes(), 4);
        Weights { rows: padded(e, &rows), numbers: Some(numbers) }
    }

    /// Replaces the column on the stack by the offset of its row.
    fn push_row(&self, e: &mut Emit<'_>, row_bytes: u32) {
        if let Some(numbers) = self.numbers {
            e.code.i32(2).ops().i32_shl();
            e.load(ElementType::U32, numbers);
        }
        e.code.i32(row_bytes as i32).ops().i32_mul();
    }
}

/// Whether a weight is 0 to the bit: -0 is another number.
fn is_zero(weights: &Data, at: usize) -> bool {
    match weights {
        Data::F32(items) => items[at].to_bits() == 0,
        Data::F64(items) => items[at].to_bits() == 0,
        _ => false,
    }
}

/// Elements in the data with a vector of zeros behind them.
fn padded(e: &mut Emit<'_>, elements: &Data) -> u32 {
    let mut bytes = elements.to_le_bytes();
    bytes.extend([0; 16]);
    e.data.intern(&bytes, 16)
}

/// Some weighted sums of a sparse value, side by side.
struct Sums<'p> {
    input: &'p Place,
    output: &'p Place,
    weights: Weights,
    start: u32,
    first_output: Local,
    n_outputs: usize,
}

impl Sums<'_> {
    fn emit(&self, e: &mut Emit<'_>, start_first: bool) {
        let Some(sparse) = self.input.sparse else { return };
        let element = self.output.ty.element;
        let (bytes, lanes) = (element.bytes(), 16 / element.bytes() as usize);
        let width = if element == ElementType::F32 { LaneWidth::F32 } else { LaneWidth::F64 };
        let vectors = self.n_outputs.div_ceil(lanes);
        let mut locals = || -> Vec<Local> { (0..vectors).map(|_| e.code.local(ValType::V128)).collect() };
        let (starts, sums) = (locals(), locals());
        let [offset, weight, target, at] = [(); 4].map(|()| e.code.local(ValType::I32));
        let factor = e.code.local(ValType::V128);
        e.stored_offset(self.first_output, element);
        e.code.set(offset);
        for (i, start) in starts.iter().enumerate() {
            e.code.get(offset);
            e.code.ops().v128_load(memarg(self.start + 16 * i as u32, 0));
            e.code.set(*start);
        }
        let plane = self.output.plane_bytes(e.stride);
        e.code.get(self.first_output).i32(plane as i32);
        e.code.ops().i32_mul().i32_const(self.output.address as i32).i32_add();
        e.code.set(target);
        e.for_each_stored_row(self.input, |e, _row, first, end| {
            for (start, sum) in starts.iter().zip(&sums) {
                match start_first {
                    true => e.code.get(*start),
                    false => {
                        e.code.ops().v128_const(0);
                        &mut e.code
                    }
                };
                e.code.set(*sum);
            }
            e.code.get(first).set(at);
            e.count_up(at, end, |e, at| {
                e.stored_offset(at, ElementType::U32);
                e.load(ElementType::U32, sparse.columns);
                self.weights.push_row(e, self.output.ty.width as u32 * bytes);
                e.code.get(offset).ops().i32_add();
                e.code.set(weight);
                e.stored_offset(at, element);
                match width {
                    LaneWidth::F32 => e.code.ops().v128_load32_splat(memarg(sparse.values, 2)),
                    LaneWidth::F64 => e.code.ops().v128_load64_splat(memarg(sparse.values, 3)),
                };
                e.code.set(factor);
                for (i, sum) in sums.iter().enumerate() {
                    e.code.get(*sum).get(factor).get(weight);
                    e.code.ops().v128_load(memarg(self.weights.rows + 16 * i as u32, 0));
                    match width {
                        LaneWidth::F32 => e.code.ops().f32x4_mul().f32x4_add(),
                        LaneWidth::F64 => e.code.ops().f64x2_mul().f64x2_add(),
                    };
                    e.code.set(*sum);
                }
            });
            if !start_first {
                for (start, sum) in starts.iter().zip(&sums) {
                    let total = WasmLanes { code: &mut e.code, width }.add(*sum, *start);
                    e.code.get(total).set(*sum);
                }
            }
            for output in 0..self.n_outputs {
                let (at, lane) = (memarg(output as u32 * plane, 0), (output % lanes) as u8);
                e.code.get(target).get(sums[output / lanes]);
                match width {
                    LaneWidth::F32 => e.code.ops().v128_store32_lane(at, lane),
                    LaneWidth::F64 => e.code.ops().v128_store64_lane(at, lane),
                };
            }
            e.code.advance(target, bytes as i32);
        });
    }
}
