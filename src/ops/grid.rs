//! Vectors on a grid of whole numbers: rounded distances that tell which of many points cannot be near, at four times the
//! speed of doubles.
//!
//! A column's number `x` is at the place `round(s x) + c`: one scale `s` for all columns, a shift `c` for each. A place is
//! off by at most `1/2 + 2^-12` (the product is rounded below 2^41, then the sum to a whole number), a difference of two by
//! at most `1 + 2^-11`. For `n` columns the distance of two places is therefore within [`Grid::reach`] = `1.001 √n` of `s`
//! times the distance of the vectors, by the triangle's inequality. The square of a distance of places is an exact i32.

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, WasmLanes};
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// To this number the unit in the last place is 1: a sum with it is a whole number, in the low bits.
const WHOLE: f64 = (1_u64 << 52) as f64;
/// Bits of a place at most, so that twice its number still fits an i16.
const MOST_BITS: u32 = 14;
/// Scaled numbers are below this, or their rounding would count.
const MOST_SCALED: f64 = (1_u64 << 40) as f64;
/// How much wider the grid is than the points.
const MARGIN: f64 = 1.125;
/// Scales whose squares are numbers of usual size.
const SCALES: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// A grid that holds some points and what lies around them.
#[derive(Debug)]
pub struct Grid {
    /// The columns of a vector that count.
    pub columns: usize,
    /// Places per unit.
    pub scale: f64,
    /// Bits of a place: places are from 0 to below `2^bits`.
    bits: u32,
    /// Added to the scaled number of each column: [`WHOLE`] and the shift.
    offsets: Vec<f64>,
}

impl Grid {
    /// The grid of the first `columns` columns of some points; none where a number is not finite, where all are the same,
    /// and where they are too far from 0 for their range.
    pub fn new(points: &[f64], width: usize, columns: usize) -> Option<Self> {
        let bits = (1..=MOST_BITS).rev().find(|bits| (columns as u64) << (2 * bits) < 1 << 31)?;
        let bounds = |column: usize| {
            let numbers = points.chunks_exact(width).filter_map(|point| point.get(column).copied());
            let bounds = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            // `min` and `max` pass over NaN.
            bounds
        };
        if columns == 0 || points.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let bounds: Vec<(f64, f64)> = (0..columns).map(bounds).collect();
        let widest = bounds.iter().map(|(low, high)| 0.5 * high - 0.5 * low).fold(0.0, f64::max);
        let half = f64::from(1_u32 << (bits - 1));
        let scale = (half - 2.0) / (MARGIN * widest);
        let centres: Vec<f64> = bounds.iter().map(|(low, high)| (0.5 * low + 0.5 * high) * scale).collect();
        if half < 16.0 || !SCALES.contains(&scale) || centres.iter().any(|centre| centre.abs() > MOST_SCALED) {
            return None;
        }
        let offsets = centres.iter().map(|centre| WHOLE + half - centre.round_ties_even()).collect();
        Some(Grid { columns, scale, bits, offsets })
    }

    /// By how much the distance of two places may differ from the scaled distance.
    pub fn reach(&self) -> f64 {
        1.001 * (self.columns as f64).sqrt()
    }

    /// Pairs of columns, of which one product takes care.
    pub fn pairs(&self) -> usize {
        self.columns.div_ceil(2)
    }

    /// The places of a point that lies inside.
    pub fn places(&self, point: &[f64]) -> Vec<i32> {
        let place = |(x, offset): (&f64, &f64)| (x * self.scale + offset - WHOLE) as i32;
        point.iter().zip(&self.offsets).map(place).collect()
    }

    /// The bits that no place has.
    fn beyond(&self) -> u64 {
        !((1 << self.bits) - 1)
    }

    /// Puts the offsets into the data.
    pub fn place_offsets(&self, e: &mut Emit<'_>) -> u32 {
        e.data.intern(&Data::F64(self.offsets.clone()).to_le_bytes(), 16)
    }

    /// Emits the places of two rows in one column, in the low halves of two i64, from the numbers and the column's offset.
    fn to_places(&self, e: &mut Emit<'_>, x: Local, offset: Local) -> Local {
        let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
        let scale = l.constant(self.scale);
        let scaled = l.mul(x, scale);
        l.add(scaled, offset)
    }

