//! Standard output for results, standard error for people: colour, progress, errors.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{ColorChoice, Global};
use crate::artifact::streamed_bytes;
use crate::error::{Error, Result};

/// Errors and failures.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What passed.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Headings.
pub const HEADING: Style = Style::new().bold();
/// Hints and less important text.
pub const DIM: Style = Style::new().dimmed();

/// Where a command writes.
#[derive(Debug)]
pub struct Output {
    quiet: bool,
    verbose: bool,
    color: anstream::ColorChoice,
    pipe_closed: Arc<AtomicBool>,
}

impl Output {
    /// From the options of every command.
    pub fn new(global: &Global) -> Self {
        let color = match global.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Output { quiet: global.quiet, verbose: global.verbose, color, pipe_closed: Arc::default() }
    }

    /// Whether only what is wrong is wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether more is wanted.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether whoever reads standard output has gone (`| head`).
    pub fn pipe_is_closed(&self) -> bool {
        self.pipe_closed.load(Ordering::Relaxed)
    }

    /// Writes results to standard output as they are.
    pub fn data(&self, bytes: &[u8]) -> Result<()> {
        self.finish(std::io::stdout().lock().write_all(bytes))
    }

    /// Standard output as a stream, for results that come in blocks.
    pub fn stream(&self) -> Box<dyn Write + Send> {
        Box::new(Pipe { closed: self.pipe_closed.clone() })
    }

    /// Writes text with styles to standard output; styles vanish where they are not wanted.
    pub fn text(&self, text: &str) -> Result<()> {
        let mut stream =
            anstream::AutoStream::new(std::io::stdout().lock(), self.color_of(std::io::stdout().is_terminal()));
        self.finish(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
    }

    fn color_of(&self, is_terminal: bool) -> anstream::ColorChoice {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self.color {
            anstream::ColorChoice::Auto if is_terminal && !no_color => anstream::ColorChoice::Always,
            anstream::ColorChoice::Auto => anstream::ColorChoice::Never,
            chosen => chosen,
        }
    }

    fn finish(&self, result: std::io::Result<()>) -> Result<()> {
        result.map_err(|error| {
            note_closed(&error, &self.pipe_closed);
            Error::io(Path::new("standard output"), &error)
        })
    }

    /// Writes a line for people to standard error.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!("{text}\n"));
        }
    }

    fn to_stderr(&self, text: &str) {
        let choice = self.color_of(std::io::stderr().is_terminal());
        let _ = anstream::AutoStream::new(std::io::stderr().lock(), choice).write_all(text.as_bytes());
    }

    /// Writes an error with its place and hint to standard error.
    pub fn error(&self, error: &Error) {
        let mut text = format!("{BAD}error[{}]{BAD:#}: {}\n", error.code(), crate::report::escape(&error.to_string()));
        let place = [error.file().map(str::to_owned), error.place()];
        let place: Vec<String> = place.into_iter().flatten().map(|part| crate::report::escape(&part)).collect();
        if !place.is_empty() {
            text.push_str(&format!("  in {}\n", place.join(", at ")));
        }
        if let Some(hint) = error.advice() {
            text.push_str(&format!("{DIM}hint{DIM:#}: {}\n", crate::report::escape(hint)));
        }
        self.to_stderr(&text);
    }

    /// A spinner or bar on standard error; nothing where it is no terminal, or quiet.
    pub fn progress(&self, total: Option<u64>, what: &'static str) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() || std::env::var_os("CI").is_some() {
            return ProgressBar::hidden();
        }
        let bar = match total {
            Some(total) => ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10)),
            None => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)),
        };
        let template = match total {
            Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            None => "{spinner} {msg} {human_pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar
    }

    /// The progress of a command through which about `total` bytes are streamed; a spinner where that takes no time.
    pub fn streaming(&self, total: u64) -> Streaming {
        let bar = self.progress((total >= SHOWN_BYTES).then_some(total), "");
        let (stop, stopped) = mpsc::channel();
        let watch = (total >= SHOWN_BYTES && !bar.is_hidden()).then(|| {
            let (bar, start) = (bar.clone(), streamed_bytes());
            std::thread::spawn(move || {
                while stopped.recv_timeout(REFRESH) == Err(mpsc::RecvTimeoutError::Timeout) {
                    bar.set_position(streamed_bytes() - start);
                }
            })
        });
        Streaming { bar, stop: Some(stop), watch }
    }
}

/// Bytes that are worth a bar with rate and remaining time.
const SHOWN_BYTES: u64 = 64 << 20;
/// How often the bar moves.
const REFRESH: Duration = Duration::from_millis(100);

/// A bar that follows the bytes that have passed, and goes when it is dropped.
#[derive(Debug)]
pub struct Streaming {
    bar: ProgressBar,
    stop: Option<mpsc::Sender<()>>,
    watch: Option<JoinHandle<()>>,
}

impl Streaming {
    /// The bar itself.
    pub fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// Tells what is being done.
    pub fn stage(&self, what: &'static str) {
        self.bar.set_message(what);
        self.bar.tick();
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.stop = None;
        // A thread that only draws has nothing to tell.
        let _ = self.watch.take().map(JoinHandle::join);
        self.bar.finish_and_clear();
    }
}

fn note_closed(error: &std::io::Error, closed: &AtomicBool) {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        closed.store(true, Ordering::Relaxed);
    }
}

/// Standard output, which remembers that nobody reads it any more.
#[derive(Debug)]
struct Pipe {
    closed: Arc<AtomicBool>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::stdout().write(bytes).inspect_err(|error| note_closed(error, &self.closed))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stdout().flush().inspect_err(|error| note_closed(error, &self.closed))
    }
}
