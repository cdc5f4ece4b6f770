//! Files that must be refused, and damaged ones that must not panic.

use serde_json::{Value, json};

use super::*;
use crate::framework::FRAMEWORKS;
use crate::graph::evaluate;
use crate::tensor::ElementType;
use crate::tensor::{Data, Matrix};

fn fixture(case: &str) -> Vec<u8> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case);
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut models = entries.filter(|path| path.file_stem().is_some_and(|stem| stem == "model"));
    std::fs::read(models.next().unwrap()).unwrap()
}

fn document(case: &str) -> Value {
    serde_json::from_slice(&fixture(&format!("xgboost/{case}"))).unwrap()
}

fn read_bytes(bytes: &[u8]) -> Result<Model> {
    super::read(Source { name: "model", bytes })
}

fn read_document(document: &Value) -> Result<Model> {
    read_bytes(document.to_string().as_bytes())
}

/// Place and message of the error for `case` with the value at `pointer` replaced (or, if null, removed).
fn refusal(case: &str, pointer: &str, value: Value) -> String {
    let mut document = document(case);
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(entries) if value.is_null() => drop(entries.remove(key).unwrap()),
        Value::Object(entries) => drop(entries.insert(key.into(), value)),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
    let error = read_document(&document).unwrap_err();
    format!("{}: {error}", error.place().unwrap_or_default())
}

const TREES: &str = "/learner/gradient_booster/model/trees";
const AT_TREES: &str = "`learner`, `gradient_booster`, `model`, `trees`";

#[test]
fn broken_trees_are_refused_with_their_place() {
    let plain = "squarederror-2.1";
    let vectors = "multi-class-vector-3.2";
    let categories = "cat-onehot-3.2";
    let table = [
        (plain, "0/left_children/0", json!(0), "tree 0, node 0: the node has two parents: expected a tree"),
        (plain, "1/right_children/0", json!(99), "tree 1, node 99: expected a node below 15, found a child 99"),
        (plain, "0/right_children/0", json!(-1), "tree 0, node 0: expected two children or none, found 1 and -1"),
        (plain, "0/left_children/0", json!(-1), "tree 0, node 0: expected two children or none, found -1 and 2"),
        (plain, "0/left_children/0", json!(1.5), "tree 0, `left_children`: expected an integer (i32), found `1.5`"),
        (plain, "0/left_children", json!([1, 2]), "tree 0, `left_children`: expected 15 elements, found 2"),
        (plain, "0/split_indices/0", json!(8), "tree 0, node 0: expected a feature below 8, found 8"),
        (plain, "0/split_indices/0", json!(-1), "tree 0, `split_indices`: expected an integer (u32), found `-1`"),
        (plain, "0/default_left/0", json!(2), "tree 0, node 0: expected a default direction of 0 or 1, found 2"),
        (plain, "0/split_type/0", json!(2), "tree 0, node 0: the split type 2 is unknown"),
        (plain, "0/split_type/0", json!(1), "tree 0, node 0: expected categories for a categorical split, found none"),
        (plain, "0/tree_param/num_nodes", json!("16"), "tree 0, `left_children`: expected 16 elements, found 15"),
        (
            plain,
            "0/tree_param/num_nodes",
            json!("-1"),
            "tree 0, `tree_param`, `num_nodes`: expected a number (usize), found `-1`",
        ),
        (plain, "0/split_conditions", Value::Null, "tree 0: expected a key `split_conditions`, found none"),
        (plain, "0/leaf_table", json!([]), "tree 0: the key `leaf_table` is not known here"),
        (
            plain,
            "0/tree_param/size_leaf_vector",
            json!("3"),
            "tree 0, `tree_param`: expected leaves of 1 outputs, found 3",
        ),
        (vectors, "0/leaf_weights/0", json!("x"), "tree 0, `leaf_weights`: expected a number, found text"),
        (vectors, "0/leaf_weights", json!([1.0]), "tree 0, `leaf_weights`: expected 21 elements, found 1"),
        (
            vectors,
            "1/tree_param/size_leaf_vector",
            json!("1"),
            "tree 1, node 3: expected two children or none, found -1 and 0",
        ),
        (
            categories,
            "0/categories_nodes/0",
            json!(9),
            "tree 0, `categories_nodes`: expected ascending nodes, found 9 before 4",
        ),
        (
            categories,
            "0/categories_sizes/0",
            json!(99),
            "tree 0, node 3: expected 99 categories from 0 on, found 6 in all",
        ),
        (
            categories,
            "0/categories/0",
            json!(16_777_216),
            "tree 0, node 3: expected a category code below 16777216, found 16777216",
        ),
    ];
    for (case, path, value, expected) in table {
        assert_eq!(
            refusal(case, &format!("{TREES}/{path}"), value),
            format!("{AT_TREES}, {expected}"),
            "{case} {path}"
        );
    }
}

