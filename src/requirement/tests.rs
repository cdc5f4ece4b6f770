//! Against PyPI's packaging and the registry's client (fixtures/requirement/table.json), and hostile texts.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::*;

#[derive(Deserialize)]
struct Table {
    ordered: Vec<Vec<String>>,
    spellings: Vec<(String, Option<String>)>,
    versions: Vec<String>,
    matches: Vec<(String, String)>,
    requirements: Vec<(String, Option<Parsed>)>,
    environment: BTreeMap<String, String>,
    markers: Vec<(String, bool)>,
    relaxed: Vec<(String, String)>,
    conda: Vec<(String, Option<(String, String)>)>,
}

#[derive(Deserialize)]
struct Parsed {
    name: String,
    extras: Vec<String>,
    specifiers: String,
    url: Option<String>,
    marker: Option<String>,
    text: String,
}

fn table() -> Table {
    serde_json::from_str(include_str!("../../fixtures/requirement/table.json")).unwrap()
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

#[test]
fn versions_stand_in_the_order_of_pep_440() {
    let groups = table().ordered;
    assert!(groups.len() > 80);
    for (position, group) in groups.iter().enumerate() {
        for text in group {
            for (other, others) in groups.iter().enumerate() {
                for second in others {
                    assert_eq!(version(text).cmp(&version(second)), position.cmp(&other), "{text} and {second}");
                }
            }
        }
    }
}

#[test]
fn versions_are_spelled_normally_or_refused() {
    for (text, normal) in table().spellings {
        assert_eq!(Version::parse(&text).ok().map(|version| version.to_string()), normal, "{text:?}");
    }
}

#[test]
fn specifiers_take_the_versions_that_packaging_takes() {
    let Table { versions, matches, .. } = table();
    assert!(matches.len() > 150 && versions.len() > 100);
    for (specifiers, taken) in matches {
        let requirement = Requirement::parse(&format!("a{specifiers}")).unwrap();
        for (text, taken) in versions.iter().zip(taken.bytes()) {
            assert_eq!(requirement.matches(&version(text)), taken == b'1', "{specifiers} and {text}");
        }
    }
}

#[test]
fn requirements_read_as_packaging_reads_them() {
    for (text, expected) in table().requirements {
        let found = Requirement::parse(&text);
        let Some(expected) = expected else {
            let error = found.expect_err(&text);
            assert!(matches!(error.code(), "requirement" | "version"), "{text}: {}", error.code());
            continue;
        };
        let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(found.name(), expected.name, "{text}");
        assert_eq!(found.extras(), expected.extras, "{text}");
        assert_eq!(found.url(), expected.url.as_deref(), "{text}");
        assert_eq!(found.marker().map(Marker::to_string), expected.marker, "{text}");
        let alone = Requirement { name: String::new(), specifiers: found.specifiers.clone(), ..Requirement::default() };
        assert_eq!(alone.to_string(), expected.specifiers, "{text}");
        assert_eq!(found.to_string(), expected.text, "{text}");
        assert_eq!(Requirement::parse(&found.to_string()).unwrap().to_string(), expected.text, "{text}");
    }
}

#[test]
fn markers_hold_where_packaging_says_so() {
    let Table { environment, markers, .. } = table();
    for (text, expected) in markers {
        let requirement = Requirement::parse(&format!("a; {text}")).unwrap();
        let held = requirement.marker().unwrap().holds(&|name| environment.get(name).cloned());
        assert_eq!(held, Some(expected), "{text}");
    }
}

#[test]
fn a_marker_is_open_where_the_environment_does_not_decide() {
    let table = [
        ("sys_platform == 'linux'", None),
        ("python_version > '3' and sys_platform == 'linux'", None),
        ("python_version < '3' and sys_platform == 'linux'", Some(false)),
        ("sys_platform == 'linux' or python_version > '3'", Some(true)),
        ("sys_platform == 'linux' or python_version < '3'", None),
        ("os_name ~= 'nt' or python_version > '3'", Some(true)),
    ];
    for (text, expected) in table {
        let requirement = Requirement::parse(&format!("a; {text}")).unwrap();
        let known = |name: &str| (name == "python_version").then(|| "3.11".to_owned());
        assert_eq!(requirement.marker().unwrap().holds(&known), expected, "{text}");
    }
}

#[test]
fn exact_versions_relax_as_the_registry_relaxes_them() {
    for (text, expected) in table().relaxed {
        assert_eq!(Requirement::parse(&text).unwrap().relaxed().to_string(), expected, "{text}");
    }
    // The registry compares names as they are written; the same package relaxes the same way here.
    let named = Requirement::parse("Scikit_Learn==1.9.1").unwrap();
    assert_eq!(named.relaxed().to_string(), "Scikit_Learn<1.10,>=1.9");
    // The registry drops the epoch, and would ask for another version than the one that was tested.
    assert_eq!(Requirement::parse("a==1!2.3").unwrap().relaxed().to_string(), "a<1!3,>=1!2.3");
    let largest = format!("a=={}.1", u64::MAX);
    assert_eq!(Requirement::parse(&largest).unwrap().relaxed().to_string(), largest);
}

#[test]
fn conda_requirements_read_as_the_registry_reads_them() {
    for (text, expected) in table().conda {
        let found = Requirement::parse_conda(&text).ok().map(|found| {
            let channel = found.channel().unwrap_or_default().to_owned();
            (channel, Requirement { channel: None, ..found }.to_string())
        });
        assert_eq!(found, expected, "{text}");
    }
    // Not of the documented syntax, though the client lets them through to the server.
    for text in ["a!=1.0", "a===1.0"] {
        assert_eq!(Requirement::parse_conda(text).unwrap_err().code(), "conda-requirement", "{text}");
    }
}

#[test]
fn names_are_one_however_they_are_written() {
    for name in ["scikit-learn", "Scikit_Learn", "scikit.learn", "SCIKIT-_.LEARN"] {
        assert_eq!(normalize(name), "scikit-learn");
    }
}

#[test]
fn a_refusal_says_where_what_and_what_to_do() {
    let table = [
        (
            "numpy=1.26",
            "expected a comparison as `>=`, found `=1.26`",
            "requirement `numpy=1.26`, character 6",
            "an exact version stands after `==`",
        ),
        (
            "numpy>=1 <2",
            "expected a comparison as `>=`, `;` or the end, found `<2`",
            "requirement `numpy>=1 <2`, character 10",
            "comparisons are separated by `,`: `>=1.0,<2`",
        ),
        (
            "numpy>=1.*",
            "`>=` cannot stand before `1.*`",
            "requirement `numpy>=1.*`, character 6",
            "only `==` and `!=` compare with a prefix as `1.2.*`",
        ),
        (
            "numpy~=1",
            "`~=1` leaves no number free",
            "requirement `numpy~=1`, character 6",
            "`~=` needs two numbers: `~=1.4` takes 1.4 and later ones of 1",
        ),
        (
            "numpy 1.26",
            "expected a comparison as `>=`, `;` or the end, found `1.26`",
            "requirement `numpy 1.26`, character 7",
            "a comparison stands before a version: `==1.0`",
        ),
        (
            "",
            "expected the name of a package, found the end",
            "requirement ``, character 1",
            "a name is letters, digits, and `-`, `_`, `.` between them",
        ),
    ];
    for (text, message, place, hint) in table {
        let error = Requirement::parse(text).unwrap_err();
        let found = (error.to_string(), error.place().unwrap(), error.advice().unwrap().to_owned());
        assert_eq!(found, (message.into(), place.into(), hint.into()), "{text}");
    }
}

#[test]
fn hostile_texts_are_refused_soon() {
    let long = "1".repeat(100_000);
    for text in [
        format!("a=={long}"),
        long.clone(),
        format!("a=={}", "1".repeat(300)),
        format!("a=={}", "1.".repeat(4000)),
        format!("a==1+{}", "x.".repeat(4000)),
        format!("a;{}os_name=='a'", "(".repeat(4000)),
        format!("a[{}", "b,".repeat(4000)),
        format!("a @ {}", "x".repeat(9000)),
        "\u{202e}a==1".into(),
        "a==1\0".into(),
    ] {
        assert!(Requirement::parse(&text).is_err(), "{}", &text[..20.min(text.len())]);
    }
    // As long as a requirement may be.
    let many = format!("a{}", "==1,".repeat(2000));
    assert!(Requirement::parse(&many).unwrap().matches(&version("1")));
    let deep = |count: usize| format!("a;{}os_name=='a'{}", "(".repeat(count), ")".repeat(count));
    assert!(Requirement::parse(&deep(32)).is_ok());
    assert!(Requirement::parse(&deep(33)).is_err());
}

#[test]
fn no_text_panics() {
    let alphabet = [
        "a", "1", ".", "*", "=", "=", "<", ">", "!", "~", ";", "(", ")", "[", "]", ",", "@", " ", "'", "+", "é", "dev",
        "rc", "os_name", "::", "\u{0}",
    ];
    let mut state = 7u64;
    for _ in 0..20_000 {
        let mut text = String::from("a");
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(alphabet[(state >> 33) as usize % alphabet.len()]);
        }
        if let Ok(requirement) = Requirement::parse(&text) {
            let again = Requirement::parse(&requirement.to_string());
            assert_eq!(again.unwrap().to_string(), requirement.to_string(), "{text}");
            let _ = requirement.relaxed();
        }
        let _ = Requirement::parse_conda(&text);
    }
}
