//! Codes of the frameworks' readers: what a model file means.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "catboost-model",
        "the CatBoost model is broken",
        "Parts of the model disagree, or a value is not what CatBoost writes. The file was edited or is damaged.",
        "Save the model again with CatBoost; if the file was copied, compare its size and SHA-256 with the original.",
    ),
    doc(
        "class-count",
        "the number of classes does not fit",
        "Two parts of the model disagree about how many classes there are, so that no score can be given to a class \
         for certain.",
        "Fit and save the model again; do not change fitted attributes by hand.",
    ),
    doc(
        "class-labels",
        "the labels do not fit the classes",
        "There are more or fewer labels than the model has classes.",
        "Save the model again with the framework that trained it.",
    ),
    doc(
        "column-count",
        "the number of columns does not fit",
        "A table, or the output of a step, has another number of columns than the next part takes. By position they \
         would be silently mixed up.",
        "Give the columns that the message names; with a header, columns are matched by name.",
    ),
    doc(
        "column-index",
        "a column is selected that is not there",
        "A step selects columns by a number that its input does not have, or does not list them at all.",
        "Fit and save the model again on the data that it is meant for.",
    ),
    doc(
        "column-type",
        "one column is used as numbers and as text",
        "A column of an artifact has one type, and two steps of the model want different ones, or a step gets the \
         type that it cannot take.",
        "Convert the column before the model, or encode it in one step that all others use.",
    ),
    doc(
        "duplicate-column",
        "two columns have the same name",
        "Columns are matched by name, so one of the two would be taken for the other.",
        "Rename one of them, in the data or before fitting.",
    ),
    doc(
        "empty-pipeline",
        "the pipeline has no steps",
        "A pipeline without steps computes nothing.",
        "Fit and save a pipeline with at least one step.",
    ),
    doc(
        "feature-count",
        "the number of features does not fit",
        "XGBoost's model says another number of features than reach it here.",
        "Save the model again, together with the steps before it if it has any.",
    ),
    doc(
        "float32-table",
        "a step computes in float32",
        "The steps before return float32, and this estimator then computes in float32, whose rounding cannot be \
         reproduced yet.",
        "Let the steps before it return float64.",
    ),
    doc(
        "lightgbm-categories",
        "categories of a LightGBM model cannot be told",
        "LightGBM maps categories to codes when it is trained. The file does not say how for this column, or in a \
         form that two columns could share.",
        "Train with `categorical_feature='auto'` and text categories, or give LightGBM the codes as numbers.",
    ),
    doc(
        "lightgbm-classes",
        "the classes of an LGBMClassifier do not fit its booster",
        "The estimator's `classes_` and the booster's outputs disagree in number.",
        "Fit and save the estimator again; do not replace its booster by hand.",
    ),
    doc(
        "lightgbm-features",
        "the columns do not fit the LightGBM model",
        "The booster says another number of features than reach it here.",
        "Save the model again, together with the steps before it if it has any.",
    ),
    doc(
        "lightgbm-key",
        "a LightGBM file has a key that is not known",
        "A key may change what the model computes, so an unknown one is never passed over.",
        "Save the model with LightGBM 3.3 to 4.x.",
    ),
    doc(
        "lightgbm-objective",
        "a LightGBM objective or its setting is not known",
        "The objective decides how raw scores become predictions; without knowing it they would be wrong.",
        "Train with one of the objectives that the message lists, or use a custom objective and raw scores.",
    ),
    doc(
        "lightgbm-text",
        "the LightGBM text model is broken",
        "A line is missing, stands twice, or holds other values than its key needs. The file was cut off or edited.",
        "Save the model again: `booster.save_model(\"model.txt\")`.",
    ),
    doc(
        "lightgbm-version",
        "the version of the LightGBM file is not known",
        "Text models of versions v3 and v4 are read, which LightGBM 3.3 to 4.x write.",
        "Load the model with LightGBM 3.3 to 4.x and save it again.",
    ),
    doc(
        "missing-attribute",
        "an estimator lacks an attribute",
        "Every fitted estimator of this class has the attribute. It was saved before fitting, by a version that is \
         not known, or edited.",
        "Fit the estimator before saving it, with a version that `scorepack inspect --supported sklearn` covers.",
    ),
    doc(
        "no-columns",
        "an estimator gets no columns",
        "The selection before it is empty, so there is nothing to compute on.",
        "Correct the column selection and fit the model again.",
    ),
    doc(
        "no-input-columns",
        "the file does not say how many columns the model takes",
        "Without that number no signature can be made. scorepack finds it in `n_features_in_`.",
        "Fit the model again with scikit-learn 1.2 or later, where every estimator stores it, or behind a step that looks at its columns.",
    ),
    doc(
        "no-method",
        "an estimator inside lacks a method",
        "The estimator around it needs `predict`, `decision_function` or `predict_proba`, and the one inside has none \
         of them.",
        "Use an inner estimator that offers the method, or wrap it by one that does.",
    ),
    doc(
        "no-predict",
        "a step has no `predict`",
        "A classifier or regressor is expected here, and the estimator is neither.",
        "End the pipeline with an estimator that predicts, or save only its transforming part.",
    ),
    doc(
        "no-transform",
        "a step has no `transform`",
        "Every step but the last must transform its input, and this estimator cannot.",
        "Put the estimator last, or replace it by a transformer.",
    ),
    doc(
        "not-refitted",
        "a search holds no estimator",
        "The search was fitted with `refit=False`: it compared parameters, but did not fit an estimator with the best.",
        "Fit the search with `refit=True`, or save the estimator that you fitted with its best parameters.",
    ),
    doc(
        "several-targets",
        "an inner estimator has several targets",
        "The estimator around it combines one value per row, and this one gives several.",
        "Fit one model per target, or use an estimator that takes several.",
    ),
    doc(
        "target-count",
        "the trees of a forest have different numbers of targets",
        "All trees of a forest predict the same targets. The fitted forest was changed by hand or is damaged.",
        "Fit and save the forest again.",
    ),
    doc(
        "tree-structure",
        "a tree is not a tree",
        "A node names a child, a feature or a set of categories that does not exist, or stands below two parents. The \
         file is damaged or was edited.",
        "Save the model again with the framework that trained it.",
    ),
    doc(
        "token-pattern",
        "the token pattern cannot be compiled",
        "Tokens are found by an automaton that reads each character once. Back references, looking around, atomic groups \
         and groups beside parts of several lengths need a matcher that tries again, whose time can grow without bounds.",
        "Write the pattern without what the message names; `(?u)\\b\\w\\w+\\b` is scikit-learn's own.",
    ),
    doc(
        "unexpected-value",
        "an attribute has a value of another kind than expected",
        "A fitted attribute holds something that this estimator never stores: it was set by hand, or comes from a \
         version that is not known.",
        "Fit and save the model again with a released version of the framework.",
    ),
    doc(
        "unknown-file-kind",
        "the content is of no model format that is read",
        "The kind of a file is told by its content, never by its name, and this content begins like none of the \
         formats.",
        "Give the file that the framework's own save function wrote; the message lists the formats.",
    ),
    doc(
        "unsupported-booster",
        "an XGBoost booster is not known",
        "gbtree, dart and gblinear can be compiled, and this file names another one.",
        "Train with one of these boosters.",
    ),
    doc(
        "unsupported-categories",
        "categories of this type cannot be compiled",
        "Categories are strings or integers in a module; of other types, equal and different values cannot be told \
         apart reliably.",
        "Make the categories strings or integers and train again.",
    ),
    doc(
        "unsupported-catboost",
        "a CatBoost model holds what cannot be compiled",
        "CatBoost turns texts and vectors into numbers by tokenizers, dictionaries and estimators of its own, and a loss \
         function or a kind of statistics that is not known would change what the model answers.",
        "Follow the hint of the message; `--engine native --no-score-module` packages the model unproven.",
    ),
    doc(
        "unsupported-estimator",
        "an estimator cannot be compiled",
        "The class is read, but its computation is not known to this version. Nothing is approximated or skipped.",
        "`scorepack inspect --supported FRAMEWORK` lists what can be compiled; `--engine native --no-score-module` \
         packages the model unproven.",
    ),
    doc(
        "unsupported-link",
        "a link function is not known",
        "Generalised linear models apply the logarithm or the identity, and this one was given another link.",
        "Fit with one of these links.",
    ),
    doc(
        "unsupported-loss",
        "a loss is not known or does not fit",
        "The loss decides how scores become predictions. This one is unknown, or is one of classification in a \
         regressor or the other way round.",
        "Fit with a loss that the framework documents for this estimator.",
    ),
    doc(
        "unsupported-objective",
        "an XGBoost objective cannot be compiled",
        "The objective decides how margins become predictions; without knowing it they would be wrong.",
        "Train with one of the objectives that the message lists.",
    ),
    doc(
        "unsupported-parameter",
        "a parameter has a value that cannot be compiled",
        "With this value the estimator computes something that this version does not know.",
        "Fit with another value; or `--engine native --no-score-module` packages the model unproven.",
    ),
    doc(
        "unsupported-version",
        "the version of the XGBoost file is not known",
        "Files of XGBoost 1.7 to 3.2 are known; others may mean something else by the same keys.",
        "Load the model in one of these versions and save it again.",
    ),
    doc(
        "unsupported-xgboost",
        "an XGBoost file has a key or a setting that is not known",
        "A key may change what the model computes, so an unknown one is never passed over.",
        "Save the model with XGBoost 1.7 to 3.2, and follow the hint of the message.",
    ),
    doc(
        "vocabulary",
        "the vocabulary is empty",
        "A vectorizer without terms counts nothing.",
        "Fit the vectorizer on texts that hold terms, and save it again.",
    ),
    doc(
        "weights",
        "the weights of a linear model do not fit",
        "There are more or fewer weights or intercepts than features and outputs need.",
        "Fit and save the model again; do not change fitted attributes by hand.",
    ),
    doc(
        "xgboost-category-names",
        "the names of the categories are damaged",
        "XGBoost 3.2 stores names outside ASCII in a way that loses them, so the values of the data cannot be \
         matched.",
        "Rename the categories with ASCII letters, or train on their codes, and save again.",
    ),
    doc(
        "xgboost-dump",
        "the file is a dump of trees, not a model",
        "`dump_model` writes the trees without the objective and the base score, from which no prediction follows.",
        "Save the model with `booster.save_model(\"model.ubj\")`.",
    ),
    doc(
        "xgboost-model",
        "the XGBoost model is broken",
        "Parts of the model disagree, or a value is not what XGBoost writes. The file was edited or is damaged.",
        "Save the model again: `booster.save_model(\"model.ubj\")`.",
    ),
    doc(
        "xgboost-old-binary",
        "the file is in XGBoost's old binary format",
        "That format (`binf`) has no description and was removed from XGBoost.",
        "Load the model in the XGBoost that saved it and save it under a name ending in `.ubj` or `.json`.",
    ),
    doc(
        "xgboost-tree",
        "a tree of the XGBoost model is broken",
        "A node names a child, a feature or categories that do not exist. The file was edited or is damaged.",
        "Save the model again: `booster.save_model(\"model.ubj\")`.",
    ),
];
