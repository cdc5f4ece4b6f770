//! `LabelEncoder`, `LabelBinarizer` and `MultiLabelBinarizer`: labels instead of a table. After scikit-learn's
//! preprocessing/_label.py, each row by itself.
//!
//! Since 1.2 `LabelEncoder` casts labels to the type of its classes, so that it takes `1.5` for the class 1 and a text for
//! the class that it begins with; before, it refused both, and so do we. `LabelBinarizer` of two classes answers with two
//! columns where one call brings a third label; a row alone never does.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Frame};
use super::super::inputs::Inputs;
use super::super::predictor::Predictor;
use super::categories::{self, ColumnCategories};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::model::{Method, Task};
use crate::ops::binary::BinaryFunction;
use crate::ops::one_hot::OneHot;
use crate::ops::take::Take;
use crate::ops::text_lookup::TextLookup;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};

/// The column of labels, which has no name.
const LABEL_COLUMN: &str = "y";

/// The first number above those of int64, as which scikit-learn looks at labels.
const INT64_END: f64 = 9_223_372_036_854_775_808.0;

/// One column of labels.
pub fn inputs(_encoder: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    Ok(Some(Inputs { names: vec![LABEL_COLUMN.to_owned()], are_named: false }))
}

/// `LabelEncoder` as a step: the position of the label among the classes.
pub fn encode(context: &mut Context, encoder: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let (column, classes) = (only(context, frame)?, classes(encoder)?);
    let answers = positions(context, column, &classes)?;
    let code = context.graph.cast(answers, ElementType::F64)?;
    if classes.missing().is_none() {
        column.refuse_missing(context);
    }
    categories::refuse_unknown(context, code, column, answers)?;
    Ok(frame.renumbered(code).shown_as(ElementType::I64))
}

/// `LabelEncoder` as the model: one number a row.
pub fn encode_all(context: &mut Context, encoder: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let encoded = encode(context, encoder, frame)?;
    let code = only(context, &encoded)?.number(context)?;
    let code = context.graph.cast(code, ElementType::I64)?;
    let methods = vec![Method::scalar("transform", "code", code)];
    Ok(Predictor { task: Task::Transformation, classes: Vec::new(), methods })
}

/// The column, or columns, of a `LabelBinarizer`.
pub fn binarizer_inputs(binarizer: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    if takes_indicators(binarizer)? {
        return Inputs::unnamed(classes(binarizer)?.len()).map(Some);
    }
    inputs(binarizer, depth)
}

/// `LabelBinarizer`: `pos_label` in the column of the label's class, `neg_label` in the others.
pub fn binarize(context: &mut Context, binarizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let classes = classes(binarizer)?;
    let (off, on) = (binarizer.number_or("neg_label", 0.0)?, binarizer.number_or("pos_label", 1.0)?);
    let mut names = classes.suffixes.clone();
    let value = if takes_indicators(binarizer)? {
        frame.expect_width(classes.len())?;
        indicated(context, frame, off, on)?
    } else {
        let column = only(context, frame)?;
        let answers = positions(context, column, &classes)?;
        let value = if classes.len() <= 2 {
            names.drain(..names.len().saturating_sub(1));
            let codes = if classes.len() == 2 { vec![off, on, off] } else { vec![off; 2] };
            let table = Matrix::new(codes.len(), 1, Data::F64(codes));
            context.graph.apply(Take { table }, &[answers])?
        } else {
            let hot = OneHot { width: classes.len(), element: ElementType::F64 };
            let hot = context.graph.apply(hot, &[answers])?;
            switched(context, hot, off, on)?
        };
        refuse_no_label(context, column, &classes, value)?;
        value
    };
    let is_sparse = binarizer.flag("sparse_output", false)?;
    Ok(Frame { is_sparse, ..Frame::of_numbers(names, value) }.shown_as(ElementType::I64))
}

/// A column per class: a set of labels as a table.
pub fn set_inputs(binarizer: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    Inputs::named(classes(binarizer)?.suffixes).map(Some)
}

