//! Every fixture against what its framework recorded, through the score module in the sandbox.
//!
//! `SCOREPACK_CASES=xgboost/cat cargo test --test parity` runs only the cases whose `framework/case` holds the text;
//! `SCOREPACK_FIXTURES` names another folder of fixtures (tests/python/sklearn/run makes one per version).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use scorepack::abi::{Abi, Block, InputArena, Output};
use scorepack::compile::{CompileOptions, compile};
use scorepack::data::json::{Json, parse};
use scorepack::data::{Format, InputFields, Rows};
use scorepack::framework::{FRAMEWORKS, Source, read};
use scorepack::graph::evaluate;
use scorepack::model::{Method, Model};
use scorepack::sandbox::{CompiledModule, Instance, Scorer};
use scorepack::tensor::{Data, Matrix};
use scorepack::verify::compare::{Expected, Recorded, compare};

/// A folder of fixtures.
struct Case {
    name: String,
    folder: PathBuf,
    facts: Json,
}

/// What went well in a case.
#[derive(Default)]
struct Passed {
    methods: usize,
    refused: Option<String>,
    /// Refused as a variant of an estimator that answers new rows, not as a file that is hostile or no model.
    is_variant: bool,
    unrecorded: Vec<String>,
}

/// What went wrong: every line is one failure.
type Failures = Vec<String>;

#[test]
fn every_fixture_predicts_what_its_framework_predicted() {
    let cases = cases();
    assert!(!cases.is_empty(), "no fixture matches SCOREPACK_CASES");
    let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result =
                        std::panic::catch_unwind(|| run(case)).unwrap_or_else(|_| Err(vec!["panicked".into()]));
                    results.lock().unwrap().insert(case.name.clone(), result);
                }
            });
        }
    });
    let (report, failed) = report(&results.into_inner().unwrap());
    println!("{report}");
    assert_eq!(failed, 0, "cases do not agree with their framework:\n{report}");
}

