//! Turns the file a framework saved into a verified model artifact: reads it without running anything in it, compiles
//! it to a WebAssembly score module, packs it, and proves in a sandbox what it predicts.
//!
//! The command line (`scorepack --help`) is made of these parts. From Rust:
//!
//! ```
//! use scorepack::abi::{Block, Column};
//! use scorepack::pipeline::{self, ModelFile};
//! use scorepack::sandbox::{CompiledModule, Scorer};
//! use scorepack::tensor::Data;
//!
//! # fn main() -> scorepack::error::Result<()> {
//! let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lightgbm/binary-4.7/model.txt");
//! let model = pipeline::read(&ModelFile::open(path.as_ref())?)?;
//! let module = pipeline::compile(&model, Default::default())?;
//! let mut instance = CompiledModule::new(&module.wasm)?.instantiate()?;
//!
//! let mut row = Block::new(instance.abi());
//! row.rows = 1;
//! let Column::F64 { width, items } = &mut row.columns[0] else { unreachable!("LightGBM computes in f64") };
//! items.resize(*width, f64::NAN);
//! let Data::F64(probability) = &instance.call("predict", &row)?[0].values else { unreachable!("a probability") };
//! assert!((0.0..=1.0).contains(&probability[0]));
//! # Ok(())
//! # }
//! ```

pub mod abi;
pub mod artifact;
pub mod cli;
pub mod compile;
pub mod data;
pub mod diff;
pub mod encoding;
pub mod environment;
pub mod error;
pub mod finding;
pub mod forest;
pub mod framework;
pub mod generate;
pub mod graph;
pub mod limits;
pub mod model;
pub mod ops;
pub mod origin;
pub mod partition;
pub mod pipeline;
pub mod provenance;
pub mod report;
pub mod requirement;
pub mod sandbox;
pub mod scan;
pub mod settings;
pub mod snowflake;
pub mod target;
pub mod tensor;
pub mod verify;
pub mod wasm;
pub mod yaml;