/// `MultiLabelBinarizer`: a row is a set of labels; here a column per class, which holds 0 or nothing where the label is not
/// in the set. Labels that training never met have no column and no effect.
pub fn binarize_sets(context: &mut Context, binarizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let names = classes(binarizer)?.suffixes;
    frame.expect_width(names.len())?;
    let x = frame.numbers(context, Accepts::Everything)?;
    let (magnitude, zero) = (context.graph.unary(UnaryFunction::Abs, x)?, context.graph.number(0.0, x)?);
    let value = context.graph.binary(BinaryFunction::Less, zero, magnitude)?;
    let is_sparse = binarizer.flag("sparse_output", false)?;
    Ok(Frame { is_sparse, ..Frame::of_numbers(names, value) }.shown_as(ElementType::I64))
}

fn classes(estimator: Fitted<'_>) -> Result<ColumnCategories> {
    let attribute = estimator.attribute("classes_")?;
    let classes = ColumnCategories::of_classes(attribute)?;
    if classes.len() == 0 {
        return Err(attribute.error("expected class labels, found none"));
    }
    Ok(classes)
}

/// Whether it was fitted on rows of 0 and 1 instead of labels.
fn takes_indicators(binarizer: Fitted<'_>) -> Result<bool> {
    Ok(binarizer.word("y_type_", "multiclass")?.starts_with("multilabel"))
}

fn only<'f>(context: &Context, frame: &'f Frame) -> Result<&'f Column> {
    match &frame.columns[..] {
        [column] => Ok(column),
        columns => {
            let message = format!("{} takes one column of labels, but gets {}", context.trail(), columns.len());
            Err(Error::malformed("column-count", message))
        }
    }
}

/// The position of the label among the classes, -1 for others.
fn positions(context: &mut Context, column: &Column, classes: &ColumnCategories) -> Result<ValueId> {
    let places: Vec<i64> = (0..classes.len() as i64).collect();
    classes.answers(context, column, &places)
}

/// `on` where `hot` is 1, `off` where it is 0.
fn switched(context: &mut Context, hot: ValueId, off: f64, on: f64) -> Result<ValueId> {
    let (on, off) = (context.graph.number(on, hot)?, context.graph.number(off, hot)?);
    context.graph.select(hot, on, off)
}

/// Rows of 0 and 1, each replaced.
fn indicated(context: &mut Context, frame: &Frame, off: f64, on: f64) -> Result<ValueId> {
    let x = frame.numbers(context, Accepts::Finite)?;
    let value = switched(context, x, off, on)?;
    let (zero, one) = (context.graph.number(0.0, x)?, context.graph.number(1.0, x)?);
    let (is_zero, is_one) =
        (context.graph.binary(BinaryFunction::Equal, x, zero)?, context.graph.binary(BinaryFunction::Equal, x, one)?);
    let known = context.graph.binary(BinaryFunction::Or, is_zero, is_one)?;
    let message = format!("{}: a row of several labels holds 0 and 1 only", context.trail());
    context.graph.guard(value, known, message)?;
    Ok(value)
}

/// Refuses what scikit-learn does not take for a label: a missing text, a number that is no integer.
fn refuse_no_label(context: &mut Context, column: &Column, classes: &ColumnCategories, guarded: ValueId) -> Result<()> {
    let condition = if classes.holds_text() {
        let (text, _, filled) = column.text(context)?;
        let text = context.fill_text(text, filled)?;
        context.graph.apply(TextLookup { entries: Vec::new(), missing: -1, unknown: 0 }, &[text])?
    } else {
        let x = column.number(context)?;
        let whole = context.graph.unary(UnaryFunction::Floor, x)?;
        let is_whole = context.graph.binary(BinaryFunction::Equal, x, whole)?;
        let (least, end) = (context.graph.number(-INT64_END, x)?, context.graph.number(INT64_END, x)?);
        let from = context.graph.binary(BinaryFunction::LessEqual, least, x)?;
        let until = context.graph.binary(BinaryFunction::Less, x, end)?;
        let is_held = context.graph.binary(BinaryFunction::And, from, until)?;
        context.graph.binary(BinaryFunction::And, is_whole, is_held)?
    };
    column.refuse_missing(context);
    let message = format!("{}: expected a label in the column `{}`", context.trail(), column.name);
    context.graph.guard(guarded, condition, message)
}
