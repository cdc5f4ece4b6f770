//! Transcendental functions over double-precision [`Lanes`]: the same bits on every machine, interpreted or compiled.
//!
//! Within 2 ulp of the exact value, the normal quantile within 4 (tests/accuracy.rs compares with correctly rounded values). f32 operators
//! compute here in f64 and round once, which is the correctly rounded f32 value but for rare near-ties.

use super::lanes::Lanes;

/// log2(e), and ln(2) split so that `k * LN2_HI` is exact for |k| < 2^20 (Cody and Waite).
const LOG2_E: f64 = std::f64::consts::LOG2_E;
const LN2_HI: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
const LN2_LO: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);
/// Adding and subtracting 1.5 · 2^52 rounds to an integer that then stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// The exponent field of 1.0.
const ONE_BITS: u64 = 0x3FF0_0000_0000_0000;

/// `2^k * y` for an integer-valued |k| up to 1,100: two steps, so that subnormal results round once.
pub(super) fn scale<L: Lanes>(l: &mut L, y: L::V, k: L::V) -> L::V {
    let half = l.constant(0.5);
    let half_k = l.mul(k, half);
    let k1 = l.floor(half_k);
    let k2 = l.sub(k, k1);
    let first = power_of_two(l, k1);
    let second = power_of_two(l, k2);
    let y = l.mul(y, first);
    l.mul(y, second)
}

/// `2^k` for an integer-valued |k| up to 1,022.
fn power_of_two<L: Lanes>(l: &mut L, k: L::V) -> L::V {
    let rounder = l.constant(ROUNDER);
    let shifted = l.add(k, rounder);
    let exponent = l.shl(shifted, 52);
    let one = l.bits(ONE_BITS);
    l.int_add(exponent, one)
}

/// Σ coefficients[i] · x^i by Horner's rule.
pub(super) fn polynomial<L: Lanes>(l: &mut L, x: L::V, coefficients: &[f64]) -> L::V {
    let mut sum = l.constant(coefficients[coefficients.len() - 1]);
    for coefficient in coefficients[..coefficients.len() - 1].iter().rev() {
        let product = l.mul(sum, x);
        let constant = l.constant(*coefficient);
        sum = l.add(product, constant);
    }
    sum
}

/// 1/2!, 1/3!, … 1/13!: the next term is below 2^-57 for |r| ≤ ln(2)/2.
const EXP_TAIL: [f64; 12] = [
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// Reduces x to k and r with x = k ln 2 + r, |r| ≤ ln(2)/2, x already clamped; gives (k, r, e^r - 1).
fn exp_parts<L: Lanes>(l: &mut L, x: L::V) -> (L::V, L::V) {
    let log2_e = l.constant(LOG2_E);
    let scaled = l.mul(x, log2_e);
    let k = l.nearest(scaled);
    let (hi, lo) = (l.constant(LN2_HI), l.constant(LN2_LO));
    let k_hi = l.mul(k, hi);
    let k_lo = l.mul(k, lo);
    let r = l.sub(x, k_hi);
    let r = l.sub(r, k_lo);
    let tail = polynomial(l, r, &EXP_TAIL);
    let r2 = l.mul(r, r);
    let tail = l.mul(r2, tail);
    (k, l.add(r, tail))
}

fn clamp<L: Lanes>(l: &mut L, x: L::V, low: f64, high: f64) -> L::V {
    let (low, high) = (l.constant(low), l.constant(high));
    let x = l.pmax(x, low);
    l.pmin(x, high)
}

/// `x` itself where it is NaN, else `y`.
fn keep_nan<L: Lanes>(l: &mut L, x: L::V, y: L::V) -> L::V {
    let is_number = l.eq(x, x);
    l.select(is_number, y, x)
}

/// e^x.
pub fn exp<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    let clamped = clamp(l, x, -746.0, 710.0);
    let (k, expm1) = exp_parts(l, clamped);
    let one = l.constant(1.0);
    let y = l.add(one, expm1);
    let y = scale(l, y, k);
    keep_nan(l, x, y)
}

