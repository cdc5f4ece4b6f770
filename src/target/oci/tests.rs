//! Artifacts made from a real one by changing a file: what each test and rule says of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::TARGET;
use crate::abi::CODEGEN;
use crate::artifact::{
    Artifact, ArtifactFile, Compiled, Content, Engine, Environment, FILE_LIST, Identity, MANIFEST, Manifest,
    ModelEntry, Registration, Role, Staged, WriteOptions, list_files,
};
use crate::compile::{CompileOptions, compile};
use crate::finding::{Finding, Outcome, Report, Severity};
use crate::framework::{Source, read};
use crate::generate::{GenerateInput, ModuleInput, SampleInput, generate};
use crate::model::{DeclaredType, Signature, SignatureField};
use crate::provenance::Provenance;
use crate::target::{Against, check, check_time, introspect};

const PATH: &str = "oci://service-conda-packs@id19sfcrra6z/service_pack/cpu/ml/1.0/generalml_p311_cpu_x86_64_v1";

/// The files of an artifact with its manifest, to be changed and written.
struct Draft {
    manifest: Manifest,
    files: BTreeMap<String, (Role, Vec<u8>)>,
}

impl Draft {
    fn new() -> Self {
        Draft::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut GenerateInput)) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xgboost/classifier-3.2");
        let bytes = std::fs::read(folder.join("model.ubj")).unwrap();
        let model = read(Source { name: "model.ubj", bytes: &bytes }).unwrap();
        let module = compile(&model, CompileOptions::default()).unwrap();
        let row = model.fields.iter().map(|field| (field.name.clone(), json!(0.5))).collect();
        let mut input = GenerateInput {
            identity: Identity {
                name: "churn".into(),
                version: "1".into(),
                description: None,
                target: "oci".into(),
                engine: Engine::Wasm,
                use_case: Some("binary_classification".into()),
            },
            model: ModelEntry::of_model(&model),
            methods: module.abi.methods.iter().map(Into::into).collect(),
            model_name: "model.ubj".into(),
            model_file: Content::Bytes(bytes),
            signature: Signature::of_model(&model),
            partitions: None,
            score_module: Some(ModuleInput {
                wasm: module.wasm,
                abi: module.abi,
                compiled: Some(Compiled { codegen: CODEGEN, options: CompileOptions::default() }),
            }),
            sample: Some(SampleInput {
                rows: vec![row],
                expected: json!({"predict": [1]}),
                synthetic: false,
                recorded_by: crate::artifact::Recorder::Scorepack,
            }),
            environment: Environment {
                python_version: "3.11".into(),
                inference_slug: "generalml_p311_cpu_x86_64_v1".into(),
                inference_type: "data_science".into(),
                inference_path: PATH.into(),
                bundled_runtime: false,
            },
            registration: Registration::default(),
            provenance: Some(Provenance {
                commit: "a".repeat(40),
                branch: Some("main".into()),
                repository: Some("https://example.org/m.git".into()),
                dirty: Some(false),
            }),
            notes: Vec::new(),
            bundled_runtime: Vec::new(),
            companions: Vec::new(),
            layout: &TARGET.layouts[0],
            test_results: TARGET.introspection.map(|introspection| introspection.results),
        };
        change(&mut input);
        let generated = generate(input).unwrap();
        let content = |file: ArtifactFile| match file.content {
            Content::Bytes(bytes) => (file.path, (file.role, bytes)),
            Content::File(_) => unreachable!(),
        };
        Draft { manifest: generated.manifest, files: generated.files.into_iter().map(content).collect() }
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(self.files[path].1.clone()).unwrap()
    }

    /// Replaces a file, or adds one.
    fn put(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        let role = self.files.get(path).map_or(Role::Added, |(role, _)| *role);
        self.files.insert(path.into(), (role, content.into()));
        self
    }

    fn replace(self, path: &str, from: &str, to: &str) -> Self {
        let text = self.text(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.put(path, text.replace(from, to))
    }

    /// Writes the artifact as a directory; `change` breaks it after that.
    fn write(self, change: impl FnOnce(&Path)) -> Written {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let new = |(path, (role, bytes)): (String, (Role, Vec<u8>))| ArtifactFile::new(path, role, bytes);
        let mut files: Vec<ArtifactFile> = self.files.into_iter().map(new).collect();
        let manifest = Manifest { files: list_files(&mut files).unwrap(), ..self.manifest };
        Staged::write(&path, &manifest, &files, WriteOptions::default()).unwrap().publish().unwrap();
        change(&path);
        Written { artifact: Artifact::open(&path).unwrap(), _folder: folder }
    }

    fn report(self) -> Report {
        self.write(|_| ()).report(&Against::default())
    }
}

