//! The contract under which rows of all partitions are read, and the blocks of each partition.

use std::collections::BTreeMap;

use crate::abi::{Abi, Block, InputArena, Output, OutputArena};
use crate::artifact::{Manifest, PartitionIndex};
use crate::error::Result;
use crate::model::Field;

/// Rows of a block before it is split: so many that each of hundreds of partitions gets some.
const BLOCK_ROWS: u32 = 4096;
/// Bytes that the values of the column may take in a block.
const VALUES_BYTES: u32 = 4 << 20;

/// How rows of all partitions are read: as one partition takes them, with the column's value as one more text.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The contract of a partition with an arena for the column; it has no address, since no module sees it.
    pub abi: Abi,
    /// The model's fields, and the column as the last one.
    pub fields: Vec<Field>,
}

/// The rows of each value in a block, ascending.
pub type Groups = BTreeMap<String, Vec<usize>>;

impl Reading {
    /// From the contract of a partition, which all share but for addresses.
    pub fn new(manifest: &Manifest, index: &PartitionIndex, partition: &Abi) -> Result<Reading> {
        let mut fields = manifest.fields(partition)?;
        if let Some(column) = fields.last_mut() {
            (column.nullable, column.categories) = (false, Some(index.categories()));
        }
        let mut reading = Self::over(partition, fields);
        // What not all partitions offer alike is not offered.
        reading.abi.methods.retain(|method| manifest.method(&method.name).is_some());
        Ok(reading)
    }

    /// From the contract of a partition and all fields, of which the last is the column.
    pub fn over(partition: &Abi, fields: Vec<Field>) -> Reading {
        let mut abi = partition.clone();
        let field = fields.len().saturating_sub(1) as u32;
        let arena = InputArena::Text { field, offsets: 0, bytes: 0, capacity: VALUES_BYTES, validity: 0 };
        abi.inputs.push(arena);
        abi.block_rows = BLOCK_ROWS;
        Reading { abi, fields }
    }

    /// Adds outputs of text to every method: what stands beside each result.
    pub fn with_outputs(mut self, names: &[&str]) -> Reading {
        for method in &mut self.abi.methods {
            method.outputs.extend(names.iter().map(|name| OutputArena::of_text(name)));
        }
        self
    }

    /// A block as the partitions take it, and the rows of each value.
    pub fn split(&self, mut block: Block) -> (Block, Groups) {
        let mut groups = Groups::new();
        if let Some(values) = block.columns.pop() {
            for row in 0..block.rows {
                let value = values.text(row).unwrap_or_default();
                match groups.get_mut(value) {
                    Some(rows) => rows.push(row),
                    None => drop(groups.insert(value.to_owned(), vec![row])),
                }
            }
        }
        (block, groups)
    }
}

/// Results in the order of the rows, from those of some rows after the other.
pub fn in_order(parts: Vec<(Vec<usize>, Vec<Output>)>, empty: Vec<Output>) -> Vec<Output> {
    let rows: usize = parts.iter().map(|(rows, _)| rows.len()).sum();
    let mut positions = vec![0; rows];
    let mut all = empty;
    let mut next = 0;
    for (rows, outputs) in parts {
        for row in rows {
            if let Some(position) = positions.get_mut(row) {
                *position = next;
            }
            next += 1;
        }
        all.iter_mut().zip(outputs).for_each(|(all, more)| all.append(more));
    }
    for output in &mut all {
        let taken = output.take_rows(&positions);
        (output.values, output.pattern) = (taken.data, taken.pattern);
    }
    all
}
