//! What `CREATE MODEL … FROM @stage` takes: MANIFEST.yml, a function per method, the environment, and the folder
//! `model` with a model.yaml that snowflake-ml-python loads.

mod blob;
mod code;
mod environment;
mod functions;
mod loader;
mod manifest;
mod metadata;
mod methods;
mod registration;

#[cfg(test)]
mod tests;

pub use blob::pickle;
pub use code::code;
pub use environment::environment;
pub use functions::functions;
pub use loader::take_model;
pub use manifest::manifest;
pub use metadata::metadata;
pub use methods::{Argument, Form, Offered, offered};
pub use registration::{calls, registration};

/// The folder that the platform imports: all that a function reads lies in it.
const MODEL_FOLDER: &str = "model/";
