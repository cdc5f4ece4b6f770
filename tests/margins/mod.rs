//! Raw sums of boosters against the recorded ones, to the bit: whatever transforms round otherwise, the sums under them are
//! the framework's own.

use std::path::Path;

use scorepack::abi::{Block, InputArena};
use scorepack::compile::{CompileOptions, compile};
use scorepack::data::json::{Json, parse};
use scorepack::data::{Format, InputFields, Rows};
use scorepack::framework::{Source, read};
use scorepack::graph::evaluate;
use scorepack::tensor::Data;
use scorepack::verify::compare::Expected;

/// The margins of a case: recorded and computed, row after row. None where none were recorded.
fn margins(folder: &Path) -> Option<(Vec<f64>, Data)> {
    let expected = Expected::from_json(&std::fs::read(folder.join("expected.json")).ok()?).unwrap();
    let facts = parse(&std::fs::read(folder.join("case.json")).unwrap()).unwrap();
    let refused = facts.get("refused_rows").and_then(Json::as_list).unwrap_or_default();
    let recorded = &expected.method("predict_raw")?.rows;
    let kept: Vec<usize> = (0..recorded.len()).filter(|row| !refused.contains(&Json::Integer(*row as i64))).collect();

    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.file_stem().is_some_and(|stem| stem == "model")).unwrap();
    let model = read(Source { name: "model", bytes: &std::fs::read(file).unwrap() }).unwrap();
    let mut abi = compile(&model, CompileOptions::default()).unwrap().abi;
    abi.block_rows = u32::MAX;
    for arena in &mut abi.inputs {
        if let InputArena::Text { capacity, .. } = arena {
            *capacity = u32::MAX;
        }
    }
    let input = InputFields { fields: &model.fields, named: model.fields_are_named };
    let csv = std::fs::File::open(folder.join("input.csv")).unwrap();
    let mut block = Block::new(&abi);
    Rows::open(csv, "input.csv", Some(Format::Csv), input, &abi).unwrap().next_block(&mut block, usize::MAX).unwrap();
    let block = block.take_rows(&kept);

    let value = model.method("predict_raw").unwrap().outputs[0].value;
    let found = evaluate(&model.graph, &[value], block.rows, |fields| block.matrix(&abi, fields)).unwrap().remove(0);
    Some((kept.iter().flat_map(|row| numbers(&recorded[*row])).collect(), found.data))
}

/// The numbers of a recorded row.
fn numbers(row: &Json) -> Vec<f64> {
    match row {
        Json::List(items) => items.iter().flat_map(numbers).collect(),
        Json::Integer(number) => vec![*number as f64],
        Json::Number(number) => vec![*number],
        Json::Text(word) => vec![word.parse().unwrap()],
        other => panic!("a margin is {}", other.kind()),
    }
}

/// Compares every case of a framework that `compared` wants; gives how many there were.
pub fn assert_equal_to_the_bit(framework: &str, compared: fn(&Path) -> bool) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(framework);
    let mut cases: Vec<_> = std::fs::read_dir(root).unwrap().map(|case| case.unwrap().path()).collect();
    cases.sort();
    cases.retain(|case| compared(case));
    let (mut differing, mut n_compared) = (Vec::new(), 0);
    for case in &cases {
        let Some((recorded, found)) = margins(case) else { continue };
        assert_eq!(recorded.len(), found.len(), "{}", case.display());
        n_compared += 1;
        let equal = match &found {
            Data::F32(found) => equal(recorded.iter().map(|number| *number as f32), found),
            Data::F64(found) => equal(recorded.iter().copied(), found),
            _ => panic!("margins are numbers"),
        };
        if equal < recorded.len() {
            differing.push(format!("{}: {} of {}", case.display(), recorded.len() - equal, recorded.len()));
        }
    }
    assert!(differing.is_empty(), "margins differ:\n{}", differing.join("\n"));
    n_compared
}

/// How many are equal, NaN to NaN.
fn equal<N: PartialEq + Copy>(recorded: impl Iterator<Item = N>, found: &[N]) -> usize {
    // Only NaN differs from itself.
    #[allow(clippy::eq_op)]
    recorded.zip(found).filter(|(a, b)| a == *b || (a != a && *b != *b)).count()
}
