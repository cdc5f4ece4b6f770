"""Checks that score.py of an artifact gives the framework's own outputs, whatever form the payload has.

    python acceptance.py ARTIFACT FIXTURE [ARTIFACT FIXTURE ...]

ARTIFACT is a directory made by `scorepack build`; FIXTURE a folder with input.csv and expected.json. score.py is
imported as the service imports it. Needs what the artifact needs and, for some forms, numpy and pandas.
"""

import ast
import base64
import importlib.util
import io
import json
import math
import os
import sys

TOLERANCES = {"float32": 1e-5, "float64": 1e-9}
# Rows sent one by one: the others would only take time.
SINGLE_ROWS = 5


def read_csv(path):
    """A header and rows of cells; an unquoted empty cell is None, a quoted one the empty string."""
    with open(path, encoding="utf-8", newline="") as file:
        content = file.read()
    rows, row, cell, quoted, position = [], [], "", False, 0
    while position < len(content):
        char = content[position]
        if char == '"' and not cell and not quoted:
            end = position + 1
            while content[end] != '"' or content[end + 1 : end + 2] == '"':
                end += 2 if content[end] == '"' else 1
            cell, quoted, position = content[position + 1 : end].replace('""', '"'), True, end
        elif char in ",\n":
            row.append(cell if cell or quoted else None)
            cell, quoted = "", False
            if char == "\n":
                rows.append(row)
                row = []
        elif char != "\r":
            cell += char
        position += 1
    return rows[0], rows[1:]


def typed(cell, attribute):
    """A cell as the signature types it."""
    if cell is None:
        return None
    dtype = attribute["dtype"]
    kinds = {type(category) for category in attribute["categories"] or []}
    if dtype == "category" and kinds == {bool}:
        return {"true": True, "false": False}.get(cell.lower(), cell)
    if dtype == "category" and not (kinds and kinds <= {int, float}):
        return cell
    if dtype == "string":
        return cell
    if cell in ("True", "False"):
        return cell == "True"
    try:
        number = float(cell)
    except ValueError:
        return cell
    if math.isnan(number):
        return None
    return int(number) if number.is_integer() and (dtype == "int64" or kinds == {int}) else number


