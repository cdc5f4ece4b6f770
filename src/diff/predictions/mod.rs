//! The answers: the first artifact's sample, by column names, through the score modules of both.

mod align;
mod partitioned;
mod rows;

use std::collections::{BTreeMap, HashSet};

use super::{Context, OutputChange, aspect};
use crate::abi::{Abi, Block};
use crate::artifact::Artifact;
use crate::data::{Format, InputFields, Rows};
use crate::error::{Error, Result};
use crate::finding::{Finding, Outcome, Proof};
use crate::model::{Field, Task};
use crate::sandbox::Scorer;
use crate::verify::{ProofResult, Start, read_block};
use partitioned::Partitioned;
use rows::Answers;

const NAME: &str = "predictions";
/// Rows that are compared.
const MOST_ROWS: usize = 10_000;

/// Scores the sample with both and compares what comes out.
pub(super) fn compare(context: &mut Context<'_>) -> Result<ProofResult> {
    let (before, after) = (context.before, context.after);
    let Some(sample) = &before.manifest.sample else { return Ok(open("the first artifact stores no rows")) };
    let (Some(mut old), Some(mut new)) = (Runner::start(before, context.start)?, Runner::start(after, context.start)?)
    else {
        return Ok(open("an artifact has no score module"));
    };
    let document = before.read_listed(&sample.file)?;
    let records = rows::records(&document, MOST_ROWS).map_err(|error| error.in_file(&sample.file))?;
    if records.is_empty() {
        return Ok(open("the first artifact stores no rows"));
    }
    let (old_rows, _) = rows::read(&old, &records)?;
    let (new_rows, unread) = match rows::read(&new, &records) {
        Ok(read) => read,
        // The columns themselves do not fit: what changed in them is told already.
        Err(error) => return Ok(open(&format!("the sample does not fit the second artifact: {error}"))),
    };
    let known: HashSet<usize> = old_rows.rows.iter().copied().collect();
    let mut refused: BTreeMap<usize, Finding> =
        unread.iter().filter(|(row, _)| known.contains(row)).map(|(row, error)| (*row, refusal(*row, error))).collect();
    let mut findings = Vec::new();
    for method in &before.manifest.methods {
        let name = &method.name;
        if new.abi.method(name).is_none() || old.abi.method(name).is_none() {
            continue;
        }
        let (answers, others) = (rows::answers(&mut old, name, &old_rows)?, rows::answers(&mut new, name, &new_rows)?);
        for (row, error) in newly_refused(&answers, &others) {
            refused.entry(row).or_insert_with(|| refusal(row, error).at(format!("method `{name}`")));
        }
        let compared = compare_method(name, &answers, &others);
        findings.extend(compared.iter().filter_map(|change| difference(change, before.manifest.model.task)));
        context.predictions.extend(compared);
    }
    let what = format!("{} rows of the first artifact's sample", records.len());
    let refused = refused.into_values();
    Ok(aspect(NAME, &what, refused.chain(findings).collect()))
}

fn open(reason: &str) -> ProofResult {
    ProofResult { proof: Proof::new(NAME, Outcome::NotProven, reason), findings: Vec::new() }
}

/// An artifact ready to score.
struct Runner<'a> {
    scorer: Box<dyn Scorer + 'a>,
    abi: Abi,
    fields: Vec<Field>,
    fields_are_named: bool,
}

impl<'a> Runner<'a> {
    /// None where there is no score module.
    fn start(artifact: &'a Artifact, start: Start<'a>) -> Result<Option<Runner<'a>>> {
        let manifest = &artifact.manifest;
        let Some(entry) = &manifest.score_module else { return Ok(None) };
        if artifact.partitions.is_some() {
            let scorer = Partitioned::open(artifact, start)?;
            let (abi, fields) = (scorer.abi().clone(), scorer.fields());
            return Ok(Some(Runner { scorer: Box::new(scorer), abi, fields, fields_are_named: true }));
        }
        let scorer = start(&artifact.read_listed(&entry.file)?)?;
        let abi = scorer.abi().clone();
        let fields = manifest.fields(&abi)?;
        Ok(Some(Runner { scorer, abi, fields, fields_are_named: manifest.model.fields_are_named }))
    }

    /// Rows as JSON records.
    fn block(&self, json: &str) -> Result<Block> {
        let input = InputFields { fields: &self.fields, named: self.fields_are_named };
        read_block(Rows::open(json.as_bytes().to_vec(), "sample", Some(Format::Json), input, &self.abi)?, &self.abi)
    }
}

/// Breaking: a row that the first artifact answers is an error of the second.
fn refusal(row: usize, error: &Error) -> Finding {
    // Where a row was read on its own, its number says nothing; the column does.
    let column = error.place().and_then(|place| place.rsplit_once(", ").map(|(_, column)| column.to_owned()));
    let column = column.map(|column| format!(" ({column})")).unwrap_or_default();
    Finding::error("diff-row-refused", format!("row {row} of the sample is refused now: {error}{column}"))
}

/// The rows that the first answers and the second refuses, among those that both could read.
fn newly_refused<'a>(before: &Answers, after: &'a Answers) -> Vec<(usize, &'a Error)> {
    let answered: HashSet<usize> = before.rows.iter().copied().collect();
    after.refused.iter().filter(|(row, _)| answered.contains(row)).map(|(row, error)| (*row, error)).collect()
}

/// Every output that both methods have.
fn compare_method(method: &str, before: &Answers, after: &Answers) -> Vec<OutputChange> {
    let common = rows::common(&before.rows, &after.rows);
    let pairs = before.outputs.iter().filter_map(|output| {
        let other = after.outputs.iter().find(|other| other.name == output.name)?;
        align::compare(output, other, &common)
    });
    pairs.map(|change| OutputChange { method: method.to_owned(), ..change }).collect()
}

/// What differs, as a note: another model may answer otherwise.
fn difference(change: &OutputChange, task: Task) -> Option<Finding> {
    if change.rows_differing == 0 {
        return None;
    }
    let (rows, of) = (change.rows_differing, change.rows);
    let classes =
        matches!(task, Task::BinaryClassification | Task::MulticlassClassification | Task::MultilabelClassification);
    let output = &change.output;
    let message = match change.labels {
        true if classes && change.method == "predict" => format!("`{output}`: {rows} of {of} rows get another class"),
        true => format!("`{output}`: {rows} of {of} rows get another value"),
        false if change.largest_absolute == 0.0 => {
            format!("`{output}`: {rows} of {of} rows differ in what is infinite or missing")
        }
        false => format!(
            "`{output}`: {rows} of {of} rows differ, by at most {:.1e} (relative difference {:.1e})",
            change.largest_absolute, change.largest_relative
        ),
    };
    Some(Finding::note("diff-predictions", message).at(format!("method `{}`", change.method)))
}
