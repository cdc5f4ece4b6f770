//! The modified Bessel function of the second kind of one order, tabulated: `K_ν(z) = ∫ exp(-z cosh t) cosh(νt)` over t
//! from 0, by the trapezoidal rule, which converges faster than any power for such an integrand.
//!
//! `q(s) = ln(2^(1-ν) / Γ(ν) · z^ν · K_ν(z)) + z` with `z = exp(s)` has no singularity closer than π/2 to the real axis
//! (`K_ν` has no zero to the right of the imaginary one), so on stretches of length 1 a polynomial of a low degree is q.

use crate::error::{Error, Result};

/// The smoothness ν of Matérn's kernel, where it needs the function.
#[derive(Debug, Clone, Copy)]
pub struct Smoothness(f64);

/// A polynomial on each of some stretches of length 1, of a place from -1 to 1.
#[derive(Debug)]
pub struct Table {
    /// Where the first stretch starts.
    pub start: f64,
    /// The coefficients of each stretch, the lowest power first.
    polynomials: Vec<Vec<f64>>,
}

/// Chebyshev points of a stretch: the error falls by about 6 with each.
const POINTS: usize = 20;
/// The smallest order: below, `Γ(ν)` dwarfs the kernel.
const LEAST: f64 = 1e-3;
/// Beyond this argument the kernel underflows.
const LARGEST_ARGUMENT: f64 = 1000.0;
/// Logarithm of a number that is still safely finite.
const LOG_OF_LARGE: f64 = 690.0;
/// The integrand is dropped where it is smaller than the largest by this exponent.
const NEGLIGIBLE: f64 = 50.0;
/// Steps of the trapezoidal rule.
const STEPS: usize = 500;

impl Smoothness {
    /// An order for which scikit-learn has a number where rows coincide.
    pub fn new(order: f64) -> Result<Self> {
        let smallest = Smoothness(order).factor() * f64::EPSILON;
        // There K_ν(z) is Γ(ν) / 2 · (2 / z)^ν.
        let largest = libm::lgamma(order) + order * libm::log(2.0 / smallest);
        if (LEAST..f64::INFINITY).contains(&order) && largest < LOG_OF_LARGE {
            return Ok(Smoothness(order));
        }
        let message =
            format!("`Matern` with `nu={order}` cannot be compiled: of rows that coincide its Bessel function");
        Err(Error::unsupported("unsupported-parameter", format!("{message} overflows in scikit-learn, too")))
    }

    /// What distances are multiplied by.
    pub fn factor(self) -> f64 {
        (2.0 * self.0).sqrt()
    }

    /// The function for every argument between that of coinciding rows and the underflow.
    pub fn table(self) -> Table {
        let start = libm::floor(libm::log(self.factor() * f64::EPSILON));
        let end = libm::ceil(libm::log(LARGEST_ARGUMENT));
        let stretch = |index: usize| self.polynomial(start + index as f64);
        Table { start, polynomials: (0..(end - start) as usize).map(stretch).collect() }
    }

    /// The polynomial of the stretch that starts at `start`, through q at Chebyshev's points.
    fn polynomial(self, start: f64) -> Vec<f64> {
        let angle = |point: usize| std::f64::consts::PI * (point as f64 + 0.5) / POINTS as f64;
        let values: Vec<f64> =
            (0..POINTS).map(|point| self.logarithm(start + 0.5 + 0.5 * libm::cos(angle(point)))).collect();
        let coefficient = |degree: usize| {
            let term = |(point, value): (usize, &f64)| value * libm::cos(degree as f64 * angle(point));
            let sum: f64 = values.iter().enumerate().map(term).sum();
            sum * if degree == 0 { 1.0 } else { 2.0 } / POINTS as f64
        };
        monomials(&(0..POINTS).map(coefficient).collect::<Vec<f64>>())
    }

    /// q at `s`.
    fn logarithm(self, s: f64) -> f64 {
        let (order, z) = (self.0, libm::exp(s));
        // The integrand is exp(-φ) (1 + exp(-2νt)) / 2; φ is least at `peak`.
        let phi = |t: f64| 2.0 * z * libm::pow(libm::sinh(0.5 * t), 2.0) - order * t;
        let peak = libm::asinh(order / z);
        let least = phi(peak);
        let mut end = peak + 1e-3;
        while phi(end) - least < NEGLIGIBLE {
            end = peak + 1.25 * (end - peak);
        }
        let step = end / STEPS as f64;
        let value = |t: f64| libm::exp(least - phi(t)) * 0.5 * (1.0 + libm::exp(-2.0 * order * t));
        let sum: f64 = (1..STEPS).map(|index| value(index as f64 * step)).sum();
        let integral = step * (sum + 0.5 * value(0.0));
        let constant = (1.0 - order) * std::f64::consts::LN_2 - libm::lgamma(order);
        constant + order * s - least + libm::log(integral)
    }
}

impl Table {
    /// How many stretches there are.
    pub fn stretches(&self) -> usize {
        self.polynomials.len()
    }

    /// The coefficients of each power for all stretches, the lowest power first.
    pub fn columns(&self) -> Vec<Vec<f64>> {
        (0..POINTS).map(|power| self.polynomials.iter().map(|all| all[power]).collect()).collect()
    }
}

/// Chebyshev's coefficients as those of powers.
fn monomials(chebyshev: &[f64]) -> Vec<f64> {
    let n = chebyshev.len();
    let (mut before, mut current) = (vec![0.0; n], vec![0.0; n]);
    before[0] = 1.0;
    current[1] = 1.0;
    let mut sum: Vec<f64> = vec![0.0; n];
    for coefficient in chebyshev {
        sum.iter_mut().zip(&before).for_each(|(sum, power)| *sum += coefficient * power);
        // T(k+1) = 2 x T(k) - T(k-1).
        let next = (0..n).map(|i| if i == 0 { 0.0 } else { 2.0 * current[i - 1] } - before[i]).collect();
        before = std::mem::replace(&mut current, next);
    }
    sum
}
