//! How one class of estimators is lowered: the functions that do it, its methods, what is refused of it.

use super::context::Context;
use super::fitted::Fitted;
use super::frame::Frame;
use super::inputs::Inputs;
use super::predictor::Predictor;
use super::refused::Refusal;
use crate::error::Result;
use crate::framework::supported::{Methods, RefusedVariant, Support, Verdict};

/// Turns a frame into another, as the estimator's `transform`.
pub type Transform = for<'a> fn(&mut Context, Fitted<'a>, &Frame) -> Result<Frame>;
/// Computes an estimator's predictions.
pub type Predict = for<'a> fn(&mut Context, Fitted<'a>, &Frame) -> Result<Predictor>;
/// Transforms a frame and names the inner estimator that does the rest.
pub type Delegate = for<'a> fn(&mut Context, Fitted<'a>, &Frame) -> Result<Delegated<'a>>;
/// Reads the input columns of an estimator that keeps them elsewhere, at a depth below the root (see `inputs::find`).
pub type ReadInputs = for<'a> fn(Fitted<'a>, usize) -> Result<Option<Inputs>>;

/// What a delegating estimator leaves to another.
#[derive(Debug)]
pub struct Delegated<'a> {
    /// Where the other stands, for messages: ``step `clf` ``.
    pub place: String,
    /// The other.
    pub estimator: Fitted<'a>,
    /// What it gets.
    pub frame: Frame,
}

/// How one class of estimators is lowered.
#[derive(Debug)]
pub struct Lowering {
    /// The public package: private modules moved between versions.
    pub package: &'static str,
    /// The class.
    pub class: &'static str,
    /// Its `transform`, if it has one.
    pub transform: Option<Transform>,
    /// Whether an estimator of the class was fitted so that it has no `transform` after all.
    pub lacks_transform: Option<fn(Fitted<'_>) -> Result<bool>>,
    /// Its `predict` and what comes with it, if it has one.
    pub predict: Option<Predict>,
    /// For pipelines and searches: who does the rest.
    pub delegate: Option<Delegate>,
    /// Its input columns, where `feature_names_in_` and `n_features_in_` do not tell them.
    pub inputs: Option<ReadInputs>,
    /// Its methods, where they are more than its functions' own names tell (see [`Lowering::methods`]).
    answers: &'static [&'static str],
    /// Its variants that cannot be compiled.
    pub refuses: &'static [Refusal],
}

/// A row for a class of a package, without functions.
pub const fn row(package: &'static str, class: &'static str) -> Lowering {
    Lowering {
        package,
        class,
        transform: None,
        lacks_transform: None,
        predict: None,
        delegate: None,
        inputs: None,
        answers: &[],
        refuses: &[],
    }
}

impl Lowering {
    pub(super) const fn transforms(self, transform: Transform) -> Self {
        Lowering { transform: Some(transform), ..self }
    }

    pub(super) const fn but_not_where(self, lacks_transform: fn(Fitted<'_>) -> Result<bool>) -> Self {
        Lowering { lacks_transform: Some(lacks_transform), ..self }
    }

    pub(super) const fn predicts(self, predict: Predict) -> Self {
        Lowering { predict: Some(predict), ..self }
    }

    pub(super) const fn delegates(self, delegate: Delegate) -> Self {
        Lowering { delegate: Some(delegate), ..self }
    }

    pub(super) const fn with_inputs(self, inputs: ReadInputs) -> Self {
        Lowering { inputs: Some(inputs), ..self }
    }

    pub(super) const fn answers(self, methods: &'static [&'static str]) -> Self {
        Lowering { answers: methods, ..self }
    }

    pub(super) const fn refuses(self, refuses: &'static [Refusal]) -> Self {
        Lowering { refuses, ..self }
    }

    /// The methods that some estimator of the class has; none of one that has the methods of an estimator inside it.
    pub fn methods(&self) -> &'static [&'static str] {
        match (self.answers, self.predict, self.transform) {
            ([], Some(_), None) => &["predict"],
            ([], None, Some(_)) => &["transform"],
            (answers, ..) => answers,
        }
    }

    /// What the row says for people.
    pub fn support(&self) -> Support {
        let methods = match self.delegate {
            Some(_) => Methods::OfTheInner,
            None => Methods::Named(self.methods().to_vec()),
        };
        let refuses = self.refuses.iter().map(|refusal| RefusedVariant { what: refusal.what, why: refusal.why });
        let verdict = Verdict::Compiled { methods, refuses: refuses.collect() };
        Support { name: self.class, package: Some(self.package), verdict }
    }
}
