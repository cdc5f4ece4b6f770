"""Checks that `diff` is right about callers: what it calls breaking makes a caller's request fail on score.py of the
second artifact, or mean something else there; what it calls a note does not.

    python diff.py SCOREPACK FOLDER

Needs what score.py needs. FOLDER takes the artifacts.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

FOREST = "sklearn/forest-binary-1.9/model.joblib"
COLUMNS = [{"name": f"x{i}", "dtype": "float64", "nullable": True} for i in range(6)]
ROW = {f"x{i}": 0.5 for i in range(6)}


def column(**changes):
    """The forest's columns with another first one."""
    return [{**COLUMNS[0], **changes}, *COLUMNS[1:]]


LISTED = {"dtype": "category", "categories": [1.0, 2.0, 3.0], "closed": True}
SHORTER = {**LISTED, "categories": [1.0, 2.0]}
# The columns of the first artifact, those of the second, the value that a caller sends in the first column, and the
# code of the finding with whether it breaks.
SIGNATURES = [
    (column(), column(dtype="int64"), 0.5, "diff-column-type", True),
    (column(dtype="int64"), column(), 2, "diff-column-type", False),
    (column(dtype="int64"), column(dtype="int8"), 1000, "diff-column-type", True),
    (column(dtype="int8"), column(dtype="int16"), -100, "diff-column-type", False),
    (column(dtype="int8"), column(dtype="uint64"), -100, "diff-column-type", True),
    (column(dtype="uint8"), column(dtype="int16"), 200, "diff-column-type", False),
    (column(dtype="int64"), column(dtype="bool"), 2, "diff-column-type", True),
    (column(dtype="bool"), column(dtype="int64"), True, "diff-column-type", False),
    (column(dtype="float32"), column(dtype="float64"), 0.1, "diff-column-type", False),
    (column(dtype="float64"), column(dtype="float32"), 0.1, "diff-column-type", False),
    (column(), column(nullable=False), None, "diff-column-nullable", True),
    (column(nullable=False), column(), 0.5, "diff-column-nullable", False),
    (column(), column(name="other"), 0.5, "diff-column-renamed", True),
    (column(name="a b"), column(name="a_b"), 0.5, "diff-column-renamed", False),
    (column(name="a_b"), column(name="a b"), 0.5, "diff-column-renamed", True),
    (column(**LISTED), column(**SHORTER), 3.0, "diff-column-categories", True),
    (column(**SHORTER), column(**LISTED), 2.0, "diff-column-categories", False),
    (column(**LISTED), column(**{**LISTED, "closed": False}), 3.0, "diff-column-categories", False),
    (column(**{**LISTED, "closed": False}), column(**LISTED), 7.0, "diff-column-categories", True),
]


class Artifacts:
    """Artifacts that are built once, and their score.py."""

    def __init__(self, scorepack, folder):
        self.scorepack, self.folder, self.built = scorepack, folder, {}

    def build(self, model, columns=None):
        key = json.dumps([model, columns])
        if key not in self.built:
            path = self.folder / f"diff-{len(self.built)}"
            command = [self.scorepack, "build", "-q", "--no-git", f"fixtures/{model}", "-o", path]
            if columns is not None:
                signature = self.folder / "signature.json"
                signature.write_text(json.dumps({"inputs": columns}))
                command += ["--signature", signature]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            self.built[key] = path
        return self.built[key]

    def diff(self, before, after):
        """The exit code and the findings."""
        command = [self.scorepack, "diff", before, after, "--output-format", "json"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout)["comparison"]["report"]["findings"]


def predict(artifact, payload):
    """What score.py answers, or the error as text."""
    spec = importlib.util.spec_from_file_location(f"score_{artifact.name}", artifact / "score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    try:
        return score.predict(payload, score.load_model())["prediction"]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def check(artifacts, before, after, payload, code, breaks):
    status, findings = artifacts.diff(before, after)
    levels = {finding["severity"] for finding in findings if finding["code"] == code}
    assert levels == {"error" if breaks else "note"}, (code, payload, findings)
    assert status == int(any(finding["severity"] == "error" for finding in findings)), findings
    answer, other = predict(before, payload), predict(after, payload)
    assert isinstance(answer, list), (code, payload, answer)
    assert (answer != other) == breaks, (code, payload, answer, other)


def main(scorepack, folder):
    artifacts = Artifacts(scorepack, folder)
    for old, new, value, code, breaks in SIGNATURES:
        row = {field["name"]: ROW.get(field["name"], 0.5) for field in old} | {old[0]["name"]: value}
        check(artifacts, artifacts.build(FOREST, old), artifacts.build(FOREST, new), [row], code, breaks)

    # Fewer columns: rows without names are refused; more: rows with names are.
    two, three = artifacts.build("sklearn/tree-binary-1.9/model.joblib"), artifacts.build("sklearn/tree-multi-1.9/model.joblib")
    check(artifacts, two, three, [[0.5] * 6], "diff-column-removed", True)
    check(artifacts, three, two, [{f"x{i}": 0.5 for i in range(4)}], "diff-column-added", True)
    # A method that is gone, and one whose answers have another shape.
    forest, boosting = artifacts.build(FOREST), artifacts.build("sklearn/boosting-binary-1.9/model.joblib")
    payload = {"data": [ROW], "method": "decision_function"}
    check(artifacts, boosting, forest, payload, "diff-method-removed", True)
    check(artifacts, boosting, forest, {"data": [ROW], "method": "apply"}, "diff-output", True)
    print(f"diff: {len(SIGNATURES) + 4} changes, and callers break where it says so")


main(sys.argv[1], Path(sys.argv[2]))
