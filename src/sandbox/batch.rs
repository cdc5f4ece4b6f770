//! Many blocks through one module: read, scored on several threads, handed on in order, memory bounded.

use std::fmt::Display;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::Scorer;
use crate::abi::{Block, Output};
use crate::error::{Error, Result};

/// Blocks on their way to one thread: enough that it never waits for the reader's next turn.
const BLOCKS_IN_FLIGHT: usize = 4;

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

/// Scores the blocks that `next` gives until it gives none, and hands the results to `sink` in the same order.
///
/// Each scorer gets a thread of its own. The first error, of reading, of scoring or of `sink`, ends everything; that of
/// a refused row names the row's place. Gives the number of rows scored.
pub fn score_all<P: Display + Send>(
    scorers: Vec<Box<dyn Scorer + Send>>,
    methods: &[String],
    mut next: impl FnMut() -> Result<Option<Numbered<P>>> + Send,
    mut sink: impl FnMut(Scored) -> Result<()>,
) -> Result<u64> {
    std::thread::scope(|scope| {
        let mut to_workers: Vec<SyncSender<Numbered<P>>> = Vec::new();
        let mut from_workers: Vec<Receiver<Result<(usize, Scored)>>> = Vec::new();
        for mut scorer in scorers {
            let (to_worker, blocks) = sync_channel::<Numbered<P>>(BLOCKS_IN_FLIGHT);
            let (results, from_worker) = sync_channel(BLOCKS_IN_FLIGHT);
            scope.spawn(move || {
                for numbered in blocks {
                    let scored: Result<Scored> =
                        methods.iter().map(|method| scorer.call(method, &numbered.block)).collect();
                    let scored = scored.map_err(|error| placed(error, &numbered.places));
                    if results.send(scored.map(|scored| (numbered.block.rows, scored))).is_err() {
                        return;
                    }
                }
            });
            to_workers.push(to_worker);
            from_workers.push(from_worker);
        }
        // The reader deals the blocks round; the results are collected round in the same order.
        let reader = scope.spawn(move || -> Result<()> {
            for to_worker in to_workers.iter().cycle() {
                let Some(block) = next()? else { return Ok(()) };
                if to_worker.send(block).is_err() {
                    return Ok(());
                }
            }
            Ok(())
        });
        let mut rows = 0;
        for from_worker in from_workers.iter().cycle() {
            let Ok(result) = from_worker.recv() else { break };
            let (block_rows, scored) = result?;
            rows += block_rows as u64;
            sink(scored)?;
        }
        drop(from_workers);
        reader.join().map_err(|_| Error::internal("the reading thread panicked"))??;
        Ok(rows)
    })
}

/// The error with the place of its row instead of the row's number in the block.
fn placed<P: Display>(mut error: Error, places: &[P]) -> Error {
    match error.take_row().and_then(|row| places.get(row)) {
        Some(place) => error.at(place),
        None => error,
    }
}
