//! A scorer that sends every row to the model of its partition.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::reading::{Reading, in_order};
use super::unknown_partition;
use crate::abi::{Abi, Block, Output};
use crate::artifact::{Digest, PartitionIndex, sha256};
use crate::error::{Error, Result};
use crate::sandbox::{CompiledModule, Instance, Scorer};
use crate::wasm::take_apart;

/// Instances that a thread keeps: each holds the memory of its module.
const MOST_INSTANCES: usize = 64;

/// Gives the score module of a partition: compiled by this process, not taken from the artifact.
pub type Opener = Box<dyn Fn(&str) -> Result<Vec<u8>> + Send + Sync>;

/// The partitions that some row has asked for, shared by all threads.
pub struct Opened {
    reading: Reading,
    index: PartitionIndex,
    open: Opener,
    partitions: Mutex<HashMap<String, Arc<Partition>>>,
    modules: Mutex<HashMap<Digest, CompiledModule>>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("column", &self.index.column).finish_non_exhaustive()
    }
}

/// An open partition: the shell that it may share with others, and its data.
struct Partition {
    model_id: String,
    module: CompiledModule,
    shell: Digest,
    data: Vec<u8>,
}

impl Opened {
    /// Of the partitions of an index, none of which is open yet.
    pub fn new(reading: Reading, index: PartitionIndex, open: Opener) -> Self {
        Opened { reading, index, open, partitions: Mutex::default(), modules: Mutex::default() }
    }

    /// The contract under which rows are read and results are written.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    fn partition(&self, value: &str) -> Result<Arc<Partition>> {
        if let Some(partition) = self.partitions.lock().unwrap_or_else(PoisonError::into_inner).get(value) {
            return Ok(partition.clone());
        }
        let listed = self.index.partition(value).ok_or_else(|| unknown_partition(&self.index, value))?;
        let in_partition = |error: Error| error.at(format!("partition `{value}`"));
        let wasm = (self.open)(value).map_err(in_partition)?;
        // A shell is compiled to machine code once, however many partitions have it.
        let (shell, data) = take_apart(&wasm).unwrap_or((wasm, Vec::new()));
        let digest = sha256(&shell);
        let known = self.modules.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
        let module = match known {
            Some(module) => module,
            None => CompiledModule::new(&shell).map_err(in_partition)?,
        };
        self.modules.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, module.clone());
        let partition = Arc::new(Partition { model_id: listed.model_id.clone(), module, shell: digest, data });
        let mut partitions = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(partitions.entry(value.to_owned()).or_insert(partition).clone())
    }
}

/// An instance, and the partition whose data it holds.
struct Held {
    instance: Instance,
    value: String,
}

/// Scores blocks whose rows belong to any partitions; one per thread.
pub struct Routed {
    opened: Arc<Opened>,
    /// By shell and length of data: what has both differs in the data alone.
    instances: HashMap<(Digest, usize), Held>,
}

impl std::fmt::Debug for Routed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routed").field("opened", &self.opened).finish_non_exhaustive()
    }
}

impl Routed {
    /// A scorer without any instance yet.
    pub fn new(opened: Arc<Opened>) -> Self {
        Routed { opened, instances: HashMap::new() }
    }

    /// An instance that holds the data of a partition.
    fn instance(&mut self, value: &str, partition: &Partition) -> Result<&mut Instance> {
        let key = (partition.shell, partition.data.len());
        if !self.instances.contains_key(&key) {
            if self.instances.len() >= MOST_INSTANCES {
                self.instances.clear();
            }
            let mut instance = partition.module.instantiate()?;
            instance.write_data(&partition.data)?;
            self.instances.insert(key, Held { instance, value: value.to_owned() });
        }
        let held = self.instances.get_mut(&key).ok_or_else(|| Error::internal("no instance"))?;
        if held.value != value {
            held.instance.write_data(&partition.data)?;
            value.clone_into(&mut held.value);
        }
        Ok(&mut held.instance)
    }

    /// The results of some rows of one partition, and those rows; an error names the row of the whole block.
    fn score(
        &mut self,
        method: &str,
        block: &Block,
        value: &str,
        rows: &[usize],
        parts: &mut Vec<(Vec<usize>, Vec<Output>)>,
    ) -> Result<()> {
        let first = rows.first().copied().unwrap_or_default();
        let partition = self.opened.partition(value).map_err(|error| error.on_row(first))?;
        let column = self.opened.index.column.clone();
        let instance = self.instance(value, &partition)?;
        let most = (instance.abi().block_rows as usize).max(1);
        for rows in rows.chunks(most) {
            let outputs = instance.call(method, &block.take_rows(rows));
            let mut outputs = outputs.map_err(|mut error| match error.take_row().and_then(|row| rows.get(row)) {
                Some(row) => error.on_row(*row),
                None => error,
            })?;
            outputs.push(Output::constant(&column, value, rows.len()));
            outputs.push(Output::constant(super::MODEL_ID, &partition.model_id, rows.len()));
            parts.push((rows.to_vec(), outputs));
        }
        Ok(())
    }
}

impl Scorer for Routed {
    fn abi(&self) -> &Abi {
        &self.opened.reading.abi
    }

    fn call(&mut self, method: &str, block: &Block) -> Result<Vec<Output>> {
        let opened = self.opened.clone();
        let empty = match opened.reading.abi.method(method) {
            Some(method) => method.outputs.iter().map(Output::empty).collect(),
            None => return Err(Error::usage("unknown-method", format!("the models have no method `{method}`"))),
        };
        let (block, groups) = opened.reading.split(block.clone());
        // Rows are refused in their order, so the partitions are asked for first.
        let unknown = groups.iter().filter(|(value, _)| opened.index.partition(value).is_none());
        if let Some((value, rows)) = unknown.min_by_key(|(_, rows)| rows.first().copied()) {
            let error = unknown_partition(&opened.index, value);
            return Err(error.on_row(rows.first().copied().unwrap_or_default()));
        }
        let mut parts = Vec::new();
        for (value, rows) in &groups {
            self.score(method, &block, value, rows, &mut parts)?;
        }
        Ok(in_order(parts, empty))
    }
}
