//! Texts that must be refused, with their exact messages; columns of categories; damage that must never panic.

use super::*;
use crate::model::Category;
use crate::tensor::ElementType;

fn fixture(case: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lightgbm").join(case).join("model.txt");
    std::fs::read_to_string(path).unwrap()
}

fn read_text(text: &str) -> Result<Model> {
    read(Source { name: "model.txt", bytes: text.as_bytes() })
}

fn refusal(text: &str) -> String {
    let error = read_text(text).map(|_| ()).unwrap_err();
    match error.place() {
        Some(place) => format!("{place}: {error}"),
        None => error.to_string(),
    }
}

/// Replaces the first `old` of a fixture, which must be there.
fn broken(case: &str, old: &str, new: &str) -> String {
    let text = fixture(case);
    assert!(text.contains(old), "{case} has no {old:?}");
    text.replacen(old, new, 1)
}

/// The first line that begins with `key`, replaced.
fn with_line(case: &str, key: &str, line: &str) -> String {
    let text = fixture(case);
    let old = text.lines().find(|line| line.starts_with(key)).unwrap();
    broken(case, &format!("{old}\n"), line)
}

#[test]
fn broken_headers_are_refused_with_their_place() {
    let table: [(&str, &str, &str); 22] = [
        ("version=", "", "the header has no `version`"),
        ("version=", "version=v5\n", "expected format version v3 or v4, found `v5`"),
        ("num_class=", "", "the header has no `num_class`"),
        ("num_class=", "num_class=one\n", "line 3, `num_class`: expected a number, found `one`"),
        ("num_class=", "num_class=1\nnum_class=2\n", "line 4: `num_class` stands twice: first on line 3"),
        (
            "num_tree_per_iteration=",
            "num_tree_per_iteration=2\n",
            "`num_tree_per_iteration`: expected 1 trees per iteration for the objective `binary`, found 2",
        ),
        ("max_feature_idx=", "", "the header has no `max_feature_idx`"),
        ("max_feature_idx=", "max_feature_idx=-1\n", "line 6, `max_feature_idx`: expected a number, found `-1`"),
        (
            "max_feature_idx=",
            "max_feature_idx=8\n",
            "line 8, `feature_names`: expected 9 names as `max_feature_idx` says, found 8",
        ),
        (
            "max_feature_idx=",
            "max_feature_idx=18446744073709551615\n",
            "18446744073709551615 features exceed the limit `features` of 1000000",
        ),
        ("objective=", "objective=\n", "line 7, `objective`: the objective `` is unknown"),
        ("objective=", "objective=lasso\n", "line 7, `objective`: the objective `lasso` is unknown"),
        ("objective=", "objective=binary\n", "line 7, `objective`, binary: expected `sigmoid:`"),
        (
            "objective=",
            "objective=binary sigmoid:0\n",
            "line 7, `objective`, binary: expected a positive sigmoid, found 0",
        ),
        (
            "objective=",
            "objective=binary sigmoid:1 alpha:2\n",
            "line 7, `objective`: the objective's setting `alpha:2` is unknown",
        ),
        ("objective=", "objective=poisson sqrt\n", "line 7, `objective`, poisson: expected no `sqrt`"),
        (
            "objective=",
            "objective=multiclass num_class:3\n",
            "line 7, `objective`, multiclass: expected the header's 1 classes, found `num_class:3`",
        ),
        ("feature_names=", "", "the header has no `feature_names`"),
        (
            "feature_infos=",
            "feature_infos=none\n",
            "line 9, `feature_infos`: expected 8 columns as `max_feature_idx` says, found 1",
        ),
        ("feature_infos=", "feature_infos=[1;2]\n", "line 9, `feature_infos`: expected `[min:max]`, found `[1;2]`"),
        ("tree_sizes=", "tree_sizes=1 2 x\n", "line 10, `tree_sizes`: expected a number, found `x`"),
        ("label_index=", "labels=0\n", "line 5: the header line `labels` is unknown"),
    ];
    for (key, line, expected) in table {
        assert_eq!(refusal(&with_line("binary-4.7", key, line)), expected);
    }
    assert_eq!(refusal("tree"), "expected trees, found the end of the file");
    assert_eq!(refusal(""), "expected `tree` as the first line");
    assert_eq!(
        refusal(&with_line("multiclass-4.7", "num_tree_per_iteration=", "num_tree_per_iteration=0\n")),
        "`num_tree_per_iteration`: expected 3 trees per iteration for the objective `multiclass`, found 0"
    );
    let custom = with_line("custom_objective-4.7", "num_class=", "num_class=0\n");
    let custom = custom.replacen("num_tree_per_iteration=1", "num_tree_per_iteration=0", 1);
    assert_eq!(refusal(&custom), "expected at least one class, found `num_class=0`");
}

