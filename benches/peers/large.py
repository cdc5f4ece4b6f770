"""A model file of 5 GB, packaged as it is and digested again, against `sha256sum` and `cp` of it."""

import bars
from environment import WORK
from measure import command, median
from results import at_most, faster

GIGABYTES = 5
ROUNDS = 3


def run(session):
    if not session.wants("large"):
        return []
    made, copy, packed = WORK / "large.joblib", WORK / "large.copy", WORK / "large.zip"
    try:
        write(made)
        taken = {"ours": [], "theirs": []}
        for number in range(ROUNDS):
            works = {
                "ours": lambda: command([session.scorepack, "build", made, "--engine", "native", "--no-score-module", "-o", packed]),
                "theirs": lambda: both(command(["sha256sum", made]), command(["cp", made, copy])),
            }
            for name in sorted(works, reverse=number % 2 == 1):
                taken[name].append(works[name]())
                for path in (copy, packed):
                    path.unlink(missing_ok=True)
    finally:
        for path in (made, copy, packed):
            path.unlink(missing_ok=True)
    title = f"{GIGABYTES} GB of a KNeighborsRegressor's rows"
    found = []
    for unit, clock in [("cpu_ms", "CPU time"), ("wall_ms", "on the wall")]:
        ours, theirs = (min(sample[unit] for sample in taken[name]) for name in ("ours", "theirs"))
        bar = bars.LARGE if unit == "wall_ms" else None
        found.append(faster("large", title, f"`build` and digest, {clock}", "sha256sum + cp", theirs / ours, bar, f"{ours / 1e3:.1f} s"))
    return found + [at_most("large", title, "`build`", median(taken["ours"], "peak_mib"), "MiB", bars.LARGE_MIB)]


def both(one, other):
    return {key: one[key] + other[key] for key in one}


def write(path):
    """The numbers of a neighbours model are its file; no compression shrinks random ones."""
    import joblib
    import numpy as np
    from sklearn.neighbors import KNeighborsRegressor

    width = 100
    few = np.random.default_rng(1).random((100, width))
    model = KNeighborsRegressor(algorithm="brute").fit(few, few[:, 0])
    bits = np.random.default_rng(2).integers(0, 2**52, GIGABYTES * 10**9 // 8, dtype="uint64")
    bits |= 1023 << 52  # numbers from 1 to 2 with random mantissas
    model._fit_X = bits.view("float64").reshape(-1, width)
    model._y = model._fit_X[:, 0].copy()
    model.n_samples_fit_ = len(model._fit_X)
    joblib.dump(model, path)
