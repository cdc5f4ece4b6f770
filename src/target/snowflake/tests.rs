//! Every rule, by an artifact that keeps it and one that breaks it; every limit, at its value and one past it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::json;

use super::{MANIFEST_YML, TARGET};
use crate::artifact::{Artifact, DosTime, Engine, Environment, Identity, MANIFEST, Manifest, Registration, Volatility};
use crate::compile::CompileOptions;
use crate::finding::{Outcome, Report, Severity};
use crate::model::{DeclaredType, SignatureField};
use crate::pipeline::{self, BuildRequest, ModelFile};
use crate::target::{Against, check};

/// An artifact that keeps every rule, built once.
fn artifact() -> &'static Path {
    static BUILT: OnceLock<tempfile::TempDir> = OnceLock::new();
    BUILT.get_or_init(build).path()
}

fn build() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xgboost/binary-3.2");
    let built = pipeline::build(
        BuildRequest {
            file: ModelFile::open(&fixture.join("model.json")).unwrap(),
            output: &folder.path().join("a"),
            identity: Identity {
                name: "churn".into(),
                version: "brave_moth_3".into(),
                description: None,
                target: "snowflake".into(),
                engine: Engine::Wasm,
                use_case: None,
            },
            sample: None,
            target_sample: None,
            sample_rows: 2,
            expected: None,
            method: None,
            signature: None,
            options: CompileOptions::default(),
            score_module: None,
            no_score_module: false,
            environment: Environment { python_version: "3.11".into(), ..Environment::default() },
            registration: Registration {
                metrics: json!({"auc": 0.93}).as_object().unwrap().clone(),
                tags: BTreeMap::from([("cost_center".into(), "risk".into())]),
                aliases: vec!["champion".into()],
                conda_dependencies: vec!["scikit-learn==1.9.0".into()],
                ..Registration::default()
            },
            companions: Vec::new(),
            against: Against::default(),
            provenance: None,
            wheel: None,
            modified: DosTime::default(),
            force: false,
            program: Path::new("scorepack"),
        },
        |_| {},
    )
    .unwrap();
    assert!(built.artifact.is_some(), "{:#?}", built.report.findings);
    folder
}

/// A copy of the artifact.
fn copy() -> tempfile::TempDir {
    fn folder(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() { folder(&path, &target) } else { assert!(fs::copy(&path, &target).is_ok()) }
        }
    }
    let copy = tempfile::tempdir().unwrap();
    folder(&artifact().join("a"), &copy.path().join("a"));
    copy
}

fn checked(folder: &Path, against: &Against) -> Report {
    check(&Artifact::open(&folder.join("a")).unwrap(), "a", against).unwrap()
}

/// The codes of errors and warnings, with their messages.
fn found(report: &Report) -> Vec<(Severity, String, String)> {
    let told = |finding: &crate::finding::Finding| (finding.severity, finding.code.clone(), finding.message.clone());
    report.findings.iter().map(told).collect()
}

/// What is found after a change of MANIFEST.yml.
fn replaced(from: &str, to: &str) -> Vec<(Severity, String, String)> {
    let copy = copy();
    let path = copy.path().join("a").join(MANIFEST_YML);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} is not in\n{text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    found(&checked(copy.path(), &Against::default()))
}

/// What is found after a change of the artifact's own manifest.
fn edited(edit: impl FnOnce(&mut Manifest)) -> Report {
    let copy = copy();
    let path = copy.path().join("a").join(MANIFEST);
    let mut manifest = Manifest::parse(&fs::read(&path).unwrap()).unwrap();
    edit(&mut manifest);
    fs::write(&path, manifest.emit().unwrap()).unwrap();
    checked(copy.path(), &Against::default())
}

fn limit(profile: &str, name: &str, value: u64) -> Against {
    let overrides = BTreeMap::from([(profile.to_owned(), BTreeMap::from([(name.to_owned(), value)]))]);
    Against { profile: Some(profile.into()), overrides, ..Against::default() }
}

