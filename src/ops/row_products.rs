//! `dot` over rows that lie one after the other: the elements of a few rows, spread, times vectors of weights for as many
//! outputs. Sums stay in registers, and each is added up from the first column to the last, as in planes.

use super::dot::Dot;
use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, WasmLanes};
use super::{ValueType, squares};
use crate::tensor::{Data, ElementType};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Rows of a tile: with as many elements spread, their sums for a panel and its weights just fit the registers. All loads of
/// a round come first in the machine's code, so two columns at once do not.
const ROWS: usize = 4;
/// Vectors of outputs of a panel.
const VECTORS: usize = 2;
/// Panels that a single row meets together, and its columns that follow each other in the code: enough sums to hide the
/// latency of an addition.
const PANELS_OF_ONE: usize = 2;
const COLUMNS_OF_ONE: usize = 2;
/// Bytes of weights up to which every tile of rows meets all of them, rather than all rows some: half of the nearest cache.
const NEAR_BYTES: usize = 16 << 10;
/// From this many outputs on, the elements of a tile's rows are spread once for all of them.
const SPREAD_OUTPUTS: usize = 32;

/// The weighted sums of some rows.
#[derive(Debug)]
pub struct RowProducts<'a> {
    dot: &'a Dot,
    element: ElementType,
    columns: usize,
    /// The first row, and the bytes from one to the next.
    rows: (u32, u32),
    /// Outputs side by side, column after column; the last panel, which may be narrower, is filled up with zeros.
    weights: u32,
    /// A number per output, filled up with zeros.
    starts: u32,
}

/// Outputs that rows meet together: some panels of as many vectors.
#[derive(Debug, Clone, Copy)]
struct Group {
    /// Rows of a tile.
    rows: usize,
    /// Panels side by side.
    panels: usize,
    /// Vectors of a panel.
    vectors: usize,
    /// Outputs that exist, of those that the vectors hold.
    used: usize,
    /// Whether the rows' elements lie spread in scratch memory.
    is_spread: bool,
}

impl Group {
    fn columns_at_once(self) -> usize {
        if self.rows == 1 { COLUMNS_OF_ONE } else { 1 }
    }
}

/// Where a tile stands.
struct Tile {
    row: Local,
    /// The first panel, where it is not given by the group.
    panel: Local,
    sums: Vec<Vec<Local>>,
}

impl<'a> RowProducts<'a> {
    /// Packs the weights.
    pub fn new(e: &mut Emit<'_>, dot: &'a Dot, ty: ValueType, rows: (u32, u32)) -> Self {
        let (columns, lanes) = (ty.width, squares::side(ty.element) as usize);
        let (weights, starts) = match (&dot.weights, &dot.start) {
            (Data::F32(items), Data::F32(starts)) => {
                (Data::F32(packed(items, columns, lanes)), Data::F32(filled(starts, lanes)))
            }
            (Data::F64(items), Data::F64(starts)) => {
                (Data::F64(packed(items, columns, lanes)), Data::F64(filled(starts, lanes)))
            }
            (weights, starts) => (weights.clone(), starts.clone()),
        };
        let weights = e.data.intern(&weights.to_le_bytes(), 64);
        let starts = e.data.intern(&starts.to_le_bytes(), 16);
        RowProducts { dot, element: ty.element, columns, rows, weights, starts }
    }

    fn outputs(&self) -> usize {
        self.dot.start.len()
    }

    fn lanes(&self) -> usize {
        squares::side(self.element) as usize
    }

    fn bytes(&self) -> usize {
        self.element.bytes() as usize
    }

    fn width(&self) -> LaneWidth {
        if self.element == ElementType::F32 { LaneWidth::F32 } else { LaneWidth::F64 }
    }

    /// Bytes of a panel of so many vectors.
    fn panel_bytes(&self, vectors: usize) -> usize {
        self.columns * vectors * 16
    }

