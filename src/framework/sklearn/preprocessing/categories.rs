//! The categories that an encoder learnt of a column, and where a value stands among them.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Values};
use super::super::version::version;
use crate::encoding::array::{Cell, Kind};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::model::Category;
use crate::ops::number_lookup::NumberLookup;
use crate::ops::take::Take;
use crate::ops::text_lookup::TextLookup;
use crate::tensor::{Data, Matrix};

/// Integers beyond it are not all numbers of f64.
const LARGEST_EXACT_INTEGER: i64 = 1 << 53;

/// What stands for a value that is none of the categories.
pub const UNKNOWN: i64 = -1;

/// The categories of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnCategories {
    /// All of them; `None` is the missing value (NaN or `None`).
    pub categories: Vec<Option<Category>>,
    /// What get_feature_names_out appends for each.
    pub suffixes: Vec<String>,
    kind: ColumnKind,
    /// Whether infinity is refused: the encoder saw a column of numbers, not of objects.
    checks_numbers: bool,
}

/// What a column of categories holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnKind {
    Text,
    Number,
}

/// The categories in `categories_`, column by column.
pub fn read(encoder: Fitted<'_>, n_columns: usize) -> Result<Vec<ColumnCategories>> {
    // Snowpark ML keeps them by name, and beside that as a list.
    let list = match encoder.present("_categories_list") {
        Some(list) => list,
        None => encoder.attribute("categories_")?,
    };
    let columns = list.items()?;
    if columns.len() != n_columns {
        return Err(list.error(format!("expected the categories of {n_columns} columns, found {}", columns.len())));
    }
    columns.into_iter().map(ColumnCategories::read).collect()
}

impl ColumnCategories {
    fn read(view: Fitted<'_>) -> Result<Self> {
        let array = view.array()?;
        array.expect_dims(1)?;
        limits::CLASSES.check_len(array.len())?;
        let of_objects = array.dtype.kind == Kind::Object;
        let is_text = array.dtype.kind == Kind::Text;
        let cells = array.to_cells()?;
        let suffixes = cells.iter().map(suffix).collect();
        let categories: Vec<Option<Category>> =
            cells.into_iter().map(|cell| category(view, cell)).collect::<Result<_>>()?;
        let texts = categories.iter().flatten().filter(|category| matches!(category, Category::Text(_))).count();
        let known = categories.iter().flatten().count();
        if texts > 0 && texts < known {
            let message = "expected categories that are all text or all numbers, found both in one column";
            return Err(view.error(message).hint("convert the column to text before the encoder"));
        }
        let kind =
            if texts > 0 || is_text || (known == 0 && of_objects) { ColumnKind::Text } else { ColumnKind::Number };
        Ok(ColumnCategories { categories, suffixes, kind, checks_numbers: !of_objects })
    }

    /// The classes that a label encoder learnt, which looks at labels without checking them.
    pub fn of_classes(classes: Fitted<'_>) -> Result<Self> {
        Ok(ColumnCategories { checks_numbers: false, ..ColumnCategories::read(classes)? })
    }

    /// Whether the column holds text.
    pub fn holds_text(&self) -> bool {
        self.kind == ColumnKind::Text
    }

    /// The number of categories.
    pub fn len(&self) -> usize {
        self.categories.len()
    }

    /// Whether a missing value is one of them; of NaN and `None` the last counts.
    pub fn missing(&self) -> Option<usize> {
        self.categories.iter().rposition(Option::is_none)
    }

