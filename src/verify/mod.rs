//! The proofs of an artifact: one file each.

pub mod compare;
