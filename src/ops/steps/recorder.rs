//! Writes a program of [`Steps`] as instructions: every value is a local of its own.

use wasm_encoder::{BlockType, InstructionSink, ValType};

use super::{RowProgram, Steps, Vector, placed};
use crate::ops::emit::{Emit, Place, SparsePlace};
use crate::ops::lanes::{LaneWidth, WasmLanes};
use crate::ops::math;
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};

/// A program under construction.
#[derive(Debug)]
pub struct Recorder<'e, 'm> {
    e: &'e mut Emit<'m>,
    sources: &'e [Source],
    output: &'e Place,
    /// Eight times the row.
    row_offset: Local,
}

/// Where the elements of an input's row lie.
#[derive(Debug)]
enum Source {
    /// In planes.
    Planes { address: u32, plane: u32, width: usize },
    /// One after the other.
    Stored { place: SparsePlace, offsets: u32, first: Local, end: Local },
}

/// Writes the loop over the rows around a program.
pub fn emit(program: &impl RowProgram, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
    let sources: Vec<Source> = inputs.iter().map(|input| Source::new(e, input)).collect();
    let tables: Vec<Vector> = program
        .tables()
        .iter()
        .map(|table| {
            let bytes: Vec<u8> = table.iter().flat_map(|item| item.to_le_bytes()).collect();
            Vector { address: e.data.intern(&bytes, 8) }
        })
        .collect();
    let scratch = placed(e.scratch, program.scratch().into_iter());
    let row_offset = e.code.local(ValType::I32);
    e.for_each_row(1, |e, row| {
        e.code.get(row).i32(3);
        e.code.ops().i32_shl();
        e.code.set(row_offset);
        for source in &sources {
            source.begin_row(e, row);
        }
        program.run(&mut Recorder { e, sources: &sources, output, row_offset }, &tables, &scratch);
        for source in &sources {
            source.end_row(e);
        }
    });
}

