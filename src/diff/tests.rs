//! Each change of a manifest, with what it is called and whether it breaks a caller.

use super::*;
use crate::artifact::{FunctionType, MethodEntry, MethodOptions, Volatility};
use crate::model::{Category, DeclaredType, Estimator, SignatureField, Task};

const BASE: &str = r#"
format: 1
generator: {name: scorepack, version: "0.1.0"}
artifact: {name: churn, version: "1", target: oci, engine: wasm}
model:
  file: model.json
  framework: {name: xgboost, version: 3.2.0}
  encoding: JSON
  task: binary_classification
  fields_are_named: true
  estimator:
    class: Pipeline
    hyperparameters: {verbose: false}
    steps:
      - {name: scale, class: StandardScaler, hyperparameters: {with_mean: true}}
      - {name: clf, class: XGBClassifier, hyperparameters: {max_depth: 3, eta: 0.5}}
signature:
  inputs:
    - {name: age, dtype: int64, nullable: true}
    - {name: mean income, dtype: float64}
    - {name: region, dtype: category, categories: [north, south, west], closed: true}
methods:
  - name: predict
    outputs: [{name: prediction, dtype: int64, width: 1, list: false}]
  - name: predict_proba
    outputs: [{name: probability, dtype: float32, width: 2, list: true, columns: ["0", "1"]}]
score_module:
  file: score.wasm
  sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  abi_version: 1
  compiled: {codegen: 1, options: {max_text_bytes: 1000}}
environment: {python_version: "3.11"}
files:
  - {path: model.json, size: 1000, role: model,
     sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}
  - {path: score.wasm, size: 5000, role: score-module,
     sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}
"#;

fn base() -> Manifest {
    Manifest::parse(BASE.as_bytes()).unwrap()
}

/// What the comparison of manifests tells: code, whether it breaks callers, message.
fn told(before: &Manifest, after: &Manifest) -> Vec<(String, bool, String)> {
    let compared = ASPECTS.iter().filter_map(|aspect| match aspect {
        Aspect::Manifests(compare) => Some(compare(before, after)),
        Aspect::Artifacts(_) | Aspect::PartitionedArtifacts(_) => None,
    });
    let findings = compared.flat_map(|result| result.findings);
    findings.map(|finding| (finding.code, finding.severity == Severity::Error, finding.message)).collect()
}

/// One change of the base and the findings for it, in both directions.
fn check(change: impl Fn(&mut Manifest), forth: &[(&str, bool, &str)], back: &[(&str, bool, &str)]) {
    let (before, mut after) = (base(), base());
    change(&mut after);
    let owned = |expected: &[(&str, bool, &str)]| -> Vec<(String, bool, String)> {
        expected.iter().map(|(code, breaks, message)| ((*code).into(), *breaks, (*message).into())).collect()
    };
    assert_eq!(told(&before, &after), owned(forth));
    assert_eq!(told(&after, &before), owned(back));
}

fn field(manifest: &mut Manifest, position: usize) -> &mut SignatureField {
    &mut manifest.signature.inputs[position]
}

fn text(texts: &[&str]) -> Option<Vec<Category>> {
    Some(texts.iter().map(|text| Category::Text((*text).to_owned())).collect())
}

#[test]
fn equal_manifests_differ_in_nothing() {
    check(|_| {}, &[], &[]);
    // What people read is no change.
    check(|manifest| field(manifest, 0).description = Some("in years".into()), &[], &[]);
    check(|manifest| manifest.notes.push("a note".into()), &[], &[]);
}

#[test]
fn a_column_more_or_less_breaks_callers() {
    check(
        |manifest| manifest.signature.inputs.push(SignatureField::new("debt", DeclaredType::Float64)),
        &[("diff-column-added", true, "a column is required that was not there: `debt`")],
        &[("diff-column-removed", true, "the column `debt` is no longer taken")],
    );
    // A column in the place of another of another type is not that column renamed.
    check(
        |manifest| *field(manifest, 0) = SignatureField::new("name", DeclaredType::String),
        &[
            ("diff-column-added", true, "a column is required that was not there: `name`"),
            ("diff-column-removed", true, "the column `age` is no longer taken"),
        ],
        &[
            ("diff-column-added", true, "a column is required that was not there: `age`"),
            ("diff-column-removed", true, "the column `name` is no longer taken"),
        ],
    );
}

