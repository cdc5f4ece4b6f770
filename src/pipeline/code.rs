//! What rides along in an artifact: Python code and other files of the user's, read from the disk with care.
//!
//! A symbolic link is refused, wherever it leads: what it names is no part of the folder that was given.

use std::path::Path;

use super::read_file;
use crate::artifact::{ArtifactFile, Registration, Role};
use crate::error::{Error, Result};
use crate::limits;

/// A file or a folder that rides along.
#[derive(Debug, Clone)]
pub struct Companion {
    /// What it is.
    pub kind: CompanionKind,
    /// Its name: the last part of its path.
    pub name: String,
    /// Its files: paths that begin with the name, and contents.
    pub files: Vec<(String, Vec<u8>)>,
}

/// What rides along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompanionKind {
    /// Python code.
    Code,
    /// A Python module that the model needs.
    Module,
    /// A file for a folder of the artifact.
    UserFile(String),
}

/// Folder of the code beside the model.
const CODE_FOLDER: &str = "code";

/// Reads what rides along.
pub fn companions(paths: impl IntoIterator<Item = (CompanionKind, std::path::PathBuf)>) -> Result<Vec<Companion>> {
    paths.into_iter().map(|(kind, path)| companion(kind, &path)).collect()
}

fn companion(kind: CompanionKind, path: &Path) -> Result<Companion> {
    let refused = |message: &str| Error::usage("code-path", message).in_file(path.display().to_string());
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        refused("expected a path that ends in a name").hint("name the folder itself, not `.` or `..`")
    })?;
    let metadata = std::fs::symlink_metadata(path).map_err(|error| Error::io(path, &error))?;
    let mut files = Vec::new();
    if metadata.is_dir() && !matches!(kind, CompanionKind::UserFile(_)) {
        folder(path, name, 0, &mut files)?;
    } else {
        files.push((name.to_owned(), file(path, &metadata)?));
    }
    if files.is_empty() {
        return Err(refused("the folder holds no file"));
    }
    if kind.is_code() && name.eq_ignore_ascii_case("snowflake") {
        return Err(refused("code cannot be called `snowflake`: the platform's own package has this name"));
    }
    if kind == CompanionKind::Module && !is_module(name, &files) {
        return Err(refused("expected a Python module: a .py file, or a folder with __init__.py"));
    }
    files.sort();
    Ok(Companion { kind, name: name.to_owned(), files })
}

impl CompanionKind {
    fn is_code(&self) -> bool {
        !matches!(self, CompanionKind::UserFile(_))
    }
}

fn is_module(name: &str, files: &[(String, Vec<u8>)]) -> bool {
    let init = format!("{name}/__init__.py");
    name.ends_with(".py") || files.iter().any(|(path, _)| *path == init)
}

/// The files below a folder. What Python and git leave behind stays out: `__pycache__`, and names that begin with a dot.
fn folder(path: &Path, prefix: &str, depth: u64, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    limits::DIRECTORY_DEPTH.check(depth).map_err(|error| error.in_file(path.display().to_string()))?;
    let failed = |error: std::io::Error| Error::io(path, &error);
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let own = entry.file_name();
        let name = own.to_str().ok_or_else(|| {
            Error::usage("code-path", "the name is not UTF-8").in_file(entry.path().display().to_string())
        })?;
        if name.starts_with('.') || name == "__pycache__" {
            continue;
        }
        let metadata = std::fs::symlink_metadata(entry.path()).map_err(failed)?;
        let inside = format!("{prefix}/{name}");
        if metadata.is_dir() {
            folder(&entry.path(), &inside, depth + 1, files)?;
        } else {
            files.push((inside, file(&entry.path(), &metadata)?));
            limits::ARTIFACT_ENTRIES.check_len(files.len())?;
        }
    }
    Ok(())
}

fn file(path: &Path, metadata: &std::fs::Metadata) -> Result<Vec<u8>> {
    if metadata.is_symlink() {
        let message = "a symbolic link: what it names is no part of what was given";
        return Err(Error::usage("code-path", message)
            .in_file(path.display().to_string())
            .hint("put the file itself there"));
    }
    read_file(path, &limits::DATA_BYTES)
}

