//! One file per command.

pub mod build;
pub mod check;
pub mod diff;
pub mod inspect;
pub mod pack;
pub mod predict;
pub mod rule;
pub mod scan;
mod supported;
pub mod verify;

use std::path::{Path, PathBuf};

use super::args::{ReportArgs, ReportFile, ReportFormat, SettingsArgs, TableFormat};
use super::output::Output;
use crate::artifact::DosTime;
use crate::data::Format;
use crate::error::{Error, Result};
use crate::finding::Report;
use crate::pipeline::{self, Kinds, document};
use crate::report::{self, Form};
use crate::settings::{self, Settings};

/// The form of a format.
fn report_form(format: ReportFormat, quiet: bool, verbose: bool) -> Form {
    match format {
        ReportFormat::Text => Form::Text { quiet, verbose },
        ReportFormat::Json => Form::Json,
        ReportFormat::Sarif => Form::Sarif,
        ReportFormat::Junit => Form::Junit,
        ReportFormat::Github => Form::Github,
        ReportFormat::Gitlab => Form::Gitlab,
    }
}

/// Writes reports and gives the exit code.
fn finish(reports: &[Report], args: &ReportArgs, output: &Output) -> Result<u8> {
    write(args, output, |form| report::render(reports, form))?;
    Ok(u8::from(reports.iter().any(|report| !report.is_clean())))
}

/// Writes a report in its forms: to standard output, and to the files that get it besides.
fn write(args: &ReportArgs, output: &Output, render: impl Fn(Form) -> String) -> Result<()> {
    for ReportFile { format, path } in &args.files {
        // All of it, and styles are for terminals only.
        let text = render(report_form(*format, false, output.is_verbose()));
        let plain = anstream::adapter::strip_str(&text).to_string();
        std::fs::write(path, plain).map_err(|error| Error::io(path, &error))?;
    }
    output.text(&render(report_form(args.output_format, output.is_quiet(), output.is_verbose())))
}

/// Asks about every path. What cannot be looked at is told at once, decides the exit code and keeps nobody waiting.
fn on_each(
    paths: &[PathBuf],
    report: &ReportArgs,
    output: &Output,
    ask: impl Fn(&Path) -> Result<Report>,
) -> Result<u8> {
    let mut reports = Vec::new();
    let mut unreadable = None;
    for path in paths {
        match ask(path) {
            Ok(report) => reports.push(report),
            Err(error) => {
                output.error(&error);
                unreadable = Some(error.exit_code());
            }
        }
    }
    let code = finish(&reports, report, output)?;
    Ok(unreadable.unwrap_or(code))
}

/// What the paths of a command mean: themselves, or with `--containing` what they lie in.
fn subjects(paths: &[PathBuf], containing: Option<Kinds>, output: &Output) -> Result<Vec<PathBuf>> {
    let Some(kinds) = containing else { return Ok(paths.to_vec()) };
    let subjects = pipeline::containing(paths, kinds)?;
    if subjects.is_empty() {
        let what = match kinds {
            Kinds::Artifacts => "an artifact",
            Kinds::ArtifactsAndModels => "an artifact or a model file",
        };
        output.note(&format!("nothing to look at: none of {} paths belongs to {what}", paths.len()));
    }
    Ok(subjects)
}

fn format(format: TableFormat) -> Format {
    match format {
        TableFormat::Csv => Format::Csv,
        TableFormat::Json => Format::Json,
        TableFormat::Jsonl => Format::JsonLines,
        TableFormat::Npy => Format::Npy,
        TableFormat::Parquet => Format::Parquet,
    }
}

/// The settings file that is meant, with its path; the default where there is none.
fn settings(args: &SettingsArgs) -> Result<(Settings, Option<PathBuf>)> {
    let usual = Path::new(settings::FILE);
    let path = match &args.config {
        _ if args.no_config => None,
        Some(path) => Some(path.clone()),
        None => usual.exists().then(|| usual.to_owned()),
    };
    let Some(path) = path else { return Ok((Settings::default(), None)) };
    let file = document(&path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let settings = Settings::parse(&file.bytes, folder).map_err(|error| error.in_file(file.name))?;
    Ok((settings, Some(path)))
}

/// The time of a zip file's members: SOURCE_DATE_EPOCH where it is set, else the first day that zip knows.
fn source_date() -> Result<DosTime> {
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(DosTime::default()) };
    let seconds = value.to_str().and_then(|text| text.trim().parse::<u64>().ok()).ok_or_else(|| {
        Error::usage("usage", format!("SOURCE_DATE_EPOCH is {value:?}: expected whole seconds since 1970"))
    })?;
    Ok(DosTime::from_unix(seconds))
}
