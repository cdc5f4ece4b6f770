//! `crossed`: entries of tables at the place where a position and some tests of ranks cross.

use super::bin::stored_rank;
use super::emit::{Emit, Place};
use super::records::{Records, word};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Bound, Local, memarg};
use wasm_encoder::ValType;

/// Ranks that stand in tables: a column for each table of each crossing.
#[derive(Debug, Clone)]
pub struct Crossed {
    /// Per column of the first input (positions, I64), how many positions there are: any other counts as the last.
    pub sizes: Vec<u32>,
    /// What crosses.
    pub crossings: Vec<Crossing>,
    /// U8 or U16, that of the second input (ranks), if there is one; or U32.
    pub element: ElementType,
}

/// A position and tests: `p · 2^tests + b`, where b has a bit for each test, the first one's highest: 1 where it is passed.
#[derive(Debug, Clone)]
pub struct Crossing {
    /// The column of the positions.
    pub position: u32,
    /// Columns of ranks, and which ranks above pass.
    pub tests: Vec<(u32, u32)>,
    /// A rank for each place.
    pub tables: Vec<Vec<u32>>,
}

/// More tests would make tables of which little is ever read.
pub const MOST_TESTS: usize = 8;
/// Rows whose places are found at once.
const ROWS: u32 = 8;
/// Bytes of a vector step over a plane.
const STEP_BYTES: u32 = 32;

/// Words of a crossing's record: the plane of its positions, by how much they are shifted, where its tests and its tables
/// begin and end.
const POSITIONS: u32 = 0;
const SHIFT: u32 = 1;
const TESTS: u32 = 2;
const TESTS_END: u32 = 3;
const TABLES: u32 = 4;
const TABLES_END: u32 = 5;

impl Crossed {
    fn width(&self) -> usize {
        self.crossings.iter().map(|crossing| crossing.tables.len()).sum()
    }

    fn check(&self, crossing: &Crossing, n_ranks: usize) -> bool {
        let Some(size) = self.sizes.get(crossing.position as usize) else { return false };
        let highest = highest(self.element);
        let places = (*size as usize) << crossing.tests.len().min(MOST_TESTS);
        crossing.tests.len() <= MOST_TESTS
            && crossing.tests.iter().all(|(column, rank)| (*column as usize) < n_ranks && *rank < highest)
            && crossing.tables.iter().all(|table| table.len() == places && table.iter().all(|rank| *rank <= highest))
    }
}

fn highest(element: ElementType) -> u32 {
    match element {
        ElementType::U8 => 0xFF,
        ElementType::U16 => 0xFFFF,
        _ => i32::MAX.cast_unsigned(),
    }
}

fn ranks(data: Vec<u32>, element: ElementType) -> Data {
    match element {
        ElementType::U8 => Data::U8(data.into_iter().map(|rank| rank as u8).collect()),
        ElementType::U16 => Data::U16(data.into_iter().map(|rank| rank as u16).collect()),
        _ => Data::U32(data),
    }
}

impl Operator for Crossed {
    fn name(&self) -> &'static str {
        "crossed"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        let (positions, ranks) = match inputs {
            [positions] => (positions, None),
            [positions, ranks] => (positions, Some(ranks)),
            _ => return Err(bad_operand("crossed", format!("expected 1 or 2 inputs, found {}", inputs.len()))),
        };
        let fits = positions.element == ElementType::I64 && positions.per_row && positions.width == self.sizes.len();
        let fits = fits && ranks.is_none_or(|ranks| ranks.element == self.element && ranks.per_row);
        let is_rank = matches!(self.element, ElementType::U8 | ElementType::U16 | ElementType::U32);
        if !fits || !is_rank || self.sizes.contains(&0) {
            return Err(bad_operand("crossed", format!("{} × {}", positions.width, positions.element)));
        }
        let n_ranks = ranks.map_or(0, |ranks| ranks.width);
        if !self.crossings.iter().all(|crossing| self.check(crossing, n_ranks)) {
            return Err(bad_operand("crossed", "a table that does not fit its places"));
        }
        Ok(ValueType::rows(self.element, self.width()))
    }

    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused> {
        let Data::I64(positions) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let rank = |row: usize, column: u32| {
            let ranks = inputs[1];
            let at = row * ranks.width + column as usize;
            match &ranks.data {
                Data::U8(items) => stored_rank(items[at].into(), ElementType::U8),
                Data::U16(items) => stored_rank(items[at].into(), ElementType::U16),
                Data::U32(items) => items[at],
                _ => 0,
            }
        };
        let mut found = Vec::with_capacity(rows * self.width());
        for row in 0..rows {
            for crossing in &self.crossings {
                let size = self.sizes[crossing.position as usize] as usize;
                let position = positions[row * self.sizes.len() + crossing.position as usize];
                let position = usize::try_from(position).map_or(size - 1, |position| position.min(size - 1));
                let place = crossing
                    .tests
                    .iter()
                    .fold(position, |place, (column, above)| place << 1 | usize::from(rank(row, *column) > *above));
                found.extend(crossing.tables.iter().map(|table| stored_rank(table[place], self.element)));
            }
        }
        Ok(Matrix::new(rows, self.width(), ranks(found, self.element)))
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        u64::from(stride) * 4 * (self.sizes.len() as u64 + 1)
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        self.emit_positions(e, inputs[0]);
        let bits = e.scratch + e.stride * 4 * self.sizes.len() as u32;
        let mut records = Records::<6>::default();
        let (mut target, plane) = (output.address, output.plane_bytes(e.stride));
        for crossing in &self.crossings {
            let (tests, tests_end) = self.tests(e, crossing, inputs);
            let mut tables = Records::<2>::default();
            for table in &crossing.tables {
                tables.push([self.table(e, crossing, table), target]);
                target += plane;
            }
            let first = tables.place(e);
            let positions = e.scratch + e.stride * 4 * crossing.position;
            let shift = crossing.tests.len() as u32;
            records.push([positions, shift, tests, tests_end, first, first + tables.bytes()]);
        }
        records.for_each(e, |e, record| {
            self.emit_bits(e, record, bits);
            self.emit_entries(e, record, bits);
        });
    }
}

