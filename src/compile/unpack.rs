//! Row-major input into planes: a transposition, by vectors where the columns stand side by side.

use wasm_encoder::{BlockType, ValType};

use crate::abi::InputArena;
use crate::ops::emit::{Emit, Place, ROW_PADDING};
use crate::ops::{ValueType, row_major, squares};
use crate::tensor::ElementType;
use crate::wasm::Bound;

/// The place of some columns that stand side by side in an input matrix and are read there; none where that cannot be.
pub fn in_place(inputs: &[InputArena], fields: &[usize], ty: ValueType) -> Option<Place> {
    let (address, known) = inputs.iter().find_map(|arena| match arena {
        InputArena::Matrix { address, fields: known, .. } if known.contains(&(fields[0] as u32)) => {
            Some((*address, known))
        }
        _ => None,
    })?;
    let columns = columns_of(known, fields);
    let bytes = ty.element.bytes();
    let place = Place::numbers(ty, address + columns.first()? * bytes);
    (side_by_side(&columns) && row_major::fits(ty)).then(|| place.in_rows(known.len() as u32 * bytes))
}

/// The columns of a matrix that some fields are.
fn columns_of(known: &[u32], fields: &[usize]) -> Vec<u32> {
    fields.iter().filter_map(|field| known.binary_search(&(*field as u32)).ok()).map(|column| column as u32).collect()
}

