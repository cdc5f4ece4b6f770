//! The transcendental functions against correctly rounded values (mpmath, fixtures/scripts/math_cases.py).

use scorepack::ops::Operator;
use scorepack::ops::pairwise::scalar_power;
use scorepack::ops::unary::{Unary, UnaryFunction};
use scorepack::tensor::{Data, Matrix};

/// Distance in units in the last place.
fn ulps(a: f64, b: f64) -> u64 {
    let key =
        |x: f64| if x.is_sign_negative() { -((x.to_bits() & (u64::MAX >> 1)) as i64) } else { x.to_bits() as i64 };
    key(a).abs_diff(key(b))
}

#[test]
fn functions_are_within_their_ulps() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/math/values.json");
    let cases: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let functions = [
        ("exp", UnaryFunction::Exp),
        ("expm1", UnaryFunction::Expm1),
        ("log", UnaryFunction::Log),
        ("log1p", UnaryFunction::Log1p),
        ("tanh", UnaryFunction::Tanh),
        ("sin", UnaryFunction::Sin),
        ("cos", UnaryFunction::Cos),
        ("asin", UnaryFunction::ArcSin),
        ("erf", UnaryFunction::Erf),
        ("normal_quantile", UnaryFunction::NormalQuantile),
    ];
    assert_eq!(cases.len(), functions.len() + 1);
    for (name, function) in functions {
        let pairs: Vec<(u64, u64)> = serde_json::from_value(cases[name].clone()).unwrap();
        let (x, expected): (Vec<f64>, Vec<f64>) =
            pairs.iter().map(|(x, y)| (f64::from_bits(*x), f64::from_bits(*y))).unzip();
        let input = Matrix::new(x.len(), 1, Data::F64(x.clone()));
        let Data::F64(found) = Unary { function }.evaluate(&[&input], x.len()).unwrap().data else { panic!() };
        let worst = (0..x.len()).max_by_key(|i| ulps(found[*i], expected[*i])).unwrap();
        let distance = ulps(found[worst], expected[worst]);
        println!("{name}: {} values, at most {distance} ulp", x.len());
        let place = format!("{name}({:e}) = {:e}, expected {:e}", x[worst], found[worst], expected[worst]);
        let most = if function == UnaryFunction::NormalQuantile { 4 } else { 2 };
        assert!(distance <= most, "{place}: {distance} ulp");
    }
}

#[test]
fn powers_are_within_one_ulp_and_mostly_exact() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/math/values.json");
    let cases: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let triples: Vec<[u64; 3]> = serde_json::from_value(cases["power"].clone()).unwrap();
    let distances = triples.iter().map(|bits| {
        let [x, exponent, expected] = bits.map(f64::from_bits);
        (ulps(scalar_power(x, exponent), expected), x, exponent)
    });
    let wrong: Vec<_> = distances.filter(|(distance, ..)| *distance > 0).collect();
    println!("power: {} of {} values are not correctly rounded", wrong.len(), triples.len());
    assert!(wrong.iter().all(|(distance, ..)| *distance <= 1), "{wrong:?}");
    assert!(wrong.len() * 20 < triples.len(), "{wrong:?}");
}