    /// Writes the sums, in either layout.
    pub fn emit(&self, e: &mut Emit<'_>, output: &Place) {
        if self.outputs() == 1 {
            return self.emit_single(e, output);
        }
        let rows = e.rows();
        e.code.get(rows).i32(1);
        e.code.ops().i32_eq().if_(BlockType::Empty);
        for (group, panels) in self.groups(1, PANELS_OF_ONE) {
            self.for_each_panel(e, group, panels, |e, at| self.emit_tiles(e, group, at, output));
        }
        e.code.ops().else_();
        let weights_bytes = self.dot.weights.len() * self.bytes();
        if self.outputs() < SPREAD_OUTPUTS && weights_bytes <= NEAR_BYTES {
            e.for_each_row(ROWS as i32, |e, row| {
                for (group, panels) in self.groups(ROWS, 1) {
                    self.for_each_panel(e, group, panels, |e, at| self.emit_parts(e, group, at, row, output));
                }
            });
        } else if self.outputs() < SPREAD_OUTPUTS {
            for (group, panels) in self.groups(ROWS, 1) {
                self.for_each_panel(e, group, panels, |e, at| self.emit_tiles(e, group, at, output));
            }
        } else {
            e.for_each_row(ROWS as i32, |e, row| {
                self.spread_rows(e, row);
                for (group, panels) in self.groups(ROWS, 1) {
                    let group = Group { is_spread: true, ..group };
                    self.for_each_panel(e, group, panels, |e, at| self.emit_tile(e, group, at, row, output));
                }
            });
        }
        e.code.ops().end();
    }

    /// Bytes of scratch memory for the spread elements of a tile's rows.
    pub fn scratch_bytes(columns: usize, outputs: usize) -> u64 {
        if outputs < SPREAD_OUTPUTS { 0 } else { (columns * ROWS * 16) as u64 }
    }

    /// All panels, from a first to before a last, with so many together where there are.
    fn groups(&self, rows: usize, together: usize) -> Vec<(Group, [usize; 2])> {
        let panel = VECTORS * self.lanes();
        let full = full_panels(self.outputs(), self.lanes());
        let rest = self.outputs() - full * panel;
        let group = |panels: usize, vectors: usize, used: usize| {
            // The sums of more vectors leave registers for fewer rows.
            let rows = if vectors > VECTORS { rows.min(ROWS / 2) } else { rows };
            Group { rows, panels, vectors, used, is_spread: false }
        };
        let grouped = full - full % together;
        let groups = [
            (group(together, VECTORS, together * panel), [0, grouped]),
            (group(1, VECTORS, panel), [grouped, full]),
            (group(1, rest.div_ceil(self.lanes()), rest), [full, full + usize::from(rest > 0)]),
        ];
        groups.into_iter().filter(|(_, [first, end])| first < end).collect()
    }

