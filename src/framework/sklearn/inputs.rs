//! The input columns of a model: of the first estimator that knows them.

use super::context::unsupported;
use super::fitted::{Attributes, Fitted};
use super::refused;
use crate::error::{Error, Result};
use crate::limits;

/// The input columns of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// Their names; `x0`, `x1`, … where the model was fitted on an array.
    pub names: Vec<String>,
    /// Whether the file names them.
    pub are_named: bool,
}

impl Inputs {
    /// Columns without names.
    pub fn unnamed(n_features: usize) -> Result<Self> {
        limits::FEATURES.check_len(n_features)?;
        Ok(Inputs { names: (0..n_features).map(|i| format!("x{i}")).collect(), are_named: false })
    }

    /// Columns with names, each used once.
    pub fn named(names: Vec<String>) -> Result<Self> {
        limits::FEATURES.check_len(names.len())?;
        let mut seen = std::collections::HashSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(twice) => {
                Err(Error::unsupported("duplicate-column", format!("two input columns are called `{twice}`"))
                    .hint("rename one before fitting: a table is matched to the model by name"))
            }
            None => Ok(Inputs { names, are_named: true }),
        }
    }

    /// The input columns of the root estimator.
    pub fn of(root: Fitted<'_>) -> Result<Self> {
        match find(root, 0)? {
            Some(inputs) => Ok(inputs),
            None if root.lowering().is_none() => Err(unsupported(root)),
            None => Err(root.located(Error::unsupported("no-input-columns", refused::NO_COLUMNS.why).hint(
                "expected `n_features_in_`, which estimators that look at no column set since scikit-learn 1.2: fit \
                     the model again with it, or behind a step that looks at the columns",
            ))),
        }
    }
}

/// The input columns that an estimator, or the first one inside it that knows, was fitted on.
pub fn find(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    limits::ESTIMATOR_DEPTH.check_len(depth)?;
    if let Some(names) = estimator.present("feature_names_in_") {
        return Inputs::named(names.array()?.to_strings()?).map(Some);
    }
    if let Some(count) = estimator.present("n_features_in_") {
        return Inputs::unnamed(count.as_usize()?).map(Some);
    }
    match estimator.lowering() {
        None if refused::reason(&estimator.package(), estimator.class_name()).is_some() => Err(unsupported(estimator)),
        lowering => lowering.and_then(|lowering| lowering.inputs).map_or(Ok(None), |read| read(estimator, depth)),
    }
}
