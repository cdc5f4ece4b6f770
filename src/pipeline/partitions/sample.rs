//! The rows that an artifact of partitions stores: the user's, each with the value of the column, or some generated for
//! each of the first partitions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::build::BuildRequest;
use super::super::sample::{self, Sample};
use super::compile::CompiledPartition;
use super::model_file;
use crate::abi::{Abi, Block};
use crate::artifact::Recorder;
use crate::data::{InputFields, Rows, Table};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::generate::SampleInput;
use crate::model::{Category, Field, Model, Signature};
use crate::partition::Reading;
use crate::pipeline::read;
use crate::sandbox::{CompiledModule, Instance};
use crate::tensor::ElementType;
use crate::verify::{self, Document};

/// What the rows tell.
pub struct Sampled {
    /// The rows to store.
    pub input: Option<SampleInput>,
    /// The signature of the models, without the column.
    pub signature: Signature,
    /// Where the first model and its module do not agree about missing values.
    pub disagreement: Option<Finding>,
}

/// Partitions of which rows are generated, and how many rows there are in all.
const GENERATED: usize = 20;

/// The user's rows, or generated ones.
pub fn take(
    request: &BuildRequest<'_>,
    model: &Model,
    column: &str,
    compiled: &[CompiledPartition],
    abi: &Abi,
) -> Result<Sampled> {
    let first = compiled.first().ok_or_else(|| Error::internal("no partition"))?;
    let mut scorer = start(first)?;
    let of_first = sample::generated(model, &mut scorer)?;
    let given = request.sample.as_ref().map(|document| given(document, model, column, compiled)).transpose()?;
    let mut signature = sample::signature(request, model, given.as_ref().map(|given| &given.sample))?;
    let disagreement = match request.signature {
        None => sample::probe_missing(&mut signature, &of_first, &mut scorer, first.wasm.len() as u64)?,
        Some(_) => None,
    };
    let input = match given {
        _ if request.sample_rows == 0 => None,
        Some(given) => Some(stored(request, given, column, compiled, abi)?),
        None => Some(generated(request, column, compiled, abi)?),
    };
    Ok(Sampled { input: input.filter(|input| !input.rows.is_empty()), signature, disagreement })
}

fn start(partition: &CompiledPartition) -> Result<Instance> {
    CompiledModule::new(&partition.wasm)?.instantiate()
}

/// Rows of the user's with the partition of each.
struct Given {
    sample: Sample,
    values: Vec<String>,
}

fn given(document: &Document, model: &Model, column: &str, compiled: &[CompiledPartition]) -> Result<Given> {
    let first = compiled.first().ok_or_else(|| Error::internal("no partition"))?;
    let abi = crate::sandbox::read_abi(&first.wasm)?;
    let reading = reading(model, column, compiled, &abi);
    let input = InputFields { fields: &reading.fields, named: true };
    let all = Table::read(&document.bytes, &document.name, None, Some(input))?;
    let table = sample::of_model(&all, model).map_err(|error| error.in_file(&document.name))?;
    let rows = Rows::open(document.bytes.clone(), &document.name, None, input, &reading.abi)?;
    let (block, groups) = reading.split(verify::read_block(rows, &reading.abi)?);
    let mut values = vec![String::new(); block.rows];
    for (value, rows) in groups {
        if !compiled.iter().any(|partition| partition.value == value) {
            let row = rows.first().copied().unwrap_or_default();
            return Err(Error::malformed("unknown-partition", format!("no partition is called `{value}`"))
                .at(format!("row {row}"))
                .in_file(&document.name));
        }
        rows.into_iter().for_each(|row| values[row].clone_from(&value));
    }
    Ok(Given { sample: Sample { table, block, synthetic: false }, values })
}

