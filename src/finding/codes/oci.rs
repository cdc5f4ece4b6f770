//! Codes of the rules for OCI Data Science.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "oci-artifact-version",
        "runtime.yaml does not say artifact version 3.0",
        "The service's introspection wants the text '3.0' under MODEL_ARTIFACT_VERSION. Without quotes YAML reads a \
         number, and the check fails.",
        "Write `MODEL_ARTIFACT_VERSION: '3.0'`, with the quotes.",
    ),
    doc(
        "oci-console-size",
        "the artifact is too large for the console",
        "The console uploads up to 100 MB. Larger artifacts can still be uploaded by the SDK.",
        "Upload it with the SDK or the CLI, or make the model smaller.",
    ),
    doc(
        "oci-description",
        "the description is too long",
        "The model catalog takes descriptions of up to 255 characters and refuses longer ones.",
        "Shorten the text given with `--description`; the artifact's README has room for more.",
    ),
    doc(
        "oci-engine-runtime",
        "the environment may lack the `wasmtime` package",
        "score.py runs the score module through this package, and no service pack is known to hold it. The deployment \
         would fail when it starts.",
        "Build with `--bundle-runtime` and the package's wheel, name an environment of your own that has it, or use \
         `--engine native`.",
    ),
    doc(
        "oci-env-path",
        "runtime.yaml names no usable inference environment",
        "The service's introspection fails where INFERENCE_ENV_PATH is empty, and a deployment cannot start without \
         its environment.",
        "Build with `--inference-conda-env` and a path such as `oci://bucket@namespace/path`, or a service pack's \
         slug.",
    ),
    doc(
        "oci-env-python",
        "runtime.yaml names no Python version that the service takes",
        "INFERENCE_PYTHON_VERSION is a text from '3.6' to '3.14'. Without quotes YAML reads 3.10 as the number 3.1.",
        "Write the version in quotes, or build with `--python-version`.",
    ),
    doc(
        "oci-env-type",
        "the type of the inference environment is not known",
        "INFERENCE_ENV_TYPE is `data_science` for a service pack and `published` for an environment of your own.",
        "Write one of the two into runtime.yaml.",
    ),
    doc(
        "oci-load-model",
        "the service cannot call load_model()",
        "It calls `load_model()` without arguments when a deployment starts, and does not await it. Here it is \
         missing, async, or wants an argument.",
        "Define `def load_model(...)` at the top level of score.py with a default value for every argument.",
    ),
    doc(
        "oci-metadata-size",
        "the metadata are too large for the catalog",
        "All metadata of a model together may take 32,000 bytes; the catalog refuses more.",
        "Shorten descriptions, or leave out hyperparameters that nobody needs.",
    ),
    doc(
        "oci-model-file",
        "the model file is not there",
        "The manifest names a model file that the artifact does not hold.",
        "Restore the file, or build the artifact again.",
    ),
    doc(
        "oci-payload",
        "one row is too large for a request",
        "The endpoint takes requests of up to 10 MB, and one row as JSON already exceeds or nearly fills that.",
        "Send less per row: fewer columns, or references instead of contents.",
    ),
    doc(
        "oci-predict",
        "the service cannot call predict()",
        "It calls `predict(data)` for every request and does not await it. Here it is missing or async.",
        "Define `def predict(data, ...)` at the top level of score.py.",
    ),
    doc(
        "oci-predict-arguments",
        "predict() wants more than `data`",
        "The service gives `data` and nothing else, so every other argument needs a default value.",
        "Give the argument a default value, as in `model=load_model()`.",
    ),
    doc(
        "oci-predict-data",
        "the first argument of predict() is not `data`",
        "The service's introspection looks for an argument of this name, and gives the request under it.",
        "Name the first argument `data`.",
    ),
    doc(
        "oci-runtime-yaml",
        "runtime.yaml is missing or cannot be read",
        "The service reads the environment from runtime.yaml at the top of the artifact; without it nothing can be \
         deployed.",
        "Build the artifact again, or correct the line that the message names.",
    ),
    doc(
        "oci-schema-columns",
        "the schema has more columns than the platform shows",
        "Above 2,000 columns the service stores no schema.",
        "Nothing, if the schema is not needed there: score.py enforces it all the same.",
    ),
    doc(
        "oci-schema-size",
        "the schemas are too large for the catalog",
        "Input and output schema may take 32,000 bytes together in the model's metadata. Larger ones stay files of \
         the artifact.",
        "Nothing, if the schema is not needed in the catalog; else `--sample-rows 0` leaves the statistics out.",
    ),
    doc(
        "oci-score-py",
        "score.py is missing",
        "The service imports score.py from the top of the artifact and calls its functions.",
        "Build the artifact again, or add the file.",
    ),
    doc(
        "oci-score-syntax",
        "score.py is not Python",
        "A bracket, a string or a block is wrong at the line that the message names, so that the service could not \
         import the file.",
        "Correct the line and run `scorepack pack` again.",
    ),
    doc(
        "oci-upload-size",
        "the artifact is too large for a direct upload",
        "An upload in one request takes up to 2 GiB. Above that the artifact has to go through Object Storage.",
        "Make the model smaller, or upload it in parts through Object Storage.",
    ),
];
