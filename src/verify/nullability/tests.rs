//! Probes of modules that refuse some columns, of any width.

use std::collections::BTreeSet;

use super::*;
use crate::abi::{Abi, AbiMethod, InputArena, Output};
use crate::error::Error;
use crate::tensor::ElementType;

/// A module that refuses rows in which one of some columns is missing, and counts what it is asked.
struct Refusing {
    abi: Abi,
    refused: BTreeSet<usize>,
    calls: u64,
    cells: u64,
}

/// `count` columns: the first a text, the others numbers in two matrices.
fn refusing(count: usize, refused: impl IntoIterator<Item = usize>) -> (Refusing, Block) {
    let matrix = |element, remainder: usize| InputArena::Matrix {
        element,
        address: 0,
        fields: (1..count as u32).filter(|field| *field as usize % 2 == remainder).collect(),
    };
    let text = InputArena::Text { field: 0, offsets: 0, bytes: 0, capacity: 100, validity: 0 };
    let inputs = vec![matrix(ElementType::F64, 0), text, matrix(ElementType::F32, 1)];
    let methods = vec![AbiMethod { name: "predict".into(), outputs: Vec::new() }];
    let abi = Abi { version: 1, block_rows: 512, failure: 0, inputs, methods, sites: Vec::new() };
    let mut base = Block::new(&abi);
    base.rows = 1;
    for column in &mut base.columns {
        match column {
            Column::F32 { width, items } => items.resize(*width, 1.0),
            Column::F64 { width, items } => items.resize(*width, 1.0),
            Column::Text { .. } => column.push_text(Some("a")),
        }
    }
    (Refusing { abi, refused: refused.into_iter().collect(), calls: 0, cells: 0 }, base)
}

impl Refusing {
    fn missing(&self, rows: &Block, row: usize) -> Vec<usize> {
        let mut missing = Vec::new();
        for (arena, column) in self.abi.inputs.iter().zip(&rows.columns) {
            let places = |fields: &[u32], is_nan: &dyn Fn(usize) -> bool| -> Vec<usize> {
                let places = fields.iter().enumerate().filter(|(at, _)| is_nan(row * fields.len() + at));
                places.map(|(_, field)| *field as usize).collect()
            };
            match (arena, column) {
                (InputArena::Matrix { fields, .. }, Column::F64 { items, .. }) => {
                    missing.extend(places(fields, &|at| items[at].is_nan()));
                }
                (InputArena::Matrix { fields, .. }, Column::F32 { items, .. }) => {
                    missing.extend(places(fields, &|at| items[at].is_nan()));
                }
                _ => missing.extend(column.text(row).is_none().then_some(0)),
            }
        }
        missing
    }
}

impl Scorer for Refusing {
    fn abi(&self) -> &Abi {
        &self.abi
    }

    fn call(&mut self, _: &str, rows: &Block) -> Result<Vec<Output>> {
        self.calls += 1;
        self.cells += rows.columns.iter().map(cells).sum::<u64>();
        let refuses = |row: &usize| self.missing(rows, *row).iter().any(|field| self.refused.contains(field));
        match (0..rows.rows).find(refuses) {
            None => Ok(Vec::new()),
            Some(row) => Err(Error::unsupported("row-refused", "a missing value").on_row(row)),
        }
    }
}

/// What is found of a module that refuses some columns, where a reader knows some of these.
fn found(count: usize, refused: &[usize], known: &[usize], module_bytes: u64) -> (Probed, Refusing) {
    let (mut module, base) = refusing(count, refused.iter().copied());
    let expected: Vec<bool> = (0..count).map(|field| !known.contains(&field)).collect();
    let probed = probe(&mut module, &base, &expected, module_bytes).unwrap().unwrap();
    (probed, module)
}

#[test]
fn every_column_is_tried_alone_where_that_is_cheap() {
    for (refused, known) in [
        (vec![], vec![]),
        (vec![0, 1, 2, 50, 99], vec![]),
        (vec![0, 1, 2, 50, 99], vec![0, 1, 2, 50, 99]),
        ((0..100).collect(), (0..100).collect()),
        ((0..100).collect(), vec![]),
        (vec![7], vec![8]),
    ] {
        let (probed, _) = found(100, &refused, &known, 1000);
        let accepts: Vec<Option<bool>> = (0..100).map(|field| Some(!refused.contains(&field))).collect();
        assert_eq!(probed, Probed { accepts, single: 100 });
    }
}

#[test]
fn a_hundred_thousand_columns_are_tried_in_bounded_work() {
    let refused = [3, 4, 50_001, 99_999];
    let (probed, module) = found(100_000, &refused, &[], 100 << 20);
    let accepting = probed.accepts.iter().filter(|accepts| **accepts == Some(true)).count();
    assert_eq!(accepting, 100_000 - refused.len());
    assert!(refused.iter().all(|field| probed.accepts[*field] == Some(false)));
    // Groups, their halves down to single columns, and one call more for each refusal.
    assert!(module.cells < 1000 * 100_000, "{} cells in {} calls", module.cells, module.calls);
}

#[test]
fn a_hundred_thousand_columns_that_all_refuse_end_as_refused() {
    let (probed, module) = found(100_000, &(0..100_000).collect::<Vec<_>>(), &[], 100 << 20);
    assert!(probed.accepts.iter().all(|accepts| *accepts == Some(false)));
    assert!(module.cells < 1000 * 100_000, "{} cells in {} calls", module.cells, module.calls);
}

#[test]
fn of_many_columns_that_are_known_to_refuse_some_are_tried() {
    let all: Vec<usize> = (0..3_000).collect();
    let (mut module, base) = refusing(3_000, all);
    let probed = probe(&mut module, &base, &vec![false; 3_000], 100 << 20).unwrap().unwrap();
    let most = MOST_WORK / (8 * 3_000 + (100 << 20));
    assert!(probed.single as u64 <= most && probed.single > 10, "{} of at most {most}", probed.single);
    assert!(probed.accepts.iter().all(|accepts| *accepts != Some(true)));
    assert_eq!(probed.accepts.iter().flatten().count(), probed.single);
}

#[test]
fn without_a_row_that_is_accepted_nothing_is_told() {
    let (mut module, base) = refusing(4, [1]);
    let missing = Prober::new(&mut module, &base, 2).unwrap().unwrap().without(&[vec![1]]);
    assert_eq!(probe(&mut module, &missing, &[true; 4], 0).unwrap(), None);
    assert_eq!(probe(&mut module, &base.take_rows(&[]), &[true; 4], 0).unwrap(), None);
}

fn cells(column: &Column) -> u64 {
    match column {
        Column::F32 { items, .. } => items.len() as u64,
        Column::F64 { items, .. } => items.len() as u64,
        Column::Text { present, .. } => present.len() as u64,
    }
}
