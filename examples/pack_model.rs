//! The library by hand: reads a model file, compiles it, generates the other files and packs them.
//!
//! `cargo run --example pack_model -- model.json churn [wasm|native]` writes the directory or zip file `churn`. The
//! command `scorepack build` does the same and proves what it made.

use std::path::Path;

use scorepack::abi::CODEGEN;
use scorepack::artifact::{Compiled, Content, Engine, Environment, Identity, Staged, WriteOptions};
use scorepack::compile::{CompileOptions, compile};
use scorepack::error::{Error, Result};
use scorepack::framework::{Source, read};
use scorepack::generate::{GenerateInput, ModuleInput, generate};
use scorepack::model::Signature;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let packed = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [model, target] => pack(Path::new(model), Path::new(target), Engine::Wasm),
        [model, target, "wasm"] => pack(Path::new(model), Path::new(target), Engine::Wasm),
        [model, target, "native"] => pack(Path::new(model), Path::new(target), Engine::Native),
        _ => Err(Error::usage("usage", "expected a model file, a target and an engine")),
    };
    match packed {
        Ok(digest) => {
            println!("{digest}");
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error[{}]: {error} ({})", error.code(), error.place().unwrap_or_default());
            std::process::ExitCode::from(error.exit_code())
        }
    }
}

fn pack(file: &Path, target: &Path, engine: Engine) -> Result<String> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("model");
    let bytes = std::fs::read(file).map_err(|error| Error::io(file, &error))?;
    let model = read(Source { name, bytes: &bytes })?;
    let options = CompileOptions::default();
    let module = compile(&model, options)?;
    let generated = generate(GenerateInput {
        identity: Identity {
            name: name.split('.').next().unwrap_or(name).into(),
            version: "1".into(),
            description: None,
            target: "oci".into(),
            engine,
            use_case: None,
        },
        model: scorepack::artifact::ModelEntry::of_model(&model),
        methods: module.abi.methods.iter().map(Into::into).collect(),
        model_name: name.into(),
        model_file: Content::Bytes(bytes),
        signature: Signature::of_model(&model),
        score_module: Some(ModuleInput {
            wasm: module.wasm,
            abi: module.abi,
            compiled: Some(Compiled { codegen: CODEGEN, options }),
        }),
        sample: None,
        environment: Environment { python_version: "3.11".into(), ..Environment::default() },
        provenance: None,
        notes: model.notes,
        bundled_runtime: Vec::new(),
        files: scorepack::target::OCI.files,
    })?;
    let staged = Staged::write(target, &generated.manifest, &generated.files, WriteOptions::default())?;
    staged.publish()?;
    Ok(generated.manifest.digest()?.to_string())
}
