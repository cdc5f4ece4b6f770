//! `sklearn.preprocessing`: one file per kind of transformation.

pub mod categories;
pub mod discretize;
pub mod function;
pub mod inverse;
pub mod kernel;
pub mod label;
pub mod normalize;
pub mod one_hot;
pub mod ordinal;
pub mod polynomial;
pub mod power;
pub mod quantile;
pub mod scale;
pub mod spline;
pub mod target;
