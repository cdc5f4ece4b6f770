//! JSON documents and exactly what becomes of them.

use crate::data::Format;
use crate::data::examples::{fields, numbers, read};

fn check(text: &str, expected: &str) {
    assert_eq!(read(text.as_bytes(), None, &fields(), true), expected, "{text}");
}

const ROW: &str = "1.5 2.0 \"Oslo\" \"1\"";
const BY_POSITION: &str = "note: the data names no columns: columns are matched by position (`a`, `b`, `city`, `plan`)";

#[test]
fn every_form_holds_the_same_row() {
    let by_name = [
        r#"[{"a": 1.5, "b": 2, "city": "Oslo", "plan": 1}]"#,
        r#"[{"plan": 1.0, "city": "Oslo", "a": 1.5, "b": 2}]"#,
        r#"{"a": 1.5, "b": 2, "city": "Oslo", "plan": "1"}"#,
        r#"{"a": [1.5], "b": [2], "city": ["Oslo"], "plan": [1]}"#,
        r#"{"a": {"7": 1.5}, "b": {"7": 2}, "city": {"7": "Oslo"}, "plan": {"7": 1}}"#,
        r#"{"columns": ["b", "a", "city", "plan"], "index": [7], "data": [[2, 1.5, "Oslo", 1]]}"#,
        r#"{"data": [{"a": 1.5, "b": 2, "city": "Oslo", "plan": 1}]}"#,
        r#"{"data": "{\"a\":{\"0\":1.5},\"b\":{\"0\":2},\"city\":{\"0\":\"Oslo\"},\"plan\":{\"0\":1}}", "data_type": "pandas.core.frame.DataFrame"}"#,
        r#""[{\"a\":1.5,\"b\":2,\"city\":\"Oslo\",\"plan\":1}]""#,
    ];
    for text in by_name {
        let format = text.starts_with('"').then_some(Format::Json);
        assert_eq!(read(text.as_bytes(), format, &fields(), true), ROW, "{text}");
    }
    for text in [r#"[[1.5, 2, "Oslo", 1]]"#, r#"{"data": [[1.5, 2, "Oslo", 1]], "data_type": "list"}"#] {
        check(text, &format!("{ROW}\n{BY_POSITION}"));
    }
    check("[]", BY_POSITION);
}

#[test]
fn lines_are_rows() {
    check(
        "{\"a\": 1.5, \"b\": 2, \"city\": \"Oslo\", \"plan\": 1}\n\n{\"plan\": null, \"city\": null, \"b\": 3, \"a\": null, \"x\": 0}\n",
        &format!("{ROW}\nNaN 3.0 null null\nnote: the model does not use column `x`"),
    );
    check("[1.5, 2, \"Oslo\", 1]\n[1, 2, \"x\", 1]", &format!("{ROW}\n1.0 2.0 \"x\" \"1\"\n{BY_POSITION}"));
    check(
        "{\"a\": 1, \"b\": 2, \"city\": \"x\", \"plan\": 1}\n{\"a\": 1, \"b\": 2, \"city\": \"x\"}",
        "error[missing-column]: input column `plan` is not in the data\nat line 2",
    );
    check("[1, 2, \"x\", 1]\n[1, 2, \"x\"]", "error[json-ragged]: expected 4 cells, found 3\nat line 2");
    check(
        "[1, 2, \"x\", 1]\n{\"a\": 1}\n",
        "error[missing-column]: input columns `b`, `city`, `plan` are not in the data\nat line 2",
    );
    check("[1, 2, \"x\", 1]\n[1, 2,\n \"x\", 1]", "error[json]: EOF while parsing a value\nat line 2, column 6");
    // Texts fill a block: the row comes again in the next.
    check(
        "[1, 2, \"12345678\", 1]\n[1, 2, \"12345\", 1]\n",
        &format!("1.0 2.0 \"12345678\" \"1\"\n--\n1.0 2.0 \"12345\" \"1\"\n{BY_POSITION}"),
    );
}

#[test]
fn values_become_what_their_fields_take() {
    let row =
        |a: &str, b: &str, city: &str, plan: &str| format!("[{{\"a\":{a},\"b\":{b},\"city\":{city},\"plan\":{plan}}}]");
    for ((a, b, city, plan), expected) in [
        (("null", "1", "null", "null"), "NaN 1.0 null null"),
        (("\"NaN\"", "\"Infinity\"", "\"NaN\"", "\"x\""), "NaN inf \"NaN\" \"x\""),
        (("\"-Infinity\"", "true", "true", "20.0"), "-inf 1.0 \"True\" \"20\""),
        (("9007199254740993", "false", "1", "20"), "9007199254740992.0 0.0 \"1\" \"20\""),
        (("1e400", "1", "1", "1"), "error[json]: number out of range\nat line 1, column 11"),
        (("123456789012345678901234567890", "1e39", "1.5", "1e3"), "1.2345678901234568e29 inf \"1.5\" \"1000\""),
        (("5e-324", "1", "1e16", "2.5"), "5e-324 1.0 \"1e+16\" \"2.5\""),
        (("\"1\"", "1", "1", "1"), "error[not-a-number]: expected a number, found the text `1`\nat row 0, column `a`"),
        (("[1]", "1", "1", "1"), "error[not-a-value]: expected a single value, found a list\nat row 0, column `a`"),
        (
            ("1", "1", "{}", "1"),
            "error[not-a-value]: expected a single value, found an object\nat row 0, column `city`",
        ),
        (
            ("1", "null", "1", "1"),
            "error[missing-value]: expected a value, found none: the model takes no missing values here\nat row 0, column `b`",
        ),
    ] {
        check(&row(a, b, city, plan), expected);
    }
}

