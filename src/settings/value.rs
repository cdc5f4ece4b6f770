//! Values of options that have parts: `NAME=VALUE` on the command line, mappings in a settings file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::artifact::{FunctionType, MethodOptions, Volatility};
use crate::error::{Error, Result};

/// A name with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

fn split(text: &str, expected: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::usage("usage", format!("expected {expected}, found `{text}`"))),
    }
}

impl FromStr for Pair {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        split(text, "NAME=VALUE").map(|(name, value)| Pair { name, value })
    }
}

/// Reads a mapping of texts.
pub fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pair>, D::Error> {
    let map = BTreeMap::<String, String>::deserialize(deserializer)?;
    Ok(map.into_iter().map(|(name, value)| Pair { name, value }).collect())
}

/// The pairs of the command line as a mapping, then those of the file that have other names.
pub fn by_name(option: &str, given: &[Pair], file: &[Pair]) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for pair in given {
        if all.insert(pair.name.clone(), pair.value.clone()).is_some() {
            return Err(Error::usage("usage", format!("`--{option} {}=…` is given twice", pair.name)));
        }
    }
    for pair in file {
        all.entry(pair.name.clone()).or_insert_with(|| pair.value.clone());
    }
    Ok(all)
}

/// Where metrics stand: in a file, or here.
#[derive(Debug, Clone, PartialEq)]
pub enum Metrics {
    /// A file with a JSON or YAML mapping.
    File(PathBuf),
    /// Names with their values.
    Values(Map<String, Value>),
}

impl Metrics {
    /// The file, where they stand in one.
    pub(super) fn file_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Metrics::File(path) => Some(path),
            Metrics::Values(_) => None,
        }
    }
}

impl FromStr for Metrics {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((name, value)) = text.split_once('=') else { return Ok(Metrics::File(text.into())) };
        let read = serde_json::from_str(value).map_err(|_| {
            Error::usage("usage", format!("the metric `{name}` is no JSON: expected a number, found `{value}`"))
                .hint("a text stands in double quotes; JSON has no NaN and no infinity")
        });
        Ok(Metrics::Values(Map::from_iter([(name.to_owned(), read?)])))
    }
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FileOrValues;

        impl<'de> serde::de::Visitor<'de> for FileOrValues {
            type Value = Metrics;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a file or a mapping of names to values")
            }

            fn visit_str<E>(self, text: &str) -> Result<Metrics, E> {
                Ok(Metrics::File(text.into()))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Metrics, A::Error> {
                Map::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Metrics::Values)
            }
        }
        deserializer.deserialize_any(FileOrValues)
    }
}

/// Options of a method, or of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodSetting {
    /// The method; all if none is named.
    pub method: Option<String>,
    /// Its options.
    pub options: MethodOptions,
}

/// The keys of [`MethodOptions`].
const KEYS: &[&str] =
    &["case_sensitive", "max_batch_size", "function_type", "partitioned", "volatility", "native_output"];

/// Options that a registration call of the platform's own package takes and that mean nothing here, with the reason.
pub static NOT_APPLICABLE: &[(&str, &str)] = &[
    ("capture_sample_input_data", "no row is stored unless `--sample` gives it: see `--sample-rows`"),
    ("cuda_version", "the score module runs on a processor, and so do warehouses"),
    ("embed_local_ml_library", "the handler is self-contained: it needs no snowflake-ml-python that could be embedded"),
    ("enable_explainability", "the model has no method `explain`"),
    ("method_options", "`--method-option METHOD.KEY=VALUE` says the same"),
    ("model_init_once", "the handler loads the model once in any case"),
    ("multiple_inputs", "the inputs are the columns of the signature"),
    ("relax_version", "`--relax-versions` says the same"),
    ("save_location", "`--output` says where the artifact goes"),
    ("target_methods", "`--target-method` says the same"),
    ("use_gpu", "the score module runs on a processor, and so do warehouses"),
];

