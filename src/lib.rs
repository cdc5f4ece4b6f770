//! Turns the file a framework saved into a verified model artifact.

pub mod abi;
pub mod artifact;
pub mod cli;
pub mod compile;
pub mod data;
pub mod encoding;
pub mod error;
pub mod finding;
pub mod forest;
pub mod framework;
pub mod generate;
pub mod graph;
pub mod limits;
pub mod model;
pub mod ops;
pub mod pipeline;
pub mod provenance;
pub mod report;
pub mod sandbox;
pub mod target;
pub mod tensor;
pub mod verify;
pub mod wasm;
pub mod yaml;
