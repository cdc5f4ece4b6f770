//! What describes a column without its rows, as pandas computes it.

use std::collections::HashSet;

use super::Cells;

/// The statistics of a column. `count` is the number of rows, missing ones included.
#[derive(Debug, Clone, PartialEq)]
pub enum Statistics {
    /// Of integers and numbers.
    Number(NumberStatistics),
    /// Of texts and booleans.
    Other {
        /// Rows, missing ones included.
        count: usize,
        /// Missing rows.
        missing: usize,
        /// Distinct values.
        unique: usize,
    },
}

/// Statistics of numbers; what is not defined (too few rows, infinities) is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NumberStatistics {
    /// Rows, missing ones included.
    pub count: usize,
    /// Missing rows.
    pub missing: usize,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// The standard deviation of a sample (n − 1).
    pub standard_deviation: Option<f64>,
    /// The least.
    pub minimum: Option<f64>,
    /// The lower quartile, linearly interpolated.
    pub lower_quartile: Option<f64>,
    /// The median.
    pub median: Option<f64>,
    /// The upper quartile, linearly interpolated.
    pub upper_quartile: Option<f64>,
    /// The greatest.
    pub maximum: Option<f64>,
    /// The skewness, corrected for bias (G1).
    pub skew: Option<f64>,
}

impl Cells {
    /// The statistics of the column.
    pub fn statistics(&self) -> Statistics {
        match self {
            Cells::Integer(cells) => {
                Statistics::Number(of_numbers(cells.len(), cells.iter().flatten().map(|cell| *cell as f64).collect()))
            }
            Cells::Number(cells) => {
                Statistics::Number(of_numbers(cells.len(), cells.iter().copied().flatten().collect()))
            }
            Cells::Bool(cells) => of_others(cells),
            Cells::Text(cells) => of_others(cells),
        }
    }
}

fn of_others<T: Eq + std::hash::Hash>(cells: &[Option<T>]) -> Statistics {
    let unique: HashSet<&T> = cells.iter().flatten().collect();
    let missing = cells.iter().filter(|cell| cell.is_none()).count();
    Statistics::Other { count: cells.len(), missing, unique: unique.len() }
}

fn of_numbers(count: usize, mut numbers: Vec<f64>) -> NumberStatistics {
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len() as f64;
    let finite = |number: f64| Some(number).filter(|number| number.is_finite());
    let mean = sum(numbers.iter().copied()) / n;
    let moment = |power: i32| sum(numbers.iter().map(|number| (number - mean).powi(power)));
    let (second, third) = (moment(2), moment(3));
    NumberStatistics {
        count,
        missing: count - numbers.len(),
        mean: finite(mean),
        standard_deviation: Some((second / (n - 1.0)).sqrt()).filter(|_| n > 1.0).and_then(finite),
        minimum: numbers.first().copied().and_then(finite),
        lower_quartile: quantile(&numbers, 0.25).and_then(finite),
        median: quantile(&numbers, 0.5).and_then(finite),
        upper_quartile: quantile(&numbers, 0.75).and_then(finite),
        maximum: numbers.last().copied().and_then(finite),
        skew: skew(n, second, third).and_then(finite),
    }
}

/// Below this, pandas takes a sum of squares or cubes for zero.
const ROUNDING: f64 = 1e-14;

fn skew(n: f64, second: f64, third: f64) -> Option<f64> {
    if n < 3.0 {
        return None;
    }
    let plain = |sum: f64| if sum.abs() < ROUNDING { 0.0 } else { sum };
    let (second, third) = (plain(second), plain(third));
    Some(if second == 0.0 { 0.0 } else { n * (n - 1.0).sqrt() / (n - 2.0) * (third / second.powf(1.5)) })
}

/// The sum with its rounding errors carried along (Neumaier).
fn sum(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut carried) = (0.0f64, 0.0f64);
    for number in numbers {
        let next = total + number;
        carried += if total.abs() >= number.abs() { (total - next) + number } else { (number - next) + total };
        total = next;
    }
    if carried.is_finite() { total + carried } else { total }
}

/// The quantile of sorted numbers, linearly interpolated.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted.get(position.floor() as usize)?, sorted.get(position.ceil() as usize)?);
    let weight = position.fract();
    Some(if weight == 0.0 { *below } else { below + (above - below) * weight })
}
