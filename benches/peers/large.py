"""An artifact with a model file of 5 GB, packed and digested anew, against `sha256sum` and `cp` of the file."""

import os
import shutil

import bars
from environment import ROOT, WORK
from measure import command, median
from results import absent, at_most, faster

GIGABYTES = 5
ROUNDS = 3
TITLE = f"{GIGABYTES} GB of numbers that no compression shrinks"
MODEL = ROOT / "fixtures/sklearn/large-1.9/model.joblib"
# Bytes written at once.
CHUNK = 1 << 26


def run(session):
    if not session.wants("large"):
        return []
    source, copy, packed = WORK / "large", WORK / "large.copy", WORK / "large.zip"
    made = source / MODEL.name
    try:
        shutil.rmtree(source, ignore_errors=True)
        command([session.scorepack, "build", MODEL, "--no-config", "--no-git", "--engine", "native", "--no-score-module", "-o", source])
        write(made)
        taken = {"ours": [], "theirs": []}
        for number in range(ROUNDS):
            works = {
                "ours": lambda: command([session.scorepack, "pack", source, "-o", packed]),
                "theirs": lambda: both(command(["sha256sum", made]), command(["cp", made, copy])),
            }
            for name in sorted(works, reverse=number % 2 == 1):
                taken[name].append(works[name]())
                for path in (copy, packed):
                    path.unlink(missing_ok=True)
    except SystemExit as error:
        return [absent("large", TITLE, "`pack` and digest", "sha256sum + cp", str(error))]
    finally:
        shutil.rmtree(source, ignore_errors=True)
        for path in (copy, packed):
            path.unlink(missing_ok=True)
    found = []
    for unit, clock in [("cpu_ms", "CPU time"), ("wall_ms", "on the wall")]:
        ours, theirs = (min(sample[unit] for sample in taken[name]) for name in ("ours", "theirs"))
        bar = bars.LARGE if unit == "wall_ms" else None
        found.append(faster("large", TITLE, f"`pack` and digest, {clock}", "sha256sum + cp", theirs / ours, bar, f"{ours / 1e3:.1f} s"))
    return found + [at_most("large", TITLE, "`pack`", median(taken["ours"], "peak_mib"), "MiB", bars.LARGE_MIB)]


def both(one, other):
    return {key: one[key] + other[key] for key in one}


def write(path):
    """As weights are: noise."""
    with path.open("wb") as file:
        for _ in range(GIGABYTES * 10**9 // CHUNK):
            file.write(os.urandom(CHUNK))