impl Crossed {
    /// The positions as four bytes each, in planes at the start of the scratch.
    fn emit_positions(&self, e: &mut Emit<'_>, input: &Place) {
        let mut records = Records::<3>::default();
        for (column, size) in self.sizes.iter().enumerate() {
            let source = input.address + column as u32 * input.plane_bytes(e.stride);
            records.push([source, e.scratch + e.stride * 4 * column as u32, *size]);
        }
        records.for_each(e, |e, record| {
            let [source, target, size] = [0, 1, 2].map(|index| word(e, record, index));
            // As many rows as are looked up at once: what stands behind the last row is no position.
            e.for_each_row(ROWS as i32, |e, row| {
                let from = e.row_address(source, row, ElementType::I64);
                let to = e.row_address(target, row, ElementType::U32);
                for i in 0..ROWS {
                    let position = e.code.local(ValType::I64);
                    e.code.get(to).get(from);
                    e.load(ElementType::I64, 8 * i);
                    e.code.tee(position).ops().i32_wrap_i64();
                    e.code.get(size).i32(1);
                    e.code.ops().i32_sub();
                    e.code.get(position).get(size);
                    e.code.ops().i64_extend_i32_u().i64_lt_u().select();
                    e.store(ElementType::U32, 4 * i);
                }
            });
        });
    }

    /// Where the tests of a crossing begin and end: for each the address of its plane, and the lowest rank that passes, as
    /// stored and with its sign.
    fn tests(&self, e: &mut Emit<'_>, crossing: &Crossing, inputs: &[&Place]) -> (u32, u32) {
        let bias = stored_rank(0, self.element);
        let mut tests = Records::<2>::default();
        for ((column, rank), ranks) in crossing.tests.iter().zip(std::iter::repeat_n(inputs.last(), MOST_TESTS)) {
            let plane = ranks.map_or(0, |ranks| ranks.address + column * ranks.plane_bytes(e.stride));
            tests.push([plane, (rank + 1).wrapping_sub(bias)]);
        }
        let first = tests.place(e);
        (first, first + tests.bytes())
    }

    /// The table as it lies in the data: a bit is 1 there where the test is not passed, since a comparison takes the loaded
    /// rank as its second operand without an instruction of its own.
    fn table(&self, e: &mut Emit<'_>, crossing: &Crossing, table: &[u32]) -> u32 {
        let not_passed = (1usize << crossing.tests.len()) - 1;
        let entries = (0..table.len()).map(|place| stored_rank(table[place ^ not_passed], self.element)).collect();
        e.data.intern(&ranks(entries, self.element).to_le_bytes(), self.element.bytes())
    }

    /// The bits of the tests for all rows, in the plane at `bits`.
    fn emit_bits(&self, e: &mut Emit<'_>, record: Local, bits: u32) {
        let end = e.code.local(ValType::I32);
        let rows = e.rows();
        e.code.get(rows).i32(self.element.bytes().trailing_zeros() as i32);
        e.code.ops().i32_shl();
        e.code.set(end);
        let offset = e.code.local(ValType::I32);
        e.code.count(offset, 0, Bound::Local(end), STEP_BYTES as i32, |code| {
            for at in [0, 16] {
                code.get(offset).ops().v128_const(0).v128_store(memarg(bits + at, 0));
            }
        });
        let (test, tests_end) = (word(e, record, TESTS), word(e, record, TESTS_END));
        let (plane, lowest) = (e.code.local(ValType::I32), e.code.local(ValType::V128));
        let element = self.element;
        e.code.continue_count(test, Bound::Local(tests_end), Records::<2>::BYTES as i32, |code| {
            code.get(test).ops().i32_load(memarg(0, 2));
            code.set(plane).get(test).ops().i32_load(memarg(4, 2));
            match element {
                ElementType::U8 => code.ops().i8x16_splat(),
                ElementType::U16 => code.ops().i16x8_splat(),
                _ => code.ops().i32x4_splat(),
            };
            code.set(lowest);
            code.count(offset, 0, Bound::Local(end), STEP_BYTES as i32, |code| {
                let (from, known) = (code.local(ValType::I32), code.local(ValType::V128));
                code.get(plane).get(offset).ops().i32_add();
                code.set(from);
                for at in [0, 16] {
                    code.get(offset).get(offset).ops().v128_load(memarg(bits + at, 0));
                    code.tee(known).get(known);
                    match element {
                        ElementType::U8 => code.ops().i8x16_add(),
                        ElementType::U16 => code.ops().i16x8_add(),
                        _ => code.ops().i32x4_add(),
                    };
                    code.get(lowest).get(from).ops().v128_load(memarg(at, 0));
                    match element {
                        ElementType::U8 => code.ops().i8x16_gt_s().i8x16_sub(),
                        ElementType::U16 => code.ops().i16x8_gt_s().i16x8_sub(),
                        _ => code.ops().i32x4_gt_s().i32x4_sub(),
                    };
                    code.ops().v128_store(memarg(bits + at, 0));
                }
            });
        });
    }

