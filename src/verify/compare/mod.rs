//! Results against what the framework itself recorded.
//!
//! Labels, leaf indices and other integers must be equal. Numbers agree when |a−b| ≤ tol · max(|a|, |b|, 1e-3 · M),
//! M the largest finite magnitude expected in that output, tol 1e-9 for f64 and 1e-5 for f32. Missing equals missing
//! (`null`, NaN), infinities must be equal.

mod expected;
#[cfg(test)]
mod tests;

pub use expected::{Expected, Recorded};

use crate::abi::Output;
use crate::data::json::Json;
use crate::tensor::Data;

/// The tolerance of f64 outputs.
pub const TOLERANCE_F64: f64 = 1e-9;
/// The tolerance of f32 outputs.
pub const TOLERANCE_F32: f64 = 1e-5;
/// Below this share of the output's largest magnitude, differences count absolutely.
pub const FLOOR: f64 = 1e-3;
/// The most differences that are described; all are counted.
const MOST_DESCRIBED: usize = 20;

/// One value that differs, or a whole row or output whose shape does.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The output.
    pub output: String,
    /// The row, from 0; none when the number of rows differs.
    pub row: Option<usize>,
    /// The column of the output, from 0; none when the row's shape differs.
    pub column: Option<usize>,
    /// What the framework recorded.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// How far apart the numbers may be.
    pub allowed: Option<f64>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.output)?;
        if let Some(row) = self.row {
            write!(f, " row {row}")?;
        }
        if let Some(column) = self.column {
            write!(f, " column {column}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)?;
        match self.allowed {
            Some(allowed) => write!(f, " (may differ by {allowed:.3e})"),
            None => Ok(()),
        }
    }
}

/// How results compare with what was recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// The first differences.
    pub differences: Vec<Difference>,
    /// How many there are in all.
    pub difference_count: u64,
    /// How many values were compared.
    pub value_count: u64,
    /// The largest |a−b| / max(|a|, |b|, 1e-3 · M) of numbers.
    pub largest_relative: f64,
}

impl Comparison {
    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.difference_count == 0
    }

    fn add(&mut self, difference: Difference) {
        self.difference_count += 1;
        if self.differences.len() < MOST_DESCRIBED {
            self.differences.push(difference);
        }
    }
}

/// Compares the rows recorded for a method with its outputs.
pub fn compare(expected: &Recorded, outputs: &[Output]) -> Comparison {
    let expected = expected.rows.as_slice();
    let mut comparison = Comparison::default();
    for (output_idx, output) in outputs.iter().enumerate() {
        let shape = |row, expected: String, found: String| Difference {
            output: output.name.clone(),
            row,
            column: None,
            expected,
            found,
            allowed: None,
        };
        if output.rows != expected.len() {
            comparison.add(shape(None, format!("{} rows", expected.len()), format!("{} rows", output.rows)));
            continue;
        }
        let mut rows: Vec<(usize, Row<'_>)> = Vec::new();
        for (row, recorded) in expected.iter().enumerate() {
            match part(recorded, output_idx, outputs.len()).and_then(|part| values(part, output)) {
                Ok(values) => rows.push((row, values)),
                Err((expected, found)) => comparison.add(shape(Some(row), expected, found)),
            }
        }
        compare_values(&rows, output, &mut comparison);
    }
    comparison
}

/// What a recorded row says about one of `count` outputs.
fn part(row: &Json, output_idx: usize, count: usize) -> Result<&Json, (String, String)> {
    if count == 1 {
        return Ok(row);
    }
    match row.as_list() {
        Some(parts) if parts.len() == count => Ok(&parts[output_idx]),
        Some(parts) => Err((format!("{} outputs", parts.len()), format!("{count} outputs"))),
        None => Err((row.kind().into(), format!("{count} outputs"))),
    }
}

/// The recorded values of one row of an output.
enum Row<'a> {
    /// One per column.
    All(&'a [Json]),
    /// Of the columns named, which ascend; all others are 0.
    Stored(Vec<(usize, &'a Json)>),
}

/// What is recorded of a column that a sparse row does not store.
const ZERO: &Json = &Json::Integer(0);

impl<'a> Row<'a> {
    fn values(&self) -> impl Iterator<Item = &'a Json> {
        let (all, stored) = match self {
            Row::All(values) => (*values, &[][..]),
            Row::Stored(values) => (&[][..], values.as_slice()),
        };
        all.iter().chain(stored.iter().map(|(_, value)| *value))
    }

    /// The recorded value of every column that the row or the output stores.
    fn against(&self, output: &Output, row: usize) -> Vec<(usize, &'a Json)> {
        match (self, &output.pattern) {
            (Row::All(values), _) => values.iter().enumerate().collect(),
            (Row::Stored(values), None) => {
                let mut all: Vec<(usize, &Json)> = (0..output.width).map(|column| (column, ZERO)).collect();
                values.iter().for_each(|(column, value)| all[*column].1 = value);
                all
            }
            (Row::Stored(values), Some(pattern)) => {
                let found = pattern.columns[pattern.row(row)].iter().map(|column| (*column as usize, ZERO));
                let mut all: Vec<(usize, &Json)> = values.iter().copied().chain(found).collect();
                // Stable: what was recorded stands before the 0 of the same column.
                all.sort_by_key(|(column, _)| *column);
                all.dedup_by_key(|(column, _)| *column);
                all
            }
        }
    }
}

/// The recorded values of one row of an output.
fn values<'a>(part: &'a Json, output: &Output) -> Result<Row<'a>, (String, String)> {
    let is_list = output.list || output.width != 1;
    match part {
        Json::List(items) if is_list && items.len() == output.width => Ok(Row::All(items)),
        Json::List(items) if is_list => Err((format!("{} columns", items.len()), format!("{} columns", output.width))),
        Json::List(items) => Err((format!("a list of {}", items.len()), "a single value".into())),
        Json::Object(_) if is_list => stored(part, output.width).map(Row::Stored).ok_or_else(|| {
            ("an object".into(), format!("columns of {} that ascend, and as many values", output.width))
        }),
        _ if is_list => Err((part.kind().into(), format!("a list of {}", output.width))),
        single => Ok(Row::All(std::slice::from_ref(single))),
    }
}

