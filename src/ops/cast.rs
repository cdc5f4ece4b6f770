//! `cast`: another element type, by the rules of C where C defines them.

use super::emit::{Emit, Place};
use super::sparse::{self, for_each_stored};
use super::{Example, ExampleInput, Operator, RowRefused, SparseInputs, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};

/// Converts every element: floats round to nearest even; to an integer they truncate, saturate, and NaN gives 0;
/// to bool everything but zero is true (NaN too).
#[derive(Debug, Clone)]
pub struct Cast {
    /// The new element type.
    pub to: ElementType,
}

/// The conversions there are.
const PAIRS: [(ElementType, ElementType); 9] = [
    (ElementType::F32, ElementType::F64),
    (ElementType::F64, ElementType::F32),
    (ElementType::I64, ElementType::F64),
    (ElementType::I64, ElementType::F32),
    (ElementType::F64, ElementType::I64),
    (ElementType::F32, ElementType::I64),
    (ElementType::F64, ElementType::Bool),
    (ElementType::F32, ElementType::Bool),
    (ElementType::I64, ElementType::Bool),
];

impl Operator for Cast {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("cast", inputs, 1)?;
        let from = inputs[0].element;
        if !PAIRS.contains(&(from, self.to)) {
            return Err(bad_operand("cast", format!("no conversion from {from} to {}", self.to)));
        }
        Ok(ValueType { element: self.to, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let data = match (&inputs[0].data, self.to) {
            (Data::F32(v), ElementType::F64) => Data::F64(v.iter().map(|x| f64::from(*x)).collect()),
            (Data::F64(v), ElementType::F32) => Data::F32(v.iter().map(|x| *x as f32).collect()),
            (Data::I64(v), ElementType::F64) => Data::F64(v.iter().map(|x| *x as f64).collect()),
            (Data::I64(v), ElementType::F32) => Data::F32(v.iter().map(|x| *x as f32).collect()),
            (Data::F64(v), ElementType::I64) => Data::I64(v.iter().map(|x| *x as i64).collect()),
            (Data::F32(v), ElementType::I64) => Data::I64(v.iter().map(|x| *x as i64).collect()),
            (Data::F64(v), ElementType::Bool) => Data::Bool(v.iter().map(|x| *x != 0.0).collect()),
            (Data::F32(v), ElementType::Bool) => Data::Bool(v.iter().map(|x| *x != 0.0).collect()),
            (Data::I64(v), ElementType::Bool) => Data::Bool(v.iter().map(|x| *x != 0).collect()),
            (other, _) => other.clone(),
        };
        Ok(Matrix { data, ..inputs[0].clone() })
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let from = inputs[0].ty.element;
        if let (Some(source), Some(target)) = (inputs[0].sparse, output.sparse) {
            return for_each_stored(e, output, |e, at| {
                e.stored_offset(at, self.to);
                e.stored_offset(at, from);
                e.load(from, source.values);
                self.convert(e, from);
                e.store(self.to, target.values);
            });
        }
        e.for_each_plane(output.ty.width, &[inputs[0], output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let source = e.row_address(pointers[0], row, from);
                let target = e.row_address(pointers[1], row, self.to);
                e.code.get(target).get(source);
                e.load(from, 0);
                self.convert(e, from);
                e.store(self.to, 0);
            });
        });
    }

    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Elementwise
    }
}

impl Cast {
    /// Converts the element on the stack.
    fn convert(&self, e: &mut Emit<'_>, from: ElementType) {
        match (from, self.to) {
            (ElementType::F32, ElementType::F64) => e.code.ops().f64_promote_f32(),
            (ElementType::F64, ElementType::F32) => e.code.ops().f32_demote_f64(),
            (ElementType::I64, ElementType::F64) => e.code.ops().f64_convert_i64_s(),
            (ElementType::I64, ElementType::F32) => e.code.ops().f32_convert_i64_s(),
            (ElementType::F64, ElementType::I64) => e.code.ops().i64_trunc_sat_f64_s(),
            (ElementType::F32, ElementType::I64) => e.code.ops().i64_trunc_sat_f32_s(),
            (ElementType::F64, _) => e.code.ops().f64_const(0.0.into()).f64_ne(),
            (ElementType::F32, _) => e.code.ops().f32_const(0.0.into()).f32_ne(),
            _ => e.code.ops().i64_const(0).i64_ne(),
        };
    }
}

/// Every pair of types over adversarial values, dense and sparse.
pub fn examples() -> Vec<Example> {
    let data = |from| match from {
        ElementType::F32 => Data::F32(super::adversarial_f32()),
        ElementType::F64 => Data::F64(super::adversarial_f64()),
        _ => Data::I64(vec![0, 1, -1, i64::MAX, i64::MIN, 9_007_199_254_740_993, 16_777_217, -42]),
    };
    let example = |to: ElementType, matrix: Matrix| Example {
        op: Cast { to }.into(),
        inputs: vec![ExampleInput { matrix, per_row: true }],
    };
    let dense = PAIRS.iter().map(|(from, to)| {
        let data = data(*from);
        example(*to, Matrix::new(data.len(), 1, data))
    });
    let stored = sparse::example(&super::adversarial_f64(), 6);
    let narrow = sparse::narrow(&stored);
    dense
        .chain([ElementType::F32, ElementType::I64].map(|to| example(to, stored.clone())))
        .chain([ElementType::F64, ElementType::Bool].map(|to| example(to, narrow.clone())))
        .collect()
}
