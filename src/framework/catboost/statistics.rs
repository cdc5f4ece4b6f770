//! Statistics of categories into tables: where a hash is of one category and some splits, the category and the splits say
//! where the statistic stands; else the hash is computed.

use std::collections::{BTreeSet, HashMap};

use super::booster::Booster;
use super::lower::{Inputs, MULTIPLIER};
use super::parts::{Combination, Copied, Ctr, Table};
use crate::error::{Error, Result};
use crate::forest::{Tabled, Test};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::crossed::MOST_TESTS;
use crate::ops::hash_fold::HashFold;
use crate::ops::integer_lookup::IntegerLookup;

/// Places of a table for each hash that it knows, at most: a larger table would be mostly one number.
const MOST_PLACES_PER_KEY: usize = 8;
/// Places that any table may have.
const FEW_PLACES: usize = 1024;

/// Joint hashes that are undone, over all tables and ways that splits may go: the time that reading may take.
const MOST_UNDONE: usize = 1 << 24;

/// Where the statistics of a row stand.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    /// A column of positions each.
    pub positions: Vec<ValueId>,
    /// How many positions there are in each column.
    pub sizes: Vec<u32>,
    pub tabled: Vec<Tabled>,
}

/// A table of one category and some splits, by the hashes of the category.
struct Known {
    category: usize,
    tests: Vec<Test>,
    /// (the category's hash, a bit for each split) of every hash of the table, and its row there.
    rows: HashMap<(i64, usize), usize>,
}

impl Booster {
    /// The statistics that some splits test.
    pub(super) fn statistics(&self, g: &mut GraphBuilder, inputs: &Inputs, hashes: &[ValueId]) -> Result<Statistics> {
        let order = self.ctrs_by_table();
        let users: Vec<(usize, &Ctr)> =
            order.iter().enumerate().filter_map(|(i, ctr)| Some((i, self.ctrs.get(*ctr)?))).collect();
        let tables = || users.chunk_by(|(_, a), (_, b)| a.table == b.table);
        let table_of = |users: &[(usize, &Ctr)]| self.tables.get(users.first()?.1.table);
        let mut left = MOST_UNDONE;
        let one_hots = self.one_hot_features();
        let known: Vec<Option<Known>> =
            tables().map(|users| self.known(table_of(users)?, &one_hots, &mut left)).collect();
        let mut categories: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); hashes.len()];
        for known in known.iter().flatten() {
            categories[known.category].extend(known.rows.keys().map(|(hash, _)| *hash));
        }
        let mut built = Builder {
            booster: self,
            inputs,
            hashes,
            categories,
            statistics: Statistics::default(),
            of_category: HashMap::new(),
            of_combination: HashMap::new(),
            copied: Copied::default(),
        };
        for (users, known) in tables().zip(&known) {
            if let Some(table) = table_of(users) {
                built.add(g, table, users, known.as_ref())?;
            }
        }
        Ok(built.statistics)
    }

    /// A table of one category: the category's hash is what its joint hashes come from, in every way the splits may go.
    /// Takes the hashes to undo from those that are `left`.
    fn known(&self, table: &Table, features: &HashMap<(i64, i32), usize>, left: &mut usize) -> Option<Known> {
        let Combination { categories, borders, one_hots } = &table.combination;
        let [category] = categories[..] else { return None };
        if borders.len() + one_hots.len() > MOST_TESTS {
            return None;
        }
        let category = self.category(i64::from(category)).ok()?;
        let border = |(float, border): &(i32, u32)| self.border_test(*float, f32::from_bits(*border));
        let one_hot = |(category, value): &(i32, i32)| {
            let feature = *features.get(&(i64::from(*category), *value))?;
            Some(Test::Number { feature, threshold: 0.5, nan_left: true })
        };
        let tests: Vec<Test> = borders.iter().map(border).chain(one_hots.iter().map(one_hot)).collect::<Option<_>>()?;
        *left = left.checked_sub(table.keys.len().saturating_mul(1 << tests.len()))?;
        let fold = HashFold { multiplier: MULTIPLIER };
        let mut rows = HashMap::new();
        for (row, key) in table.keys.iter().enumerate() {
            for bits in 0..1usize << tests.len() {
                let bit = |hash: i64, test: usize| fold.before(hash, (bits >> test & 1) as i64);
                let joined = (0..tests.len()).fold(*key, bit);
                let hash = fold.only(joined);
                if i32::try_from(hash).is_ok() {
                    rows.entry((hash, bits)).or_insert(row);
                }
            }
        }
        Some(Known { category, tests, rows })
    }

    /// The test of a feature of numbers against a border.
    fn border_test(&self, float: i32, border: f32) -> Option<Test> {
        let feature = self.float(i64::from(float)).ok()?;
        let missing_passes = self.floats.get(feature)?.missing_passes;
        let test = Test::Number { feature, threshold: border.into(), nan_left: !missing_passes };
        (!border.is_nan()).then_some(test)
    }

    /// The features that say whether a category is a value, for the values that splits test.
    fn one_hot_features(&self) -> HashMap<(i64, i32), usize> {
        let tested =
            self.one_hots.iter().flat_map(|one_hot| one_hot.values.iter().map(|value| (one_hot.category, *value)));
        let mut features = HashMap::new();
        for (i, key) in tested.enumerate() {
            features.entry(key).or_insert(self.floats.len() + i);
        }
        features
    }
}