/// A sparse row: `{"columns": [3, 17], "values": [0.5, 1.0]}`.
fn stored(part: &Json, width: usize) -> Option<Vec<(usize, &Json)>> {
    let column = |column: &Json| match column {
        Json::Integer(column) => usize::try_from(*column).ok().filter(|column| *column < width),
        _ => None,
    };
    let columns: Option<Vec<usize>> = part.get("columns")?.as_list()?.iter().map(column).collect();
    let (columns, values) = (columns?, part.get("values")?.as_list()?);
    let ascend = columns.windows(2).all(|pair| pair[0] < pair[1]);
    (ascend && columns.len() == values.len()).then(|| columns.into_iter().zip(values).collect())
}

fn compare_values(rows: &[(usize, Row<'_>)], output: &Output, comparison: &mut Comparison) {
    let finite = rows.iter().flat_map(|(_, row)| row.values().filter_map(number));
    let largest = finite.filter(|number| number.is_finite()).fold(0.0, |most: f64, number| most.max(number.abs()));
    let mut zero = output.values.gather(std::iter::empty());
    zero.push_zero();
    for (row, values) in rows {
        for (column, expected) in values.against(output, *row) {
            comparison.value_count += 1;
            let (found, at) = match output.position(*row, column) {
                Some(at) => (&output.values, at),
                None => (&zero, 0),
            };
            if let Err(allowed) = compare_value(expected, found, at, largest, comparison) {
                comparison.add(Difference {
                    output: output.name.clone(),
                    row: Some(*row),
                    column: Some(column),
                    expected: show(expected),
                    found: show_found(found, at),
                    allowed,
                });
            }
        }
    }
}

/// The number a recorded value stands for.
fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Integer(integer) => Some(*integer as f64),
        Json::Number(number) => Some(*number),
        Json::Null => Some(f64::NAN),
        Json::Text(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a value agrees; else how far apart it may be, where that says something.
fn compare_value(
    expected: &Json,
    found: &Data,
    at: usize,
    largest: f64,
    comparison: &mut Comparison,
) -> Result<(), Option<f64>> {
    let equal = |equal: bool| if equal { Ok(()) } else { Err(None) };
    match found {
        Data::F32(items) => {
            near(expected, f64::from(items[at]), TOLERANCE_F32, largest, &mut comparison.largest_relative)
        }
        Data::F64(items) => near(expected, items[at], TOLERANCE_F64, largest, &mut comparison.largest_relative),
        Data::I64(items) => equal(match expected {
            Json::Integer(integer) => *integer == items[at],
            Json::Number(number) => *number == items[at] as f64,
            _ => false,
        }),
        Data::Bool(items) => equal(*expected == Json::Bool(items[at])),
        Data::Text(items) => equal(match (expected, &items[at]) {
            (Json::Text(expected), Some(found)) => expected == found,
            (expected, None) => number(expected).is_some_and(f64::is_nan),
            _ => false,
        }),
        Data::U8(_) | Data::U16(_) | Data::U32(_) => Err(None),
    }
}

fn near(expected: &Json, found: f64, tolerance: f64, largest: f64, most: &mut f64) -> Result<(), Option<f64>> {
    let expected = number(expected).ok_or(None)?;
    if expected == found || (expected.is_nan() && found.is_nan()) {
        return Ok(());
    }
    if !expected.is_finite() || !found.is_finite() {
        return Err(None);
    }
    let scale = expected.abs().max(found.abs()).max(FLOOR * largest);
    let relative = ((expected / scale) - (found / scale)).abs();
    *most = most.max(relative);
    if relative <= tolerance { Ok(()) } else { Err(Some(tolerance * scale)) }
}

fn show(expected: &Json) -> String {
    match expected {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Integer(value) => value.to_string(),
        Json::Number(value) => format!("{value:?}"),
        Json::Text(text) => format!("{text:?}"),
        other => other.kind().into(),
    }
}

fn show_found(found: &Data, at: usize) -> String {
    match found {
        Data::F32(items) => format!("{:?}", f64::from(items[at])),
        Data::F64(items) => format!("{:?}", items[at]),
        Data::I64(items) => items[at].to_string(),
        Data::Bool(items) => items[at].to_string(),
        Data::Text(items) => items[at].as_ref().map_or("null".into(), |text| format!("{text:?}")),
        other => format!("a value of type {}", other.element()),
    }
}
