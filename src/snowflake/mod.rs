//! What Snowflake calls things: identifiers, literals, data types, features, tasks, methods, versions. Knows no file of
//! an artifact and no rule: `generate` writes with these words, `target` checks with them.

mod data_type;
mod feature;
mod identifier;
mod literal;
mod method;
mod parameter;
mod reserved;
mod signature;
mod task;
mod version;

pub use data_type::DataType;
pub use feature::{Feature, FeatureGroupSpec, FeatureSpec};
pub use identifier::{Identifier, QualifiedName, identifiers};
pub use literal::{Literal, text_literal};
pub use method::{method_signature, target_methods};
pub use parameter::{ParamGroupSpec, ParamSpec, Parameter};
pub use reserved::{is_reserved, is_system_alias};
pub use signature::{ModelSignature, input_features, is_one_list, output_features};
pub use task::PlatformTask;
pub use version::{model_name, version_metadata, version_name};

/// The most characters of an identifier.
pub const IDENTIFIER_CHARS: usize = 255;
/// The most arguments that a method is given one by one; more come as one argument of type OBJECT.
pub const SEPARATE_ARGUMENTS: usize = 500;
/// The one argument that holds all inputs where there are more than [`SEPARATE_ARGUMENTS`].
pub const WIDE_ARGUMENT: &str = "INPUT";
