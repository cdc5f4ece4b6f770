//! `closest`: which of some constant points is nearest, where distances are sums of products.

mod screen;

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, Scalar64, WasmLanes};
use super::pairwise::measure::{self, Measure, Side};
use super::pairwise::{Metric, distance};
use super::tile::{PARKED_BYTES, TWO_POINTS, vectors};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use screen::{Screen, Screened};
use std::sync::Arc;
use wasm_encoder::{BlockType, ValType};

/// The position of the nearest point by [`Metric::SquaredEuclideanOfProducts`], the first of equals; i64. Where a distance that
/// does not have the length of the row is not finite, its products overflow, and the answer is -1.
///
/// Products that are not rounded are slow to compute here. They are only where two points are so near each other that
/// rounding could decide.
#[derive(Debug, Clone)]
pub struct Closest {
    /// The points; their last column is the squared length of the others.
    pub points: Arc<Matrix>,
    /// Whether a distance has the squared length of the row, which is then the last column of the rows too, and is 0 where
    /// it is not above that.
    pub is_whole: bool,
}

/// Planes of what is known of each row: the lowest number below a distance, its point's position, the second lowest, and the
/// row's squared length.
const LOWEST: u32 = 0;
const POSITION: u32 = 1;
const SECOND: u32 = 2;
const LENGTH: u32 = 3;
const PLANES: u32 = 4;
/// Vectors whose squared lengths are summed up side by side.
const LENGTHS: usize = 4;

impl Operator for Closest {
    fn name(&self) -> &'static str {
        "closest"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("closest", inputs, 1)?;
        let ValueType { element, width, .. } = inputs[0];
        let are_doubles = element == ElementType::F64 && self.points.element() == element;
        let columns = self.points.width - usize::from(!self.is_whole && self.points.width > 0);
        if !are_doubles || width == 0 || columns != width || self.points.rows == 0 {
            return Err(bad_operand("closest", format!("{width} × {element} against points of {}", self.points.width)));
        }
        Ok(ValueType { element: ElementType::I64, width: 1, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let (Data::F64(items), Data::F64(points)) = (&inputs[0].data, &self.points.data) else {
            return Ok(inputs[0].clone());
        };
        let nearest = |row: &[f64]| {
            let mut row = row.to_vec();
            row.resize(self.points.width, 0.0);
            let points = points.chunks_exact(self.points.width);
            let distances = points.map(|point| distance(&mut Scalar64, &self.metric(), &row, point));
            let best = distances.zip(0..).try_fold((f64::INFINITY, 0), |best, next| {
                let is_known = self.is_whole || next.0.is_finite();
                is_known.then_some(if next.0 < best.0 { next } else { best })
            });
            best.map_or(-1, |best| best.1)
        };
        Ok(Matrix::new(inputs[0].rows, 1, Data::I64(items.chunks_exact(inputs[0].width).map(nearest).collect())))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let Some(screen) = Screen::new(self) else { return self.search_all(e, inputs[0], output) };
        let left = Screened::new(self, &screen, e.scratch + self.own_bytes(e.stride)).emit(e, inputs[0], output);
        e.code.get(left).i32(0).ops().i32_lt_s().if_(BlockType::Empty);
        self.search_all(e, inputs[0], output);
        e.code.ops().end();
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], stride: u32) -> u64 {
        u64::from(self.own_bytes(stride)) + Screen::scratch_bytes(self)
    }
}

impl Closest {
    fn metric(&self) -> Metric {
        Metric::SquaredEuclideanOfProducts { is_cut: self.is_whole }
    }

    /// Bytes of scratch memory, without those of a screen.
    fn own_bytes(&self, stride: u32) -> u32 {
        8 * PLANES * stride + PARKED_BYTES
    }

    /// Compares all rows with all points.
    fn search_all(&self, e: &mut Emit<'_>, rows: &Place, output: &Place) {
        let has_floor = measure::have_floor(&self.points);
        let lengths = self.lengths(e, rows);
        self.clear(e);
        if has_floor {
            self.compare(e, rows, lengths);
        }
        let exact = self.metric();
        let measure = Measure::new(e, &exact, self.points.width, ElementType::F64);
        let (base, target) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(0).set(base).i32(output.address as i32).set(target);
        e.for_each_row(2, |e, row| {
            let at = e.row_address(base, row, ElementType::F64);
            let [lowest, position, second] = [LOWEST, POSITION, SECOND].map(|plane| self.load(e, at, plane));
            let length = vectors(e, at, lengths, 1)[0];
            self.is_certain(e, [lowest, second, length]);
            e.code.ops().i64x2_all_true().i32_eqz().if_(BlockType::Empty);
            self.search(e, &measure, rows, row, position);
            e.code.ops().end();
            let to = e.row_address(target, row, ElementType::I64);
            e.code.get(to).get(position);
            e.code.ops().v128_store(memarg(0, 0));
        });
    }

