//! The emission of a walk through a search tree: a stack of nodes, and the points of a leaf side by side in lanes.

use super::heap::Heap;
use super::tree::{Bounds, MOST_LEVELS, SearchTree, around, outside};
use crate::ops::emit::{Emit, Place};
use crate::ops::lanes::WasmLanes;
use crate::ops::pairwise::Metric;
use crate::ops::pairwise::measure::{Measure, Side};
use crate::ops::records::{Records, word};
use crate::tensor::{Data, ElementType};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Bytes of a stack entry: the bound as f64, the node as u32, padding.
const PENDING_BYTES: u32 = 16;
/// Where the node stands in a stack entry.
const NODE_AT: u32 = 8;
/// The position of what only fills a group.
const NO_POINT: u32 = u32::MAX;
/// Lanes of f64 in a vector.
const LANES: usize = 2;
/// Bytes of scratch memory: the stack, then the distances of a group of points.
pub const SCRATCH_BYTES: u32 = PENDING_BYTES * (MOST_LEVELS as u32 + 2) + 64;

/// A search tree laid out for the walk.
#[derive(Debug)]
pub struct Walk<'a> {
    tree: &'a SearchTree,
    measure: Measure<'a>,
    metric: &'a Metric,
    /// Points side by side.
    n_lanes: usize,
    nodes: u32,
    bounds: u32,
    stack: u32,
}

impl<'a> Walk<'a> {
    /// Puts the tree into the data. A node's record is the addresses of its first group of points and of one past the
    /// last, and the address of their positions; of an inner node the first two are equal.
    pub fn new(e: &mut Emit<'_>, tree: &'a SearchTree, metric: &'a Metric, stack: u32) -> Self {
        let width = tree.points.width;
        let measure = Measure::new(e, metric, width, ElementType::F64);
        let n_lanes = metric.n_vectors() * LANES;
        let Layout { ranges, points, positions } = Layout::new(tree, n_lanes);
        let points_at = e.data.intern(&Data::F64(points).to_le_bytes(), 16);
        let positions_at = e.data.intern(&Data::U32(positions).to_le_bytes(), 4);
        let group_bytes = (width * n_lanes * 8) as u32;
        let mut records = Records::<3>::default();
        for (start, end) in ranges {
            let address = |group: u32| points_at + group * group_bytes;
            records.push([address(start), address(end), positions_at + start * 4 * n_lanes as u32]);
        }
        let nodes = records.place(e);
        let bounds = e.data.intern(&Data::F64(bounds(tree)).to_le_bytes(), 16);
        Walk { tree, measure, metric, n_lanes, nodes, bounds, stack }
    }

    /// Emits the walk for one row into its heap.
    pub fn emit(&self, e: &mut Emit<'_>, rows: &Place, row: Local, heap: Heap) {
        let x = self.row(e, rows, row);
        let (pending, bound) = (e.code.local(ValType::I32), e.code.local(ValType::F64));
        let node = e.code.local(ValType::I32);
        e.code.i32(self.stack as i32).set(pending).i32(0).set(node);
        e.code.ops().f64_const(0.0.into());
        e.code.set(bound);
        self.push_pending(e, pending, bound, node);
        e.code.ops().loop_(BlockType::Empty);
        e.code.advance(pending, -(PENDING_BYTES as i32)).get(pending);
        e.load(ElementType::F64, 0);
        e.code.set(bound).get(pending);
        e.load(ElementType::U32, NODE_AT);
        e.code.set(node).get(bound);
        heap.top(e);
        e.code.ops().f64_gt().i32_eqz().if_(BlockType::Empty);
        let record = e.code.local(ValType::I32);
        e.code.get(node).i32(Records::<3>::BYTES as i32);
        e.code.ops().i32_mul().i32_const(self.nodes as i32).i32_add();
        e.code.set(record);
        let [group, end, positions] = [0, 1, 2].map(|index| word(e, record, index));
        e.code.get(group).get(end);
        e.code.ops().i32_eq().if_(BlockType::Empty);
        self.descend(e, x, node, pending);
        e.code.ops().else_();
        self.look(e, x, [group, end, positions], heap);
        e.code.ops().end().end();
        e.code.get(pending).i32(self.stack as i32);
        e.code.ops().i32_gt_u().br_if(0).end();
    }

