//! What a missing value means to a node, as columns and directions that trees can compare.
//!
//! LightGBM decides it per node, in practice alike for all nodes of a feature. Trees here know NaN and its direction:
//! a node for which nothing is missing compares NaN as 0, so the side of its threshold is the direction. Only where
//! zeros are missing too do the trees see another column, made once per row.

use super::tree::{SplitTest, Tree};
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;

/// Magnitudes up to this count as 0: `kZeroThreshold`, 1e-35 in single precision.
pub(super) const ZERO_THRESHOLD: f64 = 1.000_000_018_002_509_5e-35;

/// What a numerical node takes for missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing: NaN is 0, and compared.
    None,
    /// 0 and NaN.
    Zero,
    /// NaN.
    Nan,
}

impl Missing {
    /// Whether NaN goes left.
    pub fn nan_left(self, threshold: f64, default_left: bool) -> bool {
        if self == Missing::None { 0.0 <= threshold } else { default_left }
    }
}

/// A threshold that sends tiny numbers where it would send 0, and all others where they went: LightGBM reads them as 0.
pub(super) fn without_tiny(threshold: f64) -> f64 {
    match threshold {
        t if (0.0..ZERO_THRESHOLD).contains(&t) => ZERO_THRESHOLD,
        t if (-ZERO_THRESHOLD..0.0).contains(&t) => (-ZERO_THRESHOLD).next_down(),
        t => t,
    }
}

/// The columns that some trees are planted on: one per feature, then second views of features.
#[derive(Debug, Default)]
pub(super) struct FeatureColumns {
    /// Per feature, how its nodes see it.
    views: Vec<Views>,
    /// The features that are seen both ways; their second views follow the features, in this order.
    second: Vec<usize>,
    is_linear: bool,
}

/// Which views of a feature there are.
#[derive(Debug, Clone, Copy, Default)]
struct Views {
    /// As it is.
    plain: bool,
    /// With NaN for 0.
    zero_missing: bool,
}

impl FeatureColumns {
    /// The columns that `trees` over `n_features` features need.
    pub fn of(trees: &[Tree], n_features: usize) -> Self {
        let mut views = vec![Views::default(); n_features];
        for split in trees.iter().flat_map(|tree| &tree.splits) {
            match split.test {
                SplitTest::Number { missing: Missing::Zero, .. } => views[split.feature].zero_missing = true,
                _ => views[split.feature].plain = true,
            }
        }
        let models = trees.iter().filter_map(|tree| tree.linear.as_ref()).flatten();
        for (feature, _) in models.flat_map(|model| &model.terms) {
            views[*feature].plain = true;
        }
        let second = (0..n_features).filter(|feature| views[*feature].plain && views[*feature].zero_missing).collect();
        FeatureColumns { views, second, is_linear: trees.iter().any(|tree| tree.linear.is_some()) }
    }

    /// The column of a numerical node.
    pub fn of_number(&self, feature: usize, missing: Missing) -> usize {
        match self.second.binary_search(&feature) {
            Ok(place) if missing == Missing::Zero => self.views.len() + place,
            _ => feature,
        }
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.views.len() + self.second.len()
    }

    /// The columns over the features `x`, f64.
    pub fn lower(&self, g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
        // Only linear models see more of a tiny number than its side of a threshold.
        let x = if self.is_linear { tiny_to_zero(g, x)? } else { x };
        if self.views.iter().all(|views| !views.zero_missing) {
            return Ok(x);
        }
        let first = |views: &Views| if views.zero_missing && !views.plain { ZERO_THRESHOLD } else { -1.0 };
        let mut present_above: Vec<f64> = self.views.iter().map(first).collect();
        present_above.resize(self.width(), ZERO_THRESHOLD);
        let all = if self.second.is_empty() {
            x
        } else {
            let second = g.columns(x, self.second.clone())?;
            g.concat(&[x, second])?
        };
        let (present_above, nan) = (g.numbers(&present_above, all)?, g.number(f64::NAN, all)?);
        let magnitude = g.unary(UnaryFunction::Abs, all)?;
        let is_present = g.binary(BinaryFunction::Less, present_above, magnitude)?;
        g.select(is_present, all, nan)
    }
}

fn tiny_to_zero(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let (threshold, zero) = (g.number(ZERO_THRESHOLD, x)?, g.number(0.0, x)?);
    let magnitude = g.unary(UnaryFunction::Abs, x)?;
    let is_tiny = g.binary(BinaryFunction::LessEqual, magnitude, threshold)?;
    g.select(is_tiny, zero, x)
}
