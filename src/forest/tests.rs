//! Trees that must be refused, and the lowering against a plain walk over thresholds.

use super::*;
use crate::graph::{GraphBuilder, evaluate};
use crate::tensor::{Data, ElementType, Matrix};

fn split(feature: usize, threshold: f64, nan_left: bool, left: usize, right: usize) -> TreeNode {
    TreeNode::Split { test: Test::Number { feature, threshold, nan_left }, left, right }
}

fn refusal(nodes: &[TreeNode]) -> String {
    let error = Forest::new(2, Comparison::Less).unwrap().add_tree(nodes).unwrap_err();
    format!("{}: {error}", error.place().unwrap_or_default())
}

#[test]
fn broken_trees_are_refused_with_their_place() {
    let leaf = || TreeNode::Leaf;
    let table: [(&str, Vec<TreeNode>); 7] = [
        ("tree 0, node 0: expected a node below 0, found a child 0", vec![]),
        ("tree 0, node 9: expected a node below 2, found a child 9", vec![split(0, 1.0, true, 1, 9), leaf()]),
        ("tree 0, node 0: the node has two parents: expected a tree", vec![split(0, 1.0, true, 1, 0), leaf()]),
        ("tree 0, node 1: the node has two parents: expected a tree", vec![split(0, 1.0, true, 1, 1), leaf()]),
        ("tree 0, node 0: expected a feature below 2, found 2", vec![split(2, 1.0, true, 1, 2), leaf(), leaf()]),
        (
            "tree 0, node 0: expected a number as threshold, found NaN",
            vec![split(0, f64::NAN, true, 1, 2), leaf(), leaf()],
        ),
        ("tree 0, node 2: a path leads to a deleted node", vec![split(0, 1.0, true, 1, 2), leaf(), TreeNode::Deleted]),
    ];
    for (expected, nodes) in table {
        assert_eq!(refusal(&nodes), expected);
    }
}

/// The definition: follow the tests.
fn walk(nodes: &[TreeNode], comparison: Comparison, x: &[f64]) -> usize {
    let mut at = 0;
    while let TreeNode::Split { test, left, right } = &nodes[at] {
        let goes_left = match test {
            Test::Number { feature, nan_left, .. } if x[*feature].is_nan() => *nan_left,
            Test::Number { feature, threshold, .. } if comparison == Comparison::Less => x[*feature] < *threshold,
            Test::Number { feature, threshold, .. } => x[*feature] <= *threshold,
            Test::Category { feature, set } => set.goes_left(x[*feature]),
        };
        at = if goes_left { *left } else { *right };
    }
    at
}

#[test]
fn lowering_agrees_with_a_walk_over_adversarial_thresholds() {
    let special = [0.0, -0.0, 1.0, 0.1, -0.1, 1e-45, 5e-324, f64::INFINITY, f64::NEG_INFINITY, 16_777_217.0, 1e300];
    let set = CategorySet {
        left: vec![false, true],
        above_left: true,
        below_left: false,
        nan_left: true,
        truncates_negative: true,
    };
    let mut trees: Vec<Vec<TreeNode>> = Vec::new();
    for (i, threshold) in special.iter().enumerate() {
        for nan_left in [false, true] {
            let category = TreeNode::Split { test: Test::Category { feature: 1, set: set.clone() }, left: 3, right: 4 };
            let number = split(0, special[(i + 4) % special.len()], !nan_left, 5, 6);
            let root = split(i % 2, *threshold, nan_left, 2, 1);
            trees.push(vec![root, category, number, TreeNode::Leaf, TreeNode::Leaf, TreeNode::Leaf, TreeNode::Leaf]);
        }
    }
    let mut values: Vec<f64> = special.to_vec();
    values.extend([f64::NAN, 0.5, 2.0, 1.5, -2.0, -0.5]);
    values.extend(special.iter().flat_map(|t| [t.next_up(), t.next_down(), f64::from((*t as f32).next_up())]));
    let rows: Vec<[f64; 2]> = values.iter().flat_map(|a| values.iter().map(|b| [*a, *b])).collect();
    for comparison in [Comparison::Less, Comparison::LessEqual] {
        let mut forest = Forest::new(2, comparison).unwrap();
        trees.iter().for_each(|tree| forest.add_tree(tree).unwrap());
        for element in [ElementType::F32, ElementType::F64] {
            let narrow = |x: f64| if element == ElementType::F32 { f64::from(x as f32) } else { x };
            let mut g = GraphBuilder::new(vec![element; 2]);
            let x = g.all_inputs().unwrap();
            let planted = forest.plant(&mut g, x).unwrap();
            let leaf = planted.leaf(&mut g, |leaf| leaf.node as i64).unwrap();
            let flat: Vec<f64> = rows.iter().flatten().copied().collect();
            let data = match element {
                ElementType::F32 => Data::F32(flat.iter().map(|x| *x as f32).collect()),
                _ => Data::F64(flat),
            };
            let input = Matrix::new(rows.len(), 2, data);
            let found = evaluate(&g.finish(), &[leaf], rows.len(), |_| input.clone()).unwrap();
            let expected: Vec<i64> = rows
                .iter()
                .flat_map(|row| {
                    let row = row.map(narrow);
                    trees.iter().map(move |tree| walk(tree, comparison, &row) as i64)
                })
                .collect();
            assert_eq!(found[0].data, Data::I64(expected), "{comparison:?} {element}");
        }
    }
}

