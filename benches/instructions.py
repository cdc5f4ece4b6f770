#!/usr/bin/env python3
"""Counts the instructions of commands and of their stages, and compares them with benches/instructions.baseline.

    benches/instructions.py [--refresh] [--only PART] [--binary FILE]

A count is what `valgrind --tool=callgrind` counts of a whole command, or of one function in it; the child in which `verify`
runs a score module may write no file, and so no count. Counts
repeat where times do not: a slower machine, or one busy with something else, counts the same. Fails where a count grew by
more than 5 %; one that fell by as much is to be written down too, or the next growth hides in it. `--refresh` writes the
baseline: a commit of its own, which tells before, after and cause.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "benches/instructions.baseline"
# A count may move by this much before the baseline has to.
TOLERANCE = 0.05
# Rows to score: enough that several blocks are full.
ROWS = 2048

XGBOOST = "fixtures/xgboost/large-3.2/model.ubj"
LIGHTGBM = "fixtures/lightgbm/large-4.7/model.txt"
FOREST = "fixtures/sklearn/large-1.9/model.joblib"
SMALL = "fixtures/xgboost/classifier-3.2/model.ubj"

READ = "scorepack::framework::read"
COMPILE = "scorepack::compile::compile"
PACK = "scorepack::artifact::staged::Staged::write"
VERIFY = "scorepack::verify::verify"
SANDBOX = "scorepack::sandbox::engine::CompiledModule::new"
KERNEL = "wasmtime::runtime::vm::traphandlers::catch_traps"

# Name, the function to count within (none: the whole command), and the command. Made before: `small`, a directory;
# `small.zip` and `large.zip`, artifacts; `rows/NAME`, rows for the models in `KERNELS`.
STAGES = [
    ("start", None, ["--version"]),
    ("inspect a small model", None, ["inspect", SMALL]),
    ("build a small model", None, ["build", SMALL, "--no-git", "--no-config", "-q", "-o", "{work}/built.zip"]),
    ("build 100 trees", None, ["build", XGBOOST, "--no-git", "--no-config", "-q", "-o", "{work}/built-large.zip"]),
    ("check a small artifact", None, ["check", "-q", "{work}/small.zip"]),
    ("check an artifact of 100 trees", None, ["check", "-q", "{work}/large.zip"]),
    ("verify a small artifact, but for its child", None, ["verify", "-q", "{work}/small.zip"]),
    ("read UBJSON", READ, ["inspect", XGBOOST]),
    ("read JSON", READ, ["inspect", "fixtures/xgboost/binary-3.2/model.json"]),
    ("read text", READ, ["inspect", LIGHTGBM]),
    ("read joblib", READ, ["inspect", FOREST]),
    ("read cbm", READ, ["inspect", "fixtures/catboost/cat_ctr-1.2/model.cbm"]),
    ("compile xgboost trees", COMPILE, ["inspect", XGBOOST]),
    ("compile lightgbm trees", COMPILE, ["inspect", LIGHTGBM]),
    ("compile a forest", COMPILE, ["inspect", FOREST]),
    ("compile a pipeline", COMPILE, ["inspect", "fixtures/sklearn/columns-logistic-1.9/model.joblib"]),
    ("machine code of 100 trees", SANDBOX, ["build", XGBOOST, "--no-git", "-q", "-o", "{work}/machine.zip"]),
    ("pack a directory", PACK, ["pack", "-q", "{work}/small", "-o", "{work}/packed.zip"]),
    ("verify in this process", VERIFY, ["build", XGBOOST, "--no-git", "-q", "-o", "{work}/verified.zip"]),
]
# Models that score ROWS rows: the calls of the score module alone are counted.
KERNELS = {
    "trees, complete": XGBOOST,
    "trees, deep": "fixtures/xgboost/deep-3.2/model.ubj",
    "trees, leaf-wise": LIGHTGBM,
    "trees, forest": FOREST,
    "trees, oblivious": "fixtures/catboost/binary-1.2/model.cbm",
    "linear": "fixtures/sklearn/columns-logistic-1.9/model.joblib",
    "support vectors": "fixtures/sklearn/svc-many-1.9/model.joblib",
    "neighbours": "fixtures/sklearn/knn-many-1.9/model.joblib",
    "layers": "fixtures/sklearn/mlp-classifier-1.9/model.joblib",
    "categories": "fixtures/catboost/cat_ctr-1.2/model.cbm",
    "text": "fixtures/sklearn/text-tfidf-1.9/model.joblib",
}


def main():
    args = arguments()
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed: apt-get install valgrind")
    binary = args.binary or build()
    with tempfile.TemporaryDirectory() as work:
        # A name of one length: it is copied, hashed and escaped.
        work = pathlib.Path(work)
        commands = [case for case in cases(work) if args.only in case[0]]
        prepare(binary, work, commands)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            counts = dict(pool.map(lambda case: (case[0], count(binary, work, *case)), commands))
    if args.refresh:
        write(counts if not args.only else {**baseline(), **counts})
        return
    sys.exit(compare(counts, baseline(), complete=not args.only))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refresh", action="store_true", help="write the baseline")
    parser.add_argument("--only", default="", metavar="PART", help="count what has this in its name")
    parser.add_argument("--binary", type=pathlib.Path, help="another build than that of the profile `ci`")
    return parser.parse_args()


def build():
    """The binary that is counted: optimised as the released one, linked in seconds."""
    subprocess.run(["cargo", "build", "--quiet", "--profile", "ci"], cwd=ROOT, check=True)
    return ROOT / "target/ci/scorepack"


def cases(work):
    """Name, function and arguments of everything that is counted."""
    for name, function, command in STAGES:
        yield name, function, [argument.format(work=work) for argument in command]
    for name, model in KERNELS.items():
        rows = work / "rows" / f"{name}.csv"
        method = "transform" if name == "text" else "predict"
        yield f"score: {name}", KERNEL, ["predict", model, str(rows), "--method", method, "--threads", "1"]


def prepare(binary, work, commands):
    """The artifacts and rows that the commands want."""
    words = " ".join(argument for _, _, command in commands for argument in command)
    for name, model in ("small", SMALL), ("small.zip", SMALL), ("large.zip", XGBOOST):
        if f"/{name}" in words:
            command = [binary, "build", model, "--no-git", "--no-config", "-q", "-o", work / name]
            subprocess.run(command, cwd=ROOT, check=True)
    (work / "rows").mkdir()
    for name, model in KERNELS.items():
        header, *rows = (ROOT / model).with_name("input.csv").read_text().splitlines()
        rows = [rows[row % len(rows)] for row in range(ROWS)]
        (work / "rows" / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")


def count(binary, work, name, function, command):
    """The instructions of a command, or of one function in it."""
    with tempfile.TemporaryDirectory(dir=work) as out:
        out = pathlib.Path(out) / "counts"
        options = ["--tool=callgrind", f"--callgrind-out-file={out}"]
        if function:
            options.append(f"--toggle-collect={function}")
        # An empty environment: its size moves the stack, and settings would change what is done.
        run = subprocess.run(
            ["valgrind", *options, binary, *command], cwd=ROOT, env={"PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
        )
        if run.returncode:
            sys.exit(f"`scorepack {' '.join(command)}` ended with {run.returncode}:\n{run.stderr}")
        found = re.search(r"^totals: (\d+)", out.read_text(), re.M)
    total = int(found[1]) if found else 0
    if not total:
        sys.exit(f"{name}: no function of `scorepack {' '.join(command)}` is called {function}")
    return total


def baseline():
    """The committed counts."""
    lines = BASELINE.read_text().splitlines() if BASELINE.exists() else []
    pairs = (line.rsplit(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {name.strip(): int(number) for name, number in pairs}


def write(counts):
    """Writes the baseline in the order of the tables."""
    names = [name for name, _, _ in cases(pathlib.Path())]
    lines = [f"{name:<40}{counts[name]:>15}" for name in names if name in counts]
    head = "# Instructions, as benches/instructions.py counts them. Raised by a commit of its own: before, after, cause."
    BASELINE.write_text("\n".join([head, *lines]) + "\n")
    print(f"wrote {BASELINE.relative_to(ROOT)}")


def compare(counts, before, complete):
    """Prints before, after and the difference; 1 where something grew, fell unwritten, or stands on one side only."""
    wrong = []
    print(f"{'':<40}{'before':>15}{'after':>15}")
    for name, after in counts.items():
        share = after / before[name] - 1 if name in before else None
        print(f"{name:<40}{before.get(name, ''):>15}{after:>15}" + ("" if share is None else f"{share:>+9.1%}"))
        if share is None:
            wrong.append(f"{name}: not in the baseline; write it down with --refresh")
        elif share > TOLERANCE:
            wrong.append(f"{name}: grew by {share:.1%}; mend it, or raise the baseline in a commit that tells the cause")
        elif share < -TOLERANCE:
            wrong.append(f"{name}: fell by {-share:.1%}; write it down with --refresh, or a later growth hides in it")
    if complete:
        wrong += [f"{name}: in the baseline, but not counted" for name in before.keys() - counts.keys()]
    print("\n".join(wrong) if wrong else "nothing moved by more than 5 %")
    return 1 if wrong else 0


if __name__ == "__main__":
    main()
