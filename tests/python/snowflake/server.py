"""Calls the functions of an artifact as Snowflake's server does: one at a time, batch by batch, columns by position.

What it needs of the server is the module `_snowflake` with `vectorized`, and the folder of the imported files.
"""

import importlib.util
import itertools
import json
import math
import os
import sys
import types
from decimal import Decimal

import pandas
import yaml

# How columns arrive: as pandas' nullable types, as NumPy's, or numbers as decimals.
STYLES = ("nullable", "numpy", "decimal")
NUMBERS = ("FLOAT", "DOUBLE")
INTEGERS = ("BYTEINT", "SMALLINT", "INT", "BIGINT")
COUNTER = itertools.count()


def vectorized(input, max_batch_size=None, flatten_object_input=False):
    """The decorator: it only notes what the function wants."""
    assert input is pandas.DataFrame
    assert max_batch_size is None or max_batch_size > 0

    def mark(function):
        function.max_batch_size, function.flatten_object_input = max_batch_size, flatten_object_input
        return function

    return mark


def install():
    module = types.ModuleType("_snowflake")
    module.vectorized = vectorized
    sys.modules["_snowflake"] = module


def end_process():
    """Python knows nothing of any model any more."""
    for name in [name for name in sys.modules if name.startswith("scorepack_")]:
        module = sys.modules.pop(name)
        if hasattr(module, "load_model"):
            module.load_model.cache_clear()


class Server:
    """A version of a model, created from the files of an artifact."""

    def __init__(self, artifact, folder):
        with open(os.path.join(artifact, "MANIFEST.yml"), encoding="utf-8") as file:
            self.manifest = yaml.safe_load(file)
        (runtime,) = self.manifest["runtimes"].values()
        # Only what is imported is there, by links: nothing may depend on a file beside it.
        for path in runtime["imports"]:
            os.symlink(os.path.abspath(os.path.join(artifact, path)), os.path.join(folder, path.rstrip("/")))
        sys._xoptions["snowflake_import_directory"] = folder
        before = set(sys.modules)
        self.methods = {method["name"]: method for method in self.manifest["methods"]}
        self.handlers = {name: self._handler(artifact, method) for name, method in self.methods.items()}
        self.modules = [sys.modules[name] for name in set(sys.modules) - before if name.startswith("scorepack_")]

    def _handler(self, artifact, method):
        *path, function = method["handler"].split(".")
        source = os.path.join(artifact, *path) + ".py"
        spec = importlib.util.spec_from_file_location("function_%d" % next(COUNTER), source)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        handler = getattr(module, function)
        if method["type"] == "FUNCTION":
            return handler
        return handler().end_partition if hasattr(handler, "end_partition") else handler().process

    def call(self, name, rows, style="nullable", batch_rows=None):
        """The rows that a method answers: lists of the values of its columns, under their names where it names them."""
        method, handler = self.methods[name], self.handlers[name]
        most = batch_rows or getattr(handler, "max_batch_size", None) or max(len(rows), 1)
        answers = []
        for start in range(0, max(len(rows), 1), most):
            batch = rows[start : start + most]
            answers += self._answer(method, handler, handler(self.frame(method, batch, style)), len(batch))
        return answers

    def frame(self, method, rows, style):
        types = [argument["type"] for argument in method["inputs"]]
        columns = [column([row[position] for row in rows], sql, style) for position, sql in enumerate(types)]
        frame = pandas.concat(columns, axis=1) if columns else pandas.DataFrame()
        # The labels of a batch are not the arguments' names; some clients number them.
        frame.columns = range(len(types)) if style != "numpy" else ["ARG_%d" % i for i in range(len(types))][::-1]
        return frame

    def _answer(self, method, handler, answer, n_rows):
        outputs = method["outputs"]
        if method["type"] == "TABLE_FUNCTION":
            assert isinstance(answer, pandas.DataFrame), type(answer)
            assert answer.shape == (n_rows, len(outputs)), "%s for %d rows" % (answer.shape, n_rows)
            return [list(map(in_sql, row, [o["type"] for o in outputs])) for row in answer.itertuples(index=False)]
        (output,) = outputs
        assert len(answer) == n_rows, "%d answers for %d rows" % (len(answer), n_rows)
        values = answer.tolist() if hasattr(answer, "tolist") else answer
        return [in_sql(value, output["type"]) for value in values]


def column(values, sql, style):
    """A column as it arrives."""
    if sql == "OBJECT":
        return pandas.Series(values, dtype=object)
    missing = [value is None for value in values]
    if sql in INTEGERS:
        if style == "decimal":
            return pandas.Series([None if value is None else Decimal(value) for value in values], dtype=object)
        if style == "numpy" and any(missing):
            return pandas.Series([math.nan if value is None else value for value in values], dtype="float64")
        return pandas.Series(values, dtype="Int64" if style == "nullable" else "int64")
    if sql in NUMBERS:
        if style == "decimal" and all(value is None or math.isfinite(value) for value in values):
            return pandas.Series([None if value is None else Decimal(repr(value)) for value in values], dtype=object)
        if style == "nullable":
            return pandas.Series(pandas.array(values, dtype="Float64"))
        return pandas.Series([math.nan if value is None else value for value in values], dtype="float64")
    if sql == "BOOLEAN":
        return pandas.Series(values, dtype="boolean" if style == "nullable" else object)
    assert sql == "STRING", sql
    return pandas.Series(values, dtype="string" if style == "nullable" else object)


def finite(value):
    """What is written as JSON, which knows no NaN; what the server makes of infinities is beyond this test."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and math.isinf(value) else value


def in_sql(value, sql):
    """A value as the server stores it. What it cannot store fails here."""
    if sql == "OBJECT":
        assert isinstance(value, dict), type(value)
        json.dumps(finite(value), allow_nan=False)
        return value
    if sql == "ARRAY":
        assert isinstance(value, list), type(value)
        json.dumps(finite(value), allow_nan=False)
        return value
    if value is None or value is pandas.NA or value != value:
        assert value is None or value is pandas.NA, "NaN instead of NULL"
        return None
    kinds = {**dict.fromkeys(INTEGERS, int), **dict.fromkeys(NUMBERS, float), "BOOLEAN": bool, "STRING": str}
    plain = value.item() if hasattr(value, "item") else value
    assert type(plain) is kinds[sql], "%r for %s" % (value, sql)
    return plain
