//! `pairwise`: how far every row lies from each of some constant points.

pub mod measure;
pub mod metric;
mod power;
pub use power::{power, scalar_power};

use super::emit::{Emit, Place};
use super::lanes::{Lanes, Scalar32, Scalar64, WasmLanes};
use super::tile::{FOUR_POINTS, PARKED_BYTES, TWO_POINTS, vectors};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use measure::{Measure, Side, product_added};
pub use metric::{BooleanMetric, Metric};
use std::sync::Arc;
use wasm_encoder::{BlockType, ValType};

/// One column per point: its distance from the row.
#[derive(Debug, Clone)]
pub struct Pairwise {
    /// The points, as wide as the rows and of their element type.
    pub points: Arc<Matrix>,
    /// The distance.
    pub metric: Metric,
    /// Whether the metric's root is taken.
    pub is_rooted: bool,
}

impl Operator for Pairwise {
    fn name(&self) -> &'static str {
        "pairwise"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("pairwise", inputs, 1)?;
        let ValueType { element, width, .. } = inputs[0];
        let fits = self.points.element() == element && self.points.width == width && width * self.points.rows > 0;
        if !element.is_float() || !fits {
            let found = format!("{width} × {element}");
            return Err(bad_operand("pairwise", format!("{found} against points of {}", self.points.width)));
        }
        if element == ElementType::F32 && self.metric.needs_doubles() {
            return Err(bad_operand("pairwise", format!("{:?} is computed in double precision", self.metric)));
        }
        if !self.metric.fits(width) {
            return Err(bad_operand("pairwise", format!("parameters of {:?} for {width} columns", self.metric)));
        }
        Ok(ValueType { width: self.points.rows, ..inputs[0] })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let (rows, width) = (inputs[0].rows, inputs[0].width);
        let data = match (&inputs[0].data, &self.points.data) {
            (Data::F32(x), Data::F32(points)) => Data::F32(self.distances(&mut Scalar32, x, points, width)),
            (Data::F64(x), Data::F64(points)) => Data::F64(self.distances(&mut Scalar64, x, points, width)),
            (other, _) => other.clone(),
        };
        Ok(Matrix::new(rows, self.points.rows, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let element = output.ty.element;
        if self.metric.is_one_sum() {
            return self.emit_tiles(e, inputs[0], output);
        }
        let measure = Measure::new(e, &self.metric, self.points.width, element);
        if let Metric::SquaredEuclideanApart { border } = self.metric {
            return self.emit_apart(e, &measure, border, inputs[0], output);
        }
        let points = e.data.intern(&self.points.data.to_le_bytes(), 16);
        let point = e.code.local(ValType::I32);
        e.code.i32(points as i32).set(point);
        e.for_each_plane(self.points.rows, &[output], |e, pointers| {
            distances_of_rows(e, &measure, self.is_rooted, inputs[0], point, pointers[0]);
            e.code.advance(point, (self.points.width as u32 * element.bytes()) as i32);
        });
    }

    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        if matches!(self.metric, Metric::SquaredEuclideanApart { .. }) { u64::from(PARKED_BYTES) } else { 0 }
    }
}

impl Pairwise {
    /// Several points at once, their sums in registers.
    fn emit_tiles(&self, e: &mut Emit<'_>, rows: &Place, output: &Place) {
        let tiles = measure::tiles(e, &self.metric, rows, &self.points, TWO_POINTS);
        let (plane, target) = (output.plane_bytes(e.stride), e.code.local(ValType::I32));
        measure::for_each_tile(e, &self.metric, &tiles, |e, tile, distances| {
            e.code.get(tile.position).i32(plane as i32).ops().i32_mul();
            e.code.get(tile.row).i32(output.ty.element.bytes().trailing_zeros() as i32).ops().i32_shl().i32_add();
            e.code.set(target);
            for (i, distances) in distances.iter().enumerate() {
                for (k, distance) in distances.iter().enumerate() {
                    let mut lanes = WasmLanes { code: &mut e.code, width: tiles.width() };
                    let distance = if self.is_rooted { self.metric.root(&mut lanes, *distance) } else { *distance };
                    e.code.get(target).get(distance);
                    e.code.ops().v128_store(memarg(output.address + i as u32 * plane + 16 * k as u32, 0));
                }
            }
        });
    }

