//! The rows that an artifact stores, and what they tell of the columns: the user's rows, or generated ones.

use serde_json::{Map, Value};

use super::build::BuildRequest;
use crate::abi::{Abi, Block, Column};
use crate::data::InputFields;
use crate::data::columns::ColumnPlan;
use crate::data::json::Json;
use crate::data::table::{Cells, Table, TableColumn};
use crate::data::write::json::push_row;
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::model::{DeclaredType, Field, Model, Signature, SignatureField};
use crate::sandbox::Scorer;
use crate::tensor::ElementType;
use crate::verify::compare::Recorded;
use crate::verify::rows::call_all;
use crate::verify::{self, generated_rows, nullability};

/// Rows of a generated sample: enough for every proof, few enough to read.
const GENERATED: usize = 20;

/// Values that an artifact stores of a sample: each is written, read and sent in five forms at every verification.
const MOST_VALUES: usize = 1 << 18;
/// Rows that are stored of the widest sample: two tell whether rows depend on each other.
const LEAST_ROWS: usize = 2;

/// Rows that an artifact stores at most of a table with so many columns.
pub fn most_rows(columns: usize) -> usize {
    (MOST_VALUES / columns.max(1)).max(LEAST_ROWS)
}

/// Rows for the model, as a table with its columns and as a block.
#[derive(Debug)]
pub struct Sample {
    /// The columns of the model, under its names and in its order.
    pub table: Table,
    /// The same rows as the score module takes them.
    pub block: Block,
    /// Whether they were generated.
    pub synthetic: bool,
}

/// The user's rows, or generated ones where there is a module to try them on.
pub fn take(
    request: &BuildRequest<'_>,
    model: &Model,
    scorer: Option<&mut (dyn Scorer + 'static)>,
) -> Result<Option<Sample>> {
    let Some(scorer) = scorer else { return Ok(None) };
    let abi = scorer.abi().clone();
    let input = InputFields { fields: &model.fields, named: model.fields_are_named };
    let Some(document) = &request.sample else { return generated(model, scorer).map(Some) };
    let all = Table::read(&document.bytes, &document.name, None, Some(input))?;
    let table = of_model(&all, model).map_err(|error| error.in_file(&document.name))?;
    let mut block = Block::new(&abi);
    for part in table.blocks(input, &abi).map_err(|error| error.in_file(&document.name))? {
        block.append(&part);
    }
    Ok(Some(Sample { table, block, synthetic: false }))
}

/// The model's columns out of a table: by name, by position where neither side has names.
pub(super) fn of_model(all: &Table, model: &Model) -> Result<Table> {
    let input = InputFields { fields: &model.fields, named: model.fields_are_named };
    let names: Vec<&str> = all.columns.iter().map(|column| column.name.as_str()).collect();
    let plan = ColumnPlan::of_names(&names, input)?;
    let mut of_fields: Vec<(usize, &TableColumn)> =
        plan.fields.into_iter().zip(&all.columns).filter_map(|(field, column)| Some((field?, column))).collect();
    of_fields.sort_unstable_by_key(|(field, _)| *field);
    let column = |(field, (_, column)): (&Field, (usize, &TableColumn))| TableColumn {
        name: field.name.clone(),
        cells: column.cells.clone(),
    };
    let columns = model.fields.iter().zip(of_fields).map(column).collect();
    Ok(Table { columns, rows: all.rows, notes: all.notes.clone() })
}

/// Generated rows that every method of the model accepts; fewer than wanted where most are refused.
pub(super) fn generated(model: &Model, scorer: &mut dyn Scorer) -> Result<Sample> {
    let abi = scorer.abi().clone();
    let block = generated_rows::accepted(model, scorer, most_rows(model.fields.len()).min(GENERATED));
    let places = abi.places(model.fields.len());
    let column = |(field, place): (&Field, _)| TableColumn { name: field.name.clone(), cells: cells(&block, place) };
    let columns = model.fields.iter().zip(places).map(column).collect();
    Ok(Sample { table: Table { columns, rows: block.rows, notes: Vec::new() }, block, synthetic: true })
}

/// One field of a block, of which it has the column `at` of an arena's rows.
fn cells(block: &Block, place: Option<(usize, usize)>) -> Cells {
    let number = |x: f64| (!x.is_nan()).then_some(x);
    let column = place.and_then(|(arena, at)| Some((block.columns.get(arena)?, at)));
    match column {
        Some((Column::F32 { width, items }, at)) => {
            Cells::Number(items.iter().skip(at).step_by(*width).map(|x| number(f64::from(*x))).collect())
        }
        Some((Column::F64 { width, items }, at)) => {
            Cells::Number(items.iter().skip(at).step_by(*width).map(|x| number(*x)).collect())
        }
        Some((column @ Column::Text { .. }, _)) => {
            Cells::Text((0..block.rows).map(|row| column.text(row).map(str::to_owned)).collect())
        }
        None => Cells::Number(vec![None; block.rows]),
    }
}

/// The rows of a table as records.
pub fn records(table: &Table) -> Result<Vec<Map<String, Value>>> {
    serde_json::from_str(&table.to_json_records()).map_err(|error| Error::internal(format!("records: {error}")))
}

/// The outputs of every method for some rows, as the score module gives them: method name to rows.
pub fn recorded(scorer: &mut dyn Scorer, rows: &Block) -> Result<Value> {
    let methods: Vec<String> = scorer.abi().methods.iter().map(|method| method.name.clone()).collect();
    let mut all = Map::new();
    for method in methods {
        let outputs = call_all(scorer, &method, rows)?;
        let mut list = Vec::with_capacity(rows.rows);
        for row in 0..rows.rows {
            let mut text = String::new();
            push_row(&mut text, &outputs, row);
            let value = serde_json::from_str(&text).map_err(|error| Error::internal(format!("outputs: {error}")))?;
            list.push(value);
        }
        all.insert(method, Value::Array(list));
    }
    Ok(Value::Object(all))
}

/// The framework's outputs for the first rows, as they are stored; none where none were given.
pub fn recorded_by_framework(request: &BuildRequest<'_>, abi: &Abi, rows: usize) -> Result<Option<Value>> {
    let Some(document) = &request.expected else { return Ok(None) };
    let read = verify::read_expected(document, request.method, abi);
    let expected = read.map_err(|error| error.in_file(&document.name))?;
    let first = |recorded: &Recorded| {
        (recorded.method.clone(), Value::Array(recorded.rows.iter().take(rows).map(json_value).collect()))
    };
    Ok(Some(Value::Object(expected.methods.iter().map(first).collect())))
}

/// A recorded value as it is stored; NaN and infinities are texts.
pub fn json_value(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Integer(value) => Value::from(*value),
        Json::Number(value) if value.is_nan() => Value::from("NaN"),
        Json::Number(value) if value.is_infinite() => Value::from(if *value > 0.0 { "Infinity" } else { "-Infinity" }),
        Json::Number(value) => Value::from(*value),
        Json::Text(text) => Value::from(text.as_str()),
        Json::List(items) => Value::Array(items.iter().map(json_value).collect()),
        Json::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), json_value(value))).collect())
        }
    }
}

