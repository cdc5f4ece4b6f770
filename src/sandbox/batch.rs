//! Many blocks through one module: read, scored on several threads, handed on in order, memory bounded.

use std::fmt::Display;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::Scorer;
use crate::abi::{Block, Output};
use crate::error::{Error, Result};

/// Turns on their way to one thread: enough that it never waits for the reader.
const TURNS_IN_FLIGHT: usize = 4;
/// Results on their way from one thread: enough that it never waits for the results of the others.
const RESULTS_IN_FLIGHT: usize = 16;

/// The outputs of every wanted method for one block.
pub type Scored = Vec<Vec<Output>>;

/// A block on its way, and where its rows stand in the source, for messages.
#[derive(Debug)]
pub struct Numbered<P> {
    /// The rows.
    pub block: Block,
    /// The place of every row.
    pub places: Vec<P>,
}

/// Blocks that a scorer's thread makes one after the other until there are none: read there, or read already.
pub type Blocks<P> = Box<dyn FnMut() -> Result<Option<Numbered<P>>> + Send>;

/// What a thread says of its turn: a block's rows and results, or that the turn is over.
type Told = Result<Option<(usize, Scored)>>;

/// Scores the blocks of the turns that `next` gives until it gives none, and hands the results to `sink` in the same order.
///
/// Each scorer gets a thread of its own. The first error, of reading, of scoring or of `sink`, ends everything; that of
/// a refused row names the row's place. Gives the number of rows scored.
pub fn score_all<P: Display + Send>(
    scorers: Vec<Box<dyn Scorer + Send>>,
    methods: &[String],
    mut next: impl FnMut() -> Result<Option<Blocks<P>>> + Send,
    mut sink: impl FnMut(Scored) -> Result<()>,
) -> Result<u64> {
    std::thread::scope(|scope| {
        let mut to_workers: Vec<SyncSender<Blocks<P>>> = Vec::new();
        let mut from_workers: Vec<Receiver<Told>> = Vec::new();
        for mut scorer in scorers {
            let (to_worker, turns) = sync_channel::<Blocks<P>>(TURNS_IN_FLIGHT);
            let (results, from_worker) = sync_channel(RESULTS_IN_FLIGHT);
            scope.spawn(move || {
                turns.into_iter().try_for_each(|blocks| {
                    take_turn(scorer.as_mut(), methods, blocks, |told| results.send(told).is_ok()).then_some(())
                })
            });
            to_workers.push(to_worker);
            from_workers.push(from_worker);
        }
        // The reader deals the turns round; the results are collected round in the same order.
        let reader = scope.spawn(move || -> Result<()> {
            for to_worker in to_workers.iter().cycle() {
                let Some(blocks) = next()? else { return Ok(()) };
                if to_worker.send(blocks).is_err() {
                    return Ok(());
                }
            }
            Ok(())
        });
        let mut rows = 0;
        'turns: for from_worker in from_workers.iter().cycle() {
            loop {
                let Ok(told) = from_worker.recv() else { break 'turns };
                let Some((block_rows, scored)) = told? else { break };
                rows += block_rows as u64;
                sink(scored)?;
            }
        }
        drop(from_workers);
        reader.join().map_err(|_| Error::internal("the reading thread panicked"))??;
        Ok(rows)
    })
}

/// Scores the blocks of a turn; false where nobody wants to know any more, or an error has ended everything.
fn take_turn<P: Display>(
    scorer: &mut (dyn Scorer + Send),
    methods: &[String],
    mut blocks: Blocks<P>,
    tell: impl Fn(Told) -> bool,
) -> bool {
    let mut score = || -> Told {
        let Some(Numbered { block, places }) = blocks()? else { return Ok(None) };
        let scored: Result<Scored> = methods.iter().map(|method| scorer.call(method, &block)).collect();
        Ok(Some((block.rows, scored.map_err(|error| placed(error, &places))?)))
    };
    loop {
        let told = score();
        let (goes_on, is_error) = (matches!(told, Ok(Some(_))), told.is_err());
        if !tell(told) || is_error {
            return false;
        }
        if !goes_on {
            return true;
        }
    }
}

/// The error with the place of its row instead of the row's number in the block.
fn placed<P: Display>(mut error: Error, places: &[P]) -> Error {
    match error.take_row().and_then(|row| places.get(row)) {
        Some(place) => error.at(place),
        None => error,
    }
}
