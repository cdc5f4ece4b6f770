//! The generated files of real models: the same bytes every time, sound JSON and YAML, and nothing pasted into Python.

use std::io::{Cursor, Write};

use serde_json::{Value, json};

use super::*;
use crate::abi::CODEGEN;
use crate::artifact::Compiled;
use crate::compile::{CompileOptions, compile};
use crate::framework::{Source, read};
use crate::model::{Category, DeclaredType, SignatureField, Statistics};
use crate::yaml;

const ALL: &[FileKind] = &[
    FileKind::ScoreScript,
    FileKind::Runtime,
    FileKind::InputSchema,
    FileKind::OutputSchema,
    FileKind::RequestSchema,
    FileKind::ResponseSchema,
    FileKind::Requirements,
    FileKind::Conda,
    FileKind::Metadata,
    FileKind::Readme,
    FileKind::ModelIgnore,
];

static ALL_AT_THE_TOP: Layout = Layout { name: "all", folder: "", model: ModelPlace::Beside, files: ALL };

pub(super) fn fixture(case: &str, file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{case}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub(super) fn input(case: &str, file: &str) -> GenerateInput {
    let bytes = fixture(case, file);
    let model = read(Source { name: file, bytes: &bytes }).unwrap();
    let module = compile(&model, CompileOptions::default()).unwrap();
    GenerateInput {
        identity: Identity {
            name: "churn".into(),
            version: "3.10".into(),
            description: Some("Who leaves | and `when`".into()),
            target: "oci".into(),
            engine: Engine::Wasm,
            use_case: Some("binary_classification".into()),
        },
        model: ModelEntry::of_model(&model),
        methods: module.abi.methods.iter().map(Into::into).collect(),
        model_name: file.into(),
        model_file: Content::Bytes(bytes),
        signature: Signature::of_model(&model),
        partitions: None,
        score_module: Some(ModuleInput {
            wasm: module.wasm,
            abi: module.abi,
            compiled: Some(Compiled { codegen: CODEGEN, options: CompileOptions::default() }),
        }),
        sample: None,
        environment: Environment { python_version: "3.10".into(), ..Environment::default() },
        provenance: None,
        notes: Vec::new(),
        bundled_runtime: Vec::new(),
        registration: Registration::default(),
        companions: Vec::new(),
        layout: &ALL_AT_THE_TOP,
        test_results: None,
    }
}

fn classifier() -> GenerateInput {
    input("xgboost/cat-classifier-3.2", "model.ubj")
}

pub(super) fn text<'a>(generated: &'a Generated, path: &str) -> &'a str {
    let file = generated.files.iter().find(|file| file.path == path).unwrap();
    let Content::Bytes(bytes) = &file.content else { unreachable!() };
    std::str::from_utf8(bytes).unwrap()
}

fn json_of(generated: &Generated, path: &str) -> Value {
    serde_json::from_str(text(generated, path)).unwrap()
}

#[test]
fn the_same_input_gives_the_same_bytes_and_no_path_of_this_machine() {
    let (a, b) = (generate(classifier()).unwrap(), generate(classifier()).unwrap());
    assert_eq!(a.files, b.files);
    assert_eq!(a.manifest.emit().unwrap(), b.manifest.emit().unwrap());
    assert_eq!(a.manifest.files.len(), a.files.len());
    for file in a.files.iter().filter(|file| !matches!(file.role, Role::Model | Role::ScoreModule)) {
        assert!(!text(&a, &file.path).contains(env!("CARGO_MANIFEST_DIR")), "{}", file.path);
    }
    for file in a.manifest.files.iter().filter(|file| file.path != "README.md") {
        assert!(text(&a, "README.md").contains(&format!("`{}`", file.path)), "{}", file.path);
    }
}

#[test]
fn versions_stay_texts_in_yaml() {
    let generated = generate(classifier()).unwrap();
    let runtime: Value = yaml::parse(text(&generated, "runtime.yaml").as_bytes()).unwrap();
    assert_eq!(runtime["MODEL_ARTIFACT_VERSION"], "3.0");
    assert_eq!(runtime["MODEL_DEPLOYMENT"]["INFERENCE_CONDA_ENV"]["INFERENCE_PYTHON_VERSION"], "3.10");
    let provenance = runtime["MODEL_PROVENANCE"].as_object().unwrap();
    assert_eq!(provenance.len(), 9);
    assert_eq!(provenance["TRAINING_CODE"]["ARTIFACT_DIRECTORY"], "");
    let conda: Value = yaml::parse(text(&generated, "conda.yaml").as_bytes()).unwrap();
    assert_eq!(conda["dependencies"][0], "python=3.10");
    assert_eq!(conda["dependencies"][2]["pip"], json!(["wasmtime==48.0.0", "xgboost==3.2.0", "numpy"]));
}

