//! A small assembler over wasm-encoder: functions, locals, loops, data. It knows no models.

mod code;
mod data;
mod module;

pub use code::{Bound, Code, Local, memarg};
pub use data::DataPlan;
pub use module::ModuleBuilder;
