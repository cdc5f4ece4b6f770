//! Proof 5: the sample goes through every form in which rows reach the model on its platform without losing a digit, and
//! so do the results.

use serde_json::{Value, json};

use super::compare::{Expected, compare};
use super::rows::{call_all, same_blocks};
use super::{Context, ProofResult};
use crate::abi::{Block, Output};
use crate::data::Format;
use crate::data::write::json::push_row;
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof};
use crate::target::{self, PayloadForm};

/// The proof's name.
pub const NAME: &str = "payload";

/// Sends the stored rows through each form and compares what arrives, bit for bit.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    let Some((entry, rows)) = context.manifest.sample.clone().zip(context.sample()?) else {
        let detail = "no rows to send: the artifact stores none";
        return Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotProven, detail)));
    };
    if context.manifest.score_module.is_none() {
        let detail = "the artifact has no score module";
        return Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotProven, detail)));
    }
    let records = context.records(&entry)?;
    let forms: Vec<(&str, Value)> = target::find(&context.manifest.artifact.target)?
        .payload_forms
        .iter()
        .map(|form| (form.name(), sent_as(*form, &records)))
        .collect();
    let mut findings = Vec::new();
    for (name, payload) in &forms {
        match read(context, payload) {
            Ok(arrived) if same_blocks(&arrived, &rows) => {}
            Ok(_) => findings.push(Finding::error("payload-differs", format!("rows sent as {name} arrive changed"))),
            Err(error) => findings.push(Finding::from(&error.at(format!("payload form {name}")))),
        }
    }
    let methods: Vec<String> = context.scorer()?.abi().methods.iter().map(|method| method.name.clone()).collect();
    for method in &methods {
        let outputs = call_all(context.scorer()?, method, &rows)?;
        let answer = answer(method, &outputs);
        let read = Expected::from_json(answer.as_bytes());
        let comparison = read.map(|expected| expected.method(method).map(|recorded| compare(recorded, &outputs)));
        match comparison {
            Ok(Some(comparison)) if comparison.agrees() && comparison.largest_relative == 0.0 => {}
            Ok(_) => {
                let message = format!("the answer of `{method}` loses digits as JSON");
                findings.push(Finding::error("payload-differs", message));
            }
            Err(error) => findings.push(Finding::from(&error.at(format!("answer of `{method}`")))),
        }
    }
    if !findings.is_empty() {
        let detail = "rows or answers change on their way through JSON";
        return Ok(ProofResult { proof: Proof::new(NAME, Outcome::Failed, detail), findings });
    }
    let names: Vec<&str> = forms.iter().map(|(name, _)| *name).collect();
    let detail = format!("{} rows survive as {}; answers lose no digit", rows.rows, names.join(", "));
    Ok(ProofResult { proof: Proof::new(NAME, Outcome::Passed, detail), findings })
}

/// The endpoint's answer as `predict --method all` writes it.
fn answer(method: &str, outputs: &[Output]) -> String {
    let rows = outputs.first().map_or(0, |output| output.rows);
    let mut text = format!("{{{}: [", json!(method));
    for row in 0..rows {
        if row > 0 {
            text.push(',');
        }
        push_row(&mut text, outputs, row);
    }
    text + "]}"
}

fn read(context: &mut Context<'_>, payload: &Value) -> Result<Block> {
    context.block(&payload.to_string().into_bytes(), Some(Format::Json), "payload")
}

/// Rows in one of the forms of a payload.
fn sent_as(form: PayloadForm, records: &Value) -> Value {
    let empty = Vec::new();
    let rows = records.as_array().unwrap_or(&empty);
    let columns: Vec<&String> =
        rows.first().and_then(Value::as_object).map(|row| row.keys().collect()).unwrap_or_default();
    let cell = |row: &Value, column: &str| row.get(column).cloned().unwrap_or(Value::Null);
    let list = |row: &Value| Value::Array(columns.iter().map(|column| cell(row, column)).collect());
    let lists = || rows.iter().map(list).collect::<Vec<Value>>();
    let by_column = |column: &str| Value::Array(rows.iter().map(|row| cell(row, column)).collect());
    match form {
        PayloadForm::Records => records.clone(),
        PayloadForm::Split => json!({"columns": columns, "data": lists()}),
        PayloadForm::Columns => columns.iter().map(|column| ((*column).clone(), by_column(column))).collect(),
        PayloadForm::Lists => Value::Array(lists()),
        PayloadForm::Data => json!({"data": records, "data_type": "list"}),
    }
}