/// The fixtures that `SCOREPACK_CASES` selects, in order of their names.
fn cases() -> Vec<Case> {
    let wanted = std::env::var("SCOREPACK_CASES").unwrap_or_default();
    let root = std::env::var_os("SCOREPACK_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), PathBuf::from);
    let mut cases = Vec::new();
    for framework in folders(&root) {
        for folder in folders(&framework) {
            let name = format!("{}/{}", file_name(&framework), file_name(&folder));
            if let Ok(facts) = std::fs::read(folder.join("case.json"))
                && name.contains(&wanted)
            {
                let facts = parse(&facts).unwrap_or_else(|error| panic!("{name}/case.json: {error}"));
                cases.push(Case { name, folder, facts });
            }
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of).unwrap();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn run(case: &Case) -> Result<Passed, Failures> {
    let framework = match case.facts.get("framework") {
        Some(Json::Text(name)) => name.as_str(),
        _ => return Err(vec!["case.json names no framework".into()]),
    };
    if !FRAMEWORKS.iter().any(|reader| reader.name == framework) {
        return Err(vec![format!("no reader for framework `{framework}`")]);
    }
    let entries = std::fs::read_dir(&case.folder).unwrap().map(|entry| entry.unwrap().path());
    let path = entries.into_iter().find(|path| path.file_stem().is_some_and(|stem| stem == "model")).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let model = read(Source { name: &file_name(&path), bytes: &bytes });
    let refused = case.facts.get("refused") == Some(&Json::Bool(true)) || !case.folder.join("expected.json").exists();
    match (model, refused) {
        (Err(error), true) => {
            let is_variant = case.facts.get("refuses").is_some() && case.facts.get("unanswered").is_none();
            Ok(Passed { refused: Some(full_text(&error)), is_variant, ..Passed::default() })
        }
        (Ok(_), true) => Err(vec!["the file must be refused, but was read".into()]),
        (Err(error), false) => Err(vec![format!("cannot be read: {}", full_text(&error))]),
        (Ok(model), false) => check_model(case, &model, framework),
    }
}

fn full_text(error: &scorepack::error::Error) -> String {
    let mut text = format!("error[{}]: {error}", error.code());
    if let Some(place) = error.place() {
        write!(text, " (at {place})").unwrap();
    }
    if let Some(hint) = error.advice() {
        write!(text, "; hint: {hint}").unwrap();
    }
    text
}

fn check_model(case: &Case, model: &Model, framework: &str) -> Result<Passed, Failures> {
    let mut failures = Failures::new();
    if model.framework.name != framework {
        failures.push(format!("expected framework `{framework}`, found `{}`", model.framework.name));
    }
    let failed = |what: &str, error: scorepack::error::Error| vec![format!("{what}: {}", full_text(&error))];
    let module = compile(model, CompileOptions::default()).map_err(|error| failed("cannot be compiled", error))?;
    let again = compile(model, CompileOptions::default()).map_err(|error| failed("cannot be compiled", error))?;
    if module.wasm != again.wasm {
        failures.push("two compilations give different bytes".into());
    }
    let compiled = CompiledModule::new(&module.wasm).map_err(|error| failed("does not load", error))?;
    let instance = compiled.instantiate().map_err(|error| failed("does not start", error))?;
    let input = read_input(case, model, &module.abi).map_err(|error| failed("input.csv", error))?;
    let expected = std::fs::read(case.folder.join("expected.json")).unwrap();
    let expected = Expected::from_json(&expected).map_err(|error| failed("expected.json", error))?;
    let mut bench = Bench { model, abi: &module.abi, instance, refused: refused_rows(case), failures };
    for recorded in &expected.methods {
        bench.check_method(recorded, &input);
    }
    if !bench.failures.is_empty() {
        return Err(bench.failures);
    }
    let recorded = |method: &&Method| !expected.methods.iter().any(|known| known.method == method.name);
    let unrecorded = model.methods.iter().filter(recorded).map(|method| method.name.clone()).collect();
    Ok(Passed { methods: expected.methods.len(), unrecorded, ..Passed::default() })
}

/// All rows of input.csv in one block, however long.
fn read_input(case: &Case, model: &Model, abi: &Abi) -> scorepack::error::Result<Block> {
    let mut roomy = abi.clone();
    roomy.block_rows = u32::MAX;
    for arena in &mut roomy.inputs {
        if let InputArena::Text { capacity, .. } = arena {
            *capacity = u32::MAX;
        }
    }
    let file = std::fs::File::open(case.folder.join("input.csv")).unwrap();
    let input = InputFields { fields: &model.fields, named: model.fields_are_named };
    let mut block = Block::new(abi);
    Rows::open(file, "input.csv", Some(Format::Csv), input, &roomy)?.next_block(&mut block, usize::MAX)?;
    Ok(block)
}

/// Rows that the model must refuse, where the framework answers by a defect of its own.
fn refused_rows(case: &Case) -> Vec<usize> {
    let rows = case.facts.get("refused_rows").and_then(Json::as_list).unwrap_or_default();
    let row = |row: &Json| match row {
        Json::Integer(row) => usize::try_from(*row).unwrap(),
        other => panic!("refused_rows holds {}", other.kind()),
    };
    rows.iter().map(row).collect()
}

struct Bench<'a> {
    model: &'a Model,
    abi: &'a Abi,
    instance: Instance,
    refused: Vec<usize>,
    failures: Failures,
}

impl Bench<'_> {
    fn check_method(&mut self, expected: &Recorded, input: &Block) {
        let name = expected.method.as_str();
        let Some(method) = self.model.method(name) else {
            let known: Vec<&str> = self.model.methods.iter().map(|method| method.name.as_str()).collect();
            self.failures.push(format!("{name}: the model has no such method, only {}", known.join(", ")));
            return;
        };
        if expected.rows.len() != input.rows {
            self.failures.push(format!(
                "{name}: {} rows recorded for {} rows of input",
                expected.rows.len(),
                input.rows
            ));
            return;
        }
        let kept: Vec<usize> = (0..input.rows).filter(|row| !self.refused.contains(row)).collect();
        let rows: Vec<Json> = kept.iter().map(|row| expected.rows[*row].clone()).collect();
        let recorded = Recorded { method: name.to_owned(), rows };
        let input_kept = input.take_rows(&kept);
        let whole = match self.score(name, &input_kept, &(0..kept.len()).collect::<Vec<_>>(), usize::MAX) {
            Ok(outputs) => outputs,
            Err(failure) => return self.failures.push(failure),
        };
        let comparison = compare(&recorded, &whole);
        if let Some(first) = comparison.differences.first() {
            let count = comparison.difference_count;
            self.failures.push(format!("{name}: {count} of {} values differ: {first}", comparison.value_count));
        }
        self.check_interpreter(method, &input_kept, &whole);
        self.check_order(name, &input_kept, &whole);
        self.check_refused(name, input);
    }

    /// Scores some rows in blocks of at most `most` rows.
    fn score(&mut self, method: &str, input: &Block, rows: &[usize], most: usize) -> Result<Vec<Output>, String> {
        let arenas = &self.abi.method(method).unwrap().outputs;
        let mut all: Vec<Output> = arenas.iter().map(Output::empty).collect();
        for rows in rows.chunks(most.min(self.abi.block_rows as usize)) {
            let outputs = self.instance.call(method, &input.take_rows(rows));
            let outputs =
                outputs.map_err(|error| format!("{method}: block from row {}: {}", rows[0], full_text(&error)))?;
            all.iter_mut().zip(outputs).for_each(|(all, more)| all.append(more));
        }
        Ok(all)
    }

    /// The reference interpreter gives the module's bits.
    fn check_interpreter(&mut self, method: &Method, input: &Block, whole: &[Output]) {
        let values: Vec<_> = method.outputs.iter().map(|output| output.value).collect();
        let matrices = evaluate(&self.model.graph, &values, input.rows, |fields| input.matrix(self.abi, fields));
        let matrices = match matrices {
            Ok(matrices) => matrices,
            Err(refused) => {
                let failure = format!("{}: the interpreter refuses row {}", method.name, refused.row);
                return self.failures.push(failure);
            }
        };
        for (matrix, output) in matrices.iter().zip(whole) {
            let repeated = per_row(matrix, input.rows);
            if let Some(difference) = first_difference(&repeated, output) {
                let failure = format!("{}: the interpreter and the module differ: {difference}", method.name);
                self.failures.push(failure);
            }
        }
    }

    /// Single rows and a permutation give the bits of the whole.
    fn check_order(&mut self, name: &str, input: &Block, whole: &[Output]) {
        let straight: Vec<usize> = (0..input.rows).collect();
        let shuffled = permutation(input.rows);
        for (what, order, most) in [("single rows", &straight, 1), ("a permutation", &shuffled, usize::MAX)] {
            let outputs = match self.score(name, input, order, most) {
                Ok(outputs) => outputs,
                Err(failure) => return self.failures.push(failure),
            };
            for (output, whole) in outputs.iter().zip(whole) {
                if let Some(difference) = first_difference(&whole.take_rows(order), output) {
                    self.failures.push(format!("{name}: {what} and the whole differ: {difference}"));
                }
            }
        }
    }

    fn check_refused(&mut self, name: &str, input: &Block) {
        for row in self.refused.clone() {
            match self.instance.call(name, &input.take_rows(&[row])) {
                Err(error) if error.code() == "row-refused" => {}
                Err(error) => self.failures.push(format!("{name}: row {row}: {}", full_text(&error))),
                Ok(_) => self.failures.push(format!("{name}: row {row} must be refused, but was scored")),
            }
        }
    }
}

/// A value of the whole call, once per row.
fn per_row(matrix: &Matrix, rows: usize) -> Matrix {
    if matrix.rows == rows { matrix.clone() } else { matrix.take_rows(&vec![0; rows]) }
}

/// A fixed order that moves every row far away.
fn permutation(rows: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for last in (1..rows).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (state >> 33) as usize % (last + 1));
    }
    order
}

