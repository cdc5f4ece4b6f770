//! Signatures that model-signing made (fixtures/signing), keys and certificates of every kind, and broken ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::pem;
use super::{Bundle, Certificate, Content, Origin, PrivateKey, PublicKey, Resource, Signer, Statement, Trust};
use crate::artifact::sha256;
use crate::error::{Error, Result};

/// 2026-06-01, in seconds since 1970: most certificates of the fixtures are valid.
const JUNE: u64 = 1_780_272_000;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/signing").join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn authorities(name: &str, at: u64) -> Trust {
    Trust::Authorities(Certificate::parse_all(&read(name)).unwrap(), at)
}

/// How model-signing was told to verify a signature, and what it said.
#[derive(serde::Deserialize)]
struct Case {
    key: Option<String>,
    trusted: Option<String>,
    taken: bool,
}

fn cases() -> BTreeMap<String, Case> {
    serde_json::from_slice(&read("expected.json")).unwrap()
}

fn trust(case: &Case) -> Result<Trust> {
    match (&case.key, &case.trusted) {
        (Some(key), _) => Ok(Trust::Key(PublicKey::parse(&read(key))?)),
        (None, Some(trusted)) => Ok(authorities(trusted, JUNE)),
        (None, None) => Ok(Trust::Nobody),
    }
}

fn verified(signature: &[u8], trust: &Trust) -> Result<(Origin, Statement)> {
    let bundle = Bundle::parse(signature)?;
    let origin = bundle.origin(trust)?;
    Ok((origin, Statement::parse(bundle.payload())?))
}

fn message(error: &Error) -> String {
    let place = error.place().map(|place| format!("{place}: ")).unwrap_or_default();
    format!("{} {place}{error}", error.code())
}

/// What is refused here, and why: first what model-signing refuses too, then what it takes.
const REFUSED: &[(&str, bool, &str)] = &[
    ("key-other", false, "signature-key the signature names the key [HEX], expected [HEX]"),
    (
        "no-usage",
        false,
        "signature-certificate certificate `CN=No usage,O=Example`: its key is not for digital signatures: expected the key usage digitalSignature",
    ),
    (
        "no-signing",
        false,
        "signature-certificate certificate `CN=No signing,O=Example`: its key is not for digital signatures: expected the key usage digitalSignature",
    ),
    (
        "no-middle",
        false,
        "signature-certificate certificate `CN=Release,O=Example`: it was issued by `CN=Middle,O=Example`, and leads to no trusted certificate",
    ),
    (
        "other-root",
        false,
        "signature-certificate certificate `CN=Release,O=Example`: its signature is not of the key of its issuer `CN=Root,O=Example`",
    ),
    ("no-authority", false, "signature-certificate certificate `CN=Middle,O=Example`: it may not issue certificates"),
    (
        "too-long",
        false,
        "signature-certificate certificate `CN=Middle,O=Example`: 1 authorities stand between it and the signer, more than it allows",
    ),
    (
        "unknown-critical",
        false,
        "signature-certificate certificate `CN=Strange,O=Example`: it has the extension 1.3.6.1.4.1.99999.1, which is not understood here",
    ),
    (
        "self-signed",
        false,
        "signature-certificate certificate `CN=Alone,O=Example`: it was issued by `CN=Alone,O=Example`, and leads to no trusted certificate",
    ),
    (
        "shards",
        false,
        "signature-unsupported `predicate`, `serialization`: expected the method `files`, found `shards`: its digests are of parts of files",
    ),
    ("key-p521", true, "key-unsupported expected an ECDSA key over P-256 or P-384, found ECDSA over P-521"),
    (
        "blake3",
        true,
        "signature-unsupported `predicate`, `serialization`: expected SHA-256 digests, which manifest.yaml lists too, found `blake3`",
    ),
    (
        "expired",
        true,
        "signature-certificate certificate `CN=Expired,O=Example`: it is not valid after 2025-03-01T00:00:00Z",
    ),
    (
        "future",
        true,
        "signature-certificate certificate `CN=Future,O=Example`: it is not valid before 2044-01-01T00:00:00Z",
    ),
    (
        "other-purpose",
        true,
        "signature-certificate certificate `CN=Web,O=Example`: its purposes are told, and signing code is none of them",
    ),
    (
        "other-purpose-above",
        true,
        "signature-certificate certificate `CN=Web authority,O=Example`: its purposes are told, and signing code is none of them",
    ),
    (
        "bounded",
        true,
        "signature-certificate certificate `CN=Bounded,O=Example`: it has the extension 2.5.29.30, which is not understood here",
    ),
    (
        "rsa-root",
        true,
        "key-unsupported certificate `CN=RSA root,O=Example`: expected an ECDSA key over P-256 or P-384, found RSA",
    ),
];

