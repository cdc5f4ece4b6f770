//! What a model is while it is lowered: its input columns, its graph, and where in the estimator tree we are.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use super::estimators;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::Inputs;
use super::lowering::{Delegated, Lowering};
use super::predictor::Predictor;
use super::refused;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::model::{Category, Field, Method, Task};
use crate::ops::ensure::Condition;
use crate::ops::text_replace::TextReplace;
use crate::tensor::ElementType;

/// The model being lowered.
#[derive(Debug)]
pub struct Context {
    /// The graph being built.
    pub graph: GraphBuilder,
    /// What a person should know about the model.
    pub notes: Vec<String>,
    fields: Vec<InputField>,
    /// Places from the root to the estimator being lowered, its class last.
    trail: Vec<String>,
    checked: HashSet<(ValueId, Accepts)>,
    /// The guards of all steps that transform, by their order of creation.
    step_guards: BTreeSet<usize>,
    n_lowered: u64,
}

/// An input column, and what is known about it so far.
#[derive(Debug)]
struct InputField {
    name: String,
    /// Whether every use so far accepts a missing value.
    nullable: bool,
    categories: Option<Vec<Category>>,
    /// Who settled its element type.
    used_by: Option<Rc<str>>,
}

/// Which numbers an estimator accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accepts {
    /// No NaN, no infinity (scikit-learn's `ensure_all_finite=True`).
    Finite,
    /// NaN but no infinity (`'allow-nan'`).
    Missing,
    /// All.
    Everything,
}

/// What the root estimator can be asked.
#[derive(Debug)]
pub struct Answers {
    /// What it does.
    pub task: Task,
    /// Its methods.
    pub methods: Vec<Method>,
}

impl Context {
    /// A context over the input columns, none of them used yet.
    pub fn new(inputs: &Inputs) -> Self {
        let field = |name: &String| InputField { name: name.clone(), nullable: true, categories: None, used_by: None };
        Context {
            graph: GraphBuilder::untyped(inputs.names.len()),
            notes: Vec::new(),
            fields: inputs.names.iter().map(field).collect(),
            trail: Vec::new(),
            checked: HashSet::new(),
            step_guards: BTreeSet::new(),
            n_lowered: 0,
        }
    }

    /// Lowers `transform`. The word `passthrough` (and `None`) stands for an estimator that changes nothing.
    pub fn transform(&mut self, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
        if estimator.is_passthrough() {
            return Ok(frame.clone());
        }
        let lowering = self.lowering(estimator)?;
        let first_guard = self.graph.n_guards();
        let transformed =
            self.inside(estimator.class_name().to_owned(), |context| match (lowering.transform, lowering.delegate) {
                (Some(transform), _) => transform(context, estimator, frame),
                (None, Some(delegate)) => {
                    let Delegated { place, estimator, frame } = delegate(context, estimator, frame)?;
                    context.within(place, |context| context.transform(estimator, &frame))
                }
                (None, None) => {
                    Err(Error::unsupported("no-transform", format!("`{}` has no `transform`", estimator.class_name())))
                }
            });
        self.guarded_since(first_guard);
        transformed
    }

    /// Takes the guards from `first` on for ones that refuse rows of every answer.
    pub fn guarded_since(&mut self, first: usize) {
        self.step_guards.extend(first..self.graph.n_guards());
    }

    /// Lets a result be refused by every step before it, also where it does not depend on what the step refuses: a
    /// column may be dropped after the encoder that does not know its category.
    pub fn refused_by_steps(&mut self, result: ValueId) {
        self.graph.inherit_guards(result, self.step_guards.iter().copied());
    }

    /// Lowers `predict` and the methods that come with it.
    pub fn predict(&mut self, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
        let lowering = self.lowering(estimator)?;
        self.inside(estimator.class_name().to_owned(), |context| match (lowering.predict, lowering.delegate) {
            (Some(predict), _) => predict(context, estimator, frame),
            (None, Some(delegate)) => {
                let Delegated { place, estimator, frame } = delegate(context, estimator, frame)?;
                context.within(place, |context| context.predict(estimator, &frame))
            }
            (None, None) => {
                Err(Error::unsupported("no-predict", format!("`{}` has no `predict`", estimator.class_name())))
            }
        })
    }

