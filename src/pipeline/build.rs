//! build: read, compile, generate, pack, verify, check. What does not verify leaves no artifact behind.

use std::path::{Path, PathBuf};

use super::code::{Companion, place};
use super::partitions::Packed;
use super::sample::{self, Sample};
use super::{ModelFile, compile, read};
use crate::abi::CODEGEN;
use crate::artifact::{
    Artifact, ArtifactFile, Compiled, Content, DosTime, Engine, Environment, Identity, MethodEntry, ModelEntry,
    OutputEntry, Recorder, Registration, Role, Staged, WriteOptions,
};
use crate::compile::{CompileOptions, ScoreModule};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Finding, Report, Verdict};
use crate::generate::{GenerateInput, Generated, ModuleInput, SampleInput, generate};
use crate::graph::GraphBuilder;
use crate::model::{
    Category, DeclaredType, Estimator, Field, Framework, Method, MethodOutput, Model, Signature, SignatureField, Task,
};
use crate::provenance::Provenance;
use crate::sandbox::{CompiledModule, Scorer};
use crate::scan;
use crate::target::{self, Against};
use crate::tensor::ElementType;
use crate::verify::{self, Document, Questions};

/// What `build` is asked.
#[derive(Debug)]
pub struct BuildRequest<'a> {
    /// The model file.
    pub file: ModelFile,
    /// Where the artifact goes.
    pub output: &'a Path,
    /// What it is called and meant for; the use case is told by the model where it is not given.
    pub identity: Identity,
    /// Rows of the user's.
    pub sample: Option<Document>,
    /// Outputs of the user's, for the output schema.
    pub target_sample: Option<Document>,
    /// Rows to store.
    pub sample_rows: usize,
    /// The framework's outputs for the sample's rows.
    pub expected: Option<Document>,
    /// The method of `expected`, where it is CSV or .npy.
    pub method: Option<&'a str>,
    /// The signature, where another than the model's is wanted.
    pub signature: Option<Signature>,
    /// How the model is compiled.
    pub options: CompileOptions,
    /// A score module of the user's.
    pub score_module: Option<Vec<u8>>,
    /// Whether to package without a score module.
    pub no_score_module: bool,
    /// The platform's environments.
    pub environment: Environment,
    /// What the registry is told beside the files.
    pub registration: Registration,
    /// What rides along.
    pub companions: Vec<Companion>,
    /// The limits that the artifact is checked against.
    pub against: Against,
    /// The git repository around the model file.
    pub provenance: Option<Provenance>,
    /// The `wasmtime` package's wheel.
    pub wheel: Option<Vec<u8>>,
    /// The time of the zip file's members.
    pub modified: DosTime,
    /// Replace a directory that is no artifact.
    pub force: bool,
    /// This binary, which the sandbox's child runs for a module of the user's.
    pub program: &'a Path,
}

/// What `build` made.
#[derive(Debug)]
pub struct Built {
    /// Where the artifact is, if everything held.
    pub artifact: Option<PathBuf>,
    /// The proofs and rules.
    pub report: Report,
    /// The model, for a summary.
    pub model: Model,
    /// Bytes of the score module.
    pub module_bytes: Option<usize>,
    /// How many models it holds, where that is more than one.
    pub packed: Option<Packed>,
    /// What registers the model, where everything held and the platform takes such a script.
    pub registration: Option<String>,
}