/// Puts what rides along under its path in the artifact, and tells the registry where it lies.
pub fn place(companions: &[Companion], folder: &str, registration: &mut Registration) -> Vec<ArtifactFile> {
    let mut all = Vec::new();
    for Companion { kind, name, files } in companions {
        let (prefix, role) = match kind {
            CompanionKind::UserFile(inside) => (format!("{inside}/"), Role::UserFile),
            _ => (format!("{folder}{CODE_FOLDER}/"), Role::Code),
        };
        match kind {
            CompanionKind::UserFile(_) => registration.user_files.push(format!("{prefix}{name}")),
            CompanionKind::Code => registration.code_paths.push(format!("{prefix}{name}")),
            CompanionKind::Module => registration.ext_modules.push(format!("{prefix}{name}")),
        }
        for (path, bytes) in files {
            all.push(ArtifactFile::new(format!("{prefix}{path}"), role, bytes.clone()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for inside in ["pkg/sub", "pkg/__pycache__", "pkg/.git", "snowflake", "empty"] {
            std::fs::create_dir_all(root.join(inside)).unwrap();
        }
        for (name, text) in [
            ("pkg/__init__.py", ""),
            ("pkg/sub/b.py", "B = 1\n"),
            ("pkg/a.py", "A = 1\n"),
            ("pkg/__pycache__/a.pyc", "x"),
            ("pkg/.git/HEAD", "x"),
            ("snowflake/a.py", ""),
            ("card.md", "# Card\n"),
        ] {
            std::fs::write(root.join(name), text).unwrap();
        }
        folder
    }

    fn read(root: &Path, kind: CompanionKind, name: &str) -> Result<Vec<Companion>, String> {
        companions([(kind, root.join(name))]).map_err(|error| error.to_string())
    }

    #[test]
    fn folders_ride_along_whole_and_files_alone() {
        let folder = project();
        let root = folder.path();
        let all = companions([
            (CompanionKind::Code, root.join("pkg")),
            (CompanionKind::Module, root.join("pkg/a.py")),
            (CompanionKind::UserFile("docs".into()), root.join("card.md")),
        ])
        .unwrap();
        let mut registration = Registration::default();
        let files = place(&all, "model/", &mut registration);
        let paths: Vec<(&str, Role)> = files.iter().map(|file| (file.path.as_str(), file.role)).collect();
        assert_eq!(
            paths,
            [
                ("model/code/pkg/__init__.py", Role::Code),
                ("model/code/pkg/a.py", Role::Code),
                ("model/code/pkg/sub/b.py", Role::Code),
                ("model/code/a.py", Role::Code),
                ("docs/card.md", Role::UserFile),
            ]
        );
        assert_eq!(registration.code_paths, ["model/code/pkg"]);
        assert_eq!(registration.ext_modules, ["model/code/a.py"]);
        assert_eq!(registration.user_files, ["docs/card.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere() {
        use std::os::unix::fs::symlink;
        let folder = project();
        let root = folder.path();
        symlink("/etc/passwd", root.join("pkg/secret.py")).unwrap();
        symlink(root.join("pkg"), root.join("link")).unwrap();
        symlink(root, root.join("snowflake/loop")).unwrap();
        for name in ["pkg", "link", "pkg/secret.py"] {
            let error = read(root, CompanionKind::Code, name).unwrap_err();
            assert!(error.starts_with("a symbolic link"), "{name}: {error}");
        }
    }

    #[test]
    fn what_cannot_ride_along_says_why() {
        let folder = project();
        let root = folder.path();
        for (kind, name, reason) in [
            (CompanionKind::Code, "snowflake", "cannot be called `snowflake`"),
            (CompanionKind::Code, "empty", "holds no file"),
            (CompanionKind::Code, "missing", "no such file"),
            (CompanionKind::Code, "pkg/..", "ends in a name"),
            (CompanionKind::Module, "card.md", "expected a Python module"),
            (CompanionKind::Module, "snowflake", "cannot be called"),
            (CompanionKind::UserFile("docs".into()), "pkg", "found a directory"),
        ] {
            let error = read(root, kind, name).unwrap_err();
            assert!(error.contains(reason), "{name}: {error}");
        }
        assert!(read(root, CompanionKind::Module, "pkg").is_ok());
    }

    #[test]
    fn folders_in_folders_have_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut path = folder.path().join("a");
        for _ in 0..limits::DIRECTORY_DEPTH.value() {
            path = path.join("a");
        }
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("a.py"), "").unwrap();
        assert!(read(folder.path(), CompanionKind::Code, "a").is_ok());
        std::fs::create_dir_all(path.join("a")).unwrap();
        assert!(read(folder.path(), CompanionKind::Code, "a").is_err());
    }
}
