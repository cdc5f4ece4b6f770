//! Sums over the columns of rows and points, for several rows and several points at once: what `dot`, `pairwise` and
//! `nearest` have in common. A tile's sums stay in registers; each is added up from the first column to the last.

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, WasmLanes};
use crate::tensor::{Data, ElementType};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Vectors of sums in a tile: enough to hide the latency of an addition, few enough for the registers beside their factors.
const SUMS: usize = 8;
/// Points of a tile: each of its loads of a row then serves twice.
pub const TWO_POINTS: usize = 2;
/// Points of a tile that takes a register less while its sums are added up, and spreads more elements.
pub const FOUR_POINTS: usize = 4;
/// Bytes of memory for the sums of a tile.
pub const PARKED_BYTES: u32 = 16 * SUMS as u32;
/// Bytes of points that all rows of a block meet before the next points: a part of the second cache.
const PANEL_BYTES: usize = 128 << 10;

/// Points whose sums with every row are wanted.
#[derive(Debug)]
pub struct Tiles<'a> {
    /// The rows; only the first [`Tiles::columns`] columns are summed up.
    pub rows: &'a Place,
    /// Columns of a sum.
    pub columns: usize,
    /// Columns of a point; those behind the sum's are left to the caller.
    width: usize,
    /// How many points there are.
    points: usize,
    /// Points of a tile.
    group: usize,
    /// Where the points lie, as [`Tiles::new`] has packed them.
    packed: u32,
    /// What the sums begin with, an element per point; zeros where there is none.
    starts: Option<u32>,
    /// Where a tile's sums are kept on their way to the caller.
    parked: Option<u32>,
    /// Where the rows' squared lengths stand, for metrics that have them.
    pub lengths: u32,
}

/// The sums of some rows with some points.
#[derive(Debug)]
pub struct Tile {
    /// The first row.
    pub row: Local,
    /// The position of the first point.
    pub position: Local,
    /// The address of the first points' columns behind those summed up.
    pub behind: Local,
    /// For each point the vectors of its sums, the rows one after the other.
    pub sums: Vec<Vec<Local>>,
}

impl<'a> Tiles<'a> {
    /// Packs `count` points in groups of `group`, two or four, which stand row-major in `points` with `width` columns each, to sum up the first `columns`.
    pub fn of(
        e: &mut Emit<'_>,
        rows: &'a Place,
        points: &Data,
        [count, width, columns]: [usize; 3],
        group: usize,
    ) -> Self {
        let packed = match points {
            Data::F32(items) => Data::F32(packed(items, width, group)),
            Data::F64(items) => Data::F64(packed(items, width, group)),
            other => other.clone(),
        };
        let packed = e.data.intern(&packed.to_le_bytes(), 16);
        let lengths = rows.address + columns as u32 * rows.plane_bytes(e.stride);
        Tiles { rows, columns, width, points: count, group, packed, starts: None, parked: None, lengths }
    }

    /// Lets a tile's sums pass through [`PARKED_BYTES`] at an address, for callers that take many registers. Sums that such a
    /// caller takes as they are end up in memory while they are still added up, and every addition then waits for it.
    pub fn parking(self, address: u32) -> Self {
        Tiles { parked: Some(address), ..self }
    }

    /// Lets the rows' squared lengths stand at an address, and not behind their columns.
    pub fn with_lengths(self, lengths: u32) -> Self {
        Tiles { lengths, ..self }
    }

    /// Lets the sums begin with the elements at an address, one per point.
    pub fn starting(self, starts: u32) -> Self {
        Tiles { starts: Some(starts), ..self }
    }

    fn element(&self) -> ElementType {
        self.rows.ty.element
    }

    /// The lanes of a vector.
    pub fn width(&self) -> LaneWidth {
        if self.element() == ElementType::F32 { LaneWidth::F32 } else { LaneWidth::F64 }
    }

