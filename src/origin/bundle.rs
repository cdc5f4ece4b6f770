//! A signature as a file: a bundle of Sigstore (version 0.3) with what was signed, the signature, and the key's name or
//! certificates.

use serde_json::{Value, json};

use super::certificate::{Certificate, lead_to};
use super::envelope::{self, PAYLOAD_TYPE};
use super::key::{PrivateKey, PublicKey};
use super::statement::{malformed, shown, unsupported};
use crate::data::base64;
use crate::encoding::document::{Document, Object};
use crate::encoding::json::{self, Nonfinite};
use crate::error::{Error, Result};
use crate::limits;

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A signature that was read; whose it is, and of what, is for [`Bundle::origin`] to say.
#[derive(Debug, Clone)]
pub struct Bundle {
    material: Material,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// How the bundle names the key.
#[derive(Debug, Clone)]
enum Material {
    /// By a digest; older bundles name none.
    Key(Option<String>),
    /// By the certificate of the signer, and further ones.
    Certificates(Box<Certificate>, Vec<Certificate>),
}

/// Whom the user trusts.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Nobody was named.
    Nobody,
    /// The owner of a key.
    Key(PublicKey),
    /// Whoever has a certificate that leads to one of these, all of them valid at a time, in seconds since 1970.
    Authorities(Vec<Certificate>, u64),
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Someone whom the user trusts.
    Proven(String),
    /// Whom the signature names; anyone could have written it.
    Claimed(String),
}

impl Bundle {
    /// Reads a bundle.
    pub fn parse(bytes: &[u8]) -> Result<Bundle> {
        limits::SIGNATURE_BYTES.check_len(bytes.len())?;
        let document = json::read(bytes, Nonfinite::Refused)?;
        let bundle = document.object()?;
        bundle.read("mediaType", |value| match value.text()? {
            MEDIA_TYPE => Ok(()),
            other => Err(unsupported(format!("expected `{MEDIA_TYPE}`, found `{}`", shown(other)))),
        })?;
        let material = bundle.read("verificationMaterial", |value| Material::parse(value.object()?))?;
        let (payload, signature) = bundle.read("dsseEnvelope", |value| envelope(value.object()?))?;
        Ok(Bundle { material, payload, signature })
    }

    /// The statement that was signed; it means nothing before [`Bundle::origin`].
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Who signed. A signature that is not of the key that it should be of is an error.
    pub fn origin(&self, trust: &Trust) -> Result<Origin> {
        match (trust, &self.material) {
            (Trust::Key(key), material) => {
                material.check_key(key)?;
                self.check(key)?;
                Ok(Origin::Proven(format!("the {} key {}", key.curve(), key.hint()?)))
            }
            (Trust::Authorities(trusted, at), Material::Certificates(signer, others)) => {
                let authority = lead_to(signer, others, trusted, *at)?;
                self.check(&signer.key()?)?;
                Ok(Origin::Proven(format!("`{}`, whom `{}` vouches for", signer.subject(), authority.subject())))
            }
            (Trust::Authorities(..), Material::Key(_)) => {
                let message = "expected the signer's certificate, found the name of a bare key";
                Err(Error::malformed("signature-key", message).hint("`--public-key` takes that key"))
            }
            // Without trust the signature still has to be of the certificate that came with it.
            (Trust::Nobody, Material::Certificates(signer, _)) => {
                self.check(&signer.key()?)?;
                Ok(Origin::Claimed(format!("`{}`", signer.subject())))
            }
            (Trust::Nobody, Material::Key(hint)) => {
                Ok(Origin::Claimed(format!("the key {}", hint.as_deref().unwrap_or("that it does not name"))))
            }
        }
    }

    fn check(&self, key: &PublicKey) -> Result<()> {
        if key.verifies(&envelope::signed_bytes(&self.payload), &self.signature) {
            return Ok(());
        }
        let message = format!("the signature is not of this {} key, or not of this content", key.curve());
        Err(Error::malformed("signature-wrong", message)
            .hint("the signature was changed, or it was made with another key: do not use the artifact"))
    }
}

