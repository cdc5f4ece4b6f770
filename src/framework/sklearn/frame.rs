//! A table of rows on its way through the estimators: columns that are not yet typed, numbers, or text.

use super::context::{Accepts, Context};
use super::fitted::Fitted;
use super::float32;
use crate::encoding::array::Kind;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::model::{MOST_LISTED_COLUMNS, Method, MethodOutput};
use crate::tensor::ElementType;

/// Named columns in order.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The columns.
    pub columns: Vec<Column>,
    /// Whether the framework holds the table as a sparse matrix, for which some estimators compute otherwise.
    pub is_sparse: bool,
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name, as `get_feature_names_out` gives it.
    pub name: String,
    /// Where its values come from.
    pub values: Values,
    /// The element type in which the framework returns it; computed in f64.
    pub shown: ElementType,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// An input column whose type the first use decides.
    Field(usize),
    /// A column of a numeric value.
    Number {
        /// The value, f64; a sparse one where the columns are too many to hold each element of a row.
        value: ValueId,
        /// Its column.
        column: usize,
    },
    /// Text.
    Text {
        /// The value.
        value: ValueId,
        /// The input column it is, unchanged, if it is one.
        field: Option<usize>,
        /// What a missing text stands for; a missing text if `None`.
        missing: Option<String>,
    },
}

/// How a value of several columns lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Every element is stored.
    Dense,
    /// Sparse columns stay sparse.
    AsItIs,
}

impl Frame {
    /// The input columns, none of them typed.
    pub fn of_fields(names: &[String]) -> Self {
        let column = |(field, name): (usize, &String)| Column {
            name: name.clone(),
            values: Values::Field(field),
            shown: ElementType::F64,
        };
        Frame { columns: names.iter().enumerate().map(column).collect(), is_sparse: false }
    }

    /// The columns of a numeric value.
    pub fn of_numbers(names: Vec<String>, value: ValueId) -> Self {
        let column =
            |(column, name)| Column { name, values: Values::Number { value, column }, shown: ElementType::F64 };
        Frame { columns: names.into_iter().enumerate().map(column).collect(), is_sparse: false }
    }

    /// The columns of what an estimator computed, in whatever element type.
    pub fn of_outcome(context: &mut Context, names: Vec<String>, value: ValueId) -> Result<Self> {
        let shown = context.graph.ty(value).element;
        let value = context.graph.cast(value, ElementType::F64)?;
        Ok(Frame::of_numbers(names, value).shown_as(shown))
    }

    /// Whether the framework holds the whole table as float32.
    pub fn is_single(&self) -> bool {
        !self.columns.is_empty() && self.columns.iter().all(|column| column.shown == ElementType::F32)
    }

    /// [`Frame::numbers`] or [`Frame::matrix`] for estimators that keep a table of float32 as it is: its numbers are then
    /// float32's, held as f64.
    pub fn kept(&self, context: &mut Context, accepts: Accepts, may_be_sparse: bool) -> Result<ValueId> {
        let layout = if may_be_sparse { Layout::AsItIs } else { Layout::Dense };
        let x = self.joined(context, accepts, layout)?;
        self.step(context, x)
    }

    /// A step of such an estimator's arithmetic, rounded where the table is of float32.
    pub fn step(&self, context: &mut Context, value: ValueId) -> Result<ValueId> {
        if self.is_single() { float32::rounded(&mut context.graph, value) } else { Ok(value) }
    }

    /// [`Frame::renumbered`] in the table's own precision.
    pub fn renumbered_alike(&self, value: ValueId) -> Self {
        let shown = if self.is_single() { ElementType::F32 } else { ElementType::F64 };
        self.renumbered(value).shown_as(shown)
    }

    /// A frame with the same names over the columns of `value`.
    pub fn renumbered(&self, value: ValueId) -> Self {
        Frame { is_sparse: self.is_sparse, ..Frame::of_numbers(self.names(), value) }
    }