struct Written {
    artifact: Artifact,
    _folder: tempfile::TempDir,
}

impl Written {
    fn report(&self, against: &Against) -> Report {
        check(&self.artifact, "a", against).unwrap()
    }

    fn results(&self) -> Value {
        introspect(&self.artifact, None).unwrap()
    }
}

/// What a report says under a code.
fn findings<'a>(report: &'a Report, code: &str) -> Vec<&'a Finding> {
    report.findings.iter().filter(|finding| finding.code == code).collect()
}

fn outcome(report: &Report, code: &str) -> Outcome {
    report.rules.iter().find(|rule| rule.code == code).unwrap_or_else(|| panic!("no rule {code}")).outcome
}

const SERVICE_KEYS: [&str; 11] = [
    "score_py",
    "runtime_yaml",
    "score_syntax",
    "score_load_model",
    "score_predict",
    "score_predict_data",
    "score_predict_arg",
    "runtime_version",
    "runtime_env_python",
    "runtime_env_path",
    "runtime_path_exist",
];

#[test]
fn a_fresh_artifact_passes_and_its_results_have_the_platform_s_shape() {
    let written = Draft::new().write(|_| ());
    let report = written.report(&Against::default());
    let errors: Vec<&Finding> = report.findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(report.rules.iter().filter(|rule| rule.outcome == Outcome::Failed).count(), 0);
    let results = written.results();
    let rows = results.as_object().unwrap();
    let keys: Vec<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(keys[..11], SERVICE_KEYS);
    assert_eq!(keys[11..14], ["runtime_env_type", "runtime_env_slug", "runtime_slug_exist"]);
    let columns = |key: &str| -> Vec<&str> { rows[key].as_object().unwrap().keys().map(String::as_str).collect() };
    assert_eq!(columns("score_py"), ["key", "category", "description", "error_msg", "success"]);
    assert_eq!(columns("score_syntax"), ["category", "description", "error_msg", "success"]);
    assert_eq!(columns("runtime_env_path"), ["category", "description", "error_msg", "success", "value"]);
    assert_eq!(results["runtime_env_python"]["value"], "3.11");
    // What only the network knows is never passed.
    assert_eq!(columns("runtime_path_exist"), ["category", "description", "error_msg"]);
    assert!(rows["runtime_path_exist"]["error_msg"].as_str().unwrap().starts_with("WARNING"));
    assert_eq!(outcome(&report, "oci-env-path-exists"), Outcome::NotProven);
    for (key, row) in rows.iter().filter(|(key, _)| !key.ends_with("_exist")) {
        assert_eq!(row["success"], true, "{key}: {row}");
    }
}

#[test]
fn the_catalog_gets_the_same_results() {
    let draft = Draft::new();
    let defined: Value = serde_json::from_str(&draft.text("metadata/defined.json")).unwrap();
    let items = defined.as_array().unwrap();
    let value = |key: &str| items.iter().find(|item| item["key"] == key).unwrap()["value"].as_str().unwrap();
    assert_eq!((value("UseCaseType"), value("Framework")), ("binary_classification", "xgboost"));
    let stored: Value = serde_json::from_str(value("ArtifactTestResults")).unwrap();
    let all = draft.write(|_| ()).results();
    let stored = stored.as_object().unwrap();
    assert_eq!(stored.len(), 14);
    for (key, row) in stored {
        assert_eq!(all[key], *row, "{key}");
    }
}

