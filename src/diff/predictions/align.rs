//! Two outputs against each other: columns by their labels where both have some, else by their place.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::abi::Output;
use crate::diff::OutputChange;
use crate::tensor::Data;
use crate::verify::compare::{FLOOR, TOLERANCE_F32, TOLERANCE_F64};
use crate::with_data;

/// Compares rows given by their positions in both; none where the outputs have nothing in common.
pub(super) fn compare(before: &Output, after: &Output, rows: &[(usize, usize)]) -> Option<OutputChange> {
    let columns = Columns::new(before, after)?;
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
        for &(i, j) in columns.of_rows((before, *a), (after, *b)).iter() {
            differs |= match (&numbers, before.position(*a, i), after.position(*b, j)) {
                (Some((old, new)), a, b) => measure.differ(number(old, a)?, number(new, b)?, &mut change),
                (None, Some(a), Some(b)) => label(&before.values, a)? != label(&after.values, b)?,
                (None, ..) => return None,
            };
        }
        change.rows_differing += u64::from(differs);
    }
    Some(change)
}

/// Which column of the one is which of the other.
enum Columns {
    /// These pairs.
    Pairs(Vec<(usize, usize)>),
    /// Those that either row stores, by their place: one side is sparse.
    Stored,
}

impl Columns {
    /// None where it cannot be told.
    fn new(before: &Output, after: &Output) -> Option<Self> {
        if before.pattern.is_some() || after.pattern.is_some() {
            return (before.width == after.width).then_some(Columns::Stored);
        }
        if before.columns.is_empty() || after.columns.is_empty() {
            let pairs = || Columns::Pairs((0..before.width).map(|i| (i, i)).collect());
            return (before.width == after.width).then(pairs);
        }
        let places: HashMap<&String, usize> = after.columns.iter().enumerate().map(|(i, column)| (column, i)).collect();
        let pairs: Vec<(usize, usize)> =
            before.columns.iter().enumerate().filter_map(|(i, column)| Some((i, *places.get(column)?))).collect();
        (!pairs.is_empty()).then_some(Columns::Pairs(pairs))
    }

    /// The pairs to look at for two rows.
    fn of_rows(&self, before: (&Output, usize), after: (&Output, usize)) -> Cow<'_, [(usize, usize)]> {
        let stored = |(output, row): (&Output, usize)| -> Vec<usize> {
            match &output.pattern {
                Some(pattern) => pattern.columns[pattern.row(row)].iter().map(|column| *column as usize).collect(),
                None => (0..output.width).collect(),
            }
        };
        match self {
            Columns::Pairs(pairs) => Cow::Borrowed(pairs),
            Columns::Stored => {
                let mut all = [stored(before), stored(after)].concat();
                all.sort_unstable();
                all.dedup();
                all.into_iter().map(|column| (column, column)).collect()
            }
        }
    }
}