impl Material {
    fn parse(material: &Object<'_>) -> Result<Material> {
        if material.get("certificate").is_some() {
            let message = "a keyless signature is verified against Sigstore's own authorities and log";
            return Err(unsupported(message)
                .hint("their keys come from the network: `model_signing verify sigstore` asks there"));
        }
        if material.get("x509CertificateChain").is_some() {
            return material.read("x509CertificateChain", |chain| {
                let mut chain = chain.object()?.read("certificates", certificates)?.into_iter();
                let signer = chain.next().ok_or_else(|| malformed("expected a certificate, found none"))?;
                Ok(Material::Certificates(Box::new(signer), chain.collect()))
            });
        }
        material.read("publicKey", |key| match key.object()?.get("hint") {
            Some(Document::Null) | None => Ok(Material::Key(None)),
            Some(hint) => Ok(Material::Key(Some(shown(hint.text()?)))),
        })
    }

    /// Whether the bundle names a key, or no key at all.
    fn check_key(&self, key: &PublicKey) -> Result<()> {
        let expected = key.hint()?;
        let found = match self {
            Material::Key(None) => return Ok(()),
            Material::Key(Some(hint)) => hint.clone(),
            Material::Certificates(signer, _) => signer.key()?.hint()?,
        };
        if found == expected {
            return Ok(());
        }
        let message = format!("the signature names the key {found}, expected {expected}");
        Err(Error::malformed("signature-key", message).hint("give the signer's key, or do not use the artifact"))
    }
}

fn certificates(value: &Document<'_>) -> Result<Vec<Certificate>> {
    let items = value.items()?;
    limits::CHAIN_CERTIFICATES.check_len(items.len())?;
    items.iter().map(|item| item.object()?.read("rawBytes", |raw| Certificate::of_der(&bytes(raw)?))).collect()
}

fn bytes(value: &Document<'_>) -> Result<Vec<u8>> {
    base64::decode(value.text()?)
}

/// The payload and its only signature.
fn envelope(envelope: &Object<'_>) -> Result<(Vec<u8>, Vec<u8>)> {
    envelope.read("payloadType", |value| match value.text()? {
        PAYLOAD_TYPE => Ok(()),
        other => Err(malformed(format!("expected `{PAYLOAD_TYPE}`, found `{}`", shown(other)))),
    })?;
    let payload = envelope.read("payload", bytes)?;
    let signature = envelope.read("signatures", |value| match value.items()? {
        [one] => one.object()?.read("sig", bytes),
        more => Err(malformed(format!("expected one signature, found {}", more.len()))),
    })?;
    Ok((payload, signature))
}

/// Whoever signs: a key, and where there are some the certificate for it and those that lead to an authority.
#[derive(Debug, Clone)]
pub struct Signer {
    key: PrivateKey,
    certificates: Vec<Certificate>,
}

impl Signer {
    /// A signer; the first certificate must be the key's, and allow signing.
    pub fn new(key: PrivateKey, certificates: Vec<Certificate>) -> Result<Signer> {
        limits::CHAIN_CERTIFICATES.check_len(certificates.len())?;
        if let Some(own) = certificates.first() {
            if own.key()? != key.public() {
                let message = format!("the certificate `{}` is not of the private key", own.subject());
                return Err(Error::usage("signature-key", message));
            }
            own.check_signs()?;
        }
        Ok(Signer { key, certificates })
    }

    /// Who signs, in words.
    pub fn name(&self) -> Result<String> {
        Ok(match self.certificates.first() {
            Some(own) => format!("`{}`", own.subject()),
            None => format!("the {} key {}", self.key.public().curve(), self.key.public().hint()?),
        })
    }

    /// A bundle with a statement and its signature, as JSON in one line.
    pub fn sign(&self, payload: &[u8]) -> Result<Vec<u8>> {
        let material = match self.certificates.as_slice() {
            [] => json!({"publicKey": {"hint": self.key.public().hint()?}, "tlogEntries": []}),
            some => {
                let raw = |certificate: &Certificate| json!({"rawBytes": base64::encode(certificate.der())});
                let chain: Vec<Value> = some.iter().map(raw).collect();
                json!({"x509CertificateChain": {"certificates": chain}, "tlogEntries": []})
            }
        };
        let envelope = envelope::seal(payload, &self.key, "")?;
        let bundle = json!({"mediaType": MEDIA_TYPE, "verificationMaterial": material, "dsseEnvelope": envelope});
        let mut text = serde_json::to_vec(&bundle)
            .map_err(|error| Error::internal(format!("the signature is no JSON: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }
}
