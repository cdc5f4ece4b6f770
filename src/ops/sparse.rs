//! What the operators share that read or make sparse values: cells for `evaluate`, loops over stored elements for `emit`.
//!
//! A sparse value lies as offsets (`stride + 1`, i32), and per stored element its column (u32) and its value. Functions of
//! elements act on the stored ones alone; their result shares the offsets and columns of its input.

use wasm_encoder::{BlockType, ValType};

use super::broadcast_index;
use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, WasmLanes};
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};

/// An element of an elementwise result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    row: usize,
    column: usize,
    /// Its number among the stored elements.
    stored: usize,
}

impl Cell {
    /// The index of the element that it sees in an operand of a result of `rows` rows.
    pub(super) fn index(self, operand: &Matrix, rows: usize) -> usize {
        if operand.pattern.is_some() {
            return self.stored;
        }
        broadcast_index(operand, rows, self.row, self.column)
    }
}

/// The elements of an elementwise result of `rows` rows: all, or those that its sparse operands store.
pub(super) fn cells(inputs: &[&Matrix], rows: usize) -> Vec<Cell> {
    let width = inputs.iter().map(|input| input.width).max().unwrap_or(0);
    let dense = |row| (0..width).map(move |column| Cell { row, column, stored: row * width + column });
    match inputs.iter().find_map(|input| input.pattern.as_ref()) {
        None => (0..rows).flat_map(dense).collect(),
        Some(pattern) => (0..rows)
            .flat_map(|row| {
                pattern.row(row).map(move |stored| Cell { row, column: pattern.columns[stored] as usize, stored })
            })
            .collect(),
    }
}

/// The result of an elementwise function: sparse where an operand is.
pub(super) fn elementwise(inputs: &[&Matrix], rows: usize, data: Data) -> Matrix {
    let width = inputs.iter().map(|input| input.width).max().unwrap_or(0);
    match inputs.iter().find_map(|input| input.pattern.clone()) {
        Some(pattern) => Matrix::sparse(width, pattern, data),
        None => Matrix::new(rows, width, data),
    }
}

/// How an operand of an elementwise function over stored elements is read.
enum Operand {
    /// Element by element beside the others.
    Stored(u32),
    /// A number for all rows.
    Constant(Local),
    /// A number per row.
    Row(Local, Local),
    /// A number per column, at this address.
    Column(u32),
}

