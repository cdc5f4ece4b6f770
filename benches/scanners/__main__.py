#!/usr/bin/env python3
"""Runs other scanners of model files over fixtures/hostile beside `scorepack scan`, and writes the table in README.md.

    cargo build --release && python3 benches/scanners

Each gets a virtual environment of its own (.venvs/scanners-<name>, pinned in requirements-<name>.txt) and one process per
file. *Blocked* is what CI would see: an exit code that is not 0, be it a finding, an error or a traceback, or no answer
within a minute; modelscan's 3, "nothing scanned", is not. The same on an honest file is a false alarm. For scorepack,
`unsupported` is an exit code that is not 0 either, so that it is counted like the others.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORPUS = ROOT / "fixtures" / "hostile"
RESULTS = ROOT / "target" / "scanners.json"
BEGIN, END = "<!-- scanners -->", "<!-- /scanners -->"
ELSEWHERE = ["sklearn/*/model.pkl", "sklearn/*/model.joblib", "xgboost/*/model.*", "lightgbm/*/model.*"]
# Name in the table, environment, arguments before the file, exit codes besides 0 that let a file pass.
SCANNERS = [
    ("modelscan", "modelscan", ["modelscan", "scan", "-p"], {3}),
    ("picklescan", "picklescan", ["picklescan", "-p"], set()),
    ("picklescan --strict", "picklescan", ["picklescan", "--strict", "-p"], set()),
    ("fickling --check-safety", "fickling", ["fickling", "--check-safety"], set()),
    ("modelaudit", "modelaudit", ["modelaudit", "scan"], set()),
]
CLASSES = [("dangerous", "blocked of {} dangerous"), ("malformed", "blocked of {} malformed"), ("honest", "false alarms on {} honest")]
SECONDS = 60
# No telemetry, no network but the loopback's closed ports, no colours.
ENVIRONMENT = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1", "PROMPTFOO_DISABLE_UPDATE": "1"}


def installed(name, folder):
    """The environment's folder of commands; made anew when the pins change."""
    pins = HERE / f"requirements-{name}.txt"
    target = folder / f"scanners-{name}"
    copy = target / "installed.txt"
    if not copy.exists() or copy.read_bytes() != pins.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", target], check=True)
        subprocess.run([target / "bin" / "pip", "install", "--quiet", "--no-deps", "-r", pins], check=True)
        copy.write_bytes(pins.read_bytes())
    return target / "bin"


def version(name):
    lines = (HERE / f"requirements-{name}.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{name}=="))


def corpus(every):
    """Files by class, each `every`th; archives that break a rule count as malformed."""
    files = {"dangerous": [], "malformed": [], "honest": []}
    for path in sorted(path for path in CORPUS.glob("*/*/*") if path.is_file()):
        word = path.relative_to(CORPUS).parts[0]
        # The archives of artifacts are a format of our own: other scanners cannot know its rules.
        if path.parent.name != "bundle":
            files["malformed" if word == "archives" else word].append(path)
    others = [path for pattern in ELSEWHERE for path in sorted((ROOT / "fixtures").glob(pattern))]
    files["honest"] += [path for path in others if not path.parent.name.startswith("refused")][::8]
    return {word: paths[::every] for word, paths in files.items()}


def scanned(command, path, passing):
    """Whether a scanner blocks a file, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        try:
            environment = os.environ | ENVIRONMENT | {"HOME": folder}
            done = subprocess.run([*command, path], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=SECONDS)
            blocked = done.returncode != 0 and done.returncode not in passing
        except subprocess.TimeoutExpired:
            blocked = True
        return blocked, time.monotonic() - begin


def measure(label, command, passing, files, jobs):
    row, seconds = {"scanner": label}, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for word, paths in files.items():
            outcomes = list(pool.map(lambda path: scanned(command, path, passing), paths))
            row[word] = sum(blocked for blocked, _ in outcomes)
            row[f"{word}_names"] = [str(path.relative_to(ROOT)) for path, (blocked, _) in zip(paths, outcomes) if blocked != (word != "honest")]
            seconds += [second for _, second in outcomes]
    row["seconds"] = statistics.median(seconds)
    print(label, {word: row[word] for word in files}, f"{row['seconds']:.2f} s", flush=True)
    return row


def table(rows, counts):
    """The table, in Markdown."""
    head = [title.format(counts[word]) for word, title in CLASSES]
    lines = [f"| | {' | '.join(head)} | median time |", "|---|" + "---:|" * 4]
    for row in rows:
        shares = [f"{row[word]} ({100 * row[word] / counts[word]:.0f} %)" for word, _ in CLASSES]
        lines.append(f"| {row['scanner']} | {' | '.join(shares)} | {row['seconds']:.2f} s |")
    return "\n".join(lines) + "\n"


def write(text):
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        sys.exit(f"scanners: README.md has no `{BEGIN}` … `{END}`")
    readme.write_text(f"{before}{BEGIN}\n{text}{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scorepack", default=ROOT / "target" / "release" / "scorepack", help="the program to measure")
    parser.add_argument("--venvs", default=ROOT / ".venvs", type=pathlib.Path, help="where the environments are made")
    parser.add_argument("--every", default=1, type=int, help="each so many-th file only")
    parser.add_argument("--jobs", default=os.cpu_count(), type=int)
    parser.add_argument("--no-render", action="store_true", help="prints, and leaves README.md as it is")
    args = parser.parse_args()
    files = corpus(args.every)
    scanners = [("**scorepack scan**", [str(pathlib.Path(args.scorepack).resolve()), "scan"], set())]
    for label, name, command, passing in SCANNERS:
        folder = installed(name, args.venvs)
        scanners.append((label.replace(name, f"{name} {version(name)}", 1), [folder / command[0], *command[1:]], passing))
    rows = [measure(label, command, passing, files, args.jobs) for label, command, passing in scanners]
    counts = {word: len(paths) for word, paths in files.items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"counts": counts, "rows": rows}, indent=1))
    text = table(rows, counts)
    print(text)
    if not args.no_render:
        write(text)


if __name__ == "__main__":
    main()
