//! `SplineTransformer`: the B-splines of each column, evaluated as SciPy does: by the recurrence of Cox and de Boor, in the
//! order of FITPACK.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::piecewise::stretch;
use crate::error::{Error, Result};
use crate::forest::Comparison;
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::ops::binary::BinaryFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};

/// Beyond it the number of periods and its product with a half of the period are no longer exact.
const MOST_PERIODS: f64 = 67_108_864.0;
/// Half of a double's bits.
const HALF_BITS: u64 = !0x07FF_FFFF;

/// The splines of one column: knots `t`, coefficients `c` (a row per basis element, a column per spline), degree `k`.
struct Splines {
    knots: Vec<f64>,
    coefficients: Vec<f64>,
    n_splines: usize,
    degree: usize,
}

impl Splines {
    fn read(view: Fitted<'_>) -> Result<Self> {
        // SciPy 1.18 keeps them in an object inside.
        let is_shell = view.optional("t").is_none() && view.optional("_t").is_none();
        let state = view.state().filter(|_| is_shell).and_then(|state| state.items().ok());
        let view = state.into_iter().flatten().find(|part| part.optional("t").is_some()).unwrap_or(view);
        // SciPy 1.17 keeps them under other names.
        let attribute = |name: &str| view.optional(&format!("_{name}")).map_or_else(|| view.attribute(name), Ok);
        let knots = attribute("t")?.array()?;
        knots.expect_dims(1)?;
        let knots = knots.to_f64()?;
        let degree = view.attribute("k")?.as_usize()?;
        let coefficients = attribute("c")?.array()?;
        coefficients.expect_dims(2)?;
        let [rows, n_splines] = coefficients.shape[..] else { return Err(view.error("expected a matrix")) };
        let n_knots = rows.checked_add(degree).and_then(|sum| sum.checked_add(1));
        if n_knots != Some(knots.len()) || rows <= degree || degree > 32 || n_splines <= degree {
            let found = format!("{} knots, {rows} rows of coefficients, degree {degree}", knots.len());
            return Err(view.error(format!("expected splines of a degree up to 32 with knots for them, found {found}")));
        }
        if knots.iter().any(|knot| !knot.is_finite()) || knots.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(view.error("expected finite knots in ascending order"));
        }
        limits::FEATURES.check_len(n_splines)?;
        Ok(Splines { knots, coefficients: coefficients.to_f64()?, n_splines, degree })
    }

    fn knot(&self, index: usize) -> f64 {
        self.knots.get(index).copied().unwrap_or(f64::NAN)
    }

    /// The ends of the range in which the splines were fitted, `inset` knots inside.
    fn range(&self, inset: usize) -> [f64; 2] {
        [self.knot(inset), self.knot(self.knots.len().saturating_sub(inset + 1))]
    }

    /// The places of the intervals between knots: a number at or above a knot lies in the last one that begins there.
    fn intervals(&self) -> (Vec<f64>, Vec<usize>) {
        let end = self.knots.len().saturating_sub(self.degree + 1);
        let inner = self.knots.get(self.degree + 1..end).unwrap_or_default();
        let (mut bounds, mut intervals) = (Vec::new(), vec![self.degree]);
        for (index, knot) in inner.iter().enumerate() {
            if inner.get(index + 1) != Some(knot) {
                bounds.push(*knot + 0.0);
                intervals.push(self.degree + 1 + index);
            }
        }
        (bounds, intervals)
    }

    /// The steps of the recurrence, each with the two knots around it as offsets from the interval.
    fn steps(&self) -> impl Iterator<Item = (usize, usize)> {
        (1..=self.degree).flat_map(|degree| (1..=degree).map(move |step| (degree, step)))
    }

    /// All splines, or their slopes, at one point.
    fn at(&self, x: f64, slopes: bool) -> Vec<f64> {
        let (bounds, intervals) = self.intervals();
        let interval = intervals.get(bounds.partition_point(|bound| *bound <= x)).copied().unwrap_or(self.degree);
        let mut basis = vec![0.0; self.degree + 1];
        basis[0] = if slopes && self.degree == 0 { 0.0 } else { 1.0 };
        for degree in 1..=self.degree {
            let before = basis.clone();
            basis[0] = 0.0;
            for step in 1..=degree {
                let (high, low) = (self.knot(interval + step), self.knot(interval + step - degree));
                if high == low {
                    basis[step] = 0.0;
                } else if slopes && degree == self.degree {
                    let slope = degree as f64 * before[step - 1] / (high - low);
                    basis[step - 1] -= slope;
                    basis[step] = slope;
                } else {
                    let share = before[step - 1] / (high - low);
                    basis[step - 1] += share * (high - x);
                    basis[step] = share * (x - low);
                }
            }
        }
        let coefficient = |row: usize, spline: usize| {
            self.coefficients.get(row * self.n_splines + spline).copied().unwrap_or(f64::NAN)
        };
        let spline = |spline: usize| {
            let terms = basis.iter().enumerate();
            terms.fold(0.0, |sum, (at, basis)| sum + coefficient(interval + at - self.degree, spline) * basis)
        };
        (0..self.n_splines).map(spline).collect()
    }

    /// All splines of one column of numbers.
    fn lower(&self, g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
        let (bounds, intervals) = self.intervals();
        let place = stretch(g, x, &bounds, Comparison::Less)?;
        // Per interval, of each step: the knots around it, and their distance, infinite where they are one.
        let mut table = Vec::new();
        for interval in &intervals {
            for (degree, step) in self.steps() {
                let (high, low) = (self.knot(interval + step), self.knot(interval + step - degree));
                table.extend([high, low, if high == low { f64::INFINITY } else { high - low }]);
            }
        }
        let mut basis = vec![g.constant(Data::F64(vec![1.0]))?];
        if self.degree > 0 {
            let width = table.len() / intervals.len();
            let around = take(g, place, table, width)?;
            let mut at = 0;
            for degree in 1..=self.degree {
                let zero = g.number(0.0, x)?;
                let before = std::mem::replace(&mut basis, vec![zero; degree + 1]);
                for (step, before) in (1..=degree).zip(before) {
                    let [high, low, distance] = [at, at + 1, at + 2].map(|column| g.columns(around, vec![column]));
                    at += 3;
                    let share = g.div(before, distance?)?;
                    let (to_high, from_low) = (g.sub(high?, x)?, g.sub(x, low?)?);
                    let falling = g.mul(share, to_high)?;
                    if let Some(basis) = basis.get_mut(step - 1) {
                        *basis = g.add(*basis, falling)?;
                    }
                    if let Some(basis) = basis.get_mut(step) {
                        *basis = g.mul(share, from_low)?;
                    }
                }
            }
        }
        self.combined(g, place, &intervals, &basis)
    }

    /// The splines as sums of the basis elements that are not 0 in the interval.
    fn combined(
        &self,
        g: &mut GraphBuilder,
        place: ValueId,
        intervals: &[usize],
        basis: &[ValueId],
    ) -> Result<ValueId> {
        let mut sum = g.constant(Data::F64(vec![0.0; self.n_splines]))?;
        for (at, basis) in basis.iter().enumerate() {
            let mut table = Vec::new();
            for interval in intervals {
                let start = (interval + at - self.degree) * self.n_splines;
                table.extend(self.coefficients.get(start..start + self.n_splines).unwrap_or_default());
            }
            let coefficients = take(g, place, table, self.n_splines)?;
            let term = g.mul(coefficients, *basis)?;
            sum = g.add(sum, term)?;
        }
        Ok(sum)
    }
}

