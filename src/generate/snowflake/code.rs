//! model/code: the package that scores. Functions import it; snowflake-ml-python loads the class in it.

use serde::Serialize;
use serde_json::{Value, json};

use super::MODEL_FOLDER;
use super::methods::{Form, offered};
use crate::artifact::{Manifest, OutputEntry, sha256};
use crate::error::Result;
use crate::generate::render::render;
use crate::generate::script::{Script, script};
use crate::generate::{Layout, ModelPlace, platform_schema};
use crate::snowflake::is_one_list;

/// Digits of a digest in the package's name: enough that two models in one process never share it.
const DIGITS: usize = 16;
/// The module with the class, in the package.
pub const CLASS_MODULE: &str = "custom_model";
/// The class.
pub const CLASS: &str = "ScoredModel";

#[derive(Serialize)]
struct Scoring<'a> {
    #[serde(flatten)]
    script: Script<'a>,
    /// Where the file that is loaded lies in the folder `model`.
    load_path: Vec<&'a str>,
    /// The columns of every method's answer, output by output: a name for a list, names for the columns of one.
    answers: Vec<(&'a str, Vec<Value>)>,
}

#[derive(Serialize)]
struct Class<'a> {
    version: &'a str,
    methods: Vec<ClassMethod<'a>>,
}

#[derive(Serialize)]
struct ClassMethod<'a> {
    name: &'a str,
    partitioned: bool,
}

/// Writes the package: scoring, with the class where model.yaml names it.
pub fn code(manifest: &Manifest, layout: &Layout) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = format!("{MODEL_FOLDER}code/{}", package(manifest)?);
    let mut files = vec![(format!("{folder}/__init__.py"), scoring(manifest)?.into_bytes())];
    if layout.model == ModelPlace::Beside {
        files.push((format!("{folder}/{CLASS_MODULE}.py"), class(manifest)?.into_bytes()));
    }
    Ok(files)
}

/// The package's name. It differs where anything of the scoring differs: a process may load several models, and Python
/// keeps modules by name.
pub fn package(manifest: &Manifest) -> Result<String> {
    let script = script(manifest)?;
    let loaded = manifest.file(script.load_file).map_or_else(String::new, |file| file.sha256.to_string());
    let schema = platform_schema::schema(&manifest.signature.without_statistics().inputs)?;
    let all = [scoring(manifest)?, class(manifest)?, schema, loaded].concat();
    let digest = sha256(all.as_bytes()).to_string();
    Ok(format!("scorepack_{}", digest.get(..DIGITS).unwrap_or(&digest)))
}

fn scoring(manifest: &Manifest) -> Result<String> {
    let script = script(manifest)?;
    let load_path = script.load_file.strip_prefix(MODEL_FOLDER).unwrap_or(script.load_file).split('/').collect();
    let mut answers = Vec::new();
    for method in offered(manifest)? {
        let columns = |output: &OutputEntry| match is_one_list(method.entry, output) {
            true => json!(output.name),
            false => json!(output.column_names()),
        };
        answers.push((method.entry.name.as_str(), method.entry.outputs.iter().map(columns).collect()));
    }
    render("snowflake/scoring.py", &Scoring { script, load_path, answers })
}

fn class(manifest: &Manifest) -> Result<String> {
    let methods = offered(manifest)?;
    let method = |method: &super::methods::Offered<'_>| (method.form == Form::Partition, method.entry.name.clone());
    let methods: Vec<(bool, String)> = methods.iter().map(method).collect();
    let methods = methods.iter().map(|(partitioned, name)| ClassMethod { name, partitioned: *partitioned }).collect();
    render("snowflake/custom_model.py", &Class { version: &manifest.generator.version, methods })
}
