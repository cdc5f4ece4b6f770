//! `inspect --supported`: what can be compiled of each framework, and what is refused and why.

use std::fmt::Write;

use serde::Serialize;

use crate::cli::args::InspectFormat;
use crate::cli::output::{DIM, HEADING, Output};
use crate::error::{Error, Result};
use crate::framework::supported::{Methods, Support, Verdict};
use crate::framework::{FRAMEWORKS, FrameworkReader};

/// What stands for every framework.
const ALL: &str = "all";

/// The JSON form of one framework.
#[derive(Serialize)]
struct Framework {
    framework: &'static str,
    encodings: &'static str,
    supported: Vec<Support>,
}

/// Lists one framework, or all.
pub fn run(wanted: Option<&str>, format: InspectFormat, output: &Output) -> Result<u8> {
    let readers = readers(wanted.unwrap_or(ALL))?;
    match format {
        InspectFormat::Json => {
            let framework = |reader: &&FrameworkReader| Framework {
                framework: reader.name,
                encodings: reader.encodings,
                supported: (reader.supported)(),
            };
            let all: Vec<Framework> = readers.iter().map(framework).collect();
            let text = serde_json::to_string_pretty(&all).map_err(|error| Error::internal(error.to_string()))?;
            output.data((text + "\n").as_bytes())?;
        }
        InspectFormat::Text => output.text(&readers.into_iter().map(text).collect::<String>())?,
    }
    Ok(0)
}

fn readers(wanted: &str) -> Result<Vec<&'static FrameworkReader>> {
    let is_wanted = |reader: &&FrameworkReader| {
        wanted == ALL
            || reader.name.eq_ignore_ascii_case(wanted)
            || (wanted == "sklearn" && reader.name == "scikit-learn")
    };
    let readers: Vec<&FrameworkReader> = FRAMEWORKS.iter().filter(is_wanted).collect();
    if readers.is_empty() {
        let known: Vec<&str> = FRAMEWORKS.iter().map(|reader| reader.name).collect();
        let message = format!("no framework is called `{wanted}`");
        return Err(Error::usage("usage", message).hint(format!("known: {}", known.join(", "))));
    }
    Ok(readers)
}

fn text(reader: &FrameworkReader) -> String {
    let mut out = format!("{HEADING}{}{HEADING:#}  {}\n", reader.name, reader.encodings);
    let all = (reader.supported)();
    for support in &all {
        let Verdict::Compiled { methods, refuses } = &support.verdict else { continue };
        let _ = writeln!(out, "  {}", named(support, &methods_words(methods)));
        for variant in refuses {
            let _ = writeln!(out, "    {DIM}not with {}: {}{DIM:#}", variant.what, variant.why);
        }
    }
    let refused: Vec<String> = all.iter().filter_map(refused).collect();
    if !refused.is_empty() {
        let _ = writeln!(out, "{HEADING}{} refused{HEADING:#}", reader.name);
        let _ = writeln!(out, "  {}", refused.join("\n  "));
    }
    out
}

fn refused(support: &Support) -> Option<String> {
    match &support.verdict {
        Verdict::Refused { reason } => Some(named(support, &format!("it {reason}"))),
        Verdict::Compiled { .. } => None,
    }
}

/// Name and package in columns, then the rest.
fn named(support: &Support, rest: &str) -> String {
    match support.package {
        Some(package) => format!("{:<30} {package:<30} {rest}", support.name).trim_end().to_owned(),
        None => format!("{} {rest}", support.name).trim_end().to_owned(),
    }
}

fn methods_words(methods: &Methods) -> String {
    match methods {
        Methods::Named(names) => names.join(", "),
        Methods::OfTheInner => "those of the estimator inside".to_owned(),
    }
}
