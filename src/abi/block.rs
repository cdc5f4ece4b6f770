//! Rows on their way into a score module, in the layout of its input arenas.

use super::{Abi, InputArena};
use crate::tensor::{Data, ElementType, Matrix};

/// Some rows of input, one [`Column`] per input arena.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Number of rows.
    pub rows: usize,
    /// As many as the module has input arenas, in their order.
    pub columns: Vec<Column>,
}

/// The rows of one input arena.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Column {
    /// Row-major numbers.
    F32 { width: usize, items: Vec<f32> },
    /// Row-major numbers.
    F64 { width: usize, items: Vec<f64> },
    /// The end of every text in `bytes`, and whether it is there.
    Text { ends: Vec<u32>, bytes: String, present: Vec<bool> },
}

impl Block {
    /// An empty block for a module.
    pub fn new(abi: &Abi) -> Self {
        let column = |arena: &InputArena| match arena {
            InputArena::Matrix { element: ElementType::F32, fields, .. } => {
                Column::F32 { width: fields.len(), items: Vec::new() }
            }
            InputArena::Matrix { fields, .. } => Column::F64 { width: fields.len(), items: Vec::new() },
            InputArena::Text { .. } => Column::Text { ends: Vec::new(), bytes: String::new(), present: Vec::new() },
        };
        Block { rows: 0, columns: abi.inputs.iter().map(column).collect() }
    }

    /// Appends the rows of another block of the same module.
    pub fn append(&mut self, more: &Block) {
        self.rows += more.rows;
        for (column, more) in self.columns.iter_mut().zip(&more.columns) {
            column.append(more);
        }
    }

    /// The rows at `rows`, in that order; a row may come twice.
    pub fn take_rows(&self, rows: &[usize]) -> Block {
        let columns = self.columns.iter().map(|column| column.take_rows(rows)).collect();
        Block { rows: rows.len(), columns }
    }

    /// The values of some input fields, as the reference interpreter wants them.
    pub fn matrix(&self, abi: &Abi, fields: &[usize]) -> Matrix {
        let places = abi.places(fields.iter().max().map_or(0, |last| last + 1));
        let picked: Vec<(usize, usize)> = fields.iter().filter_map(|field| places[*field]).collect();
        let arena = picked.first().map_or(0, |place| place.0);
        let at = |width: usize| {
            let picked = &picked;
            (0..self.rows).flat_map(move |row| picked.iter().map(move |(_, column)| row * width + column))
        };
        let data = match &self.columns[arena] {
            Column::F32 { width, items } => Data::F32(at(*width).map(|i| items[i]).collect()),
            Column::F64 { width, items } => Data::F64(at(*width).map(|i| items[i]).collect()),
            column @ Column::Text { .. } => {
                Data::Text((0..self.rows).map(|row| column.text(row).map(str::to_owned)).collect())
            }
        };
        Matrix::new(self.rows, picked.len(), data)
    }
}

impl Column {
    /// The text in `row`, if this is a text column and it is there.
    pub fn text(&self, row: usize) -> Option<&str> {
        let Column::Text { ends, bytes, present } = self else { return None };
        let start = if row == 0 { 0 } else { ends[row - 1] as usize };
        present[row].then(|| &bytes[start..ends[row] as usize])
    }

    /// Appends a text, or its absence, to a text column.
    pub fn push_text(&mut self, text: Option<&str>) {
        if let Column::Text { ends, bytes, present } = self {
            bytes.push_str(text.unwrap_or(""));
            ends.push(bytes.len() as u32);
            present.push(text.is_some());
        }
    }

    fn append(&mut self, more: &Column) {
        match (self, more) {
            (Column::F32 { items, .. }, Column::F32 { items: more, .. }) => items.extend(more),
            (Column::F64 { items, .. }, Column::F64 { items: more, .. }) => items.extend(more),
            (
                Column::Text { ends, bytes, present },
                Column::Text { ends: more_ends, bytes: more, present: more_present },
            ) => {
                let start = bytes.len() as u32;
                ends.extend(more_ends.iter().map(|end| start + end));
                bytes.push_str(more);
                present.extend(more_present);
            }
            _ => {}
        }
    }

    fn take_rows(&self, rows: &[usize]) -> Column {
        match self {
            Column::F32 { width, items } => Column::F32 { width: *width, items: take(items, *width, rows) },
            Column::F64 { width, items } => Column::F64 { width: *width, items: take(items, *width, rows) },
            Column::Text { .. } => {
                let mut taken = Column::Text { ends: Vec::new(), bytes: String::new(), present: Vec::new() };
                rows.iter().for_each(|row| taken.push_text(self.text(*row)));
                taken
            }
        }
    }
}

fn take<T: Copy>(items: &[T], width: usize, rows: &[usize]) -> Vec<T> {
    let mut taken = Vec::with_capacity(rows.len() * width);
    rows.iter().for_each(|row| taken.extend_from_slice(&items[row * width..(row + 1) * width]));
    taken
}
