"""One model beside its peers: outputs compared first, then batches and single rows in interleaved rounds."""

import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import bars
from data import SEED, first, shuffled
from environment import WORK
from measure import Candidate, command, difference, interleaved, ratio
from one_row import CompiledFromC, ModuleFromC
from results import absent, at_most, faster
from score_module import ScoreModule, Text

# CPU seconds that the slowest candidate should take in a round, and the fewest rows of one.
ROUND_SECONDS = 0.06
FEWEST_ROWS = 512
SINGLE_ROWS = 200
COMPARED_ROWS = 2048
COMPILED_ROWS = 2000


@dataclass
class Peer:
    """Something else that scores the same rows. `prepare` is not measured."""

    name: str
    predict: Callable[[Any], Any]
    bar: tuple = bars.SCIKIT_LEARN
    # How far its answers may be from the framework's.
    tolerance: float = 1e-9
    prepare: Callable[[Any], Any] = lambda rows: rows


@dataclass
class Case:
    """A model, rows for it, and its peers, of which the first is the framework."""

    title: str
    file: Path
    rows: Any
    peers: list[Peer]
    method: str = "predict"
    tolerance: float = 1e-9
    # Where a peer cannot take the model: (peer, reason).
    missing: list[tuple[str, str]] = field(default_factory=list)
    compile_bar: tuple | None = None
    # The library that tl2cgen compiled, for one row from C.
    compiled: Path | None = None
    # Measure one row called from Python, with this bar per peer.
    single: dict[str, tuple | None] | None = None
    note: str | None = None
    # What the answers are compared with, where it is not those of the framework's one call.
    expected: Callable[[Any], Any] | None = None


@dataclass
class Session:
    """What a run was asked for."""

    scorepack: Path
    rounds: int
    modules: list[Path]
    models: set[str] | None

    def wants(self, model):
        return self.models is None or model in self.models

    def build(self, model, file):
        """A fresh artifact."""
        artifact = WORK / f"{model}.zip"
        artifact.unlink(missing_ok=True)
        command([self.scorepack, "build", file, "-o", artifact])
        return artifact


def trained(file, fit):
    """A file of target/benches, made once."""
    path = WORK / file
    if not path.exists():
        print(f"making {file}", file=sys.stderr)
        start = time.perf_counter()
        fit(path)
        print(f"made {file} in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return path


def family(session, cases):
    """The rows of a table of models: {model: function that makes its case}."""
    found = []
    for model, make in cases.items():
        if session.wants(model):
            found += measured(session, model, make())
    return found


def measured(session, model, case):
    artifact = session.build(model, case.file)
    module = ScoreModule(artifact, case.method)
    ours = [Candidate("scorepack", module.predict)]
    if any(isinstance(arena, Text) for arena in module.inputs):
        ours.append(Candidate("module", module.score, module.prepare))
    for directory in session.modules:
        ours.append(Candidate(directory.name, ScoreModule(directory / f"{model}.wasm", case.method).predict))
    compare(model, case, ours)
    peers = [Candidate(peer.name, peer.predict, peer.prepare) for peer in case.peers]
    rows = first(case.rows, rows_of_round(ours + peers, case.rows))
    found = batch_rows(session, model, case, ours, peers, rows)
    if case.single is not None:
        found += single_rows(session, model, case, ours[0], peers, rows)
    if case.compiled is not None and any(peer.name == "tl2cgen" for peer in case.peers):
        found.append(compiled_row(session, model, case, module, rows))
    title = f"{case.title}; {module.bytes / 1024:.0f} KiB"
    return found + [at_most(model, title, "compile", module.compile_ms, "ms CPU", case.compile_bar)]


def compare(model, case, ours):
    """Every candidate against the framework, on rows that nothing is timed with. A peer that answers otherwise is told of."""
    rows = first(shuffled(case.rows, SEED), COMPARED_ROWS)
    expected = case.expected(rows) if case.expected else case.peers[0].predict(case.peers[0].prepare(rows))
    for candidate in ours:
        found = candidate.predict(candidate.prepare(rows))
        if (worst := difference(found, expected)) > case.tolerance:
            raise SystemExit(f"{model}: {candidate.name} differs by {worst:.1e}, expected at most {case.tolerance:.0e}")
    for peer in case.peers[1:]:
        worst = difference(peer.predict(peer.prepare(rows)), expected)
        if worst > peer.tolerance:
            case.peers.remove(peer)
            case.missing.append((peer.name, f"its answers differ from the framework's by {worst:.0e} of their size"))


def rows_of_round(candidates, rows):
    """As many rows as the slowest candidate scores in ROUND_SECONDS."""
    few = first(rows, FEWEST_ROWS)
    slowest = 0
    for candidate in candidates:
        prepared = candidate.prepare(few)
        start = time.thread_time()
        candidate.predict(prepared)
        slowest = max(slowest, time.thread_time() - start)
    blocks = max(1, int(ROUND_SECONDS / max(slowest, 1e-6)))
    return min(len(rows), blocks * FEWEST_ROWS)


def batch_rows(session, model, case, ours, peers, rows):
    times = interleaved(ours + peers, lambda number: shuffled(rows, number), session.rounds)
    found = []
    for i, candidate in enumerate(ours):
        speed = f"{statistics.median(times[i]) / len(rows) * 1e6:.3g} µs a row"
        work = "batch" if candidate.name == "scorepack" else f"batch, {candidate.name}"
        for j, peer in enumerate(case.peers, len(ours)):
            value = ratio(times[i], times[j])
            found.append(faster(model, case.title, work, peer.name, value, peer.bar, speed, case.note))
    return found + [absent(model, case.title, "batch", peer, reason) for peer, reason in case.missing]


def single_rows(session, model, case, ours, peers, rows):
    """Rows one by one, called from Python."""

    def one_by_one(candidate):
        def run(prepared):
            for one in prepared:
                candidate.predict(one)

        return Candidate(candidate.name, run, lambda rows: [candidate.prepare(rows[i : i + 1]) for i in range(len(rows))])

    candidates = [one_by_one(ours)] + [one_by_one(peer) for peer in peers if peer.name in case.single]
    times = interleaved(candidates, lambda number: first(shuffled(rows, number), SINGLE_ROWS), session.rounds)
    speed = f"{statistics.median(times[0]) / SINGLE_ROWS * 1e6:.3g} µs a row"
    return [
        faster(model, case.title, "one row, from Python", candidate.name, ratio(times[0], times[i]), case.single[candidate.name], speed)
        for i, candidate in enumerate(candidates)
        if i > 0
    ]


def compiled_row(session, model, case, module, rows):
    """Rows one by one, called from C: the module through wasmtime's C interface against compiled C."""
    ours = ModuleFromC(module)
    theirs = CompiledFromC(case.compiled, ours.arena.dtype, module.output.width)
    times = [[], []]
    for number in range(session.rounds + 1):
        some = first(shuffled(rows, number), COMPILED_ROWS)
        both = [ours.predict, theirs.predict]
        answers = [None, None]
        for i in (0, 1) if number % 2 else (1, 0):
            seconds, answers[i] = both[i](some)
            times[i].append(seconds)
        if (worst := difference(answers[1], answers[0])) > 1e-3:
            raise SystemExit(f"{model}: one row from C: the answers differ by {worst:.1e}")
    speed = f"{statistics.median(times[0]) / len(some) * 1e6:.3g} µs a row"
    return faster(model, case.title, "one row, from C", "tl2cgen", ratio(times[0][1:], times[1][1:]), bars.ONE_ROW, speed)
