"""Checks our artifacts with oracle-ads itself, offline: it loads them, introspects them, and verifies their predictions.

    python oci_acceptance.py SCOREPACK FOLDER [PART-OF-A-CASE]

Builds an artifact from some fixtures with both engines, and compares what GenericModel answers with what the framework
answered (expected.json). Then broken artifacts, to compare the verdicts of its introspection with ours, and the files
that the catalog's API takes. Prints counts; the exit code is 1 where anything differs.
"""

import contextlib
import importlib
import io
import json
import logging
import math
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import offline  # noqa: E402  (before ads)

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import ads.model.generic_model as generic  # noqa: E402
import numpy  # noqa: E402
import pandas  # noqa: E402
from ads.common import utils as ads_utils  # noqa: E402
from ads.model.common import utils as artifact_utils  # noqa: E402
from ads.model.model_metadata import ModelCustomMetadata, ModelTaxonomyMetadata  # noqa: E402
from oci.data_science.models import CreateModelProvenanceDetails, Metadata  # noqa: E402

from acceptance import TOLERANCES, difference, in_json, read_csv, typed  # noqa: E402

VALIDATOR = "ads.model.model_artifact_boilerplate.artifact_introspection_test.model_artifact_validate"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
ENVIRONMENT = (
    "oci://service-conda-packs@id19sfcrra6z/service_pack/cpu/General_Machine_Learning_for_CPUs_on_Python_3.11"
    "/1.0/generalml_p311_cpu_x86_64_v1"
)
# Text and category columns, missing values, several classes, one column, names with spaces: every framework, and both
# engines where the framework is at hand.
CASES = [
    ("xgboost/classifier-3.2", ["wasm", "native"]),
    ("xgboost/classifier-multi-3.2", ["wasm", "native"]),
    ("xgboost/cat-classifier-3.2", ["wasm", "native"]),
    ("xgboost/squarederror-3.2", ["wasm"]),
    ("lightgbm/binary-4.7", ["wasm", "native"]),
    ("lightgbm/cat_strings-4.7", ["wasm", "native"]),
    ("lightgbm/multiclass-4.7", ["wasm"]),
    ("sklearn/columns-logistic-1.9", ["wasm", "native"]),
    ("sklearn/logistic-strings-1.9", ["wasm", "native"]),
    ("sklearn/hist-categories-1.9", ["wasm"]),
    ("sklearn/hist-missing-1.9", ["wasm", "native"]),
    ("sklearn/imputer-text-1.9", ["wasm"]),
    ("sklearn/forest-multi-output-1.9", ["wasm"]),
    ("sklearn/columns-single-name-1.9", ["wasm"]),
]
# The one test that asks the network.
UNDECIDED = {"runtime_path_exist"}


class Count:
    """What was checked, and what was wrong."""

    def __init__(self):
        self.checks, self.failures = 0, []

    def check(self, holds, message):
        self.checks += 1
        if not holds:
            self.failures.append(message)
        return holds


def run(scorepack, *arguments):
    return subprocess.run([scorepack, *arguments], capture_output=True, text=True, check=False)


def build(scorepack, case, engine, target, *options):
    """An artifact of a fixture."""
    folder = os.path.join(ROOT, "fixtures", case)
    model = next(name for name in sorted(os.listdir(folder)) if name.startswith("model."))
    built = run(
        scorepack, "build", os.path.join(folder, model), "--no-git", "-q", "--engine", engine,
        "--sample", os.path.join(folder, "input.csv"), "--expected", os.path.join(folder, "expected.json"),
        "--inference-conda-env", ENVIRONMENT, "-o", target, *options,
    )  # fmt: skip
    if built.returncode:
        raise RuntimeError("%s, %s: %s" % (case, engine, built.stdout + built.stderr))
    return folder


def load(uri):
    """The artifact as oracle-ads loads it, in a folder of its own. A zip file it takes from the catalog alone: from a disk
    it takes its path for a folder's."""
    if uri.endswith(".zip"):
        folder = os.path.join(tempfile.mkdtemp(prefix="oci-zip-"), "unpacked")
        with zipfile.ZipFile(uri) as archive:
            artifact_utils.safe_extract_zip(archive, folder)
        uri = folder
    folder = os.path.join(tempfile.mkdtemp(prefix="oci-artifact-"), "artifact")
    with contextlib.redirect_stdout(io.StringIO()):
        return generic.GenericModel.from_model_artifact(uri=uri, artifact_dir=folder, force_overwrite=True)


def introspect(model):
    """Its table: test key to result."""
    with contextlib.redirect_stdout(io.StringIO()):
        table = model.introspect()
    return dict(zip(table["Test key"], table["Result"]))


