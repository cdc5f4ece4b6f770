//! `predict`: rows in, results out, in blocks, on all cores, in constant memory.

use std::fs::File;
use std::path::Path;

use super::format;
use crate::artifact::WholeFile;
use crate::cli::args::{PredictArgs, TableFormat};
use crate::cli::output::Output;
use crate::data::Source;
use crate::data::write::{AllMethodsWriter, ResultWriter, Sink};
use crate::error::{Error, Result};
use crate::pipeline;

/// Runs the command.
pub fn run(args: &PredictArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(Path::new("scorepack"), &error))?;
    let model = pipeline::load(&args.model, &program)?;
    let (source, name) = match args.data.as_os_str() == "-" {
        true => (Source::Stream(Box::new(std::io::stdin())), "standard input".to_owned()),
        false => (Source::open(&args.data)?, args.data.display().to_string()),
    };
    let methods = model.methods(&args.method)?;
    let rows = model.rows(source, &name, args.input_format.map(format))?;
    rows.notes().iter().for_each(|note| output.note(&format!("note: {note}")));
    let threads = args.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let (sink, file) = sink(args.output.as_deref(), output)?;
    let progress = output.progress(None, "rows");
    if args.method == "all" {
        if args.output_format != TableFormat::Json {
            return Err(Error::usage(
                "usage",
                "`--method all` gives one object of several methods: expected `--output-format json`",
            ));
        }
        let mut writer = AllMethodsWriter::new(sink, &model.abi().methods)?;
        model.score(rows, &methods, threads, |scored| {
            progress.inc(scored.first().and_then(|outputs| outputs.first()).map_or(0, |output| output.rows as u64));
            scored.iter().enumerate().try_for_each(|(method, outputs)| writer.write(method, outputs))
        })?;
        writer.finish()?;
    } else {
        let method = model.abi().method(&methods[0]).ok_or_else(|| Error::internal("no method"))?;
        let mut writer = ResultWriter::new(sink, format(args.output_format), method)?;
        model.score(rows, &methods, threads, |scored| {
            let Some(outputs) = scored.first() else { return Ok(()) };
            progress.inc(outputs.first().map_or(0, |output| output.rows as u64));
            writer.write(outputs)
        })?;
        writer.finish()?;
    }
    progress.finish_and_clear();
    if let Some(file) = file {
        file.publish()?;
    }
    Ok(0)
}

/// Standard output, or a file that appears as a whole.
fn sink(path: Option<&Path>, output: &Output) -> Result<(Sink, Option<WholeFile>)> {
    let Some(path) = path else { return Ok((Sink::Stream(output.stream()), None)) };
    let file = WholeFile::create(path)?;
    let handle: File = file.handle()?;
    Ok((Sink::File(handle), Some(file)))
}