fn take(g: &mut GraphBuilder, place: ValueId, table: Vec<f64>, width: usize) -> Result<ValueId> {
    let table = Matrix::new(table.len() / width.max(1), width, Data::F64(table));
    g.apply(Take { table }, &[place])
}

/// The splines of every column.
pub fn transform(context: &mut Context, transformer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(transformer.n_features()?)?;
    let zeros = transformer.word("handle_missing", "error")? == "zeros";
    let x = frame.doubles(context, if zeros { Accepts::Missing } else { Accepts::Finite })?;
    let extrapolation = transformer.word("extrapolation", "constant")?;
    let has_bias = transformer.flag("include_bias", true)?;
    // scikit-learn raises the degree below 2 at the first column, and keeps it for the columns that follow.
    let mut degree = transformer.attribute("degree")?.as_usize()?;
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    for (index, view) in transformer.attribute("bsplines_")?.items_of(frame.width())?.into_iter().enumerate() {
        let splines = Splines::read(view)?;
        let column = context.graph.columns(x, vec![index])?;
        let mut values = match &*extrapolation {
            "continue" => splines.lower(&mut context.graph, column)?,
            "periodic" => periodic(context, &splines, column)?,
            "error" => within_range(context, &splines, column)?,
            "constant" => constant(context, &splines, column)?,
            "linear" => linear(context, &splines, column, &mut degree)?,
            _ => {
                let words = "'constant', 'linear', 'continue', 'periodic' or 'error'";
                return Err(transformer.unsupported_parameter("extrapolation", words));
            }
        };
        if zeros {
            let missing = context.graph.unary(UnaryFunction::IsNan, column)?;
            let zero = context.graph.number(0.0, values)?;
            values = context.graph.select(missing, zero, values)?;
        }
        let kept = splines.n_splines - usize::from(!has_bias);
        limits::FEATURES.check_len(names.len() + kept)?;
        if kept > 0 {
            parts.push(context.graph.columns(values, (0..kept).collect())?);
            let name = frame.columns.get(index).map_or("", |column| column.name.as_str());
            names.extend((0..kept).map(|spline| format!("{name}_sp_{spline}")));
        }
    }
    if parts.is_empty() {
        return Err(transformer.located(Error::unsupported("no-columns", "`SplineTransformer` makes no column")));
    }
    let joined = context.graph.concat(&parts)?;
    let is_sparse = transformer.flag("sparse_output", false)?;
    Ok(Frame { is_sparse, ..Frame::of_numbers(names, joined) })
}

