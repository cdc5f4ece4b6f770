//! Proof 3: every method runs in the sandbox, and every row stands for itself.

use std::time::{Duration, Instant};

use super::rows;
use super::{Context, ProofResult};
use crate::abi::Block;
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
    if findings.is_empty() {
        context.thousand_rows = slowest(context, &methods, &blocks)?;
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

/// Calls whose fastest counts: the others were disturbed.
const TIMED_CALLS: u32 = 3;

/// How long the slowest method takes for a thousand rows, from the first block that has rows.
fn slowest(context: &mut Context<'_>, methods: &[String], blocks: &[Block]) -> Result<Option<Duration>> {
    let Some(block) = blocks.iter().find(|block| block.rows > 0) else { return Ok(None) };
    let mut slowest = Duration::ZERO;
    for method in methods {
        let mut fastest = Duration::MAX;
        for _ in 0..TIMED_CALLS {
            let start = Instant::now();
            rows::call_all(context.scorer()?, method, block)?;
            fastest = fastest.min(start.elapsed());
        }
        slowest = slowest.max(fastest);
    }
    let rows = u32::try_from(block.rows).unwrap_or(u32::MAX);
    Ok(Some(slowest.saturating_mul(1000) / rows.max(1)))
}

/// `1 method`, `2 methods`.
pub(super) fn words(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