#[test]
fn documents_that_are_no_tables_say_why() {
    let hint = "hint: a document is a list of records, a list of rows, an object of columns, {\"columns\": …, \"data\": …} or {\"data\": …}";
    for (text, expected) in [
        (r#"{"a": 1, "a": 2}"#, "error[json]: the key `a` stands twice in one object\nat line 1, column 16".to_owned()),
        ("{}", format!("error[json-table]: expected a table, found an empty object\n{hint}")),
        ("[{}, 1]", format!("error[json-table]: expected a record, found a number\nat row 1\n{hint}")),
        ("[[1], 1]", format!("error[json-table]: expected a list, found a number\nat row 1\n{hint}")),
        ("[[1,2,\"x\",4],[1]]", "error[json-ragged]: expected 4 cells, found 1\nat row 1".into()),
        (r#"{"a": [1], "b": [1, 2]}"#, "error[json-ragged]: expected 1 cells, found 2\nat column `b`".into()),
        (r#"{"a": [1], "b": 1}"#, format!("error[json-table]: expected the cells of a column, found a number\nat column `b`\n{hint}")),
        (r#"{"a": {"0": 1}, "b": {"1": 1}}"#, format!("error[json-table]: row `0` is missing\nat column `b`\n{hint}")),
        (r#"{"columns": 1, "data": []}"#, format!("error[json-table]: expected a list of names in `columns`\n{hint}")),
        (r#"{"columns": [], "data": 1}"#, format!("error[json-table]: expected a list of rows in `data`\n{hint}")),
        (r#"{"data": {"data": {"data": {"data": {"data": []}}}}}"#, format!("error[json-table]: expected rows, found an object in `data` of `data`\n{hint}")),
        (
            r#"[{"a": 1, "b": 2, "city": "x", "plan": 1}, {"a": 1, "b": 2, "city": "x"}]"#,
            "error[missing-column]: the record has no such key\nat row 1, column `plan`\nhint: write `null` where a value is missing".into(),
        ),
        ("[1, 2, 3, 4]", "error[column-count]: expected 4 columns, found 1\nhint: a single row is a list in a list: `[[…]]`".into()),
        ("[1, 2", "error[json]: EOF while parsing a list\nat line 1, column 5".into()),
        ("[1] x", "error[json]: trailing characters\nat line 1, column 5".into()),
        ("[NaN]", "error[json]: expected value\nat line 1, column 2".into()),
        (r#"{"data": "!!", "data_type": "numpy.ndarray"}"#, "error[base64]: expected base64 text\nat `data`".into()),
    ] {
        check(text, &expected);
    }
    let deep = "[".repeat(100_000);
    assert_eq!(
        read(deep.as_bytes(), None, &fields(), true),
        "error[json]: recursion limit exceeded\nat line 1, column 128"
    );
}

#[test]
fn records_with_ever_other_keys_do_not_grow_without_limit() {
    let records: Vec<String> = (0..5000).map(|i| format!("{{\"k{i}\":1}}")).collect();
    let shown = read(format!("[{}]", records.join(",")).as_bytes(), None, &fields(), true);
    assert!(shown.starts_with("error[json-table]: the records have too few keys in common\nat row 1447"), "{shown}");
}

/// numpy.save of [[1.5, -2.0], [inf, nan]] as float32, base64.
#[test]
fn a_payload_may_hold_an_array() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:<117}\n").bytes());
    for item in [1.5f32, -2.0, f32::INFINITY, f32::NAN] {
        bytes.extend(item.to_le_bytes());
    }
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text: String = bytes
        .chunks(3)
        .flat_map(|chunk| {
            let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(move |i| char::from(alphabet[(word >> (18 - 6 * i) & 63) as usize]))
        })
        .collect();
    let payload = format!("{{\"data\": \"{text}\", \"data_type\": \"<class 'numpy.ndarray'>\"}}");
    let shown = read(payload.as_bytes(), None, &numbers(), true);
    assert_eq!(
        shown,
        "1.5 -2.0\ninf NaN\nnote: the data names no columns: columns are matched by position (`x0`, `x1`)"
    );
}

#[test]
fn hostile_documents_never_panic() {
    let text = r#"{"columns":["a","b"],"data":[[1,2],{"data_type":"ndarray","x":null}]}"#;
    for end in 0..text.len() {
        let shown = read(&text.as_bytes()[..end], Some(Format::Json), &fields(), true);
        assert!(shown.starts_with("error["), "{end}: {shown}");
    }
    let (mut state, mut refused) = (11u64, 0);
    for _ in 0..3000 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (state >> 40) as usize % bytes.len();
            bytes[at] = b"{}[],:\"1e-nx\\\xFF"[(state >> 33) as usize % 14];
        }
        for format in [Format::Json, Format::JsonLines] {
            refused += usize::from(read(&bytes, Some(format), &fields(), true).starts_with("error["));
        }
    }
    assert_eq!(refused, 6000);
}
