//! The learner: what surrounds the trees or weights. [`Booster::parse`] checks the whole file.

use crate::encoding::document::{Document, Object};
use crate::encoding::json::{self, Nonfinite};
use crate::encoding::ubjson;
use crate::error::{Error, Result};
use crate::limits;

use super::category::{self, Names};
use super::ensemble::Ensemble;
use super::linear::Linear;
use super::objective::{self, Objective};
use super::parameter::{numbers, only_keys, optional, required};
use super::wrapper::Wrapper;

/// A checked booster.
#[derive(Debug, Clone)]
pub struct Booster {
    pub(super) version: String,
    pub(super) encoding: &'static str,
    pub(super) objective: &'static Objective,
    pub(super) objective_parameters: Vec<(String, String)>,
    /// Classes of one target; 0 unless there are several.
    pub(super) n_classes: usize,
    /// Outputs: classes, targets or one.
    pub(super) n_groups: usize,
    pub(super) base_score: Vec<f32>,
    /// Where the sums begin, one per output.
    pub(super) base_margin: Vec<f32>,
    pub(super) features: Vec<Feature>,
    pub(super) has_names: bool,
    pub(super) model: BoosterModel,
    pub(super) attributes: Vec<(String, String)>,
}

/// An input feature.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    pub(super) name: String,
    /// The names behind its codes, if it has categories with names.
    pub(super) categories: Option<Names>,
}

/// What boosting has built.
#[derive(Debug, Clone)]
pub(super) enum BoosterModel {
    /// gbtree and dart.
    Trees(Ensemble),
    /// gblinear.
    Linear(Linear),
}

impl Booster {
    /// Reads a model in JSON or UBJSON, alone or inside the state that Python pickles.
    pub fn parse(bytes: &[u8]) -> Result<Booster> {
        let (document, encoding) = document(bytes)?;
        let root = document.object()?;
        let read = |model: &Object<'_>| {
            let version = model.read("version", version)?;
            model.read("learner", |learner| Booster::read(learner.object()?, version, encoding))
        };
        match root.get("Model") {
            Some(_) => root.read("Model", |model| read(model.object()?)),
            None => read(root),
        }
    }

    fn read(learner: &Object<'_>, version: String, encoding: &'static str) -> Result<Booster> {
        only_keys(
            learner,
            &["attributes", "feature_names", "feature_types", "gradient_booster", "learner_model_param", "objective"],
        )?;
        let (objective, objective_parameters) = learner.read("objective", |value| read_objective(value.object()?))?;
        let sizes = learner.read("learner_model_param", |value| Sizes::read(value.object()?, objective))?;
        let names = learner.read("feature_names", |names| feature_names(names, sizes.n_features))?;
        learner.read("feature_types", |types| check_types(types, sizes.n_features))?;
        let (model, categories) =
            learner.read("gradient_booster", |value| read_model(value.object()?, sizes.n_features, sizes.n_groups))?;
        let attributes = learner.read("attributes", |value| {
            let text = |(name, value): (&str, &Document<'_>)| Ok((name.to_owned(), value.text()?.to_owned()));
            value.object()?.entries().map(text).collect()
        })?;
        let has_names = !names.is_empty();
        let names = if has_names { names } else { (0..sizes.n_features).map(|i| format!("f{i}")).collect() };
        let feature = |(name, categories)| Feature { name, categories };
        Ok(Booster {
            version,
            encoding,
            objective,
            objective_parameters,
            n_classes: sizes.n_classes,
            n_groups: sizes.n_groups,
            base_margin: sizes.base_margin,
            base_score: sizes.base_score,
            features: names.into_iter().zip(categories).map(feature).collect(),
            has_names,
            model,
            attributes,
        })
    }

    /// The version of XGBoost that saved the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The number of input features.
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// The features' names, where the file has them.
    pub fn feature_names(&self) -> Option<Vec<&str>> {
        self.has_names.then(|| self.features.iter().map(|feature| feature.name.as_str()).collect())
    }

    /// Whether some features are categories with names: cells hold the names then, and [`Booster::lower`] wants codes.
    pub fn has_category_names(&self) -> bool {
        self.features.iter().any(|feature| feature.categories.is_some())
    }

    /// An attribute of the booster.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The scikit-learn estimator that the file was saved from, if it was.
    pub fn wrapper(&self) -> Result<Option<Wrapper>> {
        let place = |error: Error| error.at("`attributes`, `scikit_learn`");
        self.attribute("scikit_learn").map(Wrapper::read).transpose().map_err(place)
    }

    /// The last round that the scikit-learn estimators use; a booster alone does not care.
    pub(super) fn best_iteration(&self) -> Result<Option<usize>> {
        let parse = |text: &str| {
            text.parse().map_err(|_| {
                let message = format!("expected a round, found `{text}`");
                Error::malformed("xgboost-model", message).at("`attributes`, `best_iteration`")
            })
        };
        self.attribute("best_iteration").map(parse).transpose()
    }
}

