//! A tree over the points, as frameworks build it: which points are looked at first decides which of equals are found.

use crate::error::Result;
use crate::ops::bad_operand;
use crate::ops::lanes::{Lanes, Scalar64};
use crate::ops::nearest::heap::{Entry, push};
use crate::ops::pairwise::{Metric, distance, power};
use crate::tensor::{Data, Matrix};

/// A complete binary tree: the children of node `i` are `2i + 1` and `2i + 2`.
#[derive(Debug, Clone)]
pub struct SearchTree {
    /// The points, f64.
    pub points: Matrix,
    /// The points in the order of the leaves.
    pub order: Vec<u32>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// How near a node can be.
    pub bounds: Bounds,
}

/// A node of a [`SearchTree`].
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Its first point in the order.
    pub start: usize,
    /// One past its last point.
    pub end: usize,
    /// Whether its points are looked at, else its children.
    pub is_leaf: bool,
}

/// What is known of the place of a node's points.
#[derive(Debug, Clone)]
pub enum Bounds {
    /// The box around them, row-major `[nodes, columns]`.
    Boxes {
        /// The smallest of each column.
        lower: Vec<f64>,
        /// The largest of each column.
        upper: Vec<f64>,
        /// The power of the distances along the columns that are summed; infinite where the largest counts.
        power: f64,
    },
    /// The ball around them.
    Balls {
        /// The centres, row-major `[nodes, columns]`.
        centres: Vec<f64>,
        /// The radius of each node.
        radii: Vec<f64>,
    },
}

/// Levels of a tree that may be walked: more than any tree of 2^32 points has.
pub const MOST_LEVELS: usize = 40;

impl SearchTree {
    /// Refuses a tree that cannot be walked to its leaves.
    pub fn check(&self) -> Result<()> {
        let (n_points, n_nodes, width) = (self.points.rows, self.nodes.len(), self.points.width);
        let fits = match &self.bounds {
            Bounds::Boxes { lower, upper, .. } => [lower.len(), upper.len()] == [n_nodes * width; 2],
            Bounds::Balls { centres, radii } => centres.len() == n_nodes * width && radii.len() == n_nodes,
        };
        let node = |(i, node): (usize, &Node)| {
            node.start <= node.end && node.end <= self.order.len() && (node.is_leaf || 2 * i + 2 < n_nodes)
        };
        let nodes = n_nodes > 0 && self.nodes.iter().enumerate().all(node);
        let order = self.order.iter().all(|position| (*position as usize) < n_points);
        let is_double = matches!(self.points.data, Data::F64(_));
        if fits && nodes && order && is_double && n_nodes < 1 << MOST_LEVELS {
            return Ok(());
        }
        Err(bad_operand("nearest", "a search tree that does not fit its points"))
    }

    /// Enters the points into the heap, from the node that can be nearest on; nodes farther than the top are passed over.
    pub fn walk(&self, metric: &Metric, row: &[f64], heap: &mut [Entry]) {
        let Data::F64(points) = &self.points.data else { return };
        let mut pending = vec![(0, 0.0)];
        while let Some((node, bound)) = pending.pop() {
            if heap.first().is_none_or(|top| bound > top.0) {
                continue;
            }
            let Node { start, end, is_leaf } = self.nodes[node];
            if is_leaf {
                for position in &self.order[start..end] {
                    let at = *position as usize * row.len();
                    let value = distance(&mut Scalar64, metric, row, &points[at..at + row.len()]);
                    push(heap, value, *position);
                }
                continue;
            }
            let children = [2 * node + 1, 2 * node + 2].map(|child| (child, self.bound(metric, row, child)));
            let [left, right] = children;
            pending.extend(if left.1 <= right.1 { [right, left] } else { [left, right] });
        }
    }

