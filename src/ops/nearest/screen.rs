//! Which points may be among the nearest, by their places on a grid.
//!
//! At least `count` points have a squared distance of places of at most `T`; scaled by `s²`, none of their computed squared
//! distances is above `A = (√T + r)² + E`: `r` is the grid's reach, `E` what rounding leaves of a distance from sums of
//! products. So the `count`-th smallest is not above `A` either. A point whose computed distance is not above `A` has a
//! scaled distance of at most `√(A + E)`, and its places are at most `√(A + E) + r` apart: [`Screen::limit`] is the square
//! of that. No other point is among the nearest, nor as far as the last of them. The few that are left are computed as ever.
//! Where two of their distances are equal, the heap's movements decide, and all points that ever entered it count: these
//! rows are searched as ever, but for points whose places are too far from the row's for the heap's top.

use crate::ops::grid::Grid;
use crate::ops::pairwise::Metric;
use crate::tensor::{Data, Matrix};

/// Most neighbours that are sorted by insertion.
const MOST_COUNT: usize = 256;
/// Fewest blocks of points, of which each finds the smallest distance of each lane.
const FEWEST_BLOCKS: usize = 24;
/// Fewest points of a block.
const FEWEST_POINTS: usize = 16;
/// Points of a tile.
pub const TILE_POINTS: usize = 8;
/// Points, and how many of them as rows, that tell at compile time how far the screen gets.
const SAMPLE: [usize; 2] = [8192, 16];
/// More room for candidates than twice the neighbours.
const ROOM: usize = 64;
/// The threshold is found to this part of it: `2^-6`.
const PRECISION: u32 = 6;

/// The plan of a screen.
#[derive(Debug)]
pub struct Screen {
    /// The grid of the points.
    pub grid: Grid,
    /// Neighbours.
    pub count: usize,
    /// Blocks of points.
    pub blocks: usize,
    /// Tiles of a block.
    pub tiles: usize,
    /// Candidates that find room.
    pub room: usize,
    /// The lowest bit of a threshold that is found.
    pub lowest_bit: u32,
    /// The longest squared length of a point.
    pub longest: f64,
}

impl Screen {
    /// The sizes of a screen, where there may be one: blocks, tiles of a block and room for candidates.
    pub fn sizes(metric: &Metric, points: &Matrix, count: usize) -> Option<[usize; 3]> {
        let blocks = (2 * count).max(FEWEST_BLOCKS);
        let fits = count <= MOST_COUNT && points.width > 1 && points.rows >= blocks * FEWEST_POINTS;
        let tiles = points.rows.div_ceil(blocks).div_ceil(TILE_POINTS).max(1);
        let is_whole = *metric == Metric::SquaredEuclideanOfProducts { is_cut: true };
        (fits && is_whole).then(|| [points.rows.div_ceil(tiles * TILE_POINTS), tiles, 2 * count + ROOM])
    }

    /// The screen for some points, if it leaves few of them.
    pub fn new(metric: &Metric, points: &Matrix, count: usize) -> Option<Self> {
        let [blocks, tiles, room] = Self::sizes(metric, points, count)?;
        let Data::F64(items) = &points.data else { return None };
        let grid = Grid::new(items, points.width, points.width - 1).filter(|grid| grid.are_lengths(points))?;
        let longest = items.chunks_exact(points.width).filter_map(|point| point.last().copied()).fold(0.0, f64::max);
        let screen = Screen { grid, count, blocks, tiles, room, lowest_bit: 0, longest };
        let lowest_bit = screen.tried(items, points.width)?;
        Some(Screen { lowest_bit, ..screen })
    }

    /// Points with those that fill up the last block.
    pub fn padded(&self) -> usize {
        self.blocks * self.tiles * TILE_POINTS
    }

    /// What rounding leaves of a computed distance, as a part of both squared lengths, scaled: once that of its own sums, and
    /// once by what given lengths may differ from the sums of squares.
    pub fn slack(&self) -> f64 {
        2.0 * self.grid.slack() * self.grid.scale * self.grid.scale
    }

    /// The largest squared distance of places that a point may have, where `count` points have at most `threshold`.
    fn limit(&self, threshold: i32, length: f64) -> i32 {
        let root = f64::from(threshold).sqrt() + self.grid.reach();
        let farthest = (root * root + 2.0 * self.slack() * (length + self.longest)).sqrt() + self.grid.reach();
        (farthest * farthest * ABOVE + 1.0) as i32
    }

    /// Takes some points for rows: whether few others are left for each and no two of the nearest are equally far. Gives the
    /// lowest bit of a usual threshold that counts.
    fn tried(&self, items: &[f64], width: usize) -> Option<u32> {
        let points: Vec<&[f64]> = items.chunks_exact(width).collect();
        let [most, n_rows] = SAMPLE;
        let sample: Vec<&[f64]> = points.iter().step_by(points.len().div_ceil(most)).copied().collect();
        let places: Vec<Vec<i32>> = sample.iter().map(|point| self.grid.places(point)).collect();
        // The point itself is the first.
        let count = 1 + (self.count * sample.len()).div_ceil(points.len());
        let (mut left, mut ties, mut tried, mut lowest) = (0, 0, 0, i32::MAX);
        for i in (0..sample.len()).step_by(sample.len().div_ceil(n_rows)) {
            let (Some(row), Some(places_of_row)) = (sample.get(i), places.get(i)) else { continue };
            let squares = places.iter().map(|place| squared(place, places_of_row));
            let mut order: Vec<(i32, usize)> = squares.zip(0..).collect();
            order.sort_unstable();
            let threshold = order.get(count).map_or(i32::MAX, |(square, _)| *square);
            let limit = self.limit(threshold, row.last().copied().unwrap_or_default());
            let candidates: Vec<f64> = order
                .iter()
                .take_while(|(square, _)| *square <= limit)
                .filter_map(|(_, position)| sample.get(*position))
                .map(|point| row.iter().zip(*point).take(width - 1).map(|(x, y)| (x - y) * (x - y)).sum())
                .collect();
            left += candidates.len().saturating_sub(count);
            ties += usize::from(has_tie(candidates, count));
            lowest = lowest.min(threshold);
            tried += 1;
        }
        let is_sharp = left * points.len() <= tried * (self.count + ROOM / 2) * sample.len() && 4 * ties <= tried;
        (is_sharp && lowest > 0).then(|| lowest.ilog2().saturating_sub(PRECISION))
    }
}

/// Swallows the rounding of the limit's own steps.
pub const ABOVE: f64 = 1.0 + 1e-9;

fn squared(a: &[i32], b: &[i32]) -> i32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Whether two of the nearest, or the last of them and the next, are equally far.
fn has_tie(mut distances: Vec<f64>, count: usize) -> bool {
    distances.sort_by(f64::total_cmp);
    distances.iter().zip(distances.iter().skip(1)).take(count).any(|(near, next)| near == next)
}
