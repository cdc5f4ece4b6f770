//! What a method returned.

use super::OutputArena;
use crate::tensor::{Data, ElementType, Matrix, Pattern};

/// One output of a method for some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Number of rows.
    pub rows: usize,
    /// Elements per row; 0 for the leaves of no trees.
    pub width: usize,
    /// Whether a row is a list even when it has one element.
    pub list: bool,
    /// Names of the columns, where they mean something.
    pub columns: Vec<String>,
    /// The elements, row after row: all, or those that are stored.
    pub values: Values,
    /// Which elements are stored, of sparse rows.
    pub pattern: Option<Pattern>,
}

/// The elements of an output: never ranks.
pub type Values = Data;

impl Output {
    /// An output without rows.
    pub fn empty(arena: &OutputArena) -> Self {
        let values = match arena.element {
            ElementType::F32 => Data::F32(Vec::new()),
            ElementType::I64 => Data::I64(Vec::new()),
            ElementType::Bool => Data::Bool(Vec::new()),
            ElementType::Text => Data::Text(Vec::new()),
            _ => Data::F64(Vec::new()),
        };
        Output {
            name: arena.name.clone(),
            rows: 0,
            width: arena.width as usize,
            list: arena.list,
            columns: arena.columns.clone(),
            values,
            pattern: arena.sparse.map(|_| Pattern::default()),
        }
    }

    /// A text that is the same in every row.
    pub fn constant(name: &str, text: &str, rows: usize) -> Self {
        let values = Data::Text(vec![Some(text.to_owned()); rows]);
        Output { rows, values, ..Output::empty(&OutputArena::of_text(name)) }
    }

    /// The rows at `rows`, in that order, as a matrix.
    pub fn take_rows(&self, rows: &[usize]) -> Matrix {
        Matrix::of_rows(&self.values, self.pattern.as_ref(), self.width, rows)
    }

    /// The position in `values` of an element; none for the 0 of a sparse row that is not stored.
    pub fn position(&self, row: usize, column: usize) -> Option<usize> {
        let Some(pattern) = &self.pattern else { return Some(row * self.width + column) };
        let stored = pattern.row(row);
        let found = pattern.columns[stored.clone()].binary_search(&u32::try_from(column).ok()?);
        found.ok().map(|at| stored.start + at)
    }

    /// Appends the rows of another block of the same output.
    pub fn append(&mut self, more: Output) {
        self.rows += more.rows;
        self.values.append(more.values);
        if let (Some(pattern), Some(more)) = (&mut self.pattern, more.pattern) {
            pattern.append(&more);
        }
    }
}