/// Whether `x` lies below and above a range.
fn outside(g: &mut GraphBuilder, x: ValueId, [low, high]: [f64; 2]) -> Result<[ValueId; 2]> {
    let (low, high) = (g.number(low, x)?, g.number(high, x)?);
    Ok([g.binary(BinaryFunction::Less, x, low)?, g.binary(BinaryFunction::Less, high, x)?])
}

/// Refuses rows beyond the knots.
fn within_range(context: &mut Context, splines: &Splines, x: ValueId) -> Result<ValueId> {
    let values = splines.lower(&mut context.graph, x)?;
    let [below, above] = outside(&mut context.graph, x, splines.range(splines.degree))?;
    let beyond = context.graph.add(below, above)?;
    let one = context.graph.number(1.0, x)?;
    let inside = context.graph.sub(one, beyond)?;
    let message = format!("{}: a value beyond the limits of the knots", context.trail());
    context.graph.guard(values, inside, message)?;
    Ok(values)
}

/// Beyond the range the values at its ends, of the splines that reach there.
fn constant(context: &mut Context, splines: &Splines, x: ValueId) -> Result<ValueId> {
    let (degree, n_splines) = (splines.degree, splines.n_splines);
    let [low, high] = splines.range(degree);
    let values = splines.lower(&mut context.graph, x)?;
    let at_low = splines.at(low, false).into_iter().enumerate();
    let at_low: Vec<f64> = at_low.map(|(at, value)| if at < degree { value } else { 0.0 }).collect();
    let at_high = splines.at(high, false).into_iter().enumerate();
    let at_high: Vec<f64> = at_high.map(|(at, value)| if at + degree >= n_splines { value } else { 0.0 }).collect();
    let [below, above] = outside(&mut context.graph, x, [low, high])?;
    let g = &mut context.graph;
    let (at_low, at_high) = (g.numbers(&at_low, values)?, g.numbers(&at_high, values)?);
    let values = g.select(below, at_low, values)?;
    let values = g.select(above, at_high, values)?;
    if degree == 0 && n_splines > 1 {
        let one = g.number(1.0, x)?;
        let taken = g.sub(one, above)?;
        let message = format!("{}: a value above the range, which degree 0 cannot continue", context.trail());
        context.graph.guard(values, taken, message)?;
    }
    Ok(values)
}