#[test]
fn the_request_schema_takes_every_form_and_refuses_wrong_types() {
    let generated = generate(classifier()).unwrap();
    let schema = jsonschema::draft202012::new(&json_of(&generated, "request.schema.json")).unwrap();
    let names = ["age", "bmi", "region", "plan", "s1"];
    let row = json!([53.0, null, "north", 7, "Infinity"]);
    let record: Value = names.iter().zip(row.as_array().unwrap()).map(|(name, value)| (*name, value.clone())).collect();
    let columns: Value =
        names.iter().zip(row.as_array().unwrap()).map(|(name, value)| (*name, json!([value]))).collect();
    let split = json!({"columns": names, "data": [row]});
    for rows in [record.clone(), json!([record]), columns, split, json!([row]), json!([])] {
        assert!(schema.is_valid(&rows), "{rows}");
        for method in ["predict", "predict_proba", "apply"] {
            assert!(schema.is_valid(&json!({"data": rows, "method": method})), "{rows}");
        }
    }
    assert!(schema.is_valid(&json!({"data": "k05VTVBZ", "data_type": "numpy.ndarray"})));
    let mut wrong = record.clone();
    wrong["age"] = json!("old");
    let mut short = record;
    short.as_object_mut().unwrap().remove("s1");
    for refused in [json!({"data": [wrong]}), json!({"data": [short]}), json!({"data": [[1, 2]]}), json!(7)] {
        assert!(!schema.is_valid(&refused), "{refused}");
    }
    assert!(!schema.is_valid(&json!({"data": [row], "method": "explain"})));
}

#[test]
fn the_response_schema_takes_the_framework_s_outputs() {
    for (case, file) in [
        ("xgboost/cat-classifier-3.2", "model.ubj"),
        ("xgboost/multi-target-3.2", "model.json"),
        ("sklearn/tree-multi-output-1.9", "model.joblib"),
        ("sklearn/logistic-bools-1.9", "model.joblib"),
        ("sklearn/logistic-strings-1.9", "model.joblib"),
    ] {
        let generated = generate(input(case, file)).unwrap();
        let schema = json_of(&generated, "response.schema.json");
        let expected: Value = serde_json::from_slice(&fixture(case, "expected.json")).unwrap();
        for (method, rows) in expected.as_object().unwrap() {
            // The schema of this method's rows alone, so that no other method's rows are taken for them.
            let mut alone = schema.clone();
            alone["properties"]["prediction"]["items"] = json!({"$ref": format!("#/$defs/methods/{method}")});
            let schema = jsonschema::draft202012::new(&alone).unwrap();
            assert!(schema.is_valid(&json!({"prediction": rows})), "{case}, {method}");
            assert!(!schema.is_valid(&json!({"prediction": [null, rows]})), "{case}, {method}");
        }
    }
}

#[test]
fn the_platform_schema_tells_types_constraints_and_statistics() {
    let mut input = classifier();
    input.signature = Signature {
        inputs: vec![
            SignatureField {
                statistics: Some(Statistics::of_numbers(&[0.5, f64::NAN, 1e300, -1.0 / 3.0])),
                nullable: true,
                ..SignatureField::new("a \"b\"", DeclaredType::Float64)
            },
            SignatureField {
                categories: Some(vec![Category::Text("it's".into()), Category::Integer(3)]),
                closed: true,
                statistics: Some(Statistics::of_texts([Some("it's"), None].into_iter())),
                ..SignatureField::new("c", DeclaredType::Category)
            },
            SignatureField {
                categories: Some(vec![Category::Text("x".into())]),
                ..SignatureField::new("d", DeclaredType::Category)
            },
            SignatureField::new("e", DeclaredType::Bool),
        ],
        outputs: Vec::new(),
    };
    let generated = generate(input).unwrap();
    let schema = json_of(&generated, "input_schema.json");
    let attributes = schema["schema"].as_array().unwrap();
    let keys: Vec<&String> = attributes[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["dtype", "feature_type", "name", "domain", "required", "description", "order"]);
    assert_eq!(attributes[0]["required"], false);
    let stats = &attributes[0]["domain"]["stats"];
    assert_eq!((&stats["count"], &stats["missing"]), (&json!(4), &json!(1)));
    assert_eq!(stats["sample minimum"], json!(-0.333333));
    assert_eq!(attributes[1]["domain"]["constraints"][0]["expression"], "$x in [\"it's\", 3]");
    assert_eq!(attributes[1]["domain"]["stats"]["unique"], 1);
    // Open categories are told, but nothing is confined to them.
    assert_eq!(attributes[2]["domain"]["constraints"], json!([]));
    assert_eq!(attributes[2]["domain"]["stats"]["categories"], json!(["x"]));
    assert_eq!(attributes[3]["domain"]["constraints"][0]["expression"], "$x in [True, False]");
    assert!(generated.manifest.signature.inputs.iter().all(|field| field.statistics.is_none()));
    let request = jsonschema::draft202012::new(&json_of(&generated, "request.schema.json")).unwrap();
    assert!(request.is_valid(&json!([[null, "it's", "y", true]])));
    assert!(!request.is_valid(&json!([[null, "its", "y", true]])));
}

