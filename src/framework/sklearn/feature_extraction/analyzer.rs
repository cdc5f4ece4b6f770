//! How a vectorizer splits texts into terms: what CountVectorizer, TfidfVectorizer and HashingVectorizer share.

use super::super::refused;
use std::sync::Arc;

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::inputs::Inputs;
use super::{expression, texts};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::ops::terms::pattern::Pattern;
use crate::ops::terms::{Marks, Normalise, TermColumns, Terms, Units};
use crate::ops::text_lookup::TextLookup;

/// Words of two or more characters: what `token_pattern` is unless it is set.
const TOKEN_PATTERN: &str = r"(?u)\b\w\w+\b";
/// The words of `stop_words='english'`.
const ENGLISH: &str = include_str!("english.txt");

/// The input column of a vectorizer that is fitted on a list of texts.
pub const TEXT_COLUMN: &str = "text";

/// One column of texts, which has no name.
pub fn inputs(_vectorizer: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    Ok(Some(Inputs { names: vec![TEXT_COLUMN.to_owned()], are_named: false }))
}

/// The counted terms of the frame's only column.
pub fn counts(context: &mut Context, vectorizer: Fitted<'_>, frame: &Frame, columns: TermColumns) -> Result<ValueId> {
    let [column] = &frame.columns[..] else {
        let message = format!("{} takes one column of texts, but gets {}", context.trail(), frame.width());
        return Err(Error::malformed("column-count", message));
    };
    limits::SPARSE_COLUMNS.check_len(columns.width())?;
    let (text, _, filled) = column.text(context)?;
    let (least, most) = sizes(vectorizer)?;
    let terms = Terms {
        normalise: normalise(vectorizer)?,
        units: units(vectorizer)?,
        least,
        most,
        columns,
        binary: vectorizer.flag("binary", false)?,
    };
    column.refuse_missing(context);
    let is_filled = filled.is_some();
    let text = context.fill_text(text, filled)?;
    let counts = context.graph.apply(terms, &[text])?;
    if !is_filled {
        let present = context.graph.apply(TextLookup { entries: Vec::new(), missing: -1, unknown: 0 }, &[text])?;
        let message = format!("{}: a text is missing in the column `{}`", context.trail(), column.name);
        context.graph.guard(counts, present, message)?;
    }
    context.is_finite(counts);
    Ok(counts)
}

fn normalise(vectorizer: Fitted<'_>) -> Result<Normalise> {
    if vectorizer.present("preprocessor").is_some() {
        return Err(vectorizer.refused(&refused::PREPROCESSOR));
    }
    if vectorizer.word("input", "content")? != "content" {
        return Err(vectorizer.refused(&refused::FILES));
    }
    let marks = match vectorizer.present("strip_accents").map(|accents| (accents, accents.plain_str())) {
        None | Some((_, Some(""))) => Marks::Kept,
        Some((_, Some("unicode"))) => Marks::Removed,
        Some((_, Some("ascii"))) => Marks::Ascii,
        Some((accents, _)) if accents.as_bool().is_ok_and(|truth| !truth) => Marks::Kept,
        Some(_) => return Err(vectorizer.unsupported_parameter("strip_accents", "'unicode', 'ascii' or None")),
    };
    Ok(Normalise { lower: vectorizer.flag("lowercase", true)?, marks })
}

/// The fewest and the most units of a term.
fn sizes(vectorizer: Fitted<'_>) -> Result<(u32, u32)> {
    let Some(range) = vectorizer.present("ngram_range") else { return Ok((1, 1)) };
    let [least, most] = range.items_exactly()?;
    let (least, most) = (least.as_usize()?, most.as_usize()?);
    limits::TERM_UNITS.check_len(most)?;
    if least == 0 || least > most {
        return Err(range.error(format!("expected 1 to some units in a row, found {least} to {most}")));
    }
    Ok((least as u32, most as u32))
}

fn units(vectorizer: Fitted<'_>) -> Result<Units> {
    match vectorizer.optional("analyzer").map_or(Some("word"), |analyzer| analyzer.plain_str()) {
        Some("word") => tokens(vectorizer),
        Some("char") => Ok(Units::Chars),
        Some("char_wb") => Ok(Units::CharsOfWords),
        Some(_) => Err(vectorizer.unsupported_parameter("analyzer", "'word', 'char' or 'char_wb'")),
        None => Err(vectorizer.refused(&refused::ANALYZER)),
    }
}

fn tokens(vectorizer: Fitted<'_>) -> Result<Units> {
    if vectorizer.present("tokenizer").is_some() {
        return Err(vectorizer.refused(&refused::TOKENIZER));
    }
    let pattern = match vectorizer.present("token_pattern") {
        Some(pattern) => pattern.as_str()?.into_owned(),
        None if vectorizer.optional("token_pattern").is_some() => {
            return Err(vectorizer.unsupported_parameter("token_pattern", "a regular expression"));
        }
        None => TOKEN_PATTERN.to_owned(),
    };
    let place = |error: Error| vectorizer.optional("token_pattern").unwrap_or(vectorizer).located(error);
    let token = expression::parse(&pattern).map_err(place)?;
    let [before, after] = token.trimmed;
    let pattern = Pattern::new(&token.expression, &token.word).map_err(place)?;
    Ok(Units::Tokens { pattern: Arc::new(pattern), before, after, stop_words: Arc::new(stop_words(vectorizer)?) })
}

/// The words that are passed over, in order.
fn stop_words(vectorizer: Fitted<'_>) -> Result<Vec<String>> {
    let Some(words) = vectorizer.present("stop_words") else { return Ok(Vec::new()) };
    let mut all: Vec<String> = match words.plain_str() {
        Some("english") => ENGLISH.lines().map(str::to_owned).collect(),
        Some(_) => return Err(vectorizer.unsupported_parameter("stop_words", "'english' or a list of words")),
        None => texts(words)?,
    };
    limits::TERMS.check_len(all.len())?;
    // A set has no order of its own, and a module's bytes must not depend on it.
    all.sort();
    all.dedup();
    Ok(all)
}
