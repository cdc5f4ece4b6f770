//! Artifacts: a damaged or hostile one is opened, proven and checked, with findings or a refusal as the only outcomes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use scorepack::artifact::ignore::Ignore;
use scorepack::artifact::{
    Artifact, DosTime, Engine, FileEntry, Identity, MANIFEST, Manifest, PartitionIndex, Registration, sha256,
};
use scorepack::compile::CompileOptions;
use scorepack::error::{Error, ErrorKind, Result};
use scorepack::pipeline::{self, BuildRequest, ModelFile};
use scorepack::sandbox::{CompiledModule, Scorer, profile, read_abi};
use scorepack::settings::EnvironmentOptions;
use scorepack::target::{self, Against};
use scorepack::verify::{self, Document, Questions};
use scorepack::wasm;

use super::{Seed, fixture};

const MODEL: &str = "sklearn/columns-logistic-1.9/";
/// The platforms whose artifacts are damaged.
const PLATFORMS: [&str; 2] = ["oci", "snowflake"];

/// A sound artifact: a directory whose files are damaged one at a time.
struct Base {
    folder: PathBuf,
    manifest: Manifest,
    /// Its files, the manifest last.
    files: Vec<(String, Vec<u8>)>,
}

/// The folder that artifacts lie in while the process runs; in memory where the machine has such a place.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let shared = Path::new("/dev/shm");
    let parent = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
    FOLDER.get_or_init(|| tempfile::tempdir_in(parent).expect("a folder for artifacts")).path()
}

/// One artifact at a time: they share a folder.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bases() -> &'static [Base] {
    static BASES: OnceLock<Vec<Base>> = OnceLock::new();
    BASES.get_or_init(|| PLATFORMS.map(|platform| base(platform).expect("a fixture builds")).into())
}

fn base(platform: &str) -> Result<Base> {
    let output = folder().join(platform);
    let file = ModelFile::open(&fixture(MODEL).join("model.joblib"))?;
    build(file, platform, &output)?;
    let artifact = Artifact::open(&output)?;
    let names = artifact.store.members().iter().map(|member| member.name.clone());
    let (own, others): (Vec<String>, Vec<String>) = names.partition(|name| name == MANIFEST);
    let files = others.into_iter().chain(own).map(|name| {
        let bytes = std::fs::read(output.join(&name)).expect("a file of the artifact");
        (name, bytes)
    });
    Ok(Base { folder: output.clone(), files: files.collect(), manifest: artifact.manifest })
}

fn build(file: ModelFile, platform: &str, output: &Path) -> Result<()> {
    let sample = std::fs::read(fixture(MODEL).join("input.csv")).expect("a fixture");
    let request = BuildRequest {
        file,
        output,
        identity: Identity {
            name: "fuzzed".into(),
            version: "v1".into(),
            description: None,
            target: platform.into(),
            engine: Engine::Wasm,
            use_case: None,
        },
        sample: Some(Document { name: "input.csv".into(), bytes: sample }),
        target_sample: None,
        sample_rows: 5,
        expected: None,
        method: None,
        signature: None,
        options: CompileOptions::default(),
        score_module: None,
        no_score_module: false,
        environment: EnvironmentOptions::default().environment()?,
        registration: Registration::default(),
        companions: Vec::new(),
        against: Against::default(),
        provenance: None,
        wheel: None,
        modified: DosTime::default(),
        force: false,
        program: Path::new("scorepack"),
    };
    let built = pipeline::build(request, |_| {})?;
    assert!(built.artifact.is_some(), "{:?}", built.report.findings);
    Ok(())
}

/// Our own module runs here; one from outside would run in a child process, which is not what is tested.
fn start(wasm: &[u8]) -> Result<Box<dyn Scorer>> {
    static COMPILED: OnceLock<(Vec<u8>, CompiledModule)> = OnceLock::new();
    let (own, compiled) = COMPILED.get_or_init(|| {
        let own = |name: &str| name.ends_with("score.wasm");
        let found = bases().iter().flat_map(|base| &base.files).find(|(name, _)| own(name));
        let wasm = found.map(|(_, bytes)| bytes.clone()).expect("an artifact has a module");
        let compiled = CompiledModule::new(&wasm).expect("our own module");
        (wasm, compiled)
    });
    if own == wasm {
        return Ok(Box::new(compiled.instantiate()?));
    }
    let abi = read_abi(wasm)?;
    profile::check(wasm, &abi)?;
    Err(Error::malformed("score-module", "the module is not ours, and no child process is started"))
}

/// Everything that is done with an artifact from outside. Broken content is a finding or an error about it.
fn examine(path: &Path) {
    let artifact = match Artifact::open(path) {
        Ok(artifact) => artifact,
        Err(error) => return about_content(&error),
    };
    match artifact.verify_digests() {
        Ok(_) => {}
        Err(error) => about_content(&error),
    }
    match verify::verify(&artifact, "artifact", &start, Questions::default()) {
        Ok(report) => assert!(!report.proofs.is_empty()),
        Err(error) => about_content(&error),
    }
    for result in [target::check(&artifact, "artifact", &Against::default()).map(|_| ()), rest(&artifact)] {
        if let Err(error) = result {
            about_content(&error);
        }
    }
}

