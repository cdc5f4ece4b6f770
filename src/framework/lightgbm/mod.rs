//! Reads LightGBM text models (format v3 and v4: LightGBM 3.3 to 4.x), alone or inside a pickled scikit-learn class.
//!
//! `lines`, `header` and `tree` turn the text into checked structures; `objective`, `missing`, `categories` and
//! `features` say what they mean; `lower` makes operators of them. All arithmetic is f64, in the order of the file.

mod categories;
mod describe;
mod features;
mod header;
mod lines;
mod lower;
mod missing;
mod objective;
mod tree;
mod wrapper;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk_tests;

pub use lower::Scores;
pub use objective::{Objective, Transform};
pub use wrapper::{Wrapper, WrapperKind};

use crate::error::{Error, Result};
use crate::framework::Source;
use crate::framework::supported::Support;
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::model::{Framework, Method, Model};
use categories::Categories;
use header::Header;
use lines::{Lines, malformed, number, shown, truncated};
use tree::Tree;

/// A LightGBM model as its text says it, every number checked.
#[derive(Debug, Clone)]
pub struct Booster {
    header: Header,
    trees: Vec<Tree>,
    /// The training parameters in the file's order, where it repeats them.
    parameters: Vec<(String, String)>,
    /// The categories of the training table's category columns.
    categories: Vec<Categories>,
}

/// Whether the content begins like a LightGBM text model.
pub fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(b"tree\n") || bytes.starts_with(b"tree\r\n")
}

/// Reads a model file.
pub fn read(source: Source<'_>) -> Result<Model> {
    let booster = Booster::parse(source.bytes)?;
    let fields = booster.fields()?;
    let mut g = GraphBuilder::new(fields.iter().map(|field| field.element).collect());
    let x = booster.input(&mut g, 0)?;
    let scores = booster.lower(&mut g, x, None)?;
    let classes = booster.class_numbers();
    let mut methods = vec![numbers(&g, "predict", "prediction", scores.prediction, &classes)];
    methods.extend(raw_methods(&g, scores, &classes));
    Ok(Model {
        // The file tells the version of its format, not LightGBM's own.
        framework: Framework { name: "lightgbm".into(), version: None },
        encoding: format!("text, format {}", booster.header.version),
        estimator: booster.estimator(),
        task: booster.task(),
        fields,
        fields_are_named: booster.fields_are_named(),
        methods,
        graph: g.finish(),
        imports: Vec::new(),
        notes: booster.notes()?,
    })
}

impl Booster {
    /// Reads the text of a model: a file, or `model_str` of a pickled booster.
    pub fn parse(bytes: &[u8]) -> Result<Booster> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            malformed(format!("expected UTF-8 text, found another byte at {}", error.valid_up_to()))
        })?;
        let mut lines = Lines::new(text);
        let header = Header::parse(&mut lines)?;
        let trees = parse_trees(&mut lines, &header, !text.contains('\r'))?;
        let mut booster = Booster { header, trees, parameters: Vec::new(), categories: Vec::new() };
        booster.parse_rest(&mut lines)?;
        Ok(booster)
    }

    /// The number of iterations.
    pub fn n_iterations(&self) -> usize {
        self.trees.len() / self.header.trees_per_iteration
    }

    /// The objective.
    pub fn objective(&self) -> &Objective {
        &self.header.objective
    }

    /// Whether training named the columns; else LightGBM calls all of them `Column_0`, `Column_1`, …
    pub fn fields_are_named(&self) -> bool {
        self.header.fields_are_named()
    }

    /// The number of splits on each feature, or what they were worth (`by_gain`), in the first iterations. After
    /// LightGBM's `FeatureImportance`: splits that are worth nothing do not count.
    pub fn importances(&self, by_gain: bool, n_iterations: Option<usize>) -> Result<Vec<f64>> {
        let mut sums = vec![0.0; self.header.n_features()];
        let n_trees = n_iterations.map_or(self.trees.len(), |n| n.saturating_mul(self.header.trees_per_iteration));
        for split in self.trees.iter().take(n_trees).flat_map(|tree| &tree.splits) {
            let gain = split.gain.ok_or_else(|| malformed("expected the gains of all splits").at("`split_gain`"))?;
            if let Some(sum) = sums.get_mut(split.feature).filter(|_| gain > 0.0) {
                *sum += if by_gain { f64::from(gain) } else { 1.0 };
            }
        }
        Ok(sums)
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The classes of a multiclass objective, by their numbers.
    fn class_numbers(&self) -> Vec<String> {
        let count = if self.header.objective.is_multiclass() { self.header.trees_per_iteration } else { 0 };
        (0..count).map(|class| class.to_string()).collect()
    }

    /// What follows the trees: importances, parameters, the parser's settings, categories.
    fn parse_rest(&mut self, lines: &mut Lines<'_>) -> Result<()> {
        let mut section = Section::None;
        let mut has_categories = false;
        for line in lines.by_ref() {
            section = match (section, line.text) {
                (Section::Parameters, "end of parameters") | (Section::Parser, "end of parser") => Section::None,
                (Section::Importances, "") => Section::None,
                (Section::Parser, _) | (_, "") => section,
                (Section::Parameters, text) => {
                    self.parameters.push(parameter(text).map_err(|error| error.at(line.place()))?);
                    section
                }
                (Section::Importances, text) if text.contains('=') => section,
                (Section::None, "feature_importances:") => Section::Importances,
                (Section::None, "parameters:") => Section::Parameters,
                (Section::None, "parser:") => Section::Parser,
                (Section::None, text) if text.starts_with(categories::PREFIX) && !has_categories => {
                    has_categories = true;
                    self.categories = categories::parse(&text[categories::PREFIX.len()..])?;
                    section
                }
                (_, text) => {
                    let message = format!("expected a section after the trees, found {}", shown(text));
                    return Err(malformed(message).at(line.place()));
                }
            };
        }
        match section {
            Section::Parameters => Err(truncated("`end of parameters`")),
            Section::Parser => Err(truncated("`end of parser`")),
            _ => Ok(()),
        }
    }
}

