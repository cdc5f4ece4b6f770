//! The lines before the first tree.

use super::lines::{Line, Lines, malformed, number, numbers, shown, truncated};
use super::objective::Objective;
use crate::error::{Error, Result};
use crate::limits;

/// What the header says.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// `v3` (LightGBM 3) or `v4` (LightGBM 4).
    pub version: String,
    /// Trees, and sums, of one iteration.
    pub trees_per_iteration: usize,
    pub objective: Objective,
    /// Whether predictions are means over iterations (random forests).
    pub average_output: bool,
    pub feature_names: Vec<String>,
    pub feature_infos: Vec<FeatureInfo>,
    /// Bytes of every tree, where the file says them.
    pub tree_sizes: Option<Vec<usize>>,
}

/// What training saw in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum FeatureInfo {
    /// Nothing to split on.
    Unused,
    /// Numbers from the first to the second.
    Range(f64, f64),
    /// Category codes; the highest.
    Codes(i64),
}

/// The versions of the text format whose meaning is known.
const VERSIONS: [&str; 2] = ["v3", "v4"];
/// Every key of a header. `label_index` and `monotone_constraints` say nothing about prediction.
const KEYS: [&str; 11] = [
    "version",
    "num_class",
    "num_tree_per_iteration",
    "label_index",
    "max_feature_idx",
    "objective",
    "average_output",
    "feature_names",
    "monotone_constraints",
    "feature_infos",
    "tree_sizes",
];

impl Header {
    /// Reads up to the first tree, or to the end of the trees where there is none.
    pub fn parse(lines: &mut Lines<'_>) -> Result<Self> {
        if lines.next().map(|line| line.text) != Some("tree") {
            return Err(malformed("expected `tree` as the first line"));
        }
        let entries = Entries::collect(lines)?;
        entries.version()?;
        let n_features = entries.n_features()?;
        let num_class: usize = entries.parse("num_class", number)?;
        let trees_per_iteration = match entries.find("num_tree_per_iteration") {
            Some(_) => entries.parse("num_tree_per_iteration", number)?,
            None => num_class,
        };
        limits::CLASSES.check_len(trees_per_iteration)?;
        let objective = match entries.find("objective") {
            Some(_) => entries.parse("objective", |value| Objective::parse(value, num_class))?,
            None => Objective::CUSTOM,
        };
        check_outputs(&objective, num_class, trees_per_iteration)?;
        Ok(Header {
            version: entries.version()?.to_owned(),
            trees_per_iteration,
            objective,
            average_output: entries.find("average_output").is_some(),
            feature_names: entries.parse("feature_names", |value| feature_names(value, n_features))?,
            feature_infos: entries.parse("feature_infos", |value| feature_infos(value, n_features))?,
            tree_sizes: match entries.find("tree_sizes") {
                Some((_, value)) => {
                    let count = value.split_ascii_whitespace().count();
                    Some(entries.parse("tree_sizes", |value| numbers(value, count))?)
                }
                None => None,
            },
        })
    }

    /// The number of input columns.
    pub fn n_features(&self) -> usize {
        self.feature_names.len()
    }

    /// Whether the columns had names: else LightGBM calls all of them `Column_0`, `Column_1`, …
    pub fn fields_are_named(&self) -> bool {
        !self.feature_names.iter().enumerate().all(|(i, name)| *name == format!("Column_{i}"))
    }
}

/// The header's lines, each key once.
struct Entries<'a>(Vec<(Line<'a>, &'a str, &'a str)>);

