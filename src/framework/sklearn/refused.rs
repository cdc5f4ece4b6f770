//! scikit-learn's estimators that cannot be compiled, each with its technical reason.

use crate::framework::supported::{Support, Verdict};

/// An estimator that cannot be compiled.
#[derive(Debug)]
pub struct Refused {
    /// The public package.
    pub package: &'static str,
    /// The class.
    pub class: &'static str,
    /// Why not, after the class's name in a sentence.
    pub reason: &'static str,
}

impl Refused {
    /// What the row says for people.
    pub fn support(&self) -> Support {
        Support { name: self.class, package: Some(self.package), verdict: Verdict::Refused { reason: self.reason } }
    }
}

/// A variant of an estimator that cannot be compiled, though others of its class can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What is refused: `kernel=callable`.
    pub what: &'static str,
    /// Why it is.
    pub why: &'static str,
}

const FUNCTION: &str = "a function of Python's is code, not data";

/// A kernel of the user's own.
pub const KERNEL: Refusal = Refusal { what: "kernel=callable", why: FUNCTION };
/// A metric of the user's own.
pub const METRIC: Refusal = Refusal { what: "metric=callable", why: FUNCTION };
/// Weights of the user's own.
pub const WEIGHTS: Refusal = Refusal { what: "weights=callable", why: FUNCTION };
/// Distances that a sparse table stores.
pub const SPARSE_DISTANCES: Refusal = Refusal {
    what: "metric='precomputed' on a sparse table",
    why: "of such a row only the stored entries are distances",
};
/// A detector that was made for the fitted rows alone.
pub const NOT_NOVEL: Refusal = Refusal { what: "novelty=False", why: "it has no method for new rows" };
/// A density that need not be exact.
pub const TOLERANCE: Refusal = Refusal {
    what: "atol or rtol above 0",
    why: "its answer is any number within them that the walk through its tree happens to reach",
};
/// Answers drawn anew at every call.
pub const RANDOM_STRATEGY: Refusal = Refusal {
    what: "strategy='stratified' or 'uniform'",
    why: "it draws random numbers for every prediction: no two calls answer the same",
};
/// Imputed values drawn anew at every call.
pub const RANDOM_POSTERIOR: Refusal =
    Refusal { what: "sample_posterior=True", why: "it draws random numbers at every call: no two answer the same" };
/// Exemplars without coordinates.
pub const AFFINITIES: Refusal =
    Refusal { what: "affinity='precomputed'", why: "it knows no coordinates: scikit-learn has no method for new rows" };
/// A way to pool features that is the user's own.
pub const POOLING: Refusal = Refusal { what: "pooling_func other than NumPy's mean, sum, max or min", why: FUNCTION };
/// A function other than the known ones.
pub const TRANSFORMING_FUNCTION: Refusal = Refusal { what: "func other than NumPy's of single numbers", why: FUNCTION };
/// Arguments of the function.
pub const ARGUMENTS: Refusal =
    Refusal { what: "kw_args", why: "NumPy's functions of single numbers take none that change a value" };
/// Texts prepared by the user's own function.
pub const PREPROCESSOR: Refusal = Refusal { what: "preprocessor=callable", why: FUNCTION };
/// Texts cut by the user's own function.
pub const TOKENIZER: Refusal = Refusal { what: "tokenizer=callable", why: FUNCTION };
/// Texts analysed by the user's own function.
pub const ANALYZER: Refusal = Refusal { what: "analyzer=callable", why: FUNCTION };
/// Texts that stand in files.
pub const FILES: Refusal =
    Refusal { what: "input='file' or 'filename'", why: "a table holds the texts themselves, not files" };
/// Regular expressions that need more than one pass.
pub const TOKEN_PATTERN: Refusal = Refusal {
    what: "token_pattern with look-around, back-references or several groups",
    why: "tokens are found in time linear in the text",
};
/// Quantiles of a sparse table.
pub const SPARSE_QUANTILES: Refusal = Refusal {
    what: "a sparse table",
    why: "it leaves zeros that are not stored as they are, and the table does not tell them from those that are",
};
/// An importance by the user's own function.
pub const IMPORTANCE: Refusal = Refusal { what: "importance_getter=callable", why: FUNCTION };
/// A search that kept no estimator.
pub const NOT_REFITTED: Refusal = Refusal { what: "refit=False", why: "it holds no estimator" };
/// An estimator whose file does not tell its columns: those that look at none set no count of them before 1.2.
pub const NO_COLUMNS: Refusal = Refusal {
    what: "the estimator alone, fitted before scikit-learn 1.2",
    why: "no estimator in the file says how many columns it takes",
};
/// A column of two types.
pub const COLUMN_TYPE: Refusal =
    Refusal { what: "a column used as numbers and as text", why: "a column of an artifact has one type" };
