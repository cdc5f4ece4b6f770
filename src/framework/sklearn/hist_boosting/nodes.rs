//! The nodes of one tree of histogram gradient boosting (`TreePredictor`).

use super::super::fitted::Fitted;
use super::categories::{Known, sets};
use crate::error::{Error, Result};
use crate::forest::{Test, TreeNode};

/// A tree.
#[derive(Debug)]
pub struct Nodes {
    /// The nodes.
    pub nodes: Vec<TreeNode>,
    /// The value at each node, the learning rate already in it.
    pub values: Vec<f64>,
}

/// The columns of the array of nodes.
struct Columns {
    features: Vec<i64>,
    thresholds: Vec<f64>,
    missing_left: Vec<i64>,
    left: Vec<usize>,
    right: Vec<usize>,
    is_categorical: Vec<i64>,
    set: Vec<usize>,
}

impl Nodes {
    /// Reads a tree over known categories.
    pub fn read(predictor: Fitted<'_>, known: &Known<'_>) -> Result<Self> {
        let attribute = predictor.attribute("nodes")?;
        let array = attribute.array()?;
        array.expect_dims(1)?;
        let ints = |name: &str| array.field(name)?.to_i64();
        let columns = Columns {
            features: ints("feature_idx")?,
            thresholds: array.field("num_threshold")?.to_f64()?,
            missing_left: ints("missing_go_to_left")?,
            left: array.field("left")?.to_usize()?,
            right: array.field("right")?.to_usize()?,
            is_categorical: ints("is_categorical")?,
            set: array.field("bitset_idx")?.to_usize()?,
        };
        let has_sets = columns.is_categorical.iter().any(|is_categorical| *is_categorical != 0);
        let sets = if has_sets { sets(&predictor.attribute("raw_left_cat_bitsets")?.array()?)? } else { Vec::new() };
        let node = |(node, is_leaf): (usize, i64)| match is_leaf {
            0 => columns.split(node, &sets, known).map_err(|error| attribute.located(error.at(format!("node {node}")))),
            _ => Ok(TreeNode::Leaf),
        };
        let nodes = ints("is_leaf")?.into_iter().enumerate().map(node).collect::<Result<_>>()?;
        Ok(Nodes { nodes, values: array.field("value")?.to_f64()? })
    }
}

impl Columns {
    fn split(&self, node: usize, sets: &[Vec<bool>], known: &Known<'_>) -> Result<TreeNode> {
        let parts = (self.features.get(node), self.thresholds.get(node), self.missing_left.get(node));
        let (Some(feature), Some(threshold), Some(missing_left)) = parts else { return Err(missing_node()) };
        let children = (self.left.get(node), self.right.get(node), self.is_categorical.get(node), self.set.get(node));
        let (Some(left), Some(right), Some(is_categorical), Some(set)) = children else { return Err(missing_node()) };
        let (is_categorical, nan_left) = (*is_categorical != 0, *missing_left != 0);
        let found = usize::try_from(*feature).ok().filter(|feature| *feature < known.input.n_features);
        let Some(feature) = found else {
            let message = format!("expected a feature below {}, found {feature}", known.input.n_features);
            return Err(Error::malformed("tree-structure", message));
        };
        let column = known.input.column(feature, is_categorical);
        let test = if is_categorical {
            let Some(left) = sets.get(*set) else {
                let message = format!("expected a set of categories below {}, found {set}", sets.len());
                return Err(Error::malformed("tree-structure", message));
            };
            Test::Category { feature: column, set: known.set(feature, left, nan_left)? }
        } else {
            Test::Number { feature: column, threshold: *threshold, nan_left }
        };
        Ok(TreeNode::Split { test, left: *left, right: *right })
    }
}

fn missing_node() -> Error {
    Error::internal("columns of one array of different lengths")
}
