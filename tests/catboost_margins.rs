//! CatBoost's raw sums to the bit: whatever its fast exponential rounds otherwise, the sums under it are its own. Its JSON
//! is left out: it reads numbers back up to an ulp beside what it wrote.

use std::path::Path;

use scorepack::abi::{Block, InputArena};
use scorepack::compile::{CompileOptions, compile};
use scorepack::data::json::{Json, parse};
use scorepack::data::{Format, InputFields, Rows};
use scorepack::framework::{Source, read};
use scorepack::graph::evaluate;
use scorepack::tensor::Data;
use scorepack::verify::compare::Expected;

/// The margins of a case: recorded and computed, row after row. None where they are not compared.
fn margins(folder: &Path) -> Option<(Vec<f64>, Vec<f64>)> {
    let expected = Expected::from_json(&std::fs::read(folder.join("expected.json")).ok()?).unwrap();
    let facts = parse(&std::fs::read(folder.join("case.json")).unwrap()).unwrap();
    let refused = facts.get("refused_rows").and_then(Json::as_list).unwrap_or_default();
    let recorded = &expected.method("predict_raw")?.rows;
    let kept: Vec<usize> = (0..recorded.len()).filter(|row| !refused.contains(&Json::Integer(*row as i64))).collect();

    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.file_stem().is_some_and(|stem| stem == "model")).unwrap();
    if file.extension().is_some_and(|extension| extension == "json") {
        return None;
    }
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
    let Data::F64(found) = found.data else { panic!("margins are float64") };
    Some((kept.iter().flat_map(|row| numbers(&recorded[*row])).collect(), found))
}

fn numbers(row: &Json) -> Vec<f64> {
    match row {
        Json::List(items) => items.iter().flat_map(numbers).collect(),
        Json::Integer(number) => vec![*number as f64],
        Json::Number(number) => vec![*number],
        Json::Text(word) => vec![word.to_ascii_lowercase().replace("infinity", "inf").parse().unwrap()],
        other => panic!("a margin is {}", other.kind()),
    }
}

#[test]
fn margins_are_equal_to_the_bit() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/catboost");
    let mut cases: Vec<_> = std::fs::read_dir(root).unwrap().map(|case| case.unwrap().path()).collect();
    cases.sort();
    let mut differing = Vec::new();
    for case in &cases {
        let Some((recorded, found)) = margins(case) else { continue };
        assert_eq!(recorded.len(), found.len(), "{}", case.display());
        let equal = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        let count = recorded.iter().zip(&found).filter(|pair| !equal(*pair)).count();
        if count > 0 {
            differing.push(format!("{}: {count} of {}", case.file_name().unwrap().display(), found.len()));
        }
    }
    assert!(cases.len() > 80, "only {} cases", cases.len());
    assert!(differing.is_empty(), "margins differ:\n{}", differing.join("\n"));
}