#[test]
fn what_is_built_keeps_every_rule() {
    for profile in TARGET.profiles {
        let report = checked(artifact(), &Against { profile: Some(profile.name.into()), ..Against::default() });
        assert_eq!(found(&report), [], "{}", profile.name);
        let passed = report.rules.iter().filter(|rule| rule.outcome == Outcome::Passed).count();
        let asked = report.rules.iter().filter(|rule| rule.outcome == Outcome::NotProven).count();
        assert_eq!((passed, asked), (TARGET.rules.len(), TARGET.server_rules.len()));
    }
}

#[test]
fn limits_are_those_of_the_documentation() {
    let value = |profile: usize, name: &str| {
        TARGET.profiles[profile].limits.iter().find(|limit| limit.name == name).map(|limit| limit.value)
    };
    assert_eq!((TARGET.profiles[0].name, TARGET.profiles[1].name), ("snowflake-2026", "snowflake-2024"));
    for (name, new, old) in [
        ("total-bytes", Some(15_000_000_000), Some(5_000_000_000)),
        ("imports", None, Some(10)),
        ("methods", Some(10), Some(10)),
        ("arguments", Some(500), Some(500)),
        ("metadata-bytes", Some(100_000), Some(100_000)),
        ("configuration-bytes", Some(250_000), Some(250_000)),
        ("identifier-chars", Some(255), Some(255)),
    ] {
        assert_eq!((value(0, name), value(1, name)), (new, old), "{name}");
    }
}

#[test]
fn every_limit_holds_at_its_value_and_not_one_past_it() {
    for (profile, name, code) in [
        ("snowflake-2026", "total-bytes", "snowflake-size"),
        ("snowflake-2024", "total-bytes", "snowflake-size"),
        ("snowflake-2024", "imports", "snowflake-imports"),
        ("snowflake-2026", "methods", "snowflake-method-count"),
        ("snowflake-2026", "arguments", "snowflake-arguments"),
        ("snowflake-2026", "metadata-bytes", "snowflake-metadata"),
        ("snowflake-2026", "configuration-bytes", "snowflake-configuration"),
        ("snowflake-2026", "identifier-chars", "snowflake-identifier"),
        ("snowflake-2026", "tags", "snowflake-tag"),
    ] {
        let usual = checked(artifact(), &limit(profile, name, u64::MAX));
        let used = usual.rules.iter().find(|rule| rule.code == code).unwrap().usage.as_ref().unwrap().used;
        assert!(used > 0, "{name}");
        let errors = |value: u64| {
            let report = checked(artifact(), &limit(profile, name, value));
            report.findings.iter().any(|finding| finding.code == code && finding.severity == Severity::Error)
        };
        assert!(!errors(used), "{name} at {used}");
        assert!(errors(used - 1), "{name} above {}", used - 1);
    }
    // The value of a tag is measured besides their number.
    let errors = |value| !checked(artifact(), &limit("snowflake-2026", "tag-chars", value)).is_clean();
    assert!(!errors(4) && errors(3));
}

#[test]
fn little_room_is_a_warning() {
    let used = checked(artifact(), &Against::default());
    let usage = |code: &str| used.rules.iter().find(|rule| rule.code == code).unwrap().usage.clone().unwrap();
    let used = usage("snowflake-configuration").used;
    let warns = |value: u64| {
        let report = checked(artifact(), &limit("snowflake-2026", "configuration-bytes", value));
        report.findings.iter().any(|finding| finding.severity == Severity::Warning)
    };
    assert!(warns(used) && warns(used * 10 / 9 - 10) && !warns(used * 10 / 9 + 10));
}

#[test]
fn sizes_are_told_file_by_file() {
    let report = checked(artifact(), &Against::default());
    let parts = |code: &str| {
        let usage = report.rules.iter().find(|rule| rule.code == code).unwrap().usage.clone().unwrap();
        assert_eq!(usage.parts.iter().map(|part| part.used).sum::<u64>(), usage.used, "{code}");
        usage.parts.into_iter().map(|part| part.name).collect::<Vec<_>>()
    };
    let configuration = parts("snowflake-configuration");
    for name in ["MANIFEST.yml", "model/model.yaml", "runtimes/python_runtime/env/requirements.txt"] {
        assert!(configuration.iter().any(|part| part == name), "{configuration:?}");
    }
    assert!(!configuration.iter().any(|part| part.ends_with(".py") || part.contains("score.wasm")));
    assert!(parts("snowflake-size").iter().any(|part| part == MANIFEST));
}

