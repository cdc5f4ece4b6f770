"""All cores: `predict` of a file of a million rows, as time on the wall, against reading it with Python and scoring it.

The peers' own threads are on, their imports are not in their time, and they write nothing; scorepack's time is the whole
process, with the predictions written. The fastest of the rounds counts: time on the wall takes in whatever else runs.
"""

import os
import subprocess
import sys
import time

import bars
from batch import trained
from data import numbers
from environment import ONE_THREAD, WORK
from measure import command
from results import absent, faster
from trees import CASES

ROWS = 1_000_000
JSON_ROWS = 200_000
ROUNDS = 5
NAMES = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}

# argv: reader, file, model. Prints the seconds of reading and of scoring.
PEER = """
import sys, time, numpy, xgboost
booster = xgboost.Booster(model_file=sys.argv[3])
import polars, pyarrow.csv, pyarrow.json, pyarrow.parquet
read = {
    "polars csv": polars.read_csv, "polars jsonl": polars.read_ndjson, "polars parquet": polars.read_parquet,
    "pyarrow csv": pyarrow.csv.read_csv, "pyarrow jsonl": pyarrow.json.read_json, "pyarrow parquet": pyarrow.parquet.read_table,
}[sys.argv[1]]
start = time.perf_counter()
table = read(sys.argv[2])
loaded = time.perf_counter()
if sys.argv[1].startswith("polars"):
    rows = numpy.column_stack([column.cast(polars.Float32).fill_null(float("nan")).to_numpy() for column in table.iter_columns()])
else:
    rows = numpy.column_stack([column.cast("float32").to_numpy() for column in table.columns])
answers = booster.inplace_predict(rows)
print(loaded - start, time.perf_counter() - loaded)
"""


def run(session):
    if not (WORK / "m1.ubj").exists():
        CASES["m1"]()
    model = session.build("m1", WORK / "m1.ubj")
    found = []
    for kind, n_rows in [("csv", ROWS), ("jsonl", JSON_ROWS), ("parquet", ROWS)]:
        if session.wants(kind):
            found += measured(session, model, kind, n_rows, trained(f"rows.{kind}", lambda path: write(path, kind, n_rows)))
    return found


def write(path, kind, n_rows):
    """Numbers of six digits, one in a hundred missing."""
    import polars

    rows = numbers(n_rows, 28, seed=3, missing=0.01).astype("float64").round(6)
    table = polars.DataFrame(rows, schema=[f"f{i}" for i in range(28)]).fill_nan(None)
    if kind == "csv":
        table.write_csv(path)
    elif kind == "jsonl":
        table.write_ndjson(path)
    else:
        table.write_parquet(path)


def peer(reader, kind, path):
    """Seconds of reading and of scoring, with as many threads as the libraries take."""
    environment = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    arguments = [sys.executable, "-c", PEER, f"{reader} {kind}", path, WORK / "m1.ubj"]
    told = subprocess.run(list(map(str, arguments)), env=environment, check=True, capture_output=True, text=True).stdout
    return tuple(map(float, told.split()))


def apart(session, model, path):
    """Seconds that two processes of one thread each take, which share nothing but the machine."""
    outputs = [WORK / f"predictions-{number}.csv" for number in range(2)]
    start = time.perf_counter()
    running = [
        subprocess.Popen([session.scorepack, "predict", model, path, "-o", output, "--threads", "1"], stderr=subprocess.DEVNULL)
        for output in outputs
    ]
    if any(process.wait() for process in running):
        raise SystemExit("predict failed")
    taken = time.perf_counter() - start
    for output in outputs:
        output.unlink()
    return taken


def measured(session, model, kind, n_rows, path):
    title = f"{n_rows:,} rows × 28 of {NAMES[kind]}, 100 trees of depth 6"
    output = WORK / "predictions.csv"

    def ours(*more):
        return command([session.scorepack, "predict", model, path, "-o", output, *more])["wall_ms"] / 1e3

    try:
        ours()
    except SystemExit as error:  # a binary without the feature `batch`
        return [absent(kind, title, "all cores", "polars, xgboost", str(error).splitlines()[0].split("failed: ")[-1])]
    works = {"two": ours, "one": lambda: ours("--threads", "1"), "apart": lambda: apart(session, model, path)}
    works |= {reader: (lambda reader=reader: peer(reader, kind, path)) for reader in ("polars", "pyarrow")}
    times = {name: [] for name in works}
    for number in range(ROUNDS):
        for i in range(len(works)):
            name = list(works)[(i + number) % len(works)]
            times[name].append(works[name]())
    output.unlink()
    best = min(times["two"])
    speed = f"{best:.2f} s, load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    found = [faster(kind, title, "two threads", "one thread", min(times["one"]) / best, bars.TWO_CORES if kind == "csv" else None, speed)]
    gained = 2 * min(times["one"]) / min(times["apart"])
    found.append(faster(kind, title, "two processes of one thread, at once", "one after the other", gained, None))
    for reader in ("polars", "pyarrow"):
        both, read = min(map(sum, times[reader])), min(read for read, _ in times[reader])
        bar = bars.READ_AND_SCORE if kind == "csv" else None
        found.append(faster(kind, title, "all cores", f"{reader} + xgboost", both / best, bar, speed))
        found.append(faster(kind, title, "all cores", f"{reader} reading only", read / best, None, speed))
    return found
