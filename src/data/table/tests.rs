//! Samples: types as inferred, statistics as pandas 2.3 gives them.

use super::Table;
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
        ("i\n1\n\"\"\n", "i: int64?"),
        ("t\nx\n\"\"\n", "t: string"),
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

/// pandas 2.3.
#[test]
fn statistics_are_of_the_typed_cells() {
    let table = table("i,f,b,t\n3,1.5,True,x\n1,,False,y\n,2.5,True,\n4,0.5,True,x\n");
    let statistics = |name: &str| table.column(name).unwrap().cells.statistics();
    let summary = |name: &str| {
        let statistics = statistics(name);
        (statistics.count, statistics.missing, statistics.unique, statistics.numbers.and_then(|numbers| numbers.mean))
    };
    assert_eq!(summary("i"), (4, 1, None, Some(8.0 / 3.0)));
    assert_eq!(summary("f"), (4, 1, None, Some(1.5)));
    assert_eq!(summary("b"), (4, 0, Some(2), None));
    assert_eq!(summary("t"), (4, 1, Some(2), None));
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