#[test]
fn a_manifest_that_says_something_else_is_found() {
    for (from, to, code, message) in [
        ("manifest_version: \"1.0\"", "manifest_version: 1.0", "snowflake-manifest", "expected the text `1.0`"),
        ("manifest_version: \"1.0\"", "manifest_version: \"2.0\"", "snowflake-manifest", "found `2.0`"),
        ("methods:\n", "metods:\n", "snowflake-manifest", "`metods` is no key here"),
        (
            "    volatility: IMMUTABLE\n",
            "    volatilty: IMMUTABLE\n",
            "snowflake-manifest",
            "`volatilty` is no key here",
        ),
        ("language: PYTHON", "language: JAVA", "snowflake-runtime", "expected the language `PYTHON`"),
        ("runtime: python_runtime", "runtime: other", "snowflake-runtime", "no runtime is called `other`"),
        ("- model/", "- modell/", "snowflake-runtime", "`modell/` is not in the artifact"),
        ("env/requirements.txt", "env/requirement.txt", "snowflake-runtime", "is not in the artifact"),
        ("version: \"3.11\"", "version: 3.10", "snowflake-python-version", "put it in quotes"),
        ("version: \"3.11\"", "version: \"3.9\"", "snowflake-python-version", "expected a version from `3.10`"),
        ("version: \"3.11\"", "version: \"3.12\"", "snowflake-python-version", "made for Python 3.11"),
        ("functions.predict.infer", "functions.predikt.infer", "snowflake-methods", "is that of no method"),
        ("functions.predict.infer", "functions.predikt.infer", "snowflake-methods", "`predict` is missing"),
        ("functions.predict.infer", "functions.predikt.infer", "snowflake-handler", "the file is missing"),
        ("functions.predict.infer", "predict.infer", "snowflake-handler", "expected a handler"),
        ("type: DOUBLE", "type: BIGINT", "snowflake-methods", "is FLOAT in the signature, BIGINT here"),
        ("- type: OBJECT", "- type: VARIANT", "snowflake-methods", "a function returns"),
        ("type: FUNCTION", "type: TABLE", "snowflake-function-type", "expected the type FUNCTION"),
        ("type: FUNCTION", "type: TABLE_FUNCTION", "snowflake-handler", "expected a class `infer`"),
        ("type: FUNCTION", "type: TABLE_FUNCTION", "snowflake-function-type", "one has no name"),
        ("volatility: IMMUTABLE", "volatility: STABLE", "snowflake-function-type", "found `STABLE`"),
        ("name: PREDICT\n", "name: SELECT\n", "snowflake-reserved", "`SELECT` (method)"),
        ("name: PREDICT\n", "name: ''\n", "snowflake-identifier", "the name of the method is empty"),
    ] {
        let (from, to) = match (from, from == "type: DOUBLE") {
            (_, true) => ("type: FLOAT", to),
            _ => (from, to),
        };
        let findings = replaced(from, to);
        let fits = |(_, found, text): &&(Severity, String, String)| found == code && text.contains(message);
        assert!(findings.iter().any(|finding| fits(&finding)), "{from} -> {to}: {findings:#?}");
    }
    assert!(replaced("volatility: IMMUTABLE", "volatility: VOLATILE").iter().all(|found| found.0 == Severity::Warning));
}

