//! An artifact of partitions, ready to score: a partition is read and compiled when its first row comes.

use std::sync::Arc;

use crate::artifact::Artifact;
use crate::compile::{CompileOptions, compile};
use crate::error::{Error, Result};
use crate::framework::{self, Source};
use crate::partition::{MODEL_ID, Opened, Reading};

/// Opens an artifact; only its index is read, and the first partition for the contract that all share.
pub fn open(artifact: Artifact) -> Result<Opened> {
    let index = artifact.listed_partitions()?.clone();
    let compiled = artifact.manifest.score_module.as_ref().and_then(|module| module.compiled);
    let compiled = compiled.ok_or_else(|| {
        Error::unsupported("no-score-module", "the artifact does not say how its score modules were compiled")
    })?;
    let first = index.partitions.first().ok_or_else(|| Error::internal("no partition"))?;
    let abi = crate::sandbox::read_abi(&artifact.partition_module(first)?)?;
    let reading = Reading::new(&artifact.manifest, &index, &abi)?.with_outputs(&[&index.column, MODEL_ID]);
    let artifact = Arc::new(artifact);
    let known = index.clone();
    let open = move |value: &str| module(&artifact, &known, value, compiled.options);
    Ok(Opened::new(reading, index, Box::new(open)))
}

/// The module of a partition, compiled from its model rather than taken: what runs in this process is ours.
fn module(
    artifact: &Artifact,
    index: &crate::artifact::PartitionIndex,
    value: &str,
    options: CompileOptions,
) -> Result<Vec<u8>> {
    let partition = index.partition(value).ok_or_else(|| crate::partition::unknown_partition(index, value))?;
    let bytes = artifact.partition_model(partition)?;
    let model = framework::read(Source { name: &partition.model.path, bytes: &bytes })?;
    Ok(compile(&model, options)?.wasm)
}
