//! The functions after the operators: writing the output, and the method that calls them all.

use wasm_encoder::{BlockType, Function, ValType};

use crate::abi::OutputArena;
use crate::ops::emit::{Emit, Place};
use crate::ops::row_major::{self, Steps};
use crate::ops::{STATUS_OK, STATUS_ROW_COUNT, squares};
use crate::tensor::ElementType;
use crate::wasm::{Code, Local, memarg};

/// Writes a value row after row into its output arena, NaN in its canonical form; text and sparse rows are read where they
/// lie.
pub fn write_output(e: &mut Emit<'_>, place: &Place, arena: &OutputArena) {
    if place.text.is_some() {
        return;
    }
    let element = arena.element;
    if let Some(sparse) = place.sparse {
        return canonical_in_place(e, place, sparse.values);
    }
    if let Some(row_bytes) = place.row_bytes {
        return write_rows(e, place, row_bytes, arena);
    }
    if element.is_float() && place.ty.per_row && arena.width >= squares::side(element) {
        return write_squares(e, place, arena);
    }
    let row_bytes = (arena.width * element.bytes()) as i32;
    let column = e.code.local(ValType::I32);
    e.code.i32(arena.address as i32).set(column);
    e.for_each_plane(arena.width as usize, &[place], |e, pointers| {
        let target = e.code.local(ValType::I32);
        e.code.get(column).set(target);
        e.for_each_row(1, |e, row| {
            e.code.get(target);
            let source = if place.ty.per_row { e.row_address(pointers[0], row, element) } else { pointers[0] };
            e.code.get(source);
            e.load(element, 0);
            canonical(e, element);
            e.store(element, 0);
            e.code.advance(target, row_bytes);
        });
        e.code.advance(column, element.bytes() as i32);
    });
}

/// Rows as they lie; where the host reads them there, only NaNs are written, and only if there are any.
fn write_rows(e: &mut Emit<'_>, place: &Place, row_bytes: u32, arena: &OutputArena) {
    let element = arena.element;
    let steps = Steps { width: place.ty.width, element, lanes: squares::side(element), at_once: row_major::AT_ONCE };
    let both = [(place.address, row_bytes), (arena.address, arena.width * element.bytes())];
    let is_in_place = place.address == arena.address;
    if is_in_place {
        let found = e.code.local(ValType::V128);
        e.code.ops().v128_const(0);
        e.code.set(found);
        e.for_each_vector_of(place, |e, vector| {
            e.code.get(found).get(vector).get(vector);
            match element {
                ElementType::F32 => e.code.ops().f32x4_ne().v128_or(),
                _ => e.code.ops().f64x2_ne().v128_or(),
            };
            e.code.set(found);
        });
        e.code.get(found).ops().v128_any_true().if_(BlockType::Empty);
    }
    e.for_each_vector(steps, &both, |e, all| {
        let vector = e.load_at(all[0], false);
        let canonical = canonical_vector(e, vector, element);
        e.code.get(all[1].0).get(canonical);
        e.code.ops().v128_store(memarg(all[1].1, 0));
    });
    if is_in_place {
        e.code.ops().end();
    }
}

/// Squares of rows and columns turned over in vectors, row after row so that the output is written from front to back.
fn write_squares(e: &mut Emit<'_>, place: &Place, arena: &OutputArena) {
    let (element, side, plane) = (arena.element, squares::side(arena.element), place.plane_bytes(e.stride));
    let (bytes, row_bytes) = (element.bytes(), arena.width * element.bytes());
    let [target, to, from, left, step] = [(); 5].map(|()| e.code.local(ValType::I32));
    e.code.i32(arena.address as i32).set(target);
    e.for_each_row(side as i32, |e, row| {
        e.code.get(target).set(to).get(row).i32(bytes as i32);
        e.code.ops().i32_mul().i32_const(place.address as i32).i32_add();
        e.code.set(from).i32(((arena.width - side) * bytes) as i32).set(left).ops().loop_(BlockType::Empty);
        let square = squares::load(&mut e.code, from, side, plane);
        let square: Vec<Local> = square.into_iter().map(|column| canonical_vector(e, column, element)).collect();
        squares::store(&mut e.code, &square, to, row_bytes);
        // To the next columns; the last square overlaps the one before it where the width is no multiple.
        squares::smaller(&mut e.code, left, (side * bytes) as i32, step);
        e.code.get(left).get(step);
        e.code.ops().i32_sub();
        e.code.set(left).get(to).get(step);
        e.code.ops().i32_add();
        e.code.set(to).get(from).get(step).i32((plane / bytes) as i32);
        e.code.ops().i32_mul().i32_add();
        e.code.set(from).get(step);
        e.code.ops().br_if(0).end();
        e.code.advance(target, (side * row_bytes) as i32);
    });
}

/// The lanes with every NaN in its canonical form.
fn canonical_vector(e: &mut Emit<'_>, vector: Local, element: ElementType) -> Local {
    let result = e.code.local(ValType::V128);
    e.code.get(vector);
    match element {
        ElementType::F32 => e.code.ops().f32_const(f32::NAN.into()).f32x4_splat(),
        _ => e.code.ops().f64_const(f64::NAN.into()).f64x2_splat(),
    };
    e.code.get(vector).get(vector);
    match element {
        ElementType::F32 => e.code.ops().f32x4_eq().v128_bitselect(),
        _ => e.code.ops().f64x2_eq().v128_bitselect(),
    };
    e.code.set(result);
    result
}

/// Replaces every NaN among the stored elements by the canonical one: no step of the method comes after.
fn canonical_in_place(e: &mut Emit<'_>, place: &Place, values: u32) {
    let element = place.ty.element;
    if !element.is_float() {
        return;
    }
    let (at, count) = (e.code.local(ValType::I32), e.stored_count(place));
    e.code.i32(0).set(at);
    e.count_up(at, count, |e, at| {
        e.stored_offset(at, element);
        e.stored_offset(at, element);
        e.load(element, values);
        canonical(e, element);
        e.store(element, values);
    });
}

/// Replaces a NaN on the stack by the canonical one.
fn canonical(e: &mut Emit<'_>, element: ElementType) {
    let ty = crate::ops::emit::stack_type(element);
    let value = match element {
        ElementType::F32 | ElementType::F64 => e.code.local(ty),
        _ => return,
    };
    e.code.tee(value);
    match element {
        ElementType::F32 => e.code.ops().f32_const(f32::NAN.into()),
        _ => e.code.ops().f64_const(f64::NAN.into()),
    };
    e.code.get(value).get(value);
    match element {
        ElementType::F32 => e.code.ops().f32_eq().select(),
        _ => e.code.ops().f64_eq().select(),
    };
}

/// Checks the number of rows, then calls every step until one does not return 0.
pub fn method(steps: &[u32], block_rows: u32) -> Function {
    let mut code = Code::new(1);
    let rows = Local(0);
    code.get(rows).i32(block_rows as i32);
    code.ops().i32_gt_u();
    code.when(|code| {
        code.i32(STATUS_ROW_COUNT);
        code.ops().return_();
    });
    let status = code.local(ValType::I32);
    for step in steps {
        code.get(rows);
        code.ops().call(*step);
        code.tee(status);
        code.when(|code| {
            code.get(status);
            code.ops().return_();
        });
    }
    code.i32(STATUS_OK);
    code.finish()
}
