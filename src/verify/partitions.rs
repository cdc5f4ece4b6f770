//! The proofs of an artifact that holds a model for each value of a column: every proof of a model runs on every partition,
//! on all cores, and is told once for all of them.
//!
//! A partition without stored rows is run on rows generated from its model. A module whose bytes this process has compiled
//! again runs in this process, like any module of ours; every other one runs in a child.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::compare::Expected;
use super::{
    Context, PROOFS, Part, ProofKind, ProofResult, Questions, Start, digests, environment, recompile, signature,
};
use super::{generated_rows, is_content, read_block, read_expected};
use crate::abi::Block;
use crate::artifact::{Artifact, Digest, Partition, PartitionIndex, Recorder, SampleEntry, sha256};
use crate::data::{Format, InputFields, Rows};
use crate::error::{Error, Result};
use crate::finding::{Finding, Outcome, Proof, Severity};
use crate::limits;
use crate::partition::{Groups, Reading, unknown_partition};
use crate::sandbox::{CompiledModule, Scorer, read_abi};
use crate::wasm::take_apart;

/// Rows that are generated for a partition of which none are stored.
const GENERATED: usize = 20;

/// What all partitions share.
struct Shared<'a> {
    artifact: &'a Artifact,
    index: &'a PartitionIndex,
    start: Start<'a>,
    /// The rows that the artifact stores.
    stored: Option<Given>,
    /// The rows given to this run.
    data: Option<Given>,
    /// The framework's outputs given to this run, for `data` or else for `stored`.
    expected: Option<Expected>,
    /// Shells that this process compiled to machine code, by their digests.
    shells: Mutex<HashMap<Digest, CompiledModule>>,
}

/// Rows of several partitions, and what belongs to them.
struct Given {
    block: Block,
    groups: Groups,
    records: Vec<Value>,
    outputs: Option<Expected>,
}

/// What the proofs of a partition gave, one per kind, and how long a thousand rows took.
type Proven = (Vec<ProofResult>, Option<Duration>);

/// The proofs of a single model.
pub fn kinds() -> impl Iterator<Item = &'static ProofKind> {
    PROOFS.iter().filter(|kind| ![digests::NAME, environment::NAME, signature::NAME].contains(&kind.name))
}