#[test]
fn names_that_are_one_are_found() {
    let copy = copy();
    let path = copy.path().join("a").join(MANIFEST_YML);
    let text = fs::read_to_string(&path).unwrap();
    let names: Vec<&str> = text.lines().filter(|line| line.starts_with("      - name: ")).take(2).collect();
    fs::write(&path, text.replacen(names[1], names[0], 1)).unwrap();
    let findings = found(&checked(copy.path(), &Against::default()));
    assert!(findings.iter().any(|(_, code, _)| code == "snowflake-duplicate"), "{findings:#?}");
    let start = text.find("methods:").unwrap();
    let method = text[start..].find("    inputs:").map(|at| start + at).unwrap();
    let outputs = text[method..].find("    outputs:").map(|at| method + at).unwrap();
    let without = format!("{}    inputs: []\n{}", &text[..method], &text[outputs..]);
    fs::write(&path, without).unwrap();
    let findings = found(&checked(copy.path(), &Against::default()));
    assert!(findings.iter().any(|(_, code, _)| code == "snowflake-inputs"), "{findings:#?}");
}

#[test]
fn handlers_that_the_platform_cannot_call_are_found() {
    for (text, message) in [
        ("def infer(batch:\n", "`(` is never closed"),
        ("def other(batch):\n    return batch\n", "expected a function `infer`"),
        ("async def infer(batch):\n    return batch\n", "is async"),
        ("def infer():\n    return 1\n", "asks for 0 arguments"),
        ("def infer(a, b):\n    return 1\n", "asks for 2 arguments"),
    ] {
        let copy = copy();
        fs::write(copy.path().join("a/functions/predict.py"), text).unwrap();
        let findings = found(&checked(copy.path(), &Against::default()));
        let fits =
            |(_, code, found): &(Severity, String, String)| code == "snowflake-handler" && found.contains(message);
        assert!(findings.iter().any(fits), "{text}: {findings:#?}");
    }
    let copy = copy();
    fs::remove_file(copy.path().join("a").join(MANIFEST_YML)).unwrap();
    assert_eq!(found(&checked(copy.path(), &Against::default()))[0].1, "snowflake-manifest");
}

#[test]
fn names_and_options_of_the_registration_are_held_to_their_rules() {
    type Edit = fn(&mut Manifest);
    let cases: &[(Edit, &str, &str)] = &[
        (|m| m.artifact.name = "churn-v2".into(), "snowflake-identifier", "`churn-v2` is no identifier"),
        (|m| m.artifact.version = "1.0".into(), "snowflake-identifier", "`1.0` is no identifier"),
        (|m| m.artifact.version = format!("\"{}\"", "a".repeat(256)), "snowflake-identifier", "found 256"),
        (|m| m.artifact.version = "last".into(), "snowflake-alias", "no version can be called so"),
        (|m| m.registration.aliases = vec!["a b".into()], "snowflake-identifier", "`a b` is no identifier"),
        (|m| m.registration.aliases = vec!["default".into()], "snowflake-alias", "cannot be given to one"),
        (|m| m.registration.aliases = vec!["Brave_Moth_3".into()], "snowflake-alias", "is the version or another"),
        (|m| m.registration.aliases = vec!["a".into(), "A".into()], "snowflake-alias", "is the version or another"),
        (|m| m.artifact.name = "order".into(), "snowflake-reserved", "`ORDER` (model)"),
        (|m| drop(m.registration.tags.insert("a-b".into(), "c".into())), "snowflake-identifier", "`a-b`"),
        (|m| m.registration.task = Some("CLASSIFY".into()), "snowflake-task", "is no task of the platform"),
        (|m| m.registration.task = Some("TABULAR_RANKING".into()), "snowflake-task", "the model's own task is"),
        (|m| m.registration.target_methods = vec!["apply".into()], "snowflake-methods", "`apply` is missing"),
        (|m| m.registration.options.partitioned = Some(true), "snowflake-function-type", "is a TABLE_FUNCTION"),
        (
            |m| m.signature.inputs.push(SignatureField::new("more", DeclaredType::Bool)),
            "snowflake-methods",
            "expected 9 arguments, found 8",
        ),
    ];
    for (edit, code, message) in cases {
        let findings = found(&edited(edit));
        let fits = |(_, found, text): &(Severity, String, String)| found == code && text.contains(message);
        assert!(findings.iter().any(fits), "{code}, {message}: {findings:#?}");
    }
    assert!(edited(|m| m.artifact.version = "\"1.0\"".into()).is_clean());
    assert!(edited(|m| m.artifact.name = "db.\"my schema\".churn".into()).is_clean());
    assert!(edited(|m| m.registration.task = Some("tabular_binary_classification".into())).findings.is_empty());
    assert!(edited(|m| m.registration.options.volatility = Some(Volatility::Volatile)).is_clean());
}