    /// Rounded products for all pairs of a tile, and the metric's own steps where one of them needs more.
    fn emit_apart(&self, e: &mut Emit<'_>, measure: &Measure<'_>, border: f64, rows: &Place, output: &Place) {
        let tiles = measure::tiles(e, &self.metric, rows, &self.points, FOUR_POINTS).parking(e.scratch);
        let points = e.data.intern(&self.points.data.to_le_bytes(), 16);
        let (source, plane) = (rows.plane_bytes(e.stride), output.plane_bytes(e.stride));
        let lengths = rows.address + tiles.columns as u32 * source;
        let [base, target, first, row, end, position, point] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let zero = e.code.local(ValType::I32);
        e.code.i32(rows.address as i32).set(base);
        let step = |l: &mut WasmLanes<'_>, [sum, x, y]: [Local; 3]| {
            let product = l.mul(x, y);
            l.add(sum, product)
        };
        tiles.for_each(e, step, |e, tile| {
            let at = e.row_address(zero, tile.row, ElementType::F64);
            let x = vectors(e, at, lengths, tile.sums[0].len());
            let y = tiles.elements(e, tile.behind, tile.sums.len());
            e.code.get(tile.position).i32(plane as i32).ops().i32_mul().i32_const(output.address as i32).i32_add();
            e.code.set(first).get(first).get(at).ops().i32_add();
            e.code.set(target);
            let all = e.code.local(ValType::V128);
            for (i, sums) in tile.sums.iter().enumerate() {
                for (k, sum) in sums.iter().enumerate() {
                    let mut lanes = WasmLanes { code: &mut e.code, width: tiles.width() };
                    let (distance, is_apart) = metric::apart(&mut lanes, *sum, [x[k], y[i]], border);
                    let known = if i + k == 0 { is_apart } else { lanes.and(all, is_apart) };
                    let distance = if self.is_rooted { self.metric.root(&mut lanes, distance) } else { distance };
                    e.code.get(known).set(all).get(target).get(distance);
                    e.code.ops().v128_store(memarg(i as u32 * plane + 16 * k as u32, 0));
                }
            }
            e.code.get(all).ops().i64x2_all_true().i32_eqz().if_(BlockType::Empty);
            e.code.get(tile.position).set(position).ops().loop_(BlockType::Empty);
            e.code.get(position).i32((self.points.width * 8) as i32).ops().i32_mul().i32_const(points as i32).i32_add();
            e.code.set(point).get(tile.row).tee(row).i32(2 * x.len() as i32).ops().i32_add();
            e.code.set(end).ops().loop_(BlockType::Empty);
            let x = Side { address: e.row_address(base, row, ElementType::F64), step: source, is_single: false };
            let y = Side { address: point, step: 8, is_single: true };
            let distance = measure.distances(e, x, y, 1, self.is_rooted)[0];
            let to = e.row_address(first, row, ElementType::F64);
            e.code.get(to).get(distance).ops().v128_store(memarg(0, 0));
            e.code.advance(row, 2).get(row).get(end).ops().i32_lt_s().br_if(0).end();
            e.code.advance(first, plane as i32).advance(position, 1).get(position).get(tile.position);
            e.code.i32(tile.sums.len() as i32).ops().i32_add().i32_lt_s().br_if(0).end().end();
        });
    }

    /// Row-major `[rows, points]`.
    fn distances<L: Lanes>(&self, l: &mut L, x: &[L::V], points: &[L::V], width: usize) -> Vec<L::V> {
        let pairs = x.chunks_exact(width).flat_map(|row| points.chunks_exact(width).map(move |point| (row, point)));
        let distance = |(row, point)| {
            let reduced = distance(l, &self.metric, row, point);
            if self.is_rooted { self.metric.root(l, reduced) } else { reduced }
        };
        pairs.map(distance).collect()
    }
}

/// Emits the distances of all rows from the point at the address `point`, to the address `target`.
pub fn distances_of_rows(
    e: &mut Emit<'_>,
    measure: &Measure<'_>,
    is_rooted: bool,
    rows: &Place,
    point: Local,
    target: Local,
) {
    let element = rows.ty.element;
    let n_vectors = measure.metric.n_vectors();
    let step = n_vectors as u32 * 16 / element.bytes();
    let (plane, base) = (rows.plane_bytes(e.stride), e.code.local(ValType::I32));
    e.code.i32(rows.address as i32).set(base);
    e.for_each_row(step as i32, |e, row| {
        let x = Side { address: e.row_address(base, row, element), step: plane, is_single: false };
        let y = Side { address: point, step: element.bytes(), is_single: true };
        let distances = measure.distances(e, x, y, n_vectors, is_rooted);
        let to = e.row_address(target, row, element);
        for (i, distance) in distances.into_iter().enumerate() {
            e.code.get(to).get(distance);
            e.code.ops().v128_store(memarg(16 * i as u32, 0));
        }
    });
}

