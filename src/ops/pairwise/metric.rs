//! The metrics: what one column adds, and what becomes of the sums. Columns count from the first to the last.
//!
//! A metric that ends in a root is *reduced*: it orders as the distance does, without the root. [`Metric::root`] takes it.

use super::power::power as raised;
use crate::ops::fused::multiply_add;
use crate::ops::lanes::Lanes;
use crate::ops::trigonometry;

/// A way to measure how far two vectors are apart, reduced.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// `Σ (x - y)²`; its root is the Euclidean distance.
    SquaredEuclidean,
    /// The same as `(x² - 2 Σ x y) + y²`, products not rounded: of vectors whose last column is their squared length, which
    /// linear algebra has summed up in an order of its own.
    SquaredEuclideanOfProducts {
        /// Whether what rounding leaves below 0 is 0.
        is_cut: bool,
    },
    /// The same, cut, but products are rounded where that hardly shows: where the distance is neither a tiny part of the
    /// squared lengths, of which only rounding would be left, nor next to `border`, which it is compared with.
    SquaredEuclideanApart {
        /// A squared distance that decides; 0 for none.
        border: f64,
    },
    /// A number that is hardly below [`Metric::SquaredEuclideanOfProducts`] and never above, and is computed faster.
    FloorOfProducts,
    /// `Σ |x - y|`.
    Manhattan,
    /// The largest `|x - y|`.
    Chebyshev,
    /// `Σ w |x - y|^p`, `w` a number per column; its p-th root is Minkowski's distance.
    Power {
        /// The exponent `p`.
        power: f64,
        /// The weights `w`; none for 1.
        weights: Vec<f64>,
    },
    /// `Σ (x - y)² / v`, `v` a number per column; its root is the standardised Euclidean distance.
    Standardized {
        /// The divisors `v`.
        variances: Vec<f64>,
    },
    /// `Σ_i (Σ_j v_ij (x_j - y_j)) (x_i - y_i)`; its root is the distance.
    Mahalanobis {
        /// The matrix `v`, row-major, as wide as the vectors.
        inverse: Vec<f64>,
    },
    /// `Σ |x - y| / (|x| + |y|)`; a column of two zeros adds nothing.
    Canberra,
    /// `Σ (x - y)² / (x + y)`; a column of two zeros adds nothing.
    ChiSquared,
    /// `Σ |x - y| / Σ (|x| + |y|)`; 0 where the divisor is.
    BrayCurtis,
    /// `Σ |x - y| / Σ |x + y|`.
    BrayCurtisOfSums,
    /// `1 - Σ x y`, cut to 0 … 2: of vectors of length 1.
    Cosine,
    /// The share of columns that differ.
    Hamming,
    /// On a sphere of radius 1, of two columns of radians (latitude, longitude): the haversine of the angle between them,
    /// whose root is the angle.
    Haversine,
    /// A measure of columns that are zero or not.
    Boolean(BooleanMetric),
    /// `Σ (x - y)²` over the columns without NaN, stretched to all columns; NaN where there is none. Its root is the distance.
    /// By products as [`Metric::SquaredEuclideanOfProducts`], of vectors whose last column is the squared length of the rest,
    /// NaN taken for 0; what the columns with NaN on the other side brought in is taken off again.
    SquaredNanEuclidean,
}

/// Measures of two vectors of truths, from the columns where both are true (`both`) and where they differ (`differ`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BooleanMetric {
    /// `differ / (both + differ)`; 0 where no column is true.
    Jaccard,
    /// `differ / columns`.
    Matching,
    /// `differ / (2 both + differ)`.
    Dice,
    /// `(differ - both + columns) / (differ + columns)`.
    Kulsinski,
    /// `2 differ / (columns + differ)`.
    RogersTanimoto,
    /// `(columns - both) / columns`.
    RussellRao,
    /// `differ / (both / 2 + differ)`.
    SokalSneath,
    /// `2 a b / (both neither + a b)`, `a` and `b` the columns where only the one or the other is true; 0 where `a b` is.
    Yule,
}

/// The part of the squared lengths above which rounded products do not show in a distance.
const APART: f64 = 1.0 / 1024.0;
/// The part of the squared lengths by which a distance must differ from a border: far above what rounding leaves.
const BESIDE: f64 = 1.0 / (1 << 30) as f64;

