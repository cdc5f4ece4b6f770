//! `ensure`: refuses the rows that the framework itself refuses (a missing value, an unseen category).

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, Scalar32, Scalar64, WasmLanes};
use super::sparse;
use super::{
    Example, ExampleInput, Operator, RowMajor, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs,
};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::Local;
use wasm_encoder::{BlockType, ValType};

/// Demands a condition of every column; of a sparse value it demands it of the stored elements. The output has no columns.
#[derive(Debug, Clone)]
pub struct Ensure {
    /// What is demanded.
    pub condition: Condition,
    /// Which check this is: an index into the graph's sites, reported with the row.
    pub site: u32,
}

/// What an element must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The result of a test: floats must not be 0, integers not negative.
    Passed,
    /// A float that is neither NaN nor infinite.
    Finite,
    /// A float that is not infinite.
    NotInfinite,
    /// A float whose size is below this power of 2; NaN too.
    Below(i16),
}

impl Condition {
    /// A mask of the lanes that do not meet the condition, or some bits of them.
    fn violated<L: Lanes>(self, l: &mut L, x: L::V) -> L::V {
        match self {
            // 0, without a bit, of every finite number; else NaN.
            Self::Finite => l.sub(x, x),
            Self::NotInfinite => {
                let (magnitude, infinity) = (l.abs(x), l.constant(f64::INFINITY));
                l.eq(magnitude, infinity)
            }
            Self::Below(exponent) => {
                let (magnitude, limit) = (l.abs(x), l.constant(power_of_two(exponent)));
                l.le(limit, magnitude)
            }
            Self::Passed => {
                let zero = l.constant(0.0);
                l.eq(x, zero)
            }
        }
    }
}

/// `2^exponent`, of those that are numbers of usual size; the next of these for others.
fn power_of_two(exponent: i16) -> f64 {
    f64::from_bits(((i64::from(exponent) + 1023).clamp(1, 2046) as u64) << 52)
}

impl Operator for Ensure {
    fn name(&self) -> &'static str {
        "ensure"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("ensure", inputs, 1)?;
        match inputs[0].element {
            ElementType::I64 if self.condition != Condition::Passed => {
                Err(bad_operand("ensure", "integers are finite"))
            }
            ElementType::F32 | ElementType::F64 | ElementType::I64 => {
                Ok(ValueType { width: 0, is_sparse: false, ..inputs[0] })
            }
            other => Err(bad_operand("ensure", format!("{other} is no condition"))),
        }
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Matrix { rows, width, data, pattern } = inputs[0];
        let is_bad = |i: &usize| match data {
            Data::F32(items) => self.condition.violated(&mut Scalar32, items[*i]).to_bits() != 0,
            Data::F64(items) => self.condition.violated(&mut Scalar64, items[*i]).to_bits() != 0,
            Data::I64(items) => items[*i] < 0,
            _ => false,
        };
        let bad = match pattern {
            Some(pattern) => {
                (0..*rows).flat_map(|row| pattern.row(row).map(move |i| (row, i))).find(|(_, i)| is_bad(i))
            }
            // Column by column, as the module looks: the same row is reported.
            None => (0..*width)
                .flat_map(|column| (0..*rows).map(move |row| (row, row * width + column)))
                .find(|(_, i)| is_bad(i)),
        };
        match bad {
            Some((row, _)) => Err(RowRefused { row, site: self.site }),
            None => Ok(Matrix::new(*rows, 0, data.gather(0..0))),
        }
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], _output: &Place) {
        let element = inputs[0].ty.element;
        if let Some(sparse) = inputs[0].sparse {
            return e.for_each_stored_row(inputs[0], |e, row, at, end| {
                e.count_up(at, end, |e, at| {
                    e.stored_offset(at, element);
                    e.load(element, sparse.values);
                    self.fail_if_bad(e, row, element);
                });
            });
        }
        if !element.is_float() {
            return self.look_closely(e, inputs[0]);
        }
        let found = self.violations(e, inputs[0]);
        e.code.get(found).ops().v128_any_true();
        e.code.ops().if_(BlockType::Empty);
        self.look_closely(e, inputs[0]);
        e.code.ops().end();
    }

    fn row_major(&self, _inputs: &[ValueType]) -> RowMajor {
        RowMajor::Taken
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Taken
    }
}

