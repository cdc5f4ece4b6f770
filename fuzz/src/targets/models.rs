//! Model files: what is read compiles, or is refused.

use scorepack::compile::{CompileOptions, compile};
use scorepack::framework::{self, Source};
use scorepack::model::Model;
use scorepack::sandbox::profile;
use scorepack::target::{Against, check_model};

/// Bytes of a module beyond which its profile is not looked at again: that is cheap to know and slow to see.
const CHECKED_MODULE_BYTES: usize = 1 << 20;

/// XGBoost: JSON, UBJSON, and the binary form that is refused by name.
pub fn xgboost(bytes: &[u8]) {
    super::encodings::ubjson(bytes);
    only("xgboost", bytes);
}

/// LightGBM's text.
pub fn lightgbm(bytes: &[u8]) {
    only("lightgbm", bytes);
}

/// CatBoost's binary form and its JSON.
pub fn catboost(bytes: &[u8]) {
    only("catboost", bytes);
}

/// Pickles and joblib files of scikit-learn, with the boosters that they may hold.
pub fn sklearn(bytes: &[u8]) {
    only("sklearn", bytes);
}

/// The reader of one framework, for whatever it recognises.
fn only(name: &str, bytes: &[u8]) {
    let known = framework::FRAMEWORKS.iter().find(|framework| framework.name.contains(name));
    let known = known.or_else(|| framework::FRAMEWORKS.iter().find(|framework| framework.name.starts_with("scikit")));
    let reader = known.unwrap_or_else(|| panic!("no framework is called `{name}`"));
    if (reader.recognises)(bytes)
        && let Ok(model) = (reader.read)(Source { name: "model", bytes })
    {
        check(&model, bytes.len());
    }
}

/// What `inspect`, `check` and `build` do with a model.
fn check(model: &Model, model_bytes: usize) {
    let _ = check_model(model, model_bytes as u64, "model", &Against::default());
    let Ok(module) = compile(model, CompileOptions::default()) else { return };
    if module.wasm.len() <= CHECKED_MODULE_BYTES {
        // A limit may be exceeded; a module that is no module is our defect.
        if let Err(error) = profile::check(&module.wasm, &module.abi) {
            assert!(!error.to_string().contains("not valid"), "{error}");
        }
    }
}
