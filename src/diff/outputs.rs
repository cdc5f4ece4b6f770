//! The methods and their outputs: what a caller of the first artifact calls and reads.

use std::collections::HashMap;

use super::accepts::lies_within;
use super::{aspect, change, listed};
use crate::artifact::{Manifest, MethodEntry, OutputEntry};
use crate::finding::Finding;
use crate::model::Kind;
use crate::verify::ProofResult;

/// Compares the methods by name, and their outputs.
pub(super) fn compare(before: &Manifest, after: &Manifest) -> ProofResult {
    let (old, new) = (by_name(before), by_name(after));
    let mut findings = Vec::new();
    for method in &before.methods {
        match new.get(method.name.as_str()) {
            Some(other) => findings.extend(outputs(method, other)),
            // Breaking: who calls it gets an error.
            None => {
                let message = format!("the method `{}` is gone", method.name);
                let hint = format!("the methods are {}", listed(after.methods.iter().map(|method| &method.name)));
                findings.push(Finding::error("diff-method-removed", message).hint(hint));
            }
        }
    }
    for method in after.methods.iter().filter(|method| !old.contains_key(method.name.as_str())) {
        findings.push(Finding::note("diff-method-added", format!("the method `{}` is new", method.name)));
    }
    // Breaking: who names no method calls another one.
    let default = |manifest: &Manifest| manifest.default_method().map(|method| method.name.clone());
    if let (Some(old), Some(new)) = (default(before), default(after))
        && old != new
    {
        let message = format!("without a name, `{new}` is called instead of `{old}`");
        findings.push(Finding::error("diff-default-method", message));
    }
    aspect("methods", &format!("{} methods", before.methods.len()), findings)
}

fn by_name(manifest: &Manifest) -> HashMap<&str, &MethodEntry> {
    manifest.methods.iter().map(|method| (method.name.as_str(), method)).collect()
}

/// The changes of one method.
fn outputs(before: &MethodEntry, after: &MethodEntry) -> Vec<Finding> {
    let names = |method: &MethodEntry| method.outputs.iter().map(|output| output.name.clone()).collect::<Vec<_>>();
    let (old, new) = (names(before), names(after));
    let mut findings = Vec::new();
    // Breaking: answers with several outputs are lists in their order, and columns of tables bear their names.
    if old != new {
        let message = format!("the outputs were {}, now {}", listed(&old), listed(&new));
        findings.push(Finding::error("diff-output", message));
    }
    for output in &before.outputs {
        if let Some(other) = after.outputs.iter().find(|other| other.name == output.name) {
            findings.extend(output_changes(output, other));
        }
    }
    findings.into_iter().map(|finding| finding.at(format!("method `{}`", before.name))).collect()
}

fn output_changes(before: &OutputEntry, after: &OutputEntry) -> Vec<Finding> {
    let name = &before.name;
    let mut findings = Vec::new();
    // Breaking: unless both are floating-point numbers, which read the same but for their digits, or whole numbers
    // that were expected before.
    if before.dtype != after.dtype {
        let floats = [before, after].iter().all(|output| output.dtype.kind() == Kind::Number);
        let reads = floats || lies_within(after.dtype, before.dtype);
        let message = format!("`{name}` was {}, now {}", before.dtype.name(), after.dtype.name());
        findings.push(change(!reads, "diff-output-type", message));
    }
    // Breaking: a reader expects as many values, or a value where a list is.
    if (before.width, before.list, before.sparse) != (after.width, after.list, after.sparse) {
        let message = format!("a row of `{name}` was {}, now {}", shape(before), shape(after));
        findings.push(Finding::error("diff-output-shape", message));
    }
    findings.extend(labels(before, after));
    findings
}

/// Breaking: a value in the same place belongs to another class or feature.
fn labels(before: &OutputEntry, after: &OutputEntry) -> Option<Finding> {
    let only = |some: &OutputEntry, other: &OutputEntry| -> Vec<String> {
        let known: std::collections::HashSet<&String> = other.columns.iter().collect();
        some.columns.iter().filter(|column| !known.contains(column)).cloned().collect()
    };
    let name = &before.name;
    if before.columns == after.columns {
        return None;
    }
    let message = match (only(before, after).as_slice(), only(after, before).as_slice()) {
        ([], []) => format!("the columns of `{name}` stand in another order"),
        (gone, []) => format!("`{name}` has no column for {} any more", listed(gone)),
        ([], new) => format!("`{name}` has columns for {} now", listed(new)),
        (gone, new) => format!("`{name}` has columns for {} now, and none for {}", listed(new), listed(gone)),
    };
    Some(Finding::error("diff-output-labels", message))
}

fn shape(output: &OutputEntry) -> String {
    match (output.width, output.list) {
        (1, false) => "a value".to_owned(),
        (width, _) if output.sparse => format!("a sparse row of {width}"),
        (width, _) => format!("a list of {width}"),
    }
}
