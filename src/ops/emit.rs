//! What an operator emits into: its function, the module's data, and the addresses of its operands.
//!
//! A per-row value of `width` columns lies column by column ("planes") of `stride` rows each, `stride` a multiple of
//! [`ROW_PADDING`]; or row after row, where all that read it can take it so (`row_major.rs`). Only the first `rows` are
//! meaningful, but all may be read and written: a vector loop needs no tail. A value of the whole call lies as `width` single elements in the data.

use wasm_encoder::ValType;

use super::ValueType;
use super::lanes::{LaneWidth, WasmLanes};
use crate::tensor::ElementType;
use crate::wasm::{Bound, Code, DataPlan, Local, memarg};

/// Planes hold a multiple of this many rows: a 16-byte vector of the narrowest type, twice.
pub const ROW_PADDING: u32 = 32;

/// Where a value lies in the module's memory.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its type.
    pub ty: ValueType,
    /// The first plane (numbers), or the offsets (text): `stride + 1` little-endian i32.
    pub address: u32,
    /// Bytes and validity of a text value.
    pub text: Option<TextPlace>,
    /// Bytes from one row to the next, where the elements of a row stand side by side; none where they lie in planes.
    pub row_bytes: Option<u32>,
    /// Columns and values of a sparse value; `address` then holds the offsets: `stride + 1` little-endian i32.
    pub sparse: Option<SparsePlace>,
}

/// The other arenas of a text value.
#[derive(Debug, Clone, Copy)]
pub struct TextPlace {
    /// The UTF-8 bytes of all rows, one after the other.
    pub bytes: u32,
    /// Bytes that fit.
    pub capacity: u32,
    /// One bit per row, least significant first; 0 means missing.
    pub validity: u32,
}

/// The other arenas of a sparse value.
#[derive(Debug, Clone, Copy)]
pub struct SparsePlace {
    /// The column of each stored element, u32; those of a row ascend.
    pub columns: u32,
    /// The stored elements, row after row.
    pub values: u32,
    /// Elements that fit; a vector more may be read and written.
    pub capacity: u32,
}

impl Place {
    /// A place of numbers in planes.
    pub fn numbers(ty: ValueType, address: u32) -> Self {
        Place { ty, address, text: None, row_bytes: None, sparse: None }
    }

    /// The place with its rows one after the other, so many bytes apart.
    pub fn in_rows(self, row_bytes: u32) -> Self {
        Place { row_bytes: Some(row_bytes), ..self }
    }

    /// Bytes from one plane to the next.
    pub fn plane_bytes(&self, stride: u32) -> u32 {
        if self.ty.per_row { stride * self.ty.element.bytes() } else { self.ty.element.bytes() }
    }
}

/// The surroundings of one operator's function, which takes the number of rows and returns a status (0 is fine).
#[derive(Debug)]
pub struct Emit<'m> {
    /// The function under construction; parameter 0 is the number of rows.
    pub code: Code,
    /// The module's constant data.
    pub data: &'m mut DataPlan,
    /// Rows of a plane.
    pub stride: u32,
    /// Start of the operator's scratch memory.
    pub scratch: u32,
    /// Address of the failure record: row, then site, each an i32.
    pub failure: u32,
}

