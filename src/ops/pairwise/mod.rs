//! `pairwise`: how far every row lies from each of some constant points.

pub mod metric;
mod power;

use super::emit::{Emit, Place};
use super::lanes::{LaneWidth, Lanes, Scalar32, Scalar64, WasmLanes};
use super::{Example, ExampleInput, Operator, RowRefused, ValueType, bad_operand, expect_inputs};
use crate::error::Result;
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
pub use metric::{BooleanMetric, Metric};
use metric::Sums;
use std::sync::Arc;
use wasm_encoder::ValType;

/// One column per point: its distance from the row.
#[derive(Debug, Clone)]
pub struct Pairwise {
    /// The points, as wide as the rows and of their element type.
    pub points: Arc<Matrix>,
    /// The distance.
    pub metric: Metric,
}

/// Vectors of rows per step: a column of a point is loaded once for all, and their sums do not wait for each other.
const VECTORS: usize = 4;

impl Operator for Pairwise {
    fn name(&self) -> &'static str {
        "pairwise"
    }

    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType> {
        expect_inputs("pairwise", inputs, 1)?;
        let ValueType { element, width, per_row } = inputs[0];
        let fits = self.points.element() == element && self.points.width == width && width * self.points.rows > 0;
        if !element.is_float() || !fits {
            let found = format!("{width} × {element}");
            return Err(bad_operand("pairwise", format!("{found} against points of {}", self.points.width)));
        }
        if element == ElementType::F32 && matches!(self.metric, Metric::Power { .. }) {
            return Err(bad_operand("pairwise", "powers are computed in double precision"));
        }
        let parameters = match &self.metric {
            Metric::Mahalanobis { inverse } => inverse.len() == width * width,
            metric => metric.parameters().is_none_or(|parameters| parameters.len() == width),
        };
        if !parameters {
            return Err(bad_operand("pairwise", format!("parameters of {:?} for {width} columns", self.metric)));
        }
        Ok(ValueType { element, width: self.points.rows, per_row })
    }

    fn evaluate(&self, inputs: &[&Matrix], _rows: usize) -> Result<Matrix, RowRefused> {
        let (rows, width) = (inputs[0].rows, inputs[0].width);
        let data = match (&inputs[0].data, &self.points.data) {
            (Data::F32(x), Data::F32(points)) => Data::F32(distances(&mut Scalar32, &self.metric, x, points, width)),
            (Data::F64(x), Data::F64(points)) => Data::F64(distances(&mut Scalar64, &self.metric, x, points, width)),
            (other, _) => other.clone(),
        };
        Ok(Matrix::new(rows, self.points.rows, data))
    }

    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place) {
        let measure = Measure::new(e, &self.metric, inputs[0]);
        let points = e.data.intern(&self.points.data.to_le_bytes(), 16);
        let point = e.code.local(ValType::I32);
        e.code.i32(points as i32).set(point);
        e.for_each_plane(self.points.rows, &[output], |e, pointers| {
            measure.emit(e, point, pointers[0]);
            e.code.advance(point, measure.point_bytes() as i32);
        });
    }
}

/// The emission of one point's distances from all rows of the block.
#[derive(Debug)]
pub struct Measure<'a> {
    metric: &'a Metric,
    rows: &'a Place,
    /// The address of the metric's own numbers.
    parameters: u32,
}

impl<'a> Measure<'a> {
    /// A measure of the rows at a place; the metric's numbers go to the data.
    pub fn new(e: &mut Emit<'_>, metric: &'a Metric, rows: &'a Place) -> Self {
        let numbers = match metric {
            Metric::Mahalanobis { inverse } => inverse,
            metric => metric.parameters().unwrap_or_default(),
        };
        let data = match rows.ty.element {
            ElementType::F32 => Data::F32(numbers.iter().map(|number| *number as f32).collect()),
            _ => Data::F64(numbers.to_vec()),
        };
        Measure { metric, rows, parameters: e.data.intern(&data.to_le_bytes(), 16) }
    }

    /// Bytes of one point.
    pub fn point_bytes(&self) -> u32 {
        self.rows.ty.width as u32 * self.rows.ty.element.bytes()
    }

