//! A table out of any format, read whole under the limits of documents.

use super::{Cells, Table, TableColumn, infer};
use crate::data::cells::TextForm;
use crate::data::columns::ColumnPlan;
use crate::data::csv::{Records, header};
use crate::data::json::{Json, JsonTable, Lines};
use crate::data::{Format, InputFields, npy};
use crate::error::{Error, Result};
use crate::limits;
use crate::tensor::ElementType;

/// A column before its type is known.
enum RawColumn {
    Texts(Vec<Option<String>>),
    Json(Vec<Option<Json>>),
    #[cfg(feature = "batch")]
    Typed(Cells),
}

/// Columns before their types are known.
pub struct RawTable {
    names: Option<Vec<String>>,
    /// Which column is which field, where reading has found out.
    plan: Option<ColumnPlan>,
    columns: Vec<RawColumn>,
    rows: usize,
}

impl Table {
    /// Reads a table called `name` in messages; without a format, the content decides. What the model takes, if given,
    /// decides which columns hold text, and names columns that have no names.
    pub fn read(bytes: &[u8], name: &str, format: Option<Format>, input: Option<InputFields<'_>>) -> Result<Table> {
        let read = || {
            limits::DATA_BYTES.check_len(bytes.len())?;
            let format = format.map_or_else(|| Format::of(bytes), Ok)?;
            let raw = match format {
                Format::Csv => of_csv(bytes, input)?,
                Format::Json => of_document(JsonTable::read(bytes)?),
                Format::JsonLines => of_document(json_lines(bytes)?),
                Format::Npy => of_document(npy::table(bytes)?),
                #[cfg(feature = "batch")]
                Format::Parquet => crate::data::parquet::table(bytes)?,
                #[cfg(not(feature = "batch"))]
                Format::Parquet => return Err(crate::data::rows::no_parquet()),
            };
            raw.typed(input)
        };
        read().map_err(|error: Error| error.in_file(name))
    }
}

impl RawTable {
    /// A table whose cells have their types.
    #[cfg(feature = "batch")]
    pub fn of_cells(names: Vec<String>, columns: Vec<Cells>) -> RawTable {
        let rows = columns.first().map_or(0, Cells::len);
        RawTable { names: Some(names), columns: columns.into_iter().map(RawColumn::Typed).collect(), plan: None, rows }
    }

    /// Gives every column its name and type.
    fn typed(self, input: Option<InputFields<'_>>) -> Result<Table> {
        let count = self.columns.len();
        let mut names = self.names.clone().unwrap_or_else(|| (0..count).map(|column| column.to_string()).collect());
        let (mut is_text, mut notes) = (vec![false; count], Vec::new());
        if let Some(input) = input {
            let plan = match (self.plan, &self.names) {
                (Some(plan), _) => plan,
                (None, Some(names)) => ColumnPlan::of_names(names, input)?,
                (None, None) if count == 0 => ColumnPlan { fields: Vec::new(), notes: Vec::new() },
                (None, None) => ColumnPlan::by_position(count, input, "the data names no columns")?,
            };
            for (column, field) in plan.fields.iter().enumerate() {
                let Some(field) = field.and_then(|field| input.fields.get(field)) else { continue };
                names[column].clone_from(&field.name);
                is_text[column] = field.element == ElementType::Text && TextForm::of(field) == TextForm::Plain;
            }
            notes = plan.notes;
        }
        let columns = self.columns.into_iter().zip(names).zip(is_text).map(|((raw, name), is_text)| {
            let cells = raw.typed(is_text).map_err(|error| error.at(format!("column `{name}`")))?;
            Ok(TableColumn { name, cells })
        });
        Ok(Table { columns: columns.collect::<Result<_>>()?, rows: self.rows, notes })
    }
}

impl RawColumn {
    fn typed(self, is_text: bool) -> Result<Cells> {
        match self {
            RawColumn::Texts(texts) if is_text => Ok(Cells::Text(texts)),
            RawColumn::Texts(texts) => Ok(infer::of_texts(texts)),
            RawColumn::Json(cells) => infer::of_json(cells, is_text),
            #[cfg(feature = "batch")]
            RawColumn::Typed(cells) => Ok(cells),
        }
    }
}

/// The rows of a document as columns.
fn of_document(document: JsonTable) -> RawTable {
    let width = document.names.as_ref().map_or_else(|| document.rows.first().map_or(0, Vec::len), Vec::len);
    let rows = document.rows.len();
    let mut columns: Vec<Vec<Option<Json>>> = (0..width).map(|_| Vec::with_capacity(rows)).collect();
    for row in document.rows {
        columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
    }
    RawTable { names: document.names, columns: columns.into_iter().map(RawColumn::Json).collect(), plan: None, rows }
}

fn json_lines(bytes: &[u8]) -> Result<JsonTable> {
    let (mut lines, mut items) = (Lines::new(Box::new(std::io::Cursor::new(bytes.to_vec()))), Vec::new());
    while let Some(item) = lines.next_value()? {
        limits::DATA_ROWS.check_len(items.len() + 1)?;
        items.push(item);
    }
    JsonTable::of_list(items)
}

fn of_csv(bytes: &[u8], input: Option<InputFields<'_>>) -> Result<RawTable> {
    let mut records = Records::new(bytes);
    if !records.advance()? {
        return Err(Error::malformed("empty-data", "the CSV data is empty: expected a header and rows"));
    }
    let width = records.len();
    let first = header::names(&records)?;
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); width];
    let (plan, has_header) = match input {
        Some(input) => header::columns(&records, input).map(|(plan, has_header)| (Some(plan), has_header))?,
        None => (None, header::is_header(&records)?),
    };
    let (mut rows, mut more) = (0, if has_header { records.advance()? } else { true });
    while more {
        if records.len() != width {
            let message = format!("expected {width} cells, found {}", records.len());
            return Err(Error::malformed("csv-ragged", message).at(records.place()));
        }
        rows += 1;
        limits::DATA_ROWS.check_len(rows)?;
        for (i, column) in columns.iter_mut().enumerate() {
            let cell = records.cell(i);
            let is_missing = cell.bytes.is_empty() && !cell.quoted;
            let text = || records.text(i).map_err(|error| error.at(records.place()));
            column.push(if is_missing { None } else { Some(text()?.into_owned()) });
        }
        more = records.advance()?;
    }
    if let [column] = columns.as_mut_slice()
        && !input.is_some_and(|input| matches!(input.fields, [field] if field.element == ElementType::Text))
    {
        empty_is_missing(column);
    }
    let columns = columns.into_iter().map(RawColumn::Texts).collect();
    Ok(RawTable { names: has_header.then_some(first), plan, columns, rows })
}

/// In a file of one column an empty line is no row: a missing number stands there as `""`, as an empty text does.
fn empty_is_missing(column: &mut [Option<String>]) {
    if column.iter().flatten().all(|cell| cell.is_empty() || cell.trim().parse::<f64>().is_ok()) {
        column.iter_mut().filter(|cell| cell.as_ref().is_some_and(String::is_empty)).for_each(|cell| *cell = None);
    }
}