#[test]
fn broken_trees_are_refused_with_their_place() {
    let table: [(&str, &str, &str); 27] = [
        ("num_leaves=", "", "tree 0: the tree has no `num_leaves`"),
        ("num_leaves=", "num_leaves=0\n", "tree 0: expected at least one leaf, found `num_leaves=0`"),
        ("num_leaves=", "num_leaves=8\n", "tree 0, `leaf_value`: expected 8 numbers, found 7"),
        ("num_leaves=", "num_leaves=4294967296\n", "tree 0, `leaf_value`: expected 4294967296 numbers, found 7"),
        ("num_leaves=", "num_leaves=7\nnum_leaves=7\n", "tree 0, line 14: `num_leaves` stands twice"),
        ("num_leaves=", "leaves=7\n", "tree 0, line 13: the key `leaves` of a tree is unknown"),
        ("num_cat=", "num_cat=1\n", "tree 0: the tree has no `cat_boundaries`"),
        ("split_feature=", "split_feature=7 1 0 0 2\n", "tree 0, `split_feature`: expected 6 numbers, found 5"),
        ("split_feature=", "split_feature=7 1 0 8 2 7\n", "tree 0, node 3: expected a feature below 8, found 8"),
        ("split_feature=", "split_feature=7 1 0 -1 2 7\n", "tree 0, `split_feature`: expected a number, found `-1`"),
        ("threshold=", "threshold=1 2 3 4 5 6 7\n", "tree 0, `threshold`: expected 6 numbers, found 7"),
        ("threshold=", "threshold=1 2 3 4 5,5 6\n", "tree 0, `threshold`: expected a number, found `5,5`"),
        ("threshold=", "threshold=1 2 3 nan 5 6\n", "tree 0, node 3: expected a number as threshold, found NaN"),
        ("threshold=", "", "tree 0: the tree has no `threshold`"),
        (
            "decision_type=",
            "decision_type=2 8 2 12 2 2\n",
            "tree 0, node 3: expected a decision type of 0 to 11, found 12",
        ),
        (
            "decision_type=",
            "decision_type=2 8 2 1 2 2\n",
            "tree 0, node 3: expected a set of categories below 0 that no other node uses, found 14.935",
        ),
        ("decision_type=", "decision_type=2 8 2 256 2 2\n", "tree 0, `decision_type`: expected a number, found `256`"),
        (
            "left_child=",
            "left_child=3 2 -2 -1 0 -3\n",
            "tree 0, node 4: expected a node above 4 as child, found 0: the tree has a cycle",
        ),
        (
            "left_child=",
            "left_child=3 2 -2 -1 4 -3\n",
            "tree 0, node 4: expected a node above 4 as child, found 4: the tree has a cycle",
        ),
        ("left_child=", "left_child=3 2 -2 -1 6 -3\n", "tree 0, node 4: expected a node below 6 as child, found 6"),
        ("left_child=", "left_child=3 2 -8 -1 5 -3\n", "tree 0, node 2: expected a leaf below 7 as child, found 7"),
        ("left_child=", "left_child=3 2 -4 -1 5 -3\n", "tree 0, node 2: leaf 3 has two parents"),
        ("left_child=", "left_child=3 3 -2 -1 5 -3\n", "tree 0, node 1: node 3 has two parents"),
        (
            "left_child=",
            "left_child=3 2 -9223372036854775808 -1 5 -3\n",
            "tree 0, node 2: expected a leaf below 7 as child, found 9223372036854775807",
        ),
        ("is_linear=", "is_linear=2\n", "tree 0, `is_linear`: expected 0 or 1, found `2`"),
        ("is_linear=", "is_linear=1\n", "tree 0: the tree has no `leaf_const`"),
        ("Tree=0", "Tree=1\n", "line 12: expected `Tree=0` or `end of trees`, found `Tree=1`"),
    ];
    for (key, line, expected) in table {
        assert_eq!(refusal(&with_line("binary-4.7", key, line)), expected);
    }
}

