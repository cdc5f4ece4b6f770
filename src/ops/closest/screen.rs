//! Which points may be nearest to a row, by whole numbers.
//!
//! A column's number `x` of a row is at the place `X = round(s x) - c`, `s` a power of 2 and `c` a whole number for each
//! column: `s` times the distance from `m = c / s`, off by `|e| <= 1/2` (a sum so large that its last bit is worth `1 / s`).
//! A number of a point is `Y = round(t (y - m))`, off by at most `1/2 + 2^-12`. The squared distance from a point, less what
//! all points have in common, is `|y - m|² - 2 (x - m)(y - m)`; times `s t / 2` it is the score `N - Σ X Y` but for
//! `Σ e t (y - m) + Σ X (t (y - m) - Y)` and the rounding of `N`. For two points the difference of scores is therefore off
//! by at most `(1/2 + 2^-12) t Σ |y - y'| + (1 + 2^-11) Σ |X| + 2`. What rounding leaves of the framework's distance is added:
//! less than an ulp of `x² + y²` for each column and each sum, of two points twice, and `x` inside the grid is bounded.
//!
//! Points whose score is not within that of the lowest are surely farther, as computed. The few that are left, mostly one,
//! are computed as ever. A row that lies outside is compared with all points, and where that happens too often in a
//! block, or too many are left, the whole block is searched as ever. Sums do not overflow: `2^14 Σ |Y| + N` is below `2^30`.

use super::Closest;
use crate::ops::emit::{Emit, Place};
use crate::ops::grid::load;
use crate::ops::lanes::{LaneWidth, Lanes, WasmLanes};
use crate::ops::pairwise::measure::{Measure, Side};
use crate::tensor::{Data, ElementType};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// To this number the unit in the last place is 1: a sum with it is a whole number, in the low bits.
const WHOLE: f64 = (1_u64 << 52) as f64;
/// The bits of a number's exponent.
const EXPONENT: u64 = 0x7FF << 52;
/// Places are from minus to below this.
const HALF: i32 = 1 << 14;
/// How much farther than the points rows may lie.
const MARGIN: f64 = 16.0;
/// Scores are below this, and those that fill up a tile are this.
const MOST_SCORE: i64 = 1 << 30;
/// Shifts are below this, or the rounding of scaled numbers would count.
const MOST_SHIFT: f64 = (1_u64 << 30) as f64;
/// Scales whose squares are numbers of usual size.
const SCALES: std::ops::RangeInclusive<f64> = 1e-100..=1e100;
/// Columns and points for which a screen pays.
const COLUMNS: std::ops::RangeInclusive<usize> = 8..=4096;
const FEWEST_POINTS: usize = 8;
/// Rows of a tile, in vectors of four.
const VECTORS: usize = 2;
const ROWS: usize = 4 * VECTORS;
/// Points of a tile.
const POINTS: usize = 4;
/// Points that may be left of a block beyond so many for each row.
const ROOM: i32 = 512;
const ROOM_PER_ROW: i32 = 3;

/// Points on a grid.
#[derive(Debug)]
pub struct Screen {
    scale: f64,
    /// Added to the number of each column: the place is then in the low bits of the sum.
    offsets: Vec<f64>,
    /// `-Y` of each point.
    places: Vec<Vec<i16>>,
    /// `N` of each point.
    lengths: Vec<i32>,
    /// What differences of scores may be off by, besides `Σ |X|`.
    reach: i32,
}

impl Screen {
    /// Whether there may be a screen: the columns and the points.
    fn sizes(closest: &Closest) -> Option<[usize; 2]> {
        let [columns, points] = [closest.points.width.saturating_sub(1), closest.points.rows];
        (!closest.is_whole && COLUMNS.contains(&columns) && points >= FEWEST_POINTS).then_some([columns, points])
    }

