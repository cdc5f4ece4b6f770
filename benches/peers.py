#!/usr/bin/env python3
"""scorepack against xgboost, lightgbm and onnxruntime: same models, same rows, one interleaved run, one thread, CPU time.

    cargo build --release && python3 benches/peers.py

Makes its own virtual environment in .venvs/benches and its models in target/benches. benches/README.md says how to read
the ratios.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venvs" / "benches"
WORK = ROOT / "target" / "benches"
SEED = 20261101

# name, framework, trees, depth, features, rows of a round
MODELS = [
    ("m1", "xgboost", 100, 6, 28, 32768),
    ("m2", "xgboost", 500, 8, 28, 4096),
    ("m3", "xgboost", 1000, 6, 100, 4096),
    ("l1", "lightgbm", 100, 6, 28, 16384),
    ("l2", "lightgbm", 500, 8, 28, 4096),
]


def enter_environment():
    """Runs this script again inside the virtual environment, made on first use."""
    if os.environ.get("VIRTUAL_ENV") == str(ENVIRONMENT):
        return
    python = ENVIRONMENT / "bin" / "python"
    wanted = (ROOT / "benches" / "requirements.txt").read_text()
    stamp = ENVIRONMENT / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", "benches/requirements.txt"], cwd=ROOT, check=True)
        stamp.write_text(wanted)
    # One thread for every peer; set before their libraries start.
    environment = dict(os.environ, VIRTUAL_ENV=str(ENVIRONMENT), OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    os.execve(str(python), [str(python), str(Path(__file__).resolve()), *sys.argv[1:]], environment)


def features(rows, width, seed):
    """Seeded rows, one value in a hundred missing."""
    import numpy as np

    random = np.random.default_rng(seed)
    x = random.standard_normal((rows, width)).astype(np.float32)
    x[random.random(x.shape) < 0.01] = np.nan
    return x


def target(x, seed):
    """A rule with interactions, so that trees grow to their depth."""
    import numpy as np

    random = np.random.default_rng(seed)
    x = np.nan_to_num(x)
    score = x @ random.standard_normal(x.shape[1]) + 2 * np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2]
    return (score + random.standard_normal(len(x)) / 2 > 0).astype(int)


def train(name, framework, trees, depth, width):
    """The model file, trained once."""
    path = WORK / f"{name}.{'ubj' if framework == 'xgboost' else 'txt'}"
    if path.exists():
        return path
    print(f"training {name}: {framework}, {trees} trees of depth {depth}, {width} features", file=sys.stderr)
    x = features(40000, width, SEED)
    y = target(x, SEED)
    if framework == "xgboost":
        import xgboost

        settings = {"max_depth": depth, "tree_method": "hist", "objective": "binary:logistic", "eta": 0.1, "seed": 1}
        xgboost.train(settings, xgboost.DMatrix(x, y), trees).save_model(path)
    else:
        import lightgbm

        settings = {"num_leaves": 2**depth, "objective": "binary", "learning_rate": 0.1, "seed": 1}
        settings |= {"deterministic": True, "verbose": -1, "num_threads": 1}
        lightgbm.train(settings, lightgbm.Dataset(x, y), trees).save_model(path)
    return path


class Xgboost:
    """Booster.inplace_predict: xgboost's fastest call, without a DMatrix."""

    def __init__(self, path, _framework):
        import xgboost

        self.booster = xgboost.Booster(model_file=path)
        self.booster.set_param({"nthread": 1})

    def predict(self, rows):
        return self.booster.inplace_predict(rows)


class Lightgbm:
    """Booster.predict."""

    def __init__(self, path, _framework):
        import lightgbm

        self.booster = lightgbm.Booster(model_file=path)

    def predict(self, rows):
        return self.booster.predict(rows, num_threads=1)


class Onnxruntime:
    """The same trees as TreeEnsembleClassifier, probabilities as a tensor."""

    def __init__(self, path, framework):
        import onnxruntime

        session = onnxruntime.SessionOptions()
        session.intra_op_num_threads = 1
        converted = path.with_suffix(".onnx")
        if not converted.exists():
            converted.write_bytes(self.convert(path, framework))
        self.session = onnxruntime.InferenceSession(converted, session, providers=["CPUExecutionProvider"])

    @staticmethod
    def convert(path, framework):
        import onnxmltools
        from onnxmltools.convert.common.data_types import FloatTensorType

        if framework == "xgboost":
            booster = Xgboost(path, framework).booster
            width = booster.num_features()
            convert, options = onnxmltools.convert_xgboost, {}
        else:
            booster = Lightgbm(path, framework).booster
            width = booster.num_feature()
            convert, options = onnxmltools.convert_lightgbm, {"zipmap": False}
        inputs = [("x", FloatTensorType([None, width]))]
        return convert(booster, initial_types=inputs, target_opset=15, **options).SerializeToString()

    def predict(self, rows):
        return self.session.run([self.session.get_outputs()[1].name], {"x": rows})[0][:, 1]


PEERS = {"xgboost": [Xgboost, Onnxruntime], "lightgbm": [Lightgbm, Onnxruntime]}


def interleaved(runs, rounds):
    """Thread CPU seconds of every run, a list per run; the order rotates from round to round."""
    times = [[] for _ in runs]
    for number in range(rounds):
        for i in range(len(runs)):
            i = (i + number) % len(runs)
            argument = runs[i][1](number)
            start = time.thread_time()
            runs[i][0](argument)
            times[i].append(time.thread_time() - start)
    return times


