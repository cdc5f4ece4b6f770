//! functions/<method>.py: what the platform calls. Each is a few lines around the package in `model/code`.

use serde::Serialize;

use super::code::package;
use super::methods::{Offered, offered};
use crate::artifact::Manifest;
use crate::error::Result;
use crate::generate::render::render;

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    version: &'a str,
    sql_name: &'a str,
    method: &'a str,
    package: &'a str,
    form: &'static str,
    wide: bool,
    max_batch_size: Option<u32>,
}

/// Writes a module for every method that is offered.
pub fn functions(manifest: &Manifest) -> Result<Vec<(String, Vec<u8>)>> {
    let package = package(manifest)?;
    offered(manifest)?.iter().map(|method| function(manifest, &package, method)).collect()
}

fn function(manifest: &Manifest, package: &str, method: &Offered<'_>) -> Result<(String, Vec<u8>)> {
    let function = Function {
        name: &manifest.artifact.name,
        version: &manifest.generator.version,
        sql_name: method.name.name(),
        method: &method.entry.name,
        package,
        form: method.form.name(),
        wide: method.is_wide,
        max_batch_size: method.max_batch_size,
    };
    Ok((format!("functions/{}.py", method.entry.name), render("snowflake/function.py", &function)?.into_bytes()))
}
