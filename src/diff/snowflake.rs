//! What SQL calls on Snowflake: the functions of the methods, their arguments and the columns of their answers.

use std::collections::HashMap;

use super::change;
use crate::artifact::Manifest;
use crate::error::Result;
use crate::finding::Finding;
use crate::generate::snowflake::{Form, Offered, offered};
use crate::model::DeclaredType;
use crate::snowflake::Feature;

/// Compares the functions of the methods that both models have.
pub(super) fn compare(before: &Manifest, after: &Manifest) -> Result<Vec<Finding>> {
    let (old, new) = (offered(before)?, offered(after)?);
    let mut findings = Vec::new();
    for method in &old {
        let name = &method.entry.name;
        match new.iter().find(|other| other.entry.name == *name) {
            Some(other) => {
                let place = format!("method `{name}`");
                let changes = function(method, other).into_iter().chain(names(before, after, method, other));
                findings.extend(changes.map(|finding| finding.at(place.as_str())));
            }
            // Breaking: SQL finds no such function. A method that the model lost is told elsewhere.
            None if after.method(name).is_some() => {
                findings
                    .push(Finding::error("diff-call", format!("the method `{name}` is no longer offered to callers")));
            }
            None => {}
        }
    }
    let known = |name: &str| old.iter().any(|method| method.entry.name == name);
    for method in new.iter().filter(|method| !known(&method.entry.name) && before.method(&method.entry.name).is_some())
    {
        findings
            .push(Finding::note("diff-call", format!("the method `{}` is offered to callers now", method.entry.name)));
    }
    Ok(findings)
}

/// How the function itself is called.
fn function(old: &Offered<'_>, new: &Offered<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Breaking: SQL finds no function of the old name.
    if old.name != new.name {
        findings.push(Finding::error("diff-call", format!("SQL called it {}, now {}", old.name, new.name)));
    }
    // Breaking: functions of rows and of tables are called otherwise, and give values of other types.
    if old.form != new.form {
        let message = format!("it was a function of {}, now of {}", described(old.form), described(new.form));
        findings.push(Finding::error("diff-call", message));
    }
    // Breaking: one argument stands where many stood.
    if old.is_wide != new.is_wide {
        let of = |method: &Offered<'_>| if method.is_wide { "as one object" } else { "one by one" };
        findings.push(Finding::error("diff-call", format!("it took its arguments {}, now {}", of(old), of(new))));
    }
    if (old.volatility, old.max_batch_size) != (new.volatility, new.max_batch_size) {
        findings.push(change(false, "diff-call", "the registry is told another volatility or batch size"));
    }
    findings
}

fn described(form: Form) -> &'static str {
    match form {
        Form::Objects => "rows to objects",
        Form::Series => "rows to values",
        Form::Table => "a table",
        Form::Partition => "partitions of a table",
    }
}

/// Breaking: SQL knows an argument or a column of the answer under another name or type, though the model does not.
fn names(before: &Manifest, after: &Manifest, old: &Offered<'_>, new: &Offered<'_>) -> Vec<Finding> {
    let arguments = |manifest: &Manifest, method: &Offered<'_>| -> HashMap<String, String> {
        let fields = manifest.signature.inputs.iter().zip(&method.arguments);
        fields
            .map(|(field, argument)| (field.name.clone(), format!("{} {}", argument.name, argument.sql_type)))
            .collect()
    };
    let answers = |method: &Offered<'_>| -> HashMap<String, String> {
        let columns = method.answer.iter().map(Feature::name).zip(&method.answer_names);
        columns.map(|(name, identifier)| (name.to_owned(), identifier.to_string())).collect()
    };
    let types = |manifest: &Manifest| -> HashMap<String, DeclaredType> {
        manifest.signature.inputs.iter().map(|field| (field.name.clone(), field.dtype)).collect()
    };
    let (old_types, new_types) = (types(before), types(after));
    let mut findings = Vec::new();
    if !old.is_wide && !new.is_wide {
        let differing = differing(&arguments(before, old), &arguments(after, new));
        // Another type of the column itself is told with the columns.
        let same_type = differing.into_iter().filter(|(name, ..)| old_types.get(name) == new_types.get(name));
        findings.extend(same_type.map(|(name, old, new)| format!("the argument for `{name}` was {old}, now {new}")));
    }
    let columns = differing(&answers(old), &answers(new));
    findings.extend(columns.into_iter().map(|(name, old, new)| format!("the answer's `{name}` was {old}, now {new}")));
    findings.into_iter().map(|message| Finding::error("diff-call", message)).collect()
}

/// What both know under one name and call differently, by name.
fn differing(old: &HashMap<String, String>, new: &HashMap<String, String>) -> Vec<(String, String, String)> {
    let pair = |(name, old): (&String, &String)| {
        let new = new.get(name).filter(|new| *new != old)?;
        Some((name.clone(), old.clone(), new.clone()))
    };
    let mut differing: Vec<_> = old.iter().filter_map(pair).collect();
    differing.sort();
    differing
}