def check_introspection(count, what, scorepack, artifact, model):
    """It passes all that it can pass without a network, and says what we say."""
    for key, result in introspect(model).items():
        expected = "Skipped" if key in UNDECIDED else "Passed"
        count.check(result == expected, "%s: introspect() says %s: %s" % (what, key, result))
    with open(os.path.join(model.artifact_dir, "test_json_output.json"), encoding="utf-8") as file:
        theirs = json.load(file)
    os.remove(os.path.join(model.artifact_dir, "test_json_output.json"))
    ours = introspection(scorepack, artifact)
    count.check(list(ours)[: len(theirs)] == list(theirs), "%s: other keys: %s" % (what, list(ours)))
    for key, row in theirs.items():
        count.check(list(row) == list(ours[key]), "%s: %s has %s, expected %s" % (what, key, list(ours[key]), list(row)))
        for column in ("key", "category", "success", "value"):
            same = row.get(column) == ours[key].get(column)
            count.check(same, "%s: %s of %s is %r, expected %r" % (what, column, key, ours[key].get(column), row.get(column)))


def introspection(scorepack, artifact):
    written = run(scorepack, "check", "-q", artifact, "--introspection", "-")
    return json.JSONDecoder().raw_decode(written.stdout)[0]


class Rows:
    """The rows of a fixture, with what the framework answered for them."""

    def __init__(self, fixture, score):
        self.attributes = score.load_schema(score.INPUT_SCHEMA)
        self.names = [attribute["name"] for attribute in self.attributes]
        header, cells = read_csv(os.path.join(fixture, "input.csv"))
        order = [header.index(name) for name in self.names] if set(self.names) <= set(header) else range(len(self.names))
        rows = [[typed(row[i], attribute) for i, attribute in zip(order, self.attributes)] for row in cells]
        with open(os.path.join(fixture, "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)
        with open(os.path.join(fixture, "case.json"), encoding="utf-8") as file:
            refused = set(json.load(file).get("refused_rows", []))
        self.method = "predict" if "predict" in expected else next(iter(expected))
        kept = [i for i in range(len(rows)) if i not in refused]
        self.rows = [rows[i] for i in kept]
        self.expected = [expected[self.method][i] for i in kept]

    def payloads(self):
        """(what it is, data, whether oracle-ads serialises it, the rows that it leaves as they are)."""
        every = range(len(self.rows))
        # Its DataFrame.to_json keeps ten decimals and no infinities.
        exact = [i for i in every if all(survives(value) for value in self.rows[i])]
        frame = pandas.DataFrame([self.rows[i] for i in exact], columns=self.names)
        for name, attribute in zip(self.names, self.attributes):
            if all(isinstance(value, str) or value is None for value in frame[name]) and attribute["categories"]:
                frame[name] = frame[name].astype("category")
        yield "DataFrame", frame, True, exact
        yield "DataFrame, columns backwards", frame[self.names[::-1]], True, exact
        if len(self.names) == 1:
            yield "Series", frame[self.names[0]], True, exact
        values = [value for row in self.rows for value in row]
        if all(value is None or isinstance(value, (int, float)) for value in values):
            matrix = [[math.nan if value is None else value for value in row] for row in self.rows]
            yield "ndarray", numpy.array(matrix, dtype=float), True, every
            yield "ndarray in Fortran order", numpy.asfortranarray(numpy.array(matrix, dtype=float)), True, every
        elif all(isinstance(value, str) for value in values):
            yield "ndarray of text", numpy.array(self.rows), True, every
        safe = [[in_json(value) for value in row] for row in self.rows]
        records = [dict(zip(self.names, row)) for row in safe]
        yield "list", safe, True, every
        yield "list as it is", safe, False, every
        yield "records", records, True, every
        yield "records as they are", records, False, every
        yield "dict of columns", {name: [row[i] for row in safe] for i, name in enumerate(self.names)}, False, every
        yield "bytes", json.dumps(records).encode(), False, every


def survives(value):
    return not isinstance(value, float) or (math.isfinite(value) and float("%.10f" % value) == value)


def check_predictions(count, what, fixture, model):
    """verify() gives the framework's own answers, whatever the rows come in."""
    with contextlib.redirect_stdout(io.StringIO()):
        model.model_artifact.reload()
    score = model.model_artifact.score
    rows = Rows(fixture, score)
    abi = getattr(score.load_model(), "abi", None)
    elements = [output["element"] for method in abi["methods"] if method["name"] == rows.method
                for output in method["outputs"]] if abi else ["float32"]  # fmt: skip
    tolerance = max(TOLERANCES.get(element, 0.0) for element in elements)
    for form, data, serialise, picked in rows.payloads():
        expected = [rows.expected[i] for i in picked]
        count.check(len(expected) >= 5, "%s, %s: only %d rows" % (what, form, len(expected)))
        try:
            answer = model.verify(data, reload_artifacts=False, auto_serialize_data=serialise)
        except Exception as error:  # One form must not hide the others.
            count.check(False, "%s, %s: %s: %s" % (what, form, type(error).__name__, error))
            continue
        wrong = difference(answer["prediction"], expected, tolerance)
        count.check(wrong is None, "%s, %s: %s" % (what, form, wrong))


def check_zip(count, what, scorepack, model):
    """What it uploads holds every file, whatever the folder is called, and comes back as a whole."""
    for name in ("build", "environment", "var", "dist"):
        folder = os.path.join(tempfile.mkdtemp(prefix="oci-zip-"), name, "artifact")
        shutil.copytree(model.artifact_dir, folder)
        introspection_file = os.path.join(folder, "test_json_output.json")
        with open(introspection_file, "w", encoding="utf-8") as file:
            file.write("{}")
        os.makedirs(os.path.join(folder, "__pycache__"))
        with open(os.path.join(folder, "__pycache__", "score.pyc"), "wb") as file:
            file.write(b"x")
        packed = artifact_utils.zip_artifact(folder)
        with open(os.path.join(folder, artifact_utils.MODEL_ARTIFACT_MANIFEST_FILE), encoding="utf-8") as file:
            listed = json.load(file)["files"]
        with zipfile.ZipFile(packed) as archive:
            theirs = json.loads(archive.read(artifact_utils.MODEL_ARTIFACT_MANIFEST_FILE))["files"]
            count.check(theirs == listed, "%s, below %s: its list has %s" % (what, name, set(theirs) ^ set(listed)))
            back = os.path.join(os.path.dirname(folder), "back")
            artifact_utils.safe_extract_zip(archive, back)
        verified = run(scorepack, "verify", back)
        count.check(verified.returncode == 0, "%s, uploaded and back: %s" % (what, verified.stdout + verified.stderr))


def check_own_zip(count, what, artifact):
    """It unpacks our zip file against our list, and refuses one with a changed file."""
    with zipfile.ZipFile(artifact) as archive:
        back = os.path.join(tempfile.mkdtemp(prefix="oci-zip-"), "back")
        artifact_utils.safe_extract_zip(archive, back)
        members = {name: archive.read(name) for name in archive.namelist()}
    checked = artifact_utils.verify_model_artifact_manifest(back, strict=True)
    count.check(checked, "%s: our model_artifact_manifest.json is not accepted" % what)
    for name in members:
        if name == artifact_utils.MODEL_ARTIFACT_MANIFEST_FILE:
            continue
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w") as archive:
            for other, content in members.items():
                archive.writestr(other, content + b" " if other == name else content)
        try:
            with zipfile.ZipFile(changed) as archive:
                artifact_utils.safe_extract_zip(archive, back + "-changed")
            count.check(False, "%s: a changed %s is accepted" % (what, name))
        except ValueError:
            count.check(True, "")


def check_metadata(count, what, folder):
    """The catalog's API and its client take metadata/*.json."""
    def items(name):
        with open(os.path.join(folder, "metadata", name), encoding="utf-8") as file:
            return [as_arguments(Metadata(), item) for item in json.load(file)]

    defined = ModelTaxonomyMetadata._from_oci_metadata([Metadata(**item) for item in items("defined.json")])
    custom = ModelCustomMetadata._from_oci_metadata([Metadata(**item) for item in items("custom.json")])
    for metadata in (defined, custom):
        count.check(metadata.validate() and metadata.validate_size(), "%s: metadata" % what)
    with open(os.path.join(folder, "metadata", "defined.json"), encoding="utf-8") as file:
        values = {item["key"]: item["value"] for item in json.load(file)}
    count.check(set(values) <= set(ModelTaxonomyMetadata().keys), "%s: unknown keys %s" % (what, sorted(values)))
    results = json.loads(values["ArtifactTestResults"])
    validator = importlib.import_module(VALIDATOR)
    count.check(list(results)[:11] == list(validator.TESTS), "%s: ArtifactTestResults has %s" % (what, list(results)))
    path = os.path.join(folder, "metadata", "provenance.json")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            provenance = json.load(file)
        told = CreateModelProvenanceDetails(**as_arguments(CreateModelProvenanceDetails(), provenance))
        count.check(told.git_commit == provenance["gitCommit"], "%s: provenance" % what)


def as_arguments(model, item):
    """The API's names as the SDK's; a name that the API does not have fails."""
    names = {api: python for python, api in model.attribute_map.items()}
    return {names[name]: value for name, value in item.items()}


SCORE = "import json\n\n\ndef load_model(%s):\n    return 1\n\n\ndef predict(%s):\n    return {}\n"
GOOD = "data, model=load_model()"
BROKEN_SCRIPTS = [
    None, "", "def f(:\n", "x = (1\n", "print 'x'\n", "f() = 1\n", "  x = 1\n", "import json\n",
    SCORE % ("", GOOD), SCORE % ("name='x'", GOOD), SCORE % ("path", GOOD),
    "def load_model():\n    return 1\n", "def predict(data):\n    pass\n",
    SCORE % ("", "data"), SCORE % ("", "rows"), SCORE % ("", "rows, data"), SCORE % ("", "data, model"),
    SCORE % ("", "data=None"), SCORE % ("", "data=None, model=1"), SCORE % ("", "data, *rows, **more"),
    SCORE % ("", "data, *, model"), SCORE % ("", "data, *, model=1"), SCORE % ("", "data, /"),
    SCORE % ("", "data, /, model=1"), SCORE % ("", "x, /, data"), SCORE % ("", "x=1, /, data=2"),
    SCORE % ("", "data: dict, model: object = None"), SCORE % ("", "data, a=1, b=(2, 3), c=load_model()"),
    (SCORE % ("", GOOD)).replace("def predict", "async def predict"),
    (SCORE % ("", GOOD)).replace("def load_model", "async def load_model"),
    "def load_model():\n    return 1\n\n\npredict = load_model\n",
    "if True:\n    def load_model():\n        pass\n\n    def predict(data):\n        pass\n",
    (SCORE % ("", "rows")) + "def predict(data):\n    pass\n",
    "class A:\n    def load_model(self): pass\n    def predict(self, data): pass\n",
    "@staticmethod\ndef load_model():\n    return 1\n\n\n@staticmethod\ndef predict(data):\n    pass\n",
    SCORE % ("", GOOD) + "x = lambda: (yield)\nmatch = [y := 1, y**2]\nprint(f'{x!r:>{y}}')\n",
]  # fmt: skip
RUNTIME = """MODEL_ARTIFACT_VERSION: %s
MODEL_DEPLOYMENT:
  INFERENCE_CONDA_ENV:
    INFERENCE_ENV_PATH: %s
    INFERENCE_ENV_SLUG: slug
    INFERENCE_ENV_TYPE: %s
    INFERENCE_PYTHON_VERSION: %s
"""
PATH = "oci://bucket@namespace/path/env"
BROKEN_RUNTIMES = [
    None, "", "[1, 2]\n", "a: [\n", "MODEL_ARTIFACT_VERSION: '3.0'\n",
    RUNTIME % ("'3.0'", PATH, "data_science", "'3.11'"), RUNTIME % ("3.0", PATH, "data_science", "'3.11'"),
    RUNTIME % ("'2.0'", PATH, "data_science", "'3.11'"), RUNTIME % ("3", PATH, "data_science", "'3.11'"),
] + [RUNTIME % ("'3.0'", PATH, "data_science", version) for version in (
    "3.10", "3.12", "'3.5'", "'3.6'", "'3.14'", "'3.15'", "'3.11.4'", "'3.011'", "3.7", "''", "null", "'2.7'", "'3'",
    "'3.11.x'", "' 3.11'", "[3, 11]", "'3.1'", "'3.10'",
)] + [RUNTIME % ("'3.0'", path, "data_science", "'3.11'") for path in ("''", "null", "bucket/path", "x")] + [
    RUNTIME % ("'3.0'", path, "published", "'3.11'") for path in ("bucket/path", "oci://namespace/path", "http://x")
] + [
    RUNTIME % ("'3.0'", PATH, "banana", "3.12"),
    "MODEL_ARTIFACT_VERSION: '3.0'\nMODEL_DEPLOYMENT:\n  INFERENCE_PYTHON_VERSION: '3.9'\n  INFERENCE_ENV_PATH: x\n",
    "MODEL_ARTIFACT_VERSION: '3.0'\nMODEL_DEPLOYMENT:\n  A:\n    B:\n      INFERENCE_PYTHON_VERSION: '3.9'\n",
    "MODEL_ARTIFACT_VERSION: '3.0'\nMODEL_DEPLOYMENT: 7\n",
]  # fmt: skip


def check_verdicts(count, scorepack, artifact):
    """On broken artifacts every test that its introspection decides comes out as ours does."""
    score, runtime = "score.py", "runtime.yaml"
    with open(os.path.join(artifact, runtime), encoding="utf-8") as file:
        good_runtime = file.read()
    variants = [{score: script} for script in BROKEN_SCRIPTS]
    variants += [{score: SCORE % ("", GOOD), runtime: text} for text in BROKEN_RUNTIMES]
    decided = 0
    for change in variants:
        folder = os.path.join(tempfile.mkdtemp(prefix="oci-broken-"), "artifact")
        shutil.copytree(artifact, folder)
        for name, content in {runtime: good_runtime, **change}.items():
            path = os.path.join(folder, name)
            os.remove(path)
            if content is not None:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(content)
        validator = importlib.reload(importlib.import_module(VALIDATOR))
        with contextlib.redirect_stdout(io.StringIO()):
            validator.validate_artifact(folder)
        ours = introspection(scorepack, folder)
        for key, row in validator.TESTS.items():
            theirs = row.get("success")
            # A path that the network would have to look for fails there when it cannot.
            if theirs is None or (key in UNDECIDED and "success" not in ours[key]):
                continue
            decided += 1
            message = "%s of %r: %r, expected %r" % (key, change, ours[key].get("success"), theirs)
            count.check(ours[key].get("success") == theirs, message)
        shutil.rmtree(os.path.dirname(folder))
    return len(variants), decided


def check_ignored(count, scorepack, artifact):
    """What its own file of patterns would leave out is what `check` warns of."""
    package = os.path.dirname(ads_utils.__file__)
    with open(os.path.join(package, "artifact", ".model-ignore"), encoding="utf-8") as file:
        patterns = file.read()
    names = ["build_features.py", "distance.py", "libutils.py", "parts.csv", "variables/variables.index", "kept.txt"]
    folder = os.path.join(tempfile.mkdtemp(prefix="oci-ignored-"), "artifact")
    shutil.copytree(artifact, folder)
    for name in names:
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("x = 1\n")
    packed = run(scorepack, "pack", "-q", folder)
    count.check(packed.returncode == 0, "pack: " + packed.stdout + packed.stderr)
    with open(os.path.join(folder, ".model-ignore"), "w", encoding="utf-8") as file:
        file.write(patterns)
    kept = set(ads_utils.get_files(folder))
    dropped = [name for name in names if name not in kept]
    count.check(len(dropped) == 5, "it leaves out %s" % dropped)
    report = json.loads(run(scorepack, "check", folder, "--output-format", "json").stdout)["reports"][0]
    warned = " ".join(f["message"] for f in report["findings"] if f["code"] == "oci-ignored-by-client")
    for name in dropped:
        count.check("`%s`" % name in warned, "no warning of %s: %s" % (name, warned))
    count.check("`kept.txt`" not in warned, "a warning of kept.txt")


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    scorepack, out = arguments[:2]
    part = arguments[2] if len(arguments) == 3 else ""
    with tempfile.TemporaryDirectory(dir=out) as folder:
        tempfile.tempdir = folder
        return check_all(scorepack, out, part)


def check_all(scorepack, out, part):
    count, artifacts = Count(), 0
    for case, engines in CASES:
        for engine in engines:
            what = "%s, %s" % (case, engine)
            if part not in what:
                continue
            artifacts += 1
            directory, packed = (os.path.join(out, "%s-%s%s" % (case.replace("/", "-"), engine, end)) for end in ("", ".zip"))
            try:
                fixture = build(scorepack, case, engine, directory)
                build(scorepack, case, engine, packed)
                model = load(directory)
                check_introspection(count, what, scorepack, directory, model)
                check_predictions(count, what, fixture, model)
                check_predictions(count, what + ", from the zip file", fixture, load(packed))
                check_metadata(count, what, model.artifact_dir)
                if artifacts == 1:
                    check_zip(count, what, scorepack, model)
                    check_own_zip(count, what, packed)
                    check_ignored(count, scorepack, directory)
                    variants, decided = check_verdicts(count, scorepack, directory)
                    print("%d broken artifacts, %d verdicts of its introspection compared" % (variants, decided))
            except Exception as error:  # One artifact must not hide the others.
                count.check(False, "%s: %s: %s" % (what, type(error).__name__, error))
    for failure in count.failures[:20]:
        print(failure)
    print("%d artifacts, %d checks with oracle-ads, %d failed" % (artifacts, count.checks, len(count.failures)))
    print("addresses that were asked for: %d, answered: 0" % len(offline.ADDRESSES))
    return 1 if count.failures or not artifacts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
