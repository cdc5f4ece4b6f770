//! One tree: its lines, checked, as splits and leaves.
//!
//! `shrinkage` is information only: the learning rate is already in the leaves.

use super::lines::{Lines, malformed, number, numbers, shown, truncated};
use super::missing::{FeatureColumns, Missing, without_tiny};
use crate::error::{Error, Result};
use crate::forest::{CategorySet, Test, TreeNode};
use crate::ops::leaf_linear::LinearLeaf;

/// A tree whose nodes each have one parent, before them.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub splits: Vec<Split>,
    /// The value of each leaf; for a linear tree, of the rows that lack one of the leaf's features.
    pub leaf_values: Vec<f64>,
    /// The linear model of each leaf, for a linear tree.
    pub linear: Option<Vec<LinearModel>>,
}

/// An inner node. A child below 0 is the leaf `!child`.
#[derive(Debug, Clone)]
pub(super) struct Split {
    pub feature: usize,
    /// What the split was worth, where the file tells.
    pub gain: Option<f32>,
    pub test: SplitTest,
    left: i64,
    right: i64,
}

/// What sends a row left.
#[derive(Debug, Clone)]
pub(super) enum SplitTest {
    /// `x <= threshold`.
    Number { threshold: f64, missing: Missing, default_left: bool },
    /// A code whose bit is set; NaN goes right.
    Category { left: Vec<bool> },
}

/// The linear model of one leaf.
#[derive(Debug, Clone)]
pub(super) struct LinearModel {
    pub constant: f64,
    /// (feature, coefficient) in the order of summation.
    pub terms: Vec<(usize, f64)>,
}

/// Every key of a tree; the gains, weights and counts say nothing about prediction.
const KEYS: [&str; 22] = [
    "num_leaves",
    "num_cat",
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "leaf_weight",
    "leaf_count",
    "internal_value",
    "internal_weight",
    "internal_count",
    "cat_boundaries",
    "cat_threshold",
    "is_linear",
    "leaf_const",
    "num_features",
    "leaf_features",
    "leaf_coeff",
    "shrinkage",
];

/// Bits of `decision_type`.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;
const MISSING_SHIFT: u32 = 2;

impl Tree {
    /// Reads the lines after `Tree=`, up to an empty one.
    pub fn parse(lines: &mut Lines<'_>, n_features: usize) -> Result<Tree> {
        let entries = Entries::collect(lines)?;
        let n_leaves: usize = entries.parse("num_leaves", number)?;
        let Some(n_splits) = n_leaves.checked_sub(1) else {
            return Err(malformed("expected at least one leaf, found `num_leaves=0`"));
        };
        let leaf_values = entries.parse("leaf_value", |value| numbers(value, n_leaves))?;
        let is_linear = match entries.find("is_linear") {
            None | Some("0") => false,
            Some("1") => true,
            Some(other) => return Err(malformed(format!("expected 0 or 1, found {}", shown(other))).at("`is_linear`")),
        };
        let splits = if n_splits == 0 { Vec::new() } else { entries.splits(n_splits, n_features)? };
        check_structure(&splits)?;
        let linear = if is_linear { Some(entries.linear(n_leaves, n_features)?) } else { None };
        Ok(Tree { splits, leaf_values, linear })
    }

    /// The tree's nodes for a [`crate::forest::Forest`]: splits, then leaves.
    pub fn nodes(&self, columns: &FeatureColumns) -> Vec<TreeNode> {
        let place = |child: i64| match usize::try_from(child) {
            Ok(node) => node,
            Err(_) => self.splits.len() + !child as usize,
        };
        let split = |split: &Split| TreeNode::Split {
            test: split.lower(columns),
            left: place(split.left),
            right: place(split.right),
        };
        self.splits.iter().map(split).chain(self.leaf_values.iter().map(|_| TreeNode::Leaf)).collect()
    }

    /// A leaf as a linear model over columns; a constant where the tree has none.
    pub fn linear_leaf(&self, leaf: usize) -> LinearLeaf {
        let fallback = self.leaf_values[leaf];
        match &self.linear {
            None => LinearLeaf { constant: fallback, terms: Vec::new(), fallback },
            Some(models) => {
                let model = &models[leaf];
                let terms = model.terms.iter().map(|(feature, coefficient)| (*feature as u32, *coefficient));
                LinearLeaf { constant: model.constant, terms: terms.collect(), fallback }
            }
        }
    }
}

