//! `nearest`: the nearest of some constant points, their distances and their positions.

mod heap;
mod screen;
mod screened;
pub mod tree;
mod walk;

use super::emit::{Emit, Place};
use super::lanes::{Lanes, Scalar64, WasmLanes};
use super::pairwise::measure::{self, Measure, Side};
use super::pairwise::{Metric, distance, distances_of_rows};
use super::tile::{TWO_POINTS, vectors};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use heap::{ENTRY_BYTES, Entry, Heap};
use screen::Screen;
use screened::Screened;
use std::sync::Arc;
use tree::SearchTree;
use walk::Walk;
use wasm_encoder::{BlockType, ValType};

/// `count` distances from the nearest on, then the positions of their points; all f64.
///
/// Points compare by their reduced distances. Which of equally distant ones are found depends on the order in which
/// they are looked at, and on the heap that keeps them.
#[derive(Debug, Clone)]
pub struct Nearest {
    /// The points and the order in which they are looked at.
    pub search: Search,
    /// The distance.
    pub metric: Metric,
    /// Whether the distances are the metric's roots.
    pub is_rooted: bool,
    /// How many points are found.
    pub count: usize,
}

/// The order in which points are looked at.
#[derive(Debug, Clone)]
pub enum Search {
    /// From the first to the last.
    InOrder(Arc<Matrix>),
    /// From leaf to leaf.
    Tree(Arc<SearchTree>),
}

/// Distances of a tile, more than those of a plane where there are few rows.
const TILE_BYTES: u64 = 256;

impl Nearest {
    fn points(&self) -> &Matrix {
        match &self.search {
            Search::InOrder(points) => points,
            Search::Tree(tree) => &tree.points,
        }
    }

    /// The entries of a row's heap, sorted.
    fn find(&self, row: &[f64]) -> Vec<Entry> {
        let mut heap = heap::empty(self.count, self.farthest());
        match (&self.search, &self.points().data) {
            (Search::Tree(tree), _) => tree.walk(&self.metric, row, &mut heap),
            (Search::InOrder(_), Data::F64(points)) => {
                for (position, point) in (0..).zip(points.chunks_exact(row.len())) {
                    heap::push(&mut heap, distance(&mut Scalar64, &self.metric, row, point), position);
                }
            }
            _ => {}
        }
        heap::sort(&mut heap);
        heap
    }

    /// What a reduced distance is returned as.
    fn root<L: Lanes>(&self, l: &mut L, reduced: L::V) -> L::V {
        if self.is_rooted { self.metric.root(l, reduced) } else { reduced }
    }

    /// Nothing farther is found: the search in order starts from the largest number, that of a tree from infinity, and both
    /// from the first point. After scikit-learn's _argkmin.pyx and _binary_tree.pxi.
    fn farthest(&self) -> f64 {
        match self.search {
            Search::InOrder(_) => f64::MAX,
            Search::Tree(_) => f64::INFINITY,
        }
    }

    fn heap_bytes(&self) -> u32 {
        self.count as u32 * ENTRY_BYTES
    }
}

