//! scikit-learn's metrics by name, and by the compiled object that a search tree keeps.

use super::super::distances::Prepared;
use super::super::fitted::{Attributes, Fitted};
use super::super::refused;
use super::super::version::version;
use crate::error::{Error, Result};
use crate::ops::pairwise::{BooleanMetric, Metric};
use crate::ops::squared_length::SumOrder;

/// How distances are measured.
#[derive(Debug, Clone)]
pub struct Distance {
    /// The metric, reduced.
    pub metric: Metric,
    /// Whether the distance is the metric's root.
    pub is_rooted: bool,
    /// What is done to rows and points before.
    pub prepared: Prepared,
}

/// Who computes the distances: their arithmetic differs in places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// scikit-learn's compiled metrics.
    Compiled,
    /// scikit-learn's `pairwise_distances`, which leaves most metrics to SciPy.
    Pairwise,
}

impl Distance {
    /// The distance of `metric`, the name or compiled object that `estimator` keeps, with its parameters.
    pub fn read(
        estimator: Fitted<'_>,
        metric: Fitted<'_>,
        parameters: Option<Fitted<'_>>,
        arithmetic: Arithmetic,
        n_columns: usize,
    ) -> Result<Self> {
        match metric.plain_str() {
            Some(name) => Self::named(estimator, name, parameters, arithmetic, n_columns),
            None if metric.class_name().contains("Distance") => Self::compiled(metric, n_columns),
            None => Err(estimator.refused(&refused::METRIC)),
        }
    }

    /// A metric by its name.
    pub fn named(
        estimator: Fitted<'_>,
        name: &str,
        parameters: Option<Fitted<'_>>,
        arithmetic: Arithmetic,
        n_columns: usize,
    ) -> Result<Self> {
        let parameter = |key: &str| parameters.and_then(|all| all.get(key)).filter(|value| !value.is_none());
        let vector = |key: &str| parameter(key).map(|value| numbers(value, n_columns)).transpose();
        let metric = match name {
            "minkowski" | "p" => {
                let power = parameter("p").map_or(Ok(2.0), |p| p.as_f64())?;
                minkowski(power, vector("w")?.unwrap_or_default())
            }
            "wminkowski" => {
                let power = parameter("p").map_or(Ok(2.0), |p| p.as_f64())?;
                inner_weights(power, vector("w")?.unwrap_or_default())
            }
            "seuclidean" => match vector("V")? {
                Some(variances) => Metric::Standardized { variances },
                None => return Err(no_parameter(estimator, name, "V")),
            },
            "mahalanobis" => match parameter("VI") {
                Some(inverse) => Metric::Mahalanobis { inverse: square(inverse, n_columns)? },
                None => return Err(no_parameter(estimator, name, "VI")),
            },
            "braycurtis" if arithmetic == Arithmetic::Pairwise => Metric::BrayCurtisOfSums,
            _ => plain(name).ok_or_else(|| unknown(estimator, name))?,
        };
        let (metric, prepared) = match (name, arithmetic) {
            ("cosine", _) => (metric, Prepared::Stretched),
            ("correlation", _) => (metric, Prepared::Centred),
            ("nan_euclidean", _) => (metric, Prepared::WithLengthOfKnown),
            ("euclidean" | "sqeuclidean", Arithmetic::Compiled) => {
                (Metric::SquaredEuclideanOfProducts { is_cut: true }, Prepared::WithLength(SumOrder::FusedLanes))
            }
            ("euclidean" | "l2", Arithmetic::Pairwise) => {
                (Metric::SquaredEuclideanOfProducts { is_cut: true }, Prepared::WithLength(SumOrder::TwoLanes))
            }
            _ => (metric, Prepared::Plain),
        };
        if !metric.fits(n_columns) && prepared == Prepared::Plain {
            return Err(no_fit(estimator, name, n_columns));
        }
        Ok(Distance { metric, is_rooted: name != "sqeuclidean", prepared })
    }

    /// A compiled metric: its class and its state, which is (p, vector, matrix).
    pub fn compiled(object: Fitted<'_>, n_columns: usize) -> Result<Self> {
        let class = object.class_name();
        let name = class.trim_end_matches("64").trim_end_matches("32").trim_end_matches("Distance");
        let state = object.state().ok_or_else(|| object.wrong("a metric with its state"))?.items()?;
        let [power, vector, matrix, ..] = state[..] else {
            return Err(object.wrong("a metric with a state of three parts"));
        };
        let metric = match name {
            "Minkowski" => minkowski(power.as_f64()?, weights(vector, n_columns)?),
            "WMinkowski" => inner_weights(power.as_f64()?, weights(vector, n_columns)?),
            "SEuclidean" => Metric::Standardized { variances: numbers(vector, n_columns)? },
            "Mahalanobis" => Metric::Mahalanobis { inverse: square(matrix, n_columns)? },
            name => plain(&name.to_lowercase()).ok_or_else(|| unknown(object, class))?,
        };
        if !metric.fits(n_columns) {
            return Err(no_fit(object, class, n_columns));
        }
        Ok(Distance { metric, is_rooted: true, prepared: Prepared::Plain })
    }
}

