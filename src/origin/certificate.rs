//! Certificates (X.509, RFC 5280) of whoever signed, and whether they lead to one that is trusted.
//!
//! What is not understood is refused: critical extensions, name constraints, keys and signatures of other algorithms.

use p256::pkcs8::ObjectIdentifier;
use sha2::{Digest as _, Sha256, Sha384};
use x509_cert::der::asn1::OctetString;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::time::Time;

use super::key::PublicKey;
use super::pem;
use super::statement::shown;
use crate::error::{Error, Result};
use crate::limits;

const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const NAME_CONSTRAINTS: &str = "2.5.29.30";
/// Extensions of a certificate: those in use have about ten.
const MOST_EXTENSIONS: usize = 100;
/// The purposes that cover models: signing code, and any at all.
const CODE_SIGNING: [&str; 2] = ["1.3.6.1.5.5.7.3.3", "2.5.29.37.0"];
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";

/// A certificate whose structure has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    inner: x509_cert::Certificate,
    der: Vec<u8>,
    usage: Usage,
}

/// What the extensions allow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Usage {
    /// Whether it may issue certificates.
    is_authority: bool,
    /// How many authorities may stand between it and a signer.
    path_length: Option<u8>,
    /// Whether its key may sign certificates, where the uses of the key are told.
    signs_certificates: Option<bool>,
    /// Whether its key may sign content, where the uses of the key are told.
    signs_content: Option<bool>,
    /// Whether it is meant for signing code, where purposes are told.
    signs_code: Option<bool>,
    /// A rule in it that is not understood here.
    not_understood: Option<String>,
}

impl Certificate {
    /// Reads every certificate of PEM text.
    pub fn parse_all(text: &[u8]) -> Result<Vec<Certificate>> {
        let mut found = Vec::new();
        for (place, block) in pem::blocks(text)?.iter().enumerate() {
            let at = |error: Error| error.at(format!("block {}", place + 1));
            if !matches!(block.label.as_str(), "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE") {
                return Err(at(Error::usage(
                    "certificate",
                    format!("expected a certificate, found `{}`", block.label),
                )));
            }
            found.push(Certificate::of_der(&block.der).map_err(at)?);
        }
        Ok(found)
    }

    /// Reads a certificate from DER.
    pub fn of_der(der: &[u8]) -> Result<Certificate> {
        limits::KEY_BYTES.check_len(der.len())?;
        let bad = |what: String| Error::malformed("certificate", format!("the certificate is malformed: {what}"));
        let inner = x509_cert::Certificate::from_der(der).map_err(|error| bad(error.to_string()))?;
        // The signature is of the bytes: read and written again they have to be the same.
        if !inner.to_der().is_ok_and(|again| again == der) {
            return Err(bad("it is not DER".into()));
        }
        let usage = Usage::read(&inner).map_err(|error| bad(error.to_string()))?;
        Ok(Certificate { inner, der: der.to_vec(), usage })
    }

    /// The certificate as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whom it is for, as text (RFC 4514).
    pub fn subject(&self) -> String {
        shown(&self.inner.tbs_certificate.subject.to_string())
    }

    /// Who issued it, as text (RFC 4514).
    pub fn issuer(&self) -> String {
        shown(&self.inner.tbs_certificate.issuer.to_string())
    }

    /// Its key.
    pub fn key(&self) -> Result<PublicKey> {
        let info = self.inner.tbs_certificate.subject_public_key_info.to_der();
        let info = info.map_err(|_| Error::internal("a key that was read cannot be written"))?;
        PublicKey::of_spki(&info).map_err(|error| error.at(self.place()))
    }

    fn place(&self) -> String {
        format!("certificate `{}`", self.subject())
    }

    fn refused(&self, message: impl Into<String>) -> Error {
        Error::malformed("signature-certificate", message).at(self.place())
    }

    /// Whether it is valid at a time, in seconds since 1970, and holds no rule that is not understood.
    fn check_valid(&self, at: u64) -> Result<()> {
        if let Some(rule) = &self.usage.not_understood {
            return Err(self.refused(format!("it has the extension {rule}, which is not understood here")));
        }
        let validity = &self.inner.tbs_certificate.validity;
        let seconds = |time: &Time| time.to_unix_duration().as_secs();
        if at < seconds(&validity.not_before) {
            return Err(self.refused(format!("it is not valid before {}", validity.not_before.to_date_time())));
        }
        if at > seconds(&validity.not_after) {
            let error = self.refused(format!("it is not valid after {}", validity.not_after.to_date_time()));
            return Err(error.hint("`--signed-at` tells when the model was signed, where you know it from elsewhere"));
        }
        Ok(())
    }

    /// Whether its key may sign models: as other verifiers ask, its uses have to say so.
    pub(super) fn check_signs(&self) -> Result<()> {
        let usage = &self.usage;
        match usage.signs_content == Some(true) || (usage.signs_content.is_none() && usage.signs_code == Some(true)) {
            true if usage.signs_code == Some(false) => {
                Err(self.refused("its purposes are told, and signing code is none of them"))
            }
            true => Ok(()),
            false => {
                Err(self.refused("its key is not for digital signatures: expected the key usage digitalSignature"))
            }
        }
    }

    /// Whether it issued another, with `below` authorities between it and the signer; none where it is called otherwise.
    fn issued(&self, other: &Certificate, below: usize, at: u64) -> Option<Result<()>> {
        let is_issuer = self.inner.tbs_certificate.subject == other.inner.tbs_certificate.issuer;
        is_issuer.then(|| self.check_issued(other, below, at))
    }

