//! manifest.yaml: what an artifact is, where it comes from, and every other file with its size and digest.
//!
//! Its own SHA-256 is the artifact's digest. No path of the building machine, no clock and no host name stand in it.

use serde::{Deserialize, Serialize};

use crate::abi;
use crate::compile::CompileOptions;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::{DeclaredType, Estimator, Field, Framework, Signature, SignatureField, Task, column_names};
use crate::provenance::Provenance;
use crate::yaml;

use super::digest::{Digest, sha256};
use super::file_list::FILE_LIST;
use super::partitions::{PARTITION_INDEX, Partition, PartitionsEntry};
use super::registration::Registration;
use crate::encoding::member_name::{check_name, check_names};

/// The manifest's name in every artifact.
pub const MANIFEST: &str = "manifest.yaml";
/// The version of the manifest's own format.
pub const FORMAT: u32 = 1;

/// Everything known about an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format: 1.
    pub format: u32,
    /// The tool that wrote the artifact.
    pub generator: Generator,
    /// What the artifact is called and meant for.
    pub artifact: Identity,
    /// The model file and what it holds.
    pub model: ModelEntry,
    /// The columns taken, and those of the default method's answer.
    pub signature: Signature,
    /// What can be called.
    pub methods: Vec<MethodEntry>,
    /// The models of an artifact that holds one for each value of a column; `model` and `score_module` are then those of
    /// the first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partitions: Option<PartitionsEntry>,
    /// The compiled model; none where it was packaged without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score_module: Option<ScoreModuleEntry>,
    /// The stored rows and outputs; none where nothing is stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sample: Option<SampleEntry>,
    /// The platform's environments.
    pub environment: Environment,
    /// What the registry is told beside the files.
    #[serde(skip_serializing_if = "Registration::is_default", default)]
    pub registration: Registration,
    /// The git repository around the model file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provenance: Option<Provenance>,
    /// Things a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// The platform's own list of the files, which is made from this one and so stands not among them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file_list: Option<String>,
    /// Every file but this one and the platform's list, sorted by path.
    pub files: Vec<FileEntry>,
}

/// The tool that wrote the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generator {
    /// `scorepack`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Default for Generator {
    fn default() -> Self {
        Generator { name: "scorepack".into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}

/// What score.py runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The score module, in wasmtime.
    Wasm,
    /// The framework's own file, loaded by the framework.
    Native,
}

/// What the artifact is called and meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// What the model is for, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// The platform: `oci`, `snowflake`.
    pub target: String,
    /// What score.py runs.
    pub engine: Engine,
    /// The platform's use case type: `binary_classification`, …
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub use_case: Option<String>,
}

/// The model file and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// The model file in the artifact.
    pub file: String,
    /// Who saved it.
    pub framework: Framework,
    /// The encoding of the file, for people.
    pub encoding: String,
    /// What the model does.
    pub task: Task,
    /// Whether the file names its columns; else columns count by position too.
    pub fields_are_named: bool,
    /// The estimator with everything inside it.
    pub estimator: Estimator,
    /// What Python would import on loading the file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub imports: Vec<String>,
}

/// A callable of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MethodEntry {
    /// Its name, which is the framework's own.
    pub name: String,
    /// What it returns.
    pub outputs: Vec<OutputEntry>,
}

/// One output of a method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputEntry {
    /// Its name.
    pub name: String,
    /// The type of its elements.
    pub dtype: DeclaredType,
    /// Elements per row.
    pub width: u32,
    /// Whether a row is a list even when it has one element.
    pub list: bool,
    /// Whether a row names the columns that it stores, all others being 0: `{"columns": [3], "values": [0.5]}`.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub sparse: bool,
    /// Names of the columns, where they mean something.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub columns: Vec<String>,
}

impl OutputEntry {
    /// The names of its columns as people and platforms see them: sparse rows stand in one column of objects.
    pub fn column_names(&self) -> Vec<String> {
        match self.sparse {
            true => vec![self.name.clone()],
            false => column_names(&self.name, &self.columns, self.width as usize),
        }
    }
}

