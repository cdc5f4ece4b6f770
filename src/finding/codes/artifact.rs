//! Codes of artifacts: their files, their score module, their proofs.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "abi-version",
        "the score module has another contract",
        "The module was made for a version of the contract between module and host that this version does not know \
         (docs/abi.md).",
        "Build the artifact again, or use the version of scorepack that made it.",
    ),
    doc(
        "artifact-digest",
        "this is not the artifact that was asked for",
        "An artifact's digest is the SHA-256 of its manifest, which lists the digest of every other file. It differs \
         from the one given with `--digest`.",
        "Fetch the artifact again from where it was registered. If it differs still, do not use it: someone replaced \
         it.",
    ),
    doc(
        "changed-while-packed",
        "a file changed while it was packed",
        "A file had another size or digest when it was written than when it was listed: something wrote to it in \
         between. Nothing was published.",
        "Stop what writes to the directory and pack again.",
    ),
    doc(
        "engine-without-module",
        "score.py has nothing to run",
        "Without a score module only the framework itself can predict, and `--engine native` was not asked for.",
        "Add `--engine native`, or leave out `--no-score-module`.",
    ),
    doc(
        "file-changed",
        "a file is not the one that the manifest lists",
        "Its size or SHA-256 differs: it was edited after packing, damaged or replaced.",
        "Restore the file; or run `scorepack pack` on the directory to take the change in and mark it as edited.",
    ),
    doc(
        "file-edited",
        "a person edited or added this file",
        "`scorepack pack` took the change in. The file is what the manifest lists, but it was not generated, so the \
         sandbox proof does not cover what it does.",
        "Nothing, if the change is meant. Review the file as any other code before it is deployed.",
    ),
    doc(
        "file-missing",
        "a file of the manifest is not there",
        "The manifest lists a file that the artifact does not hold: it was removed after packing.",
        "Restore the file, or build the artifact again.",
    ),
    doc(
        "file-unlisted",
        "a file is not in the manifest",
        "Nothing vouches for a file that the manifest does not list, and a platform would deploy it with the others.",
        "Remove it, or run `scorepack pack` on the directory to take it in.",
    ),
    doc(
        "manifest",
        "the manifest contradicts itself",
        "It names a file that it does not list, lists files out of order, or says another digest for the score module \
         than for its file.",
        "Do not edit manifest.yaml: run `scorepack pack` on the directory, or build the artifact again.",
    ),
    doc(
        "manifest-format",
        "the manifest is of another version",
        "Another version of scorepack wrote it, in a form that this one does not know.",
        "Use the version of scorepack that the manifest names, or build the artifact again.",
    ),
    doc(
        "member-missing",
        "the artifact lacks a file that is needed",
        "A file that a proof, a rule or a prediction needs is not in the artifact.",
        "Restore the file, or build the artifact again.",
    ),
    doc(
        "member-name",
        "the name of a file cannot stand in an artifact",
        "Names that leave the directory, differ only in case or in Unicode form, or are reserved on some system would \
         be other files elsewhere.",
        "Rename the file: letters, digits, `.`, `_` and `-` are safe everywhere.",
    ),
    doc(
        "metrics",
        "the metrics cannot be read",
        "metrics.json beside a partition's model file is no JSON object.",
        "Write an object of names and numbers, or remove the file.",
    ),
    doc(
        "model-filename",
        "it is not clear which file is the model",
        "A folder of partitions has one model file in each: the only one called `model.*`, or the one that \
         `--model-filename` names.",
        "Name the file with `--model-filename`, or put the missing one there.",
    ),
    doc(
        "module-profile",
        "the module is not one that the sandbox runs",
        "A score module imports nothing, starts nothing, has memory of a fixed size and exports its methods. \
         Everything else could reach outside or never end.",
        "Build the module to docs/abi.md, or let scorepack compile the model.",
    ),
    doc(
        "native-engine",
        "the framework cannot load this file in score.py",
        "`--engine native` needs a file that scikit-learn, XGBoost, LightGBM or CatBoost loads by itself.",
        "Leave out `--engine native`: score.py then runs the score module.",
    ),
    doc(
        "no-manifest",
        "there is no manifest",
        "The directory or zip file holds no manifest.yaml at its top, so it is no artifact, and nothing in it can be \
         proven.",
        "Give an artifact that `scorepack build` made. A zip file must hold the files at its top, not in a folder.",
    ),
    doc(
        "no-score-module",
        "the artifact has no score module",
        "It was packaged with `--no-score-module`, so only its own framework can score with it, in score.py.",
        "Score with the framework, or build the artifact with a score module.",
    ),
    doc(
        "not-a-directory",
        "an artifact's directory is expected",
        "`pack` takes a directory that someone customised, and this is a file.",
        "Unpack the zip file and give the directory.",
    ),
    doc(
        "not-a-file",
        "something in the directory is no regular file",
        "Links, devices, pipes and sockets mean something else on another machine, or wait forever when they are \
         read.",
        "Put a copy of the file in its place.",
    ),
    doc(
        "nullability",
        "the signature and the score module differ about missing values",
        "Where the signature says that a value may be missing, every method must take a row without it: a caller relies \
         on the signature. One row per column was scored with that value missing, and a method refused it. As a warning \
         of `build` it says that the module takes what the model file is said to refuse.",
        "Write `nullable: false` for the columns that the message names, or build without `--signature`: the signature \
         then follows the module.",
    ),
    doc(
        "output-full",
        "a text output exceeds its space in the score module",
        "The host makes the block of rows smaller when this happens; here a single row already exceeds it.",
        "Build the artifact with a larger `--max-text-bytes`.",
    ),
    doc(
        "partition-column",
        "the column of the partitions is an input of the models",
        "A column of the data is either what the models take or what names the partition of a row.",
        "Fit the models without the column, whose value is the same in all rows of a partition, or name the \
         partitions by a copy of it.",
    ),
    doc(
        "partition-differs",
        "a partition is another kind of model than the first",
        "One signature and one set of methods serve all partitions of an artifact: names, types and order of \
         the columns, whether they may be missing, methods, and the names of their results.",
        "Train all partitions in the same way, or pack models that differ into artifacts of their own.",
    ),
    doc(
        "partition-failed",
        "some partitions cannot be packed",
        "Each is named with its reason. Nothing is packed without them: rows of a partition that is not there \
         would be refused.",
        "Remove what the reasons name. The next build compiles only what is not finished.",
    ),
    doc(
        "partition-folder",
        "a folder's name stands for no value of the column",
        "Two folders stand for one value, a name is not percent-encoded, or it stands for a missing value.",
        "Rename the folder: the value of the column, or `<column>=<value>` with `%` and two digits for other bytes.",
    ),
    doc(
        "partition-index",
        "partitions.json cannot be read",
        "It does not have the form of an index, is not sorted, lists a file twice or outside its folders, or \
         contradicts manifest.yaml.",
        "Fetch the artifact again, or build it again from its models.",
    ),
    doc(
        "partitions-option",
        "the option makes no sense for many models",
        "What it asks for belongs to a single model; the message says why.",
        "Leave the option out, or build one artifact for each model.",
    ),
    doc(
        "payload-differs",
        "rows or results change on their way through JSON",
        "The sample was sent through every JSON form of the endpoint, and did not arrive bit for bit, or an answer \
         lost digits.",
        "Report this as a defect of scorepack if the artifact was not edited; else restore its sample.",
    ),
    doc(
        "prediction-differs",
        "the score module predicts something else than the framework",
        "A value of a recorded output differs by more than the tolerance (1e-9 for float64, 1e-5 for float32), or a \
         class is another one. The message says where and by how much.",
        "Check that the expected outputs are of this model, these rows and this method. If they are, report it as a \
         defect of scorepack, and do not use the artifact.",
    ),
    doc(
        "proof-required",
        "a required proof did not pass",
        "`--require` asks that a proof passes; it failed, or could not be made for this artifact.",
        "For `framework` give the framework's outputs with `--expected`; for `recompile` use the version of scorepack \
         that built the artifact.",
    ),
    doc(
        "rows-disagree",
        "a row gets another result in other company",
        "Every row stands for itself: a batch, single rows and the rows in reverse must give the same results. In \
         this module they do not.",
        "Do not use the artifact. Build it again; if it still happens, report it as a defect of scorepack.",
    ),
    doc(
        "run-id",
        "it is not clear which run is meant",
        "A folder of partitions may hold several training runs, of which one is packed.",
        "Name it with `--run-id`.",
    ),
    doc(
        "sandbox",
        "the sandbox could not be set up",
        "The child process that runs foreign modules could not read its orders or limit itself, so nothing was run.",
        "Run the command again; if it still happens, report it as a defect of scorepack.",
    ),
    doc(
        "sandbox-killed",
        "the sandbox ended while the score module ran",
        "The module took more time or memory than its own size allows and was stopped. A compiled model never does.",
        "Do not use this artifact. Build it again from its model file.",
    ),
    doc(
        "score-module",
        "the score module does not run",
        "It is no WebAssembly module, lacks its description, or stopped with an error while scoring.",
        "Build the artifact again from its model file; a module of your own must follow docs/abi.md.",
    ),
    doc(
        "score-module-differs",
        "score.wasm is not what the model compiles to",
        "The bundled model was compiled again and gave other bytes, or other results where another version built the \
         module: one of the two was replaced.",
        "Do not use this artifact. Build it again from its model file.",
    ),
    doc(
        "target-exists",
        "the output would replace something else",
        "A build replaces an artifact of its own kind, never another file or a directory that is no artifact.",
        "Name another output, or remove what stands there; `--force` replaces a directory.",
    ),
    doc(
        "unknown-partition",
        "a row belongs to a partition that has no model",
        "The value of the column that names the partition is none of those that the artifact holds a model \
         for.",
        "Correct the value, leave the row out, or build the artifact with a model for it.",
    ),
    doc(
        "wheel",
        "the wheel is not the one that score.py needs",
        "`--bundle-runtime` takes a wheel of the `wasmtime` package whose files all match its RECORD.",
        "Fetch it with the command that the message shows.",
    ),
    doc(
        "yaml",
        "the YAML document cannot be read",
        "It breaks the grammar, has a key twice, uses aliases, nests too deep, or holds another kind of value than \
         expected at the place that the message names.",
        "Correct the line; put text that looks like a number in quotes (`'3.10'`).",
    ),
    doc(
        "zip-member",
        "a file of the zip archive is broken",
        "Its compressed bytes, its size or its checksum are wrong: the archive was damaged or changed.",
        "Fetch the artifact again, or build it again from its model file.",
    ),
    doc(
        "zip-profile",
        "the zip archive is in a form that is not accepted",
        "Programs read the same unusual archive differently: hidden or overlapping files, two directories of names, \
         encryption, other compressions. Only the plain form that every program reads alike is accepted.",
        "Unpack it into a directory and run `scorepack pack` on that, if you trust it.",
    ),
];
