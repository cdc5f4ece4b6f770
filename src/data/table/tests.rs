//! Samples: types as inferred, statistics as pandas 2.3 gives them.

use super::{Cells, NumberStatistics, Statistics, Table};
use crate::data::InputFields;
use crate::data::examples::{abi, fields, show_error};

fn table(text: &str) -> Table {
    Table::read(text.as_bytes(), "data", None, None).unwrap()
}

fn shown(table: &Table) -> String {
    let column = |column: &super::TableColumn| {
        let null = if column.is_nullable() { "?" } else { "" };
        format!("{}: {}{null}", column.name, column.cells.type_name())
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_narrowest_type_holds_every_cell() {
    for (text, expected) in [
        ("i,f,b,t,e\n1,1.5,True,x,\n-2,1,false,2,\n", "i: int64, f: float64, b: bool, t: string, e: float64?"),
        ("i,f,b,t\n1,,True,x\n,inf,,\n", "i: int64?, f: float64?, b: bool?, t: string?"),
        ("i,t\n9223372036854775808,\"\"\n1,1\n", "i: float64, t: string"),
        ("1,2\n3,4\n", "0: int64, 1: int64"),
        ("0,1\n3,4\n", "0: int64, 1: int64"),
        (r#"[{"a": 1, "b": "x", "c": true}, {"a": 2.5, "b": null}]"#, "a: float64, b: string?, c: bool?"),
        (r#"[[1, "NaN", true], [2, 1, 1]]"#, "0: int64, 1: float64?, 2: string"),
        ("[1, 2, 3]", "0: int64"),
        (r#"["yes", "no"]"#, "0: string"),
        (r#"{"p": [0.5, "Infinity"], "q": [null, null]}"#, "p: float64, q: float64?"),
        ("{\"a\": 1}\n{\"a\": 2, \"b\": \"x\"}\n", "a: int64, b: string?"),
        ("[]", ""),
    ] {
        assert_eq!(shown(&table(text)), expected, "{text}");
    }
}

#[test]
fn the_fields_of_a_model_decide_over_the_cells() {
    let fields = fields();
    let input = InputFields { fields: &fields, named: true };
    let read = |text: &str| Table::read(text.as_bytes(), "data", None, Some(input)).unwrap();
    let sample = read("city,plan,b,a,x\n007,1.0,2,,9\n,20,3,1,9\n");
    assert_eq!(shown(&sample), "city: string?, plan: float64, b: int64, a: int64?, x: int64");
    assert_eq!(sample.notes, ["the model does not use column `x`"]);
    let blocks = sample.blocks(input, &abi(&fields)).unwrap();
    assert_eq!(blocks.len(), 1);
    assert_eq!(blocks[0].columns[2].text(0), Some("007"));
    assert_eq!((blocks[0].columns[3].text(0), blocks[0].columns[3].text(1)), (Some("1"), Some("20")));
    assert_eq!(shown(&read("1,2,Oslo,1\n")), "a: int64, b: int64, city: string, plan: int64");
    assert_eq!(sample.clone().head(1).to_json_records(), r#"[{"city":"007","plan":1.0,"b":2,"a":null,"x":9}]"#);
    let bad = read("a,b,city,plan\nx,1,,\n").blocks(input, &abi(&fields)).unwrap_err();
    assert_eq!(show_error(&bad), "error[not-a-number]: expected a number, found the text `x`\nat row 0, column `a`");
}

fn numbers(cells: &[f64]) -> NumberStatistics {
    let cells = cells.iter().map(|cell| Some(*cell).filter(|cell| !cell.is_nan())).collect();
    match Cells::Number(cells).statistics() {
        Statistics::Number(statistics) => statistics,
        other => panic!("{other:?}"),
    }
}

/// (mean, standard deviation, minimum, lower quartile, median, upper quartile, maximum, skew)
type Expected = [Option<f64>; 8];

fn check(cells: &[f64], expected: Expected) {
    let s = numbers(cells);
    let found =
        [s.mean, s.standard_deviation, s.minimum, s.lower_quartile, s.median, s.upper_quartile, s.maximum, s.skew];
    for (expected, found) in expected.into_iter().zip(found) {
        match (expected, found) {
            (Some(expected), Some(found)) => {
                assert!((expected - found).abs() <= 1e-12 * expected.abs(), "{cells:?}: {expected} against {found}");
            }
            (expected, found) => assert_eq!(expected, found, "{cells:?}"),
        }
    }
}

#[test]
fn statistics_are_those_of_pandas() {
    let some = |numbers: [f64; 8]| numbers.map(Some);
    let missing = f64::NAN;
    check(
        &[1.5, 2.25, missing, -3.0, 100.0, 7.125, 0.1, 0.2, 0.30000000000000004],
        some([13.559375, 35.04357475624352, -3.0, 0.17500000000000002, 0.9, 3.46875, 100.0, 2.7916002604349135]),
    );
    check(
        &[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0],
        some([3.875, 2.748376143938713, 1.0, 1.75, 3.5, 5.25, 9.0, 0.8335031385336659]),
    );
    check(&[2.0, 2.0, 2.0], some([2.0, 0.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.0]));
    check(
        &[1e8 + 1.0, 1e8 + 2.0, 1e8 + 4.0],
        some([
            100000002.33333333,
            1.5275252316519465,
            1e8 + 1.0,
            1e8 + 1.5,
            1e8 + 2.0,
            1e8 + 3.0,
            1e8 + 4.0,
            0.9352195588481241,
        ]),
    );
    let (one, infinite) = (Some(1.0), None);
    check(&[1.0], [one, None, one, one, one, one, one, None]);
    check(&[1.0, f64::INFINITY, 2.0, 3.0], [None, None, one, Some(1.75), Some(2.5), infinite, infinite, None]);
    check(&[missing], [None; 8]);
    assert_eq!((numbers(&[1.0, missing]).count, numbers(&[1.0, missing]).missing), (2, 1));
    let texts = Cells::Text(vec![Some("a".into()), None, Some("b".into()), Some("a".into())]);
    assert_eq!(texts.statistics(), Statistics::Other { count: 4, missing: 1, unique: 2 });
}

#[test]
fn other_files_are_named() {
    for (bytes, expected) in [
        (
            &b"PK\x03\x04xlsx"[..],
            "error[data-format]: expected rows of data, found zip or a spreadsheet\nhint: save it as CSV",
        ),
        (
            b"\x80\x04\x95",
            "error[data-format]: expected rows of data, found pickle\n\
             hint: a pickle can run code: save the table as CSV, JSON or `.npy`",
        ),
        (b"\xFF\xFEa\0", "error[data-format]: expected UTF-8, found UTF-16\nhint: save the file as UTF-8"),
    ] {
        assert_eq!(show_error(&Table::read(bytes, "data", None, None).unwrap_err()), expected);
    }
}