/// The file as a document, and its encoding.
pub(super) fn document(bytes: &[u8]) -> Result<(Document<'_>, &'static str)> {
    let is_text = bytes.iter().skip(1).find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'"');
    Ok(match is_text {
        true => (json::read(bytes, Nonfinite::Words)?, "JSON"),
        false => (ubjson::read(bytes)?, "UBJSON"),
    })
}

/// The oldest and the newest versions whose files are known.
const OLDEST: [u32; 2] = [1, 7];
const NEWEST_MAJOR: u32 = 3;

fn version(value: &Document<'_>) -> Result<String> {
    let numbers: Vec<u32> = value.integers()?;
    let [major, minor, _] = numbers.as_slice() else {
        return Err(Error::malformed("xgboost-model", format!("expected three numbers, found {}", numbers.len())));
    };
    let text = numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    if [*major, *minor] < OLDEST || *major > NEWEST_MAJOR {
        return Err(Error::unsupported("unsupported-version", format!("files of XGBoost {text} are not known"))
            .hint("load the model in XGBoost 1.7 to 3.2 and save it again"));
    }
    Ok(text)
}

/// The numbers of `learner_model_param`.
struct Sizes {
    n_features: usize,
    n_classes: usize,
    n_groups: usize,
    base_score: Vec<f32>,
    base_margin: Vec<f32>,
}

impl Sizes {
    fn read(parameters: &Object<'_>, objective: &Objective) -> Result<Self> {
        let n_features: usize = required(parameters, "num_feature")?;
        limits::FEATURES.check_len(n_features)?;
        let n_classes: usize = required(parameters, "num_class")?;
        let n_targets: usize = optional(parameters, "num_target")?.unwrap_or(1);
        if n_features == 0 || (n_classes > 1 && n_targets > 1) {
            let message = format!("{n_features} features, {n_classes} classes and {n_targets} targets cannot be");
            return Err(Error::malformed("xgboost-model", message));
        }
        let n_groups = n_classes.max(n_targets).max(1);
        limits::CLASSES.check_len(n_groups)?;
        if objective.is_multiclass() && n_classes == 0 {
            let message = format!("expected classes for `{}`, found none", objective.name);
            return Err(Error::malformed("xgboost-model", message).at("`num_class`"));
        }
        let base_score = parameters.read("base_score", numbers)?;
        let base_margin = parameters.read("base_score", |_| match base_score.as_slice() {
            [only] => Ok(vec![objective.margin(*only)?; n_groups]),
            all if all.len() == n_groups => all.iter().map(|score| objective.margin(*score)).collect(),
            all => {
                let message = format!("expected a number for each of {n_groups} outputs, found {}", all.len());
                Err(Error::malformed("xgboost-model", message))
            }
        })?;
        Ok(Sizes { n_features, n_classes, n_groups, base_score, base_margin })
    }
}

