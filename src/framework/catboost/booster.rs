//! A checked model: columns in order, splits as tests of numbers, trees that are trees.

use std::collections::HashMap;

use super::info::Info;
use super::lower::joined_alone;
use super::parts::{Combination, Ctr, FloatFeature, OneHot, Parts, Place, Table};
use super::trees::{Ensemble, Split};
use crate::error::{Error, Result};
use crate::forest::Test;
use crate::limits;
use crate::ops::text_hash::hash;

/// A model whose parts fit one another.
#[derive(Debug, Clone)]
pub struct Booster {
    pub(super) encoding: &'static str,
    pub(super) info: Info,
    /// The input columns.
    pub(super) columns: Vec<Column>,
    pub(super) floats: Vec<FloatFeature>,
    pub(super) categories: Vec<Category>,
    /// By the numbers that features go by, their places among their kind.
    places: Places,
    pub(super) one_hots: Vec<OneHot>,
    pub(super) ctrs: Vec<Ctr>,
    pub(super) tables: Vec<Table>,
    pub(super) ensemble: Ensemble,
    pub(super) dimension: usize,
    pub(super) leaf_values: Vec<f64>,
    pub(super) scale: f64,
    /// One per output.
    pub(super) bias: Vec<f64>,
}

/// A categorical feature.
#[derive(Debug, Clone)]
pub(super) struct Category {
    pub name: String,
    /// Whether all categories that the model knows of it are 0 and 1, as far as joint hashes do not hide them.
    pub holds_booleans: bool,
}

/// Places of features by the numbers that they go by.
#[derive(Debug, Clone)]
struct Places {
    categories: HashMap<i64, usize>,
    floats: HashMap<i64, usize>,
}

/// An input column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// Numbers: an index into [`Booster::floats`].
    Number(usize),
    /// Categories: an index into [`Booster::categories`].
    Category(usize),
    /// Text that no split depends on.
    Text,
    /// A column that was left out of the model.
    Unused,
}

fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("catboost-model", message)
}

impl Booster {
    /// Checks the parts of a model.
    pub(super) fn new(parts: Parts) -> Result<Booster> {
        refuse_estimated(&parts)?;
        let dimension = parts.dimension;
        limits::CLASSES.check_len(dimension)?;
        if dimension == 0 || !parts.leaf_values.len().is_multiple_of(dimension) {
            let message = format!("expected {dimension} values for each leaf, found {}", parts.leaf_values.len());
            return Err(malformed(message));
        }
        let bias = match parts.bias[..] {
            [] => vec![0.0; dimension],
            [only] if dimension == 1 || only == 0.0 => vec![only; dimension],
            _ if parts.bias.len() == dimension => parts.bias.clone(),
            _ => return Err(malformed(format!("expected {dimension} biases, found {}", parts.bias.len()))),
        };
        let (splits, n_columns) = splits(&parts)?;
        let numbered = |(place, known): (usize, &Place)| (known.index, place);
        let places = Places {
            categories: parts.categories.iter().enumerate().map(numbered).collect(),
            floats: parts.floats.iter().map(|float| &float.place).enumerate().map(numbered).collect(),
        };
        let n_leaves = parts.leaf_values.len() / dimension;
        let booster = Booster {
            encoding: parts.encoding,
            columns: columns(&parts)?,
            ensemble: Ensemble::new(&parts.trees, &splits, n_columns, n_leaves)?,
            categories: categories(&parts, &places),
            info: parts.info,
            floats: parts.floats,
            places,
            one_hots: parts.one_hots,
            ctrs: parts.ctrs,
            tables: parts.tables,
            dimension,
            leaf_values: parts.leaf_values,
            scale: parts.scale,
            bias,
        };
        booster.check_combinations()?;
        Ok(booster)
    }

    /// Leaves out columns that the model has not, where columns go by their names.
    pub(super) fn without_unused(mut self) -> Booster {
        let unnamed = |(i, column): (usize, &Column)| column.kind == ColumnKind::Unused || column.name == i.to_string();
        if !self.columns.iter().enumerate().all(unnamed) {
            self.columns.retain(|column| column.kind != ColumnKind::Unused);
        }
        self
    }