/// e^x - 1, exact in relative terms near zero.
pub fn expm1<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    let clamped = clamp(l, x, -60.0, 710.0);
    let (k, expm1) = exp_parts(l, clamped);
    // e^x - 1 = 2^k (e^r - 1) + (2^k - 1); for k = 0 that is the polynomial itself.
    let one = l.constant(1.0);
    let scaled = scale(l, expm1, k);
    let power = scale(l, one, k);
    let rest = l.sub(power, one);
    let y = l.add(scaled, rest);
    let zero = l.constant(0.0);
    let is_zero = l.eq(x, zero);
    let y = l.select(is_zero, x, y);
    keep_nan(l, x, y)
}

/// 2/3, 2/5, … 2/23: log((1+s)/(1-s)) = 2s + s·Σ c_i s^2i; the next term is below 2^-60 for |s| ≤ 0.1716.
const LOG_TAIL: [f64; 11] = [
    2.0 / 3.0,
    2.0 / 5.0,
    2.0 / 7.0,
    2.0 / 9.0,
    2.0 / 11.0,
    2.0 / 13.0,
    2.0 / 15.0,
    2.0 / 17.0,
    2.0 / 19.0,
    2.0 / 21.0,
    2.0 / 23.0,
];

/// log(x) + correction, for finite positive x; `correction` is small against log(x) or x is near 1.
fn log_positive<L: Lanes>(l: &mut L, x: L::V, correction: Option<L::V>) -> L::V {
    // Subnormals are lifted by 2^54 first.
    let smallest = l.constant(f64::MIN_POSITIVE);
    let is_subnormal = l.lt(x, smallest);
    let lift = l.constant((1u64 << 54) as f64);
    let lifted = l.mul(x, lift);
    let x = l.select(is_subnormal, lifted, x);
    let lift_exponent = l.constant(54.0);
    let lift_exponent = l.and(is_subnormal, lift_exponent);
    // x = 2^e · m with m in [sqrt(1/2), sqrt(2)): the exponent of x / sqrt(1/2).
    let sqrt_half_bits = l.bits(0x3FE6_A09E_667F_3BCD);
    let offset = l.int_sub(x, sqrt_half_bits);
    // Arithmetic shift by 52 done through a bias of 2048 so that the logical one serves.
    let bias = l.bits(2048 << 52);
    let biased = l.int_add(offset, bias);
    let biased = l.shr(biased, 52);
    let magic = l.bits(0x4330_0000_0000_0000);
    let as_float = l.or(biased, magic);
    let two52 = l.constant(4_503_599_627_370_496.0 + 2048.0);
    let e = l.sub(as_float, two52);
    let rounder = l.constant(ROUNDER);
    let shifted = l.add(e, rounder);
    let exponent_bits = l.shl(shifted, 52);
    let m = l.int_sub(x, exponent_bits);
    let e = l.sub(e, lift_exponent);
    let one = l.constant(1.0);
    let f = l.sub(m, one);
    let two = l.constant(2.0);
    let denominator = l.add(two, f);
    let s = l.div(f, denominator);
    let s2 = l.mul(s, s);
    let tail = polynomial(l, s2, &LOG_TAIL);
    let tail = l.mul(s2, tail);
    // 2s = f - s·f, so log(m) = f - (s·(f - s2·tail)): f is exact, only the small rest rounds.
    let inner = l.sub(f, tail);
    let mut small = l.mul(s, inner);
    if let Some(correction) = correction {
        small = l.sub(small, correction);
    }
    let (hi, lo) = (l.constant(LN2_HI), l.constant(LN2_LO));
    let e_hi = l.mul(e, hi);
    let e_lo = l.mul(e, lo);
    let small = l.sub(small, e_lo);
    let low = l.sub(f, small);
    l.add(e_hi, low)
}

/// The natural logarithm; -inf at zero, NaN below.
pub fn log<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    let y = log_positive(l, x, None);
    log_edges(l, x, x, y)
}

/// log's values outside the finite positive numbers: `x` decides, `argument` is what NaN and infinity return.
fn log_edges<L: Lanes>(l: &mut L, x: L::V, argument: L::V, y: L::V) -> L::V {
    let zero = l.constant(0.0);
    let infinity = l.constant(f64::INFINITY);
    let minus_infinity = l.constant(f64::NEG_INFINITY);
    let nan = l.bits(0x7FF8_0000_0000_0000);
    let is_zero = l.eq(x, zero);
    let y = l.select(is_zero, minus_infinity, y);
    let is_negative = l.lt(x, zero);
    let y = l.select(is_negative, nan, y);
    let is_infinite = l.eq(x, infinity);
    let y = l.select(is_infinite, infinity, y);
    keep_nan(l, argument, y)
}

