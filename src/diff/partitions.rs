//! The partitions: which are gone, which are new, and which have another model.

use std::collections::BTreeSet;

use super::{Context, aspect};
use crate::artifact::PartitionIndex;
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof};
use crate::verify::ProofResult;

const NAME: &str = "partitions";

/// Compares the indexes of both artifacts. That one has none is a change of the columns, which is told there.
pub(super) fn compare(context: &mut Context<'_>) -> Result<ProofResult> {
    let (Some(before), Some(after)) = (&context.before.partitions, &context.after.partitions) else {
        let proof = Proof::new(NAME, Outcome::NotApplicable, "not both artifacts have partitions");
        return Ok(ProofResult { proof, findings: Vec::new() });
    };
    let values: BTreeSet<&str> =
        before.partitions.iter().chain(&after.partitions).map(|partition| partition.value.as_str()).collect();
    let findings = values.iter().filter_map(|value| change(value, before, after)).collect();
    let what = format!("{} partitions, now {}", before.partitions.len(), after.partitions.len());
    Ok(aspect(NAME, &what, findings))
}

/// Breaking: rows of a partition that is gone are refused.
fn change(value: &str, before: &PartitionIndex, after: &PartitionIndex) -> Option<Finding> {
    let found = match (before.partition(value), after.partition(value)) {
        (Some(_), None) => Finding::error("diff-partition-removed", "the partition is gone: its rows are refused now"),
        (None, Some(_)) => Finding::note("diff-partition-added", "the partition is new"),
        (Some(old), Some(new)) if old.model.sha256 != new.model.sha256 => {
            Finding::note("diff-partition-changed", "the partition has another model")
        }
        _ => return None,
    };
    Some(found.at(format!("partition `{value}`")))
}
