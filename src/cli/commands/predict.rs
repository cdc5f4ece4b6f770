//! `predict`: rows in, results out, in blocks, on all cores, in constant memory.

use std::fs::File;
use std::path::Path;

use super::format;
use crate::abi::{self, OutputArena};
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
    let run_id = args.run_id.as_deref();
    let (sink, file) = sink(args.output.as_deref(), output)?;
    let progress = output.progress(None, "rows");
    if args.method == "all" {
        if run_id.is_some() {
            let message = "`--run-id` adds a column, and `--method all` gives one object of several methods";
            return Err(Error::usage("usage", message).hint("name one `--method`"));
        }
        if args.output_format != TableFormat::Json {
            return Err(Error::usage(
                "usage",
                "`--method all` gives one object of several methods: expected `--output-format json`",
            ));
        }
        let mut writer = AllMethodsWriter::new(sink, &model.abi().methods)?;
        model.score(rows, &methods, threads, |scored| {
            progress.inc(scored.first().map_or(0, |outputs| count(outputs)));
            scored.iter().enumerate().try_for_each(|(method, outputs)| writer.write(method, outputs))
        })?;
        writer.finish()?;
    } else {
        let method = model.abi().method(&methods[0]).ok_or_else(|| Error::internal("no method"))?;
        let mut method = method.clone();
        method.outputs.extend(run_id.map(|_| OutputArena::of_text(RUN_ID)));
        let mut writer = ResultWriter::new(sink, format(args.output_format), &method)?;
        model.score(rows, &methods, threads, |mut scored| {
            let Some(outputs) = scored.first_mut() else { return Ok(()) };
            progress.inc(count(outputs));
            let of_run =
                run_id.map(|run_id| abi::Output::constant(RUN_ID, run_id, outputs.first().map_or(0, |o| o.rows)));
            outputs.extend(of_run);
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

/// The column that names the run that scored.
const RUN_ID: &str = "run_id";

fn count(outputs: &[abi::Output]) -> u64 {
    outputs.first().map_or(0, |output| output.rows as u64)
}

/// Standard output, or a file that appears as a whole.
fn sink(path: Option<&Path>, output: &Output) -> Result<(Sink, Option<WholeFile>)> {
    let Some(path) = path else { return Ok((Sink::Stream(output.stream()), None)) };
    let file = WholeFile::create(path)?;
    let handle: File = file.handle()?;
    Ok((Sink::File(handle), Some(file)))
}
