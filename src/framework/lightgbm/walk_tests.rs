//! The lowering against a plain walk by LightGBM's own rules (tree.h, `NumericalDecision` and `CategoricalDecision`),
//! with missing types, directions and thresholds mixed as no single training run mixes them.

use std::fmt::Write as _;

use super::missing::ZERO_THRESHOLD;
use super::*;
use crate::graph::evaluate;
use crate::tensor::{Data, ElementType, Matrix};

/// A node of a stump: feature, threshold, decision type.
type Node = (usize, f64, u8);

const N_FEATURES: usize = 3;

fn thresholds() -> Vec<f64> {
    let tiny = [0.0, -0.0, 1e-36, -1e-36, 5e-324, ZERO_THRESHOLD, -ZERO_THRESHOLD];
    let around = [ZERO_THRESHOLD, -ZERO_THRESHOLD].into_iter().flat_map(|t| [t.next_up(), t.next_down()]);
    tiny.into_iter().chain(around).chain([1.0, -1.0, 2.5, f64::INFINITY, f64::NEG_INFINITY, 1e300]).collect()
}

fn values() -> Vec<f64> {
    let mut values = thresholds();
    values.extend([
        f64::NAN,
        -0.5,
        0.5,
        1.5,
        3.0,
        31.0,
        32.0,
        33.0,
        2_147_483_648.0,
        4_294_967_297.0,
        f64::MAX,
        f64::MIN,
    ]);
    values
}

/// Where LightGBM sends a value.
fn goes_left(value: f64, (_, threshold, decision): Node, words: &[u32]) -> bool {
    let value = if value.abs() <= ZERO_THRESHOLD { 0.0 } else { value };
    if decision & 1 == 1 {
        let code = value as i64;
        let in_range = !value.is_nan() && value > -1.0 && value < 2_147_483_648.0;
        return in_range && words.get(code as usize / 32).is_some_and(|word| word >> (code % 32) & 1 == 1);
    }
    let missing = decision >> 2;
    let value = if value.is_nan() && missing != 2 { 0.0 } else { value };
    if (missing == 1 && value.abs() <= ZERO_THRESHOLD) || (missing == 2 && value.is_nan()) {
        return decision & 2 == 2;
    }
    value <= threshold
}

/// A model of stumps; leaf 1 of a stump is its left one. Linear leaves add 2·x of the next feature.
fn text(stumps: &[Node], words: &[u32], is_linear: bool) -> String {
    let mut text = format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx={}\n\
         feature_names=a b c\nfeature_infos=none none none\n\n",
        N_FEATURES - 1
    );
    for (i, (feature, threshold, decision)) in stumps.iter().enumerate() {
        let is_category = decision & 1 == 1;
        let threshold = if is_category { 0.0 } else { *threshold };
        writeln!(text, "Tree={i}\nnum_leaves=2\nnum_cat={}", u8::from(is_category)).unwrap();
        writeln!(text, "split_feature={feature}\nthreshold={threshold:e}\ndecision_type={decision}").unwrap();
        writeln!(text, "left_child=-2\nright_child=-1\nleaf_value={i} -{i}.5").unwrap();
        if is_category {
            let list: Vec<String> = words.iter().map(u32::to_string).collect();
            writeln!(text, "cat_boundaries=0 {}\ncat_threshold={}", words.len(), list.join(" ")).unwrap();
        }
        if is_linear {
            let other = (feature + 1) % N_FEATURES;
            writeln!(text, "is_linear=1\nleaf_const=0 1\nnum_features=1 0").unwrap();
            writeln!(text, "leaf_features={other} \nleaf_coeff=2 ").unwrap();
        }
        writeln!(text, "shrinkage=1\n\n").unwrap();
    }
    text + "end of trees\n"
}

fn stump_value(stump: Node, index: usize, row: &[f64], words: &[u32], is_linear: bool) -> (i64, f64) {
    let left = goes_left(row[stump.0], stump, words);
    let value = if left { -(index as f64) - 0.5 } else { index as f64 };
    let other = row[(stump.0 + 1) % N_FEATURES];
    let other = if other.abs() <= ZERO_THRESHOLD { 0.0 } else { other };
    let linear = if left { 1.0 } else { 0.0 + 2.0 * other };
    let is_constant = !is_linear || (!left && other.is_nan());
    (i64::from(left), if is_constant { value } else { linear })
}

fn check(stumps: &[Node], is_linear: bool) {
    let words = [0b1011, 0b10];
    let booster = Booster::parse(text(stumps, &words, is_linear).as_bytes()).unwrap();
    let mut g = GraphBuilder::new(vec![ElementType::F64; N_FEATURES]);
    let x = g.all_inputs().unwrap();
    let scores = booster.lower(&mut g, x, None).unwrap();
    let values = values();
    let rows: Vec<[f64; N_FEATURES]> = (0..values.len() * 5)
        .map(|i| [0, 1, 2].map(|j| values[(i * (j + 1) + j * (i / values.len() + 3)) % values.len()]))
        .collect();
    let input = Matrix::new(rows.len(), N_FEATURES, Data::F64(rows.concat()));
    let found = evaluate(&g.finish(), &[scores.leaves, scores.raw], rows.len(), |_| input.clone()).unwrap();
    let (mut leaves, mut sums) = (Vec::new(), Vec::new());
    for row in &rows {
        let mut sum = 0.0;
        for (i, stump) in stumps.iter().enumerate() {
            let (leaf, value) = stump_value(*stump, i, row, &words, is_linear);
            leaves.push(leaf);
            sum += value;
        }
        sums.push(sum);
    }
    assert_eq!(found[0].data, Data::I64(leaves), "{stumps:?}");
    let Data::F64(found) = &found[1].data else { panic!("sums are f64") };
    for (found, expected) in found.iter().zip(&sums) {
        assert!(found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()), "{stumps:?}");
    }
}

/// Every decision type at every threshold, over one feature each.
fn all_stumps() -> Vec<Node> {
    let decisions = [0, 2, 4, 6, 8, 10, 1, 9];
    let thresholds = thresholds();
    (0..thresholds.len() * decisions.len())
        .map(|i| (i % N_FEATURES, thresholds[i % thresholds.len()], decisions[i / thresholds.len()]))
        .collect()
}

#[test]
fn all_missing_types_in_one_model() {
    check(&all_stumps(), false);
    check(&all_stumps(), true);
    // Alone, where a tiny number in a linear leaf is not lost in the sum.
    all_stumps().into_iter().for_each(|stump| check(&[stump], true));
}

#[test]
fn every_missing_type_alone() {
    for decisions in [[0, 2], [4, 6], [8, 10], [1, 9], [2, 9], [6, 1]] {
        let stumps: Vec<Node> = all_stumps().into_iter().filter(|stump| decisions.contains(&stump.2)).collect();
        check(&stumps, false);
        check(&stumps, true);
        let above: Vec<Node> = stumps.iter().copied().filter(|stump| stump.1 >= 0.0).collect();
        check(&above, false);
    }
}
