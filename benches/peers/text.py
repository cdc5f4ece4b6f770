"""Text vectorisers, alone and before a linear model, against scikit-learn on lists of Python strings."""

from batch import family
from data import texts
from sklearn_cases import sklearn_case

TRAINED_ON = 8000
ROWS = 4096


def truth(documents):
    """Two classes that some words decide."""
    return [int(hash_of(document) > 0) for document in documents]


def hash_of(document):
    """A sum of signs that depend on the words only, the same in every process."""
    return sum(1 if sum(map(ord, word)) % 7 < 3 else -1 for word in document.lower().replace(".", "").split())


def vectoriser(name, **settings):
    import sklearn.feature_extraction.text

    return getattr(sklearn.feature_extraction.text, name)(**settings)


def with_model(vectoriser):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(vectoriser, LogisticRegression(max_iter=200))


def case(model, title, make, method):
    def fit():
        documents = texts(TRAINED_ON, seed=1)
        return make().fit(documents, truth(documents))

    return sklearn_case(model, f"{title}; 60 words a text", fit, texts(ROWS, seed=2), method)


CASES = {
    "cv": lambda: case("cv", "CountVectorizer, 20,000 words", lambda: vectoriser("CountVectorizer"), "transform"),
    "cvlr": lambda: case("cvlr", "CountVectorizer, 20,000 words, LogisticRegression",
                         lambda: with_model(vectoriser("CountVectorizer")), "predict_proba"),
    "tflr": lambda: case("tflr", "TfidfVectorizer, 20,000 words, LogisticRegression",
                         lambda: with_model(vectoriser("TfidfVectorizer")), "predict_proba"),
    "tf2lr": lambda: case("tf2lr", "TfidfVectorizer, words and pairs seen in 3 texts, LogisticRegression",
                          lambda: with_model(vectoriser("TfidfVectorizer", ngram_range=(1, 2), min_df=3)), "predict_proba"),
    "tfc": lambda: case("tfc", "TfidfVectorizer, 3 to 4 characters within words, LogisticRegression",
                        lambda: with_model(vectoriser("TfidfVectorizer", analyzer="char_wb", ngram_range=(3, 4), max_features=50_000)),
                        "predict_proba"),
    "hvlr": lambda: case("hvlr", "HashingVectorizer, 262,144 columns, LogisticRegression",
                         lambda: with_model(vectoriser("HashingVectorizer", n_features=2**18)), "predict_proba"),
}


def run(session):
    return family(session, CASES)