/// The first element whose bits differ; the payload of a NaN does not count.
fn first_difference(wanted: &Matrix, found: &Output) -> Option<String> {
    if wanted.pattern != found.pattern {
        return Some("other elements are stored".into());
    }
    let width = if wanted.pattern.is_some() { 1 } else { wanted.width };
    let (wanted, found) = (&wanted.data, &found.values);
    let at = match (wanted, found) {
        (Data::F32(a), Data::F32(b)) => position(a, b, |a, b| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())),
        (Data::F64(a), Data::F64(b)) => position(a, b, |a, b| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())),
        (Data::I64(a), Data::I64(b)) => position(a, b, PartialEq::eq),
        (Data::Bool(a), Data::Bool(b)) => position(a, b, PartialEq::eq),
        (Data::Text(a), Data::Text(b)) => position(a, b, PartialEq::eq),
        _ => return Some(format!("type {} against {}", wanted.element(), found.element())),
    }?;
    let show = |data: &Data| match data {
        data if at >= data.len() => "nothing".to_owned(),
        data => format!("{:?}", data.gather(std::iter::once(at))),
    };
    Some(format!("row {} column {}: {} against {}", at / width, at % width, show(wanted), show(found)))
}

fn position<T>(a: &[T], b: &[T], equal: impl Fn(&T, &T) -> bool) -> Option<usize> {
    let differs = a.iter().zip(b).position(|(a, b)| !equal(a, b));
    differs.or((a.len() != b.len()).then_some(a.len().min(b.len())))
}

