//! Proof 3: every method runs in the sandbox, and every row stands for itself.

use super::rows;
use super::{Context, ProofResult};
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof};

/// The proof's name.
pub const NAME: &str = "sandbox";

/// Runs every method on the sample, and on the rows given to this run.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    if context.manifest.score_module.is_none() {
        let detail = "the artifact has no score module";
        return Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotProven, detail)));
    }
    let blocks: Vec<_> = context.sample()?.into_iter().chain(context.data.clone()).collect();
    let methods: Vec<String> = context.scorer()?.abi().methods.iter().map(|method| method.name.clone()).collect();
    let mut findings = Vec::new();
    for method in &methods {
        for block in &blocks {
            match rows::check(context.scorer()?, method, block) {
                Ok(None) => {}
                Ok(Some(message)) => {
                    findings.push(Finding::error("rows-disagree", message).at(format!("method `{method}`")));
                }
                Err(error) => findings.push(Finding::from(&error.at(format!("method `{method}`")))),
            }
        }
    }
    let count: usize = blocks.iter().map(|block| block.rows).sum();
    let (proof, detail) = match count {
        _ if !findings.is_empty() => (Outcome::Failed, "a method refuses rows, or its results disagree".to_owned()),
        0 => (Outcome::NotProven, "no rows to run: the artifact stores none".to_owned()),
        _ => (
            Outcome::Passed,
            format!("{} on {count} rows: batch, single rows, reversed and empty agree", words(methods.len(), "method")),
        ),
    };
    Ok(ProofResult { proof: Proof::new(NAME, proof, detail), findings })
}

/// `1 method`, `2 methods`.
pub(super) fn words(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