impl From<&abi::AbiMethod> for MethodEntry {
    fn from(method: &abi::AbiMethod) -> Self {
        let output = |arena: &abi::OutputArena| OutputEntry {
            name: arena.name.clone(),
            dtype: arena.element.into(),
            width: arena.width,
            list: arena.list,
            sparse: arena.sparse.is_some(),
            columns: arena.columns.clone(),
        };
        MethodEntry { name: method.name.clone(), outputs: method.outputs.iter().map(output).collect() }
    }
}

/// The compiled model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreModuleEntry {
    /// The module in the artifact.
    pub file: String,
    /// Its digest.
    pub sha256: Digest,
    /// The version of its contract.
    pub abi_version: u32,
    /// How it was compiled; none for a module that was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub compiled: Option<Compiled>,
}

/// How a score module was compiled: the same model, codegen and options give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compiled {
    /// The compiler's number, raised whenever the same model compiles to other bytes.
    pub codegen: u32,
    /// The options.
    pub options: CompileOptions,
}

/// The stored rows and outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleEntry {
    /// The rows, as records.
    pub file: String,
    /// The outputs of every method for them.
    pub expected_file: String,
    /// How many rows.
    pub rows: u32,
    /// Whether the rows were made up from the signature.
    pub synthetic: bool,
    /// Whose outputs are stored.
    pub recorded_by: Recorder,
}

/// Whose outputs an artifact stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Recorder {
    /// The framework's own, given with `--expected`: the score module was compared with them.
    Framework,
    /// The score module's: nothing of the framework's was given.
    Scorepack,
}

/// The platform's environments, in which score.py runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The Python version, `X.Y`.
    pub python_version: String,
    /// The environment's short name.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub inference_slug: String,
    /// `data_science` for a service pack, `published` for one's own.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub inference_type: String,
    /// Its `oci://` path.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub inference_path: String,
    /// Whether the wasmtime package lies in the artifact.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub bundled_runtime: bool,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What the framework saved.
    Model,
    /// The compiled model.
    ScoreModule,
    /// partitions.json.
    PartitionIndex,
    /// score.py.
    ScoreScript,
    /// runtime.yaml.
    Runtime,
    /// What the platform reads first.
    PlatformManifest,
    /// A function that the platform calls.
    Handler,
    /// How the artifact is registered.
    Registration,
    /// input_schema.json and output_schema.json.
    PlatformSchema,
    /// The JSON Schemas of the endpoint's request and response.
    EndpointSchema,
    /// requirements.txt and conda.yaml.
    Environment,
    /// What the platform's catalog shows.
    Metadata,
    /// Rows to try the model with.
    Sample,
    /// The outputs for these rows.
    Expected,
    /// For people.
    Document,
    /// The unpacked wasmtime package.
    BundledRuntime,
    /// What the platform leaves out of the artifact.
    Ignore,
    /// Python code that rides along.
    Code,
    /// A file that rides along.
    UserFile,
    /// A file that someone added.
    Added,
}

/// A file of the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path in the artifact, with `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Digest,
    /// What it is.
    pub role: Role,
    /// Whether a person changed it after it was generated: it stands outside the sandbox proof.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub edited: bool,
}

