//! `sklearn.impute`: missing values replaced, or pointed out.

pub mod iterative;
mod missing;
pub mod nearest;
pub mod simple;

pub use missing::indicator;
