//! Settings files, and the command line over them.

use super::*;
use clap::Parser;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: BuildOptions,
}

fn line(words: &[&str]) -> BuildOptions {
    Line::try_parse_from(["build"].iter().chain(words)).unwrap_or_else(|error| panic!("{error}")).options
}

fn file(text: &str) -> Settings {
    Settings::parse(text.as_bytes(), Path::new("project")).unwrap()
}

fn refusal(text: &str) -> (String, String, String) {
    let error = Settings::parse(text.as_bytes(), Path::new("")).unwrap_err();
    let advice = error.advice().unwrap_or_default().to_owned();
    (error.to_string(), error.place().unwrap_or_default(), advice)
}

fn no_file(path: &Path) -> Result<Map<String, Value>> {
    panic!("{} is asked for", path.display())
}

/// Everything that a settings file can hold.
const WHOLE: &str = "
artifact:
  model: model.joblib
  output: out/churn.zip
  target: snowflake
  layout: snowflake
  profile: snowflake-2026
  engine: native
  name: churn
  model-version: v1
  description: who leaves
  use-case: other
  no-git: true
data:
  sample: data/rows.csv
  target-sample: data/answers.csv
  sample-rows: 5
  expected: /abs/expected.json
  method: predict
  signature: signature.yaml
module:
  score-module: score.wasm
  max-text-bytes: 100
  bundle-runtime: w.whl
partitions:
  partition-by: store
  run-id: june
  model-filename: model.pkl
  on-existing: overwrite
environment:
  python-version: '3.12'
  inference-conda-env: slug
  conda-dependencies: [scikit-learn==1.9.0]
  pip-requirements: [xgboost>=3]
  artifact-repository-map: {pip: snowflake.snowpark.pypi_shared_repository}
  relax-versions: false
  target-platforms: [WAREHOUSE]
  resource-constraint: {architecture: x86}
registration:
  comment: first
  metrics: {auc: 0.5, curve: [1, 2]}
  tags: {team: risk}
  aliases: [champion]
  task: TABULAR_REGRESSION
  target-methods: [predict]
  options: {case_sensitive: true}
  method-options: {predict: {max_batch_size: 10, volatility: IMMUTABLE}}
  code-paths: [src]
  ext-modules: [churn.py]
  user-files: {docs: [card.md]}
profiles:
  oci-2026: {console-bytes: 5}
";

#[test]
fn everything_has_its_place_in_the_file() {
    let merged = line(&[]).over(file(WHOLE)).unwrap();
    assert_eq!(merged.artifact.model.as_deref(), Some(Path::new("project/model.joblib")));
    assert_eq!(merged.artifact.output.as_deref(), Some(Path::new("project/out/churn.zip")));
    assert_eq!(merged.data.expected.as_deref(), Some(Path::new("/abs/expected.json")));
    assert_eq!(merged.data.rows(), 5);
    assert_eq!(merged.module.compile_options().max_text_bytes, 100);
    assert_eq!(merged.environment.environment().unwrap().python_version, "3.12");
    let companions: Vec<String> =
        merged.registration.companions().map(|(kind, path)| format!("{kind:?} {}", path.display())).collect();
    assert_eq!(companions, ["Code project/src", "Module project/churn.py", "UserFile(\"docs\") project/card.md"]);
    let told = serde_json::to_value(merged.registration(no_file).unwrap()).unwrap();
    assert_eq!(
        told,
        serde_json::json!({
            "layout": "snowflake",
            "comment": "first",
            "metrics": {"auc": 0.5, "curve": [1, 2]},
            "tags": {"team": "risk"},
            "aliases": ["champion"],
            "task": "TABULAR_REGRESSION",
            "target_methods": ["predict"],
            "method_options": {"predict": {"max_batch_size": 10, "volatility": "IMMUTABLE"}},
            "options": {"case_sensitive": true},
            "conda_dependencies": ["scikit-learn==1.9.0"],
            "pip_requirements": ["xgboost>=3"],
            "artifact_repository_map": {"pip": "snowflake.snowpark.pypi_shared_repository"},
            "relax_versions": false,
            "target_platforms": ["WAREHOUSE"],
            "resource_constraint": {"architecture": "x86"},
        })
    );
}

#[test]
fn the_command_line_wins() {
    let merged = line(&[
        "--target=oci",
        "--no-git=false",
        "--relax-versions",
        "--tag=team=fraud",
        "--tag=stage=test",
        "--metrics=auc=0.9",
        "--conda-dependency=numpy",
        "--method-option=predict.max_batch_size=99",
        "--option=partitioned=false",
        "--sample-rows=0",
    ])
    .over(file(WHOLE))
    .unwrap();
    assert_eq!(merged.artifact.target.as_deref(), Some("oci"));
    assert!(!merged.artifact.no_git());
    assert_eq!((merged.data.rows(), merged.artifact.name.as_deref()), (0, Some("churn")));
    let told = merged.registration(no_file).unwrap();
    assert_eq!(serde_json::to_value(&told.tags).unwrap(), serde_json::json!({"team": "fraud", "stage": "test"}));
    assert_eq!(told.metrics.get("auc"), Some(&Value::from(0.9)));
    assert_eq!((told.metrics.len(), told.relax_versions), (2, Some(true)));
    assert_eq!(told.conda_dependencies, ["numpy"]);
    let predict = told.method("predict");
    assert_eq!(
        (predict.max_batch_size, predict.case_sensitive, predict.partitioned),
        (Some(99), Some(true), Some(false))
    );
    assert_eq!(
        line(&["--no-relax-versions"]).over(Settings::default()).unwrap().environment.relax_versions,
        Some(false)
    );
    let last = line(&["--no-relax-versions", "--relax-versions"]).over(file(WHOLE)).unwrap();
    assert_eq!(last.environment.relax_versions, Some(true));
}

