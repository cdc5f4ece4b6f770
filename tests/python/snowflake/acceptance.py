"""Checks that artifacts for Snowflake give the framework's own outputs, in the server's functions and in its package.

    python acceptance.py FOLDER

In FOLDER/builds every line is a way of building and a case: FOLDER/WAY/CASE is an artifact for Snowflake, fixtures/CASE
holds input.csv and expected.json.
"""

import concurrent.futures
import json
import math
import os
import pathlib
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True

import acceptance as payloads  # noqa: E402 - the parent folder's: how rows are read and compared
import numpy  # noqa: E402
import pandas  # noqa: E402
import server  # noqa: E402
import yaml  # noqa: E402
from client import Client  # noqa: E402
from snowflake.connector.util_text import split_statements  # noqa: E402

# Rows sent one by one: the others would only take time.
SINGLE_ROWS = 5


class Check:
    """One artifact against one fixture."""

    def __init__(self, artifact, fixture, folder):
        self.artifact, self.count, self.failures = artifact, 0, []
        with open(os.path.join(artifact, "manifest.yaml"), encoding="utf-8") as file:
            self.described = yaml.safe_load(file)
        self.attributes = attributes(artifact)
        self.names = [attribute["name"] for attribute in self.attributes]
        self.rows, self.refused_rows, self.expected = recorded(fixture, self.attributes)
        self.client = Client(artifact)
        self.server = server.Server(artifact, folder)
        self.sql_names = {method["handler"].split(".")[1]: name for name, method in self.server.methods.items()}

    def is_native(self):
        return self.described["artifact"]["engine"] == "native"

    def tolerance(self, method):
        (entry,) = [known for known in self.described["methods"] if known["name"] == method]
        floats = [output["dtype"] for output in entry["outputs"]]
        # The framework's own single precision depends on how many rows it sees at once.
        return 1e-4 if self.is_native() else max(payloads.TOLERANCES.get(dtype, 0.0) for dtype in floats)

    def compare(self, what, method, found, expected):
        self.count += 1
        wrong = self.difference(method, found, expected)
        if wrong:
            self.failures.append("%s, %s: %s" % (method, what, wrong))

    def difference(self, method, found, expected):
        if any(map(payloads.is_stored, expected)):
            found = [row[0] if len(row) == 1 and payloads.is_stored(row[0]) else row for row in found]
            return payloads.difference(found, expected, self.tolerance(method))
        flat = [list(payloads.flat(row)) if isinstance(row, list) else [row] for row in expected]
        if len(found) == len(flat) and all(len(a) == len(b) for a, b in zip(found, flat)):
            found = [[unknown(a, b) for a, b in zip(row, other)] for row, other in zip(found, flat)]
        return payloads.difference(found, flat, self.tolerance(method), self.expected[method])

    def is_built(self, way):
        """The artifact is what it was built to be: else its answers would say nothing."""
        self.count += 1
        for name, method in self.server.methods.items():
            handler = self.server.handlers[name]
            target = method["handler"].split(".")[1]
            assert method["volatility"] == ("VOLATILE" if way == "batches" else "IMMUTABLE"), method["volatility"]
            is_table = way in ("table", "native-table", "partition", "as-written")
            assert method["type"] == ("TABLE_FUNCTION" if is_table else "FUNCTION"), method["type"]
            assert self.client.meta.function_properties[target]["PARTITIONED"] == (way == "partition")
            assert handler.__name__ == ("end_partition" if way == "partition" else "process" if is_table else "infer")
            assert handler.max_batch_size == (7 if way == "batches" else None), handler.max_batch_size
            assert name == (target if way == "as-written" else target.upper()), name
            if way == "one-value":
                assert method["outputs"] != [{"type": "OBJECT"}]
            if way == "wide":
                assert method["inputs"] == [{"name": "INPUT", "type": "OBJECT"}]
            if way == "as-written":
                assert [argument["name"] for argument in method["inputs"]] == self.names
        assert self.is_native() == way.startswith("native")
        assert (self.client.meta.model_type == "custom") == (way != "snowflake-ml"), self.client.meta.model_type

    def check_script(self):
        """register.sql, split into statements as a client splits it, puts every file that is needed where it belongs."""
        self.count += 1
        with open(os.path.join(self.artifact, "register.sql"), encoding="utf-8") as file:
            statements = [text.strip() for text, _ in split_statements(file, remove_comments=True) if text.strip()]
        puts = [statement.split()[1:3] for statement in statements if statement.startswith("PUT ")]
        stages = {target.strip("'").split("/")[0] for _, target in puts}
        assert len(stages) == 1, stages
        uploads = {path.strip("'")[len("file://") :]: target.strip("'").partition("/")[2] for path, target in puts}
        needed = {
            os.path.relpath(os.path.join(folder, name), self.artifact)
            for part in ("model", "functions", "runtimes")
            for folder, _, names in os.walk(os.path.join(self.artifact, part))
            for name in names
        }
        assert set(uploads) == needed | {"MANIFEST.yml"}, set(uploads) ^ (needed | {"MANIFEST.yml"})
        assert all(target == os.path.dirname(path) for path, target in uploads.items())
        (create,) = [statement for statement in statements if statement.startswith("CREATE MODEL ")]
        assert create.endswith("FROM %s;" % stages.pop()), create

    # The server.

    def arguments(self, method, rows):
        """Rows as the arguments of a method: one OBJECT where it takes one, its members in no order."""
        if [argument["name"] for argument in self.server.methods[self.sql_names[method]]["inputs"]] != ["INPUT"]:
            return rows
        written = [[name, name.upper(), '"%s"' % name][i % 3] for i, name in enumerate(self.names)]
        return [[dict(sorted(zip(written, row)))] for row in rows]

    def call(self, method, rows, **options):
        answers = self.server.call(self.sql_names[method], self.arguments(method, rows), **options)
        names = [feature.name for feature in self.client.meta.signatures[method].outputs]
        if answers and isinstance(answers[0], dict):
            assert all(list(answer) == names for answer in answers), "the members are %s" % list(answers[0])
            answers = [list(answer.values()) for answer in answers]
        return [list(payloads.flat(answer)) if isinstance(answer, list) else [answer] for answer in answers]

    def agree_in_functions(self):
        """Every function, however its rows are split and ordered and however their columns arrive."""
        for method in self.sql_names:
            expected = self.expected[method]
            for style in server.STYLES:
                self.compare(style, method, self.call(method, self.rows, style=style), expected)
            self.compare("backwards", method, self.call(method, self.rows[::-1]), expected[::-1])
            self.compare("every third row", method, self.call(method, self.rows[::3]), expected[::3])
            self.compare("batches of 7", method, self.call(method, self.rows, batch_rows=7), expected)
            for row in range(min(SINGLE_ROWS, len(self.rows))):
                style = server.STYLES[row % len(server.STYLES)]
                one = slice(row, row + 1)
                self.compare("row %d" % row, method, self.call(method, self.rows[one], style=style), expected[one])
            self.compare("no row", method, self.call(method, []), [])
        (package,) = [module for module in self.server.modules if "." not in module.__name__]
        self.count += 1
        if package.load_model.cache_info().misses != 1:
            self.failures.append("the model was loaded %d times" % package.load_model.cache_info().misses)

    def refuse(self):
        """What the model refuses fails with the row and the column."""
        method = next(iter(self.sql_names))
        for values in [] if self.is_native() else self.refused_rows:
            self.refused("a row beyond the training data", method, [values], "row 0")
        if not self.rows:
            return
        position = len(self.names) - 1
        row = list(self.rows[0])
        if self.attributes[position]["required"]:
            row[position] = None
            self.refused("a missing value", method, [self.rows[0], row], "row 1: column `%s`" % self.names[position])
        if self.server.methods[self.sql_names[method]]["inputs"][0]["name"] != "INPUT":
            self.count += 1
            try:
                handler = self.server.handlers[self.sql_names[method]]
                handler(pandas.DataFrame([row + [0.5]]))
            except ValueError as error:
                assert "arguments" in str(error), error
            else:
                self.failures.append("an argument too many is accepted")

    def refused(self, what, method, rows, expected):
        self.count += 1
        try:
            self.call(method, rows)
        except ValueError as error:
            if expected not in str(error):
                self.failures.append("%s: the error does not name %r: %s" % (what, expected, error))
        else:
            self.failures.append("%s is accepted" % what)

    # Its package.

    def agree_in_package(self):
        self.client.check_manifest()
        self.client.check_metadata()
        self.count += 2
        model = self.client.load()
        if self.client.meta.model_type == "custom":
            self.agree_in_class(model)
        else:
            self.agree_in_framework(model)

    def agree_in_class(self, model):
        """The class of ours that it loads."""
        for method in self.sql_names:
            expected = self.expected[method]
            frame = self.typed_frame(method)
            for what, rows, wanted in [
                ("all rows", frame, expected),
                ("columns and rows backwards", frame.iloc[::-1, ::-1], expected[::-1]),
                ("one row", frame.iloc[:1], expected[:1]),
                ("no row", frame.iloc[:0], []),
            ]:
                answer = getattr(model, method)(rows)
                answers = [list(payloads.flat(row)) for row in answer.values.tolist()]
                self.compare("%s of %s" % (what, type(model).__name__), method, answers, wanted)
                assert list(answer.columns) == [f.name for f in self.client.meta.signatures[method].outputs]

    def typed_frame(self, method):
        """The rows as its own generated function would hand them to a model."""
        frame = pandas.DataFrame(self.rows, columns=self.names, dtype=object)
        features = self.client.meta.signatures[method].inputs
        return frame.astype({feature.name: feature.as_dtype() for feature in features})

    def agree_in_framework(self, model):
        """The framework's own object that it loads, and its own wrapper around it."""
        wrapper = self.client.load_as_custom_model()
        for method in self.sql_names:
            expected = self.expected[method]
            answer = self.of_framework(model, method, expected)
            self.compare("the object itself", method, answer, expected)
            signature = self.client.meta.signatures[method]
            # Its wrapper gives categories codes by batch, and text to what was trained on something else.
            if not any(attribute["dtype"] in ("category", "string") for attribute in self.attributes):
                frame = pandas.DataFrame(self.rows, columns=self.names, dtype="float64")
                # It cannot take apart what is neither a table nor an array.
                itself = self.raw(model, method, frame)
                if self.is_no_table(itself):
                    continue
                answer = getattr(wrapper, method)(frame)
                # It leaves the names of a table that the framework itself returns.
                names = [feature.name for feature in signature.outputs]
                assert list(answer.columns) == names or isinstance(itself, pandas.DataFrame), list(answer.columns)
                # How rows lie in memory decides some answers of scikit-learn's: the wrapper has its own way.
                self.compare("its own wrapper", method, plain(answer), plain(itself))

    @staticmethod
    def is_no_table(answer):
        return isinstance(answer, tuple) or hasattr(answer, "toarray")

    def of_framework(self, model, method, expected):
        """The rows that the framework's object answers, as it was trained to see a missing text: None or NaN."""
        answers = []
        for missing in (None, math.nan):
            try:
                answers.append(plain(self.raw(model, method, framework_frame(self, missing))))
            except (ValueError, TypeError) as error:
                failure = error
        if not answers:
            raise failure
        return min(answers, key=lambda answer: self.difference(method, answer, expected) is not None)

    def raw(self, model, method, frame):
        if type(model).__module__ == "xgboost.core":
            import xgboost

            return model.predict(xgboost.DMatrix(frame, enable_categorical=True))
        return getattr(model, method)(frame)


