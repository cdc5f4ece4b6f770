//! One row after another into a block.

use super::InputFields;
use super::cells::{TextForm, python_float};
use super::value::{Value, spelled_number};
use crate::abi::{Abi, Block, Column, InputArena};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Field;
use crate::tensor::ElementType;

/// Whether a row went into the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// It did.
    Row,
    /// A text column is full: the same row must be given again to the next block.
    Full,
}

/// Where a field's values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Number {
        arena: usize,
        column: usize,
    },
    Text {
        arena: usize,
        capacity: usize,
        form: TextForm,
    },
    /// No method needs the field.
    Unused {
        text: bool,
    },
}

/// Puts values into blocks by field.
#[derive(Debug, Clone)]
pub struct Filler {
    slots: Vec<Slot>,
    names: Vec<String>,
    nullable: Vec<bool>,
    full: bool,
}

impl Filler {
    /// A filler for the blocks of a module.
    pub fn new(input: InputFields<'_>, abi: &Abi) -> Filler {
        let places = abi.places(input.fields.len());
        let slot = |(field, place): (&Field, Option<(usize, usize)>)| {
            let Some((arena, column)) = place else { return Slot::Unused { text: field.element == ElementType::Text } };
            match &abi.inputs[arena] {
                InputArena::Matrix { .. } => Slot::Number { arena, column },
                InputArena::Text { capacity, .. } => {
                    Slot::Text { arena, capacity: *capacity as usize, form: TextForm::of(field) }
                }
            }
        };
        Filler {
            slots: input.fields.iter().zip(places).map(slot).collect(),
            names: input.fields.iter().map(|field| field.name.clone()).collect(),
            nullable: input.fields.iter().map(|field| field.nullable).collect(),
            full: false,
        }
    }

    /// Whether a field takes text.
    pub fn is_text(&self, field: usize) -> bool {
        matches!(self.slots[field], Slot::Text { .. } | Slot::Unused { text: true })
    }

    /// Begins a row; its numbers are missing until they are set.
    pub fn begin(&mut self, block: &mut Block) {
        self.full = false;
        for column in &mut block.columns {
            match column {
                Column::F32 { width, items } => items.resize(items.len() + *width, f32::NAN),
                Column::F64 { width, items } => items.resize(items.len() + *width, f64::NAN),
                Column::Text { .. } => {}
            }
        }
    }

    /// Sets a number; NaN is missing.
    #[inline]
    pub fn number(&self, block: &mut Block, field: usize, number: f64) -> Result<()> {
        if number.is_nan() && !self.nullable[field] {
            return Err(self.missing(field));
        }
        if let Slot::Number { arena, column } = self.slots[field] {
            match &mut block.columns[arena] {
                Column::F32 { width, items } => {
                    let at = items.len() - *width + column;
                    items[at] = number as f32;
                }
                Column::F64 { width, items } => {
                    let at = items.len() - *width + column;
                    items[at] = number;
                }
                Column::Text { .. } => {}
            }
        }
        Ok(())
    }

    /// Sets a text, once per row.
    pub fn text(&mut self, block: &mut Block, field: usize, text: Option<&str>) -> Result<()> {
        if text.is_none() && !self.nullable[field] {
            return Err(self.missing(field));
        }
        let Slot::Text { arena, capacity, form } = self.slots[field] else { return Ok(()) };
        let rewritten = text.and_then(|text| form.rewrite(text));
        let text = rewritten.as_deref().or(text);
        let length = text.map_or(0, str::len);
        let Column::Text { bytes, .. } = &block.columns[arena] else { return Ok(()) };
        if length > capacity - bytes.len().min(capacity) {
            if block.rows == 0 {
                return Err(self.too_long(field, length, capacity));
            }
            self.full = true;
            return Ok(());
        }
        block.columns[arena].push_text(text);
        Ok(())
    }

    /// Sets a typed value: a number becomes the text that Python's `str` gives, text never a number.
    pub fn value(&mut self, block: &mut Block, field: usize, value: Value<'_>) -> Result<()> {
        if self.is_text(field) {
            return match value {
                Value::Missing => self.text(block, field, None),
                Value::Number(number) if number.is_nan() => self.text(block, field, None),
                Value::Bool(value) => self.text(block, field, Some(if value { "True" } else { "False" })),
                Value::Integer(integer) => self.text(block, field, Some(&integer.to_string())),
                Value::Number(number) => self.text(block, field, Some(&python_float(number))),
                Value::Text(text) => self.text(block, field, Some(text)),
            };
        }
        let number = match value {
            Value::Missing => f64::NAN,
            Value::Bool(value) => f64::from(u8::from(value)),
            Value::Integer(integer) => integer as f64,
            Value::Number(number) => number,
            Value::Text(text) => spelled_number(text).ok_or_else(|| self.not_a_number(field, &value.show()))?,
        };
        self.number(block, field, number)
    }

    /// Something that is no number where one is needed.
    pub fn not_a_number(&self, field: usize, found: &str) -> Error {
        Error::malformed("not-a-number", format!("expected a number, found {found}")).at(self.place(field))
    }

    /// Ends a row, or takes it back where a text did not fit.
    pub fn end(&mut self, block: &mut Block) -> Filled {
        if self.full {
            take_back(block);
            return Filled::Full;
        }
        block.rows += 1;
        Filled::Row
    }

    fn missing(&self, field: usize) -> Error {
        Error::malformed("missing-value", "expected a value, found none: the model takes no missing values here")
            .at(self.place(field))
    }

    fn too_long(&self, field: usize, length: usize, capacity: usize) -> Error {
        let message = format!("a text of {length} bytes exceeds the score module's {capacity}");
        Error::new(ErrorKind::Limit, "text-too-long", message)
            .hint("build the artifact with a larger `--max-text-bytes`")
            .at(self.place(field))
    }

    /// How messages name a field.
    pub fn place(&self, field: usize) -> String {
        format!("column `{}`", self.names[field])
    }
}

/// Removes everything after the last whole row.
fn take_back(block: &mut Block) {
    let rows = block.rows;
    for column in &mut block.columns {
        match column {
            Column::F32 { width, items } => items.truncate(rows * *width),
            Column::F64 { width, items } => items.truncate(rows * *width),
            Column::Text { ends, bytes, present } => {
                ends.truncate(rows);
                present.truncate(rows);
                bytes.truncate(ends.last().map_or(0, |end| *end as usize));
            }
        }
    }
}

/// Empties a block for the next rows; what it has allocated stays.
pub fn clear(block: &mut Block) {
    block.rows = 0;
    take_back(block);
}
