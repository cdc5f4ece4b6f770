//! A model into operators: hashes of categories, numbers of their statistics, trees, sums.

use super::booster::{Booster, ColumnKind};
use super::parts::Combination;
use super::statistics::Statistics;
use crate::error::{Error, Result};
use crate::forest::Planted;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::hash_fold::HashFold;
use crate::ops::integer_lookup::IntegerLookup;
use crate::ops::one_hot::OneHot;
use crate::ops::take::Take;
use crate::ops::text_hash::TextHash;
use crate::ops::text_lookup::TextLookup;
use crate::ops::text_replace::TextReplace;
use crate::tensor::{Data, ElementType, Matrix};

/// By which hashes are joined.
pub(super) const MULTIPLIER: i64 = 0x4906_BA49_4954_CB65;

/// The values that the features of a row come from.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The features of numbers in their order, float32; none if there are none.
    pub numbers: Option<ValueId>,
    /// A text for each categorical feature.
    pub categories: Vec<ValueId>,
}

/// The raw sums, and the leaf of every tree where there are trees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    pub raw: ValueId,
    pub leaves: Option<ValueId>,
}

impl Booster {
    /// The input columns, which are those of [`Booster::fields`].
    pub fn inputs(&self, g: &mut GraphBuilder) -> Result<Inputs> {
        let mut numbers = vec![0; self.floats.len()];
        let mut categories = vec![0; self.categories.len()];
        for (column, known) in self.columns.iter().enumerate() {
            match known.kind {
                ColumnKind::Number(i) => numbers[i] = column,
                ColumnKind::Category(i) => categories[i] = column,
                ColumnKind::Text | ColumnKind::Unused => {}
            }
        }
        Ok(Inputs {
            numbers: if numbers.is_empty() { None } else { Some(g.input(numbers)?) },
            categories: categories.into_iter().map(|column| g.input(vec![column])).collect::<Result<_>>()?,
        })
    }

    /// The features of numbers (float32) and the categories (text), each in the order of the columns.
    pub fn inputs_of(&self, g: &mut GraphBuilder, numbers: &[ValueId], categories: &[ValueId]) -> Result<Inputs> {
        let (mut own_numbers, mut own_categories) = (vec![None; self.floats.len()], vec![None; self.categories.len()]);
        let (mut numbers, mut texts) = (numbers.iter(), categories.iter());
        for column in &self.columns {
            let value = match column.kind {
                ColumnKind::Number(_) | ColumnKind::Unused => numbers.next(),
                ColumnKind::Category(_) | ColumnKind::Text => texts.next(),
            };
            match column.kind {
                ColumnKind::Number(i) => own_numbers[i] = value.copied(),
                ColumnKind::Category(i) => own_categories[i] = value.copied(),
                ColumnKind::Text | ColumnKind::Unused => {}
            }
        }
        let missing = || Error::internal("a model without one of its columns");
        let own_numbers: Vec<ValueId> = own_numbers.into_iter().collect::<Option<_>>().ok_or_else(missing)?;
        Ok(Inputs {
            numbers: if own_numbers.is_empty() { None } else { Some(g.concat(&own_numbers)?) },
            categories: own_categories.into_iter().collect::<Option<_>>().ok_or_else(missing)?,
        })
    }

    /// Scores rows: `scale · (tree + tree + …) + bias`.
    pub(super) fn sums(&self, g: &mut GraphBuilder, inputs: &Inputs) -> Result<Sums> {
        let planted = self.planted(g, inputs)?;
        let numbers = |leaf| self.ensemble.numbers(leaf);
        let value = |leaf, output: usize| {
            let (leaf, _) = numbers(leaf);
            self.leaf_values.get(leaf.saturating_mul(self.dimension) + output).copied().unwrap_or(f64::NAN)
        };
        let start = Data::F64(vec![0.0; self.dimension]);
        let sum = match self.dimension {
            1 => planted.sum(g, start, |_| 0, |leaf| value(leaf, 0))?,
            _ => planted.sum_vectors(g, start, value)?,
        };
        let leaves = match self.ensemble.forest.n_trees() {
            0 => None,
            _ => Some(planted.leaf(g, |leaf| numbers(leaf).1 as i64)?),
        };
        let scaled = if self.scale == 1.0 {
            sum
        } else {
            let scale = g.number(self.scale, sum)?;
            g.mul(sum, scale)?
        };
        if self.bias.iter().all(|bias| *bias == 0.0) {
            return Ok(Sums { raw: scaled, leaves });
        }
        let bias = g.numbers(&self.bias, scaled)?;
        Ok(Sums { raw: g.add(scaled, bias)?, leaves })
    }

