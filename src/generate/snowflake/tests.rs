//! The generated files of real models: what stands in them by option, and that model files keep their meaning in the
//! forms that the platform's package loads. That it does load them is shown by tests/python/snowflake.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::tests::{fixture, input, text};
use super::super::{FileKind, Generated, Layout, ModelPlace, generate};
use crate::artifact::{Content, Engine, FunctionType, MethodOptions, Registration, Role};
use crate::compile::{CompileOptions, compile};
use crate::framework::{Source, read};
use crate::generate::GenerateInput;
use crate::yaml;

static FILES: [FileKind; 9] = [
    FileKind::SnowflakePickle,
    FileKind::SnowflakeSchema,
    FileKind::SnowflakeCode,
    FileKind::SnowflakeFunctions,
    FileKind::SnowflakeEnvironment,
    FileKind::SnowflakeModel,
    FileKind::SnowflakeManifest,
    FileKind::SnowflakeRegistration,
    FileKind::Readme,
];
static BESIDE: Layout = Layout { name: "snowflake", folder: "model/", model: ModelPlace::Beside, files: &FILES };
static WITHOUT_CLASS: &[FileKind] = FILES.split_at(1).1;
static LOADER: Layout =
    Layout { name: "snowflake-ml", folder: "model/", model: ModelPlace::Loader, files: WITHOUT_CLASS };

fn classifier(registration: Registration) -> GenerateInput {
    let mut input = input("xgboost/cat-classifier-3.2", "model.ubj");
    input.layout = &BESIDE;
    input.registration = registration;
    input.identity.version = "v1".into();
    input
}

fn generated(registration: Registration) -> Generated {
    generate(classifier(registration)).unwrap()
}

fn yaml_of(generated: &Generated, path: &str) -> Value {
    yaml::parse(text(generated, path).as_bytes()).unwrap()
}

