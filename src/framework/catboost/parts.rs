//! What a model file holds, whichever form it has: features, splits, trees, statistics of categories. Not yet checked
//! against one another.

use super::info::Info;

/// A model as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    /// The form of the file, for people.
    pub encoding: &'static str,
    pub info: Info,
    pub floats: Vec<FloatFeature>,
    pub categories: Vec<Place>,
    /// Features of text: never of use here, but columns all the same.
    pub texts: Vec<Place>,
    /// Features whose cells are vectors.
    pub embeddings: Vec<Place>,
    /// Whether splits test what the model computes of texts and vectors.
    pub is_estimated: bool,
    pub one_hots: Vec<OneHot>,
    pub ctrs: Vec<Ctr>,
    pub tables: Vec<Table>,
    /// The outputs of a leaf.
    pub dimension: usize,
    pub trees: Vec<StoredTree>,
    /// The values of all leaves, `dimension` for each.
    pub leaf_values: Vec<f64>,
    pub scale: f64,
    /// One number, one per output, or none.
    pub bias: Vec<f64>,
}

/// Where a feature stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its column.
    pub flat: i64,
    /// Its number among the features of its kind.
    pub index: i64,
    pub name: String,
    pub is_used: bool,
}

/// A feature of numbers.
#[derive(Debug, Clone)]
pub(super) struct FloatFeature {
    pub place: Place,
    /// Ascending.
    pub borders: Vec<f32>,
    /// Whether a missing number passes every border; else none.
    pub missing_passes: bool,
}

/// Categories that splits test one by one.
#[derive(Debug, Clone)]
pub(super) struct OneHot {
    /// The number of the feature among the categorical ones.
    pub category: i64,
    /// The hashes of the categories.
    pub values: Vec<i32>,
}

/// What is hashed together: some categories, and whether some splits are passed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Combination {
    pub categories: Vec<i32>,
    /// (feature, the bits of the border).
    pub borders: Vec<(i32, u32)>,
    /// (feature, hash).
    pub one_hots: Vec<(i32, i32)>,
}

/// How a statistic of the target stands for a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CtrKind {
    Borders,
    Buckets,
    BinarizedTargetMeanValue,
    FloatTargetMeanValue,
    Counter,
    FeatureFreq,
}

impl CtrKind {
    /// All, in the order of CatBoost's numbers.
    pub const ALL: [(&'static str, CtrKind); 6] = [
        ("Borders", CtrKind::Borders),
        ("Buckets", CtrKind::Buckets),
        ("BinarizedTargetMeanValue", CtrKind::BinarizedTargetMeanValue),
        ("FloatTargetMeanValue", CtrKind::FloatTargetMeanValue),
        ("Counter", CtrKind::Counter),
        ("FeatureFreq", CtrKind::FeatureFreq),
    ];
}

/// A number computed of categories, tested by splits.
#[derive(Debug, Clone)]
pub(super) struct Ctr {
    /// The table of its statistics: an index into [`Parts::tables`].
    pub table: usize,
    pub target_border: i64,
    pub prior_numerator: f32,
    pub prior_denominator: f32,
    pub shift: f32,
    pub scale: f32,
    pub borders: Vec<f32>,
}

/// The statistics of one combination.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub combination: Combination,
    pub kind: CtrKind,
    /// Which borders of the target it counts by.
    pub target: i32,
    /// The hashes that training saw.
    pub keys: Vec<i64>,
    pub counts: Counts,
    /// What frequencies are divided by.
    pub denominator: i32,
}

/// The statistics of a table's hashes, in the order of the hashes.
#[derive(Debug, Clone)]
pub(super) enum Counts {
    /// So many counts for each.
    Integers(usize, Vec<i32>),
    /// A sum of targets and a count.
    Means(Vec<(f32, i32)>),
}

/// A tree; splits are numbers among the features' borders, one-hot values and ctr borders, in this order.
#[derive(Debug, Clone)]
pub(super) enum StoredTree {
    /// One split per level; the lowest bit of a leaf's number is the first split. Leaves start at a number of all
    /// leaves.
    Oblivious { splits: Vec<i64>, first_leaf: usize },
    /// Nodes by number, the root first.
    Nodes(Vec<StoredNode>),
}

/// A node of a tree that is not oblivious.
#[derive(Debug, Clone, Copy)]
pub(super) enum StoredNode {
    /// `right` where the split is passed.
    Split { split: i64, left: usize, right: usize },
    /// A leaf: its number among all leaves, and within its tree.
    Leaf { leaf: usize, number: usize },
}

/// How often a file's own numbers may be copied, against the memory of a small file that shares large vectors.
#[derive(Debug, Default)]
pub(super) struct Copied(u64);

impl Copied {
    /// Counts numbers that are about to be copied.
    pub fn count(&mut self, numbers: usize) -> crate::error::Result<()> {
        self.0 = self.0.saturating_add(numbers as u64);
        crate::limits::NODES.check(self.0)
    }
}