#[test]
fn a_renamed_column_breaks_callers_unless_score_py_finds_it() {
    check(
        |manifest| field(manifest, 0).name = "years".into(),
        &[("diff-column-renamed", true, "the column `age` is called `years` now")],
        &[("diff-column-renamed", true, "the column `years` is called `age` now")],
    );
    check(
        |manifest| field(manifest, 1).name = "mean_income".into(),
        &[("diff-column-renamed", false, "the column `mean income` is called `mean_income` now, and found by both")],
        &[("diff-column-renamed", true, "the column `mean_income` is called `mean income` now")],
    );
}

#[test]
fn another_order_breaks_callers_that_send_no_names() {
    check(
        |manifest| manifest.signature.inputs.swap(0, 1),
        &[("diff-column-order", true, "the columns stand in another order: `age` came before `mean income`")],
        &[("diff-column-order", true, "the columns stand in another order: `mean income` came before `age`")],
    );
}

#[test]
fn types_break_callers_where_values_are_refused_or_mean_something_else() {
    use DeclaredType::{Bool, Category, Float32, Float64, Int64, String};
    use DeclaredType::{Bytes, Int8, Int16, Object, TimestampNtz, Uint8, Uint64};
    let dtypes =
        [Int64, Float64, Float32, Bool, String, Category, Int8, Int16, Uint8, Uint64, Bytes, Object, TimestampNtz];
    // What takes everything that the first type took, as score.py enforces types.
    let integers = [Int64, Int8, Int16, Uint8, Uint64];
    let mut taken = vec![(Float64, Float32), (Float32, Float64), (Bool, Float64), (Bool, Float32), (String, Category)];
    taken.extend(integers.iter().flat_map(|integer| [(*integer, Float64), (*integer, Float32), (Bool, *integer)]));
    taken.extend([(Int8, Int16), (Int8, Int64), (Int16, Int64)]);
    taken.extend([(Uint8, Int16), (Uint8, Int64), (Uint8, Uint64)]);
    for before in dtypes {
        for after in dtypes {
            let (mut a, mut b) = (base(), base());
            field(&mut a, 0).dtype = before;
            field(&mut b, 0).dtype = after;
            let found = told(&a, &b);
            let expected = (before != after).then(|| !taken.contains(&(before, after)));
            assert_eq!(found.first().map(|(_, breaks, _)| *breaks), expected, "{before:?} {after:?}: {found:?}");
            assert!(found.iter().all(|(code, ..)| code == "diff-column-type") && found.len() < 2, "{found:?}");
        }
    }
    check(
        |manifest| field(manifest, 1).dtype = Int64,
        &[("diff-column-type", true, "`mean income` was float64, now int64: values with decimals are refused")],
        &[("diff-column-type", false, "`mean income` was int64, now float64: more values are taken")],
    );
    // A closed list of numbers says which values a caller sends.
    let (mut a, mut b) = (base(), base());
    *field(&mut a, 0) = SignatureField {
        categories: Some(vec![crate::model::Category::Integer(1), crate::model::Category::Integer(2)]),
        closed: true,
        ..SignatureField::new("age", Category)
    };
    *field(&mut b, 0) = SignatureField::new("age", Int64);
    assert!(!told(&a, &b)[0].1);
}