#[test]
fn metrics_stand_in_a_file_of_their_own() {
    let options = line(&["--metrics=m.json", "--metrics=auc=0.9"]).over(Settings::default()).unwrap();
    let read = |path: &Path| {
        assert_eq!(path, Path::new("m.json"));
        Ok(serde_json::json!({"f1": 0.5}).as_object().unwrap().clone())
    };
    assert_eq!(options.registration(read).unwrap().metrics.len(), 2);
    let options = line(&[]).over(file("registration: {metrics: m.json}")).unwrap();
    assert_eq!(options.registration.metrics, [Metrics::File("project/m.json".into())]);
}

#[test]
fn what_is_unknown_or_wrong_is_refused_with_its_place() {
    for (text, message, place, advice) in [
        ("artefact: {}", "`artefact` is no key here", "line 1, column 1", "did you mean `artifact`?"),
        ("data:\n  sampel: a.csv", "`sampel` is no key here", "line 2, column 3", "did you mean `sample`?"),
        ("registration:\n  options: {max_batch: 1}", "`max_batch` is no key here", "line 2, column 13", "the keys are"),
        ("artifact: {engine: wasn}", "`wasn` is no value here", "line 1, column 20", "did you mean `wasm`?"),
        (
            "profiles: {oci-2062: {console-bytes: 1}}",
            "no profile is called `oci-2062`",
            "profiles",
            "did you mean `oci-2026`?",
        ),
        (
            "profiles: {oci-2026: {console-byte: 1}}",
            "the profile `oci-2026` has no limit `console-byte`",
            "profiles",
            "its limits",
        ),
    ] {
        let (found, found_place, found_advice) = refusal(text);
        assert_eq!((found.as_str(), found_place.as_str()), (message, place), "{text}");
        assert!(found_advice.starts_with(advice), "{text}: {found_advice}");
    }
    for text in [
        "data: {sample-rows: 300}",
        "data: {sample: [a, b]}",
        "registration: {tags: [a]}",
        "registration: {tags: {a: 1, a: 2}}",
        "registration: {metrics: 3}",
        "- a",
        "artifact: {no-git: maybe}",
    ] {
        let (message, place, _) = refusal(text);
        assert!(place.starts_with("line 1, column "), "{text}: {message} at {place}");
    }
    assert_eq!(file("# nothing\n\n"), Settings::default());
    assert_eq!(file(""), Settings::default());
}

#[test]
fn options_that_exclude_or_need_each_other_say_so() {
    let refused = |words: &[&str], text: &str| line(words).over(file(text)).unwrap_err().to_string();
    for (words, text, message) in [
        (&["--expected=a"][..], "", "`--expected` needs `--sample`"),
        (&["--method=a"], "", "`--method` needs `--expected`"),
        (&["--score-module=a"], "", "`--score-module` needs `--signature`"),
        (
            &["--no-score-module"],
            "module: {score-module: a}",
            "`--score-module` and `--no-score-module` exclude each other",
        ),
        (&[], "data: {sample-rows: 21}", "`sample-rows` is 21: at most 20 rows are stored"),
        (&["--tag=a=1", "--tag=a=2"], "", "`--tag a=…` is given twice"),
        (&["--metrics=a=1", "--metrics=a=2"], "", "`--metrics a=…` is given twice"),
        (&["--option=partitioned=true", "--option=partitioned=true"], "", "`--option partitioned=…` is given twice"),
        (
            &["--method-option=a.partitioned=true", "--method-option=a.partitioned=false"],
            "",
            "`--method-option a.partitioned=…` is given twice",
        ),
    ] {
        assert_eq!(refused(words, text), message);
    }
    for (words, place) in [
        ("--conda-dependency=numpy~=1.2", "`--conda-dependency` `numpy~=1.2`"),
        ("--conda-dependency=python==3.11", "`--conda-dependency` `python==3.11`"),
        ("--pip-requirement=numpy==", "`--pip-requirement` `numpy==`"),
        ("--pip-requirement=cuda", "`--pip-requirement` `cuda`"),
    ] {
        let error = line(&[words]).over(Settings::default()).unwrap_err();
        let (option, text) = place.split_once(' ').unwrap();
        let found = error.place().unwrap_or_default();
        assert!(found.starts_with(option) && found.contains(text), "{error} at {found}");
    }
    assert!(line(&["--expected=a"]).over(file("data: {sample: b}")).is_ok());
    let error = line(&["--embed-local-ml-library"]).over(Settings::default()).unwrap_err();
    assert_eq!(error.code(), "not-applicable");
}
