//! Sine, cosine and arc sine over double-precision [`Lanes`]: the same bits on every machine, interpreted or compiled.
//!
//! Within 2 ulp of the exact value (tests/accuracy.rs) for angles up to 2^40; beyond 2^50 an angle has no quarter that a
//! double could tell, and the result is NaN.

use super::fused::{Double, fast_two_sum, two_product, two_sum};
use super::lanes::Lanes;

/// Adding and subtracting 1.5 · 2^52 rounds to an integer that then stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// π/2 in three parts.
const HALF_PI: [f64; 3] =
    [std::f64::consts::FRAC_PI_2, f64::from_bits(0x3C91_A626_3314_5C07), f64::from_bits(0xB91F_1976_B7ED_8FBC)];
/// The largest angle that is reduced.
const LARGEST: f64 = (1u64 << 50) as f64;

/// The sine.
pub fn sin<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    quarters(l, x, 0)
}

/// The cosine.
pub fn cos<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    quarters(l, x, 1)
}

/// The sine of x + `ahead` quarter turns.
fn quarters<L: Lanes>(l: &mut L, x: L::V, ahead: u64) -> L::V {
    let per_angle = l.constant(std::f64::consts::FRAC_2_PI);
    let turned = l.mul(x, per_angle);
    let rounder = l.constant(ROUNDER);
    let shifted = l.add(turned, rounder);
    let count = l.sub(shifted, rounder);
    let rest = reduce(l, x, count);
    let (sine, cosine) = (sine(l, rest), cosine(l, rest));
    // The low bits of the count of quarter turns: an odd one exchanges the two, a count of 2 or 3 turns the sign.
    let (ahead, none) = (l.bits(ahead), l.bits(0));
    let count = l.int_add(shifted, ahead);
    let last = l.shl(count, 63);
    let last = l.shr(last, 63);
    let is_odd = l.int_sub(none, last);
    let result = l.select(is_odd, cosine, sine);
    let sign = l.shr(count, 1);
    let sign = l.shl(sign, 63);
    let result = l.xor(result, sign);
    let (largest, nan) = (l.constant(LARGEST), l.bits(0x7FF8_0000_0000_0000));
    let magnitude = l.abs(x);
    let is_known = l.le(magnitude, largest);
    l.select(is_known, result, nan)
}

/// `x - count · π/2`.
fn reduce<L: Lanes>(l: &mut L, x: L::V, count: L::V) -> Double<L::V> {
    let mut rest = Double { high: x, low: l.constant(0.0) };
    for part in HALF_PI {
        let part = l.constant(-part);
        let product = two_product(l, count, part);
        let sum = two_sum(l, rest.high, product.high);
        let low = l.add(rest.low, product.low);
        let low = l.add(low, sum.low);
        rest = two_sum(l, sum.high, low);
    }
    rest
}

/// Σ coefficients[i] · x^i by Horner's rule, the coefficients being ±1/n! from n on in steps of two.
fn series<L: Lanes>(l: &mut L, x: L::V, first: u32, last: u32) -> L::V {
    let inverse_factorial = |n: u32| 1.0 / (1..=n).map(f64::from).product::<f64>();
    let sign = |n: u32| if (n / 2).is_multiple_of(2) { 1.0 } else { -1.0 };
    let mut sum = l.constant(sign(last) * inverse_factorial(last));
    for n in (first..last).rev().filter(|n| (last - n).is_multiple_of(2)) {
        let product = l.mul(sum, x);
        let coefficient = l.constant(sign(n) * inverse_factorial(n));
        sum = l.add(product, coefficient);
    }
    sum
}

/// The sine of at most an eighth turn: r - r³/6 + …, to the first power in the low part.
fn sine<L: Lanes>(l: &mut L, r: Double<L::V>) -> L::V {
    let square = l.mul(r.high, r.high);
    let cube = l.mul(square, r.high);
    let tail = series(l, square, 3, 19);
    let tail = l.mul(cube, tail);
    let tail = l.add(tail, r.low);
    l.add(r.high, tail)
}

/// The cosine of at most an eighth turn: (1 - r²/2) + r⁴/24 - …, to the first power in the low part.
fn cosine<L: Lanes>(l: &mut L, r: Double<L::V>) -> L::V {
    let square = two_product(l, r.high, r.high);
    let (one, half) = (l.constant(1.0), l.constant(-0.5));
    let start = l.mul(square.high, half);
    let start = fast_two_sum(l, one, start);
    let fourth = l.mul(square.high, square.high);
    let tail = series(l, square.high, 4, 18);
    let mut tail = l.mul(fourth, tail);
    let shift = l.mul(r.high, r.low);
    tail = l.sub(tail, shift);
    let lost = l.mul(square.low, half);
    tail = l.add(tail, lost);
    tail = l.add(tail, start.low);
    l.add(start.high, tail)
}

/// Coefficients of x^(2n + 1) in the arc sine, from n = 1 on.
const ARC_TERMS: usize = 26;

/// The arc sine; NaN outside -1 to 1.
pub fn asin<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    // Above a half: π/2 - 2 asin(√((1 - x) / 2)).
    let magnitude = l.abs(x);
    let (half, one) = (l.constant(0.5), l.constant(1.0));
    let is_large = l.lt(half, magnitude);
    let rest = l.sub(one, magnitude);
    let halved = l.mul(half, rest);
    let root = l.sqrt(halved);
    // What the root lost by rounding.
    let back = two_product(l, root, root);
    let lost = l.sub(halved, back.high);
    let lost = l.sub(lost, back.low);
    let twice = l.add(root, root);
    let lost = l.div(lost, twice);
    let zero = l.constant(0.0);
    let is_one = l.eq(root, zero);
    let lost = l.select(is_one, zero, lost);
    let y = l.select(is_large, root, magnitude);
    let square = l.mul(y, y);
    let mut tail = l.constant(arc_coefficient(ARC_TERMS));
    for n in (1..ARC_TERMS).rev() {
        let product = l.mul(tail, square);
        let coefficient = l.constant(arc_coefficient(n));
        tail = l.add(product, coefficient);
    }
    let cube = l.mul(square, y);
    let tail = l.mul(cube, tail);
    let small = l.add(y, tail);
    let [high, low] = [HALF_PI[0], HALF_PI[1]].map(|part| l.constant(part));
    let minus_two = l.constant(-2.0);
    let (doubled, rest) = (l.mul(minus_two, y), l.add(tail, lost));
    let large = fast_two_sum(l, high, doubled);
    let rest = l.mul(minus_two, rest);
    let rest = l.add(rest, low);
    let rest = l.add(rest, large.low);
    let large = l.add(large.high, rest);
    let result = l.select(is_large, large, small);
    let sign = l.bits(1 << 63);
    let sign = l.and(x, sign);
    let result = l.or(result, sign);
    // A NaN of the root has gone through; of a tiny number the number itself is the result.
    let is_zero = l.eq(x, zero);
    l.select(is_zero, x, result)
}

/// (2n)! / (4^n (n!)² (2n + 1)).
fn arc_coefficient(n: usize) -> f64 {
    (1..=n).map(|k| (2 * k - 1) as f64 / (2 * k) as f64).product::<f64>() / (2 * n + 1) as f64
}