    /// The grid of some points, unless they are not finite, all the same, or too far from 0 for their range.
    pub fn new(closest: &Closest) -> Option<Self> {
        let [columns, _] = Self::sizes(closest)?;
        let Data::F64(items) = &closest.points.data else { return None };
        let points: Vec<(&[f64], f64)> = items
            .chunks_exact(columns + 1)
            .filter_map(|point| point.split_last().map(|(length, numbers)| (numbers, *length)))
            .collect();
        if items.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let (scale, shifts) = Self::grid(columns, &points)?;
        let centred =
            |numbers: &[f64]| -> Vec<f64> { numbers.iter().zip(&shifts).map(|(y, shift)| y - shift / scale).collect() };
        let centred: Vec<Vec<f64>> = points.iter().map(|(numbers, _)| centred(numbers)).collect();
        let sum = |numbers: &Vec<f64>| numbers.iter().map(|y| y.abs()).sum::<f64>();
        let (most, longest) = (
            centred.iter().flatten().fold(0.0, |most: f64, y| most.max(y.abs())),
            centred.iter().map(sum).fold(0.0, f64::max),
        );
        let fine = (32000.0 / most).min(0.9 * (MOST_SCORE / i64::from(HALF)) as f64 / longest);
        if !SCALES.contains(&fine) {
            return None;
        }
        let places: Vec<Vec<i16>> =
            centred.iter().map(|point| point.iter().map(|y| -(y * fine).round_ties_even() as i16).collect()).collect();
        let unit = 0.5 * scale * fine;
        let length = |point: &Vec<f64>| (unit * point.iter().map(|y| y * y).sum::<f64>()).round_ties_even();
        let lengths: Vec<f64> = centred.iter().map(length).collect();
        let fits = |(places, length): (&Vec<i16>, &f64)| {
            let sum: i64 = places.iter().map(|y| i64::from(*y).abs()).sum();
            *length <= MOST_SCORE as f64 && i64::from(HALF) * sum + (*length as i64) < MOST_SCORE - 1
        };
        // Squares of a row inside and of a point, at most.
        let farthest = |shift: &f64| (shift.abs() + f64::from(HALF) + 1.0) / scale;
        let squares: f64 = shifts.iter().map(farthest).map(|x| x * x).sum();
        let squares = points.iter().map(|(_, length)| *length).fold(2.0 * squares, f64::max) + squares;
        let slack = 4.0 * (4 * columns + 16) as f64 * f64::EPSILON * squares * unit;
        // `Σ |y - y'|` is at most twice the longest. For each column `2^-11 |X|` is at most eight, and what the rounding of
        // `y - m` leaves of `N` is below one.
        let reach = 1.001 * fine * longest + 9.0 * columns as f64 + slack + 4.0;
        let lengths_are_true = points.iter().all(|(numbers, length)| {
            let sum: f64 = numbers.iter().map(|y| y * y).sum();
            (sum - length).abs() <= (4 * columns + 16) as f64 * f64::EPSILON * sum
        });
        if !places.iter().zip(&lengths).all(fits) || !lengths_are_true || reach > f64::from(1 << 28) {
            return None;
        }
        let offsets = shifts.iter().map(|shift| (WHOLE + f64::from(HALF) - shift) / scale).collect();
        let lengths = lengths.iter().map(|length| *length as i32).collect();
        Some(Screen { scale, offsets, places, lengths, reach: reach as i32 })
    }

    /// The scale of the grid, and the shift of each column; none where numbers are too large, too small or too far from 0.
    fn grid(columns: usize, points: &[(&[f64], f64)]) -> Option<(f64, Vec<f64>)> {
        let bounds = |column: usize| {
            let numbers = points.iter().filter_map(|(numbers, _)| numbers.get(column).copied());
            numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        };
        let bounds: Vec<(f64, f64)> = (0..columns).map(bounds).collect();
        let widest = bounds.iter().map(|(low, high)| 0.5 * high - 0.5 * low).fold(0.0, f64::max);
        // The power of 2 next to it.
        let scale = std::f64::consts::SQRT_2 * f64::from(HALF) / (MARGIN * widest);
        let scale = f64::from_bits(scale.to_bits() & EXPONENT);
        if !SCALES.contains(&scale) {
            return None;
        }
        let shifts: Vec<f64> =
            bounds.iter().map(|(low, high)| ((0.5 * low + 0.5 * high) * scale).round_ties_even()).collect();
        if shifts.iter().any(|shift| shift.abs() > MOST_SHIFT) {
            return None;
        }
        Some((scale, shifts))
    }

