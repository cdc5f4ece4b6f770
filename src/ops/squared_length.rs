//! `squared_length`: the sum of the squares of a row, in the order in which a vector machine adds them up.

use super::emit::{Emit, Place};
use super::fused::multiply_add;
use super::lanes::{LaneWidth, Lanes, Scalar64, WasmLanes};
use super::records::{Records, word};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::memarg;
use wasm_encoder::{BlockType, ValType};

/// One column of f64: `Σ x²`.
#[derive(Debug, Clone)]
pub struct SquaredLength {
    /// The order of the sum.
    pub order: SumOrder,
}

/// The order in which squares are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumOrder {
    /// In two lanes, eight columns a round from the last to the first, products rounded: NumPy's `einsum`.
    TwoLanes,
    /// In 32 lanes as far as they are filled, then in 16, products not rounded: `ddot` of OpenBLAS on machines with vectors
    /// of 512 bits. The columns that are left are added one by one.
    FusedLanes,
}

/// Columns of a round of [`SumOrder::TwoLanes`].
const ROUND: usize = 8;
/// Lanes of the wide rounds of [`SumOrder::FusedLanes`].
const WIDE: usize = 32;
/// Columns whose steps are emitted one by one, at most.
const MOST_UNROLLED: usize = 64;
/// Lanes of the narrow round.
const NARROW: usize = 16;

impl SumOrder {
    /// The sum of the squares of some numbers.
    pub fn sum<L: Lanes>(self, l: &mut L, x: &[L::V]) -> L::V {
        let zero = l.constant(0.0);
        let mut lanes = [zero; WIDE];
        for step in steps(self, x.len()) {
            match step {
                Step::Add { column, lane } => lanes[lane] = self.add(l, lanes[lane], x[column]),
                Step::Fold { lane, other } => lanes[lane] = l.add(lanes[lane], lanes[other]),
            }
        }
        lanes[0]
    }

    /// The sum with one square more.
    fn add<L: Lanes>(self, l: &mut L, sum: L::V, x: L::V) -> L::V {
        match self {
            SumOrder::TwoLanes => {
                let square = l.mul(x, x);
                l.add(square, sum)
            }
            SumOrder::FusedLanes => multiply_add(l, x, x, sum),
        }
    }
}

/// What is done to the sums in the lanes, all 0 at first; the result is in lane 0.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The square of a column is added to a lane.
    Add {
        /// The column.
        column: usize,
        /// The lane.
        lane: usize,
    },
    /// A lane is added to another.
    Fold {
        /// The lane that grows.
        lane: usize,
        /// The other.
        other: usize,
    },
}

/// All steps for some columns.
fn steps(order: SumOrder, n_columns: usize) -> Vec<Step> {
    let mut steps = Vec::with_capacity(n_columns + WIDE);
    let fold = |lane, other| Step::Fold { lane, other };
    match order {
        SumOrder::TwoLanes => {
            let full = n_columns - n_columns % ROUND;
            for round in (0..full).step_by(ROUND) {
                let pairs = (round..round + ROUND).step_by(2).rev();
                steps.extend(pairs.flat_map(|i| [0, 1].map(|lane| Step::Add { column: i + lane, lane })));
            }
            steps.extend((full..n_columns).map(|column| Step::Add { column, lane: (column - full) % 2 }));
            steps.push(fold(0, 1));
        }
        SumOrder::FusedLanes => {
            let (wide, narrow) = (n_columns - n_columns % WIDE, n_columns - n_columns % NARROW);
            // Four registers of eight lanes, of which only the first four of each are used in the narrow round.
            let lane_of = |column: usize| column / 4 * 8 + column % 4;
            steps.extend((0..wide).map(|column| Step::Add { column, lane: column % WIDE }));
            if wide > 0 {
                steps.extend((0..NARROW).map(|column| fold(lane_of(column), lane_of(column) + 4)));
            }
            steps.extend((wide..narrow).map(|column| Step::Add { column, lane: lane_of(column - wide) }));
            if narrow > 0 {
                steps.extend((4..NARROW).map(|column| fold(column % 4, lane_of(column))));
                steps.extend([fold(0, 2), fold(1, 3), fold(0, 1)]);
            }
            steps.extend((narrow..n_columns).map(|column| Step::Add { column, lane: 0 }));
        }
    }
    steps
}