    /// Where the rows' squared lengths stand. Those that are no part of a distance only tell how far rounding reaches.
    fn lengths(&self, e: &mut Emit<'_>, rows: &Place) -> u32 {
        let (plane, columns) = (rows.plane_bytes(e.stride), self.points.width as u32 - 1);
        if self.is_whole {
            return rows.address + columns * plane;
        }
        let lengths = e.scratch + LENGTH * 8 * e.stride;
        let [from, to, cursor, left] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let sums: [Local; LENGTHS] = std::array::from_fn(|_| e.code.local(ValType::V128));
        e.code.i32(rows.address as i32).set(from).i32(lengths as i32).set(to);
        e.for_each_row(2 * LENGTHS as i32, |e, row| {
            let at = e.row_address(from, row, ElementType::F64);
            e.code.get(at).set(cursor).i32(columns as i32).set(left);
            for sum in sums {
                e.code.ops().v128_const(0);
                e.code.set(sum);
            }
            e.code.ops().loop_(BlockType::Empty);
            for (x, sum) in vectors(e, cursor, 0, LENGTHS).into_iter().zip(sums) {
                e.code.get(sum).get(x).get(x).ops().f64x2_mul().f64x2_add();
                e.code.set(sum);
            }
            e.code.advance(cursor, plane as i32).advance(left, -1).get(left).ops().br_if(0).end();
            let at = e.row_address(to, row, ElementType::F64);
            for (i, sum) in sums.into_iter().enumerate() {
                e.code.get(at).get(sum).ops().v128_store(memarg(16 * i as u32, 0));
            }
        });
        lengths
    }

    fn load(&self, e: &mut Emit<'_>, at: Local, plane: u32) -> Local {
        vectors(e, at, e.scratch + plane * 8 * e.stride, 1)[0]
    }

    fn clear(&self, e: &mut Emit<'_>) {
        let base = e.code.local(ValType::I32);
        // A tile may have sixteen rows.
        e.for_each_row(16, |e, row| {
            let at = e.row_address(base, row, ElementType::F64);
            for (plane, value) in [(LOWEST, f64::INFINITY), (POSITION, 0.0), (SECOND, f64::INFINITY)] {
                for i in 0..8 {
                    e.code.get(at);
                    let address = e.scratch + plane * 8 * e.stride + 16 * i;
                    e.code.ops().f64_const(value.into()).f64x2_splat().v128_store(memarg(address, 0));
                }
            }
        });
    }

    /// Finds the two lowest of the numbers below the distances.
    fn compare(&self, e: &mut Emit<'_>, rows: &Place, lengths: u32) {
        let floor = Metric::FloorOfProducts;
        let parked = e.scratch + 8 * PLANES * e.stride;
        let tiles = measure::tiles(e, &floor, rows, &self.points, TWO_POINTS).parking(parked).with_lengths(lengths);
        let base = e.code.local(ValType::I32);
        let (scratch, plane) = (e.scratch, 8 * e.stride);
        measure::for_each_tile(e, &floor, &tiles, |e, tile, distances| {
            let at = e.row_address(base, tile.row, ElementType::F64);
            let positions: Vec<Local> = (0..distances.len() as i32)
                .map(|i| {
                    let position = e.code.local(ValType::V128);
                    e.code.get(tile.position).i32(i);
                    e.code.ops().i32_add().i64_extend_i32_u().i64x2_splat();
                    e.code.set(position);
                    position
                })
                .collect();
            for k in 0..distances[0].len() {
                let offset = scratch + 16 * k as u32;
                let mut known = [LOWEST, POSITION, SECOND].map(|i| vectors(e, at, offset + i * plane, 1)[0]);
                for (distances, position) in distances.iter().zip(&positions) {
                    let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
                    let [lowest, best, second] = known;
                    let distance = distances[k];
                    let larger = l.pmax(distance, lowest);
                    let is_lower = l.lt(distance, lowest);
                    known = [l.pmin(lowest, distance), l.select(is_lower, *position, best), l.pmin(second, larger)];
                }
                for (i, value) in [LOWEST, POSITION, SECOND].into_iter().zip(known) {
                    e.code.get(at).get(value);
                    e.code.ops().v128_store(memarg(offset + i * plane, 0));
                }
            }
        });
    }