    /// The columns of a row, each one element.
    fn row(&self, e: &mut Emit<'_>, rows: &Place, row: Local) -> Side {
        let base = e.code.local(ValType::I32);
        e.code.i32(rows.address as i32).set(base);
        Side { address: e.row_address(base, row, ElementType::F64), step: rows.plane_bytes(e.stride), is_single: true }
    }

    fn push_pending(&self, e: &mut Emit<'_>, pending: Local, bound: Local, node: Local) {
        e.code.get(pending).get(bound);
        e.store(ElementType::F64, 0);
        e.code.get(pending).get(node);
        e.store(ElementType::U32, NODE_AT);
        e.code.advance(pending, PENDING_BYTES as i32);
    }

    /// Leaves the children of an inner node on the stack, the nearer on top, the left of equals.
    fn descend(&self, e: &mut Emit<'_>, x: Side, node: Local, pending: Local) {
        let both = self.child_bounds(e, x, node);
        let [left_bound, right_bound] = [0, 1].map(|lane| {
            let bound = e.code.local(ValType::F64);
            e.code.get(both);
            e.code.ops().f64x2_extract_lane(lane);
            e.code.set(bound);
            bound
        });
        let (left, right) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.get(node).i32(1);
        e.code.ops().i32_shl().i32_const(1).i32_add();
        e.code.tee(left).i32(1);
        e.code.ops().i32_add();
        e.code.set(right).get(left_bound).get(right_bound);
        e.code.ops().f64_le().if_(BlockType::Empty);
        self.push_pending(e, pending, right_bound, right);
        self.push_pending(e, pending, left_bound, left);
        e.code.ops().else_();
        self.push_pending(e, pending, left_bound, left);
        self.push_pending(e, pending, right_bound, right);
        e.code.ops().end();
    }

    /// The least reduced distances of both children, in the lanes of a vector.
    fn child_bounds(&self, e: &mut Emit<'_>, x: Side, node: Local) -> Local {
        let width = self.tree.points.width as u32;
        let (bytes, step) = match &self.tree.bounds {
            Bounds::Boxes { .. } => (width * 32, 32),
            Bounds::Balls { .. } => (width * 16 + 16, 16),
        };
        let address = e.code.local(ValType::I32);
        e.code.get(node).i32(bytes as i32);
        e.code.ops().i32_mul().i32_const(self.bounds as i32).i32_add();
        e.code.set(address);
        let known = Side { address, step, is_single: false };
        match &self.tree.bounds {
            Bounds::Boxes { power, .. } => self.boxes(e, *power, x, known),
            Bounds::Balls { .. } => {
                let reduced = self.measure.distances(e, x, known, 1, false)[0];
                let radii = e.code.local(ValType::V128);
                e.code.get(address);
                e.code.ops().v128_load(memarg(width * 16, 0));
                e.code.set(radii);
                around(&mut WasmLanes { code: &mut e.code, width: self.measure.width() }, self.metric, reduced, radii)
            }
        }
    }

    fn boxes(&self, e: &mut Emit<'_>, power: f64, x: Side, known: Side) -> Local {
        let sum = e.code.local(ValType::V128);
        e.code.ops().v128_const(0);
        e.code.set(sum);
        self.measure.for_each_column(e, [x, known], |e, [x, known]| {
            let x = e.load_splat(x.address, ElementType::F64, false);
            let [low, high] = [0, 16].map(|offset| {
                let side = e.code.local(ValType::V128);
                e.code.get(known.address);
                e.code.ops().v128_load(memarg(offset, 0));
                e.code.set(side);
                side
            });
            let mut lanes = WasmLanes { code: &mut e.code, width: self.measure.width() };
            let next = outside(&mut lanes, power, sum, x, low, high);
            e.code.get(next).set(sum);
        });
        sum
    }

