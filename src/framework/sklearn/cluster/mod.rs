//! Clusterers that place new rows: at the nearest centre, or down a tree of centres.

pub mod agglomeration;
pub mod bisecting;
pub mod centres;
