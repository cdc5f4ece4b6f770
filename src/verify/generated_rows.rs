//! Rows made from the model itself: its thresholds, categories and texts, their neighbours, and the extremes.
//!
//! The same model gives the same rows on every machine. No row of anyone's data is among them.

use std::collections::BTreeMap;

use crate::abi::{Abi, Block, Column, InputArena};
use crate::graph::{Graph, NodeKind, ValueId};
use crate::model::Model;
use crate::ops::Op;
use crate::ops::bin::BinKind;
use crate::sandbox::Scorer;

/// Values worth trying for one field.
#[derive(Debug, Default, Clone)]
struct Candidates {
    numbers: Vec<f64>,
    texts: Vec<String>,
    /// Terms of documents; a text is then several of them.
    terms: Vec<String>,
}

/// Words that stand among the terms of a document, so that it has what no vocabulary has.
const WORDS: [&str; 8] = ["a", "text", "of", "Words", "GRÖSSE", "1,000", "日本", "it's"];
/// The most words of a document.
const MOST_WORDS: usize = 24;

/// The most values kept of one field: more thresholds are thinned out evenly.
const MOST_CANDIDATES: usize = 512;

/// A small generator with a fixed seed (SplitMix64).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }
}

/// At most `rows` generated rows that every method of the module accepts; fewer where most are refused.
pub fn accepted(model: &Model, scorer: &mut dyn Scorer, rows: usize) -> Block {
    let abi = scorer.abi().clone();
    let block = generate(model, &abi, rows * 4, false);
    let accepted = accepted_of(&block, scorer, rows);
    block.take_rows(&accepted)
}

/// At most so many of the rows of a block that every method accepts.
pub fn accepted_of(block: &Block, scorer: &mut dyn Scorer, most: usize) -> Vec<usize> {
    let methods: Vec<String> = scorer.abi().methods.iter().map(|method| method.name.clone()).collect();
    let is_accepted = |row: &usize| {
        let one = block.take_rows(&[*row]);
        methods.iter().all(|method| scorer.call(method, &one).is_ok())
    };
    (0..block.rows).filter(is_accepted).take(most).collect()
}

/// `rows` generated rows for a model. Without `extremes`, only values that a model would meet: no infinities, no
/// missing values, no unknown categories.
pub fn generate(model: &Model, abi: &Abi, rows: usize, extremes: bool) -> Block {
    let candidates = candidates(&model.graph);
    let mut random = Random(rows as u64);
    let mut block = Block::new(abi);
    block.rows = rows;
    for (arena, column) in abi.inputs.iter().zip(&mut block.columns) {
        let fields = match arena {
            InputArena::Matrix { fields, .. } => fields.clone(),
            InputArena::Text { field, .. } => vec![*field],
        };
        for _ in 0..rows {
            for field in &fields {
                let nullable = model.fields.get(*field as usize).is_some_and(|field| field.nullable);
                let empty = Candidates::default();
                let known = candidates.get(&(*field as usize)).unwrap_or(&empty);
                push(column, known, &mut random, nullable, extremes);
            }
        }
    }
    block
}

fn push(column: &mut Column, known: &Candidates, random: &mut Random, nullable: bool, extremes: bool) {
    match column {
        Column::F32 { items, .. } => items.push(number(known, random, nullable, extremes) as f32),
        Column::F64 { items, .. } => items.push(number(known, random, nullable, extremes)),
        Column::Text { .. } => {
            let missing = extremes && nullable && random.below(10) == 0;
            let unknown = extremes && nullable && random.below(10) == 0;
            let text = match known.texts.len() {
                _ if !known.terms.is_empty() => document(&known.terms, random),
                _ if unknown => "a text that no category has".to_owned(),
                0 => "text".to_owned(),
                count => known.texts[random.below(count)].clone(),
            };
            column.push_text((!missing).then_some(&text));
        }
    }
}

fn document(terms: &[String], random: &mut Random) -> String {
    let words: Vec<&str> = (0..random.below(MOST_WORDS)).map(|_| terms[random.below(terms.len())].as_str()).collect();
    words.join(" ")
}

