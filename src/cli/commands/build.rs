//! `build`: a verified artifact from a model file, and a summary that a person reads at a glance.

use std::path::{Path, PathBuf};

use super::inspect::task_name;
use super::{finish, source_date, target_name};
use crate::artifact::{Engine, Environment, Identity, Registration};
use crate::cli::args::{BuildArgs, EngineChoice, ReportFormat};
use crate::cli::output::{BAD, GOOD, HEADING, Output};
use crate::compile::CompileOptions;
use crate::error::{Error, Result};
use crate::finding::bytes;
use crate::model::Signature;
use crate::pipeline::{self, BuildRequest, Built, ModelFile, document};
use crate::report::escape;
use crate::target::Against;
use crate::{provenance, yaml};

/// Runs the command.
pub fn run(args: &BuildArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(Path::new("scorepack"), &error))?;
    let file = ModelFile::open(&args.file)?;
    let stem = args.file.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy().into_owned());
    let target = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}.zip")));
    let size = file.bytes.len() as u64;
    let name = file.name.clone();
    let read = |path: &Option<PathBuf>| path.as_deref().map(document).transpose();
    let request = BuildRequest {
        output: &target,
        identity: Identity {
            name: args.name.clone().unwrap_or(stem),
            version: args.model_version.clone(),
            description: args.description.clone(),
            target: target_name(args.target).into(),
            engine: if args.engine == EngineChoice::Wasm { Engine::Wasm } else { Engine::Native },
            use_case: args.use_case.clone(),
        },
        sample: read(&args.sample)?,
        target_sample: read(&args.target_sample)?,
        sample_rows: usize::from(args.sample_rows),
        expected: read(&args.expected)?,
        method: args.method.as_deref(),
        signature: args.signature.as_deref().map(signature).transpose()?,
        options: CompileOptions { max_text_bytes: args.max_text_bytes },
        score_module: read(&args.score_module)?.map(|document| document.bytes),
        no_score_module: args.no_score_module,
        environment: environment(args)?,
        registration: Registration::default(),
        against: Against::default(),
        provenance: if args.no_git { None } else { provenance::read(&args.file) },
        wheel: read(&args.bundle_runtime)?.map(|document| document.bytes),
        modified: source_date()?,
        force: args.force,
        program: &program,
        file,
    };
    let progress = output.progress(None, "");
    let built = pipeline::build(request, |stage| {
        progress.set_message(stage);
        progress.tick();
    });
    progress.finish_and_clear();
    let built = built?;
    if args.report.output_format == ReportFormat::Text && !output.is_quiet() {
        output.text(&summary(&built, &name, size))?;
    }
    let code = finish(std::slice::from_ref(&built.report), &args.report, output)?;
    if built.artifact.is_none() {
        output.note(&format!("{BAD}no artifact was written{BAD:#}: it does not hold what it must"));
    } else if args.report.output_format == ReportFormat::Text {
        output.note(&closing(&built));
    }
    Ok(code)
}

/// What was found and what was made.
fn summary(built: &Built, name: &str, size: u64) -> String {
    let model = &built.model;
    let version = model.framework.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let methods: Vec<&str> = model.methods.iter().map(|method| method.name.as_str()).collect();
    let module = match built.module_bytes {
        Some(size) => format!("score.wasm, {}", bytes(size as u64)),
        None => "no score module: nothing is proven in the sandbox".into(),
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

/// A signature file: YAML, of which JSON is a part.
fn signature(path: &Path) -> Result<Signature> {
    let file = document(path)?;
    yaml::parse(&file.bytes).map_err(|error| error.in_file(file.name))
}

/// The environment's path or slug; a slug of a service pack tells its type.
fn environment(args: &BuildArgs) -> Result<Environment> {
    let version = &args.python_version;
    let minor = version.strip_prefix("3.").and_then(|minor| minor.parse::<u32>().ok());
    if minor.is_none() {
        return Err(Error::usage("usage", format!("`--python-version {version}`: expected a version such as `3.11`")));
    }
    let mut environment = Environment { python_version: version.clone(), ..Environment::default() };
    let Some(wanted) = &args.inference_conda_env else { return Ok(environment) };
    if let Some(rest) = wanted.strip_prefix("oci://") {
        let is_pack = rest.starts_with("service-conda-packs@") && rest.contains("/service_pack/");
        let slug = rest.rsplit('/').next().unwrap_or_default();
        environment.inference_path.clone_from(wanted);
        environment.inference_slug = slug.into();
        environment.inference_type = if is_pack { "data_science" } else { "published" }.into();
    } else {
        environment.inference_slug.clone_from(wanted);
        environment.inference_type = "data_science".into();
    }
    Ok(environment)
}
