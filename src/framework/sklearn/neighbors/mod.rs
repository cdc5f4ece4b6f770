//! Nearest neighbours: votes and means over the fitted rows that are near.

pub mod centroid;
pub mod components;
pub mod density;
pub mod graph;
pub mod k_nearest;
mod metric;
pub mod outlier;
pub mod radius;
pub mod search;
#[cfg(test)]
mod tests;
mod tree;
pub mod weights;
