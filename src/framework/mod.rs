//! What bytes mean: plain values into a [`Model`]. One folder per framework, one row in [`FRAMEWORKS`].

pub mod catboost;
pub mod lightgbm;
pub mod sklearn;
pub mod supported;
pub mod xgboost;

use crate::error::{Error, Result};
use crate::model::Model;
use supported::Support;

/// A model file in memory, under the name that messages give it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name without its directory.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// A framework whose files can be read.
#[derive(Debug)]
pub struct FrameworkReader {
    /// The framework's name.
    pub name: &'static str,
    /// The encodings it reads, for messages.
    pub encodings: &'static str,
    /// Whether the content looks like one of its files; names and extensions do not count.
    pub recognises: fn(&[u8]) -> bool,
    /// Whether nothing but its files begins so: anything may be pickled or compressed.
    pub content_tells: bool,
    /// The extensions that are its own.
    pub extensions: &'static [&'static str],
    /// Reads a file that it recognises.
    pub read: fn(Source<'_>) -> Result<Model>,
    /// What of it can be compiled, and what is refused: estimators, objectives.
    pub supported: fn() -> Vec<Support>,
}

/// Every framework, in the order in which they are asked.
pub static FRAMEWORKS: &[FrameworkReader] = &[
    FrameworkReader {
        name: "catboost",
        encodings: "CBM, JSON",
        recognises: catboost::recognises,
        content_tells: true,
        extensions: &["cbm"],
        read: catboost::read,
        supported: catboost::supported,
    },
    FrameworkReader {
        name: "lightgbm",
        encodings: "text",
        recognises: lightgbm::recognises,
        content_tells: true,
        extensions: &[],
        read: lightgbm::read,
        supported: lightgbm::supported,
    },
    sklearn::READER,
    FrameworkReader {
        name: "xgboost",
        encodings: "UBJSON, JSON",
        recognises: xgboost::recognises,
        content_tells: true,
        extensions: &["ubj"],
        read: xgboost::read,
        supported: xgboost::supported,
    },
];

/// Reads a model file of any framework.
pub fn read(source: Source<'_>) -> Result<Model> {
    match FRAMEWORKS.iter().find(|framework| (framework.recognises)(source.bytes)) {
        Some(framework) => (framework.read)(source).map_err(|error| error.in_file(source.name)),
        None => Err(unknown(source)),
    }
}

/// Whether some framework would read a file that begins so.
pub fn recognises(head: &[u8]) -> bool {
    FRAMEWORKS.iter().any(|framework| (framework.recognises)(head))
}

/// How many bytes of a file [`recognises`] and [`is_model_file`] want.
pub const HEAD_BYTES: u64 = 256;

/// Whether a file of a working tree is meant as a model, by its name or by how it begins: a hook is told every file.
/// What is read as a model is decided by the content alone.
pub fn is_model_file(name: &str, head: &[u8]) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    FRAMEWORKS.iter().any(|framework| {
        framework.extensions.contains(&extension.as_str()) || (framework.content_tells && (framework.recognises)(head))
    })
}

fn unknown(source: Source<'_>) -> Error {
    let known: Vec<String> =
        FRAMEWORKS.iter().map(|framework| format!("{} ({})", framework.name, framework.encodings)).collect();
    Error::unsupported("unknown-file-kind", "the content is of no model format that this version reads")
        .in_file(source.name)
        .hint(format!("it reads {}", known.join(", ")))
}