    fn width(&self) -> LaneWidth {
        if self.rows.ty.element == ElementType::F32 { LaneWidth::F32 } else { LaneWidth::F64 }
    }

    /// Emits the distances of the point at the address `point`, one for each row, to the address `target`.
    pub fn emit(&self, e: &mut Emit<'_>, point: Local, target: Local) {
        let element = self.rows.ty.element;
        let step = VECTORS as u32 * 16 / element.bytes();
        let width = self.width();
        e.for_each_row(step as i32, |e, row| {
            let base = e.code.local(ValType::I32);
            e.code.i32(self.rows.address as i32).set(base);
            let cursor = e.row_address(base, row, element);
            let sums = match self.metric {
                Metric::Mahalanobis { .. } => self.quadratic(e, cursor, point),
                _ => self.sums(e, cursor, point),
            };
            let to = e.row_address(target, row, element);
            for (i, sums) in sums.into_iter().enumerate() {
                let mut lanes = WasmLanes { code: &mut e.code, width };
                let distance = self.metric.finish(&mut lanes, sums, self.rows.ty.width);
                e.code.get(to).get(distance);
                e.code.ops().v128_store(memarg(16 * i as u32, 0));
            }
        });
    }

    /// The sums over all columns, for each vector of rows.
    fn sums(&self, e: &mut Emit<'_>, cursor: Local, point: Local) -> [Sums<Local>; VECTORS] {
        let element = self.rows.ty.element;
        let plane = self.rows.plane_bytes(e.stride) as i32;
        let sums: [Sums<Local>; VECTORS] = std::array::from_fn(|_| std::array::from_fn(|_| zero(e)));
        let parameter = e.code.local(ValType::I32);
        e.code.i32(self.parameters as i32).set(parameter);
        self.for_each_column(e, point, |e, column| {
            let y = e.load_splat(column, element, false);
            let known = self.metric.parameters().map(|_| e.load_splat(parameter, element, false));
            for (i, sums) in sums.iter().enumerate() {
                let x = vector(e, cursor, i);
                let mut lanes = WasmLanes { code: &mut e.code, width: self.width() };
                let next = self.metric.step(&mut lanes, *sums, x, y, known);
                for (sum, next) in sums.iter().zip(next).filter(|(sum, next)| **sum != *next) {
                    e.code.get(next).set(*sum);
                }
            }
            e.code.advance(cursor, plane).advance(parameter, element.bytes() as i32);
        });
        sums
    }

    /// `Σ_i (Σ_j v_ij (x_j - y_j)) (x_i - y_i)`, for each vector of rows.
    fn quadratic(&self, e: &mut Emit<'_>, cursor: Local, point: Local) -> [Sums<Local>; VECTORS] {
        let element = self.rows.ty.element;
        let plane = self.rows.plane_bytes(e.stride) as i32;
        let sums: [Local; VECTORS] = std::array::from_fn(|_| zero(e));
        let (inverse, inner_cursor) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(self.parameters as i32).set(inverse);
        let first = e.code.local(ValType::I32);
        e.code.get(cursor).set(first);
        self.for_each_column(e, point, |e, outer| {
            let inner: [Local; VECTORS] = std::array::from_fn(|_| zero(e));
            e.code.get(first).set(inner_cursor);
            self.for_each_column(e, point, |e, column| {
                let (y, factor) = (e.load_splat(column, element, false), e.load_splat(inverse, element, false));
                for (i, sum) in inner.iter().enumerate() {
                    let x = vector(e, inner_cursor, i);
                    let mut lanes = WasmLanes { code: &mut e.code, width: self.width() };
                    let next = product_added(&mut lanes, *sum, factor, x, y);
                    e.code.get(next).set(*sum);
                }
                e.code.advance(inner_cursor, plane).advance(inverse, element.bytes() as i32);
            });
            let y = e.load_splat(outer, element, false);
            for (i, sum) in sums.iter().enumerate() {
                let x = vector(e, cursor, i);
                let mut lanes = WasmLanes { code: &mut e.code, width: self.width() };
                let next = product_added(&mut lanes, *sum, inner[i], x, y);
                e.code.get(next).set(*sum);
            }
            e.code.advance(cursor, plane);
        });
        sums.map(|sum| [sum, sum])
    }

