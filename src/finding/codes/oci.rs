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
        "oci-call-time",
        "a full request may take too long",
        "The endpoint ends a call after 60 seconds. The time that the score module took for the stored rows, \
         multiplied by the rows that a request of the largest size holds, is more than that.",
        "Send fewer rows in one request.",
    ),
    doc(
        "oci-console-size",
        "the artifact is too large for the console",
        "The console uploads up to 100 MB. Larger artifacts can still be uploaded by the SDK.",
        "Upload it with the SDK or the CLI, or make the model smaller.",
    ),
    doc(
        "oci-custom-value",
        "a custom value is too long",
        "The catalog refuses custom metadata with values of more than 255 characters, and with them the whole \
         model, though its own client lets 16,000 through.",
        "Shorten the value in metadata/custom.json and run `scorepack pack`.",
    ),
    doc(
        "oci-description",
        "a description is too long",
        "The model catalog takes descriptions of up to 255 characters, of a model and of its custom metadata.",
        "Shorten the text given with `--description`, or that in metadata/custom.json.",
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
        "oci-env-path-exists",
        "the path of the inference environment cannot be right",
        "INFERENCE_ENV_PATH is an address in Object Storage: a bucket, its namespace, and the environment's \
         object. Whether the object exists is asked over the network by the service; here only the form is.",
        "Write a path such as `oci://bucket@namespace/path`.",
    ),
    doc(
        "oci-env-python",
        "runtime.yaml names no Python version that the service takes",
        "INFERENCE_PYTHON_VERSION is a text from '3.6' to '3.14'. Without quotes YAML reads 3.10 as the number 3.1.",
        "Write the version in quotes, or build with `--python-version`.",
    ),
    doc(
        "oci-env-slug",
        "the inference environment's slug is not named",
        "The service once asked for INFERENCE_ENV_SLUG; it is what the console shows of an environment.",
        "Build with `--inference-conda-env` and the environment's path: the slug is its last part.",
    ),
    doc(
        "oci-env-slug-exists",
        "whether a slug exists is not known",
        "The service once looked INFERENCE_ENV_SLUG up in its list of environments. Only the network knows it, so \
         that this is never counted as passed.",
        "Compare the slug with those that the platform lists.",
    ),
    doc(
        "oci-env-type",
        "the type of the inference environment is not known",
        "INFERENCE_ENV_TYPE is `data_science` for a service pack and `published` for an environment of your own.",
        "Write one of the two into runtime.yaml.",
    ),
    doc(
        "oci-file-list",
        "model_artifact_manifest.json is missing or wrong",
        "The platform's client refuses to unpack an artifact whose files are not those of this list, to the byte. \
         It is made from manifest.yaml, whose digest it holds, too.",
        "Run `scorepack pack` on the directory: it writes the list anew.",
    ),
    doc(
        "oci-ignored-by-client",
        "the platform's client reads .model-ignore in another way",
        "It compares each line with the end of every file's whole path, as a shell pattern whose `*` goes beyond \
         folders and which ends in `*` where the line ends in `/`. So `build/` also leaves out \
         `build_features.py`, and every file of an artifact that lies below a folder `build`.",
        "Name whole files, with their folder: `logs/*.log` instead of `logs/`.",
    ),
    doc(
        "oci-ignored-file",
        ".model-ignore leaves out a file that is needed",
        "By git's rules a pattern matches a file that score.py or the manifest needs. The upload would lack it, \
         and the artifact would be broken.",
        "Narrow the pattern, take the file back with `!`, or remove the line; then run `scorepack pack`.",
    ),
    doc(
        "oci-imports",
        "score.py imports a module that will be missing",
        "The module is neither in the artifact nor in the standard library of the environment's Python, and no \
         package of requirements.txt or conda.yaml is known to bring it. The deployment would fail when it \
         starts.",
        "Name the package in requirements.txt, put the module beside score.py, or catch the ImportError.",
    ),
    doc(
        "oci-large-size",
        "the artifact is too large for the catalog",
        "An artifact that is uploaded through Object Storage may have up to 400 GB.",
        "Make the model smaller, or register it by reference.",
    ),
    doc(
        "oci-load-model",
        "score.py does not define load_model()",
        "The service calls it when a deployment starts, and does not await it. Here it is missing at the top of the file, \
         or async.",
        "Define `def load_model(...)` at the top level of score.py with a default value for every argument.",
    ),
    doc(
        "oci-load-model-value",
        "load_model() cannot give the service a model",
        "The service calls it without arguments and gives what it returns to predict(). Here it wants an \
         argument, or no `return` in it has a value.",
        "Give every argument a default value, and return the model.",
    ),
    doc(
        "oci-metadata",
        "the metadata are not what the catalog's API takes",
        "metadata/defined.json and metadata/custom.json are lists of items with a key and a text as value; the \
         defined keys, use cases, frameworks and groups are the catalog's. metadata/provenance.json is an object \
         of texts.",
        "Correct the item that the message names, or build the artifact again.",
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
        "score.py does not define predict()",
        "The service calls it for every request, and does not await it. Here it is missing at the top of the file, or \
         async.",
        "Define `def predict(data, ...)` at the top level of score.py.",
    ),
    doc(
        "oci-predict-arguments",
        "the default values of predict() are not as the service counts them",
        "The service gives `data` and nothing else, so every other argument needs a default value. Its introspection \
         counts: one default value less than arguments, so that `data` itself must have none.",
        "Give the argument a default value, as in `model=load_model()`.",
    ),
    doc(
        "oci-predict-call",
        "predict() cannot be called with `data` alone",
        "The service gives the request as `data` and nothing else. Its own introspection passes over arguments \
         that can be given by position only, or by keyword only.",
        "Write `def predict(data, other=default)`.",
    ),
    doc(
        "oci-predict-data",
        "the first argument of predict() is not `data`",
        "The service's introspection looks for an argument of this name, and gives the request under it.",
        "Name the first argument `data`.",
    ),
    doc(
        "oci-private",
        "what is uploaded tells credentials or a local path",
        "The catalog shows metadata and runtime.yaml to everyone who may see the model.",
        "Remove it from the file, and run `scorepack pack`.",
    ),
    doc(
        "oci-python-differs",
        "the Python versions differ",
        "runtime.yaml names one version, and the environment's slug or the artifact another. The environment \
         decides, so that the artifact may run under a version that nobody tried.",
        "Build with the environment's own version as `--python-version`.",
    ),
    doc(
        "oci-runtime-keys",
        "the platform's client cannot load runtime.yaml",
        "It wants the keys that the message names, as texts, and knows no others in an inference environment. The \
         service's introspection does not look at them.",
        "Write the key, with an empty text where nothing is known.",
    ),
    doc(
        "oci-runtime-yaml",
        "runtime.yaml is missing",
        "The service reads the environment from runtime.yaml at the top of the artifact; without it nothing can be \
         deployed.",
        "Build the artifact again, or add the file.",
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
        "The line that the message names breaks Python's grammar, so that the service could not \
         import the file.",
        "Correct the line and run `scorepack pack` again.",
    ),
    doc(
        "oci-upload-size",
        "the artifact is too large for a direct upload",
        "An upload in one request takes up to 2 GiB. Above that the artifact has to go through Object Storage.",
        "Make the model smaller, or upload it in parts through Object Storage.",
    ),
    doc(
        "oci-version-quoted",
        "a version in runtime.yaml is a number",
        "Without quotes YAML reads 3.10 as 3.1, and the platform's client refuses numbers even where the digits \
         survive.",
        "Write the version in quotes: `'3.11'`.",
    ),
];
