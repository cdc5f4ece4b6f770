"""Encoders and pipelines over tables with text columns, against scikit-learn on the same objects.

Encoders get arrays of Python strings, pipelines pandas frames. `batch` starts from the same objects as scikit-learn;
`batch, module` from the same columns as Arrow arrays, as hosts in other languages and `scorepack predict` have them.
"""

from batch import family
from data import table, table_truth
from sklearn_cases import sklearn_case

TRAINED_ON = 20000
ROWS = 16384
CARDINALITIES = (4, 12, 50, 300)
TITLE = "4 text columns of 4 to 300 values"


def texts(rows, seed):
    return table(rows, 0, CARDINALITIES, seed).to_numpy(dtype=object)


def encoder(model, name, **settings):
    import sklearn.preprocessing

    def fit():
        frame = table(TRAINED_ON, 0, CARDINALITIES, 1)
        return getattr(sklearn.preprocessing, name)(**settings).fit(frame.to_numpy(dtype=object), table_truth(frame))

    return sklearn_case(model, f"{name}, {TITLE}", fit, texts(ROWS, 2), "transform")


def columns(encoder, model):
    """A pipeline of imputed and scaled numbers, encoded texts and a model."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    numeric, textual = [f"n{i}" for i in range(10)], [f"c{i}" for i in range(len(CARDINALITIES))]
    parts = [("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numeric), ("texts", encoder, textual)]
    return make_pipeline(ColumnTransformer(parts), model)


def pipeline(model, title, make):
    def fit():
        frame = table(TRAINED_ON, 10, CARDINALITIES, 1, missing=0.02)
        return make().fit(frame, table_truth(frame))

    rows = table(ROWS, 10, CARDINALITIES, 2, missing=0.02)
    return sklearn_case(model, f"{title}, 10 numbers and {TITLE}", fit, rows, "predict_proba")


def with_logistic():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder

    return columns(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=300))


def with_forest():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.preprocessing import OrdinalEncoder

    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return columns(encoder, RandomForestClassifier(100, max_depth=10, random_state=1))


def with_boosting():
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.preprocessing import TargetEncoder

    return columns(TargetEncoder(random_state=1), HistGradientBoostingClassifier(random_state=1, early_stopping=False))


CASES = {
    "ohe": lambda: encoder("ohe", "OneHotEncoder", handle_unknown="ignore"),
    "ord": lambda: encoder("ord", "OrdinalEncoder", handle_unknown="use_encoded_value", unknown_value=-1),
    "te": lambda: encoder("te", "TargetEncoder", random_state=1),
    "ctlr": lambda: pipeline("ctlr", "ColumnTransformer (impute, scale, one-hot), LogisticRegression", with_logistic),
    "ctrf": lambda: pipeline("ctrf", "ColumnTransformer (impute, scale, ordinal), RandomForest of 100 trees", with_forest),
    "cthgb": lambda: pipeline("cthgb", "ColumnTransformer (impute, scale, target), HistGradientBoosting", with_boosting),
}


def run(session):
    return family(session, CASES)