#[test]
fn broken_sets_and_linear_models_are_refused_with_their_place() {
    let sets = [
        ("cat_boundaries=", "cat_boundaries=0 3 2", "`cat_boundaries`: expected ascending numbers"),
        ("cat_boundaries=", "cat_boundaries=0", "`cat_boundaries`: expected 3 numbers, found 1"),
        ("cat_threshold=", "cat_threshold=1", "`cat_threshold`: expected 2 numbers, found 1"),
        ("cat_threshold=", "cat_threshold=1 4294967296", "`cat_threshold`: expected a number, found `4294967296`"),
        ("num_cat=", "num_cat=18446744073709551615", "`num_cat`: expected fewer categories"),
    ];
    let text = fixture("cat_codes-4.7");
    let tree = text.split("Tree=").position(|tree| tree.contains("num_cat=2\n")).unwrap() - 1;
    let start = text.find(&format!("Tree={tree}\n")).unwrap();
    for (key, line, expected) in sets {
        let (before, after) = text.split_at(start);
        let old = after.lines().find(|line| line.starts_with(key)).unwrap();
        let text = format!("{before}{}", after.replacen(old, line, 1));
        assert_eq!(refusal(&text), format!("tree {tree}, {expected}"));
    }
    let text = fixture("linear-4.7");
    let words = |line: &str| line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let linear = text.lines().find(|line| line.starts_with("leaf_features=") && words(line).len() > 1).unwrap();
    let place = |text: String| refusal(&text).split_once(", ").unwrap().1.to_owned();
    let one_more = broken("linear-4.7", linear, &format!("{linear} 0"));
    let count = words(linear).len();
    assert_eq!(place(one_more), format!("`leaf_features`: expected {count} numbers, found {}", count + 1));
    let mut beyond = words(linear);
    beyond[1] = "10".into();
    let beyond = broken("linear-4.7", linear, &beyond.join(" "));
    assert_eq!(place(beyond), "leaf 0: expected a feature below 10, found 10");
}

#[test]
fn sizes_counts_and_sections_must_agree() {
    let binary = "binary-4.7";
    let table = [
        (
            broken(binary, "tree_sizes=832 857", "tree_sizes=832 856"),
            "tree 1: expected 856 bytes as `tree_sizes` says, found 857",
        ),
        (
            broken(binary, "tree_sizes=832 ", "tree_sizes=832 1 "),
            "tree 1: expected 1 bytes as `tree_sizes` says, found 857",
        ),
        (broken(binary, " 860\n", "\n"), "expected 5 trees as `tree_sizes` says, found 6"),
        (broken(binary, " 860\n", " 860 1\n"), "expected 7 trees as `tree_sizes` says, found 6"),
        (broken(binary, "end of parameters", "end"), "line 260: expected `[name: value]`, found `end`"),
        (
            broken(binary, "parameters:\n", "settings:\n"),
            "line 137: expected a section after the trees, found `settings:`",
        ),
        (
            broken(binary, "pandas_categorical:[]", "pandas_categorical:[1]"),
            "`pandas_categorical`: expected a JSON list of lists of texts, numbers or booleans: \
             invalid type: integer `1`, expected a sequence at line 1 column 2",
        ),
    ];
    for (text, expected) in table {
        let found = refusal(&text);
        assert_eq!(found, expected);
    }
    let text = fixture("multiclass-4.7");
    let last = text.rfind("Tree=").unwrap();
    let mut cut = format!("{}{}", &text[..last], &text[text.find("end of trees").unwrap()..]);
    let sizes = cut.lines().find(|line| line.starts_with("tree_sizes=")).unwrap().to_owned();
    cut = cut.replacen(&format!("{sizes}\n"), "", 1);
    assert!(refusal(&cut).starts_with("expected a multiple of 3 trees as `num_tree_per_iteration` says, found "));
    let mut bytes = fixture(binary).into_bytes();
    bytes[100] = 0xFF;
    let error = Booster::parse(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "expected UTF-8 text, found another byte at 100");
}

