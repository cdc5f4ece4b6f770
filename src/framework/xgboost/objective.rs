//! What every objective means for prediction: how base_score becomes a margin, and a margin an answer.
//!
//! After XGBoost's src/objective (1.7 to 3.2). A custom objective is saved as `reg:squarederror`: its answer is the
//! margin.

use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Task;
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// An objective.
#[derive(Debug, PartialEq, Eq)]
pub struct Objective {
    /// Its name in the file.
    pub name: &'static str,
    /// From base_score to the margin that the sums begin with.
    pub link: Link,
    /// From a margin to what `Booster.predict` returns.
    pub answer: Answer,
    /// What a model of one output does.
    pub task: Task,
}

/// How base_score becomes a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It is one.
    Identity,
    /// `-ln(1/p - 1)`.
    Logit,
    /// `ln(p)`.
    Log,
}

/// How a margin becomes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is one.
    Margin,
    /// The logistic function.
    Sigmoid,
    /// e^x.
    Exp,
    /// 1 above zero, else 0.
    Hinge,
    /// The softmax over the classes.
    Softmax,
    /// The class of the largest margin, as a floating-point number.
    Class,
}

const fn objective(name: &'static str, link: Link, answer: Answer, task: Task) -> Objective {
    Objective { name, link, answer, task }
}

/// Every objective that can be compiled.
pub static OBJECTIVES: &[Objective] = &[
    objective("binary:logistic", Link::Logit, Answer::Sigmoid, Task::BinaryClassification),
    objective("binary:logitraw", Link::Identity, Answer::Margin, Task::BinaryClassification),
    objective("binary:hinge", Link::Identity, Answer::Hinge, Task::BinaryClassification),
    objective("multi:softmax", Link::Identity, Answer::Class, Task::MulticlassClassification),
    objective("multi:softprob", Link::Identity, Answer::Softmax, Task::MulticlassClassification),
    objective("reg:squarederror", Link::Identity, Answer::Margin, Task::Regression),
    objective("reg:squaredlogerror", Link::Identity, Answer::Margin, Task::Regression),
    objective("reg:logistic", Link::Logit, Answer::Sigmoid, Task::Regression),
    objective("reg:pseudohubererror", Link::Identity, Answer::Margin, Task::Regression),
    objective("reg:absoluteerror", Link::Identity, Answer::Margin, Task::Regression),
    objective("reg:quantileerror", Link::Identity, Answer::Margin, Task::Regression),
    objective("reg:gamma", Link::Log, Answer::Exp, Task::Regression),
    objective("reg:tweedie", Link::Log, Answer::Exp, Task::Regression),
    objective("count:poisson", Link::Log, Answer::Exp, Task::Regression),
    objective("rank:pairwise", Link::Identity, Answer::Margin, Task::Ranking),
    objective("rank:ndcg", Link::Identity, Answer::Margin, Task::Ranking),
    objective("rank:map", Link::Identity, Answer::Margin, Task::Ranking),
    objective("survival:cox", Link::Log, Answer::Exp, Task::Survival),
    objective("survival:aft", Link::Log, Answer::Exp, Task::Survival),
];

/// The objective called `name`.
pub fn find(name: &str) -> Result<&'static Objective> {
    OBJECTIVES.iter().find(|objective| objective.name == name).ok_or_else(|| {
        let known: Vec<&str> = OBJECTIVES.iter().map(|objective| objective.name).collect();
        Error::unsupported("unsupported-objective", format!("the objective `{name}` cannot be compiled"))
            .hint(format!("these can: {}", known.join(", ")))
    })
}

impl Objective {
    /// Whether the outputs are the classes of one target.
    pub fn is_multiclass(&self) -> bool {
        matches!(self.answer, Answer::Softmax | Answer::Class)
    }

    /// What a model of `n_groups` outputs does.
    pub fn task(&self, n_groups: usize) -> Task {
        match self.task {
            Task::BinaryClassification if n_groups > 1 => Task::MultilabelClassification,
            Task::Regression if n_groups > 1 => Task::MultioutputRegression,
            task => task,
        }
    }

    /// The margin of a base_score, in single precision as XGBoost computes it.
    pub fn margin(&self, base_score: f32) -> Result<f32> {
        let log = |x: f32| libm::log(f64::from(x)) as f32;
        let margin = match self.link {
            Link::Identity => base_score,
            Link::Logit => -log(1.0 / base_score - 1.0),
            Link::Log => log(base_score),
        };
        if margin.is_finite() {
            return Ok(margin);
        }
        let expected = match self.link {
            Link::Identity => "a finite number",
            Link::Logit => "a number between 0 and 1",
            Link::Log => "a positive number",
        };
        let message = format!("expected {expected} for `{}`, found `{base_score}`", self.name);
        Err(Error::malformed("xgboost-model", message))
    }

    /// What `Booster.predict` returns for a margin.
    pub fn answer(&self, g: &mut GraphBuilder, margin: ValueId) -> Result<ValueId> {
        match self.answer {
            Answer::Margin => Ok(margin),
            Answer::Sigmoid => sigmoid(g, margin),
            Answer::Exp => g.unary(UnaryFunction::Exp, margin),
            Answer::Hinge => {
                let zero = g.number(0.0, margin)?;
                g.binary(BinaryFunction::Less, zero, margin)
            }
            Answer::Softmax => softmax(g, margin),
            Answer::Class => {
                let class = g.apply(ArgMax, &[margin])?;
                g.cast(class, ElementType::F32)
            }
        }
    }
}

/// The largest argument of XGBoost's exponential: e^88.7 is still finite in single precision.
const SIGMOID_LARGEST: f64 = 88.7;

/// `1 / (e^min(-x, 88.7) + 1)`. XGBoost adds 1e-16 as well, which no single-precision number above 1 notices.
fn sigmoid(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let negated = g.unary(UnaryFunction::Negate, x)?;
    let largest = g.number(SIGMOID_LARGEST, x)?;
    let bounded = g.binary(BinaryFunction::Min, negated, largest)?;
    let power = g.unary(UnaryFunction::Exp, bounded)?;
    let one = g.number(1.0, x)?;
    let denominator = g.add(power, one)?;
    g.div(one, denominator)
}

/// e^(x - max) over its sum: the powers in single precision, their sum in double.
pub(super) fn softmax(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let largest = g.reduce(ReduceFunction::Max, x)?;
    let shifted = g.sub(x, largest)?;
    let powers = g.unary(UnaryFunction::Exp, shifted)?;
    let wide = g.cast(powers, ElementType::F64)?;
    let sum = g.reduce(ReduceFunction::Sum, wide)?;
    let sum = g.cast(sum, ElementType::F32)?;
    g.div(powers, sum)
}
