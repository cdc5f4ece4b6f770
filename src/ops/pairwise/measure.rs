//! The emission of a metric: sums over the columns of two operands, in several vectors of lanes at once.

use super::metric::{Metric, Sums};
use crate::ops::emit::{Emit, Place};
use crate::ops::lanes::{LaneWidth, Lanes, WasmLanes};
use crate::ops::tile::{Tile, Tiles, vectors};
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// The least squared length of which rounding errors are numbers of usual size.
const LEAST_LENGTH: f64 = 1e-280;

/// A metric over vectors of some width, its own numbers in the data.
#[derive(Debug)]
pub struct Measure<'a> {
    /// The metric.
    pub metric: &'a Metric,
    /// Columns of both operands.
    columns: usize,
    element: ElementType,
    /// The address of the metric's own numbers.
    parameters: u32,
}

/// One of the two sides of a distance: where its first column stands and how its columns follow.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// The address of the first column.
    pub address: Local,
    /// Bytes from one column to the next.
    pub step: u32,
    /// Whether one element stands for all lanes; else each column holds a vector after the other.
    pub is_single: bool,
}

impl<'a> Measure<'a> {
    /// Puts the metric's numbers into the data.
    pub fn new(e: &mut Emit<'_>, metric: &'a Metric, columns: usize, element: ElementType) -> Self {
        let numbers = match metric {
            Metric::Mahalanobis { inverse } => inverse,
            metric => metric.parameters().unwrap_or_default(),
        };
        let data = match element {
            ElementType::F32 => Data::F32(numbers.iter().map(|number| *number as f32).collect()),
            _ => Data::F64(numbers.to_vec()),
        };
        Measure { metric, columns, element, parameters: e.data.intern(&data.to_le_bytes(), 16) }
    }

    /// The lanes of a vector.
    pub fn width(&self) -> LaneWidth {
        if self.element == ElementType::F32 { LaneWidth::F32 } else { LaneWidth::F64 }
    }

    /// The distances of `n_vectors` vectors of lanes, with or without their root.
    pub fn distances(&self, e: &mut Emit<'_>, x: Side, y: Side, n_vectors: usize, is_rooted: bool) -> Vec<Local> {
        let (sums, [x, y]) = match self.metric {
            Metric::Mahalanobis { .. } => (self.quadratic(e, x, y, n_vectors), [x, y]),
            _ => self.sums(e, x, y, n_vectors),
        };
        // The columns behind the sums, where they have a meaning of their own.
        let lengths = self.metric.has_lengths().then(|| [x, y].map(|side| self.vectors(e, side, n_vectors)));
        let finish = |(i, sums): (usize, Sums<Local>)| {
            let mut lanes = WasmLanes { code: &mut e.code, width: self.width() };
            let reduced = match &lengths {
                Some([x, y]) => self.metric.finish_lengths(&mut lanes, sums, [x[i], y[i]], self.columns - 1),
                None => self.metric.finish(&mut lanes, sums, self.columns),
            };
            if is_rooted { self.metric.root(&mut lanes, reduced) } else { reduced }
        };
        sums.into_iter().enumerate().map(finish).collect()
    }

    /// The sums over all columns, and both sides behind these.
    pub fn sums(&self, e: &mut Emit<'_>, x: Side, y: Side, n_vectors: usize) -> (Vec<Sums<Local>>, [Side; 2]) {
        let sums: Vec<Sums<Local>> = (0..n_vectors).map(|_| std::array::from_fn(|_| zero(e))).collect();
        let parameter = e.code.local(ValType::I32);
        e.code.i32(self.parameters as i32).set(parameter);
        let behind = self.for_each_column(e, [x, y], |e, [x, y]| {
            let known = self.metric.parameters().map(|_| e.load_splat(parameter, self.element, false));
            let (x, y) = (self.vectors(e, x, n_vectors), self.vectors(e, y, n_vectors));
            for (i, sums) in sums.iter().enumerate() {
                let mut lanes = WasmLanes { code: &mut e.code, width: self.width() };
                let next = self.metric.step(&mut lanes, *sums, x[i], y[i], known);
                for (sum, next) in sums.iter().zip(next).filter(|(sum, next)| **sum != *next) {
                    e.code.get(next).set(*sum);
                }
            }
            e.code.advance(parameter, self.element.bytes() as i32);
        });
        (sums, behind)
    }

    /// `Σ_i (Σ_j v_ij (x_j - y_j)) (x_i - y_i)`.
    fn quadratic(&self, e: &mut Emit<'_>, x: Side, y: Side, n_vectors: usize) -> Vec<Sums<Local>> {
        let sums: Vec<Local> = (0..n_vectors).map(|_| zero(e)).collect();
        let inverse = e.code.local(ValType::I32);
        e.code.i32(self.parameters as i32).set(inverse);
        self.for_each_column(e, [x, y], |e, [outer_x, outer_y]| {
            let inner: Vec<Local> = (0..n_vectors).map(|_| zero(e)).collect();
            self.for_each_column(e, [x, y], |e, [x, y]| {
                let factor = e.load_splat(inverse, self.element, false);
                self.add_products(e, &inner, &vec![factor; n_vectors], [x, y]);
                e.code.advance(inverse, self.element.bytes() as i32);
            });
            self.add_products(e, &sums, &inner, [outer_x, outer_y]);
        });
        sums.into_iter().map(|sum| [sum; 4]).collect()
    }

