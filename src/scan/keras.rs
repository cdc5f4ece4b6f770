//! Keras: a configuration that names classes and functions, in a `.keras` archive, an HDF5 file or a SavedModel.

use super::names::{KERAS_CLASSES, KERAS_FUNCTIONS};
use super::{Scanner, archive, text};
use crate::encoding::container::Container;
use crate::encoding::document::Object;
use crate::encoding::hdf5;
use crate::encoding::json::{self, Nonfinite};
use crate::error::{Error, Result};
use crate::finding::Verdict;

/// Members that hold texts for people or numbers.
const PLAIN: &[&str] = &["metadata.json"];
/// Attributes of an HDF5 file that hold configurations.
const CONFIGURATIONS: &[&str] = &["model_config", "training_config"];
/// Classes that run what the file brings, or load a program from a path.
const DANGEROUS: &[&str] = &["Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"];
/// Marks of objects that hold data: Keras makes a tensor, an array, bytes, a tuple, a slice of them.
const DATA: &[&str] = &[
    "__keras_tensor__",
    "__tensor__",
    "__numpy__",
    "__bytes__",
    "__ellipsis__",
    "__tuple__",
    "__slice__",
    "__complex__",
];
/// The mark of an object that describes a tensor by a class of TensorFlow's, which it names as `spec_name`.
const TYPE_SPEC: &str = "__typespec__";
/// Classes that do.
const TYPE_SPECS: &[&str] = &["TensorSpec", "SparseTensorSpec", "RaggedTensorSpec", "KerasTensorSpec"];
/// Modules of Keras itself.
const MODULES: &[&str] = &["keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras"];

/// Scans a `.keras` archive.
pub(super) fn scan_zip(container: &Container<'_>, scanner: &mut Scanner) {
    scanner.is("Keras model");
    for member in container.members() {
        scanner.member(&member.name, |scanner| {
            let content = container.content(member)?;
            match member.name.as_str() {
                "config.json" => scan_configuration(&content, scanner),
                name if PLAIN.contains(&name) => json::read(&content, Nonfinite::Words).map(|_| ()),
                // What layers keep besides their weights: vocabularies, one word a line.
                name if name.starts_with("assets/") && text::recognises(&content) && super::is_unknown(&content) => {
                    Ok(())
                }
                _ => archive::scan_member(&content, scanner),
            }
        });
    }
}

/// Whether the content is an HDF5 file.
pub(super) fn is_hdf5(bytes: &[u8]) -> bool {
    hdf5::is_hdf5(bytes)
}

/// Where readers of HDF5 look for the file's beginning after byte 0, each twice as far as the one before.
const FIRST_BEGINNING: usize = 512;

/// Whether readers of HDF5 find a file behind other bytes.
pub(super) fn begins_inside(bytes: &[u8]) -> bool {
    let places = std::iter::successors(Some(FIRST_BEGINNING), |at| at.checked_mul(2));
    let mut inside = places.map_while(|at| bytes.get(at..));
    inside.any(hdf5::is_hdf5)
}

/// Scans an HDF5 file: the configurations in its attributes.
pub(super) fn scan_hdf5(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let outline = hdf5::outline(bytes)?;
    for file in outline.other_files {
        scanner.complain(
            Error::dangerous("scan-hdf5-file", format!("a part of the file is read from another one, `{file}`"))
                .hint("whoever loads this file opens that one: a model holds its own weights"),
        );
    }
    for (name, text) in outline.texts {
        if CONFIGURATIONS.contains(&name.as_str()) {
            scanner.is("Keras model (HDF5)");
            scanner.inside(name.clone(), |scanner| scan_configuration(text.as_bytes(), scanner));
        }
    }
    Ok(())
}

/// Scans a configuration: every class and function that it names.
pub(super) fn scan_configuration(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let document = json::read(bytes, Nonfinite::Words)?;
    document.objects().for_each(|object| judge(object, scanner));
    Ok(())
}

/// Judges an object that names a class or a function; others hold settings.
fn judge(object: &Object<'_>, scanner: &mut Scanner) {
    let text = |key| object.get(key).and_then(|value| value.text().ok());
    // A vocabulary is a list; a text is the path or address that it is read from.
    if let Some(path) = text("vocabulary") {
        scanner.complain(dangerous(format!("a layer reads its vocabulary from `{path}` when it is loaded")));
    }
    let Some(class) = text("class_name").filter(|class| !DATA.contains(class)) else { return };
    let module = text("module").unwrap_or("keras");
    let spec = text("spec_name").unwrap_or_default();
    let (class, name, known) = match class {
        TYPE_SPEC => (spec, spec, TYPE_SPECS.contains(&spec) && is_tensorflow(module)),
        "function" => {
            let function = object.get("config").and_then(|value| value.text().ok()).unwrap_or_default();
            (class, function, KERAS_FUNCTIONS.contains(function) && is_functions_module(module))
        }
        _ => (class, class, KERAS_CLASSES.contains(class) && is_keras(module)),
    };
    let verdict = match known {
        true => Verdict::Ok,
        false if DANGEROUS.contains(&class) || class == "function" || !is_keras(module) && is_system(module, class) => {
            Verdict::Dangerous
        }
        false => Verdict::Unsupported,
    };
    let path = format!("{module}.{name}");
    scanner.names(path.clone(), None, &["constructed"], verdict);
    match verdict {
        Verdict::Dangerous => scanner.complain(dangerous(format!(
            "the configuration names `{path}`, which runs what the file brings, or whatever Python finds under that name"
        ))),
        Verdict::Unsupported => scanner.complain(
            Error::unsupported("scan-keras-class", format!("the configuration names `{path}`, which is not Keras' own"))
                .hint("whoever loads the model runs that class: read its source first"),
        ),
        _ => {}
    }
}

fn dangerous(message: String) -> Error {
    Error::dangerous("scan-keras-code", message).hint("do not load this file in Python, with `safe_mode` or without")
}

/// Whether a module is Keras or lies in it.
fn is_keras(module: &str) -> bool {
    MODULES.iter().any(|known| module.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Whether a module lies in TensorFlow itself.
fn is_tensorflow(module: &str) -> bool {
    module == "tensorflow" || module.starts_with("tensorflow.")
}

/// Modules whose functions compute; `keras.utils.get_file` must not pass for an activation.
fn is_functions_module(module: &str) -> bool {
    module == "builtins"
        || (is_keras(module)
            && ["activations", "losses", "metrics"].iter().any(|part| module.split('.').any(|of| of == *part)))
        || module == "keras"
}

/// Whether a class is one that the pickle machine knows for what it can do.
fn is_system(module: &str, class: &str) -> bool {
    crate::encoding::pickle::is_dangerous(module, class)
}
