//! One tree: parallel arrays with one element per node, node 0 the root.

use crate::encoding::document::{Document, Object};
use crate::error::{Error, Result};
use crate::forest::{CategorySet, Test, TreeNode};
use crate::limits;

use super::parameter::{only_keys, required};

/// Every key of a tree. Those that prediction does not need are hessians, gains, parents and an id.
const KEYS: [&str; 17] = [
    "base_weights",
    "categories",
    "categories_nodes",
    "categories_segments",
    "categories_sizes",
    "default_left",
    "id",
    "leaf_weights",
    "left_children",
    "loss_changes",
    "parents",
    "right_children",
    "split_conditions",
    "split_indices",
    "split_type",
    "sum_hessian",
    "tree_param",
];

/// Category codes from here on are invalid: XGBoost reads them from single-precision cells.
const CODES: u32 = 1 << 24;

/// What the leaves of one tree hold.
#[derive(Debug, Clone)]
pub enum Leaves {
    /// A number per node.
    Scalar(Vec<f32>),
    /// A vector per node (XGBoost 2).
    VectorPerNode(Vec<f32>),
    /// A vector per leaf, and per node the leaf's number (XGBoost 3).
    VectorPerLeaf {
        /// The leaf's number, per node.
        leaf_of: Vec<i32>,
        /// The vectors.
        weights: Vec<f32>,
    },
}

impl Leaves {
    /// Element `output` of a leaf of `width` outputs.
    pub fn value(&self, node: usize, output: usize, width: usize) -> f32 {
        let (values, i) = match self {
            Leaves::Scalar(values) => (values, node),
            Leaves::VectorPerNode(values) => (values, node * width + output),
            Leaves::VectorPerLeaf { leaf_of, weights } => {
                let leaf = leaf_of.get(node).and_then(|leaf| usize::try_from(*leaf).ok()).unwrap_or(0);
                (weights, leaf * width + output)
            }
        };
        // Every index was checked when the tree was read.
        values.get(i).copied().unwrap_or(f32::NAN)
    }

    /// Whether a leaf holds a number per output.
    pub fn are_vectors(&self) -> bool {
        !matches!(self, Leaves::Scalar(_))
    }
}

/// Reads a tree for `n_groups` outputs into `nodes`; `n_codes` counts the entries of all category tables so far.
pub fn read(tree: &Document<'_>, n_groups: usize, nodes: &mut Vec<TreeNode>, n_codes: &mut u64) -> Result<Leaves> {
    let tree = tree.object()?;
    only_keys(tree, &KEYS)?;
    let n_nodes = tree.read("tree_param", |parameters| required(parameters.object()?, "num_nodes"))?;
    let arrays = Arrays::read(tree, n_nodes)?;
    let leaves = leaves(tree, &arrays, n_groups)?;
    let categories = Categories::read(tree)?;
    nodes.clear();
    for node in 0..n_nodes {
        let read = arrays.node(node, &leaves, &categories, n_codes);
        nodes.push(read.map_err(|error| error.at(format!("node {node}")))?);
    }
    Ok(leaves)
}

/// The arrays that every tree has, of equal length.
struct Arrays {
    left: Vec<i32>,
    right: Vec<i32>,
    feature: Vec<u32>,
    condition: Vec<f32>,
    nan_left: Vec<u8>,
    split_type: Vec<u8>,
}

impl Arrays {
    fn read(tree: &Object<'_>, n_nodes: usize) -> Result<Self> {
        Ok(Arrays {
            left: array(tree, "left_children", n_nodes, Document::integers)?,
            right: array(tree, "right_children", n_nodes, Document::integers)?,
            feature: array(tree, "split_indices", n_nodes, Document::integers)?,
            condition: array(tree, "split_conditions", n_nodes, Document::f32s)?,
            nan_left: array(tree, "default_left", n_nodes, Document::integers)?,
            split_type: array(tree, "split_type", n_nodes, Document::integers)?,
        })
    }

    fn node(&self, node: usize, leaves: &Leaves, categories: &Categories, n_codes: &mut u64) -> Result<TreeNode> {
        let (left, right) = (at(&self.left, node)?, at(&self.right, node)?);
        if left == LEAF {
            return leaf(right, leaves);
        }
        let child = |child: i32| {
            usize::try_from(child)
                .map_err(|_| malformed(format!("expected two children or none, found {left} and {right}")))
        };
        let (left, right) = (child(left)?, child(right)?);
        let feature = at(&self.feature, node)? as usize;
        let nan_left = match at(&self.nan_left, node)? {
            0 => false,
            1 => true,
            other => return Err(malformed(format!("expected a default direction of 0 or 1, found {other}"))),
        };
        let test = match at(&self.split_type, node)? {
            0 => Test::Number { feature, threshold: at(&self.condition, node)?.into(), nan_left },
            1 => Test::Category { feature, set: categories.set(node, nan_left, n_codes)? },
            other => {
                return Err(Error::unsupported("unsupported-xgboost", format!("the split type {other} is unknown")));
            }
        };
        Ok(TreeNode::Split { test, left, right })
    }
}

/// The left child of a leaf.
const LEAF: i32 = -1;