/// Beyond the range straight lines, of the splines that reach there.
fn linear(context: &mut Context, splines: &Splines, x: ValueId, degree: &mut usize) -> Result<ValueId> {
    let g = &mut context.graph;
    let [low, high] = splines.range(*degree);
    if *degree <= 1 {
        *degree += 1;
    }
    let reach = *degree;
    let values = splines.lower(g, x)?;
    let line = |g: &mut GraphBuilder, end: f64, reaches: &dyn Fn(usize) -> bool| {
        let cut = |values: Vec<f64>| -> Vec<f64> {
            let values = values.into_iter().enumerate();
            values.map(|(at, value)| if reaches(at) { value } else { 0.0 }).collect()
        };
        let start = g.numbers(&cut(splines.at(end, false)), values)?;
        let slope = g.numbers(&cut(splines.at(end, true)), values)?;
        let end = g.number(end, x)?;
        let distance = g.sub(x, end)?;
        let rise = g.mul(distance, slope)?;
        g.add(start, rise)
    };
    let lower = line(g, low, &|at| at < reach)?;
    let upper = line(g, high, &|at| at + reach >= splines.n_splines)?;
    let [below, above] = outside(g, x, [low, high])?;
    let values = g.select(below, lower, values)?;
    g.select(above, upper, values)
}

/// `x` moved into the range by whole periods, exactly.
fn periodic(context: &mut Context, splines: &Splines, x: ValueId) -> Result<ValueId> {
    let [low, high] = splines.range(splines.degree);
    let period = high - low;
    if period.is_nan() || period <= 0.0 {
        return Err(Error::malformed("unexpected-value", "expected a period above 0"));
    }
    let g = &mut context.graph;
    let coarse = f64::from_bits(period.to_bits() & HALF_BITS);
    let (start, whole, zero) = (g.number(low, x)?, g.number(period, x)?, g.number(0.0, x)?);
    let offset = g.sub(x, start)?;
    let size = g.unary(UnaryFunction::Abs, offset)?;
    let periods = g.div(size, whole)?;
    let periods = g.unary(UnaryFunction::Floor, periods)?;
    let mut rest = size;
    for part in [coarse, period - coarse] {
        let part = g.number(part, x)?;
        let moved = g.mul(periods, part)?;
        rest = g.sub(rest, moved)?;
    }
    // The quotient may be rounded up to the next whole number.
    let is_negative = g.binary(BinaryFunction::Less, rest, zero)?;
    let raised = g.add(rest, whole)?;
    let rest = g.select(is_negative, raised, rest)?;
    let mirrored = g.sub(whole, rest)?;
    let is_below = g.binary(BinaryFunction::Less, offset, zero)?;
    let is_within = g.binary(BinaryFunction::NotEqual, rest, zero)?;
    let turns = g.binary(BinaryFunction::And, is_below, is_within)?;
    let rest = g.select(turns, mirrored, rest)?;
    let moved = g.add(start, rest)?;
    let values = splines.lower(g, moved)?;
    let most = g.number(MOST_PERIODS, x)?;
    let near = g.binary(BinaryFunction::Less, periods, most)?;
    let missing = g.unary(UnaryFunction::IsNan, x)?;
    let near = g.add(near, missing)?;
    let message = format!("{}: a value more than 2^26 periods away, where its place is lost", context.trail());
    context.graph.guard(values, near, message)?;
    Ok(values)
}
