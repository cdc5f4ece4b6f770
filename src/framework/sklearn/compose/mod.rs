//! Estimators made of estimators.

pub mod pipeline;