#[test]
fn windows_line_ends_and_missing_sizes_change_nothing() {
    for case in ["binary-4.7", "linear_cat-3.3", "cat_strings-3.3", "no_trees-4.7"] {
        let graph = |text: &str| format!("{:?}", read_text(text).unwrap().graph);
        let text = fixture(case);
        let expected = graph(&text);
        assert_eq!(graph(&text.replace('\n', "\r\n")), expected, "{case}");
        assert_eq!(graph(&with_line(case, "tree_sizes=", "")), expected, "{case}");
    }
}

#[test]
fn damaged_files_give_errors_or_models_but_never_panic() {
    let mut errors = 0;
    for case in ["binary-4.7", "cat_mixed-3.3", "linear_cat-4.7", "multiclassova_sigmoid-4.7", "zero_as_missing-3.3"] {
        let bytes = fixture(case).into_bytes();
        for end in (0..bytes.len()).step_by(97) {
            errors += usize::from(read(Source { name: case, bytes: &bytes[..end] }).is_err());
        }
        for at in (0..bytes.len()).step_by(61) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            errors += usize::from(read(Source { name: case, bytes: &flipped }).is_err());
        }
    }
    assert!(errors > 500, "{errors} of the damaged files were refused");
}

fn field_kinds(text: &str) -> Vec<(String, ElementType)> {
    let fields = read_text(text).unwrap().fields;
    let listed = fields.into_iter().filter(|field| field.categories.is_some());
    listed.map(|field| (field.name, field.element)).collect()
}

#[test]
fn category_lists_find_their_columns() {
    let columns = |names: &[(&str, ElementType)]| names.iter().map(|(n, e)| ((*n).to_owned(), *e)).collect::<Vec<_>>();
    let (text, number) = (ElementType::Text, ElementType::F64);
    let mixed = columns(&[("city", text), ("code", number), ("flag", number), ("ratio", number)]);
    assert_eq!(field_kinds(&fixture("cat_mixed-4.7")), mixed);
    assert_eq!(field_kinds(&fixture("cat_codes-4.7")), []);
    assert_eq!(field_kinds(&fixture("cat_constant-3.3")), columns(&[("city", text), ("only", text)]));
    // One list more than `categorical_feature` names: `grade` is ordered, and the only column of codes before `city`.
    let ordered = columns(&[("grade", text), ("city", text)]);
    assert_eq!(field_kinds(&fixture("cat_ordered-4.7")), ordered);
    assert_eq!(field_kinds(&with_line("cat_ordered-4.7", "[categorical_feature", "")), ordered);
    let grades = read_text(&fixture("cat_ordered-4.7")).unwrap().fields[4].categories.clone().unwrap();
    assert_eq!(grades[1], Category::Text("b".into()));
}

