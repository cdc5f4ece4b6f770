//! The objective: what turns sums of leaves into what `predict` returns.

use super::lines::{malformed, number, shown};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Task;
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;

/// The objective of a booster, under LightGBM's own name.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// `binary`, `regression`, …; `custom` where the model was trained with the user's own function.
    pub name: &'static str,
    /// What it does to a sum.
    pub transform: Transform,
    /// What kind of answer it gives.
    pub task: Task,
}

/// From sums of leaves to predictions, after `ConvertOutput` of LightGBM's objectives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Transform {
    /// The sum itself.
    Identity,
    /// 1 / (1 + e^(-k·x)).
    Sigmoid(f64),
    /// e^x over the sum of all columns' e^x.
    Softmax,
    /// e^x.
    Exp,
    /// log(1 + e^x), infinite where e^x is.
    LogOnePlusExp,
    /// sign(x)·x².
    SignedSquare,
}

/// LightGBM's name, what the sum becomes, the task, the other names it takes.
type Known = (&'static str, Shape, Task, &'static [&'static str]);

/// What the words after the name must say.
#[derive(Clone, Copy)]
enum Shape {
    /// Nothing, and the transform is this.
    Plain(Transform),
    /// Perhaps `sqrt`.
    MaybeSqrt,
    /// `sigmoid:K`.
    Sigmoid,
    /// `num_class:N`.
    Classes,
    /// `num_class:N sigmoid:K`.
    ClassesSigmoid,
}

/// Every objective LightGBM loads (objective_function.cpp and config.h, 3.3 to 4.7).
const KNOWN: [Known; 17] = [
    ("binary", Shape::Sigmoid, Task::BinaryClassification, &[]),
    ("multiclass", Shape::Classes, Task::MulticlassClassification, &["softmax"]),
    ("multiclassova", Shape::ClassesSigmoid, Task::MulticlassClassification, &["multiclass_ova", "ova", "ovr"]),
    (
        "regression",
        Shape::MaybeSqrt,
        Task::Regression,
        &["regression_l2", "mean_squared_error", "mse", "l2", "l2_root", "root_mean_squared_error", "rmse"],
    ),
    ("regression_l1", Shape::MaybeSqrt, Task::Regression, &["mean_absolute_error", "l1", "mae"]),
    ("huber", Shape::Plain(Transform::Identity), Task::Regression, &[]),
    ("fair", Shape::MaybeSqrt, Task::Regression, &[]),
    ("quantile", Shape::MaybeSqrt, Task::Regression, &[]),
    ("mape", Shape::MaybeSqrt, Task::Regression, &["mean_absolute_percentage_error"]),
    ("poisson", Shape::Plain(Transform::Exp), Task::Regression, &[]),
    ("gamma", Shape::Plain(Transform::Exp), Task::Regression, &[]),
    ("tweedie", Shape::Plain(Transform::Exp), Task::Regression, &[]),
    ("cross_entropy", Shape::Plain(Transform::Sigmoid(1.0)), Task::Regression, &["xentropy"]),
    ("cross_entropy_lambda", Shape::Plain(Transform::LogOnePlusExp), Task::Regression, &["xentlambda"]),
    ("lambdarank", Shape::Plain(Transform::Identity), Task::Ranking, &[]),
    (
        "rank_xendcg",
        Shape::Plain(Transform::Identity),
        Task::Ranking,
        &["xendcg", "xe_ndcg", "xe_ndcg_mart", "xendcg_mart"],
    ),
    ("custom", Shape::Plain(Transform::Identity), Task::Other, &["none", "null", "na"]),
];

/// The names of the objectives that can be read.
pub fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|known| known.0)
}

impl Objective {
    /// The user's own function: LightGBM knows no transform for it.
    pub(super) const CUSTOM: Objective =
        Objective { name: "custom", transform: Transform::Identity, task: Task::Other };

    /// Reads the value of `objective=` in a model of `num_class` classes.
    pub(super) fn parse(value: &str, num_class: usize) -> Result<Self> {
        let mut words = value.split_ascii_whitespace();
        let name = words.next().unwrap_or("");
        let Some((name, shape, task, _)) =
            KNOWN.iter().find(|(known, _, _, aliases)| *known == name || aliases.contains(&name))
        else {
            let names: Vec<&str> = KNOWN.iter().map(|(name, ..)| *name).collect();
            return Err(Error::unsupported("lightgbm-objective", format!("the objective {} is unknown", shown(name)))
                .hint(format!("known objectives are {}", names.join(", "))));
        };
        let mut settings = Settings::default();
        for word in words {
            settings.read(word)?;
        }
        let transform = settings.transform(*shape, num_class).map_err(|error| error.at(name))?;
        Ok(Objective { name, transform, task: *task })
    }

