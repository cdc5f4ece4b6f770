//! `OrdinalEncoder`: the position of each value among the categories of its column.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted, element_of};
use super::super::frame::{Column, Frame};
use super::categories::{self, ColumnCategories, Unknown};
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::take::Take;
use crate::tensor::{Data, ElementType, Matrix};

/// Encodes every column.
pub fn transform(context: &mut Context, encoder: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let columns = categories::read(encoder, frame.width())?;
    let groupings = categories::groupings(encoder, &columns)?;
    let missing = missing_places(encoder)?;
    let unknown = categories::handle_unknown(encoder)?;
    let encoded_missing = encoder.number_or("encoded_missing_value", f64::NAN)?;
    let encoded_unknown = encoder.present("unknown_value").map_or(Ok(f64::NAN), Fitted::as_f64)?;
    let mut parts = Vec::new();
    for (index, ((column, categories), grouping)) in frame.columns.iter().zip(&columns).zip(groupings).enumerate() {
        let mut codes: Vec<f64> = match &grouping {
            Some(places) => places.iter().map(|place| *place as f64).collect(),
            None => (0..categories.len()).map(|place| place as f64).collect(),
        };
        let of_missing = missing.iter().find(|(column, _)| *column == index).map(|(_, place)| *place);
        if let Some(code) = of_missing.and_then(|place| codes.get_mut(place)) {
            *code = encoded_missing;
        }
        codes.push(encoded_unknown);
        parts.push(encode(context, column, categories, codes, unknown)?);
    }
    let shown = encoder.present("dtype").map_or(Ok(ElementType::F64), element_of)?;
    if parts.is_empty() {
        return Ok(Frame::default());
    }
    let encoded = context.graph.concat(&parts)?;
    Ok(Frame::of_numbers(frame.names(), encoded).shown_as(shown))
}

/// (column, place of NaN among its categories), since 1.0.
fn missing_places(encoder: Fitted<'_>) -> Result<Vec<(usize, usize)>> {
    let Some(places) = encoder.present("_missing_indices") else { return Ok(Vec::new()) };
    places.entries()?.into_iter().map(|(column, place)| Ok((column.as_usize()?, place.as_usize()?))).collect()
}

/// The codes of one column; the last code is that of unknown values.
fn encode(
    context: &mut Context,
    column: &Column,
    categories: &ColumnCategories,
    codes: Vec<f64>,
    unknown: Unknown,
) -> Result<ValueId> {
    let places: Vec<i64> = (0..categories.len() as i64).collect();
    let answers = categories.answers(context, column, &places)?;
    let table = Matrix::new(codes.len(), 1, Data::F64(codes));
    let encoded = context.graph.apply(Take { table }, &[answers])?;
    if unknown == Unknown::Refused {
        if categories.missing().is_none() {
            column.refuse_missing(context);
        }
        categories::refuse_unknown(context, encoded, column, answers)?;
    }
    Ok(encoded)
}
