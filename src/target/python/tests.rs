//! The reader against CPython's own verdicts, and what it finds in a file.

use serde_json::Value;

use super::*;

/// fixtures/scripts/python_syntax.py recorded what CPython takes.
#[test]
fn what_is_python_is_what_cpython_s_parser_takes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/python/syntax.jsonl");
    let (mut valid, mut broken) = (0, 0);
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let source = case["source"].as_str().unwrap();
        let problem = read(source).problem;
        assert_eq!(problem.is_none(), case["valid"], "{source:?}: {problem:?}");
        *(if problem.is_none() { &mut valid } else { &mut broken }) += 1;
    }
    assert!(valid > 250 && broken > 600, "{valid} valid, {broken} broken");
}

#[test]
fn functions_and_their_parameters_are_found() {
    let source = "import x\n# def no(a):\ndef load_model(name=\"a, b)\"):\n    return 1\n\n\
                  def predict(\n    data, model=load_model(1, [2]),  # why\n    *, method: str = 'p',\n):\n    '''doc\n    def no():'''\n    def inner():\n        return 1\n\
                  async def go(a, /, *rest, **more): pass\nif x:\n    def nested(): pass\n";
    let script = read(source);
    assert_eq!(script.problem, None);
    let names: Vec<_> = script.functions.iter().map(|f| (f.name.as_str(), f.line, f.is_async)).collect();
    assert_eq!(names, [("load_model", 3, false), ("predict", 6, false), ("go", 14, true)]);
    let parameters = |name: &str| -> Vec<(String, Option<Default>, ParameterKind)> {
        let function = script.function(name).unwrap();
        function.parameters.iter().map(|p| (p.name.clone(), p.default.clone(), p.kind)).collect()
    };
    assert_eq!(
        parameters("predict"),
        [
            ("data".into(), None, ParameterKind::Either),
            ("model".into(), Some(Default::Other), ParameterKind::Either),
            ("method".into(), Some(Default::Text("p".into())), ParameterKind::KeywordOnly),
        ]
    );
    assert_eq!(parameters("load_model")[0].1, Some(Default::Text("a, b)".into())));
    assert_eq!(parameters("go")[0], ("a".into(), None, ParameterKind::PositionOnly));
    assert_eq!(parameters("go")[1].2, ParameterKind::Rest);
}

#[test]
fn a_function_gives_a_value_when_it_returns_one_or_yields() {
    for (body, gives) in [
        ("return 1", true),
        ("return x or None", true),
        ("yield", true),
        ("if x:\n        return\n    return [None]", true),
        ("pass", false),
        ("return", false),
        ("return None", false),
        ("return (None)", false),
        ("def inner():\n        return 1", false),
        ("return_ = lambda: (yield)", false),
        ("raise NotImplementedError('x')", false),
        ("class A:\n        def b(self):\n            return 1", false),
    ] {
        let script = read(&format!("def f():\n    {body}\n"));
        assert_eq!(script.problem, None, "{body}");
        assert_eq!(script.functions[0].gives_value, gives, "{body}");
    }
}

#[test]
fn imports_are_found_wherever_they_stand() {
    let source = "import a, b.c as d\nfrom e.f import (g,\n    h)\nfrom .. import i\nfrom .j import k\n\
                  def f():\n    import l\ntry:\n    import m\nexcept ImportError:\n    m = None\n\
                  try:\n    import n\nexcept (KeyError, ModuleNotFoundError) as error:\n    raise RuntimeError from error\n\
                  try:\n    import o\nexcept KeyError:\n    pass\nif TYPE_CHECKING:\n    import p\nelse:\n    import q\n\
                  x = 'import no'\n";
    let script = read(source);
    assert_eq!(script.problem, None);
    let found: Vec<_> = script.imports.iter().map(|i| (i.module.as_str(), i.dots, i.line, i.is_optional)).collect();
    let expected = [
        ("a", 0, 1, false),
        ("b.c", 0, 1, false),
        ("e.f", 0, 2, false),
        ("", 2, 4, false),
        ("j", 1, 5, false),
        ("l", 0, 7, false),
        ("m", 0, 9, true),
        ("n", 0, 13, false),
        ("o", 0, 17, false),
        ("p", 0, 21, true),
        ("q", 0, 23, false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_python_is_told_with_its_line() {
    let table = [
        ("x = (1,\n2\n", 1, "`(` is never closed"),
        ("x = 1)\n", 1, "`)` closes nothing"),
        ("x = (1]\n", 1, "`]` closes `(`"),
        ("x = 'abc\ny = 1\n", 1, "a string that does not end"),
        ("def f():\nreturn 1\n", 2, "expected an indented block"),
        ("x = 1\n  y = 2\n", 2, "unexpected indent"),
        ("  x = 1\n", 1, "unexpected indent"),
        ("def f():\n", 2, "expected an indented block"),
        ("\nx = '''abc\n\n", 2, "a string that does not end"),
        ("x = 1 +\n", 1, "expected an expression, found the end of the line"),
        ("print 'x'\n", 1, "expected the end of the statement, found a string"),
        ("f() = 1\n", 1, "nothing can be assigned to a function call"),
        ("def f(a=1, b): pass\n", 1, "`b` has no default value, but the one before has"),
    ];
    for (source, line, message) in table {
        assert_eq!(read(source).problem, Some(Problem { line, message: message.to_owned() }), "{source:?}");
    }
    assert_eq!(read("").problem, None);
}

#[test]
fn depth_is_limited_before_the_stack_is() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{1: ", "}"), ("not ", ""), ("-", ""), ("lambda: ", ""), ("f(", ")")]
    {
        for count in [150, 5_000, 200_000] {
            let source = format!("x = {}1{}\n", open.repeat(count), close.repeat(count));
            let problem = read(&source).problem;
            assert!(problem.is_some() || count == 150, "{open}");
        }
        let source = format!("x = {}1{}\n", open.repeat(50), close.repeat(50));
        assert_eq!(read(&source).problem, None, "{open}");
    }
    let blocks = |count: usize| (0..count).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect::<String>();
    assert_eq!(read(&(blocks(90) + &" ".repeat(90) + "pass\n")).problem, None);
    assert!(read(&(blocks(300) + &" ".repeat(300) + "pass\n")).problem.is_some());
    assert!(read(&format!("match x:\n case {}a{}: pass\n", "[".repeat(5_000), "]".repeat(5_000))).problem.is_some());
    assert!(read(&("f'{".repeat(5_000) + &"}'".repeat(5_000))).problem.is_some());
    assert_eq!(read(&("x = a".to_owned() + &" + a".repeat(50_000) + "\n")).problem, None);
}

#[test]
fn every_cut_and_every_odd_character_is_read_to_an_end() {
    let source = include_str!("../../../tests/python/acceptance.py");
    assert_eq!(read(source).problem, None);
    let source: String = source.chars().take(6_000).collect();
    for (cut, _) in source.char_indices().step_by(7) {
        read(&source[..cut]);
        read(&source[cut..]);
    }
    for odd in ["\0", "\u{feff}", "\u{2028}", "é", "\r", "\t", "\\", "{", "f'{", "'''"] {
        for (cut, _) in source.char_indices().step_by(41) {
            read(&format!("{}{odd}{}", &source[..cut], &source[cut..]));
        }
    }
}
