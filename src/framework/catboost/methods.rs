//! The methods of CatBoost's Python classes over the raw sums.

use super::booster::Booster;
use super::info::ClassParameters;
use super::lower::Inputs;
use super::objective::{self, Probability, Purpose};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Method, Task};
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};

/// The Python class that a model answers as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapper {
    /// `CatBoost`, whose `predict` is the raw sum.
    CatBoost,
    /// `CatBoostClassifier`.
    Classifier,
    /// `CatBoostRegressor`; `predict` of some losses is no raw sum, where the object knows its loss.
    Regressor {
        /// Whether it does.
        knows_loss: bool,
    },
    /// `CatBoostRanker`.
    Ranker,
}

/// What a model answers.
#[derive(Debug, Clone)]
pub struct Answers {
    /// What the model does.
    pub task: Task,
    /// The methods of its class.
    pub methods: Vec<Method>,
    /// The labels of a classifier's classes.
    pub labels: Option<Data>,
}

/// How sums become the answer of `predict`, beside the sums themselves.
const EXPONENTS: [&str; 2] = ["Poisson", "Tweedie"];
/// The loss function whose second output is the logarithm of a standard deviation.
const UNCERTAIN: &str = "RMSEWithUncertainty";

impl Wrapper {
    /// The class of a name.
    pub fn of_class(class: &str, knows_loss: bool) -> Option<Wrapper> {
        match class {
            "CatBoost" => Some(Wrapper::CatBoost),
            "CatBoostClassifier" => Some(Wrapper::Classifier),
            "CatBoostRegressor" => Some(Wrapper::Regressor { knows_loss }),
            "CatBoostRanker" => Some(Wrapper::Ranker),
            _ => None,
        }
    }

    /// The name of the class.
    pub fn class(self) -> &'static str {
        match self {
            Wrapper::CatBoost => "CatBoost",
            Wrapper::Classifier => "CatBoostClassifier",
            Wrapper::Regressor { .. } => "CatBoostRegressor",
            Wrapper::Ranker => "CatBoostRanker",
        }
    }
}

impl Booster {
    /// The class that a file without one answers as: that of its loss function.
    pub fn wrapper(&self) -> Result<Wrapper> {
        Ok(match objective::purpose(self.info.loss.as_ref())? {
            Purpose::Classification(_) => Wrapper::Classifier,
            Purpose::Regression | Purpose::Survival => Wrapper::Regressor { knows_loss: true },
            Purpose::Ranking => Wrapper::Ranker,
            Purpose::Custom => Wrapper::CatBoost,
        })
    }

    /// Every method of a class over the input columns.
    pub fn answers(&self, g: &mut GraphBuilder, inputs: &Inputs, wrapper: Wrapper) -> Result<Answers> {
        let purpose = objective::purpose(self.info.loss.as_ref())?;
        let sums = self.sums(g, inputs)?;
        let classes = Classes::of(self, purpose)?;
        let raw = match &classes {
            Some(classes) => classes.spread(g, sums.raw, self.dimension)?,
            None => sums.raw,
        };
        let names = classes.as_ref().map(Classes::names).unwrap_or_default();
        let margin = self.numbers(g, "predict_raw", "margin", raw, &names);
        let mut labels = None;
        let mut methods = match (wrapper, &classes) {
            (Wrapper::Classifier, Some(classes)) => {
                labels = Some(classes.labels.clone());
                self.classifier(g, raw, classes)?
            }
            (Wrapper::Classifier, None) => {
                let message =
                    "a CatBoostClassifier with the user's own loss function has probabilities that only it knows";
                return Err(Error::unsupported("unsupported-catboost", message).hint("save the model as `CatBoost`"));
            }
            (Wrapper::Regressor { knows_loss: true }, _) => vec![self.regressor(g, raw)?],
            _ => vec![self.numbers(g, "predict", "prediction", raw, &names)],
        };
        methods.push(margin);
        methods.extend(sums.leaves.map(|leaves| Method::list("calc_leaf_indexes", "leaf", leaves, Vec::new())));
        Ok(Answers { task: objective::task(purpose, g.width(raw)), methods, labels })
    }

