//! How important an estimator finds each column, and which columns `SelectFromModel` keeps for it.

use super::super::boosters;
use super::super::fitted::{Attributes, Fitted};
use super::super::refused;
use super::super::version::version;
use crate::encoding::array::NdArray;
use crate::error::{Error, Result};

/// The threshold of estimators that make coefficients 0.
const LASSO_THRESHOLD: f64 = 1e-5;
/// The first version that knows an L1 penalty of LogisticRegression by `l1_ratio`.
const RATIO_SINCE: (u64, u64) = (1, 8);
/// The first version that knows an elastic net that is a lasso.
const ELASTIC_NET_SINCE: (u64, u64) = (1, 1);

/// The columns that are kept: at least as important as the threshold, and no more than `max_features`.
pub fn support(selector: Fitted<'_>, estimator: Fitted<'_>) -> Result<Vec<bool>> {
    let scores = scores(selector, estimator)?;
    let threshold = threshold(selector, estimator, &scores)?;
    let mut kept = vec![true; scores.len()];
    if selector.present("max_features").is_some() {
        let most = match selector.present("max_features_") {
            Some(most) => most,
            None => selector.attribute("max_features")?,
        };
        let most = most.as_usize()?;
        let mut order: Vec<usize> = (0..scores.len()).collect();
        // NaN is last, as in NumPy's sort of the negative scores; equal ones keep their order.
        order.sort_by(|a, b| match (scores[*a], scores[*b]) {
            (a, b) if a.is_nan() || b.is_nan() => a.is_nan().cmp(&b.is_nan()),
            (a, b) => b.partial_cmp(&a).unwrap_or(std::cmp::Ordering::Equal),
        });
        order.into_iter().skip(most).for_each(|column| kept[column] = false);
    }
    for (kept, score) in kept.iter_mut().zip(&scores) {
        // NaN is not below it.
        *kept &= score.partial_cmp(&threshold) != Some(std::cmp::Ordering::Less);
    }
    Ok(kept)
}

/// The size of every column's coefficients, or its importance.
fn scores(selector: Fitted<'_>, estimator: Fitted<'_>) -> Result<Vec<f64>> {
    let getter = selector.attribute("importance_getter")?;
    let Some(getter) = getter.plain_str() else {
        return Err(selector.refused(&refused::IMPORTANCE));
    };
    let (holder, attribute) = match getter {
        "auto" if estimator.present("coef_").is_some() => (estimator, "coef_"),
        "auto" => (estimator, "feature_importances_"),
        path => match path.rsplit_once('.') {
            Some((path, attribute)) => (follow(estimator, path)?, attribute),
            None => (estimator, path),
        },
    };
    if attribute == "feature_importances_"
        && let Some(importances) = boosters::importances(holder)?
    {
        return Ok(importances.into_iter().map(f64::abs).collect());
    }
    if attribute == "feature_importances_" && holder.present(attribute).is_none() {
        return of_trees(holder).map(|scores| scores.into_iter().map(f64::abs).collect());
    }
    sizes(selector, &holder.attribute(attribute)?.array()?)
}

/// An attribute of an attribute, such as `named_steps.clf` of a pipeline.
fn follow<'a>(estimator: Fitted<'a>, path: &str) -> Result<Fitted<'a>> {
    let mut holder = estimator;
    let mut names = path.split('.');
    while let Some(name) = names.next() {
        holder = match (name, holder.present("steps")) {
            ("named_steps", Some(_)) => {
                let wanted = names.next().unwrap_or_default();
                let steps = super::super::compose::named(holder, "steps")?;
                let step = steps.into_iter().find(|(name, _)| name == wanted);
                step.ok_or_else(|| holder.error(format!("expected a step `{wanted}`, found none")))?.1
            }
            _ => holder.attribute(name)?,
        };
    }
    Ok(holder)
}

/// Absolute values, or the norm over the rows of coefficients.
fn sizes(selector: Fitted<'_>, array: &NdArray<'_>) -> Result<Vec<f64>> {
    let values = array.to_f64()?;
    let width = match array.shape[..] {
        [width] => return Ok(values.into_iter().take(width).map(f64::abs).collect()),
        [_, width] if width > 0 => width,
        _ => return Err(selector.error("expected importances of one or two dimensions")),
    };
    let order = selector.number_or("norm_order", 1.0)?;
    let column = |column: usize| values.iter().skip(column).step_by(width).map(|value| value.abs());
    let norm = |index: usize| match order {
        1.0 => Ok(column(index).fold(0.0, |sum, size| sum + size)),
        2.0 => Ok(column(index).fold(0.0, |sum, size| sum + size * size).sqrt()),
        f64::INFINITY => Ok(column(index).fold(0.0, f64::max)),
        f64::NEG_INFINITY => Ok(column(index).fold(f64::INFINITY, f64::min)),
        _ => Err(selector.unsupported_parameter("norm_order", "1, 2 or an infinity")),
    };
    (0..width).map(norm).collect()
}

