//! `NearestCentroid`: the class of the nearest centroid, since 1.6 weighed by the classes' shares.

use super::super::classes::Classes;
use super::super::classifier::{Classifier, Positive};
use super::super::context::{Accepts, Context};
use super::super::distances::prepared_points;
use super::super::distances::{Orders, Prepared, arg_min, euclidean_distances, nearest_point, points, prepare};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::metric::{Arithmetic, Distance, brute_force};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Method;
use crate::ops::pairwise::Pairwise;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};
use std::sync::Arc;

/// NumPy's `isclose` of shares that are meant to be equal.
const ABSOLUTE: f64 = 1e-8;
const RELATIVE: f64 = 1e-5;

/// `predict`, and with `metric='euclidean'` since 1.6 `decision_function` and probabilities.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let classes = Classes::read(estimator.attribute("classes_")?)?;
    let centroids = points(estimator.attribute("centroids_")?, frame.width())?;
    if centroids.rows != classes.len() {
        let message = format!("{} centroids do not fit {} classes", centroids.rows, classes.len());
        return Err(estimator.located(Error::malformed("class-count", message)));
    }
    let metric = estimator.attribute("metric")?;
    let x = frame.doubles(context, Accepts::Finite)?;
    let priors =
        estimator.present("class_prior_").map(|_| estimator.floats("class_prior_", classes.len())).transpose()?;
    let is_uniform = priors.as_deref().is_none_or(are_equal);
    let discriminant = match (&priors, metric.plain_str()) {
        (Some(priors), Some("euclidean")) => Some(scores(context, estimator, x, &centroids, priors)?),
        (Some(priors), _) if !is_uniform => Some(scores(context, estimator, x, &centroids, priors)?),
        _ => None,
    };
    let mut classifier = Classifier::new(classes);
    match discriminant.filter(|_| !is_uniform) {
        Some(scores) => classifier.predict_scores(context, scores, Positive::Above)?,
        None => {
            let position = nearest(context, estimator, metric, x, centroids)?;
            classifier.predict_position(context, position)?;
        }
    }
    if let Some(scores) = discriminant.filter(|_| metric.plain_str() == Some("euclidean")) {
        probabilities(context, &mut classifier, scores)?;
    }
    Ok(classifier.finish())
}

fn are_equal(shares: &[f64]) -> bool {
    let even = 1.0 / shares.len() as f64;
    shares.iter().all(|share| (share - even).abs() <= ABSOLUTE + RELATIVE * even)
}

/// The position of the nearest centroid.
fn nearest(
    context: &mut Context,
    estimator: Fitted<'_>,
    metric: Fitted<'_>,
    x: ValueId,
    centroids: Matrix,
) -> Result<ValueId> {
    if metric.plain_str() == Some("euclidean") {
        return nearest_point(context, x, centroids, Orders::of(estimator));
    }
    let arithmetic = brute_force(estimator, metric.plain_str());
    let distance = Distance::read(estimator, metric, None, arithmetic, centroids.width)?;
    let g = &mut context.graph;
    let x = prepare(g, x, distance.prepared)?;
    let points = Arc::new(prepared_points(centroids, distance.prepared)?);
    let is_rooted = distance.is_rooted && arithmetic == Arithmetic::Pairwise && distance.prepared == Prepared::Plain;
    let distances = g.apply(Pairwise { points, metric: distance.metric, is_rooted }, &[x])?;
    arg_min(g, distances)
}

/// `2 log(share) - distance²` of each class, columns first divided by their deviation within the classes.
fn scores(
    context: &mut Context,
    estimator: Fitted<'_>,
    x: ValueId,
    centroids: &Matrix,
    priors: &[f64],
) -> Result<ValueId> {
    let deviations = estimator.floats("within_class_std_dev_", centroids.width)?;
    let divisors: Vec<f64> =
        deviations.into_iter().map(|deviation| if deviation == 0.0 { 1.0 } else { deviation }).collect();
    let Data::F64(values) = &centroids.data else { return Err(Error::internal("centroids that are no doubles")) };
    let scaled = values.iter().zip(divisors.iter().cycle()).map(|(value, divisor)| value / divisor).collect();
    let centroids = Matrix::new(centroids.rows, centroids.width, Data::F64(scaled));
    let metric = estimator.attribute("metric")?;
    let distance = Distance::read(estimator, metric, None, Arithmetic::Pairwise, centroids.width)?;
    let g = &mut context.graph;
    let divisors = g.numbers(&divisors, x)?;
    let x = g.div(x, divisors)?;
    let distances = match metric.plain_str() {
        Some("euclidean") => euclidean_distances(g, x, centroids, false)?,
        _ => {
            let is_rooted = distance.is_rooted;
            g.apply(Pairwise { points: Arc::new(centroids), metric: distance.metric, is_rooted }, &[x])?
        }
    };
    let squares = g.mul(distances, distances)?;
    let negative = g.unary(UnaryFunction::Negate, squares)?;
    let priors = g.numbers(priors, x)?;
    let logarithms = g.unary(UnaryFunction::Log, priors)?;
    let two = g.number(2.0, x)?;
    let logarithms = g.mul(two, logarithms)?;
    g.add(negative, logarithms)
}

/// `decision_function`, `predict_proba` and `predict_log_proba`. After scikit-learn's discriminant_analysis.py.
fn probabilities(context: &mut Context, classifier: &mut Classifier, scores: ValueId) -> Result<()> {
    let g = &mut context.graph;
    let logarithms = log_softmax(g, scores)?;
    let probabilities = g.unary(UnaryFunction::Exp, logarithms)?;
    let decision = match g.width(scores) {
        2 => {
            let [first, second] = [g.columns(scores, vec![0])?, g.columns(scores, vec![1])?];
            g.sub(second, first)?
        }
        _ => scores,
    };
    let names = classifier.classes().names();
    classifier.probabilities(context, probabilities)?;
    classifier.method(Method::list("predict_log_proba", "log_probability", logarithms, names));
    classifier.decision(context, decision)
}

/// `s - log Σ e^s` of scores less their largest.
fn log_softmax(g: &mut GraphBuilder, scores: ValueId) -> Result<ValueId> {
    let most = g.reduce(ReduceFunction::Max, scores)?;
    let shifted = g.sub(scores, most)?;
    let exponentials = g.unary(UnaryFunction::Exp, shifted)?;
    let sum = g.reduce(ReduceFunction::Sum, exponentials)?;
    let logarithm = g.unary(UnaryFunction::Log, sum)?;
    g.sub(shifted, logarithm)
}