    /// Pushes a mask: where no rounding lifts the lowest above the second. Infinite and undefined numbers are never certain.
    fn is_certain(&self, e: &mut Emit<'_>, [lowest, second, length]: [Local; 3]) {
        let Data::F64(points) = &self.points.data else { return };
        let longest = points.chunks_exact(self.points.width).filter_map(|point| point.last().copied());
        let longest = longest.fold(0.0, |most: f64, length| if length <= most { most } else { length });
        let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
        let (longest, zero) = (l.constant(longest), l.constant(0.0));
        let both = l.add(longest, length);
        // Twice what the number below a distance leaves for rounding, and once more.
        let slack = l.constant(3.0 * (4 * (self.points.width - 1) + 16) as f64 * f64::EPSILON);
        let slack = l.mul(slack, both);
        let above = l.add(lowest, slack);
        let is_apart = l.lt(above, second);
        // Two distances may both be cut to 0.
        let is_positive = l.lt(zero, second);
        let certain = if self.is_whole { l.and(is_apart, is_positive) } else { is_apart };
        e.code.get(certain);
    }

    /// Compares the distances of two rows from all points.
    fn search(&self, e: &mut Emit<'_>, measure: &Measure<'_>, rows: &Place, row: Local, position: Local) {
        let columns = self.points.width - 1;
        let points = e.data.intern(&self.points.data.to_le_bytes(), 16);
        let [base, point, count] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let [best, index, unknown] = std::array::from_fn(|_| e.code.local(ValType::V128));
        e.code.i32(rows.address as i32).set(base).i32(points as i32).set(point).i32(0).set(count);
        e.code.ops().f64_const(f64::INFINITY.into()).f64x2_splat();
        e.code.set(best);
        e.code.ops().v128_const(0);
        e.code.tee(position).set(unknown);
        let x = Side {
            address: e.row_address(base, row, ElementType::F64),
            step: rows.plane_bytes(e.stride),
            is_single: false,
        };
        e.code.ops().loop_(BlockType::Empty);
        let (sums, [x, y]) = measure.sums(e, x, Side { address: point, step: 8, is_single: true }, 1);
        let x = match self.is_whole {
            true => vectors(e, x.address, 0, 1)[0],
            false => WasmLanes { code: &mut e.code, width: LaneWidth::F64 }.constant(0.0),
        };
        let y = e.load_splat(y.address, ElementType::F64, false);
        e.code.get(count);
        e.code.ops().i64_extend_i32_u().i64x2_splat();
        e.code.set(index);
        let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
        let distance = self.metric().finish_lengths(&mut l, sums[0], [x, y], columns);
        let is_nearer = l.lt(distance, best);
        let rest = l.sub(distance, distance);
        let rests = l.add(unknown, rest);
        l.code.get(rests).set(unknown);
        let (nearer, found) = (l.select(is_nearer, distance, best), l.select(is_nearer, index, position));
        e.code.get(nearer).set(best).get(found).set(position);
        e.code.advance(point, 8 * self.points.width as i32).advance(count, 1).get(count).i32(self.points.rows as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
        if !self.is_whole {
            let mut l = WasmLanes { code: &mut e.code, width: LaneWidth::F64 };
            let is_unknown = l.ne(unknown, unknown);
            let found = l.or(position, is_unknown);
            e.code.get(found).set(position);
        }
    }
}

/// One point and several, rows of all kinds, and rows on a grid where many distances are equal but for their rounding.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let example = |n_points: usize, width: usize, is_whole: bool, is_wild: bool| {
        let wild = |i: usize| values[(i * 7 + i / values.len()) % values.len()];
        let point = |i: usize| ((i * 11 + i / 3) % 7) as f64 * 0.1 - 0.3;
        let row = |i: usize| if is_wild { wild(i) } else { ((i * 13 + i / 7) % 5) as f64 * 0.1 };
        example([n_points, width], is_whole, &point, &row)
    };
    let shapes = [(1, 3), (2, 1), (5, 4), (37, 3), (40, 17)];
    let flags = [(false, false), (false, true), (true, false), (true, true)];
    let all = shapes.iter().flat_map(|(n, width)| flags.map(|(whole, wild)| example(*n, *width, whole, wild)));
    all.chain(spread_examples()).collect()
}

/// Points and columns, their scale, and their distance from 0: the last so far for its range that rounding hides all.
const SPREAD: [([usize; 2], f64, f64); 8] = [
    ([8, 8], 1.0, 0.0),
    ([21, 28], 1.0, 0.0),
    ([20, 9], 1e-80, 0.0),
    ([13, 40], 1e90, 0.0),
    ([30, 12], 1.0, 1000.0),
    ([9, 400], 1e-3, 0.0),
    ([210, 10], 1.0, 0.5),
    ([30, 13], 1.0, -1e6),
];
/// Kinds of rows for each of them.
const KINDS_OF_ROWS: usize = 4;

