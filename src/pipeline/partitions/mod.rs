//! A run of many models, one for each value of a column, into one artifact; and rows scored by the model of their value.

mod compile;
mod contract;
mod discover;
mod layout;
mod predict;
mod progress;
mod sample;

pub use discover::{Found, FoundModel, Wanted, discover};
pub(super) use predict::open;
pub use progress::{Counts, Status};

use serde_json::json;

use self::compile::{CompileInput, CompiledPartition, compile_all};
use self::progress::Progress;
use super::build::{BuildRequest, Built, described, finish, generate_input};
use crate::abi::CODEGEN;
use crate::artifact::{Engine, sha256};
use crate::compile::ScoreModule;
use crate::error::{Error, Result};
use crate::generate::{FileKind, generate};
use crate::model::{DeclaredType, SignatureField};
use crate::sandbox::read_abi;
use crate::target;

/// The models that go into one artifact.
pub struct PartitionRequest<'a> {
    /// The models.
    pub found: Found,
    /// The column whose value names the partition of a row.
    pub column: &'a str,
    /// Whether an artifact that stands at the target is replaced.
    pub overwrite: bool,
    /// Told whenever a partition changes its state.
    pub told: &'a (dyn Fn(&str, Status, Counts) + Sync),
}

impl std::fmt::Debug for PartitionRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartitionRequest").field("found", &self.found).finish_non_exhaustive()
    }
}

/// How many models an artifact holds, and how many modules they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// Partitions.
    pub partitions: usize,
    /// Modules: whole ones, and shells that several partitions share.
    pub modules: usize,
}

/// Makes an artifact of all models of a run and proves it; the request's file is the first model's.
pub fn build_partitions(
    request: BuildRequest<'_>,
    partitions: PartitionRequest<'_>,
    mut stage: impl FnMut(&'static str),
) -> Result<Built> {
    refuse(&request)?;
    super::refuse_existing(request.output, partitions.overwrite)?;
    stage("compiling");
    let progress =
        Progress::open(request.output, &options_line(&request)?, partitions.found.models.keys(), partitions.told)?;
    let input = CompileInput { options: request.options, signature: request.signature.as_ref() };
    let compiled = compile_all(&partitions.found.models, input, &progress)?;
    let first = compiled.first().ok_or_else(|| Error::internal("a run without partitions"))?;
    layout::check_column(partitions.column, &first.contract.signature.inputs)?;
    stage("sampling");
    let mut model = described(&request)?;
    let mut module = ScoreModule { wasm: first.wasm.clone(), abi: read_abi(&first.wasm)? };
    let left_out = contract::left_out(compiled.iter().map(|partition| &partition.contract));
    module.abi.methods.retain(|method| !left_out.contains(&method.name));
    let sampled = sample::take(&request, &model, partitions.column, &compiled, &module.abi)?;
    let mut signature = sampled.signature;
    compiled.iter().for_each(|partition| contract::join_categories(&mut signature, &partition.contract.signature));
    signature.inputs.push(SignatureField {
        description: Some("names the partition, whose model scores the row".into()),
        ..SignatureField::new(partitions.column, DeclaredType::Category)
    });
    let mut input = generate_input(&request, &model, Some(&module), None, signature, None)?;
    input.sample = sampled.input;
    input.notes.push(note(partitions.column, &partitions.found));
    let without = |method: &String| {
        format!("the method `{method}` is left out: its results have another number of columns in each partition")
    };
    let without: Vec<String> = left_out.iter().map(without).collect();
    input.notes.extend(without.iter().cloned());
    let laid_out = layout::lay_out(partitions.column, partitions.found.run_id.clone(), compiled)?;
    let packed = Packed { partitions: laid_out.index.partitions.len(), modules: laid_out.index.modules.len() };
    input.partitions = Some(laid_out);
    model.methods.retain(|method| !left_out.contains(&method.name));
    stage("generating");
    let generated = generate(input)?;
    let mut built = finish(&request, &generated, model, sampled.disagreement, &mut stage)?;
    built.module_bytes = Some(module.wasm.len());
    built.packed = Some(packed);
    built.report.notes.extend(without);
    if built.artifact.is_some() {
        progress.remove()?;
    }
    Ok(built)
}

/// What makes no sense for many models at once, each with its reason.
fn refuse(request: &BuildRequest<'_>) -> Result<()> {
    let refused = |message: &str, hint: &str| Err(Error::unsupported("partitions-option", message).hint(hint));
    if request.score_module.is_some() || request.no_score_module {
        let message = "every partition is compiled from its own model: one given score module cannot stand for all";
        return refused(message, "leave out `--score-module` and `--no-score-module`");
    }
    if request.identity.engine == Engine::Native {
        let message = "score.py loads one model file by its framework, and an artifact of partitions has many";
        return refused(
            message,
            "leave out `--engine native`: score.py then runs the score module of each row's partition",
        );
    }
    let target = target::find(&request.identity.target)?;
    target.check_registration(&request.registration)?;
    let layout = target.layout(request.registration.layout.as_deref())?;
    if !layout.files.contains(&FileKind::ScoreScript) {
        let message = format!(
            "the handlers that {} calls are functions of one score module, named in its own manifest: they cannot \
             choose a module by the value of a column",
            target.title
        );
        return refused(&message, "build for `--target oci`, or one artifact per partition");
    }
    Ok(())
}

/// The options that decide the bytes of modules, as a line: a state with another line is not gone on with.
fn options_line(request: &BuildRequest<'_>) -> Result<String> {
    let signature = serde_json::to_vec(&request.signature).map_err(|error| Error::internal(error.to_string()))?;
    let options = json!({
        "scorepack": env!("CARGO_PKG_VERSION"),
        "codegen": CODEGEN,
        "options": request.options,
        "signature": sha256(&signature),
    });
    Ok(options.to_string())
}

fn note(column: &str, found: &Found) -> String {
    let run = found.run_id.as_ref().map(|run_id| format!(" of the run `{run_id}`")).unwrap_or_default();
    format!(
        "the artifact holds {} models{run}: the value of the column `{column}` decides which one scores a row",
        found.models.len()
    )
}

/// A partition's model file, read again.
fn model_file(partition: &CompiledPartition) -> Result<super::ModelFile> {
    super::ModelFile::open(&partition.found.path)
}
