//! Who signed an artifact: bundles, statements, keys and certificates from strangers.

use std::sync::OnceLock;

use scorepack::data::base64;
use scorepack::origin::{Bundle, Certificate, Origin, PrivateKey, PublicKey, Statement, Trust};
use serde_json::{Value, json};

use super::{Seed, files_below};

/// A time at which most certificates of the fixtures are valid, in seconds since 1970.
const AT: u64 = 1_780_272_000;
/// Certificates that are looked at: a chain holds no more.
const CERTIFICATES: usize = 18;

/// What the fixtures trust and hold.
struct Known {
    trusts: Vec<Trust>,
    /// Everything that somebody signed.
    payloads: Vec<Vec<u8>>,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let read = |name: &str| std::fs::read(super::fixture(&format!("signing/{name}"))).expect("a fixture");
        let mut trusts = vec![Trust::Nobody];
        trusts.extend(["p256", "p384"].map(|name| {
            Trust::Key(PublicKey::parse(&read(&format!("keys/{name}.pub"))).expect("a key of the fixtures"))
        }));
        let roots = Certificate::parse_all(&read("certificates/roots.pem")).expect("certificates of the fixtures");
        trusts.push(Trust::Authorities(roots, AT));
        let signed = files_below("signing/signatures")
            .into_iter()
            .filter_map(|path| Some(Bundle::parse(&std::fs::read(path).expect("a fixture")).ok()?.payload().to_vec()));
        Known { trusts, payloads: signed.collect() }
    })
}

/// A signature, or what one signs: proven is only what someone has signed.
pub fn signed(bytes: &[u8]) {
    statement(bytes);
    statement(&with_root(bytes).unwrap_or_default());
    let Ok(bundle) = Bundle::parse(bytes) else { return };
    statement(bundle.payload());
    for trust in &known().trusts {
        if let Ok(Origin::Proven(_)) = bundle.origin(trust) {
            assert!(known().payloads.iter().any(|known| known == bundle.payload()), "nobody signed this");
        }
    }
}

/// What is read is written and read again the same.
fn statement(payload: &[u8]) {
    let Ok(statement) = Statement::parse(payload) else { return };
    let written = statement.emit().expect("a statement is written");
    assert_eq!(Statement::parse(&written).expect("a statement that was written here"), statement);
}

/// A statement with the digest of all its files put right.
fn with_root(payload: &[u8]) -> Option<Vec<u8>> {
    let mut statement: Value = serde_json::from_slice(payload).ok()?;
    let resources = statement.get("predicate")?.get("resources")?.as_array()?;
    let digit = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let digests = resources.iter().filter_map(|resource| resource.get("digest")?.as_str());
    let bytes: Vec<u8> = digests.flat_map(|digest| digest.as_bytes().chunks(2).filter_map(digit)).collect();
    let root = scorepack::artifact::sha256(&bytes).to_string();
    *statement.get_mut("subject")?.get_mut(0)?.get_mut("digest")? = json!({"sha256": root});
    serde_json::to_vec(&statement).ok()
}

/// Keys and certificates: as text, and what stands in the text.
pub fn keys(bytes: &[u8]) {
    text(bytes);
    for label in ["CERTIFICATE", "PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY"] {
        text(pem(label, bytes).as_bytes());
    }
    chain(bytes);
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64::encode(der))
}

/// A key that is read signs, and its public half knows the signature.
fn text(text: &[u8]) {
    if let Ok(key) = PrivateKey::parse(text) {
        let signature = key.sign(b"message").expect("a key that was read signs");
        assert!(key.public().verifies(b"message", &signature) && !key.public().verifies(b"another", &signature));
    }
    if let Ok(key) = PublicKey::parse(text) {
        let _ = key.verifies(b"message", text);
        key.hint().expect("a key that was read is written");
    }
    for certificate in Certificate::parse_all(text).into_iter().flatten().take(CERTIFICATES) {
        let _ = (certificate.subject(), certificate.issuer(), certificate.key());
    }
}

/// Certificates one after the other as those of a signature, the last of them trusted: whatever the order, an end is found.
fn chain(bytes: &[u8]) {
    let certificates: Vec<&[u8]> = elements(bytes).filter(|der| Certificate::of_der(der).is_ok()).collect();
    let Some(Ok(last)) = certificates.last().map(|der| Certificate::of_der(der)) else { return };
    let raw: Vec<Value> = certificates.iter().map(|der| json!({"rawBytes": base64::encode(der)})).collect();
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"x509CertificateChain": {"certificates": raw}},
        "dsseEnvelope": {
            "payloadType": "application/vnd.in-toto+json", "payload": "", "signatures": [{"sig": ""}],
        },
    });
    if let Ok(bundle) = Bundle::parse(bundle.to_string().as_bytes()) {
        let trust = Trust::Authorities(vec![last], AT);
        assert!(bundle.origin(&trust).is_err(), "an empty signature is nobody's");
    }
}

/// The sequences of DER that follow each other.
fn elements(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = match *rest {
            [0x30, length @ 0..=0x7f, ..] => 2 + usize::from(length),
            [0x30, 0x81, length, ..] => 3 + usize::from(length),
            [0x30, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
            _ => return None,
        };
        let (element, others) = rest.split_at_checked(length)?;
        rest = others;
        Some(element)
    })
    .take(CERTIFICATES)
}

/// What stands in the text of the fixtures, and chains.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for path in files_below("signing") {
        let (Some(stem), Ok(bytes)) = (path.file_stem(), std::fs::read(&path)) else { continue };
        let mut seed = |target, bytes| {
            let name = format!("{}-{}", stem.to_string_lossy(), path.extension().unwrap_or_default().to_string_lossy());
            seeds.push(Seed { target, name, bytes });
        };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("sig") => {
                let payload = Bundle::parse(&bytes).map(|bundle| bundle.payload().to_vec());
                payload.into_iter().for_each(|payload| seed("signed", payload));
            }
            Some("pem" | "pub") => seed("keys", der_of(&bytes)),
            _ => {}
        }
    }
    seeds
}

/// The content of all blocks of a text.
fn der_of(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let blocks = text.split("-----BEGIN ").skip(1).filter_map(|block| block.split("-----").nth(1));
    blocks.filter_map(|digits| base64::decode(&digits.split_whitespace().collect::<String>()).ok()).flatten().collect()
}
