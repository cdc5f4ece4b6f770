//! What a file would do to whoever loads it, found without loading it.
//!
//! A format is told by content, never by a name. Each has a file here, which says of everything in it whether it is known,
//! and hands what is embedded to the others. What is not known is never clean: unknown content is `unsupported`, what two
//! readers could read differently is `malformed`, and what reaches code, files, processes or the network is `dangerous`.

mod archive;
mod document;
mod gguf;
mod keras;
mod names;
mod numpy;
mod onnx;
mod pickled;
mod safetensors;
mod saved_model;
mod skops;
#[cfg(test)]
mod tests;
mod torch;

use std::collections::HashSet;

use crate::error::{Error, ErrorKind, Result};
use crate::finding::{NamedImport, Scan, Verdict};

/// Errors of one file: a file with more is hopeless anyway.
const MOST_ERRORS: usize = 1000;
/// Archives in archives that are looked into.
const ARCHIVE_DEPTH: usize = 1;
/// The longest comment of a zip file, and its end record.
const ZIP_TAIL_BYTES: usize = 65_535 + 22;

/// A format of files.
struct Format {
    name: &'static str,
    recognises: fn(&[u8]) -> bool,
    scan: fn(&[u8], &mut Scanner) -> Result<()>,
}

/// Every format, in the order in which they are asked.
static FORMATS: &[Format] = &[
    Format { name: "zip archive", recognises: archive::is_zip, scan: archive::scan_zip },
    Format { name: "tar archive", recognises: archive::is_tar, scan: archive::scan_tar },
    Format {
        name: "7-Zip archive",
        recognises: |bytes| bytes.starts_with(b"7z\xbc\xaf\x27\x1c"),
        scan: archive::refuse,
    },
    Format { name: "RAR archive", recognises: |bytes| bytes.starts_with(b"Rar!\x1a\x07"), scan: archive::refuse },
    Format { name: "PyTorch file (before 1.6)", recognises: torch::is_legacy, scan: torch::scan_legacy },
    Format { name: "NumPy array", recognises: |bytes| bytes.starts_with(b"\x93NUMPY"), scan: numpy::scan },
    Format { name: "HDF5 file", recognises: keras::is_hdf5, scan: keras::scan_hdf5 },
    Format { name: "GGUF file", recognises: |bytes| bytes.starts_with(b"GGUF"), scan: gguf::scan },
    Format { name: "safetensors file", recognises: safetensors::recognises, scan: safetensors::scan },
    Format { name: "model document", recognises: document::recognises, scan: document::scan },
    Format { name: "ONNX model", recognises: onnx::recognises, scan: onnx::scan },
    Format { name: "TensorFlow SavedModel", recognises: saved_model::recognises, scan: saved_model::scan },
    Format { name: "TensorFlow graph", recognises: saved_model::is_graph, scan: saved_model::scan_graph },
    Format { name: "compressed stream", recognises: archive::is_compressed, scan: archive::scan_compressed },
    Format { name: "pickle", recognises: pickled::recognises, scan: pickled::scan },
];

/// Scans a file: what it is and names, and what is wrong with it.
pub fn scan(bytes: &[u8]) -> (Scan, Vec<Error>) {
    let mut scanner = Scanner::default();
    if !scanner.known(bytes) {
        scanner.complain(
            Error::unsupported("unknown-file-kind", "the content is of no format that `scan` knows")
                .hint(format!("it knows {}", FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", "))),
        );
        if ends_as_zip(bytes) {
            scanner.complain(Error::malformed("scan-two-formats", "it begins as nothing known and ends as a zip file"));
        }
        scanner.scan.format = "unknown".into();
    }
    (scanner.scan, scanner.errors)
}

/// Whether a file that begins like this is a document of numbers and names, which holds no code: its reader judges it.
pub fn is_document(head: &[u8]) -> bool {
    document::recognises(head)
}

/// Whether the content is of a format that can be scanned.
pub fn is_known(bytes: &[u8]) -> bool {
    format_of(bytes).is_some()
}

fn format_of(bytes: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.recognises)(bytes))
}

/// What is found while a file is looked at.
#[derive(Default)]
struct Scanner {
    scan: Scan,
    errors: Vec<Error>,
    /// What has been named, so that each is listed once.
    named: HashSet<(String, Verdict)>,
    /// The members around what is looked at, outermost first.
    place: Vec<String>,
    /// Archives around what is looked at.
    archives: usize,
}

impl Scanner {
    /// Scans content of a known format; false where it is of none.
    fn known(&mut self, bytes: &[u8]) -> bool {
        let Some(format) = format_of(bytes) else { return false };
        if self.scan.format.is_empty() {
            self.scan.format = format.name.into();
        }
        if let Err(error) = (format.scan)(bytes, self) {
            self.complain(error);
        }
        if !archive::is_zip(bytes) && ends_as_zip(bytes) {
            let message = format!("it begins as a {} and ends as a zip file: two readers see two files", format.name);
            self.complain(Error::malformed("scan-two-formats", message));
        }
        true
    }

    /// Names the format more exactly than its first bytes do.
    fn is(&mut self, format: &str) {
        if self.place.is_empty() {
            self.scan.format = format.into();
        }
    }

    /// Notes something that is not as it should be.
    fn complain(&mut self, error: Error) {
        self.scan.verdict = self.scan.verdict.max(verdict(&error));
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(self.place.iter().rev().fold(error, |error, place| error.at(place)));
        }
    }

    /// Notes something that the file names; what is wrong with it is complained of apart.
    fn names(&mut self, name: String, at: Option<u64>, uses: &[&str], verdict: Verdict) {
        self.scan.verdict = self.scan.verdict.max(verdict);
        let at = at.map(|at| format!("byte {at}"));
        let place: Vec<String> = self.place.iter().cloned().chain(at).collect();
        let place = (!place.is_empty()).then(|| place.join(", "));
        let uses = uses.iter().map(|word| (*word).to_owned()).collect();
        if self.named.insert((name.clone(), verdict)) {
            self.scan.imports.push(NamedImport { name, place, uses, verdict });
        }
    }

    /// Looks at a member of what is looked at.
    fn member(&mut self, name: &str, look: impl FnOnce(&mut Self) -> Result<()>) {
        self.inside(format!("member `{name}`"), look);
    }

    /// Looks at a part of what is looked at.
    fn inside(&mut self, place: impl Into<String>, look: impl FnOnce(&mut Self) -> Result<()>) {
        self.place.push(place.into());
        if let Err(error) = look(self) {
            self.complain(error);
        }
        self.place.pop();
    }
}

/// What an error says of a file.
pub fn verdict(error: &Error) -> Verdict {
    match error.kind() {
        ErrorKind::Dangerous => Verdict::Dangerous,
        ErrorKind::Unsupported => Verdict::Unsupported,
        _ => Verdict::Malformed,
    }
}

/// Whether a reader that looks for a zip file's end record finds one: Python's does, whatever the file begins with.
fn ends_as_zip(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(ZIP_TAIL_BYTES)..];
    memchr::memmem::find_iter(tail, b"PK\x05\x06").any(|at| {
        let comment = tail.get(at + 20..at + 22).map(|length| usize::from(u16::from_le_bytes([length[0], length[1]])));
        comment.is_some_and(|comment| at + 22 + comment == tail.len())
    })
}