impl Split {
    fn lower(&self, columns: &FeatureColumns) -> Test {
        match &self.test {
            SplitTest::Number { threshold, missing, default_left } => Test::Number {
                feature: columns.of_number(self.feature, *missing),
                threshold: without_tiny(*threshold),
                nan_left: missing.nan_left(*threshold, *default_left),
            },
            SplitTest::Category { left } => Test::Category {
                feature: self.feature,
                set: CategorySet {
                    left: left.clone(),
                    above_left: false,
                    below_left: false,
                    nan_left: false,
                    truncates_negative: true,
                },
            },
        }
    }
}

/// The lines of a tree by key.
struct Entries<'a>([Option<&'a str>; KEYS.len()]);

impl<'a> Entries<'a> {
    fn collect(lines: &mut Lines<'a>) -> Result<Self> {
        let mut entries = Entries([None; KEYS.len()]);
        loop {
            let line = lines.next().ok_or_else(|| truncated("the lines of a tree and an empty line"))?;
            if line.text.is_empty() {
                return Ok(entries);
            }
            let (key, value) = line.key_value();
            let Some(slot) = KEYS.iter().position(|known| *known == key) else {
                let message = format!("the key {} of a tree is unknown", shown(key));
                return Err(Error::unsupported("lightgbm-key", message).at(line.place()));
            };
            if entries.0[slot].replace(value).is_some() {
                return Err(malformed(format!("`{key}` stands twice")).at(line.place()));
            }
        }
    }

    fn find(&self, key: &str) -> Option<&'a str> {
        KEYS.iter().position(|known| *known == key).and_then(|slot| self.0[slot])
    }

    fn parse<T>(&self, key: &str, read: impl Fn(&'a str) -> Result<T>) -> Result<T> {
        let value = self.find(key).ok_or_else(|| malformed(format!("the tree has no `{key}`")))?;
        read(value).map_err(|error| error.at(format!("`{key}`")))
    }

    fn splits(&self, n_splits: usize, n_features: usize) -> Result<Vec<Split>> {
        let features: Vec<usize> = self.parse("split_feature", |value| numbers(value, n_splits))?;
        let thresholds: Vec<f64> = self.parse("threshold", |value| numbers(value, n_splits))?;
        let decisions: Vec<u8> = match self.find("decision_type") {
            Some(_) => self.parse("decision_type", |value| numbers(value, n_splits))?,
            None => vec![0; n_splits],
        };
        let left: Vec<i64> = self.parse("left_child", |value| numbers(value, n_splits))?;
        let right: Vec<i64> = self.parse("right_child", |value| numbers(value, n_splits))?;
        let mut sets = self.category_sets()?;
        // No prediction needs them, so no file is refused for them.
        let gains: Option<Vec<f32>> = self.parse("split_gain", |value| numbers(value, n_splits)).ok();
        let mut splits = Vec::with_capacity(n_splits);
        for (i, feature) in features.into_iter().enumerate() {
            let test = split_test(decisions[i], thresholds[i], &mut sets)
                .and_then(|test| check_feature(feature, n_features).map(|()| test))
                .map_err(|error| error.at(format!("node {i}")))?;
            let gain = gains.as_ref().and_then(|gains| gains.get(i)).copied();
            splits.push(Split { feature, gain, test, left: left[i], right: right[i] });
        }
        match sets.iter().position(Option::is_some) {
            Some(set) => Err(malformed(format!("no node uses the categories {set} of `cat_boundaries`"))),
            None => Ok(splits),
        }
    }

    /// The categories that go left, per categorical node.
    fn category_sets(&self) -> Result<Vec<Option<Vec<bool>>>> {
        let n_sets: usize = self.parse("num_cat", number)?;
        if n_sets == 0 {
            return Ok(Vec::new());
        }
        let expected = n_sets.checked_add(1).ok_or_else(|| malformed("expected fewer categories").at("`num_cat`"))?;
        let boundaries: Vec<usize> = self.parse("cat_boundaries", |value| numbers(value, expected))?;
        let n_words = boundaries.last().copied().unwrap_or(0);
        let words: Vec<u32> = self.parse("cat_threshold", |value| numbers(value, n_words))?;
        let set = |ends: &[usize]| match words.get(ends[0]..ends[1]) {
            Some(words) => Ok(Some(bits(words))),
            None => Err(malformed("expected ascending numbers").at("`cat_boundaries`")),
        };
        boundaries.windows(2).map(set).collect()
    }

    fn linear(&self, n_leaves: usize, n_features: usize) -> Result<Vec<LinearModel>> {
        let constants: Vec<f64> = self.parse("leaf_const", |value| numbers(value, n_leaves))?;
        let counts: Vec<usize> = self.parse("num_features", |value| numbers(value, n_leaves))?;
        let total = counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count));
        let total = total.ok_or_else(|| malformed("expected fewer features").at("`num_features`"))?;
        let features: Vec<usize> = self.parse("leaf_features", |value| numbers(value, total))?;
        let coefficients: Vec<f64> = self.parse("leaf_coeff", |value| numbers(value, total))?;
        let mut terms = features.into_iter().zip(coefficients);
        let mut models = Vec::with_capacity(n_leaves);
        for (leaf, (constant, count)) in constants.into_iter().zip(counts).enumerate() {
            let terms: Vec<(usize, f64)> = terms.by_ref().take(count).collect();
            for (feature, _) in &terms {
                check_feature(*feature, n_features).map_err(|error| error.at(format!("leaf {leaf}")))?;
            }
            models.push(LinearModel { constant, terms });
        }
        Ok(models)
    }
}

