"""Linear models, SVMs, neighbours and transforms of scikit-learn against their own methods."""

import numpy as np

from batch import family
from data import classes, numbers, score, truth
from sklearn_cases import sklearn_case

ROWS = 32768
TRAINED_ON = 10000


def case(model, title, make, method="predict", answer=truth, width=28, trained_on=TRAINED_ON, rows=None, **more):
    """Double precision, as most matrices are; `make` is an estimator to fit."""

    def fit():
        x = matrix(trained_on, width, 1)
        return make().fit(x, answer(x))

    rows = matrix(ROWS, width, 2) if rows is None else rows
    return sklearn_case(model, f"{title}, {width} features", fit, rows, method, **more)


def matrix(rows, width, seed):
    return numbers(rows, width, seed, dtype="float64")


def ten(x):
    return classes(x, 10)


def logistic():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=300)


def ridge():
    from sklearn.linear_model import Ridge

    return Ridge()


def linear_svc():
    from sklearn.svm import LinearSVC

    return LinearSVC(random_state=1)


def svc():
    from sklearn.svm import SVC

    return SVC()


def svr():
    from sklearn.svm import SVR

    return SVR(C=10)


def neighbours(name, count=5, **settings):
    import sklearn.neighbors

    return getattr(sklearn.neighbors, name)(n_neighbors=count, **settings)


def kmeans(n_clusters=20):
    from sklearn.cluster import KMeans

    return KMeans(n_clusters, n_init=1, random_state=1)


def naive():
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


def mlp():
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((128, 64), max_iter=15, random_state=1)


def decomposition(name, **settings):
    import sklearn.decomposition

    return getattr(sklearn.decomposition, name)(random_state=1, **settings)


def preprocessing(name, **settings):
    import sklearn.preprocessing

    return getattr(sklearn.preprocessing, name)(**settings)


def polynomial():
    from sklearn.pipeline import make_pipeline

    return make_pipeline(preprocessing("PolynomialFeatures", degree=2), ridge())


def imputed():
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(SimpleImputer(), preprocessing("StandardScaler"), logistic())


def gaussian_process():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel

    return GaussianProcessRegressor(RBF(5.0) + WhiteKernel(1.0), optimizer=None)


def discriminant():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis()


def counts_case(model, title, make):
    def fit():
        return make().fit(np.random.default_rng(1).poisson(2, (2000, 100)).astype("float64"))

    rows = np.random.default_rng(2).poisson(2, (4096, 100)).astype("float64")
    found = sklearn_case(model, f"{title}, 100 features", fit, rows, "transform")
    if model == "nmf":
        # scikit-learn searches all rows of a call together; a score module answers every row as if it came alone.
        alone = found.peers[0].predict
        found.expected = lambda rows: np.concatenate([alone(rows[i : i + 1]) for i in range(len(rows))])
    return found


CASES = {
    "lr": lambda: case("lr", "LogisticRegression", logistic, "predict_proba"),
    "lr100": lambda: case("lr100", "LogisticRegression, 10 classes", logistic, "predict_proba", ten, 100),
    "lri": lambda: case("lri", "SimpleImputer, StandardScaler, LogisticRegression", imputed, "predict_proba"),
    "ridge": lambda: case("ridge", "Ridge", ridge, answer=score),
    "lsvc": lambda: case("lsvc", "LinearSVC, 10 classes", linear_svc, "decision_function", ten),
    "lda": lambda: case("lda", "LinearDiscriminantAnalysis, 10 classes", discriminant, "predict_proba", ten),
    "svc": lambda: case("svc", "SVC, RBF kernel, fitted on 3,000 rows", svc, "decision_function", trained_on=3000),
    "svr": lambda: case("svr", "SVR, RBF kernel, fitted on 1,000 rows", svr, answer=score, trained_on=1000),
    "knn": lambda: case("knn", "KNeighborsClassifier, 10,000 rows stored", lambda: neighbours("KNeighborsClassifier"), "predict_proba"),
    "knn50": lambda: case("knn50", "KNeighborsClassifier, 50 neighbours, 10,000 rows stored",
                          lambda: neighbours("KNeighborsClassifier", 50), "predict_proba"),
    "lof": lambda: case("lof", "LocalOutlierFactor, 10,000 rows stored",
                        lambda: neighbours("LocalOutlierFactor", 20, novelty=True), "decision_function"),
    "knn3": lambda: case("knn3", "KNeighborsRegressor, 10,000 rows stored (k-d tree)", lambda: neighbours("KNeighborsRegressor"),
                         answer=score, width=3),
    "km": lambda: case("km", "KMeans, 20 clusters", kmeans),
    "km200": lambda: case("km200", "KMeans, 200 clusters", lambda: kmeans(200)),
    "kmt": lambda: case("kmt", "KMeans.transform, 20 clusters", kmeans, "transform"),
    "nb": lambda: case("nb", "GaussianNB, 10 classes", naive, "predict_proba", ten),
    "mlp": lambda: case("mlp", "MLPClassifier, layers of 128 and 64, f64", mlp, "predict_proba", ten),
    "gp": lambda: case("gp", "GaussianProcessRegressor, 1,000 rows stored", gaussian_process, answer=score, trained_on=1000),
    "pca": lambda: case("pca", "PCA, 10 components", lambda: decomposition("PCA", n_components=10), "transform"),
    "sc": lambda: case("sc", "StandardScaler", lambda: preprocessing("StandardScaler"), "transform"),
    "qt": lambda: case("qt", "QuantileTransformer, 1,000 quantiles", lambda: preprocessing("QuantileTransformer"), "transform"),
    "poly": lambda: case("poly", "PolynomialFeatures of degree 2, Ridge", polynomial, answer=score),
    "nmf": lambda: counts_case("nmf", "NMF, 10 components", lambda: decomposition("NMF", n_components=10)),
    "ldat": lambda: counts_case("ldat", "LatentDirichletAllocation, 10 topics",
                                lambda: decomposition("LatentDirichletAllocation", n_components=10, max_iter=5)),
}


def run(session):
    return family(session, CASES)
