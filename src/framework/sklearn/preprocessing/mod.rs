//! `sklearn.preprocessing`: one file per kind of transformation.

pub mod categories;
pub mod one_hot;
pub mod ordinal;
pub mod scale;