#[test]
fn broken_learners_are_refused_with_their_place() {
    let plain = "squarederror-2.1";
    let dart = "dart-3.2";
    let linear = "gblinear-2.1";
    let model = "`learner`, `gradient_booster`, `model`";
    let parameters = "`learner`, `learner_model_param`";
    let cats = "`learner`, `gradient_booster`, `model`, `cats`, `enc`";
    let table = [
        (plain, "version", json!([1, 6, 2]), "`version`: files of XGBoost 1.6.2 are not known".into()),
        (plain, "version", json!([4, 0, 0]), "`version`: files of XGBoost 4.0.0 are not known".into()),
        (plain, "version", json!([3, 2]), "`version`: expected three numbers, found 2".into()),
        (plain, "learner", Value::Null, ": expected a key `learner`, found none".into()),
        (plain, "learner/extra", json!(1), "`learner`: the key `extra` is not known here".into()),
        (
            plain,
            "learner/feature_names",
            json!(["a"]),
            "`learner`, `feature_names`: expected one for each of 8 features, found 1".into(),
        ),
        (
            plain,
            "learner/feature_names/1",
            json!("age"),
            "`learner`, `feature_names`: the feature `age` stands twice".into(),
        ),
        (
            plain,
            "learner/feature_types/1",
            json!("text"),
            "`learner`, `feature_types`: the feature type `text` is not known".into(),
        ),
        (
            plain,
            "learner/objective/name",
            json!("reg:new"),
            "`learner`, `objective`, `name`: the objective `reg:new` cannot be compiled".into(),
        ),
        (
            plain,
            "learner/objective/name",
            json!("multi:softmax"),
            format!("{parameters}, `num_class`: expected classes for `multi:softmax`, found none"),
        ),
        (
            plain,
            "learner/gradient_booster/name",
            json!("gbforest"),
            "`learner`, `gradient_booster`, `name`: the booster `gbforest` is not known".into(),
        ),
        (
            plain,
            "learner/learner_model_param/num_feature",
            json!("0"),
            format!("{parameters}: 0 features, 0 classes and 1 targets cannot be"),
        ),
        (
            plain,
            "learner/learner_model_param/num_feature",
            json!("9999999"),
            format!("{parameters}: 9999999 features exceed the limit `features` of 1000000"),
        ),
        (
            plain,
            "learner/learner_model_param/num_target",
            json!("70000"),
            format!("{parameters}: 70000 classes exceed the limit `classes` of 65536"),
        ),
        (
            plain,
            "learner/learner_model_param/base_score",
            json!("[1,2]"),
            format!("{parameters}, `base_score`: expected a number for each of 1 outputs, found 2"),
        ),
        (
            plain,
            "learner/learner_model_param/base_score",
            json!("nan"),
            format!("{parameters}, `base_score`: expected a finite number for `reg:squarederror`, found `NaN`"),
        ),
        (
            "binary-2.1",
            "learner/learner_model_param/base_score",
            json!("1"),
            format!("{parameters}, `base_score`: expected a number between 0 and 1 for `binary:logistic`, found `1`"),
        ),
        (
            plain,
            "learner/gradient_booster/model/gbtree_model_param/num_trees",
            json!("5"),
            format!("{model}, `trees`: expected 5 trees (`num_trees`), found 6"),
        ),
        (
            plain,
            "learner/gradient_booster/model/tree_info/0",
            json!(1),
            format!("{model}, `tree_info`: expected a group below 1, found 1"),
        ),
        (
            plain,
            "learner/gradient_booster/model/tree_info",
            json!([0]),
            format!("{model}, `tree_info`: expected a group for each of 6 trees, found 1"),
        ),
        (
            plain,
            "learner/gradient_booster/model/iteration_indptr/2",
            json!(0),
            format!("{model}, `iteration_indptr`: expected rounds that begin at tree 0 and end at tree 6, in order"),
        ),
        (
            dart,
            "learner/gradient_booster/weight_drop",
            json!([1.0]),
            "`learner`, `gradient_booster`, `weight_drop`: expected 8 weights, found 1".into(),
        ),
        (
            linear,
            "learner/gradient_booster/model/weights",
            json!([1.0]),
            format!("{model}, `weights`: expected 9 weights, found 1"),
        ),
        (
            "cat-onehot-3.2",
            "learner/gradient_booster/model/cats/enc/2/offsets/1",
            json!(99),
            format!("{cats}, feature 2, `offsets`: category 0: found 0 to 99"),
        ),
        (
            "cat-onehot-3.2",
            "learner/gradient_booster/model/cats/enc/3/type",
            json!(8),
            format!("{cats}, feature 3: categories of the type 8 are unknown"),
        ),
        (
            "cat-onehot-3.2",
            "learner/gradient_booster/model/cats/enc",
            json!([{}]),
            format!("{cats}: expected an entry for each of 5 features, found 1"),
        ),
        (
            "early-stop-classifier-2.1",
            "learner/attributes/best_iteration",
            json!("11"),
            "`best_iteration`: expected a round below 11, found 11".into(),
        ),
        (
            "early-stop-classifier-2.1",
            "learner/attributes/scikit_learn",
            json!("{\"_estimator_type\": \"clusterer\"}"),
            "`attributes`, `scikit_learn`: a scikit-learn estimator of the type `clusterer` is not known".into(),
        ),
    ];
    for (case, path, value, expected) in table {
        assert_eq!(refusal(case, &format!("/{path}"), value), expected, "{case} {path}");
    }
}