/// The error for an option that means nothing here; none where it is not known at all.
pub fn not_applicable(name: &str) -> Option<Error> {
    let (name, reason) = NOT_APPLICABLE.iter().find(|(known, _)| *known == name)?;
    Some(Error::unsupported("not-applicable", format!("`{name}` is not applicable: {reason}")))
}

/// One option as it stands on the command line.
fn method_option(key: &str, value: &str) -> Result<MethodOptions> {
    let refused = |expected: &str| Error::usage("usage", format!("`{key}`: expected {expected}, found `{value}`"));
    let truth = || value.parse::<bool>().map(Some).map_err(|_| refused("`true` or `false`"));
    let mut options = MethodOptions::default();
    match key {
        "case_sensitive" => options.case_sensitive = truth()?,
        "partitioned" => options.partitioned = truth()?,
        "native_output" => options.native_output = truth()?,
        "max_batch_size" => {
            let size = value.parse().ok().filter(|size| *size > 0);
            options.max_batch_size = Some(size.ok_or_else(|| refused("a number of rows"))?);
        }
        "function_type" => {
            options.function_type = Some(match value {
                "FUNCTION" => FunctionType::Function,
                "TABLE_FUNCTION" => FunctionType::TableFunction,
                _ => return Err(refused("`FUNCTION` or `TABLE_FUNCTION`")),
            });
        }
        "volatility" => {
            options.volatility = Some(match value {
                "VOLATILE" => Volatility::Volatile,
                "IMMUTABLE" => Volatility::Immutable,
                _ => return Err(refused("`VOLATILE` or `IMMUTABLE`")),
            });
        }
        _ => {
            let unknown =
                || Error::usage("usage", format!("no option is called `{key}`")).known("the options", key, KEYS);
            return Err(not_applicable(key).unwrap_or_else(unknown));
        }
    }
    Ok(options)
}

/// An error in one line, as the command line prints it.
pub fn in_one_line(error: Error) -> String {
    error.advice().map_or_else(|| error.to_string(), |advice| format!("{error}; {advice}"))
}

impl MethodSetting {
    /// `KEY=VALUE`, for all methods.
    pub fn of_all(text: &str) -> Result<Self> {
        let (key, value) = split(text, "KEY=VALUE")?;
        Ok(MethodSetting { method: None, options: method_option(&key, &value)? })
    }

    /// `METHOD.KEY=VALUE`.
    pub fn of_one(text: &str) -> Result<Self> {
        let (place, value) = split(text, "METHOD.KEY=VALUE")?;
        let Some((method, key)) = place.rsplit_once('.').filter(|(method, _)| !method.is_empty()) else {
            return Err(Error::usage("usage", format!("expected METHOD.KEY=VALUE, found `{text}`")));
        };
        Ok(MethodSetting { method: Some(method.to_owned()), options: method_option(key, &value)? })
    }
}

/// Refuses options that the command line gives twice.
pub fn check_once(option: &str, settings: &[MethodSetting]) -> Result<()> {
    let mut known = std::collections::BTreeSet::new();
    for setting in settings {
        let written = serde_json::to_value(&setting.options).unwrap_or_default();
        for key in written.as_object().into_iter().flatten().map(|(key, _)| key) {
            let place = setting.method.as_ref().map_or_else(|| key.clone(), |method| format!("{method}.{key}"));
            if !known.insert(place.clone()) {
                return Err(Error::usage("usage", format!("`--{option} {place}=…` is given twice")));
            }
        }
    }
    Ok(())
}

/// Refuses metrics that the command line gives twice.
pub fn check_metrics_once(metrics: &[Metrics]) -> Result<()> {
    let mut known = std::collections::BTreeSet::new();
    let values = metrics.iter().filter_map(|source| match source {
        Metrics::Values(values) => Some(values.keys()),
        Metrics::File(_) => None,
    });
    match values.flatten().find(|name| !known.insert(name.as_str())) {
        None => Ok(()),
        Some(twice) => Err(Error::usage("usage", format!("`--metrics {twice}=…` is given twice"))),
    }
}