    /// For each row the answer of its category in `column`, [`UNKNOWN`] where it has none (i64).
    pub fn answers(&self, context: &mut Context, column: &Column, answers: &[i64]) -> Result<ValueId> {
        let answer = |index: usize| answers.get(index).copied().unwrap_or(UNKNOWN);
        let missing = self.missing().map_or(UNKNOWN, answer);
        let known: Vec<Category> = self.categories.iter().flatten().cloned().collect();
        let known_answers: Vec<i64> =
            (0..self.len()).filter(|index| matches!(self.categories.get(*index), Some(Some(_)))).map(answer).collect();
        let (answered, field) = match self.kind {
            ColumnKind::Text => self.text_answers(context, column, &known, &known_answers, missing)?,
            ColumnKind::Number => self.number_answers(context, column, &known, known_answers, missing)?,
        };
        if let Some(field) = field {
            context.note_categories(field, &known);
        }
        Ok(answered)
    }

    fn number_answers(
        &self,
        context: &mut Context,
        column: &Column,
        known: &[Category],
        answers: Vec<i64>,
        missing: i64,
    ) -> Result<(ValueId, Option<usize>)> {
        let value = column.number(context)?;
        if self.checks_numbers {
            context.check(value, Accepts::Missing)?;
        }
        let mut keyed: Vec<(f64, i64)> = known.iter().map(number).zip(answers).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        keyed.dedup_by(|later, earlier| later.0 == earlier.0);
        let (keys, positions) = keyed.into_iter().unzip();
        let lookup = NumberLookup { keys, positions, nan: missing, unknown: UNKNOWN };
        let field = match column.values {
            Values::Field(field) => Some(field),
            _ => None,
        };
        Ok((context.graph.apply(lookup, &[value])?, field))
    }

    fn text_answers(
        &self,
        context: &mut Context,
        column: &Column,
        known: &[Category],
        answers: &[i64],
        missing: i64,
    ) -> Result<(ValueId, Option<usize>)> {
        let (value, field, filled) = column.text(context)?;
        let entries: Vec<String> = known.iter().map(super::super::classes::name).collect();
        // A missing text that stands for another is looked up as that one.
        let missing = match &filled {
            Some(text) => entries
                .iter()
                .position(|entry| entry == text)
                .and_then(|index| answers.get(index).copied())
                .unwrap_or(UNKNOWN),
            None => missing,
        };
        if answers.iter().copied().eq(0..answers.len() as i64) {
            let lookup = TextLookup { entries, missing, unknown: UNKNOWN };
            return Ok((context.graph.apply(lookup, &[value])?, field));
        }
        let n_entries = entries.len() as i64;
        let lookup = TextLookup { entries, missing: n_entries, unknown: n_entries + 1 };
        let position = context.graph.apply(lookup, &[value])?;
        let table: Vec<i64> = answers.iter().copied().chain([missing, UNKNOWN]).collect();
        let table = Matrix::new(table.len(), 1, Data::I64(table));
        Ok((context.graph.apply(Take { table }, &[position])?, field))
    }
}

fn category(view: Fitted<'_>, cell: Cell<'_>) -> Result<Option<Category>> {
    Ok(Some(match cell {
        Cell::None => return Ok(None),
        Cell::Float(number) if number.is_nan() => return Ok(None),
        Cell::Float(number) => Category::Number(number),
        Cell::Int(number) if number.abs_diff(0) <= LARGEST_EXACT_INTEGER.unsigned_abs() => Category::Integer(number),
        Cell::Int(number) => {
            return Err(view.error(format!("expected integers below 2^53 as categories, found {number}")));
        }
        Cell::Bool(truth) => Category::Bool(truth),
        Cell::Str(text) => Category::Text(text.into_owned()),
        other => return Err(view.error(format!("expected text or numbers as categories, found {other}"))),
    }))
}

fn number(category: &Category) -> f64 {
    match category {
        Category::Bool(truth) => f64::from(u8::from(*truth)),
        Category::Integer(number) => *number as f64,
        Category::Number(number) => *number,
        Category::Text(_) => f64::NAN,
    }
}

/// What Python writes for each item of an array of classes.
pub fn suffixes(classes: Fitted<'_>) -> Result<Vec<String>> {
    let array = classes.array()?;
    array.expect_dims(1)?;
    limits::CLASSES.check_len(array.len())?;
    Ok(array.to_cells()?.iter().map(suffix).collect())
}