#[test]
fn other_files_of_xgboost_are_refused_by_name() {
    let table: [(&[u8], &str); 3] = [
        (b"binf\0\0", "XGBoost's old binary format (`binf`) cannot be read"),
        (
            b"booster[0]:\n0:[f0<1] yes=1,no=2,missing=1",
            "a dump of trees is no model: objective and base_score are not in it",
        ),
        (b"[\n  { \"nodeid\": 0, \"depth\": 0", "a dump of trees is no model: objective and base_score are not in it"),
    ];
    for (bytes, expected) in table {
        assert!(recognises(bytes));
        let error = read_bytes(bytes).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.advice().is_some_and(|hint| hint.contains("save")));
    }
}

#[test]
fn files_are_recognised_by_their_content() {
    for (framework, ours) in [("xgboost", true), ("lightgbm", false), ("sklearn", false)] {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(framework);
        for case in std::fs::read_dir(root).unwrap() {
            let case = format!("{framework}/{}", case.unwrap().file_name().display());
            assert_eq!(recognises(&fixture(&case)), ours, "{case}");
        }
    }
    let spaced = serde_json::to_string_pretty(&document("squarederror-2.1")).unwrap();
    assert!(recognises(spaced.as_bytes()) && read_bytes(spaced.as_bytes()).is_ok());
    for other in ["", "{", "{}", "{\"version\": \"1.0\", \"tokenizer\": {}}", "{L", "{U\u{7f}"] {
        assert!(!recognises(other.as_bytes()), "{other}");
    }
    assert_eq!(FRAMEWORKS.iter().filter(|framework| framework.name == "xgboost").count(), 1);
}

const DAMAGED: [&str; 7] = [
    "one-leaf-3.2",
    "binary-ubj-1.7",
    "cat-partition-3.2",
    "gblinear-multi-3.2",
    "multi-label-vector-3.2",
    "early-stop-classifier-1.7",
    "classifier-dart-3.2",
];

#[test]
fn truncated_files_are_refused() {
    for case in DAMAGED {
        let bytes = fixture(&format!("xgboost/{case}"));
        for length in (0..bytes.len()).step_by(97) {
            assert!(read_bytes(&bytes[..length]).is_err(), "{case} cut to {length} bytes");
        }
    }
}

#[test]
fn flipped_bits_give_an_error_or_a_model() {
    for case in DAMAGED {
        let original = fixture(&format!("xgboost/{case}"));
        let (mut models, mut errors) = (0, 0);
        for i in (0..original.len()).step_by(31) {
            let mut bytes = original.clone();
            bytes[i] ^= 1 << (i % 8);
            match read_bytes(&bytes) {
                Ok(model) => models += usize::from(!model.methods.is_empty()),
                Err(error) => errors += usize::from(!error.to_string().is_empty()),
            }
        }
        assert_eq!(models + errors, original.len().div_ceil(31), "{case}");
        assert!(errors > 0, "{case}");
    }
}

#[test]
fn deep_trees_are_refused() {
    let n_nodes = 2 * 4097 + 1;
    let left: Vec<i32> = (0..n_nodes).map(|i| if i % 2 == 0 && i < n_nodes - 1 { i + 1 } else { -1 }).collect();
    let right: Vec<i32> = left.iter().map(|left| if *left < 0 { -1 } else { left + 1 }).collect();
    let zeros = vec![0; n_nodes as usize];
    let mut document = document("squarederror-2.1");
    let tree = &mut document.pointer_mut(TREES).unwrap()[0];
    tree["left_children"] = json!(left);
    tree["right_children"] = json!(right);
    for key in ["split_indices", "split_conditions", "default_left", "split_type"] {
        tree[key] = json!(zeros);
    }
    tree["tree_param"]["num_nodes"] = json!(n_nodes.to_string());
    let error = read_document(&document).unwrap_err();
    assert_eq!(error.to_string(), "4097 levels exceed the limit `tree-depth` of 4096");
}

