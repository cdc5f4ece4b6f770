//! `sklearn.preprocessing`: one file per kind of transformation.

pub mod scale;
