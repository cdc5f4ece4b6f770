//! `build`: a verified artifact from a model file, and a summary that a person reads at a glance.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::inspect::task_name;
use super::{finish, settings, source_date};
use crate::artifact::{Engine, Identity, sha256};
use crate::cli::args::{BuildArgs, ReportFormat};
use crate::cli::output::{BAD, GOOD, HEADING, Output};
use crate::error::{Error, Result};
use crate::finding::bytes;
use crate::generate::FileKind;
use crate::pipeline::{
    self, BuildRequest, Built, Counts, Found, ModelFile, Packed, PartitionRequest, Status, Wanted, companions, document,
};
use crate::report::escape;
use crate::settings::{ArtifactOptions, PartitionOptions};
use crate::target::{self, Against};
use crate::{provenance, yaml};

/// Runs the command.
pub fn run(args: BuildArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(Path::new("scorepack"), &error))?;
    let (settings, settings_path) = settings(&args.settings)?;
    let overrides = settings.profiles.clone();
    let options = args.options.over(settings)?;
    let model = args.file.clone().or_else(|| options.artifact.model.clone()).ok_or_else(|| {
        Error::usage("usage", "no model file is named").hint("`scorepack build FILE`, or `model` in scorepack.yaml")
    })?;
    let found = found(&model, &options.partitions)?;
    let first = found.as_ref().and_then(|found| found.models.values().next()).map(|first| first.path.clone());
    let file = ModelFile::open(first.as_ref().unwrap_or(&model))?;
    let stem = stem(&model)?;
    let target = options.artifact.output.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}.zip")));
    pipeline::refuse_existing(&target, options.partitions.overwrites())?;
    let size = file.bytes.len() as u64;
    let name = file.name.clone();
    let read = |path: &Option<PathBuf>| path.as_deref().map(document).transpose();
    let request = BuildRequest {
        output: &target,
        identity: identity(&options.artifact, &stem, &file)?,
        sample: read(&options.data.sample)?,
        target_sample: read(&options.data.target_sample)?,
        sample_rows: options.data.rows(),
        expected: read(&options.data.expected)?,
        method: options.data.method.as_deref(),
        signature: options.data.signature.as_deref().map(yaml_file).transpose()?,
        options: options.module.compile_options(),
        score_module: read(&options.module.score_module)?.map(|document| document.bytes),
        no_score_module: options.module.no_score_module(),
        environment: options.environment.environment()?,
        registration: options.registration(yaml_file)?,
        companions: companions(options.registration.companions())?,
        against: Against { profile: options.artifact.profile.clone(), overrides, ..Against::default() },
        provenance: if options.artifact.no_git() { None } else { provenance::read(&model) },
        wheel: read(&options.module.bundle_runtime)?.map(|document| document.bytes),
        modified: source_date()?,
        force: args.force,
        program: &program,
        file,
    };
    if args.print_sql {
        check_prints_sql(args.report.output_format, &request)?;
    }
    if let Some(path) = settings_path.filter(|_| output.is_verbose()) {
        output.note(&format!("settings of {}", escape(&path.display().to_string())));
    }
    let progress = output.progress(None, "");
    let stage = |stage| {
        progress.set_message(stage);
        progress.tick();
    };
    let told = |value: &str, status: Status, counts: Counts| {
        let Counts { pending, running, done, failed } = counts;
        progress.set_message(format!("PENDING {pending} RUNNING {running} DONE {done} FAILED {failed}"));
        if output.is_verbose() && status != Status::Running {
            progress.suspend(|| output.note(&format!("{} partition `{}`", status.name(), escape(value))));
        }
    };
    let built = match found.zip(options.partitions.partition_by.as_deref()) {
        None => pipeline::build(request, stage),
        Some((found, column)) => {
            let overwrite = options.partitions.overwrites();
            pipeline::build_partitions(request, PartitionRequest { found, column, overwrite, told: &told }, stage)
        }
    };
    progress.finish_and_clear();
    let built = built?;
    if args.report.output_format == ReportFormat::Text && !output.is_quiet() {
        output.text(&summary(&built, &name, size))?;
    }
    let code = finish(std::slice::from_ref(&built.report), &args.report, output)?;
    if let Some(sql) = built.registration.as_deref().filter(|_| args.print_sql) {
        output.text(sql)?;
    }
    if built.artifact.is_none() {
        output.note(&format!("{BAD}no artifact was written{BAD:#}: it does not hold what it must"));
    } else if args.report.output_format == ReportFormat::Text {
        output.note(&closing(&built));
    }
    Ok(code)
}