#[test]
fn signatures_of_model_signing_are_taken_or_refused_by_name() {
    let folder: Vec<Resource> = ["a.txt", "empty", "sub.txt", "sub/b.txt"]
        .map(|name| Resource { name: name.into(), sha256: sha256(&read(&format!("model/{name}"))) })
        .into();
    let mut taken = 0;
    for (name, case) in cases() {
        let result = trust(&case).and_then(|trust| verified(&read(&format!("signatures/{name}.sig")), &trust));
        let refused = REFUSED.iter().find(|(refused, ..)| *refused == name);
        match (result, refused) {
            (Ok((Origin::Proven(_), statement)), None) => {
                taken += 1;
                assert!(case.taken, "{name}: model-signing refuses it");
                match statement.content {
                    Content::File(digest) => assert_eq!((name.as_str(), digest), ("file", folder[0].sha256)),
                    Content::Folder { files, ignored } if name == "ignored" => {
                        assert_eq!(files, folder[..3]);
                        assert!(ignored.contains(&"sub".to_owned()), "{ignored:?}");
                    }
                    Content::Folder { files, .. } => assert_eq!(files, folder, "{name}"),
                }
            }
            (Err(error), Some((_, taken, expected))) => {
                let found = message(&error);
                let hex = |word: &str| word.trim_end_matches(',').len() == 64;
                let words: Vec<&str> = found
                    .split(' ')
                    .map(|w| if hex(w) { if w.ends_with(',') { "[HEX]," } else { "[HEX]" } } else { w })
                    .collect();
                assert_eq!((words.join(" ").as_str(), case.taken), (*expected, *taken), "{name}");
            }
            (result, _) => panic!("{name}: {result:?}"),
        }
    }
    assert_eq!((taken, REFUSED.len()), (10, 18));
}

#[test]
fn certificates_count_at_the_time_of_signing() {
    for (name, at, is_valid) in [
        // 2025-02-01 to 2025-03-01, to the second.
        ("expired", 1_738_368_000, true),
        ("expired", 1_738_367_999, false),
        ("expired", 1_740_787_200, true),
        ("expired", 1_740_787_201, false),
        // The authorities begin on 2025-01-01 and end on 2045-01-01.
        ("chain", 1_735_689_600, true),
        ("chain", 1_735_689_599, false),
        ("chain", 2_366_841_600, true),
        ("chain", 2_366_841_601, false),
    ] {
        let signature = read(&format!("signatures/{name}.sig"));
        assert_eq!(verified(&signature, &authorities("certificates/root.pem", at)).is_ok(), is_valid, "{name} {at}");
    }
}

#[test]
fn who_signed_is_proven_only_to_whom_trusts_somebody() {
    let key = Trust::Key(PublicKey::parse(&read("keys/p256.pub")).unwrap());
    let other = Trust::Key(PublicKey::parse(&read("keys/other.pub")).unwrap());
    let roots = authorities("certificates/roots.pem", JUNE);
    let origin = |name: &str, trust: &Trust| Bundle::parse(&read(name)).unwrap().origin(trust);
    let (bare, chain) = ("signatures/key-p256.sig", "signatures/chain.sig");
    let hint = PublicKey::parse(&read("keys/p256.pub")).unwrap().hint().unwrap();
    assert_eq!(origin(bare, &key).unwrap(), Origin::Proven(format!("the P-256 key {hint}")));
    assert_eq!(origin(bare, &Trust::Nobody).unwrap(), Origin::Claimed(format!("the key {hint}")));
    assert_eq!(origin(bare, &other).unwrap_err().code(), "signature-key");
    assert_eq!(origin(bare, &roots).unwrap_err().code(), "signature-key");
    let vouched = "`CN=Release,O=Example`, whom `CN=Root,O=Example` vouches for";
    assert_eq!(origin(chain, &roots).unwrap(), Origin::Proven(vouched.into()));
    assert_eq!(origin(chain, &Trust::Nobody).unwrap(), Origin::Claimed("`CN=Release,O=Example`".into()));
    // The key of a certificate is a key like any other.
    assert_eq!(origin(chain, &key).unwrap(), Origin::Proven(format!("the P-256 key {hint}")));
    assert_eq!(origin(chain, &other).unwrap_err().code(), "signature-key");
    // Trust in the signer's own certificate, and in one between.
    for trusted in ["certificates/chain.pem", "certificates/chain-others.pem"] {
        assert!(matches!(origin(chain, &authorities(trusted, JUNE)).unwrap(), Origin::Proven(_)), "{trusted}");
    }
}

