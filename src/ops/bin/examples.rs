//! Examples of `bin`: the search in its buckets, category sets, and both together.

use super::{Bin, BinColumn, BinKind, CategorySet};
use crate::ops::{Example, ExampleInput, adversarial_f64};
use crate::tensor::{Data, ElementType, Matrix};

/// Both comparisons, both types, 0 to 100,000 thresholds spread in every way, ties, infinities, subnormals, NaN both
/// ways, category sets.
pub fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for equal_passes in [false, true] {
        for element in [ElementType::F32, ElementType::F64] {
            examples.push(small(element, equal_passes));
            examples.push(large(element, equal_passes, &[255, 1, 7, 254]));
            examples.push(large(element, equal_passes, &[256, 2, 3000]));
        }
    }
    examples.push(large(ElementType::F64, true, &[100_000]));
    for element in [ElementType::F32, ElementType::F64] {
        for (equal_passes, most) in [(false, 5), (true, 255), (true, 2000), (false, 70_000)] {
            examples.extend((0..6).map(|seed| few_rows(element, equal_passes, most, seed)));
        }
    }
    for thresholds in [3, 300, 70_000] {
        examples.extend([ElementType::F32, ElementType::F64].map(|element| sets(element, thresholds)));
    }
    examples
}

fn column(feature: u32, thresholds: &[f64], nan_last: bool) -> BinColumn {
    BinColumn { feature, kind: BinKind::Thresholds { thresholds: thresholds.to_vec(), nan_last } }
}

fn matrix(element: ElementType, width: usize, values: &[f64]) -> ExampleInput {
    let data = match element {
        ElementType::F32 => Data::F32(values.iter().map(|x| *x as f32).collect()),
        _ => Data::F64(values.to_vec()),
    };
    ExampleInput { matrix: Matrix::new(values.len() / width, width, data), per_row: true }
}

