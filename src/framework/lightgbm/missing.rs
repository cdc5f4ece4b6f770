//! What a missing value means to a node, as columns that trees can compare.
//!
//! LightGBM decides it per node, in practice alike for all nodes of a feature. Here it is decided per column, once per
//! row: a feature whose nodes differ becomes several columns. Nodes themselves only know NaN and its direction.

use std::collections::HashMap;

use super::tree::{SplitTest, Tree};
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;

/// Magnitudes up to this count as 0: `kZeroThreshold`, 1e-35 in single precision.
pub(super) const ZERO_THRESHOLD: f64 = 1.000_000_018_002_509_5e-35;

/// What a numerical node takes for missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Missing {
    /// Nothing: NaN is 0, and compared.
    None,
    /// 0 and NaN.
    Zero,
    /// NaN.
    Nan,
}

/// What is done to a column before the trees see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Treatment {
    Keep,
    NanToZero,
    ZeroToNan,
}

/// The columns that some trees are planted on: one per feature, then the second views of features.
#[derive(Debug, Default)]
pub(super) struct FeatureColumns {
    treatments: Vec<Treatment>,
    /// The features behind the columns after the first `n_features`.
    extra: Vec<usize>,
    place: HashMap<(usize, Treatment), usize>,
    /// Per feature: thresholds below 0 and from 0 on, among nodes that take nothing for missing.
    sides: HashMap<usize, Sides>,
    is_linear: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    below: bool,
    above: bool,
}

/// Whether 0 goes left.
pub(super) fn goes_left_at_zero(threshold: f64) -> bool {
    0.0 <= threshold
}

/// A threshold that sends tiny numbers where it would send 0, and all others where they went: LightGBM reads them as 0.
pub(super) fn without_tiny(threshold: f64) -> f64 {
    match threshold {
        t if (0.0..ZERO_THRESHOLD).contains(&t) => ZERO_THRESHOLD,
        t if (-ZERO_THRESHOLD..0.0).contains(&t) => (-ZERO_THRESHOLD).next_down(),
        t => t,
    }
}

impl FeatureColumns {
    /// The columns that `trees` over `n_features` features need.
    pub fn of(trees: &[Tree], n_features: usize) -> Self {
        let mut columns = FeatureColumns { treatments: vec![Treatment::Keep; n_features], ..Default::default() };
        columns.is_linear = trees.iter().any(|tree| tree.linear.is_some());
        for split in trees.iter().flat_map(|tree| &tree.splits) {
            if let SplitTest::Number { threshold, missing: Missing::None, .. } = split.test {
                let sides = columns.sides.entry(split.feature).or_default();
                let left = goes_left_at_zero(threshold);
                sides.below |= !left;
                sides.above |= left;
            }
        }
        for split in trees.iter().flat_map(|tree| &tree.splits) {
            let treatment = match split.test {
                SplitTest::Number { missing, .. } => columns.treatment(split.feature, missing),
                SplitTest::Category { .. } => Treatment::Keep,
            };
            columns.add(split.feature, treatment);
        }
        let models = trees.iter().filter_map(|tree| tree.linear.as_ref()).flatten();
        for (feature, _) in models.flat_map(|model| &model.terms) {
            columns.add(*feature, Treatment::Keep);
        }
        columns
    }

    fn add(&mut self, feature: usize, treatment: Treatment) {
        if self.place.contains_key(&(feature, treatment)) {
            return;
        }
        let is_first = [Treatment::Keep, Treatment::NanToZero, Treatment::ZeroToNan]
            .iter()
            .all(|other| !self.place.contains_key(&(feature, *other)));
        let column = if is_first { feature } else { self.treatments.len() };
        if is_first {
            self.treatments[feature] = treatment;
        } else {
            self.treatments.push(treatment);
            self.extra.push(feature);
        }
        self.place.insert((feature, treatment), column);
    }

    fn treatment(&self, feature: usize, missing: Missing) -> Treatment {
        match missing {
            Missing::Nan => Treatment::Keep,
            Missing::Zero => Treatment::ZeroToNan,
            Missing::None if self.replaces_nan(feature) => Treatment::NanToZero,
            Missing::None => Treatment::Keep,
        }
    }

    /// Whether NaN becomes 0 where nothing is missing; where all thresholds lie on one side of 0, a direction does.
    pub fn replaces_nan(&self, feature: usize) -> bool {
        self.sides.get(&feature).is_some_and(|sides| sides.below && sides.above)
    }

    /// The column of a numerical node.
    pub fn of_number(&self, feature: usize, missing: Missing) -> usize {
        self.column(feature, self.treatment(feature, missing))
    }

    /// The column of a categorical node.
    pub fn of_category(&self, feature: usize) -> usize {
        self.column(feature, Treatment::Keep)
    }

    fn column(&self, feature: usize, treatment: Treatment) -> usize {
        self.place.get(&(feature, treatment)).copied().unwrap_or(feature)
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.treatments.len()
    }

    /// The columns over the features `x`, f64.
    pub fn lower(&self, g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
        // Only linear models see more of a tiny number than its side of a threshold.
        let x = if self.is_linear { tiny_to_zero(g, x)? } else { x };
        let x = if self.extra.is_empty() {
            x
        } else {
            let extra = g.columns(x, self.extra.clone())?;
            g.concat(&[x, extra])?
        };
        if self.treatments.iter().all(|treatment| *treatment == Treatment::Keep) {
            return Ok(x);
        }
        let fill: Vec<f64> = self
            .treatments
            .iter()
            .map(|treatment| if *treatment == Treatment::NanToZero { 0.0 } else { f64::NAN })
            .collect();
        let fill = g.numbers(&fill, x)?;
        let is_number = if self.treatments.contains(&Treatment::ZeroToNan) {
            let above: Vec<f64> = self
                .treatments
                .iter()
                .map(|treatment| if *treatment == Treatment::ZeroToNan { ZERO_THRESHOLD } else { -1.0 })
                .collect();
            let above = g.numbers(&above, x)?;
            let magnitude = g.unary(UnaryFunction::Abs, x)?;
            g.binary(BinaryFunction::Less, above, magnitude)?
        } else {
            g.binary(BinaryFunction::Equal, x, x)?
        };
        g.select(is_number, x, fill)
    }
}

fn tiny_to_zero(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let (threshold, zero) = (g.number(ZERO_THRESHOLD, x)?, g.number(0.0, x)?);
    let magnitude = g.unary(UnaryFunction::Abs, x)?;
    let is_tiny = g.binary(BinaryFunction::LessEqual, magnitude, threshold)?;
    g.select(is_tiny, zero, x)
}
