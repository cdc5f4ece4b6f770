//! Two outputs against each other: columns by their labels where both have some, else by their place.

use std::collections::HashMap;

use crate::abi::Output;
use crate::diff::OutputChange;
use crate::tensor::Data;
use crate::verify::compare::{FLOOR, TOLERANCE_F32, TOLERANCE_F64};
use crate::with_data;

/// Compares rows given by their positions in both; none where the outputs have nothing in common.
pub(super) fn compare(before: &Output, after: &Output, rows: &[(usize, usize)]) -> Option<OutputChange> {
    let columns = columns(before, after)?;
    // Integers are labels, leaves or ranks: numbers only where the other side has decimals.
    let is_float = |output: &Output| output.values.element().is_float();
    let numbers = numbers(&before.values).zip(numbers(&after.values)).filter(|_| is_float(before) || is_float(after));
    let mut change = OutputChange {
        method: String::new(),
        output: before.name.clone(),
        rows: rows.len() as u64,
        rows_differing: 0,
        labels: numbers.is_none(),
        largest_absolute: 0.0,
        largest_relative: 0.0,
    };
    let single = [before, after].iter().any(|output| matches!(output.values, Data::F32(_)));
    let measure = Measure {
        tolerance: if single { TOLERANCE_F32 } else { TOLERANCE_F64 },
        floor: FLOOR * numbers.as_ref().map_or(0.0, |(old, _)| largest(old)),
    };
    for (a, b) in rows {
        let mut differs = false;
        for (i, j) in &columns {
            let (a, b) = (a * before.width + i, b * after.width + j);
            differs |= match &numbers {
                Some((old, new)) => measure.differ(old.get(a).copied()?, new.get(b).copied()?, &mut change),
                None => label(&before.values, a)? != label(&after.values, b)?,
            };
        }
        change.rows_differing += u64::from(differs);
    }
    Some(change)
}

/// Which column of the one is which of the other; none where that cannot be told.
fn columns(before: &Output, after: &Output) -> Option<Vec<(usize, usize)>> {
    if before.columns.is_empty() || after.columns.is_empty() {
        return (before.width == after.width).then(|| (0..before.width).map(|i| (i, i)).collect());
    }
    let places: HashMap<&String, usize> = after.columns.iter().enumerate().map(|(i, column)| (column, i)).collect();
    let pairs: Vec<(usize, usize)> =
        before.columns.iter().enumerate().filter_map(|(i, column)| Some((i, *places.get(column)?))).collect();
    (!pairs.is_empty()).then_some(pairs)
}

/// Numbers as such; text and truth values are none.
fn numbers(values: &Data) -> Option<Vec<f64>> {
    match values {
        Data::F32(items) => Some(items.iter().map(|item| f64::from(*item)).collect()),
        Data::F64(items) => Some(items.clone()),
        Data::I64(items) => Some(items.iter().map(|item| *item as f64).collect()),
        _ => None,
    }
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().filter(|number| number.is_finite()).fold(0.0, |most, number| most.max(number.abs()))
}

struct Measure {
    tolerance: f64,
    floor: f64,
}

impl Measure {
    /// Whether two numbers are further apart than arithmetic explains; missing equals missing.
    fn differ(&self, a: f64, b: f64, change: &mut OutputChange) -> bool {
        if a == b || (a.is_nan() && b.is_nan()) {
            return false;
        }
        if !a.is_finite() || !b.is_finite() {
            return true;
        }
        let scale = a.abs().max(b.abs()).max(self.floor);
        let relative = (a / scale - b / scale).abs();
        change.largest_absolute = change.largest_absolute.max((a - b).abs().min(f64::MAX));
        change.largest_relative = change.largest_relative.max(relative);
        relative > self.tolerance
    }
}

/// A label, as text that differs where the label does.
fn label(values: &Data, at: usize) -> Option<String> {
    with_data!(values, items => items.get(at).map(|item| format!("{item:?}")))
}
