//! Pickles and joblib files: the symbolic machine's report.

use super::Scanner;
use crate::encoding::joblib;
use crate::encoding::pickle::{self, Import, Options, Report};
use crate::error::Result;
use crate::finding::Verdict;

/// Whether content looks like a pickle that is not compressed.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    pickle::is_pickle(bytes) || bytes.starts_with(b"ZF")
}

/// Scans one pickle that fills `bytes`; joblib's arrays may stand in it.
pub(super) fn scan(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    take(joblib::report(bytes, Options::REPORT), scanner);
    Ok(())
}

/// Takes over what the machine says.
pub(super) fn take(report: Report, scanner: &mut Scanner) {
    for import in &report.imports {
        scanner.names(import.path(), Some(import.offset), &import.uses.words(), verdict(import));
    }
    for error in report.complaints.into_iter().chain(report.stopped) {
        scanner.complain(error);
    }
}

fn verdict(import: &Import) -> Verdict {
    match import.verdict {
        pickle::Verdict::Allowed => Verdict::Ok,
        pickle::Verdict::Unknown => Verdict::Unsupported,
        pickle::Verdict::Dangerous => Verdict::Dangerous,
    }
}