/// A method whose row is a number, or a list with a column per class.
fn numbers(g: &GraphBuilder, method: &str, output: &str, value: ValueId, classes: &[String]) -> Method {
    match g.width(value) {
        1 => Method::scalar(method, output, value),
        _ => Method::list(method, output, value, classes.to_vec()),
    }
}

/// `predict_raw` and `apply`.
fn raw_methods(g: &GraphBuilder, scores: Scores, classes: &[String]) -> [Method; 2] {
    let leaves = Method::list("apply", "leaf", scores.leaves, Vec::new());
    [numbers(g, "predict_raw", "margin", scores.raw, classes), leaves]
}

/// A part of the text after the trees.
#[derive(Debug, Clone, Copy)]
enum Section {
    None,
    Importances,
    Parameters,
    Parser,
}

/// `[name: value]`.
fn parameter(text: &str) -> Result<(String, String)> {
    text.strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .and_then(|text| text.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .ok_or_else(|| malformed(format!("expected `[name: value]`, found {}", shown(text))))
}

const CHANGED_HINT: &str =
    "the text was changed after LightGBM wrote it; without the line `tree_sizes` it is read as it is";

/// The trees up to `end of trees`. `has_sizes` holds unless line ends were changed after the sizes were written.
fn parse_trees(lines: &mut Lines<'_>, header: &Header, has_sizes: bool) -> Result<Vec<Tree>> {
    let sizes = header.tree_sizes.as_ref().filter(|_| has_sizes);
    let mut trees = Vec::new();
    loop {
        let start = lines.skip_empty().ok_or_else(|| truncated("`end of trees`"))?;
        lines.next();
        if start.text == "end of trees" {
            break;
        }
        let tree_idx = trees.len();
        let place = |error: Error| error.at(format!("tree {tree_idx}"));
        limits::TREES.check_len(tree_idx + 1)?;
        if start.text.strip_prefix("Tree=").and_then(|index| number(index).ok()) != Some(tree_idx) {
            let message = format!("expected `Tree={tree_idx}` or `end of trees`, found {}", shown(start.text));
            return Err(malformed(message).at(start.place()));
        }
        trees.push(Tree::parse(lines, header.n_features()).map_err(place)?);
        let next = lines.skip_empty().ok_or_else(|| truncated("`end of trees`"))?;
        let found = next.offset - start.offset;
        if let Some(expected) = sizes.and_then(|sizes| sizes.get(tree_idx)).filter(|size| **size != found) {
            let message = format!("expected {expected} bytes as `tree_sizes` says, found {found}");
            return Err(place(malformed(message)).hint(CHANGED_HINT));
        }
    }
    if let Some(expected) = header.tree_sizes.as_ref().map(Vec::len).filter(|expected| *expected != trees.len()) {
        let message = format!("expected {expected} trees as `tree_sizes` says, found {}", trees.len());
        return Err(malformed(message).hint(CHANGED_HINT));
    }
    if trees.len() % header.trees_per_iteration != 0 {
        let message = format!(
            "expected a multiple of {} trees as `num_tree_per_iteration` says, found {}",
            header.trees_per_iteration,
            trees.len()
        );
        return Err(malformed(message));
    }
    Ok(trees)
}

/// The objectives whose answers are known.
pub fn supported() -> Vec<Support> {
    objective::names().map(Support::objective).collect()
}
