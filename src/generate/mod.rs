//! Everything an artifact holds besides the model and the score module: rendered, digested, listed in the manifest.
//!
//! Nothing here reads a file, a clock or the environment: the same input gives the same bytes.

mod endpoint_schema;
mod environment;
pub mod metadata;
mod platform_schema;
pub mod private;
mod python;
mod readme;
mod render;
mod runtime;
mod script;
pub mod snowflake;
mod wheel;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::abi::Abi;
use crate::artifact::ignore::IGNORE;
use crate::artifact::{
    ArtifactFile, Compiled, Content, Engine, Environment, FILE_LIST, FORMAT, Generator, Identity, Manifest,
    MethodEntry, ModelEntry, PARTITION_INDEX, PartitionIndex, Recorder, Registration, Role, SampleEntry,
    ScoreModuleEntry, list_files, list_more_files, sha256,
};
use crate::encoding::member_name::check_name;
use crate::error::{Error, Result};
use crate::model::{Model, Signature};
use crate::provenance::Provenance;

pub use environment::WASMTIME_VERSION;
pub use metadata::TestResults;
pub use wheel::unpack_wheel;

/// A kind of file that a target may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum FileKind {
    ScoreScript,
    Runtime,
    InputSchema,
    OutputSchema,
    RequestSchema,
    ResponseSchema,
    Requirements,
    Conda,
    Metadata,
    Readme,
    ModelIgnore,
    /// Made from the manifest when the artifact is written.
    FileList,
    SnowflakeSchema,
    SnowflakeCode,
    SnowflakePickle,
    SnowflakeFunctions,
    SnowflakeEnvironment,
    SnowflakeModel,
    SnowflakeManifest,
    SnowflakeRegistration,
}

/// How an artifact's files are arranged.
#[derive(Debug)]
pub struct Layout {
    /// Its name for `--layout`.
    pub name: &'static str,
    /// Where the model, the score module and the bundled runtime lie: a folder with its `/`, or nothing for the top.
    pub folder: &'static str,
    /// Where the model file lies, and in which form.
    pub model: ModelPlace,
    /// The files that the platform wants beside them.
    pub files: &'static [FileKind],
}

/// Where the model file lies, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelPlace {
    /// In the layout's folder, as it was saved.
    Beside,
    /// Where the platform's own package looks for it, in a form that its loaders read.
    Loader,
}

impl FileKind {
    /// The file's name in the artifact, or the folder of its files.
    pub const fn path(self) -> &'static str {
        match self {
            FileKind::ScoreScript => "score.py",
            FileKind::Runtime => "runtime.yaml",
            FileKind::InputSchema => "input_schema.json",
            FileKind::OutputSchema => "output_schema.json",
            FileKind::RequestSchema => "request.schema.json",
            FileKind::ResponseSchema => "response.schema.json",
            FileKind::Requirements => "requirements.txt",
            FileKind::Conda => "conda.yaml",
            FileKind::Metadata => "metadata",
            FileKind::Readme => "README.md",
            FileKind::ModelIgnore => IGNORE,
            FileKind::FileList => FILE_LIST,
            FileKind::SnowflakeSchema => "model/input_schema.json",
            FileKind::SnowflakeCode => "model/code",
            FileKind::SnowflakePickle => "model/models",
            FileKind::SnowflakeFunctions => "functions",
            FileKind::SnowflakeEnvironment => "runtimes",
            FileKind::SnowflakeModel => "model/model.yaml",
            FileKind::SnowflakeManifest => "MANIFEST.yml",
            FileKind::SnowflakeRegistration => "register.sql",
        }
    }

    const fn role(self) -> Role {
        match self {
            FileKind::ScoreScript => Role::ScoreScript,
            FileKind::Runtime => Role::Runtime,
            FileKind::InputSchema | FileKind::OutputSchema | FileKind::SnowflakeSchema => Role::PlatformSchema,
            FileKind::RequestSchema | FileKind::ResponseSchema => Role::EndpointSchema,
            FileKind::Requirements | FileKind::Conda | FileKind::SnowflakeEnvironment => Role::Environment,
            FileKind::Metadata => Role::Metadata,
            FileKind::Readme => Role::Document,
            FileKind::ModelIgnore => Role::Ignore,
            FileKind::FileList => Role::PlatformManifest,
            FileKind::SnowflakeCode | FileKind::SnowflakePickle | FileKind::SnowflakeFunctions => Role::Handler,
            FileKind::SnowflakeModel | FileKind::SnowflakeManifest => Role::PlatformManifest,
            FileKind::SnowflakeRegistration => Role::Registration,
        }
    }
}

