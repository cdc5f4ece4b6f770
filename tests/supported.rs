//! The table of what is supported: against every estimator that scikit-learn lists, and as docs/supported-sklearn.md
//! (`SCOREPACK_REFRESH=1 cargo test --test supported` writes it again).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use scorepack::framework::FRAMEWORKS;
use scorepack::framework::supported::{Methods, Support, Verdict};

/// The versions whose estimators fixtures/estimators lists.
const VERSIONS: [&str; 4] = ["1.0", "1.3", "1.6", "1.9"];

/// How many estimators of a version have a method for new rows, and what becomes of them.
#[derive(Default)]
struct Counts {
    all: usize,
    compiled: usize,
    refused: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn scikit_learn() -> Vec<Support> {
    (FRAMEWORKS.iter().find(|reader| reader.name == "scikit-learn").unwrap().supported)()
}

/// The table by package and class.
fn table(all: &[Support]) -> BTreeMap<(&str, &str), &Verdict> {
    let rows: BTreeMap<_, _> = all.iter().map(|row| ((row.package.unwrap(), row.name), &row.verdict)).collect();
    assert_eq!(rows.len(), all.len(), "a class has two rows");
    rows
}

/// (package, class, methods) of every estimator of a version that has a method for new rows.
fn listed(version: &str) -> Vec<(String, String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join(format!("fixtures/estimators/{version}.txt"))).unwrap();
    let words = text.lines().map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>());
    let listed = words.map(|words| (words[0].clone(), words[1].clone(), words[2..].to_vec()));
    listed.filter(|(_, _, methods)| !methods.is_empty()).collect()
}