/// Runs the proofs of every partition; gives one result per kind, in the order of [`kinds`].
pub fn prove(artifact: &Artifact, start: Start<'_>, questions: &mut Questions<'_>) -> Result<Proven> {
    let index = artifact.partitions.as_ref().ok_or_else(|| Error::internal("an artifact without partitions"))?;
    let shared = Shared::new(artifact, index, start, questions)?;
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Proven>>>> = index.partitions.iter().map(|_| Mutex::new(None)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(results.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut at = next.fetch_add(1, Ordering::Relaxed);
                while let Some((partition, slot)) = index.partitions.get(at).zip(results.get(at)) {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared.prove(partition));
                    at = next.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let mut by_kind: Vec<Vec<(&str, ProofResult)>> = kinds().map(|_| Vec::new()).collect();
    let mut slowest = None;
    for (partition, slot) in index.partitions.iter().zip(results) {
        let proven = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (proofs, time) = proven.ok_or_else(|| Error::internal("a partition was not looked at"))??;
        slowest = slowest.max(time);
        by_kind.iter_mut().zip(proofs).for_each(|(all, proof)| all.push((&partition.value, proof)));
    }
    Ok((kinds().zip(by_kind).map(|(kind, proofs)| together(kind.name, proofs)).collect(), slowest))
}

impl<'a> Shared<'a> {
    fn new(
        artifact: &'a Artifact,
        index: &'a PartitionIndex,
        start: Start<'a>,
        questions: &mut Questions<'_>,
    ) -> Result<Self> {
        let shells = Mutex::default();
        let mut shared = Shared { artifact, index, start, stored: None, data: None, expected: None, shells };
        let asked = questions.data.is_some() || questions.expected.is_some();
        let Some(first) = index.partitions.first().filter(|_| asked || artifact.manifest.sample.is_some()) else {
            return Ok(shared);
        };
        let abi = read_abi(&artifact.partition_module(first)?)?;
        let reading = Reading::new(&artifact.manifest, index, &abi)?;
        shared.stored = shared.stored(&reading)?;
        if let Some(document) = questions.data.take() {
            shared.data = Some(shared.given(&reading, document.bytes, &document.name, None)?);
        }
        if let Some(document) = questions.expected.take() {
            let read = read_expected(&document, questions.method, &abi);
            let expected = read.map_err(|error| error.in_file(&document.name))?;
            let rows = shared.data.as_ref().or(shared.stored.as_ref()).map_or(0, |given| given.block.rows);
            check_rows(&expected, rows).map_err(|error| error.in_file(&document.name))?;
            shared.expected = Some(expected);
        }
        Ok(shared)
    }

    /// The rows that the artifact stores, with their outputs.
    fn stored(&self, reading: &Reading) -> Result<Option<Given>> {
        let Some(entry) = &self.artifact.manifest.sample else { return Ok(None) };
        let read = |name: &str| self.artifact.store.read(name, limits::MEMBER_BYTES.value());
        let rows = read(&entry.file)?;
        let mut records: Vec<Value> = serde_json::from_slice(&rows)
            .map_err(|error| Error::malformed("sample", error.to_string()).in_file(&entry.file))?;
        for record in &mut records {
            record.as_object_mut().map(|record| record.shift_remove(&self.index.column));
        }
        let mut given = self.given(reading, rows, &entry.file, Some(Format::Json))?;
        let outputs = Expected::from_json(&read(&entry.expected_file)?)
            .and_then(|outputs| check_rows(&outputs, given.block.rows).map(|()| outputs));
        given.outputs = Some(outputs.map_err(|error| error.in_file(&entry.expected_file))?);
        given.records = records;
        Ok(Some(given))
    }

    /// Rows with the column, each of which must name a partition.
    fn given(&self, reading: &Reading, bytes: Vec<u8>, name: &str, format: Option<Format>) -> Result<Given> {
        let input = InputFields { fields: &reading.fields, named: true };
        let all = read_block(Rows::open(bytes, name, format, input, &reading.abi)?, &reading.abi)?;
        let (block, groups) = reading.split(all);
        let unknown = groups.iter().filter(|(value, _)| self.index.partition(value).is_none());
        match unknown.min_by_key(|(_, rows)| rows.first().copied()) {
            None => Ok(Given { block, groups, records: Vec::new(), outputs: None }),
            Some((value, rows)) => Err(unknown_partition(self.index, value)
                .at(format!("row {}", rows.first().copied().unwrap_or_default()))
                .in_file(name)),
        }
    }

    /// Every proof of one partition.
    fn prove(&self, partition: &Partition) -> Result<Proven> {
        let mut context = match self.context(partition) {
            Ok(context) => context,
            Err(error) if is_content(&error) => {
                return Ok((kinds().map(|kind| failed(kind.name, &error)).collect(), None));
            }
            Err(error) => return Err(error),
        };
        let mut proofs = Vec::new();
        for kind in kinds() {
            let result = match (kind.prove)(&mut context) {
                Err(error) if is_content(&error) => failed(kind.name, &error),
                result => result?,
            };
            if kind.name == recompile::NAME && result.proof.outcome == Outcome::Passed {
                context.scorer = Some(self.own(&context.wasm()?)?);
                self.fill(&mut context)?;
            }
            proofs.push(result);
        }
        Ok((proofs, context.thousand_rows))
    }

    /// The surroundings of a partition's proofs: those of an artifact that holds its model alone.
    fn context(&self, partition: &Partition) -> Result<Context<'a>> {
        let mut manifest = self.artifact.manifest.of_partition(partition);
        let mut part = Part::default();
        let value = &partition.value;
        let rows_of = |given: &Option<Given>| {
            given.as_ref().and_then(|given| given.groups.get(value).map(|rows| given.block.take_rows(rows)))
        };
        let stored = self.stored.as_ref().and_then(|given| Some((given, given.groups.get(value)?)));
        match stored {
            Some((given, rows)) => {
                part.records = rows.iter().filter_map(|row| given.records.get(*row).cloned()).collect();
                part.outputs = given.outputs.as_ref().map(|outputs| outputs.take_rows(rows));
            }
            None => manifest.sample = None,
        }
        let mut context = Context::new(self.artifact, manifest, self.start);
        context.wasm = Some(Rc::new(self.artifact.partition_module(partition)?));
        context.data = rows_of(&self.data);
        context.sample = Some(rows_of(&self.stored));
        let compared = self.data.as_ref().or(self.stored.as_ref()).and_then(|given| given.groups.get(value));
        context.expected = self.expected.as_ref().zip(compared).map(|(expected, rows)| expected.take_rows(rows));
        context.part = Some(part);
        Ok(context)
    }

    /// Rows for a partition of which none are stored: generated ones, and those of other partitions that its model takes,
    /// whose outputs are no longer the framework's.
    fn fill(&self, context: &mut Context<'_>) -> Result<()> {
        if context.sample()?.is_some() {
            return Ok(());
        }
        if let Some((stored, entry)) = self.stored.as_ref().zip(self.artifact.manifest.sample.clone()) {
            let rows = generated_rows::accepted_of(&stored.block, context.scorer()?, GENERATED);
            if !rows.is_empty() {
                let records = rows.iter().filter_map(|row| stored.records.get(*row).cloned()).collect();
                context.part = Some(Part { records, outputs: None });
                context.sample = Some(Some(stored.block.take_rows(&rows)));
                context.manifest.sample = Some(SampleEntry { recorded_by: Recorder::Scorepack, ..entry });
            }
        }
        if context.data.is_none() {
            let model = context.model()?;
            context.data = Some(generated_rows::accepted(&model, context.scorer()?, GENERATED));
        }
        Ok(())
    }

    /// A module that this process has compiled again, started here; machine code is made once for all that share a shell.
    fn own(&self, wasm: &[u8]) -> Result<Box<dyn Scorer>> {
        let Some((shell, data)) = take_apart(wasm) else {
            return Ok(Box::new(CompiledModule::new(wasm)?.instantiate()?));
        };
        let digest = sha256(&shell);
        let known = self.shells.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
        let module = match known {
            Some(module) => module,
            None => CompiledModule::new(&shell)?,
        };
        let mut instance = module.instantiate()?;
        instance.write_data(&data)?;
        let is_shared = self.index.modules.len() < self.index.partitions.len();
        if is_shared {
            self.shells.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, module);
        }
        Ok(Box::new(instance))
    }
}