impl Emit<'_> {
    /// A local holding the number of stored elements of the block.
    pub fn stored_count(&mut self, place: &Place) -> Local {
        let (count, rows) = (self.code.local(ValType::I32), self.rows());
        self.code.get(rows).i32(2);
        self.code.ops().i32_shl().i32_load(memarg(place.address, 2));
        self.code.set(count);
        count
    }

    /// Runs `body` for every row with its first stored element and the one after its last.
    pub fn for_each_stored_row(&mut self, place: &Place, body: impl FnOnce(&mut Self, Local, Local, Local)) {
        let (first, end) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        self.code.i32(0).set(first);
        let offsets = place.address + 4;
        self.for_each_row(1, |e, row| {
            e.code.get(row).i32(2);
            e.code.ops().i32_shl().i32_load(memarg(offsets, 2));
            e.code.set(end);
            body(e, row, first, end);
            e.code.get(end).set(first);
        });
    }

    /// Pushes `at` times the bytes of an element: the address of a stored element less that of the first.
    pub fn stored_offset(&mut self, at: Local, element: ElementType) {
        self.code.get(at).i32(element.bytes().trailing_zeros() as i32);
        self.code.ops().i32_shl();
    }

    /// Sets the offset after the last element of `row`, and before the first row's 0.
    pub fn end_stored_row(&mut self, place: &Place, row: Local, at: Local) {
        self.code.get(row).i32(2);
        self.code.ops().i32_shl();
        self.code.get(at);
        self.code.ops().i32_store(memarg(place.address + 4, 2));
    }

    /// Writes the offset of the first row.
    pub fn begin_stored(&mut self, place: &Place) {
        self.code.i32(0).i32(0);
        self.code.ops().i32_store(memarg(place.address, 2));
    }

    /// Counts `at` up from its present value, unsigned, and runs `body` while it is below `end`.
    pub fn count_up(&mut self, at: Local, end: Local, body: impl FnOnce(&mut Self, Local)) {
        self.code.ops().block(BlockType::Empty);
        self.code.get(at).get(end);
        self.code.ops().i32_ge_u().br_if(0).loop_(BlockType::Empty);
        body(self, at);
        self.code.advance(at, 1).get(at).get(end);
        self.code.ops().i32_lt_u().br_if(0).end().end();
    }

    /// [`Emit::map_lanes`] for a sparse output: the program sees the stored elements.
    pub(super) fn map_stored(
        &mut self,
        inputs: &[&Place],
        output: &Place,
        promote: bool,
        program: impl FnOnce(&mut WasmLanes<'_>, &[Local]) -> Local,
    ) {
        let Some(sparse) = output.sparse else { return };
        let element = output.ty.element;
        let promote = promote && element == ElementType::F32;
        let width = if element == ElementType::F32 && !promote { LaneWidth::F32 } else { LaneWidth::F64 };
        let operands: Vec<Operand> = inputs.iter().map(|input| self.operand(input, element, promote)).collect();
        // One element a turn where each reads from its own column: the columns behind the last element mean nothing.
        let is_single = operands.iter().any(|operand| matches!(operand, Operand::Column(_)));
        let step = match (is_single, width) {
            (true, _) => 1,
            (_, LaneWidth::F32) => 4,
            (_, LaneWidth::F64) => 2,
        };
        let lanes = Lanes { element, promote, width, step, columns: sparse.columns };
        let has_rows = operands.iter().any(|operand| matches!(operand, Operand::Row(..)));
        if has_rows {
            // A vector may reach into the next row, which is written after it.
            return self.for_each_stored_row(output, |e, row, first, end| {
                for operand in &operands {
                    if let Operand::Row(plane, vector) = operand {
                        let address = e.row_address(*plane, row, element);
                        e.code.get(address);
                        lanes.splat(e);
                        e.code.set(*vector);
                    }
                }
                lanes.map(e, &operands, first, end, sparse.values, program);
            });
        }
        let (first, end) = (self.code.local(ValType::I32), self.stored_count(output));
        self.code.i32(0).set(first);
        lanes.map(self, &operands, first, end, sparse.values, program);
    }

    fn operand(&mut self, place: &Place, element: ElementType, promote: bool) -> Operand {
        if let Some(sparse) = place.sparse {
            return Operand::Stored(sparse.values);
        }
        if place.ty.per_row {
            let (plane, vector) = (self.code.local(ValType::I32), self.code.local(ValType::V128));
            self.code.i32(place.address as i32).set(plane);
            return Operand::Row(plane, vector);
        }
        if place.ty.width != 1 {
            return Operand::Column(place.address);
        }
        let vector = self.code.local(ValType::V128);
        self.code.i32(place.address as i32);
        Lanes { element, promote, width: LaneWidth::F64, step: 1, columns: 0 }.splat(self);
        self.code.set(vector);
        Operand::Constant(vector)
    }
}

/// The lanes of an elementwise function over stored elements.
struct Lanes {
    element: ElementType,
    promote: bool,
    width: LaneWidth,
    step: i32,
    columns: u32,
}

impl Lanes {
    /// Replaces an address on the stack by its element in all lanes.
    fn splat(&self, e: &mut Emit<'_>) {
        match self.element {
            ElementType::F32 => e.code.ops().v128_load32_splat(memarg(0, 0)),
            _ => e.code.ops().v128_load64_splat(memarg(0, 0)),
        };
        if self.promote {
            e.code.ops().f64x2_promote_low_f32x4();
        }
    }

