//! Codes of Snowflake's names and of the rules for its Model Registry.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "snowflake-alias",
        "an alias or a version has a name that is taken",
        "DEFAULT, FIRST and LAST mean versions by their place, and an alias must differ from every version and every \
         other alias of the model. The server refuses the statement that sets it, after the upload.",
        "Give another name with `--alias` or `--model-version`.",
    ),
    doc(
        "snowflake-arguments",
        "a method has too many arguments",
        "The platform takes 500 arguments per method. Where a model has more inputs, they are given as one argument of \
         type OBJECT; a MANIFEST.yml that was changed by hand lists them one by one.",
        "Build the artifact again: more than 500 inputs become one OBJECT by themselves.",
    ),
    doc(
        "snowflake-category",
        "a column's categories tell no SQL type",
        "An argument of a method has one SQL type. A category column takes the type of its categories, so they must be \
         known, and all texts, all numbers or all truth values.",
        "Give `--signature` a file that lists the categories, or that declares the column as `string`, `int64` or \
         `float64`.",
    ),
    doc(
        "snowflake-configuration",
        "the configuration is too large",
        "MANIFEST.yml, model.yaml and the files of environments may take 250 KB together, counted here as 250,000 \
         bytes. The platform's client does not look; its server refuses the version after the upload, or does not read \
         MANIFEST.yml at all.",
        "Offer fewer methods with `--target-method`, or shorten the names of columns: each stands once per method in two \
         files.",
    ),
    doc(
        "snowflake-dependencies",
        "a package cannot be had as it is asked for",
        "A line of conda.yml or requirements.txt is no requirement, contradicts itself or another line, or names what the \
         platform sets by other means (`python`, `cuda`). Whether a package exists in the channel only the server knows.",
        "Correct `--conda-dependency` or `--pip-requirement`.",
    ),
    doc(
        "snowflake-duplicate",
        "two names are one in SQL",
        "Names that are not case sensitive are folded to upper case, so that `age` and `Age` become one argument. The \
         platform refuses a method whose arguments are not distinct.",
        "Rename one of them with `--signature`, or keep both with `--option case_sensitive=true`.",
    ),
    doc(
        "snowflake-function-type",
        "a method's type and its options do not go together",
        "A method is a FUNCTION, which gives one value per row, or a TABLE_FUNCTION, which gives named columns and runs \
         in a warehouse only. Partitioned methods are table functions. The volatility is VOLATILE or IMMUTABLE; VOLATILE \
         makes dynamic tables compute everything anew.",
        "Change `--method-option METHOD.function_type=…` or `--target-platform`.",
    ),
    doc(
        "snowflake-handler",
        "a handler cannot be called",
        "For every method the platform imports `functions/<method>.py` and calls `infer` in it: a function of one batch \
         of rows, or a class for a table function. The file is missing, is no Python, or defines no such thing.",
        "Build the artifact again, or correct the line that the message names.",
    ),
    doc(
        "snowflake-identifier",
        "a name is no identifier of SQL",
        "An identifier is a letter or `_` followed by letters, digits, `_` or `$`, which SQL folds to upper case, or any \
         text in double quotes, which it keeps. It holds at most 255 characters.",
        "Write the name in double quotes inside the option (`'\"rc-1\"'`), choose another, or for columns and methods use \
         `--option case_sensitive=true`.",
    ),
    doc(
        "snowflake-imports",
        "a runtime imports too much",
        "In the platform's limits of 2024 a version has at most 10 imports. The artifact's own is one folder.",
        "Take imports out of MANIFEST.yml, or check against `--profile snowflake-2026`.",
    ),
    doc(
        "snowflake-inputs",
        "a method takes nothing",
        "A method is called with the columns of a row. Without any there is nothing to call it with, though the \
         platform's client registers it.",
        "Give a signature with the model's columns: `--signature`.",
    ),
    doc(
        "snowflake-layout",
        "snowflake-ml-python cannot load the model file",
        "In the layout `snowflake-ml` the platform's own package loads the framework's own object: XGBoost files, and \
         pickles of scikit-learn's and LightGBM's estimators. It has no loader for others.",
        "Leave out `--layout snowflake-ml`: in the usual layout the package loads a class that runs the score module.",
    ),
    doc(
        "snowflake-manifest",
        "MANIFEST.yml is missing or cannot be read",
        "The platform reads MANIFEST.yml, version 1.0, before anything else. It must be YAML without anchors, with the \
         keys that the format knows.",
        "Build the artifact with `--target snowflake`, or correct the line that the message names.",
    ),
    doc(
        "snowflake-metadata",
        "the metrics are too large",
        "The metadata of a version, with its metrics, may take 100 KB, counted here as 100,000 bytes. The platform's \
         client accepts more, and the server refuses it.",
        "Leave curves and tables out of `--metrics`, or keep them in a file with `--user-file`.",
    ),
    doc(
        "snowflake-method-count",
        "there are too many methods",
        "A version offers at most 10 methods. The platform's client accepts more, and the server refuses the version \
         after the upload.",
        "Choose some with `--target-method`.",
    ),
    doc(
        "snowflake-method-name",
        "a method's name is no name of a Python module",
        "The function of a method stands in a Python module of its name, so the name must be letters, digits and `_`.",
        "Export the method of your own score module under another name, or leave it out with `--target-method`.",
    ),
    doc(
        "snowflake-method-option",
        "the options of a method contradict each other",
        "A function returns one value for a row; a table function returns columns, and only it takes partitions.",
        "Leave out one of the options that the message names.",
    ),
    doc(
        "snowflake-methods",
        "MANIFEST.yml offers other methods than the artifact has",
        "Every method in MANIFEST.yml belongs to one of the artifact's, with the arguments of its signature in their \
         order and their SQL types. Here they differ, so that calls would fail or give values under wrong names.",
        "Build the artifact again; options of the command line change what MANIFEST.yml says.",
    ),
    doc(
        "snowflake-packages",
        "whether the channel has the packages",
        "Which packages and versions the platform's channel and index offer changes from day to day and account to \
         account. No artifact tells, so this is never counted as passed.",
        "Ask `information_schema.packages` of the account before registering.",
    ),
    doc(
        "snowflake-privacy",
        "rows of yours are stored",
        "The artifact stores rows of the sample that was given, as the platform's own package does by default. Everyone \
         who may read the model can read them.",
        "`--sample-rows 0` stores none; without `--sample` the rows are made up.",
    ),
    doc(
        "snowflake-python-version",
        "the Python version is none that the platform runs",
        "The runtime names its Python as a text such as '3.11'; without quotes YAML reads 3.10 as the number 3.1. It is \
         the version that the artifact was made for.",
        "Build with `--python-version`.",
    ),
    doc(
        "snowflake-repository",
        "the package index cannot be reached",
        "Packages that are not in the platform's channel come from its repository for pip, which the runtime has to \
         name. The functions need `wasmtime`, from there or in the artifact.",
        "Build with `--artifact-repository pip=NAME`, or with `--bundle-runtime` and the wheel of `wasmtime`.",
    ),
    doc(
        "snowflake-reserved",
        "a name is a word of SQL",
        "The name is stored as it is, but every statement that uses it has to quote it: SQL reads it as a word of its \
         own. The platform's client does not say so.",
        "Rename the column with `--signature`, or the model with `--name`; or quote it.",
    ),
    doc(
        "snowflake-runtime",
        "a runtime is incomplete",
        "A method names a runtime that is not there, or a runtime names files that are not in the artifact, another \
         language than PYTHON, or a machine that the platform does not have.",
        "Build the artifact again, or correct MANIFEST.yml where the message says.",
    ),
    doc(
        "snowflake-size",
        "the artifact is too large",
        "All files of a version may take 15 GB in a warehouse (5 GB in the limits of 2024), and less in smaller \
         warehouses. The server says so after the upload.",
        "Make the model smaller, or run it in container services.",
    ),
    doc(
        "snowflake-tag",
        "the tags do not fit",
        "A model has at most 50 tags, and the value of each at most 256 characters.",
        "Leave out tags, or shorten their values.",
    ),
    doc(
        "snowflake-target-platform",
        "the platform to run on does not exist",
        "A model runs in WAREHOUSE or in SNOWPARK_CONTAINER_SERVICES, each named once.",
        "Use one of them with `--target-platform`, or leave the option out for both.",
    ),
    doc(
        "snowflake-task",
        "the platform has no such task, or it is not the model's",
        "The registry knows five tasks: UNKNOWN, TABULAR_BINARY_CLASSIFICATION, TABULAR_MULTI_CLASSIFICATION, \
         TABULAR_REGRESSION and TABULAR_RANKING. Monitoring and explanations follow the one that is registered.",
        "Use one of them with `--task`, or leave the option out: the task is told by the model.",
    ),
    doc(
        "snowflake-versions",
        "how many versions the model has",
        "A model has at most 1,000 versions. How many there are only the server knows, so this is never counted as \
         passed.",
        "Drop versions that nobody uses before registering another.",
    ),
];