    /// Whether a row has one column per class; else it has one alone, or as many as a custom objective trained.
    pub(super) fn is_multiclass(&self) -> bool {
        self.task == Task::MulticlassClassification
    }

    /// What `predict` returns for the sums `raw`.
    pub(super) fn lower(&self, g: &mut GraphBuilder, raw: ValueId) -> Result<ValueId> {
        match self.transform {
            Transform::Identity => Ok(raw),
            Transform::Exp => g.unary(UnaryFunction::Exp, raw),
            Transform::Sigmoid(slope) => {
                let slope = g.number(-slope, raw)?;
                let scaled = g.mul(slope, raw)?;
                let exp = g.unary(UnaryFunction::Exp, scaled)?;
                let one = g.number(1.0, raw)?;
                let denominator = g.add(one, exp)?;
                g.div(one, denominator)
            }
            Transform::LogOnePlusExp => {
                let exp = g.unary(UnaryFunction::Exp, raw)?;
                g.unary(UnaryFunction::Log1p, exp)
            }
            Transform::SignedSquare => {
                let zero = g.number(0.0, raw)?;
                let positive = g.binary(BinaryFunction::Less, zero, raw)?;
                let negative = g.binary(BinaryFunction::Less, raw, zero)?;
                let sign = g.sub(positive, negative)?;
                let once = g.mul(sign, raw)?;
                g.mul(once, raw)
            }
            Transform::Softmax => {
                let highest = g.reduce(ReduceFunction::Max, raw)?;
                let shifted = g.sub(raw, highest)?;
                let exp = g.unary(UnaryFunction::Exp, shifted)?;
                let sum = g.reduce(ReduceFunction::Sum, exp)?;
                g.div(exp, sum)
            }
        }
    }
}

/// The words after the objective's name.
#[derive(Default)]
struct Settings {
    sqrt: bool,
    sigmoid: Option<f64>,
    num_class: Option<usize>,
}

impl Settings {
    fn read(&mut self, word: &str) -> Result<()> {
        match word.split_once(':') {
            None if word == "sqrt" => self.sqrt = true,
            Some(("sigmoid", slope)) => self.sigmoid = Some(number(slope)?),
            Some(("num_class", count)) => self.num_class = Some(number(count)?),
            _ => {
                let message = format!("the objective's setting {} is unknown", shown(word));
                return Err(Error::unsupported("lightgbm-objective", message));
            }
        }
        Ok(())
    }

    fn transform(&self, shape: Shape, num_class: usize) -> Result<Transform> {
        let has_classes = matches!(shape, Shape::Classes | Shape::ClassesSigmoid);
        let has_sigmoid = matches!(shape, Shape::Sigmoid | Shape::ClassesSigmoid);
        if self.sqrt && !matches!(shape, Shape::MaybeSqrt) {
            return Err(malformed("expected no `sqrt`"));
        }
        if self.sigmoid.is_some() != has_sigmoid {
            return Err(malformed(if has_sigmoid { "expected `sigmoid:`" } else { "expected no `sigmoid:`" }));
        }
        if self.num_class.is_some() != has_classes {
            return Err(malformed(if has_classes { "expected `num_class:`" } else { "expected no `num_class:`" }));
        }
        if let Some(found) = self.num_class.filter(|found| *found != num_class) {
            return Err(malformed(format!("expected the header's {num_class} classes, found `num_class:{found}`")));
        }
        let slope = self.sigmoid.unwrap_or(1.0);
        if slope.is_nan() || slope <= 0.0 || slope.is_infinite() {
            return Err(malformed(format!("expected a positive sigmoid, found {slope}")));
        }
        Ok(match shape {
            Shape::Plain(transform) => transform,
            Shape::MaybeSqrt if self.sqrt => Transform::SignedSquare,
            Shape::MaybeSqrt => Transform::Identity,
            Shape::Sigmoid | Shape::ClassesSigmoid => Transform::Sigmoid(slope),
            Shape::Classes => Transform::Softmax,
        })
    }
}