/// The signature: the given one, or the model's with the types that the user's rows show.
pub fn signature(request: &BuildRequest<'_>, model: &Model, sample: Option<&Sample>) -> Result<Signature> {
    let mut signature = Signature::of_model(model);
    if let Some(given) = &request.signature {
        // Whether its columns fit was asked when the model was read; one that was not read has no columns of its own.
        given.check_declared()?;
        signature.inputs.clone_from(&given.inputs);
        if !given.outputs.is_empty() {
            signature.outputs.clone_from(&given.outputs);
        }
    }
    let with_statistics = request.sample_rows > 0;
    if let Some(sample) = sample.filter(|sample| !sample.synthetic) {
        for (field, column) in signature.inputs.iter_mut().zip(&sample.table.columns) {
            refine(field, &column.cells, request.signature.is_none(), with_statistics);
        }
    }
    if let Some(document) = &request.target_sample {
        let table = Table::read(&document.bytes, &document.name, None, None)?;
        if table.columns.len() != signature.outputs.len() {
            let message = format!("expected {} columns, found {}", signature.outputs.len(), table.columns.len());
            return Err(Error::malformed("column-count", message)
                .in_file(&document.name)
                .hint("the target sample holds what the model's first method returns, a column for each output"));
        }
        for (field, column) in signature.outputs.iter_mut().zip(&table.columns) {
            refine(field, &column.cells, false, with_statistics);
        }
    }
    Ok(signature)
}

/// Lets the signature say which missing values the module really takes. The model's reader knows some refusals, not
/// all; where it knows one that the module does not make, one of the two is wrong, and a warning names the columns.
pub fn probe_missing(
    signature: &mut Signature,
    sample: &Sample,
    scorer: &mut dyn Scorer,
    module_bytes: u64,
) -> Result<Option<Finding>> {
    let said: Vec<bool> = signature.inputs.iter().map(|field| field.nullable).collect();
    let Some(probed) = nullability::probe(scorer, &sample.block, &said, module_bytes)? else { return Ok(None) };
    let mut others = Vec::new();
    for (field, accepts) in signature.inputs.iter_mut().zip(&probed.accepts) {
        let accepts = accepts.unwrap_or(field.nullable);
        if accepts && !field.nullable {
            others.push(field.name.clone());
        }
        field.nullable = accepts;
    }
    Ok((!others.is_empty()).then(|| {
        let message = format!(
            "the model file tells that a missing value is refused in {}, and the module takes it",
            nullability::listed(&others)
        );
        Finding::warning("nullability", message)
            .hint("this is a defect in scorepack: please report it with the command and, if you can, the file")
    }))
}

/// Takes the type and the summary of a column from its values.
fn refine(field: &mut SignatureField, cells: &Cells, with_type: bool, with_statistics: bool) {
    let shown = match cells {
        Cells::Integer(_) => DeclaredType::Int64,
        Cells::Number(_) => DeclaredType::Float64,
        Cells::Bool(_) => DeclaredType::Bool,
        Cells::Text(_) => DeclaredType::String,
    };
    let element = if field.dtype == DeclaredType::String { ElementType::Text } else { ElementType::F64 };
    if with_type && field.dtype != DeclaredType::Category && shown.fits(element) {
        field.dtype = shown;
    }
    if with_statistics {
        field.statistics = Some(cells.statistics());
    }
}