/// Points far enough from each other for a screen, at several scales and distances from 0; some of them equal, some rows
/// halfway between two, or far outside.
fn spread_examples() -> Vec<Example> {
    let noise = |i: usize| (i * 7919 + i * i % 10007 * 613) % 10007;
    let examples = SPREAD.into_iter().flat_map(|([n_points, width], scale, shift)| {
        // The last points are the first again.
        let repeated = n_points - n_points / 4;
        let number = |i: usize| noise(i) as f64 * 1e-4 - 0.5;
        let of_point = move |i: usize| number(i % (repeated * width)) * scale + shift;
        let of_row = move |i: usize| (4.0 * number(3 * i + 1)) * scale + shift;
        let between = move |i: usize| {
            let (row, column) = (i / width, i % width);
            let [first, second] = [row % n_points, (row + 1) % n_points].map(|point| of_point(point * width + column));
            0.5 * first + 0.5 * second
        };
        let outside = move |i: usize| match i % 211 {
            7 => 1e3 * scale,
            20 => f64::NAN,
            81 => f64::NEG_INFINITY,
            110 => f64::MAX,
            150 => -1e160,
            _ => of_row(i),
        };
        let of_rows: [&dyn Fn(usize) -> f64; KINDS_OF_ROWS] = [&of_row, &of_point, &between, &outside];
        of_rows.map(|row| example([n_points, width], false, &of_point, row))
    });
    examples.collect()
}

/// Points and rows of numbers given by their place; the rows end in their squared length where that is a part of the distance.
fn example(
    [n_points, width]: [usize; 2],
    is_whole: bool,
    point: &dyn Fn(usize) -> f64,
    row: &dyn Fn(usize) -> f64,
) -> Example {
    let matrix = |rows: usize, has_length: bool, value: &dyn Fn(usize) -> f64| {
        let row = |row: usize| {
            let numbers: Vec<f64> = (0..width).map(|column| value(row * width + column)).collect();
            let length: f64 = numbers.iter().map(|x| x * x).sum();
            numbers.into_iter().chain(has_length.then_some(length))
        };
        Matrix::new(rows, width + usize::from(has_length), Data::F64((0..rows).flat_map(row).collect()))
    };
    let op = Closest { points: Arc::new(matrix(n_points, true, point)), is_whole }.into();
    Example { op, inputs: vec![ExampleInput { matrix: matrix(70, is_whole, row), per_row: true }] }
}

#[cfg(test)]
mod tests {
    use super::{Closest, Data, Example, KINDS_OF_ROWS, examples, screen::Screen, spread_examples};
    use crate::ops::Op;

    fn closest(example: &Example) -> &Closest {
        match &example.op {
            Op::Closest(closest) => closest,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_screen_stands_before_points_that_lie_apart_and_not_too_far_from_0() {
        let screens = spread_examples()
            .into_iter()
            .step_by(KINDS_OF_ROWS)
            .map(|example| Screen::new(closest(&example)).is_some());
        assert_eq!(screens.collect::<Vec<_>>(), [true, true, true, true, true, true, true, false]);
    }

    #[test]
    fn no_screen_stands_before_few_points_few_columns_or_whole_distances() {
        for example in examples().iter().take(16) {
            assert!(Screen::new(closest(example)).is_none());
        }
        let example = &spread_examples()[0];
        let whole = Closest { is_whole: true, ..closest(example).clone() };
        assert!(Screen::new(&whole).is_none());
    }

    #[test]
    fn no_screen_stands_before_points_that_are_all_the_same_or_end_in_another_length() {
        let example = &spread_examples()[0];
        let changed = |change: &dyn Fn(&mut [f64], usize)| {
            let mut closest = closest(example).clone();
            let mut points = closest.points.as_ref().clone();
            let width = points.width;
            let Data::F64(items) = &mut points.data else { panic!("doubles") };
            change(items, width);
            closest.points = points.into();
            Screen::new(&closest).is_some()
        };
        assert!(changed(&|_, _| ()));
        assert!(!changed(&|items, width| items[width - 1] *= 1.001));
        assert!(!changed(&|items, _| items[3] = f64::INFINITY));
        assert!(!changed(&|items, width| {
            let first = items[..width].to_vec();
            items.chunks_exact_mut(width).for_each(|point| point.copy_from_slice(&first));
        }));
    }
}