/// Everything that failed, then a line per framework.
fn report(results: &BTreeMap<String, Result<Passed, Failures>>) -> (String, usize) {
    let (mut text, mut failed) = (String::new(), 0);
    let mut frameworks: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for (name, result) in results {
        let counts = frameworks.entry(name.split('/').next().unwrap()).or_default();
        match result {
            Ok(Passed { refused: Some(message), .. }) => {
                counts.2 += 1;
                writeln!(text, "refused {name}: {message}").unwrap();
            }
            Ok(passed) => {
                (counts.0, counts.1) = (counts.0 + 1, counts.1 + passed.methods);
                if !passed.unrecorded.is_empty() {
                    writeln!(text, "note {name}: nothing recorded for {}", passed.unrecorded.join(", ")).unwrap();
                }
            }
            Err(failures) => {
                failed += 1;
                failures.iter().for_each(|failure| writeln!(text, "FAILED {name}: {failure}").unwrap());
            }
        }
    }
    for (framework, (cases, methods, refused)) in frameworks {
        writeln!(text, "{framework}: {cases} cases, {methods} methods agree; {refused} files refused as they must be")
            .unwrap();
    }
    let of_sklearn = results.iter().filter(|(name, _)| name.starts_with("sklearn/"));
    let outcomes: Vec<_> = of_sklearn.map(|(_, result)| result).collect();
    let refused = |result: &&&Result<Passed, Failures>| result.as_ref().is_ok_and(|passed| passed.is_variant);
    let equal = |result: &&&Result<Passed, Failures>| result.as_ref().is_ok_and(|passed| passed.refused.is_none());
    let (equal, refused) = (outcomes.iter().filter(equal).count(), outcomes.iter().filter(refused).count());
    let wrong = outcomes.iter().filter(|result| result.is_err()).count();
    writeln!(text, "variants of scikit-learn: {equal} equal, {refused} refused by reason, {wrong} wrong").unwrap();
    if failed > 0 {
        writeln!(text, "{failed} of {} cases failed", results.len()).unwrap();
    }
    (text, failed)
}
