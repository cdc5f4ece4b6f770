//! Artifacts with a model for each value of a column: reading the column beside the model's own, splitting rows by it, and
//! putting the results together in the order of the rows. A partition is opened when its first row comes.

mod reading;
mod routed;
#[cfg(test)]
mod tests;

pub use reading::{Groups, Reading, in_order};
pub use routed::{Opened, Opener, Routed};

/// The column of results that tells which model a row was scored with.
pub const MODEL_ID: &str = "model_id";

use crate::artifact::PartitionIndex;
use crate::error::Error;

/// The error for a value that names no partition.
pub fn unknown_partition(index: &PartitionIndex, value: &str) -> Error {
    let message = format!("no partition is called `{value}`");
    let values: Vec<&str> = index.partitions.iter().map(|partition| partition.value.as_str()).collect();
    Error::malformed("unknown-partition", message).known(
        &format!("the values of `{}` with a model", index.column),
        value,
        &values,
    )
}
