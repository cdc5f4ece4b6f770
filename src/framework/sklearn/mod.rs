//! scikit-learn's estimators, pickled by joblib or pickle (1.0 to 1.9), and XGBoost's, LightGBM's and
//! CatBoost's classes.
//!
//! A file is read symbolically ([`encoding::pickle`](crate::encoding::pickle)); each estimator is lowered by the function
//! that its row in [`LOWERINGS`] names. Estimators pass a [`Frame`] on: columns whose type their first use decides.

mod boosters;
mod calibration;
mod classes;
mod classifier;
mod cluster;
mod compose;
mod context;
mod covariance;
#[cfg(test)]
mod damaged;
mod decomposition;
mod describe;
mod discriminant;
mod distances;
mod dummy;
mod ensemble;
mod estimators;
mod feature_extraction;
mod fitted;
mod float32;
mod frame;
mod gaussian_process;
mod gradient_boosting;
mod hist_boosting;
mod impute;
mod inputs;
mod isotonic;
mod kernel_approximation;
mod kernel_ridge;
mod kernels;
mod linear;
mod linear_algebra;
mod lowering;
mod manifold;
mod meta;
mod mixture;
mod multiclass;
mod multioutput;
mod naive_bayes;
mod neighbors;
mod neural_network;
mod piecewise;
mod predictor;
mod preprocessing;
mod probability;
mod refused;
mod selection;
mod semi_supervised;
mod snowpark;
mod svm;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
mod trees;
mod version;

pub use estimators::LOWERINGS;
pub use lowering::Lowering;
pub use refused::{REFUSED, Refusal, Refused};

use super::supported::Support;
use super::{FrameworkReader, Source, lightgbm};
use crate::encoding::compressed::compression;
use crate::encoding::joblib;
use crate::encoding::pickle::{self, Options, Pickle};
use crate::error::Result;
use crate::model::{Framework, Model};
use context::{Answers, Context};
use fitted::Fitted;
use frame::Frame;
use inputs::Inputs;

/// The row of this reader in the table of frameworks.
pub const READER: FrameworkReader = FrameworkReader {
    name: "scikit-learn",
    encodings: "joblib, pickle",
    recognises,
    content_tells: false,
    extensions: &["joblib", "pkl", "pickle"],
    read,
    supported,
};

/// Every estimator that is known, by its package and class.
fn supported() -> Vec<Support> {
    let mut all: Vec<Support> = LOWERINGS
        .iter()
        .filter(|row| !row.class.starts_with('_'))
        .map(Lowering::support)
        .chain(REFUSED.iter().map(Refused::support))
        .collect();
    all.sort_by_key(|support| (support.package, support.name));
    all
}

/// The newest version whose files this reader was compared with.
const NEWEST_KNOWN: (u64, u64) = (1, 9);

/// Whether the content is a pickle, or a compressed stream as joblib writes them.
pub fn recognises(bytes: &[u8]) -> bool {
    compression(bytes).is_some() || pickle::is_pickle(bytes)
}

/// Reads a pickled estimator.
pub fn read(source: Source<'_>) -> Result<Model> {
    let pickle = joblib::read(source.bytes, Options::LOAD)?;
    let root = pickle.root();
    if root.class().is_none() {
        return Err(root.wrong("an estimator").hint("save the fitted estimator itself: `joblib.dump(model, path)`"));
    }
    if let Some(text) = boosters::pickled_text(root) {
        // LightGBM's own booster, made of its text: the file of another framework in a pickle.
        let model = lightgbm::read(Source { name: source.name, bytes: text?.as_bytes() })?;
        let imports = pickle.imports().iter().map(pickle::Import::path).collect();
        return Ok(Model { encoding: encoding(source.bytes, &pickle), imports, ..model });
    }
    let inputs = Inputs::of(root)?;
    let mut context = Context::new(&inputs);
    let Answers { task, mut methods } = context.answers(root, &Frame::of_fields(&inputs.names))?;
    for output in methods.iter_mut().flat_map(|method| &mut method.outputs) {
        output.value = float32::as_precise(&mut context.graph, output.value)?;
        context.refused_by_steps(output.value);
    }
    let framework = framework(root);
    context.notes.extend(version_note(&framework));
    Ok(Model {
        encoding: encoding(source.bytes, &pickle),
        estimator: describe::describe(root, "")?,
        task,
        fields: context.fields(),
        fields_are_named: inputs.are_named,
        methods,
        notes: context.notes,
        graph: context.graph.finish(),
        imports: pickle.imports().iter().map(pickle::Import::path).collect(),
        framework,
    })
}

/// scikit-learn with the version that the estimator's state names; CatBoost where the estimator is its own.
fn framework(root: Fitted<'_>) -> Framework {
    if let Some(own) = boosters::catboost::framework(root) {
        return own;
    }
    Framework { name: "scikit-learn".to_owned(), version: version::text(root) }
}

fn version_note(framework: &Framework) -> Option<String> {
    let version = framework.version.as_deref().filter(|_| framework.name == "scikit-learn")?;
    let (major, minor) = NEWEST_KNOWN;
    (version::parsed(version)? > NEWEST_KNOWN).then(|| {
        format!("saved by scikit-learn {version}; this version of scorepack was compared with 1.0 to {major}.{minor}")
    })
}

/// The encoding for people: `joblib (zlib)`, `pickle protocol 5`.
fn encoding(bytes: &[u8], pickle: &Pickle<'_>) -> String {
    match compression(bytes) {
        Some(kind) => format!("joblib ({})", kind.name()),
        None if pickle.has_wrapped_arrays() => "joblib".to_owned(),
        None => match bytes {
            [0x80, protocol, ..] => format!("pickle protocol {protocol}"),
            _ => "pickle protocol 0 or 1".to_owned(),
        },
    }
}
