//! What the model is: task, framework, estimators, hyperparameters.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{aspect, change, shown};
use crate::artifact::Manifest;
use crate::finding::Finding;
use crate::model::{Estimator, Task};
use crate::verify::ProofResult;

/// Compares task, framework and the tree of estimators.
pub(super) fn compare(before: &Manifest, after: &Manifest) -> ProofResult {
    let (old, new) = (&before.model, &after.model);
    let mut findings = Vec::new();
    // Breaking: the answers mean something else, unless one of the tasks is not known.
    if old.task != new.task {
        let known = ![old.task, new.task].contains(&Task::Other);
        findings.push(change(known, "diff-task", format!("the task was {}, now {}", task(old.task), task(new.task))));
    }
    if old.framework != new.framework {
        let named = |framework: &crate::model::Framework| match &framework.version {
            Some(version) => format!("{} {version}", framework.name),
            None => framework.name.clone(),
        };
        let message = format!("the framework was {}, now {}", named(&old.framework), named(&new.framework));
        findings.push(Finding::note("diff-framework", message));
    }
    estimators(&mut findings, "", &old.estimator, &new.estimator);
    aspect("model", &old.estimator.class, findings)
}

fn task(task: Task) -> String {
    serde_json::to_value(task).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn estimators(findings: &mut Vec<Finding>, path: &str, before: &Estimator, after: &Estimator) {
    let here = |finding: Finding| if path.is_empty() { finding } else { finding.at(format!("step `{path}`")) };
    // The settings of another class say nothing about these.
    if before.class != after.class {
        let message = format!("the estimator was `{}`, now `{}`", before.class, after.class);
        findings.push(here(Finding::note("diff-estimator", message)));
    } else {
        findings.extend(hyperparameters(&before.hyperparameters, &after.hyperparameters).into_iter().map(here));
    }
    let keyed =
        |steps: &[Estimator]| -> Vec<String> { steps.iter().enumerate().map(|(i, step)| key(i, step)).collect() };
    let (old, new) = (keyed(&before.steps), keyed(&after.steps));
    let places: HashMap<&String, &Estimator> = new.iter().zip(&after.steps).collect();
    for (name, step) in old.iter().zip(&before.steps) {
        let inside = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match places.get(name) {
            Some(other) => estimators(findings, &inside, step, other),
            None => findings
                .push(here(Finding::note("diff-estimator", format!("the step `{name}` ({}) is gone", step.class)))),
        }
    }
    let known: std::collections::HashSet<&String> = old.iter().collect();
    for (name, step) in new.iter().zip(&after.steps).filter(|(name, _)| !known.contains(name)) {
        findings.push(here(Finding::note("diff-estimator", format!("the step `{name}` ({}) is new", step.class))));
    }
}

/// A step by its name, or by its place where it has none.
fn key(position: usize, step: &Estimator) -> String {
    if step.name.is_empty() { position.to_string() } else { step.name.clone() }
}

fn hyperparameters(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Finding> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let message = |name: &String| match (before.get(name), after.get(name)) {
        (old, new) if old == new => None,
        (Some(old), Some(new)) => {
            let (old, new) = shown(old, new);
            Some(format!("`{name}` was {old}, now {new}"))
        }
        (Some(old), None) => Some(format!("`{name}` was {}, now not set", shown(old, &Value::Null).0)),
        (None, new) => {
            Some(format!("`{name}` was not set, now {}", shown(new.unwrap_or(&Value::Null), &Value::Null).0))
        }
    };
    names.filter_map(message).map(|message| Finding::note("diff-hyperparameter", message)).collect()
}