#[test]
fn hostile_names_stay_data() {
    let hostile = "\"\"\"\nimport os\n{{ 7 * 7 }}\\";
    let mut input = classifier();
    input.identity.name = hostile.into();
    input.model.framework.version = Some(hostile.into());
    input.environment.python_version = hostile.into();
    input.notes = vec![hostile.into()];
    let generated = generate(input).unwrap();
    for path in ["score.py", "README.md", "requirements.txt", "conda.yaml", "runtime.yaml"] {
        let text = text(&generated, path);
        assert!(!text.lines().any(|line| line.trim() == "import os" && path != "score.py"), "{path}");
        assert!(!text.contains("49"), "{path}");
    }
    let script = text(&generated, "score.py");
    assert_eq!(script.lines().filter(|line| *line == "import os").count(), 1);
    assert!(script.starts_with("\"\"\"Scores rows with the model `\\\"\\\"\\\"\\x0aimport os\\x0a"), "{script:.200}");
    assert!(text(&generated, "requirements.txt").contains("\nxgboost\n"));
    let conda: Value = yaml::parse(text(&generated, "conda.yaml").as_bytes()).unwrap();
    assert_eq!(conda["name"], hostile);
    let again = Manifest::parse(&generated.manifest.emit().unwrap()).unwrap();
    assert_eq!(again, generated.manifest);
}

#[test]
fn a_model_file_keeps_a_plain_name() {
    for (name, expected) in [
        ("churn-1.2_final.ubj", "churn-1.2_final.ubj"),
        ("score.py", "model.ubj"),
        ("Manifest.YAML", "model.ubj"),
        ("runtime", "model.ubj"),
        (".hidden", "model.ubj"),
        ("mein modell.ubj", "model.ubj"),
        ("größe.ubj", "model.ubj"),
        ("nul.ubj", "model.ubj"),
        ("", "model.ubj"),
    ] {
        let generated = generate(GenerateInput { model_name: name.into(), ..classifier() }).unwrap();
        assert_eq!(generated.manifest.model.file, expected, "{name}");
        assert!(generated.manifest.file(expected).is_some_and(|file| file.role == Role::Model));
    }
}

#[test]
fn the_native_engine_loads_the_recorded_file_alone() {
    let native = |case, file| {
        let mut input = input(case, file);
        input.identity.engine = Engine::Native;
        generate(input).unwrap()
    };
    for (case, file, loader) in [
        ("xgboost/cat-classifier-3.2", "model.ubj", "xgboost.XGBClassifier()"),
        ("xgboost/squarederror-3.2", "model.json", "xgboost.Booster(model_file=path)"),
        ("lightgbm/binary-4.7", "model.txt", "lightgbm.Booster(model_file=path)"),
        ("sklearn/logistic-strings-1.9", "model.joblib", "joblib.load(io.BytesIO(content))"),
    ] {
        let generated = native(case, file);
        let script = text(&generated, "score.py");
        assert!(script.contains(loader), "{case}");
        let digest = generated.manifest.file(&generated.manifest.model.file).unwrap().sha256;
        assert!(script.contains(&format!("MODEL_SHA256 = \"{digest}\"")), "{case}");
        assert!(!script.contains("wasmtime"), "{case}");
        assert!(generated.manifest.score_module.is_some(), "the module is bundled all the same");
        assert!(!text(&generated, "requirements.txt").contains("wasmtime"));
    }
}

#[test]
fn what_cannot_be_generated_is_refused() {
    let refused = |change: &dyn Fn(&mut GenerateInput)| {
        let mut input = classifier();
        change(&mut input);
        generate(input).unwrap_err().code()
    };
    assert_eq!(refused(&|input| input.score_module = None), "engine-without-module");
    assert_eq!(refused(&|input| input.methods.clear()), "no-method");
    assert_eq!(refused(&|input| input.bundled_runtime = vec![("../x".into(), Vec::new())]), "member-name");
    let unknown = |input: &mut GenerateInput| {
        input.identity.engine = Engine::Native;
        input.model.framework.name = "spark".into();
    };
    assert_eq!(refused(&unknown), "native-engine");
}

#[test]
fn a_wheel_is_unpacked_below_its_own_folder() {
    let wheel = |names: &[&str]| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(b"x = 1\n").unwrap();
        }
        unpack_wheel(writer.finish().unwrap().get_ref())
    };
    let files = wheel(&["wasmtime/__init__.py", "wasmtime/linux-x86_64/_libwasmtime.so"]).unwrap();
    let generated = generate(GenerateInput { bundled_runtime: files, ..classifier() }).unwrap();
    assert!(generated.manifest.environment.bundled_runtime);
    assert!(generated.manifest.file("runtime/wasmtime/linux-x86_64/_libwasmtime.so").is_some());
    assert!(text(&generated, "score.py").contains("os.path.join(HERE, \"runtime\")"));
    assert_eq!(wheel(&["numpy/__init__.py"]).unwrap_err().code(), "wheel");
    assert_eq!(wheel(&["wasmtime/__init__.py", "../x"]).unwrap_err().code(), "member-name");
    assert_eq!(unpack_wheel(b"PK").unwrap_err().code(), "wheel");
}
