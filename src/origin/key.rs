//! Keys that sign and verify: ECDSA over P-256 with SHA-256, and over P-384 with SHA-384.
//!
//! Signing is deterministic (RFC 6979): the same key and content give the same signature. Other keys are refused by name.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::signature::{Signer, Verifier};
use p256::pkcs8::{DecodePublicKey, EncodePublicKey, ObjectIdentifier, PrivateKeyInfo};
use sec1::EcPrivateKey;
use x509_cert::der::Decode;
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::pem;
use crate::artifact::sha256;
use crate::error::{Error, Result};

/// Elliptic curve keys (RFC 5480); the parameters name the curve.
const ELLIPTIC_CURVE: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
/// Kinds of keys and curves that are known by name only.
const OTHERS: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.3.132.0.35", "ECDSA over P-521"),
    ("1.3.132.0.10", "ECDSA over secp256k1"),
];
const MAKE_KEY: &str = "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem` makes a key";

/// The curve of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
}

impl Curve {
    /// The curve of an algorithm; all others are refused by name.
    fn of(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Curve> {
        let parameters = algorithm.parameters_oid().ok().filter(|_| is(algorithm.oid, ELLIPTIC_CURVE));
        Curve::called(parameters.unwrap_or(algorithm.oid))
    }

    fn called(oid: ObjectIdentifier) -> Result<Curve> {
        match oid {
            _ if is(oid, P256) => Ok(Curve::P256),
            _ if is(oid, P384) => Ok(Curve::P384),
            _ => Err(unsupported(&algorithm_name(oid))),
        }
    }
}

fn is(oid: ObjectIdentifier, text: &str) -> bool {
    ObjectIdentifier::new(text).is_ok_and(|known| known == oid)
}

/// The name of an algorithm or a curve, or its number.
fn algorithm_name(oid: ObjectIdentifier) -> String {
    let known = OTHERS.iter().find(|(number, _)| is(oid, number));
    known.map_or_else(|| format!("algorithm {oid}"), |(_, name)| (*name).to_owned())
}

fn unsupported(found: &str) -> Error {
    Error::unsupported("key-unsupported", format!("expected an ECDSA key over P-256 or P-384, found {found}"))
        .hint(MAKE_KEY)
}

fn malformed(what: &str) -> Error {
    Error::malformed("key-malformed", format!("the {what} is not what its label says"))
}

/// A key that signs.
#[derive(Debug, Clone)]
pub struct PrivateKey(Secret);

#[derive(Debug, Clone)]
enum Secret {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

impl PrivateKey {
    /// Reads a key from PEM text: PKCS#8 or SEC1, not encrypted.
    pub fn parse(text: &[u8]) -> Result<PrivateKey> {
        let blocks = pem::blocks(text)?;
        // OpenSSL's older command writes the curve before the key, and once more in it.
        let mut blocks = blocks.iter().filter(|block| block.label != "EC PARAMETERS");
        let block = blocks.next().ok_or_else(|| unsupported("the parameters of a curve"))?;
        match block.label.as_str() {
            "ENCRYPTED PRIVATE KEY" => Err(encrypted()),
            _ if block.encrypted => Err(encrypted()),
            "PRIVATE KEY" => PrivateKey::of_pkcs8(&block.der),
            "EC PRIVATE KEY" => PrivateKey::of_sec1(&block.der),
            other => Err(unsupported(&format!("a block `{other}`"))),
        }
    }

    fn of_pkcs8(der: &[u8]) -> Result<PrivateKey> {
        let bad = || malformed("private key");
        let info = PrivateKeyInfo::try_from(der).map_err(|_| bad())?;
        let secret = match Curve::of(&info.algorithm)? {
            Curve::P256 => Secret::P256(p256::ecdsa::SigningKey::try_from(info).map_err(|_| bad())?),
            Curve::P384 => Secret::P384(p384::ecdsa::SigningKey::try_from(info).map_err(|_| bad())?),
        };
        Ok(PrivateKey(secret))
    }