def ratio(ours, theirs):
    """Their time over ours, round by round: what disturbs a round disturbs both."""
    return statistics.median(b / a for a, b in zip(ours, theirs))


def agree(name, found, expected, tolerance):
    import numpy as np

    worst = float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1e-3)))
    if not worst <= tolerance:
        raise SystemExit(f"{name} disagrees: relative difference {worst:.2e}, expected at most {tolerance:.0e}")


def in_process(model, modules, rounds):
    """Batch and one row, after every candidate agreed with the framework."""
    import numpy as np
    from score_module import ScoreModule

    name, framework, *_, width, n_rows = model
    path = WORK / f"{name}.{'ubj' if framework == 'xgboost' else 'txt'}"
    rows = features(n_rows, width, SEED + 1)
    ours = [(label, ScoreModule(module, "predict")) for label, module in modules]
    peers = []
    for peer in PEERS[framework]:
        try:
            peers.append((peer.__name__.lower(), peer(path, framework)))
        except Exception as error:  # a converter that does not know this version: said, not hidden
            print(f"{name}: {peer.__name__.lower()} not measured: {error}")
    expected = peers[0][1].predict(rows)
    for label, candidate in ours + peers[1:]:
        # onnxruntime adds in another order; ours is bound to 1e-5 (f32) and 1e-9 (f64).
        bound = 1e-3 if (label, candidate) in peers else 1e-5 if framework == "xgboost" else 1e-9
        agree(f"{name}: {label}", candidate.predict(rows), expected, bound)

    shuffled = [rows[np.random.default_rng(i).permutation(n_rows)] for i in range(rounds)]
    candidates = ours + peers
    batch = interleaved([(c.predict, lambda i: shuffled[i]) for _, c in candidates], rounds)

    def many_single(candidate):
        def run(block):
            for i in range(len(block)):
                candidate.predict(block[i : i + 1])

        return run

    single = interleaved([(many_single(c), lambda i: shuffled[i][:200]) for _, c in candidates], rounds)
    for i, (label, candidate) in enumerate(ours):
        speed = n_rows / statistics.median(batch[i]) / 1e3
        print(f"{name} {label}: {speed:.0f} thousand rows/s; module {candidate.bytes >> 10} KiB, "
              f"compiled in {candidate.compile_ms:.1f} ms CPU; one row {statistics.median(single[i]) / 200 * 1e6:.1f} us")
        for j, (peer, _) in enumerate(peers, len(ours)):
            print(f"{name} {label} against {peer}: batch {ratio(batch[i], batch[j]):.2f} times as fast, "
                  f"one row {ratio(single[i], single[j]):.1f} times as fast")


def command(arguments):
    """CPU milliseconds and peak MiB of one process with its children."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed: {message.decode()}")
    return (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss / 1024


def command_line(scorepack, artifacts, rounds):
    """Whole processes; the peer is Python loading the model and predicting one row."""
    load = (
        "import sys, numpy, xgboost; b = xgboost.Booster(model_file=sys.argv[1]);"
        "b.inplace_predict(numpy.zeros((1, b.num_features()), numpy.float32))"
    )
    fresh = WORK / "fresh.zip"

    def build(name):
        fresh.unlink(missing_ok=True)
        return command([scorepack, "build", WORK / f"{name}.ubj", "-o", fresh])

    works = {
        "check of a 100-tree artifact": lambda: command([scorepack, "check", artifacts["m1"]]),
        "verify of a 100-tree artifact": lambda: command([scorepack, "verify", artifacts["m1"]]),
        "build of a 100-tree model": lambda: build("m1"),
        "build of a 1,000-tree model": lambda: build("m3"),
        "python: load the 100-tree model, predict one row": lambda: command([sys.executable, "-c", load, WORK / "m1.ubj"]),
    }
    found = {work: [] for work in works}
    for _ in range(rounds):
        for work, run in works.items():
            found[work].append(run())
    python = [cpu for cpu, _ in found[next(reversed(works))]]
    for work, samples in found.items():
        cpu = statistics.median(cpu for cpu, _ in samples)
        peak = statistics.median(peak for _, peak in samples)
        print(f"cold {work}: {cpu:.1f} ms CPU, {peak:.0f} MiB; "
              f"{ratio([cpu for cpu, _ in samples], python):.1f} times as fast as python's load")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scorepack", type=Path, default=ROOT / "target" / "release" / "scorepack")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--models", default="m1,m2,m3,l1,l2", help="which of them")
    parser.add_argument("--modules", type=Path, action="append", default=[], metavar="DIR",
                        help="also measure DIR/<model>.wasm, of another build; repeatable. With --modules alone, no command runs")
    parser.add_argument("--modules-only", action="store_true", help="only --modules: no command runs")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    models = [model for model in MODELS if model[0] in options.models.split(",")]
    for model in models:
        train(*model[:5])
    artifacts = {}
    if not options.modules_only:
        for name, framework, *_ in models:
            artifacts[name] = WORK / f"{name}.zip"
            artifacts[name].unlink(missing_ok=True)
            command([options.scorepack, "build", train(name, framework, 0, 0, 0), "-o", artifacts[name]])
        if {"m1", "m3"} <= artifacts.keys():
            command_line(options.scorepack, artifacts, options.rounds)
    for model in models:
        modules = [("scorepack", artifacts[model[0]])] if artifacts else []
        modules += [(directory.name, directory / f"{model[0]}.wasm") for directory in options.modules]
        in_process(model, modules, options.rounds)


if __name__ == "__main__":
    enter_environment()
    main()