/// log(1 + x), exact in relative terms near zero.
pub fn log1p<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    let one = l.constant(1.0);
    let u = l.add(one, x);
    // What rounding 1 + x lost, relative to u (Higham's correction), with the larger operand first.
    let swapped = l.lt(one, x);
    let (large, small) = (l.select(swapped, x, one), l.select(swapped, one, x));
    let back = l.sub(u, large);
    let lost = l.sub(small, back);
    let correction = l.div(lost, u);
    let y = log_positive(l, u, Some(correction));
    let y = log_edges(l, u, x, y);
    let zero = l.constant(0.0);
    let is_zero = l.eq(x, zero);
    l.select(is_zero, x, y)
}

/// The hyperbolic tangent.
pub fn tanh<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    // tanh|x| = -t / (t + 2) with t = expm1(-2|x|).
    let magnitude = l.abs(x);
    let minus_two = l.constant(-2.0);
    let doubled = l.mul(magnitude, minus_two);
    let t = expm1(l, doubled);
    let two = l.constant(2.0);
    let denominator = l.add(t, two);
    let numerator = l.neg(t);
    let y = l.div(numerator, denominator);
    let sign = l.bits(1 << 63);
    let sign = l.and(x, sign);
    let y = l.or(y, sign);
    let zero = l.constant(0.0);
    let is_zero = l.eq(x, zero);
    let y = l.select(is_zero, x, y);
    keep_nan(l, x, y)
}

/// Numerators and denominators of the rational approximations of Wichura's algorithm AS 241 (1988), lowest power first: in
/// the middle of the distribution, in its tails, and far out.
const MIDDLE: [[f64; 8]; 2] = [
    [
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227,
    ],
    [
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854,
    ],
];
const TAIL: [[f64; 8]; 2] = [
    [
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ],
    [
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-09,
    ],
];
const FAR: [[f64; 8]; 2] = [
    [
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-05,
        2.0103343992922881e-07,
    ],
    [
        1.0,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        0.0007868691311456133,
        1.8463183175100548e-05,
        1.421511758316446e-07,
        2.0442631033899397e-15,
    ],
];

fn rational<L: Lanes>(l: &mut L, x: L::V, [numerator, denominator]: &[[f64; 8]; 2]) -> L::V {
    let numerator = polynomial(l, x, numerator);
    let denominator = polynomial(l, x, denominator);
    l.div(numerator, denominator)
}

/// The number below which the share `p` of the standard normal distribution lies.
pub fn normal_quantile<L: Lanes>(l: &mut L, p: L::V) -> L::V {
    let (half, one, zero) = (l.constant(0.5), l.constant(1.0), l.constant(0.0));
    let distance = l.sub(p, half);
    let square = l.mul(distance, distance);
    let edge = l.constant(0.180625);
    let middle = l.sub(edge, square);
    let in_middle = l.le(zero, middle);
    let middle = rational(l, middle, &MIDDLE);
    let middle = l.mul(distance, middle);
    // The tails: by the share that lies beyond.
    let is_low = l.lt(p, half);
    let beyond = l.sub(one, p);
    let beyond = l.select(is_low, p, beyond);
    let logarithm = log(l, beyond);
    let logarithm = l.neg(logarithm);
    let root = l.sqrt(logarithm);
    let (five, near) = (l.constant(5.0), l.constant(1.6));
    let is_near = l.le(root, five);
    let tail = l.sub(root, near);
    let tail = rational(l, tail, &TAIL);
    let far = l.sub(root, five);
    let far = rational(l, far, &FAR);
    let tail = l.select(is_near, tail, far);
    let infinity = l.constant(f64::INFINITY);
    let at_end = l.eq(beyond, zero);
    let tail = l.select(at_end, infinity, tail);
    let lower = l.neg(tail);
    let tail = l.select(is_low, lower, tail);
    let y = l.select(in_middle, middle, tail);
    keep_nan(l, p, y)
}
