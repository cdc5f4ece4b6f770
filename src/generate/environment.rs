//! requirements.txt and conda.yaml: what score.py needs, and what saved the model.

use serde::Serialize;

use super::render::render;
use crate::artifact::{Engine, Manifest};
use crate::error::Result;

/// The version of PyPI's `wasmtime` that score.py is tested with: the sandbox's own.
pub const WASMTIME_VERSION: &str = "48.0.0";

#[derive(Serialize)]
struct Packages<'a> {
    name: &'a str,
    python_version: &'a str,
    /// What score.py imports.
    needed: Vec<String>,
    /// What saved the model file; score.py does without.
    origin: Vec<String>,
    model_file: &'a str,
}

/// Writes requirements.txt.
pub fn requirements(manifest: &Manifest) -> Result<String> {
    render("requirements.txt", &packages(manifest))
}

/// Writes conda.yaml.
pub fn conda(manifest: &Manifest) -> Result<String> {
    render("conda.yaml", &packages(manifest))
}

fn packages(manifest: &Manifest) -> Packages<'_> {
    let origin = origin(manifest);
    let wasmtime = format!("wasmtime=={WASMTIME_VERSION}");
    let (needed, origin) = match manifest.artifact.engine {
        Engine::Wasm => (vec![wasmtime], origin),
        Engine::Native => (imported(manifest), Vec::new()),
    };
    Packages {
        name: &manifest.artifact.name,
        python_version: &manifest.environment.python_version,
        needed,
        origin,
        model_file: &manifest.model.file,
    }
}

/// What a script imports that runs the framework itself.
pub fn imported(manifest: &Manifest) -> Vec<String> {
    let mut packages = origin(manifest);
    let model = &manifest.model;
    if model.framework.name == "xgboost" && model.estimator.class.starts_with("XGB") {
        // The class that loads the file is built on scikit-learn's.
        packages.push("scikit-learn".to_owned());
    }
    packages.push("pandas".to_owned());
    packages
}

/// The packages that a model file can import, by their modules.
const PACKAGES: &[(&str, &str)] = &[
    ("xgboost", "xgboost"),
    ("lightgbm", "lightgbm"),
    ("catboost", "catboost"),
    ("imblearn", "imbalanced-learn"),
    ("snowflake", "snowflake-ml-python"),
    ("sklearn", "scikit-learn"),
];

/// The framework as it was when it saved the model, with the libraries that its file needs to load.
fn origin(manifest: &Manifest) -> Vec<String> {
    let model = &manifest.model;
    let pinned = |name: &str| match model.framework.version.as_deref().filter(|version| is_version(version)) {
        Some(version) => format!("{name}=={version}"),
        None => name.to_owned(),
    };
    let mut packages = vec![pinned(&model.framework.name)];
    let imports = |module: &str| model.imports.iter().any(|import| import.split('.').next() == Some(module));
    let others = PACKAGES.iter().filter(|(module, package)| model.framework.name != *package && imports(module));
    packages.extend(others.map(|(_, package)| (*package).to_owned()));
    if model.encoding.starts_with("joblib") {
        packages.push("joblib".to_owned());
    }
    if model.encoding.contains("lz4") {
        packages.push("lz4".to_owned());
    }
    packages.push(numpy(&model.framework.name, model.framework.version.as_deref()).to_owned());
    packages
}

/// scikit-learn before 1.4.2 and CatBoost before 1.2.8 were built against NumPy 1 and do not load with NumPy 2.
fn numpy(framework: &str, version: Option<&str>) -> &'static str {
    let mut parts = version.unwrap_or("").split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let first = match framework {
        "scikit-learn" => (1, 4, 2),
        "catboost" => (1, 2, 8),
        _ => return "numpy",
    };
    if version < first && version.0 > 0 { "numpy<2" } else { "numpy" }
}

/// Whether a text from a model file may stand in requirements.txt.
fn is_version(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.len() <= 64
        && version.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '!'))
}
