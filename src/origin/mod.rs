//! Documents about an artifact that lie beside it: who signed it, what a verification found, what it is made of.
//!
//! Signatures are of the OpenSSF Model Signing format (1.0): a bundle of Sigstore around a statement of in-toto on every
//! file's digest. Nothing here asks the network or a clock.

mod attestation;
mod bill;
mod bundle;
mod certificate;
mod envelope;
mod key;
mod pem;
mod statement;
mod time;

#[cfg(test)]
mod tests;

pub use attestation::{Described, test_result, written};
pub use bill::bill_of_materials;
pub use bundle::{Bundle, Origin, Signer, Trust};
pub use certificate::Certificate;
pub use key::{PrivateKey, PublicKey};
pub use statement::{Content, NEVER_SIGNED, Resource, Statement};
pub use time::{format_time, parse_time};
