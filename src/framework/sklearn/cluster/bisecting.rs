//! `BisectingKMeans`: down a tree of centres, at each node to the nearer child.

use super::super::context::{Accepts, Context};
use super::super::distances::{points, refuse_overflow, squared_but_for_rows};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::centres::{clusterer, is_single, single_squares};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::ops::binary::BinaryFunction;
use crate::tensor::{Data, ElementType, Matrix};

/// The label of the leaf that a row reaches.
pub fn predict(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let n_columns = frame.width();
    let mean = match estimator.present("_X_mean") {
        Some(_) => estimator.floats("_X_mean", n_columns)?,
        None => vec![0.0; n_columns],
    };
    let leaves = estimator.attribute("cluster_centers_")?;
    let is_single = is_single(leaves)?;
    let x = frame.numbers(context, Accepts::Finite)?;
    // Other nodes lie between the leaves.
    refuse_overflow(context, x, &points(leaves, n_columns)?)?;
    let centres = Centres { x, mean, is_single };
    let nodes = nodes(estimator.attribute("_bisecting_tree")?)?;
    // Children stand behind their parents: from the last node to the first, labels of children are known.
    let mut labels: Vec<Option<ValueId>> = vec![None; nodes.len()];
    for (position, node) in nodes.iter().enumerate().rev() {
        let label = match node {
            Node::Leaf(label) => context.graph.constant(Data::F64(vec![*label as f64]))?,
            Node::Inner { children: [left, right], positions } => {
                let goes_right = centres.goes_right(context, [*left, *right])?;
                let child = |at: usize| labels.get(at).copied().flatten().ok_or_else(|| Error::internal("no child"));
                context.graph.select(goes_right, child(positions[1])?, child(positions[0])?)?
            }
        };
        labels[position] = Some(label);
    }
    let root = labels.first().copied().flatten().ok_or_else(|| Error::internal("a tree without nodes"))?;
    Ok(clusterer(context.graph.cast(root, ElementType::I64)?))
}

/// A node of the fitted tree.
enum Node<'a> {
    Leaf(i64),
    Inner { children: [Fitted<'a>; 2], positions: [usize; 2] },
}

/// The nodes, parents before children.
fn nodes(root: Fitted<'_>) -> Result<Vec<Node<'_>>> {
    let mut found = vec![root];
    let mut nodes = Vec::new();
    while let Some(node) = found.get(nodes.len()).copied() {
        nodes.push(match (node.present("left"), node.present("right")) {
            (Some(left), Some(right)) => {
                let positions = [found.len(), found.len() + 1];
                found.extend([left, right]);
                limits::CLASSES.check_len(found.len())?;
                Node::Inner { children: [left, right], positions }
            }
            _ => Node::Leaf(node.attribute("label")?.as_i64()?),
        });
    }
    Ok(nodes)
}

/// What every node compares.
struct Centres {
    x: ValueId,
    /// What was taken off all centres.
    mean: Vec<f64>,
    is_single: bool,
}

impl Centres {
    /// Whether the right one of two children is nearer (1 or 0, f64).
    fn goes_right(&self, context: &mut Context, children: [Fitted<'_>; 2]) -> Result<ValueId> {
        let n_columns = self.mean.len();
        let mut centres = Vec::with_capacity(2 * n_columns);
        for child in children {
            let centre = child.floats("center", n_columns)?;
            centres.extend(centre.iter().zip(&self.mean).map(|(centre, mean)| self.rounded(centre + mean)));
        }
        let centres = Matrix::new(2, n_columns, Data::F64(centres));
        let g = &mut context.graph;
        let squares = match self.is_single {
            true => single_squares(g, self.x, &centres)?,
            false => squared_but_for_rows(g, self.x, centres)?,
        };
        let squares = g.cast(squares, ElementType::F64)?;
        let [left, right] = [g.columns(squares, vec![0])?, g.columns(squares, vec![1])?];
        g.binary(BinaryFunction::Less, right, left)
    }

    /// A sum in the element type of the centres.
    fn rounded(&self, value: f64) -> f64 {
        if self.is_single { f64::from(value as f32) } else { value }
    }
}