    fn of_sec1(der: &[u8]) -> Result<PrivateKey> {
        let bad = || malformed("private key");
        let key = EcPrivateKey::try_from(der).map_err(|_| bad())?;
        let named = key.parameters.and_then(|parameters| parameters.named_curve());
        let secret = match Curve::called(named.ok_or_else(|| unsupported("a key that does not name its curve"))?)? {
            Curve::P256 => Secret::P256(p256::SecretKey::from_sec1_der(der).map_err(|_| bad())?.into()),
            Curve::P384 => Secret::P384(p384::SecretKey::from_sec1_der(der).map_err(|_| bad())?.into()),
        };
        Ok(PrivateKey(secret))
    }

    /// The key that verifies.
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Secret::P256(key) => Point::P256(*key.verifying_key()),
            Secret::P384(key) => Point::P384(*key.verifying_key()),
        })
    }

    /// The signature of a message, as DER.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let failed = |_| Error::internal("the key did not sign");
        Ok(match &self.0 {
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).map_err(failed)?;
                signature.to_der().as_bytes().to_vec()
            }
            Secret::P384(key) => {
                let signature: p384::ecdsa::Signature = key.try_sign(message).map_err(failed)?;
                signature.to_der().as_bytes().to_vec()
            }
        })
    }
}

fn encrypted() -> Error {
    Error::unsupported("key-encrypted", "the private key is encrypted, and no passphrase is asked for").hint(
        "`openssl pkey -in KEY -out PLAIN` writes it without a passphrase: keep that file where others cannot read it",
    )
}

/// A key that verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(Point);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
}

impl PublicKey {
    /// Reads a key from PEM text.
    pub fn parse(text: &[u8]) -> Result<PublicKey> {
        let blocks = pem::blocks(text)?;
        let [block] = blocks.as_slice() else {
            return Err(Error::usage("key-unsupported", format!("expected one public key, found {}", blocks.len())));
        };
        match block.label.as_str() {
            "PUBLIC KEY" => PublicKey::of_spki(&block.der),
            "CERTIFICATE" => Err(unsupported("a certificate").hint("`--trusted-certificate` takes certificates")),
            label if label.ends_with("PRIVATE KEY") => {
                let error = Error::unsupported("key-unsupported", "expected a public key, found a private one");
                Err(error.hint("`openssl pkey -in KEY -pubout` writes the public one"))
            }
            other => Err(unsupported(&format!("a block `{other}`"))),
        }
    }

    /// Reads a key as certificates hold it.
    pub(super) fn of_spki(der: &[u8]) -> Result<PublicKey> {
        let bad = || malformed("public key");
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| bad())?;
        let point = match Curve::of(&info.algorithm)? {
            Curve::P256 => p256::ecdsa::VerifyingKey::from_public_key_der(der).map(Point::P256),
            Curve::P384 => p384::ecdsa::VerifyingKey::from_public_key_der(der).map(Point::P384),
        };
        point.map(PublicKey).map_err(|_| bad())
    }

    /// Whether a signature in DER is this key's for a message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Point::P256(key) => {
                p256::ecdsa::Signature::from_der(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
            Point::P384(key) => {
                p384::ecdsa::Signature::from_der(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
        }
    }

    /// Whether a signature in DER is this key's for what has this digest: a certificate may name another digest than
    /// the one that goes with the key.
    pub(super) fn verifies_digest(&self, digest: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Point::P256(key) => {
                p256::ecdsa::Signature::from_der(signature).is_ok_and(|s| key.verify_prehash(digest, &s).is_ok())
            }
            Point::P384(key) => {
                p384::ecdsa::Signature::from_der(signature).is_ok_and(|s| key.verify_prehash(digest, &s).is_ok())
            }
        }
    }

    /// What signatures call the key: the SHA-256 of its PEM text.
    pub fn hint(&self) -> Result<String> {
        let failed = |_| Error::internal("a key that was read cannot be written");
        let der = match &self.0 {
            Point::P256(key) => p256::PublicKey::from(key).to_public_key_der().map_err(failed)?,
            Point::P384(key) => p384::PublicKey::from(key).to_public_key_der().map_err(failed)?,
        };
        Ok(sha256(pem::encode("PUBLIC KEY", der.as_bytes()).as_bytes()).to_string())
    }

    /// The curve's name.
    pub const fn curve(&self) -> &'static str {
        match &self.0 {
            Point::P256(_) => "P-256",
            Point::P384(_) => "P-384",
        }
    }
}