fn check_feature(feature: usize, n_features: usize) -> Result<()> {
    if feature < n_features {
        return Ok(());
    }
    Err(malformed(format!("expected a feature below {n_features}, found {feature}")))
}

/// A node's test; a categorical one takes its set out of `sets`.
fn split_test(decision: u8, threshold: f64, sets: &mut [Option<Vec<bool>>]) -> Result<SplitTest> {
    if decision & CATEGORICAL != 0 {
        let n_sets = sets.len();
        // A set number is written as a float: exact as long as it counts something in memory.
        let set = (threshold >= 0.0 && threshold.fract() == 0.0).then_some(threshold as usize);
        let left = set.and_then(|set| sets.get_mut(set)).and_then(Option::take).ok_or_else(|| {
            malformed(format!("expected a set of categories below {n_sets} that no other node uses, found {threshold}"))
        })?;
        return Ok(SplitTest::Category { left });
    }
    let missing = match decision >> MISSING_SHIFT {
        0 => Missing::None,
        1 => Missing::Zero,
        2 => Missing::Nan,
        _ => return Err(malformed(format!("expected a decision type of 0 to 11, found {decision}"))),
    };
    if threshold.is_nan() {
        return Err(malformed("expected a number as threshold, found NaN"));
    }
    Ok(SplitTest::Number { threshold, missing, default_left: decision & DEFAULT_LEFT != 0 })
}

/// The bits of some words, lowest first, without the zeros at the end.
fn bits(words: &[u32]) -> Vec<bool> {
    let used = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
    let mut bits: Vec<bool> =
        words[..used].iter().flat_map(|word| (0..32).map(move |bit| word >> bit & 1 == 1)).collect();
    bits.truncate(bits.iter().rposition(|bit| *bit).map_or(0, |last| last + 1));
    bits
}

/// Every node and leaf must hang below exactly one node; LightGBM numbers children after their parents.
fn check_structure(splits: &[Split]) -> Result<()> {
    let n_leaves = splits.len() + 1;
    let (mut node_seen, mut leaf_seen) = (vec![false; splits.len()], vec![false; n_leaves]);
    for (i, split) in splits.iter().enumerate() {
        for child in [split.left, split.right] {
            let (index, seen, what) = match usize::try_from(child) {
                Ok(node) => (node, &mut node_seen, "node"),
                Err(_) => (usize::try_from(!child).unwrap_or(usize::MAX), &mut leaf_seen, "leaf"),
            };
            let count = seen.len();
            let problem = match seen.get_mut(index) {
                None => format!("expected a {what} below {count} as child, found {index}"),
                Some(_) if what == "node" && index <= i => {
                    format!("expected a node above {i} as child, found {index}: the tree has a cycle")
                }
                Some(seen) if *seen => format!("{what} {index} has two parents"),
                Some(seen) => {
                    *seen = true;
                    continue;
                }
            };
            return Err(malformed(problem).at(format!("node {i}")));
        }
    }
    Ok(())
}
