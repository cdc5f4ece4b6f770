//! Which values an imputer takes for missing, and `MissingIndicator`, which points them out.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Frame, Values};
use crate::encoding::array::Cell;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;
use crate::ops::text_lookup::TextLookup;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// What counts as missing.
#[derive(Debug, Clone, PartialEq)]
pub enum Missing {
    /// NaN, `None` or pandas' NA: an empty cell.
    Empty,
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl Missing {
    /// What `missing_values` names.
    pub fn read(estimator: Fitted<'_>) -> Result<Self> {
        let Some(value) = estimator.optional("missing_values") else { return Ok(Missing::Empty) };
        match value.cell() {
            Cell::None => Ok(Missing::Empty),
            Cell::Float(number) if number.is_nan() => Ok(Missing::Empty),
            Cell::Float(number) => Ok(Missing::Number(number)),
            Cell::Int(number) => Ok(Missing::Number(number as f64)),
            Cell::Str(text) => Ok(Missing::Text(text.into_owned())),
            _ if value.is_a("pandas", "NAType")
                || value.callee() == Some(("pandas._libs.missing", "_internal_get_na")) =>
            {
                Ok(Missing::Empty)
            }
            _ => Err(estimator.unsupported_parameter("missing_values", "NaN, None, a number or text")),
        }
    }

    /// Which numbers the estimator accepts.
    pub fn accepts(&self) -> Accepts {
        if *self == Missing::Empty { Accepts::Missing } else { Accepts::Finite }
    }

    /// 1 where a number is missing, else 0.
    pub fn of_numbers(&self, context: &mut Context, numbers: ValueId) -> Result<ValueId> {
        match self {
            Missing::Empty => context.graph.unary(UnaryFunction::IsNan, numbers),
            Missing::Number(missing) => {
                let missing = context.graph.number(*missing, numbers)?;
                context.graph.binary(BinaryFunction::Equal, numbers, missing)
            }
            Missing::Text(_) => context.graph.number(0.0, numbers),
        }
    }

    /// 1 where the text of a column is missing, else 0.
    pub fn of_text(&self, context: &mut Context, column: &Column) -> Result<ValueId> {
        let (text, _, filled) = column.text(context)?;
        let lookup = match (self, filled) {
            (Missing::Empty, None) => TextLookup { entries: Vec::new(), missing: 1, unknown: 0 },
            (Missing::Text(sentinel), filled) => {
                // The sentinel's place is 0, all else has another.
                let is_sentinel = filled.is_some_and(|filled| filled == *sentinel);
                TextLookup { entries: vec![sentinel.clone()], missing: i64::from(!is_sentinel), unknown: 1 }
            }
            _ => TextLookup { entries: Vec::new(), missing: 0, unknown: 0 },
        };
        let found = context.graph.apply(lookup, &[text])?;
        let found = context.graph.cast(found, ElementType::F64)?;
        if matches!(self, Missing::Text(_)) {
            let one = context.graph.number(1.0, found)?;
            return context.graph.sub(one, found);
        }
        Ok(found)
    }
}

/// `MissingIndicator`: a column per feature that had missing values (or per feature), true where it has one.
pub fn indicator(context: &mut Context, indicator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(indicator.n_features()?)?;
    let missing = Missing::read(indicator)?;
    let features = indicator.attribute("features_")?.array()?.to_usize()?;
    let flags = flags(context, &missing, frame, &features)?;
    if indicator.word("features", "missing-only")? == "missing-only" && indicator.flag("error_on_new", true)? {
        refuse_new(context, &missing, frame, &features, &flags)?;
    }
    Ok(flags)
}

/// A column of flags per feature.
pub fn flags(context: &mut Context, missing: &Missing, frame: &Frame, features: &[usize]) -> Result<Frame> {
    let mut flagged = frame.select(features)?;
    for column in &mut flagged.columns {
        let flags = match column.values {
            Values::Text { .. } => missing.of_text(context, column)?,
            // An untyped column in front of an indicator alone: nothing says that it is text.
            _ => {
                let numbers = column.number(context)?;
                context.check(numbers, missing.accepts())?;
                missing.of_numbers(context, numbers)?
            }
        };
        column.name = format!("missingindicator_{}", column.name);
        column.values = Values::Number { value: flags, column: 0 };
        column.shown = ElementType::Bool;
    }
    Ok(flagged)
}

/// Refuses rows with missing values in features that had none when fitted.
fn refuse_new(context: &mut Context, missing: &Missing, frame: &Frame, known: &[usize], guarded: &Frame) -> Result<()> {
    let new: Vec<usize> = (0..frame.width()).filter(|index| !known.contains(index)).collect();
    let flags = flags(context, missing, frame, &new)?;
    for (index, flag) in new.iter().zip(&flags.columns) {
        let value = flag.number(context)?;
        let one = context.graph.number(1.0, value)?;
        let present = context.graph.sub(one, value)?;
        let column = frame.columns.get(*index).ok_or_else(|| Error::internal("a column that is not there"))?;
        let message = format!("{}: a missing value in `{}`, which had none in training", context.trail(), column.name);
        for guarded in &guarded.columns {
            if let Values::Number { value, .. } = guarded.values {
                context.graph.guard(value, present, message.clone())?;
            }
        }
        column.refuse_missing(context);
    }
    Ok(())
}
