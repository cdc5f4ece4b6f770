//! Codes of `diff`: each says what breaks a caller of the first artifact. What breaks none is a note.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "diff-call",
        "a method is called in another way",
        "Breaks callers where the platform no longer offers the method, where a function of rows became one of tables \
         or partitions, or where SQL knows the method, an argument or a column of the answer under another name. Other \
         volatility or batch sizes break none.",
        "Keep the registration's options, or tell the callers before the new version becomes the default.",
    ),
    doc(
        "diff-column-added",
        "a column is required that was not there",
        "Breaks callers: they do not send the column, and a row without it is refused, whether it may hold missing \
         values or not.",
        "Train without the column, or have the callers send it first: a column that the old artifact does not know is \
         ignored there.",
    ),
    doc(
        "diff-column-categories",
        "the categories of a column changed",
        "Breaks callers where a closed list refuses values that were taken before. New categories break none, nor do \
         those that an open list has lost: the model takes them as unknown.",
        "Keep the categories in the closed list, or leave the list open.",
    ),
    doc(
        "diff-column-nullable",
        "a column takes missing values in one artifact only",
        "Breaks callers where missing values were taken and are refused now. Taking them now breaks none.",
        "Put an imputer before the model, or have the callers fill the value in.",
    ),
    doc(
        "diff-column-order",
        "the columns stand in another order",
        "Breaks callers that send rows without names (lists, arrays): the same values would go into other columns, \
         silently where the types agree.",
        "Train on the columns in the old order, or have every caller send names.",
    ),
    doc(
        "diff-column-removed",
        "a column is no longer taken",
        "Breaks callers that send rows without names: the rows are too long now, and are refused. Under its name the \
         value is ignored.",
        "Have the callers leave the value out together with the change of version, or send names.",
    ),
    doc(
        "diff-column-renamed",
        "a column has another name",
        "Breaks callers that send names: the old one is not found. Where only blanks became underscores both names are \
         found, and no caller breaks.",
        "Give the old names with `build --signature`.",
    ),
    doc(
        "diff-column-type",
        "a column has another type",
        "Breaks callers where values of the old type are refused or mean something else: decimals in whole numbers, \
         text in numbers, numbers that become names of categories. Rounding to single precision and wider types break \
         none.",
        "Declare the old type with `build --signature`, or have the callers convert.",
    ),
    doc(
        "diff-default-method",
        "another method is called where none is named",
        "Breaks callers that name no method: they get the answers of another one.",
        "Have the callers name the method.",
    ),
    doc(
        "diff-environment",
        "the Python environment changed",
        "Breaks no caller: the artifact's answers are proven by its own score module. Who runs it needs another \
         environment; `verify --env` compares an installed one.",
        "Nothing, if the environment is made from the artifact's own files.",
    ),
    doc(
        "diff-estimator",
        "the estimators changed",
        "Breaks no caller by itself: what a caller sends and reads is compared on its own.",
        "Nothing, if the change was meant.",
    ),
    doc(
        "diff-framework",
        "another framework, or another version of it, saved the model",
        "Breaks no caller by itself; the file may need another environment to load in Python.",
        "Nothing, if the change was meant.",
    ),
    doc(
        "diff-hyperparameter",
        "a hyperparameter changed",
        "Breaks no caller: the model was trained with another setting.",
        "Nothing, if the change was meant.",
    ),
    doc(
        "diff-identity",
        "name, version or engine changed",
        "Breaks no caller: the artifact bears another name or version, or score.py runs another engine for the same \
         answers.",
        "Nothing, if the change was meant.",
    ),
    doc(
        "diff-method-added",
        "a method is new",
        "Breaks no caller: nobody calls it yet.",
        "Nothing, if the change was meant.",
    ),
    doc(
        "diff-method-removed",
        "a method is gone",
        "Breaks callers of the method: they get an error.",
        "Train a model that has the method (`probability=True` in some classifiers), or have the callers use another.",
    ),
    doc(
        "diff-output",
        "a method has other outputs",
        "Breaks callers: an answer of several outputs is a list in their order, a table of answers bears their names.",
        "Keep outputs, names and order, or offer the new ones under another method.",
    ),
    doc(
        "diff-output-labels",
        "the columns of an answer mean something else",
        "Breaks callers: a value in the same place belongs to another class or feature now, or one that the caller \
         does not know. Silent, where the number of columns is the same.",
        "Train on the same classes in the same order, or have the callers read the labels from the schema.",
    ),
    doc(
        "diff-output-shape",
        "an answer has another shape",
        "Breaks callers: they read as many values as before, or a list where a single value stands.",
        "Keep the shape, or tell the callers before the new version becomes the default.",
    ),
    doc(
        "diff-output-type",
        "an answer has another type",
        "Breaks callers, as where labels were text and are numbers now. Single against double precision breaks none: \
         both read as numbers.",
        "Keep the type of the labels on which the model is trained.",
    ),
    doc(
        "diff-partition-added",
        "a partition is new",
        "Breaks no caller: rows of the partition were refused before.",
        "Nothing needs to be done.",
    ),
    doc(
        "diff-partition-changed",
        "a partition has another model",
        "Breaks no caller: its rows are taken as before, and may get other answers.",
        "Compare its metrics in partitions.json where the answers matter.",
    ),
    doc(
        "diff-partition-removed",
        "a partition is gone",
        "Breaks callers that send rows of the partition: no model is there for them.",
        "Pack the partition again, or tell the callers before the new version becomes the default.",
    ),
    doc(
        "diff-predictions",
        "answers differ",
        "Breaks no caller: another model answers otherwise. Told are the rows of the first artifact's sample whose \
         answers differ by more than arithmetic explains (relative 1e-9 in double precision, 1e-5 in single).",
        "Judge whether the differences are what the new training was meant to give.",
    ),
    doc(
        "diff-row-refused",
        "a row that was answered is refused",
        "Breaks callers: the row comes from the first artifact's own sample, and its model answers it.",
        "Look at what the message names: a missing value, an unknown category. An imputer or `handle_unknown` takes it.",
    ),
    doc(
        "diff-target",
        "the artifact is for another platform",
        "Breaks callers: another platform is called in another way.",
        "Build the artifact for the platform that the callers use, with `--target`.",
    ),
    doc(
        "diff-task",
        "the model does something else",
        "Breaks callers: the same answers mean something else, as where a number was a probability and is an amount \
         now. Where one of the tasks is not known, no caller is said to break.",
        "Register the model under another name rather than as another version of this one.",
    ),
    doc(
        "diff-text-length",
        "a row may hold another length of text",
        "Breaks callers where rows may hold less text than before: longer ones are refused.",
        "Build with the old `--max-text-bytes`.",
    ),
];
