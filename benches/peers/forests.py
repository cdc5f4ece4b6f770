"""Forests and boosters of scikit-learn against their own predict."""

import bars
from batch import family
from data import classes, numbers, score, truth
from sklearn_cases import sklearn_case

WIDTH = 28
TRAINED_ON = 20000
ROWS = 32768


def forest(model, title, make, method, answer, tolerance=1e-9, trained_on=TRAINED_ON):
    """`make` is an estimator to fit; `answer` makes what it learns from the rows."""

    def fit():
        x = numbers(trained_on, WIDTH)
        return make().fit(x, answer(x))

    rows = numbers(ROWS, WIDTH, seed=2)
    more = {"tolerance": tolerance, "compile_bar": bars.COMPILE_MS}
    return sklearn_case(model, f"{title}, {WIDTH} features", fit, rows, method, bars.OWN_TREES, **more)


def ensembles():
    from sklearn import ensemble

    return ensemble


def ten(x):
    return classes(x, 10)


CASES = {
    "rf": lambda: forest("rf", "RandomForestClassifier, 100 trees, unlimited depth",
                         lambda: ensembles().RandomForestClassifier(100, random_state=1), "predict_proba", truth),
    "rf10": lambda: forest("rf10", "RandomForestClassifier, 100 trees of depth 12, 10 classes",
                           lambda: ensembles().RandomForestClassifier(100, max_depth=12, random_state=1), "predict_proba", ten),
    "rfr": lambda: forest("rfr", "RandomForestRegressor, 100 trees, unlimited depth",
                          lambda: ensembles().RandomForestRegressor(100, max_features=0.33, random_state=1), "predict", score),
    "rf8": lambda: forest("rf8", "RandomForestRegressor, 100 trees of depth 8",
                          lambda: ensembles().RandomForestRegressor(100, max_depth=8, max_features=0.33, random_state=1), "predict", score),
    "et": lambda: forest("et", "ExtraTreesClassifier, 100 trees, unlimited depth",
                         lambda: ensembles().ExtraTreesClassifier(100, random_state=1), "predict_proba", truth),
    "gb": lambda: forest("gb", "GradientBoostingClassifier, 100 trees of depth 3",
                         lambda: ensembles().GradientBoostingClassifier(random_state=1), "predict_proba", truth),
    "gb6": lambda: forest("gb6", "GradientBoostingRegressor, 200 trees of depth 6",
                          lambda: ensembles().GradientBoostingRegressor(n_estimators=200, max_depth=6, subsample=0.5, random_state=1),
                          "predict", score),
    "hgb": lambda: forest("hgb", "HistGradientBoostingClassifier, 100 trees of 31 leaves",
                          lambda: ensembles().HistGradientBoostingClassifier(random_state=1, early_stopping=False), "predict_proba", truth),
    "hgb10": lambda: forest("hgb10", "HistGradientBoostingClassifier, 100 × 10 trees of 31 leaves, 10 classes",
                            lambda: ensembles().HistGradientBoostingClassifier(random_state=1, early_stopping=False), "predict_proba", ten),
    "hgbr": lambda: forest("hgbr", "HistGradientBoostingRegressor, 500 trees of 31 leaves",
                           lambda: ensembles().HistGradientBoostingRegressor(max_iter=500, random_state=1, early_stopping=False),
                           "predict", score),
    "if": lambda: forest("if", "IsolationForest, 100 trees", lambda: ensembles().IsolationForest(random_state=1), "score_samples", truth),
}


def run(session):
    return family(session, CASES)