/// The values of a method for one row of numbers.
fn score(model: &Model, method: &str, row: &[f32]) -> Data {
    let value = model.method(method).unwrap().outputs[0].value;
    let input = Matrix::new(1, row.len(), Data::F32(row.to_vec()));
    evaluate(&model.graph, &[value], 1, |_| input.clone()).unwrap()[0].data.clone()
}

#[test]
fn a_model_without_trees_answers_with_its_base_score() {
    let mut document = document("base-score-multi-3.2");
    let model = document.pointer_mut("/learner/gradient_booster/model").unwrap();
    model["gbtree_model_param"]["num_trees"] = json!("0");
    (model["trees"], model["tree_info"], model["iteration_indptr"]) = (json!([]), json!([]), json!([0]));
    document["learner"]["learner_model_param"]["base_score"] = json!("[1E-1,-2E-1,3E-1]");
    let model = read_document(&document).unwrap();
    assert!(model.method("apply").is_none());
    let row = vec![f32::INFINITY; model.fields.len()];
    assert_eq!(score(&model, "predict_raw", &row), Data::F32(vec![0.1, -0.2, 0.3]));
}

#[test]
fn the_state_that_python_pickles_holds_the_same_model() {
    let model = document("squarederror-2.1");
    let state = json!({"Config": {"learner": {}}, "Model": model});
    assert!(recognises(state.to_string().as_bytes()));
    let (inner, outer) = (read_document(&model).unwrap(), read_document(&state).unwrap());
    assert_eq!(inner.graph.dump(), outer.graph.dump());
}

#[test]
fn an_estimator_around_a_booster_decides_labels_and_missing_cells() {
    let booster = Booster::parse(&fixture("xgboost/classifier-unnamed-3.2")).unwrap();
    let read = |labels: Option<Data>, missing: f32| {
        let wrapper = Wrapper { labels, missing, ..Wrapper::of_class("XGBClassifier").unwrap() };
        let mut g = GraphBuilder::new(vec![ElementType::F32; booster.n_features()]);
        let x = g.all_inputs().unwrap();
        let methods = booster.lower(&mut g, x, Some(&wrapper)).unwrap();
        let mut model = read_bytes(&fixture("xgboost/classifier-unnamed-3.2")).unwrap();
        (model.methods, model.graph) = (methods, g.finish());
        model
    };
    let labels = ["low", "middle", "high"].map(|label| Some(label.to_owned())).to_vec();
    let (plain, labelled) = (read(None, f32::NAN), read(Some(Data::Text(labels)), -999.0));
    let missing = vec![f32::NAN; booster.n_features()];
    let sentinel = vec![-999.0; booster.n_features()];
    assert_eq!(score(&plain, "predict_raw", &missing), score(&labelled, "predict_raw", &sentinel));
    assert_ne!(score(&plain, "apply", &missing), score(&plain, "apply", &sentinel));
    let Data::I64(class) = score(&plain, "predict", &missing) else { panic!("classes are integers") };
    let names = &labelled.method("predict_proba").unwrap().outputs[0].columns;
    assert_eq!(score(&labelled, "predict", &sentinel), Data::Text(vec![Some(names[class[0] as usize].clone())]));
    let mut g = GraphBuilder::new(vec![ElementType::F32]);
    let x = g.all_inputs().unwrap();
    let error = booster.lower(&mut g, x, None).unwrap_err();
    assert_eq!(error.to_string(), "expected 4 features as float32, found 1 × float32");
}

#[test]
fn reports_show_what_the_file_says() {
    let model = read_bytes(&fixture("xgboost/early-stop-classifier-1.7")).unwrap();
    let shown = serde_json::to_string(&model.estimator).unwrap();
    assert_eq!(
        shown,
        r#"{"class":"XGBClassifier","hyperparameters":{"booster":"gbtree","objective":"binary:logistic","scale_pos_weight":1,"base_score":0.5,"num_parallel_tree":1,"boosting_rounds":13,"n_trees":13,"deepest_path":3,"best_iteration":8,"best_ntree_limit":9,"best_score":0.12196081660390068,"n_estimators":40,"max_depth":3,"learning_rate":0.6,"verbosity":0,"missing":"NaN","random_state":7,"n_jobs":1,"enable_categorical":false,"early_stopping_rounds":4}}"#
    );
}

#[test]
fn every_objective_has_a_fixture() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xgboost");
    let cases = std::fs::read_dir(root).unwrap().map(|case| case.unwrap().file_name().display().to_string());
    let boosters: Vec<Booster> =
        cases.filter_map(|case| Booster::parse(&fixture(&format!("xgboost/{case}"))).ok()).collect();
    for objective in OBJECTIVES {
        assert!(boosters.iter().any(|booster| booster.objective == objective), "{}", objective.name);
    }
}