/// Makes an artifact and proves it; `stage` is told what is being done.
pub fn build(request: BuildRequest<'_>, mut stage: impl FnMut(&'static str)) -> Result<Built> {
    target::find(&request.identity.target)?.check_registration(&request.registration)?;
    stage("reading");
    let model = described(&request)?;
    stage("compiling");
    let module = score_module(&request, &model)?;
    let engines = Engines::new(&request, module.as_ref())?;
    let mut scorer = module.as_ref().map(|module| engines.start(&module.wasm)).transpose()?;
    stage("sampling");
    let sample = sample::take(&request, &model, scorer.as_deref_mut())?;
    let mut signature = sample::signature(&request, &model, sample.as_ref())?;
    let disagreement = match (&sample, scorer.as_deref_mut(), &module) {
        (Some(sample), Some(scorer), Some(module)) if request.signature.is_none() => {
            sample::probe_missing(&mut signature, sample, scorer, module.wasm.len() as u64)?
        }
        _ => None,
    };
    let input = generate_input(&request, &model, module.as_ref(), sample, signature, scorer.as_deref_mut())?;
    stage("generating");
    let generated = generate(input)?;
    let module_bytes = module.as_ref().map(|module| module.wasm.len());
    let built = finish(&request, &engines, &generated, model, disagreement, &mut stage)?;
    Ok(Built { module_bytes, ..built })
}

