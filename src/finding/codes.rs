//! What every code means.
/// x
pub struct CodeDoc;
/// x
pub static CODES: &[CodeDoc] = &[];
/// x
pub fn documentation() {}
