"""Writes docs/benchmarks.md and docs/benchmarks.svg from the results."""

from bars import described
from causes import cause
from chart import chart
from environment import ROOT
from results import reached

HEADINGS = {
    "trees": ("XGBoost, LightGBM and CatBoost", """
One value in a hundred is missing. Peers: `Booster.inplace_predict` of xgboost, `Booster.predict` of lightgbm,
`predict_proba` of catboost on a `Pool` made before the clock starts; onnxruntime with the same trees converted by
onnxmltools; tl2cgen, which makes C of the trees that gcc compiles with `-O3`, through its own predictor on a `DMatrix` made
before the clock starts. *One row, from C*: a C program holds rows of floats and calls either the compiled function or the
module through wasmtime's C interface; both copy the row in and the answer out. *One row, from Python*: the module through
`ctypes`, the peers through their packages."""),
    "forests": ("Forests and boosters of scikit-learn", "\nSingle-precision rows; peer: the estimator's own method, `n_jobs` as fitted (one thread)."),
    "estimators": ("Linear models, SVMs, neighbours, transforms", """
Double-precision rows; peer: the estimator's own method, which checks its input as for every user. NMF's
answers are compared with scikit-learn's to single rows: of a batch, its search stops all rows together."""),
    "tables": ("Encoders and tables", """
`batch` starts from the objects that scikit-learn takes (arrays of Python strings for encoders, pandas frames for
pipelines), converted to Arrow by pyarrow within the time; `batch, module` from the same columns as Arrow arrays, as hosts
in other languages and `scorepack predict` have them."""),
    "text": ("Texts", "\nTexts of 60 words from an invented vocabulary that follows Zipf's law. `batch` starts from a list of Python strings, `batch, module` from an Arrow array."),
    "dense": ("Neural networks in single precision", """
onnxruntime runs the same network converted by skl2onnx. The peers compute in single precision, the module in double, as
scikit-learn does for rows of doubles. Outputs are held to 5e-5 here: the peers' sums of 512 products are off by more than
1e-5."""),
    "commands": ("The command line", "\nWhole processes with their children, from start to end: CPU time and the largest resident memory."),
    "cores": ("All cores", """
Time on the wall: scorepack's is the whole process with the predictions written; the peers' is reading and scoring in a
Python that has already imported everything, with as many threads as the libraries take, and nothing written. The fastest
of five rounds counts, because time on the wall takes in whatever else the machine does."""),
    "large": ("Large artifacts", "\nAn artifact (`--engine native --no-score-module`) whose model file is 5 GB of random bytes: `pack` digests and writes it."),
    "partitions": ("Many models in one artifact", ""),
}

OPENING = """# Benchmarks

scorepack beside its peers: the same models on the same rows. `python3 benches/peers` measures and writes this page
([benches/README.md](../benches/README.md)); slow rows stand here as well as fast ones, with their cause.

![Times as fast as each peer](benchmarks.svg)

A ratio is *their time / our time*, the median over interleaved rounds in rotated order, thread CPU time on one thread
unless said otherwise, distinct rows in another order in every round. Before anything is timed, the outputs are compared
with the framework's (1e-5 where it computes in single precision, 1e-9 in double); a peer whose answers differ is not
measured. *Ours* is the time of a row, copies into and out of the module included: it depends on the machine and on what
else it does, the ratios hardly. *Compile* is Cranelift's CPU time for the module with the sandbox's settings (fuel on); its size stands beside it. **Bold** is
below the floor.
"""


def write(results, families):
    (ROOT / "docs" / "benchmarks.md").write_text(document(results, families))
    (ROOT / "docs" / "benchmarks.svg").write_text(chart(groups(results, families)))


def document(results, families):
    content = results.content
    parts = [OPENING, f"Machine: {content['processor']}. Last measured {content['date']}.\n"]
    pinned = ", ".join(f"{name} {version}" for name, version in content["versions"].items())
    parts.append(f"Versions: {pinned}.\n")
    parts.append(summary([row for family in families for row in results.rows(family)]))
    for family in families:
        rows = results.rows(family)
        if rows:
            heading, text = HEADINGS[family]
            parts.append(f"## {heading}{chr(10) + text.strip(chr(10)) if text else ''}\n")
            parts.append(table(rows))
            parts += notes(rows)
    return "\n".join(parts)


def summary(rows):
    held = [row for row in rows if row["bar"] and row["value"] is not None]
    floors, targets = (sum(reached(row, which) for row in held) for which in (0, 1))
    return f"Of {len(held)} rows with a bar, {floors} reach their floor and {targets} their target.\n"


def table(rows):
    lines = ["| model | work | peer | measured | floor | target | ours |", "|---|---|---|---|---|---|---|"]
    last = None
    for row in rows:
        name = row["title"] if row["title"] != last else ""
        last = row["title"]
        floor, target = (f"{bar:.3g}" for bar in row["bar"]) if row["bar"] else ("", "")
        lines.append(f"| {name} | {row['work']} | {row['peer'] or ''} | {measured(row)} | {floor} | {target} | {row['ours'] or ''} |")
    return "\n".join(lines) + "\n"


def measured(row):
    if row["value"] is None:
        return "–"
    value = described(row["value"]) + ("×" if row["unit"] == "times" else f" {row['unit']}")
    return value if reached(row) else f"**{value}**"


def notes(rows):
    """What could not be measured, and why some works are below their floor or target."""
    found = [f"- {row['title']}, {row['peer']}: not measured: {row['note']}." for row in rows if row["value"] is None]
    reasons = {}
    for row in rows:
        if not reached(row, 1):
            reasons.setdefault(cause(row) or "not explained yet", {}).setdefault(row["title"], []).append(work_of(row))
    for reason, models in reasons.items():
        told = "; ".join(f"{title} ({', '.join(dict.fromkeys(works))})" for title, works in models.items())
        found.append(f"- {told}: {reason}.")
    return ["Below floor or target, or not measured:\n", "\n".join(found) + "\n"] if found else []


def work_of(row):
    return row["work"] + (f" against {row['peer']}" if row["peer"] and row["peer"] != "scikit-learn" else "")


def groups(results, families):
    """The ratios with a bar, for the chart; a peer that all of a family have is told in its heading."""
    found = []
    for family in families:
        held = [row for row in results.rows(family) if row["unit"] == "times" and row["bar"] and row["value"]]
        held = [row for row in held if row["work"] != "batch, module"]
        peers = {row["peer"] for row in held}
        heading = HEADINGS[family][0] + (f", against {next(iter(peers))}" if len(peers) == 1 else "")
        if held:
            found.append((heading, [(label(row, len(peers) > 1), row["value"], row["bar"][0]) for row in held]))
    return found


def label(row, with_peer, most=66):
    """The model, shortened to leave room for the work and the peer."""
    told = ([row["work"]] if row["work"] != "batch" else []) + ([row["peer"]] if with_peer else [])
    work = ": " + ", ".join(told) if told else ""
    title = row["title"]
    if len(title) + len(work) > most:
        title = title[: most - len(work) - 1].rstrip(" ,") + "…"
    return title + work
