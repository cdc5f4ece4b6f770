//! Comparisons and what they say.

use std::io::{Read, Seek};

use super::{Expected, Recorded, compare};
use crate::abi::{AbiMethod, Output, OutputArena, SparseArena};
use crate::data::write::{AllMethodsWriter, Sink};
use crate::tensor::{Data, Pattern};

fn output(name: &str, width: usize, list: bool, values: Data) -> Output {
    Output { name: name.into(), rows: values.len() / width, width, list, columns: Vec::new(), values, pattern: None }
}

fn recorded(rows: &str) -> Recorded {
    let expected = Expected::from_json(format!("{{\"predict\": {rows}}}").as_bytes()).unwrap();
    expected.method("predict").unwrap().clone()
}

/// Every difference on a line.
fn differences(rows: &str, outputs: &[Output]) -> String {
    let comparison = compare(&recorded(rows), outputs);
    assert_eq!(comparison.difference_count, comparison.differences.len() as u64);
    comparison.differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn numbers_agree_within_their_tolerance() {
    let doubles = |items: &[f64]| [output("y", 1, false, Data::F64(items.to_vec()))];
    assert_eq!(
        differences(
            "[1, 2.5, \"NaN\", \"Infinity\", \"-Infinity\", null]",
            &doubles(&[1.0, 2.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN])
        ),
        ""
    );
    assert_eq!(differences("[1.0]", &doubles(&[1.0 + 9e-10])), "");
    assert_eq!(
        differences("[1.0]", &doubles(&[1.0 + 2e-9])),
        "`y` row 0 column 0: expected 1.0, found 1.000000002 (may differ by 1.000e-9)"
    );
    // Small numbers count against a thousandth of the largest finite one.
    assert_eq!(differences("[1000.0, 0.0, \"Infinity\"]", &doubles(&[1000.0, 9e-10, f64::INFINITY])), "");
    assert_eq!(
        differences("[1000.0, 0.0]", &doubles(&[1000.0, 2e-9])),
        "`y` row 1 column 0: expected 0.0, found 2e-9 (may differ by 1.000e-9)"
    );
    assert_eq!(differences("[0.0, -0.0]", &doubles(&[-0.0, 0.0])), "");
    assert_eq!(
        differences("[\"NaN\", 1, \"Infinity\", \"x\", true]", &doubles(&[1.0, f64::NAN, f64::NEG_INFINITY, 0.0, 1.0])),
        "`y` row 0 column 0: expected \"NaN\", found 1.0\n`y` row 1 column 0: expected 1, found NaN\n\
         `y` row 2 column 0: expected \"Infinity\", found -inf\n`y` row 3 column 0: expected \"x\", found 0.0\n\
         `y` row 4 column 0: expected true, found 1.0"
    );
    let singles = |item: f32| [output("y", 2, true, Data::F32(vec![item, 1.0]))];
    assert_eq!(differences("[[1.0, 1.0]]", &singles(1.000009)), "");
    assert_eq!(
        differences("[[1.0, 1.0]]", &singles(1.00002)),
        "`y` row 0 column 0: expected 1.0, found 1.0000200271606445 (may differ by 1.000e-5)"
    );
    assert_eq!(differences("[1.7e308, -1.7e308]", &doubles(&[1.7e308, -1.7e308])), "");
    let comparison = compare(&recorded("[1.0, 4.0]"), &doubles(&[1.0 + f64::EPSILON, 4.0]));
    assert_eq!((comparison.value_count, comparison.largest_relative), (2, f64::EPSILON));
}

#[test]
fn labels_must_be_equal() {
    let check = |rows: &str, values: Data, expected: &str| {
        assert_eq!(differences(rows, &[output("y", 1, false, values)]), expected);
    };
    check("[1, 2.0]", Data::I64(vec![1, 2]), "");
    check(
        "[1, \"2\"]",
        Data::I64(vec![2, 2]),
        "`y` row 0 column 0: expected 1, found 2\n`y` row 1 column 0: expected \"2\", found 2",
    );
    check("[true, false]", Data::Bool(vec![true, true]), "`y` row 1 column 0: expected false, found true");
    check("[1]", Data::Bool(vec![true]), "`y` row 0 column 0: expected 1, found true");
    check(
        "[\"a\", null, \"NaN\", \"\", null]",
        Data::Text(vec![Some("a".into()), None, None, None, Some(String::new())]),
        "`y` row 3 column 0: expected \"\", found null\n`y` row 4 column 0: expected null, found \"\"",
    );
}

#[test]
fn another_shape_is_a_difference() {
    let one = output("y", 1, false, Data::F64(vec![1.0, 2.0]));
    let two = output("p", 2, true, Data::F64(vec![1.0, 2.0, 3.0, 4.0]));
    let check =
        |rows: &str, outputs: &[Output], expected: &str| assert_eq!(differences(rows, outputs), expected, "{rows}");
    check("[1.0]", std::slice::from_ref(&one), "`y`: expected 1 rows, found 2 rows");
    check("[1.0, [2.0]]", std::slice::from_ref(&one), "`y` row 1: expected a list of 1, found a single value");
    check("[[1, 2], [3, 4, 5]]", std::slice::from_ref(&two), "`p` row 1: expected 3 columns, found 2 columns");
    check("[[1, 2], 3]", std::slice::from_ref(&two), "`p` row 1: expected a number, found a list of 2");
    check("[[1, [1, 2]], [2, [3, 4]]]", &[one.clone(), two.clone()], "");
    check(
        "[[1, [1, 2], 0], 2]",
        &[one, two],
        "`y` row 0: expected 3 outputs, found 2 outputs\n`y` row 1: expected a number, found 2 outputs\n`p` row 0: expected 3 outputs, found 2 outputs\n`p` row 1: expected a number, found 2 outputs",
    );
}

/// Rows that store some of five columns.
fn sparse(rows: &[&[(u32, f64)]]) -> Output {
    let mut pattern = Pattern::default();
    for row in rows {
        pattern.columns.extend(row.iter().map(|(column, _)| column));
        pattern.end_row();
    }
    let values = rows.iter().flat_map(|row| row.iter().map(|(_, value)| *value)).collect();
    let dense = output("values", 5, true, Data::F64(Vec::new()));
    Output { rows: rows.len(), values: Data::F64(values), pattern: Some(pattern), ..dense }
}

#[test]
fn sparse_rows_are_compared_wherever_either_side_stores_something() {
    let found = [sparse(&[&[(0, 1.0), (3, 2.5)], &[], &[(4, -1.0)]])];
    assert_eq!(differences("[[1, 0, 0, 2.5, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, -1]]", &found), "");
    let same = r#"[{"columns":[0,3],"values":[1,2.5]},{"columns":[],"values":[]},{"columns":[2,4],"values":[0,-1]}]"#;
    assert_eq!(differences(same, &found), "");
    assert_eq!(compare(&recorded(same), &found).value_count, 4);
    let other = r#"[{"columns":[0],"values":[1]},{"columns":[1],"values":[2]},{"columns":[4],"values":[-1]}]"#;
    assert_eq!(
        differences(other, &found),
        "`values` row 0 column 3: expected 0, found 2.5 (may differ by 2.500e-9)\n\
         `values` row 1 column 1: expected 2, found 0.0 (may differ by 2.000e-9)"
    );
    // A dense output against sparse rows.
    let dense = [output("values", 3, true, Data::F64(vec![0.0, 7.0, 0.0]))];
    assert_eq!(differences(r#"[{"columns":[1],"values":[7]}]"#, &dense), "");
    let shape = "expected an object, found columns of 3 that ascend, and as many values";
    for wrong in [
        r#"{"columns":[3],"values":[7]}"#,
        r#"{"columns":[1,1],"values":[7,7]}"#,
        r#"{"columns":[1],"values":[]}"#,
        r#"{"columns":[-1],"values":[7]}"#,
        r#"{"values":[7]}"#,
    ] {
        assert_eq!(differences(&format!("[{wrong}]"), &dense), format!("`values` row 0: {shape}"));
    }
}

#[test]
fn only_the_first_differences_are_described() {
    let rows: Vec<String> = (0..100).map(|row| row.to_string()).collect();
    let found = output("y", 1, false, Data::I64(vec![-1; 100]));
    let comparison = compare(&recorded(&format!("[{}]", rows.join(","))), &[found]);
    assert_eq!((comparison.differences.len(), comparison.difference_count, comparison.agrees()), (20, 100, false));
}

/// What `predict --method all` prints is what `--expected` takes.
#[test]
fn written_results_are_read_as_expected() {
    let proba = output("p", 2, true, Data::F32(vec![0.1, f32::NAN, f32::INFINITY, -0.0]));
    let label = output("label", 1, false, Data::Text(vec![Some("a\"".into()), None]));
    let leaf = output("leaf", 1, true, Data::I64(vec![i64::MIN, 7]));
    let sparse = sparse(&[&[(1, 0.5), (4, f64::NAN)], &[]]);
    let methods = [("predict", vec![label]), ("predict_proba", vec![proba, leaf]), ("transform", vec![sparse])];
    let arenas: Vec<AbiMethod> = methods.iter().map(|(name, outputs)| method(name, outputs)).collect();
    let file = tempfile::tempfile().unwrap();
    let mut writer = AllMethodsWriter::new(Sink::File(file.try_clone().unwrap()), &arenas).unwrap();
    methods.iter().enumerate().for_each(|(i, (_, outputs))| writer.write(i, outputs).unwrap());
    writer.finish().unwrap();
    let (mut text, mut file) = (Vec::new(), file);
    file.rewind().and_then(|()| file.read_to_end(&mut text)).unwrap();
    let expected = Expected::from_json(&text).unwrap();
    assert_eq!(expected.methods.len(), 3);
    for (name, outputs) in &methods {
        let comparison = compare(expected.method(name).unwrap(), outputs);
        assert_eq!((comparison.differences, comparison.largest_relative), (Vec::new(), 0.0));
    }
}

fn method(name: &str, outputs: &[Output]) -> AbiMethod {
    let arena = |output: &Output| OutputArena {
        name: output.name.clone(),
        element: output.values.element(),
        width: output.width as u32,
        list: output.list,
        columns: output.columns.clone(),
        address: 0,
        sparse: output.pattern.as_ref().map(|_| SparseArena { columns: 0, values: 0 }),
        bytes: None,
        validity: None,
    };
    AbiMethod { name: name.into(), outputs: outputs.iter().map(arena).collect() }
}

#[test]
fn tables_are_read_in_the_shape_of_the_method() {
    let label = output("label", 1, false, Data::Text(vec![Some("007".into()), Some("1".into())]));
    let proba = output("p", 2, true, Data::F64(vec![0.25, 0.75, 0.5, 0.5]));
    let differences = |text: &str, outputs: &[&Output]| {
        let outputs: Vec<Output> = outputs.iter().map(|o| (*o).clone()).collect();
        let method = method("predict", &outputs);
        let expected = Expected::of_method(text.as_bytes(), "expected", None, &method).unwrap();
        let comparison = compare(&expected.methods[0], &outputs);
        comparison.differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(differences("label\n007\n1\n", &[&label]), "");
    assert_eq!(differences("[\"007\", \"1\"]", &[&label]), "");
    assert_eq!(differences("no,yes\n0.25,0.75\n0.5,0.5\n", &[&proba]), "");
    assert_eq!(differences("p_1,p_0\n0.75,0.25\n0.5,0.5\n", &[&proba]), "");
    assert_eq!(differences("0.25,0.75\n0.5,0.5\n", &[&proba]), "");
    assert_eq!(differences("[[0.25, 0.75], [0.5, 0.5]]", &[&proba]), "");
    assert_eq!(differences("label,p_0,p_1\n007,0.25,0.75\n1,0.5,0.5\n", &[&label, &proba]), "");
    assert_eq!(differences("[[\"007\", [0.25, 0.75]], [\"1\", [0.5, 0.5]]]", &[&label, &proba]), "");
    assert_eq!(
        differences("p_0\n0.25\n0.5\n", &[&proba]),
        "`p` row 0: expected 1 columns, found 2 columns\n`p` row 1: expected 1 columns, found 2 columns"
    );
    let error = Expected::from_json(b"[1]").unwrap_err();
    assert_eq!(error.to_string(), "expected an object of method to rows");
    let error = Expected::from_json(b"{\"predict\": 1}").unwrap_err();
    assert_eq!(
        (error.to_string(), error.place().unwrap()),
        ("expected a list of rows, found a number".into(), "method `predict`".into())
    );
}
