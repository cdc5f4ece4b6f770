"""Cases of scikit-learn: an estimator fitted once, its file, and its own method as the peer."""

import bars
from batch import Case, Peer, trained


def fitted(model, make):
    """The file that joblib writes of an estimator, and the estimator it loads. `make` fits one."""
    import joblib

    file = trained(f"{model}.joblib", lambda path: joblib.dump(make(), path))
    return file, joblib.load(file)


def sklearn_case(model, title, make, rows, method="predict", bar=bars.SCIKIT_LEARN, **more):
    """A case whose peer is the estimator's own method, with the arguments that it was fitted with."""
    file, estimator = fitted(model, make)
    case = Case(title, file, rows, [Peer("scikit-learn", getattr(estimator, method), bar)], method)
    for name, value in more.items():
        setattr(case, name, value)
    return case
