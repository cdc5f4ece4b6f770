//! The program on one page: read, compile, generate, pack, verify, check.

mod build;
mod code;
mod containing;
mod origin;
mod ours;
mod partitions;
mod sample;
mod scanned;

pub use build::{BuildRequest, Built, build};
pub use code::{Companion, CompanionKind, companions};
pub use containing::{Kinds, containing};
pub use origin::{AttestRequest, SignRequest, SignatureRequest, Signed, bill_of_materials, sign, write_beside};
pub use partitions::{Counts, Found, FoundModel, Packed, PartitionRequest, Status, Wanted, build_partitions, discover};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::abi::{Abi, Block};
use crate::artifact::{Artifact, Content, Digest, DiskFile, DosTime, Staged, WriteOptions, sha256};
use crate::compile::{self, CompileOptions, ScoreModule};
use crate::data::{Format, InputFields, RowNumber, Rows, Source as DataSource};
use crate::diff::{self, Comparison};
use crate::environment::PythonEnvironment;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Finding, Report};
use crate::framework::{self, Source};
use crate::generate;
use crate::limits;
use crate::model::{Field, Model};
use crate::partition::{Opened, Routed};
use crate::sandbox::{self, Blocks, CompiledModule, Numbered, Remote, Scored, Scorer};
use crate::target::{self, Against};
use crate::verify::{self, Document, Questions};

/// A model file: in memory, or on disk where nothing here reads it.
#[derive(Debug)]
pub struct ModelFile {
    /// Its name without its directory.
    pub name: String,
    /// Its content; of a file that stays on disk, how it begins.
    pub bytes: Vec<u8>,
    on_disk: Option<(DiskFile, u64)>,
}

