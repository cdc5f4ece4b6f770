//! `constant`: numbers or texts that are the same for every row.

use super::emit::{Emit, Place};
use super::{Example, Operator, RowRefused, ValueType};
use crate::error::Result;
use crate::tensor::{Data, Matrix};

/// One element per column, the same for every row.
#[derive(Debug, Clone)]
pub struct Constant {
    /// The elements; numbers only.
    pub data: Data,
}

impl Operator for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn infer(&self, _inputs: &[ValueType]) -> Result<ValueType> {
        Ok(ValueType::whole(self.data.element(), self.data.len()))
    }

    fn evaluate(&self, _inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        Ok(Matrix::new(1, self.data.len(), self.data.clone()))
    }

    /// Nothing: the compiler places the data, no function is made.
    fn emit(&self, _e: &mut Emit<'_>, _inputs: &[&Place], _output: &Place) {}
}

/// None of its own: constants are inputs in the other operators' examples.
pub fn examples() -> Vec<Example> {
    Vec::new()
}
