//! The templates, and how a value gets into them: undefined names fail, nothing is pasted into Python unescaped.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value;

use super::python;
use crate::error::{Error, Result};

/// A template under the name of the file it makes; those under `python/` are parts of others.
const TEMPLATES: &[(&str, &str)] = &[
    ("score.py", include_str!("../../templates/score.py.j2")),
    ("python/engine.py", include_str!("../../templates/python/engine.py.j2")),
    ("python/wasm_engine.py", include_str!("../../templates/python/wasm_engine.py.j2")),
    ("python/native_engine.py", include_str!("../../templates/python/native_engine.py.j2")),
    ("python/payloads.py", include_str!("../../templates/python/payloads.py.j2")),
    ("python/columns.py", include_str!("../../templates/python/columns.py.j2")),
    ("python/partitions.py", include_str!("../../templates/python/partitions.py.j2")),
    ("snowflake/scoring.py", include_str!("../../templates/snowflake/scoring.py.j2")),
    ("snowflake/custom_model.py", include_str!("../../templates/snowflake/custom_model.py.j2")),
    ("snowflake/function.py", include_str!("../../templates/snowflake/function.py.j2")),
    ("snowflake/register.sql", include_str!("../../templates/snowflake/register.sql.j2")),
    ("readme/oci.md", include_str!("../../templates/readme/oci.md.j2")),
    ("readme/snowflake.md", include_str!("../../templates/readme/snowflake.md.j2")),
    ("README.md", include_str!("../../templates/README.md.j2")),
    ("requirements.txt", include_str!("../../templates/requirements.txt.j2")),
    ("conda.yaml", include_str!("../../templates/conda.yaml.j2")),
    (".model-ignore", include_str!("../../templates/.model-ignore.j2")),
];

/// Renders the template of the file `name`.
pub fn render(name: &str, context: &impl Serialize) -> Result<String> {
    let context = minijinja::Value::from(Serde(context));
    let rendered = environment().and_then(|environment| environment.get_template(name)?.render(context));
    rendered.map_err(|error| Error::internal(format!("`{name}` cannot be rendered: {error:#}")))
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    // A Python literal.
    environment.add_filter("pyrepr", |value: Serde<Value>| python::literal(&value.0));
    // Text inside a docstring.
    environment.add_filter("pydoc", |text: String| python::escaped(&text));
    // Text inside a Markdown paragraph or table cell.
    environment.add_filter("md", |text: String| markdown(&text));
    // A quoted YAML scalar: JSON's form is YAML, too.
    environment.add_filter("quoted", |text: String| Value::String(text).to_string());
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// Markdown's own characters escaped, line ends made spaces.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undefined_name_fails() {
        let error = render("README.md", &serde_json::json!({})).unwrap_err();
        assert!(error.to_string().contains("undefined"), "{error}");
        assert!(render("other", &()).is_err());
    }

    #[test]
    fn every_template_on_disk_is_known() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut found = Vec::new();
        let mut open = vec![folder.clone()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
                found.push(name.trim_end_matches(".j2").to_owned());
            }
        }
        let mut known: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        found.sort();
        known.sort_unstable();
        assert_eq!(found, known);
    }
}
