//! Rules about methods: that MANIFEST.yml tells of them what the artifact's own manifest does, and that they can run.

use std::collections::BTreeSet;

use super::super::python;
use super::super::rules::{Measured, Subject};
use super::manifest::{Column, Method, of_method, read, told_at};
use crate::error::Result;
use crate::finding::Finding;
use crate::snowflake::{Feature, SEPARATE_ARGUMENTS, input_features, output_features, target_methods};

/// The handler's function or class.
const HANDLER: &str = "infer";

/// The module of a handler `functions.<module>.infer`.
fn module(method: &Method) -> Option<&str> {
    let (module, function) = method.handler.strip_prefix("functions.")?.rsplit_once('.')?;
    (function == HANDLER && !module.contains('.')).then_some(module)
}

fn is_table(method: &Method) -> bool {
    method.function_type == "TABLE_FUNCTION"
}

/// Whether MANIFEST.yml offers exactly the methods that the artifact's manifest says, with their columns.
pub(super) fn agree(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-methods";
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let manifest = &subject.artifact.manifest;
    let mut findings = Vec::new();
    let offered = match target_methods(manifest) {
        Ok(offered) => offered,
        Err(error) => return Ok(Measured::of(Some(Finding { code: code.into(), ..Finding::from(&error) }))),
    };
    let inputs = input_features(&manifest.signature.inputs);
    for method in &platform.methods {
        let place = of_method(method);
        let Some(entry) = module(method).and_then(|name| offered.iter().find(|entry| entry.name == name)) else {
            let message = format!("its handler `{}` is that of no method that the artifact offers", method.handler);
            findings.push(told_at(code, place, message));
            continue;
        };
        if let Ok(inputs) = &inputs {
            findings.extend(arguments_differ(method, inputs).map(|message| told_at(code, &place, message)));
        }
        if let Ok(outputs) = output_features(entry) {
            findings.extend(answer_differs(method, &outputs).map(|message| told_at(code, &place, message)));
        }
    }
    let told: BTreeSet<&str> = platform.methods.iter().filter_map(module).collect();
    for missing in offered.iter().filter(|entry| !told.contains(entry.name.as_str())) {
        findings.push(told_at(code, "methods", format!("the artifact's method `{}` is missing", missing.name)));
    }
    Ok(Measured { usage: None, findings })
}

/// How the arguments differ from the columns of the signature, if they do.
fn arguments_differ(method: &Method, inputs: &[Feature]) -> Option<String> {
    let is_wide = inputs.len() > SEPARATE_ARGUMENTS;
    let expected: Vec<&str> = if is_wide { vec!["OBJECT"] } else { inputs.iter().map(Feature::sql_type).collect() };
    types_differ("arguments", &method.inputs, &expected)
}

fn types_differ(what: &str, found: &[Column], expected: &[&str]) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("expected {} {what}, found {}", expected.len(), found.len()));
    }
    let differs = found.iter().zip(expected).find(|(found, expected)| found.sql_type != **expected);
    differs.map(|(found, expected)| {
        let name = found.name.as_deref().unwrap_or_default();
        format!("`{name}` is {expected} in the signature, {} here", found.sql_type)
    })
}

/// How the answer differs from the columns of the method's outputs, if it does.
fn answer_differs(method: &Method, outputs: &[Feature]) -> Option<String> {
    let types: Vec<&str> = outputs.iter().map(Feature::sql_type).collect();
    if is_table(method) {
        return types_differ("columns of the answer", &method.outputs, &types);
    }
    match (method.outputs.as_slice(), outputs) {
        ([one], _) if one.sql_type == "OBJECT" => None,
        ([one], [only]) if only.is_returned_natively() && one.sql_type == only.sql_type() => None,
        ([one], _) => Some(format!("a function returns an OBJECT of {} values, found {}", types.len(), one.sql_type)),
        (several, _) => Some(format!("a function returns one value, found {}", several.len())),
    }
}

/// Whether every handler is there, is Python, and defines what the platform calls.
pub(super) fn handlers(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-handler";
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let mut findings = Vec::new();
    for method in &platform.methods {
        let Some(module) = module(method) else {
            let message = format!("expected a handler `functions.<module>.{HANDLER}`, found `{}`", method.handler);
            findings.push(told_at(code, of_method(method), message));
            continue;
        };
        let path = format!("functions/{module}.py");
        let in_file = |message: &str| Finding::error(code, message).in_file(&path);
        let Some(bytes) = subject.member(&path)? else {
            findings.push(in_file("the file is missing").hint("build the artifact again"));
            continue;
        };
        let Ok(text) = String::from_utf8(bytes) else {
            findings.push(in_file("the file is not UTF-8"));
            continue;
        };
        findings.extend(handler_problem(&text, is_table(method)).map(|(message, line)| match line {
            Some(line) => in_file(&message).on_line(line),
            None => in_file(&message),
        }));
    }
    Ok(Measured { usage: None, findings })
}

