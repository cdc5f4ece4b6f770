//! Estimators made of estimators.

pub mod columns;
mod parts;
pub mod pipeline;
pub mod union;

pub use parts::keeps_column_types;
pub use pipeline::{is_sampler, named};
