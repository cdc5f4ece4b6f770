//! `least`: the least of some columns of a row, and which columns they are.

mod selection;

use super::emit::{Emit, Place};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use selection::{Selection, insert, partition};
use std::sync::Arc;
use wasm_encoder::{BlockType, ValType};

/// `count` numbers, then their positions among the candidates; all f64. They come in the order in which NumPy's partial
/// sort leaves them, or sorted, equals then in that order. A NaN is larger than every number.
#[derive(Debug, Clone)]
pub struct Least {
    /// The columns that are compared.
    pub candidates: Arc<Vec<u32>>,
    /// How many are found.
    pub count: usize,
    /// Whether they are sorted.
    pub is_sorted: bool,
}

impl Operator for Least {
    fn name(&self) -> &'static str {
        "least"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("least", inputs, 1)?;
        let are_columns = self.candidates.iter().all(|column| (*column as usize) < inputs[0].width);
        let fits = are_columns && (1..=self.candidates.len()).contains(&self.count);
        if inputs[0].element != ElementType::F64 || !fits {
            let found = format!("{} of {} of {} columns", self.count, self.candidates.len(), inputs[0].width);
            return Err(bad_operand("least", found));
        }
        Ok(ValueType { width: 2 * self.count, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Data::F64(items) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let found = items.chunks_exact(inputs[0].width).flat_map(|row| {
            let values: Vec<f64> = self.candidates.iter().map(|column| row[*column as usize]).collect();
            let mut order: Vec<u32> = (0..values.len() as u32).collect();
            partition(&values, &mut order, self.count - 1);
            order.truncate(self.count);
            if self.is_sorted {
                insert(&values, &mut order);
            }
            let least: Vec<f64> = order.iter().map(|position| values[*position as usize]).collect();
            least.into_iter().chain(order.into_iter().map(f64::from))
        });
        Ok(Matrix::new(inputs[0].rows, 2 * self.count, Data::F64(found.collect())))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let (source_plane, plane) = (inputs[0].plane_bytes(e.stride), output.plane_bytes(e.stride));
        let count = self.candidates.len();
        let (values, order) = (e.scratch, e.scratch + 8 * count as u32);
        let columns = self.candidates.iter().map(|column| *column * source_plane).collect();
        let columns = e.data.intern(&Data::U32(columns).to_le_bytes(), 4);
        let [from, to, place, first, target] = std::array::from_fn(|_| e.code.local(ValType::I32));
        e.code.i32(inputs[0].address as i32).set(from).i32(output.address as i32).set(to);
        e.code.i32(values as i32).set(first);
        e.for_each_row(1, |e, row| {
            let source = e.row_address(from, row, ElementType::F64);
            e.code.i32(0).set(place);
            e.code.ops().loop_(BlockType::Empty);
            e.code.get(place).i32(3);
            e.code.ops().i32_shl();
            e.code.get(place).i32(2);
            e.code.ops().i32_shl();
            e.load(ElementType::U32, columns);
            e.code.get(source);
            e.code.ops().i32_add();
            e.load(ElementType::F64, 0);
            e.store(ElementType::F64, values);
            e.code.get(place).i32(2);
            e.code.ops().i32_shl();
            e.code.get(place);
            e.store(ElementType::U32, order);
            e.code.advance(place, 1).get(place).i32(count as i32);
            e.code.ops().i32_lt_u().br_if(0).end();
            let selection = Selection { order, values: first, step: 8, count };
            selection.emit(e, self.count - 1);
            if self.is_sorted {
                selection.insert(e, self.count);
            }
            let start = e.row_address(to, row, ElementType::F64);
            e.code.get(start).set(target).i32(0).set(place);
            e.code.ops().loop_(BlockType::Empty);
            e.code.get(target);
            selection.value(e, place);
            e.store(ElementType::F64, 0);
            e.code.get(target).i32((self.count as u32 * plane) as i32);
            e.code.ops().i32_add();
            selection.position(e, place);
            e.code.ops().f64_convert_i32_u();
            e.store(ElementType::F64, 0);
            e.code.advance(target, plane as i32).advance(place, 1).get(place).i32(self.count as i32);
            e.code.ops().i32_lt_u().br_if(0).end();
        });
    }

    /// The numbers of a row and the order of their positions.
    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        12 * self.candidates.len() as u64
    }
}

/// Few and many of all columns and of some, over equal numbers, NaN and infinities.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let example = |width: usize, candidates: Vec<u32>, count: usize| {
        let value = |i: usize| match i / width % 3 {
            0 => values[(i * 7 + i / n) % n],
            1 => ((i * 13 + i / 5) % 4) as f64,
            _ => ((i * 2_654_435_761) % 1_000) as f64,
        };
        let matrix = Matrix::new(70, width, Data::F64((0..70 * width).map(value).collect()));
        let op = Least { candidates: Arc::new(candidates), count, is_sorted: count.is_multiple_of(2) }.into();
        Example { op, inputs: vec![ExampleInput { matrix, per_row: true }] }
    };
    let all = |width: u32| (0..width).collect::<Vec<u32>>();
    let of_all = [(1, 1), (2, 2), (3, 2), (37, 3), (37, 4), (37, 20), (37, 36), (37, 37), (90, 45)];
    let of_all = of_all.map(|(width, count)| example(width, all(width as u32), count));
    let some: Vec<u32> = (0..41).filter(|column| column % 3 != 1).rev().collect();
    of_all.into_iter().chain([1, 5, 27].map(|count| example(41, some.clone(), count))).collect()
}
