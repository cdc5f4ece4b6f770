//! `tally`: the weights of some votes, added up for each candidate in the order of the votes.

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use wasm_encoder::ValType;

/// One column per candidate, from votes (I64, the candidates' positions) and as many weights (f64). A vote for nobody
/// counts for none.
#[derive(Debug, Clone)]
pub struct Tally {
    /// The number of candidates.
    pub candidates: usize,
}

impl Operator for Tally {
    fn name(&self) -> &'static str {
        "tally"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("tally", inputs, 2)?;
        let [votes, weights] = [inputs[0], inputs[1]];
        let fits = votes.element == ElementType::I64 && weights.element == ElementType::F64;
        if !fits || votes.width != weights.width || !votes.per_row || self.candidates == 0 {
            return Err(bad_operand("tally", format!("{} votes with {} weights", votes.width, weights.width)));
        }
        Ok(ValueType::rows(ElementType::F64, self.candidates))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let (Data::I64(votes), Data::F64(weights)) = (&inputs[0].data, &inputs[1].data) else {
            return Ok(inputs[0].clone());
        };
        let width = inputs[0].width;
        let mut sums = vec![0.0; rows * self.candidates];
        for (row, sums) in sums.chunks_exact_mut(self.candidates).enumerate() {
            for vote in 0..width {
                let weight = weights[super::broadcast_index(inputs[1], rows, row, vote)];
                if let Some(sum) = usize::try_from(votes[row * width + vote]).ok().and_then(|i| sums.get_mut(i)) {
                    *sum += weight;
                }
            }
        }
        Ok(Matrix::new(rows, self.candidates, Data::F64(sums)))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let plane = output.plane_bytes(e.stride);
        e.for_each_plane(self.candidates, &[output], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let target = e.row_address(pointers[0], row, ElementType::F64);
                e.code.get(target);
                e.code.ops().f64_const(0.0.into());
                e.store(ElementType::F64, 0);
            });
        });
        let (vote, base) = (e.code.local(ValType::I64), e.code.local(ValType::I32));
        let sum = e.code.local(ValType::I32);
        e.code.i32(output.address as i32).set(base);
        e.for_each_plane(inputs[0].ty.width, &[inputs[0], inputs[1]], |e, pointers| {
            e.for_each_row(1, |e, row| {
                let source = e.row_address(pointers[0], row, ElementType::I64);
                let weight = match inputs[1].ty.per_row {
                    true => e.row_address(pointers[1], row, ElementType::F64),
                    false => pointers[1],
                };
                let target = e.row_address(base, row, ElementType::F64);
                e.code.get(source);
                e.load(ElementType::I64, 0);
                e.code.tee(vote);
                e.code.ops().i64_const(self.candidates as i64).i64_lt_u().if_(wasm_encoder::BlockType::Empty);
                e.code.get(vote);
                e.code.ops().i32_wrap_i64().i32_const(plane as i32).i32_mul();
                e.code.get(target);
                e.code.ops().i32_add();
                e.code.tee(sum).get(sum);
                e.load(ElementType::F64, 0);
                e.code.get(weight);
                e.load(ElementType::F64, 0);
                e.code.ops().f64_add();
                e.store(ElementType::F64, 0);
                e.code.ops().end();
            });
        });
    }
}

/// Votes for candidates that are there and that are not, weights of each row and of all.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let vote = |i: usize| [0, 2, 1, -1, 2, i64::MAX, 3, 0, i64::MIN][i % 9];
    let votes = || ExampleInput { matrix: Matrix::new(70, 4, Data::I64((0..280).map(vote).collect())), per_row: true };
    let weights = (0..280).map(|i| values[(i * 7) % values.len()]).collect();
    let weights = ExampleInput { matrix: Matrix::new(70, 4, Data::F64(weights)), per_row: true };
    let equal = ExampleInput { matrix: Matrix::new(1, 4, Data::F64(vec![1.0, 0.5, 0.25, -1.0])), per_row: false };
    [weights, equal]
        .into_iter()
        .map(|weights| Example { op: Tally { candidates: 3 }.into(), inputs: vec![votes(), weights] })
        .collect()
}
