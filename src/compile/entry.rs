//! The functions after the operators: writing the output, and the method that calls them all.

use wasm_encoder::{Function, ValType};

use crate::abi::OutputArena;
use crate::ops::emit::{Emit, Place};
use crate::ops::{STATUS_OK, STATUS_ROW_COUNT};
use crate::tensor::ElementType;
use crate::wasm::{Code, Local};

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
