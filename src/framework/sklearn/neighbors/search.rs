//! What every neighbours estimator shares: the rows to compare with, the metric, and how they are searched.

use super::super::context::{Accepts, Context};
use super::super::distances::{Prepared, points, prepare, prepared_points, refuse_overflow};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::refused;
use super::super::version::version;
use super::metric::{Arithmetic, Distance, brute_force};
use super::tree::FittedTree;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::least::Least;
use crate::ops::nearest::tree::SearchTree;
use crate::ops::nearest::{Nearest, Search};
use crate::ops::pairwise::{Metric, Pairwise};
use crate::ops::unary::UnaryFunction;
use crate::tensor::{ElementType, Matrix};
use std::sync::Arc;

/// The first version whose estimators take NaN with `metric='nan_euclidean'`.
const NAN_SINCE: (u64, u64) = (1, 6);

/// The fitted rows of an estimator, ready to be searched.
#[derive(Debug)]
pub struct Neighbours {
    /// The rows to predict, prepared for the metric; or, with `metric='precomputed'`, their distances from the fitted rows.
    x: ValueId,
    /// The fitted rows, where distances are not given.
    points: Option<Arc<Matrix>>,
    n_points: usize,
    tree: Option<Arc<SearchTree>>,
    distance: Distance,
    arithmetic: Arithmetic,
}

/// The nearest of the fitted rows.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Their distances, the nearest first.
    pub distances: ValueId,
    /// Their positions (I64).
    pub positions: ValueId,
}