#[test]
fn shapes_and_groups_must_take_what_was_taken() {
    let list = |shape: &[i64]| SignatureField {
        shape: Some(shape.to_vec()),
        ..SignatureField::new("age", DeclaredType::Float64)
    };
    let group = |names: &[&str]| SignatureField {
        fields: names.iter().map(|name| SignatureField::new(*name, DeclaredType::Float64)).collect(),
        ..SignatureField::new("age", DeclaredType::Object)
    };
    let table = [
        (list(&[2, 3]), list(&[2, -1]), None),
        (
            list(&[2, -1]),
            list(&[2, 3]),
            Some("`age` was float64[2, -1], now float64[2, 3]: values of the old shape are refused"),
        ),
        (
            list(&[2]),
            list(&[2, 2]),
            Some("`age` was float64[2], now float64[2, 2]: values of the old shape are refused"),
        ),
        (
            list(&[2]),
            SignatureField::new("age", DeclaredType::Float64),
            Some("`age` was float64[2], now float64: values of the old shape are refused"),
        ),
        (group(&["a", "b"]), group(&["b", "a"]), None),
        (group(&["a", "b"]), group(&["a"]), Some("`age` was object, now object: the group has other values")),
        (
            group(&["a"]),
            group(&["a", "b"]),
            Some("`age` was object, now object: a value of the group is required that was not there"),
        ),
    ];
    for (old, new, message) in table {
        let (mut before, mut after) = (base(), base());
        (before.signature.inputs[0], after.signature.inputs[0]) = (old, new);
        let found = told(&before, &after);
        assert_eq!(found.first().map(|(.., message)| message.as_str()), message);
        assert!(found.len() < 2);
    }
}

#[test]
fn a_missing_value_that_was_taken_must_be_taken() {
    check(
        |manifest| field(manifest, 0).nullable = false,
        &[("diff-column-nullable", true, "`age` takes no missing value any more")],
        &[("diff-column-nullable", false, "`age` takes missing values now")],
    );
}

#[test]
fn categories_of_a_closed_list_must_stay() {
    check(
        |manifest| field(manifest, 2).categories = text(&["north", "south"]),
        &[("diff-column-categories", true, "`region` refuses `\"west\"` now")],
        &[("diff-column-categories", false, "`region` knows `\"west\"` now")],
    );
    check(
        |manifest| field(manifest, 2).closed = false,
        &[("diff-column-categories", false, "`region` takes values outside its list now")],
        &[("diff-column-categories", true, "`region` takes no values outside its list any more")],
    );
    // The order of the list means nothing to a caller.
    check(|manifest| field(manifest, 2).categories = text(&["west", "south", "north"]), &[], &[]);
    let (mut a, mut b) = (base(), base());
    for manifest in [&mut a, &mut b] {
        field(manifest, 2).closed = false;
    }
    field(&mut b, 2).categories = text(&["north", "south", "east"]);
    assert_eq!(
        told(&a, &b),
        [("diff-column-categories".into(), false, "`region` knows `\"east\"` now, and no longer `\"west\"`".into())]
    );
}

#[test]
fn less_text_breaks_callers() {
    let set = |manifest: &mut Manifest| {
        let compiled = manifest.score_module.as_mut().and_then(|module| module.compiled.as_mut()).unwrap();
        compiled.options.max_text_bytes = 500;
    };
    check(
        set,
        &[("diff-text-length", true, "the longest text of a row was 1000 bytes, now 500")],
        &[("diff-text-length", false, "the longest text of a row was 500 bytes, now 1000")],
    );
}

#[test]
fn methods_must_stay() {
    check(
        |manifest| drop(manifest.methods.pop()),
        &[("diff-method-removed", true, "the method `predict_proba` is gone")],
        &[("diff-method-added", false, "the method `predict_proba` is new")],
    );
    check(
        |manifest| drop(manifest.methods.remove(0)),
        &[
            ("diff-method-removed", true, "the method `predict` is gone"),
            ("diff-default-method", true, "without a name, `predict_proba` is called instead of `predict`"),
        ],
        &[
            ("diff-method-added", false, "the method `predict` is new"),
            ("diff-default-method", true, "without a name, `predict` is called instead of `predict_proba`"),
        ],
    );
}

