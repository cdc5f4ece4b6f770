//! Where a model file comes from: the git commit, branch and repository around it. Never credentials or local paths.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// The state of the git repository around a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The commit's full hash.
    pub commit: String,
    /// The branch; none on a detached head.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch: Option<String>,
    /// The `origin` remote's address without credentials; none where it is a local path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub repository: Option<String>,
    /// Whether tracked files differ from the commit; none where the `git` program cannot tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dirty: Option<bool>,
}

/// Most bytes of a file of git's that is read here.
const MOST_BYTES: u64 = 16 << 20;

/// Reads the repository around `file`; none outside of one, or before its first commit.
pub fn read(file: &Path) -> Option<Provenance> {
    let start = std::fs::canonicalize(file).ok()?;
    let (root, git_dir) = start.ancestors().skip(1).find_map(|folder| Some((folder, git_dir(folder)?)))?;
    let common = text(&git_dir.join("commondir")).map_or(git_dir.clone(), |path| git_dir.join(path.trim()));
    let head = text(&git_dir.join("HEAD"))?;
    let (commit, branch) = match head.trim().strip_prefix("ref: ") {
        Some(reference) => {
            (resolve(&git_dir, &common, reference)?, reference.strip_prefix("refs/heads/").map(str::to_owned))
        }
        None => (head.trim().to_owned(), None),
    };
    if !is_hash(&commit) {
        return None;
    }
    let repository =
        text(&common.join("config")).and_then(|config| origin(&config)).and_then(|url| public_address(&url));
    Some(Provenance { commit, branch, repository, dirty: is_dirty(root) })
}

fn text(path: &Path) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    (metadata.is_file() && metadata.len() <= MOST_BYTES).then(|| std::fs::read_to_string(path).ok())?
}

/// `.git` is a folder, or in worktrees and submodules a file that names one.
fn git_dir(folder: &Path) -> Option<PathBuf> {
    let path = folder.join(".git");
    if path.is_dir() {
        return Some(path);
    }
    let pointer = text(&path)?;
    Some(folder.join(pointer.trim().strip_prefix("gitdir: ")?))
}

fn resolve(git_dir: &Path, common: &Path, reference: &str) -> Option<String> {
    if reference.split('/').any(|part| part == "..") {
        return None;
    }
    let loose = text(&git_dir.join(reference)).or_else(|| text(&common.join(reference)));
    loose.map(|hash| hash.trim().to_owned()).or_else(|| {
        let packed = text(&common.join("packed-refs"))?;
        let line = packed.lines().find(|line| line.split_once(' ').is_some_and(|(_, name)| name == reference))?;
        Some(line.split_once(' ')?.0.to_owned())
    })
}

fn is_hash(commit: &str) -> bool {
    matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The `url` of `[remote "origin"]`.
fn origin(config: &str) -> Option<String> {
    let mut in_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line.eq_ignore_ascii_case("[remote \"origin\"]");
        } else if let Some((key, value)) = line.split_once('=').filter(|_| in_origin)
            && key.trim() == "url"
        {
            return Some(value.trim().to_owned());
        }
    }
    None
}

/// The address without user, password, query and fragment; none for a local path.
fn public_address(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next()?;
    if let Some((scheme, rest)) = url.split_once("://") {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit('@').next()?;
        let is_remote = matches!(scheme, "http" | "https" | "ssh" | "git") && !host.is_empty();
        return is_remote.then(|| format!("{scheme}://{host}/{path}"));
    }
    // git@host:path, as ssh takes it.
    let (host, path) = url.split_once(':')?;
    let host = host.rsplit('@').next()?;
    let is_remote = host.len() > 1 && !host.contains(['/', '\\']);
    is_remote.then(|| format!("ssh://{host}/{}", path.trim_start_matches('/')))
}

/// Asks the `git` program, with nothing in it that the repository's settings could start.
fn is_dirty(root: &Path) -> Option<bool> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(["status", "--porcelain", "--untracked-files=no", "--ignore-submodules"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then_some(!output.stdout.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_local_paths_never_come_through() {
        let table = [
            ("https://user:s3cret@example.org/team/model.git", Some("https://example.org/team/model.git")),
            ("https://example.org/team/model.git?private_token=abc#x", Some("https://example.org/team/model.git")),
            ("https://to@ken@example.org/m", Some("https://example.org/m")),
            ("git@example.org:team/model.git", Some("ssh://example.org/team/model.git")),
            ("ssh://me:pw@example.org:22/m", Some("ssh://example.org:22/m")),
            ("/home/me/model", None),
            ("../model", None),
            ("C:\\models", None),
            ("file:///home/me/model", None),
        ];
        for (url, expected) in table {
            assert_eq!(public_address(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn the_origin_is_found_among_other_remotes() {
        let config = "[core]\n\turl = no\n[remote \"fork\"]\n\turl = a\n[remote \"origin\"]\n\tfetch = x\n\turl = b\n";
        assert_eq!(origin(config).as_deref(), Some("b"));
        assert_eq!(origin("[remote \"fork\"]\nurl = a"), None);
    }
}