fn suffix(cell: &Cell<'_>) -> String {
    match cell {
        Cell::None => "None".to_owned(),
        Cell::Float(number) if number.is_nan() => "nan".to_owned(),
        Cell::Float(number) => format!("{number:?}"),
        Cell::Int(number) => number.to_string(),
        Cell::Bool(truth) => if *truth { "True" } else { "False" }.to_owned(),
        Cell::Str(text) => text.clone().into_owned(),
        other => other.to_string(),
    }
}

/// What an encoder does with values that are none of its categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Refuses the row (`error`).
    Refused,
    /// Has an encoding for them (`ignore`, `use_encoded_value`).
    Encoded,
    /// Counts them as infrequent where there are infrequent ones (`infrequent_if_exist`, `warn`).
    Infrequent,
}

/// Refuses the rows of a column whose value is unknown, whenever `encoded` is needed.
pub fn refuse_unknown(context: &mut Context, encoded: ValueId, column: &Column, answers: ValueId) -> Result<()> {
    let message = format!("{}: found an unknown category in the column `{}`", context.trail(), column.name);
    context.graph.guard(encoded, answers, message)
}

/// Answers with `instead` for every unknown value; the other answers lie in `0..=n_outputs`.
pub fn replace_unknown(context: &mut Context, answers: ValueId, n_outputs: usize, instead: i64) -> Result<ValueId> {
    let table: Vec<i64> = (0..=n_outputs as i64).chain([instead]).collect();
    let table = Matrix::new(table.len(), 1, Data::I64(table));
    context.graph.apply(Take { table }, &[answers])
}

/// How the categories of each column are grouped: for each category its place after grouping; `None` keeps them.
pub fn groupings(encoder: Fitted<'_>, columns: &[ColumnCategories]) -> Result<Vec<Option<Vec<i64>>>> {
    if !encoder.flag("_infrequent_enabled", false)? {
        return Ok(vec![None; columns.len()]);
    }
    let list = encoder.attribute("_default_to_infrequent_mappings")?;
    let mappings = list.items()?;
    if mappings.len() != columns.len() {
        return Err(list.error(format!(
            "expected the groupings of {} columns, found {}",
            columns.len(),
            mappings.len()
        )));
    }
    let mapping = |(view, column): (Fitted<'_>, &ColumnCategories)| {
        if view.is_none() {
            return Ok(None);
        }
        let mut places = view.array()?.to_i64()?;
        // OrdinalEncoder leaves NaN, always the last category, out of the groups.
        if column.missing() == Some(places.len()) && places.len() + 1 == column.len() {
            places.push(places.len() as i64);
        }
        if places.len() != column.len() {
            return Err(view.error(format!("expected {} places, found {}", column.len(), places.len())));
        }
        match places.iter().find(|place| usize::try_from(**place).map_or(true, |place| place >= column.len())) {
            Some(place) => Err(view.error(format!("expected places below {}, found {place}", column.len()))),
            None => Ok(Some(places)),
        }
    };
    mappings.into_iter().zip(columns).map(mapping).collect()
}

/// What `handle_unknown` says.
pub fn handle_unknown(encoder: Fitted<'_>) -> Result<Unknown> {
    match encoder.word("handle_unknown", "error")?.as_str() {
        "error" => Ok(Unknown::Refused),
        "ignore" | "use_encoded_value" => Ok(Unknown::Encoded),
        // Until 1.7 the word only warned: such values have no column.
        "warn" if version(encoder) < (1, 8) => Ok(Unknown::Encoded),
        "infrequent_if_exist" | "warn" => Ok(Unknown::Infrequent),
        _ => Err(unknown_word(encoder)),
    }
}

fn unknown_word(encoder: Fitted<'_>) -> Error {
    let words = "'error', 'ignore', 'warn', 'infrequent_if_exist' or 'use_encoded_value'";
    encoder.unsupported_parameter("handle_unknown", words)
}
