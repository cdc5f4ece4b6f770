//! NumPy's `.npy`: a header and elements, or, for Python objects, a pickle.

use super::Scanner;
use super::pickled;
use crate::encoding::npy;
use crate::encoding::pickle::{self, Options};
use crate::error::Result;

/// Scans an array.
pub(super) fn scan(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    match npy::objects(bytes)? {
        Some(pickle) => {
            scanner.inside("array of objects", |scanner| {
                pickled::take(pickle::report(pickle, Options::REPORT), scanner);
                Ok(())
            });
            Ok(())
        }
        None => npy::read(bytes).map(|_| ()),
    }
}