    /// Enters the points of a leaf, group by group.
    fn look(&self, e: &mut Emit<'_>, x: Side, [group, end, positions]: [Local; 3], heap: Heap) {
        let distances_at = self.stack + SCRATCH_BYTES - 64;
        let lane_bytes = 8 * self.n_lanes as u32;
        e.code.ops().loop_(BlockType::Empty);
        let y = Side { address: group, step: lane_bytes, is_single: false };
        for (i, distance) in self.measure.distances(e, x, y, self.n_lanes / LANES, false).into_iter().enumerate() {
            e.code.i32(distances_at as i32).get(distance);
            e.code.ops().v128_store(memarg(16 * i as u32, 0));
        }
        let (lane, value, position) =
            (e.code.local(ValType::I32), e.code.local(ValType::F64), e.code.local(ValType::I32));
        e.code.i32(0).set(lane);
        e.code.ops().loop_(BlockType::Empty);
        e.code.get(lane).i32(3);
        e.code.ops().i32_shl();
        e.load(ElementType::F64, distances_at);
        e.code.tee(value);
        heap.top(e);
        e.code.ops().f64_lt().if_(BlockType::Empty);
        e.code.get(positions).get(lane).i32(2);
        e.code.ops().i32_shl().i32_add();
        e.load(ElementType::U32, 0);
        e.code.tee(position).i32(NO_POINT as i32);
        e.code.ops().i32_ne().if_(BlockType::Empty);
        heap.push(e, value, position);
        e.code.ops().end().end();
        e.code.advance(lane, 1).get(lane).i32(self.n_lanes as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
        e.code.advance(positions, 4 * self.n_lanes as i32);
        e.code.advance(group, (self.tree.points.width as u32 * lane_bytes) as i32).get(group).get(end);
        e.code.ops().i32_lt_u().br_if(0).end();
    }
}

/// The points in groups of `n_lanes`, column by column inside a group. No leaf shares a group with another.
struct Layout {
    /// Of each node the first group and one past the last; equal for inner nodes.
    ranges: Vec<(u32, u32)>,
    points: Vec<f64>,
    positions: Vec<u32>,
}

impl Layout {
    fn new(tree: &SearchTree, n_lanes: usize) -> Self {
        let Data::F64(values) = &tree.points.data else {
            return Layout { ranges: vec![], points: vec![], positions: vec![] };
        };
        let width = tree.points.width;
        let mut layout = Layout { ranges: Vec::new(), points: Vec::new(), positions: Vec::new() };
        for node in &tree.nodes {
            let start = (layout.positions.len() / n_lanes) as u32;
            let members = if node.is_leaf { &tree.order[node.start..node.end] } else { &[] };
            for group in members.chunks(n_lanes) {
                for column in 0..width {
                    let value = |lane: usize| group.get(lane).map_or(0.0, |i| values[*i as usize * width + column]);
                    layout.points.extend((0..n_lanes).map(value));
                }
                layout.positions.extend((0..n_lanes).map(|lane| group.get(lane).copied().unwrap_or(NO_POINT)));
            }
            // A leaf without points looks at one group of none.
            if node.is_leaf && members.is_empty() {
                layout.points.extend(vec![0.0; width * n_lanes]);
                layout.positions.extend(vec![NO_POINT; n_lanes]);
            }
            layout.ranges.push((start, (layout.positions.len() / n_lanes) as u32));
        }
        layout
    }
}

/// For every node what is known of its two children, side by side, column by column.
fn bounds(tree: &SearchTree) -> Vec<f64> {
    let width = tree.points.width;
    let inner = tree.nodes.iter().rposition(|node| !node.is_leaf).map_or(0, |last| last + 1);
    let twice = |values: &[f64], node: usize, column: usize, width: usize| {
        [2 * node + 1, 2 * node + 2].map(|child| values.get(child * width + column).copied().unwrap_or_default())
    };
    let of_node = |node: usize| -> Vec<f64> {
        match &tree.bounds {
            Bounds::Boxes { lower, upper, .. } => (0..width)
                .flat_map(|j| [twice(lower, node, j, width), twice(upper, node, j, width)])
                .flatten()
                .collect(),
            Bounds::Balls { centres, radii } => {
                let centres = (0..width).flat_map(|column| twice(centres, node, column, width));
                centres.chain(twice(radii, node, 0, 1)).collect()
            }
        }
    };
    (0..inner).flat_map(of_node).collect()
}
