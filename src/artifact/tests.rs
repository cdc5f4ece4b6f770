//! Writing and reading artifacts back, and what is refused: one byte changed at a time.

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use super::*;
use crate::finding::Severity;
use crate::model::{Estimator, Framework, Signature, Task};

fn manifest(files: Vec<FileEntry>) -> Manifest {
    Manifest {
        format: FORMAT,
        generator: Generator::default(),
        artifact: Identity {
            name: "churn".into(),
            version: "3.10".into(),
            description: None,
            target: "oci".into(),
            engine: Engine::Wasm,
            use_case: None,
        },
        model: ModelEntry {
            file: "model.json".into(),
            framework: Framework { name: "xgboost".into(), version: Some("3.2.0".into()) },
            encoding: "JSON".into(),
            task: Task::Regression,
            fields_are_named: true,
            estimator: Estimator {
                name: String::new(),
                class: "gbtree".into(),
                hyperparameters: serde_json::from_str(r#"{"eta":0.1,"seed":7,"tag":"1e3","none":null}"#).unwrap(),
                steps: Vec::new(),
            },
            imports: Vec::new(),
        },
        signature: Signature::default(),
        methods: Vec::new(),
        partitions: None,
        score_module: None,
        sample: None,
        environment: Environment { python_version: "3.10".into(), ..Environment::default() },
        registration: Registration::default(),
        provenance: None,
        notes: vec!["a\nb".into(), "no".into()],
        file_list: Some(FILE_LIST.into()),
        files,
    }
}

/// Two small files, one that does not compress, one that compresses well, and one that compresses too well.
fn contents() -> Vec<ArtifactFile> {
    let mut state = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(100_000)
    .collect();
    let text: String = (0..20_000).map(|i| format!("{i},{}\n", i % 7)).collect();
    vec![
        ArtifactFile::new("score.py", Role::ScoreScript, "print()\n".to_owned()),
        ArtifactFile::new("model.json", Role::Model, noise),
        ArtifactFile::new("data/größe.csv", Role::Added, text),
        ArtifactFile::new("zeros", Role::Added, vec![0; 3 << 20]),
        ArtifactFile::new("empty", Role::Added, Vec::new()),
    ]
}

fn write(target: &Path) -> Digest {
    let mut files = contents();
    let manifest = manifest(list_files(&mut files).unwrap());
    let staged = Staged::write(target, &manifest, &files, WriteOptions::default()).unwrap();
    assert!(!target.exists() || target.is_dir());
    assert_eq!(Artifact::open(staged.path()).unwrap().verify_digests().unwrap(), []);
    staged.publish().unwrap();
    manifest.digest().unwrap()
}

#[test]
fn an_artifact_reads_back_from_both_stores() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.zip", "a"] {
        let target = folder.path().join(name);
        let digest = write(&target);
        let artifact = Artifact::open(&target).unwrap();
        assert_eq!(artifact.digest, digest);
        assert_eq!(artifact.verify_digests().unwrap(), []);
        let names: Vec<&str> = artifact.store.members().iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["data/größe.csv", "empty", "manifest.yaml", "model.json", FILE_LIST, "score.py", "zeros"]);
        for file in contents() {
            let Content::Bytes(expected) = file.content else { unreachable!() };
            assert_eq!(artifact.store.read(&file.path, 1 << 30).unwrap(), expected, "{}", file.path);
        }
        assert_eq!(artifact.store.read("score.py", 7).unwrap_err().code(), "limit");
        assert_eq!(artifact.store.read("score.pz", 7).unwrap_err().code(), "member-missing");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_zip_is_the_same_bytes_and_another_reader_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.zip"), folder.path().join("b.zip"));
    write(&a);
    write(&b);
    let bytes = fs::read(&a).unwrap();
    assert_eq!(bytes, fs::read(&b).unwrap());
    let mut archive = ::zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), contents().len() + 2);
    for file in contents() {
        let Content::Bytes(expected) = file.content else { unreachable!() };
        let mut member = archive.by_name(&file.path).unwrap();
        assert_eq!(member.unix_mode(), Some(0o100_644));
        assert_eq!(member.last_modified().unwrap(), ::zip::DateTime::default());
        let deflated = member.compression() == ::zip::CompressionMethod::Deflated;
        // The zeros would unfold a thousandfold, the noise would not shrink.
        assert_eq!(deflated, file.path == "data/größe.csv", "{}", file.path);
        let mut found = Vec::new();
        member.read_to_end(&mut found).unwrap();
        assert_eq!(found, expected);
    }
}