impl<'a> Entries<'a> {
    fn collect(lines: &mut Lines<'a>) -> Result<Self> {
        let mut entries = Entries(Vec::new());
        loop {
            let line = lines.skip_empty().ok_or_else(|| truncated("trees"))?;
            if line.text.starts_with("Tree=") || line.text == "end of trees" {
                return Ok(entries);
            }
            let (key, value) = line.key_value();
            if !KEYS.contains(&key) {
                let message = format!("the header line {} is unknown", shown(key));
                return Err(Error::unsupported("lightgbm-key", message).at(line.place()));
            }
            if let Some((first, _)) = entries.find(key) {
                let message = format!("`{key}` stands twice: first on line {}", first.number);
                return Err(malformed(message).at(line.place()));
            }
            entries.0.push((line, key, value));
            lines.next();
        }
    }

    fn find(&self, key: &str) -> Option<(Line<'a>, &'a str)> {
        self.0.iter().find(|(_, known, _)| *known == key).map(|(line, _, value)| (*line, *value))
    }

    /// The value of a key that must be there, read by `read`.
    fn parse<T>(&self, key: &str, read: impl Fn(&'a str) -> Result<T>) -> Result<T> {
        let (line, value) = self.find(key).ok_or_else(|| malformed(format!("the header has no `{key}`")))?;
        read(value).map_err(|error| error.at(format!("`{key}`")).at(line.place()))
    }

    fn version(&self) -> Result<&'a str> {
        let version = self.parse("version", Ok)?;
        if VERSIONS.contains(&version) {
            return Ok(version);
        }
        let message = format!("expected format version v3 or v4, found {}", shown(version));
        Err(Error::unsupported("lightgbm-version", message)
            .hint("load it with LightGBM 3.3 to 4.x and save it again: `Booster(model_file=…).save_model(…)`"))
    }

    fn n_features(&self) -> Result<usize> {
        let highest: u64 = self.parse("max_feature_idx", number)?;
        limits::FEATURES.check(highest.saturating_add(1))?;
        usize::try_from(highest + 1).map_err(|_| malformed("more features than memory holds"))
    }
}

/// The counts of classes, sums and objective must agree.
fn check_outputs(objective: &Objective, num_class: usize, trees_per_iteration: usize) -> Result<()> {
    let expected = match objective {
        objective if objective.is_multiclass() || *objective == Objective::CUSTOM => num_class,
        _ => 1,
    };
    if expected == 0 {
        return Err(malformed("expected at least one class, found `num_class=0`"));
    }
    if trees_per_iteration == expected {
        return Ok(());
    }
    let message = format!(
        "expected {expected} trees per iteration for the objective `{}`, found {trees_per_iteration}",
        objective.name
    );
    Err(malformed(message).at("`num_tree_per_iteration`"))
}

fn feature_names(value: &str, n_features: usize) -> Result<Vec<String>> {
    let names: Vec<String> = value.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.len() == n_features { Ok(names) } else { Err(wrong_count("names", n_features, names.len())) }
}

fn feature_infos(value: &str, n_features: usize) -> Result<Vec<FeatureInfo>> {
    let infos = value.split_ascii_whitespace().map(feature_info).collect::<Result<Vec<_>>>()?;
    if infos.len() == n_features { Ok(infos) } else { Err(wrong_count("columns", n_features, infos.len())) }
}

fn wrong_count(of: &str, expected: usize, found: usize) -> Error {
    malformed(format!("expected {expected} {of} as `max_feature_idx` says, found {found}"))
}

/// `none`, `[min:max]`, or the codes `-1:3:0:2`.
fn feature_info(word: &str) -> Result<FeatureInfo> {
    if word == "none" {
        return Ok(FeatureInfo::Unused);
    }
    if let Some(range) = word.strip_prefix('[').and_then(|word| word.strip_suffix(']')) {
        let (low, high) =
            range.split_once(':').ok_or_else(|| malformed(format!("expected `[min:max]`, found {}", shown(word))))?;
        return Ok(FeatureInfo::Range(number(low)?, number(high)?));
    }
    let codes = word.split(':').map(number).collect::<Result<Vec<i64>>>()?;
    Ok(FeatureInfo::Codes(codes.into_iter().max().unwrap_or(-1)))
}