    /// Runs `body` with the address of each column of the point.
    fn for_each_column(&self, e: &mut Emit<'_>, point: Local, body: impl FnOnce(&mut Emit<'_>, Local)) {
        let (column, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        let bytes = self.point_bytes() as i32;
        e.code.get(point).tee(column).i32(bytes);
        e.code.ops().i32_add();
        e.code.set(end);
        e.code.ops().loop_(wasm_encoder::BlockType::Empty);
        body(e, column);
        e.code.advance(column, self.rows.ty.element.bytes() as i32).get(column).get(end);
        e.code.ops().i32_lt_u().br_if(0).end();
    }
}

/// `sum + factor · (x - y)`.
fn product_added<L: Lanes>(l: &mut L, sum: L::V, factor: L::V, x: L::V, y: L::V) -> L::V {
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

/// The vector of rows number `index` at a cursor.
fn vector(e: &mut Emit<'_>, cursor: Local, index: usize) -> Local {
    let local = e.code.local(ValType::V128);
    e.code.get(cursor);
    e.code.ops().v128_load(memarg(16 * index as u32, 0));
    e.code.set(local);
    local
}

/// Row-major `[rows, points]`.
fn distances<L: Lanes>(l: &mut L, metric: &Metric, x: &[L::V], points: &[L::V], width: usize) -> Vec<L::V> {
    let pairs = x.chunks_exact(width).flat_map(|row| points.chunks_exact(width).map(move |point| (row, point)));
    pairs.map(|(row, point)| distance(l, metric, row, point)).collect()
}

/// The distance of two vectors: what every kernel computes, bit for bit.
pub fn distance<L: Lanes>(l: &mut L, metric: &Metric, row: &[L::V], point: &[L::V]) -> L::V {
    let zero = l.constant(0.0);
    let mut sums = [zero; 2];
    for (column, (x, y)) in row.iter().zip(point).enumerate() {
        sums = match metric {
            Metric::Mahalanobis { inverse } => {
                let mut inner = zero;
                for (factor, (x, y)) in inverse[column * row.len()..].iter().zip(row.iter().zip(point)) {
                    let factor = l.constant(*factor);
                    inner = product_added(l, inner, factor, *x, *y);
                }
                [product_added(l, sums[0], inner, *x, *y), zero]
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
    ];
    [
        Metric::SquaredEuclidean,
        Metric::Euclidean,
        Metric::Manhattan,
        Metric::Chebyshev,
        Metric::Power { power: 3.0, weights: Vec::new() },
        Metric::Power { power: 1.5, weights: numbers(width) },
        Metric::Power { power: 1.0, weights: numbers(width) },
        Metric::Standardized { variances: numbers(width) },
        Metric::Mahalanobis { inverse: numbers(width * width) },
        Metric::Canberra,
        Metric::BrayCurtis,
        Metric::Hamming,
        Metric::SquaredNanEuclidean,
    ]
    .into_iter()
    .chain(boolean.map(Metric::Boolean))
    .collect()
}

/// Every metric over adversarial rows and points, f64 and f32, one and several columns.
pub fn examples() -> Vec<Example> {
    let values = super::adversarial_f64();
    let n = values.len();
    let example = |metric: &Metric, width: usize, single: bool| {
        let picked = |count: usize, by: usize| (0..count * width).map(|i| values[(i * by + i / n) % n]).collect::<Vec<_>>();
        let data = |numbers: Vec<f64>| match single {
            true => Data::F32(numbers.into_iter().map(|x| x as f32).collect()),
            false => Data::F64(numbers),
        };
        let points = Arc::new(Matrix::new(5, width, data(picked(5, 11))));
        let rows = Matrix::new(70, width, data(picked(70, 7)));
        let op = Pairwise { points, metric: metric.clone() }.into();
        Example { op, inputs: vec![ExampleInput { matrix: rows, per_row: true }] }
    };
    let of_width = |width: usize| metrics(width).into_iter().map(move |metric| (metric, width));
    let doubles = of_width(3).chain(of_width(1)).map(|(metric, width)| example(&metric, width, false));
    let singles = of_width(2).filter(|(metric, _)| !matches!(metric, Metric::Power { .. }));
    doubles.chain(singles.map(|(metric, width)| example(&metric, width, true))).collect()
}