/// The models of the folder, where there is one for each value of a column.
fn found(folder: &Path, options: &PartitionOptions) -> Result<Option<Found>> {
    let Some(column) = options.partition_by.as_deref() else { return Ok(None) };
    let (run_id, model_filename) = (options.run_id.as_deref(), options.model_filename.as_deref());
    pipeline::discover(Wanted { folder, column, run_id, model_filename }).map(Some)
}

/// What the artifact is called where nobody says: as the file without its extension, or as the folder.
fn stem(model: &Path) -> Result<String> {
    let named = if model.is_dir() {
        // `.` and `..` have no name of their own.
        model.canonicalize().map_err(|error| Error::io(model, &error))?.file_name().map(|name| name.to_owned())
    } else {
        model.file_stem().map(|stem| stem.to_owned())
    };
    Ok(named.map_or_else(|| "model".into(), |stem| stem.to_string_lossy().into_owned()))
}

/// Refuses `--print-sql` where there is no SQL, or where it would stand in another document.
fn check_prints_sql(format: ReportFormat, request: &BuildRequest<'_>) -> Result<()> {
    if format != ReportFormat::Text {
        let error = Error::usage("usage", "`--print-sql` and a report of another format than text are one output");
        return Err(error.hint("`--report json=FILE` writes the report into a file"));
    }
    let target = target::find(&request.identity.target)?;
    let layout = target.layout(request.registration.layout.as_deref())?;
    if !layout.files.contains(&FileKind::SnowflakeRegistration) {
        let message = format!("`--print-sql`: {} registers no model by SQL", target.title);
        return Err(Error::usage("usage", message).hint("it belongs to `--target snowflake`"));
    }
    Ok(())
}

/// What was found and what was made.
fn summary(built: &Built, name: &str, size: u64) -> String {
    let model = &built.model;
    let version = model.framework.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let methods: Vec<&str> = model.methods.iter().map(|method| method.name.as_str()).collect();
    let module = match (built.module_bytes, built.packed) {
        (_, Some(Packed { partitions, modules })) => {
            format!("{partitions} partitions, {modules} score modules between them")
        }
        (Some(size), None) => format!("score.wasm, {}", bytes(size as u64)),
        (None, None) => "no score module: nothing is proven in the sandbox".into(),
    };
    format!(
        "{HEADING}found{HEADING:#}  {}: {} of {}{version} ({}, {}), {} inputs, {}\n{HEADING}made{HEADING:#}   {module}\n",
        escape(name),
        escape(&model.estimator.class),
        model.framework.name,
        escape(&model.encoding),
        bytes(size),
        model.fields.len(),
        task_name(model.task),
    ) + &format!("       methods {}\n", methods.join(", "))
}

/// The last line: the artifact, and whether the framework's outputs were compared.
fn closing(built: &Built) -> String {
    let compared = built
        .report
        .proofs
        .iter()
        .any(|proof| proof.name == "framework" && proof.outcome == crate::finding::Outcome::Passed);
    let path = built.artifact.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let how = match (compared, built.module_bytes) {
        (_, None) => "not proven in the sandbox",
        (true, _) => "verified against the framework's outputs",
        (false, _) => "not compared with the framework: give its outputs with `--expected`",
    };
    format!("{GOOD}wrote{GOOD:#} {}, {how}", escape(&path))
}

/// A file of YAML, of which JSON is a part.
fn yaml_file<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let file = document(path)?;
    yaml::parse(&file.bytes).map_err(|error| error.in_file(file.name))
}

/// What the artifact is called and meant for.
fn identity(options: &ArtifactOptions, stem: &str, file: &ModelFile) -> Result<Identity> {
    let target = target::find(options.target.as_deref().unwrap_or("oci"))?;
    let given = |value: &Option<String>, usual: &dyn Fn() -> String| value.clone().unwrap_or_else(usual);
    Ok(Identity {
        name: given(&options.name, &|| (target.naming.name)(stem)),
        version: given(&options.model_version, &|| (target.naming.version)(&sha256(&file.bytes))),
        description: options.description.clone(),
        target: target.name.into(),
        engine: options.engine.unwrap_or(Engine::Wasm),
        use_case: options.use_case.clone(),
    })
}
