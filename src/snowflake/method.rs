//! Which methods of a model the platform offers, and under which signature.

use super::signature::{ModelSignature, input_features, output_features};
use crate::artifact::{Manifest, MethodEntry};
use crate::error::{Error, Result};

/// The methods that a registry offers when nothing is said, by framework: those among them that a model has.
static USUAL: &[(&str, &[&str])] = &[
    (
        "scikit-learn",
        &["predict", "transform", "predict_proba", "predict_log_proba", "decision_function", "score_samples"],
    ),
    ("xgboost", &["predict", "predict_proba"]),
    ("lightgbm", &["predict", "predict_proba"]),
    ("catboost", &["predict", "predict_proba"]),
    ("pytorch", &["forward"]),
    ("keras", &["predict"]),
    ("tensorflow", &["__call__"]),
    ("mlflow", &["predict"]),
];

/// The methods to register: those asked for, in that order; else the usual ones of the framework that the model has,
/// or all where it has none of these.
pub fn target_methods(manifest: &Manifest) -> Result<Vec<&MethodEntry>> {
    let asked = &manifest.registration.target_methods;
    if !asked.is_empty() {
        return asked.iter().map(|name| known(manifest, name)).collect();
    }
    let framework = manifest.model.framework.name.as_str();
    let usual = USUAL.iter().find(|(name, _)| *name == framework).map_or(&[][..], |(_, methods)| methods);
    let offered: Vec<&MethodEntry> = usual.iter().filter_map(|name| manifest.method(name)).collect();
    Ok(if offered.is_empty() { manifest.methods.iter().collect() } else { offered })
}

fn known<'m>(manifest: &'m Manifest, name: &str) -> Result<&'m MethodEntry> {
    manifest.method(name).ok_or_else(|| {
        let methods: Vec<&str> = manifest.methods.iter().map(|method| method.name.as_str()).collect();
        Error::usage("unknown-method", format!("the model has no method `{name}`"))
            .hint(format!("its methods are {}", methods.join(", ")))
    })
}

/// What a method takes and returns.
pub fn method_signature(manifest: &Manifest, method: &MethodEntry) -> Result<ModelSignature> {
    Ok(ModelSignature {
        inputs: input_features(&manifest.signature.inputs)?,
        outputs: output_features(method)?,
        params: Vec::new(),
    })
}