#[test]
fn keys_of_every_form_sign_alike_and_others_are_refused_by_name() {
    let statement = Statement::of_file("a", sha256(b"a")).emit().unwrap();
    let signed = |name: &str| {
        let key = PrivateKey::parse(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Signer::new(key, Vec::new()).unwrap().sign(&statement).unwrap()
    };
    for (pkcs8, sec1, public) in [
        ("keys/p256.pem", "keys/p256-sec1.pem", "keys/p256.pub"),
        ("keys/p384.pem", "keys/p384-sec1.pem", "keys/p384.pub"),
    ] {
        let signature = signed(pkcs8);
        assert_eq!(signature, signed(pkcs8), "twice the same");
        assert_eq!(signature, signed(sec1), "{sec1}");
        let trust = Trust::Key(PublicKey::parse(&read(public)).unwrap());
        let (_, statement) = verified(&signature, &trust).unwrap();
        assert_eq!(statement, Statement::of_file("a", sha256(b"a")));
    }
    let expected = "expected an ECDSA key over P-256 or P-384, found";
    for (name, message) in [
        ("keys/encrypted.pem", "the private key is encrypted, and no passphrase is asked for".to_owned()),
        ("keys/encrypted-sec1.pem", "the private key is encrypted, and no passphrase is asked for".to_owned()),
        ("keys/p521.pem", format!("{expected} ECDSA over P-521")),
        ("keys/secp256k1.pem", format!("{expected} ECDSA over secp256k1")),
        ("keys/secp256k1-sec1.pem", format!("{expected} ECDSA over secp256k1")),
        ("keys/rsa.pem", format!("{expected} RSA")),
        ("keys/ed25519.pem", format!("{expected} Ed25519")),
        ("keys/p256.pub", format!("{expected} a block `PUBLIC KEY`")),
        ("certificates/root.pem", format!("{expected} a block `CERTIFICATE`")),
    ] {
        assert_eq!(PrivateKey::parse(&read(name)).unwrap_err().to_string(), message, "{name}");
    }
    for (name, message) in [
        ("keys/p256.pem", "expected a public key, found a private one".to_owned()),
        ("certificates/root.pem", format!("{expected} a certificate")),
        ("certificates/roots.pem", "expected one public key, found 3".to_owned()),
        ("keys/ed25519.pub", format!("{expected} Ed25519")),
        ("keys/rsa.pub", format!("{expected} RSA")),
    ] {
        assert_eq!(PublicKey::parse(&read(name)).unwrap_err().to_string(), message, "{name}");
    }
}

#[test]
fn a_certificate_signs_only_with_its_own_key() {
    let key = |name: &str| PrivateKey::parse(&read(name)).unwrap();
    let certificates = |name: &str| Certificate::parse_all(&read(name)).unwrap();
    let error = Signer::new(key("keys/other.pem"), certificates("certificates/chain.pem")).unwrap_err();
    assert_eq!(error.to_string(), "the certificate `CN=Release,O=Example` is not of the private key");
    let error = Signer::new(key("keys/p256.pem"), certificates("certificates/no-signing.pem")).unwrap_err();
    assert_eq!(error.code(), "signature-certificate");
    let mut chain = certificates("certificates/chain.pem");
    chain.extend(certificates("certificates/chain-others.pem"));
    let signature =
        Signer::new(key("keys/p256.pem"), chain).unwrap().sign(&Statement::of_file("a", sha256(b"a")).emit().unwrap());
    assert!(verified(&signature.unwrap(), &authorities("certificates/root.pem", JUNE)).is_ok());
}

/// A text with one bit of each fifth byte turned over: more take long where nothing is optimised.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).step_by(5).map(move |at| {
        let mut broken = bytes.to_vec();
        broken[at] ^= 1 << (at % 8);
        broken
    })
}