/// Why the platform cannot call a handler, and in which line.
fn handler_problem(text: &str, is_table: bool) -> Option<(String, Option<u64>)> {
    let script = python::read(text);
    if let Some(problem) = script.problem {
        return Some((problem.message, Some(problem.line)));
    }
    let is_class = script.classes.iter().any(|class| class == HANDLER);
    let function = script.functions.iter().rev().find(|function| function.name == HANDLER);
    match function {
        _ if is_table && is_class => None,
        _ if is_table => Some((format!("expected a class `{HANDLER}`: the platform makes one for a table"), None)),
        None => Some((format!("expected a function `{HANDLER}`"), None)),
        Some(function) if function.is_async => {
            Some((format!("`{HANDLER}` is async: the platform does not await it"), Some(function.line)))
        }
        Some(function) => {
            let required = function.parameters.iter().filter(|parameter| parameter.is_required()).count();
            let message = format!("`{HANDLER}` asks for {required} arguments: the platform gives it a batch of rows");
            (required != 1).then_some((message, Some(function.line)))
        }
    }
}

/// Whether every method takes something: the platform has no rows for a method without arguments.
pub(super) fn inputs(subject: &Subject<'_>) -> Result<Measured> {
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let empty = platform.methods.iter().filter(|method| method.inputs.is_empty());
    let finding = |method: &Method| told_at("snowflake-inputs", of_method(method), "the method has no inputs");
    Ok(Measured { usage: None, findings: empty.map(finding).collect() })
}

/// How many methods there are.
pub(super) fn count(subject: &Subject<'_>) -> Result<Measured> {
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let measured =
        subject.within("snowflake-method-count", platform.methods.len() as u64, "methods", Finding::error)?;
    let hint = "`--target-method` says which methods are offered";
    let findings = measured.findings.into_iter().map(|finding| finding.hint(hint)).collect();
    Ok(Measured { findings, ..measured })
}

/// How many arguments the method with the most has.
pub(super) fn arguments(subject: &Subject<'_>) -> Result<Measured> {
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let used = |method: &Method| method.inputs.len() as u64 + method.params.len() as u64;
    let most = platform.methods.iter().map(used).max().unwrap_or(0);
    // All inputs as separate arguments is no waste: at the limit nothing is wrong, and beyond it they are one OBJECT.
    let mut measured = subject.within("snowflake-arguments", most, "arguments", Finding::error)?;
    measured.findings.retain(|finding| finding.severity == crate::finding::Severity::Error);
    Ok(measured)
}

/// The types of functions and what goes with them.
pub(super) fn function_types(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-function-type";
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let mut findings = Vec::new();
    for method in &platform.methods {
        let place = of_method(method);
        if !matches!(method.function_type.as_str(), "FUNCTION" | "TABLE_FUNCTION") {
            let message = format!("expected the type FUNCTION or TABLE_FUNCTION, found `{}`", method.function_type);
            findings.push(told_at(code, &place, message));
        }
        let volatility = method.volatility.as_deref();
        if let Some(other) = volatility.filter(|known| !matches!(*known, "VOLATILE" | "IMMUTABLE")) {
            let message = format!("expected the volatility VOLATILE or IMMUTABLE, found `{other}`");
            findings.push(told_at(code, &place, message));
        }
        if volatility == Some("VOLATILE") {
            let message = "VOLATILE makes dynamic tables compute everything anew, and equal rows give equal answers";
            let finding = Finding::warning(code, message).in_file(super::MANIFEST_YML).at(&place);
            findings.push(finding.hint("leave the option `volatility` out"));
        }
        if is_table(method) && method.outputs.iter().any(|output| output.name.is_none()) {
            findings.push(told_at(
                code,
                &place,
                "a table function names the columns of its answer, and one has no name",
            ));
        }
        let partitioned = module(method)
            .is_some_and(|module| subject.artifact.manifest.registration.method(module).partitioned == Some(true));
        if partitioned && !is_table(method) {
            findings.push(told_at(code, &place, "a partitioned method is a TABLE_FUNCTION"));
        }
        if is_table(method) && platform.target_platforms.iter().any(|name| name != "WAREHOUSE") {
            let message = "a table function runs in a warehouse only, and another platform is asked for";
            findings.push(told_at(code, &place, message).hint("`--target-platform WAREHOUSE`"));
        }
    }
    Ok(Measured { usage: None, findings })
}
