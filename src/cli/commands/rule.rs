//! `rule`: the documentation of findings and errors.

use std::fmt::Write;

use crate::cli::args::RuleArgs;
use crate::cli::output::{HEADING, Output};
use crate::error::{Error, Result};
use crate::finding::{CODES, documentation};

/// Runs the command.
pub fn run(args: &RuleArgs, output: &Output) -> Result<u8> {
    let mut text = String::new();
    match &args.code {
        None => {
            for known in CODES.iter() {
                let _ = writeln!(text, "{HEADING}{:<28}{HEADING:#} {}", known.code, known.title);
            }
        }
        Some(code) => {
            let known = documentation(code).ok_or_else(|| unknown(code))?;
            let _ = writeln!(text, "{HEADING}{}{HEADING:#}: {}\n", known.code, known.title);
            let _ = writeln!(text, "{}\n", known.explanation);
            let _ = writeln!(text, "{HEADING}What to do{HEADING:#}  {}", known.cure);
        }
    }
    output.text(&text)?;
    Ok(0)
}

fn unknown(code: &str) -> Error {
    let nearest = CODES.iter().map(|known| known.code).min_by_key(|known| distance(known, code)).unwrap_or_default();
    Error::usage("unknown-code", format!("no finding or error has the code `{code}`"))
        .hint(format!("is it `{nearest}`? `scorepack rule` lists all codes"))
}

/// The number of edits between two words.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
