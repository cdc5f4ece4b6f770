//! A table in memory with types inferred from its cells: samples of input and output, never predictions.

mod block;
mod infer;
mod read;
#[cfg(test)]
mod tests;

#[cfg(feature = "batch")]
pub(crate) use read::RawTable;

use super::Value;
use crate::model::Statistics;

/// Columns of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The columns in their order.
    pub columns: Vec<TableColumn>,
    /// Number of rows.
    pub rows: usize,
    /// What a person should know about how it was read.
    pub notes: Vec<String>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    /// Its name; `0`, `1`, … where the data has none.
    pub name: String,
    /// Its cells.
    pub cells: Cells,
}

/// The cells of a column, all of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Integers.
    Integer(Vec<Option<i64>>),
    /// Numbers; none of them NaN, which is missing.
    Number(Vec<Option<f64>>),
    /// True and false.
    Bool(Vec<Option<bool>>),
    /// Texts.
    Text(Vec<Option<String>>),
}

impl Cells {
    /// The type as NumPy and pandas call it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Cells::Integer(_) => "int64",
            Cells::Number(_) => "float64",
            Cells::Bool(_) => "bool",
            Cells::Text(_) => "string",
        }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Cells::Integer(cells) => cells.len(),
            Cells::Number(cells) => cells.len(),
            Cells::Bool(cells) => cells.len(),
            Cells::Text(cells) => cells.len(),
        }
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many cells are missing.
    pub fn missing(&self) -> usize {
        match self {
            Cells::Integer(cells) => cells.iter().filter(|cell| cell.is_none()).count(),
            Cells::Number(cells) => cells.iter().filter(|cell| cell.is_none()).count(),
            Cells::Bool(cells) => cells.iter().filter(|cell| cell.is_none()).count(),
            Cells::Text(cells) => cells.iter().filter(|cell| cell.is_none()).count(),
        }
    }

    /// What describes the column without its rows.
    pub fn statistics(&self) -> Statistics {
        let number = |row| match self.value(row) {
            Value::Integer(integer) => integer as f64,
            Value::Number(number) => number,
            _ => f64::NAN,
        };
        let text = |row| match self.value(row) {
            Value::Bool(true) => Some("True"),
            Value::Bool(false) => Some("False"),
            Value::Text(text) => Some(text),
            _ => None,
        };
        match self {
            Cells::Integer(_) | Cells::Number(_) => {
                Statistics::of_numbers(&(0..self.len()).map(number).collect::<Vec<_>>())
            }
            Cells::Bool(_) | Cells::Text(_) => Statistics::of_texts((0..self.len()).map(text)),
        }
    }

    /// One cell; past the end it is missing.
    pub fn value(&self, row: usize) -> Value<'_> {
        let value = match self {
            Cells::Integer(cells) => cells.get(row).copied().flatten().map(Value::Integer),
            Cells::Number(cells) => cells.get(row).copied().flatten().map(Value::Number),
            Cells::Bool(cells) => cells.get(row).copied().flatten().map(Value::Bool),
            Cells::Text(cells) => cells.get(row).and_then(Option::as_deref).map(Value::Text),
        };
        value.unwrap_or(Value::Missing)
    }

    /// Appends cells of the same type; others are left out.
    #[cfg(feature = "batch")]
    pub(crate) fn append(&mut self, more: Cells) {
        match (self, more) {
            (Cells::Integer(cells), Cells::Integer(more)) => cells.extend(more),
            (Cells::Number(cells), Cells::Number(more)) => cells.extend(more),
            (Cells::Bool(cells), Cells::Bool(more)) => cells.extend(more),
            (Cells::Text(cells), Cells::Text(more)) => cells.extend(more),
            _ => {}
        }
    }

    fn truncate(&mut self, rows: usize) {
        match self {
            Cells::Integer(cells) => cells.truncate(rows),
            Cells::Number(cells) => cells.truncate(rows),
            Cells::Bool(cells) => cells.truncate(rows),
            Cells::Text(cells) => cells.truncate(rows),
        }
    }
}

impl TableColumn {
    /// Whether a cell is missing.
    pub fn is_nullable(&self) -> bool {
        self.cells.missing() > 0
    }
}

impl Table {
    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The first rows.
    pub fn head(mut self, rows: usize) -> Table {
        self.columns.iter_mut().for_each(|column| column.cells.truncate(rows));
        self.rows = self.rows.min(rows);
        self
    }
}
