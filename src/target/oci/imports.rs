//! The test that every module which score.py imports will be there: in the artifact, its requirements, or the standard
//! library of its Python.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::introspection::{Evidence, MOST_TEXT_BYTES, Verdict};
use super::super::python::{self, Import};
use super::modules::{is_standard, provided_by};
use crate::artifact::{Artifact, Role, pins};
use crate::error::Result;
use crate::finding::Finding;
use crate::generate::RUNTIME_FOLDER;
use crate::requirement::normalize;

/// Bytes of the artifact's own modules that are followed: more are none that a person wrote.
const MOST_MODULE_BYTES: u64 = 8 << 20;
/// Modules that are told as missing; whoever has more has read enough.
const MOST_MISSING: usize = 50;

pub(super) fn imports(evidence: &Evidence<'_>) -> Result<Verdict> {
    let (Some(artifact), Some(script)) = (evidence.artifact, evidence.script()) else { return Ok(Verdict::Absent) };
    if script.problem.is_some() {
        return Ok(Verdict::Absent);
    }
    let search = Search { artifact, installed: installed(artifact)?, minor: minor(evidence) };
    let mut findings = Vec::new();
    let mut open = vec![("score.py".to_owned(), script.imports.clone())];
    let mut seen = BTreeSet::new();
    let mut budget = MOST_MODULE_BYTES;
    while let Some((file, imports)) = open.pop() {
        for import in imports.iter().filter(|import| !import.is_optional) {
            match search.find(&file, import) {
                Found::Elsewhere => {}
                Found::Member(member) => {
                    if seen.insert(member.clone()) {
                        open.push((member.clone(), imports_of(artifact, &member, &mut budget)?));
                    }
                }
                Found::Nowhere(message) if findings.len() < MOST_MISSING => {
                    let finding = Finding::error("oci-imports", message).in_file(&file).on_line(import.line);
                    findings.push(finding.hint(HINT));
                }
                Found::Nowhere(_) => {}
            }
        }
    }
    Ok(Verdict::of(findings))
}

const HINT: &str = "name its package in requirements.txt, put the module beside score.py, or catch that it is missing";

/// The imports of a module of the artifact; none of what is no Python, which is not score.py's fault.
fn imports_of(artifact: &Artifact, member: &str, budget: &mut u64) -> Result<Vec<Import>> {
    let size = artifact.store.member(member).map_or(0, |member| member.size);
    if size > MOST_TEXT_BYTES || size > *budget {
        return Ok(Vec::new());
    }
    *budget -= size;
    let bytes = artifact.store.read(member, MOST_TEXT_BYTES)?;
    Ok(String::from_utf8(bytes).map(|source| python::read(&source).imports).unwrap_or_default())
}

/// The packages that the artifact's requirements name, by their normal names.
fn installed(artifact: &Artifact) -> Result<BTreeSet<String>> {
    let pins = pins::read(artifact)?;
    Ok(pins.pins.iter().filter(|pin| !pin.is_python()).map(|pin| normalize(pin.requirement.name())).collect())
}

/// The minor version of the environment's Python.
fn minor(evidence: &Evidence<'_>) -> Option<u32> {
    let keys = ["MODEL_DEPLOYMENT", "INFERENCE_CONDA_ENV", "INFERENCE_PYTHON_VERSION"];
    let version = evidence.runtime_value(&keys).and_then(Value::as_str)?;
    version.split('.').nth(1)?.parse().ok()
}

struct Search<'a> {
    artifact: &'a Artifact,
    installed: BTreeSet<String>,
    minor: Option<u32>,
}

enum Found {
    /// In the artifact: the file that is read first.
    Member(String),
    /// In the standard library, an installed package, or a compiled module of the artifact.
    Elsewhere,
    Nowhere(String),
}

impl Search<'_> {
    fn find(&self, file: &str, import: &Import) -> Found {
        if import.dots > 0 {
            return self.relative(file, import);
        }
        let name = import.module.split('.').next().unwrap_or_default();
        if let Some(found) = self.in_artifact("", &import.module) {
            return found;
        }
        let bundled = format!("{RUNTIME_FOLDER}/");
        if self.artifact.manifest.environment.bundled_runtime && self.in_artifact(&bundled, name).is_some() {
            return Found::Elsewhere;
        }
        match is_standard(name, self.minor) {
            Some(true) => return Found::Elsewhere,
            Some(false) => {
                let minor = self.minor.unwrap_or_default();
                let message = format!("`{name}` is not in the standard library of Python 3.{minor}");
                return Found::Nowhere(message);
            }
            None => {}
        }
        if provided_by(name, &import.module).iter().any(|package| self.installed.contains(package)) {
            return Found::Elsewhere;
        }
        Found::Nowhere(format!("`{name}` is in neither the artifact, its requirements nor the standard library"))
    }

    /// `from .x import y`: below the folder of the file. The service imports score.py alone, without a package around.
    fn relative(&self, file: &str, import: &Import) -> Found {
        let mut folder = file.rsplit_once('/').map(|(folder, _)| folder);
        for _ in 1..import.dots {
            folder = folder.and_then(|folder| folder.rsplit_once('/')).map(|(folder, _)| folder);
        }
        let Some(folder) = folder else {
            let dots = ".".repeat(import.dots);
            return Found::Nowhere(format!(
                "`{dots}{}` has no package around it: the file stands alone",
                import.module
            ));
        };
        if import.module.is_empty() {
            return Found::Elsewhere;
        }
        let found = self.in_artifact(&format!("{folder}/"), &import.module);
        found.unwrap_or_else(|| Found::Nowhere(format!("`{folder}` has no module `{}`", import.module)))
    }

    /// A module below a folder: its file, a package, or a folder that is one by its name alone.
    fn in_artifact(&self, folder: &str, module: &str) -> Option<Found> {
        let path = format!("{folder}{}", module.replace('.', "/"));
        let top = format!("{folder}{}", module.split('.').next().unwrap_or_default());
        for file in [format!("{path}.py"), format!("{path}/__init__.py"), format!("{top}/__init__.py")] {
            if self.is_member(&file) {
                return Some(Found::Member(file));
            }
        }
        let compiled = |member: &str| {
            let rest = member.strip_prefix(&top);
            rest.is_some_and(|rest| rest.starts_with('.') && (rest.ends_with(".so") || rest.ends_with(".pyd")))
                || rest.is_some_and(|rest| rest.starts_with('/') && rest.ends_with(".py"))
        };
        self.artifact.store.members().iter().any(|member| compiled(&member.name)).then_some(Found::Elsewhere)
    }

    /// Whether a file is there; what the platform's client leaves out is another test's.
    fn is_member(&self, file: &str) -> bool {
        self.artifact.store.member(file).is_some()
            && self.artifact.manifest.file(file).is_none_or(|file| file.role != Role::Ignore)
    }
}