    /// Runs `body` with the number of each panel, or of each group's first, and the addresses of its weights and starts.
    fn for_each_panel(
        &self,
        e: &mut Emit<'_>,
        group: Group,
        [first, end]: [usize; 2],
        body: impl FnOnce(&mut Emit<'_>, [Local; 3]),
    ) {
        let [panel, weights, starts] = [(); 3].map(|()| e.code.local(ValType::I32));
        // Every panel before this one is full.
        let (before, full_bytes) = (first * VECTORS * 16, self.panel_bytes(VECTORS));
        e.code.i32(first as i32).set(panel).i32((self.weights as usize + first * full_bytes) as i32).set(weights);
        e.code.i32((self.starts as usize + before) as i32).set(starts).ops().loop_(BlockType::Empty);
        body(e, [panel, weights, starts]);
        let panels = group.panels as i32;
        e.code.advance(weights, panels * full_bytes as i32).advance(starts, panels * VECTORS as i32 * 16);
        e.code.advance(panel, panels).get(panel).i32(end as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
    }

    /// All rows with a group of panels.
    fn emit_tiles(&self, e: &mut Emit<'_>, group: Group, at: [Local; 3], output: &Place) {
        e.for_each_row(group.rows as i32, |e, row| self.emit_tile(e, group, at, row, output));
    }

    /// The rows of a tile, by as many as the group takes at once.
    fn emit_parts(&self, e: &mut Emit<'_>, group: Group, at: [Local; 3], row: Local, output: &Place) {
        for first in (0..ROWS).step_by(group.rows) {
            let part = e.code.local(ValType::I32);
            e.code.get(row).i32(first as i32).ops().i32_add();
            e.code.set(part);
            self.emit_tile(e, group, at, part, output);
        }
    }

    fn emit_tile(
        &self,
        e: &mut Emit<'_>,
        group: Group,
        [panel, weights, starts]: [Local; 3],
        row: Local,
        output: &Place,
    ) {
        let sums = self.add_up(e, group, row, [weights, starts]);
        self.store(e, group, &Tile { row, panel, sums }, output);
    }

    /// Writes every element of a tile's rows into all lanes of a vector, column after column.
    fn spread_rows(&self, e: &mut Emit<'_>, row: Local) {
        let lanes = self.lanes();
        let [x, target, left] = [(); 3].map(|()| e.code.local(ValType::I32));
        self.set_row_address(e, row, x);
        e.code.i32(e.scratch as i32).set(target);
        let spread = |e: &mut Emit<'_>, columns: usize| {
            for row in 0..ROWS {
                let elements = e.load_at((x, (row * self.rows.1 as usize) as u32), false);
                for column in 0..columns {
                    let bytes = self.bytes();
                    e.code.get(target).get(elements).get(elements);
                    e.code.ops().i8x16_shuffle(std::array::from_fn(|i| (column * bytes + i % bytes) as u8));
                    e.code.ops().v128_store(memarg(((column * ROWS + row) * 16) as u32, 0));
                }
            }
        };
        let rounds = self.columns / lanes;
        if rounds > 0 {
            e.code.i32(rounds as i32).set(left).ops().loop_(BlockType::Empty);
            spread(e, lanes);
            e.code.advance(x, 16).advance(target, (lanes * ROWS * 16) as i32).advance(left, -1).get(left);
            e.code.ops().br_if(0).end();
        }
        // Beyond the last column a vector holds garbage, which is not spread.
        spread(e, self.columns % lanes);
    }

    /// `address` = where a row's elements lie.
    fn set_row_address(&self, e: &mut Emit<'_>, row: Local, address: Local) {
        e.code.get(row).i32(self.rows.1 as i32).ops().i32_mul().i32_const(self.rows.0 as i32).i32_add();
        e.code.set(address);
    }

    /// The finished sums of a tile: for each row the vectors of outputs.
    fn add_up(&self, e: &mut Emit<'_>, group: Group, row: Local, [weights, starts]: [Local; 2]) -> Vec<Vec<Local>> {
        let vectors = group.panels * group.vectors;
        let start = |e: &mut Emit<'_>, i: usize| e.load_at((starts, 16 * i as u32), false);
        let sums: Vec<Vec<Local>> = (0..group.rows)
            .map(|_| {
                let first = |i: usize| {
                    let sum = e.code.local(ValType::V128);
                    match self.dot.start_first {
                        true => e.code.get(starts).ops().v128_load(memarg(16 * i as u32, 0)),
                        false => e.code.ops().v128_const(0),
                    };
                    e.code.set(sum);
                    sum
                };
                (0..vectors).map(first).collect()
            })
            .collect();
        let [x, w, end] = [(); 3].map(|()| e.code.local(ValType::I32));
        match group.is_spread {
            true => {
                e.code.i32(e.scratch as i32).set(x);
            }
            false => self.set_row_address(e, row, x),
        }
        e.code.get(weights).set(w);
        let at_once = group.columns_at_once();
        let x_bytes = if group.is_spread { group.rows * 16 } else { self.bytes() };
        let rounds = self.columns / at_once;
        if rounds > 0 {
            e.code.get(w).i32((rounds * at_once * group.vectors * 16) as i32).ops().i32_add();
            e.code.set(end).ops().loop_(BlockType::Empty);
            for column in 0..at_once {
                self.add_column(e, group, [x, w], column, &sums);
            }
            e.code.advance(x, (at_once * x_bytes) as i32).advance(w, (at_once * group.vectors * 16) as i32);
            e.code.get(w).get(end).ops().i32_ne().br_if(0).end();
        }
        for column in 0..self.columns % at_once {
            self.add_column(e, group, [x, w], column, &sums);
        }
        if !self.dot.start_first {
            for i in 0..vectors {
                let start = start(e, i);
                for sums in &sums {
                    let sum = self.lanes_of(e).add(sums[i], start);
                    e.code.get(sum).set(sums[i]);
                }
            }
        }
        sums
    }

    fn lanes_of<'e>(&self, e: &'e mut Emit<'_>) -> WasmLanes<'e> {
        WasmLanes { code: &mut e.code, width: self.width() }
    }

    /// Adds a column's products to all sums of a tile.
    fn add_column(&self, e: &mut Emit<'_>, group: Group, [x, w]: [Local; 2], column: usize, sums: &[Vec<Local>]) {
        let at = |i: usize| {
            let panel = i / group.vectors * self.panel_bytes(group.vectors);
            panel + (column * group.vectors + i % group.vectors) * 16
        };
        let weights: Vec<Local> = (0..sums[0].len()).map(|i| e.load_at((w, at(i) as u32), false)).collect();
        for (row, sums) in sums.iter().enumerate() {
            let spread = match group.is_spread {
                true => e.load_at((x, ((column * group.rows + row) * 16) as u32), false),
                false => self.spread(e, x, row * self.rows.1 as usize + column * self.bytes()),
            };
            for (sum, weights) in sums.iter().zip(&weights) {
                e.code.get(*sum).get(spread).get(*weights);
                self.multiply_and_add(e);
                e.code.set(*sum);
            }
        }
    }

    /// `a + b · c` of the stack, rounded twice.
    fn multiply_and_add(&self, e: &mut Emit<'_>) {
        match self.element {
            ElementType::F32 => e.code.ops().f32x4_mul().f32x4_add(),
            _ => e.code.ops().f64x2_mul().f64x2_add(),
        };
    }

    /// The element at an address in every lane: a load of a float that is spread is one instruction of the machine, one of
    /// an integer is three.
    fn spread(&self, e: &mut Emit<'_>, address: Local, offset: usize) -> Local {
        let spread = e.code.local(ValType::V128);
        e.code.get(address);
        match self.element {
            ElementType::F32 => e.code.ops().f32_load(memarg(offset as u32, 2)).f32x4_splat(),
            _ => e.code.ops().f64_load(memarg(offset as u32, 3)).f64x2_splat(),
        };
        e.code.set(spread);
        spread
    }

    fn store(&self, e: &mut Emit<'_>, group: Group, tile: &Tile, output: &Place) {
        let plane = output.plane_bytes(e.stride);
        let (row_bytes, column_bytes) = match output.row_bytes {
            Some(row_bytes) => (row_bytes, self.bytes() as u32),
            None => (self.bytes() as u32, plane),
        };
        let target = e.code.local(ValType::I32);
        e.code.get(tile.panel).i32((VECTORS * self.lanes()) as i32 * column_bytes as i32).ops().i32_mul();
        e.code.get(tile.row).i32(row_bytes as i32).ops().i32_mul().i32_add();
        e.code.set(target);
        let lanes = self.lanes();
        for vector in 0..group.used.div_ceil(lanes) {
            let used = (group.used - vector * lanes).min(lanes);
            let first = output.address + (vector * lanes) as u32 * column_bytes;
            if output.row_bytes.is_some() && used == lanes {
                for (row, sums) in tile.sums.iter().enumerate() {
                    e.code.get(target).get(sums[vector]);
                    e.code.ops().v128_store(memarg(first + row as u32 * row_bytes, 0));
                }
            } else if output.row_bytes.is_none() && group.rows.is_multiple_of(lanes) {
                for (i, rows) in tile.sums.chunks(lanes).enumerate() {
                    let square: Vec<Local> = rows.iter().map(|sums| sums[vector]).collect();
                    for (j, column) in squares::transpose(&mut e.code, &square).into_iter().enumerate().take(used) {
                        e.code.get(target).get(column);
                        e.code.ops().v128_store(memarg(first + j as u32 * column_bytes + 16 * i as u32, 0));
                    }
                }
            } else {
                for (row, sums) in tile.sums.iter().enumerate() {
                    for lane in 0..used {
                        let at = memarg(first + row as u32 * row_bytes + lane as u32 * column_bytes, 0);
                        e.code.get(target).get(sums[vector]);
                        match self.element {
                            ElementType::F32 => e.code.ops().v128_store32_lane(at, lane as u8),
                            _ => e.code.ops().v128_store64_lane(at, lane as u8),
                        };
                    }
                }
            }
        }
    }

    /// One output: squares of rows and columns are turned over, so that the lanes are rows.
    fn emit_single(&self, e: &mut Emit<'_>, output: &Place) {
        const SQUARES: usize = 4;
        let lanes = self.lanes();
        // Packed with the outputs that do not exist: a vector per column.
        let weight_bytes = 16;
        let [x, w, left] = [(); 3].map(|()| e.code.local(ValType::I32));
        let start = e.code.local(ValType::V128);
        e.code.i32(self.starts as i32).set(w);
        let spread = self.spread(e, w, 0);
        e.code.get(spread).set(start);
        e.for_each_row((SQUARES * lanes) as i32, |e, row| {
            let sums: Vec<Local> = (0..SQUARES).map(|_| e.code.local(ValType::V128)).collect();
            for sum in &sums {
                match self.dot.start_first {
                    true => e.code.get(start),
                    false => {
                        e.code.ops().v128_const(0);
                        &mut e.code
                    }
                };
                e.code.set(*sum);
            }
            self.set_row_address(e, row, x);
            e.code.i32(self.weights as i32).set(w);
            let add = |e: &mut Emit<'_>, columns: usize| {
                let weights: Vec<Local> = (0..columns).map(|i| self.spread(e, w, i * weight_bytes)).collect();
                for (i, sum) in sums.iter().enumerate() {
                    let square = self.square(e, x, i * lanes);
                    for (weight, column) in weights.iter().zip(square) {
                        e.code.get(*sum).get(*weight).get(column);
                        self.multiply_and_add(e);
                        e.code.set(*sum);
                    }
                }
            };
            let rounds = self.columns / lanes;
            if rounds > 0 {
                e.code.i32(rounds as i32).set(left).ops().loop_(BlockType::Empty);
                add(e, lanes);
                e.code.advance(x, 16).advance(w, (lanes * weight_bytes) as i32).advance(left, -1).get(left);
                e.code.ops().br_if(0).end();
            }
            add(e, self.columns % lanes);
            for (i, sum) in sums.iter().enumerate() {
                let sum = if self.dot.start_first { *sum } else { self.lanes_of(e).add(*sum, start) };
                let address = e.code.local(ValType::I32);
                e.code.get(row).i32(self.bytes() as i32).ops().i32_mul();
                e.code.set(address).get(address).get(sum);
                e.code.ops().v128_store(memarg(output.address + 16 * i as u32, 0));
            }
        });
    }

