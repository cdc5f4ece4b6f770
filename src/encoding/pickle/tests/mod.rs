//! Pickles put together by hand, and pickles Python wrote (`data/make.py`).

use super::*;

mod hostile;
mod python;
mod refusals;

/// What `read` says: `code, place: message`.
fn refusal(bytes: &[u8]) -> String {
    match read(bytes, Options::LOAD) {
        Ok(pickle) => format!("read as {}", pickle.root().describe()),
        Err(error) => format!("{}, {}: {error}", error.code(), error.place().unwrap_or_default()),
    }
}

/// GLOBAL, as protocol 0 writes it.
fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}
