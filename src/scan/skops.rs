//! skops: an archive whose `schema.json` says what to construct, with the names that a pickle would have.

use super::{Scanner, archive};
use crate::encoding::container::Container;
use crate::encoding::document::Object;
use crate::encoding::json::{self, Nonfinite};
use crate::encoding::pickle::Import;
use crate::error::{Error, Result};
use crate::finding::Verdict;

/// Scans a skops file.
pub(super) fn scan(container: &Container<'_>, scanner: &mut Scanner) {
    scanner.is("skops file");
    for member in container.members() {
        scanner.member(&member.name, |scanner| {
            let content = container.content(member)?;
            match member.name.as_str() {
                "schema.json" => scan_schema(&content, scanner),
                _ => archive::scan_member(&content, scanner),
            }
        });
    }
}

fn scan_schema(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let document = json::read(bytes, Nonfinite::Words)?;
    document.objects().for_each(|object| judge(object, scanner));
    Ok(())
}

/// Judges a node: an object that names a module and a class.
fn judge(object: &Object<'_>, scanner: &mut Scanner) {
    let text = |key| object.get(key).and_then(|value| value.text().ok());
    let (Some(module), Some(class)) = (text("__module__"), text("__class__")) else { return };
    // A node of a function or method names it in its content.
    let inner = object.get("content").and_then(|content| content.object().ok());
    let inner = inner.and_then(|content| {
        let named = |key| content.get(key).and_then(|value| value.text().ok());
        Some((named("module_path")?, named("function").or_else(|| named("type"))?))
    });
    for (module, name) in [Some((module, class)), inner].into_iter().flatten() {
        let import = Import::named(module, name);
        let verdict = match import.error() {
            None => Verdict::Ok,
            Some(error) => {
                let verdict = super::verdict(&error);
                scanner.complain(error);
                verdict
            }
        };
        scanner.names(import.path(), None, &["constructed"], verdict);
    }
    if text("__loader__") == Some("ReduceNode") {
        scanner.complain(Error::unsupported("scan-skops-reduce", "a node calls what it names with stored arguments"));
    }
}