#[test]
fn answers_must_keep_type_shape_and_labels() {
    type Edit = fn(&mut Manifest);
    let table: &[(Edit, &str, bool, &str)] = &[
        (
            |manifest| manifest.methods[0].outputs[0].dtype = DeclaredType::String,
            "diff-output-type",
            true,
            "`prediction` was int64, now string",
        ),
        (
            |manifest| manifest.methods[0].outputs[0].dtype = DeclaredType::Float64,
            "diff-output-type",
            true,
            "`prediction` was int64, now float64",
        ),
        (
            |manifest| manifest.methods[1].outputs[0].dtype = DeclaredType::Float64,
            "diff-output-type",
            false,
            "`probability` was float32, now float64",
        ),
        (
            |manifest| manifest.methods[0].outputs[0].list = true,
            "diff-output-shape",
            true,
            "a row of `prediction` was a value, now a list of 1",
        ),
        (
            |manifest| manifest.methods[1].outputs[0].columns.swap(0, 1),
            "diff-output-labels",
            true,
            "the columns of `probability` stand in another order",
        ),
        (
            |manifest| manifest.methods[1].outputs[0].columns = vec!["0".into(), "yes".into()],
            "diff-output-labels",
            true,
            "`probability` has columns for `yes` now, and none for `1`",
        ),
        (
            |manifest| manifest.methods[1].outputs[0].name = "score".into(),
            "diff-output",
            true,
            "the outputs were `probability`, now `score`",
        ),
    ];
    for (change, code, breaks, message) in table {
        let mut after = base();
        change(&mut after);
        assert_eq!(told(&base(), &after), [((*code).into(), *breaks, (*message).into())]);
    }
    let mut after = base();
    let output = &mut after.methods[1].outputs[0];
    (output.width, output.columns) = (3, vec!["0".into(), "1".into(), "2".into()]);
    assert_eq!(
        told(&base(), &after),
        [
            ("diff-output-shape".into(), true, "a row of `probability` was a list of 2, now a list of 3".into()),
            ("diff-output-labels".into(), true, "`probability` has columns for `2` now".into()),
        ]
    );
}

#[test]
fn another_platform_breaks_callers_and_another_name_does_not() {
    check(
        |manifest| manifest.artifact.target = "snowflake".into(),
        &[("diff-target", true, "the platform was oci, now snowflake")],
        &[("diff-target", true, "the platform was snowflake, now oci")],
    );
    check(
        |manifest| manifest.artifact.version = "2".into(),
        &[("diff-identity", false, "the model's version was `1`, now `2`")],
        &[("diff-identity", false, "the model's version was `2`, now `1`")],
    );
}

/// What a change of a Snowflake artifact's registration breaks.
fn on_snowflake(change: impl Fn(&mut Manifest)) -> Vec<(bool, String)> {
    let (mut before, mut after) = (base(), base());
    before.artifact.target = "snowflake".into();
    after.artifact.target = "snowflake".into();
    // A method that the platform does not offer unless it is asked to.
    for manifest in [&mut before, &mut after] {
        let apply = MethodEntry { name: "apply".into(), ..manifest.methods[0].clone() };
        manifest.methods.push(apply);
    }
    change(&mut after);
    let found = told(&before, &after);
    assert!(found.iter().all(|(code, ..)| code == "diff-call"), "{found:?}");
    found.into_iter().map(|(_, breaks, message)| (breaks, message)).collect()
}

#[test]
fn what_sql_calls_must_stay() {
    let all = |options: MethodOptions| move |manifest: &mut Manifest| manifest.registration.options = options.clone();
    assert_eq!(on_snowflake(|_| {}), []);
    // What is usual, said aloud.
    let usual = MethodOptions { function_type: Some(FunctionType::Function), ..MethodOptions::default() };
    assert_eq!(on_snowflake(all(usual)), []);
    let only = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        on_snowflake(|manifest| manifest.registration.target_methods = only(&["predict", "apply"])),
        [
            (true, "the method `predict_proba` is no longer offered to callers".to_owned()),
            (false, "the method `apply` is offered to callers now".to_owned()),
        ]
    );
    let table = MethodOptions { function_type: Some(FunctionType::TableFunction), ..MethodOptions::default() };
    let message = "it was a function of rows to objects, now of a table".to_owned();
    assert_eq!(on_snowflake(all(table)), [(true, message.clone()), (true, message)]);
    let volatile = MethodOptions { volatility: Some(Volatility::Volatile), ..MethodOptions::default() };
    let message = "the registry is told another volatility or batch size".to_owned();
    assert_eq!(on_snowflake(all(volatile)), [(false, message.clone()), (false, message)]);
}

