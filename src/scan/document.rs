//! Models as documents of numbers and names, without code: XGBoost, LightGBM, CatBoost. Whoever reads them is the judge.

use super::Scanner;
use crate::error::Result;
use crate::framework::{self, FRAMEWORKS, Source};

/// Whether the content is one of theirs.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    FRAMEWORKS.iter().any(|framework| framework.content_tells && (framework.recognises)(bytes))
}

/// Reads the model whole.
pub(super) fn scan(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    if let Some(framework) = FRAMEWORKS.iter().find(|framework| (framework.recognises)(bytes)) {
        scanner.is(&format!("{} model", framework.name));
    }
    framework::read(Source { name: "model", bytes }).map(|_| ())
}