#[test]
fn a_row_of_the_users_is_told() {
    let report = edited(|manifest| manifest.sample.as_mut().unwrap().synthetic = false);
    assert!(report.is_clean());
    assert_eq!(report.findings[0].code, "snowflake-privacy");
    assert_eq!(report.findings[0].severity, Severity::Note);
}

/// What is found where an environment's file holds these lines.
fn with_lines(name: &str, lines: &str) -> Vec<(Severity, String, String)> {
    let copy = copy();
    fs::write(copy.path().join("a/runtimes/python_runtime/env").join(name), lines).unwrap();
    found(&checked(copy.path(), &Against::default()))
}

#[test]
fn packages_that_cannot_be_are_found() {
    let conda = |package: &str| format!("name: e\nchannels: [c]\ndependencies:\n  - python==3.11.*\n  - {package}\n");
    for (name, lines, code, message) in [
        ("requirements.txt", "pandas\nwasmtime==48.0.0\nnumpy==\n".into(), "snowflake-dependencies", "numpy"),
        ("requirements.txt", "pandas\n".into(), "snowflake-repository", "need the package `wasmtime`"),
        ("requirements.txt", "wasmtime\npandas>=2,==1.0\n".into(), "snowflake-dependencies", "no version satisfies"),
        ("requirements.txt", "wasmtime\nscikit-learn==1.8\n".into(), "snowflake-dependencies", "is 1.8 here"),
        ("requirements.txt", "wasmtime\nautogluon.tabular\n".into(), "snowflake-dependencies", "has a dot in its name"),
        ("requirements.txt", "wasmtime\npython==3.11\n".into(), "snowflake-dependencies", "cannot be required"),
        ("conda.yml", conda("cuda==12"), "snowflake-dependencies", "cannot be required"),
        ("conda.yml", conda("numpy~=1.2"), "snowflake-dependencies", "~="),
        ("conda.yml", conda("{pip: [a]}"), "snowflake-dependencies", "a dependency is no text"),
        ("conda.yml", "dependencies: [".into(), "snowflake-dependencies", ""),
    ] {
        let findings = with_lines(name, &lines);
        let fits = |(_, found, text): &(Severity, String, String)| found == code && text.contains(message);
        assert!(findings.iter().any(fits), "{lines}: {findings:#?}");
    }
    let many = |count: usize| format!("wasmtime\n{}", "a\n".repeat(count - 1));
    assert_eq!(with_lines("requirements.txt", &many(10_000)), []);
    assert!(with_lines("requirements.txt", &many(10_001)).iter().any(|found| found.2.contains("more than 10000")));
    let mapped = replaced("        pip: snowflake.snowpark.pypi_shared_repository\n", "        conda: x\n");
    assert!(mapped.iter().any(|(_, code, _)| code == "snowflake-repository"), "{mapped:#?}");
}

#[test]
fn platforms_that_do_not_exist_are_found() {
    let after = |lines: &str| replaced("methods:\n", &format!("{lines}\nmethods:\n"));
    assert_eq!(after("target_platforms: [WAREHOUSE, SNOWPARK_CONTAINER_SERVICES]"), []);
    for lines in ["target_platforms: [SPCS]", "target_platforms: [WAREHOUSE, WAREHOUSE]"] {
        let findings = after(lines);
        assert!(findings.iter().any(|(_, code, _)| code == "snowflake-target-platform"), "{findings:#?}");
    }
    let files = after("user_files: [docs/card.md]");
    assert!(files.iter().any(|(_, code, _)| code == "snowflake-runtime"), "{files:#?}");
}