    /// A method whose row is a number, or a list where there are several.
    fn numbers(&self, g: &GraphBuilder, method: &str, output: &str, value: ValueId, names: &[String]) -> Method {
        match g.width(value) {
            1 => Method::scalar(method, output, value),
            width if width == names.len() => Method::list(method, output, value, names.to_vec()),
            _ => Method::list(method, output, value, Vec::new()),
        }
    }

    fn regressor(&self, g: &mut GraphBuilder, raw: ValueId) -> Result<Method> {
        let loss = self.info.loss.as_ref().map_or("", |loss| &loss.name);
        if loss == UNCERTAIN && g.width(raw) == 2 {
            let (mean, second) = (g.columns(raw, vec![0])?, g.columns(raw, vec![1])?);
            let two = g.number(2.0, second)?;
            let twice = g.mul(second, two)?;
            let variance = g.unary(UnaryFunction::Exp, twice)?;
            let both = g.concat(&[mean, variance])?;
            return Ok(Method::list("predict", "prediction", both, vec!["mean".into(), "variance".into()]));
        }
        let answer = if EXPONENTS.contains(&loss) { g.unary(UnaryFunction::Exp, raw)? } else { raw };
        Ok(self.numbers(g, "predict", "prediction", answer, &[]))
    }

    fn classifier(&self, g: &mut GraphBuilder, raw: ValueId, classes: &Classes) -> Result<Vec<Method>> {
        let names = classes.names();
        let (probability, logarithm) = classes.probabilities(g, raw)?;
        let predict = match classes.probability {
            Probability::Sigmoid => {
                let second = self.passes(g, raw)?;
                Method::scalar("predict", "prediction", classes.label(g, second)?)
            }
            Probability::Labels => {
                let passed = self.passes(g, raw)?;
                Method::list("predict", "prediction", passed, names.clone())
            }
            _ => {
                let class = g.apply(ArgMax, &[raw])?;
                // A column, not a list of classes: CatBoost's own form.
                Method::list("predict", "prediction", classes.label(g, class)?, Vec::new())
            }
        };
        Ok(vec![
            predict,
            Method::list("predict_proba", "probability", probability, names.clone()),
            Method::list("predict_log_proba", "log_probability", logarithm, names),
        ])
    }

    /// 1 where the sum is beyond that of the probability threshold, else 0 (I64).
    fn passes(&self, g: &mut GraphBuilder, raw: ValueId) -> Result<ValueId> {
        let threshold = self.info.threshold.unwrap_or(0.5);
        if !(threshold > 0.0 && threshold < 1.0) {
            let message = format!("expected a probability between 0 and 1, found {threshold}");
            return Err(Error::malformed("catboost-model", message).at("`binclass_probability_threshold`"));
        }
        let odds = g.constant(Data::F64(vec![1.0 / threshold - 1.0]))?;
        let logarithm = g.unary(UnaryFunction::Log, odds)?;
        let logit = g.unary(UnaryFunction::Negate, logarithm)?;
        let passes = g.binary(BinaryFunction::Less, logit, raw)?;
        g.cast(passes, ElementType::I64)
    }
}

/// The classes of a classifier.
struct Classes {
    labels: Data,
    probability: Probability,
    /// The class of each output; empty where outputs are classes in order, or one stands for two.
    of_output: Vec<usize>,
}