    /// The entries at the places of all rows, table after table.
    fn emit_entries(&self, e: &mut Emit<'_>, record: Local, bits: u32) {
        let element = self.element;
        let [positions, shift, tables, tables_end] =
            [POSITIONS, SHIFT, TABLES, TABLES_END].map(|index| word(e, record, index));
        let again = e.code.local(ValType::I32);
        e.code.get(tables).set(again);
        let (base, zero) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(bits as i32).set(base).i32(0).set(zero);
        e.code.ops().block(wasm_encoder::BlockType::Empty);
        e.code.get(tables).get(tables_end);
        e.code.ops().i32_ge_u().br_if(0).loop_(wasm_encoder::BlockType::Empty);
        let (table, target) = (word(e, again, 0), word(e, again, 1));
        e.for_each_row(ROWS as i32, |e, row| {
            let known = e.row_address(base, row, element);
            let from = e.row_address(positions, row, ElementType::U32);
            let to = e.row_address(target, row, element);
            for i in 0..ROWS {
                e.code.get(to).get(from);
                e.load(ElementType::U32, 4 * i);
                e.code.get(shift).ops().i32_shl();
                e.code.get(known);
                e.load(element, i * element.bytes());
                e.code.ops().i32_or();
                if element != ElementType::U8 {
                    e.code.i32(element.bytes().trailing_zeros() as i32).ops().i32_shl();
                }
                e.code.get(table).ops().i32_add();
                e.load(element, 0);
                e.store(element, i * element.bytes());
            }
        });
        e.code.advance(again, Records::<2>::BYTES as i32).get(again).get(tables_end);
        e.code.ops().i32_lt_u().br_if(0).end().end();
    }
}

/// Positions inside and outside alone, with one test and with several, over ranks of every width.
pub fn examples() -> Vec<Example> {
    let rows = 70;
    let position = |i: usize| [0, 1, 2, -1, 3, i64::MAX, i64::MIN, 5][i % 8];
    let positions = ExampleInput {
        matrix: Matrix::new(rows, 2, Data::I64((0..2 * rows).map(|i| position(i + i / 8)).collect())),
        per_row: true,
    };
    let entry = |i: usize, top: u32| [0, 1, top, 7, 200][i * i % 5].min(top);
    let table = |places: usize, top: u32| (0..places).map(|i| entry(i, top)).collect::<Vec<_>>();
    let of = |element: ElementType, has_ranks: bool| {
        let top = highest(element);
        let rank = |i: usize| stored_rank([0, 1, top, top - 1, 100, 255][(i * 7 + i / 5) % 6], element);
        let tests: &[(u32, u32)] = if has_ranks { &[(0, 0), (2, top - 1), (1, 100), (0, 254)] } else { &[] };
        let crossing = |position: u32, size: usize, n_tests: usize, n_tables: usize| {
            let tests = tests[..n_tests.min(tests.len())].to_vec();
            let tables = (0..n_tables).map(|i| table(size << tests.len(), top - i as u32)).collect();
            Crossing { position, tests, tables }
        };
        let crossings = vec![crossing(0, 4, 1, 2), crossing(1, 1, 0, 1), crossing(1, 1, 3, 1), crossing(0, 4, 4, 0)];
        let ranks = ExampleInput {
            matrix: Matrix::new(rows, 3, self::ranks((0..3 * rows).map(rank).collect(), element)),
            per_row: true,
        };
        let inputs = [Some(positions.matrix.clone()), has_ranks.then_some(ranks.matrix)];
        let input = |matrix| ExampleInput { matrix, per_row: true };
        Example {
            op: Crossed { sizes: vec![4, 1], crossings, element }.into(),
            inputs: inputs.into_iter().flatten().map(input).collect(),
        }
    };
    let elements = [ElementType::U8, ElementType::U16, ElementType::U32];
    elements.into_iter().flat_map(|element| [of(element, true), of(element, false)]).collect()
}
