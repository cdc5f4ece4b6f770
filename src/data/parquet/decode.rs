//! The format's decoder panics on some damaged files: a panic inside it is one more error of the file.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use super::malformed;
use crate::error::Result;

thread_local! {
    /// Whether this thread is inside the decoder.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

static QUIET: Once = Once::new();

/// Runs the decoder on a file's bytes; what it keeps must not be used after an error.
pub fn decode<T, E: std::fmt::Display>(run: impl FnOnce() -> Result<T, E>) -> Result<T> {
    // Nothing is printed for a panic that becomes an error; every other panic is reported as before.
    QUIET.call_once(|| {
        let report = take_hook();
        set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                report(panic);
            }
        }));
    });
    DECODING.set(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    DECODING.set(false);
    match result {
        Ok(result) => result.map_err(malformed),
        Err(_) => Err(malformed("the file is damaged: it cannot be decoded")),
    }
}