#[test]
fn broken_signatures_never_prove_anything_else() {
    for (name, trust) in [
        ("signatures/key-p256.sig", Trust::Key(PublicKey::parse(&read("keys/p256.pub")).unwrap())),
        ("signatures/chain.sig", authorities("certificates/root.pem", JUNE)),
    ] {
        let whole = read(name);
        let (_, proven) = verified(&whole, &trust).unwrap();
        for length in 0..whole.len() {
            assert!(Bundle::parse(&whole[..length]).is_err(), "{name}: the first {length} bytes");
        }
        let (mut refused, mut same) = (0, 0);
        for broken in flipped(&whole) {
            match verified(&broken, &trust) {
                // What is not signed may be another: the key's name, a certificate that is not needed.
                Ok((Origin::Proven(_), statement)) => {
                    assert_eq!(statement, proven, "{name}");
                    same += 1;
                }
                Ok((origin, _)) => panic!("{name}: {origin:?}"),
                Err(_) => refused += 1,
            }
        }
        println!("{name}: {refused} refused, {same} prove the same");
        assert!(refused > 9 * same, "{name}: {refused} refused, {same} prove the same");
    }
}

#[test]
fn broken_keys_and_certificates_are_refused_or_read() {
    for name in [
        "keys/p256.pem",
        "keys/p384-sec1.pem",
        "keys/encrypted-sec1.pem",
        "keys/p384.pub",
        "certificates/bounded-others.pem",
    ] {
        let whole = read(name);
        let truncated = (0..whole.len()).map(|length| whole[..length].to_vec());
        for broken in truncated.chain(flipped(&whole)) {
            // Whatever comes out: nothing may panic, and a private key is never in a message.
            for error in [
                PrivateKey::parse(&broken).err(),
                PublicKey::parse(&broken).err(),
                Certificate::parse_all(&broken).err(),
            ] {
                assert!(error.is_none_or(|error| error.to_string().len() < 300), "{name}");
            }
        }
    }
}

/// A bundle with one thing put in the place of another.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(read("signatures/key-p256.sig")).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn what_a_bundle_must_not_be() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    for (from, to, expected) in [
        (
            "v0.3+json",
            "v0.2+json",
            "signature-unsupported `mediaType`: expected `application/vnd.dev.sigstore.bundle.v0.3+json`, found `application/vnd.dev.sigstore.bundle.v0.2+json`",
        ),
        (
            "in-toto+json",
            "in-toto+yaml",
            "signature-malformed `dsseEnvelope`, `payloadType`: expected `application/vnd.in-toto+json`, found `application/vnd.in-toto+yaml`",
        ),
        (
            "\"publicKey\"",
            "\"certificate\"",
            "signature-unsupported `verificationMaterial`: a keyless signature is verified against Sigstore's own authorities and log",
        ),
        (
            "\"publicKey\":{",
            "\"publicKey\":{\"hint\":1,",
            "duplicate-key the object at byte 98: the key `hint` stands twice",
        ),
        (
            "\"tlogEntries\":[]",
            &format!("\"tlogEntries\":{deep}"),
            "limit byte 313: 129 levels exceed the limit `document-depth` of 128",
        ),
        (
            "\"signatures\":[{",
            "\"signatures\":[{},{",
            "signature-malformed `dsseEnvelope`, `signatures`: expected one signature, found 2",
        ),
        (
            "\"publicKey\":{",
            "\"x509CertificateChain\":{\"certificates\":[]},\"publicKey\":{",
            "signature-malformed `verificationMaterial`, `x509CertificateChain`: expected a certificate, found none",
        ),
        (
            "\"publicKey\":{",
            "\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"MAA=\"}]},\"publicKey\":{",
            "certificate `verificationMaterial`, `x509CertificateChain`, `certificates`, `rawBytes`: the certificate is malformed: ",
        ),
    ] {
        let error = Bundle::parse(&changed(from, to)).unwrap_err();
        assert!(message(&error).starts_with(expected), "{}\n{expected}", message(&error));
    }
}

