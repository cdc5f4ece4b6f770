//! One file per command.

pub mod build;
pub mod check;
pub mod inspect;
pub mod pack;
pub mod predict;
pub mod rule;
pub mod verify;

use super::args::{ReportArgs, ReportFormat, TableFormat, TargetChoice};
use super::output::Output;
use crate::artifact::DosTime;
use crate::data::Format;
use crate::error::{Error, Result};
use crate::finding::Report;
use crate::report::{self, Form};

/// The form that the options ask for.
fn report_form(args: ReportArgs, output: &Output) -> Form {
    match args.output_format {
        ReportFormat::Text => Form::Text { quiet: output.is_quiet(), verbose: output.is_verbose() },
        ReportFormat::Json => Form::Json,
        ReportFormat::Sarif => Form::Sarif,
        ReportFormat::Junit => Form::Junit,
        ReportFormat::Github => Form::Github,
    }
}

/// Writes reports and gives the exit code.
fn finish(reports: &[Report], form: Form, output: &Output) -> Result<u8> {
    output.text(&report::render(reports, form))?;
    Ok(u8::from(reports.iter().any(|report| !report.is_clean())))
}

fn target_name(target: TargetChoice) -> &'static str {
    match target {
        TargetChoice::Oci => "oci",
        TargetChoice::Snowflake => "snowflake",
    }
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

/// The time of a zip file's members: SOURCE_DATE_EPOCH where it is set, else the first day that zip knows.
fn source_date() -> Result<DosTime> {
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(DosTime::default()) };
    let seconds = value.to_str().and_then(|text| text.trim().parse::<u64>().ok()).ok_or_else(|| {
        Error::usage("usage", format!("SOURCE_DATE_EPOCH is {value:?}: expected whole seconds since 1970"))
    })?;
    Ok(DosTime::from_unix(seconds))
}