/// A score.py with these two functions.
fn script(load_model: &str, predict: &str) -> String {
    format!("import json\n\ndef load_model{load_model}\n\ndef predict{predict}\n")
}

#[test]
fn each_test_of_score_py_fails_where_it_should() {
    let (load, predict) = ("(name='score.wasm'):\n    return 1", "(data, model=load_model()):\n    return {}");
    let good = script(load, predict);
    let report = Draft::new().put("score.py", good).report();
    assert_eq!(report.findings.iter().filter(|finding| finding.severity == Severity::Error).count(), 0);
    let with = |load: &str, predict: &str| script(load, predict);
    let table: &[(String, &str, &str)] = &[
        ("def f(1): pass\n".into(), "oci-score-syntax", "expected a name"),
        ("import json\n".into(), "oci-load-model", "`load_model` is not defined"),
        ("import json\n".into(), "oci-predict", "`predict` is not defined"),
        (with(load, predict).replace("def load", "async def load"), "oci-load-model", "async"),
        (with(load, predict).replace("def predict", "async def predict"), "oci-predict", "async"),
        (with(load, "(rows):\n    pass"), "oci-predict-data", "found `rows`"),
        (with(load, "():\n    pass"), "oci-predict-data", "found none"),
        (with(load, "():\n    pass"), "oci-predict-call", "takes no argument"),
        (with(load, "(data, /):\n    pass"), "oci-predict-data", "found none"),
        (with(load, "(data, /, model=1):\n    pass"), "oci-predict-call", "`data` can be given by position only"),
        (with(load, "(data, model):\n    pass"), "oci-predict-arguments", "`model`"),
        (with(load, "(data=None, model=1):\n    pass"), "oci-predict-arguments", "`data` has a default value"),
        (with(load, "(data, *, model):\n    pass"), "oci-predict-call", "`model`, which the service does not give"),
        (with("(path):\n    return 1", predict), "oci-load-model-value", "asks for `path`"),
        (with("():\n    x = 1", predict), "oci-load-model-value", "returns nothing"),
        (with("():\n    return None", predict), "oci-load-model-value", "returns nothing"),
        (with("(name='other.bin'):\n    return 1", predict), "oci-model-file", "`other.bin` is missing"),
        (with(load, predict) + "import nothing_like_it\n", "oci-imports", "`nothing_like_it` is in neither"),
        (with(load, predict) + "def f():\n    import pandas\n", "oci-imports", "`pandas`"),
        (with(load, predict) + "from . import own\n", "oci-imports", "no package around it"),
    ];
    for (source, code, message) in table {
        let report = Draft::new().put("score.py", source.as_str()).report();
        let found = findings(&report, code);
        assert!(found.iter().any(|finding| finding.message.contains(message)), "{source}\n{:?}", report.findings);
        assert_eq!(outcome(&report, code), Outcome::Failed, "{source}");
    }
    let odd = Draft::new().put("score.py", b"x = '\xff'\n".to_vec()).report();
    assert_eq!(findings(&odd, "oci-score-syntax")[0].place.as_deref(), Some("byte 5"));
    // What is not defined cannot be judged further, and is not counted as passed.
    let report = Draft::new().put("score.py", "import json\n").report();
    for code in ["oci-predict-data", "oci-predict-arguments", "oci-predict-call", "oci-load-model-value"] {
        assert_eq!(outcome(&report, code), Outcome::NotProven, "{code}");
    }
}

