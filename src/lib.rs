//! Turns the file a framework saved into a verified model artifact.

pub mod encoding;
pub mod error;
pub mod limits;