/// pack, verify, check, and publish what held.
pub(super) fn finish(
    request: &BuildRequest<'_>,
    engines: &Engines<'_>,
    generated: &Generated,
    model: Model,
    disagreement: Option<Finding>,
    stage: &mut impl FnMut(&'static str),
) -> Result<Built> {
    stage("packing");
    let options = WriteOptions { force: request.force, modified: request.modified };
    let staged = Staged::write(request.output, &generated.manifest, &generated.files, options)?;
    stage("verifying");
    let subject = request.output.display().to_string();
    let artifact = Artifact::open(staged.path())?;
    let questions = Questions {
        data: request.expected.as_ref().and(request.sample.clone()),
        expected: request.expected.clone(),
        method: request.method,
        ..Questions::default()
    };
    let start = |wasm: &[u8]| engines.start(wasm);
    let mut report = verify::verify(&artifact, &subject, &start, questions)?;
    report.findings.extend(disagreement);
    stage("checking");
    report.absorb(target::check(&artifact, &subject, &request.against)?);
    report.absorb(target::check_time(&artifact, &subject, &request.against, report.thousand_rows)?);
    let published = report.is_clean();
    if published {
        staged.publish()?;
    }
    let registration = published.then(|| registration(&generated.files)).flatten();
    let artifact = published.then(|| request.output.to_owned());
    Ok(Built { artifact, report, model, module_bytes: None, packed: None, registration })
}

/// The script that registers the model.
fn registration(files: &[ArtifactFile]) -> Option<String> {
    match &files.iter().find(|file| file.role == Role::Registration)?.content {
        Content::Bytes(script) => String::from_utf8(script.clone()).ok(),
        Content::File(_) => None,
    }
}

/// Refuses a file that this tool cannot read as a model, but well enough to see what it would do.
fn harmless(file: &ModelFile) -> Result<()> {
    let (_, errors) = scan::scan(&file.bytes);
    match errors.into_iter().find(|error| scan::verdict(error) > Verdict::Unsupported) {
        Some(error) => Err(error.in_file(&file.name)),
        None => Ok(()),
    }
}

/// The model as its file tells it; with a signature, under its names. A file that cannot be read, but is to be packaged
/// all the same, is described by the signature alone.
pub(super) fn described(request: &BuildRequest<'_>) -> Result<Model> {
    let unread = request.no_score_module || request.score_module.is_some();
    let mut model = match (read(&request.file), &request.signature) {
        (Err(error), Some(signature)) if unread && error.kind() == ErrorKind::Unsupported => {
            harmless(&request.file)?;
            return Ok(opaque(&request.file, signature, &error));
        }
        (Err(error), None) if unread && error.kind() == ErrorKind::Unsupported => {
            return Err(error.hint("with `--signature` it can be packaged unread"));
        }
        (read, _) => read?,
    };
    if let Some(signature) = &request.signature {
        model.rename(signature)?;
        let elements: Vec<ElementType> = model.fields.iter().map(|field| field.element).collect();
        model.notes.extend(signature.notes(&elements));
    }
    Ok(model)
}

/// A model of which only the signature is known. joblib loads every pickle, compressed or not.
fn opaque(file: &ModelFile, signature: &Signature, error: &Error) -> Model {
    let is_pickle = crate::framework::sklearn::recognises(&file.bytes);
    let element = |column: &SignatureField| match column.dtype {
        DeclaredType::String => ElementType::Text,
        DeclaredType::Category if column.categories.iter().flatten().any(|c| matches!(c, Category::Text(_))) => {
            ElementType::Text
        }
        _ => ElementType::F64,
    };
    let field = |column: &SignatureField| Field {
        name: column.name.clone(),
        element: element(column),
        nullable: column.nullable,
        categories: column.categories.clone(),
    };
    let fields: Vec<Field> = signature.inputs.iter().map(field).collect();
    Model {
        framework: Framework { name: "other".into(), version: None },
        encoding: if is_pickle { "joblib, unread" } else { "unread" }.into(),
        estimator: Estimator { class: "unread".into(), ..Estimator::default() },
        task: Task::Other,
        graph: GraphBuilder::new(fields.iter().map(|field| field.element).collect()).finish(),
        fields,
        fields_are_named: true,
        methods: Vec::new(),
        imports: Vec::new(),
        notes: vec![format!("the model file was not read: {error}")],
    }
}

/// The module that the artifact gets: compiled, given, or none when asked for.
fn score_module(request: &BuildRequest<'_>, model: &Model) -> Result<Option<ScoreModule>> {
    if request.no_score_module {
        if request.identity.engine == Engine::Wasm {
            let message = "`--no-score-module` leaves score.py nothing to run";
            return Err(Error::usage("engine-without-module", message).hint("add `--engine native`"));
        }
        return Ok(None);
    }
    if let Some(wasm) = &request.score_module {
        let abi = crate::sandbox::read_abi(wasm)?;
        crate::sandbox::profile::check(wasm, &abi)?;
        return Ok(Some(ScoreModule { wasm: wasm.clone(), abi }));
    }
    let module = compile(model, request.options).map_err(|error| {
        error.in_file(&request.file.name).hint("`--engine native --no-score-module` packages the model unproven")
    })?;
    Ok(Some(module))
}

/// Where score modules run: our own in this process, one of the user's in a child.
pub(super) struct Engines<'a> {
    /// This binary, for a module of the user's.
    program: Option<&'a Path>,
    /// Our module and its machine code.
    compiled: Option<(&'a [u8], CompiledModule)>,
}

impl<'a> Engines<'a> {
    /// For a request, and the module that was compiled for it, if one was.
    pub(super) fn new(request: &BuildRequest<'a>, module: Option<&'a ScoreModule>) -> Result<Self> {
        let program = request.score_module.is_some().then_some(request.program);
        let compiled = module
            .filter(|_| program.is_none())
            .map(|module| CompiledModule::new(&module.wasm).map(|compiled| (&module.wasm[..], compiled)))
            .transpose()?;
        Ok(Engines { program, compiled })
    }

    /// Starts a module. The same bytes give the same machine code, so what was packed is not compiled again.
    fn start(&self, packed: &[u8]) -> Result<Box<dyn Scorer>> {
        Ok(match (self.program, &self.compiled) {
            (Some(program), _) => Box::new(crate::sandbox::Remote::spawn(program, packed)?),
            (None, Some((wasm, compiled))) if *wasm == packed => Box::new(compiled.instantiate()?),
            (None, _) => Box::new(CompiledModule::new(packed)?.instantiate()?),
        })
    }
}

pub(super) fn generate_input(
    request: &BuildRequest<'_>,
    model: &Model,
    module: Option<&ScoreModule>,
    sample: Option<Sample>,
    signature: Signature,
    scorer: Option<&mut (dyn Scorer + 'static)>,
) -> Result<GenerateInput> {
    let mut identity = request.identity.clone();
    identity.use_case.get_or_insert_with(|| use_case(model.task).to_owned());
    let methods: Vec<MethodEntry> = match module {
        Some(module) => module.abi.methods.iter().map(MethodEntry::from).collect(),
        None if model.methods.is_empty() => vec![predict_entry(&signature)],
        None => model.methods.iter().map(|method| method_entry(model, method)).collect(),
    };
    check_methods(&request.registration, &methods)?;
    let compiled = request.score_module.is_none().then_some(Compiled { codegen: CODEGEN, options: request.options });
    let sample = match (sample, scorer) {
        (Some(sample), Some(scorer)) => stored(request, sample, scorer)?,
        _ => None,
    };
    let target = target::find(&identity.target)?;
    let layout = target.layout(request.registration.layout.as_deref())?;
    let mut registration = request.registration.clone();
    let companions = place(&request.companions, layout.folder, &mut registration);
    let wheel = request.wheel.as_deref().map(crate::generate::unpack_wheel).transpose()?;
    Ok(GenerateInput {
        model: ModelEntry::of_model(model),
        methods,
        model_name: request.file.name.clone(),
        model_file: request.file.content(),
        signature,
        score_module: module.map(|module| ModuleInput { wasm: module.wasm.clone(), abi: module.abi.clone(), compiled }),
        partitions: None,
        sample,
        environment: request.environment.clone(),
        provenance: request.provenance.clone(),
        notes: model.notes.clone(),
        bundled_runtime: wheel.unwrap_or_default(),
        layout,
        test_results: target.introspection.map(|introspection| introspection.results),
        registration,
        companions,
        identity,
    })
}

/// Refuses to tell the registry of methods that the model has not.
fn check_methods(registration: &Registration, methods: &[MethodEntry]) -> Result<()> {
    let known: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
    let named = registration.target_methods.iter().chain(registration.method_options.keys());
    match named.into_iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Error::usage("unknown-method", format!("the model has no method `{name}`")).known(
            "its methods",
            name,
            &known,
        )),
    }
}

