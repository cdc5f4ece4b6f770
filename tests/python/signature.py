"""Checks that score.py holds rows to every type that a signature can declare, and gives them to the framework as such.

    python signature.py SCOREPACK FOLDER

The model is one that is not read, so its columns are the signature's alone; joblib is a stand-in that loads a recorder.
"""

import datetime
import importlib.util
import subprocess
import sys
import types
from pathlib import Path

import numpy

MODEL = Path(__file__).resolve().parents[2] / "fixtures/sklearn/refused-dummy-1.9/model.joblib"
SIGNATURE = """
inputs:
  - {name: i8, dtype: int8}
  - {name: u16, dtype: uint16}
  - {name: u64, dtype: uint64, nullable: true}
  - {name: f, dtype: float}
  - {name: b, dtype: bytes}
  - {name: t, dtype: timestamp_ntz, nullable: true}
  - {name: v, dtype: double, shape: [2]}
  - {name: o, dtype: object, fields: [{name: x, dtype: string}]}
outputs:
  - {name: y, dtype: double}
"""
ROW = {
    "i8": -128,
    "u16": 65535,
    "u64": 2**53,
    "f": 0.1,
    "b": "AAEC",
    "t": "2026-01-31T12:00:00",
    "v": [1.0, 2.0],
    "o": {"x": "a"},
}
WRONG = [
    {"i8": 128},
    {"i8": -129},
    {"i8": 0.5},
    {"i8": None},
    {"u16": -1},
    {"u16": 65536},
    {"u64": -1},
    {"u64": 2**64},
    {"b": "%%"},
    {"b": None},
    {"t": "yesterday"},
    {"t": "2026-01-31T12:00:00+01:00"},
    {"v": 3},
    {"o": "x"},
]


class Recorder:
    """A model that keeps what it is given."""

    def predict(self, frame):
        self.frame = frame
        return numpy.full(len(frame), 0.5)


def load(folder, recorder):
    sys.modules["joblib"] = types.SimpleNamespace(load=lambda file: recorder)
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    return score


def main(scorepack, folder):
    (folder / "signature.yaml").write_text(SIGNATURE)
    artifact = folder / "artifact"
    command = [scorepack, "build", "-q", MODEL, "--engine", "native", "--no-git", "-o", artifact]
    command += ["--signature", folder / "signature.yaml"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 2, "there is no score module for it"
    subprocess.run([*command, "--no-score-module"], check=True)
    recorder = Recorder()
    score = load(artifact, recorder)

    assert score.predict({"data": [ROW]}) == {"prediction": [0.5]}
    types_of = {name: str(dtype) for name, dtype in recorder.frame.dtypes.items()}
    assert types_of == {
        "i8": "int8",
        "u16": "uint16",
        "u64": "uint64",
        "f": "float32",
        "b": "object",
        "t": "datetime64[ns]",
        "v": "object",
        "o": "object",
    }, types_of
    given = recorder.frame.iloc[0]
    assert (given["i8"], given["u16"], given["u64"], given["b"]) == (-128, 65535, 2**53, b"\x00\x01\x02")
    assert given["t"] == datetime.datetime(2026, 1, 31, 12)
    assert (given["v"], given["o"]) == ([1.0, 2.0], {"x": "a"})

    for change in WRONG:
        try:
            score.predict({"data": [{**ROW, **change}]})
        except ValueError as error:
            (name,) = change
            assert f"column `{name}`" in str(error), error
        else:
            raise AssertionError(f"{change} was accepted")
    assert score.predict({"data": [{**ROW, "u64": None, "t": None}]}) == {"prediction": [0.5]}
    assert recorder.frame.iloc[0][["u64", "t"]].isna().all()
    print(f"signature: {len(ROW)} types kept, {len(WRONG)} wrong values refused")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