/// `threshold`, or what it stands for. After `_calculate_threshold` of scikit-learn's _from_model.py.
fn threshold(selector: Fitted<'_>, estimator: Fitted<'_>, scores: &[f64]) -> Result<f64> {
    let word = match selector.present("threshold") {
        None if makes_zeros(estimator)? => return Ok(LASSO_THRESHOLD),
        None => "mean".to_owned(),
        Some(threshold) => match threshold.plain_str() {
            Some(word) => word.to_owned(),
            None => return threshold.as_f64(),
        },
    };
    let (scale, reference) = match word.split_once('*') {
        Some((scale, reference)) => (scale.trim().parse().ok(), reference.trim()),
        None => (Some(1.0), word.as_str()),
    };
    let reference = match reference {
        // XGBoost's importances are float32, and so is their mean.
        "mean" if &*estimator.package() == "xgboost.sklearn" => {
            Some(f64::from((singles_sum(scores) as f32) / scores.len() as f32))
        }
        "mean" => Some(pairwise_sum(scores) / scores.len() as f64),
        "median" => Some(median(scores)),
        _ => None,
    };
    match (scale, reference) {
        (Some(scale), Some(reference)) => Ok(scale * reference),
        _ => Err(selector.unsupported_parameter("threshold", "a number, 'mean', 'median' or a multiple of them")),
    }
}

/// Whether the estimator's penalty makes coefficients 0.
fn makes_zeros(estimator: Fitted<'_>) -> Result<bool> {
    let (class, version) = (estimator.class_name(), version(estimator));
    let ratios = |name: &str| -> Result<Vec<f64>> {
        match estimator.present(name) {
            Some(ratio) if ratio.is_array() => ratio.array()?.to_f64(),
            Some(ratio) => Ok(vec![ratio.as_f64()?]),
            None => Ok(Vec::new()),
        }
    };
    let is_one = |name: &str| -> Result<bool> {
        let ratios = ratios(name)?;
        Ok(!ratios.is_empty() && ratios.iter().all(|ratio| (ratio - 1.0).abs() <= 1e-8 + 1e-5))
    };
    if estimator.optional("penalty").and_then(Fitted::plain_str) == Some("l1") || class.contains("Lasso") {
        return Ok(true);
    }
    match class {
        "ElasticNet" | "MultiTaskElasticNet" if version >= ELASTIC_NET_SINCE => is_one("l1_ratio"),
        "ElasticNetCV" | "MultiTaskElasticNetCV" if version >= ELASTIC_NET_SINCE => is_one("l1_ratio_"),
        "LogisticRegression" if version >= RATIO_SINCE => is_one("l1_ratio"),
        "LogisticRegressionCV" if version >= RATIO_SINCE => is_one("l1_ratio_"),
        _ => Ok(false),
    }
}

/// NumPy's sum of a vector.
fn pairwise_sum(values: &[f64]) -> f64 {
    summed(values, &|a, b| a + b)
}

/// NumPy's sum of a vector of float32, held as f64.
pub fn singles_sum(values: &[f64]) -> f64 {
    summed(values, &|a, b| f64::from((a + b) as f32))
}

/// Blocks of 128 in eight running sums, halves of longer vectors added.
fn summed(values: &[f64], add: &dyn Fn(f64, f64) -> f64) -> f64 {
    const BLOCK: usize = 128;
    if values.len() < 8 {
        return values.iter().fold(-0.0, |sum, value| add(sum, *value));
    }
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (first, second) = values.split_at(half - half % 8);
        return add(summed(first, add), summed(second, add));
    }
    let blocks = values.chunks_exact(8);
    let rest = blocks.remainder();
    let mut sums = [0.0; 8];
    for (index, block) in blocks.enumerate() {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum = if index == 0 { *value } else { add(*sum, *value) };
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let sum = add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)));
    rest.iter().fold(sum, |sum, value| add(sum, *value))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.get(sorted.len() / 2), sorted.get(sorted.len().wrapping_sub(1) / 2)) {
        _ if values.iter().any(|value| value.is_nan()) => f64::NAN,
        (Some(upper), Some(lower)) => (lower + upper) / 2.0,
        _ => f64::NAN,
    }
}