/// A squared distance by a sum of rounded products, and where it does for the exact one.
pub fn apart<L: Lanes>(l: &mut L, sum: L::V, [x, y]: [L::V; 2], border: f64) -> (L::V, L::V) {
    let minus_two = l.constant(-2.0);
    let products = l.mul(minus_two, sum);
    let distance = l.add(x, products);
    let distance = l.add(distance, y);
    let (lengths, part) = (l.add(x, y), l.constant(APART));
    let least = l.mul(part, lengths);
    let is_apart = l.lt(least, distance);
    if border == 0.0 {
        return (distance, is_apart);
    }
    let (border, part) = (l.constant(border), l.constant(BESIDE));
    let from_border = absolute(l, distance, border);
    let least = l.mul(part, lengths);
    let is_beside = l.lt(least, from_border);
    (distance, l.and(is_apart, is_beside))
}

/// Sums; most metrics need one.
pub type Sums<V> = [V; 4];

impl Metric {
    /// A metric that is never above this one and is computed faster.
    pub fn floor(&self) -> Option<Metric> {
        matches!(self, Metric::SquaredEuclideanOfProducts { .. }).then_some(Metric::FloorOfProducts)
    }

    /// Whether a column only adds a term to one sum, cheap enough that a row's loads count.
    pub fn is_one_sum(&self) -> bool {
        let is_plain = matches!(self, Metric::SquaredEuclidean | Metric::FloorOfProducts | Metric::Manhattan);
        let is_compared = matches!(self, Metric::Chebyshev | Metric::Hamming | Metric::Cosine);
        is_plain || is_compared || matches!(self, Metric::Canberra | Metric::ChiSquared)
    }

    /// Vectors of lanes to compute at once: as many as fit the registers and hide the latency of an addition.
    pub fn n_vectors(&self) -> usize {
        match self {
            Metric::Power { .. } | Metric::Haversine | Metric::SquaredEuclideanApart { .. } => 1,
            Metric::SquaredEuclideanOfProducts { .. } | Metric::SquaredNanEuclidean => 2,
            _ => 4,
        }
    }

    /// The number that the metric knows of each column, if it does.
    pub fn parameters(&self) -> Option<&[f64]> {
        match self {
            Metric::Power { weights, .. } if !weights.is_empty() => Some(weights),
            Metric::Standardized { variances } => Some(variances),
            _ => None,
        }
    }

    /// Whether single precision does not do for its steps.
    pub fn needs_doubles(&self) -> bool {
        matches!(self, Metric::Power { .. } | Metric::Haversine) || self.has_lengths()
    }

    /// Whether its parameters are for vectors of `width` columns.
    pub fn fits(&self, width: usize) -> bool {
        match self {
            Metric::Mahalanobis { inverse } => inverse.len() == width * width,
            Metric::Haversine => width == 2,
            metric => metric.parameters().is_none_or(|parameters| parameters.len() == width),
        }
    }

    /// The sums with one column more: `x` of the row, `y` of the point, and the column's parameter.
    pub fn step<L: Lanes>(&self, l: &mut L, sums: Sums<L::V>, x: L::V, y: L::V, parameter: Option<L::V>) -> Sums<L::V> {
        let [sum, other, third, fourth] = sums;
        match self {
            Metric::Chebyshev => {
                let distance = absolute(l, x, y);
                [l.pmax(sum, distance), other, third, fourth]
            }
            Metric::BrayCurtis | Metric::BrayCurtisOfSums => {
                let distance = absolute(l, x, y);
                let size = match self {
                    Metric::BrayCurtis => magnitudes(l, x, y),
                    _ => {
                        let together = l.add(x, y);
                        l.abs(together)
                    }
                };
                [l.add(sum, distance), l.add(other, size), third, fourth]
            }
            Metric::SquaredEuclideanOfProducts { .. } => [multiply_add(l, x, y, sum), other, third, fourth],
            Metric::SquaredEuclideanApart { .. } => {
                let product = l.mul(x, y);
                [multiply_add(l, x, y, sum), l.add(other, product), third, fourth]
            }
            Metric::Haversine => {
                // The second sum holds the cosines of the first column, the third is not 0 behind it.
                let half = l.constant(0.5);
                let difference = l.sub(x, y);
                let difference = l.mul(half, difference);
                let sine = trigonometry::sin(l, difference);
                let cosines = [x, y].map(|angle| trigonometry::cos(l, angle));
                let cosines = l.mul(cosines[0], cosines[1]);
                let (zero, one) = (l.constant(0.0), l.constant(1.0));
                let is_first = l.eq(third, zero);
                let factor = l.select(is_first, one, other);
                let term = l.mul(factor, sine);
                let term = l.mul(term, sine);
                [l.add(sum, term), cosines, one, fourth]
            }
            Metric::Boolean(metric) => {
                let zero = l.constant(0.0);
                let (x, y) = (l.ne(x, zero), l.ne(y, zero));
                let (both, differ) = (l.and(x, y), l.xor(x, y));
                let only_x = match metric {
                    BooleanMetric::Yule => {
                        let only_x = l.and(x, differ);
                        count(l, third, only_x)
                    }
                    _ => third,
                };
                [count(l, sum, both), count(l, other, differ), only_x, fourth]
            }
            Metric::SquaredNanEuclidean => {
                let known = [x, y].map(|value| l.eq(value, value));
                let values = [l.and(known[0], x), l.and(known[1], y)];
                let unknown = [x, y].map(|value| l.ne(value, value));
                // The squares of one side where the other has NaN.
                let alone = [(values[0], unknown[1]), (values[1], unknown[0])].map(|(value, mask)| {
                    let square = l.mul(value, value);
                    l.and(mask, square)
                });
                let both = l.and(known[0], known[1]);
                let products = multiply_add(l, values[0], values[1], sum);
                [products, l.add(other, alone[0]), l.add(third, alone[1]), count(l, fourth, both)]
            }
            _ => {
                let term = self.term(l, x, y, parameter);
                [l.add(sum, term), other, third, fourth]
            }
        }
    }