impl Classes {
    /// The classes, where the loss function is one of classification.
    fn of(booster: &Booster, purpose: Purpose) -> Result<Option<Classes>> {
        let Purpose::Classification(probability) = purpose else { return Ok(None) };
        let dimension = booster.dimension;
        let is_binary = probability == Probability::Sigmoid;
        let malformed = |message: String| Error::malformed("catboost-model", message).at("`class_params`");
        if is_binary != (dimension == 1) {
            return Err(malformed(format!("{dimension} outputs do not fit the loss function")));
        }
        let none = ClassParameters::default();
        let known = booster.info.classes.as_ref().unwrap_or(&none);
        let labels = known.labels(if is_binary { 2 } else { dimension })?;
        let n_classes = if is_binary { 2 } else { known.n_classes(dimension) };
        if labels.len() != n_classes {
            return Err(malformed(format!("expected labels for {n_classes} classes, found {}", labels.len())));
        }
        let mut of_output = Vec::new();
        if n_classes != dimension && !is_binary {
            for class in &known.of_output {
                let whole =
                    (class.fract() == 0.0 && *class >= 0.0 && *class < n_classes as f64).then_some(*class as usize);
                of_output.push(
                    whole.ok_or_else(|| malformed(format!("expected a class below {n_classes}, found {class}")))?,
                );
            }
            let mut seen = of_output.clone();
            seen.sort_unstable();
            seen.dedup();
            if seen.len() != dimension || of_output.len() != dimension {
                return Err(malformed(format!("expected {dimension} different classes, found {}", seen.len())));
            }
        }
        Ok(Some(Classes { labels, probability, of_output }))
    }

    /// A column per class: minus infinity for those that no output stands for.
    fn spread(&self, g: &mut GraphBuilder, raw: ValueId, dimension: usize) -> Result<ValueId> {
        if self.of_output.is_empty() {
            return Ok(raw);
        }
        let nothing = g.number(f64::NEG_INFINITY, raw)?;
        let all = g.concat(&[raw, nothing])?;
        let column = |class: usize| self.of_output.iter().position(|known| *known == class).unwrap_or(dimension);
        g.columns(all, (0..self.labels.len()).map(column).collect())
    }

    /// The labels as words.
    fn names(&self) -> Vec<String> {
        match &self.labels {
            Data::Text(labels) => labels.iter().map(|label| label.clone().unwrap_or_default()).collect(),
            Data::Bool(labels) => {
                labels.iter().map(|label| if *label { "True".into() } else { "False".into() }).collect()
            }
            other => crate::with_data!(other, labels => labels.iter().map(|label| format!("{label:?}")).collect()),
        }
    }

    fn label(&self, g: &mut GraphBuilder, class: ValueId) -> Result<ValueId> {
        g.apply(Take { table: Matrix::new(self.labels.len(), 1, self.labels.clone()) }, &[class])
    }

    /// Probabilities and their logarithms, a column per class.
    fn probabilities(&self, g: &mut GraphBuilder, raw: ValueId) -> Result<(ValueId, ValueId)> {
        match self.probability {
            Probability::Sigmoid => {
                let second = sigmoid(g, raw)?;
                let one = g.number(1.0, second)?;
                let first = g.sub(one, second)?;
                let negated = g.unary(UnaryFunction::Negate, raw)?;
                let (log_first, log_second) = (log_sigmoid(g, negated)?, log_sigmoid(g, raw)?);
                Ok((g.concat(&[first, second])?, g.concat(&[log_first, log_second])?))
            }
            Probability::Softmax => {
                let highest = g.reduce(ReduceFunction::Max, raw)?;
                let shifted = g.sub(raw, highest)?;
                let exp = g.unary(UnaryFunction::Exp, shifted)?;
                let sum = g.reduce(ReduceFunction::Sum, exp)?;
                let log_sum = g.unary(UnaryFunction::Log, sum)?;
                Ok((g.div(exp, sum)?, g.sub(shifted, log_sum)?))
            }
            Probability::Sigmoids | Probability::Labels => Ok((sigmoid(g, raw)?, log_sigmoid(g, raw)?)),
        }
    }
}

/// `1 + e^-x`.
fn one_plus_exp(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let negated = g.unary(UnaryFunction::Negate, x)?;
    let exp = g.unary(UnaryFunction::Exp, negated)?;
    let one = g.number(1.0, x)?;
    g.add(one, exp)
}

fn sigmoid(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let (one, sum) = (g.number(1.0, x)?, one_plus_exp(g, x)?);
    g.div(one, sum)
}

fn log_sigmoid(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let sum = one_plus_exp(g, x)?;
    let log = g.unary(UnaryFunction::Log, sum)?;
    g.unary(UnaryFunction::Negate, log)
}