#[test]
fn every_changed_byte_of_a_zip_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.zip");
    let mut files = vec![
        ArtifactFile::new("model.json", Role::Model, "{}".repeat(40)),
        ArtifactFile::new("score.py", Role::ScoreScript, "print()\n".to_owned()),
    ];
    let manifest = manifest(list_files(&mut files).unwrap());
    Staged::write(&target, &manifest, &files, WriteOptions::default()).unwrap().publish().unwrap();
    let bytes = fs::read(&target).unwrap();
    let digest = Artifact::open(&target).unwrap().digest;
    let broken = folder.path().join("broken.zip");
    let mut unnoticed = Vec::new();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&broken, changed).unwrap();
        // Either it does not open, or a digest differs: that of a member, or the manifest's own.
        let same = Artifact::open(&broken).is_ok_and(|artifact| {
            artifact.digest == digest && artifact.verify_digests().is_ok_and(|findings| findings.is_empty())
        });
        if same {
            unnoticed.push(at);
        }
    }
    assert_eq!(unnoticed, Vec::<usize>::new(), "of {} bytes", bytes.len());
    for length in 0..bytes.len() {
        fs::write(&broken, &bytes[..length]).unwrap();
        assert!(Artifact::open(&broken).is_err(), "cut to {length} bytes");
    }
}

#[test]
fn zip_files_of_other_writers_are_refused() {
    use ::zip::write::SimpleFileOptions;
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.zip");
    let options = SimpleFileOptions::default().unix_permissions(0o644);
    type Writer = ::zip::ZipWriter<Cursor<Vec<u8>>>;
    let write = |fill: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new(Cursor::new(Vec::new()));
        fill(&mut writer);
        fs::write(&target, writer.finish().unwrap().into_inner()).unwrap();
        Store::open(&target).unwrap_err()
    };
    let file = |writer: &mut Writer, name: &str, options: SimpleFileOptions| {
        writer.start_file(name, options).unwrap();
        writer.write_all(b"x").unwrap();
    };
    let unsorted = write(&|writer| {
        file(writer, "b", options);
        file(writer, "a", options);
    });
    assert!(unsorted.to_string().contains("sorted"), "{unsorted}");
    for (fill, expected) in [
        (&(|writer: &mut Writer| writer.set_comment("hello").unwrap()) as &dyn Fn(&mut Writer), "without a comment"),
        (&|writer| file(writer, "../a", options), "`..`"),
        (&|writer| file(writer, "a", options.unix_permissions(0o755)), "attributes"),
        (&|writer| file(writer, "a", options.large_file(true)), "attributes"),
        (&|writer| writer.add_symlink("a", "/etc/passwd", options).unwrap(), "attributes"),
        (&|writer| writer.add_directory("a", options).unwrap(), "attributes"),
    ] {
        let error = write(fill);
        assert!(error.to_string().contains(expected), "{error}");
    }
    fs::write(&target, b"PK").unwrap();
    assert_eq!(Store::open(&target).unwrap_err().code(), "zip-profile");
}

#[test]
fn differences_from_the_manifest_are_findings() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a");
    write(&root);
    fs::write(root.join("score.py"), "print(1)").unwrap();
    fs::write(root.join("empty"), "x").unwrap();
    fs::write(root.join("new.txt"), "x").unwrap();
    fs::remove_file(root.join("zeros")).unwrap();
    fs::create_dir(root.join("__pycache__")).unwrap();
    fs::write(root.join("__pycache__/score.pyc"), "x").unwrap();
    let artifact = Artifact::open(&root).unwrap();
    let findings = artifact.verify_digests().unwrap();
    let found: Vec<(&str, &str)> =
        findings.iter().map(|finding| (finding.code.as_str(), finding.file.as_deref().unwrap())).collect();
    let expected = [
        ("file-unlisted", "new.txt"),
        ("file-changed", "empty"),
        ("file-changed", "score.py"),
        ("file-missing", "zeros"),
    ];
    assert_eq!(found, expected);
    assert_eq!(findings[1].message, "1 bytes, expected 0");

    let (manifest, files) = artifact.repack().unwrap();
    let edited: Vec<&str> = manifest.edited().map(|file| file.path.as_str()).collect();
    assert_eq!(edited, ["empty", "new.txt", "score.py"]);
    let target = folder.path().join("again.zip");
    Staged::write(&target, &manifest, &files, WriteOptions::default()).unwrap().publish().unwrap();
    let again = Artifact::open(&target).unwrap().verify_digests().unwrap();
    assert!(again.iter().all(|finding| finding.severity == Severity::Note && finding.code == "file-edited"));
    assert_eq!(again.len(), 3);
}