impl Operator for Nearest {
    fn name(&self) -> &'static str {
        "nearest"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("nearest", inputs, 1)?;
        let (points, ValueType { element, width, .. }) = (self.points(), inputs[0]);
        let are_doubles = element == ElementType::F64 && points.element() == element;
        if !are_doubles || width == 0 || points.width != width || !self.metric.fits(width) {
            return Err(bad_operand("nearest", format!("{width} × {element} against points of {}", points.width)));
        }
        if !(1..=points.rows).contains(&self.count) {
            return Err(bad_operand("nearest", format!("{} of {} points", self.count, points.rows)));
        }
        if let Search::Tree(tree) = &self.search {
            tree.check()?;
        }
        Ok(ValueType { width: 2 * self.count, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let Data::F64(items) = &inputs[0].data else { return Ok(inputs[0].clone()) };
        let found = items.chunks_exact(inputs[0].width).flat_map(|row| {
            let entries = self.find(row);
            let distances: Vec<f64> = entries.iter().map(|(value, _)| self.root(&mut Scalar64, *value)).collect();
            distances.into_iter().chain(entries.into_iter().map(|(_, position)| f64::from(position)))
        });
        Ok(Matrix::new(inputs[0].rows, 2 * self.count, Data::F64(found.collect())))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let (rows, heaps) = (inputs[0], e.scratch);
        let after = heaps + self.heap_bytes() * e.stride;
        match &self.search {
            Search::InOrder(points) => match Screen::new(&self.metric, points, self.count) {
                Some(screen) => {
                    let start = after + Self::unscreened_bytes(e.stride);
                    let are_inside = screen.grid.are_inside(e, rows);
                    e.code.get(are_inside).ops().if_(BlockType::Empty);
                    Screened::new(self, &screen, points, start).emit(e, rows, output);
                    e.code.ops().else_();
                    self.in_order(e, points, rows, [heaps, after]);
                    self.write(e, heaps, output);
                    e.code.ops().end();
                }
                None => {
                    self.in_order(e, points, rows, [heaps, after]);
                    self.write(e, heaps, output);
                }
            },
            Search::Tree(tree) => {
                let walk = Walk::new(e, tree, &self.metric, after);
                self.for_each_heap(e, heaps, |e, row, heap| {
                    heap.clear(e);
                    walk.emit(e, rows, row, heap);
                });
                self.write(e, heaps, output);
            }
        }
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        let after = match &self.search {
            Search::InOrder(points) => {
                let screen = Screen::sizes(&self.metric, points, self.count);
                let screen = screen.map_or(0, |sizes| screened::scratch_bytes(sizes, points.width, self.count));
                u64::from(Self::unscreened_bytes(stride)) + screen
            }
            Search::Tree(_) => u64::from(walk::SCRATCH_BYTES),
        };
        u64::from(self.heap_bytes()) * u64::from(stride) + after
    }
}

impl Nearest {
    /// The distances of all rows from a point, and the tops of all heaps.
    fn unscreened_bytes(stride: u32) -> u32 {
        16 * stride + TILE_BYTES as u32
    }