    /// What a column adds to the only sum.
    fn term<L: Lanes>(&self, l: &mut L, x: L::V, y: L::V, parameter: Option<L::V>) -> L::V {
        let weighted = match self {
            Metric::Hamming => {
                let (differ, one) = (l.ne(x, y), l.constant(1.0));
                return l.and(differ, one);
            }
            Metric::Manhattan => return absolute(l, x, y),
            Metric::Cosine | Metric::FloorOfProducts => return l.mul(x, y),
            Metric::Canberra => {
                let distance = absolute(l, x, y);
                let size = magnitudes(l, x, y);
                let zero = l.constant(0.0);
                let (share, known) = (l.div(distance, size), l.ne(size, zero));
                return l.and(known, share);
            }
            Metric::ChiSquared => {
                let (difference, size) = (l.sub(x, y), l.add(x, y));
                let square = l.mul(difference, difference);
                return share(l, square, size);
            }
            Metric::Power { power, .. } => {
                let distance = absolute(l, x, y);
                raised(l, distance, *power)
            }
            _ => {
                let difference = l.sub(x, y);
                l.mul(difference, difference)
            }
        };
        match (parameter, self) {
            (None, _) => weighted,
            (Some(parameter), Metric::Standardized { .. }) => l.div(weighted, parameter),
            (Some(parameter), _) => l.mul(parameter, weighted),
        }
    }

    /// The distance of a reduced one.
    pub fn root<L: Lanes>(&self, l: &mut L, reduced: L::V) -> L::V {
        match self {
            Metric::SquaredEuclidean
            | Metric::SquaredEuclideanOfProducts { .. }
            | Metric::SquaredEuclideanApart { .. }
            | Metric::SquaredNanEuclidean
            | Metric::Standardized { .. }
            | Metric::Mahalanobis { .. } => l.sqrt(reduced),
            Metric::Power { power, .. } => raised(l, reduced, 1.0 / power),
            Metric::Haversine => {
                let (two, root) = (l.constant(2.0), l.sqrt(reduced));
                let half = trigonometry::asin(l, root);
                l.mul(two, half)
            }
            _ => reduced,
        }
    }

    /// The reduced distance of a distance.
    pub fn reduced<L: Lanes>(&self, l: &mut L, distance: L::V) -> L::V {
        match self {
            Metric::SquaredEuclidean
            | Metric::SquaredEuclideanOfProducts { .. }
            | Metric::SquaredEuclideanApart { .. }
            | Metric::SquaredNanEuclidean
            | Metric::Standardized { .. }
            | Metric::Mahalanobis { .. } => l.mul(distance, distance),
            Metric::Power { power, .. } => raised(l, distance, *power),
            Metric::Haversine => {
                let half = l.constant(0.5);
                let half = l.mul(half, distance);
                let sine = trigonometry::sin(l, half);
                l.mul(sine, sine)
            }
            _ => distance,
        }
    }

    /// Whether the last column of the vectors is their squared length, and no column of its own.
    pub fn has_lengths(&self) -> bool {
        let are_products = matches!(self, Metric::SquaredEuclideanOfProducts { .. } | Metric::FloorOfProducts);
        are_products || matches!(self, Metric::SquaredNanEuclidean | Metric::SquaredEuclideanApart { .. })
    }