    /// Maps the stored elements from `first` to before `end`.
    fn map(
        &self,
        e: &mut Emit<'_>,
        operands: &[Operand],
        first: Local,
        end: Local,
        values: u32,
        program: impl FnOnce(&mut WasmLanes<'_>, &[Local]) -> Local,
    ) {
        let at = e.code.local(ValType::I32);
        e.code.get(first).set(at).ops().block(BlockType::Empty);
        e.code.get(at).get(end);
        e.code.ops().i32_ge_u().br_if(0).loop_(BlockType::Empty);
        let vectors: Vec<Local> = operands.iter().map(|operand| self.load(e, operand, at)).collect();
        let result = program(&mut WasmLanes { code: &mut e.code, width: self.width }, &vectors);
        e.stored_offset(at, self.element);
        e.code.get(result);
        if self.promote {
            e.code.ops().f32x4_demote_f64x2_zero();
        }
        match (self.step, self.element) {
            (1, ElementType::F32) => e.code.ops().v128_store32_lane(memarg(values, 0), 0),
            (1, _) => e.code.ops().v128_store64_lane(memarg(values, 0), 0),
            _ if self.promote => e.code.ops().v128_store64_lane(memarg(values, 0), 0),
            _ => e.code.ops().v128_store(memarg(values, 0)),
        };
        e.code.advance(at, self.step).get(at).get(end);
        e.code.ops().i32_lt_u().br_if(0).end().end();
    }

    /// The elements of an operand from the stored element `at` on.
    fn load(&self, e: &mut Emit<'_>, operand: &Operand, at: Local) -> Local {
        match operand {
            Operand::Constant(vector) | Operand::Row(_, vector) => return *vector,
            Operand::Stored(values) => {
                e.stored_offset(at, self.element);
                if self.promote {
                    e.code.ops().v128_load64_zero(memarg(*values, 0)).f64x2_promote_low_f32x4();
                } else {
                    e.code.ops().v128_load(memarg(*values, 0));
                }
            }
            Operand::Column(address) => {
                e.stored_offset(at, ElementType::U32);
                e.code.ops().i32_load(memarg(self.columns, 2));
                e.code.i32(self.element.bytes().trailing_zeros() as i32);
                e.code.ops().i32_shl().i32_const(*address as i32).i32_add();
                self.splat(e);
            }
        }
        let vector = e.code.local(ValType::V128);
        e.code.set(vector);
        vector
    }
}

/// Counts the stored elements of the block and runs `body` for each.
pub(super) fn for_each_stored(e: &mut Emit<'_>, place: &Place, body: impl FnOnce(&mut Emit<'_>, Local)) {
    let (at, count) = (e.code.local(ValType::I32), e.stored_count(place));
    e.code.i32(0).set(at);
    e.count_up(at, count, body);
}

/// Sparse matrices for examples: adversarial values, empty rows, a full row, the first and last column.
pub(super) fn example(values: &[f64], width: usize) -> Matrix {
    let mut pattern = crate::tensor::Pattern::default();
    let mut at = 0;
    let mut data = Vec::new();
    for row in 0..70 {
        let columns: Vec<usize> = match row % 5 {
            0 => Vec::new(),
            1 => (0..width).collect(),
            2 if width > 1 => vec![0, width - 1],
            3 => (0..width).filter(|column| (column * 7 + row) % 3 == 0).collect(),
            _ => vec![row % width],
        };
        for column in columns {
            pattern.columns.push(column as u32);
            data.push(values[at % values.len()]);
            at += 1;
        }
        pattern.end_row();
    }
    Matrix::sparse(width, pattern, Data::F64(data))
}

/// The same matrix in single precision.
pub(super) fn narrow(matrix: &Matrix) -> Matrix {
    let data = match &matrix.data {
        Data::F64(items) => Data::F32(items.iter().map(|x| *x as f32).collect()),
        other => other.clone(),
    };
    Matrix { data, ..matrix.clone() }
}
