"""Clocks: candidates in turn, ratios round by round, and whole processes."""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import Any, Callable

# How much more CPU time the process may take than the thread before a candidate is said to use other threads.
OTHER_THREADS = 1.15


@dataclass
class Candidate:
    """Something that scores rows. `prepare` runs before the clock starts; `predict` is what is measured."""

    name: str
    predict: Callable[[Any], Any]
    prepare: Callable[[Any], Any] = lambda rows: rows


def interleaved(candidates, rows_of_round, rounds):
    """Thread CPU seconds, a list per candidate; the order rotates from round to round, and a round 0 is not counted."""
    times = [[] for _ in candidates]
    for number in range(rounds + 1):
        rows = rows_of_round(number)
        for i in range(len(candidates)):
            i = (i + number) % len(candidates)
            prepared = candidates[i].prepare(rows)
            seconds = thread_seconds(candidates[i], prepared)
            if number > 0:
                times[i].append(seconds)
    return times


def thread_seconds(candidate, prepared):
    process, thread = time.process_time(), time.thread_time()
    candidate.predict(prepared)
    thread, process = time.thread_time() - thread, time.process_time() - process
    if process > thread * OTHER_THREADS + 0.002:
        raise SystemExit(f"{candidate.name} used other threads: {process:.4f} s in the process, {thread:.4f} s in its thread")
    return thread


def ratio(ours, theirs):
    """Their time over ours, round by round: what disturbs a round disturbs both."""
    return statistics.median(b / a for a, b in zip(ours, theirs))


def difference(found, expected):
    """The largest difference, relative to the value expected, or to a thousandth of the largest where that is more."""
    import numpy as np

    found, expected = dense(found), dense(expected)
    if found.shape != expected.shape:
        raise SystemExit(f"outputs of shape {found.shape}, expected {expected.shape}")
    scale = np.maximum(np.abs(expected), 1e-3 * np.nanmax(np.abs(expected), initial=1e-300))
    apart = np.abs(found - expected) / scale
    apart[np.isnan(found) & np.isnan(expected)] = 0
    return float(np.nan_to_num(np.max(apart, initial=0), nan=np.inf))


def dense(values):
    """Numbers in double precision, a row of values per row."""
    import numpy as np

    if hasattr(values, "toarray"):
        values = values.toarray()
    values = np.asarray(values, dtype=np.float64)
    return values.reshape(len(values), -1)


def command(arguments, environment=None):
    """CPU milliseconds, peak MiB and wall milliseconds of one process with its children."""
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, arguments)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed: {message.decode()}")
    return {"cpu_ms": (usage.ru_utime + usage.ru_stime) * 1e3, "peak_mib": usage.ru_maxrss / 1024, "wall_ms": wall * 1e3}


def commands(works, rounds):
    """Some works in turn, in rotated order: a list of what `command` found for each."""
    found = {work: [] for work in works}
    names = list(works)
    for number in range(rounds):
        for i in range(len(names)):
            name = names[(i + number) % len(names)]
            found[name].append(works[name]())
    return found


def median(samples, key):
    return statistics.median(sample[key] for sample in samples)
