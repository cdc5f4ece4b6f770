//! Values whose rows lie one after the other, as the host puts them into an input matrix: visited vector by vector, without
//! the way through planes.

use wasm_encoder::{BlockType, ValType};

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, WasmLanes};
use super::{RowMajor, ValueType, squares};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};

/// Groups of vectors in a row up to which none is looped over.
const UNROLLED_GROUPS: u32 = 4;
/// Vectors of light work that follow each other in the code.
pub const AT_ONCE: u32 = 4;

/// How vectors walk over the elements of a row.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// Elements of a row: at least those of a vector, unless each is the whole distance to the next row.
    pub width: usize,
    /// Their type.
    pub element: ElementType,
    /// Elements of a vector.
    pub lanes: u32,
    /// Vectors that follow each other in the code.
    pub at_once: u32,
}

/// Where a vector lies: a local, and what is to be added to it.
pub type At = (Local, u32);

/// Whether a value may lie row after row: its rows fill at least a vector.
pub fn fits(ty: ValueType) -> bool {
    ty.per_row && !ty.is_sparse && ty.element.is_float() && ty.width >= squares::side(ty.element) as usize
}

/// What a function of elements makes of row-major inputs: it keeps them where all have the output's columns.
pub fn elementwise(inputs: &[ValueType]) -> RowMajor {
    let width = inputs.iter().map(|input| input.width).max().unwrap_or(0);
    let is_kept = |input: &ValueType| !input.is_sparse && (input.width == width || !input.per_row && input.width == 1);
    if inputs.iter().all(is_kept) { RowMajor::Kept } else { RowMajor::Refused }
}

