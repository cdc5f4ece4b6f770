//! The models of an artifact of partitions as one scorer: each row goes to a child that runs its partition's module.

use std::collections::HashMap;

use crate::abi::{Abi, Block, Output};
use crate::artifact::{Artifact, PartitionIndex};
use crate::error::{Error, Result};
use crate::model::Field;
use crate::partition::{Reading, in_order, unknown_partition};
use crate::sandbox::{Scorer, read_abi};
use crate::verify::Start;
use crate::verify::rows::call_all;

/// The models, each started when its first row comes.
pub struct Partitioned<'a> {
    artifact: &'a Artifact,
    index: &'a PartitionIndex,
    reading: Reading,
    start: Start<'a>,
    scorers: HashMap<String, Box<dyn Scorer>>,
}

impl<'a> Partitioned<'a> {
    /// Reads the contract that all share from the first partition.
    pub fn open(artifact: &'a Artifact, start: Start<'a>) -> Result<Self> {
        let index = artifact.listed_partitions()?;
        let first = index.partitions.first().ok_or_else(|| Error::internal("no partition"))?;
        let reading = Reading::new(&artifact.manifest, index, &read_abi(&artifact.partition_module(first)?)?)?;
        Ok(Partitioned { artifact, index, reading, start, scorers: HashMap::new() })
    }

    /// The fields of the models, and the column.
    pub fn fields(&self) -> Vec<Field> {
        self.reading.fields.clone()
    }

    fn scorer(&mut self, value: &str) -> Result<&mut (dyn Scorer + 'static)> {
        if !self.scorers.contains_key(value) {
            let partition = self.index.partition(value).ok_or_else(|| unknown_partition(self.index, value))?;
            let scorer = (self.start)(&self.artifact.partition_module(partition)?)?;
            self.scorers.insert(value.to_owned(), scorer);
        }
        match self.scorers.get_mut(value) {
            Some(scorer) => Ok(scorer.as_mut()),
            None => Err(Error::internal("no scorer")),
        }
    }
}

impl Scorer for Partitioned<'_> {
    fn abi(&self) -> &Abi {
        &self.reading.abi
    }

    fn call(&mut self, method: &str, block: &Block) -> Result<Vec<Output>> {
        let empty = match self.reading.abi.method(method) {
            Some(method) => method.outputs.iter().map(Output::empty).collect(),
            None => return Err(Error::usage("unknown-method", format!("the models have no method `{method}`"))),
        };
        let (block, groups) = self.reading.split(block.clone());
        let mut parts = Vec::new();
        for (value, rows) in groups {
            let outputs = self.scorer(&value).and_then(|scorer| call_all(scorer, method, &block.take_rows(&rows)));
            // The rows are few and their numbers are told one by one: the first of the partition stands for it.
            parts.push((
                rows.clone(),
                outputs.map_err(|error| error.on_row(rows.first().copied().unwrap_or_default()))?,
            ));
        }
        Ok(in_order(parts, empty))
    }
}
