//! One file per command.

pub mod bom;
pub mod build;
pub mod check;
pub mod diff;
pub mod inspect;
pub mod pack;
pub mod predict;
pub mod rule;
pub mod scan;
pub mod sign;
mod supported;
pub mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::args::{ReportArgs, ReportFile, ReportFormat, SettingsArgs, TableFormat};
use super::output::Output;
use crate::artifact::{DosTime, Store};
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

/// Asks about every path, on every core. What cannot be looked at is told in its turn, decides the exit code and keeps
/// nobody waiting.
fn on_each(
    paths: &[PathBuf],
    report: &ReportArgs,
    output: &Output,
    ask: impl Fn(&Path) -> Result<Report> + Sync,
) -> Result<u8> {
    let mut reports = Vec::new();
    let mut unreadable = None;
    let progress = output.streaming(paths.iter().map(|path| bytes_in(path)).fold(0, u64::saturating_add));
    in_order(
        paths,
        |path| ask(path),
        |answer| match answer {
            Ok(report) => reports.push(report),
            Err(error) => {
                output.error(&error);
                unreadable = Some(error.exit_code());
            }
        },
    );
    drop(progress);
    let code = finish(&reports, report, output)?;
    Ok(unreadable.unwrap_or(code))
}

/// Bytes of a file, or of the files in an artifact's directory, as far as they can be told: for progress.
fn bytes_in(path: &Path) -> u64 {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Store::open(path).map_or(0, |store| store.size()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}

/// Asks about every path on as many threads as there are cores; `tell` gets the answers in the order of the paths.
fn in_order<T: Send>(paths: &[PathBuf], ask: impl Fn(&Path) -> T + Sync, mut tell: impl FnMut(T)) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    if threads <= 1 {
        return paths.iter().for_each(|path| tell(ask(path)));
    }
    let next = AtomicUsize::new(0);
    let (answers, told) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (answers, next, ask) = (answers.clone(), &next, &ask);
            scope.spawn(move || {
                while let Some((place, path)) = take(next, paths) {
                    // Nobody listens any more only when another thread has panicked.
                    let _ = answers.send((place, ask(path)));
                }
            });
        }
        drop(answers);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (place, answer) in told {
            early.insert(place, answer);
            while let Some(answer) = early.remove(&due) {
                tell(answer);
                due += 1;
            }
        }
    });
}

/// The next path that no thread has taken.
fn take<'a>(next: &AtomicUsize, paths: &'a [PathBuf]) -> Option<(usize, &'a Path)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    paths.get(place).map(|path| (place, path.as_path()))
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
    Ok(source_seconds()?.map_or_else(DosTime::default, DosTime::from_unix))
}

/// SOURCE_DATE_EPOCH, where it is set.
fn source_seconds() -> Result<Option<u64>> {
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let seconds = value.to_str().and_then(|text| text.trim().parse::<u64>().ok()).ok_or_else(|| {
        Error::usage("usage", format!("SOURCE_DATE_EPOCH is {value:?}: expected whole seconds since 1970"))
    })?;
    Ok(Some(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_paths() {
        for count in [0, 1, 2, 500] {
            let paths: Vec<PathBuf> = (0..count).map(|place| PathBuf::from(format!("{place}"))).collect();
            let mut told = Vec::new();
            // Every third takes long, so that others overtake it.
            let ask = |path: &Path| {
                let place: u64 = path.to_str().unwrap().parse().unwrap();
                let work = if place.is_multiple_of(3) { 200_000 } else { 1 };
                (place, (0..work).fold(place, |sum, step| std::hint::black_box(sum ^ step)))
            };
            in_order(&paths, ask, |(place, _)| told.push(place));
            assert_eq!(told, (0..count).collect::<Vec<u64>>());
        }
    }
}
