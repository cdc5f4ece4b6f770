//! What the table of lowerings says of each class, compared with what the committed model files show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::estimators::LOWERINGS;
use super::fitted::Attributes;
use super::lowering::Lowering;
use super::*;

/// The methods that a class was seen to have, by its package and name.
type Seen = BTreeMap<(&'static str, &'static str), BTreeSet<String>>;

/// The fixtures of scikit-learn, and those of other frameworks that are pickled.
fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let of = |name: &str| std::fs::read_dir(root.join(name)).unwrap().map(|entry| entry.unwrap().path());
    let is_pickled = |folder: &PathBuf| model_file(folder).extension().is_some_and(|it| it == "joblib" || it == "pkl");
    of("sklearn").chain(of("catboost").filter(is_pickled)).collect()
}

fn model_file(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.file_stem().is_some_and(|stem| stem == "model")).unwrap()
}

/// The model files that are not refused.
fn models() -> Vec<PathBuf> {
    let accepted = folders().into_iter().filter(|folder| folder.join("expected.json").exists());
    accepted.map(|folder| model_file(&folder)).collect()
}

/// The rows that answer for the root estimator: those that delegate, then the one that does the work.
fn answering(root: Fitted<'_>, frame: &Frame, context: &mut Context) -> Vec<&'static Lowering> {
    let Some(row) = root.lowering() else { return Vec::new() };
    let mut rows = vec![row];
    if let Some(delegate) = row.delegate {
        let delegated = delegate(context, root, frame).unwrap();
        rows.extend(answering(delegated.estimator, &delegated.frame, context));
    }
    rows
}

fn note(path: &Path, seen: &mut Seen) {
    let bytes = std::fs::read(path).unwrap();
    let pickle = joblib::read(&bytes, Options::LOAD).unwrap();
    let root = pickle.root();
    if root.class().is_none() || boosters::pickled_text(root).is_some() {
        return;
    }
    let inputs = Inputs::of(root).unwrap();
    let frame = Frame::of_fields(&inputs.names);
    let methods = Context::new(&inputs).answers(root, &frame).unwrap().methods;
    for row in answering(root, &frame, &mut Context::new(&inputs)) {
        let names = methods.iter().map(|method| method.name.clone());
        let known = seen.entry((row.package, row.class)).or_default();
        known.extend(names.filter(|_| row.delegate.is_none()));
    }
}

/// What all fixtures show, read on every core.
fn seen() -> Seen {
    let models = models();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = |paths: &[PathBuf]| {
        let mut seen = Seen::new();
        paths.iter().for_each(|path| note(path, &mut seen));
        seen
    };
    let mut all = Seen::new();
    std::thread::scope(|scope| {
        let chunks = models.chunks(models.len().div_ceil(threads));
        let workers: Vec<_> = chunks.map(|chunk| scope.spawn(move || part(chunk))).collect();
        for (row, methods) in workers.into_iter().flat_map(|worker| worker.join().unwrap()) {
            all.entry(row).or_default().extend(methods);
        }
    });
    all
}

#[test]
fn the_table_tells_the_methods_that_the_fixtures_show() {
    let seen = seen();
    let mut wrong = String::new();
    for row in LOWERINGS {
        let told: BTreeSet<String> = row.methods().iter().map(|method| (*method).to_owned()).collect();
        match seen.get(&(row.package, row.class)) {
            // Private classes stand inside others only.
            None if row.class.starts_with('_') => {}
            None => writeln!(wrong, "{}.{}: no fixture", row.package, row.class).unwrap(),
            Some(shown) if *shown == told => {}
            Some(shown) => writeln!(wrong, "{}.{}: told {told:?}, shown {shown:?}", row.package, row.class).unwrap(),
        }
    }
    assert!(wrong.is_empty(), "`answers` of the rows and the fixtures differ:\n{wrong}");
}

/// What a fixture says that it proves to be refused: package, class and variant.
fn refused_variant(folder: &Path) -> Option<[String; 3]> {
    let facts: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("case.json")).unwrap()).unwrap();
    let words = facts.get("refuses")?.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned());
    words.collect::<Vec<_>>().try_into().ok()
}

#[test]
fn every_refusal_of_the_table_is_one_of_the_reader() {
    let methods: BTreeSet<&str> = LOWERINGS.iter().flat_map(Lowering::methods).copied().collect();
    let mut declared = BTreeMap::new();
    for row in LOWERINGS {
        // That a method is not there, the other test proves.
        for refusal in row.refuses.iter().filter(|refusal| !methods.contains(refusal.what)) {
            declared.insert([row.package, row.class, refusal.what].map(str::to_owned), refusal.why);
        }
    }
    let mut wrong = Vec::new();
    for folder in folders() {
        let Some(variant) = refused_variant(&folder) else { continue };
        let why = declared.remove(&variant).unwrap_or_else(|| panic!("{folder:?} proves what no row refuses"));
        let bytes = std::fs::read(model_file(&folder)).unwrap();
        let error = super::read(Source { name: "model.joblib", bytes: &bytes }).unwrap_err();
        let text = format!("{error}; {}", error.advice().unwrap_or_default());
        if !text.contains(why) {
            wrong.push(format!("{variant:?}: expected `{why}`, found `{text}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unproven: Vec<_> = declared.keys().collect();
    assert!(unproven.is_empty(), "no fixture is refused for {unproven:?}");
}