#[test]
fn imports_are_looked_for_where_python_would() {
    let with = |lines: &str| {
        let draft = Draft::new();
        let source = format!("{lines}\n{}", draft.text("score.py"));
        draft.put("score.py", source)
    };
    let missing = |report: &Report| -> Vec<String> {
        findings(report, "oci-imports").iter().map(|finding| finding.message.clone()).collect()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(missing(&with("import own").put("own.py", "import json").report()), none);
    assert_eq!(missing(&with("import pack.part").put("pack/part.py", "x = 1").report()), none);
    let package = with("from pack import part").put("pack/__init__.py", "from .part import x\nfrom . import part");
    assert_eq!(missing(&package.put("pack/part.py", "import math\nimport numpy").report()), none, "numpy is there");
    let inner = with("import own").put("own.py", "import not_there").report();
    assert_eq!(findings(&inner, "oci-imports")[0].file.as_deref(), Some("own.py"));
    let relative = with("import pack").put("pack/__init__.py", "from .gone import x").report();
    assert_eq!(missing(&relative), ["`pack` has no module `gone`"]);
    assert_eq!(missing(&with("try:\n    import torch\nexcept ImportError:\n    torch = None").report()), none);
    assert_eq!(missing(&with("import yaml, sklearn").report()).len(), 2);
    let named = with("import yaml, sklearn.linear_model, scipy");
    let requirements = named.text("requirements.txt") + "PyYAML>=6\nscikit_learn\n";
    assert_eq!(missing(&named.put("requirements.txt", requirements).report()), none);
    let old = with("import distutils").report();
    assert_eq!(missing(&old), none, "3.11 has it");
    let new = with("import distutils").replace("runtime.yaml", "3.11", "3.12").report();
    assert_eq!(missing(&new), ["`distutils` is not in the standard library of Python 3.12"]);
}

#[test]
fn each_test_of_runtime_yaml_fails_where_it_should() {
    let python = "INFERENCE_PYTHON_VERSION: \"3.11\"";
    assert!(Draft::new().text("runtime.yaml").contains(python));
    for (from, to, code, message) in [
        ("MODEL_ARTIFACT_VERSION: \"3.0\"", "MODEL_ARTIFACT_VERSION: 3.0", "oci-artifact-version", "the number 3.0"),
        ("MODEL_ARTIFACT_VERSION: \"3.0\"", "MODEL_ARTIFACT_VERSION: 3.0", "oci-version-quoted", "without quotes"),
        ("MODEL_ARTIFACT_VERSION: \"3.0\"", "MODEL_ARTIFACT_VERSION: '2.0'", "oci-artifact-version", "found `2.0`"),
        (python, "INFERENCE_PYTHON_VERSION: 3.10", "oci-env-python", "found the number 3.1"),
        (python, "INFERENCE_PYTHON_VERSION: 3.12", "oci-version-quoted", "the number 3.12"),
        (python, "INFERENCE_PYTHON_VERSION: [3, 12]", "oci-runtime-keys", "expected a text, found a list"),
        (python, "INFERENCE_PYTHON_VERSION: '3.5'", "oci-env-python", "found `3.5`"),
        (python, "INFERENCE_PYTHON_VERSION: '3.15'", "oci-env-python", "found `3.15`"),
        (python, "INFERENCE_PYTHON_VERSION: ''", "oci-env-python", "found ``"),
        ("data_science", "banana", "oci-env-type", "found `banana`"),
        ("data_science", "''", "oci-env-type", "found ``"),
        ("INFERENCE_ENV_PATH: oci:", "INFERENCE_ENV_PATH: x:", "oci-env-path-exists", "expected `oci://bucket"),
        ("service-conda-packs@id19sfcrra6z", "service-conda-packs", "oci-env-path-exists", "expected `oci://bucket"),
        ("MODEL_PROVENANCE:", "PROVENANCE:", "oci-runtime-keys", "expected a mapping, found nothing"),
        ("PROJECT_OCID: \"\"", "PROJECT_OCID: null", "oci-runtime-keys", "expected a text, found nothing"),
        ("INFERENCE_ENV_TYPE:", "ENV_TYPE:", "oci-runtime-keys", "knows no key `ENV_TYPE`"),
        ("USER_OCID: \"\"", "USER: ''", "oci-runtime-keys", "expected a text, which may be empty, found nothing"),
        ("ARTIFACT_DIRECTORY: \"\"", "ARTIFACT_DIRECTORY: /home/me/m", "oci-private", "a path of the machine"),
    ] {
        let report = Draft::new().replace("runtime.yaml", from, to).report();
        let found = findings(&report, code);
        assert!(found.iter().any(|finding| finding.message.contains(message)), "{to}: {code}\n{:?}", report.findings);
        assert_eq!(outcome(&report, code), Outcome::Failed, "{to}");
    }
    for (to, code) in [
        ("INFERENCE_PYTHON_VERSION: '3.6'", "oci-env-python"),
        ("INFERENCE_PYTHON_VERSION: '3.14'", "oci-env-python"),
        ("INFERENCE_PYTHON_VERSION: '3.11.4'", "oci-env-python"),
        // The service takes a number whose digits survive; its client does not.
        ("INFERENCE_PYTHON_VERSION: 3.12", "oci-env-python"),
    ] {
        let report = Draft::new().replace("runtime.yaml", python, to).report();
        assert_eq!(outcome(&report, code), Outcome::Passed, "{to}");
    }
    let broken = Draft::new().put("runtime.yaml", "a: [").report();
    assert_eq!(
        outcome(&broken, "oci-runtime-yaml"),
        Outcome::Passed,
        "it is there, which is all that the service asks"
    );
    assert_eq!(outcome(&broken, "oci-runtime-keys"), Outcome::Failed);
    assert_eq!(outcome(&broken, "oci-artifact-version"), Outcome::NotProven);
    let report = Draft::new().replace("runtime.yaml", "generalml_p311", "generalml_p39").report();
    assert_eq!(findings(&report, "oci-python-differs").len(), 1);
    assert!(findings(&report, "oci-python-differs")[0].message.contains("Python 3.9"));
}

#[test]
fn without_an_environment_one_warning_says_so() {
    let report =
        Draft::new().replace("runtime.yaml", PATH, "''").replace("runtime.yaml", "data_science", "''").report();
    let found: Vec<&str> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert!(found.contains(&"oci-env-path") && !found.contains(&"oci-env-type"), "{found:?}");
    assert_eq!(outcome(&report, "oci-env-path"), Outcome::NotProven);
    assert!(report.is_clean(), "{:?}", report.findings);
}

#[test]
fn missing_files_are_told() {
    for (name, code) in [
        ("score.py", "oci-score-py"),
        ("runtime.yaml", "oci-runtime-yaml"),
        ("model.ubj", "oci-model-file"),
        ("score.wasm", "oci-model-file"),
        (FILE_LIST, "oci-file-list"),
    ] {
        let written = Draft::new().write(|path| std::fs::remove_file(path.join(name)).unwrap());
        let report = written.report(&Against::default());
        assert_eq!(outcome(&report, code), Outcome::Failed, "{name}");
        assert!(!findings(&report, code).is_empty(), "{name}");
    }
    let written = Draft::new().write(|path| std::fs::write(path.join("score.py"), "x = 1\n").unwrap());
    let report = written.report(&Against::default());
    assert!(findings(&report, "oci-file-list")[0].message.contains("`score.py`"), "{:?}", report.findings);
    assert_eq!(written.results()["artifact_file_list"]["success"], false);
    let mut old = Draft::new();
    old.manifest.file_list = None;
    assert_eq!(findings(&old.report(), "oci-file-list")[0].severity, Severity::Warning);
}

#[test]
fn patterns_that_leave_out_what_is_needed_are_told() {
    for (patterns, needle) in [
        ("*.wasm\n", "`*.wasm` leaves out `score.wasm`, which score.py needs"),
        ("metadata/\n", "`metadata/` leaves out `metadata/custom.json`"),
        ("manifest.yaml\n", "without which the artifact is none"),
        ("*\n!score.py\n", "and "),
        ("/*.py\n", "`score.py`"),
    ] {
        let report = Draft::new().put(".model-ignore", patterns).report();
        let found = findings(&report, "oci-ignored-file");
        assert!(found.iter().any(|finding| finding.message.contains(needle)), "{patterns}: {found:?}");
        assert_eq!(found[0].severity, Severity::Error);
    }
    let kept = Draft::new().put(".model-ignore", "*.wasm\n!score.wasm\n").report();
    assert!(findings(&kept, "oci-ignored-file").is_empty());
    // The client knows no `!`, and it takes a folder's name as the start of any name.
    assert!(findings(&kept, "oci-ignored-by-client")[0].message.contains("leaves out `score.wasm`"));
    let report = Draft::new().put("build_features.py", "x = 1").put(".model-ignore", "build/\n").report();
    assert!(findings(&report, "oci-ignored-file").is_empty());
    let found = findings(&report, "oci-ignored-by-client");
    assert!(found[0].message.contains("`build_features.py`"), "{found:?}");
    assert_eq!(found[0].severity, Severity::Warning);
    let report = Draft::new().put(".model-ignore", "var/\n").report();
    assert!(findings(&report, "oci-ignored-by-client")[0].message.contains("below a folder `var…`"));
    assert_eq!(outcome(&Draft::new().report(), "oci-ignored-by-client"), Outcome::Passed, "our own file is safe");
    let long = Draft::new().put(".model-ignore", "x\n".repeat(40_000)).report();
    assert!(findings(&long, "oci-ignored-file")[0].message.contains("65536"));
}

#[test]
fn metrics_and_hyperparameters_reach_the_catalog_without_what_is_nobody_s_business() {
    let metrics = json!({"auc": 0.91, "test set": "/home/me/test.csv", "by class": {"a": 1}});
    let draft = Draft::with(|input| {
        input.registration.metrics = metrics.as_object().unwrap().clone();
        input.model.estimator.hyperparameters.insert("memory".into(), json!("/tmp/joblib"));
        input.model.estimator.hyperparameters.insert("eta".into(), json!(0.1));
    });
    let custom: Value = serde_json::from_str(&draft.text("metadata/custom.json")).unwrap();
    let value = |key: &str| custom.as_array().unwrap().iter().find(|item| item["key"] == key).unwrap()["value"].clone();
    assert_eq!((value("auc"), value("by class")), (json!("0.91"), json!("{\"a\":1}")));
    assert_eq!(value("test set"), "(left out: a path of the machine that made it)");
    assert!(value("ModelArtifacts").as_str().unwrap().starts_with("model.ubj, score.wasm, score.py, "));
    let defined = draft.text("metadata/defined.json");
    assert!(defined.contains("\\\"eta\\\":0.1") && !defined.contains("/tmp"), "{defined}");
    let provenance: Value = serde_json::from_str(&draft.text("metadata/provenance.json")).unwrap();
    let commit = "a".repeat(40);
    let expected = json!({"gitBranch": "main", "gitCommit": commit, "repositoryUrl": "https://example.org/m.git"});
    assert_eq!(provenance, expected);
    let report = draft.report();
    assert_eq!(outcome(&report, "oci-metadata"), Outcome::Passed);
    assert_eq!(outcome(&report, "oci-private"), Outcome::Passed);
}

#[test]
fn metadata_are_what_the_api_takes() {
    let defined = |items: Value| Draft::new().put("metadata/defined.json", items.to_string());
    let custom = |items: Value| Draft::new().put("metadata/custom.json", items.to_string());
    for (draft, message) in [
        (defined(json!([{"key": "UseCaseType", "value": "guessing"}])), "found `guessing`"),
        (defined(json!([{"key": "Framework", "value": "lightGBM"}])), "found `lightGBM`"),
        (defined(json!([{"key": "Color", "value": "red"}])), "no such key"),
        (defined(json!([{"key": "Hyperparameters", "value": {"a": 1}}])), "expected a text as `value`"),
        (defined(json!({})), "expected a list"),
        (Draft::new().put("metadata/defined.json", "["), "expected JSON"),
        (Draft::new().put("metadata/defined.json", " ".repeat(1_048_577)), "expected at most 1048576 bytes"),
        (custom(json!([{"key": "a", "value": "b", "category": "Fun"}])), "no group `Fun`"),
        (custom(json!([{"key": "a", "value": "b"}, {"key": "a", "value": "c"}])), "stands twice"),
        (custom(json!([{"key": "a", "value": "b", "colour": 1}])), "no `colour`"),
        (custom(json!([{"value": "b"}])), "a text as `key`"),
        (custom(json!(["a"])), "expected an object"),
        (Draft::new().put("metadata/provenance.json", "{\"git_commit\": \"a\"}"), "no such key"),
    ] {
        let report = draft.report();
        let found = findings(&report, "oci-metadata");
        assert!(found.iter().any(|finding| finding.message.contains(message)), "{message}: {found:?}");
    }
    let report = custom(json!([{"key": "a", "value": "b", "category": "Performance", "description": "c"}])).report();
    assert_eq!(outcome(&report, "oci-metadata"), Outcome::Passed);
    let told = custom(json!([{"key": "a", "value": "https://me:pw@example.org/x"}])).report();
    assert_eq!(findings(&told, "oci-private")[0].message, "the line tells a password in an address");
    assert!(!format!("{told:?}").contains("pw@"), "the report repeats the password");
}

/// The findings of a rule for a draft at a limit and one past it.
#[track_caller]
fn at_the_limit(code: &str, severity: Severity, limit: u64, draft: impl Fn(u64) -> Draft) {
    let report = draft(limit).report();
    let usage = report.rules.iter().find(|rule| rule.code == code).unwrap().usage.clone().unwrap();
    assert_eq!((usage.used, usage.limit), (limit, limit), "{code}");
    assert!(findings(&report, code).iter().all(|f| !f.message.contains("exceed")), "{code} at its limit");
    let report = draft(limit + 1).report();
    let found = findings(&report, code);
    assert!(found.iter().any(|f| f.message.contains("exceed") && f.severity == severity), "{code} past it: {found:?}");
}

#[test]
fn texts_of_the_metadata_have_limits() {
    let item = |value: usize, description: usize| {
        let item = json!([{"key": "a", "value": "é".repeat(value), "description": "é".repeat(description)}]);
        Draft::new().put("metadata/custom.json", item.to_string())
    };
    at_the_limit("oci-custom-value", Severity::Error, 255, |chars| item(chars as usize, 1));
    at_the_limit("oci-description", Severity::Error, 255, |chars| item(1, chars as usize));
    at_the_limit("oci-description", Severity::Error, 255, |chars| {
        let mut draft = Draft::new();
        draft.manifest.artifact.description = Some("é".repeat(chars as usize));
        draft
    });
    at_the_limit("oci-metadata-size", Severity::Error, 32_000, |bytes| {
        let list = |length: usize| json!([{"key": "Hyperparameters", "value": "x".repeat(length)}]);
        let draft = Draft::new().put("metadata/custom.json", "[\n]");
        let frame = list(0)[0].to_string().len();
        draft.put("metadata/defined.json", format!("{:#}", list(bytes as usize - frame)))
    });
}

#[test]
fn schemas_have_limits() {
    at_the_limit("oci-schema-size", Severity::Warning, 32_000, |bytes| {
        Draft::new()
            .put("input_schema.json", " ".repeat(20_000))
            .put("output_schema.json", " ".repeat(bytes as usize - 20_000))
    });
    at_the_limit("oci-schema-columns", Severity::Warning, 2_000, |columns| {
        let mut draft = Draft::new();
        let column = |i: u64| SignatureField::new(format!("c{i}"), DeclaredType::Float64);
        draft.manifest.signature.inputs = (0..columns).map(column).collect();
        draft
    });
}

#[test]
fn a_row_has_to_fit_a_request() {
    at_the_limit("oci-payload", Severity::Error, 10_000_000, |bytes| {
        Draft::new().put("sample.json", " ".repeat(bytes as usize))
    });
}

/// The report on an artifact of exactly as many bytes, most of them a hole in a file.
fn of_size(bytes: u64, against: &Against) -> Report {
    let written = Draft::new().write(|path| {
        let used = Artifact::open(path).unwrap().store.size();
        let hole = std::fs::File::create(path.join("hole.bin")).unwrap();
        hole.set_len(bytes - used).unwrap();
    });
    assert_eq!(written.artifact.store.size(), bytes);
    written.report(against)
}

#[test]
fn artifacts_have_limits() {
    for (code, limit, severity) in
        [("oci-console-size", 100_000_000, Severity::Warning), ("oci-upload-size", 2_147_483_648, Severity::Warning)]
    {
        let report = of_size(limit, &Against::default());
        assert!(findings(&report, code).iter().all(|f| f.message.contains("are used")), "{code}");
        let report = of_size(limit + 1, &Against::default());
        let found = findings(&report, code);
        assert!(found.iter().any(|f| f.message.contains("exceed") && f.severity == severity), "{code}: {found:?}");
    }
    // The largest artifact of all is larger than any that is read here: its limit is lowered instead.
    let lower = |value: u64| {
        let limits = BTreeMap::from([("large-bytes".to_owned(), value)]);
        Against { overrides: BTreeMap::from([("oci-2026".to_owned(), limits)]), ..Against::default() }
    };
    let report = of_size(3_000_000_000, &lower(3_000_000_000));
    assert!(findings(&report, "oci-large-size").iter().all(|f| f.severity == Severity::Warning));
    let report = of_size(3_000_000_001, &lower(3_000_000_000));
    assert_eq!(findings(&report, "oci-large-size")[0].severity, Severity::Error);
    let rule = of_size(1_000_000, &Against::default()).rules.into_iter().find(|rule| rule.code == "oci-large-size");
    assert_eq!(rule.unwrap().usage.unwrap().limit, 400_000_000_000);
}

#[test]
fn the_largest_request_has_to_be_answered_in_time() {
    // A row of 1,000 bytes: 10,000 of them fill a request, so that a thousand may take 6 seconds.
    let draft = Draft::new().put("sample.json", " ".repeat(1_000));
    let written = draft.write(|_| ());
    let timed = |milliseconds: u64| {
        let time = Some(Duration::from_millis(milliseconds));
        check_time(&written.artifact, "a", &Against::default(), time).unwrap()
    };
    let report = timed(6_000);
    let usage = report.rules[0].usage.clone().unwrap();
    assert_eq!((usage.used, usage.limit), (60, 60));
    assert!(report.findings.iter().all(|finding| !finding.message.contains("exceed")));
    let report = timed(6_001);
    assert!(report.findings[0].message.contains("10000 rows"), "{:?}", report.findings);
    assert!(report.findings[0].message.contains("exceed"));
    assert_eq!(report.findings[0].severity, Severity::Warning);
    assert!(timed(1).findings.is_empty());
    let untimed = check_time(&written.artifact, "a", &Against::default(), None).unwrap();
    assert!(untimed.rules.is_empty());
}

#[test]
fn what_is_close_to_a_limit_is_told_with_the_room_left() {
    let draft = Draft::new().put("input_schema.json", " ".repeat(31_000)).put("output_schema.json", "{}");
    let report = draft.report();
    assert!(findings(&report, "oci-schema-size")[0].message.contains("998 B are left"), "{:?}", report.findings);
}

#[test]
fn a_broken_manifest_is_no_artifact() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(MANIFEST), "format: 1\n").unwrap();
    assert_eq!(Artifact::open(folder.path()).unwrap_err().code(), "yaml");
}
