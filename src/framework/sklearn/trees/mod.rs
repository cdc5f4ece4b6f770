//! Decision trees and forests of them.

mod arrays;
pub mod forest;
mod grove;
mod input;
pub mod single;
mod targets;

pub use arrays::TreeArrays;
pub use grove::{Grove, GroveTree, is_tree};
pub use input::{accepted_by_forest, accepted_by_tree, narrowed};
pub use targets::Targets;

use std::cell::RefCell;

use crate::error::Result;
use crate::forest::{Leaf, Planted};
use crate::graph::{GraphBuilder, ValueId};
use crate::tensor::Data;

/// The sum, from 0 and tree after tree, of a vector of numbers at the leaf that a row reaches.
fn leaf_vectors(
    g: &mut GraphBuilder,
    planted: &Planted,
    width: usize,
    vector: impl Fn(Leaf) -> Vec<f64>,
) -> Result<ValueId> {
    // The elements of a leaf are asked for one after another.
    let last: RefCell<Option<(Leaf, Vec<f64>)>> = RefCell::new(None);
    planted.sum_vectors(g, Data::F64(vec![0.0; width]), |leaf, column| {
        let mut last = last.borrow_mut();
        let known = last.take().filter(|(known, _)| *known == leaf);
        let (_, numbers) = last.insert(known.unwrap_or_else(|| (leaf, vector(leaf))));
        numbers.get(column).copied().unwrap_or(0.0)
    })
}