    /// `sum += factor · (x - y)` in every vector.
    fn add_products(&self, e: &mut Emit<'_>, sums: &[Local], factors: &[Local], [x, y]: [Side; 2]) {
        let (x, y) = (self.vectors(e, x, sums.len()), self.vectors(e, y, sums.len()));
        for (i, sum) in sums.iter().enumerate() {
            let mut lanes = WasmLanes { code: &mut e.code, width: self.width() };
            let next = product_added(&mut lanes, *sum, factors[i], x[i], y[i]);
            e.code.get(next).set(*sum);
        }
    }

    /// Runs `body` with both sides at each summed column, and gives both sides behind the last.
    pub fn for_each_column(
        &self,
        e: &mut Emit<'_>,
        sides: [Side; 2],
        body: impl FnOnce(&mut Emit<'_>, [Side; 2]),
    ) -> [Side; 2] {
        let cursors = sides.map(|side| {
            let address = e.code.local(ValType::I32);
            e.code.get(side.address).set(address);
            Side { address, ..side }
        });
        let column = e.code.local(ValType::I32);
        let n_columns = self.columns - usize::from(self.metric.has_lengths());
        e.code.i32(n_columns as i32).set(column).get(column);
        e.code.ops().if_(BlockType::Empty).loop_(BlockType::Empty);
        body(e, cursors);
        for cursor in cursors {
            e.code.advance(cursor.address, cursor.step as i32);
        }
        e.code.advance(column, -1).get(column);
        e.code.ops().br_if(0).end().end();
        cursors
    }

    /// A column of a side, in every vector.
    fn vectors(&self, e: &mut Emit<'_>, side: Side, n_vectors: usize) -> Vec<Local> {
        if side.is_single {
            return vec![e.load_splat(side.address, self.element, false); n_vectors];
        }
        let vector = |i| {
            let local = e.code.local(ValType::V128);
            e.code.get(side.address);
            e.code.ops().v128_load(memarg(16 * i as u32, 0));
            e.code.set(local);
            local
        };
        (0..n_vectors).map(vector).collect()
    }
}

/// Whether rounding errors of products with these points are parts of the squared lengths, the points' last column, as
/// [`Metric::FloorOfProducts`] takes for granted: none of their squares is so small that it is rounded otherwise.
pub fn have_floor(points: &Matrix) -> bool {
    let Data::F64(items) = &points.data else { return false };
    items
        .chunks_exact(points.width)
        .all(|point| point.last().is_some_and(|length| *length >= LEAST_LENGTH) || point.iter().all(|x| *x == 0.0))
}

/// Tiles over row-major points for a metric of one sum, of two points or four.
pub fn tiles<'a>(e: &mut Emit<'_>, metric: &Metric, rows: &'a Place, points: &Matrix, group: usize) -> Tiles<'a> {
    let columns = points.width - usize::from(metric.has_lengths());
    Tiles::of(e, rows, &points.data, [points.rows, points.width, columns], group)
}

/// The reduced distances of all rows from all points, tile by tile: for each point of a tile its vectors.
pub fn for_each_tile(
    e: &mut Emit<'_>,
    metric: &Metric,
    tiles: &Tiles<'_>,
    mut body: impl FnMut(&mut Emit<'_>, &Tile, &[Vec<Local>]),
) {
    let shift = tiles.rows.ty.element.bytes().trailing_zeros() as i32;
    let step = |l: &mut WasmLanes<'_>, [sum, x, y]: [Local; 3]| metric.step(l, [sum; 4], x, y, None)[0];
    tiles.for_each(e, step, |e, tile| {
        let behind = metric.has_lengths().then(|| {
            let row = e.code.local(ValType::I32);
            e.code.get(tile.row).i32(shift).ops().i32_shl();
            e.code.set(row);
            let x = vectors(e, row, tiles.lengths, tile.sums.first().map_or(0, Vec::len));
            (x, tiles.elements(e, tile.behind, tile.sums.len()))
        });
        let mut distances = Vec::with_capacity(tile.sums.len());
        for (i, sums) in tile.sums.iter().enumerate() {
            let mut lanes = WasmLanes { code: &mut e.code, width: tiles.width() };
            let finished = sums.iter().enumerate().map(|(k, sum)| match &behind {
                Some((x, y)) => metric.finish_lengths(&mut lanes, [*sum; 4], [x[k], y[i]], tiles.columns),
                None => metric.finish(&mut lanes, [*sum; 4], tiles.columns),
            });
            distances.push(finished.collect());
        }
        body(e, &tile, &distances);
    });
}

/// `sum + factor · (x - y)`.
pub fn product_added<L: Lanes>(l: &mut L, sum: L::V, factor: L::V, x: L::V, y: L::V) -> L::V {
    let difference = l.sub(x, y);
    let product = l.mul(factor, difference);
    l.add(sum, product)
}

fn zero(e: &mut Emit<'_>) -> Local {
    let local = e.code.local(ValType::V128);
    e.code.ops().v128_const(0);
    e.code.set(local);
    local
}