#[test]
fn category_lists_without_columns_are_refused() {
    let list = |count: usize| format!("[{}]", vec!["\"a\""; count].join(","));
    let (ages, plans, regions) = (list(80), list(4), list(12));
    let table = [
        // Columns 0 and 1 both hold whole numbers from 0 to 79, as an ordered category of 80 values would.
        (
            with_line(
                "cat_codes-4.7",
                "pandas_categorical",
                &format!("pandas_categorical:[{ages},{plans},{regions}]\n"),
            ),
            "`pandas_categorical` lists the categories of 3 columns and `categorical_feature` names 2: \
             which columns they are cannot be told",
        ),
        (
            broken("cat_strings-4.7", "pandas_categorical:[", "pandas_categorical:[["),
            "`pandas_categorical`: expected a JSON list of lists of texts, numbers or booleans",
        ),
        // One list for two declared columns that both fit it.
        (broken("cat_strings-4.7", "pandas_categorical:[", "pandas_categorical:[["), "`pandas_categorical`"),
        (
            with_line("cat_bools-4.7", "pandas_categorical", "pandas_categorical:[[false, true]]\n"),
            "`pandas_categorical` lists the categories of 1 columns and `categorical_feature` names 2: \
             which columns they are cannot be told",
        ),
        (
            with_line("cat_bools-4.7", "pandas_categorical", "pandas_categorical:[[true], [false, true]]\n"),
            "`pandas_categorical` does not fit the columns: list 0 is shorter than the codes of column 4",
        ),
        (
            with_line("binary-4.7", "pandas_categorical", "pandas_categorical:[[\"a\"]]\n"),
            "`pandas_categorical` does not fit the columns: no columns fit all lists",
        ),
        (
            with_line("cat_bools-4.7", "pandas_categorical", "pandas_categorical:[[1, \"a\"], [false, true]]\n"),
            "`pandas_categorical`, list 0: texts and numbers are categories of one column",
        ),
        (
            with_line("cat_bools-4.7", "pandas_categorical", "pandas_categorical:[[1, 9007199254740993], [0, 1]]\n"),
            "`pandas_categorical`, list 0: the category 9007199254740993 has no exact float64, so it cannot be told \
             from its neighbours",
        ),
    ];
    for (text, expected) in table {
        assert!(refusal(&text).starts_with(expected), "{expected}\n{}", refusal(&text));
    }
    // Fewer lists than declared columns, of which only one is short enough.
    let one = with_line("cat_codes-4.7", "pandas_categorical", "pandas_categorical:[[\"a\", \"b\", \"c\", \"d\"]]\n");
    assert_eq!(field_kinds(&one), [("plan".to_owned(), ElementType::Text)]);
}

#[test]
fn objectives_are_known_by_all_their_names() {
    let table = [
        ("binary sigmoid:0.5", "binary", Transform::Sigmoid(0.5)),
        ("softmax num_class:3", "multiclass", Transform::Softmax),
        ("ova num_class:3 sigmoid:2", "multiclassova", Transform::Sigmoid(2.0)),
        ("rmse", "regression", Transform::Identity),
        ("regression sqrt", "regression", Transform::SignedSquare),
        ("quantile sqrt", "quantile", Transform::SignedSquare),
        ("mae", "regression_l1", Transform::Identity),
        ("tweedie", "tweedie", Transform::Exp),
        ("xentropy", "cross_entropy", Transform::Sigmoid(1.0)),
        ("xentlambda", "cross_entropy_lambda", Transform::LogOnePlusExp),
        ("xe_ndcg", "rank_xendcg", Transform::Identity),
        ("none", "custom", Transform::Identity),
    ];
    for (value, name, transform) in table {
        let objective = Objective::parse(value, 3).unwrap();
        assert_eq!((objective.name, objective.transform), (name, transform), "{value}");
    }
}

#[test]
fn models_say_what_they_are() {
    let model = read_text(&fixture("rf_multiclass-3.3")).unwrap();
    assert_eq!((model.estimator.class.as_str(), model.encoding.as_str()), ("rf", "text, format v3"));
    assert_eq!(model.estimator.hyperparameters["objective"], "multiclass");
    assert_eq!(model.estimator.hyperparameters["learning_rate"], 0.2);
    assert!(!model.estimator.hyperparameters.contains_key("num_threads"));
    assert!(model.fields_are_named && model.fields.iter().all(|field| field.nullable));
    assert!(!read_text(&fixture("unnamed-4.7")).unwrap().fields_are_named);
    assert!(read_text(&fixture("names-4.7")).unwrap().fields_are_named);
    let names: Vec<&str> = model.methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(names, ["predict", "predict_raw", "apply"]);
    assert_eq!(model.methods[0].outputs[0].columns, ["0", "1", "2"]);
}
