//! Every model of a run into its score module, on all cores; what an earlier build finished is taken from its state.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::contract::{Contract, left_out};
use super::discover::FoundModel;
use super::progress::{Finished, Progress};
use crate::artifact::{Digest, sha256};
use crate::compile::CompileOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Signature;
use crate::pipeline::{ModelFile, compile, read};

/// A partition with its module.
#[derive(Debug, Clone)]
pub struct CompiledPartition {
    /// The value of the column.
    pub value: String,
    /// The model file.
    pub found: FoundModel,
    /// Its digest and size.
    pub model: (Digest, u64),
    /// The score module.
    pub wasm: Vec<u8>,
    /// What it must have in common with the others.
    pub contract: Contract,
}

/// How models are compiled.
#[derive(Debug, Clone, Copy)]
pub struct CompileInput<'a> {
    /// The options.
    pub options: CompileOptions,
    /// Names and types of the columns, where the user gave some.
    pub signature: Option<&'a Signature>,
}

/// Compiles all, in the order of their values. Where some fail, the error names each of them.
pub fn compile_all(
    models: &BTreeMap<String, FoundModel>,
    input: CompileInput<'_>,
    progress: &Progress<'_>,
) -> Result<Vec<CompiledPartition>> {
    let models: Vec<(&String, &FoundModel)> = models.iter().collect();
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<CompiledPartition>>>> = models.iter().map(|_| Mutex::new(None)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(models.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut at = next.fetch_add(1, Ordering::Relaxed);
                while let Some(((value, found), slot)) = models.get(at).zip(results.get(at)) {
                    let made = compile_watched(value, found, input, progress);
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
                    at = next.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let (mut compiled, mut failed) = (Vec::new(), Vec::new());
    for ((value, _), slot) in models.iter().zip(results) {
        match slot.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Ok(partition)) => compiled.push(partition),
            Some(Err(error)) => failed.push(((*value).clone(), error)),
            None => return Err(Error::internal(format!("partition `{value}` was not compiled"))),
        }
    }
    if failed.is_empty() {
        failed = different(&compiled, progress)?;
    }
    if failed.is_empty() { Ok(compiled) } else { Err(all_failed(failed, models.len())) }
}

/// The partitions that do not agree with the first.
fn different(compiled: &[CompiledPartition], progress: &Progress<'_>) -> Result<Vec<(String, Error)>> {
    let Some(first) = compiled.first() else { return Ok(Vec::new()) };
    let left_out = left_out(compiled.iter().map(|partition| &partition.contract));
    let mut failed = Vec::new();
    for partition in compiled {
        if let Err(error) = partition.contract.check_same(&first.contract, &first.value, &left_out) {
            progress.failed(&partition.value, &error)?;
            failed.push((partition.value.clone(), error));
        }
    }
    Ok(failed)
}

/// Failures told one by one; the rest are only named.
const TOLD: usize = 20;

/// One error that names every partition that failed.
fn all_failed(failed: Vec<(String, Error)>, count: usize) -> Error {
    let mut told: Vec<String> = Vec::new();
    for (value, error) in failed.iter().take(TOLD) {
        let place = error.place().map(|place| format!(", at {place}")).unwrap_or_default();
        told.push(format!("`{value}`: [{}] {error}{place}", error.code()));
    }
    if failed.len() > TOLD {
        let rest: Vec<String> = failed.iter().skip(TOLD).map(|(value, _)| format!("`{value}`")).collect();
        told.push(format!("and {}", rest.join(", ")));
    }
    let message = format!("{} of {count} partitions cannot be packed: {}", failed.len(), told.join("; "));
    let advice = failed.iter().find_map(|(_, error)| error.advice()).map(str::to_owned);
    let error = Error::new(ErrorKind::Unsupported, "partition-failed", message);
    error.hint(advice.unwrap_or_else(|| "finished partitions are kept: the next build compiles the others only".into()))
}

fn compile_watched(
    value: &str,
    found: &FoundModel,
    input: CompileInput<'_>,
    progress: &Progress<'_>,
) -> Result<CompiledPartition> {
    progress.run(value)?;
    // A defect that one model brings to light is that partition's failure.
    let made = catch_unwind(AssertUnwindSafe(|| compile_one(value, found, input, progress)));
    let made = made.unwrap_or_else(|_| Err(Error::internal("a panic, whose message stands above")));
    match &made {
        Ok(partition) => {
            let (model, module) = (partition.model.0, sha256(&partition.wasm));
            progress.done(value, &partition.wasm, Finished { model, module, contract: partition.contract.clone() })?;
        }
        Err(error) => progress.failed(value, error)?,
    }
    made
}

fn compile_one(
    value: &str,
    found: &FoundModel,
    input: CompileInput<'_>,
    progress: &Progress<'_>,
) -> Result<CompiledPartition> {
    let file = ModelFile::open(&found.path)?;
    let model = (sha256(&file.bytes), file.bytes.len() as u64);
    let (wasm, contract) = match progress.reuse(value, model.0) {
        Some(finished) => finished,
        None => {
            let mut described = read(&file)?;
            if let Some(signature) = input.signature {
                described.rename(signature)?;
            }
            let module = compile(&described, input.options)?;
            let contract = Contract::of(&described, &module.abi);
            (module.wasm, contract)
        }
    };
    Ok(CompiledPartition { value: value.to_owned(), found: found.clone(), model, wasm, contract })
}
