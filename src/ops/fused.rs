//! `a · b + c` rounded once, out of operations that round each time: the machine's fused multiplication, where a
//! framework's linear algebra uses it and the difference shows.

use super::lanes::Lanes;

/// Veltkamp's constant: splits a double into two halves whose products are exact.
const SPLITTER: f64 = 134_217_729.0;

/// An unevaluated sum of two doubles, the first being its rounded value.
#[derive(Debug, Clone, Copy)]
pub struct Double<V> {
    /// The rounded value.
    pub high: V,
    /// What rounding lost.
    pub low: V,
}

/// `a · b + c`, rounded once, in double precision. After Boldo and Melquiond: the parts that would round twice are added
/// with rounding to odd. Products beyond 2^996 or below 2^-969 are rounded twice.
pub fn multiply_add<L: Lanes>(l: &mut L, a: L::V, b: L::V, c: L::V) -> L::V {
    let product = two_product(l, a, b);
    let small = two_sum(l, c, product.low);
    let large = two_sum(l, product.high, small.high);
    let rest = add_to_odd(l, small.low, large.low);
    let fused = l.add(large.high, rest);
    // Splitting a huge factor overflows.
    let plain = l.add(product.high, c);
    let is_number = l.eq(fused, fused);
    l.select(is_number, fused, plain)
}

/// `a · b` exactly (Dekker).
pub fn two_product<L: Lanes>(l: &mut L, a: L::V, b: L::V) -> Double<L::V> {
    let high = l.mul(a, b);
    let (a, b) = (split(l, a), split(l, b));
    let mut low = l.mul(a.high, b.high);
    low = l.sub(low, high);
    for (a, b) in [(a.high, b.low), (a.low, b.high), (a.low, b.low)] {
        let part = l.mul(a, b);
        low = l.add(low, part);
    }
    Double { high, low }
}

fn split<L: Lanes>(l: &mut L, a: L::V) -> Double<L::V> {
    let splitter = l.constant(SPLITTER);
    let wide = l.mul(splitter, a);
    let rest = l.sub(wide, a);
    let high = l.sub(wide, rest);
    Double { high, low: l.sub(a, high) }
}

/// `a + b` exactly (Knuth).
pub fn two_sum<L: Lanes>(l: &mut L, a: L::V, b: L::V) -> Double<L::V> {
    let high = l.add(a, b);
    let from_b = l.sub(high, a);
    let from_a = l.sub(high, from_b);
    let (rest_a, rest_b) = (l.sub(a, from_a), l.sub(b, from_b));
    Double { high, low: l.add(rest_a, rest_b) }
}

/// `a + b` exactly, for `|a| >= |b|`.
pub fn fast_two_sum<L: Lanes>(l: &mut L, a: L::V, b: L::V) -> Double<L::V> {
    let high = l.add(a, b);
    let rest = l.sub(high, a);
    Double { high, low: l.sub(b, rest) }
}

/// `a + b`, and where that is not exact, of the two neighbours the one whose last bit is 1.
fn add_to_odd<L: Lanes>(l: &mut L, a: L::V, b: L::V) -> L::V {
    let sum = two_sum(l, a, b);
    let (none, one) = (l.bits(0), l.bits(1));
    let last_bit = l.and(sum.high, one);
    let is_odd = l.int_sub(none, last_bit);
    let zero = l.constant(0.0);
    let is_rounded = l.ne(sum.low, zero);
    // One step away from zero where the lost part has the sum's sign, else one step towards it.
    let signs = l.xor(sum.high, sum.low);
    let sign = l.shr(signs, 63);
    let twice = l.shl(sign, 1);
    let step = l.int_sub(one, twice);
    let step = l.and(step, is_rounded);
    let kept = l.and(step, is_odd);
    let step = l.xor(step, kept);
    l.int_add(sum.high, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::lanes::Scalar64;

    /// Numbers whose sums cancel, tie, and differ in size, none so large or small that a split or product overflows.
    fn numbers(count: usize) -> Vec<f64> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..count)
            .map(|i| {
                let bits = next();
                let exponent = 1023 + (bits >> 52) % [3, 60, 200][i % 3];
                let mantissa = bits & [0xF_FFFF_FFFF_FFFF, 0x3, 0xF_0000_0000_0001][i / 3 % 3];
                f64::from_bits((bits & 1 << 63) | exponent << 52 | mantissa)
            })
            .collect()
    }

    #[test]
    fn it_rounds_once_as_the_machine_does() {
        let all = numbers(30_000);
        for three in all.chunks_exact(3) {
            let [a, b, c] = [three[0], three[1], three[2]];
            for c in [c, -(a * b), -(a * b) * (1.0 + f64::EPSILON), c * 1e-40, 0.0] {
                let found = multiply_add(&mut Scalar64, a, b, c);
                assert_eq!(found.to_bits(), a.mul_add(b, c).to_bits(), "{a:e} · {b:e} + {c:e}");
            }
        }
        for value in [f64::INFINITY, f64::NAN, f64::MAX] {
            let found = multiply_add(&mut Scalar64, value, 1.0, 1.0);
            assert!(found == value || found.is_nan() && value.is_nan());
        }
    }
}