    /// Lowers everything that the root estimator offers.
    pub fn answers(&mut self, estimator: Fitted<'_>, frame: &Frame) -> Result<Answers> {
        if estimator.is_passthrough() {
            return Ok(Answers { task: Task::Transformation, methods: vec![frame.method(self, "transform")?] });
        }
        let lowering = self.lowering(estimator)?;
        self.inside(estimator.class_name().to_owned(), |context| {
            if let Some(delegate) = lowering.delegate {
                let Delegated { place, estimator, frame } = delegate(context, estimator, frame)?;
                return context.within(place, |context| context.answers(estimator, &frame));
            }
            let mut answers = Answers { task: Task::Transformation, methods: Vec::new() };
            if let Some(predict) = lowering.predict {
                let predictor = predict(context, estimator, frame)?;
                answers = Answers { task: predictor.task, methods: predictor.methods };
            }
            // Where predictions and `transform` share their parts, `predict` gives both.
            let lacks_transform = lowering.lacks_transform.map_or(Ok(false), |lacks| lacks(estimator))?;
            if let Some(transform) = lowering.transform
                && !lacks_transform
                && answers.methods.iter().all(|method| method.name != "transform")
            {
                let first_guard = context.graph.n_guards();
                let transformed = transform(context, estimator, frame)?.method(context, "transform")?;
                let guards = first_guard..context.graph.n_guards();
                let values = transformed.outputs.iter().map(|output| output.value);
                values.for_each(|value| context.graph.inherit_guards(value, guards.clone()));
                answers.methods.push(transformed);
            }
            // The first method is the one that is meant when none is named: of a transformer, `transform`.
            let place = answers.methods.iter().position(|method| method.name == "transform");
            if let Some(place) = place
                && answers.methods.iter().all(|method| method.name != "predict")
            {
                answers.methods[..=place].rotate_right(1);
            }
            Ok(answers)
        })
    }

    /// Counts an estimator, and how deep it stands: a file can hold one inside itself.
    pub fn count(&mut self) -> Result<()> {
        self.n_lowered += 1;
        limits::ESTIMATORS.check(self.n_lowered)?;
        // Each level leaves its class and its place.
        limits::ESTIMATOR_DEPTH.check_len(self.trail.len() / 2)
    }

