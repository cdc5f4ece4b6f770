"""The command line: whole processes, from start to end, against Python that loads the model and predicts one row."""

import os
import shutil
import subprocess
import sys

import bars
from environment import WORK
from measure import command, commands, median, ratio
from results import at_most, faster
from trees import CASES

MANY = 1000
LOAD = """
import sys, numpy, xgboost
booster = xgboost.Booster(model_file=sys.argv[1])
booster.inplace_predict(numpy.zeros((1, booster.num_features()), numpy.float32))
"""
PYTHON = "python loading it with xgboost for one row"


def run(session):
    for model in ("m1", "m3"):
        if not (WORK / f"{model}.ubj").exists():
            CASES[model]()
    found = small(session)
    return found + many(session)


def small(session):
    """check, verify and build of one model."""
    artifacts = {model: session.build(model, WORK / f"{model}.ubj") for model in ("m1", "m3")}

    def build(model, *more, folder=WORK):
        fresh = WORK / "fresh.zip"
        fresh.unlink(missing_ok=True)
        return command([session.scorepack, "build", folder / f"{model}.ubj", "-o", fresh, *more])

    project = repository(WORK / "m1.ubj")

    works = {
        "check": lambda: command([session.scorepack, "check", artifacts["m1"]]),
        "verify": lambda: command([session.scorepack, "verify", artifacts["m1"]]),
        "build": lambda: build("m1", folder=project),
        "build --no-git": lambda: build("m1", "--no-git"),
        "build in a repository of 10,000 files": lambda: build("m1"),
        "build --no-git of 1,000 trees": lambda: build("m3", "--no-git"),
        PYTHON: lambda: command([sys.executable, "-c", LOAD, WORK / "m1.ubj"]),
    }
    bounds = {"check": (bars.CHECK_MS, bars.CHECK_MIB), "build": (bars.BUILD_MS, bars.BUILD_MIB)}
    samples = commands(works, session.rounds)
    python = [sample["cpu_ms"] for sample in samples.pop(PYTHON)]
    found = []
    for work, taken in samples.items():
        called, _, trees = work.partition(" of 1,000")
        title = f"{'1,000' if trees else '100'} trees of depth 6"
        cpu_bar, peak_bar = bounds.get(called.removesuffix(" --no-git"), (None, None)) if not trees else (None, None)
        line, where, size = called.partition(" in ")
        name = f"cold `{line}`{where}{size}"
        found.append(at_most(work, title, name, median(taken, "cpu_ms"), "ms CPU", cpu_bar))
        found.append(at_most(work, title, name, median(taken, "peak_mib"), "MiB", peak_bar))
        if not trees:
            value = ratio([sample["cpu_ms"] for sample in taken], python)
            found.append(faster(work, title, name, PYTHON, value, None))
    return found


def repository(model):
    """A folder under git with the model and two hundred other files, as a project has them."""
    folder = WORK / "project"
    if not (folder / ".git").exists():
        folder.mkdir(exist_ok=True)
        shutil.copy(model, folder)
        for number in range(200):
            (folder / f"file-{number}.txt").write_text(f"{number}\n" * 100)
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
        for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "a project"]):
            subprocess.run(["git", "-C", folder, *arguments], check=True)
    return folder


def many(session):
    """A thousand artifacts in one call: links to one file, each read as if it were another."""
    folder = WORK / "many"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    paths = [folder / f"{number:04d}.zip" for number in range(MANY)]
    for path in paths:
        os.link(WORK / "m1.zip", path)
    taken = [command([session.scorepack, "check", *paths]) for _ in range(3)]
    shutil.rmtree(folder)
    title = f"{MANY:,} artifacts of 100 trees in one call"
    return [
        at_most("check-many", title, "`check`, an artifact", median(taken, "cpu_ms") / MANY, "ms CPU", None),
        at_most("check-many", title, "`check`, an artifact", median(taken, "wall_ms") / MANY, "ms on all cores", None),
        at_most("check-many", title, "`check`, together", median(taken, "peak_mib"), "MiB", None),
    ]