/// The number at a position; 0 where a sparse row stores none.
fn number(numbers: &[f64], at: Option<usize>) -> Option<f64> {
    at.map_or(Some(0.0), |at| numbers.get(at).copied())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn output(values: Data, width: usize, columns: &[&str]) -> Output {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Output {
            name: "x".into(),
            rows: values.len() / width.max(1),
            width,
            list: width > 1,
            columns,
            values,
            pattern: None,
        }
    }

    #[test]
    fn sparse_rows_differ_where_either_stores_something_else() {
        use crate::tensor::Pattern;
        let sparse = |columns: &[u32], values: &[f64]| {
            let pattern = Pattern { offsets: vec![0, 1, columns.len()], columns: columns.to_vec() };
            let dense = output(Data::F64(Vec::new()), 1 << 20, &[]);
            Output { rows: 2, values: Data::F64(values.to_vec()), pattern: Some(pattern), ..dense }
        };
        let (one, other) = (sparse(&[3, 7, 9], &[1.0, 2.0, 4.0]), sparse(&[3, 7], &[1.0, 2.5]));
        let differing = |a: &Output, b: &Output| compare(a, b, &all(2)).unwrap();
        assert_eq!(differing(&one, &one).rows_differing, 0);
        let change = differing(&one, &other);
        assert_eq!((change.rows_differing, change.largest_absolute), (1, 4.0));
        assert!(compare(&one, &output(Data::F64(vec![0.0; 2]), 1, &[]), &all(2)).is_none());
    }

    fn all(rows: usize) -> Vec<(usize, usize)> {
        (0..rows).map(|row| (row, row)).collect()
    }

    #[test]
    fn numbers_differ_where_arithmetic_does_not_explain_it() {
        let before = output(Data::F64(vec![1.0, f64::NAN, f64::INFINITY, 100.0, 0.0, 2.0]), 1, &[]);
        let after = output(Data::F64(vec![1.0 + 1e-12, f64::NAN, 5.0, 101.0, -0.0, f64::NAN]), 1, &[]);
        let change = compare(&before, &after, &all(6)).unwrap();
        assert_eq!((change.rows, change.rows_differing, change.labels), (6, 3, false));
        assert_eq!(change.largest_absolute, 1.0);
        assert!((change.largest_relative - 1.0 / 101.0).abs() < 1e-15);
        // Single precision on either side explains more.
        let single = output(Data::F32(vec![1.0, 3.0]), 1, &[]);
        let double = output(Data::F64(vec![1.0 + 1e-7, 3.001]), 1, &[]);
        assert_eq!(compare(&single, &double, &all(2)).unwrap().rows_differing, 1);
        assert_eq!(compare(&double, &single, &all(2)).unwrap().rows_differing, 1);
    }

    #[test]
    fn labels_differ_or_do_not() {
        let text = |labels: &[&str]| {
            output(Data::Text(labels.iter().map(|label| Some((*label).to_owned())).collect()), 1, &[])
        };
        let change = compare(&text(&["a", "b", "c"]), &text(&["a", "c", "c"]), &all(3)).unwrap();
        assert_eq!((change.rows_differing, change.labels, change.largest_absolute), (1, true, 0.0));
        let whole = output(Data::I64(vec![0, 1, 1]), 1, &[]);
        assert!(compare(&whole, &whole, &all(3)).unwrap().labels);
        // The label 1 is the number 1.0, but not the text "1".
        let float = output(Data::F64(vec![0.0, 1.0, 0.0]), 1, &[]);
        assert_eq!(compare(&whole, &float, &all(3)).unwrap().rows_differing, 1);
        assert_eq!(compare(&whole, &text(&["0", "1", "1"]), &all(3)).unwrap().rows_differing, 3);
    }

    #[test]
    fn columns_meet_by_label_else_by_place() {
        let before = output(Data::F64(vec![0.1, 0.9, 0.4, 0.6]), 2, &["no", "yes"]);
        let swapped = output(Data::F64(vec![0.9, 0.1, 0.6, 0.4]), 2, &["yes", "no"]);
        assert_eq!(compare(&before, &swapped, &all(2)).unwrap().rows_differing, 0);
        let other = output(Data::F64(vec![0.9, 0.0, 0.1, 0.6, 0.1, 0.3]), 3, &["yes", "perhaps", "no"]);
        assert_eq!(compare(&before, &other, &all(2)).unwrap().rows_differing, 1);
        assert_eq!(compare(&before, &output(Data::F64(vec![0.5; 4]), 2, &["a", "b"]), &all(2)), None);
        let unnamed = output(Data::F64(vec![0.1, 0.9, 0.6, 0.4]), 2, &[]);
        assert_eq!(compare(&before, &unnamed, &all(2)).unwrap().rows_differing, 1);
        assert_eq!(compare(&before, &output(Data::F64(vec![0.5; 2]), 1, &[]), &all(2)), None);
        // Rows that only one side answered are left out.
        assert_eq!(compare(&before, &unnamed, &[(0, 0)]).unwrap().rows_differing, 0);
    }
}
