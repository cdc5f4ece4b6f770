//! `sklearn.preprocessing`: one file per kind of transformation.

pub mod categories;
pub mod function;
pub mod inverse;
pub mod normalize;
pub mod one_hot;
pub mod ordinal;
pub mod polynomial;
pub mod scale;
