//! Environments in their layouts, made up, and damaged ones.

use std::fs;
use std::path::Path;

use super::*;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const SITE: &str = "lib/python3.11/site-packages";

fn virtual_environment() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.7\n");
    let metadata = |name: &str, version: &str| {
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: x\n\nName: not this\n")
    };
    let folder = |file: &str| format!("{SITE}/{file}");
    write(root.path(), &folder("scikit_learn-1.9.1.dist-info/METADATA"), &metadata("scikit-learn", "1.9.1"));
    write(root.path(), &folder("old-1.0-py3.11.egg-info/PKG-INFO"), &metadata("Old", "1.0"));
    write(root.path(), &folder("older-0.9.egg-info"), &metadata("older", "0.9"));
    write(root.path(), &folder("linked.egg-link"), "/somewhere\n.");
    write(root.path(), &folder("numpy/version.py"), "raise SystemExit('executed')");
    write(root.path(), &folder("empty-2.0.dist-info/RECORD"), "");
    root
}

#[test]
fn a_virtual_environment_tells_python_and_distributions() {
    let root = virtual_environment();
    let environment = PythonEnvironment::open(root.path()).unwrap();
    assert_eq!(environment.python.as_deref(), Some("3.11.7"));
    assert!(!environment.sees_base_packages);
    assert_eq!(environment.len(), 5);
    let table = [
        ("Scikit.Learn", Some(vec![Some("1.9.1")])),
        ("old", Some(vec![Some("1.0")])),
        ("older", Some(vec![Some("0.9")])),
        ("linked", Some(vec![None])),
        ("empty", Some(vec![None])),
        ("numpy", None),
    ];
    for (name, versions) in table {
        assert_eq!(environment.versions(name), versions, "{name}");
    }
}

#[test]
fn a_folder_of_packages_tells_the_version_of_its_path() {
    let root = virtual_environment();
    let environment = PythonEnvironment::open(&root.path().join(SITE)).unwrap();
    assert_eq!(environment.python.as_deref(), Some("3.11"));
    assert_eq!(environment.len(), 5);
    fs::remove_file(root.path().join("pyvenv.cfg")).unwrap();
    let environment = PythonEnvironment::open(root.path()).unwrap();
    assert_eq!((environment.python.as_deref(), environment.len()), (Some("3.11"), 5));
    fs::rename(root.path().join(SITE), root.path().join("packages")).unwrap();
    let environment = PythonEnvironment::open(&root.path().join("packages")).unwrap();
    assert_eq!((environment.len(), environment.is_empty()), (5, false));
    assert_eq!(environment.python, None);
}

#[test]
fn settings_of_virtualenv_and_uv_are_read() {
    let root = virtual_environment();
    for (text, version, base) in [
        ("version_info = 3.10.2.final.0\ninclude-system-site-packages = true", "3.10.2", true),
        ("version_info = 3.12.1\n", "3.12.1", false),
        ("version = latest", "3.11", false),
    ] {
        write(root.path(), "pyvenv.cfg", text);
        let environment = PythonEnvironment::open(root.path()).unwrap();
        assert_eq!((environment.python.as_deref(), environment.sees_base_packages), (Some(version), base), "{text}");
    }
}

#[test]
fn conda_packages_count_where_python_has_no_other() {
    let root = tempfile::tempdir().unwrap();
    let record = |name: &str, version: &str| format!(r#"{{"files": ["a"], "name": "{name}", "version": "{version}"}}"#);
    write(root.path(), "conda-meta/python-3.10.4-h1_0.json", &record("python", "3.10.4"));
    write(root.path(), "conda-meta/numpy-1.26.4-py310_0.json", &record("numpy", "1.26.4"));
    write(root.path(), "conda-meta/libgomp-ng-14.1-h2_0.json", "{ damaged");
    write(root.path(), "conda-meta/history", "no record");
    let metadata = "Name: numpy\nVersion: 2.0.0\n";
    write(root.path(), "lib/python3.10/site-packages/numpy-2.0.0.dist-info/METADATA", metadata);
    let environment = PythonEnvironment::open(root.path()).unwrap();
    assert_eq!(environment.python.as_deref(), Some("3.10.4"));
    assert_eq!(environment.versions("numpy"), Some(vec![Some("2.0.0")]));
    assert_eq!(environment.versions("libgomp-ng"), Some(vec![None]));
    assert_eq!(environment.len(), 3);
}

#[test]
fn what_an_installation_left_behind_is_told() {
    let root = virtual_environment();
    write(
        root.path(),
        &format!("{SITE}/scikit_learn-1.8.0.dist-info/METADATA"),
        "Name: scikit_learn\nVersion: 1.8.0\n",
    );
    let environment = PythonEnvironment::open(root.path()).unwrap();
    assert_eq!(environment.versions("scikit-learn"), Some(vec![Some("1.8.0"), Some("1.9.1")]));
}

#[test]
fn what_is_no_environment_is_refused() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "file", "text");
    for path in [root.path().to_owned(), root.path().join("file")] {
        let error = PythonEnvironment::open(&path).unwrap_err();
        assert_eq!((error.code(), error.exit_code()), ("not-an-environment", 2));
    }
    assert_eq!(PythonEnvironment::open(&root.path().join("nothing")).unwrap_err().code(), "io");
}

#[test]
fn damaged_and_huge_files_are_bounded() {
    let root = tempfile::tempdir().unwrap();
    let site = root.path().join(SITE);
    let huge = format!("Metadata-Version: 2.1\nSummary: {}\nVersion: 1.0\n", "x".repeat(1 << 20));
    write(&site, "huge-1.0.dist-info/METADATA", &huge);
    write(&site, "long-1.0.dist-info/METADATA", &format!("Name: long\nVersion: {}\n", "1".repeat(300)));
    write(&site, "binary-1.0.dist-info/METADATA", "Name: binary\nVersion: 1\u{0}\u{7}\n");
    fs::create_dir_all(site.join("folder-1.0.dist-info/METADATA")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        fs::create_dir_all(site.join("endless-1.0.dist-info")).unwrap();
        symlink("/dev/zero", site.join("endless-1.0.dist-info/METADATA")).unwrap();
        fs::create_dir_all(site.join("loop-1.0.dist-info")).unwrap();
        symlink("METADATA", site.join("loop-1.0.dist-info/METADATA")).unwrap();
        symlink("lib", root.path().join("lib64")).unwrap();
        // As uv installs where it is told to link.
        fs::create_dir_all(site.join("real-1.0.dist-info")).unwrap();
        write(root.path(), "cache", "Name: real\nVersion: 1.0\n");
        symlink(root.path().join("cache"), site.join("real-1.0.dist-info/METADATA")).unwrap();
    }
    let environment = PythonEnvironment::open(root.path()).unwrap();
    for name in ["huge", "long", "folder", "endless", "loop"] {
        assert_eq!(environment.versions(name), Some(vec![None]), "{name}");
    }
    assert_eq!(environment.versions("binary"), Some(vec![Some("1\u{0}\u{7}")]));
    assert_eq!(environment.versions("real"), Some(vec![Some("1.0")]));
}
