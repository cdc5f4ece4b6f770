//! A booster into operators: features, margin, and the methods over it.

use crate::error::{Error, Result};
use crate::forest::{Leaf, Planted};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Method;
use crate::ops::arg_max::ArgMax;
use crate::ops::binary::BinaryFunction;
use crate::ops::take::Take;
use crate::tensor::{Data, ElementType, Matrix};

use super::ensemble::Ensemble;
use super::learner::{Booster, BoosterModel, Feature};
use super::objective::{Answer, softmax};
use super::wrapper::Wrapper;

/// The margin, and the leaves where there are trees.
struct Margin {
    value: ValueId,
    leaf: Option<ValueId>,
}

impl Booster {
    /// The features as `[n_features]` f32 from the input fields, which are those of [`Booster::fields`]: names of
    /// categories replaced by their codes.
    pub fn features(&self, g: &mut GraphBuilder) -> Result<ValueId> {
        if !self.has_category_names() {
            return g.all_inputs();
        }
        let numbers: Vec<usize> = self.positions(|feature| feature.categories.is_none());
        let mut parts = if numbers.is_empty() { Vec::new() } else { vec![g.input(numbers.clone())?] };
        let mut order = numbers;
        for (i, feature) in self.features.iter().enumerate() {
            if let Some(names) = &feature.categories {
                let column = g.input(vec![i])?;
                parts.push(names.codes(g, column, &feature.name)?);
                order.push(i);
            }
        }
        let all = g.concat(&parts)?;
        let mut places: Vec<(usize, usize)> = order.into_iter().zip(0..).collect();
        places.sort_unstable();
        g.columns(all, places.into_iter().map(|(_, place)| place).collect())
    }

    /// The codes of a feature whose cells are names of categories, f32, NaN where missing. `column` holds the names:
    /// text, or f64 where they are integers.
    pub fn category_codes(&self, g: &mut GraphBuilder, feature: usize, column: ValueId) -> Result<ValueId> {
        match self.features.get(feature).and_then(|feature| Some((feature, feature.categories.as_ref()?))) {
            Some((feature, names)) => names.codes(g, column, &feature.name),
            None => Err(Error::internal(format!("feature {feature} has no categories"))),
        }
    }

    /// Every method of the booster, or of the scikit-learn estimator around it, over features `x`: `[n_features]` f32,
    /// NaN where missing, categories as codes.
    pub fn lower(&self, g: &mut GraphBuilder, x: ValueId, wrapper: Option<&Wrapper>) -> Result<Vec<Method>> {
        if g.width(x) != self.n_features() || g.ty(x).element != ElementType::F32 {
            let found = format!("{} × {}", g.width(x), g.ty(x).element);
            let message = format!("expected {} features as float32, found {found}", self.n_features());
            return Err(Error::malformed("feature-count", message));
        }
        let x = match wrapper {
            Some(wrapper) => without_missing(g, x, wrapper.missing)?,
            None => x,
        };
        let margin = match &self.model {
            BoosterModel::Trees(ensemble) => self.tree_margin(g, x, ensemble, wrapper.is_some())?,
            // gblinear begins every output with the first base_score.
            BoosterModel::Linear(linear) => {
                let base = self.base_margin.first().copied().unwrap_or(0.0);
                Margin { value: linear.margin(g, x, base)?, leaf: None }
            }
        };
        let mut methods = match wrapper {
            Some(wrapper) if wrapper.is_classifier => self.classifier(g, margin.value, wrapper)?,
            _ => {
                let answer = self.objective.answer(g, margin.value)?;
                vec![self.numbers(g, "predict", "prediction", answer)]
            }
        };
        methods.push(self.numbers(g, "predict_raw", "margin", margin.value));
        methods.extend(margin.leaf.map(|leaf| Method::list("apply", "leaf", leaf, Vec::new())));
        Ok(methods)
    }

    /// Sums begin at the base margin and take tree after tree, in single precision. A scikit-learn estimator stops
    /// after the best iteration and weighs dart's trees in its own way.
    fn tree_margin(&self, g: &mut GraphBuilder, x: ValueId, ensemble: &Ensemble, wrapped: bool) -> Result<Margin> {
        let best_iteration = if wrapped { self.best_iteration()? } else { None };
        let used = best_iteration.map_or(Ok(ensemble.n_trees()), |best| ensemble.trees_until(best))?;
        let start = Data::F32(self.base_margin.clone());
        if used == 0 {
            // No tree: the base margin for every row, of whatever it holds.
            let code = g.constant(start)?;
            return Ok(Margin { value: self.spread(g, x, code)?, leaf: None });
        }
        let planted = match used == ensemble.n_trees() {
            true => ensemble.forest.plant(g, x)?,
            false => ensemble.forest.first_trees(used).plant(g, x)?,
        };
        let value = self.sum(g, &planted, ensemble, wrapped)?;
        let leaf = planted.leaf(g, |leaf| leaf.node as i64)?;
        Ok(Margin { value, leaf: Some(leaf) })
    }