    /// Bytes of scratch memory, if there may be a screen.
    pub fn scratch_bytes(closest: &Closest) -> u64 {
        Self::sizes(closest).map_or(0, |[columns, points]| {
            let (pairs, padded) = (columns.div_ceil(2), points.next_multiple_of(POINTS));
            (16 * VECTORS * (pairs + padded)) as u64
        })
    }

    fn pairs(&self) -> usize {
        self.offsets.len().div_ceil(2)
    }

    fn padded(&self) -> usize {
        self.places.len().next_multiple_of(POINTS)
    }
}

/// A search as it is emitted.
#[derive(Debug)]
pub struct Screened<'a> {
    closest: &'a Closest,
    screen: &'a Screen,
    /// Pairs of places: for each pair of columns a vector of four rows after the other.
    places: u32,
    /// The scores: for each point the same.
    scores: u32,
}

/// What is known of four rows.
#[derive(Debug, Clone, Copy)]
struct Rows {
    lowest: Local,
    position: Local,
    /// By how much a score may exceed the lowest where its point may be nearest.
    reach: Local,
    /// Which rows have one such point.
    certain: Local,
}

impl<'a> Screened<'a> {
    /// A search with its scratch memory at `start`.
    pub fn new(closest: &'a Closest, screen: &'a Screen, start: u32) -> Self {
        Screened { closest, screen, places: start, scores: start + (16 * VECTORS * screen.pairs()) as u32 }
    }

    /// Searches for the nearest of all rows. Gives an i32: negative where too many points were left, and the search ended early.
    pub fn emit(&self, e: &mut Emit<'_>, rows: &Place, output: &Place) -> Local {
        let metric = self.closest.metric();
        let exact = Measure::new(e, &metric, self.closest.points.width, ElementType::F64);
        let [base, target, left] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let n_rows = e.rows();
        e.code.i32(rows.address as i32).set(base).i32(output.address as i32).set(target);
        e.code.get(n_rows).i32(ROOM_PER_ROW).ops().i32_mul().i32_const(ROOM).i32_add();
        e.code.set(left).ops().block(BlockType::Empty);
        e.for_each_row(ROWS as i32, |e, row| {
            let at = e.row_address(base, row, ElementType::F64);
            let sums = self.place_rows(e, at, rows.plane_bytes(e.stride));
            let known = self.compare(e, sums);
            let to = e.row_address(target, row, ElementType::I64);
            for (i, rows) in known.iter().enumerate() {
                e.code.get(to).get(rows.position).ops().i64x2_extend_low_i32x4_u().v128_store(memarg(32 * i as u32, 0));
                e.code
                    .get(to)
                    .get(rows.position)
                    .ops()
                    .i64x2_extend_high_i32x4_u()
                    .v128_store(memarg(32 * i as u32 + 16, 0));
            }
            for (i, rows_known) in known.iter().enumerate() {
                let (all, first) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
                e.code.get(row).i32(4 * i as i32).ops().i32_add();
                e.code.set(first).get(rows_known.certain).ops().i32x4_all_true();
                e.code.tee(all).ops().i32_eqz().if_(BlockType::Empty);
                for lane in 0..4 {
                    let this = e.code.local(ValType::I32);
                    e.code.get(first).i32(i32::from(lane)).ops().i32_add();
                    e.code.tee(this).get(n_rows).ops().i32_lt_s();
                    e.code
                        .get(rows_known.certain)
                        .ops()
                        .i32x4_extract_lane(lane)
                        .i32_eqz()
                        .i32_and()
                        .if_(BlockType::Empty);
                    let address = e.row_address(base, this, ElementType::F64);
                    let side = Side { address, step: rows.plane_bytes(e.stride), is_single: true };
                    let position = self.search(e, &exact, side, *rows_known, [4 * i as u32, lane.into()], left);
                    let to = e.row_address(target, this, ElementType::I64);
                    e.code.get(to).get(position).ops().i64_extend_i32_s();
                    e.store(ElementType::I64, 0);
                    e.code.ops().end();
                }
                e.code.ops().end();
            }
            // Out of the loop, its block, and this one.
            e.code.get(left).i32(0).ops().i32_lt_s().br_if(2);
        });
        e.code.ops().end();
        left
    }