fn number(known: &Candidates, random: &mut Random, nullable: bool, extremes: bool) -> f64 {
    const EDGES: [f64; 8] = [0.0, -0.0, 1.0, -1.0, 1e30, -1e30, 1e-30, 5e-324];
    match random.below(16) {
        0 if extremes && nullable => f64::NAN,
        1 if extremes && nullable => [f64::INFINITY, f64::NEG_INFINITY][random.below(2)],
        2 | 3 if extremes => EDGES[random.below(EDGES.len())],
        4 if extremes && !known.numbers.is_empty() => known.numbers[random.below(known.numbers.len())].next_up(),
        5 if extremes && !known.numbers.is_empty() => known.numbers[random.below(known.numbers.len())].next_down(),
        _ if known.numbers.is_empty() => (random.next() >> 40) as f64 / f64::from(1 << 22) - 2.0,
        _ => known.numbers[random.below(known.numbers.len())],
    }
}

/// The thresholds and categories that the graph compares each field with.
fn candidates(graph: &Graph) -> BTreeMap<usize, Candidates> {
    let mut found: BTreeMap<usize, Candidates> = BTreeMap::new();
    for node in graph.nodes() {
        let NodeKind::Apply { op, inputs } = &node.kind else { continue };
        match op {
            Op::Bin(bin) => {
                for column in &bin.columns {
                    let Some(field) = source(graph, inputs[0], column.feature as usize) else { continue };
                    let numbers = &mut found.entry(field).or_default().numbers;
                    match &column.kind {
                        BinKind::Thresholds { thresholds, .. } => {
                            numbers.extend(thresholds.iter().filter(|threshold| threshold.is_finite()));
                        }
                        BinKind::Set(set) => numbers.extend((0..set.left.len().min(64)).map(|code| code as f64)),
                    }
                }
            }
            Op::NumberLookup(lookup) => {
                if let Some(field) = source(graph, inputs[0], 0) {
                    found.entry(field).or_default().numbers.extend(&lookup.keys);
                }
            }
            Op::TextLookup(lookup) => {
                if let Some(field) = source(graph, inputs[0], 0) {
                    found.entry(field).or_default().texts.extend(lookup.entries.iter().cloned());
                }
            }
            Op::Terms(terms) => {
                if let Some(field) = source(graph, inputs[0], 0) {
                    let known = &mut found.entry(field).or_default().terms;
                    known.extend(WORDS.map(str::to_owned));
                    known.extend(terms.columns.vocabulary().iter().cloned());
                }
            }
            _ => {}
        }
    }
    for candidates in found.values_mut() {
        candidates.numbers.sort_by(f64::total_cmp);
        candidates.numbers.dedup_by(|a, b| a.to_bits() == b.to_bits());
        let step = candidates.numbers.len().div_ceil(MOST_CANDIDATES).max(1);
        candidates.numbers = candidates.numbers.iter().copied().step_by(step).collect();
        candidates.texts.sort();
        candidates.texts.dedup();
        candidates.texts.truncate(MOST_CANDIDATES);
        let step = candidates.terms.len().div_ceil(MOST_CANDIDATES).max(1);
        candidates.terms = candidates.terms.iter().step_by(step).cloned().collect();
    }
    found
}

/// The field that a column of a value shows, through operators that only move or narrow it.
fn source(graph: &Graph, value: ValueId, column: usize) -> Option<usize> {
    let (mut value, mut column) = (value, column);
    loop {
        match &graph.nodes()[value.0].kind {
            NodeKind::Input { fields } => return fields.get(column).copied(),
            NodeKind::Apply { op: Op::Columns(columns), inputs } => {
                (value, column) = (inputs[0], *columns.indices.get(column)?);
            }
            NodeKind::Apply { op: Op::Cast(_), inputs } => value = inputs[0],
            NodeKind::Apply { op: Op::Select(_), inputs } => value = inputs[2],
            NodeKind::Apply { op: Op::Concat(_), inputs } => {
                let part = inputs.iter().find(|input| {
                    let width = graph.ty(**input).width;
                    let here = column < width;
                    if !here {
                        column -= width;
                    }
                    here
                });
                value = *part?;
            }
            _ => return None,
        }
        if graph.ty(value).width == 1 {
            column = 0;
        }
    }
}