    /// Whether all rows lie inside and end in their squared length (i32). Rows beyond the last may count too.
    pub fn are_inside(&self, e: &mut Emit<'_>, rows: &Place) -> Local {
        let offsets = self.place_offsets(e);
        let [base, cursor, offset, left, answer] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let [outside, sum] = std::array::from_fn(|_| e.code.local(ValType::V128));
        e.code.i32(rows.address as i32).set(base).ops().v128_const(0);
        e.code.set(outside);
        e.for_each_row(2, |e, row| {
            let at = e.row_address(base, row, ElementType::F64);
            e.code.get(at).set(cursor).i32(offsets as i32).set(offset).i32(self.columns as i32).set(left);
            e.code.ops().v128_const(0);
            e.code.set(sum).ops().loop_(BlockType::Empty);
            let x = load(e, cursor, 0);
            let shift = e.load_splat(offset, ElementType::F64, false);
            let places = self.to_places(e, x, shift);
            let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
            let (whole, square) = (l.constant(WHOLE), l.mul(x, x));
            let (places, total) = (l.xor(places, whole), l.add(sum, square));
            let found = l.or(outside, places);
            e.code.get(found).set(outside).get(total).set(sum);
            e.code.advance(cursor, rows.plane_bytes(e.stride) as i32).advance(offset, 8).advance(left, -1).get(left);
            e.code.ops().br_if(0).end();
            let length = load(e, cursor, 0);
            let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
            let (difference, slack) = (l.sub(sum, length), l.constant(self.slack()));
            let (difference, slack) = (l.abs(difference), l.mul(slack, sum));
            let (is_length, all) = (l.le(difference, slack), l.bits(u64::MAX));
            let is_other = l.xor(is_length, all);
            let found = l.or(outside, is_other);
            e.code.get(found).set(outside);
        });
        let beyond = WasmLanes { code: &mut e.code, width: LaneWidth::F64 }.bits(self.beyond());
        e.code.get(outside).get(beyond).ops().v128_and().v128_any_true().i32_eqz();
        e.code.set(answer);
        answer
    }

    /// Whether numbers are the squared lengths of points, but for rounding.
    pub fn are_lengths(&self, points: &Matrix) -> bool {
        let Data::F64(items) = &points.data else { return false };
        items.chunks_exact(points.width).all(|point| {
            let (numbers, rest) = point.split_at(self.columns);
            let sum: f64 = numbers.iter().map(|x| x * x).sum();
            matches!(rest, [length] if (sum - length).abs() <= self.slack() * sum)
        })
    }

    /// What rounding is as a part of a sum of squares, or of a distance from sums of products as a part of both squared
    /// lengths: at most an ulp for each column and each sum, and some for the rest.
    pub fn slack(&self) -> f64 {
        (4 * self.columns + 16) as f64 * f64::EPSILON
    }

    /// Stores the places of some rows, as many as `to` takes, in pairs of columns; 0 fills up the last. `to` gets the offset
    /// of a pair from the first and for every two rows a vector of i64, whose low halves are each row's pair.
    pub fn quantise(
        &self,
        e: &mut Emit<'_>,
        [at, offsets]: [Local; 2],
        plane: u32,
        n_vectors: u32,
        mut to: impl FnMut(&mut Emit<'_>, &[Local]),
    ) {
        let [cursor, offset, left] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let full = self.columns / 2;
        e.code.get(at).set(cursor).get(offsets).set(offset);
        if full > 0 {
            e.code.i32(full as i32).set(left).ops().loop_(BlockType::Empty);
            let pairs: Vec<Local> =
                (0..n_vectors).map(|i| self.pair(e, [cursor, offset], [16 * i, plane], true)).collect();
            to(e, &pairs);
            e.code.advance(cursor, 2 * plane as i32).advance(offset, 16).advance(left, -1).get(left);
            e.code.ops().br_if(0).end();
        }
        if self.columns % 2 == 1 {
            let pairs: Vec<Local> =
                (0..n_vectors).map(|i| self.pair(e, [cursor, offset], [16 * i, plane], false)).collect();
            to(e, &pairs);
        }
    }

    fn pair(&self, e: &mut Emit<'_>, [cursor, offset]: [Local; 2], [at, plane]: [u32; 2], is_full: bool) -> Local {
        let x = load(e, cursor, at);
        let shift = e.load_splat(offset, ElementType::F64, false);
        let first = self.to_places(e, x, shift);
        if !is_full {
            return first;
        }
        let (x, next) = (load(e, cursor, at + plane), e.code.local(ValType::I32));
        e.code.get(offset).i32(8).ops().i32_add();
        e.code.set(next);
        let shift = e.load_splat(next, ElementType::F64, false);
        let second = self.to_places(e, x, shift);
        let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
        let second = l.shl(second, 16);
        l.or(first, second)
    }
}

/// The vector at an address.
pub fn load(e: &mut Emit<'_>, address: Local, offset: u32) -> Local {
    let vector = e.code.local(ValType::V128);
    e.code.get(address).ops().v128_load(memarg(offset, 0));
    e.code.set(vector);
    vector
}
