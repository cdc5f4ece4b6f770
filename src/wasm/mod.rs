//! A small assembler over wasm-encoder: functions, locals, loops, data. It knows no models.

mod code;
mod data;
mod data_section;
mod module;

pub use code::{Bound, Code, Local, memarg};
pub use data::DataPlan;
pub use data_section::{put_together, segments, take_apart};
pub use module::ModuleBuilder;
