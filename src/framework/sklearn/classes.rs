//! Class labels as the framework returns them: text, integers, floats or bools.

use super::context::Context;
use super::fitted::Fitted;
use crate::encoding::array::Cell;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::model::{Category, Task};
use crate::ops::arg_max::ArgMax;
use crate::ops::take::Take;
use crate::tensor::{Data, Matrix};

/// The classes of one target, in the order of its columns of probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// The labels, all of one kind.
    pub labels: Vec<Category>,
}

impl Classes {
    /// The classes that an array such as `classes_` lists.
    pub fn read(classes: Fitted<'_>) -> Result<Self> {
        let array = classes.array()?;
        array.expect_dims(1)?;
        limits::CLASSES.check_len(array.len())?;
        let read = |cell: Cell<'_>| {
            let found = cell.to_string();
            let wrong = || classes.error(format!("expected text, numbers or bools as class labels, found {found}"));
            label(cell).ok_or_else(wrong)
        };
        let labels: Vec<Category> = array.to_cells()?.into_iter().map(read).collect::<Result<_>>()?;
        if labels.is_empty() {
            return Err(classes.error("expected class labels, found none"));
        }
        let kind = std::mem::discriminant(&labels[0]);
        if labels.iter().any(|label| std::mem::discriminant(label) != kind) {
            return Err(classes.error("expected class labels of one type, found several"));
        }
        Ok(Classes { labels })
    }

    /// The positions of these classes as classes: what a classifier fitted on encoded labels knows.
    pub fn positions(&self) -> Self {
        Classes { labels: (0..self.len() as i64).map(Category::Integer).collect() }
    }

    /// The number of classes.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// A single label, such as a parameter.
    pub fn label_of(value: Fitted<'_>) -> Result<Category> {
        label(value.cell()).ok_or_else(|| value.wrong("text, a number or a bool as class label"))
    }

    /// The place of a label, -1 if it is none of the classes. Numbers are equal across their types, as in NumPy.
    pub fn index_of(&self, label: &Category) -> i64 {
        let place = self.labels.iter().position(|known| match (known.as_number(), label.as_number()) {
            (Some(known), Some(label)) => known == label,
            _ => known == label,
        });
        place.map_or(-1, |place| place as i64)
    }

    /// Whether there are none: never.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The task of a classifier of these classes alone.
    pub fn task(&self) -> Task {
        if self.len() <= 2 { Task::BinaryClassification } else { Task::MulticlassClassification }
    }

    /// The labels as column names.
    pub fn names(&self) -> Vec<String> {
        self.labels.iter().map(name).collect()
    }

    /// The label at a position (I64, one column).
    pub fn label(&self, context: &mut Context, position: ValueId) -> Result<ValueId> {
        let table = Matrix::new(self.len(), 1, self.data()?);
        context.graph.apply(Take { table }, &[position])
    }

    /// The label of the largest score, the first of equals.
    pub fn most_likely(&self, context: &mut Context, scores: ValueId) -> Result<ValueId> {
        if context.graph.width(scores) != self.len() {
            let message = format!("expected {} scores, found {}", self.len(), context.graph.width(scores));
            return Err(Error::malformed("class-count", message));
        }
        let position = context.graph.apply(ArgMax, &[scores])?;
        self.label(context, position)
    }

    /// The labels as a vector.
    pub fn data(&self) -> Result<Data> {
        let labels = &self.labels;
        let data = match labels.first() {
            Some(Category::Text(_)) => Data::Text(labels.iter().map(|label| Some(name(label))).collect()),
            Some(Category::Integer(_)) => Data::I64(
                labels
                    .iter()
                    .filter_map(|label| match label {
                        Category::Integer(number) => Some(*number),
                        _ => None,
                    })
                    .collect(),
            ),
            Some(Category::Number(_)) => Data::F64(
                labels
                    .iter()
                    .filter_map(|label| match label {
                        Category::Number(number) => Some(*number),
                        _ => None,
                    })
                    .collect(),
            ),
            _ => Data::Bool(labels.iter().map(|label| *label == Category::Bool(true)).collect()),
        };
        if data.len() != labels.len() {
            return Err(Error::internal("class labels of several types"));
        }
        Ok(data)
    }
}

/// A cell as a class label, if it can be one.
pub fn label(cell: Cell<'_>) -> Option<Category> {
    match cell {
        Cell::Bool(truth) => Some(Category::Bool(truth)),
        Cell::Int(number) => Some(Category::Integer(number)),
        Cell::Float(number) => Some(Category::Number(number)),
        Cell::Str(text) => Some(Category::Text(text.into_owned())),
        _ => None,
    }
}

/// A category as text: `1`, `0.5`, `True`, or the text itself.
pub fn name(category: &Category) -> String {
    match category {
        Category::Bool(true) => "True".to_owned(),
        Category::Bool(false) => "False".to_owned(),
        Category::Integer(number) => number.to_string(),
        Category::Number(number) => format!("{number:?}"),
        Category::Text(text) => text.clone(),
    }
}
