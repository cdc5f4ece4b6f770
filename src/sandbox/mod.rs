//! Runs score modules in wasmtime under fuel and memory limits. A module sees its own memory and nothing else.

mod engine;
mod memory;

pub use engine::{CompiledModule, Instance, read_abi};
