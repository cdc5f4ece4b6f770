//! `sklearn.semi_supervised`: labels that spread from rows that have one.

pub mod propagation;
