//! How the artifacts are called: the platform, and what its registry is told of each method.

use std::collections::HashSet;

use super::{aspect, change};
use crate::artifact::{FunctionType, Manifest, MethodOptions};
use crate::finding::Finding;
use crate::verify::ProofResult;

/// Compares identity, platform and the options of each method.
pub(super) fn compare(before: &Manifest, after: &Manifest) -> ProofResult {
    let (old, new) = (&before.artifact, &after.artifact);
    let mut findings = Vec::new();
    // Breaking: another platform is called in another way.
    if old.target != new.target {
        let message = format!("the platform was {}, now {}", old.target, new.target);
        findings.push(Finding::error("diff-target", message));
    } else {
        let kept: HashSet<&str> = after.methods.iter().map(|method| method.name.as_str()).collect();
        let methods = before.methods.iter().filter(|method| kept.contains(method.name.as_str()));
        findings.extend(methods.flat_map(|method| options(before, after, &method.name)));
    }
    let pairs = [("name", &old.name, &new.name), ("version", &old.version, &new.version)];
    for (what, old, new) in pairs.into_iter().filter(|(_, old, new)| old != new) {
        findings.push(Finding::note("diff-identity", format!("the model's {what} was `{old}`, now `{new}`")));
    }
    if old.engine != new.engine {
        let message = format!("score.py ran {}, now {}", engine(before), engine(after));
        findings.push(Finding::note("diff-identity", message));
    }
    aspect("calls", &format!("platform {}", old.target), findings)
}

fn engine(manifest: &Manifest) -> &'static str {
    match manifest.artifact.engine {
        crate::artifact::Engine::Wasm => "the score module",
        crate::artifact::Engine::Native => "the framework",
    }
}

/// What the registry is told of one method that both artifacts have.
fn options(before: &Manifest, after: &Manifest, method: &str) -> Vec<Finding> {
    let offered = |manifest: &Manifest| {
        let wanted = &manifest.registration.target_methods;
        wanted.is_empty() || wanted.iter().any(|name| name == method)
    };
    let mut findings = Vec::new();
    // Breaking: the registry knows no such method.
    if offered(before) != offered(after) {
        let what = if offered(before) { "no longer offered to callers" } else { "offered to callers now" };
        findings.push(change(offered(before), "diff-call", format!("the method `{method}` is {what}")));
    }
    let (old, new) = (before.registration.method(method), after.registration.method(method));
    findings.extend(call(&old, &new).map(|message| {
        // Breaking: functions of rows and of tables are called otherwise, and names are found otherwise.
        Finding::error("diff-call", message).at(format!("method `{method}`"))
    }));
    if (old.volatility, old.max_batch_size) != (new.volatility, new.max_batch_size) {
        let message = "the registry is told another volatility or batch size";
        findings.push(Finding::note("diff-call", message).at(format!("method `{method}`")));
    }
    findings
}

/// The first way in which calls differ.
fn call(old: &MethodOptions, new: &MethodOptions) -> Option<String> {
    let is_table = |options: &MethodOptions| options.function_type == Some(FunctionType::TableFunction);
    let kind = |options: &MethodOptions| if is_table(options) { "a table" } else { "a row" };
    let set = |option: Option<bool>| option.unwrap_or(false);
    let case = |options: &MethodOptions| if set(options.case_sensitive) { "as written" } else { "in capitals" };
    if is_table(old) != is_table(new) {
        return Some(format!("it was a function of {}, now of {}", kind(old), kind(new)));
    }
    if set(old.partitioned) != set(new.partitioned) {
        return Some("it takes whole partitions in only one of the two".to_owned());
    }
    (case(old) != case(new)).then(|| format!("names were found {}, now {}", case(old), case(new)))
}