    /// The same columns, returned in another element type.
    pub fn shown_as(mut self, shown: ElementType) -> Self {
        self.columns.iter_mut().for_each(|column| column.shown = shown);
        self
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The names of the columns.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Some columns, by position.
    pub fn select(&self, indices: &[usize]) -> Result<Frame> {
        let column = |index: &usize| {
            self.columns.get(*index).cloned().ok_or_else(|| {
                Error::malformed("column-index", format!("expected a column below {}, found {index}", self.width()))
            })
        };
        Ok(Frame { columns: indices.iter().map(column).collect::<Result<_>>()?, ..*self })
    }

    /// Refuses a frame that has not as many columns as the estimator was fitted on.
    pub fn expect_width(&self, n_features: usize) -> Result<()> {
        if self.width() == n_features {
            return Ok(());
        }
        let message = format!("the estimator was fitted on {n_features} columns, but gets {}", self.width());
        Err(Error::malformed("column-count", message))
    }

    /// All columns as one dense value of f64, and rows refused that hold what the estimator does not accept.
    pub fn numbers(&self, context: &mut Context, accepts: Accepts) -> Result<ValueId> {
        self.joined(context, accepts, Layout::Dense)
    }

    /// [`Frame::numbers`] without making sparse columns dense: for estimators that only sum, scale or pick columns. The
    /// value is sparse where a column is; `dot`, `concat` and the functions of elements take it as any other.
    pub fn matrix(&self, context: &mut Context, accepts: Accepts) -> Result<ValueId> {
        self.joined(context, accepts, Layout::AsItIs)
    }

    fn joined(&self, context: &mut Context, accepts: Accepts, layout: Layout) -> Result<ValueId> {
        if self.columns.is_empty() {
            return Err(Error::unsupported("no-columns", "the estimator gets no columns"));
        }
        let mut parts: Vec<ValueId> = Vec::new();
        let mut rest = &self.columns[..];
        while let Some(first) = rest.first() {
            let (part, taken) = match &first.values {
                Values::Field(_) => fields(context, rest)?,
                Values::Number { value, .. } => columns(context, *value, rest, layout)?,
                Values::Text { .. } => return Err(text_as_numbers(context, &first.name)),
            };
            parts.push(part);
            rest = rest.get(taken..).unwrap_or_default();
        }
        let numbers = context.graph.concat(&parts)?;
        // Of sparse parts some may be known to be finite.
        let checked = if context.graph.ty(numbers).is_sparse { &parts[..] } else { &[numbers] };
        checked.iter().try_for_each(|value| context.check(*value, accepts))?;
        if accepts == Accepts::Finite {
            self.columns.iter().for_each(|column| column.refuse_missing(context));
        }
        Ok(numbers)
    }

    /// The columns as numbers out of one value, so that whatever is computed from any of them first refuses the rows that
    /// hold in any column what is not accepted.
    pub fn checked(&self, context: &mut Context, accepts: Accepts) -> Result<Frame> {
        self.out_of_one(context, accepts, Layout::Dense)
    }

    /// [`Frame::checked`] without making sparse columns dense.
    pub fn checked_as_it_is(&self, context: &mut Context, accepts: Accepts) -> Result<Frame> {
        self.out_of_one(context, accepts, Layout::AsItIs)
    }

    fn out_of_one(&self, context: &mut Context, accepts: Accepts, layout: Layout) -> Result<Frame> {
        let first_guard = context.graph.n_guards();
        let value = self.joined(context, accepts, layout)?;
        context.guarded_since(first_guard);
        let mut checked = self.clone();
        for (index, column) in checked.columns.iter_mut().enumerate() {
            column.values = Values::Number { value, column: index };
        }
        Ok(checked)
    }

    /// [`Frame::numbers`] for estimators that compute in the table's own precision: refuses a table of float32.
    pub fn doubles(&self, context: &mut Context, accepts: Accepts) -> Result<ValueId> {
        self.refuse_singles(context)?;
        self.numbers(context, accepts)
    }

    /// [`Frame::matrix`] for such estimators.
    pub fn double_matrix(&self, context: &mut Context, accepts: Accepts) -> Result<ValueId> {
        self.refuse_singles(context)?;
        self.matrix(context, accepts)
    }

    /// Refuses a table of float32 beside fitted numbers of float32: their products are then float32, too.
    pub fn refuse_single_products(&self, context: &Context, fitted: Fitted<'_>) -> Result<()> {
        let dtype = fitted.array()?.dtype;
        if dtype.kind == Kind::Float && dtype.item_bytes == 4 { self.refuse_singles(context) } else { Ok(()) }
    }

    fn refuse_singles(&self, context: &Context) -> Result<()> {
        if self.is_single() {
            let message = format!(
                "{} computes in float32 here, which cannot be compiled: later digits depend on the vector code of the \
                 library that runs it",
                context.trail()
            );
            return Err(Error::unsupported("float32-table", message).hint("let the steps before it return float64"));
        }
        Ok(())
    }

    /// Whether a column is one of a sparse value.
    pub fn holds_sparse(&self, context: &Context) -> bool {
        let is_sparse = |column: &Column| match column.values {
            Values::Number { value, .. } => context.graph.ty(value).is_sparse,
            _ => false,
        };
        self.columns.iter().any(is_sparse)
    }

    /// The frame as what a method returns: one list of numbers, or an output per column where their types differ.
    pub fn method(&self, context: &mut Context, name: &str) -> Result<Method> {
        let untouched = self.columns.iter().filter_map(|column| match column.values {
            Values::Field(field) => Some(field),
            _ => None,
        });
        context.assume_numbers(&untouched.collect::<Vec<_>>());
        let shown = self.columns.first().map(|column| column.shown);
        let is_text = |column: &Column| matches!(column.values, Values::Text { .. });
        if self.columns.iter().all(|column| !is_text(column) && Some(column.shown) == shown) {
            let mut numbers = self.matrix(context, Accepts::Everything)?;
            if self.width() <= MOST_LISTED_COLUMNS {
                numbers = context.graph.dense(numbers)?;
            }
            let value = context.graph.cast(numbers, shown.unwrap_or(ElementType::F64))?;
            let names = if context.graph.ty(value).is_sparse { Vec::new() } else { self.names() };
            return Ok(Method::list(name, "values", value, names));
        }
        let outputs = self.columns.iter().map(|column| column.output(context)).collect::<Result<_>>()?;
        Ok(Method { name: name.to_owned(), outputs })
    }
}

impl Column {
    /// The column's numbers, or the error that it is text.
    pub fn number(&self, context: &mut Context) -> Result<ValueId> {
        match &self.values {
            Values::Field(field) => context.number_fields(vec![*field]),
            Values::Number { value, column } => {
                let picked = context.graph.columns(*value, vec![*column])?;
                context.dense(picked)
            }
            Values::Text { .. } => Err(text_as_numbers(context, &self.name)),
        }
    }

