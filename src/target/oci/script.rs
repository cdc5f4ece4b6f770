//! Tests of score.py: that the service can import it and call its functions.

use super::super::introspection::{Evidence, Verdict};
use super::super::python::{Function, Parameter, ParameterKind};
use crate::error::Result;
use crate::finding::Finding;

/// An error in score.py, at a line where one is known.
fn error(code: &'static str, message: impl Into<String>, line: u64) -> Vec<Finding> {
    vec![Finding::error(code, message).in_file("score.py").on_line(line)]
}

pub(super) fn syntax(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(source) = &evidence.score_py else { return Ok(Verdict::Absent) };
    if let Err(error) = source {
        return Ok(Verdict::Failed(vec![
            Finding { code: "oci-score-syntax".into(), ..Finding::from(error) }.in_file("score.py"),
        ]));
    }
    let problem = evidence.script().and_then(|script| script.problem.as_ref());
    Ok(problem.map_or(Verdict::PASSED, |problem| {
        Verdict::Failed(error("oci-score-syntax", problem.message.clone(), problem.line))
    }))
}

/// A function of score.py: none where the file cannot be read.
fn function<'a>(evidence: &'a Evidence<'_>, name: &str) -> Option<Option<&'a Function>> {
    let script = evidence.script().filter(|script| script.problem.is_none())?;
    Some(script.function(name))
}

fn defined(evidence: &Evidence<'_>, code: &'static str, name: &str) -> Verdict {
    match function(evidence, name) {
        None => Verdict::Absent,
        Some(None) => {
            let message = format!("`{name}` is not defined at the top of the file");
            Verdict::Failed(vec![Finding::error(code, message).in_file("score.py")])
        }
        Some(Some(function)) if function.is_async => {
            Verdict::Failed(error(code, format!("`{name}` is async: the service does not await it"), function.line))
        }
        Some(Some(_)) => Verdict::PASSED,
    }
}

pub(super) fn load_model(evidence: &Evidence<'_>) -> Result<Verdict> {
    Ok(defined(evidence, "oci-load-model", "load_model"))
}

pub(super) fn predict(evidence: &Evidence<'_>) -> Result<Verdict> {
    Ok(defined(evidence, "oci-predict", "predict"))
}

/// The service looks at parameters that can be given either way, and at no others.
fn is_seen(parameter: &&Parameter) -> bool {
    parameter.kind == ParameterKind::Either
}

pub(super) fn predict_data(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(Some(function)) = function(evidence, "predict") else { return Ok(Verdict::Absent) };
    let first = function.parameters.iter().find(is_seen);
    if first.is_some_and(|first| first.name == "data") {
        return Ok(Verdict::PASSED);
    }
    let found = first.map_or("none that can be given by name".to_owned(), |first| format!("`{}`", first.name));
    let message = format!("expected `data` as the first argument of `predict`, found {found}");
    Ok(Verdict::Failed(error("oci-predict-data", message, function.line)))
}

/// The service counts: one default value less than arguments.
pub(super) fn predict_arguments(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(Some(function)) = function(evidence, "predict") else { return Ok(Verdict::Absent) };
    let by_place = |parameter: &&Parameter| is_seen(parameter) || parameter.kind == ParameterKind::PositionOnly;
    let defaults = function.parameters.iter().filter(by_place).filter(|parameter| parameter.default.is_some()).count();
    let arguments = function.parameters.iter().filter(is_seen).count();
    if arguments == 0 {
        return Ok(Verdict::Absent);
    }
    if defaults + 1 == arguments {
        return Ok(Verdict::PASSED);
    }
    let asked = function.parameters.iter().filter(by_place).find(|p| p.name != "data" && p.is_required());
    let message = match asked {
        Some(parameter) => {
            format!("`predict` asks for `{}`: every argument but `data` needs a default value", parameter.name)
        }
        None => "`data` has a default value: the service wants it to be the one argument without".to_owned(),
    };
    Ok(Verdict::Failed(error("oci-predict-arguments", message, function.line)))
}

pub(super) fn predict_call(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(Some(function)) = function(evidence, "predict") else { return Ok(Verdict::Absent) };
    let mut findings = Vec::new();
    let mut wrong = |message: String| findings.extend(error("oci-predict-call", message, function.line));
    if function.parameters.is_empty() {
        wrong("`predict` takes no argument: the service gives it the request".into());
    }
    for parameter in &function.parameters {
        match parameter.kind {
            ParameterKind::PositionOnly => {
                wrong(format!("`{}` can be given by position only: the service gives it by its name", parameter.name));
            }
            ParameterKind::KeywordOnly if parameter.is_required() => {
                wrong(format!("`predict` asks for `{}`, which the service does not give", parameter.name));
            }
            _ => {}
        }
    }
    Ok(Verdict::of(findings))
}

pub(super) fn load_model_value(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(Some(function)) = function(evidence, "load_model") else { return Ok(Verdict::Absent) };
    let mut findings = Vec::new();
    let mut wrong = |message: String| findings.extend(error("oci-load-model-value", message, function.line));
    for parameter in function.parameters.iter().filter(|parameter| parameter.is_required()) {
        wrong(format!("`load_model` asks for `{}`: the service calls it without arguments", parameter.name));
    }
    if !function.gives_value {
        wrong("`load_model` returns nothing: no `return` in it has a value but `None`".into());
    }
    Ok(Verdict::of(findings))
}
