//! Codes of Snowflake's names and of the rules for its Model Registry.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "snowflake-category",
        "a column's categories tell no SQL type",
        "An argument of a method has one SQL type. A category column takes the type of its categories, so they must be \
         known, and all texts, all numbers or all truth values.",
        "Give `--signature` a file that lists the categories, or that declares the column as `string`, `int64` or \
         `float64`.",
    ),
    doc(
        "snowflake-duplicate",
        "two names are one in SQL",
        "Names that are not case sensitive are folded to upper case, so that `age` and `Age` become one argument. The \
         platform refuses a method whose arguments are not distinct.",
        "Rename one of them with `--signature`, or keep both with `--option case_sensitive=true`.",
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
        "snowflake-layout",
        "snowflake-ml-python cannot load the model file",
        "In the layout `snowflake-ml` the platform's own package loads the framework's own object: XGBoost files, and \
         pickles of scikit-learn's and LightGBM's estimators. It has no loader for others.",
        "Leave out `--layout snowflake-ml`: in the usual layout the package loads a class that runs the score module.",
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
        "snowflake-task",
        "the platform has no such task, or it is not the model's",
        "The registry knows five tasks: UNKNOWN, TABULAR_BINARY_CLASSIFICATION, TABULAR_MULTI_CLASSIFICATION, \
         TABULAR_REGRESSION and TABULAR_RANKING. Monitoring and explanations follow the one that is registered.",
        "Use one of them with `--task`, or leave the option out: the task is told by the model.",
    ),
];