def framework_frame(check, missing):
    """The rows as the framework was trained on them."""
    described = check.described["model"]
    boosters = described["framework"]["name"] in ("xgboost", "lightgbm") or described["estimator"]["class"].startswith(
        ("XGB", "LGBM")
    )
    columns = {}
    for position, attribute in enumerate(check.attributes):
        values = [row[position] for row in check.rows]
        kinds = {type(category) for category in attribute["categories"] or []}
        if attribute["dtype"] == "category" and boosters:
            series = pandas.Series(values, dtype=object)
            columns[attribute["name"]] = pandas.Categorical(series, categories=attribute["categories"])
        elif attribute["dtype"] == "string" or (attribute["dtype"] == "category" and not kinds <= {int, float}):
            filled = [missing if value is None else value for value in values]
            columns[attribute["name"]] = pandas.Series(filled, dtype=object)
        else:
            filled = [math.nan if value is None else value for value in values]
            dtype = attribute["dtype"] if attribute["dtype"].startswith("float") else "float64"
            columns[attribute["name"]] = pandas.Series(filled, dtype=dtype)
    frame = pandas.DataFrame(columns)
    first = described["estimator"]
    while first.get("steps") and first["class"] != "ColumnTransformer":
        first = first["steps"][0]
    # A vectorizer at the head takes no table.
    if first["class"] in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"):
        return frame.iloc[:, 0]
    if first["class"] == "DictVectorizer":
        return [{name: value for name, value in zip(frame, row) if value == value} for row in frame.values.tolist()]
    return frame if described["fields_are_named"] else frame.to_numpy().copy()


