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
mod numbers;
mod numpy;
mod onnx;
mod pickled;
mod reached;
mod safetensors;
mod saved_model;
mod skops;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod torch;

use std::collections::HashSet;

use crate::encoding::pickle::{self, Options};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{NamedImport, Scan, Verdict};

/// The format of a text, which is no model.
pub const TEXT: &str = "text";
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
    /// Whether files lie in it whole, so that their marks stand in it.
    is_archive: bool,
    /// Whether it is read by Python's `pickle`.
    is_pickle: bool,
}

impl Format {
    const fn new(
        name: &'static str,
        recognises: fn(&[u8]) -> bool,
        scan: fn(&[u8], &mut Scanner) -> Result<()>,
    ) -> Self {
        Format { name, recognises, scan, is_archive: false, is_pickle: false }
    }

    const fn archive(self) -> Self {
        Format { is_archive: true, ..self }
    }

    const fn pickle(self) -> Self {
        Format { is_pickle: true, ..self }
    }
}

/// Every format, in the order in which they are asked.
static FORMATS: &[Format] = &[
    Format::new("zip archive", archive::is_zip, archive::scan_zip).archive(),
    Format::new("tar archive", archive::is_tar, archive::scan_tar).archive(),
    Format::new("7-Zip archive", |bytes| bytes.starts_with(b"7z\xbc\xaf\x27\x1c"), archive::refuse),
    Format::new("RAR archive", |bytes| bytes.starts_with(b"Rar!\x1a\x07"), archive::refuse),
    Format::new("PyTorch file (before 1.6)", torch::is_legacy, torch::scan_legacy).pickle(),
    Format::new("NumPy array", |bytes| bytes.starts_with(b"\x93NUMPY"), numpy::scan),
    Format::new("HDF5 file", keras::is_hdf5, keras::scan_hdf5),
    Format::new("GGUF file", |bytes| bytes.starts_with(b"GGUF"), gguf::scan),
    Format::new("safetensors file", safetensors::recognises, safetensors::scan),
    Format::new("model document", document::recognises, document::scan),
    Format::new("ONNX model", onnx::recognises, onnx::scan),
    Format::new("TensorFlow SavedModel", saved_model::recognises, saved_model::scan),
    Format::new("TensorFlow graph", saved_model::is_graph, saved_model::scan_graph),
    Format::new("compressed stream", archive::is_compressed, archive::scan_compressed),
    Format::new("pickle", pickled::recognises, pickled::scan).pickle(),
];

/// Scans a file: what it is and names, and what is wrong with it.
pub fn scan(bytes: &[u8]) -> (Scan, Vec<Error>) {
    let mut scanner = Scanner::default();
    if !scanner.known(bytes) {
        scanner.complain(
            Error::unsupported("unknown-file-kind", "the content is of no format that `scan` knows")
                .hint(format!("it knows {}", FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", "))),
        );
        scanner.scan.format = "unknown".into();
    }
    (scanner.scan, scanner.errors)
}

/// Scans a file of a folder, where texts and files of numbers stand beside models and do nothing; `is_there` tells of the
/// other files.
pub fn scan_beside(name: &str, bytes: &[u8], is_there: impl Fn(&str) -> bool) -> (Scan, Vec<Error>) {
    if !is_unknown(bytes) {
        return scan(bytes);
    }
    let mut scanner = Scanner::default();
    if text::recognises(bytes) {
        if let Err(error) = text::scan(name, bytes, &mut scanner) {
            scanner.complain(error);
        }
    } else if let Some(kind) = numbers::kind(name, bytes, is_there) {
        scanner.is(kind);
    } else {
        return scan(bytes);
    }
    (scanner.scan, scanner.errors)
}

/// Whether the content is of no format that a scan would judge, for no reader of models.
pub fn is_unknown(bytes: &[u8]) -> bool {
    format_of(bytes).is_none() && !is_found_inside(bytes)
}

/// Whether readers that do not look at the first byte find a file in the bytes.
fn is_found_inside(bytes: &[u8]) -> bool {
    ends_as_zip(bytes) || keras::begins_inside(bytes)
}

/// Whether a file that begins like this is a document of numbers and names, which holds no code: its reader judges it.
pub fn is_document(head: &[u8]) -> bool {
    document::recognises(head)
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
        let Some(format) = format_of(bytes) else {
            if is_found_inside(bytes) {
                let message = "it begins as nothing known and is a zip or HDF5 file for readers that look further";
                self.complain(Error::malformed("scan-two-formats", message));
            }
            return false;
        };
        if self.scan.format.is_empty() {
            self.scan.format = format.name.into();
        }
        if let Err(error) = (format.scan)(bytes, self) {
            self.complain(error);
        }
        self.second_format(bytes, format);
        true
    }

    /// Looks for another format that a reader of that one would find in the same bytes.
    fn second_format(&mut self, bytes: &[u8], format: &Format) {
        let mut found = Vec::new();
        if !format.is_archive && ends_as_zip(bytes) {
            found.push("ends as a zip file");
        }
        if !format.is_archive && keras::begins_inside(bytes) {
            found.push("holds an HDF5 file where readers of HDF5 look for one");
        }
        if !format.is_pickle && pickled::hides_in(bytes) {
            found.push("is a pickle that imports something, too");
            pickled::take(pickle::read_first(bytes, Options::REPORT).report, self);
        }
        for what in found {
            let message = format!("it begins as a {} and {what}: two readers see two files", format.name);
            self.complain(Error::malformed("scan-two-formats", message));
        }
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

/// Whether a reader that looks for a zip file's end record finds one: Python's does, whatever the file begins with and
/// whatever follows the record.
fn ends_as_zip(bytes: &[u8]) -> bool {
    let start = bytes.len().saturating_sub(ZIP_TAIL_BYTES);
    let tail = bytes.get(start..).unwrap_or_default();
    memchr::memmem::find_iter(tail, b"PK\x05\x06").any(|at| is_end_record(bytes, start + at))
}

/// Whether an end record leads anywhere: to a directory, by its length or its offset, or to a zip64 record; or it ends the
/// file.
fn is_end_record(bytes: &[u8], at: usize) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let field = bytes.get(at + range.start..at + range.end)?;
        Some(field.iter().rev().fold(0usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let (Some(size), Some(offset), Some(comment)) = (number(12..16), number(16..20), number(20..22)) else {
        return false;
    };
    let stands =
        |at: Option<usize>, mark: &[u8]| at.and_then(|at| bytes.get(at..)).is_some_and(|rest| rest.starts_with(mark));
    at + 22 + comment == bytes.len()
        || stands(at.checked_sub(size), b"PK\x01\x02")
        || stands(Some(offset), b"PK\x01\x02")
        || stands(at.checked_sub(20), b"PK\x06\x07")
}