impl ModelFile {
    /// Reads the file at `path`.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = read_file(path, &limits::FILE_BYTES)?;
        Ok(ModelFile { name: name_of(path), bytes, on_disk: None })
    }

    /// The file at `path`, to be packaged even if it cannot be read. What no framework here knows stays on disk and is
    /// streamed, whatever its size.
    pub fn open_to_package(path: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| Error::io(path, &error);
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return ModelFile::open(path);
        }
        limits::FILE_BYTES.check(metadata.len()).map_err(|error| error.in_file(path.display().to_string()))?;
        let bytes = head(path, framework::HEAD_BYTES)?;
        if framework::recognises(&bytes) {
            return ModelFile::open(path);
        }
        Ok(ModelFile { name: name_of(path), bytes, on_disk: Some((DiskFile::new(path.to_owned()), metadata.len())) })
    }

    /// Bytes that are streamed from disk; 0 for a file in memory.
    pub fn on_disk_bytes(&self) -> u64 {
        self.on_disk.as_ref().map_or(0, |(_, size)| *size)
    }

    /// What goes into an artifact.
    pub fn content(&self) -> Content {
        match &self.on_disk {
            Some((file, _)) => Content::File(file.clone()),
            None => Content::Bytes(self.bytes.clone()),
        }
    }

    /// Its digest and size in bytes; a file on disk is read by the first call.
    pub fn digest(&self) -> Result<(Digest, u64)> {
        match &self.on_disk {
            Some((file, _)) => file.summary().map(|summary| (summary.sha256, summary.size)),
            None => Ok((sha256(&self.bytes), self.bytes.len() as u64)),
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The first bytes of a file.
fn head(path: &Path, most: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let failed = |error: std::io::Error| Error::io(path, &error);
    let mut head = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(most).read_to_end(&mut head).map_err(failed)?;
    Ok(head)
}

/// A whole file, its size checked first; a pipe, as `<(…)` makes one, is read up to the limit.
fn read_file(path: &Path, limit: &limits::Limit) -> Result<Vec<u8>> {
    use std::io::Read;
    let failed = |error: std::io::Error| Error::io(path, &error);
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() || is_device(&metadata) {
        let found = if metadata.is_dir() { "a directory" } else { "a device" };
        let error = Error::new(ErrorKind::Io, "io", format!("expected a file, found {found}"));
        return Err(error.in_file(path.display().to_string()));
    }
    let accepted = |size: u64| limit.check(size).map_err(|error| error.in_file(path.display().to_string()));
    accepted(metadata.len())?;
    let mut bytes = Vec::new();
    // Where memory is short, the read itself says so.
    let _ = bytes.try_reserve_exact(usize::try_from(metadata.len()).unwrap_or_default());
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(limit.value().saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    accepted(bytes.len() as u64)?;
    Ok(bytes)
}

/// Whether a file is a device, which may never end.
fn is_device(metadata: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        kind.is_char_device() || kind.is_block_device()
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

/// read: what the bytes mean. Nothing in them is executed.
pub fn read(file: &ModelFile) -> Result<Model> {
    framework::read(Source { name: &file.name, bytes: &file.bytes })
}

/// compile: every method into one score module.
pub fn compile(model: &Model, options: CompileOptions) -> Result<ScoreModule> {
    compile::compile(model, options)
}

/// What `verify` is asked.
#[derive(Debug)]
pub struct VerifyRequest<'a> {
    /// The artifact.
    pub artifact: &'a Path,
    /// This binary, which the sandbox's child runs.
    pub program: &'a Path,
    /// The digest that the artifact must have.
    pub digest: Option<&'a str>,
    /// Further rows.
    pub data: Option<&'a Path>,
    /// The framework's outputs.
    pub expected: Option<&'a Path>,
    /// The method of `expected`, where it is CSV or .npy.
    pub method: Option<&'a str>,
    /// The Python environment in which the artifact is to run.
    pub environment: Option<&'a Path>,
    /// A signature of the artifact.
    pub signature: Option<SignatureRequest<'a>>,
    /// Where to write what was found, as a statement of in-toto.
    pub attest: Option<AttestRequest<'a>>,
    /// Proofs that must pass.
    pub require: Vec<&'static str>,
}

/// verify: the proofs of an artifact from outside; its module runs in a child process.
pub fn verify(request: &VerifyRequest<'_>) -> Result<Report> {
    let subject = request.artifact.display().to_string();
    let artifact = match Artifact::open(request.artifact) {
        Ok(artifact) => artifact,
        Err(error) => {
            let mut report = broken(&subject, error)?;
            if request.attest.is_some() {
                report
                    .notes
                    .push("no statement was written: what cannot be opened has no digest to make one on".into());
            }
            return Ok(report);
        }
    };
    let data = request.data.map(document).transpose()?;
    let expected = request.expected.map(document).transpose()?;
    let questions = Questions {
        digest: request.digest,
        data: data.clone(),
        expected: expected.clone(),
        method: request.method,
        environment: request.environment.map(PythonEnvironment::open).transpose()?,
        signature: request.signature.as_ref().map(origin::question).transpose()?,
        require: request.require.clone(),
    };
    let start = |wasm: &[u8]| Ok(Box::new(Remote::spawn(request.program, wasm)?) as Box<dyn Scorer>);
    let mut report = verify::verify(&artifact, &subject, &start, questions)?;
    // A platform's rules are for `check`; the time of a call is known only here.
    let timed = target::check_time(&artifact, &subject, &Against::default(), report.thousand_rows)?;
    report.findings.extend(timed.findings);
    if let Some(attest) = &request.attest {
        let given: Vec<&Document> = data.iter().chain(&expected).collect();
        origin::attest(attest, &artifact, &given, &report)?;
    }
    Ok(report)
}

/// diff: what changed between two artifacts; their modules run in child processes.
pub fn diff(before: &Path, after: &Path, program: &Path) -> Result<Comparison> {
    let open = |path: &Path| Artifact::open(path).map_err(|error| error.in_file(path.display().to_string()));
    let (old, new) = (open(before)?, open(after)?);
    let start = |wasm: &[u8]| Ok(Box::new(Remote::spawn(program, wasm)?) as Box<dyn Scorer>);
    diff::diff((&old, &before.display().to_string()), (&new, &after.display().to_string()), &start)
}

/// A file of data, read whole.
pub fn document(path: &Path) -> Result<Document> {
    Ok(Document { name: path.display().to_string(), bytes: read_file(path, &limits::DATA_BYTES)? })
}

/// Broken content is a finding; what could not be read at all stays an error.
fn broken(subject: &str, error: Error) -> Result<Report> {
    if !verify::is_content(&error) {
        return Err(error);
    }
    let mut report = Report::on(subject);
    report.directory = Path::new(subject).is_dir();
    report.findings.push(Finding::from(&error.in_file(subject)));
    Ok(report)
}

/// check: a platform's rules on an artifact, a directory or a model file. Nothing is compiled or run.
pub fn check(path: &Path, against: &Against) -> Result<Report> {
    let subject = path.display().to_string();
    let is_model_file = path.is_file() && !is_zip(path)?;
    let report = match is_model_file {
        true => ModelFile::open(path).and_then(|file| {
            // Findings name the path: many files are checked at once, and most are called `model`.
            check_model_file(&subject, &ModelFile { name: subject.clone(), ..file }, against)
        }),
        false => Artifact::open(path).and_then(|artifact| {
            let mut report = target::check(&artifact, &subject, against)?;
            scanned::models(&artifact, &mut report)?;
            Ok(report)
        }),
    };
    report.or_else(|error| broken(&subject, error))
}

/// scan: what a file would do to whoever loads it. Of an artifact or a directory, every file in it.
/// Nothing is loaded or run.
pub fn scan(path: &Path) -> Result<Report> {
    let subject = path.display().to_string();
    let mut report = Report::on(&subject);
    let found = match path.is_dir() {
        true => scanned::directory(path),
        false => scanned::file(path),
    };
    match found {
        Ok((scan, findings, notes)) => {
            (report.scan, report.findings, report.notes) = (Some(scan), findings, notes);
            report.directory = path.is_dir();
            report.findings.iter_mut().for_each(|finding| {
                finding.file.get_or_insert_with(|| subject.clone());
            });
            Ok(report)
        }
        Err(error) => broken(&subject, error),
    }
}

/// The results of a platform's own tests of an artifact, as JSON in the form of its client.
pub fn introspect(path: &Path, target: Option<&str>) -> Result<String> {
    if path.is_file() && !is_zip(path)? {
        let message = "expected an artifact, found another file: a model file alone has no tests";
        return Err(Error::usage("usage", message).in_file(path.display().to_string()));
    }
    let artifact = Artifact::open(path).map_err(|error| error.in_file(path.display().to_string()))?;
    let results = target::introspect(&artifact, target)?;
    let mut text = Vec::new();
    let indented = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, indented);
    serde::Serialize::serialize(&results, &mut serializer)
        .map_err(|error| Error::internal(format!("the results are no JSON: {error}")))?;
    text.push(b'\n');
    String::from_utf8(text).map_err(|_| Error::internal("JSON is not UTF-8"))
}

fn check_model_file(subject: &str, file: &ModelFile, against: &Against) -> Result<Report> {
    let model = read(file)?;
    target::check_model(&model, file.bytes.len() as u64, subject, against)
}

/// Whether a file begins as a zip file does.
fn is_zip(path: &Path) -> Result<bool> {
    Ok(matches!(&head(path, 4)?[..], b"PK\x03\x04" | b"PK\x05\x06"))
}

/// What `pack` is asked.
#[derive(Debug)]
pub struct PackRequest<'a> {
    /// The directory of an artifact.
    pub directory: &'a Path,
    /// Where the artifact goes.
    pub output: &'a Path,
    /// The limits that the artifact is checked against.
    pub against: Against,
    /// The time of the zip file's members.
    pub modified: DosTime,
    /// Replace a directory that is no artifact.
    pub force: bool,
    /// This binary, which the sandbox's child runs.
    pub program: &'a Path,
}

/// pack: a customised directory packed again. What was edited is marked, every proof and rule runs.
pub fn pack(request: &PackRequest<'_>) -> Result<Report> {
    let subject = request.output.display().to_string();
    let artifact = Artifact::open(request.directory)?;
    if !artifact.store.is_directory() {
        return Err(Error::usage("not-a-directory", "expected the directory of an artifact, found a file")
            .in_file(request.directory.display().to_string())
            .hint("unpack it first"));
    }
    let (mut manifest, mut files) = artifact.repack()?;
    generate::refresh_registration(&mut manifest, &mut files)?;
    let options = WriteOptions { force: request.force, modified: request.modified };
    let staged = Staged::write(request.output, &manifest, &files, options)?;
    let packed = Artifact::open(staged.path())?;
    let start = |wasm: &[u8]| Ok(Box::new(Remote::spawn(request.program, wasm)?) as Box<dyn Scorer>);
    let mut report = verify::verify(&packed, &subject, &start, Questions::default())?;
    report.absorb(target::check(&packed, &subject, &request.against)?);
    report.absorb(target::check_time(&packed, &subject, &request.against, report.thousand_rows)?);
    if report.is_clean() {
        staged.publish()?;
    }
    Ok(report)
}

/// Refuses to replace an artifact where that was not asked for.
pub fn refuse_existing(target: &Path, overwrite: bool) -> Result<()> {
    if overwrite || std::fs::symlink_metadata(target).is_err() {
        return Ok(());
    }
    Err(Error::usage("target-exists", "the target exists")
        .in_file(target.display().to_string())
        .hint("`--on-existing overwrite` replaces it"))
}

/// A model ready to score: its fields and its module.
#[derive(Debug)]
pub struct Loaded {
    fields: Vec<Field>,
    fields_are_named: bool,
    module: Module,
}

/// Where a module runs.
#[derive(Debug)]
enum Module {
    /// Compiled here from the model: in this process.
    Own(CompiledModule),
    /// One for each value of a column, compiled here when their first rows come.
    Partitions(Arc<Opened>),
    /// Given by someone: in children of this binary.
    Foreign { wasm: Vec<u8>, abi: Abi, program: PathBuf },
}

/// Reads and compiles what an artifact or a model file holds; a score module that someone gave is taken as it is.
pub fn load(path: &Path, program: &Path) -> Result<Loaded> {
    if !path.is_dir() && !is_zip(path)? {
        let file = ModelFile::open(path)?;
        let model = read(&file)?;
        let module = compile(&model, CompileOptions::default()).map_err(|error| error.in_file(&file.name))?;
        let (fields, fields_are_named) = (model.fields, model.fields_are_named);
        return Ok(Loaded { fields, fields_are_named, module: Module::Own(CompiledModule::new(&module.wasm)?) });
    }
    let artifact = Artifact::open(path)?;
    if artifact.partitions.is_some() {
        let opened = partitions::open(artifact).map_err(|error| error.in_file(path.display().to_string()))?;
        let fields = opened.reading().fields.clone();
        return Ok(Loaded { fields, fields_are_named: true, module: Module::Partitions(Arc::new(opened)) });
    }
    let manifest = &artifact.manifest;
    let fields_are_named = manifest.model.fields_are_named;
    let entry = manifest.score_module.as_ref().ok_or_else(|| {
        Error::unsupported(
            "no-score-module",
            "the artifact has no score module: only its own framework can score with it",
        )
        .in_file(path.display().to_string())
    })?;
    let Some(compiled) = entry.compiled else {
        let wasm = artifact.read_listed(&entry.file)?;
        let abi = sandbox::read_abi(&wasm)?;
        let fields = manifest.fields(&abi)?;
        return Ok(Loaded {
            fields,
            fields_are_named,
            module: Module::Foreign { wasm, abi, program: program.to_owned() },
        });
    };
    // The module is compiled from the model rather than taken: what runs in this process is ours.
    let name = &manifest.model.file;
    let bytes = artifact.read_listed(name)?;
    let module = compile(&framework::read(Source { name, bytes: &bytes })?, compiled.options)?;
    let fields = manifest.fields(&module.abi)?;
    Ok(Loaded { fields, fields_are_named, module: Module::Own(CompiledModule::new(&module.wasm)?) })
}

impl Loaded {
    /// The contract of the module.
    pub fn abi(&self) -> &Abi {
        match &self.module {
            Module::Own(module) => module.abi(),
            Module::Partitions(opened) => &opened.reading().abi,
            Module::Foreign { abi, .. } => abi,
        }
    }

    /// The methods that a name means: one, or all.
    pub fn methods(&self, name: &str) -> Result<Vec<String>> {
        let known: Vec<String> = self.abi().methods.iter().map(|method| method.name.clone()).collect();
        if name == "all" {
            return Ok(known);
        }
        match known.iter().any(|method| method == name) {
            true => Ok(vec![name.to_owned()]),
            false => Err(verify::unknown_method(self.abi(), name)),
        }
    }

    fn scorer(&self, methods: &[String]) -> Result<Box<dyn Scorer + Send>> {
        Ok(match &self.module {
            Module::Own(module) => Box::new(module.instantiate()?),
            Module::Partitions(opened) => Box::new(Routed::new(opened.clone(), methods)),
            Module::Foreign { wasm, program, .. } => Box::new(Remote::spawn(program, wasm)?),
        })
    }

    /// Scores rows in blocks on some threads; `sink` gets the outputs of every method, in the order of the rows.
    pub fn score(
        &self,
        mut rows: Rows,
        methods: &[String],
        threads: usize,
        sink: impl FnMut(Scored) -> Result<()>,
    ) -> Result<u64> {
        let abi = Arc::new(self.abi().clone());
        let name = rows.name().to_owned();
        // A piece of the source is read by the thread that scores it, where it can be cut off unread.
        let next = move || -> Result<Option<Blocks<RowNumber>>> {
            if let Some(mut piece) = rows.cut()? {
                let abi = abi.clone();
                return Ok(Some(Box::new(move || next_block(&mut piece, &abi))));
            }
            let mut block = next_block(&mut rows, &abi)?;
            Ok(block.is_some().then(|| Box::new(move || Ok(block.take())) as Blocks<RowNumber>))
        };
        let scorers = (0..threads.max(1)).map(|_| self.scorer(methods)).collect::<Result<_>>()?;
        let in_data = |error: Error| if error.place().is_some() { error.in_file(name) } else { error };
        sandbox::score_all(scorers, methods, next, sink).map_err(in_data)
    }

    /// Opens rows for this model.
    pub fn rows(&self, source: DataSource, name: &str, format: Option<Format>) -> Result<Rows> {
        let input = InputFields { fields: &self.fields, named: self.fields_are_named };
        Rows::open(source, name, format, input, self.abi())
    }
}

fn next_block(rows: &mut Rows, abi: &Abi) -> Result<Option<Numbered<RowNumber>>> {
    let mut block = Block::new(abi);
    let some = rows.next_block(&mut block, usize::MAX)?;
    Ok(some.then(|| Numbered { block, places: rows.places().to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_no_known_framework_stays_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let weights = folder.path().join("weights.bin");
        let content: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&weights, &content).unwrap();
        let file = ModelFile::open_to_package(&weights).unwrap();
        assert_eq!((file.name.as_str(), file.bytes.len()), ("weights.bin", framework::HEAD_BYTES as usize));
        assert_eq!(file.on_disk_bytes(), content.len() as u64);
        assert_eq!(file.digest().unwrap(), (sha256(&content), content.len() as u64));
        assert!(matches!(file.content(), Content::File(_)));
        assert_eq!(read(&file).unwrap_err().code(), "unknown-file-kind");
        // What a framework would read is read, and refused where it is dangerous.
        let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xgboost/binary-3.2/model.json");
        let file = ModelFile::open_to_package(&known).unwrap();
        assert_eq!((file.bytes, file.on_disk), (std::fs::read(&known).unwrap(), None));
        assert_eq!(ModelFile::open_to_package(folder.path()).unwrap_err().code(), "io");
    }
}
