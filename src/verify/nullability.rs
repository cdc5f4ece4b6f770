//! Proof: where the signature takes a missing value, every method takes it. Probed in the sandbox, not assumed.
//!
//! For each column one row with that value missing is scored. Beyond [`MOST_WORK`] columns that take a missing value are
//! tried many at once, and of those that refuse it an even selection one by one.

use std::collections::VecDeque;

use super::sandbox_rows::words;
use super::{Context, ProofResult};
use crate::abi::{Block, Column};
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof};
use crate::sandbox::Scorer;

/// The proof's name.
pub const NAME: &str = "missing";

/// Bytes that all methods may read of the rows that are tried first: of the rows, and of the module for each. Telling refused
/// columns apart may take as much again, so that all takes seconds at most.
const MOST_WORK: u64 = 1 << 31;
/// Rows that may be tried whatever they cost: enough to find a few refused columns among any number.
const LEAST_ROWS: usize = 256;
/// Rows of one call.
const BLOCK_ROWS: usize = 64;
/// Columns named in a message.
const NAMED: usize = 5;

/// What probing told of every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Whether every method takes a row in which the value is missing; none where that was not tried.
    pub accepts: Vec<Option<bool>>,
    /// How many columns were tried by a row of their own.
    pub single: usize,
}

/// Tries missing values, one column at a time, on a row that every method accepts; none if there is no such row.
///
/// `expected` says what is thought of each column, which only decides how much is tried at once.
pub fn probe(scorer: &mut dyn Scorer, rows: &Block, expected: &[bool], module_bytes: u64) -> Result<Option<Probed>> {
    let Some(mut prober) = Prober::new(scorer, rows, expected.len())? else { return Ok(None) };
    let count = expected.len();
    let row_bytes = (8 * count as u64 + module_bytes).saturating_mul(prober.methods.len() as u64);
    let most = usize::try_from(MOST_WORK / row_bytes.max(1)).unwrap_or(usize::MAX).max(1);
    let mut probed = Probed { accepts: vec![None; count], single: 0 };
    let (taking, refusing): (Vec<usize>, Vec<usize>) = (0..count).partition(|field| expected[*field]);
    prober.many(groups(&taking, most), most.saturating_mul(2).max(LEAST_ROWS), &mut probed)?;
    for field in thinned(&refusing, most) {
        let accepted = prober.accepts_without(&[vec![field]])?;
        probed.tell(&[field], accepted);
    }
    Ok(Some(probed))
}

/// Fields in at most `most` groups of nearly equal size.
fn groups(fields: &[usize], most: usize) -> Vec<Vec<usize>> {
    let size = fields.len().div_ceil(most).max(1);
    fields.chunks(size).map(<[usize]>::to_vec).collect()
}

/// At most `most` of the fields, evenly spread.
fn thinned(fields: &[usize], most: usize) -> impl Iterator<Item = usize> {
    let step = fields.len().div_ceil(most).max(1);
    fields.iter().copied().step_by(step)
}

struct Prober<'a> {
    scorer: &'a mut dyn Scorer,
    methods: Vec<String>,
    block_rows: usize,
    /// A row that every method accepts.
    base: Block,
    /// Where the values of every field lie.
    places: Vec<Option<(usize, usize)>>,
    /// Rows tried so far.
    rows: usize,
}

impl<'a> Prober<'a> {
    /// From the first of the rows that every method accepts, if there is one.
    fn new(scorer: &'a mut dyn Scorer, rows: &Block, fields: usize) -> Result<Option<Self>> {
        let abi = scorer.abi().clone();
        let methods = abi.methods.iter().map(|method| method.name.clone()).collect();
        let block_rows = BLOCK_ROWS.min(abi.block_rows as usize).max(1);
        let (base, places) = (Block::new(&abi), abi.places(fields));
        let mut prober = Prober { scorer, methods, block_rows, base, places, rows: 0 };
        for row in 0..rows.rows {
            let one = rows.take_rows(&[row]);
            if prober.accepts(&one)? {
                prober.base = one;
                return Ok(Some(prober));
            }
        }
        Ok(None)
    }