/// The reduced distance of two vectors: what every kernel computes, bit for bit.
pub fn distance<L: Lanes>(l: &mut L, metric: &Metric, row: &[L::V], point: &[L::V]) -> L::V {
    let zero = l.constant(0.0);
    let mut sums = [zero; 4];
    let lengths = metric.has_lengths().then(|| (row.split_last(), point.split_last()));
    if let Some((Some((x, row)), Some((y, point)))) = lengths {
        for (x, y) in row.iter().zip(point) {
            sums = metric.step(l, sums, *x, *y, None);
        }
        return metric.finish_lengths(l, sums, [*x, *y], point.len());
    }
    for (column, (x, y)) in row.iter().zip(point).enumerate() {
        sums = match metric {
            Metric::Mahalanobis { inverse } => {
                let mut inner = zero;
                for (factor, (x, y)) in inverse[column * row.len()..].iter().zip(row.iter().zip(point)) {
                    let factor = l.constant(*factor);
                    inner = product_added(l, inner, factor, *x, *y);
                }
                [product_added(l, sums[0], inner, *x, *y), zero, zero, zero]
            }
            _ => {
                let parameter = metric.parameters().map(|parameters| l.constant(parameters[column]));
                metric.step(l, sums, *x, *y, parameter)
            }
        };
    }
    metric.finish(l, sums, row.len())
}

/// Every metric with room for its parameters, for vectors of `width` columns.
pub(super) fn metrics(width: usize) -> Vec<Metric> {
    let numbers = |count: usize| (0..count).map(|i| 0.25 + (i * 7 % 5) as f64).collect::<Vec<_>>();
    let boolean = [
        BooleanMetric::Jaccard,
        BooleanMetric::Matching,
        BooleanMetric::Dice,
        BooleanMetric::Kulsinski,
        BooleanMetric::RogersTanimoto,
        BooleanMetric::RussellRao,
        BooleanMetric::SokalSneath,
        BooleanMetric::Yule,
    ];
    [
        Metric::SquaredEuclidean,
        Metric::SquaredEuclideanOfProducts { is_cut: true },
        Metric::SquaredEuclideanOfProducts { is_cut: false },
        Metric::FloorOfProducts,
        Metric::SquaredEuclideanApart { border: 0.0 },
        Metric::SquaredEuclideanApart { border: 1.25 },
        Metric::Manhattan,
        Metric::Chebyshev,
        Metric::Power { power: 3.0, weights: Vec::new() },
        Metric::Power { power: 1.5, weights: numbers(width) },
        Metric::Power { power: 1.0, weights: numbers(width) },
        Metric::Standardized { variances: numbers(width) },
        Metric::Mahalanobis { inverse: numbers(width * width) },
        Metric::Canberra,
        Metric::ChiSquared,
        Metric::BrayCurtis,
        Metric::BrayCurtisOfSums,
        Metric::Cosine,
        Metric::Hamming,
        Metric::SquaredNanEuclidean,
    ]
    .into_iter()
    .chain(boolean.map(Metric::Boolean))
    .chain((width == 2).then_some(Metric::Haversine))
    .collect()
}

/// Every metric over adversarial rows and points, f64 and f32, one and several columns.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let example = |metric: &Metric, width: usize, single: bool| {
        let picked =
            |count: usize, by: usize| (0..count * width).map(|i| values[(i * by + i / n) % n]).collect::<Vec<_>>();
        let data = |numbers: Vec<f64>| match single {
            true => Data::F32(numbers.into_iter().map(|x| x as f32).collect()),
            false => Data::F64(numbers),
        };
        let points = Arc::new(Matrix::new(5, width, data(picked(5, 11))));
        let rows = Matrix::new(70, width, data(picked(70, 7)));
        let op = Pairwise { points, metric: metric.clone(), is_rooted: width > 1 }.into();
        Example { op, inputs: vec![ExampleInput { matrix: rows, per_row: true }] }
    };
    let of_width = |width: usize| metrics(width).into_iter().map(move |metric| (metric, width));
    let doubles = of_width(3)
        .chain(of_width(1))
        .chain([(Metric::Haversine, 2)])
        .map(|(metric, width)| example(&metric, width, false));
    let singles = of_width(2).filter(|(metric, _)| !metric.needs_doubles());
    doubles.chain(singles.map(|(metric, width)| example(&metric, width, true))).collect()
}