/// How rows are read before there is an artifact.
fn reading(model: &Model, column: &str, compiled: &[CompiledPartition], abi: &Abi) -> Reading {
    let integer = |value: &str| value.parse::<i64>().ok().filter(|integer| integer.to_string() == value);
    let integers: Option<Vec<i64>> = compiled.iter().map(|partition| integer(&partition.value)).collect();
    let categories = integers.map(|integers| integers.into_iter().map(Category::Integer).collect());
    let mut fields = model.fields.clone();
    fields.push(Field { name: column.to_owned(), element: ElementType::Text, nullable: false, categories });
    Reading::over(abi, fields)
}

/// The first of the user's rows, with the framework's outputs for them or with ours.
fn stored(
    request: &BuildRequest<'_>,
    given: Given,
    column: &str,
    compiled: &[CompiledPartition],
    abi: &Abi,
) -> Result<SampleInput> {
    let Given { sample, values } = given;
    let most = request.sample_rows.min(sample::most_rows(sample.table.columns.len()));
    let rows = sample.table.rows.min(most);
    let values = values.get(..rows).unwrap_or_default();
    let (expected, recorded_by) = match sample::recorded_by_framework(request, abi, rows)? {
        Some(expected) => (expected, Recorder::Framework),
        None => (recorded(&sample.block, values, compiled, abi)?, Recorder::Scorepack),
    };
    let mut records = sample::records(&sample.table.head(rows))?;
    for (record, value) in records.iter_mut().zip(values) {
        record.insert(column.to_owned(), Value::from(value.as_str()));
    }
    Ok(SampleInput { rows: records, expected, synthetic: false, recorded_by })
}

/// The outputs of every method for rows of any partitions.
fn recorded(block: &Block, values: &[String], compiled: &[CompiledPartition], abi: &Abi) -> Result<Value> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    values.iter().enumerate().for_each(|(row, value)| groups.entry(value).or_default().push(row));
    let empty = || vec![Value::Null; values.len()];
    let mut all: Vec<(String, Vec<Value>)> = abi.methods.iter().map(|method| (method.name.clone(), empty())).collect();
    for partition in compiled {
        let Some(rows) = groups.get(partition.value.as_str()) else { continue };
        let outputs = sample::recorded(&mut start(partition)?, &block.take_rows(rows))?;
        for (method, answers) in &mut all {
            let given = outputs.get(method.as_str()).and_then(Value::as_array).into_iter().flatten();
            rows.iter().zip(given).for_each(|(row, answer)| answers[*row] = answer.clone());
        }
    }
    Ok(Value::Object(all.into_iter().map(|(method, answers)| (method, Value::Array(answers))).collect()))
}

/// Some rows for each of the first partitions, generated from its model.
fn generated(
    request: &BuildRequest<'_>,
    column: &str,
    compiled: &[CompiledPartition],
    abi: &Abi,
) -> Result<SampleInput> {
    let partitions = compiled.len().min(request.sample_rows);
    let each = (request.sample_rows / partitions.max(1)).max(1);
    let (mut rows, mut expected) = (Vec::new(), Map::new());
    for partition in compiled.iter().take(partitions.min(GENERATED)) {
        let mut model = read(&model_file(partition)?)?;
        if let Some(signature) = &request.signature {
            model.rename(signature)?;
        }
        let mut scorer = start(partition)?;
        let Sample { table, block, .. } = sample::generated(&model, &mut scorer)?;
        let count = block.rows.min(each);
        let outputs = sample::recorded(&mut scorer, &block.take_rows(&(0..count).collect::<Vec<_>>()))?;
        for mut record in sample::records(&table.head(count))? {
            record.insert(column.to_owned(), Value::from(partition.value.as_str()));
            rows.push(record);
        }
        let offered = |method: &str| abi.method(method).is_some();
        for (method, answers) in outputs.as_object().into_iter().flatten().filter(|(method, _)| offered(method)) {
            let all = expected.entry(method.clone()).or_insert_with(|| Value::Array(Vec::new()));
            if let (Value::Array(all), Value::Array(answers)) = (all, answers) {
                all.extend(answers.iter().cloned());
            }
        }
    }
    Ok(SampleInput { rows, expected: Value::Object(expected), synthetic: true, recorded_by: Recorder::Scorepack })
}
