//! scikit-learn's estimators that cannot be compiled, each with its technical reason.

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