impl Manifest {
    /// Reads and checks a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Manifest> {
        limits::MANIFEST_BYTES.check_len(bytes.len())?;
        let manifest: Manifest = yaml::parse_within(bytes).map_err(|error| error.in_file(MANIFEST))?;
        manifest.check().map_err(|error| error.in_file(MANIFEST))?;
        Ok(manifest)
    }

    /// The bytes of manifest.yaml.
    pub fn emit(&self) -> Result<Vec<u8>> {
        let text = yaml::emit(self)?;
        limits::MANIFEST_BYTES.check_len(text.len()).map_err(|error| error.in_file(MANIFEST))?;
        Ok(text.into_bytes())
    }

    /// The artifact's digest: the SHA-256 of manifest.yaml as it is written.
    pub fn digest(&self) -> Result<Digest> {
        Ok(sha256(&self.emit()?))
    }

    /// The input fields as the score module takes them, under the names of the signature.
    pub fn fields(&self, abi: &abi::Abi) -> Result<Vec<Field>> {
        let mut elements = abi.field_elements();
        // The column that names the partition is read beside those that the model takes.
        elements.extend(self.partitions.as_ref().map(|_| crate::tensor::ElementType::Text));
        self.signature.check(&elements).map_err(|error| error.in_file(MANIFEST))?;
        let field = |(column, element): (&SignatureField, crate::tensor::ElementType)| Field {
            name: column.name.clone(),
            element,
            nullable: column.nullable,
            categories: column.categories.clone(),
        };
        Ok(self.signature.inputs.iter().zip(elements).map(field).collect())
    }

    /// The manifest that the artifact would have if it held the model of this partition alone.
    pub fn of_partition(&self, partition: &Partition) -> Manifest {
        let mut manifest = Manifest { partitions: None, ..self.clone() };
        manifest.signature.inputs.pop();
        manifest.model.file.clone_from(&partition.model.path);
        if let Some(module) = &mut manifest.score_module {
            module.file.clone_from(&partition.module.file);
            module.sha256 = partition.module.sha256;
        }
        manifest
    }

    /// The file called `path`.
    pub fn file(&self, path: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The first file of a role.
    pub fn file_of(&self, role: Role) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.role == role)
    }

    /// The files that a person changed or added.
    pub fn edited(&self) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().filter(|file| file.edited)
    }

    /// The method called `name`.
    pub fn method(&self, name: &str) -> Option<&MethodEntry> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// What is called when nothing is said: `predict`, or the first method where there is none.
    pub fn default_method(&self) -> Option<&MethodEntry> {
        self.method("predict").or_else(|| self.methods.first())
    }

    fn check(&self) -> Result<()> {
        if self.format != FORMAT {
            let message = format!("expected manifest format {FORMAT}, found {}", self.format);
            return Err(Error::unsupported("manifest-format", message).hint("another version of scorepack wrote it"));
        }
        limits::ARTIFACT_ENTRIES.check_len(self.files.len())?;
        for file in &self.files {
            check_name(&file.path)?;
        }
        check_names(self.files.iter().map(|file| file.path.as_str()).chain(self.file_list.as_deref()))?;
        if let Some(other) = self.file_list.as_deref().filter(|name| *name != FILE_LIST) {
            let message = format!("expected `{FILE_LIST}`, found `{other}`");
            return Err(Error::malformed("manifest", message).at("file_list"));
        }
        if let Some(unsorted) = self.files.windows(2).find(|pair| pair[0].path >= pair[1].path) {
            let message = format!("`{}` stands before `{}`", unsorted[0].path, unsorted[1].path);
            return Err(Error::malformed("manifest", message).at("files").hint("the files stand sorted by path"));
        }
        self.check_references()
    }

    fn check_references(&self) -> Result<()> {
        let mut named = match &self.partitions {
            None => vec![(self.model.file.as_str(), "model.file")],
            Some(entry) => {
                self.check_partitions(entry)?;
                vec![(PARTITION_INDEX, "partitions")]
            }
        };
        let module = self.score_module.as_ref().filter(|_| self.partitions.is_none());
        named.extend(module.map(|module| (module.file.as_str(), "score_module.file")));
        if let Some(sample) = &self.sample {
            named.push((&sample.file, "sample.file"));
            named.push((&sample.expected_file, "sample.expected_file"));
        }
        for (path, place) in named {
            if self.file(path).is_none() {
                return Err(Error::malformed("manifest", format!("`{path}` is not among the files")).at(place));
            }
        }
        let listed = self.score_module.as_ref().and_then(|module| self.file(&module.file).zip(Some(module)));
        if listed.is_some_and(|(file, module)| file.sha256 != module.sha256) {
            let message = "the score module's digest differs from that among the files";
            return Err(Error::malformed("manifest", message).at("score_module.sha256"));
        }
        Ok(())
    }

    /// The column is the last input, and every partition has a score module.
    fn check_partitions(&self, entry: &PartitionsEntry) -> Result<()> {
        let wrong = |message: String| Err(Error::malformed("manifest", message).at("partitions"));
        if self.signature.inputs.last().map(|field| field.name.as_str()) != Some(entry.column.as_str()) {
            return wrong(format!("`{}` is not the last input of the signature", entry.column));
        }
        if self.score_module.is_none() {
            return wrong("the artifact has no score module".into());
        }
        Ok(())
    }
}
