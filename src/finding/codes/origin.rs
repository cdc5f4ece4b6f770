//! Codes of signatures, keys and certificates.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "certificate",
        "the certificate cannot be read",
        "It is no X.509 certificate in PEM, or in the DER that a signature holds.",
        "Give certificates as PEM: `openssl x509 -inform DER -in CERTIFICATE` writes that.",
    ),
    doc(
        "key-encrypted",
        "the private key is encrypted",
        "No passphrase is asked for, so that signing runs alike at a desk and in CI.",
        "Write the key without a passphrase where only the signer can read it: `openssl pkey -in KEY -out PLAIN`.",
    ),
    doc(
        "key-malformed",
        "the key cannot be read",
        "Its label says that it is a key, and its content is none: it was cut off or changed.",
        "Fetch the key again, or make a new one.",
    ),
    doc(
        "key-unsupported",
        "the key is of a kind that is not accepted",
        "Artifacts are signed by ECDSA over P-256 or P-384, which every verifier of the format knows.",
        "Make a key: `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem`, and \
         `openssl pkey -in key.pem -pubout` for the public one.",
    ),
    doc(
        "pem",
        "the file holds no PEM text",
        "Keys and certificates are read as PEM: Base64 between a line that begins and a line that ends.",
        "`openssl pkey -inform DER` and `openssl x509 -inform DER` write PEM.",
    ),
    doc(
        "signature-certificate",
        "the signer's certificate is not to be trusted",
        "It leads to no trusted certificate, was not valid, may not sign or may not issue others, or has a rule that is \
         not understood. Certificates have to be valid now, or at the time that `--signed-at` tells: the signature \
         itself does not say when it was made.",
        "Give the authority's certificate with `--trusted-certificate`. Do not use an artifact whose signer nobody \
         vouches for.",
    ),
    doc(
        "signature-key",
        "the signature names another key",
        "It holds the name or the certificate of a key other than the given one.",
        "Give the signer's key. If it is the signer's, the artifact was signed by someone else: do not use it.",
    ),
    doc(
        "signature-malformed",
        "the signature is not what its format demands",
        "It is no bundle of Sigstore with a statement of OpenSSF Model Signing, or its parts contradict each other.",
        "Fetch the signature again, or sign the artifact again.",
    ),
    doc(
        "signature-unsupported",
        "the signature is of a form that is not accepted",
        "Keyless signatures need Sigstore's log and its authorities, which are asked over the network. Digests other than \
         SHA-256, and of parts of files, are not those of manifest.yaml. Certificates have to be signed by ECDSA.",
        "Sign with a key or a certificate: `scorepack sign`, or `model_signing sign key`.",
    ),
    doc(
        "signature-wrong",
        "the signature is not of this key",
        "Content, signature and key do not belong together: one of them was changed or is another's.",
        "Fetch the artifact and its signature again. If they differ still, do not use the artifact.",
    ),
    doc(
        "signed-content",
        "the artifact is not what was signed",
        "A file differs from the signed one, is missing, was added, or was left out of the signature.",
        "Fetch the artifact again. If it was changed on purpose, its signer has to sign it again.",
    ),
    doc(
        "unsignable",
        "a file of the artifact cannot be signed",
        "Verifiers of the format pass over what belongs to git, and Python's compiled files are no part of an artifact: a \
         signature that left them out would say less than it seems.",
        "Remove them, and pack the artifact again where its manifest lists them.",
    ),
];
