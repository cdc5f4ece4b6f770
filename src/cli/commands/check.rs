//! `check`: many artifacts, directories and model files against a platform's rules; nothing runs.

use super::{finish, report_form, target_name};
use crate::cli::args::CheckArgs;
use crate::cli::output::Output;
use crate::error::Result;
use crate::pipeline;
use crate::target::{Against, Overrides};

/// Runs the command. A path that cannot be read is an error after all others were checked.
pub fn run(args: &CheckArgs, output: &Output) -> Result<u8> {
    let against = Against {
        target: args.target.map(|target| target_name(target).to_owned()),
        profile: args.profile.clone(),
        overrides: Overrides::new(),
    };
    let mut reports = Vec::new();
    let mut unreadable = None;
    for path in &args.paths {
        match pipeline::check(path, &against) {
            Ok(report) => reports.push(report),
            Err(error) => {
                output.error(&error);
                unreadable = Some(error.exit_code());
            }
        }
    }
    let code = finish(&reports, report_form(args.report, output), output)?;
    Ok(unreadable.unwrap_or(code))
}