fn rest(artifact: &Artifact) -> Result<()> {
    if target::find(&artifact.manifest.artifact.target)?.introspection.is_some() {
        target::introspect(artifact, None)?;
    }
    artifact.repack().map(|_| ())
}

/// The tool itself failed: no content may make it.
fn about_content(error: &Error) {
    assert!(error.kind() != ErrorKind::Internal, "{error}");
}

/// A file that may be an artifact of the strict profile.
pub fn zip(bytes: &[u8]) {
    let _alone = alone();
    let path = folder().join("artifact.zip");
    std::fs::write(&path, bytes).expect("a file in memory");
    examine(&path);
}

/// One file of a sound artifact replaced; the manifest lists what lies there. The first byte says which file.
pub fn member(bytes: &[u8]) {
    let Some((which, content)) = bytes.split_first() else { return };
    let _alone = alone();
    let (base, which) = match usize::from(*which).checked_sub(128) {
        None => (&bases()[0], usize::from(*which)),
        Some(which) => (&bases()[1], which),
    };
    let (name, _) = &base.files[which % base.files.len()];
    let write = |name: &str, bytes: &[u8]| std::fs::write(base.folder.join(name), bytes).expect("a file in memory");
    write(name, content);
    if name != MANIFEST {
        write(MANIFEST, &listing(&base.manifest, name, content));
    }
    examine(&base.folder);
    for restored in [name.as_str(), MANIFEST] {
        let found = base.files.iter().find(|(name, _)| name == restored);
        write(restored, found.map(|(_, bytes)| &**bytes).unwrap_or_default());
    }
}

/// The manifest with the digest of one file put right.
fn listing(manifest: &Manifest, name: &str, content: &[u8]) -> Vec<u8> {
    let mut manifest = manifest.clone();
    let entry: Option<&mut FileEntry> = manifest.files.iter_mut().find(|file| file.path == name);
    if let Some(entry) = entry {
        (entry.size, entry.sha256) = (content.len() as u64, sha256(content));
    }
    manifest.emit().expect("a manifest is written")
}

/// manifest.yaml: what is read is written and read again the same.
pub fn manifest(bytes: &[u8]) {
    let Ok(manifest) = Manifest::parse(bytes) else { return };
    let written = manifest.emit().expect("a manifest is written");
    match Manifest::parse(&written) {
        Ok(again) => assert_eq!(again.emit().ok(), Some(written)),
        Err(error) => panic!("what was written cannot be read: {error}\n{}", String::from_utf8_lossy(&written)),
    }
}

/// The index of partitions.
pub fn partition_index(bytes: &[u8]) {
    let Ok(index) = PartitionIndex::parse(bytes) else { return };
    let _ = (index.files(), index.categories(), index.entry());
    let written = index.emit().expect("an index is written");
    let again = PartitionIndex::parse(&written).expect("an index that was written here");
    assert_eq!(again.emit().ok(), Some(written));
}

/// The patterns of .model-ignore, on paths that the file itself spells.
pub fn ignore(bytes: &[u8]) {
    let Ok(ignore) = Ignore::parse(bytes) else { return };
    let text = String::from_utf8_lossy(bytes);
    for path in text.lines().chain(["score.py", "metadata/custom.json", "a/b/c/d/e", ".git/config"]) {
        ignore.ignores(path);
    }
}

/// A score module from outside, up to where it would be compiled in a child process.
pub fn score_module(bytes: &[u8]) {
    if let Some((shell, data)) = wasm::take_apart(bytes) {
        assert_eq!(wasm::put_together(&shell, &data).as_deref(), Some(bytes));
    }
    if let Ok(abi) = read_abi(bytes) {
        let _ = profile::check(bytes, &abi);
    }
}

/// Every file of a sound artifact as an input, and what its readers start from.
pub fn seeds() -> Vec<Seed> {
    let _alone = alone();
    let mut seeds = Vec::new();
    for (base, offset) in bases().iter().zip([0u8, 128]) {
        for ((name, bytes), which) in base.files.iter().zip(offset..) {
            let plain = format!("{}-{}", if offset == 0 { "oci" } else { "snowflake" }, name.replace('/', "-"));
            let mut seed = |target, bytes: Vec<u8>| seeds.push(Seed { target, name: plain.clone(), bytes });
            seed("artifact_member", [&[which][..], bytes].concat());
            match name.rsplit('/').next().unwrap_or_default() {
                MANIFEST => seed("yaml", bytes.clone()),
                ".model-ignore" => seed("model_ignore", bytes.clone()),
                "score.wasm" => seed("score_module", bytes.clone()),
                "expected.json" => seed("expected", bytes.clone()),
                "score.py" => seed("python", bytes.clone()),
                "sample.json" => seed("rows_json", bytes.clone()),
                _ => {}
            }
        }
    }
    let file = ModelFile::open(&fixture(MODEL).join("model.joblib")).expect("a fixture");
    let path = folder().join("seed.zip");
    build(file, "oci", &path).expect("a fixture builds");
    let bytes = std::fs::read(&path).expect("an artifact");
    let _ = std::fs::remove_file(path);
    seeds.push(Seed { target: "artifact_zip", name: "oci.zip".into(), bytes });
    seeds
}
