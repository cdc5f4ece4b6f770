"""The hooks with the real pre-commit on a real repository.

The hooks are those of .pre-commit-hooks.yaml but for `language`: building the program again would take minutes, so the
built one stands on PATH. That `language: rust` finds the same program is compared with Cargo's own words.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from conftest import MALICIOUS, ROOT

HOOKS = ROOT / ".pre-commit-hooks.yaml"


@pytest.fixture(scope="session")
def hooks(run, tmp_path_factory):
    """A repository with the hooks."""
    folder = tmp_path_factory.mktemp("hooks")
    text = HOOKS.read_text()
    assert text.count("language: rust\n") == 2
    (folder / HOOKS.name).write_text(text.replace("language: rust\n", "language: system\n"))
    commit(run, folder)
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return {"PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit"))}


@pytest.fixture
def repository(run, files, hooks, cache):
    """A user's repository whose commits go through the hooks of the example."""
    head = run("git", "rev-parse", "HEAD", cwd=hooks)[1].strip()
    config = yaml.safe_load((ROOT / "examples/pre-commit-config.yaml").read_text())
    config["repos"][0].update(repo=str(hooks), rev=head)
    (files / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    commit(run, files)
    code, text = run("pre-commit", "install", cwd=files, env=cache)
    assert code == 0, text
    return files


def commit(run, folder):
    for command in [["git", "init", "-q", "-b", "main"], ["git", "add", "-A"], ["git", "commit", "-q", "-m", "first"]]:
        code, text = run(*command, cwd=folder)
        assert code == 0, text


def try_commit(run, repository, cache):
    """What happens when everything that changed is committed."""
    assert run("git", "add", "-A", cwd=repository)[0] == 0
    return run("git", "commit", "-m", "next", cwd=repository, env=cache)


def test_hooks_are_valid(run):
    code, text = run("pre-commit", "validate-manifest", HOOKS, cwd=ROOT)
    assert code == 0, text


def test_example_is_valid(run):
    code, text = run("pre-commit", "validate-config", "examples/pre-commit-config.yaml", cwd=ROOT)
    assert code == 0, text
    config = yaml.safe_load((ROOT / "examples/pre-commit-config.yaml").read_text())
    known = {hook["id"] for hook in yaml.safe_load(HOOKS.read_text())}
    assert {hook["id"] for hook in config["repos"][0]["hooks"]} == known == {"scorepack-check", "scorepack-verify"}


def test_cargo_installs_what_the_hooks_call(run):
    code, text = run("cargo", "metadata", "--no-deps", "--offline", "--format-version", "1", cwd=ROOT, env=rust_homes())
    assert code == 0, text
    programs = [target["name"] for target in json.loads(text)["packages"][0]["targets"] if "bin" in target["kind"]]
    for hook in yaml.safe_load(HOOKS.read_text()):
        assert hook["language"] == "rust" and shlex.split(hook["entry"])[0] in programs
        assert hook["args"][-1] == "--", "a file called `--help` would be an option"


def rust_homes():
    names = ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]
    homes = {"CARGO_HOME": str(Path.home() / ".cargo"), "RUSTUP_HOME": str(Path.home() / ".rustup")}
    return {**homes, **{name: os.environ[name] for name in names if name in os.environ}}


def test_try_repo(run, repository, hooks, cache):
    code, text = run("pre-commit", "try-repo", hooks, "--all-files", "--verbose", cwd=repository, env=cache)
    assert code == 0, text
    assert text.count("Passed") == 2 and "Failed" not in text


def test_sound_artifacts_are_committed(run, repository, cache):
    (repository / "src/main.py").write_text("print('bye')\n")
    code, text = try_commit(run, repository, cache)
    assert code == 0 and text.count("Passed") == 2, text


def test_nothing_to_look_at(run, repository, cache):
    code, text = run("pre-commit", "run", cwd=repository, env=cache)
    assert code == 0 and text.count("(no files to check)") == 2, text


@pytest.mark.parametrize("member", ["score.py", "README.md", "manifest.yaml", "score.wasm", "runtime.yaml"])
def test_a_changed_member_is_a_broken_artifact(run, repository, cache, member):
    with open(repository / "artifacts/price model" / member, "ab") as file:
        file.write(b"\n# a change\n")
    code, text = try_commit(run, repository, cache)
    verify = text[text.index("verify model artifacts") :]
    assert code == 1 and "artifacts/price model" in verify and "error[file-changed]" in verify, text
    assert "churn.zip" not in verify, "what did not change is not verified"


def test_a_new_file_in_an_artifact(run, repository, cache):
    folder = repository / "artifacts/price model/notes"
    folder.mkdir()
    (folder / "todo.txt").write_text("later\n")
    code, text = try_commit(run, repository, cache)
    assert code == 1 and "error[file-unlisted]" in text and "notes/todo.txt" in text, text


def test_a_link_in_the_place_of_a_member(run, repository, cache):
    member = repository / "artifacts/price model/score.py"
    shutil.move(member, repository / "src/score.py")
    member.symlink_to("../../src/score.py")
    code, text = try_commit(run, repository, cache)
    assert code == 1 and "error[not-a-file]" in text, text


def test_a_removed_member_is_seen_where_all_files_are_looked_at(run, repository, cache):
    """pre-commit names no removed file, so that the commit itself passes; docs/integrations.md says so."""
    (repository / "artifacts/price model/score.py").unlink()
    assert run("git", "add", "-A", cwd=repository)[0] == 0
    code, text = run("pre-commit", "run", "--all-files", cwd=repository, env=cache)
    assert code == 1 and "error[file-missing]" in text, text


def test_a_cut_zip_file(run, repository, cache):
    artifact = repository / "artifacts/churn.zip"
    artifact.write_bytes(artifact.read_bytes()[:-30])
    code, text = try_commit(run, repository, cache)
    assert code == 1 and text.count("artifacts/churn.zip") >= 2 and "Passed" not in text, text


def test_a_malicious_model_file_even_beside_a_file_called_help(run, repository, cache):
    shutil.copy(MALICIOUS, repository / "models/new.pkl")
    (repository / "--help").write_text("")
    code, text = try_commit(run, repository, cache)
    assert code == 1 and "error[pickle-dangerous-import]" in text and "models/new.pkl" in text, text


def test_ctrl_c_ends_everything(repository, environment, cache):
    for number in range(60):
        shutil.copy(repository / "artifacts/churn.zip", repository / ("artifacts/%d.zip" % number))
    environment = {**environment, **cache}
    subprocess.run(["git", "add", "-A"], cwd=repository, env=environment, check=True)
    command = ["pre-commit", "run", "scorepack-verify"]
    run = subprocess.Popen(
        command,
        cwd=repository,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # What a shell starts in the background ignores Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not any("scorepack" in name for name in in_session(run.pid)):
        assert run.poll() is None and time.monotonic() < deadline, run.stdout.read()
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    text = run.communicate(timeout=60)[0].decode()
    assert run.returncode == 130, text
    deadline = time.monotonic() + 10
    while in_session(run.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert in_session(run.pid) == []
    left = [path.name for path in repository.rglob(".scorepack-*")]
    assert left == []


def in_session(session):
    """The programs of a session that run now."""
    names = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat = (process / "stat").read_text()
        except OSError:
            continue
        name, fields = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2 :].split()
        if int(fields[3]) == session and fields[0] != "Z":
            names.append(name)
    return names