    fn sum(&self, g: &mut GraphBuilder, planted: &Planted, ensemble: &Ensemble, wrapped: bool) -> Result<ValueId> {
        let weighed = |leaf: Leaf, output: usize, base: f32| {
            let Some(leaves) = ensemble.leaves.get(leaf.tree) else { return f64::NAN };
            let value = leaves.value(leaf.node, output, self.n_groups);
            let weight = ensemble.weights.as_ref().and_then(|weights| weights.get(leaf.tree));
            f64::from(match weight {
                None => value,
                // The estimators predict tree by tree from the base margin, and take it off again.
                Some(weight) if wrapped => ((base + value) - base) * weight,
                Some(weight) => value * weight,
            })
        };
        let base = |group: usize| self.base_margin.get(group).copied().unwrap_or(0.0);
        let start = Data::F32(self.base_margin.clone());
        if ensemble.has_vectors() {
            return planted.sum_vectors(g, start, |leaf, output| weighed(leaf, output, base(output)));
        }
        let group = |tree: usize| ensemble.groups.get(tree).copied().unwrap_or(0);
        planted.sum(g, start, group, |leaf| weighed(leaf, 0, base(group(leaf.tree) as usize)))
    }

    /// A constant for every row of `x`.
    fn spread(&self, g: &mut GraphBuilder, x: ValueId, constant: ValueId) -> Result<ValueId> {
        let first = g.columns(x, vec![0])?;
        let zero = g.number(0.0, x)?;
        let never = g.binary(BinaryFunction::And, first, zero)?;
        g.select(never, constant, constant)
    }

    /// `predict` and `predict_proba` of a classifier: by a threshold of one half, or the likeliest class.
    fn classifier(&self, g: &mut GraphBuilder, margin: ValueId, wrapper: &Wrapper) -> Result<Vec<Method>> {
        if self.objective.is_multiclass() || self.n_classes > 1 {
            return self.multiclass(g, margin, wrapper);
        }
        let probability = self.objective.answer(g, margin)?;
        let half = g.number(0.5, probability)?;
        let above = g.binary(BinaryFunction::Less, half, probability)?;
        let class = g.cast(above, ElementType::I64)?;
        if self.n_groups > 1 {
            let predict = Method::list("predict", "prediction", class, Vec::new());
            return Ok(vec![predict, Method::list("predict_proba", "probability", probability, Vec::new())]);
        }
        let one = g.number(1.0, probability)?;
        let other = g.sub(one, probability)?;
        let both = g.concat(&[other, probability])?;
        let predict = Method::scalar("predict", "prediction", labelled(g, class, wrapper.labels.as_ref(), 2)?);
        let names = class_names(2, wrapper.labels.as_ref());
        Ok(vec![predict, Method::list("predict_proba", "probability", both, names)])
    }

    fn multiclass(&self, g: &mut GraphBuilder, margin: ValueId, wrapper: &Wrapper) -> Result<Vec<Method>> {
        if self.n_groups < 3 {
            let message = format!("`{}` with `{}` over {} classes", wrapper.class, self.objective.name, self.n_groups);
            return Err(Error::unsupported("unsupported-xgboost", format!("{message} cannot be compiled"))
                .hint("train two classes with `binary:logistic`"));
        }
        // The answer of a custom objective is the margin, which XGBoost hands out as probabilities.
        let probability = if self.objective.is_multiclass() { softmax(g, margin)? } else { margin };
        let decided_by = if self.objective.answer == Answer::Class { margin } else { probability };
        let class = g.apply(ArgMax, &[decided_by])?;
        let predict =
            Method::scalar("predict", "prediction", labelled(g, class, wrapper.labels.as_ref(), self.n_groups)?);
        let names = class_names(self.n_groups, wrapper.labels.as_ref());
        Ok(vec![predict, Method::list("predict_proba", "probability", probability, names)])
    }

    /// A method whose row is a number, or a list where there are several.
    fn numbers(&self, g: &GraphBuilder, method: &str, output: &str, value: ValueId) -> Method {
        match g.width(value) {
            1 => Method::scalar(method, output, value),
            width if self.n_classes > 0 => Method::list(method, output, value, class_names(width, None)),
            _ => Method::list(method, output, value, Vec::new()),
        }
    }

    fn positions(&self, wanted: impl Fn(&Feature) -> bool) -> Vec<usize> {
        self.features.iter().enumerate().filter(|(_, feature)| wanted(feature)).map(|(i, _)| i).collect()
    }
}

/// The features with NaN in place of the number that stands for a missing cell.
fn without_missing(g: &mut GraphBuilder, x: ValueId, missing: f32) -> Result<ValueId> {
    if missing.is_nan() {
        return Ok(x);
    }
    let missing = g.number(missing.into(), x)?;
    let is_missing = g.binary(BinaryFunction::Equal, x, missing)?;
    let nan = g.number(f64::NAN, x)?;
    g.select(is_missing, nan, x)
}

/// The names of the columns of `n` classes.
fn class_names(n: usize, labels: Option<&Data>) -> Vec<String> {
    match labels {
        Some(Data::I64(labels)) => labels.iter().map(i64::to_string).collect(),
        Some(Data::F64(labels)) => labels.iter().map(f64::to_string).collect(),
        Some(Data::Bool(labels)) => labels.iter().map(bool::to_string).collect(),
        Some(Data::Text(labels)) => labels.iter().map(|label| label.clone().unwrap_or_default()).collect(),
        _ => (0..n).map(|class| class.to_string()).collect(),
    }
}

/// The labels of classes; the classes themselves where no labels are known.
fn labelled(g: &mut GraphBuilder, class: ValueId, labels: Option<&Data>, n: usize) -> Result<ValueId> {
    match labels {
        None => Ok(class),
        Some(labels) if labels.len() == n => g.apply(Take { table: Matrix::new(n, 1, labels.clone()) }, &[class]),
        Some(labels) => {
            let message = format!("expected {n} class labels, found {}", labels.len());
            Err(Error::malformed("class-labels", message))
        }
    }
}
