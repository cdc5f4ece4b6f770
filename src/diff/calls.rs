//! How the artifacts are called: the platform, and the names and functions by which its registry knows the methods.

use super::{aspect, snowflake};
use crate::artifact::Manifest;
use crate::finding::Finding;
use crate::verify::ProofResult;

/// The platform that gives columns and methods names of its own.
const SNOWFLAKE: &str = "snowflake";

/// Compares identity, platform and calls.
pub(super) fn compare(before: &Manifest, after: &Manifest) -> ProofResult {
    let (old, new) = (&before.artifact, &after.artifact);
    let mut findings = Vec::new();
    // Breaking: another platform is called in another way.
    if old.target != new.target {
        let message = format!("the platform was {}, now {}", old.target, new.target);
        findings.push(Finding::error("diff-target", message));
    } else if old.target == SNOWFLAKE {
        findings.extend(snowflake::compare(before, after).unwrap_or_else(|error| vec![Finding::from(&error)]));
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
