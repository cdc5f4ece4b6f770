//! Parquet out and in again, and damaged.

use crate::abi::Output;
use crate::data::examples::{numbers, read};
use crate::data::table::Cells;
use crate::data::write::tests::{output, written};
use crate::data::{Format, Table};
use crate::tensor::Data;

fn outputs() -> Vec<Output> {
    vec![
        output("label", false, &[], Data::Text(vec![Some("a".into()), None, Some(String::new())])),
        output("score", true, &["no", "yes"], Data::F32(vec![0.1, 0.9, f32::NAN, f32::INFINITY, 0.0, -0.0])),
        output("leaf", false, &[], Data::I64(vec![i64::MAX, -1, 0])),
        output("hit", false, &[], Data::Bool(vec![true, false, true])),
    ]
}

#[test]
fn results_read_back() {
    let bytes = written(Format::Parquet, &outputs()).unwrap();
    let table = Table::read(&bytes, "data", None, None).unwrap().head(3);
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["label", "score_no", "score_yes", "leaf", "hit"]);
    let cells = |name: &str| &table.column(name).unwrap().cells;
    assert_eq!(*cells("label"), Cells::Text(vec![Some("a".into()), None, Some(String::new())]));
    assert_eq!(*cells("score_no"), Cells::Number(vec![Some(f64::from(0.1f32)), None, Some(0.0)]));
    assert_eq!(*cells("leaf"), Cells::Integer(vec![Some(i64::MAX), Some(-1), Some(0)]));
    assert_eq!(*cells("hit"), Cells::Bool(vec![Some(true), Some(false), Some(true)]));
    assert_eq!(bytes, written(Format::Parquet, &outputs()).unwrap());
}

#[test]
fn damaged_files_are_errors() {
    let numbers = numbers();
    let outputs = [output("x", true, &["0", "1"], Data::F64(vec![1.0, 2.0, 3.0, 4.0]))];
    let bytes = written(Format::Parquet, &outputs).unwrap();
    let by_position = "note: the model file names no columns: columns are matched by position (`x0`, `x1`)";
    let rows = "1.0 2.0\n3.0 4.0\n1.0 2.0\n--\n3.0 4.0";
    assert_eq!(read(&bytes, None, &numbers, false), format!("{rows}\n{by_position}"));
    for end in 4..bytes.len() {
        assert!(read(&bytes[..end], Some(Format::Parquet), &numbers, false).starts_with("error[parquet]"), "{end}");
    }
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        refused += usize::from(read(&changed, Some(Format::Parquet), &numbers, false).starts_with("error["));
        changed[at] = 0xFF;
        refused += usize::from(Table::read(&changed, "data", Some(Format::Parquet), None).is_err());
    }
    assert!((100..2 * bytes.len()).contains(&refused), "{refused}");
}
