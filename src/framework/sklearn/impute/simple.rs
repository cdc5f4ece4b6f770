//! `SimpleImputer`: missing values of a column replaced by its statistic, be it a number or text.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Frame, Values};
use super::missing::{self, Missing};
use crate::encoding::array::Cell;
use crate::error::Result;
use crate::ops::text_replace::TextReplace;
use crate::tensor::ElementType;

/// What replaces the missing values of a column.
#[derive(Debug, Clone, PartialEq)]
enum Statistic {
    Number(f64),
    Text(String),
    /// There was no value in training: the column is left out.
    None,
}

/// Imputes every column.
pub fn transform(context: &mut Context, imputer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let missing = Missing::read(imputer)?;
    let statistics = statistics(imputer, frame.width())?;
    let typed = typed(context, frame, &statistics)?;
    let flags = match imputer.present("indicator_") {
        Some(indicator) => Some(flags(context, indicator, &missing, &typed)?),
        None => None,
    };
    let is_numeric = statistics.iter().all(|statistic| !matches!(statistic, Statistic::Text(_)));
    let mut imputed = if is_numeric {
        numbers(context, &typed, &missing, &statistics)?
    } else {
        mixed(context, &typed, &missing, &statistics)?
    };
    if let Some(flags) = flags {
        // Beside numbers the flags are numbers, among objects they stay bools.
        let shown = if frame.is_single() { ElementType::F32 } else { ElementType::F64 };
        imputed.columns.extend(if is_numeric { flags.shown_as(shown) } else { flags }.columns);
    }
    Ok(Frame { is_sparse: frame.is_sparse, ..imputed })
}

fn flags(context: &mut Context, indicator: Fitted<'_>, missing: &Missing, frame: &Frame) -> Result<Frame> {
    let features = indicator.attribute("features_")?.array()?.to_usize()?;
    missing::flags(context, missing, frame, &features)
}

/// The statistics of all columns, as the version at hand uses them.
fn statistics(imputer: Fitted<'_>, n_columns: usize) -> Result<Vec<Statistic>> {
    let array = imputer.attribute("statistics_")?.array()?;
    array.expect_shape(&[n_columns])?;
    let keeps_empty = imputer.flag("keep_empty_features", false)?;
    let is_constant = imputer.word("strategy", "mean")? == "constant";
    let statistic = |cell: Cell<'_>| match cell {
        Cell::Float(number) if number.is_nan() && is_constant => {
            Err(imputer.unsupported_parameter("fill_value", "a value that is not missing itself"))
        }
        Cell::Float(number) if number.is_nan() && !keeps_empty => Ok(Statistic::None),
        Cell::Float(number) => Ok(Statistic::Number(number)),
        Cell::Int(number) => Ok(Statistic::Number(number as f64)),
        Cell::Bool(truth) => Ok(Statistic::Number(f64::from(u8::from(truth)))),
        Cell::Str(text) => Ok(Statistic::Text(text.into_owned())),
        other => Err(imputer.error(format!("expected numbers or text in `statistics_`, found {other}"))),
    };
    array.to_cells()?.into_iter().map(statistic).collect()
}

/// The frame with every untyped column as what its statistic is.
fn typed(context: &mut Context, frame: &Frame, statistics: &[Statistic]) -> Result<Frame> {
    let mut typed = frame.clone();
    for (column, statistic) in typed.columns.iter_mut().zip(statistics) {
        if let (Values::Field(field), Statistic::Text(_)) = (&column.values, statistic) {
            let field = *field;
            column.values = Values::Text { value: context.text_field(field)?, field: Some(field), missing: None };
            column.shown = ElementType::Text;
        }
    }
    Ok(typed)
}

/// Columns of numbers, all at once.
fn numbers(context: &mut Context, frame: &Frame, missing: &Missing, statistics: &[Statistic]) -> Result<Frame> {
    let kept: Vec<usize> =
        (0..frame.width()).filter(|index| statistics.get(*index) != Some(&Statistic::None)).collect();
    let fills: Vec<f64> = statistics
        .iter()
        .filter_map(|statistic| match statistic {
            Statistic::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    // A column that is left out is still looked at.
    let frame = frame.checked(context, missing.accepts())?.select(&kept)?;
    if kept.is_empty() {
        return Ok(frame);
    }
    let x = frame.kept(context, missing.accepts(), false)?;
    let is_missing = missing.of_numbers(context, x)?;
    let fills = context.graph.numbers(&fills, x)?;
    let imputed = context.graph.select(is_missing, fills, x)?;
    let imputed = frame.step(context, imputed)?;
    Ok(frame.renumbered_alike(imputed))
}

/// Columns of objects, one by one.
fn mixed(context: &mut Context, frame: &Frame, missing: &Missing, statistics: &[Statistic]) -> Result<Frame> {
    let mut columns = Vec::new();
    for (column, statistic) in frame.columns.iter().zip(statistics) {
        match statistic {
            Statistic::None => {}
            Statistic::Number(fill) => columns.push(number_column(context, column, missing, *fill)?),
            Statistic::Text(fill) => columns.push(text_column(context, column, missing, fill)?),
        }
    }
    Ok(Frame { columns, is_sparse: false })
}

fn number_column(context: &mut Context, column: &Column, missing: &Missing, fill: f64) -> Result<Column> {
    let x = column.number(context)?;
    let is_missing = missing.of_numbers(context, x)?;
    let fill = context.graph.number(fill, x)?;
    let value = context.graph.select(is_missing, fill, x)?;
    Ok(Column { values: Values::Number { value, column: 0 }, ..column.clone() })
}

fn text_column(context: &mut Context, column: &Column, missing: &Missing, fill: &str) -> Result<Column> {
    let (value, field, filled) = column.text(context)?;
    let values = match missing {
        Missing::Empty => Values::Text { value, field, missing: filled.or_else(|| Some(fill.to_owned())) },
        Missing::Number(_) => Values::Text { value, field, missing: filled },
        Missing::Text(sentinel) => {
            // scikit-learn refuses the other kinds of missing values here.
            if filled.is_none() {
                refuse_missing(context, column)?;
            }
            let value = context.fill_text(value, filled)?;
            let replace = TextReplace { from: Some(sentinel.clone()), to: fill.to_owned() };
            Values::Text { value: context.graph.apply(replace, &[value])?, field: None, missing: None }
        }
    };
    Ok(Column { values, shown: ElementType::Text, ..column.clone() })
}

/// Refuses rows whose text is missing.
fn refuse_missing(context: &mut Context, column: &Column) -> Result<()> {
    let (text, ..) = column.text(context)?;
    let is_missing = Missing::Empty.of_text(context, column)?;
    let one = context.graph.number(1.0, is_missing)?;
    let present = context.graph.sub(one, is_missing)?;
    column.refuse_missing(context);
    let message = format!("{}: the column `{}` has a missing value", context.trail(), column.name);
    context.graph.guard(text, present, message)
}
