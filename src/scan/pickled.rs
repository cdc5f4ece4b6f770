//! Pickles and joblib files: the symbolic machine's report.

use super::Scanner;
use super::reached::{Reached, reached};
use crate::encoding::joblib;
use crate::encoding::pickle::{self, Import, Options, Report};
use crate::error::Result;
use crate::finding::Verdict;

/// Opcode that begins pickles since protocol 2, followed by the protocol.
const PROTO: u8 = 0x80;
/// The last protocol, and those that may come.
const PROTOCOLS: u8 = 15;

/// Whether content is a pickle that is not compressed. Those of protocols 0 and 1 begin like texts: they are told by what
/// Python would make of them, whatever follows.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    match bytes {
        [PROTO, protocol, ..] => *protocol <= PROTOCOLS,
        [b'Z', b'F', ..] => true,
        _ => match reached(bytes) {
            Reached::Nothing => false,
            Reached::Value(end) => end == bytes.len(),
            // A list of words begins so, now and then.
            Reached::Imports(names) => names.iter().any(|(module, name)| pickle::is_dangerous(module, name)),
            Reached::Calls => true,
        },
    }
}

/// Whether Python's `pickle.load` would import anything on its way through content of another format.
pub(super) fn hides_in(bytes: &[u8]) -> bool {
    matches!(reached(bytes), Reached::Imports(_) | Reached::Calls)
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