#[test]
fn what_a_statement_must_not_be() {
    let key = PrivateKey::parse(&read("keys/p256.pem")).unwrap();
    let trust = Trust::Key(key.public());
    let signer = Signer::new(key, Vec::new()).unwrap();
    let files = ["a", "b"].map(|name| Resource { name: name.into(), sha256: sha256(name.as_bytes()) }).to_vec();
    let statement = String::from_utf8(Statement::of_folder("m", files).emit().unwrap()).unwrap();
    let a = sha256(b"a").to_string();
    for (from, to, expected) in [
        (
            "in-toto.io/Statement/v1",
            "in-toto.io/Statement/v0.1",
            "signature-malformed expected `https://in-toto.io/Statement/v1`, found `https://in-toto.io/Statement/v0.1`",
        ),
        (
            "model_signing/signature/v1.0",
            "model_signing/Digests/v0.1",
            "signature-unsupported a signature from before version 1.0 does not say which files were left out",
        ),
        (
            "model_signing/signature/v1.0",
            "slsa.dev/provenance/v1",
            "signature-malformed expected `https://model_signing/signature/v1.0`, found `https://slsa.dev/provenance/v1`",
        ),
        ("\"subject\":[", "\"subject\":[{},", "signature-malformed expected one subject, found 2"),
        (&a, &sha256(b"c").to_string(), "signature-malformed the digest of all files is"),
        (&a, &a.to_uppercase(), "signature-malformed expected 64 lower-case hexadecimal digits, found 64 bytes"),
        ("\"name\":\"b\"", "\"name\":\"a\"", "signature-malformed the file `a` stands twice"),
        ("\"name\":\"b\"", "\"name\":\"../b\"", "member-name the name \"../b\" has a component `.` or `..`"),
        ("\"name\":\"b\"", "\"name\":\"/b\"", "member-name the name \"/b\" has an empty component"),
        ("\"name\":\"b\"", "\"name\":\".\"", "member-name the name \".\" has a component `.` or `..`"),
        (
            "\"algorithm\":\"sha256\"",
            "\"algorithm\":\"md5\"",
            "signature-unsupported expected SHA-256 digests, which manifest.yaml lists too, found `md5`",
        ),
        ("\"ignore_paths\":[", "\"ignore_paths\":[7,", "document-value expected"),
        ("\"subject\"", "\"subject\":[],\"subject\"", "duplicate-key the key `subject` stands twice"),
    ] {
        assert!(statement.contains(from), "{from}");
        let signature = signer.sign(statement.replacen(from, to, 1).as_bytes()).unwrap();
        let error = verified(&signature, &trust).unwrap_err();
        let found = format!("{} {error}", error.code());
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

/// A value of DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let head = if content.len() < 128 { vec![tag, length[3]] } else { [&[tag, 0x84][..], &length].concat() };
    // The shortest form of the length is the only one.
    let short = |from: usize| [&[tag, 0x80 + 4 - from as u8], &length[from..]].concat();
    let head = match content.len() {
        0..128 => head,
        128..256 => short(3),
        256..65_536 => short(2),
        65_536..16_777_216 => short(1),
        _ => head,
    };
    [head, content.to_vec()].concat()
}

/// A certificate with extensions that nobody knows; it is signed by nobody.
fn with_extensions(count: u32) -> Vec<u8> {
    let key = pem::blocks(&read("keys/p256.pub")).unwrap().remove(0).der;
    let extension = |number: u32| {
        let id =
            [0x2a, 0x03, 0x80 | (number >> 14 & 127) as u8, 0x80 | (number >> 7 & 127) as u8, (number & 127) as u8];
        der(0x30, &[der(6, &id), der(4, b"")].concat())
    };
    let extensions: Vec<u8> = (1 << 20..(1 << 20) + count).flat_map(extension).collect();
    let algorithm = der(0x30, &der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]));
    let name = der(0x30, &der(0x31, &der(0x30, &[der(6, &[0x55, 4, 3]), der(12, b"a")].concat())));
    let dates = der(0x30, &[der(0x17, b"250101000000Z"), der(0x17, b"350101000000Z")].concat());
    let parts = [
        der(0xa0, &der(2, &[2])),
        der(2, &[1]),
        algorithm.clone(),
        name.clone(),
        dates,
        name,
        key,
        der(0xa3, &der(0x30, &extensions)),
    ];
    let signature = der(3, &[&[0][..], &der(0x30, &[der(2, &[1]), der(2, &[1])].concat())].concat());
    der(0x30, &[der(0x30, &parts.concat()), algorithm, signature].concat())
}

#[test]
fn a_certificate_has_no_more_extensions_than_any_in_use() {
    assert!(Certificate::of_der(&with_extensions(100)).is_ok());
    for count in [101, 60_000] {
        let error = Certificate::of_der(&with_extensions(count)).unwrap_err();
        assert!(error.to_string().contains("the certificate is malformed"), "{count}: {error}");
    }
}
