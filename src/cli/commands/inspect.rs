//! `inspect`: what a model file holds.

use std::fmt::Write;

use serde::Serialize;

use super::supported;
use crate::artifact::{Digest, MethodEntry, OutputEntry, sha256};
use crate::cli::args::{InspectArgs, InspectFormat};
use crate::cli::output::{DIM, HEADING, Output};
use crate::error::{Error, Result};
use crate::model::{Estimator, Framework, Model, Signature, SignatureField, Task};
use crate::pipeline::{self, ModelFile};
use crate::report::{bytes, escape, escape_json};

/// The JSON form.
#[derive(Serialize)]
struct Inspection<'a> {
    file: &'a str,
    size_bytes: u64,
    sha256: Digest,
    framework: &'a Framework,
    encoding: &'a str,
    task: Task,
    estimator: &'a Estimator,
    inputs_are_named: bool,
    inputs: Vec<SignatureField>,
    methods: Vec<MethodEntry>,
    score_module_bytes: usize,
    imports: &'a [String],
    notes: &'a [String],
}

/// Runs the command.
pub fn run(args: &InspectArgs, output: &Output) -> Result<u8> {
    let Some(path) = &args.file else {
        return supported::run(args.supported.as_deref(), args.output_format, output);
    };
    let file = ModelFile::open(path)?;
    let model = pipeline::read(&file)?;
    let module = pipeline::compile(&model, Default::default()).map_err(|error| error.in_file(&file.name))?;
    let inspection = Inspection {
        file: &file.name,
        size_bytes: file.bytes.len() as u64,
        sha256: sha256(&file.bytes),
        framework: &model.framework,
        encoding: &model.encoding,
        task: model.task,
        estimator: &model.estimator,
        inputs_are_named: model.fields_are_named,
        inputs: Signature::of_model(&model).inputs,
        methods: module.abi.methods.iter().map(MethodEntry::from).collect(),
        score_module_bytes: module.wasm.len(),
        imports: &model.imports,
        notes: &model.notes,
    };
    match args.output_format {
        InspectFormat::Json => {
            let text = serde_json::to_string_pretty(&inspection).map_err(|error| Error::internal(error.to_string()))?;
            output.data((escape_json(&text) + "\n").as_bytes())?;
        }
        InspectFormat::Text => output.text(&text(&inspection, &model, output.is_verbose()))?,
    }
    Ok(0)
}

/// Columns and imports shown without `-v`.
const SHOWN: usize = 20;

fn text(inspection: &Inspection<'_>, model: &Model, verbose: bool) -> String {
    let mut out = String::new();
    let version = model.framework.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "{HEADING}{}{HEADING:#}: {}{version}, {}, {}",
        escape(inspection.file),
        inspection.framework.name,
        escape(inspection.encoding),
        bytes(inspection.size_bytes)
    );
    let _ = writeln!(out, "  {DIM}sha256:{}{DIM:#}", inspection.sha256);
    let _ = writeln!(out, "{HEADING}task{HEADING:#}  {}", task_name(inspection.task));
    let _ = writeln!(out, "{HEADING}estimator{HEADING:#}");
    estimator(&mut out, inspection.estimator, 1, verbose);
    let named = if inspection.inputs_are_named { "" } else { ", not named in the file" };
    let _ = writeln!(out, "{HEADING}inputs{HEADING:#}  {}{named}", inspection.inputs.len());
    list(&mut out, &inspection.inputs, verbose, input_line);
    let module = bytes(inspection.score_module_bytes as u64);
    let _ = writeln!(out, "{HEADING}methods{HEADING:#}  compiled to a score module of {module}");
    for method in &inspection.methods {
        let outputs: Vec<String> = method.outputs.iter().map(output_words).collect();
        let _ = writeln!(out, "  {:<18} {}", method.name, outputs.join("; "));
    }
    if !inspection.imports.is_empty() {
        let count = inspection.imports.len();
        let _ = writeln!(out, "{HEADING}imports{HEADING:#}  {count} that Python runs when it loads this file");
        list(&mut out, inspection.imports, verbose, |import| escape(import));
    }
    for note in inspection.notes {
        let _ = writeln!(out, "{HEADING}note{HEADING:#}  {}", escape(note));
    }
    out
}

fn list<T>(out: &mut String, items: &[T], verbose: bool, line: impl Fn(&T) -> String) {
    let shown = if verbose { items.len() } else { items.len().min(SHOWN) };
    for item in &items[..shown] {
        let _ = writeln!(out, "  {}", line(item));
    }
    if shown < items.len() {
        let _ = writeln!(out, "  {DIM}and {} more (-v lists them){DIM:#}", items.len() - shown);
    }
}

/// `multiclass classification` from the task's JSON name.
pub fn task_name(task: Task) -> String {
    serde_json::to_value(task).ok().and_then(|value| Some(value.as_str()?.replace('_', " "))).unwrap_or_default()
}

fn input_line(field: &SignatureField) -> String {
    let nullable = if field.nullable { ", may be missing" } else { "" };
    let categories = field.categories.as_ref().map(|c| format!(", {} categories", c.len())).unwrap_or_default();
    format!("{:<24} {}{categories}{nullable}", escape(&field.name), field.dtype.name())
}

fn output_words(output: &OutputEntry) -> String {
    let sparse = if output.sparse { ", sparse" } else { "" };
    let width = if output.list { format!(" × {}{sparse}", output.width) } else { String::new() };
    let columns = match output.columns.as_slice() {
        [] => String::new(),
        columns if columns.len() <= 8 => format!(" ({})", escape(&columns.join(", "))),
        columns => format!(" ({}, … {} in all)", escape(&columns[..8].join(", ")), columns.len()),
    };
    format!("{} {}{width}{columns}", output.name, output.dtype.name())
}

fn estimator(out: &mut String, node: &Estimator, depth: usize, verbose: bool) {
    let indent = "  ".repeat(depth);
    let name = if node.name.is_empty() { String::new() } else { format!("{}: ", escape(&node.name)) };
    let _ = writeln!(out, "{indent}{name}{}", escape(&node.class));
    let shown = |value: &serde_json::Value| verbose || !value.is_null();
    let settings: Vec<String> = node
        .hyperparameters
        .iter()
        .filter(|(_, value)| shown(value))
        .map(|(key, value)| format!("{}={}", escape(key), escape(&short(value))))
        .collect();
    if !settings.is_empty() {
        let _ = writeln!(out, "{indent}  {DIM}{}{DIM:#}", settings.join(" "));
    }
    node.steps.iter().for_each(|step| estimator(out, step, depth + 1, verbose));
}

/// A value on one line; long ones are cut.
fn short(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() > 40 { text.chars().take(37).chain("...".chars()).collect() } else { text }
}