/// The rows to store with the framework's outputs for them, or with ours where none were given.
fn stored(request: &BuildRequest<'_>, sample: Sample, scorer: &mut dyn Scorer) -> Result<Option<SampleInput>> {
    let most = request.sample_rows.min(sample::most_rows(sample.table.columns.len()));
    let rows = sample.table.rows.min(most);
    if rows == 0 {
        return Ok(None);
    }
    let expected = match sample::recorded_by_framework(request, scorer.abi(), rows)? {
        Some(expected) => expected,
        None => sample::recorded(scorer, &sample.block.take_rows(&(0..rows).collect::<Vec<_>>()))?,
    };
    let recorded_by = if request.expected.is_some() { Recorder::Framework } else { Recorder::Scorepack };
    let rows = sample::records(&sample.table.head(rows))?;
    Ok(Some(SampleInput { rows, expected, synthetic: sample.synthetic, recorded_by }))
}

/// What a method returns, without a module.
fn method_entry(model: &Model, method: &Method) -> MethodEntry {
    let output = |output: &MethodOutput| {
        let ty = model.graph.ty(output.value);
        OutputEntry {
            name: output.name.clone(),
            dtype: ty.element.into(),
            width: ty.width as u32,
            list: output.is_list,
            sparse: ty.is_sparse,
            columns: output.columns.clone(),
        }
    };
    MethodEntry { name: method.name.clone(), outputs: method.outputs.iter().map(output).collect() }
}

/// The one method of a model that was not read: what its signature says.
fn predict_entry(signature: &Signature) -> MethodEntry {
    let output = |column: &SignatureField| OutputEntry {
        name: column.name.clone(),
        dtype: column.dtype,
        width: 1,
        list: false,
        sparse: false,
        columns: Vec::new(),
    };
    MethodEntry { name: "predict".into(), outputs: signature.outputs.iter().map(output).collect() }
}

/// The platform's use case for a task.
fn use_case(task: Task) -> &'static str {
    match task {
        Task::BinaryClassification => "binary_classification",
        Task::MulticlassClassification | Task::MultilabelClassification => "multinomial_classification",
        Task::Regression | Task::MultioutputRegression => "regression",
        Task::Clustering => "clustering",
        Task::AnomalyDetection => "anomaly_detection",
        Task::Transformation => "dimensionality_reduction/representation",
        Task::Ranking => "recommender",
        Task::Survival | Task::Other => "other",
    }
}
