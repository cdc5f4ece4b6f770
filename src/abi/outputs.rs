//! What a method returned.

use super::OutputArena;
use crate::tensor::{Data, ElementType};

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
    /// The elements, row after row.
    pub values: Values,
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
        }
    }

    /// Appends the rows of another block of the same output.
    pub fn append(&mut self, more: Output) {
        self.rows += more.rows;
        match (&mut self.values, more.values) {
            (Data::F32(a), Data::F32(b)) => a.extend(b),
            (Data::F64(a), Data::F64(b)) => a.extend(b),
            (Data::I64(a), Data::I64(b)) => a.extend(b),
            (Data::Bool(a), Data::Bool(b)) => a.extend(b),
            (Data::Text(a), Data::Text(b)) => a.extend(b),
            _ => {}
        }
    }
}