    fn lowering(&mut self, estimator: Fitted<'_>) -> Result<&'static Lowering> {
        self.count()?;
        estimator.lowering().ok_or_else(|| unsupported(estimator))
    }

    /// Lowers a part of an estimator: errors and messages about rows then name the place.
    pub fn within<T>(&mut self, place: String, lower: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.inside(place.clone(), lower).map_err(|error| error.at(place))
    }

    fn inside<T>(&mut self, name: String, lower: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.trail.push(name);
        let lowered = lower(self);
        self.trail.pop();
        lowered
    }

    /// The estimator being lowered and where it stands, for messages: ``Pipeline, step `clf`, Ridge``.
    pub fn trail(&self) -> String {
        self.trail.join(", ")
    }

    /// Numeric input columns side by side.
    pub fn number_fields(&mut self, fields: Vec<usize>) -> Result<ValueId> {
        let trail = self.trail().into();
        fields.iter().try_for_each(|field| self.settle(*field, ElementType::F64, &trail))?;
        self.graph.input(fields)
    }

    /// A text input column.
    pub fn text_field(&mut self, field: usize) -> Result<ValueId> {
        self.settle(field, ElementType::Text, &self.trail().into())?;
        self.graph.input(vec![field])
    }

    fn settle(&mut self, field: usize, element: ElementType, trail: &Rc<str>) -> Result<()> {
        let (settled, known) = (self.graph.settle(field, element), self.fields.get_mut(field));
        let (Some(settled), Some(known)) = (settled, known) else {
            return Err(Error::internal(format!("no input column {field}")));
        };
        if settled == element {
            known.used_by.get_or_insert_with(|| trail.clone());
            return Ok(());
        }
        let kind = |element| if element == ElementType::Text { "text" } else { "numbers" };
        let first = known.used_by.as_deref().unwrap_or_default();
        let message = format!(
            "the column `{}` is used as {} (by {first}) and as {} (by {trail})",
            known.name,
            kind(settled),
            kind(element)
        );
        Err(Error::unsupported("column-type", message)
            .hint(format!("{}: convert it before the model", refused::COLUMN_TYPE.why)))
    }

    /// Settles the columns that nothing needs to be numbers or text, but that are returned, as numbers.
    pub fn assume_numbers(&mut self, fields: &[usize]) {
        let names: Vec<String> = fields
            .iter()
            .filter(|field| self.graph.field(**field).is_none())
            .filter_map(|field| Some(format!("`{}`", self.fields.get(*field)?.name)))
            .collect();
        if !names.is_empty() {
            self.notes.push(format!("{} pass through untouched and are taken for numbers", names.join(", ")));
        }
    }

    /// Notes that a use of the column does not accept missing values.
    pub fn refuse_missing(&mut self, field: usize) {
        if let Some(field) = self.fields.get_mut(field) {
            field.nullable = false;
        }
    }

    /// Notes the categories that an encoder knows of a column.
    pub fn note_categories(&mut self, field: usize, categories: &[Category]) {
        if let Some(field) = self.fields.get_mut(field) {
            field.categories.get_or_insert_with(|| categories.to_vec());
        }
    }

    /// A text whose missing values are replaced, if by anything.
    pub fn fill_text(&mut self, text: ValueId, missing: Option<String>) -> Result<ValueId> {
        match missing {
            None => Ok(text),
            Some(to) => self.graph.apply(TextReplace { from: None, to }, &[text]),
        }
    }

    /// Refuses rows in which `value` holds numbers that the estimator being lowered does not accept.
    pub fn check(&mut self, value: ValueId, accepts: Accepts) -> Result<()> {
        if accepts == Accepts::Everything || !self.checked.insert((value, accepts)) {
            return Ok(());
        }
        let element = self.graph.ty(value).element;
        let (condition, refused) = match accepts {
            Accepts::Missing => (Condition::NotInfinite, "infinity"),
            _ => (Condition::Finite, "NaN, infinity"),
        };
        let message = format!("{}: input X contains {refused} or a value too large for {element}", self.trail());
        self.graph.ensure(value, (value, condition), message)
    }

    /// A value with every element stored, for an estimator that needs them all.
    pub fn dense(&mut self, value: ValueId) -> Result<ValueId> {
        let trail = self.trail();
        self.graph.dense(value).map_err(|error| error.at(trail))
    }

    /// Notes that a value holds neither NaN nor infinities, whatever the input: no row needs to be looked at.
    pub fn is_finite(&mut self, value: ValueId) {
        self.checked.extend([(value, Accepts::Finite), (value, Accepts::Missing)]);
    }

    /// The finished input columns.
    pub fn fields(&self) -> Vec<Field> {
        let field = |(index, field): (usize, &InputField)| Field {
            name: field.name.clone(),
            element: self.graph.field(index).unwrap_or(ElementType::Text),
            nullable: field.nullable,
            categories: field.categories.clone(),
        };
        self.fields.iter().enumerate().map(field).collect()
    }
}

/// Refuses a class that has no row in the table.
pub fn unsupported(estimator: Fitted<'_>) -> Error {
    let (package, class) = (estimator.package(), estimator.class_name());
    if let Some(reason) = refused::reason(&package, class) {
        return Error::unsupported("unsupported-estimator", format!("`{class}` {reason}"));
    }
    let known: Vec<&str> =
        estimators::LOWERINGS.iter().filter(|row| row.package == package).map(|row| row.class).collect();
    let message = format!("`{}` of `{package}` cannot be compiled", estimator.class_name());
    let error = Error::unsupported("unsupported-estimator", message);
    let elsewhere = "`--engine native --no-score-module` packages the model unproven";
    if known.is_empty() {
        return error.hint(elsewhere);
    }
    error.hint(format!("of this package {} can; {elsewhere}", known.join(", ")))
}