/// What the table lacks of an estimator, if anything.
fn lacking(verdict: &Verdict, methods: &[String]) -> Option<String> {
    let Verdict::Compiled { methods: Methods::Named(told), refuses } = verdict else { return None };
    let is_told = |method: &String| {
        told.contains(&method.as_str()) || refuses.iter().any(|variant| variant.what == method.as_str())
    };
    let missing: Vec<&str> = methods.iter().filter(|method| !is_told(method)).map(String::as_str).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// Counts a version's estimators; `wrong` gets those that the table does not cover.
fn counted(version: &str, table: &BTreeMap<(&str, &str), &Verdict>, wrong: &mut String) -> Counts {
    let mut counts = Counts::default();
    for (package, class, methods) in listed(version) {
        counts.all += 1;
        let verdict = table.get(&(&package, &class));
        match verdict {
            Some(Verdict::Compiled { .. }) => counts.compiled += 1,
            Some(Verdict::Refused { .. }) => counts.refused += 1,
            None => writeln!(wrong, "{version}: {package}.{class}: neither compiled nor refused").unwrap(),
        }
        if let Some(missing) = verdict.and_then(|verdict| lacking(verdict, &methods)) {
            writeln!(wrong, "{version}: {package}.{class}: {missing} neither compiled nor refused").unwrap();
        }
    }
    counts
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

#[test]
fn every_estimator_of_scikit_learn_is_compiled_or_refused_by_reason() {
    let all = scikit_learn();
    let table = table(&all);
    let mut wrong = String::new();
    for version in VERSIONS {
        let Counts { all, compiled, refused } = counted(version, &table, &mut wrong);
        let share = percent(compiled, all);
        println!(
            "scikit-learn {version}: {compiled} of {all} estimators compiled ({share}), {refused} refused by reason"
        );
        assert!(compiled * 100 >= all * 95, "scikit-learn {version}: only {share} of the estimators are compiled");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_refusal_gives_its_reason() {
    for support in FRAMEWORKS.iter().flat_map(|reader| (reader.supported)()) {
        let reasons = match &support.verdict {
            Verdict::Refused { reason } => vec![*reason],
            Verdict::Compiled { refuses, .. } => refuses.iter().map(|variant| variant.why).collect(),
        };
        for reason in reasons {
            assert!(reason.split(' ').count() > 3 && !reason.contains("implement"), "{}: {reason}", support.name);
        }
    }
}

/// The first lines of the page.
const HEAD: &str = "# scikit-learn: what can be compiled

Every class that `scorepack inspect --supported sklearn` knows, with the methods that some estimator of the class has, and
what is refused of it and why. `SCOREPACK_REFRESH=1 cargo test --test supported` writes this page from the table of
lowerings; tests prove that the methods are those of the committed fixtures, and that every refusal is one of the reader.

A file that imports a function or class of your own is refused before any of this (`pickle-unknown-import`).
";

/// How many estimators and variants, of the committed lists and of the last sweep.
fn how_many(table: &BTreeMap<(&str, &str), &Verdict>) -> String {
    let mut text =
        "\n## How many\nEstimators that `sklearn.utils.all_estimators()` lists and that have a method for new \
                    rows (fixtures/estimators):\n\n| scikit-learn | estimators | compiled | refused by reason |\n\
                    |---|---|---|---|\n"
            .to_owned();
    for version in VERSIONS {
        let Counts { all, compiled, refused } = counted(version, table, &mut String::new());
        writeln!(text, "| {version} | {all} | {compiled} ({}) | {refused} |", percent(compiled, all)).unwrap();
    }
    text += "\nVariants of them, fitted anew and compared with scikit-learn's own answers, each method and row \
             (`tests/python/sklearn/run FOLDER \"1.3 1.6 1.9\"`; the fixtures of 1.0 are committed). Among them is every \
             word and truth that a parameter takes, as scikit-learn itself lists them since 1.2; each variant of the table \
             below that is refused is counted once, under 1.9:\n\n\
             | scikit-learn | variants | equal | refused by reason | wrong |\n|---|---|---|---|---|\n";
    for line in std::fs::read_to_string(root().join("tests/python/sklearn/variants.txt")).unwrap().lines() {
        let [version, equal, refused, wrong] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let number = |text: &str| text.parse::<usize>().unwrap();
        let (equal, refused, wrong) = (number(equal), number(refused), number(wrong));
        let all = equal + refused + wrong;
        assert!(wrong == 0 && equal * 100 >= all * 95, "scikit-learn {version}: {}", percent(equal, all));
        writeln!(text, "| {version} | {all} | {equal} ({}) | {refused} | {wrong} |", percent(equal, all)).unwrap();
    }
    text
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The classes of each package.
fn by_package(all: &[Support]) -> String {
    let mut text = String::new();
    let mut package = "";
    for support in all {
        if support.package.unwrap() != package {
            package = support.package.unwrap();
            write!(text, "\n## {package}\n| class | methods | refused |\n|---|---|---|\n").unwrap();
        }
        let (methods, refused) = match &support.verdict {
            Verdict::Refused { reason } => (String::new(), format!("it {reason}")),
            Verdict::Compiled { methods, refuses } => {
                let refuses: Vec<String> = refuses.iter().map(|v| format!("`{}`: {}", v.what, v.why)).collect();
                (methods_cell(methods), refuses.join("<br>"))
            }
        };
        writeln!(text, "| {} | {methods} | {} |", cell(support.name), cell(&refused)).unwrap();
    }
    text
}

fn methods_cell(methods: &Methods) -> String {
    match methods {
        Methods::Named(names) => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        Methods::OfTheInner => "those of the estimator inside".to_owned(),
    }
}

#[test]
fn the_page_of_what_is_supported_is_the_table() {
    let all = scikit_learn();
    let page = format!("{HEAD}{}{}", how_many(&table(&all)), by_package(&all));
    let path: PathBuf = root().join("docs/supported-sklearn.md");
    if std::env::var_os("SCOREPACK_REFRESH").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/supported-sklearn.md has drifted: SCOREPACK_REFRESH=1 cargo test --test supported"
    );
}

#[test]
fn the_program_prints_the_table_as_json() {
    let arguments = ["inspect", "--supported", "sklearn", "--output-format", "json"];
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_scorepack")).args(arguments).output().unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = printed[0]["supported"].as_array().unwrap();
    let row = |class: &str| rows.iter().find(|row| row["name"] == class).unwrap();
    assert_eq!(rows.len(), scikit_learn().len());
    assert_eq!(
        *row("KernelDensity"),
        serde_json::json!({
            "name": "KernelDensity",
            "package": "sklearn.neighbors",
            "verdict": "compiled",
            "methods": {"named": ["score_samples"]},
            "refuses": [{
                "what": "atol or rtol above 0",
                "why": "its answer is any number within them that the walk through its tree happens to reach",
            }],
        })
    );
    assert_eq!(row("GridSearchCV")["methods"], "of-the-inner");
    assert_eq!(row("DBSCAN")["verdict"], "refused");
}
