//! The error function over double-precision [`Lanes`]: within 2 ulp of the exact value (tests/accuracy.rs).

use super::lanes::Lanes;
use super::math::{exp, polynomial};

/// `erf(x) / x` as a polynomial of x² up to 1, lowest power first (Chebyshev's fit, off by 1e-17).
const NEAR: [f64; 12] = [
    std::f64::consts::FRAC_2_SQRT_PI,
    -0.37612638903183543,
    0.11283791670945006,
    -0.02686617064323777,
    0.0052239776071164225,
    -0.0008548325975389692,
    0.00012055294904839707,
    -1.492473690741966e-05,
    1.6447424703317362e-06,
    -1.6208483801871705e-07,
    1.3720064546777686e-08,
    -7.795898827002142e-10,
];
/// `exp(x²) erfc(x)` for x from 1 to 6 as a polynomial of `(x - 3) / (x + 3)` (off by 1e-17).
const TAIL: [f64; 16] = [
    0.17900115118138996,
    -0.3262335600430372,
    0.24560380171233487,
    -0.15011593650077898,
    0.07166583719747308,
    -0.024392499318915004,
    0.004269136356961225,
    0.0007077464666941425,
    -0.0005970624964924544,
    4.525434558991009e-05,
    6.406279226046039e-05,
    -1.2845780030775907e-05,
    -8.00978093907608e-06,
    2.0135111426447427e-06,
    1.2755818949624478e-06,
    3.381355142042904e-09,
];
/// Beyond, it is 1 to the last bit.
const LARGEST: f64 = 6.0;

/// `2/√π · ∫ exp(-t²)` from 0 to x.
pub fn erf<L: Lanes>(l: &mut L, x: L::V) -> L::V {
    let (one, largest) = (l.constant(1.0), l.constant(LARGEST));
    let magnitude = l.abs(x);
    // A NaN stays.
    let magnitude = l.pmin(magnitude, largest);
    let square = l.mul(magnitude, magnitude);
    let near = polynomial(l, square, &NEAR);
    let near = l.mul(magnitude, near);
    let rest = tail(l, magnitude, square);
    let far = l.sub(one, rest);
    let is_near = l.lt(magnitude, one);
    let value = l.select(is_near, near, far);
    let sign = l.bits(1 << 63);
    let sign = l.and(x, sign);
    l.or(value, sign)
}

/// `1 - erf(x)` for x from 1 to 6.
fn tail<L: Lanes>(l: &mut L, x: L::V, square: L::V) -> L::V {
    let three = l.constant(3.0);
    let (below, above) = (l.sub(x, three), l.add(x, three));
    let place = l.div(below, above);
    let factor = polynomial(l, place, &TAIL);
    let exponent = l.neg(square);
    let exponential = exp(l, exponent);
    l.mul(exponential, factor)
}