    /// The columns of some rows, as many as a vector holds; those behind the last column mean nothing.
    fn square(&self, e: &mut Emit<'_>, x: Local, first_row: usize) -> Vec<Local> {
        let at = |i: usize| ((first_row + i) * self.rows.1 as usize) as u32;
        let rows: Vec<Local> = (0..self.lanes()).map(|i| e.load_at((x, at(i)), false)).collect();
        squares::transpose(&mut e.code, &rows)
    }
}

/// Panels of two vectors before the last one, which holds what is left: with few outputs it is rather one of three vectors
/// than a full one and one of a single vector, whose few sums wait for each other.
fn full_panels(outputs: usize, lanes: usize) -> usize {
    let (full, rest) = (outputs / (VECTORS * lanes), outputs % (VECTORS * lanes));
    let is_single = (1..=lanes).contains(&rest);
    if is_single && outputs < SPREAD_OUTPUTS { full.saturating_sub(1) } else { full }
}

/// Panels of two vectors of outputs, then one of what is left; in each the outputs side by side, column after column.
fn packed<T: Copy + Default>(weights: &[T], columns: usize, lanes: usize) -> Vec<T> {
    let outputs: Vec<&[T]> = weights.chunks_exact(columns.max(1)).collect();
    let (full, rest) = outputs.split_at(full_panels(outputs.len(), lanes) * VECTORS * lanes);
    full.chunks(VECTORS * lanes)
        .chain([rest])
        .flat_map(|panel| {
            let width = panel.len().next_multiple_of(lanes);
            (0..columns).flat_map(move |k| {
                (0..width).map(move |j| panel.get(j).and_then(|output| output.get(k)).copied().unwrap_or_default())
            })
        })
        .collect()
}

fn filled<T: Copy + Default>(starts: &[T], lanes: usize) -> Vec<T> {
    let missing = starts.len().next_multiple_of(lanes) - starts.len();
    starts.iter().copied().chain(std::iter::repeat_n(T::default(), missing)).collect()
}
