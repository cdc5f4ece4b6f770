//! Codes of the command line, of limits and of this tool itself.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "code-path",
        "what should ride along cannot",
        "Code and files that ride along are copied as they are: regular files below the path that was given. A symbolic \
         link leads elsewhere, a module without `.py` or `__init__.py` cannot be imported, and two files cannot have one \
         place.",
        "Give the files or folders themselves, each under a name of its own.",
    ),
    doc(
        "internal",
        "a defect in scorepack",
        "Something happened that this version of scorepack holds to be impossible. Nothing was written. The exit code \
         is 70, so that it is never mistaken for a verdict on the file.",
        "Report it with the command and, if you can, the file. `RUST_BACKTRACE=1` prints where it happened.",
    ),
    doc(
        "io",
        "a path could not be read or written",
        "The operating system refused to open, read or write the path that the message names. Nothing was concluded \
         about the content.",
        "Check the path, its permissions and the free space, then run the command again.",
    ),
    doc(
        "limit",
        "a ceiling on what is read was reached",
        "Every count in a file is held against a ceiling before memory is taken or work is done for it, so that no \
         file can exhaust the machine. The message names the count, the ceiling and its value.",
        "If the file is trusted and really that large, raise the ceiling for this run with `--limit NAME=VALUE`; else \
         find out who made it.",
    ),
    doc(
        "not-applicable",
        "the option means nothing here",
        "The option is one that a platform's own package takes, or that another platform takes, and here it would change \
         nothing. It is refused so that nobody relies on it.",
        "Leave the option out; the message says what does the same, if anything does.",
    ),
    doc(
        "unknown-code",
        "no such code",
        "`scorepack rule` knows the code of every finding and error of this version, and the one given is not among \
         them.",
        "Copy the code from the brackets of the message, or list all of them with `scorepack rule`.",
    ),
    doc(
        "unknown-format",
        "no such data format",
        "The name given as the format of rows is not one that this version reads or writes.",
        "Use one of the formats that the message lists.",
    ),
    doc(
        "unknown-layout",
        "no such layout",
        "A platform's artifacts can be laid out in the ways that the message lists; the name given is none of them.",
        "Use one of them, or leave `--layout` out for the usual one.",
    ),
    doc(
        "unknown-limit",
        "no such limit",
        "`--limit` names a ceiling that does not exist; a mistyped ceiling would otherwise silently keep its value.",
        "Use one of the names that the message lists.",
    ),
    doc(
        "unknown-method",
        "the model has no such method",
        "A method is called by the framework's own name, and this model offers no method of the name given: a \
         regressor has no `predict_proba`, for instance.",
        "Use one of the methods that the message lists; `scorepack inspect` shows what each returns.",
    ),
    doc(
        "unknown-platform-limit",
        "no such limit of a platform",
        "The settings give a value for a limit that this profile does not have, so it would change nothing.",
        "Use one of the limits that the message lists.",
    ),
    doc(
        "unknown-profile",
        "the platform has no such profile",
        "A profile is a platform's limits as of a date. The one named does not exist for the artifact's platform.",
        "Use one of the profiles that the message lists, or leave out `--profile` for the newest.",
    ),
    doc(
        "unknown-target",
        "no such platform",
        "The artifact or the command line names a platform whose files and rules this version does not know.",
        "Use one of the platforms that the message lists with `--target`, or a version of scorepack that knows the \
         platform.",
    ),
    doc(
        "usage",
        "the command line is wrong",
        "An option has a value that it does not take, or two options do not go together. Nothing was read or written.",
        "Correct the option that the message names; `scorepack help COMMAND` describes all of them.",
    ),
];