fn side_by_side(columns: &[u32]) -> bool {
    columns.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// Spreads some columns of a row-major input matrix into planes; `None` for what is read in place.
pub fn unpack(e: &mut Emit<'_>, inputs: &[InputArena], fields: &[usize], place: &Place) -> Option<()> {
    let (element, address, known) = inputs.iter().find_map(|arena| match arena {
        InputArena::Matrix { element, address, fields: known } if known.contains(&(fields[0] as u32)) => {
            Some((*element, *address, known))
        }
        _ => None,
    })?;
    if place.row_bytes.is_some() {
        return None;
    }
    let columns = columns_of(known, fields);
    let first = address + columns[0] * element.bytes();
    let input = RowMajor { element, row_bytes: known.len() as u32 * element.bytes() };
    if side_by_side(&columns) && columns.len() as u32 >= input.tile() {
        input.unpack_tiles(e, first, columns.len() as u32, place);
    } else {
        let offsets: Vec<u32> = columns.iter().map(|column| address + column * element.bytes()).collect();
        input.unpack_columns(e, &offsets, place);
    }
    Some(())
}

/// An input matrix.
struct RowMajor {
    element: ElementType,
    row_bytes: u32,
}

impl RowMajor {
    fn tile(&self) -> u32 {
        squares::side(self.element)
    }

    /// Squares of rows and columns, for 32 rows at a time: all their columns together stay in the nearest cache.
    fn unpack_tiles(&self, e: &mut Emit<'_>, first: u32, width: u32, place: &Place) {
        let (tile, bytes) = (self.tile(), self.element.bytes());
        let plane = place.plane_bytes(e.stride);
        let [source, target, left, from, to, group, groups] = [(); 7].map(|()| e.code.local(ValType::I32));
        let rows = e.code.local(ValType::I32);
        e.code.i32(first as i32).set(rows);
        e.for_each_row(ROW_PADDING as i32, |e, row| {
            e.code.get(rows).set(source);
            e.code.get(row).i32(bytes as i32);
            e.code.ops().i32_mul().i32_const(place.address as i32).i32_add();
            e.code.set(target);
            let (n_rows, most) = (e.rows(), (ROW_PADDING / tile) as i32);
            e.code.get(n_rows).get(row);
            e.code.ops().i32_sub().i32_const(tile as i32 - 1).i32_add().i32_const(tile as i32).i32_div_u();
            e.code.set(groups);
            squares::smaller(&mut e.code, groups, most, groups);
            e.code.i32(((width - tile) * bytes) as i32).set(left).ops().loop_(BlockType::Empty);
            e.code.get(source).set(from).get(target).set(to);
            e.code.count(group, 0, Bound::Local(groups), 1, |code| {
                let square = squares::load(code, from, tile, self.row_bytes);
                squares::store(code, &square, to, plane);
                code.advance(from, (tile * self.row_bytes) as i32).advance(to, 16);
            });
            // To the next columns; the last square overlaps the one before it where the width is no multiple.
            let step = e.code.local(ValType::I32);
            squares::smaller(&mut e.code, left, (tile * bytes) as i32, step);
            e.code.get(left).get(step);
            e.code.ops().i32_sub();
            e.code.set(left).get(source).get(step);
            e.code.ops().i32_add();
            e.code.set(source).get(target).get(step).i32((plane / bytes) as i32);
            e.code.ops().i32_mul().i32_add();
            e.code.set(target).get(step);
            e.code.ops().br_if(0).end();
            e.code.advance(rows, (ROW_PADDING * self.row_bytes) as i32);
        });
    }

    /// Column after column.
    fn unpack_columns(&self, e: &mut Emit<'_>, columns: &[u32], place: &Place) {
        const ROWS: u32 = 4;
        let (element, bytes) = (self.element, self.element.bytes());
        let offsets: Vec<u8> = columns.iter().flat_map(|column| column.to_le_bytes()).collect();
        let table = e.data.intern(&offsets, 4);
        let [cursor, source, target] = [(); 3].map(|()| e.code.local(ValType::I32));
        e.code.i32(table as i32).set(cursor);
        e.for_each_plane(columns.len(), &[place], |e, pointers| {
            e.code.get(cursor);
            e.load(ElementType::U32, 0);
            e.code.set(source).advance(cursor, 4).get(pointers[0]).set(target);
            e.for_each_row(ROWS as i32, |e, _row| {
                for i in 0..ROWS {
                    e.code.get(target).get(source);
                    e.load(element, i * self.row_bytes);
                    e.store(element, i * bytes);
                }
                e.code.advance(source, (ROWS * self.row_bytes) as i32).advance(target, (ROWS * bytes) as i32);
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::abi::InputArena;
    use crate::compile::{CompileOptions, compile_graph};
    use crate::graph::GraphBuilder;
    use crate::model::Method;
    use crate::tensor::{Data, ElementType};

    /// Inputs of both types, mixed; every number says its row and field.
    fn check(n_fields: usize, fields: &[usize], rows: usize) {
        let element = |field: usize| if field % 3 == 1 { ElementType::F64 } else { ElementType::F32 };
        let numbers = |element: ElementType, fields: Vec<usize>| {
            let values = (0..rows).flat_map(|row| fields.iter().map(move |field| (row * 1000 + field) as f64));
            match element {
                ElementType::F32 => Data::F32(values.map(|x| x as f32).collect()).to_le_bytes(),
                _ => Data::F64(values.collect()).to_le_bytes(),
            }
        };
        let mut g = GraphBuilder::new((0..n_fields).map(element).collect());
        let x = g.input(fields.to_vec()).unwrap();
        let method = Method::list("copy", "x", x, Vec::new());
        let module = compile_graph(&g.finish(), &[method], CompileOptions::default()).unwrap();
        let engine = wasmtime::Engine::default();
        let mut store = wasmtime::Store::new(&engine, ());
        let compiled = wasmtime::Module::from_binary(&engine, &module.wasm).unwrap();
        let instance = wasmtime::Instance::new(&mut store, &compiled, &[]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        for arena in &module.abi.inputs {
            let InputArena::Matrix { element, address, fields } = arena else { continue };
            let bytes = numbers(*element, fields.iter().map(|field| *field as usize).collect());
            memory.data_mut(&mut store)[*address as usize..][..bytes.len()].copy_from_slice(&bytes);
        }
        let copy = instance.get_typed_func::<i32, i32>(&mut store, "copy").unwrap();
        assert_eq!(copy.call(&mut store, rows as i32).unwrap(), 0);
        let expected = numbers(element(fields[0]), fields.to_vec());
        let found = &memory.data(&store)[module.abi.methods[0].outputs[0].address as usize..][..expected.len()];
        assert_eq!(found, expected, "{fields:?} of {n_fields}, {rows} rows");
    }

    #[test]
    fn every_number_reaches_its_plane() {
        for rows in [1, 3, 32, 33, 70] {
            for n_fields in [2, 5, 8, 14, 17, 30] {
                for first in [0, 1] {
                    let known: Vec<usize> =
                        (first..n_fields).filter(|field| (field % 3 == 1) == (first == 1)).collect();
                    check(n_fields, &known, rows);
                    // Side by side but not from the first, and with gaps.
                    check(n_fields, &known[known.len() / 4..], rows);
                    check(n_fields, &known.iter().copied().step_by(2).collect::<Vec<_>>(), rows);
                }
            }
        }
    }
}
