"""Writes the pickles of this folder. Run with numpy 2 and scipy: `python make.py`."""
import collections
import functools
import pickle
from pathlib import Path

import numpy as np
import scipy.sparse

HERE = Path(__file__).parent

loop = [1]
loop.append(loop)
plain = {
    "none": None, "yes": True, "no": False, "small": 7, "wide": 70_000, "long": 2**40, "least": -(2**63), "huge": 2**70,
    "float": -0.1, "inf": float("inf"), "text": "é😀\\\n'", "empty": "", "bytes": b"\x00\xff", "no_bytes": b"",
    "bytearray": bytearray(b"a\xe9"), "tuple": (1, (2,), ()), "list": [1, [2]], "set": {5}, "frozen": frozenset({6}),
    "loop": loop, "ordered": collections.OrderedDict(b=1, a=2), "default": collections.defaultdict(int, x=1),
    "slice": slice(1, None), "ufunc": np.log1p, "partial": functools.partial(np.clip), "method": str.split,
    "f8": np.float64(0.5), "f4": np.float32(0.25), "i4": np.int32(-3), "bool": np.bool_(True), "str": np.str_("né"),
    "type": np.float32,
}
nodes = np.zeros(2, dtype=np.dtype([("left", "<i8"), ("value", "<f4"), ("pair", "<f8", (2,)), ("leaf", "?")], align=True))
nodes["left"] = [1, -1]
nodes["value"] = [0.5, 1.5]
nodes["pair"] = [[1, 2], [3, 4]]
nodes["leaf"] = [False, True]
arrays = {
    "c": np.arange(6.0).reshape(2, 3), "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big": np.array([1, -2], dtype=">i4"), "f4": np.array([0.5], dtype="f4"), "u8": np.array([2**63], dtype="u8"),
    "bool": np.array([True, False]), "text": np.array(["a", "né", ""]), "bytes": np.array([b"a", b"bc"]),
    "objects": np.array(["x", None, float("nan"), 3, True, np.float64(2.0)], dtype=object),
    "f_objects": np.asfortranarray(np.array([["a", "b"], ["c", "d"], ["e", "f"]], dtype=object)),
    "empty": np.zeros((0, 3)), "scalar": np.array(4.0), "time": np.array(["2020-01-01"], dtype="M8[s]"), "nodes": nodes,
    "masked": np.ma.array([1.0, 2.0], mask=[False, True]),
    "csr": scipy.sparse.csr_matrix(np.array([[0, 2.0, 0], [1, 0, 3]])),
    "csc": scipy.sparse.csc_array(np.array([[0, 2.0, 0], [1, 0, 3]])),
}
for protocol in range(6):
    (HERE / f"plain-{protocol}.pkl").write_bytes(pickle.dumps(plain, protocol))
    (HERE / f"arrays-{protocol}.pkl").write_bytes(pickle.dumps(arrays, protocol))