    /// The trees over the features of a row.
    fn planted(&self, g: &mut GraphBuilder, inputs: &Inputs) -> Result<Planted> {
        let mut hashes = Vec::with_capacity(inputs.categories.len());
        for (category, text) in inputs.categories.iter().enumerate() {
            let text = self.booleans(g, category, *text)?;
            hashes.push(g.apply(TextHash, &[text])?);
        }
        let x = self.features(g, inputs, &hashes)?;
        let Statistics { positions, sizes, tabled } = self.statistics(g, inputs, &hashes)?;
        let forest = &self.ensemble.forest;
        let planted = if positions.is_empty() {
            forest.plant(g, x)?
        } else {
            let positions = g.concat(&positions)?;
            forest.plant_tabled(g, x, (positions, sizes), &tabled)?
        };
        self.refuse_missing(g, inputs, planted.ranks())?;
        Ok(planted)
    }

    /// What splits test but for target statistics, float32: numbers, and a column for each one-hot value.
    fn features(&self, g: &mut GraphBuilder, inputs: &Inputs, hashes: &[ValueId]) -> Result<ValueId> {
        let mut parts: Vec<ValueId> = inputs.numbers.into_iter().collect();
        for one_hot in &self.one_hots {
            let hash = at(hashes, self.category(one_hot.category)?)?;
            let keys: Vec<i64> = one_hot.values.iter().map(|value| (*value).into()).collect();
            let width = keys.len();
            let position = g.apply(IntegerLookup { keys, unknown: -1 }, &[hash])?;
            parts.push(g.apply(OneHot { width, element: ElementType::F32 }, &[position])?);
        }
        if let ([], [first, ..]) = (&parts[..], hashes) {
            // The trees want a table of rows all the same.
            parts.push(g.cast(*first, ElementType::F32)?);
        }
        g.concat(&parts)
    }

    /// Refuses rows without a category: CatBoost takes whole numbers, booleans and texts only.
    fn refuse_missing(&self, g: &mut GraphBuilder, inputs: &Inputs, ranks: ValueId) -> Result<()> {
        for (category, text) in self.categories.iter().zip(&inputs.categories) {
            let present = g.apply(TextLookup { entries: Vec::new(), missing: -1, unknown: 0 }, &[*text])?;
            g.guard(
                ranks,
                present,
                format!("`{}`: a category is missing (CatBoost wants it as a text)", category.name),
            )?;
        }
        Ok(())
    }

    /// CatBoost writes booleans as the categories 1 and 0. Where training saw nothing else, `True` and `False` stand for
    /// them.
    fn booleans(&self, g: &mut GraphBuilder, category: usize, text: ValueId) -> Result<ValueId> {
        if !self.categories.get(category).is_some_and(|known| known.holds_booleans) {
            return Ok(text);
        }
        let replace = |from: &str, to: &str| TextReplace { from: Some(from.to_owned()), to: to.to_owned() };
        let text = g.apply(replace("True", "1"), &[text])?;
        g.apply(replace("False", "0"), &[text])
    }

    /// One hash of several categories and of whether some splits are passed.
    pub(super) fn joined_hash(
        &self,
        g: &mut GraphBuilder,
        inputs: &Inputs,
        hashes: &[ValueId],
        combination: &Combination,
    ) -> Result<ValueId> {
        let mut parts = Vec::new();
        for category in &combination.categories {
            parts.push(at(hashes, self.category(i64::from(*category))?)?);
        }
        for (float, border) in &combination.borders {
            let float = self.float(i64::from(*float))?;
            let numbers = inputs.numbers.ok_or_else(|| Error::internal("a model without its numbers"))?;
            let x = g.columns(numbers, vec![float])?;
            let border = g.number(f32::from_bits(*border).into(), x)?;
            // A missing number is no comparison's truth.
            let passed = if self.floats.get(float).is_some_and(|float| float.missing_passes) {
                let below = g.binary(BinaryFunction::LessEqual, x, border)?;
                let zero = g.number(0.0, x)?;
                g.binary(BinaryFunction::Equal, below, zero)?
            } else {
                g.binary(BinaryFunction::Less, border, x)?
            };
            parts.push(g.cast(passed, ElementType::I64)?);
        }
        for (category, value) in &combination.one_hots {
            let hash = at(hashes, self.category(i64::from(*category))?)?;
            let position = g.apply(IntegerLookup { keys: vec![i64::from(*value)], unknown: -1 }, &[hash])?;
            parts.push(g.apply(Take { table: Matrix::new(2, 1, Data::I64(vec![1, 0])) }, &[position])?);
        }
        let parts = g.concat(&parts)?;
        g.apply(HashFold { multiplier: MULTIPLIER }, &[parts])
    }
}

/// The joint hash of a category alone.
pub(super) fn joined_alone(hash: i64) -> i64 {
    HashFold { multiplier: MULTIPLIER }.next(0, hash)
}

fn at(hashes: &[ValueId], index: usize) -> Result<ValueId> {
    hashes.get(index).copied().ok_or_else(|| Error::internal("a model without one of its categories"))
}