    /// The column as text: its value, the input column that it is, and what a missing text stands for.
    pub fn text(&self, context: &mut Context) -> Result<(ValueId, Option<usize>, Option<String>)> {
        match &self.values {
            Values::Field(field) => Ok((context.text_field(*field)?, Some(*field), None)),
            Values::Text { value, field, missing } => Ok((*value, *field, missing.clone())),
            Values::Number { .. } => {
                let message =
                    format!("{} expects text in the column `{}`, which holds numbers", context.trail(), self.name);
                Err(Error::unsupported("column-type", message))
            }
        }
    }

    /// Notes, if it is an input column, that it may not be missing.
    pub fn refuse_missing(&self, context: &mut Context) {
        match self.values {
            Values::Field(field) | Values::Text { field: Some(field), missing: None, .. } => {
                context.refuse_missing(field)
            }
            _ => {}
        }
    }

    fn output(&self, context: &mut Context) -> Result<MethodOutput> {
        let value = match &self.values {
            Values::Text { value, missing, .. } => context.fill_text(*value, missing.clone())?,
            _ => {
                let number = self.number(context)?;
                context.graph.cast(number, self.shown)?
            }
        };
        Ok(MethodOutput { name: self.name.clone(), value, is_list: false, columns: Vec::new() })
    }
}

/// NumPy's common type of the columns of an array; beside text every column keeps its own.
pub fn promote(frame: &mut Frame) {
    let is_text = |values: &Values| matches!(values, Values::Text { .. });
    if frame.columns.iter().any(|column| is_text(&column.values)) {
        return;
    }
    let common = frame.columns.iter().map(|column| column.shown).reduce(|a, b| match (a, b) {
        (a, b) if a == b => a,
        (ElementType::Bool, other) | (other, ElementType::Bool) => other,
        _ => ElementType::F64,
    });
    let Some(common) = common else { return };
    frame.columns.iter_mut().for_each(|column| column.shown = common);
}

fn text_as_numbers(context: &Context, column: &str) -> Error {
    let message = format!("{} expects numbers in the column `{column}`, which holds text", context.trail());
    Error::unsupported("column-type", message)
}

/// The untyped columns at the head of `columns` as numbers, and how many they are.
fn fields(context: &mut Context, columns: &[Column]) -> Result<(ValueId, usize)> {
    let head = columns.iter().map_while(|column| match column.values {
        Values::Field(field) => Some(field),
        _ => None,
    });
    let head: Vec<usize> = head.collect();
    let taken = head.len();
    Ok((context.number_fields(head)?, taken))
}

/// The columns of one value at the head of `columns`, and how many they are.
fn columns(context: &mut Context, of: ValueId, columns: &[Column], layout: Layout) -> Result<(ValueId, usize)> {
    let head = columns.iter().map_while(|column| match column.values {
        Values::Number { value, column } if value == of => Some(column),
        _ => None,
    });
    let head: Vec<usize> = head.collect();
    let taken = head.len();
    // Only ascending columns of a sparse value can be picked before it is dense.
    if context.graph.ty(of).is_sparse && head.windows(2).all(|pair| pair[0] < pair[1]) {
        let picked = context.graph.columns(of, head)?;
        return Ok((if layout == Layout::Dense { context.dense(picked)? } else { picked }, taken));
    }
    let dense = context.dense(of)?;
    Ok((context.graph.columns(dense, head)?, taken))
}
