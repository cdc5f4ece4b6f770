//! A forest some of whose features are no columns of numbers: they stand in tables, by a position and some tests, and so
//! do their ranks.

use std::collections::HashMap;

use super::lower::{ColumnKey, column_key};
use super::{Comparison, Forest, Planted, Test};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::bin::{Bin, BinColumn, BinKind};
use crate::ops::crossed::{Crossed, Crossing};
use crate::tensor::ElementType;

/// Features whose values stand in tables.
#[derive(Debug, Clone)]
pub struct Tabled {
    /// The column of the positions.
    pub position: usize,
    /// Tests of other features. A place is numbered `position · 2^tests + b`; b has a bit for each test, the first one's
    /// highest: 1 for rows that the test sends right.
    pub tests: Vec<Test>,
    /// Each feature, and its value at every place.
    pub features: Vec<(usize, Vec<f32>)>,
}

/// Rank columns: those of numbers, then those of tables in the order of the tables.
struct Ordered {
    columns: Vec<BinColumn>,
    n_numbers: usize,
    /// The columns of each feature.
    of_feature: HashMap<usize, Vec<usize>>,
    index: HashMap<ColumnKey, u32>,
}

impl Forest {
    /// [`Forest::plant`] where the features behind the columns of `x` (f32) stand in tables. Of each column of `positions`
    /// (I64) `sizes` says how many there are: any other counts as the last.
    pub fn plant_tabled(
        &self,
        g: &mut GraphBuilder,
        x: ValueId,
        (positions, sizes): (ValueId, Vec<u32>),
        tabled: &[Tabled],
    ) -> Result<Planted> {
        let ordered = self.ordered(g.ty(x).element, g.width(x), tabled)?;
        let (numbers, looked_up) = ordered.columns.split_at(ordered.n_numbers);
        let equal_passes = self.comparison == Comparison::Less;
        let numbers = match numbers {
            [] => None,
            _ => Some(g.apply(Bin { columns: numbers.to_vec(), equal_passes }, &[x])?),
        };
        let crossings = tabled.iter().map(|tabled| self.crossing(tabled, &ordered, g.ty(x).element)).collect();
        let narrowest = || element_of(looked_up.iter().map(BinColumn::highest).max().unwrap_or(0));
        let element = numbers.map_or_else(narrowest, |numbers| g.ty(numbers).element);
        let inputs: Vec<ValueId> = [positions].into_iter().chain(numbers).collect();
        let looked_up = g.apply(Crossed { sizes, crossings, element }, &inputs)?;
        let parts: Vec<ValueId> = numbers.into_iter().chain([looked_up]).collect();
        let ranks = g.concat(&parts)?;
        Ok(self.planted(g, x, ranks, &ordered.columns, &ordered.index))
    }

    fn ordered(&self, element: ElementType, width: usize, tabled: &[Tabled]) -> Result<Ordered> {
        let tests: Vec<&Test> = tabled.iter().flat_map(|tabled| &tabled.tests).collect();
        let (found, mut index) = self.columns(element, &tests);
        let is_number = |column: &BinColumn| (column.feature as usize) < width;
        let mut order: Vec<usize> = (0..found.len()).filter(|i| is_number(&found[*i])).collect();
        let n_numbers = order.len();
        let of_feature = by_feature(&found);
        for (feature, _) in tabled.iter().flat_map(|tabled| &tabled.features) {
            order.extend(of_feature.get(feature).into_iter().flatten());
        }
        if order.len() != found.len() {
            return Err(Error::internal("a feature that stands in no table, or in several"));
        }
        let mut columns: Vec<BinColumn> = order.iter().map(|i| found[*i].clone()).collect();
        let filler = filler(columns.split_at(n_numbers));
        let n_fillers = filler.iter().len();
        filler.into_iter().for_each(|filler| columns.insert(n_numbers, filler));
        let mut places = vec![0; found.len()];
        for (place, column) in order.iter().enumerate() {
            places[*column] = (if place < n_numbers { place } else { place + n_fillers }) as u32;
        }
        index.values_mut().for_each(|column| *column = places[*column as usize]);
        let n_numbers = n_numbers + n_fillers;
        let of_feature = by_feature(&columns);
        Ok(Ordered { columns, n_numbers, of_feature, index })
    }

    /// What the columns of a table's features are looked up by.
    fn crossing(&self, tabled: &Tabled, ordered: &Ordered, element: ElementType) -> Crossing {
        let test = |test: &Test| {
            let column = ordered.index[&column_key(test)];
            (column, self.rank_of(test, &ordered.columns[column as usize], element))
        };
        let equal_passes = self.comparison == Comparison::Less;
        let tables = tabled.features.iter().flat_map(|(feature, values)| {
            let own = ordered.of_feature.get(feature).into_iter().flatten().map(|i| &ordered.columns[*i]);
            own.map(|column| values.iter().map(|value| column.rank(f64::from(*value), equal_passes)).collect())
        });
        Crossing {
            position: tabled.position as u32,
            tests: tabled.tests.iter().map(test).collect(),
            tables: tables.collect(),
        }
    }
}

/// Which of the columns rank each feature.
fn by_feature(columns: &[BinColumn]) -> HashMap<usize, Vec<usize>> {
    let mut of_feature: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, column) in columns.iter().enumerate() {
        of_feature.entry(column.feature as usize).or_default().push(i);
    }
    of_feature
}

/// The narrowest type of such ranks.
fn element_of(highest: usize) -> ElementType {
    match highest {
        0..=0xFF => ElementType::U8,
        0x100..=0xFFFF => ElementType::U16,
        _ => ElementType::U32,
    }
}

/// A column of numbers that no tree reads, where tables have higher ranks than fit the type of the numbers' ranks: all
/// ranks are of one type.
fn filler((numbers, looked_up): (&[BinColumn], &[BinColumn])) -> Option<BinColumn> {
    let highest = |columns: &[BinColumn]| columns.iter().map(BinColumn::highest).max().unwrap_or(0);
    let (own, wanted) = (highest(numbers), highest(looked_up));
    let is_needed = !numbers.is_empty() && element_of(own) != element_of(wanted.max(own));
    let thresholds = || (0..wanted).map(|i| i as f64).collect();
    is_needed.then(|| BinColumn { feature: 0, kind: BinKind::Thresholds { thresholds: thresholds(), nan_last: false } })
}
