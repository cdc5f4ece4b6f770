//! `OneHotEncoder`: a column per category, or per group of infrequent ones.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted, element_of};
use super::super::frame::{Column, Frame};
use super::categories::{self, ColumnCategories, UNKNOWN, Unknown};
use crate::error::Result;
use crate::graph::ValueId;
use crate::limits;
use crate::ops::one_hot::OneHot;
use crate::ops::take::Take;
use crate::tensor::{Data, ElementType, Matrix};

/// The name of the group of infrequent categories.
const INFREQUENT: &str = "infrequent_sklearn";

/// Up to so many columns every element is held: a vector writes two of them as fast as a list of positions grows by one.
const MOST_DENSE_COLUMNS: usize = 256;

/// Encodes every column.
pub fn transform(context: &mut Context, encoder: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let columns = categories::read(encoder, frame.width())?;
    let groupings = categories::groupings(encoder, &columns)?;
    let dropped = dropped(encoder, frame.width())?;
    let unknown = categories::handle_unknown(encoder)?;
    let (mut names, mut parts, mut looked_up) = (Vec::new(), Vec::new(), Vec::new());
    for (((column, categories), grouping), dropped) in frame.columns.iter().zip(&columns).zip(groupings).zip(dropped) {
        let layout = Layout::of(categories, grouping.as_deref(), dropped, unknown);
        limits::SPARSE_COLUMNS.check_len(names.len() + layout.suffixes.len())?;
        names.extend(layout.suffixes.iter().map(|suffix| format!("{}_{suffix}", column.name)));
        let (answers, refuses) = layout.answer(context, column, categories, unknown)?;
        if refuses {
            looked_up.push((column, answers));
        }
        if !layout.suffixes.is_empty() {
            parts.push((answers, layout.suffixes.len()));
        }
    }
    let shown = encoder.present("dtype").map_or(Ok(ElementType::F64), element_of)?;
    if parts.is_empty() {
        return Ok(Frame::default());
    }
    let is_sparse = is_sparse(encoder)?;
    let encoded = match is_sparse && names.len() > MOST_DENSE_COLUMNS {
        true => scattered(context, &parts, names.len())?,
        false => side_by_side(context, &parts)?,
    };
    for (column, answers) in looked_up {
        categories::refuse_unknown(context, encoded, column, answers)?;
    }
    Ok(Frame { is_sparse, ..Frame::of_numbers(names, encoded) }.shown_as(shown))
}

/// The given columns of several positions, each with its number of columns, all dense.
fn side_by_side(context: &mut Context, parts: &[(ValueId, usize)]) -> Result<ValueId> {
    let hot = |(answers, width): &(ValueId, usize)| {
        context.graph.apply(OneHot { width: *width, element: ElementType::F64 }, &[*answers])
    };
    let hot: Vec<ValueId> = parts.iter().map(hot).collect::<Result<_>>()?;
    context.graph.concat(&hot)
}

/// The same as a sparse value: each position moved behind the columns before it.
fn scattered(context: &mut Context, parts: &[(ValueId, usize)], width: usize) -> Result<ValueId> {
    let (mut positions, mut start) = (Vec::new(), 0);
    for (answers, width) in parts {
        let end = start + *width as i64;
        let table = Matrix::new(width + 1, 1, Data::I64((start..end).chain([UNKNOWN]).collect()));
        positions.push(context.graph.apply(Take { table }, &[*answers])?);
        start = end;
    }
    let positions = context.graph.concat(&positions)?;
    let one = context.graph.constant(Data::F64(vec![1.0]))?;
    let scattered = context.graph.scatter(positions, one, width)?;
    context.is_finite(scattered);
    Ok(scattered)
}

/// `sparse` until 1.1, `sparse_output` since.
fn is_sparse(encoder: Fitted<'_>) -> Result<bool> {
    match encoder.optional("sparse").map(Fitted::as_bool) {
        Some(Ok(is_sparse)) => Ok(is_sparse),
        _ => encoder.flag("sparse_output", true),
    }
}

/// Per column the place (after grouping) that is dropped. Until 1.1 `drop_idx_` meant places after grouping, too.
fn dropped(encoder: Fitted<'_>, n_columns: usize) -> Result<Vec<Option<i64>>> {
    let places = match encoder.optional("_drop_idx_after_grouping") {
        Some(places) => places,
        None => encoder.attribute("drop_idx_")?,
    };
    if places.is_none() {
        return Ok(vec![None; n_columns]);
    }
    let array = places.array()?;
    array.expect_shape(&[n_columns])?;
    let place = |cell: crate::encoding::array::Cell<'_>| match cell {
        crate::encoding::array::Cell::None => Ok(None),
        crate::encoding::array::Cell::Int(place) if place >= 0 => Ok(Some(place)),
        other => Err(places.error(format!("expected places of dropped categories, found {other}"))),
    };
    array.to_cells()?.into_iter().map(place).collect()
}

/// The output columns of one input column.
struct Layout {
    /// What each output column's name ends in.
    suffixes: Vec<String>,
    /// For each category its output column; beyond the last for a dropped one.
    answers: Vec<i64>,
    /// The output column of unknown values, if they have one.
    unknown: Option<i64>,
}

impl Layout {
    fn of(categories: &ColumnCategories, grouping: Option<&[i64]>, dropped: Option<i64>, unknown: Unknown) -> Self {
        let places: Vec<i64> = match grouping {
            Some(places) => places.to_vec(),
            None => (0..categories.len() as i64).collect(),
        };
        let last = places.iter().copied().max().unwrap_or(-1);
        let n_outputs = last + 1 - i64::from(dropped.is_some_and(|dropped| dropped <= last));
        let answer = |place: i64| match dropped {
            Some(dropped) if place == dropped => n_outputs,
            Some(dropped) if place > dropped => place - 1,
            _ => place,
        };
        // Of a group the place is the last one, and its name tells nothing of its members.
        let mut suffixes = vec![String::new(); usize::try_from(n_outputs).unwrap_or(0)];
        for (place, suffix) in places.iter().zip(&categories.suffixes) {
            let output = usize::try_from(answer(*place)).ok().and_then(|output| suffixes.get_mut(output));
            if let Some(output) = output {
                let is_group = grouping.is_some() && *place == last;
                *output = if is_group { INFREQUENT.to_owned() } else { suffix.clone() };
            }
        }
        let infrequent = grouping.filter(|_| unknown == Unknown::Infrequent).map(|_| answer(last));
        Layout { suffixes, answers: places.iter().map(|place| answer(*place)).collect(), unknown: infrequent }
    }

    /// The output column of every row, and whether unknown values are to be refused.
    fn answer(
        &self,
        context: &mut Context,
        column: &Column,
        categories: &ColumnCategories,
        unknown: Unknown,
    ) -> Result<(ValueId, bool)> {
        let answers = categories.answers(context, column, &self.answers)?;
        if unknown == Unknown::Refused {
            if categories.missing().is_none() {
                column.refuse_missing(context);
            }
            return Ok((answers, true));
        }
        match self.unknown {
            Some(output) => Ok((categories::replace_unknown(context, answers, self.suffixes.len(), output)?, false)),
            None => Ok((answers, false)),
        }
    }
}

const _: () = assert!(UNKNOWN < 0, "an unknown value must be no output column");
