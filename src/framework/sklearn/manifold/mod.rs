//! Manifolds that have a place for new rows.

pub mod isomap;
pub mod locally_linear;

use super::fitted::{Attributes, Fitted};
use super::inputs::{self, Inputs};
use crate::error::Result;

/// The input columns, where the search for neighbours knows them.
pub fn inputs(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    match estimator.present("nbrs_") {
        Some(search) => inputs::find(search, depth + 1),
        None => Ok(None),
    }
}
