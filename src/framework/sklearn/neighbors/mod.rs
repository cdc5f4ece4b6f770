//! Nearest neighbours: votes and means over the fitted rows that are near.

pub mod k_nearest;
mod metric;
mod search;
mod tree;
mod weights;
