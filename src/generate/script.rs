//! score.py: what its template is told.

use serde::Serialize;
use serde_json::{Value, json};

use super::WASMTIME_VERSION;
use super::render::render;
use crate::abi;
use crate::artifact::{Engine, Manifest, PARTITION_INDEX};
use crate::error::{Error, Result};
use crate::model::{Estimator, MOST_LISTED_COLUMNS};
use crate::ops::{STATUS_OUTPUT_FULL, STATUS_ROW_REFUSED};

/// What every script that scores is told.
#[derive(Serialize)]
pub struct Script<'a> {
    engine: Engine,
    name: &'a str,
    framework: String,
    library: &'a str,
    version: &'a str,
    fields_are_named: bool,
    methods: Vec<&'a str>,
    bundled_runtime: bool,
    /// Whether there is a model for each value of the last column.
    partitioned: bool,
    wasmtime_version: &'a str,
    abi_section: &'a str,
    abi_version: u32,
    row_refused: i32,
    output_full: i32,
    most_listed_columns: usize,
    /// Whether whole numbers and booleans in columns of text stand for their digits, as CatBoost takes its categories.
    digits_are_text: bool,
    /// The file that is loaded.
    pub load_file: &'a str,
    model_file: &'a str,
    model_sha256: String,
    #[serde(flatten)]
    native: Native,
}

/// How the native engine loads the model file.
#[derive(Serialize, Default)]
struct Native {
    loader: &'static str,
    /// The scikit-learn class of an XGBoost file that holds its attributes, or CatBoost's of the loss function.
    wrapper: Option<&'static str>,
    /// The form of the file, as CatBoost names it.
    format: Option<&'static str>,
    /// Method to the options of `predict` that stand for it in a booster's scikit-learn estimator.
    options: Option<Value>,
    /// Whether columns of categories are pandas' own: the boosters look their codes up in it.
    categorical: bool,
    /// What the first estimator takes instead of a table: `texts` or `dicts`.
    rows: Option<&'static str>,
}

/// Renders score.py.
pub fn score_script(manifest: &Manifest) -> Result<String> {
    render("score.py", &script(manifest)?)
}

/// What the artifact's scripts are told.
pub fn script(manifest: &Manifest) -> Result<Script<'_>> {
    let (model, engine) = (&manifest.model, manifest.artifact.engine);
    let load_file = match (engine, &manifest.score_module) {
        _ if manifest.partitions.is_some() => PARTITION_INDEX,
        (Engine::Wasm, Some(module)) => &module.file,
        _ => &model.file,
    };
    let model_sha256 = manifest.file(&model.file).map_or_else(String::new, |file| file.sha256.to_string());
    let version = model.framework.version.as_deref();
    Ok(Script {
        engine,
        name: &manifest.artifact.name,
        framework: version
            .map_or(model.framework.name.clone(), |version| format!("{} {version}", model.framework.name)),
        library: &model.framework.name,
        version: &manifest.generator.version,
        fields_are_named: model.fields_are_named,
        methods: manifest.methods.iter().map(|method| method.name.as_str()).collect(),
        bundled_runtime: manifest.environment.bundled_runtime,
        partitioned: manifest.partitions.is_some(),
        wasmtime_version: WASMTIME_VERSION,
        abi_section: abi::SECTION,
        abi_version: abi::VERSION,
        row_refused: STATUS_ROW_REFUSED,
        output_full: STATUS_OUTPUT_FULL,
        most_listed_columns: MOST_LISTED_COLUMNS,
        digits_are_text: model.framework.name == "catboost",
        load_file,
        model_file: &model.file,
        model_sha256,
        native: if engine == Engine::Native { native(manifest)? } else { Native::default() },
    })
}

/// The scikit-learn classes that XGBoost's own files name, and CatBoost's.
const WRAPPERS: &[&str] = &[
    "XGBClassifier",
    "XGBRegressor",
    "XGBRanker",
    "XGBRFClassifier",
    "XGBRFRegressor",
    "CatBoost",
    "CatBoostClassifier",
    "CatBoostRegressor",
    "CatBoostRanker",
];

fn native(manifest: &Manifest) -> Result<Native> {
    let model = &manifest.model;
    let encoding = model.encoding.as_str();
    let class = model.estimator.class.as_str();
    let wrapper = WRAPPERS.iter().copied().find(|known| *known == class);
    let last = last_step(&model.estimator);
    let loader = match model.framework.name.as_str() {
        _ if encoding.starts_with("joblib") => "joblib",
        _ if encoding.starts_with("pickle") => "pickle",
        "xgboost" => "xgboost",
        "lightgbm" => "lightgbm",
        "catboost" => "catboost",
        other => {
            let message = format!("score.py cannot load {encoding} of {other} with the framework itself");
            return Err(Error::unsupported("native-engine", message).hint("leave out `--engine native`"));
        }
    };
    if let labels @ ("LabelBinarizer" | "MultiLabelBinarizer") = class {
        let message =
            format!("`{labels}` takes a list of labels or of sets of them, and score.py has a table of columns");
        return Err(Error::unsupported("native-engine", message).hint("leave out `--engine native`"));
    }
    let (is_xgboost, is_lightgbm) = (last.starts_with("XGB"), last.starts_with("LGBM"));
    Ok(Native {
        loader,
        wrapper,
        format: match encoding {
            "CBM" => Some("cbm"),
            "JSON" => Some("json"),
            _ => None,
        },
        options: match (is_xgboost, is_lightgbm) {
            // A ranker only sums.
            _ if last == "CatBoostRanker" => Some(json!({"predict_raw": {}})),
            _ if last.starts_with("CatBoost") => Some(json!({"predict_raw": {"prediction_type": "RawFormulaVal"}})),
            (true, _) => Some(json!({"predict_raw": {"output_margin": true}})),
            (_, true) => Some(json!({"predict_raw": {"raw_score": true}, "apply": {"pred_leaf": true}})),
            _ => None,
        },
        categorical: matches!(model.framework.name.as_str(), "xgboost" | "lightgbm")
            || class.starts_with("XGB")
            || class.starts_with("LGBM"),
        rows: match first_step(&model.estimator) {
            "CountVectorizer" | "TfidfVectorizer" | "HashingVectorizer" => Some("texts"),
            "DictVectorizer" => Some("dicts"),
            _ => None,
        },
    })
}

/// The class of the estimator that sees the rows: the first one of pipelines, unions, searches and ensembles.
fn first_step(estimator: &Estimator) -> &str {
    match estimator.steps.first() {
        Some(first) if estimator.class != "ColumnTransformer" => first_step(first),
        _ => &estimator.class,
    }
}

/// The class of the estimator that predicts: the last one of nested pipelines.
fn last_step(estimator: &Estimator) -> &str {
    match estimator.steps.last() {
        Some(last) if estimator.class == "Pipeline" => last_step(last),
        _ => &estimator.class,
    }
}