/// A leaf, whose right child is none or, where leaves have vectors of their own, the leaf's number.
fn leaf(right: i32, leaves: &Leaves) -> Result<TreeNode> {
    match leaves {
        Leaves::VectorPerLeaf { .. } => Ok(TreeNode::Leaf),
        _ if right == LEAF => Ok(TreeNode::Leaf),
        _ => Err(malformed(format!("expected two children or none, found {LEAF} and {right}"))),
    }
}

/// The values of the leaves, their lengths checked against the nodes.
fn leaves(tree: &Object<'_>, arrays: &Arrays, n_groups: usize) -> Result<Leaves> {
    let width: usize = tree.read("tree_param", |parameters| required(parameters.object()?, "size_leaf_vector"))?;
    if width <= 1 {
        return Ok(Leaves::Scalar(arrays.condition.clone()));
    }
    if width != n_groups {
        return Err(malformed(format!("expected leaves of {n_groups} outputs, found {width}")).at("`tree_param`"));
    }
    let product = |count: usize| count.checked_mul(width).ok_or_else(|| malformed("a size beyond memory".into()));
    if tree.get("leaf_weights").is_none() {
        return array(tree, "base_weights", product(arrays.left.len())?, Document::f32s).map(Leaves::VectorPerNode);
    }
    let n_leaves = arrays.left.iter().filter(|left| **left == LEAF).count();
    let weights = array(tree, "leaf_weights", product(n_leaves)?, Document::f32s)?;
    let is_leaf = |(_, (left, _)): &(usize, (&i32, &i32))| **left == LEAF;
    let mut numbers = arrays.left.iter().zip(&arrays.right).enumerate().filter(is_leaf);
    let is_wrong =
        |(_, (_, leaf)): &(usize, (&i32, &i32))| usize::try_from(**leaf).map_or(true, |leaf| leaf >= n_leaves);
    match numbers.find(is_wrong) {
        Some((node, (_, leaf))) => {
            let message = format!("expected the number of a leaf below {n_leaves}, found {leaf}");
            Err(malformed(message).at(format!("node {node}")))
        }
        None => Ok(Leaves::VectorPerLeaf { leaf_of: arrays.right.clone(), weights }),
    }
}

/// The categories that go right, per node with a categorical split.
struct Categories {
    nodes: Vec<usize>,
    segments: Vec<usize>,
    sizes: Vec<usize>,
    codes: Vec<u32>,
}

impl Categories {
    fn read(tree: &Object<'_>) -> Result<Self> {
        let nodes: Vec<usize> = tree.read("categories_nodes", Document::integers)?;
        if let Some([a, b]) = nodes.array_windows().find(|[a, b]| a >= b) {
            return Err(malformed(format!("expected ascending nodes, found {a} before {b}")).at("`categories_nodes`"));
        }
        Ok(Categories {
            segments: array(tree, "categories_segments", nodes.len(), Document::integers)?,
            sizes: array(tree, "categories_sizes", nodes.len(), Document::integers)?,
            codes: tree.read("categories", Document::integers)?,
            nodes,
        })
    }

    /// The codes that go right at `node`.
    fn of_node(&self, node: usize) -> Result<&[u32]> {
        let Ok(i) = self.nodes.binary_search(&node) else {
            return Err(malformed("expected categories for a categorical split, found none".into()));
        };
        let (start, size) = (at(&self.segments, i)?, at(&self.sizes, i)?);
        let codes = start.checked_add(size).and_then(|end| self.codes.get(start..end));
        codes.ok_or_else(|| {
            malformed(format!("expected {size} categories from {start} on, found {} in all", self.codes.len()))
        })
    }

    /// Listed codes go right; all others, and what is no code at all, left.
    fn set(&self, node: usize, nan_left: bool, n_codes: &mut u64) -> Result<CategorySet> {
        let codes = self.of_node(node)?;
        if let Some(code) = codes.iter().find(|code| **code >= CODES) {
            return Err(malformed(format!("expected a category code below {CODES}, found {code}")));
        }
        let length = codes.iter().max().map_or(0, |code| *code as usize + 1);
        *n_codes += length as u64;
        limits::CATEGORY_CODES.check(*n_codes)?;
        let mut left = vec![true; length];
        for code in codes {
            if let Some(left) = left.get_mut(*code as usize) {
                *left = false;
            }
        }
        Ok(CategorySet { left, above_left: true, below_left: true, nan_left, truncates_negative: false })
    }
}

fn malformed(message: String) -> Error {
    Error::malformed("xgboost-tree", message)
}

fn at<T: Copy>(items: &[T], i: usize) -> Result<T> {
    items.get(i).copied().ok_or_else(|| Error::internal("an array shorter than it was checked to be"))
}

/// The array called `key`, which must have `length` elements.
fn array<'a, T>(
    tree: &Object<'a>,
    key: &str,
    length: usize,
    read: impl FnOnce(&Document<'a>) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    tree.read(key, |value| {
        let items = read(value)?;
        match items.len() == length {
            true => Ok(items),
            false => Err(malformed(format!("expected {length} elements, found {}", items.len()))),
        }
    })
}