/// Statistics under construction.
struct Builder<'a> {
    booster: &'a Booster,
    inputs: &'a Inputs,
    hashes: &'a [ValueId],
    /// The hashes of each category that tables know.
    categories: Vec<BTreeSet<i64>>,
    statistics: Statistics,
    /// The column of the positions of a category.
    of_category: HashMap<usize, usize>,
    of_combination: HashMap<&'a Combination, ValueId>,
    copied: Copied,
}

impl<'a> Builder<'a> {
    /// Adds a table's statistics, each with its number among those that splits test.
    fn add(
        &mut self,
        g: &mut GraphBuilder,
        table: &'a Table,
        users: &[(usize, &Ctr)],
        known: Option<&Known>,
    ) -> Result<()> {
        let (position, tests, rows) = match known.filter(|known| self.is_worth(table, known)) {
            Some(known) => (self.position(g, known.category)?, known.tests.clone(), self.rows(table, known)),
            None => (self.joined_position(g, table)?, Vec::new(), (0..=table.keys.len()).collect()),
        };
        self.copied.count(rows.len().saturating_mul(users.len()))?;
        let first = self.booster.first_statistic();
        let feature = |(number, ctr): &(usize, &Ctr)| {
            let values = ctr.values(table)?;
            if values.len() != table.keys.len() + 1 {
                return Err(Error::malformed("catboost-model", "target statistics and their hashes do not fit"));
            }
            Ok((first + number, rows.iter().map(|row| values[*row]).collect()))
        };
        let features = users.iter().map(feature).collect::<Result<_>>()?;
        self.statistics.tabled.push(Tabled { position, tests, features });
        Ok(())
    }

    fn places(&self, known: &Known) -> usize {
        (self.categories[known.category].len() + 1) << known.tests.len()
    }

    fn is_worth(&self, table: &Table, known: &Known) -> bool {
        self.places(known) <= FEW_PLACES.max(table.keys.len().saturating_mul(MOST_PLACES_PER_KEY))
    }

    /// The row of the table for every place; the last row for what the table does not know.
    fn rows(&self, table: &Table, known: &Known) -> Vec<usize> {
        let mut rows = vec![table.keys.len(); self.places(known)];
        for (position, hash) in self.categories[known.category].iter().enumerate() {
            let places = rows[position << known.tests.len()..].iter_mut().take(1 << known.tests.len());
            for (bits, place) in places.enumerate() {
                // The first test has the highest bit of a place, and the last of the joint hash.
                if let Some(row) = known.rows.get(&(*hash, bits)) {
                    *place = *row;
                }
            }
        }
        rows
    }

    /// The column of the positions of a category among those that tables know.
    fn position(&mut self, g: &mut GraphBuilder, category: usize) -> Result<usize> {
        if let Some(known) = self.of_category.get(&category) {
            return Ok(*known);
        }
        let keys: Vec<i64> = self.categories[category].iter().copied().collect();
        let size = keys.len() as u32 + 1;
        let position = g.apply(IntegerLookup { keys, unknown: -1 }, &[self.hashes[category]])?;
        let column = self.push(position, size);
        self.of_category.insert(category, column);
        Ok(column)
    }

    /// The column of the positions of a joint hash.
    fn joined_position(&mut self, g: &mut GraphBuilder, table: &'a Table) -> Result<usize> {
        let joined = match self.of_combination.get(&table.combination) {
            Some(known) => *known,
            None => self.booster.joined_hash(g, self.inputs, self.hashes, &table.combination)?,
        };
        self.of_combination.insert(&table.combination, joined);
        let position = g.apply(IntegerLookup { keys: table.keys.clone(), unknown: -1 }, &[joined])?;
        Ok(self.push(position, table.keys.len() as u32 + 1))
    }

    fn push(&mut self, position: ValueId, size: u32) -> usize {
        self.statistics.positions.push(position);
        self.statistics.sizes.push(size);
        self.statistics.positions.len() - 1
    }
}