    /// Runs `body` with every tile. Of each row all points come in their order. `step` gives a sum with one column more: of
    /// the sum, the row's element and the point's.
    pub fn for_each(
        &self,
        e: &mut Emit<'_>,
        step: impl Fn(&mut WasmLanes<'_>, [Local; 3]) -> Local,
        mut body: impl FnMut(&mut Emit<'_>, Tile),
    ) {
        let grouped = self.points - self.points % self.group;
        for (first, end, group) in [(0, grouped, self.group), (grouped, self.points, 1)] {
            if first < end {
                self.for_each_group(e, [first, end, group], &step, &mut body);
            }
        }
    }

    /// Panels of points, in each all rows, for each of them the points of the panel.
    fn for_each_group(
        &self,
        e: &mut Emit<'_>,
        [first, end, group]: [usize; 3],
        step: &impl Fn(&mut WasmLanes<'_>, [Local; 3]) -> Local,
        body: &mut impl FnMut(&mut Emit<'_>, Tile),
    ) {
        let element = self.element();
        let point_bytes = self.width * element.bytes() as usize;
        let panel = (PANEL_BYTES / point_bytes.max(1)).max(group);
        let panel = panel - panel % group;
        let vectors = SUMS / group;
        let [base, panel_first, panel_end, position, point] = std::array::from_fn(|_| e.code.local(ValType::I32));
        e.code.i32(self.rows.address as i32).set(base).i32(first as i32).set(panel_first);
        e.code.ops().loop_(BlockType::Empty);
        let (next, last) = (e.code.local(ValType::I32), end as i32);
        e.code.get(panel_first).i32(panel as i32);
        e.code.ops().i32_add();
        e.code.tee(next).i32(last).get(next).i32(last);
        e.code.ops().i32_lt_s().select();
        e.code.set(panel_end);
        e.for_each_row(vectors as i32 * 16 / element.bytes() as i32, |e, row| {
            let rows = e.row_address(base, row, element);
            e.code.get(panel_first).tee(position).i32(point_bytes as i32);
            e.code.ops().i32_mul().i32_const(self.packed as i32).i32_add();
            e.code.set(point).ops().loop_(BlockType::Empty);
            let sums = self.starts(e, position, group, vectors);
            self.add_columns(e, [rows, point], &sums, step);
            let sums = self.parked.map_or(sums.clone(), |address| park(e, address, &sums));
            body(e, Tile { row, position, behind: point, sums });
            e.code.advance(point, ((self.width - self.columns) * group * element.bytes() as usize) as i32);
            e.code.advance(position, group as i32).get(position).get(panel_end);
            e.code.ops().i32_lt_s().br_if(0).end();
        });
        e.code.get(panel_end).tee(panel_first).i32(last);
        e.code.ops().i32_lt_s().br_if(0).end();
    }

    fn starts(&self, e: &mut Emit<'_>, position: Local, group: usize, vectors: usize) -> Vec<Vec<Local>> {
        let element = self.element();
        let of_point = |point: usize| {
            let start = e.code.local(ValType::V128);
            match self.starts {
                Some(starts) => self.splat(e, position, starts + point as u32 * element.bytes()),
                None => {
                    e.code.ops().v128_const(0);
                }
            }
            e.code.set(start);
            (0..vectors)
                .map(|_| {
                    let sum = e.code.local(ValType::V128);
                    e.code.get(start).set(sum);
                    sum
                })
                .collect()
        };
        (0..group).map(of_point).collect()
    }

    /// Pushes the element of a point in every lane, of a table with an element per point.
    pub fn splat(&self, e: &mut Emit<'_>, position: Local, table: u32) {
        let bytes = self.element().bytes();
        e.code.get(position).i32(bytes.trailing_zeros() as i32);
        e.code.ops().i32_shl();
        match bytes {
            4 => e.code.ops().v128_load32_splat(memarg(table, 2)),
            _ => e.code.ops().v128_load64_splat(memarg(table, 3)),
        };
    }

    /// Adds all columns, one a round: all loads of a round come first in the machine's code, and those of two do not fit the
    /// registers.
    fn add_columns(
        &self,
        e: &mut Emit<'_>,
        [rows, point]: [Local; 2],
        sums: &[Vec<Local>],
        step: &impl Fn(&mut WasmLanes<'_>, [Local; 3]) -> Local,
    ) {
        if self.columns == 0 {
            return;
        }
        let (plane, point_step) = (self.rows.plane_bytes(e.stride), sums.len() as u32 * self.element().bytes());
        let (cursor, left) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.get(rows).set(cursor).i32(self.columns as i32).set(left).ops().loop_(BlockType::Empty);
        let y = self.elements(e, point, sums.len());
        let x = vectors(e, cursor, 0, sums.first().map_or(0, Vec::len));
        for (sums, y) in sums.iter().zip(y) {
            for (sum, x) in sums.iter().zip(&x) {
                let next = step(&mut WasmLanes { code: &mut e.code, width: self.width() }, [*sum, *x, y]);
                e.code.get(next).set(*sum);
            }
        }
        e.code.advance(cursor, plane as i32).advance(point, point_step as i32).advance(left, -1).get(left);
        e.code.ops().br_if(0).end();
    }

    /// An element of each point of a group, in every lane. They are loaded together and then spread: a load that spreads is
    /// three instructions of the machine.
    pub fn elements(&self, e: &mut Emit<'_>, point: Local, count: usize) -> Vec<Local> {
        let bytes = self.element().bytes() as usize;
        if count == 1 {
            return vec![e.load_splat(point, self.element(), false)];
        }
        let loaded = match count * bytes {
            8 => {
                let both = e.code.local(ValType::V128);
                e.code.get(point).ops().v128_load64_zero(memarg(0, 0));
                e.code.set(both);
                vec![both]
            }
            bytes => vectors(e, point, 0, bytes / 16),
        };
        let spread = |point: usize| {
            let (local, from) = (e.code.local(ValType::V128), loaded[point * bytes / 16]);
            let lane = |i: usize| (point * bytes % 16 + i % bytes) as u8;
            // Of two operands of eight bytes each: the machine's own "unpack".
            let of_second = |i: usize| if bytes == 8 && i >= 8 { 16 } else { 0 };
            e.code.get(from).get(from).ops().i8x16_shuffle(std::array::from_fn(|i| lane(i) + of_second(i)));
            e.code.set(local);
            local
        };
        (0..count).map(spread).collect()
    }
}

/// The vectors from an address on.
pub fn vectors(e: &mut Emit<'_>, address: Local, offset: u32, count: usize) -> Vec<Local> {
    let load = |i: usize| {
        let vector = e.code.local(ValType::V128);
        e.code.get(address);
        e.code.ops().v128_load(memarg(offset + 16 * i as u32, 0));
        e.code.set(vector);
        vector
    };
    (0..count).map(load).collect()
}

/// Stores sums and loads them again.
fn park(e: &mut Emit<'_>, address: u32, sums: &[Vec<Local>]) -> Vec<Vec<Local>> {
    let at = e.code.local(ValType::I32);
    e.code.i32(address as i32).set(at);
    for (i, sum) in sums.iter().flatten().enumerate() {
        e.code.get(at).get(*sum).ops().v128_store(memarg(16 * i as u32, 0));
    }
    let loaded = vectors(e, at, 0, sums.iter().map(Vec::len).sum());
    loaded.chunks(sums.first().map_or(1, Vec::len)).map(<[Local]>::to_vec).collect()
}

/// Points in groups, column after column, and those that fill no group one after the other.
fn packed<T: Copy>(points: &[T], width: usize, group: usize) -> Vec<T> {
    let points: Vec<&[T]> = points.chunks_exact(width.max(1)).collect();
    let groups = points.chunks_exact(group);
    let rest: Vec<T> = groups.remainder().iter().flat_map(|point| point.iter().copied()).collect();
    let column = |group: &[&[T]], k: usize| group.iter().filter_map(|point| point.get(k).copied()).collect::<Vec<T>>();
    groups.flat_map(|group| (0..width).flat_map(move |k| column(group, k))).chain(rest).collect()
}
