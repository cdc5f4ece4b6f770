//! A classifier of one target: its classes, and its methods as they are found.

use super::classes::Classes;
use super::context::Context;
use super::predictor::Predictor;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::model::Method;
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// A classifier while its methods are collected, in the order in which they are listed.
#[derive(Debug)]
pub struct Classifier {
    classes: Classes,
    methods: Vec<Method>,
}

/// When the second of two classes is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Positive {
    /// A score above 0.
    Above,
    /// A score of 0 or above.
    FromZero,
}

impl Classifier {
    /// A classifier without methods.
    pub fn new(classes: Classes) -> Self {
        Classifier { classes, methods: Vec::new() }
    }

    /// Its classes.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// `predict`: the label at a position (I64).
    pub fn predict_position(&mut self, context: &mut Context, position: ValueId) -> Result<()> {
        let label = self.classes.label(context, position)?;
        self.methods.push(Method::scalar("predict", "prediction", label));
        Ok(())
    }

    /// `predict`: the label of the largest score; of two classes with one score, of its sign.
    pub fn predict_scores(&mut self, context: &mut Context, scores: ValueId, positive: Positive) -> Result<()> {
        self.expect_scores(context, scores)?;
        let position = if context.graph.width(scores) == 1 {
            above_zero(context, scores, positive)?
        } else {
            context.graph.apply(ArgMax, &[scores])?
        };
        self.predict_position(context, position)
    }

    /// `predict_proba` alone.
    pub fn probabilities(&mut self, context: &mut Context, probabilities: ValueId) -> Result<()> {
        let width = context.graph.width(probabilities);
        if width != self.classes.len() {
            return Err(self.wrong_width(width, "probabilities"));
        }
        self.methods.push(Method::list("predict_proba", "probability", probabilities, self.classes.names()));
        Ok(())
    }

    /// `predict_proba` and `predict_log_proba`.
    pub fn log_probabilities(&mut self, context: &mut Context, probabilities: ValueId) -> Result<()> {
        self.probabilities(context, probabilities)?;
        let logarithms = context.graph.unary(UnaryFunction::Log, probabilities)?;
        self.methods.push(Method::list("predict_log_proba", "log_probability", logarithms, self.classes.names()));
        Ok(())
    }

    /// `decision_function`: a number of two classes, else a number per class.
    pub fn decision(&mut self, context: &mut Context, scores: ValueId) -> Result<()> {
        self.expect_scores(context, scores)?;
        self.methods.push(if context.graph.width(scores) == 1 {
            Method::scalar("decision_function", "decision", scores)
        } else {
            Method::list("decision_function", "decision", scores, self.classes.names())
        });
        Ok(())
    }

    /// Another method.
    pub fn method(&mut self, method: Method) {
        self.methods.push(method);
    }

    /// The finished predictor.
    pub fn finish(self) -> Predictor {
        Predictor { task: self.classes.task(), classes: vec![self.classes], methods: self.methods }
    }

    /// Scores are one per class, or one for two classes.
    fn expect_scores(&self, context: &Context, scores: ValueId) -> Result<()> {
        match (context.graph.width(scores), self.classes.len()) {
            (1, 2) => Ok(()),
            (width, n_classes) if width == n_classes && width > 1 => Ok(()),
            (width, _) => Err(self.wrong_width(width, "scores")),
        }
    }

    fn wrong_width(&self, found: usize, what: &str) -> Error {
        let message = format!("{} classes do not fit {found} {what} a row", self.classes.len());
        Error::malformed("class-count", message)
    }
}

/// 1 where the score is positive, else 0 (I64).
pub fn above_zero(context: &mut Context, score: ValueId, positive: Positive) -> Result<ValueId> {
    let zero = context.graph.number(0.0, score)?;
    let comparison = match positive {
        Positive::Above => BinaryFunction::Less,
        Positive::FromZero => BinaryFunction::LessEqual,
    };
    let truth = context.graph.binary(comparison, zero, score)?;
    context.graph.cast(truth, ElementType::I64)
}
