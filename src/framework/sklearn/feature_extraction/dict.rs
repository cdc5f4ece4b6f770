//! `DictVectorizer`: a row is a dict from feature names to numbers or texts; here a column per feature name.
//!
//! `feature_names_` tells the columns: `name=value` for every text that training met, `name` alone for numbers. A missing
//! value stands for a name that the dict does not have. Lists of texts under one name cannot stand in a column.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Frame};
use super::super::inputs::Inputs;
use super::super::refused;
use super::{shown, texts, tfidf::rounded};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::ops::number_lookup::NumberLookup;
use crate::ops::take::Take;
use crate::ops::text_lookup::TextLookup;
use crate::tensor::{Data, ElementType, Matrix};

/// A feature name and the columns of the output that it fills.
#[derive(Debug, PartialEq)]
struct Feature {
    name: String,
    columns: Columns,
}

#[derive(Debug, PartialEq)]
enum Columns {
    /// The column of its numbers.
    Number(i64),
    /// The texts that training met, and the column of each.
    Texts(Vec<String>, Vec<i64>),
}

/// What stands for a value that has no column.
const NOWHERE: i64 = -1;

/// The feature names, as columns.
pub fn inputs(vectorizer: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    let names = features(vectorizer)?.0.into_iter().map(|feature| feature.name).collect();
    Inputs::named(names).map(Some)
}

/// Stores each feature in its column.
pub fn transform(context: &mut Context, vectorizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let (features, names) = features(vectorizer)?;
    frame.expect_width(features.len())?;
    let shown = shown(vectorizer, ElementType::F64)?;
    if !shown.is_float() {
        return Err(vectorizer.unsupported_parameter("dtype", "a float type"));
    }
    let (mut positions, mut values) = (Vec::new(), Vec::new());
    for (feature, column) in features.iter().zip(&frame.columns) {
        let (position, value) = feature.place(context, column)?;
        positions.push(position);
        values.push(value);
    }
    let (positions, values) = (context.graph.concat(&positions)?, context.graph.concat(&values)?);
    let scattered = context.graph.scatter(positions, values, names.len())?;
    let scattered = rounded(context, scattered, shown)?;
    let is_sparse = vectorizer.flag("sparse", true)?;
    let value = if is_sparse { scattered } else { context.dense(scattered)? };
    Ok(Frame { is_sparse, ..Frame::of_numbers(names, value) }.shown_as(shown))
}

impl Feature {
    /// The output column of every row, and the value there.
    fn place(&self, context: &mut Context, column: &Column) -> Result<(ValueId, ValueId)> {
        match &self.columns {
            Columns::Number(output) => {
                let value = column.number(context)?;
                let lookup = NumberLookup { keys: Vec::new(), positions: Vec::new(), nan: NOWHERE, unknown: *output };
                Ok((context.graph.apply(lookup, &[value])?, value))
            }
            Columns::Texts(known, outputs) => {
                let (text, _, filled) = column.text(context)?;
                let text = context.fill_text(text, filled)?;
                let lookup = TextLookup { entries: known.clone(), missing: NOWHERE, unknown: NOWHERE };
                let found = context.graph.apply(lookup, &[text])?;
                let table: Vec<i64> = outputs.iter().copied().chain([NOWHERE]).collect();
                let table = Matrix::new(table.len(), 1, Data::I64(table));
                let one = context.graph.constant(Data::F64(vec![1.0]))?;
                Ok((context.graph.apply(Take { table }, &[found])?, one))
            }
        }
    }
}

/// The features in the order of their first columns, and the names of all columns.
fn features(vectorizer: Fitted<'_>) -> Result<(Vec<Feature>, Vec<String>)> {
    let list = vectorizer.attribute("feature_names_")?;
    let names = texts(list)?;
    limits::SPARSE_COLUMNS.check_len(names.len())?;
    let separator = vectorizer.word("separator", "=")?;
    let mut features: Vec<Feature> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for (column, full) in names.iter().enumerate() {
        let (name, value) = match full.split_once(separator.as_str()).filter(|_| !separator.is_empty()) {
            Some((name, value)) => (name, Some(value)),
            None => (full.as_str(), None),
        };
        let at = *known.entry(name).or_insert_with(|| {
            let columns = match value {
                Some(_) => Columns::Texts(Vec::new(), Vec::new()),
                None => Columns::Number(column as i64),
            };
            features.push(Feature { name: name.to_owned(), columns });
            features.len() - 1
        });
        match (features.get_mut(at).map(|feature| &mut feature.columns), value) {
            (Some(Columns::Texts(texts, columns)), Some(value)) => {
                texts.push(value.to_owned());
                columns.push(column as i64);
            }
            (Some(Columns::Number(first)), None) if *first == column as i64 => {}
            _ => {
                let message = format!("the feature `{name}` holds numbers and texts, or comes twice");
                let why = refused::COLUMN_TYPE.why;
                let hint = format!("{why}: give numbers and texts different names before fitting");
                return Err(list.located(Error::unsupported("column-type", message)).hint(hint));
            }
        }
    }
    if features.is_empty() {
        return Err(list.error("expected feature names, found none"));
    }
    Ok((features, names))
}