/// `feature_importances_` of trees and ensembles of them, which is not stored but computed.
fn of_trees(estimator: Fitted<'_>) -> Result<Vec<f64>> {
    match (&*estimator.package(), estimator.class_name()) {
        ("sklearn.ensemble", "AdaBoostClassifier" | "AdaBoostRegressor") => weighted(estimator),
        _ => of_forest(estimator),
    }
}

fn of_forest(estimator: Fitted<'_>) -> Result<Vec<f64>> {
    match (&*estimator.package(), estimator.class_name()) {
        ("sklearn.tree", _) => of_tree(estimator, true),
        ("sklearn.ensemble", "GradientBoostingClassifier" | "GradientBoostingRegressor") => {
            mean(estimator, estimator.attribute("estimators_")?.objects()?.items, false)
        }
        (
            "sklearn.ensemble",
            "RandomForestClassifier" | "RandomForestRegressor" | "ExtraTreesClassifier" | "ExtraTreesRegressor",
        ) => mean(estimator, estimator.attribute("estimators_")?.items()?, true),
        (package, class) => {
            let message = format!("the importances of `{class}` of `{package}` are not stored in the file");
            Err(estimator.located(Error::unsupported("missing-attribute", message)))
        }
    }
}

/// The mean over the trees that have a split, made to sum to 1.
fn mean(estimator: Fitted<'_>, trees: Vec<Fitted<'_>>, normalise: bool) -> Result<Vec<f64>> {
    let mut sum = vec![0.0; estimator.n_features()?];
    let mut count = 0.0;
    for tree in trees {
        if tree.attribute("tree_")?.attribute("nodes")?.array()?.len() > 1 {
            let own = of_tree(tree, normalise)?;
            sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            count += 1.0;
        }
    }
    if count == 0.0 {
        return Ok(sum);
    }
    let means: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
    let total = pairwise_sum(&means);
    Ok(means.iter().map(|mean| mean / total).collect())
}

/// The importances of AdaBoost's estimators by their weights.
fn weighted(estimator: Fitted<'_>) -> Result<Vec<f64>> {
    let weights = estimator.attribute("estimator_weights_")?.array()?.to_f64()?;
    let mut sum = vec![0.0; estimator.n_features()?];
    for (inner, weight) in estimator.attribute("estimators_")?.items()?.into_iter().zip(&weights) {
        sum.iter_mut().zip(of_forest(inner)?).for_each(|(sum, own)| *sum += weight * own);
    }
    let norm = pairwise_sum(&weights);
    Ok(sum.into_iter().map(|sum| sum / norm).collect())
}

/// How much the splits on each column lower the impurity. After `compute_feature_importances` of scikit-learn's _tree.pyx.
fn of_tree(tree: Fitted<'_>, normalise: bool) -> Result<Vec<f64>> {
    let attribute = tree.attribute("tree_")?.attribute("nodes")?;
    let nodes = attribute.array()?;
    nodes.expect_dims(1)?;
    let ints = |name: &str| nodes.field(name)?.to_i64();
    let (left, right, features) = (ints("left_child")?, ints("right_child")?, ints("feature")?);
    let (weights, impurities) = (nodes.field("weighted_n_node_samples")?.to_f64()?, nodes.field("impurity")?.to_f64()?);
    let mut importances = vec![0.0; tree.n_features()?];
    let weighted = |node: i64| {
        let node = usize::try_from(node).ok()?;
        Some(weights.get(node)? * impurities.get(node)?)
    };
    for (node, ((left, right), feature)) in left.iter().zip(&right).zip(&features).enumerate() {
        if *left < 0 {
            continue;
        }
        let feature = usize::try_from(*feature).ok().and_then(|feature| importances.get_mut(feature));
        let (Some(feature), Some(own), Some(left), Some(right)) =
            (feature, weighted(node as i64), weighted(*left), weighted(*right))
        else {
            return Err(attribute.located(Error::malformed("tree-structure", "a child or feature that is not there")));
        };
        *feature += own - left - right;
    }
    let total = weights.first().copied().unwrap_or(1.0);
    importances.iter_mut().for_each(|importance| *importance /= total);
    let sum = pairwise_sum(&importances);
    if normalise && sum > 0.0 {
        importances.iter_mut().for_each(|importance| *importance /= sum);
    }
    Ok(importances)
}
