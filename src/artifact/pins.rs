//! What an artifact's files say that its Python environment must hold: requirements.txt as pip reads it, conda.yaml
//! as conda does, and the manifest's Python version.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::manifest::{FileEntry, MANIFEST, Role};
use super::store::Artifact;
use crate::error::Result;
use crate::finding::Finding;
use crate::requirement::{Operator, Requirement, Version, normalize};
use crate::yaml;

/// Bytes of a file of requirements.
const REQUIREMENTS_BYTES: u64 = 1 << 20;
/// The interpreter, as conda calls it.
const PYTHON: &str = "python";
/// The driver's libraries, which are no Python package.
const CUDA: &str = "cuda";

/// What an artifact asks of its environment.
#[derive(Debug, Clone, Default)]
pub struct Pins {
    /// The interpreter and the packages, each comparison once.
    pub pins: Vec<Pin>,
    /// Lines that ask for more than can be read here.
    pub unread: Vec<Finding>,
}

/// One requirement and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The requirement; `python` is the interpreter.
    pub requirement: Requirement,
    /// The file.
    pub file: String,
    /// Its line, from 1, where that is known.
    pub line: Option<u64>,
    /// Whether it is named as conda names packages.
    pub by_conda: bool,
}

impl Pin {
    /// Whether it asks for an interpreter.
    pub fn is_python(&self) -> bool {
        self.by_conda && normalize(self.requirement.name()) == PYTHON
    }

    /// The place of the requirement on a finding.
    pub fn place(&self, finding: Finding) -> Finding {
        let finding = finding.in_file(&self.file).at(format!("requirement `{}`", self.requirement));
        match self.line {
            Some(line) => finding.on_line(line),
            None => finding,
        }
    }
}

/// Reads every file of the environment that the manifest lists.
pub fn read(artifact: &Artifact) -> Result<Pins> {
    let mut pins = Pins::default();
    let is_environment = |file: &&FileEntry| file.role == Role::Environment;
    for file in artifact.manifest.files.iter().filter(is_environment) {
        let bytes = artifact.store.read(&file.path, REQUIREMENTS_BYTES)?;
        let extension = file.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "txt" => read_requirements(&mut pins, &file.path, &String::from_utf8_lossy(&bytes)),
            "yaml" | "yml" => {
                let conda = yaml::parse(&bytes).map_err(|error| error.in_file(&file.path))?;
                read_conda(&mut pins, &file.path, &conda);
            }
            _ => pins.unread.push(unread("the file is neither requirements.txt nor conda.yaml").in_file(&file.path)),
        }
    }
    let python = &artifact.manifest.environment.python_version;
    if !python.is_empty() {
        pins.add(python_pin(python), MANIFEST, None, true);
    }
    pins.keep_each_once();
    Ok(pins)
}

impl Pins {
    fn add(&mut self, requirement: Result<Requirement>, file: &str, line: Option<u64>, by_conda: bool) {
        match requirement {
            Ok(requirement) if by_conda && normalize(requirement.name()) == CUDA => {
                self.unread.push(unread("not judged: CUDA is no Python package").in_file(file));
            }
            Ok(requirement) => self.pins.push(Pin { requirement, file: file.to_owned(), line, by_conda }),
            Err(error) => {
                let mut finding = unread(&format!("not judged: {error}")).in_file(file);
                (finding.line, finding.place) = (line, error.place());
                self.unread.push(finding);
            }
        }
    }

    /// conda.yaml and requirements.txt mostly say the same.
    fn keep_each_once(&mut self) {
        let mut seen = BTreeSet::new();
        self.pins.retain(|pin| {
            let name = normalize(pin.requirement.name());
            let versions: Vec<String> = pin.requirement.specifiers().iter().map(ToString::to_string).collect();
            seen.insert((name, versions, pin.requirement.marker().map(ToString::to_string)))
        });
    }
}

fn unread(message: &str) -> Finding {
    Finding::warning("environment-unread", message)
}