#[test]
fn sql_must_find_the_old_names() {
    let cased = MethodOptions { case_sensitive: Some(true), ..MethodOptions::default() };
    let found = on_snowflake(|manifest| {
        manifest.registration.options = cased.clone();
        manifest.registration.target_methods = vec!["predict".into(), "predict_proba".into()];
    });
    assert!(found.iter().all(|(breaks, _)| *breaks));
    let messages: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(
        &messages[..4],
        [
            "SQL called it PREDICT, now \"predict\"",
            "the argument for `age` was AGE BIGINT, now age BIGINT",
            "the argument for `region` was REGION STRING, now region STRING",
            "the answer's `prediction` was PREDICTION, now \"prediction\"",
        ]
    );
}

#[test]
fn a_task_breaks_callers_and_training_does_not() {
    check(
        |manifest| manifest.model.task = Task::Regression,
        &[("diff-task", true, "the task was binary_classification, now regression")],
        &[("diff-task", true, "the task was regression, now binary_classification")],
    );
    check(
        |manifest| manifest.model.task = Task::Other,
        &[("diff-task", false, "the task was binary_classification, now other")],
        &[("diff-task", false, "the task was other, now binary_classification")],
    );
    check(
        |manifest| manifest.model.framework.version = None,
        &[("diff-framework", false, "the framework was xgboost 3.2.0, now xgboost")],
        &[("diff-framework", false, "the framework was xgboost, now xgboost 3.2.0")],
    );
    check(
        |manifest| drop(manifest.model.estimator.steps[1].hyperparameters.insert("max_depth".into(), 5.into())),
        &[("diff-hyperparameter", false, "`max_depth` was 3, now 5")],
        &[("diff-hyperparameter", false, "`max_depth` was 5, now 3")],
    );
    check(
        |manifest| {
            manifest.model.estimator.steps[1] =
                Estimator { name: "clf".into(), class: "Ridge".into(), ..Estimator::default() };
        },
        &[("diff-estimator", false, "the estimator was `XGBClassifier`, now `Ridge`")],
        &[("diff-estimator", false, "the estimator was `Ridge`, now `XGBClassifier`")],
    );
    check(
        |manifest| drop(manifest.model.estimator.steps.remove(0)),
        &[("diff-estimator", false, "the step `scale` (StandardScaler) is gone")],
        &[("diff-estimator", false, "the step `scale` (StandardScaler) is new")],
    );
}

#[test]
fn many_changes_are_counted() {
    let findings = (0..50).map(|i| change(i % 2 == 0, "diff-column-added", format!("{i}"))).collect();
    let kept = abridged(findings);
    assert_eq!(kept.len(), 2 * SHOWN + 2);
    let last: Vec<(Severity, &str)> = kept.iter().rev().take(2).map(|f| (f.severity, f.message.as_str())).collect();
    assert_eq!(last, [(Severity::Note, "5 more of this kind"), (Severity::Error, "5 more of this kind")]);
}

#[test]
fn long_values_are_shown_from_where_they_differ() {
    let list = |last: &str| serde_json::json!(["x,".repeat(30), last]);
    let (old, new) = shown(&list("a"), &list("b"));
    assert_eq!((old.as_str(), new.as_str()), ("…,x,x,x,\",\"a\"]", "…,x,x,x,\",\"b\"]"));
    assert_eq!(shown(&1.into(), &"é".into()), ("1".to_owned(), "\"é\"".to_owned()));
    let (long, _) = shown(&"é".repeat(100).into(), &serde_json::Value::Null);
    assert_eq!(long.chars().count(), 61);
}
