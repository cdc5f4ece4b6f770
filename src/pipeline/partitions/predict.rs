//! An artifact of partitions, ready to score: a partition is read and compiled when its first row comes.

use std::sync::Arc;

use crate::artifact::{Artifact, Partition};
use crate::compile::{CompileOptions, compile};
use crate::error::{Error, Result};
use crate::framework::{self, Source};
use crate::partition::{MODEL_ID, Opened, Reading};

/// Opens an artifact; only its index is read, and the first partition for the contract that all share.
pub fn open(artifact: Artifact) -> Result<Opened> {
    let index = artifact.listed_partitions()?;
    let compiled = artifact.manifest.score_module.as_ref().and_then(|module| module.compiled);
    let compiled = compiled.ok_or_else(|| {
        Error::unsupported("no-score-module", "the artifact does not say how its score modules were compiled")
    })?;
    let first = index.partitions.first().ok_or_else(|| Error::internal("no partition"))?;
    let abi = crate::sandbox::read_abi(&artifact.partition_module(first)?)?;
    let reading = Reading::new(&artifact.manifest, index, &abi)?.with_outputs(&[&index.column, MODEL_ID]);
    let artifact = Arc::new(artifact);
    let known = artifact.clone();
    let open = move |partition: &Partition, methods: &[String]| module(&known, partition, methods, compiled.options);
    Ok(Opened::new(reading, artifact, Box::new(open)))
}

/// The module of a partition, compiled from its model rather than taken: what runs in this process is ours, and it has
/// the methods only that are called.
fn module(artifact: &Artifact, partition: &Partition, methods: &[String], options: CompileOptions) -> Result<Vec<u8>> {
    let bytes = artifact.partition_model(partition)?;
    let mut model = framework::read(Source { name: &partition.model.path, bytes: &bytes })?;
    model.methods.retain(|method| methods.contains(&method.name));
    Ok(compile(&model, options)?.wasm)
}
