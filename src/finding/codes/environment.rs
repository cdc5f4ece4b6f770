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
        "environment-missing",
        "a required package is not installed",
        "The artifact's requirements name a package that the environment does not hold. Loading the model there would \
         fail.",
        "Install what the file asks for, or give the environment that the artifact is meant for.",
    ),
    doc(
        "environment-python",
        "the environment has another Python",
        "The artifact asks for a Python version, and the environment's interpreter is of another minor version. \
         Compiled packages are built for one minor version, and pickles may not load with another.",
        "Make the environment with the required Python, or build the artifact with `--python-version`.",
    ),
    doc(
        "environment-unread",
        "a requirement cannot be judged",
        "A line of the artifact's requirements asks for more than a package and its versions, or the environment does \
         not tell what it holds. The proof is then not proven: nothing was concluded about this line.",
        "Write the requirement as a package with its versions, or look after it by hand.",
    ),
    doc(
        "environment-version",
        "a required package has another version",
        "The environment holds the package in a version that the artifact's requirements do not take. A model may load \
         there and predict something else.",
        "Install what the file asks for, or give the environment that the artifact is meant for.",
    ),
    doc(
        "not-an-environment",
        "the path holds no Python environment",
        "Neither an interpreter's settings nor installed packages were found there: no `pyvenv.cfg`, no `conda-meta`, \
         no `lib/pythonX.Y/site-packages`, no `.dist-info`.",
        "Give the folder of a virtual environment or of a conda environment, or a site-packages folder.",
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