/// pip's form: a requirement a line, comments, options.
fn read_requirements(pins: &mut Pins, file: &str, text: &str) {
    let mut lines = text.lines().zip(1u64..);
    while let Some((first, number)) = lines.next() {
        let mut line = first.to_owned();
        while line.ends_with('\\') {
            line.pop();
            line.push_str(lines.next().map_or("", |(next, _)| next));
        }
        let content = line.split(" #").next().unwrap_or_default().trim();
        // Hashes and the like stand behind the requirement.
        let requirement = content.split(" --").next().unwrap_or_default();
        match content.chars().next() {
            None | Some('#') => {}
            Some('-') if asks_for_more(content) => {
                pins.unread.push(unread(&format!("not judged: `{content}`")).in_file(file).on_line(number));
            }
            Some('-') => {}
            Some(_) => pins.add(Requirement::parse(requirement), file, Some(number), false),
        }
    }
}

/// Options that name further requirements; the others say where packages come from.
fn asks_for_more(option: &str) -> bool {
    let name = option.split([' ', '=', '\t']).next().unwrap_or_default();
    ["--requirement", "--constraint", "--editable"].contains(&name)
        || ["-r", "-c", "-e"].iter().any(|short| option.starts_with(short))
}

#[derive(Deserialize)]
struct CondaFile {
    #[serde(default)]
    dependencies: Vec<CondaDependency>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CondaDependency {
    Package(String),
    Pip { pip: Vec<String> },
}

fn read_conda(pins: &mut Pins, file: &str, conda: &CondaFile) {
    let has_pip = conda.dependencies.iter().any(|dependency| matches!(dependency, CondaDependency::Pip { .. }));
    for dependency in &conda.dependencies {
        match dependency {
            // conda wants it named for the packages below it; no model needs it.
            CondaDependency::Package(text) if has_pip && text == "pip" => {}
            CondaDependency::Package(text) => pins.add(conda_requirement(text), file, None, true),
            CondaDependency::Pip { pip } => {
                pip.iter().for_each(|text| pins.add(Requirement::parse(text), file, None, false));
            }
        }
    }
}

/// conda's `name=1.2` is `name==1.2.*`, and `name=1.2=build` names a build, which Python does not know.
fn conda_requirement(text: &str) -> Result<Requirement> {
    let package = text.rsplit("::").next().unwrap_or(text).trim();
    let end = package.find(['=', '<', '>', '!', '~', ' ']).unwrap_or(package.len());
    let (name, versions) = package.split_at(end);
    let versions = versions.trim();
    let fuzzy = versions.strip_prefix('=').filter(|rest| !rest.starts_with('='));
    let requirement = match fuzzy.and_then(|rest| rest.split('=').next()) {
        Some(version) => format!("{name}=={}.*", version.trim().trim_end_matches(".*")),
        None => package.to_owned(),
    };
    let requirement = Requirement::parse(&requirement)?;
    match requirement.specifiers() {
        [only] if normalize(requirement.name()) == PYTHON && only.operator() == Operator::Equal => {
            only.version().map_or(Ok(requirement.clone()), |version| python_pin(&version.to_string()))
        }
        _ => Ok(requirement),
    }
}

/// The interpreter counts up to its minor version: patches keep what packages rely on.
fn python_pin(version: &str) -> Result<Requirement> {
    let read = Version::parse(version)?;
    Requirement::parse(&format!("{PYTHON}=={}.{}.*", read.release(0), read.release(1)))
}

/// Reads the pins of files that are not in an artifact, for tests.
#[cfg(test)]
pub(crate) fn of_texts(requirements: &str, conda: &str) -> Result<Pins> {
    let mut pins = Pins::default();
    read_requirements(&mut pins, "requirements.txt", requirements);
    read_conda(&mut pins, "conda.yaml", &yaml::parse(conda.as_bytes())?);
    pins.keep_each_once();
    Ok(pins)
}