/// The metrics without parameters.
fn plain(name: &str) -> Option<Metric> {
    Some(match name {
        "euclidean" | "l2" | "sqeuclidean" => Metric::SquaredEuclidean,
        "nan_euclidean" => Metric::SquaredNanEuclidean,
        "manhattan" | "cityblock" | "l1" => Metric::Manhattan,
        "chebyshev" | "infinity" => Metric::Chebyshev,
        "canberra" => Metric::Canberra,
        "braycurtis" => Metric::BrayCurtis,
        "hamming" => Metric::Hamming,
        "haversine" => Metric::Haversine,
        "cosine" | "correlation" => Metric::Cosine,
        "jaccard" => Metric::Boolean(BooleanMetric::Jaccard),
        "matching" => Metric::Boolean(BooleanMetric::Matching),
        "dice" => Metric::Boolean(BooleanMetric::Dice),
        "kulsinski" => Metric::Boolean(BooleanMetric::Kulsinski),
        "rogerstanimoto" | "sokalmichener" => Metric::Boolean(BooleanMetric::RogersTanimoto),
        "russellrao" => Metric::Boolean(BooleanMetric::RussellRao),
        "sokalsneath" => Metric::Boolean(BooleanMetric::SokalSneath),
        "yule" => Metric::Boolean(BooleanMetric::Yule),
        _ => return None,
    })
}

/// Minkowski's distance, by the simplest arithmetic.
fn minkowski(power: f64, weights: Vec<f64>) -> Metric {
    match (power, weights.is_empty()) {
        (1.0, true) => Metric::Manhattan,
        (2.0, true) => Metric::SquaredEuclidean,
        (f64::INFINITY, true) => Metric::Chebyshev,
        _ => Metric::Power { power, weights },
    }
}

/// `Σ (w |x - y|)^p`: the weights inside the power.
fn inner_weights(power: f64, weights: Vec<f64>) -> Metric {
    minkowski(power, weights.into_iter().map(|weight| crate::ops::pairwise::scalar_power(weight, power)).collect())
}

/// The weights of a compiled metric. Before 1.1 there were none, and a vector of one 0 in their place.
fn weights(vector: Fitted<'_>, n_columns: usize) -> Result<Vec<f64>> {
    let all = vector.array()?.to_f64()?;
    if all.is_empty() || all == [0.0] { Ok(Vec::new()) } else { numbers(vector, n_columns) }
}

fn numbers(value: Fitted<'_>, n_columns: usize) -> Result<Vec<f64>> {
    if value.is_sequence() {
        let items: Vec<f64> = value.items()?.into_iter().map(Fitted::as_f64).collect::<Result<_>>()?;
        if items.len() != n_columns {
            return Err(value.error(format!("expected {n_columns} numbers, found {}", items.len())));
        }
        return Ok(items);
    }
    let array = value.array()?;
    array.expect_shape(&[n_columns])?;
    array.to_f64()
}

fn square(value: Fitted<'_>, n_columns: usize) -> Result<Vec<f64>> {
    let array = value.array()?;
    array.expect_shape(&[n_columns, n_columns])?;
    array.to_f64()
}

fn no_parameter(estimator: Fitted<'_>, metric: &str, parameter: &str) -> Error {
    let message = format!("`{}` with `metric='{metric}'` and no `{parameter}`", estimator.class_name());
    let message = format!("{message} cannot be compiled: scikit-learn itself refuses to predict with it");
    estimator.located(Error::unsupported("unsupported-parameter", message))
}

fn no_fit(estimator: Fitted<'_>, metric: &str, n_columns: usize) -> Error {
    let message = format!("the metric `{metric}` does not fit rows of {n_columns} columns");
    estimator.located(Error::malformed("column-count", message))
}

fn unknown(estimator: Fitted<'_>, metric: &str) -> Error {
    let message = format!("expected a metric of scikit-learn or SciPy, found `{metric}`");
    estimator.located(Error::unsupported("unsupported-parameter", message))
}

/// The first version whose brute force uses compiled metrics.
const COMPILED_SINCE: (u64, u64) = (1, 1);

/// The metrics that brute force leaves to `pairwise_distances` in every version.
const ALWAYS_PAIRWISE: [&str; 17] = [
    "mahalanobis",
    "hamming",
    "jaccard",
    "matching",
    "dice",
    "kulsinski",
    "rogerstanimoto",
    "russellrao",
    "sokalmichener",
    "sokalsneath",
    "yule",
    "cosine",
    "correlation",
    "nan_euclidean",
    "pyfunc",
    "precomputed",
    "wminkowski",
];

/// Who computes the distances of a brute-force search with the metric of this name.
pub fn brute_force(estimator: Fitted<'_>, name: Option<&str>) -> Arithmetic {
    let is_compiled = name.is_some_and(|name| !ALWAYS_PAIRWISE.contains(&name));
    match is_compiled && version(estimator) >= COMPILED_SINCE {
        true => Arithmetic::Compiled,
        false => Arithmetic::Pairwise,
    }
}
