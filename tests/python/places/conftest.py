"""What the tests share: the program, artifacts, and a folder like a user's repository."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CASE = ROOT / "fixtures/xgboost/classifier-3.2"
MALICIOUS = ROOT / "fixtures/sklearn/refused-eval-1.9/model.pkl"


@pytest.fixture(scope="session")
def program():
    """The program under test, which tests/python/run-places has built."""
    return Path(os.environ["SCOREPACK"])


@pytest.fixture(scope="session")
def environment(program, tmp_path_factory):
    """Nothing of the caller's but where programs are; scorepack is among them."""
    home = tmp_path_factory.mktemp("home")
    return {
        "PATH": "%s:%s" % (program.parent, os.environ["PATH"]),
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "someone",
        "GIT_AUTHOR_EMAIL": "someone@example.com",
        "GIT_COMMITTER_NAME": "someone",
        "GIT_COMMITTER_EMAIL": "someone@example.com",
    }


@pytest.fixture(scope="session")
def run(environment):
    """Runs a command and gives its exit code and everything it wrote."""

    def run(*command, cwd, env=None):
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout

    return run


@pytest.fixture(scope="session")
def artifacts(run, tmp_path_factory):
    """A folder with one artifact as a directory, `good`, and as a zip file, `good.zip`; to be copied from."""
    folder = tmp_path_factory.mktemp("artifacts")
    options = ["--sample", CASE / "input.csv", "--expected", CASE / "expected.json", "--no-git", "-q"]
    for name in ["good", "good.zip"]:
        code, text = run("scorepack", "build", CASE / "model.ubj", *options, "-o", name, cwd=folder)
        assert code == 0, text
    return folder


@pytest.fixture
def files(artifacts, tmp_path):
    """A folder of its own with artifacts, model files and other files, some with spaces in their names."""
    folder = tmp_path / "a repository"
    shutil.copytree(artifacts / "good", folder / "artifacts/price model")
    shutil.copy(artifacts / "good.zip", folder / "artifacts/churn.zip")
    (folder / "models").mkdir()
    shutil.copy(CASE / "model.ubj", folder / "models/churn.ubj")
    shutil.copy(CASE / "input.csv", folder / "models/sample.csv")
    shutil.copy(CASE / "expected.json", folder / "models/expected.json")
    (folder / "src").mkdir()
    (folder / "src/main.py").write_text("print('hello')\n")
    (folder / "src/manifest.yaml").write_text("kind: Pod\n")
    return folder