def plain(result):
    """Rows of values, whatever container the framework returns."""
    if isinstance(result, (list, tuple)):
        return [[item for part in row for item in part] for row in zip(*(plain(part) for part in result))]
    if hasattr(result, "toarray"):
        result = result.toarray()
    rows = numpy.asarray(result).tolist()
    return [list(payloads.flat(lists(row))) if isinstance(row, list) else [row] for row in rows]


def lists(value):
    """A value with lists for the arrays in it."""
    if isinstance(value, list):
        return [lists(item) for item in value]
    return value.tolist() if isinstance(value, numpy.ndarray) else value


def attributes(artifact):
    with open(os.path.join(artifact, "model", "input_schema.json"), encoding="utf-8") as file:
        found = sorted(json.load(file)["schema"], key=lambda attribute: attribute["order"])
    for attribute in found:
        attribute["categories"] = attribute["domain"]["stats"].get("categories")
    return found


def recorded(fixture, columns):
    """Rows typed by the model's columns, those that it refuses, and the framework's outputs for the others."""
    names = [attribute["name"] for attribute in columns]
    header, cells = payloads.read_csv(os.path.join(fixture, "input.csv"))
    order = [header.index(name) for name in names] if set(names) <= set(header) else range(len(names))
    rows = [[payloads.typed(row[i], attribute) for i, attribute in zip(order, columns)] for row in cells]
    with open(os.path.join(fixture, "expected.json"), encoding="utf-8") as file:
        expected = json.load(file)
    with open(os.path.join(fixture, "case.json"), encoding="utf-8") as file:
        refused = set(json.load(file).get("refused_rows", []))
    kept = [row for row in range(len(rows)) if row not in refused]
    expected = {method: [answers[row] for row in kept] for method, answers in expected.items()}
    return [rows[row] for row in kept], [rows[row] for row in sorted(refused)], expected