impl Neighbours {
    /// Reads what `_fit` left behind and takes the rows to predict from the frame.
    pub fn read(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Self> {
        let n_columns = frame.width();
        let metric = estimator.attribute("effective_metric_")?;
        let parameters = estimator.optional("effective_metric_params_");
        let name = metric.plain_str();
        if name == Some("precomputed") {
            return Self::given(context, estimator, frame);
        }
        let tree = match &*estimator.word("_fit_method", "brute")? {
            "brute" => None,
            "kd_tree" | "ball_tree" => Some(FittedTree::read(estimator.attribute("_tree")?, n_columns)?),
            _ => return Err(estimator.unsupported_parameter("_fit_method", "'brute', 'kd_tree' or 'ball_tree'")),
        };
        let (distance, arithmetic) = match &tree {
            Some(tree) => (tree.distance.clone(), Arithmetic::Compiled),
            None => {
                let arithmetic = brute_force(estimator, name);
                (Distance::read(estimator, metric, parameters, arithmetic, n_columns)?, arithmetic)
            }
        };
        let distance = match &tree {
            None if estimator.attribute("_fit_X")?.is_sparse() => without_products(distance),
            _ => distance,
        };
        let takes_nan = name == Some("nan_euclidean") && version(estimator) >= NAN_SINCE;
        let accepts = if takes_nan { Accepts::Missing } else { Accepts::Finite };
        let x = match tree {
            Some(_) => frame.numbers(context, accepts)?,
            None => numbers_for_brute_force(context, estimator, frame, accepts)?,
        };
        let tree = tree.map(|tree| Arc::new(tree.tree));
        let fitted = match &tree {
            Some(tree) => tree.points.clone(),
            None => points(estimator.attribute("_fit_X")?, n_columns)?,
        };
        if distance.metric.has_lengths() || matches!(distance.metric, Metric::BrayCurtis | Metric::BrayCurtisOfSums) {
            refuse_overflow(context, x, &fitted)?;
        }
        let x = prepare(&mut context.graph, x, distance.prepared)?;
        let points = Arc::new(prepared_points(fitted, distance.prepared)?);
        let n_points = points.rows;
        Ok(Neighbours { x, points: Some(points), n_points, tree, distance, arithmetic })
    }

    /// Rows that are distances already.
    fn given(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Self> {
        if frame.is_sparse || estimator.attribute("_fit_X")?.is_sparse() {
            return Err(estimator.refused(&refused::SPARSE_DISTANCES));
        }
        let x = frame.numbers(context, Accepts::Finite)?;
        let zero = context.graph.number(0.0, x)?;
        let is_distance = context.graph.binary(BinaryFunction::LessEqual, zero, x)?;
        let message = format!("{}: a precomputed distance is negative", context.trail());
        context.graph.guard(x, is_distance, message)?;
        let distance = Distance { metric: Metric::Manhattan, is_rooted: false, prepared: Prepared::Plain };
        let arithmetic = Arithmetic::Pairwise;
        Ok(Neighbours { x, points: None, n_points: frame.width(), tree: None, distance, arithmetic })
    }

    /// Whether a brute-force search is left to compiled code, which has none for votes by Euclidean distance.
    pub fn is_compiled_but_euclidean(&self) -> bool {
        let is_brute_force = self.tree.is_none() && self.arithmetic == Arithmetic::Compiled;
        is_brute_force && !self.is_euclidean()
    }

    fn is_euclidean(&self) -> bool {
        matches!(self.distance.metric, Metric::SquaredEuclidean | Metric::SquaredEuclideanOfProducts { .. })
    }

    /// The number of fitted rows.
    pub fn n_points(&self) -> usize {
        self.n_points
    }

    /// The `count` nearest fitted rows.
    pub fn nearest(&self, context: &mut Context, estimator: Fitted<'_>, count: usize) -> Result<Found> {
        if count == 0 || count > self.n_points() {
            let message = format!("expected 1 to {} neighbours, found {count}", self.n_points());
            return Err(estimator.located(Error::unsupported("unsupported-parameter", message)));
        }
        let search = match &self.tree {
            Some(tree) => Search::Tree(tree.clone()),
            None => match &self.points {
                Some(points) if self.arithmetic == Arithmetic::Compiled => Search::InOrder(points.clone()),
                _ => return self.partition(context, count),
            },
        };
        let Distance { metric, is_rooted, .. } = self.distance.clone();
        let nearest = Nearest { search, metric, is_rooted, count };
        let both = context.graph.apply(nearest, &[self.x])?;
        let distances = context.graph.columns(both, (0..count).collect())?;
        let positions = context.graph.columns(both, (count..2 * count).collect())?;
        Ok(Found { distances, positions: context.graph.cast(positions, ElementType::I64)? })
    }

    /// The nearest by a partial sort of all distances; of the Euclidean, of their squares.
    fn partition(&self, context: &mut Context, count: usize) -> Result<Found> {
        note_ties(context);
        let is_rooted = self.distance.is_rooted && !self.is_euclidean();
        let distances = self.pairwise(context, self.distance.metric.clone(), is_rooted)?;
        let all = Arc::new((0..self.n_points() as u32).collect());
        let mut found = least(&mut context.graph, distances, Least { candidates: all, count, is_sorted: true })?;
        if self.distance.is_rooted && !is_rooted {
            found.distances = context.graph.unary(UnaryFunction::Sqrt, found.distances)?;
        }
        Ok(found)
    }

    /// The distance from every fitted row.
    pub fn distances(&self, context: &mut Context) -> Result<ValueId> {
        self.pairwise(context, self.apart(0.0), self.distance.is_rooted)
    }

    /// The metric for distances that are compared with nothing but a border.
    fn apart(&self, border: f64) -> Metric {
        match &self.distance.metric {
            Metric::SquaredEuclideanOfProducts { is_cut: true } => Metric::SquaredEuclideanApart { border },
            metric => metric.clone(),
        }
    }

    fn pairwise(&self, context: &mut Context, metric: Metric, is_rooted: bool) -> Result<ValueId> {
        let Some(points) = &self.points else { return Ok(self.x) };
        let points = points.clone();
        context.graph.apply(Pairwise { points, metric, is_rooted }, &[self.x])
    }

    /// 1 for every fitted row that is no farther than `radius`, else 0.
    pub fn within(&self, context: &mut Context, radius: f64) -> Result<ValueId> {
        // SciPy's distances are compared as they are, all others reduced.
        let is_squared = self.is_euclidean();
        let compares_roots = self.arithmetic == Arithmetic::Pairwise && !is_squared;
        let limit = match self.distance.is_rooted && !compares_roots {
            true => self.distance.metric.reduced(&mut crate::ops::lanes::Scalar64, radius),
            false => radius,
        };
        let distances = self.pairwise(context, self.apart(limit), self.distance.is_rooted && compares_roots)?;
        let limit = context.graph.number(limit, distances)?;
        context.graph.binary(BinaryFunction::LessEqual, distances, limit)
    }
}

/// Notes that of equally distant rows others may count elsewhere.
pub fn note_ties(context: &mut Context) {
    let note = format!(
        "{}: which of equally distant rows still count among the nearest is left to NumPy's partial sort, and since NumPy 2 \
         to the processor's instructions; here it is decided as NumPy does without vector instructions",
        context.trail()
    );
    if !context.notes.contains(&note) {
        context.notes.push(note);
    }
}

/// The least of some distances.
pub fn least(g: &mut GraphBuilder, distances: ValueId, least: Least) -> Result<Found> {
    let count = least.count;
    let both = g.apply(least, &[distances])?;
    let distances = g.columns(both, (0..count).collect())?;
    let positions = g.columns(both, (count..2 * count).collect())?;
    Ok(Found { distances, positions: g.cast(positions, ElementType::I64)? })
}

/// Distances from sparse rows are summed up without linear algebra.
fn without_products(distance: Distance) -> Distance {
    match distance.metric {
        Metric::SquaredEuclideanOfProducts { .. } => {
            Distance { metric: Metric::SquaredEuclidean, prepared: Prepared::Plain, ..distance }
        }
        _ => distance,
    }
}

/// Since 1.1 a table of float32 against rows of float32 is compared in float32 by all but the trees.
fn numbers_for_brute_force(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: &Frame,
    accepts: Accepts,
) -> Result<ValueId> {
    let fitted = estimator.attribute("_fit_X")?;
    let is_single = fitted.is_array() && fitted.array()?.dtype.item_bytes == 4;
    if is_single { frame.doubles(context, accepts) } else { frame.numbers(context, accepts) }
}
