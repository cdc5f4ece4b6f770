//! `number_lookup`: the position of a number in a list, by equality (0 equals -0).

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use wasm_encoder::ValType;

/// Looks a f64 column up in a sorted list.
#[derive(Debug, Clone)]
pub struct NumberLookup {
    /// The numbers, strictly ascending, no NaN.
    pub keys: Vec<f64>,
    /// What each key gives.
    pub positions: Vec<i64>,
    /// What NaN gives.
    pub nan: i64,
    /// What any other number gives.
    pub unknown: i64,
}

impl NumberLookup {
    /// A lookup of `keys` in any order; each gives its position in the list.
    pub fn of(keys: &[f64], nan: i64, unknown: i64) -> Self {
        let mut pairs: Vec<(f64, i64)> =
            keys.iter().enumerate().filter(|(_, key)| !key.is_nan()).map(|(i, key)| (*key, i as i64)).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        pairs.dedup_by(|later, earlier| later.0 == earlier.0);
        let (keys, positions) = pairs.into_iter().unzip();
        NumberLookup { keys, positions, nan, unknown }
    }
}

impl Operator for NumberLookup {
    fn name(&self) -> &'static str {
        "number_lookup"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("number_lookup", inputs, 1)?;
        if inputs[0].element != ElementType::F64 || inputs[0].width != 1 || self.keys.len() != self.positions.len() {
            return Err(bad_operand("number_lookup", format!("{} × {}", inputs[0].width, inputs[0].element)));
        }
        Ok(ValueType { element: ElementType::I64, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let find = |x: &f64| match x {
            x if x.is_nan() => self.nan,
            x => match self.keys.partition_point(|key| key < x) {
                i if self.keys.get(i) == Some(x) => self.positions[i],
                _ => self.unknown,
            },
        };
        let positions = match &inputs[0].data {
            Data::F64(items) => items.iter().map(find).collect(),
            _ => Vec::new(),
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::I64(positions)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        // Padded to a power of two with infinities, so that the search takes a fixed number of halvings.
        let size = (self.keys.len() + 1).next_power_of_two();
        let mut keys = self.keys.clone();
        keys.resize(size, f64::INFINITY);
        let keys_at = e.data.intern(&Data::F64(keys).to_le_bytes(), 8);
        let mut positions = self.positions.clone();
        positions.resize(size, self.unknown);
        let positions_at = e.data.intern(&Data::I64(positions).to_le_bytes(), 8);
        let count = self.keys.len() as i32;
        e.for_each_plane(1, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let (x, at) = (e.code.local(ValType::F64), e.code.local(ValType::I32));
                let source = e.row_address(pointers[0], row, ElementType::F64);
                let target = e.row_address(pointers[1], row, ElementType::I64);
                e.code.get(source);
                e.load(ElementType::F64, 0);
                e.code.set(x).i32(0).set(at);
                // `at` is 8 times the number of keys below x.
                let mut half = size / 2;
                while half > 0 {
                    e.code.get(at).i32(8 * half as i32);
                    e.code.ops().i32_add();
                    e.code.get(at).get(at);
                    e.load(ElementType::F64, keys_at + 8 * (half as u32 - 1));
                    e.code.get(x);
                    e.code.ops().f64_lt().select();
                    e.code.set(at);
                    half /= 2;
                }
                e.code.get(target).get(at);
                e.load(ElementType::I64, positions_at);
                e.code.ops().i64_const(self.unknown);
                e.code.get(at);
                e.load(ElementType::F64, keys_at);
                e.code.get(x);
                e.code.ops().f64_eq();
                e.code.get(at).i32(8 * count);
                e.code.ops().i32_lt_u().i32_and().select().i64_const(self.nan);
                e.code.get(x).get(x);
                e.code.ops().f64_eq().select();
                e.store(ElementType::I64, 0);
            });
        });
    }
}

/// Lists of several lengths, with keys at infinity, against adversarial values.
pub fn examples() -> Vec<Example> {
    let all: Vec<f64> = super::adversarial_f64().into_iter().filter(|x| !x.is_nan()).collect();
    [0, 1, 2, 3, 7, 8, all.len()]
        .into_iter()
        .map(|count| {
            let values = super::adversarial_f64();
            Example {
                op: NumberLookup::of(&all[..count], -2, -1).into(),
                inputs: vec![ExampleInput { matrix: Matrix::new(values.len(), 1, Data::F64(values)), per_row: true }],
            }
        })
        .collect()
}
