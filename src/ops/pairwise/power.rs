//! `x^p` of magnitudes, for a constant `p` > 0, nearly always correctly rounded: equal distances then stay equal, and
//! which of two is the smaller is what the exact values say.

use crate::ops::fused::{Double, fast_two_sum, two_product, two_sum};
use crate::ops::lanes::{Lanes, Scalar64};
use crate::ops::math;

/// Exponents up to this whole number are products.
const MOST_FACTORS: f64 = 16.0;
/// ln(2) in three parts; the first two have so few bits that their multiples by an exponent are exact.
const LN2: [f64; 3] = [
    f64::from_bits(0x3FE6_2E42_FEFA_0000),
    f64::from_bits(0x3D7C_F79A_BC9E_0000),
    f64::from_bits(0x3B0D_9CC0_1F97_B57A),
];

/// `x^power` for `x` from 0; NaN stays NaN.
pub fn power<L: Lanes>(l: &mut L, x: L::V, power: f64) -> L::V {
    if power == 1.0 {
        return x;
    }
    if power.fract() == 0.0 && (2.0..=MOST_FACTORS).contains(&power) {
        return product(l, x, power as u32);
    }
    let logarithm = logarithm(l, x);
    let exponent = l.constant(power);
    let scaled = times(l, logarithm, exponent);
    let result = exponential(l, scaled);
    let (zero, infinity) = (l.constant(0.0), l.constant(f64::INFINITY));
    let is_zero = l.eq(x, zero);
    let result = l.select(is_zero, zero, result);
    let is_finite = l.lt(x, infinity);
    l.select(is_finite, result, x)
}

/// e^(high + low), cut to the doubles' range.
fn exponential<L: Lanes>(l: &mut L, x: Double<L::V>) -> L::V {
    let (least, most) = (l.constant(-746.0), l.constant(710.0));
    let high = l.pmax(x.high, least);
    let high = l.pmin(high, most);
    let log2_e = l.constant(std::f64::consts::LOG2_E);
    let k = l.mul(high, log2_e);
    let k = l.nearest(k);
    let parts = LN2.map(|part| {
        let part = l.constant(-part);
        l.mul(k, part)
    });
    let rest = l.add(high, parts[0]);
    let rest = two_sum(l, rest, parts[1]);
    let low = l.add(rest.low, parts[2]);
    let low = l.add(low, x.low);
    let rest = fast_two_sum(l, rest.high, low);
    // 1 + r + (r²/2 + r³/6 + …), the small terms first.
    let mut tail = l.constant(inverse_factorial(14));
    for n in (2..14).rev() {
        let product = l.mul(tail, rest.high);
        let coefficient = l.constant(inverse_factorial(n));
        tail = l.add(product, coefficient);
    }
    let square = l.mul(rest.high, rest.high);
    let tail = l.mul(square, tail);
    let tail = l.add(tail, rest.low);
    let one = l.constant(1.0);
    let start = fast_two_sum(l, one, rest.high);
    let tail = l.add(start.low, tail);
    let mantissa = l.add(start.high, tail);
    math::scale(l, mantissa, k)
}

fn inverse_factorial(n: u32) -> f64 {
    1.0 / (1..=n).map(f64::from).product::<f64>()
}

/// [`power`] of one number.
pub fn scalar_power(x: f64, exponent: f64) -> f64 {
    power(&mut Scalar64, x, exponent)
}

/// `x · x · …`, rounded once; where the exact product overflows on the way, the plain one.
fn product<L: Lanes>(l: &mut L, x: L::V, factors: u32) -> L::V {
    let mut plain = x;
    let mut exact = Double { high: x, low: l.constant(0.0) };
    for _ in 1..factors {
        plain = l.mul(plain, x);
        exact = times(l, exact, x);
    }
    let known = l.eq(exact.high, exact.high);
    let normal = l.constant(1e-250);
    let normal = l.lt(normal, plain);
    let known = l.and(known, normal);
    l.select(known, exact.high, plain)
}

/// The product of a pair and a number.
fn times<L: Lanes>(l: &mut L, a: Double<L::V>, b: L::V) -> Double<L::V> {
    let product = two_product(l, a.high, b);
    let rest = l.mul(a.low, b);
    let low = l.add(product.low, rest);
    fast_two_sum(l, product.high, low)
}

/// The natural logarithm of a positive finite number, with about 10 bits more than a double's.
fn logarithm<L: Lanes>(l: &mut L, x: L::V) -> Double<L::V> {
    let smallest = l.constant(f64::MIN_POSITIVE);
    let is_subnormal = l.lt(x, smallest);
    let lift = l.constant((1u64 << 54) as f64);
    let lifted = l.mul(x, lift);
    let x = l.select(is_subnormal, lifted, x);
    let lift = l.constant(54.0);
    let lift = l.and(is_subnormal, lift);
    // x = 2^e · m with m in [sqrt(1/2), sqrt(2)).
    let sqrt_half = l.bits(0x3FE6_A09E_667F_3BCD);
    let offset = l.int_sub(x, sqrt_half);
    let bias = l.bits(2048 << 52);
    let biased = l.int_add(offset, bias);
    let biased = l.shr(biased, 52);
    let magic = l.bits(0x4330_0000_0000_0000);
    let biased = l.or(biased, magic);
    let origin = l.constant(4_503_599_627_370_496.0 + 2048.0);
    let e = l.sub(biased, origin);
    let rounder = l.constant(6_755_399_441_055_744.0);
    let shifted = l.add(e, rounder);
    let exponent = l.shl(shifted, 52);
    let m = l.int_sub(x, exponent);
    let e = l.sub(e, lift);
    let mantissa = mantissa_logarithm(l, m);
    let mut sum = mantissa;
    // From the smallest part to the largest, each addition exact but for the last bits of the low part.
    for part in [LN2[2], LN2[1], LN2[0]] {
        let part = l.constant(part);
        let part = l.mul(e, part);
        let added = two_sum(l, part, sum.high);
        let low = l.add(added.low, sum.low);
        sum = fast_two_sum(l, added.high, low);
    }
    sum
}

/// `log(m) = 2s + 2s³/3 + …` with `s = (m - 1) / (m + 1)` as a pair.
fn mantissa_logarithm<L: Lanes>(l: &mut L, m: L::V) -> Double<L::V> {
    let one = l.constant(1.0);
    let (above, below) = (l.sub(m, one), two_sum(l, m, one));
    let s = l.div(above, below.high);
    let back = two_product(l, s, below.high);
    let rest = l.sub(above, back.high);
    let rest = l.sub(rest, back.low);
    let shift = l.mul(s, below.low);
    let rest = l.sub(rest, shift);
    let low = l.div(rest, below.high);
    let s2 = l.mul(s, s);
    let mut tail = l.constant(2.0 / 25.0);
    for odd in (3..=23).rev().step_by(2) {
        let coefficient = l.constant(2.0 / f64::from(odd));
        tail = l.mul(tail, s2);
        tail = l.add(tail, coefficient);
    }
    let cube = l.mul(s, s2);
    let tail = l.mul(cube, tail);
    let two = l.constant(2.0);
    let (high, low) = (l.mul(two, s), l.mul(two, low));
    let low = l.add(low, tail);
    fast_two_sum(l, high, low)
}
