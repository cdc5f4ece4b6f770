//! Requirements against environments of a few files, with what the registry's own load says of them.

use std::path::Path;

use super::*;
use crate::finding::Severity;

fn environment(root: &Path, python: &str, packages: &[(&str, &str)]) -> PythonEnvironment {
    std::fs::write(root.join("pyvenv.cfg"), format!("version = {python}\n")).unwrap();
    for (name, version) in packages {
        let folder = root.join(format!("lib/python3.11/site-packages/{name}-{version}.dist-info"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("METADATA"), format!("Name: {name}\nVersion: {version}\n\n")).unwrap();
    }
    PythonEnvironment::open(root).unwrap()
}

const REQUIREMENTS: &str = "\
# What score.py needs.
numpy==2.3.5   # exact
scikit_learn>=1.9,<1.10 --hash=sha256:abc
xgboost==3.*,\\
  !=3.1.0
wasmtime
win32api; python_version < \"3\"
--extra-index-url https://example.org/simple
";
const CONDA: &str = "\
name: a
channels: [conda-forge]
dependencies:
  - python=3.11
  - conda-forge::pytorch=2.9
  - pip
  - pip:
      - numpy==2.3.5
";
const INSTALLED: &[(&str, &str)] = &[
    ("NumPy", "2.3.5"),
    ("scikit-learn", "1.9.1"),
    ("xgboost", "3.2.0"),
    ("wasmtime", "48.0.0"),
    ("torch", "2.9.1+cpu"),
];

fn judged(python: &str, packages: &[(&str, &str)]) -> ProofResult {
    let root = tempfile::tempdir().unwrap();
    let environment = environment(root.path(), python, packages);
    judge(&pins::of_texts(REQUIREMENTS, CONDA).unwrap(), &environment)
}

#[test]
fn an_environment_that_holds_everything_passes() {
    let result = judged("3.11.7", INSTALLED);
    assert_eq!(result.findings, []);
    assert_eq!(result.proof.outcome, Outcome::Passed);
    assert_eq!(result.proof.detail, "6 requirements hold in Python 3.11.7 with 5 packages");
}

#[test]
fn each_thing_wrong_is_told_with_what_is_required_and_found() {
    let packages = [("numpy", "2.3.4"), ("scikit-learn", "1.9.0rc1"), ("xgboost", "3.1.0"), ("torch", "nightly")];
    let result = judged("3.10.2", &packages);
    let found: Vec<(&str, &str, &str, Option<u64>)> = result
        .findings
        .iter()
        .map(|finding| {
            (finding.code.as_str(), finding.message.as_str(), finding.file.as_deref().unwrap(), finding.line)
        })
        .collect();
    let expected = [
        ("environment-version", "`numpy`: expected ==2.3.5, found 2.3.4", "requirements.txt", Some(2)),
        ("environment-version", "`scikit_learn`: expected >=1.9,<1.10, found 1.9.0rc1", "requirements.txt", Some(3)),
        ("environment-version", "`xgboost`: expected ==3.*,!=3.1.0, found 3.1.0", "requirements.txt", Some(4)),
        ("environment-missing", "`wasmtime`: expected any version, found no such package", "requirements.txt", Some(6)),
        ("environment-python", "expected Python 3.11, found 3.10.2", "conda.yaml", None),
        ("environment-version", "`pytorch`: expected ==2.9.*, found nightly", "conda.yaml", None),
    ];
    assert_eq!(found, expected);
    assert!(result.findings.iter().all(|finding| finding.severity == Severity::Error && finding.hint.is_some()));
    assert_eq!(result.proof.detail, "6 of 6 requirements do not hold in Python 3.10.2 with 4 packages");
}

#[test]
fn what_cannot_be_judged_is_told_and_not_passed() {
    let root = tempfile::tempdir().unwrap();
    let environment = environment(root.path(), "3.11.7", INSTALLED);
    let requirements = "numpy\n-r more.txt\n./local.whl\n-e .\n-i https://example.org\n";
    let conda = "dependencies: ['nvidia::cuda==12.4.*', 'numpy 2']";
    let result = judge(&pins::of_texts(requirements, conda).unwrap(), &environment);
    let messages: Vec<&str> = result.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "not judged: `-r more.txt`",
            "not judged: expected the name of a package, found `./local.whl`",
            "not judged: `-e .`",
            "not judged: CUDA is no Python package",
            "not judged: expected a comparison as `>=`, `;` or the end, found `2`",
        ]
    );
    assert!(result.findings.iter().all(|finding| finding.severity == Severity::Warning));
    assert_eq!(result.proof.outcome, Outcome::NotProven);
    let nothing = judge(&Pins::default(), &environment);
    assert_eq!(
        (nothing.proof.outcome, nothing.proof.detail.as_str()),
        (Outcome::NotProven, "the artifact requires nothing")
    );
}

#[test]
fn the_python_of_an_environment_may_be_unknown_or_asked_for_in_other_ways() {
    let table = [
        ("dependencies: ['python==3.11.2']", "3.11.7", Outcome::Passed),
        ("dependencies: ['python=3.11.2']", "3.12.1", Outcome::Failed),
        ("dependencies: ['python>=3.9,<3.12']", "3.11.7", Outcome::Passed),
        ("dependencies: ['python>=3.9,<3.12']", "3.12.0", Outcome::Failed),
        ("dependencies: ['conda-forge::python=3.1']", "3.11.7", Outcome::Failed),
    ];
    for (conda, python, outcome) in table {
        let root = tempfile::tempdir().unwrap();
        let environment = environment(root.path(), python, INSTALLED);
        let result = judge(&pins::of_texts("", conda).unwrap(), &environment);
        assert_eq!(result.proof.outcome, outcome, "{conda} {python}: {}", result.proof.detail);
    }
    let pins = pins::of_texts("", "dependencies: ['python=3.11']").unwrap();
    let result = judge(&pins, &PythonEnvironment::default());
    assert_eq!(result.proof.outcome, Outcome::NotProven);
    assert_eq!(result.findings[0].message, "expected Python 3.11, found no version");
}
