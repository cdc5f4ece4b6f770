//! Proof 4: the results equal the framework's own recorded outputs.

use super::compare::{self, Expected};
use super::rows::call_all;
use super::{Context, ProofResult};
use crate::abi::Block;
use crate::artifact::Recorder;
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof};

/// The proof's name.
pub const NAME: &str = "framework";
/// Differences told one by one; the rest are counted.
const SHOWN: usize = 5;

/// Compares every recorded method.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    if context.manifest.score_module.is_none() {
        let detail = "the artifact has no score module";
        return Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotProven, detail)));
    }
    let Some((rows, expected)) = recorded(context)? else {
        let detail = "nothing of the framework's to compare with: give `--expected` to build or verify";
        return Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotCompared, detail)));
    };
    let mut findings = Vec::new();
    let (mut values, mut largest) = (0, 0.0f64);
    for recorded in &expected.methods {
        let method = &recorded.method;
        let outputs = match call_all(context.scorer()?, method, &rows) {
            Ok(outputs) => outputs,
            Err(error) => {
                findings.push(Finding::from(&error.at(format!("method `{method}`"))));
                continue;
            }
        };
        let comparison = compare::compare(recorded, &outputs);
        values += comparison.value_count;
        largest = largest.max(comparison.largest_relative);
        findings.extend(comparison.differences.iter().take(SHOWN).map(|difference| {
            Finding::error("prediction-differs", difference.to_string()).at(format!("method `{method}`"))
        }));
        if comparison.difference_count > SHOWN as u64 {
            let message = format!("{} more values differ", comparison.difference_count - SHOWN as u64);
            findings.push(Finding::error("prediction-differs", message).at(format!("method `{method}`")));
        }
    }
    let methods = expected.methods.len();
    let detail = format!(
        "{values} values of {methods} {} over {} rows equal the framework's; largest relative difference {}",
        if methods == 1 { "method" } else { "methods" },
        rows.rows,
        if largest == 0.0 { "0".to_owned() } else { format!("{largest:.1e}") }
    );
    let detail = if findings.is_empty() { detail } else { "results differ from the framework's".to_owned() };
    Ok(ProofResult { proof: Proof::new(NAME, Outcome::Passed, detail), findings })
}

/// The rows and the framework's outputs for them: those given to this run, else those in the artifact.
fn recorded(context: &mut Context<'_>) -> Result<Option<(Block, Expected)>> {
    if let Some(expected) = context.expected.take() {
        return match context.data.clone().or(context.sample()?) {
            Some(rows) => Ok(Some((rows, expected))),
            None => Ok(None),
        };
    }
    let Some(entry) = context.manifest.sample.clone().filter(|entry| entry.recorded_by == Recorder::Framework) else {
        return Ok(None);
    };
    let expected = context.stored_outputs(&entry)?;
    Ok(context.sample()?.map(|rows| (rows, expected)))
}