impl Emit<'_> {
    /// The parameter holding the number of rows.
    pub fn rows(&self) -> Local {
        Local(0)
    }

    /// Counts planes `0..width` and runs `body` with one pointer local for each operand, at its plane.
    ///
    /// An operand of width 1 is seen by every plane.
    pub fn for_each_plane(&mut self, width: usize, places: &[&Place], body: impl FnOnce(&mut Self, &[Local])) {
        let pointers: Vec<Local> = places
            .iter()
            .map(|place| {
                let pointer = self.code.local(ValType::I32);
                self.code.i32(place.address as i32).set(pointer);
                pointer
            })
            .collect();
        if width == 1 {
            return body(self, &pointers);
        }
        let plane = self.code.local(ValType::I32);
        let steps: Vec<i32> = places
            .iter()
            .map(|place| if place.ty.width == 1 { 0 } else { place.plane_bytes(self.stride) as i32 })
            .collect();
        // The closure is run once, inside the loop.
        self.code.i32(0).set(plane);
        self.code.ops().loop_(wasm_encoder::BlockType::Empty);
        body(self, &pointers);
        for (pointer, step) in pointers.iter().zip(steps) {
            if step != 0 {
                self.code.advance(*pointer, step);
            }
        }
        self.code.advance(plane, 1).get(plane).i32(width as i32);
        self.code.ops().i32_lt_s().br_if(0).end();
    }

    /// Counts rows in steps of `step` and runs `body` with the row; the step must divide [`ROW_PADDING`].
    pub fn for_each_row(&mut self, step: i32, body: impl FnOnce(&mut Self, Local)) {
        let row = self.code.local(ValType::I32);
        let rows = self.rows();
        self.code.ops().block(wasm_encoder::BlockType::Empty);
        self.code.i32(0).set(row).get(row).get(rows);
        self.code.ops().i32_ge_s().br_if(0).loop_(wasm_encoder::BlockType::Empty);
        body(self, row);
        self.code.advance(row, step).get(row).get(rows);
        self.code.ops().i32_lt_s().br_if(0).end().end();
    }

    /// A local holding `base + row * element bytes`.
    pub fn row_address(&mut self, base: Local, row: Local, element: ElementType) -> Local {
        let address = self.code.local(ValType::I32);
        self.code.get(row).i32(element.bytes().trailing_zeros() as i32);
        self.code.ops().i32_shl();
        self.code.get(base);
        self.code.ops().i32_add();
        self.code.set(address);
        address
    }

    /// Applies a lane program to every element: `program` sees one vector of each input.
    ///
    /// Inputs and output share the element type, f32 or f64. With `promote`, f32 lanes are computed as f64.
    pub fn map_lanes(
        &mut self,
        inputs: &[&Place],
        output: &Place,
        promote: bool,
        program: impl FnOnce(&mut WasmLanes<'_>, &[Local]) -> Local,
    ) {
        let element = output.ty.element;
        let promote = promote && element == ElementType::F32;
        let (width, step) = match element {
            ElementType::F32 if !promote => (LaneWidth::F32, 4),
            _ => (LaneWidth::F64, 2),
        };
        let places: Vec<&Place> = inputs.iter().copied().chain([output]).collect();
        self.for_each_plane(output.ty.width, &places, |e, pointers| {
            let constants: Vec<Option<Local>> = inputs
                .iter()
                .zip(pointers)
                .map(|(place, pointer)| (!place.ty.per_row).then(|| e.load_splat(*pointer, element, promote)))
                .collect();
            e.for_each_row(step, |e, row| {
                let offset = e.code.local(ValType::I32);
                e.code.get(row).i32(element.bytes().trailing_zeros() as i32);
                e.code.ops().i32_shl();
                e.code.set(offset);
                let vectors: Vec<Local> = constants
                    .iter()
                    .zip(pointers)
                    .map(|(constant, pointer)| constant.unwrap_or_else(|| e.load_vector(*pointer, offset, promote)))
                    .collect();
                let result = program(&mut WasmLanes { code: &mut e.code, width }, &vectors);
                e.code.get(pointers[inputs.len()]).get(offset);
                e.code.ops().i32_add();
                e.code.get(result);
                if promote {
                    e.code.ops().f32x4_demote_f64x2_zero().v128_store64_lane(memarg(0, 0), 0);
                } else {
                    e.code.ops().v128_store(memarg(0, 0));
                }
            });
        });
    }

    /// [`Emit::map_lanes`], or the same for the stored elements of a sparse output or for rows one after the other.
    pub fn map_elements(
        &mut self,
        inputs: &[&Place],
        output: &Place,
        promote: bool,
        program: impl Fn(&mut WasmLanes<'_>, &[Local]) -> Local,
    ) {
        if output.sparse.is_some() {
            self.map_stored(inputs, output, promote, program);
        } else if let Some(row_bytes) = output.row_bytes {
            self.map_row_major(inputs, output, row_bytes, promote, program);
        } else {
            self.map_lanes(inputs, output, promote, program);
        }
    }

    fn load_vector(&mut self, pointer: Local, offset: Local, promote: bool) -> Local {
        let vector = self.code.local(ValType::V128);
        self.code.get(pointer).get(offset);
        self.code.ops().i32_add();
        if promote {
            self.code.ops().v128_load64_zero(memarg(0, 0)).f64x2_promote_low_f32x4();
        } else {
            self.code.ops().v128_load(memarg(0, 0));
        }
        self.code.set(vector);
        vector
    }

    /// The element at the address in every lane.
    pub fn load_splat(&mut self, pointer: Local, element: ElementType, promote: bool) -> Local {
        let vector = self.code.local(ValType::V128);
        self.code.get(pointer);
        match element {
            ElementType::F32 => self.code.ops().v128_load32_splat(memarg(0, 0)),
            _ => self.code.ops().v128_load64_splat(memarg(0, 0)),
        };
        if promote {
            self.code.ops().f64x2_promote_low_f32x4();
        }
        self.code.set(vector);
        vector
    }

    /// Pushes the element at the address on the stack.
    pub fn load(&mut self, element: ElementType, offset: u32) {
        let at = memarg(offset, 0);
        match element {
            ElementType::F32 => self.code.ops().f32_load(at),
            ElementType::F64 => self.code.ops().f64_load(at),
            ElementType::I64 => self.code.ops().i64_load(at),
            ElementType::Bool | ElementType::U8 => self.code.ops().i32_load8_u(at),
            ElementType::U16 => self.code.ops().i32_load16_u(at),
            ElementType::U32 | ElementType::Text => self.code.ops().i32_load(at),
        };
    }

    /// Stores the element on the stack at the address below it.
    pub fn store(&mut self, element: ElementType, offset: u32) {
        let at = memarg(offset, 0);
        match element {
            ElementType::F32 => self.code.ops().f32_store(at),
            ElementType::F64 => self.code.ops().f64_store(at),
            ElementType::I64 => self.code.ops().i64_store(at),
            ElementType::Bool | ElementType::U8 => self.code.ops().i32_store8(at),
            ElementType::U16 => self.code.ops().i32_store16(at),
            ElementType::U32 | ElementType::Text => self.code.ops().i32_store(at),
        };
    }

    /// Records a failure of `row` at `site` and returns its status from the function.
    pub fn fail(&mut self, row: Local, site: u32) {
        let failure = self.failure;
        self.code.i32(failure as i32).get(row);
        self.code.ops().i32_store(memarg(0, 2));
        self.code.i32(failure as i32).i32(site as i32);
        self.code.ops().i32_store(memarg(4, 2)).i32_const(super::STATUS_ROW_REFUSED).return_();
    }
}

/// The WebAssembly type that holds one element on the stack.
pub fn stack_type(element: ElementType) -> ValType {
    match element {
        ElementType::F32 => ValType::F32,
        ElementType::F64 => ValType::F64,
        ElementType::I64 => ValType::I64,
        _ => ValType::I32,
    }
}

/// The loop bound of this function's rows.
pub fn rows_bound() -> Bound {
    Bound::Local(Local(0))
}

impl Emit<'_> {
    /// Copies every plane of `source` to `target`; a value of the whole call fills the planes.
    pub fn copy_planes(&mut self, source: &Place, target: &Place) {
        let element = target.ty.element;
        self.for_each_plane(target.ty.width, &[source, target], |e, pointers| {
            if source.ty.per_row || !target.ty.per_row {
                return e.copy_plane(pointers[0], pointers[1], element);
            }
            e.for_each_row(1, |e, row| {
                let address = e.row_address(pointers[1], row, element);
                e.code.get(address).get(pointers[0]);
                e.load(element, 0);
                e.store(element, 0);
            });
        });
    }

    /// Copies one plane, 16 bytes at a time.
    pub fn copy_plane(&mut self, source: Local, target: Local, element: ElementType) {
        let rows = (16 / element.bytes()) as i32;
        self.for_each_row(rows, |e, row| {
            let from = e.row_address(source, row, element);
            let to = e.row_address(target, row, element);
            e.code.get(to).get(from);
            e.code.ops().v128_load(memarg(0, 0)).v128_store(memarg(0, 0));
        });
    }
}