impl Emit<'_> {
    /// Visits every vector of some row-major operands of equal width, given by address and bytes from row to row (0 where
    /// all rows see the same). Elements at the end of a row may be visited twice, and some behind the last row.
    pub fn for_each_vector(&mut self, steps: Steps, operands: &[(u32, u32)], body: impl FnMut(&mut Self, &[At])) {
        let width_bytes = steps.width as u32 * steps.element.bytes();
        if operands.iter().all(|(_, row_bytes)| *row_bytes == width_bytes) {
            return self.for_each_vector_flat(steps, operands, width_bytes, body);
        }
        let rows: Vec<Local> = operands.iter().map(|_| self.code.local(ValType::I32)).collect();
        rows.iter().for_each(|row| {
            self.code.i32(0).set(*row);
        });
        self.for_each_row(1, |e, _row| {
            e.for_each_vector_of_row(steps, operands, &rows, body);
            for (row, (_, row_bytes)) in rows.iter().zip(operands) {
                if *row_bytes != 0 {
                    e.code.advance(*row, *row_bytes as i32);
                }
            }
        });
    }

    /// All rows as one.
    fn for_each_vector_flat(
        &mut self,
        steps: Steps,
        operands: &[(u32, u32)],
        width_bytes: u32,
        mut body: impl FnMut(&mut Self, &[At]),
    ) {
        let vector = steps.lanes * steps.element.bytes();
        let (at, end, rows) = (self.code.local(ValType::I32), self.code.local(ValType::I32), self.rows());
        self.code.get(rows).i32(width_bytes as i32);
        self.code.ops().i32_mul();
        self.code.set(end).i32(0).set(at).ops().block(BlockType::Empty);
        self.code.get(end);
        self.code.ops().i32_eqz().br_if(0).loop_(BlockType::Empty);
        for i in 0..steps.at_once {
            let all: Vec<At> = operands.iter().map(|(address, _)| (at, address + i * vector)).collect();
            body(self, &all);
        }
        self.code.advance(at, (steps.at_once * vector) as i32).get(at).get(end);
        self.code.ops().i32_lt_u().br_if(0).end().end();
    }

    fn for_each_vector_of_row(
        &mut self,
        steps: Steps,
        operands: &[(u32, u32)],
        rows: &[Local],
        mut body: impl FnMut(&mut Self, &[At]),
    ) {
        let (width, bytes) = (steps.width as u32, steps.element.bytes());
        let (vector, whole) = (steps.lanes * bytes, width / steps.lanes);
        let groups = whole / steps.at_once;
        let looped = if groups > UNROLLED_GROUPS { groups * steps.at_once } else { 0 };
        if looped > 0 {
            let column = self.code.local(ValType::I32);
            let cursors: Vec<Local> = rows.iter().map(|_| self.code.local(ValType::I32)).collect();
            self.code.i32(0).set(column).ops().loop_(BlockType::Empty);
            for (cursor, row) in cursors.iter().zip(rows) {
                self.code.get(*row).get(column).ops().i32_add();
                self.code.set(*cursor);
            }
            for i in 0..steps.at_once {
                let all = cursors.iter().zip(operands).map(|(cursor, (address, _))| (*cursor, address + i * vector));
                body(self, &all.collect::<Vec<At>>());
            }
            self.code.advance(column, (steps.at_once * vector) as i32).get(column).i32((looped * vector) as i32);
            self.code.ops().i32_lt_u().br_if(0).end();
        }
        let rest = (looped..whole).map(|i| i * vector);
        // The last vector overlaps the one before it where the width is no multiple.
        let last = (!width.is_multiple_of(steps.lanes)).then(|| (width - steps.lanes) * bytes);
        for offset in rest.chain(last) {
            let all = rows.iter().zip(operands).map(|(row, (address, _))| (*row, address + offset));
            body(self, &all.collect::<Vec<At>>());
        }
    }

    /// [`Emit::map_lanes`] for rows one after the other.
    pub(super) fn map_row_major(
        &mut self,
        inputs: &[&Place],
        output: &Place,
        row_bytes: u32,
        promote: bool,
        program: impl Fn(&mut WasmLanes<'_>, &[Local]) -> Local,
    ) {
        let element = output.ty.element;
        // What is promoted is long, too.
        let at_once = if promote { 1 } else { AT_ONCE };
        let promote = promote && element == ElementType::F32;
        let (lane_width, lanes) = match element {
            ElementType::F32 if !promote => (LaneWidth::F32, 4),
            _ => (LaneWidth::F64, 2),
        };
        let splats: Vec<Option<Local>> = inputs
            .iter()
            .map(|place| {
                (place.ty.width == 1).then(|| {
                    let address = self.code.local(ValType::I32);
                    self.code.i32(place.address as i32).set(address);
                    self.load_splat(address, element, promote)
                })
            })
            .collect();
        let spread = inputs.iter().zip(&splats).filter(|(_, splat)| splat.is_none());
        let operands: Vec<(u32, u32)> = spread
            .map(|(place, _)| (place.address, place.row_bytes.unwrap_or(0)))
            .chain([(output.address, row_bytes)])
            .collect();
        let steps = Steps { width: output.ty.width, element, lanes, at_once };
        self.for_each_vector(steps, &operands, |e, all| {
            let mut loaded = all.iter();
            let vectors: Vec<Local> = splats
                .iter()
                .filter_map(|splat| splat.or_else(|| loaded.next().map(|at| e.load_at(*at, promote))))
                .collect();
            let result = program(&mut WasmLanes { code: &mut e.code, width: lane_width }, &vectors);
            let Some((target, offset)) = loaded.next().copied() else { return };
            e.code.get(target).get(result);
            if promote {
                e.code.ops().f32x4_demote_f64x2_zero().v128_store64_lane(memarg(offset, 0), 0);
            } else {
                e.code.ops().v128_store(memarg(offset, 0));
            }
        });
    }

    /// The vector at a place; of two f32 as f64 with `promote`.
    pub fn load_at(&mut self, (address, offset): At, promote: bool) -> Local {
        let vector = self.code.local(ValType::V128);
        self.code.get(address);
        if promote {
            self.code.ops().v128_load64_zero(memarg(offset, 0)).f64x2_promote_low_f32x4();
        } else {
            self.code.ops().v128_load(memarg(offset, 0));
        }
        self.code.set(vector);
        vector
    }

    /// The vectors of a dense value in either layout, light work for each; those behind the last row, too.
    pub fn for_each_vector_of(&mut self, place: &Place, mut body: impl FnMut(&mut Self, Local)) {
        let element = place.ty.element;
        let lanes = squares::side(element);
        if let Some(row_bytes) = place.row_bytes {
            let steps = Steps { width: place.ty.width, element, lanes, at_once: AT_ONCE };
            return self.for_each_vector(steps, &[(place.address, row_bytes)], |e, all| {
                let vector = e.load_at(all[0], false);
                body(e, vector);
            });
        }
        self.for_each_plane(place.ty.width, &[place], |e, pointers| {
            e.for_each_row((AT_ONCE * lanes) as i32, |e, row| {
                let address = e.row_address(pointers[0], row, element);
                for i in 0..AT_ONCE {
                    let vector = e.load_at((address, 16 * i), false);
                    body(e, vector);
                }
            });
        });
    }

    /// Visits the elements of a dense per-row value column by column, with the row and the element's address.
    pub fn for_each_element(&mut self, place: &Place, body: impl FnOnce(&mut Self, Local, Local)) {
        let element = place.ty.element;
        let Some(row_bytes) = place.row_bytes else {
            return self.for_each_plane(place.ty.width, &[place], |e, pointers| {
                e.for_each_row(1, |e, row| {
                    let address = e.row_address(pointers[0], row, element);
                    body(e, row, address);
                });
            });
        };
        let (column, address) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        let end = place.ty.width as i32 * element.bytes() as i32;
        self.code.i32(0).set(column).ops().loop_(BlockType::Empty);
        self.code.i32(place.address as i32).get(column).ops().i32_add();
        self.code.set(address);
        self.for_each_row(1, |e, row| {
            body(e, row, address);
            e.code.advance(address, row_bytes as i32);
        });
        self.code.advance(column, element.bytes() as i32).get(column).i32(end);
        self.code.ops().i32_lt_s().br_if(0).end();
    }
}