    /// Looks at all points one after the other, each with all rows of the block.
    fn in_order(&self, e: &mut Emit<'_>, points: &Matrix, rows: &Place, [heaps, after]: [u32; 2]) {
        let [distances_at, tops_at] = [after, after + 8 * e.stride + TILE_BYTES as u32];
        let tops = e.code.local(ValType::I32);
        e.code.i32(tops_at as i32).set(tops);
        // Rows beyond the last are compared too: nothing is nearer than their tops.
        e.for_each_row(16, |e, row| {
            let top = e.row_address(tops, row, ElementType::F64);
            for i in 0..8 {
                e.code.get(top);
                e.code.ops().f64_const(f64::NEG_INFINITY.into()).f64x2_splat().v128_store(memarg(16 * i, 0));
            }
        });
        self.for_each_heap(e, heaps, |e, row, heap| {
            heap.clear(e);
            let top = e.row_address(tops, row, ElementType::F64);
            e.code.get(top);
            e.code.ops().f64_const(self.farthest().into());
            e.store(ElementType::F64, 0);
        });
        let floor = self.metric.floor().filter(|_| measure::have_floor(points));
        let fast = floor.as_ref().unwrap_or(&self.metric);
        if fast.is_one_sum() {
            return self.in_tiles(e, fast, points, rows, (heaps, distances_at, tops));
        }
        let measure = Measure::new(e, &self.metric, points.width, ElementType::F64);
        let points_at = e.data.intern(&points.data.to_le_bytes(), 16);
        let (point, position) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        let target = e.code.local(ValType::I32);
        e.code.i32(points_at as i32).set(point).i32(distances_at as i32).set(target).i32(0).set(position);
        e.code.ops().loop_(BlockType::Empty);
        distances_of_rows(e, &measure, false, rows, point, target);
        e.for_each_row(2, |e, row| {
            let (value, top) =
                (e.row_address(target, row, ElementType::F64), e.row_address(tops, row, ElementType::F64));
            self.enter_nearer(e, None, [row, value, top, position], heaps);
        });
        e.code.advance(point, 8 * points.width as i32).advance(position, 1).get(position).i32(points.rows as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
    }

    /// Several points and rows at once. Where a faster number than the distance tells that all points of a tile are too far
    /// from all its rows, no distance is computed.
    fn in_tiles(
        &self,
        e: &mut Emit<'_>,
        fast: &Metric,
        points: &Matrix,
        rows: &Place,
        (heaps, distances_at, tops): (u32, u32, Local),
    ) {
        let exact = (*fast != self.metric).then(|| Measure::new(e, &self.metric, points.width, ElementType::F64));
        let points_at = e.data.intern(&points.data.to_le_bytes(), 16);
        let tiles = measure::tiles(e, fast, rows, points, TWO_POINTS);
        let (base, plane) = (e.code.local(ValType::I32), rows.plane_bytes(e.stride));
        e.code.i32(rows.address as i32).set(base);
        let [value, top, row, end, point, position] = std::array::from_fn(|_| e.code.local(ValType::I32));
        measure::for_each_tile(e, fast, &tiles, |e, tile, distances| {
            let first_top = e.row_address(tops, tile.row, ElementType::F64);
            let known = vectors(e, first_top, 0, distances[0].len());
            let pairs = distances.iter().flat_map(|distances| distances.iter().zip(&known));
            // Where sums overflow, the faster number is none.
            for (i, (distance, known)) in pairs.enumerate() {
                e.code.get(*distance).get(*known);
                e.code.ops().f64x2_ge();
                if i > 0 {
                    e.code.ops().v128_and();
                }
            }
            e.code.ops().i64x2_all_true().i32_eqz().if_(BlockType::Empty);
            for (i, distance) in distances.iter().flatten().enumerate() {
                e.code.i32((distances_at + 16 * i as u32) as i32).get(*distance);
                e.code.ops().v128_store(memarg(0, 0));
            }
            let n_rows = 2 * known.len() as i32;
            e.code.i32(distances_at as i32).set(value).get(tile.position).set(position);
            e.code.ops().loop_(BlockType::Empty);
            e.code.get(first_top).set(top).get(tile.row).tee(row).i32(n_rows);
            e.code.ops().i32_add();
            e.code.set(end).get(position).i32(8 * points.width as i32);
            e.code.ops().i32_mul().i32_const(points_at as i32).i32_add();
            e.code.set(point).ops().loop_(BlockType::Empty);
            let x = Side { address: e.row_address(base, row, ElementType::F64), step: plane, is_single: false };
            let y = Side { address: point, step: 8, is_single: true };
            self.enter_nearer(e, exact.as_ref().map(|exact| (exact, [x, y])), [row, value, top, position], heaps);
            e.code.advance(value, 16).advance(top, 16).advance(row, 2).get(row).get(end);
            e.code.ops().i32_lt_s().br_if(0).end();
            e.code.advance(position, 1).get(position).get(tile.position).i32(distances.len() as i32);
            e.code.ops().i32_add().i32_lt_s().br_if(0).end().end();
        });
    }

    /// Enters a point into the heaps of two rows if its distance is below a top; where only a number below the distance is
    /// known, the distance is computed first.
    fn enter_nearer(
        &self,
        e: &mut Emit<'_>,
        exact: Option<(&Measure<'_>, [Side; 2])>,
        [row, value, top, position]: [Local; 4],
        heaps: u32,
    ) {
        e.code.get(value);
        e.code.ops().v128_load(memarg(0, 0));
        e.code.get(top);
        e.code.ops().v128_load(memarg(0, 0)).f64x2_ge().i64x2_all_true().i32_eqz().if_(BlockType::Empty);
        if let Some((measure, [x, y])) = exact {
            let distances = measure.distances(e, x, y, 1, false);
            e.code.get(value).get(distances[0]);
            e.code.ops().v128_store(memarg(0, 0));
        }
        self.enter(e, [row, value, top, position], heaps);
        e.code.ops().end();
    }

    /// Enters a point into the heaps of two rows where it is nearer than the top. Rows beyond the last have a heap too.
    fn enter(&self, e: &mut Emit<'_>, [row, value, top, position]: [Local; 4], heaps: u32) {
        let (lane, distance) = (e.code.local(ValType::I32), e.code.local(ValType::F64));
        let (value_at, top_at) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        let heap = Heap { address: e.code.local(ValType::I32), size: self.count, farthest: self.farthest() };
        e.code.get(value).set(value_at).get(top).set(top_at).i32(0).set(lane);
        e.code.ops().loop_(BlockType::Empty);
        e.code.get(value_at);
        e.load(ElementType::F64, 0);
        e.code.tee(distance).get(top_at);
        e.load(ElementType::F64, 0);
        e.code.ops().f64_lt().if_(BlockType::Empty);
        e.code.get(row).get(lane);
        e.code.ops().i32_add().i32_const(self.heap_bytes() as i32).i32_mul().i32_const(heaps as i32).i32_add();
        e.code.set(heap.address);
        heap.push(e, distance, position);
        e.code.get(top_at);
        heap.top(e);
        e.store(ElementType::F64, 0);
        e.code.ops().end();
        e.code.advance(value_at, 8).advance(top_at, 8).advance(lane, 1).get(lane).i32(2);
        e.code.ops().i32_lt_u().br_if(0).end();
    }

    /// Runs `body` with every row and its heap.
    fn for_each_heap(&self, e: &mut Emit<'_>, heaps: u32, body: impl FnOnce(&mut Emit<'_>, Local, Heap)) {
        let heap = Heap { address: e.code.local(ValType::I32), size: self.count, farthest: self.farthest() };
        e.code.i32(heaps as i32).set(heap.address);
        e.for_each_row(1, |e, row| {
            body(e, row, heap);
            e.code.advance(heap.address, self.heap_bytes() as i32);
        });
    }

    /// Writes the distances and positions in the heaps, the nearest first.
    fn write(&self, e: &mut Emit<'_>, heaps: u32, output: &Place) {
        self.for_each_heap(e, heaps, |e, row, heap| {
            heap.sort(e);
            self.write_entries(e, row, heap, output);
        });
    }

    /// Writes a row's sorted entries.
    fn write_entries(&self, e: &mut Emit<'_>, row: Local, heap: Heap, output: &Place) {
        let plane = output.plane_bytes(e.stride);
        let (base, entry) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        let count = e.code.local(ValType::I32);
        e.code.i32(output.address as i32).set(base).get(heap.address).set(entry).i32(self.count as i32).set(count);
        let target = e.row_address(base, row, ElementType::F64);
        e.code.ops().loop_(BlockType::Empty);
        let (value, position) = heap::load_entry(e, entry);
        let reduced = e.code.local(ValType::V128);
        e.code.get(value);
        e.code.ops().f64x2_splat();
        e.code.set(reduced);
        let width = super::lanes::LaneWidth::F64;
        let root = self.root(&mut WasmLanes { code: &mut e.code, width }, reduced);
        e.code.get(target).get(root);
        e.code.ops().f64x2_extract_lane(0);
        e.store(ElementType::F64, 0);
        e.code.get(target).i32((self.count as u32 * plane) as i32);
        e.code.ops().i32_add();
        e.code.get(position);
        e.code.ops().f64_convert_i32_u();
        e.store(ElementType::F64, 0);
        e.code.advance(target, plane as i32).advance(entry, ENTRY_BYTES as i32).advance(count, -1).get(count);
        e.code.ops().br_if(0).end();
    }
}

/// Every metric in order, and trees of boxes and of balls, over points with equals, for few and for many neighbours.
pub fn examples() -> Vec<Example> {
    let rows = |width: usize| {
        let values = super::adversarial_f64();
        let n = values.len();
        let wild = (0..20 * width).map(|i| values[(i * 7 + i / n) % n]);
        // A coarse grid, where many distances are equal.
        let coarse = (0..50 * width).map(|i| ((i * 13 + i / 7) % 5) as f64 * 0.5);
        Matrix::new(70, width, Data::F64(wild.chain(coarse).collect()))
    };
    let points = |count: usize, width: usize| {
        let value = |i: usize| ((i * 11 + i / 3) % 7) as f64 * 0.5 - 0.25 * ((i % 3) as f64);
        Matrix::new(count, width, Data::F64((0..count * width).map(value).collect()))
    };
    let example = |search: Search, metric: Metric, count: usize, width: usize| Example {
        op: Nearest { search, metric, is_rooted: count > 1, count }.into(),
        inputs: vec![ExampleInput { matrix: rows(width), per_row: true }],
    };
    let in_order = super::pairwise::metrics(3)
        .into_iter()
        .enumerate()
        .map(|(i, metric)| example(Search::InOrder(Arc::new(points(37, 3))), metric, [1, 2, 5, 16, 37][i % 5], 3));
    let three = Metric::Power { power: 3.0, weights: Vec::new() };
    let kinds = [(1.0, Metric::Manhattan), (2.0, Metric::SquaredEuclidean), (f64::INFINITY, Metric::Chebyshev)];
    let boxes = kinds.into_iter().chain([(3.0, three.clone())]).zip([1, 5, 20, 41]).map(|((power, metric), count)| {
        let tree = tree::examples::tree(points(41, 2), &metric, Some(power));
        example(Search::Tree(Arc::new(tree)), metric, count, 2)
    });
    let balls = [three, Metric::Haversine, Metric::Canberra, Metric::Hamming, Metric::BrayCurtis];
    let balls = balls.into_iter().zip([5, 3, 41, 6, 2]).map(|(metric, count)| {
        let tree = tree::examples::tree(points(41, 2), &metric, None);
        example(Search::Tree(Arc::new(tree)), metric, count, 2)
    });
    in_order.chain(boxes).chain(balls).chain(screened()).collect()
}

/// Searches through a screen: rows beside the points, on a grid where many distances are equal, on points and between them,
/// and those that lie off the grid or do not end in their squared length.
fn screened() -> Vec<Example> {
    let values = super::adversarial_f64();
    let with_lengths = |rows: usize, width: usize, value: &dyn Fn(usize, usize) -> f64| {
        let row = |row: usize| {
            let numbers: Vec<f64> = (0..width).map(|column| value(row, column)).collect();
            let length: f64 = numbers.iter().map(|x| x * x).sum();
            numbers.into_iter().chain([length])
        };
        Matrix::new(rows, width + 1, Data::F64((0..rows).flat_map(row).collect()))
    };
    // Scattered numbers from 0 to below 1.
    let scattered = |i: usize| {
        let mixed = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed >> 12) as f64 / (1_u64 << 52) as f64
    };
    let example = |n_points: usize, width: usize, count: usize, origin: f64| {
        let point = move |row: usize, column: usize| origin + scattered(row * width + column) + (column % 3) as f64;
        // Some points stand twice.
        let points =
            with_lengths(n_points, width, &|row, column| point(if row % 397 == 5 { row - 1 } else { row }, column));
        let metric = Metric::SquaredEuclideanOfProducts { is_cut: true };
        let search = Search::InOrder(Arc::new(points));
        let op: super::Op = Nearest { search, metric, is_rooted: count != 2, count }.into();
        let inside = move |row: usize, column: usize| match row % 4 {
            0 => point(row * 5, column),
            1 => 0.5 * (point(row, column) + point(row + 1, column)),
            2 => origin + 0.5 + (column % 3) as f64,
            _ => point(n_points + row, column),
        };
        let wild = |row: usize, column: usize| match row {
            17 if column == 0 => origin + 1e6,
            40 => values[(column * 7) % values.len()],
            41 if column == width - 1 => f64::NAN,
            _ => inside(row, column),
        };
        let mut other = with_lengths(70, width, &inside);
        if let Data::F64(items) = &mut other.data {
            items[5 * width + 4] += 0.25;
        }
        let rows = [with_lengths(70, width, &inside), with_lengths(70, width, &wild), other];
        let inputs = |matrix| vec![ExampleInput { matrix, per_row: true }];
        rows.map(|matrix| Example { op: op.clone(), inputs: inputs(matrix) })
    };
    let shapes = [(400, 6, 5, 0.0), (390, 7, 1, 1e4), (777, 2, 2, 0.0), (700, 33, 20, -3.0), (500, 400, 3, 0.0)];
    shapes.into_iter().flat_map(|(n_points, width, count, origin)| example(n_points, width, count, origin)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Data, Search, screen::Screen, screened};
    use crate::ops::Op;

    #[test]
    fn a_screen_stands_before_points_that_it_tells_apart() {
        let examples = screened();
        let screens = examples.iter().map(|example| match &example.op {
            Op::Nearest(nearest) => match &nearest.search {
                Search::InOrder(points) => Screen::new(&nearest.metric, points, nearest.count).is_some(),
                Search::Tree(_) => false,
            },
            _ => false,
        });
        assert_eq!(screens.collect::<Vec<_>>(), vec![true; examples.len()]);
    }

    #[test]
    fn no_screen_stands_before_points_on_a_coarse_grid() {
        let examples = screened();
        let Some(Op::Nearest(nearest)) = examples.first().map(|example| &example.op) else { panic!("a search") };
        let Search::InOrder(points) = &nearest.search else { panic!("points in order") };
        let mut coarse = points.as_ref().clone();
        let Data::F64(items) = &mut coarse.data else { panic!("doubles") };
        for point in items.chunks_exact_mut(points.width) {
            let (length, numbers) = point.split_last_mut().unwrap();
            numbers.iter_mut().for_each(|x| *x = (4.0 * *x).round());
            *length = numbers.iter().map(|x| x * x).sum();
        }
        assert!(Screen::new(&nearest.metric, &coarse, nearest.count).is_none());
    }
}