/// The name of the score module in every artifact.
pub const SCORE_MODULE: &str = "score.wasm";
/// The name of the stored rows.
pub const SAMPLE: &str = "sample.json";
/// The name of the outputs recorded for them.
pub const EXPECTED: &str = "expected.json";
/// Folder of the unpacked `wasmtime` package.
pub const RUNTIME_FOLDER: &str = "runtime";

/// What an artifact is made of.
#[derive(Debug)]
pub struct GenerateInput {
    /// What it is called and meant for.
    pub identity: Identity,
    /// What the model file holds; its `file` is set here.
    pub model: ModelEntry,
    /// What can be called.
    pub methods: Vec<MethodEntry>,
    /// The name of the model file, which it keeps where that is a plain name.
    pub model_name: String,
    /// The model file.
    pub model_file: Content,
    /// The columns.
    pub signature: Signature,
    /// The compiled model.
    pub score_module: Option<ModuleInput>,
    /// The models, where there is one for each value of a column; `model_file` and `score_module` then stand for all.
    pub partitions: Option<PartitionsInput>,
    /// The rows to store.
    pub sample: Option<SampleInput>,
    /// The platform's environments.
    pub environment: Environment,
    /// What the registry is told beside the files.
    pub registration: Registration,
    /// The git repository around the model file.
    pub provenance: Option<Provenance>,
    /// Things a person should know.
    pub notes: Vec<String>,
    /// The unpacked `wasmtime` package: paths below [`RUNTIME_FOLDER`] (see [`unpack_wheel`]).
    pub bundled_runtime: Vec<(String, Vec<u8>)>,
    /// What rides along, already under its path in the artifact.
    pub companions: Vec<ArtifactFile>,
    /// How the files are arranged, and which the target wants.
    pub layout: &'static Layout,
    /// The platform's tests, where its catalog stores their results.
    pub test_results: Option<TestResults>,
}

/// A score module.
#[derive(Debug)]
pub struct ModuleInput {
    /// The module.
    pub wasm: Vec<u8>,
    /// Its contract.
    pub abi: Abi,
    /// How it was compiled; none for one that was given.
    pub compiled: Option<Compiled>,
}

/// The models of an artifact that holds one for each value of a column.
#[derive(Debug)]
pub struct PartitionsInput {
    /// Their index.
    pub index: PartitionIndex,
    /// The files that the index lists.
    pub files: Vec<ArtifactFile>,
}

/// Rows to store.
#[derive(Debug, Clone)]
pub struct SampleInput {
    /// The rows, column name to value; NaN and infinities as text, missing as null.
    pub rows: Vec<Map<String, Value>>,
    /// Method name to rows, as `predict --method all --output-format json` prints it.
    pub expected: Value,
    /// Whether the rows were made up from the signature.
    pub synthetic: bool,
    /// Whose outputs these are.
    pub recorded_by: Recorder,
}

/// The files of an artifact, with the manifest that lists them.
#[derive(Debug)]
pub struct Generated {
    /// The manifest.
    pub manifest: Manifest,
    /// Every file but the manifest, sorted by path; then those that the index of partitions lists.
    pub files: Vec<ArtifactFile>,
}

impl ModelEntry {
    /// The entry of a model that was read; the file's name is set by [`generate`].
    pub fn of_model(model: &Model) -> Self {
        ModelEntry {
            file: String::new(),
            framework: model.framework.clone(),
            encoding: model.encoding.clone(),
            task: model.task,
            fields_are_named: model.fields_are_named,
            estimator: model.estimator.clone(),
            imports: model.imports.clone(),
        }
    }
}