/// Ascending, without repeats, exact in the type.
fn ascending(mut values: Vec<f64>, element: ElementType) -> Vec<f64> {
    if element == ElementType::F32 {
        values.iter_mut().for_each(|x| *x = f64::from(*x as f32));
    }
    values.retain(|x| !x.is_nan());
    values.iter_mut().for_each(|x| *x += 0.0);
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// Special values as thresholds and as features, and sets.
fn small(element: ElementType, equal_passes: bool) -> Example {
    let values = adversarial_f64();
    let special = ascending(values.clone(), element);
    let set = |truncates_negative| BinColumn {
        feature: 1,
        kind: BinKind::Set(CategorySet {
            left: vec![true, false, true],
            above_left: false,
            below_left: true,
            nan_left: false,
            truncates_negative,
        }),
    };
    let columns = vec![
        column(0, &special, false),
        column(0, &special, true),
        column(1, &[], true),
        column(1, &[0.5], false),
        set(true),
        set(false),
    ];
    let codes = [0.0, 1.0, 2.0, 3.0, -0.5, -1.0, f64::NAN, 2.9, 1e300, -1e300, 0.5, -0.0, 99.5];
    let rows = (0..values.len() * 2).flat_map(|i| [values[i % values.len()], codes[i % codes.len()]]);
    let rows: Vec<f64> = rows.collect();
    Example { op: Bin { columns, equal_passes }.into(), inputs: vec![matrix(element, 2, &rows)] }
}

/// 1 to 20 sets of a feature, short and long, beside so many thresholds that ranks have each width.
fn sets(element: ElementType, n_thresholds: usize) -> Example {
    let thresholds: Vec<f64> = (0..n_thresholds).map(|i| i as f64).collect();
    let mut columns = vec![column(0, &thresholds, true)];
    for (feature, n_sets) in [1, 3, 7, 8, 9, 16, 20].into_iter().enumerate() {
        for i in 0..n_sets {
            let length = [0, 1, 2, 5, 31, 64, 65, 130][(i + feature) % 8];
            let set = CategorySet {
                left: (0..length).map(|code| (code * (i + 2) + feature) % 3 == 0).collect(),
                above_left: i % 2 == 0,
                below_left: i % 3 == 0,
                nan_left: i % 5 == 0,
                truncates_negative: feature % 2 == 0,
            };
            columns.push(BinColumn { feature: feature as u32, kind: BinKind::Set(set) });
        }
    }
    let special = [f64::NAN, -0.5, -1.0, 130.0, 129.5, 64.0, 63.0, 1e300, f64::INFINITY, -0.0, -f64::INFINITY, 65.0];
    let value = |i: usize| if i.is_multiple_of(3) { special[i / 3 % special.len()] } else { (i * 7 % 140) as f64 };
    let rows: Vec<f64> = (0..7 * 77).map(value).collect();
    Example { op: Bin { columns, equal_passes: true }.into(), inputs: vec![matrix(element, 7, &rows)] }
}

/// Three rows of many features, each at or beside a threshold or special.
fn few_rows(element: ElementType, equal_passes: bool, most: usize, seed: usize) -> Example {
    const FEATURES: usize = 27;
    let special = adversarial_f64();
    let mut columns = Vec::new();
    let mut rows = vec![0.0; 3 * FEATURES];
    for feature in 0..FEATURES {
        // One column has the most thresholds, so that ranks have the type that they need.
        let count = if feature == 13 { most } else { (feature * feature * 3 + seed) % most.min(900) };
        let spread = (feature % 4) as i32;
        let threshold = |i: usize| (i as f64 - count as f64 / 3.0) * 0.37f64.powi(spread * (i % 3) as i32);
        let mut thresholds = ascending((0..count).map(threshold).collect(), element);
        if feature % 5 == 0 {
            thresholds =
                ascending(thresholds.into_iter().chain([f64::INFINITY, f64::NEG_INFINITY, 0.0]).collect(), element);
        }
        for row in 0..3 {
            let at = feature * 7 + row * 11 + seed * 13;
            rows[row * FEATURES + feature] = match thresholds.get(at % (count + 1)) {
                Some(threshold) if !at.is_multiple_of(4) => neighbours(*threshold, element)[at % 3],
                _ => special[at % special.len()],
            };
        }
        if feature % 3 != 0 {
            columns.push(column(feature as u32, &thresholds, true));
        }
        if feature % 3 != 1 {
            columns.push(column(feature as u32, &thresholds, false));
        }
    }
    Example { op: Bin { columns, equal_passes }.into(), inputs: vec![matrix(element, FEATURES, &rows)] }
}

/// Thresholds that lie evenly, crowd at one end or at two places, or reach the infinities.
fn large(element: ElementType, equal_passes: bool, counts: &[usize]) -> Example {
    let mut columns = Vec::new();
    let mut values = adversarial_f64();
    for count in counts {
        let even = (0..*count).map(|i| i as f64 * 0.25 - 20.0).collect();
        let one_end = (0..*count).map(|i| (i as f64 * 60.0 / *count as f64).exp() - 3.0).collect();
        let places = (0..*count).map(|i| [-1e4, 7.0][i % 2] + i as f64 * 1e-6).collect();
        let mut ends = vec![f64::NEG_INFINITY, f64::INFINITY];
        ends.extend((2..*count).map(|i| (i as f64 * 0.7).sin() * 1e3));
        for (i, thresholds) in [even, one_end, places, ends].into_iter().enumerate() {
            let mut thresholds = ascending(thresholds, element);
            thresholds.truncate(*count);
            values.extend(thresholds.iter().step_by(thresholds.len() / 8 + 1).flat_map(|t| neighbours(*t, element)));
            columns.push(column(0, &thresholds, i % 2 == 0));
        }
    }
    Example { op: Bin { columns, equal_passes }.into(), inputs: vec![matrix(element, 1, &values)] }
}

/// The number and those next to it in the type.
fn neighbours(x: f64, element: ElementType) -> [f64; 3] {
    match element {
        ElementType::F32 => [x, f64::from((x as f32).next_up()), f64::from((x as f32).next_down())],
        _ => [x, x.next_up(), x.next_down()],
    }
}