def in_json(value):
    """A value as a client writes it into JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def payloads(names, rows):
    """Every payload form of the same rows: (what it is, payload)."""
    safe = [[in_json(value) for value in row] for row in rows]
    records = [dict(zip(names, row)) for row in safe]
    columns = {name: [row[i] for row in safe] for i, name in enumerate(names)}
    backwards = {"columns": names[::-1], "data": [row[::-1] for row in safe]}
    by_index = {name: {str(i): value for i, value in enumerate(column)} for name, column in columns.items()}
    extra = [dict(record, **{"no such column": "x"}) for record in records]
    yield "records", records
    yield "records with another column", extra
    yield "data of records", {"data": records}
    yield "JSON text", json.dumps(records)
    yield "data of JSON text", {"data": json.dumps(by_index), "data_type": "<class 'pandas.core.frame.DataFrame'>"}
    yield "bytes", json.dumps({"data": records}).encode()
    yield "dict of columns", columns
    yield "data of dict of columns", {"data": columns}
    yield "split form, columns backwards", backwards
    yield "data of split form", {"data": backwards}
    yield "lists", safe
    yield "data of lists", {"data": safe, "data_type": "<class 'list'>"}
    if not rows:
        return
    try:
        import numpy
        import pandas
    except ImportError:
        return
    frame = pandas.DataFrame({name: [row[i] for row in rows] for i, name in enumerate(names)}, columns=names)
    yield "DataFrame", frame
    yield "DataFrame, columns backwards", frame[names[::-1]]
    if len(names) == 1:
        yield "Series", frame[names[0]]
    spaced = [name.replace("_", " ") for name in names]
    if len(set(spaced)) == len(names):
        yield "DataFrame, spaces for underscores", frame.set_axis(spaced, axis=1)
    if all(isinstance(value, (int, float)) or value is None for row in rows for value in row):
        matrix = numpy.array([[math.nan if value is None else value for value in row] for row in rows], dtype=float)
        yield "array", matrix
        for name, array in [("array", matrix), ("array in Fortran order", numpy.asfortranarray(matrix))]:
            content = io.BytesIO()
            numpy.save(content, array)
            encoded = base64.b64encode(content.getvalue()).decode()
            yield "Base64 " + name, {"data": encoded, "data_type": "<class 'numpy.ndarray'>"}
        yield ".npy bytes", content.getvalue()


def single(names, row):
    """The forms of one row."""
    try:
        import pandas

        yield "Series, backwards", pandas.Series(row[::-1], index=names[::-1], dtype=object)
    except ImportError:
        pass
    record = {name: in_json(value) for name, value in zip(names, row)}
    yield "one record", record
    yield "data of one record", {"data": record}
    if len(names) > 1:
        yield "one list", list(record.values())


def flat(value):
    if isinstance(value, list):
        for item in value:
            yield from flat(item)
    else:
        yield value


def as_number(value):
    return float(value) if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity") else value


def is_stored(row):
    """Whether a row names the columns that it stores."""
    return isinstance(row, dict) and set(row) == {"columns", "values"}


def without_zeros(row):
    """The columns of a row that are not zero, and their values."""
    pairs = zip(row["columns"], row["values"]) if is_stored(row) else enumerate(row)
    kept = [(column, value) for column, value in pairs if as_number(value) != 0]
    return {"columns": [column for column, _ in kept], "values": [value for _, value in kept]}


def difference_of_stored(found, expected, tolerance):
    """As `difference`, for rows of which one side or both name the columns that they store."""
    if len(found) != len(expected):
        return "%d rows, expected %d" % (len(found), len(expected))
    if not all(map(is_stored, [*found, *expected])):
        found, expected = list(map(without_zeros, found)), list(map(without_zeros, expected))
    for row, (a, b) in enumerate(zip(found, expected)):
        if a["columns"] != b["columns"]:
            return "row %d stores columns %s, expected %s" % (row, a["columns"], b["columns"])
    return difference([row["values"] for row in found], [row["values"] for row in expected], tolerance)


def difference(found, expected, tolerance, output=None):
    """The first value that differs, as a sentence; None where all agree.

    `output` is all that is expected of the output, where `expected` is a part of it: small values are measured by it.
    """
    if any(map(is_stored, expected)) or any(map(is_stored, found)):
        return difference_of_stored(found, expected, tolerance)
    if shape(found) != shape(expected):
        return "shape %s, expected %s" % (shape(found), shape(expected))
    found, expected = list(map(as_number, flat(found))), list(map(as_number, flat(expected)))
    known = expected if output is None else map(as_number, flat(output))
    finite = [abs(value) for value in known if isinstance(value, float) and math.isfinite(value)]
    floor = 1e-3 * max(finite, default=0.0)
    for position, (a, b) in enumerate(zip(found, expected)):
        same = type(a) is type(b) and (a == b or (isinstance(a, float) and a != a and b != b))
        if not same and isinstance(b, float) and isinstance(a, float) and math.isfinite(a) and math.isfinite(b):
            same = abs(a - b) <= tolerance * max(abs(a), abs(b), floor)
        # A number that happens to be whole is written without a point by some frameworks' own JSON.
        if not same and not isinstance(a, (bool, str)) and not isinstance(b, (bool, str)) and None not in (a, b):
            same = a == b
        if not same:
            return "value %d is %r, expected %r" % (position, a, b)
    return None


def shape(value):
    return [shape(item) for item in value] if isinstance(value, list) else None


def check_introspection(path):
    """What the service looks at before it imports score.py."""
    with open(path, encoding="utf-8") as file:
        functions = {node.name: node for node in ast.parse(file.read()).body if isinstance(node, ast.FunctionDef)}
    arguments = functions["predict"].args
    required = [argument.arg for argument in arguments.args][: len(arguments.args) - len(arguments.defaults)]
    assert required == ["data"], "predict requires %s" % required
    assert len(functions["load_model"].args.defaults) == len(functions["load_model"].args.args)
    missing = {"deserialize", "pre_inference", "post_inference", "fetch_data_type_from_schema"} - set(functions)
    assert not missing, "score.py lacks %s" % missing


def load_score(artifact):
    path = os.path.join(artifact, "score.py")
    check_introspection(path)
    spec = importlib.util.spec_from_file_location("score_%d" % len(sys.modules), path)
    score = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(score)
    return score


class Check:
    """One artifact against one fixture."""

    def __init__(self, artifact, fixture):
        self.score = load_score(artifact)
        self.attributes = self.score.load_schema(self.score.INPUT_SCHEMA)
        self.names = [attribute["name"] for attribute in self.attributes]
        header, cells = read_csv(os.path.join(fixture, "input.csv"))
        order = [header.index(name) for name in self.names] if set(self.names) <= set(header) else range(len(self.names))
        self.rows = [[typed(row[i], attribute) for i, attribute in zip(order, self.attributes)] for row in cells]
        with open(os.path.join(fixture, "expected.json"), encoding="utf-8") as file:
            self.expected = json.load(file)
        refused = set()
        if os.path.exists(os.path.join(fixture, "case.json")):
            with open(os.path.join(fixture, "case.json"), encoding="utf-8") as file:
                refused = set(json.load(file).get("refused_rows", []))
        self.refused_rows = [self.rows[row] for row in sorted(refused)]
        self.rows = [values for row, values in enumerate(self.rows) if row not in refused]
        self.expected = {
            method: [values for row, values in enumerate(rows) if row not in refused]
            for method, rows in self.expected.items()
        }
        self.partitions = getattr(self.score.load_model(), "partitions", None)
        self.count, self.failures = 0, []

    def tolerance(self, method):
        model = self.score.load_model()
        if hasattr(model, "partitions"):
            model = model.model(next(iter(model.partitions)))
        abi = getattr(model, "abi", None)
        if abi is None:
            return TOLERANCES["float32"]
        outputs = [output for known in abi["methods"] if known["name"] == method for output in known["outputs"]]
        return max(TOLERANCES.get(output["element"], 0.0) for output in outputs)

    def answer(self, what, payload, **options):
        self.count += 1
        answer = self.score.predict(payload, **options)
        text = json.dumps(answer, allow_nan=False)
        keys = ["prediction", "partition", "model_id"] if self.partitions else ["prediction"]
        assert json.loads(text) == answer and list(answer) == keys, "%s: the answer is no plain JSON" % what
        for value, model_id in zip(answer.get("partition", []), answer.get("model_id", []), strict=True):
            assert self.partitions[value]["model_id"] == model_id, "%s: another model's id" % what
        return answer["prediction"]

    def compare(self, what, method, found, expected):
        wrong = difference(found, expected, self.tolerance(method))
        if wrong:
            self.failures.append("%s, %s: %s" % (method, what, wrong))

    def agree(self):
        """Every method in every form."""
        methods = list(self.expected)
        default = "predict" if "predict" in methods else methods[0]
        for what, payload in payloads(self.names, self.rows):
            self.compare(what, default, self.answer(what, payload), self.expected[default])
            for method in methods:
                found = self.answer(what, payload, method=method)
                self.compare(what, method, found, self.expected[method])
        for method in methods:
            payload = {"data": [dict(zip(self.names, map(in_json, row))) for row in self.rows], "method": method}
            self.compare("method in the payload", method, self.answer("method", payload), self.expected[method])
        for row, values in enumerate(self.rows[:SINGLE_ROWS]):
            for what, payload in single(self.names, values):
                self.compare(what, default, self.answer(what, payload), self.expected[default][row : row + 1])
        for what, payload in payloads(self.names, []):
            self.compare(what + ", empty", default, self.answer(what, payload), [])

    def refuse(self):
        """What the schema forbids is refused by name, and rows that the framework cannot score."""
        # The score module refuses what the framework would score by accident.
        for values in self.refused_rows if hasattr(self.score.load_model(), "abi") else []:
            self.refused("a row beyond the training data", [dict(zip(self.names, map(in_json, values)))], "row 0")
        if not self.rows:
            return
        records = [dict(zip(self.names, map(in_json, row))) for row in self.rows[:1]]
        attribute = self.attributes[-1]
        without = [{name: value for name, value in record.items() if name != attribute["name"]} for record in records]
        self.refused("a column too few", without, attribute["name"] if self.score.COLUMNS_ARE_NAMED else "")
        self.refused("a row too long", [list(records[0].values()) + [0.5]], "columns")
        self.refused("an unknown method", {"data": records, "method": "no such method"}, "no such method")
        if self.partitions:
            unknown = {attribute["name"]: "no such partition"}
            self.refused("an unknown partition", records + [dict(records[0], **unknown)], "row 1")
            self.as_numbers(attribute["name"])
        self.refused("text that is no JSON", "rows", "")
        self.refused("two equal keys", '[{"a": 1, "a": 2}]', "equal keys")
        if attribute["dtype"] != "category":
            wrong = 0.5 if attribute["dtype"] == "string" else "x"
            self.refused("a wrong type", [dict(records[0], **{attribute["name"]: wrong})], attribute["name"])
        if attribute["required"]:
            self.refused("a missing value", [dict(records[0], **{attribute["name"]: None})], attribute["name"])

    def as_numbers(self, column):
        """Partitions that are whole numbers are named by numbers, too."""
        if not all(value.isdigit() for value in self.partitions):
            return
        records = [dict(zip(self.names, map(in_json, row))) for row in self.rows]
        for kind in (int, float):
            payload = [dict(record, **{column: kind(record[column])}) for record in records]
            method = next(iter(self.expected))
            self.compare("numbers", method, self.answer("numbers", payload, method=method), self.expected[method])

    def refused(self, what, payload, expected):
        self.count += 1
        try:
            self.score.predict(payload)
        except ValueError as error:
            if expected not in str(error):
                self.failures.append("%s: the error does not name %r: %s" % (what, expected, error))
        else:
            self.failures.append("%s is accepted" % what)


def main(arguments):
    if not arguments or len(arguments) % 2:
        sys.exit(__doc__)
    total, failed = 0, 0
    for artifact, fixture in zip(arguments[::2], arguments[1::2]):
        try:
            check = Check(artifact, fixture)
            check.agree()
            check.refuse()
            count, failures = check.count, check.failures
        except Exception as error:  # One broken artifact must not hide the others.
            count, failures = 0, ["%s: %s" % (type(error).__name__, error)]
        total, failed = total + count, failed + bool(failures)
        if failures:
            print("%s: %d failures, first: %s" % (fixture, len(failures), failures[0]))
    print("%d artifacts, %d answers checked, %d artifacts failed" % (len(arguments) // 2, total, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
