//! register.sql: puts the files on a stage, creates the model from them, and tells the registry the rest.
//!
//! Run in the artifact's folder: the paths are relative, and nothing in it is of the machine that built the artifact.

use serde::Serialize;
use serde_json::json;

use super::MODEL_FOLDER;
use super::code::package;
use super::methods::{Form, Offered, offered};
use crate::artifact::Manifest;
use crate::error::Result;
use crate::generate::FileKind;
use crate::generate::render::render;
use crate::snowflake::{Identifier, QualifiedName, text_literal};

/// The version of the metadata's form, as the registry's client writes it.
const METADATA_VERSION: &str = "2024-01-01";
/// Columns of an example that are written out.
const SHOWN: usize = 8;

#[derive(Serialize)]
struct Script<'a> {
    version: &'a str,
    model: String,
    model_version: String,
    stage: String,
    /// Statements that a person may want, each in a line of its own.
    add_version: String,
    grant: String,
    /// Files and the folders of the stage that they go to, as literals.
    uploads: Vec<(String, String)>,
    comment: Option<String>,
    metadata: Option<String>,
    aliases: Vec<String>,
    tags: Vec<(String, String)>,
    examples: Vec<String>,
}

/// Writes register.sql.
pub fn registration(manifest: &Manifest) -> Result<String> {
    let registration = &manifest.registration;
    let names = Names::of(manifest)?;
    let stage = Identifier::parse(&package(manifest)?)?.to_string();
    let metadata = json!({"metrics": registration.metrics, "snowpark_ml_schema_version": METADATA_VERSION});
    let tag = |(name, value): (&String, &String)| Ok((QualifiedName::parse(name)?.to_string(), literal(value)));
    let alias = |alias: &String| Ok(Identifier::parse(alias)?.to_string());
    render(
        "snowflake/register.sql",
        &Script {
            version: &manifest.generator.version,
            uploads: uploads(manifest, &stage),
            comment: registration.comment.as_deref().or(manifest.artifact.description.as_deref()).map(literal),
            metadata: (!registration.metrics.is_empty()).then(|| literal(&metadata.to_string())),
            aliases: registration.aliases.iter().map(alias).collect::<Result<_>>()?,
            tags: registration.tags.iter().map(tag).collect::<Result<_>>()?,
            examples: calls(manifest)?,
            add_version: on_one_line(&format!(
                "ALTER MODEL {} ADD VERSION {} FROM @{stage};",
                names.model, names.version
            )),
            grant: on_one_line(&format!("GRANT USAGE ON MODEL {} TO ROLE my_role;", names.model)),
            model: names.model,
            model_version: names.version,
            stage,
        },
    )
}

/// The model and its version in SQL.
struct Names {
    model: String,
    version: String,
}

impl Names {
    fn of(manifest: &Manifest) -> Result<Names> {
        Ok(Names {
            model: QualifiedName::parse(&manifest.artifact.name)?.to_string(),
            version: Identifier::parse(&manifest.artifact.version)?.to_string(),
        })
    }
}

/// What the platform is given: every file that MANIFEST.yml names or imports.
fn uploads(manifest: &Manifest, stage: &str) -> Vec<(String, String)> {
    let folders = [MODEL_FOLDER, "functions/", "runtimes/"];
    let is_given = |path: &str| {
        path == FileKind::SnowflakeManifest.path()
            || folders.iter().any(|folder| path.starts_with(folder))
            || manifest.registration.user_files.iter().any(|file| file == path)
    };
    let upload = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        (literal(&format!("file://{path}")), literal(&format!("@{stage}/{folder}")))
    };
    manifest.files.iter().map(|file| file.path.as_str()).filter(|path| is_given(path)).map(upload).collect()
}

/// A call of every method, for people: one line each.
pub fn calls(manifest: &Manifest) -> Result<Vec<String>> {
    let Names { model, version } = Names::of(manifest)?;
    let call = |method: &Offered<'_>| {
        let call = format!("MODEL({model}, {version})!{}({})", method.name, arguments(method));
        match method.form {
            Form::Objects | Form::Series => format!("SELECT {call} FROM my_table;"),
            Form::Table => format!("SELECT * FROM my_table, TABLE({call});"),
            Form::Partition => format!("SELECT * FROM my_table, TABLE({call} OVER (PARTITION BY my_column));"),
        }
    };
    Ok(offered(manifest)?.iter().map(|method| on_one_line(&call(method))).collect())
}

fn arguments(method: &Offered<'_>) -> String {
    if method.is_wide {
        return "OBJECT_CONSTRUCT_KEEP_NULL(*)".into();
    }
    let shown = method.arguments.iter().take(SHOWN).map(|argument| {
        Identifier::verbatim(&argument.name).map_or_else(|_| argument.name.clone(), |name| name.to_string())
    });
    let rest = method.arguments.len().saturating_sub(SHOWN);
    let rest = (rest > 0).then(|| format!("/* and {rest} more */"));
    shown.chain(rest).collect::<Vec<_>>().join(", ")
}

/// A text for a comment, which ends with its line.
fn on_one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

/// A text in quotes in which the clients that run the script see none of their variables.
fn literal(text: &str) -> String {
    text_literal(text).replace('&', "\\u0026").replace("<%", "\\u003C%").replace("{{", "\\u007B{")
}