/// An objective and its parameters.
type ReadObjective = (&'static Objective, Vec<(String, String)>);

fn read_objective(value: &Object<'_>) -> Result<ReadObjective> {
    let found = value.read("name", |name| objective::find(name.text()?))?;
    let mut parameters = Vec::new();
    for (key, group) in value.entries().filter(|(key, _)| *key != "name") {
        let read = |(name, text): (&str, &Document<'_>)| Ok((name.to_owned(), text.text()?.to_owned()));
        let group = group.object().and_then(|group| group.entries().map(read).collect::<Result<Vec<_>>>());
        parameters.extend(group.map_err(|error| error.at(format!("`{key}`")))?);
    }
    Ok((found, parameters))
}

/// The names of all features, or none.
fn texts(value: &Document<'_>, n_features: usize) -> Result<Vec<String>> {
    let texts = value.texts()?;
    if !texts.is_empty() && texts.len() != n_features {
        let message = format!("expected one for each of {n_features} features, found {}", texts.len());
        return Err(Error::malformed("xgboost-model", message));
    }
    Ok(texts)
}

fn feature_names(value: &Document<'_>, n_features: usize) -> Result<Vec<String>> {
    let names = texts(value, n_features)?;
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    match sorted.array_windows().find(|[a, b]| a == b) {
        Some([name, _]) => Err(Error::malformed("xgboost-model", format!("the feature `{name}` stands twice"))),
        None => Ok(names),
    }
}

/// XGBoost's feature types: number, integer, indicator, quantity, category. All but the last are read as numbers.
const TYPES: [&str; 5] = ["float", "int", "i", "q", "c"];

fn check_types(value: &Document<'_>, n_features: usize) -> Result<()> {
    match texts(value, n_features)?.iter().find(|ty| !TYPES.contains(&ty.as_str())) {
        None => Ok(()),
        Some(ty) => Err(Error::unsupported("unsupported-xgboost", format!("the feature type `{ty}` is not known"))),
    }
}

/// A booster and the names of its categories, per feature.
type ReadModel = (BoosterModel, Vec<Option<Names>>);

fn read_model(booster: &Object<'_>, n_features: usize, n_groups: usize) -> Result<ReadModel> {
    let trees = |model: &Document<'_>| {
        let model = model.object()?;
        let categories = match model.get("cats") {
            Some(_) => model.read("cats", |cats| category::read(cats, n_features))?,
            None => vec![None; n_features],
        };
        Ok((Ensemble::read(model, n_features, n_groups)?, categories))
    };
    let name = booster.read("name", |name| name.text().map(str::to_owned))?;
    match name.as_str() {
        "gbtree" => {
            only_keys(booster, &["name", "model"])?;
            let (ensemble, categories) = booster.read("model", trees)?;
            Ok((BoosterModel::Trees(ensemble), categories))
        }
        "dart" => {
            only_keys(booster, &["name", "gbtree", "weight_drop"])?;
            let (ensemble, categories) = booster.read("gbtree", |gbtree| gbtree.object()?.read("model", trees))?;
            let weighted = booster.read("weight_drop", |weights| ensemble.weighted(weights.f32s()?))?;
            Ok((BoosterModel::Trees(weighted), categories))
        }
        "gblinear" => {
            only_keys(booster, &["name", "model"])?;
            let linear = booster.read("model", |model| Linear::read(model.object()?, n_features, n_groups))?;
            Ok((BoosterModel::Linear(linear), vec![None; n_features]))
        }
        other => Err(Error::unsupported("unsupported-booster", format!("the booster `{other}` is not known"))
            .at("`name`")
            .hint("gbtree, dart and gblinear can be compiled")),
    }
}

impl BoosterModel {
    /// The booster's name in XGBoost.
    pub(super) fn name(&self) -> &'static str {
        match self {
            BoosterModel::Trees(ensemble) if ensemble.weights.is_some() => "dart",
            BoosterModel::Trees(_) => "gbtree",
            BoosterModel::Linear(_) => "gblinear",
        }
    }
}