/// A method of a Boltzmann machine.
pub const RANDOM_SCORES: Refusal =
    Refusal { what: "score_samples", why: "it flips a random unit of every row: no two calls answer the same" };
/// A Bessel function beyond the doubles.
pub const SMOOTHNESS: Refusal = Refusal {
    what: "Matern(nu) above 18.7",
    why: "of rows that coincide its Bessel function overflows in scikit-learn, too",
};
/// A division that rounds as NumPy's version has it.
pub const LENGTH_SCALE: Refusal = Refusal {
    what: "a fixed length_scale on float32",
    why: "its distances depend on the NumPy version that predicts, which the file does not tell",
};
/// A polynomial of too many factors.
pub const DEGREE: Refusal =
    Refusal { what: "degree above 32", why: "products of so many numbers leave the range of a float64" };

/// An iteration in single precision.
pub const SINGLES: Refusal =
    Refusal { what: "a fit on float32", why: "it iterates in float32, whose rounding decides where it stops" };
/// Components in an order drawn anew at every call.
pub const SHUFFLE: Refusal =
    Refusal { what: "shuffle=True", why: "it orders the components by numbers that NumPy draws at every call" };
/// A lasso without a penalty.
pub const NO_PENALTY: Refusal = Refusal {
    what: "transform_algorithm='lasso_cd' with transform_alpha=0",
    why: "without a penalty its search stops by rounding",
};

/// What the estimators of sparse codes refuse.
pub const OF_CODES: &[Refusal] = &[SINGLES, NO_PENALTY];
/// What the estimators of neighbours that are weighted refuse.
pub const OF_NEIGHBORS: &[Refusal] = &[METRIC, WEIGHTS, SPARSE_DISTANCES];
/// What the vectorizers of texts refuse.
pub const OF_TEXTS: &[Refusal] = &[PREPROCESSOR, TOKENIZER, ANALYZER, FILES, TOKEN_PATTERN];

const fn row(package: &'static str, class: &'static str, reason: &'static str) -> Refused {
    Refused { package, class, reason }
}

/// It has labels or coordinates of the rows it was fitted on, and no method for others.
const FITTED_ROWS_ONLY: &str = "places only the rows that it was fitted on: it has no method for new rows";
/// It describes a distribution and has no method that answers per row.
const NO_ANSWER_PER_ROW: &str = "estimates a covariance matrix: it has no method that answers row by row";

/// Every estimator that cannot be compiled.
pub static REFUSED: &[Refused] = &[
    row("sklearn.cluster", "AgglomerativeClustering", FITTED_ROWS_ONLY),
    row("sklearn.cluster", "DBSCAN", FITTED_ROWS_ONLY),
    row("sklearn.cluster", "HDBSCAN", FITTED_ROWS_ONLY),
    row("sklearn.cluster", "OPTICS", FITTED_ROWS_ONLY),
    row("sklearn.cluster", "SpectralBiclustering", FITTED_ROWS_ONLY),
    row("sklearn.cluster", "SpectralClustering", FITTED_ROWS_ONLY),
    row("sklearn.cluster", "SpectralCoclustering", FITTED_ROWS_ONLY),
    row("sklearn.covariance", "EmpiricalCovariance", NO_ANSWER_PER_ROW),
    row("sklearn.covariance", "GraphicalLasso", NO_ANSWER_PER_ROW),
    row("sklearn.covariance", "GraphicalLassoCV", NO_ANSWER_PER_ROW),
    row("sklearn.covariance", "LedoitWolf", NO_ANSWER_PER_ROW),
    row("sklearn.covariance", "MinCovDet", NO_ANSWER_PER_ROW),
    row("sklearn.covariance", "OAS", NO_ANSWER_PER_ROW),
    row("sklearn.covariance", "ShrunkCovariance", NO_ANSWER_PER_ROW),
    row(
        "sklearn.feature_extraction",
        "FeatureHasher",
        "takes dicts or lists of any names, and the file does not say which: no table has them as columns",
    ),
    row(
        "sklearn.feature_extraction",
        "PatchExtractor",
        "makes several rows of one: a row of its output is not a row of its input",
    ),
    row("sklearn.manifold", "ClassicalMDS", FITTED_ROWS_ONLY),
    row("sklearn.manifold", "MDS", FITTED_ROWS_ONLY),
    row("sklearn.manifold", "SpectralEmbedding", FITTED_ROWS_ONLY),
    row("sklearn.manifold", "TSNE", FITTED_ROWS_ONLY),
];

/// Why the class cannot be compiled, if it is known.
pub fn reason(package: &str, class: &str) -> Option<&'static str> {
    REFUSED.iter().find(|row| row.class == class && row.package == package).map(|row| row.reason)
}