    /// Stores the places of the rows. Gives for each vector of rows `Σ |X|` and which lie inside.
    fn place_rows(&self, e: &mut Emit<'_>, at: Local, plane: u32) -> [[Local; 2]; VECTORS] {
        let offsets = Data::F64(self.screen.offsets.iter().flat_map(|offset| [*offset; 2]).collect());
        let offsets = e.data.intern(&offsets.to_le_bytes(), 16);
        let [cursor, offset, to, left] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let [sums, seen, seen_too]: [[Local; VECTORS]; 3] =
            std::array::from_fn(|_| std::array::from_fn(|_| e.code.local(ValType::V128)));
        for local in [sums, seen, seen_too].into_iter().flatten() {
            e.code.ops().v128_const(0);
            e.code.set(local);
        }
        e.code.get(at).set(cursor).i32(offsets as i32).set(offset).i32(self.places as i32).set(to);
        let step = |e: &mut Emit<'_>, is_full: bool| {
            let shifts = [Some(load(e, offset, 0)), is_full.then(|| load(e, offset, 16))];
            for i in 0..VECTORS {
                let [low, high] = [(seen[i], 0), (seen_too[i], 16)]
                    .map(|(seen, more)| self.place_pair(e, cursor, [32 * i as u32 + more, plane], seen, shifts));
                let places = e.code.local(ValType::V128);
                e.code.get(to).get(low).get(high);
                e.code.ops().i8x16_shuffle(std::array::from_fn(|k| (k % 4 + k / 4 * 8) as u8));
                e.code.i32(HALF).ops().i16x8_splat().i16x8_sub();
                e.code.tee(places).ops().v128_store(memarg(16 * i as u32, 0));
                e.code
                    .get(sums[i])
                    .get(places)
                    .ops()
                    .i16x8_abs()
                    .i32_const(1)
                    .i16x8_splat()
                    .i32x4_dot_i16x8_s()
                    .i32x4_add();
                e.code.set(sums[i]);
            }
        };
        let columns = self.screen.offsets.len();
        e.code.i32((columns / 2) as i32).set(left).ops().loop_(BlockType::Empty);
        step(e, true);
        e.code.advance(cursor, 2 * plane as i32).advance(offset, 32).advance(to, 16 * VECTORS as i32).advance(left, -1);
        e.code.get(left).ops().br_if(0).end();
        if columns % 2 == 1 {
            step(e, false);
        }
        std::array::from_fn(|i| {
            let inside = e.code.local(ValType::V128);
            for seen in [seen[i], seen_too[i]] {
                e.code.get(seen).i32(2 * HALF).ops().i32_const(-1).i32_add();
                e.code.ops().i64_extend_i32_u().i64x2_splat().v128_andnot().v128_const(0).i64x2_eq();
            }
            e.code.ops().i8x16_shuffle(std::array::from_fn(|k| (k % 4 + k / 4 * 8) as u8));
            e.code.set(inside);
            [sums[i], inside]
        })
    }

    /// The places of two rows in a pair of columns, from 0 up, in the low halves of two i64; the second of the columns may be none.
    fn place_pair(
        &self,
        e: &mut Emit<'_>,
        cursor: Local,
        [at, plane]: [u32; 2],
        seen: Local,
        shifts: [Option<Local>; 2],
    ) -> Local {
        let whole = (WHOLE / self.screen.scale).to_bits();
        let [first, second] = [0, 1].map(|i: usize| {
            let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
            // A place in the middle is 0.
            let Some(shift) = shifts[i] else { return l.bits(HALF as u64) };
            let x = load(e, cursor, at + i as u32 * plane);
            let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
            let (sum, whole) = (l.add(shift, x), l.bits(whole));
            let place = l.xor(sum, whole);
            let all = l.or(seen, place);
            e.code.get(all).set(seen);
            place
        });
        let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
        let second = l.shl(second, 16);
        l.or(first, second)
    }

    /// `-Y` of the points, of which each tile has its pairs of columns one after the other, and `N` of each point in all
    /// lanes. What fills up the last tile is farther than any.
    fn place_points(&self, e: &mut Emit<'_>) -> [u32; 2] {
        let (pairs, padded) = (self.screen.pairs(), self.screen.padded());
        let place = |point: usize, column: usize| {
            self.screen.places.get(point).and_then(|places| places.get(column)).copied().unwrap_or(0)
        };
        let mut packed: Vec<u8> = Vec::with_capacity(4 * pairs * padded);
        for tile in 0..padded / POINTS {
            for pair in 0..pairs {
                for point in tile * POINTS..(tile + 1) * POINTS {
                    packed.extend([0, 1].into_iter().flat_map(|i| place(point, 2 * pair + i).to_le_bytes()));
                }
            }
        }
        let length = |point: usize| self.screen.lengths.get(point).copied().unwrap_or(MOST_SCORE as i32) as u32;
        let lengths = Data::U32((0..padded).flat_map(|point| [length(point); 4]).collect());
        [e.data.intern(&packed, 16), e.data.intern(&lengths.to_le_bytes(), 16)]
    }

    /// Stores the scores of all rows and points, and finds each row's lowest.
    fn compare(&self, e: &mut Emit<'_>, sums: [[Local; 2]; VECTORS]) -> [Rows; VECTORS] {
        let [points, lengths] = self.place_points(e);
        let [point, length, score, end] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let [lowest, second, position]: [[Local; VECTORS]; 3] =
            std::array::from_fn(|_| std::array::from_fn(|_| e.code.local(ValType::V128)));
        let index = e.code.local(ValType::V128);
        for i in 0..VECTORS {
            e.code.i32(i32::MAX).ops().i32x4_splat();
            e.code.tee(lowest[i]).set(second[i]).ops().v128_const(0);
            e.code.set(position[i]);
        }
        e.code.ops().v128_const(0);
        e.code
            .set(index)
            .i32(points as i32)
            .set(point)
            .i32(lengths as i32)
            .set(length)
            .i32(self.scores as i32)
            .set(score);
        e.code.i32((self.scores as usize + 16 * VECTORS * self.screen.padded()) as i32).set(end);
        e.code.ops().loop_(BlockType::Empty);
        let found = self.tile(e, point, length);
        for (k, found) in found.iter().enumerate() {
            for (i, found) in found.iter().enumerate() {
                e.code.get(score).get(*found).ops().v128_store(memarg((16 * (k * VECTORS + i)) as u32, 0));
                e.code.get(index).get(position[i]).get(lowest[i]).get(*found).ops().i32x4_gt_s().v128_bitselect();
                e.code.set(position[i]).get(second[i]).get(lowest[i]).get(*found).ops().i32x4_max_s().i32x4_min_s();
                e.code.set(second[i]).get(lowest[i]).get(*found).ops().i32x4_min_s();
                e.code.set(lowest[i]);
            }
            e.code.get(index).i32(1).ops().i32x4_splat().i32x4_add();
            e.code.set(index);
        }
        e.code.advance(score, (16 * VECTORS * POINTS) as i32).advance(length, 16 * POINTS as i32).get(score).get(end);
        e.code.ops().i32_lt_u().br_if(0).end();
        std::array::from_fn(|i| {
            let [sum, inside] = sums[i];
            let (reach, certain) = (e.code.local(ValType::V128), e.code.local(ValType::V128));
            e.code.get(sum).i32(self.screen.reach).ops().i32x4_splat().i32x4_add();
            e.code.set(reach).get(second[i]).get(lowest[i]).ops().i32x4_sub();
            e.code.get(reach).ops().i32x4_gt_s();
            // A row outside may be anywhere.
            e.code.get(inside).ops().v128_and();
            e.code.set(certain).get(reach).i32(i32::MAX).ops().i32x4_splat();
            e.code.get(inside).ops().v128_bitselect();
            e.code.set(reach);
            Rows { lowest: lowest[i], position: position[i], reach, certain }
        })
    }

    /// The scores of a tile, point by point; `point` is then behind the tile.
    fn tile(&self, e: &mut Emit<'_>, point: Local, length: Local) -> Vec<[Local; VECTORS]> {
        let (places, end) = (e.code.local(ValType::I32), self.places + (16 * VECTORS * self.screen.pairs()) as u32);
        let sums: Vec<[Local; VECTORS]> = (0..POINTS)
            .map(|k| {
                let start = load(e, length, 16 * k as u32);
                std::array::from_fn(|_| {
                    let sum = e.code.local(ValType::V128);
                    e.code.get(start).set(sum);
                    sum
                })
            })
            .collect();
        e.code.i32(self.places as i32).set(places).ops().loop_(BlockType::Empty);
        let (y, x): (Local, [Local; VECTORS]) =
            (load(e, point, 0), std::array::from_fn(|i| load(e, places, 16 * i as u32)));
        for (k, sums) in sums.iter().enumerate() {
            let spread = e.code.local(ValType::V128);
            e.code.get(y).get(y).ops().i8x16_shuffle(std::array::from_fn(|i| (4 * k + i % 4) as u8));
            e.code.set(spread);
            for (sum, x) in sums.iter().zip(x) {
                e.code.get(*sum).get(x).get(spread).ops().i32x4_dot_i16x8_s().i32x4_add();
                e.code.set(*sum);
            }
        }
        e.code.advance(point, 4 * POINTS as i32).advance(places, 16 * VECTORS as i32).get(places).i32(end as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
        sums
    }

    /// The nearest of the points that a row's scores leave.
    fn search(
        &self,
        e: &mut Emit<'_>,
        exact: &Measure<'_>,
        x: Side,
        rows: Rows,
        [first, lane]: [u32; 2],
        left: Local,
    ) -> Local {
        let points = e.data.intern(&self.closest.points.data.to_le_bytes(), 16);
        let [limit, index, score, point, position] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let [best, found, unknown] = std::array::from_fn(|_| e.code.local(ValType::F64));
        let columns = self.closest.points.width - 1;
        e.code.get(rows.lowest).ops().i32x4_extract_lane(lane as u8);
        e.code.get(rows.reach).ops().i32x4_extract_lane(lane as u8);
        e.code.ops().i32_add();
        e.code.set(limit).i32(i32::MAX).get(limit).get(rows.reach).ops().i32x4_extract_lane(lane as u8);
        e.code.i32(i32::MAX).ops().i32_eq().select();
        e.code.set(limit).i32(0).tee(index).set(position).i32(points as i32).set(point);
        e.code.i32((self.scores + 4 * (first + lane)) as i32).set(score).ops().f64_const(f64::INFINITY.into());
        e.code.set(best).ops().f64_const(0.0.into());
        e.code.set(unknown).ops().loop_(BlockType::Empty);
        e.code.get(score);
        e.load(ElementType::U32, 0);
        e.code.get(limit).ops().i32_le_s().if_(BlockType::Empty);
        let (sums, [_, y]) = exact.sums(e, x, Side { address: point, step: 8, is_single: true }, 1);
        let y = e.load_splat(y.address, ElementType::F64, false);
        let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
        let zero = l.constant(0.0);
        let distance = exact.metric.finish_lengths(&mut l, sums[0], [zero, y], columns);
        e.code.get(distance).ops().f64x2_extract_lane(0);
        // NaN, once a distance is not finite.
        e.code.tee(found).get(found).ops().f64_sub();
        e.code.get(unknown).ops().f64_add();
        e.code.set(unknown).get(found).get(best).ops().f64_lt().if_(BlockType::Empty);
        e.code.get(found).set(best).get(index).set(position).ops().end();
        e.code.advance(left, -1).ops().end();
        e.code
            .advance(score, 16 * VECTORS as i32)
            .advance(point, 8 * self.closest.points.width as i32)
            .advance(index, 1);
        e.code.get(index).i32(self.closest.points.rows as i32).ops().i32_lt_u().br_if(0).end();
        e.code.i32(-1).get(position).get(unknown).get(unknown).ops().f64_ne().select();
        e.code.set(position);
        position
    }
}