    /// The reduced distance of two vectors of `columns` columns with these sums, behind which stand `x` and `y`.
    pub fn finish_lengths<L: Lanes>(&self, l: &mut L, sums: Sums<L::V>, [x, y]: [L::V; 2], columns: usize) -> L::V {
        let (minus_two, zero) = (l.constant(-2.0), l.constant(0.0));
        let products = l.mul(minus_two, sums[0]);
        if *self == Metric::FloorOfProducts {
            // Both sums of products are off by at most an ulp of `x² + y²` for each column.
            let both = l.add(x, y);
            let slack = l.constant((4 * columns + 16) as f64 * f64::EPSILON);
            let slack = l.mul(slack, both);
            let distance = l.add(both, products);
            return l.sub(distance, slack);
        }
        let distance = l.add(x, products);
        let distance = l.add(distance, y);
        match self {
            Metric::SquaredEuclideanOfProducts { is_cut: false } => return distance,
            Metric::SquaredEuclideanOfProducts { is_cut: true } => return l.pmax(distance, zero),
            Metric::SquaredEuclideanApart { border } => {
                let exact = l.pmax(distance, zero);
                let (distance, is_apart) = apart(l, sums[1], [x, y], *border);
                return l.select(is_apart, distance, exact);
            }
            _ => {}
        }
        let distance = l.pmax(distance, zero);
        let distance = l.sub(distance, sums[1]);
        let distance = l.sub(distance, sums[2]);
        let distance = l.pmax(distance, zero);
        let mean = l.div(distance, sums[3]);
        let columns = l.constant(columns as f64);
        let distance = l.mul(mean, columns);
        let (is_known, nan) = (l.ne(sums[3], zero), l.bits(0x7FF8_0000_0000_0000));
        l.select(is_known, distance, nan)
    }

    /// The reduced distance of two vectors of `columns` columns with these sums.
    pub fn finish<L: Lanes>(&self, l: &mut L, sums: Sums<L::V>, columns: usize) -> L::V {
        let [sum, other, ..] = sums;
        let columns = l.constant(columns as f64);
        match self {
            Metric::Hamming => l.div(sum, columns),
            Metric::BrayCurtis => share(l, sum, other),
            Metric::BrayCurtisOfSums => l.div(sum, other),
            Metric::Cosine => {
                let [zero, one, two] = [0.0, 1.0, 2.0].map(|number| l.constant(number));
                let distance = l.sub(one, sum);
                // A NaN stays.
                let distance = l.pmin(distance, two);
                l.pmax(distance, zero)
            }
            Metric::Boolean(metric) => metric.finish(l, sums, columns),
            _ => sum,
        }
    }
}

impl BooleanMetric {
    fn finish<L: Lanes>(self, l: &mut L, [both, differ, only_x, _]: Sums<L::V>, columns: L::V) -> L::V {
        let two = l.constant(2.0);
        match self {
            Self::Jaccard => {
                let any = l.add(both, differ);
                share(l, differ, any)
            }
            Self::Matching => l.div(differ, columns),
            Self::Dice => {
                let twice = l.mul(two, both);
                let all = l.add(twice, differ);
                l.div(differ, all)
            }
            Self::Kulsinski => {
                let apart = l.sub(differ, both);
                let (upper, lower) = (l.add(apart, columns), l.add(differ, columns));
                l.div(upper, lower)
            }
            Self::RogersTanimoto => {
                let (twice, all) = (l.mul(two, differ), l.add(columns, differ));
                l.div(twice, all)
            }
            Self::RussellRao => {
                let rest = l.sub(columns, both);
                l.div(rest, columns)
            }
            Self::SokalSneath => {
                let half = l.constant(0.5);
                let half = l.mul(half, both);
                let all = l.add(half, differ);
                l.div(differ, all)
            }
            Self::Yule => {
                let only_y = l.sub(differ, only_x);
                let product = l.mul(only_x, only_y);
                let any = l.add(both, differ);
                let neither = l.sub(columns, any);
                let agreed = l.mul(both, neither);
                let (twice, all) = (l.mul(two, product), l.add(agreed, product));
                let (zero, quotient) = (l.constant(0.0), l.div(twice, all));
                let known = l.ne(product, zero);
                l.and(known, quotient)
            }
        }
    }
}

fn absolute<L: Lanes>(l: &mut L, x: L::V, y: L::V) -> L::V {
    let difference = l.sub(x, y);
    l.abs(difference)
}

fn magnitudes<L: Lanes>(l: &mut L, x: L::V, y: L::V) -> L::V {
    let (x, y) = (l.abs(x), l.abs(y));
    l.add(x, y)
}

fn count<L: Lanes>(l: &mut L, sum: L::V, mask: L::V) -> L::V {
    let one = l.constant(1.0);
    let one = l.and(mask, one);
    l.add(sum, one)
}

/// `part / whole`, 0 where the whole is.
fn share<L: Lanes>(l: &mut L, part: L::V, whole: L::V) -> L::V {
    let zero = l.constant(0.0);
    let (quotient, known) = (l.div(part, whole), l.ne(whole, zero));
    l.and(known, quotient)
}