    fn check_issued(&self, other: &Certificate, below: usize, at: u64) -> Result<()> {
        self.check_valid(at)?;
        // Purposes of an authority bound those of whom it vouches for.
        if self.usage.signs_code == Some(false) {
            return Err(self.refused("its purposes are told, and signing code is none of them"));
        }
        if !self.usage.is_authority || self.usage.signs_certificates == Some(false) {
            return Err(self.refused("it may not issue certificates"));
        }
        if self.usage.path_length.is_some_and(|most| usize::from(most) < below) {
            return Err(
                self.refused(format!("{below} authorities stand between it and the signer, more than it allows"))
            );
        }
        match other.is_signed_by(&self.key()?)? {
            true => Ok(()),
            false => Err(other.refused(format!("its signature is not of the key of its issuer `{}`", self.subject()))),
        }
    }

    fn is_signed_by(&self, key: &PublicKey) -> Result<bool> {
        let algorithm = &self.inner.signature_algorithm;
        if *algorithm != self.inner.tbs_certificate.signature {
            return Err(self.refused("it names two algorithms for its signature"));
        }
        let content = self.inner.tbs_certificate.to_der();
        let content = content.map_err(|_| Error::internal("a certificate that was read cannot be written"))?;
        let Some(signature) = self.inner.signature.as_bytes() else { return Ok(false) };
        match algorithm.oid {
            oid if is(oid, ECDSA_SHA256) => Ok(key.verifies_digest(&Sha256::digest(content), signature)),
            oid if is(oid, ECDSA_SHA384) => Ok(key.verifies_digest(&Sha384::digest(content), signature)),
            oid => {
                let message = format!("expected a certificate signed by ECDSA with SHA-256 or SHA-384, found {oid}");
                Err(Error::unsupported("signature-unsupported", message).at(self.place()))
            }
        }
    }
}

fn is(oid: ObjectIdentifier, text: &str) -> bool {
    ObjectIdentifier::new(text).is_ok_and(|known| known == oid)
}

impl Usage {
    fn read(certificate: &x509_cert::Certificate) -> x509_cert::der::Result<Usage> {
        let mut usage = Usage::default();
        let mut seen = Vec::new();
        let extensions = certificate.tbs_certificate.extensions.as_deref().unwrap_or_default();
        if extensions.len() > MOST_EXTENSIONS {
            return Err(x509_cert::der::Tag::Sequence.length_error());
        }
        for extension in extensions {
            let id = extension.extn_id;
            if seen.contains(&id) {
                return Err(x509_cert::der::Tag::Sequence.value_error());
            }
            seen.push(id);
            usage.take(id, extension.critical, &extension.extn_value)?;
        }
        Ok(usage)
    }

    fn take(&mut self, id: ObjectIdentifier, critical: bool, value: &OctetString) -> x509_cert::der::Result<()> {
        let value = value.as_bytes();
        if is(id, BASIC_CONSTRAINTS) {
            let constraints = BasicConstraints::from_der(value)?;
            (self.is_authority, self.path_length) = (constraints.ca, constraints.path_len_constraint);
        } else if is(id, KEY_USAGE) {
            let key = KeyUsage::from_der(value)?;
            (self.signs_certificates, self.signs_content) = (Some(key.key_cert_sign()), Some(key.digital_signature()));
        } else if is(id, EXTENDED_KEY_USAGE) {
            let purposes = ExtendedKeyUsage::from_der(value)?;
            self.signs_code =
                Some(purposes.0.iter().any(|purpose| CODE_SIGNING.iter().any(|known| is(*purpose, known))));
        } else if critical || is(id, NAME_CONSTRAINTS) {
            self.not_understood = Some(id.to_string());
        }
        Ok(())
    }
}

/// The trusted certificate that a signer's leads to, over others that came with the signature; all of them must be
/// valid at a time, in seconds since 1970.
pub fn lead_to<'a>(
    signer: &Certificate,
    others: &[Certificate],
    trusted: &'a [Certificate],
    at: u64,
) -> Result<&'a Certificate> {
    signer.check_valid(at)?;
    signer.check_signs()?;
    if let Some(found) = trusted.iter().find(|known| known.der == signer.der) {
        return Ok(found);
    }
    let mut refused = None;
    let mut unused: Vec<&Certificate> = others.iter().filter(|other| other.der != signer.der).collect();
    let mut reached = vec![signer];
    // Every certificate is reached once, over as few as possible: a chain can be no cheaper to make than to follow.
    for below in 0..=others.len() {
        let mut next = Vec::new();
        for certificate in reached {
            for known in trusted {
                match known.issued(certificate, below, at) {
                    Some(Ok(())) => return Ok(known),
                    Some(Err(error)) => refused = refused.or(Some(error)),
                    None => {}
                }
            }
            unused.retain(|other| match other.issued(certificate, below, at) {
                Some(Ok(())) => {
                    next.push(*other);
                    false
                }
                Some(Err(error)) => {
                    refused = refused.take().or(Some(error));
                    true
                }
                None => true,
            });
        }
        reached = next;
    }
    Err(refused.unwrap_or_else(|| {
        signer
            .refused(format!("it was issued by `{}`, and leads to no trusted certificate", signer.issuer()))
            .hint("`--trusted-certificate` takes that of the authority")
    }))
}