fn paths(generated: &Generated) -> Vec<&str> {
    generated.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn the_same_input_gives_the_same_files() {
    let (a, b) = (generated(Registration::default()), generated(Registration::default()));
    assert_eq!(a.files, b.files);
    assert_eq!(a.manifest.emit().unwrap(), b.manifest.emit().unwrap());
}

#[test]
fn options_of_a_method_stand_in_the_manifest() {
    let options = |function_type, partitioned| MethodOptions { function_type, partitioned, ..MethodOptions::default() };
    let registration = Registration {
        target_methods: vec!["predict_raw".into(), "predict".into(), "predict_proba".into()],
        options: MethodOptions { max_batch_size: Some(100), ..MethodOptions::default() },
        method_options: BTreeMap::from([
            ("predict_raw".into(), options(Some(FunctionType::TableFunction), None)),
            ("predict_proba".into(), options(None, Some(true))),
            ("predict".into(), MethodOptions { native_output: Some(true), ..MethodOptions::default() }),
        ]),
        target_platforms: vec!["WAREHOUSE".into()],
        resource_constraint: BTreeMap::from([("architecture".into(), "x86".into())]),
        ..Registration::default()
    };
    let generated = generated(registration);
    let manifest = yaml_of(&generated, "MANIFEST.yml");
    let methods = manifest["methods"].as_array().unwrap();
    let told = |method: &Value| (method["name"].clone(), method["type"].clone(), method["outputs"].clone());
    let outputs = |names: &[&str]| -> Value {
        names.iter().map(|name| json!({"name": name, "type": "FLOAT"})).collect::<Vec<_>>().into()
    };
    assert_eq!(
        methods.iter().map(told).collect::<Vec<_>>(),
        [
            (json!("PREDICT_RAW"), json!("TABLE_FUNCTION"), outputs(&["MARGIN"])),
            (json!("PREDICT"), json!("FUNCTION"), json!([{"type": "BIGINT"}])),
            (json!("PREDICT_PROBA"), json!("TABLE_FUNCTION"), outputs(&["PROBABILITY_0", "PROBABILITY_1"])),
        ]
    );
    assert_eq!(manifest["target_platforms"], json!(["WAREHOUSE"]));
    assert_eq!(manifest["runtimes"]["python_runtime"]["resource_constraint"], json!({"architecture": "x86"}));
    for (file, expected) in [
        ("functions/predict_raw.py", "    @vectorized(input=pandas.DataFrame, max_batch_size=100)\n    def process("),
        ("functions/predict.py", "    return model.series(\"predict\", batch, wide=False)"),
        ("functions/predict_proba.py", "    @vectorized(input=pandas.DataFrame)\n    def end_partition("),
    ] {
        assert!(text(&generated, file).contains(expected), "{file}");
    }
    let metadata = yaml_of(&generated, "model/model.yaml");
    assert_eq!(metadata["function_properties"]["predict_proba"], json!({"PARTITIONED": true}));
    assert_eq!(metadata["method_options"]["predict"], json!({"function_type": "FUNCTION", "max_batch_size": 100}));
}

/// Where the packages of an environment come from.
#[test]
fn packages_come_from_the_channel_or_from_the_index() {
    let environment = |input: GenerateInput| {
        let generated = generate(input).unwrap();
        let dependencies = yaml_of(&generated, "MANIFEST.yml")["runtimes"]["python_runtime"]["dependencies"].clone();
        let conda = dependencies["conda"].as_str().map(|path| yaml_of(&generated, path)["dependencies"].clone());
        let pip = dependencies["pip"].as_str().map(|path| text(&generated, path).to_owned());
        (conda.unwrap_or_default(), pip.unwrap_or_default(), dependencies["artifact_repository_map"]["pip"].clone())
    };
    let shared = json!("snowflake.snowpark.pypi_shared_repository");
    let given = Registration {
        conda_dependencies: vec!["conda-forge::lz4==4.4.5".into(), "pip::shapely".into()],
        pip_requirements: vec!["wasmtime>=48,<49".into()],
        relax_versions: Some(true),
        ..Registration::default()
    };
    let of = |registration: &Registration| classifier(registration.clone());
    let nothing = Registration::default();
    assert_eq!(environment(of(&nothing)), (Value::Null, "pandas\nwasmtime==48.0.0\n".into(), shared.clone()));
    assert_eq!(
        environment(of(&given)),
        (
            json!(["python==3.10.*", "conda-forge::lz4<5,>=4.4"]),
            "pandas\nshapely\nwasmtime<49,>=48\n".into(),
            shared.clone()
        )
    );
    let mut native = of(&nothing);
    native.identity.engine = Engine::Native;
    let pinned = json!(["python==3.10.*", "numpy", "pandas", "scikit-learn", "xgboost==3.2.0"]);
    assert_eq!(environment(native), (pinned, String::new(), Value::Null));
    let mut relaxed = of(&Registration { relax_versions: Some(true), ..Registration::default() });
    relaxed.identity.engine = Engine::Native;
    assert_eq!(environment(relaxed).0[4], "xgboost<4,>=3.2");
    let own = BTreeMap::from([("pip".to_owned(), "db.schema.mirror".to_owned())]);
    let mut mirrored = of(&Registration { artifact_repository_map: own, ..Registration::default() });
    mirrored.identity.engine = Engine::Native;
    let (conda, pip, map) = environment(mirrored);
    assert_eq!((conda, map), (Value::Null, json!("db.schema.mirror")));
    assert_eq!(pip, "numpy\npandas\nscikit-learn\nxgboost==3.2.0\n");
}

#[test]
fn a_bundled_runtime_needs_no_index_but_its_machine() {
    let mut input = classifier(Registration::default());
    let library = "wasmtime/linux-x86_64/_libwasmtime.so";
    input.bundled_runtime = vec![(library.into(), b"library".to_vec())];
    let generated = generate(input).unwrap();
    assert!(paths(&generated).contains(&"model/runtime/wasmtime/linux-x86_64/_libwasmtime.so"));
    let runtime = &yaml_of(&generated, "MANIFEST.yml")["runtimes"]["python_runtime"];
    assert_eq!(runtime["dependencies"], json!({"conda": "runtimes/python_runtime/env/conda.yml"}));
    assert_eq!(runtime["resource_constraint"], json!({"architecture": "x86"}));
}

#[test]
fn nothing_ends_a_literal_or_a_comment_of_the_script() {
    let registration = Registration {
        comment: Some("it's $$ \\ R&D <% x %> {{ y }}\n; DROP MODEL churn".into()),
        metrics: json!({"a'b": "\\$$\n"}).as_object().cloned().unwrap(),
        aliases: vec!["\"my prod\"".into()],
        tags: BTreeMap::from([("governance.tags.team".into(), "O'Neil".into())]),
        ..Registration::default()
    };
    let mut input = classifier(registration);
    input.identity.name = "\"select\n-- x\"".into();
    input.identity.version = "\"1.0\"".into();
    let generated = generate(input).unwrap();
    let script = text(&generated, "register.sql");
    for expected in [
        "MODIFY VERSION \"1.0\" SET COMMENT = 'it''s $$ \\\\ R\\u0026D \\u003C% x %> \\u007B{ y }}\\n; DROP MODEL churn';\n",
        "SET METADATA = '{\"metrics\":{\"a''b\":\"\\\\\\\\$$\\\\n\"},\"snowpark_ml_schema_version\":\"2024-01-01\"}';\n",
        "VERSION \"1.0\" SET ALIAS = \"my prod\";\n",
        "SET TAG GOVERNANCE.TAGS.TEAM = 'O''Neil';\n",
    ] {
        assert!(script.contains(expected), "{expected}\n{script}");
    }
    let comments = script.lines().filter(|line| line.starts_with("-- ")).count();
    assert!(!script.contains("\n-- x\" ADD"), "a comment ends with its line, whatever the model is called\n{script}");
    assert!(comments >= 6);
}

#[test]
fn what_is_scored_differently_has_a_package_of_its_own() {
    let package = |generated: &Generated| {
        let file = generated.manifest.files.iter().find(|file| file.path.ends_with("/custom_model.py")).unwrap();
        file.path.split('/').nth(2).unwrap().to_owned()
    };
    let plain = package(&generated(Registration::default()));
    let mut other_columns = classifier(Registration::default());
    other_columns.signature.inputs[0].nullable = !other_columns.signature.inputs[0].nullable;
    let mut other_model = classifier(Registration::default());
    other_model.score_module = input("xgboost/binary-3.2", "model.json").score_module;
    for other in [other_columns, other_model] {
        assert_ne!(package(&generate(other).unwrap()), plain);
    }
    let other_comment = Registration { comment: Some("other".into()), ..Registration::default() };
    assert_eq!(package(&generated(other_comment)), plain);
}

/// The file that the platform's package loads compiles to the bytes of the file that the framework saved.
#[test]
fn a_model_file_means_the_same_in_the_form_of_a_loader() {
    for (case, name, path, model_type) in [
        ("xgboost/cat-classifier-3.2", "model.ubj", "model.ubj", "xgboost"),
        ("xgboost/binary-3.2", "model.json", "model.json", "xgboost"),
        ("lightgbm/cat_mixed-4.7", "model.txt", "model.pkl", "lightgbm"),
        ("lightgbm/names-3.3", "model.txt", "model.pkl", "lightgbm"),
        ("sklearn/columns-logistic-1.9", "model.joblib", "model.pkl", "sklearn"),
        ("sklearn/onehot-objects-1.9", "model.joblib", "model.pkl", "sklearn"),
        ("sklearn/hist-categories-1.0", "model.joblib", "model.pkl", "sklearn"),
        ("sklearn/boosting-multi-1.3", "model.joblib", "model.pkl", "sklearn"),
        ("sklearn/forest-pickle-1.9", "model.pkl", "model.pkl", "sklearn"),
    ] {
        let mut input = input(case, name);
        input.layout = &LOADER;
        input.identity.version = "v1".into();
        let compiled = input.score_module.as_ref().unwrap().wasm.clone();
        let generated = generate(input).unwrap();
        let file = generated.files.iter().find(|file| file.role == Role::Model).unwrap();
        assert_eq!(file.path, format!("model/models/CHURN/{path}"), "{case}");
        let Content::Bytes(bytes) = &file.content else { unreachable!() };
        let model = read(Source { name: path, bytes }).unwrap();
        assert_eq!(compile(&model, CompileOptions::default()).unwrap().wasm, compiled, "{case}");
        let metadata = yaml_of(&generated, "model/model.yaml");
        assert_eq!(metadata["model_type"], model_type, "{case}");
        assert_eq!(metadata["models"]["CHURN"]["path"], path, "{case}");
        let rewritten = *bytes != fixture(case, name);
        let noted = generated.manifest.notes.iter().any(|note| note.contains("plain pickle of the same object"));
        assert_eq!(noted, rewritten, "{case}");
    }
}

#[test]
fn what_cannot_be_offered_is_refused() {
    let options = MethodOptions { native_output: Some(true), ..MethodOptions::default() };
    let two_columns =
        Registration { method_options: BTreeMap::from([("predict_proba".into(), options)]), ..Registration::default() };
    let no_method = Registration { target_methods: vec!["transform".into()], ..Registration::default() };
    let task = Registration { task: Some("FORECAST".into()), ..Registration::default() };
    let of = |registration| generate(classifier(registration)).unwrap_err().code();
    assert_eq!(of(two_columns), "snowflake-method-option");
    assert_eq!(of(no_method), "unknown-method");
    assert_eq!(of(task), "snowflake-task");
    let mut odd = classifier(Registration::default());
    odd.methods.iter_mut().for_each(|method| method.name = "predict-all".into());
    assert_eq!(generate(odd).unwrap_err().code(), "snowflake-method-name");
    let mut unread = classifier(Registration::default());
    unread.layout = &LOADER;
    unread.model.framework.name = "other".into();
    unread.model.encoding = "unread".into();
    assert_eq!(generate(unread).unwrap_err().code(), "snowflake-layout");
}