#[test]
fn features_in_tables_agree_with_a_walk_over_their_values() {
    // With few thresholds of the third feature, and with more than those of the others fit a byte with.
    for n_thresholds in [3, 300] {
        let threshold = |i: usize| i as f64 / 2.0 - 1.0;
        let leaf = || TreeNode::Leaf;
        let trees: Vec<Vec<TreeNode>> = (0..n_thresholds)
            .map(|i| {
                let root = split(2, threshold(i), i % 2 == 0, 1, 2);
                vec![root, split(0, 0.5, i % 3 == 0, 3, 4), leaf(), leaf(), leaf()]
            })
            .collect();
        let mut forest = Forest::new(3, Comparison::LessEqual).unwrap();
        trees.iter().for_each(|tree| forest.add_tree(tree).unwrap());
        let test = |threshold: f64, nan_left: bool| Test::Number { feature: 0, threshold, nan_left };
        let tests = vec![test(0.25, true), test(0.75, false)];
        let size = 5;
        let values: Vec<f32> =
            (0..4 * size).map(|place| [place as f32 * 0.7 - 1.0, f32::NAN][place / 17 % 2]).collect();
        let numbers = [0.0, 0.25, 0.3, 0.5, 0.75, 1.0, f32::NAN, f32::NEG_INFINITY];
        let positions = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, -1.0];
        let rows: Vec<[f32; 2]> = numbers.iter().flat_map(|a| positions.map(|b| [*a, b])).collect();
        let mut g = GraphBuilder::new(vec![ElementType::F32; 2]);
        let x = g.all_inputs().unwrap();
        let column = g.columns(x, vec![1]).unwrap();
        let position = g.cast(column, ElementType::I64).unwrap();
        let tabled = [Tabled { position: 0, tests, features: vec![(2, values.clone())] }];
        let planted = forest.plant_tabled(&mut g, x, (position, vec![size as u32]), &tabled).unwrap();
        let leaf = planted.leaf(&mut g, |leaf| leaf.node as i64).unwrap();
        let input = Matrix::new(rows.len(), 2, Data::F32(rows.iter().flatten().copied().collect()));
        let found = evaluate(&g.finish(), &[leaf], rows.len(), |_| input.clone()).unwrap();
        let expected = rows.iter().flat_map(|[x, position]| {
            let position = if (0.0..5.0).contains(position) { *position as usize } else { size - 1 };
            let bits = usize::from(*x > 0.25) << 1 | usize::from(*x > 0.75 || x.is_nan());
            let row = [f64::from(*x), 0.0, f64::from(values[4 * position + bits])];
            trees.iter().map(move |tree| walk(tree, Comparison::LessEqual, &row) as i64)
        });
        assert_eq!(found[0].data, Data::I64(expected.collect()), "{n_thresholds}");
    }
}