impl Ensure {
    /// A vector with a bit where any element does not meet the condition: a quick look, at garbage behind the rows, too.
    fn violations(&self, e: &mut Emit<'_>, place: &Place) -> Local {
        let found = e.code.local(ValType::V128);
        e.code.ops().v128_const(0);
        e.code.set(found);
        let width = if place.ty.element == ElementType::F32 { LaneWidth::F32 } else { LaneWidth::F64 };
        e.for_each_vector_of(place, |e, vector| {
            let mut lanes = WasmLanes { code: &mut e.code, width };
            let violated = self.condition.violated(&mut lanes, vector);
            let all = lanes.or(found, violated);
            e.code.get(all).set(found);
        });
        found
    }

    /// Every element, to name the row.
    fn look_closely(&self, e: &mut Emit<'_>, place: &Place) {
        let element = place.ty.element;
        e.for_each_element(place, |e, row, address| {
            e.code.get(address);
            e.load(element, 0);
            self.fail_if_bad(e, row, element);
        });
    }

    /// Fails for `row` where the element on the stack does not meet the condition.
    fn fail_if_bad(&self, e: &mut Emit<'_>, row: Local, element: ElementType) {
        let width = match element {
            ElementType::F32 => Some(LaneWidth::F32),
            ElementType::F64 => Some(LaneWidth::F64),
            _ => None,
        };
        match width {
            None => {
                e.code.ops().i64_const(0).i64_lt_s();
            }
            Some(width) => {
                let vector = e.code.local(ValType::V128);
                match width {
                    LaneWidth::F32 => e.code.ops().f32x4_splat(),
                    LaneWidth::F64 => e.code.ops().f64x2_splat(),
                };
                e.code.set(vector);
                let violated = self.condition.violated(&mut WasmLanes { code: &mut e.code, width }, vector);
                e.code.get(violated);
                e.code.ops().v128_any_true();
            }
        }
        e.code.ops().if_(BlockType::Empty);
        e.fail(row, self.site);
        e.code.ops().end();
    }
}

/// Rows that pass and rows that do not, of every type.
pub fn examples() -> Vec<Example> {
    let input =
        |width: usize, data: Data| ExampleInput { matrix: Matrix::new(data.len() / width, width, data), per_row: true };
    let with = |value: f64, at: usize, width: usize| {
        let mut items = vec![1.0; width * 90];
        items[at] = value;
        input(width, Data::F64(items))
    };
    let narrow =
        |value: f32| input(9, Data::F32((0..9 * 40).map(|i| if i == 200 { value } else { i as f32 }).collect()));
    let inputs = || {
        [
            input(2, Data::F64(vec![1.0, f64::NAN, 2.0, -1.0])),
            with(0.0, 67, 1),
            with(0.0, 7 * 33 + 6, 7),
            with(f64::NAN, 7 * 88, 7),
            with(f64::NEG_INFINITY, 40, 3),
            with(f64::MAX, 40, 2),
            input(1, Data::F32(vec![1.0, -0.0])),
            narrow(f32::NAN),
            narrow(f32::INFINITY),
            narrow(f32::MAX),
            ExampleInput { matrix: sparse::example(&[1.0, f64::NAN, -1.0], 4), per_row: true },
            ExampleInput { matrix: sparse::example(&[1.0, f64::INFINITY, -1.0], 4), per_row: true },
            ExampleInput { matrix: sparse::example(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0], 4), per_row: true },
        ]
    };
    let integers = [vec![0, 5, i64::MIN], vec![0, 5]].map(|items| (Condition::Passed, input(1, Data::I64(items))));
    [Condition::Passed, Condition::Finite, Condition::NotInfinite, Condition::Below(1), Condition::Below(127)]
        .into_iter()
        .flat_map(|condition| inputs().map(|input| (condition, input)))
        .chain(integers)
        .map(|(condition, input)| Example { op: Ensure { condition, site: 3 }.into(), inputs: vec![input] })
        .collect()
}