impl Source {
    fn new(e: &mut Emit<'_>, place: &Place) -> Self {
        match place.sparse {
            None => {
                Source::Planes { address: place.address, plane: place.plane_bytes(e.stride), width: place.ty.width }
            }
            Some(sparse) => {
                let (first, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
                e.code.i32(0).set(end).get(end).set(first);
                Source::Stored { place: sparse, offsets: place.address, first, end }
            }
        }
    }

    fn begin_row(&self, e: &mut Emit<'_>, row: Local) {
        if let Source::Stored { offsets, end, .. } = self {
            e.code.get(row).i32(2);
            e.code.ops().i32_shl().i32_load(memarg(*offsets + 4, 2));
            e.code.set(*end);
        }
    }

    fn end_row(&self, e: &mut Emit<'_>) {
        if let Source::Stored { first, end, .. } = self {
            e.code.get(*end).set(*first);
        }
    }
}

impl Recorder<'_, '_> {
    /// Pushes the operands, writes an instruction and pops its result into a local.
    fn op(&mut self, ty: ValType, operands: &[Local], write: impl FnOnce(&mut InstructionSink<'_>)) -> Local {
        for operand in operands {
            self.e.code.get(*operand);
        }
        write(&mut self.e.code.ops());
        let result = self.e.code.local(ty);
        self.e.code.set(result);
        result
    }

    fn real_of(&mut self, operands: &[Local], write: impl FnOnce(&mut InstructionSink<'_>)) -> Local {
        self.op(ValType::F64, operands, write)
    }

    fn index_of(&mut self, operands: &[Local], write: impl FnOnce(&mut InstructionSink<'_>)) -> Local {
        self.op(ValType::I32, operands, write)
    }

    /// A function of lanes, of which the first counts.
    fn lanes(&mut self, a: Local, program: impl FnOnce(&mut WasmLanes<'_>, Local) -> Local) -> Local {
        let splat = self.op(ValType::V128, &[a], |ops| {
            ops.f64x2_splat();
        });
        let result = program(&mut WasmLanes { code: &mut self.e.code, width: LaneWidth::F64 }, splat);
        self.real_of(&[result], |ops| {
            ops.f64x2_extract_lane(0);
        })
    }

    /// Pushes the address of an item of eight bytes, less that of the first.
    fn push_offset(&mut self, at: Local) {
        self.e.stored_offset(at, ElementType::F64);
    }
}

/// Methods that push their operands and write one instruction.
macro_rules! write_steps {
    ($($kind:ident { $($name:ident($($operand:ident),+): $instruction:ident;)* })*) => {
        $($(fn $name(&mut self, $($operand: Local),+) -> Local {
            self.$kind(&[$($operand),+], |ops| {
                ops.$instruction();
            })
        })*)*
    };
}

impl Steps for Recorder<'_, '_> {
    type Real = Local;
    type Index = Local;
    type Truth = Local;
    type Number = Local;
    type Counter = Local;

    write_steps! {
        real_of {
            add(a, b): f64_add;
            sub(a, b): f64_sub;
            mul(a, b): f64_mul;
            div(a, b): f64_div;
            sqrt(a): f64_sqrt;
            abs(a): f64_abs;
            neg(a): f64_neg;
            nearest(a): f64_nearest;
            to_real(a): f64_convert_i32_u;
        }
        index_of {
            lt(a, b): f64_lt;
            le(a, b): f64_le;
            eq(a, b): f64_eq;
            index_add(a, b): i32_add;
            index_sub(a, b): i32_sub;
            index_mul(a, b): i32_mul;
            index_lt(a, b): i32_lt_u;
            index_eq(a, b): i32_eq;
            to_index(a): i32_trunc_sat_f64_u;
            and(a, b): i32_and;
            or(a, b): i32_or;
            not(a): i32_eqz;
        }
    }

    fn real(&mut self, value: f64) -> Local {
        self.real_of(&[], |ops| {
            ops.f64_const(value.into());
        })
    }
    fn index(&mut self, value: usize) -> Local {
        self.index_of(&[], |ops| {
            ops.i32_const(value as u32 as i32);
        })
    }
    fn ln(&mut self, a: Local) -> Local {
        self.lanes(a, |lanes, a| math::log(lanes, a))
    }
    fn exp(&mut self, a: Local) -> Local {
        self.lanes(a, |lanes, a| math::exp(lanes, a))
    }
    fn choose(&mut self, condition: Local, a: Local, b: Local) -> Local {
        self.real_of(&[a, b, condition], |ops| {
            ops.select();
        })
    }

    fn number(&mut self, first: Local) -> Local {
        self.real_of(&[first], |_| {})
    }
    fn get(&mut self, of: Local) -> Local {
        self.real_of(&[of], |_| {})
    }
    fn set(&mut self, of: Local, to: Local) {
        self.e.code.get(to).set(of);
    }
    fn counter(&mut self, first: Local) -> Local {
        self.index_of(&[first], |_| {})
    }
    fn place(&mut self, of: Local) -> Local {
        self.index_of(&[of], |_| {})
    }
    fn move_to(&mut self, of: Local, to: Local) {
        self.e.code.get(to).set(of);
    }
    fn load(&mut self, from: Vector, at: Local) -> Local {
        self.push_offset(at);
        self.real_of(&[], |ops| {
            ops.f64_load(memarg(from.address, 0));
        })
    }
    fn store(&mut self, to: Vector, at: Local, value: Local) {
        self.push_offset(at);
        self.e.code.get(value);
        self.e.code.ops().f64_store(memarg(to.address, 0));
    }

    fn elements(&mut self, input: usize) -> Local {
        match self.sources[input] {
            Source::Planes { width, .. } => self.index(width),
            Source::Stored { first, end, .. } => self.index_sub(end, first),
        }
    }
    fn column(&mut self, input: usize, element: Local) -> Local {
        let Source::Stored { place, first, .. } = self.sources[input] else { return element };
        let at = self.index_add(first, element);
        self.e.stored_offset(at, ElementType::U32);
        self.index_of(&[], |ops| {
            ops.i32_load(memarg(place.columns, 2));
        })
    }
    fn value(&mut self, input: usize, element: Local) -> Local {
        match self.sources[input] {
            Source::Planes { address, plane, .. } => {
                let plane = self.index(plane as usize);
                let first = self.index_mul(element, plane);
                let row = self.row_offset;
                self.real_of(&[first, row], |ops| {
                    ops.i32_add().f64_load(memarg(address, 0));
                })
            }
            Source::Stored { place, first, .. } => {
                let at = self.index_add(first, element);
                self.push_offset(at);
                self.real_of(&[], |ops| {
                    ops.f64_load(memarg(place.values, 0));
                })
            }
        }
    }
    fn answer(&mut self, column: Local, value: Local) {
        let (address, row) = (self.output.address, self.row_offset);
        let plane = self.index(self.output.plane_bytes(self.e.stride) as usize);
        let first = self.index_mul(column, plane);
        self.e.code.get(first).get(row);
        self.e.code.ops().i32_add();
        self.e.code.get(value);
        self.e.code.ops().f64_store(memarg(address, 0));
    }

    fn count(&mut self, from: Local, end: Local, mut body: impl FnMut(&mut Self, Local)) {
        let at = self.counter(from);
        self.e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        self.e.code.get(at).get(end);
        self.e.code.ops().i32_ge_u().br_if(1);
        body(self, at);
        self.e.code.advance(at, 1);
        self.e.code.ops().br(0).end().end();
    }
    fn repeat(&mut self, most: usize, mut body: impl FnMut(&mut Self) -> Local) {
        let left = self.index(most);
        self.e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        self.e.code.get(left);
        self.e.code.ops().i32_eqz().br_if(1);
        self.e.code.advance(left, -1);
        let again = body(self);
        self.e.code.get(again);
        self.e.code.ops().br_if(0).end().end();
    }
    fn when(&mut self, condition: Local, mut body: impl FnMut(&mut Self)) {
        self.e.code.get(condition);
        self.e.code.ops().if_(BlockType::Empty);
        body(self);
        self.e.code.ops().end();
    }
}