def unknown(found, expected):
    """NULL where the framework says NaN."""
    expected = payloads.as_number(expected)
    is_nan = isinstance(expected, float) and math.isnan(expected)
    return math.nan if is_nan and (found is None or found is pandas.NA) else found


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    with open(os.path.join(arguments[0], "builds"), encoding="utf-8") as file:
        builds = [line.split() for line in file]
    total, failed = 0, 0
    with concurrent.futures.ProcessPoolExecutor(initializer=server.install) as processes:
        folders = [(way, os.path.join(arguments[0], way, case), fixture(arguments[0], case)) for way, case in builds]
        for (way, case), (count, failures) in zip(builds, processes.map(checked, folders, chunksize=10)):
            total, failed = total + count, failed + bool(failures)
            if failures:
                print("%s (%s): %d failures, first: %s" % (case, way, len(failures), failures[0][:600]), flush=True)
    print("%d artifacts, %d answers checked, %d artifacts failed" % (len(builds), total, failed))
    return 1 if failed else 0


def fixture(folder, case):
    """The folder of a case: of the project, or made for this run."""
    of_project = os.path.join("fixtures", case)
    return of_project if os.path.isdir(of_project) else os.path.join(folder, "made", case)


def checked(build):
    """How many answers were compared, and what was wrong."""
    way, artifact, fixture = build
    with tempfile.TemporaryDirectory() as folder:
        try:
            check = Check(artifact, fixture, folder)
            check.is_built(way)
            check.check_script()
            check.agree_in_functions()
            check.refuse()
            server.end_process()
            check.agree_in_package()
            return check.count, check.failures
        except Exception as error:  # One broken artifact must not hide the others.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = "%s:%s" % (os.path.basename(place.filename), place.lineno)
            return 0, ["%s: %s (%s)" % (type(error).__name__, error, where)]
        finally:
            server.end_process()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