#[test]
fn only_artifacts_and_empty_directories_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a");
    write(&target);
    write(&target);
    fs::remove_file(target.join(MANIFEST)).unwrap();
    let mut files = contents();
    let manifest = manifest(list_files(&mut files).unwrap());
    let refused = Staged::write(&target, &manifest, &files, WriteOptions::default()).unwrap_err();
    assert_eq!(refused.code(), "target-exists");
    assert!(target.join("score.py").exists());
    let force = WriteOptions { force: true, ..WriteOptions::default() };
    Staged::write(&target, &manifest, &files, force).unwrap().publish().unwrap();
    assert!(target.join(MANIFEST).exists());
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(Staged::write(&file, &manifest, &files, force).is_err());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a");
    write(&root);
    std::os::unix::fs::symlink("/etc/passwd", root.join("link")).unwrap();
    let error = Store::open(&root).unwrap_err();
    assert_eq!(error.code(), "not-a-file");
    assert!(error.to_string().contains("symbolic link"));
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    let mut files = contents();
    let good = manifest(list_files(&mut files).unwrap());
    let parse = |manifest: &Manifest| Manifest::parse(&manifest.emit().unwrap());
    assert_eq!(parse(&good).unwrap(), good);
    let reject = |change: &dyn Fn(&mut Manifest), expected: &str| {
        let mut bad = good.clone();
        change(&mut bad);
        let error = parse(&bad).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    reject(&|manifest| manifest.format = 2, "format 1, found 2");
    reject(&|manifest| manifest.files.swap(0, 1), "stands before");
    reject(&|manifest| manifest.files[1] = manifest.files[0].clone(), "letter case");
    reject(&|manifest| manifest.files[0].path = "../x".into(), "`..`");
    reject(&|manifest| manifest.model.file = "other".into(), "`other` is not among the files");
    let text = String::from_utf8(good.emit().unwrap()).unwrap();
    for (from, to) in
        [("format: 1", "format: 1\nextra: 2"), ("format: 1", "format: 1\nformat: 1"), ("sha256: ", "sha256: A")]
    {
        assert_eq!(Manifest::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err().code(), "yaml");
    }
}

#[test]
fn the_platform_s_own_list_is_what_the_manifest_gives_or_its_client_s_of_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a");
    write(&root);
    let path = root.join(FILE_LIST);
    let ours = fs::read_to_string(&path).unwrap();
    let list: serde_json::Value = serde_json::from_str(&ours).unwrap();
    let manifest = fs::read(root.join(MANIFEST)).unwrap();
    let keys: Vec<&String> = list.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["files", "generated_at", "generated_by", "version"]);
    assert_eq!(list["files"][MANIFEST]["sha256"], sha256(&manifest).to_string());
    assert_eq!(list["files"]["data/größe.csv"]["size"], fs::metadata(root.join("data/größe.csv")).unwrap().len());
    assert_eq!(list["files"].as_object().unwrap().len(), contents().len() + 1);

    let findings = |text: &str| {
        fs::write(&path, text).unwrap();
        Artifact::open(&root).unwrap().verify_digests().unwrap()
    };
    assert_eq!(findings(&ours), []);
    let client = ours.replace("\"scorepack\"", "\"oracle-ads\"").replace("1980-01-01T00", "2026-11-21T17");
    assert_eq!(findings(&client), [], "the client's list of the same files");
    for (text, expected) in [
        (ours.replace("1980", "1981"), "lists the right files, but is not as manifest.yaml gives it"),
        (client.replace("\"size\": 8", "\"size\": 9"), "says that `score.py` has 9 bytes, expected 8"),
        (client.replace("score.py", "score.pz"), "does not list `score.py`"),
        (client.replace("\"version\": 1", "\"version\": 2"), "has version 2, expected 1"),
        (client.replace("\"files\": {", "\"files\": {\"x\": {\"sha256\": \"aa\", \"size\": 1},"), "64 lower-case"),
        (client.replace("\"version\"", "\"more\": 1, \"version\""), "unknown field `more`"),
        (client.replace("\"version\"", "\"version\": 1, \"version\""), "twice"),
        ("[".repeat(1000), "is no list of files"),
    ] {
        let findings = findings(&text);
        assert_eq!(findings.len(), 1, "{expected}");
        assert!(findings[0].message.contains(expected), "{}", findings[0].message);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(Artifact::open(&root).unwrap().verify_digests().unwrap()[0].message, "the list is not there");
}

#[test]
fn what_model_ignore_leaves_out_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a");
    write(&root);
    fs::write(root.join(".model-ignore"), "*.log\nnotes/\nscore.py\n").unwrap();
    fs::create_dir(root.join("notes")).unwrap();
    for name in ["run.log", "notes/a.txt", "kept.txt"] {
        fs::write(root.join(name), "x").unwrap();
    }
    let artifact = Artifact::open(&root).unwrap();
    let unlisted: Vec<(String, Severity)> = artifact
        .verify_digests()
        .unwrap()
        .into_iter()
        .map(|finding| {
            assert_eq!(finding.code, "file-unlisted");
            (finding.file.unwrap(), finding.severity)
        })
        .collect();
    let expected = [
        (".model-ignore", Severity::Error),
        ("kept.txt", Severity::Error),
        ("notes/a.txt", Severity::Warning),
        ("run.log", Severity::Warning),
    ];
    assert_eq!(unlisted, expected.map(|(name, severity)| (name.to_owned(), severity)));
    let (manifest, _) = artifact.repack().unwrap();
    let added: Vec<&str> = manifest.edited().map(|file| file.path.as_str()).collect();
    assert_eq!(added, [".model-ignore", "kept.txt"]);
    // What the manifest lists is packed whatever the patterns say: `check` tells.
    assert!(manifest.file("score.py").is_some());
}