    /// Whether every combination names features that there are.
    fn check_combinations(&self) -> Result<()> {
        for ctr in &self.ctrs {
            let Some(Table { combination, .. }) = self.tables.get(ctr.table) else { continue };
            let Combination { categories, borders, one_hots } = combination;
            if categories.is_empty() && borders.is_empty() && one_hots.is_empty() {
                return Err(malformed("target statistics of no feature"));
            }
            categories
                .iter()
                .chain(one_hots.iter().map(|(category, _)| category))
                .try_for_each(|category| self.category(i64::from(*category)).map(|_| ()))?;
            borders.iter().try_for_each(|(float, _)| self.float(i64::from(*float)).map(|_| ()))?;
        }
        self.one_hots.iter().try_for_each(|one_hot| self.category(one_hot.category).map(|_| ()))
    }

    /// The place among the categorical features of one that goes by a number.
    pub(super) fn category(&self, index: i64) -> Result<usize> {
        let found = self.places.categories.get(&index).copied();
        found.ok_or_else(|| malformed(format!("there is no categorical feature {index}")))
    }

    /// The place among the features of numbers of one that goes by a number.
    pub(super) fn float(&self, index: i64) -> Result<usize> {
        let found = self.places.floats.get(&index).copied();
        found.ok_or_else(|| malformed(format!("there is no feature of numbers {index}")))
    }

    /// The number of the first target statistic among the features.
    pub(super) fn first_statistic(&self) -> usize {
        first_statistic(&self.floats, &self.one_hots)
    }

    /// Per output of [`Parts`]' ctrs the column that it is among the features: those of one table stand together.
    pub(super) fn ctrs_by_table(&self) -> Vec<usize> {
        ctrs_by_table(&self.ctrs)
    }
}

/// The categorical features, and which of them hold booleans: CatBoost writes these as the categories 1 and 0.
fn categories(parts: &Parts, places: &Places) -> Vec<Category> {
    let bits = [hash("0"), hash("1")];
    let keys = bits.map(joined_alone);
    // Per feature, whether a category is known of it, and whether all that are known are bits.
    let mut known = vec![(false, true); parts.categories.len()];
    let mut note = |index: i64, is_known: bool, are_bits: bool| {
        if let Some(known) = places.categories.get(&index).and_then(|place| known.get_mut(*place)) {
            *known = (known.0 || is_known, known.1 && are_bits);
        }
    };
    for one_hot in &parts.one_hots {
        let are_bits = one_hot.values.iter().all(|value| bits.contains(&i64::from(*value)));
        note(one_hot.category, !one_hot.values.is_empty(), are_bits);
    }
    for table in &parts.tables {
        let Combination { categories, borders, one_hots } = &table.combination;
        if let ([only], [], []) = (&categories[..], &borders[..], &one_hots[..]) {
            note(i64::from(*only), !table.keys.is_empty(), table.keys.iter().all(|key| keys.contains(key)));
        }
    }
    let category = |(place, (is_known, are_bits)): (&Place, (bool, bool))| Category {
        name: if place.name.is_empty() { place.flat.to_string() } else { place.name.clone() },
        holds_booleans: is_known && are_bits,
    };
    parts.categories.iter().zip(known).map(category).collect()
}

/// The ctrs in the order in which they are computed.
fn ctrs_by_table(ctrs: &[Ctr]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ctrs.len()).collect();
    order.sort_by_key(|ctr| ctrs.get(*ctr).map(|ctr| ctr.table));
    order
}

