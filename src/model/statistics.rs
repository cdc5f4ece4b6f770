//! Summaries of a column's values as pandas' `describe` gives them: they reveal extremes, never rows.

use serde::{Deserialize, Serialize};

/// The summary of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Rows, missing ones included.
    pub count: u64,
    /// Missing values.
    pub missing: u64,
    /// Distinct values; text and categories only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<u64>,
    /// The distribution; numbers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<NumberStatistics>,
}

/// The distribution of finite numbers. What is not a finite number itself is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberStatistics {
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Sample standard deviation (n − 1).
    pub standard_deviation: Option<f64>,
    /// Smallest value.
    pub minimum: Option<f64>,
    /// First quartile, interpolated linearly.
    pub lower_quartile: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Third quartile.
    pub upper_quartile: Option<f64>,
    /// Largest value.
    pub maximum: Option<f64>,
    /// Bias-corrected skewness.
    pub skew: Option<f64>,
}

impl Statistics {
    /// Summarises numbers; NaN is missing.
    pub fn of_numbers(values: &[f64]) -> Self {
        let mut present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        present.sort_by(f64::total_cmp);
        Statistics {
            count: values.len() as u64,
            missing: (values.len() - present.len()) as u64,
            unique: None,
            numbers: Some(describe(&present)),
        }
    }

    /// Summarises texts; `None` is missing.
    pub fn of_texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Self {
        let (mut count, mut missing) = (0, 0);
        let mut unique = std::collections::HashSet::new();
        for value in values {
            count += 1;
            match value {
                Some(text) => drop(unique.insert(text)),
                None => missing += 1,
            }
        }
        Statistics { count, missing, unique: Some(unique.len() as u64), numbers: None }
    }
}

fn describe(sorted: &[f64]) -> NumberStatistics {
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let moment = |power: i32| sorted.iter().map(|value| (value - mean).powi(power)).sum::<f64>();
    let squares = moment(2);
    let skew = match squares {
        0.0 => 0.0,
        _ => n * (n - 1.0).sqrt() / (n - 2.0) * moment(3) / squares.powf(1.5),
    };
    let finite = |value: f64| value.is_finite().then_some(value);
    NumberStatistics {
        mean: finite(mean),
        standard_deviation: if sorted.len() > 1 { finite((squares / (n - 1.0)).sqrt()) } else { None },
        minimum: quantile(sorted, 0.0).and_then(finite),
        lower_quartile: quantile(sorted, 0.25).and_then(finite),
        median: quantile(sorted, 0.5).and_then(finite),
        upper_quartile: quantile(sorted, 0.75).and_then(finite),
        maximum: quantile(sorted, 1.0).and_then(finite),
        skew: if sorted.len() > 2 { finite(skew) } else { None },
    }
}

fn quantile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let position = sorted.len().checked_sub(1)? as f64 * fraction;
    let (below, above) = (sorted.get(position.floor() as usize)?, sorted.get(position.ceil() as usize)?);
    Some(below + (above - below) * position.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_summarised_as_pandas_does() {
        // pandas 3.1: Series([1, 2, 4, 8.5, nan]).describe() and .skew().
        let found = Statistics::of_numbers(&[4.0, 1.0, f64::NAN, 8.5, 2.0]);
        assert_eq!((found.count, found.missing), (5, 1));
        let numbers = found.numbers.unwrap();
        let close = |found: Option<f64>, expected: f64| assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?}");
        close(numbers.mean, 3.875);
        close(numbers.standard_deviation, 3.3260336739125176);
        close(numbers.minimum, 1.0);
        close(numbers.lower_quartile, 1.75);
        close(numbers.median, 3.0);
        close(numbers.upper_quartile, 5.125);
        close(numbers.maximum, 8.5);
        close(numbers.skew, 1.2425515694555238);
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let one = Statistics::of_numbers(&[2.0]).numbers.unwrap();
        assert_eq!((one.mean, one.standard_deviation, one.skew), (Some(2.0), None, None));
        let infinite = Statistics::of_numbers(&[f64::INFINITY, 1.0]).numbers.unwrap();
        assert_eq!((infinite.mean, infinite.maximum, infinite.minimum), (None, None, Some(1.0)));
        assert_eq!(Statistics::of_numbers(&[]).numbers.unwrap(), NumberStatistics::default());
        assert_eq!(Statistics::of_numbers(&[3.0; 4]).numbers.unwrap().skew, Some(0.0));
        let texts = Statistics::of_texts([Some("a"), None, Some("a"), Some("")].into_iter());
        assert_eq!((texts.count, texts.missing, texts.unique), (4, 1, Some(2)));
    }
}