/// Reads the options of all methods.
pub fn options_of_all<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<MethodSetting>, D::Error> {
    Ok(vec![MethodSetting { method: None, options: MethodOptions::deserialize(deserializer)? }])
}

/// Reads the options of methods by their names.
pub fn options_by_method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<MethodSetting>, D::Error> {
    let map = BTreeMap::<String, MethodOptions>::deserialize(deserializer)?;
    Ok(map.into_iter().map(|(method, options)| MethodSetting { method: Some(method), options }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pairs_have_a_name_and_are_given_once() {
        let pair =
            |text: &str| text.parse::<Pair>().map(|pair| (pair.name, pair.value)).map_err(|error| error.to_string());
        assert_eq!(pair("cost_center=a=b"), Ok(("cost_center".into(), "a=b".into())));
        assert_eq!(pair("a="), Ok(("a".into(), String::new())));
        assert_eq!(pair("=b"), Err("expected NAME=VALUE, found `=b`".into()));
        assert_eq!(pair("ab"), Err("expected NAME=VALUE, found `ab`".into()));
        let pairs = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Pair>>();
        let all = by_name("tag", &pairs(&["a=1"]), &pairs(&["a=2", "b=3"])).unwrap();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), [("a".into(), "1".into()), ("b".into(), "3".into())]);
        let twice = by_name("tag", &pairs(&["a=1", "a=1"]), &[]).unwrap_err();
        assert_eq!(twice.to_string(), "`--tag a=…` is given twice");
    }

    #[test]
    fn metrics_are_json() {
        let metrics = |text: &str| text.parse::<Metrics>().map_err(|error| error.to_string());
        let values = |value: Value| Ok(Metrics::Values(value.as_object().unwrap().clone()));
        assert_eq!(metrics("metrics.json"), Ok(Metrics::File("metrics.json".into())));
        assert_eq!(metrics("auc=0.93"), values(json!({"auc": 0.93})));
        assert_eq!(metrics("curve=[0, 1]"), values(json!({"curve": [0, 1]})));
        assert_eq!(metrics("note=\"ok\""), values(json!({"note": "ok"})));
        for value in ["NaN", "ok", "", "0,93", "Infinity"] {
            let error = metrics(&format!("auc={value}")).unwrap_err();
            assert_eq!(error, format!("the metric `auc` is no JSON: expected a number, found `{value}`"));
        }
    }

    #[test]
    fn options_of_methods_are_known_and_have_their_values() {
        let setting = MethodSetting::of_one("predict.v1.max_batch_size=100").unwrap();
        assert_eq!((setting.method.as_deref(), setting.options.max_batch_size), (Some("predict.v1"), Some(100)));
        assert_eq!(MethodSetting::of_all("case_sensitive=true").unwrap().options.case_sensitive, Some(true));
        for (text, message) in [
            ("predict=1", "expected METHOD.KEY=VALUE, found `predict=1`"),
            ("predict.volatility=immutable", "`volatility`: expected `VOLATILE` or `IMMUTABLE`, found `immutable`"),
            ("predict.max_batch_size=0", "`max_batch_size`: expected a number of rows, found `0`"),
            ("predict.partitioned=yes", "`partitioned`: expected `true` or `false`, found `yes`"),
            ("predict.function_type=TABLE", "`function_type`: expected `FUNCTION` or `TABLE_FUNCTION`, found `TABLE`"),
            ("predict.max_batch=1", "no option is called `max_batch`"),
        ] {
            assert_eq!(MethodSetting::of_one(text).unwrap_err().to_string(), message);
        }
        let hint = MethodSetting::of_one("predict.max_batch_sise=1").unwrap_err();
        assert!(hint.advice().unwrap().starts_with("did you mean `max_batch_size`?"));
        for (name, _) in NOT_APPLICABLE {
            assert_eq!(MethodSetting::of_all(&format!("{name}=1")).unwrap_err().code(), "not-applicable");
        }
    }
}
