//! Rules about names: of the model, its version, its aliases and tags, and of methods and their columns.

use std::collections::BTreeMap;

use super::super::rules::{Measured, Subject, within};
use super::MANIFEST_YML;
use super::manifest::{Method, of_method, read, told_at};
use crate::artifact::MANIFEST;
use crate::error::Result;
use crate::finding::{Finding, Severity};
use crate::snowflake::{Identifier, QualifiedName, is_system_alias};

/// Names shown in one message.
const SHOWN: usize = 5;

/// Names of a method with their places: its own, those of its arguments, and of the columns of its answer.
fn names(method: &Method) -> impl Iterator<Item = (&'static str, &str)> {
    let inputs = method.inputs.iter().filter_map(|input| Some(("argument", input.name.as_deref()?)));
    let params = method.params.iter().map(|param| ("parameter", param.name.as_str()));
    let outputs = method.outputs.iter().filter_map(|output| Some(("column of the answer", output.name.as_deref()?)));
    std::iter::once(("method", method.name.as_str())).chain(inputs).chain(params).chain(outputs)
}

/// A finding about a name that the artifact's manifest tells.
fn told(code: &'static str, place: &str, error: &crate::error::Error) -> Finding {
    Finding { code: code.into(), ..Finding::from(error) }.in_file(MANIFEST).at(place)
}

/// Whether names can be written in SQL at all.
pub(super) fn identifiers(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-identifier";
    let manifest = &subject.artifact.manifest;
    let mut findings = Vec::new();
    if let Err(error) = QualifiedName::parse(&manifest.artifact.name) {
        findings.push(told(code, "artifact.name", &error).hint("`--name` gives another"));
    }
    if let Err(error) = Identifier::parse(&manifest.artifact.version) {
        let hint = "`--model-version` gives another; in double quotes any text is one: `'\"1.0\"'`";
        findings.push(told(code, "artifact.version", &error).hint(hint));
    }
    for alias in &manifest.registration.aliases {
        findings.extend(Identifier::parse(alias).err().map(|error| told(code, "registration.aliases", &error)));
    }
    for tag in manifest.registration.tags.keys() {
        findings.extend(QualifiedName::parse(tag).err().map(|error| told(code, "registration.tags", &error)));
    }
    let Some(platform) = read(subject)? else { return Ok(Measured { usage: None, findings }) };
    let limit = subject.ceilings.get("identifier-chars")?;
    let mut longest = 0;
    for method in &platform.methods {
        for (what, name) in names(method) {
            let length = name.chars().count() as u64;
            longest = longest.max(length);
            let message = match length {
                0 => format!("the name of the {what} is empty"),
                length if length > limit.value => {
                    let start: String = name.chars().take(40).collect();
                    format!("the name of the {what} has {length} characters, at most {}: `{start}…`", limit.value)
                }
                _ if name.contains('\0') => format!("the name of the {what} holds a NUL character"),
                _ => continue,
            };
            findings.push(told_at(code, of_method(method), message));
        }
    }
    let measured = within(code, longest, limit, Finding::error);
    Ok(Measured { usage: measured.usage, findings })
}

/// Whether names that SQL has to tell apart differ.
pub(super) fn duplicates(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-duplicate";
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let mut findings = Vec::new();
    if let Some(name) = twice(platform.methods.iter().map(|method| method.name.as_str())) {
        findings.push(told_at(code, "methods", format!("two methods are called `{name}`")));
    }
    for method in &platform.methods {
        let arguments = |(what, _): &(&str, &str)| matches!(*what, "argument" | "parameter");
        if let Some(name) = twice(names(method).filter(arguments).map(|(_, name)| name)) {
            findings.push(told_at(code, of_method(method), format!("two arguments are called `{name}`")));
        }
        if let Some(name) = twice(names(method).filter(|(what, _)| what.starts_with("column")).map(|(_, name)| name)) {
            findings.push(told_at(code, of_method(method), format!("two columns of the answer are called `{name}`")));
        }
        // Parameters are given by name, which nobody quotes.
        let folded: Vec<String> =
            method.inputs.iter().filter_map(|input| Some(input.name.as_ref()?.to_uppercase())).collect();
        if let Some(param) = method.params.iter().find(|param| folded.contains(&param.name.to_uppercase())) {
            let message = format!("the parameter `{}` and an argument differ by case at most", param.name);
            findings.push(told_at(code, of_method(method), message));
        }
    }
    Ok(Measured { usage: None, findings })
}

/// The first name that comes twice.
fn twice<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut known = std::collections::BTreeSet::new();
    names.find(|name| !known.insert(*name))
}

/// Names that every statement has to quote.
pub(super) fn reserved(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-reserved";
    let manifest = &subject.artifact.manifest;
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    let is_reserved = |name: &Identifier| name.is_reserved();
    if let Ok(name) = QualifiedName::parse(&manifest.artifact.name)
        && is_reserved(&name.name)
    {
        found.insert(name.name.name().to_owned(), "model");
    }
    let versions = std::iter::once(&manifest.artifact.version).chain(&manifest.registration.aliases);
    for name in versions.filter_map(|text| Identifier::parse(text).ok()).filter(is_reserved) {
        found.insert(name.name().to_owned(), "version");
    }
    for method in read(subject)?.into_iter().flat_map(|platform| &platform.methods) {
        for (what, name) in names(method).filter(|(_, name)| crate::snowflake::is_reserved(name)) {
            found.insert(name.to_owned(), what);
        }
    }
    if found.is_empty() {
        return Ok(Measured::default());
    }
    let listed: Vec<String> = found.iter().take(SHOWN).map(|(name, what)| format!("`{name}` ({what})")).collect();
    let more = found.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("words of SQL, which every statement has to quote: {}{more}", listed.join(", "));
    Ok(Measured::of(Some(Finding::warning(code, message).in_file(MANIFEST_YML))))
}

/// Aliases: names of their own, and not those that the registry gives itself.
pub(super) fn aliases(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-alias";
    let manifest = &subject.artifact.manifest;
    let wrong = |place: &str, message: String| Finding::error(code, message).in_file(MANIFEST).at(place);
    let mut findings = Vec::new();
    let mut known = Vec::new();
    let version = Identifier::parse(&manifest.artifact.version).ok();
    if let Some(version) = version {
        if is_system_alias(version.name()) {
            let message = format!("{version} means a version by its place: no version can be called so");
            findings.push(wrong("artifact.version", message));
        }
        known.push(version);
    }
    let aliases = manifest.registration.aliases.iter();
    for alias in aliases.filter_map(|text| Identifier::parse(text).ok()) {
        if is_system_alias(alias.name()) {
            let message = format!("{alias} means a version by its place: it cannot be given to one");
            findings.push(wrong("registration.aliases", message));
        }
        if known.contains(&alias) {
            let message = format!("{alias} is the version or another alias already");
            findings.push(wrong("registration.aliases", message));
        }
        known.push(alias);
    }
    Ok(Measured { usage: None, findings })
}

/// How many tags there are, and how long their values.
pub(super) fn tags(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-tag";
    let tags = &subject.artifact.manifest.registration.tags;
    let mut measured = subject.within(code, tags.len() as u64, "tags", Finding::error)?;
    for (name, value) in tags {
        let value = subject.within(code, value.chars().count() as u64, "tag-chars", Finding::error)?;
        let too_long = value.findings.into_iter().filter(|finding| finding.severity == Severity::Error);
        measured
            .findings
            .extend(too_long.map(|finding| finding.in_file(MANIFEST).at(format!("registration.tags.{name}"))));
    }
    Ok(measured)
}