/// Makes every file of an artifact and its manifest.
pub fn generate(input: GenerateInput) -> Result<Generated> {
    let mut input = input;
    if input.identity.engine == Engine::Wasm && input.score_module.is_none() {
        return Err(Error::usage("engine-without-module", "score.py cannot run a score module that is not there")
            .hint("add `--engine native`"));
    }
    if input.methods.is_empty() {
        return Err(Error::unsupported("no-method", "the model offers no method that could be called"));
    }
    let mut files = Vec::new();
    let (layout, folder) = (input.layout, input.layout.folder);
    let mut partitions = input.partitions.take();
    let score_module = match &partitions {
        Some(partitions) => Some(partition_files(partitions, &mut input, &mut files)?),
        None => {
            files.push(take_model(&mut input)?);
            input.score_module.take().map(|module| module_files(module, folder, &mut files))
        }
    };
    let sample = input.sample.take();
    let sample_entry = sample.as_ref().map(|sample| sample_files(sample, &mut files));
    for (path, bytes) in std::mem::take(&mut input.bundled_runtime) {
        files.push(ArtifactFile::new(format!("{folder}{RUNTIME_FOLDER}/{path}"), Role::BundledRuntime, bytes));
        input.environment.bundled_runtime = true;
    }
    files.append(&mut input.companions);
    let mut manifest = Manifest {
        format: FORMAT,
        generator: Generator::default(),
        artifact: input.identity,
        model: input.model,
        signature: input.signature,
        methods: input.methods,
        partitions: partitions.as_ref().map(|partitions| partitions.index.entry()),
        score_module,
        sample: sample_entry,
        environment: input.environment,
        registration: input.registration,
        provenance: input.provenance,
        notes: input.notes,
        file_list: layout.files.contains(&FileKind::FileList).then(|| FILE_LIST.to_owned()),
        files: list_files(&mut files)?,
    };
    // The README comes last: it lists the others.
    let (last, others): (Vec<FileKind>, Vec<FileKind>) =
        layout.files.iter().partition(|kind| **kind == FileKind::Readme);
    for kind in others.into_iter().chain(last) {
        let contents = match kind {
            FileKind::Metadata => metadata::metadata(&manifest, layout.files, &files, input.test_results)?,
            kind => contents(kind, &manifest, sample.as_ref(), layout)?,
        };
        for (path, content) in contents {
            files.push(ArtifactFile::new(path, kind.role(), content));
        }
        manifest.files = list_more_files(&manifest.files, &mut files)?;
    }
    manifest.signature = manifest.signature.without_statistics();
    files.extend(partitions.as_mut().map(|partitions| std::mem::take(&mut partitions.files)).unwrap_or_default());
    Ok(Generated { manifest, files })
}

/// The files of a kind: their paths and contents.
fn contents(
    kind: FileKind,
    manifest: &Manifest,
    sample: Option<&SampleInput>,
    layout: &Layout,
) -> Result<Vec<(String, Vec<u8>)>> {
    let content = match kind {
        FileKind::ScoreScript => script::score_script(manifest),
        FileKind::Runtime => runtime::runtime(manifest),
        FileKind::InputSchema => platform_schema::schema(&manifest.signature.inputs),
        FileKind::OutputSchema => platform_schema::schema(&manifest.signature.outputs),
        FileKind::RequestSchema => endpoint_schema::request(manifest),
        FileKind::ResponseSchema => endpoint_schema::response(manifest),
        FileKind::Requirements => environment::requirements(manifest),
        FileKind::Conda => environment::conda(manifest),
        FileKind::Readme => readme::readme(manifest, sample, layout),
        FileKind::ModelIgnore => render::render(kind.path(), &()),
        // The list is made from the manifest when that is written; metadata look at the other files.
        FileKind::FileList | FileKind::Metadata => return Ok(Vec::new()),
        FileKind::SnowflakeSchema => platform_schema::schema(&manifest.signature.without_statistics().inputs),
        FileKind::SnowflakeModel => snowflake::metadata(manifest, layout),
        FileKind::SnowflakeManifest => snowflake::manifest(manifest),
        FileKind::SnowflakeRegistration => snowflake::registration(manifest),
        FileKind::SnowflakeCode => return snowflake::code(manifest, layout),
        FileKind::SnowflakePickle => return snowflake::pickle(manifest),
        FileKind::SnowflakeFunctions => return snowflake::functions(manifest),
        FileKind::SnowflakeEnvironment => return snowflake::environment(manifest),
    }?;
    Ok(vec![(kind.path().to_owned(), content.into_bytes())])
}

/// Every program that [`generate`] writes for a manifest, for any platform and layout: paths and contents. One that cannot be
/// written for it is left out.
pub fn programs(manifest: &Manifest) -> Vec<(String, Vec<u8>)> {
    const LAYOUT: &Layout = &Layout { name: "", folder: "", model: ModelPlace::Beside, files: &[] };
    const KINDS: &[FileKind] = &[
        FileKind::ScoreScript,
        FileKind::SnowflakeCode,
        FileKind::SnowflakePickle,
        FileKind::SnowflakeFunctions,
        FileKind::SnowflakeRegistration,
    ];
    // Names of methods become names in Python.
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    if !manifest.methods.iter().all(|method| is_name(&method.name)) {
        return Vec::new();
    }
    KINDS.iter().flat_map(|kind| contents(*kind, manifest, None, LAYOUT).unwrap_or_default()).collect()
}

