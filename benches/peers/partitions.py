"""A thousand models in one artifact, one per station: opening it and scoring one row, as a whole process."""

import shutil
import subprocess
import sys

import bars
from data import numbers, score
from environment import WORK
from measure import command, commands, median, ratio
from results import absent, at_most, faster

MANY = 1000
WIDTH = 8
TITLE = f"{MANY:,} XGBoost models of 20 trees of depth 4"
WORK_NAME = "open, score one row"
LOAD = """
import pathlib, sys, numpy, xgboost
boosters = {path.parent.name: xgboost.Booster(model_file=path) for path in pathlib.Path(sys.argv[1]).glob("*/model.ubj")}
boosters[sys.argv[2]].inplace_predict(numpy.zeros((1, 8), numpy.float32))
"""
PYTHON = "python loading all with xgboost for one row"


def run(session):
    if not session.wants("partitions"):
        return []
    told = subprocess.run([session.scorepack, "build", "--help"], capture_output=True, text=True).stdout
    if "--partition-by" not in told:
        return [absent("partitions", TITLE, WORK_NAME, PYTHON, "this binary has no `build --partition-by`")]
    models = WORK / "stations"
    if not models.exists():
        train(models)
    artifact, rows = WORK / "stations.zip", WORK / "station.csv"
    artifact.unlink(missing_ok=True)
    built = command([session.scorepack, "build", "--partition-by", "station", models, "-o", artifact])
    rows.write_text(",".join([*(f"f{i}" for i in range(WIDTH)), "station"]) + "\n" + "0.5," * WIDTH + "s0500\n")
    works = {
        "ours": lambda: command([session.scorepack, "predict", artifact, rows]),
        "python": lambda: command([sys.executable, "-c", LOAD, models / "run-1", "s0500"]),
    }
    samples = commands(works, 5)
    ours, python = ([sample["cpu_ms"] for sample in samples[name]] for name in ("ours", "python"))
    return [
        at_most("partitions", TITLE, WORK_NAME, median(samples["ours"], "cpu_ms"), "ms CPU", bars.PARTITIONS_MS),
        at_most("partitions", TITLE, WORK_NAME, median(samples["ours"], "peak_mib"), "MiB", None),
        faster("partitions", TITLE, WORK_NAME, PYTHON, ratio(ours, python), None),
        at_most("partitions", TITLE, "`build` with every proof, a model", built["cpu_ms"] / MANY, "ms CPU", None),
    ]


def train(folder):
    """<folder>/run-1/<station>/model.ubj"""
    import xgboost

    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for number in range(MANY):
        x = numbers(500, WIDTH, seed=number)
        path = unfinished / "run-1" / f"s{number:04d}" / "model.ubj"
        path.parent.mkdir(parents=True)
        settings = {"max_depth": 4, "nthread": 1, "seed": 1}
        names = [f"f{i}" for i in range(WIDTH)]
        xgboost.train(settings, xgboost.DMatrix(x, score(x, number), feature_names=names), 20).save_model(path)
    unfinished.rename(folder)