    /// The least reduced distance that a point of the node can have.
    fn bound(&self, metric: &Metric, row: &[f64], node: usize) -> f64 {
        let columns = node * row.len()..(node + 1) * row.len();
        let l = &mut Scalar64;
        match &self.bounds {
            Bounds::Boxes { lower, upper, power } => {
                let sides = lower[columns.clone()].iter().zip(&upper[columns]);
                row.iter().zip(sides).fold(0.0, |sum, (x, (low, high))| outside(l, *power, sum, *x, *low, *high))
            }
            Bounds::Balls { centres, radii } => {
                let reduced = distance(l, metric, row, &centres[columns]);
                around(l, metric, reduced, radii[node])
            }
        }
    }
}

/// How far `x` is outside `low` to `high`, added to the sum of a box.
pub fn outside<L: Lanes>(l: &mut L, exponent: f64, sum: L::V, x: L::V, low: L::V, high: L::V) -> L::V {
    let (below, above) = (l.sub(low, x), l.sub(x, high));
    let mut twice = [below, above].map(|distance| {
        let magnitude = l.abs(distance);
        l.add(distance, magnitude)
    });
    twice[0] = l.add(twice[0], twice[1]);
    let half = l.constant(0.5);
    let distance = l.mul(half, twice[0]);
    if exponent.is_infinite() {
        return l.pmax(sum, distance);
    }
    let term = power(l, distance, exponent);
    l.add(sum, term)
}

/// The least reduced distance from a ball whose centre is `reduced` away.
pub fn around<L: Lanes>(l: &mut L, metric: &Metric, reduced: L::V, radius: L::V) -> L::V {
    let distance = metric.root(l, reduced);
    let distance = l.sub(distance, radius);
    let zero = l.constant(0.0);
    let distance = l.pmax(zero, distance);
    metric.reduced(l, distance)
}

/// Trees for the examples.
pub mod examples {
    use super::*;

    /// A tree of three levels: halves of the points as they stand, in boxes for a power, else in balls.
    pub fn tree(points: Matrix, metric: &Metric, boxes: Option<f64>) -> SearchTree {
        let (count, width) = (points.rows, points.width);
        let order: Vec<u32> = (0..count as u32).map(|i| i * 7 % count as u32).collect();
        let mut nodes = vec![Node { start: 0, end: count, is_leaf: false }];
        for parent in 0..3 {
            let Node { start, end, .. } = nodes[parent];
            let middle = start + (end - start) / 2;
            let is_leaf = parent > 0;
            nodes.extend([(start, middle), (middle, end)].map(|(start, end)| Node { start, end, is_leaf }));
        }
        let Data::F64(values) = &points.data else { unreachable!("the examples are doubles") };
        let member = |position: u32| &values[position as usize * width..(position as usize + 1) * width];
        let members = |node: &Node| order[node.start..node.end].iter().map(|position| member(*position));
        let fold = |start: f64, pick: fn(f64, f64) -> f64| -> Vec<f64> {
            let of =
                |node: &Node| (0..width).map(|j| members(node).fold(start, |a, x| pick(a, x[j]))).collect::<Vec<_>>();
            nodes.iter().flat_map(of).collect()
        };
        let bounds = match boxes {
            Some(power) => {
                Bounds::Boxes { lower: fold(f64::INFINITY, f64::min), upper: fold(f64::NEG_INFINITY, f64::max), power }
            }
            None => {
                let centres: Vec<f64> = nodes.iter().flat_map(|node| member(order[node.start]).to_vec()).collect();
                let radius = |(node, centre): (&Node, &[f64])| {
                    let l = &mut Scalar64;
                    let far = members(node).map(|x| distance(&mut Scalar64, metric, centre, x)).fold(0.0, f64::max);
                    metric.root(l, far)
                };
                let radii = nodes.iter().zip(centres.chunks_exact(width)).map(radius).collect();
                Bounds::Balls { centres, radii }
            }
        };
        SearchTree { points, order, nodes, bounds }
    }
}