/// Writes the script that registers the model again, for the files that are there now; one that a person edited stays.
pub fn refresh_registration(manifest: &mut Manifest, files: &mut [ArtifactFile]) -> Result<()> {
    let script = FileKind::SnowflakeRegistration.path();
    let is_ours = |file: &&mut ArtifactFile| file.path == script && file.role == Role::Registration && !file.edited;
    let Some(file) = files.iter_mut().find(is_ours) else { return Ok(()) };
    file.content = snowflake::registration(manifest)?.into();
    let (sha256, size) = file.content.digest()?;
    if let Some(entry) = manifest.files.iter_mut().find(|entry| entry.path == script) {
        (entry.sha256, entry.size) = (sha256, size);
    }
    Ok(())
}

/// The model file under its own name where that is plain and free, else under `model` with a fitting extension.
fn take_model(input: &mut GenerateInput) -> Result<ArtifactFile> {
    if input.layout.model == ModelPlace::Loader {
        return snowflake::take_model(input);
    }
    let own = input.model_name.as_str();
    let Layout { folder, files, .. } = input.layout;
    let generated = files.iter().map(|kind| kind.path()).filter(|_| folder.is_empty());
    let taken: Vec<&str> = generated.chain([SCORE_MODULE, SAMPLE, EXPECTED, crate::artifact::MANIFEST]).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_free = !taken.iter().any(|name| name.eq_ignore_ascii_case(own)) && !own.eq_ignore_ascii_case(RUNTIME_FOLDER);
    let keeps = own.chars().all(plain) && !own.starts_with(['.', '-']) && is_free && check_name(own).is_ok();
    let name = if keeps { own.to_owned() } else { format!("model.{}", extension(&input.model.encoding)) };
    input.model.file = format!("{folder}{name}");
    let content = std::mem::replace(&mut input.model_file, Content::Bytes(Vec::new()));
    Ok(ArtifactFile::new(input.model.file.clone(), Role::Model, content))
}

/// The usual extension of an encoding, by the first word of its name.
fn extension(encoding: &str) -> &'static str {
    match encoding.split([' ', ',', '(']).next().unwrap_or("").to_ascii_lowercase().as_str() {
        "joblib" => "joblib",
        "pickle" => "pkl",
        "json" => "json",
        "ubjson" => "ubj",
        "text" => "txt",
        _ => "bin",
    }
}

/// The index, and the first partition's module, which stands for all.
fn partition_files(
    partitions: &PartitionsInput,
    input: &mut GenerateInput,
    files: &mut Vec<ArtifactFile>,
) -> Result<ScoreModuleEntry> {
    let first = partitions.index.partitions.first().zip(input.score_module.take());
    let (first, module) = first.ok_or_else(|| Error::internal("partitions without a score module"))?;
    files.push(ArtifactFile::new(PARTITION_INDEX, Role::PartitionIndex, partitions.index.emit()?));
    input.model.file.clone_from(&first.model.path);
    Ok(ScoreModuleEntry {
        file: first.module.file.clone(),
        sha256: first.module.sha256,
        abi_version: module.abi.version,
        compiled: module.compiled,
    })
}

fn module_files(module: ModuleInput, folder: &str, files: &mut Vec<ArtifactFile>) -> ScoreModuleEntry {
    let entry = ScoreModuleEntry {
        file: format!("{folder}{SCORE_MODULE}"),
        sha256: sha256(&module.wasm),
        abi_version: module.abi.version,
        compiled: module.compiled,
    };
    files.push(ArtifactFile::new(entry.file.clone(), Role::ScoreModule, module.wasm));
    entry
}

fn sample_files(sample: &SampleInput, files: &mut Vec<ArtifactFile>) -> SampleEntry {
    let rows: Vec<String> = sample.rows.iter().map(|row| Value::Object(row.clone()).to_string()).collect();
    files.push(ArtifactFile::new(SAMPLE, Role::Sample, format!("[\n{}\n]\n", rows.join(",\n"))));
    files.push(ArtifactFile::new(EXPECTED, Role::Expected, format!("{}\n", sample.expected)));
    SampleEntry {
        file: SAMPLE.into(),
        expected_file: EXPECTED.into(),
        rows: sample.rows.len() as u32,
        synthetic: sample.synthetic,
        recorded_by: sample.recorded_by,
    }
}
