//! `TargetEncoder`: the mean target of each category, per class where there are several; the mean of all for an unknown
//! category.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::categories;
use crate::error::Result;
use crate::limits;
use crate::ops::take::Take;
use crate::tensor::{Data, Matrix};

/// Encodes every column.
pub fn transform(context: &mut Context, encoder: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let columns = categories::read(encoder, frame.width())?;
    let classes = match &*encoder.word("target_type_", "continuous")? {
        "multiclass" => Some(categories::suffixes(encoder.attribute("classes_")?)?),
        _ => None,
    };
    let n_classes = classes.as_ref().map_or(1, Vec::len);
    let means = match &classes {
        Some(_) => encoder.floats("target_mean_", n_classes)?,
        None => vec![encoder.attribute("target_mean_")?.as_f64()?],
    };
    limits::FEATURES.check_len(frame.width().saturating_mul(n_classes))?;
    let encodings = encoder.attribute("encodings_")?.items_of(frame.width() * n_classes)?;
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    for ((column, known), encodings) in frame.columns.iter().zip(&columns).zip(encodings.chunks(n_classes.max(1))) {
        let places: Vec<i64> = (0..known.len() as i64).collect();
        let place = known.answers(context, column, &places)?;
        for (encoding, mean) in encodings.iter().zip(&means) {
            let array = encoding.array()?;
            array.expect_shape(&[known.len()])?;
            let table = [array.to_f64()?, vec![*mean]].concat();
            let table = Matrix::new(table.len(), 1, Data::F64(table));
            parts.push(context.graph.apply(Take { table }, &[place])?);
        }
        match &classes {
            Some(classes) => names.extend(classes.iter().map(|class| format!("{}_{class}", column.name))),
            None => names.push(column.name.clone()),
        }
    }
    let encoded = context.graph.concat(&parts)?;
    Ok(Frame::of_numbers(names, encoded))
}