/// Text and vectors become numbers by tokenizers, dictionaries and estimators of CatBoost's own.
fn refuse_estimated(parts: &Parts) -> Result<()> {
    let hint =
        "leave these columns out of the training; `--engine native --no-score-module` packages the model unproven";
    if let Some(place) = parts.texts.iter().find(|place| place.is_used && parts.is_estimated) {
        let message = format!(
            "splits test numbers that CatBoost computes of the text in `{}` (tokenizer, dictionary, naive Bayes, BM25), \
             which the score module has not",
            place.name
        );
        return Err(Error::unsupported("unsupported-catboost", message).hint(hint));
    }
    if let Some(place) = parts.embeddings.first() {
        let message = format!(
            "the cells of the embedding feature `{}` are vectors: a column holds a number or a text",
            place.name
        );
        return Err(Error::unsupported("unsupported-catboost", message).hint(hint));
    }
    if parts.is_estimated {
        let message = "splits test numbers that CatBoost computes of texts or vectors";
        return Err(Error::unsupported("unsupported-catboost", message).hint(hint));
    }
    Ok(())
}

/// The first feature of target statistics: behind the numbers and the one-hot values, which have a column at least.
fn first_statistic(floats: &[FloatFeature], one_hots: &[OneHot]) -> usize {
    one_hots.iter().fold(floats.len(), |sum, one_hot| sum.saturating_add(one_hot.values.len())).max(1)
}

/// The splits in the order of their numbers, over the columns: numbers, one-hot values, target statistics.
fn splits(parts: &Parts) -> Result<(Vec<Split>, usize)> {
    let n_values: usize = parts.one_hots.iter().map(|one_hot| one_hot.values.len()).sum();
    let first_statistic = first_statistic(&parts.floats, &parts.one_hots);
    let n_columns = first_statistic.saturating_add(parts.ctrs.len());
    limits::FEATURES.check_len(n_columns)?;
    let mut splits = Vec::new();
    let mut borders = |feature: usize, borders: &[f32], missing_passes: bool| -> Result<()> {
        limits::NODES.check_len(splits.len() + borders.len())?;
        let test = |border: &f32| Test::Number { feature, threshold: (*border).into(), nan_left: !missing_passes };
        splits.extend(borders.iter().map(test));
        Ok(())
    };
    for (column, float) in parts.floats.iter().enumerate() {
        borders(column, &float.borders, float.missing_passes)?;
    }
    let first_value = parts.floats.len();
    // A column is 1 where the category is the value.
    (0..n_values).try_for_each(|value| borders(first_value + value, &[0.5], false))?;
    let mut columns = vec![0; parts.ctrs.len()];
    for (column, ctr) in ctrs_by_table(&parts.ctrs).into_iter().enumerate() {
        columns[ctr] = first_statistic + column;
    }
    for (ctr, column) in parts.ctrs.iter().zip(columns) {
        borders(column, &ctr.borders, false)?;
    }
    Ok((splits, n_columns))
}

/// The input columns by their numbers.
fn columns(parts: &Parts) -> Result<Vec<Column>> {
    let mut found: HashMap<usize, (ColumnKind, &str)> = HashMap::new();
    let floats = parts.floats.iter().enumerate().map(|(i, float)| (&float.place, ColumnKind::Number(i)));
    let categories = parts.categories.iter().enumerate().map(|(i, place)| (place, ColumnKind::Category(i)));
    let texts = parts.texts.iter().map(|place| (place, ColumnKind::Text));
    let mut n_columns = 0;
    for (place, kind) in floats.chain(categories).chain(texts) {
        let flat = usize::try_from(place.flat).unwrap_or(usize::MAX);
        limits::FEATURES.check_len(flat.saturating_add(1))?;
        if found.insert(flat, (kind, &place.name)).is_some() {
            return Err(malformed(format!("two features are column {flat}")));
        }
        n_columns = n_columns.max(flat + 1);
    }
    if n_columns == 0 {
        return Err(malformed("expected features, found none"));
    }
    let column = |flat: usize| {
        let (kind, name) = found.get(&flat).copied().unwrap_or((ColumnKind::Unused, ""));
        let name = if name.is_empty() { flat.to_string() } else { name.to_owned() };
        Column { name, kind }
    };
    let columns: Vec<Column> = (0..n_columns).map(column).collect();
    let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    match names.array_windows().find(|[a, b]| a == b) {
        Some([name, _]) => Err(malformed(format!("the feature `{name}` stands twice"))),
        None => Ok(columns),
    }
}
