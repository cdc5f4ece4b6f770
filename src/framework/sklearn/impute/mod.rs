//! `sklearn.impute`: missing values replaced, or pointed out.

mod missing;
pub mod simple;

pub use missing::indicator;