/// As many rows of every method as there are rows.
fn check_rows(expected: &Expected, rows: usize) -> Result<()> {
    match expected.methods.iter().find(|recorded| recorded.rows.len() != rows) {
        None => Ok(()),
        Some(recorded) => {
            let message = format!("expected {rows} rows, found {}", recorded.rows.len());
            Err(Error::malformed("expected-outputs", message).at(format!("method `{}`", recorded.method)))
        }
    }
}

fn failed(name: &'static str, error: &Error) -> ProofResult {
    ProofResult { proof: Proof::new(name, Outcome::Failed, error.to_string()), findings: vec![Finding::from(error)] }
}

/// How much an outcome says against an artifact.
fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NotApplicable => 0,
        Outcome::Passed => 1,
        Outcome::NotCompared => 2,
        Outcome::NotProven => 3,
        Outcome::Failed => 4,
    }
}

/// Findings told of one proof; whoever reads more knows enough.
const MOST_FINDINGS: usize = 100;

/// One proof of all partitions: as good as that of the worst, which it names.
fn together(name: &'static str, proofs: Vec<(&str, ProofResult)>) -> ProofResult {
    let count = proofs.len();
    let has_error = |result: &ProofResult| result.findings.iter().any(|finding| finding.severity == Severity::Error);
    let outcome_of = |result: &ProofResult| if has_error(result) { Outcome::Failed } else { result.proof.outcome };
    let worst = proofs.iter().map(|(_, result)| outcome_of(result)).max_by_key(|outcome| weight(*outcome));
    let worst = worst.unwrap_or(Outcome::NotProven);
    let alike = proofs.iter().filter(|(_, result)| outcome_of(result) == worst).count();
    let first = proofs.iter().find(|(_, result)| outcome_of(result) == worst);
    let all_say = |detail: &str| proofs.iter().all(|(_, result)| result.proof.detail == detail);
    let detail = match first {
        Some((_, result)) if all_say(&result.proof.detail) => {
            format!("all {count} partitions: {}", result.proof.detail)
        }
        Some((value, result)) if alike == count => {
            format!("all {count} partitions, so `{value}`: {}", result.proof.detail)
        }
        Some((value, result)) => format!("{alike} of {count} partitions, so `{value}`: {}", result.proof.detail),
        None => "there are no partitions".to_owned(),
    };
    let mut findings = Vec::new();
    for (value, result) in proofs {
        for finding in result.findings.into_iter().take(MOST_FINDINGS.saturating_sub(findings.len())) {
            let inner = finding.place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
            findings.push(finding.at(format!("partition `{value}`{inner}")));
        }
    }
    ProofResult { proof: Proof::new(name, worst, detail), findings }
}
