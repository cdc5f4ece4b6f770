//! Codes of Python environments: requirements, versions.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "conda-requirement",
        "conda has no syntax for the requirement",
        "A requirement for conda is a package with comparisons, after its channel if need be. Markers, extras, URLs, \
         `~=`, `===` and `!=` belong to pip; the registry refuses them, some only after the upload.",
        "Write the requirement as the hint says, or require the package from pip.",
    ),
    doc(
        "requirement",
        "a requirement cannot be read",
        "Requirements are written as PEP 508 says: a name, extras in brackets, comparisons between commas, a marker \
         after `;`. The message names the character where the text departs from it.",
        "Correct the requirement: `name[extra]>=1.0,<2; python_version < \"3.12\"`.",
    ),
    doc(
        "reserved-requirement",
        "what is no package is required as one",
        "The registry takes the versions of Python and of CUDA as arguments of their own and refuses them among the \
         packages.",
        "Leave it out of the requirements; the hint names the option.",
    ),
    doc(
        "version",
        "a version cannot be read",
        "Versions are written as PEP 440 says: numbers with dots, then perhaps a pre-release, a post-release, a \
         development release and a local label. Versions that are not cannot be compared.",
        "Write the version as the hint says: `1.26.4`, `2.0rc1`, `1.0.post1`.",
    ),
];