    /// Whether every method accepts every row.
    fn accepts(&mut self, rows: &Block) -> Result<bool> {
        self.rows += rows.rows;
        for method in &self.methods {
            match self.scorer.call(method, rows) {
                Ok(_) => {}
                Err(error) if error.code() == "row-refused" => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// [`Prober::accepts`] for a row per group in which the fields of the group are missing.
    fn accepts_without(&mut self, groups: &[Vec<usize>]) -> Result<bool> {
        let rows = self.without(groups);
        self.accepts(&rows)
    }

    /// The base row as often as there are groups, with the fields of its group missing in each.
    fn without(&self, groups: &[Vec<usize>]) -> Block {
        let mut block = self.base.take_rows(&vec![0; groups.len()]);
        for (row, fields) in groups.iter().enumerate() {
            for (arena, at) in fields.iter().filter_map(|field| *self.places.get(*field)?) {
                match block.columns.get_mut(arena) {
                    Some(Column::F32 { width, items }) => set(items, row * *width + at, f32::NAN),
                    Some(Column::F64 { width, items }) => set(items, row * *width + at, f64::NAN),
                    Some(Column::Text { present, .. }) => set(present, row, false),
                    None => {}
                }
            }
        }
        // Taking the rows again leaves no bytes behind a missing text.
        block.take_rows(&(0..groups.len()).collect::<Vec<_>>())
    }

    /// Tries groups of fields, each missing together in one row; a group that is refused is halved until the fields
    /// that are refused stand alone. What is still together after `most_rows` counts as refused.
    fn many(&mut self, groups: Vec<Vec<usize>>, most_rows: usize, probed: &mut Probed) -> Result<()> {
        let mut pending = VecDeque::from(groups);
        while !pending.is_empty() {
            let batch: Vec<Vec<usize>> = pending.drain(..self.block_rows.min(pending.len())).collect();
            if self.accepts_without(&batch)? {
                batch.iter().for_each(|fields| probed.tell(fields, true));
                continue;
            }
            for fields in batch {
                let accepted = self.accepts_without(std::slice::from_ref(&fields))?;
                if accepted || fields.len() == 1 || self.rows > most_rows {
                    probed.tell(&fields, accepted);
                } else {
                    pending.extend(fields.chunks(fields.len().div_ceil(2)).map(<[usize]>::to_vec));
                }
            }
        }
        Ok(())
    }
}

impl Probed {
    fn tell(&mut self, fields: &[usize], accepted: bool) {
        self.single += usize::from(fields.len() == 1);
        fields.iter().for_each(|field| self.accepts[*field] = Some(accepted));
    }
}

fn set<T>(items: &mut [T], at: usize, value: T) {
    if let Some(item) = items.get_mut(at) {
        *item = value;
    }
}

/// Tries what the manifest's signature says.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    let not_proven = |detail| Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotProven, detail)));
    let Some(module) = context.manifest.score_module.clone() else {
        return not_proven("the artifact has no score module");
    };
    let Some(rows) = context.sample()? else { return not_proven("no rows to try: the artifact stores none") };
    let module_bytes = context.manifest.file(&module.file).map_or(0, |file| file.size);
    let declared: Vec<bool> = context.manifest.signature.inputs.iter().map(|field| field.nullable).collect();
    let Some(probed) = probe(context.scorer()?, &rows, &declared, module_bytes)? else {
        return not_proven("no row of the sample is accepted by every method");
    };
    let names = |wanted: (bool, bool)| -> Vec<String> {
        let columns = context.manifest.signature.inputs.iter().zip(&declared).zip(&probed.accepts);
        let fitting = columns.filter(|((_, declared), accepts)| (**declared, **accepts) == (wanted.0, Some(wanted.1)));
        fitting.map(|((field, _), _)| field.name.clone()).collect()
    };
    let refused = names((true, false));
    let findings = (!refused.is_empty()).then(|| {
        let message = format!("the signature takes a missing value in {}, and a method refuses it", listed(&refused));
        Finding::error("nullability", message).hint("`nullable: false` in the signature says so before the row is sent")
    });
    let (outcome, detail) = match refused.len() {
        0 => (Outcome::Passed, detail(&probed, names((false, true)).len())),
        count => (
            Outcome::Failed,
            format!("{} that the signature calls nullable refuse a missing value", words(count, "column")),
        ),
    };
    Ok(ProofResult { proof: Proof::new(NAME, outcome, detail), findings: findings.into_iter().collect() })
}

fn detail(probed: &Probed, stricter: usize) -> String {
    let accepting = probed.accepts.iter().filter(|accepts| **accepts == Some(true)).count();
    let count = probed.accepts.len();
    let mut text = format!("{accepting} of {} take a missing value", words(count, "column"));
    if probed.single < count {
        text.push_str(&format!(", {} tried one by one", probed.single));
    }
    if stricter > 0 {
        text.push_str(&format!("; the signature refuses it in {stricter} of them"));
    }
    text
}

/// Some names, and how many more there are.
pub fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
