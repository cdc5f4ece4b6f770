//! The Python environment that each artifact asks for. No caller sees it: a change is for those who run the artifact.

use std::collections::BTreeMap;

use super::{Context, aspect};
use crate::artifact::Artifact;
use crate::artifact::pins;
use crate::error::Result;
use crate::finding::Finding;
use crate::requirement::normalize;
use crate::verify::ProofResult;

/// Compares Python's version, the platform's environment and every requirement.
pub(super) fn compare(context: &mut Context<'_>) -> Result<ProofResult> {
    let (old, new) = (requirements(context.before)?, requirements(context.after)?);
    let mut findings = Vec::new();
    for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
        let message = match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) => format!("`{name}` was required as {}, now {}", wanted(old), wanted(new)),
            (Some(_), None) => format!("`{name}` is no longer required"),
            (None, _) => format!("`{name}` is required now"),
        };
        findings.push(Finding::note("diff-environment", message));
    }
    let (before, after) = context.manifests();
    let slug = |manifest: &crate::artifact::Manifest| manifest.environment.inference_slug.clone();
    if slug(before) != slug(after) {
        let message = format!("the platform's environment was `{}`, now `{}`", slug(before), slug(after));
        findings.push(Finding::note("diff-environment", message));
    }
    Ok(aspect("environment", &format!("{} requirements", old.len()), findings))
}

/// The comparisons of every requirement, by the package's name.
fn requirements(artifact: &Artifact) -> Result<BTreeMap<String, Vec<String>>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pin in pins::read(artifact)?.pins {
        let specifiers: Vec<String> = pin.requirement.specifiers().iter().map(ToString::to_string).collect();
        found.entry(normalize(pin.requirement.name())).or_default().push(specifiers.join(","));
    }
    found.values_mut().for_each(|versions| versions.sort());
    Ok(found)
}

fn wanted(versions: &[String]) -> String {
    let any = |text: &String| if text.is_empty() { "any version".to_owned() } else { format!("`{text}`") };
    versions.iter().map(any).collect::<Vec<_>>().join(" and ")
}