impl Operator for SquaredLength {
    fn name(&self) -> &'static str {
        "squared_length"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("squared_length", inputs, 1)?;
        if inputs[0].element != ElementType::F64 || inputs[0].width == 0 {
            return Err(bad_operand("squared_length", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { width: 1, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Data::F64(items) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let sums = items.chunks_exact(inputs[0].width).map(|row| self.order.sum(&mut Scalar64, row)).collect();
        Ok(Matrix::new(inputs[0].rows, 1, Data::F64(sums)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        if self.order == SumOrder::TwoLanes && inputs[0].ty.width <= MOST_UNROLLED {
            return self.unrolled(e, inputs[0], output);
        }
        let (plane, lanes) = (inputs[0].plane_bytes(e.stride), e.scratch);
        let mut records = Records::<3>::default();
        for step in steps(self.order, inputs[0].ty.width) {
            records.push(match step {
                Step::Add { column, lane } => [column as u32 * plane, lanes + 16 * lane as u32, 1],
                Step::Fold { lane, other } => [lanes + 16 * other as u32, lanes + 16 * lane as u32, 0],
            });
        }
        let (base, target) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(inputs[0].address as i32).set(base).i32(output.address as i32).set(target);
        e.for_each_row(2, |e, row| {
            let rows = e.row_address(base, row, ElementType::F64);
            e.code.i32(lanes as i32).i32(0).i32((16 * WIDE) as i32);
            e.code.ops().memory_fill(0);
            records.for_each(e, |e, record| {
                let [from, to, is_column] = [0, 1, 2].map(|index| word(e, record, index));
                let (x, sum) = (e.code.local(ValType::V128), e.code.local(ValType::V128));
                e.code.get(to);
                e.code.ops().v128_load(memarg(0, 0));
                e.code.set(sum).get(is_column);
                e.code.ops().if_(BlockType::Empty);
                e.code.get(from).get(rows);
                e.code.ops().i32_add().v128_load(memarg(0, 0));
                e.code.set(x);
                let added = self.order.add(&mut WasmLanes { code: &mut e.code, width: LaneWidth::F64 }, sum, x);
                e.code.get(to).get(added);
                e.code.ops().v128_store(memarg(0, 0)).else_();
                e.code.get(to).get(sum).get(from);
                e.code.ops().v128_load(memarg(0, 0)).f64x2_add().v128_store(memarg(0, 0)).end();
            });
            let to = e.row_address(target, row, ElementType::F64);
            e.code.get(to).i32(lanes as i32);
            e.code.ops().v128_load(memarg(0, 0)).v128_store(memarg(0, 0));
        });
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        16 * WIDE as u64
    }
}

impl SquaredLength {
    /// A step after the other, the sums in registers.
    fn unrolled(&self, e: &mut Emit<'_>, rows: &Place, output: &Place) {
        let plane = rows.plane_bytes(e.stride);
        let (base, target) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(rows.address as i32).set(base).i32(output.address as i32).set(target);
        e.for_each_row(2, |e, row| {
            let at = e.row_address(base, row, ElementType::F64);
            let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
            let zero = l.constant(0.0);
            let mut lanes = [zero; WIDE];
            for step in steps(self.order, rows.ty.width) {
                match step {
                    Step::Add { column, lane } => {
                        let x = l.code.local(ValType::V128);
                        l.code.get(at).ops().v128_load(memarg(column as u32 * plane, 0));
                        l.code.set(x);
                        lanes[lane] = self.order.add(&mut l, lanes[lane], x);
                    }
                    Step::Fold { lane, other } => lanes[lane] = l.add(lanes[lane], lanes[other]),
                }
            }
            let to = e.row_address(target, row, ElementType::F64);
            e.code.get(to).get(lanes[0]).ops().v128_store(memarg(0, 0));
        });
    }
}

/// Rows that fill no round, one, and several with a rest.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let example = |order, width: usize| {
        let value =
            |i: usize| if i / width < 33 { values[(i * 7 + i / 33) % values.len()] } else { 0.1 * (i % 97) as f64 };
        let matrix = Matrix::new(70, width, Data::F64((0..70 * width).map(value).collect()));
        Example { op: SquaredLength { order }.into(), inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    let widths = [1, 2, 7, 8, 15, 16, 21, 32, 47, 64, 85];
    let of = |order| widths.map(|width| example(order, width));
    of(SumOrder::TwoLanes).into_iter().chain(of(SumOrder::FusedLanes)).collect()
}
