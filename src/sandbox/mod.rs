//! Runs score modules in wasmtime under fuel and memory limits. A module sees its own memory and nothing else.
//!
//! Modules that this process compiled may run here ([`Instance`]); modules from outside run in a child process under
//! the operating system's limits ([`Remote`]), after [`profile::check`] has looked at them without compiling.

mod batch;
mod engine;
mod memory;
pub mod profile;
mod remote;
pub mod wire;

pub use batch::{Blocks, Numbered, Scored, score_all};
pub use engine::{CompiledModule, Instance, read_abi};
pub use remote::{Remote, WORKER_ARGUMENT, work};

use crate::abi::{Abi, Block, Output};
use crate::error::Result;

/// Something that scores blocks: a module in this process or in a child.
pub trait Scorer {
    /// The module's contract.
    fn abi(&self) -> &Abi;

    /// Scores a block of at most `block_rows` rows. A row that the model refuses is an error with the code
    /// `row-refused`; its place counts rows within the block.
    fn call(&mut self, method: &str, block: &Block) -> Result<Vec<Output>>;
}
