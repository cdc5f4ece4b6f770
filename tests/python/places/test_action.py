"""The GitHub action: its form against SchemaStore's, its shell steps run with bash as the runner does."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import MALICIOUS, ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
EXPRESSION = re.compile(r"\$\{\{\s*([^}]*?)\s*\}\}")
# What a runner with bash calls for `shell: bash`.
SHELL = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]


class Runner:
    """What the runner does with a composite action of shell steps."""

    def __init__(self, environment, folder, temporary):
        self.environment, self.folder, self.temporary = environment, folder, temporary
        self.log = ""

    def use(self, inputs, environment=None):
        """Runs the steps until one fails; gives the exit code and the outputs."""
        known = ACTION["inputs"]
        assert set(inputs) <= set(known), "the action has no such input"
        values = {"inputs.%s" % name: inputs.get(name, known[name].get("default", "")) for name in known}
        values["github.action_path"] = str(ROOT)
        code = 0
        for number, step in enumerate(ACTION["runs"]["steps"]):
            outputs = self.temporary / ("output %d" % number)
            outputs.write_text("")
            code = self.step(step, values, outputs, environment or {})
            lines = outputs.read_text().splitlines()
            values.update(("steps.%s.outputs.%s" % (step["id"], name), value) for name, value in map(split, lines))
            if code:
                break
        evaluate = lambda text: EXPRESSION.sub(lambda found: values.get(found[1], ""), text)
        return code, {name: evaluate(output["value"]) for name, output in ACTION["outputs"].items()}

    def step(self, step, values, outputs, environment):
        script = self.temporary / "script.sh"
        script.write_text(step["run"])
        inputs = {name: EXPRESSION.sub(lambda found: values[found[1]], text) for name, text in step["env"].items()}
        runner = {"GITHUB_OUTPUT": str(outputs), "RUNNER_TEMP": str(self.temporary)}
        done = subprocess.run(
            [*SHELL, str(script)],
            cwd=self.folder,
            env={**self.environment, **runner, **inputs, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.log += done.stdout
        return done.returncode


def split(line):
    return line.split("=", 1)


@pytest.fixture
def runner(environment, files, tmp_path):
    temporary = tmp_path / "runner temp"
    temporary.mkdir()
    return Runner(environment, files, temporary)


def test_action_has_the_form_of_actions(run):
    code, text = run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml", cwd=ROOT)
    assert code == 0, text


def test_no_input_is_pasted_into_a_script():
    steps = ACTION["runs"]["steps"]
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in steps)
    expressions = {found for step in steps for text in step["env"].values() for found in EXPRESSION.findall(text)}
    assert {"inputs.%s" % name for name in ACTION["inputs"]} <= expressions


def test_sound_artifacts_with_spaces_in_their_names(runner):
    code, outputs = runner.use({"command": "verify", "paths": "artifacts/price model\nartifacts/churn.zip\n"})
    assert (code, outputs["exit-code"]) == (0, "0"), runner.log
    assert "0 errors, 0 warnings in artifacts/price model\n" in runner.log
    results = json.loads(open(outputs["sarif"]).read())["runs"][0]["results"]
    assert results == [] and outputs["digest"] == outputs["artifact"] == ""


def test_findings_become_annotations_and_a_sarif_file(runner):
    (runner.folder / "artifacts/price model/score.py").write_text("def predict(data:\n")
    inputs = {"paths": "artifacts/price model\nmodels/churn.ubj", "sarif": "found here.sarif"}
    code, outputs = runner.use(inputs)
    assert (code, outputs["exit-code"], outputs["sarif"]) == (1, "1", "found here.sarif"), runner.log
    assert "::error file=artifacts/price model/score.py,line=1,title=oci-score-syntax::" in runner.log
    results = json.loads((runner.folder / "found here.sarif").read_text())["runs"][0]["results"]
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}
    assert "artifacts/price%20model/score.py" in uris
    code, outputs = runner.use({**inputs, "fail-on-findings": "false"})
    assert (code, outputs["exit-code"]) == (0, "1"), runner.log


def test_what_cannot_be_looked_at_fails_and_gives_no_sarif(runner):
    stale = runner.temporary / "scorepack.sarif"
    stale.write_text("of another step")
    code, outputs = runner.use({"command": "verify", "paths": "no such.zip", "fail-on-findings": "false"})
    assert (code, outputs["exit-code"], outputs["sarif"]) == (2, "2", ""), runner.log


def test_build_gives_an_artifact_and_its_digest(runner):
    args = "--sample\nmodels/sample.csv\n--expected\nmodels/expected.json\n--no-git"
    inputs = {"command": "build", "paths": "models/churn.ubj", "output": "new artifact.zip", "args": args}
    code, built = runner.use(inputs)
    assert (code, built["artifact"]) == (0, "new artifact.zip"), runner.log
    assert re.fullmatch("[0-9a-f]{64}", built["digest"]) and (runner.folder / "new artifact.zip").exists()
    inputs = {"command": "verify", "paths": built["artifact"], "args": "--digest\n" + built["digest"]}
    code, verified = runner.use(inputs)
    assert (code, verified["digest"]) == (0, built["digest"]), runner.log
    code, _ = runner.use({**inputs, "args": "--digest\n" + "0" * 64})
    assert code == 1 and "title=artifact-digest::" in runner.log


def test_build_that_does_not_hold_gives_no_artifact(runner):
    (runner.folder / "models/expected.json").write_text('{"predict": [7]}')
    args = "--sample\nmodels/sample.csv\n--expected\nmodels/expected.json"
    code, outputs = runner.use({"command": "build", "paths": "models/churn.ubj", "args": args})
    assert code == 1 and outputs["artifact"] == "" and not (runner.folder / "artifact.zip").exists(), runner.log


@pytest.mark.parametrize(
    "paths",
    ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "'; touch pwned; '", "x; touch pwned", "--help", "-h", "*"],
)
def test_names_of_files_are_no_commands_and_no_options(runner, paths):
    for inputs in [{"paths": paths}, {"command": "verify", "paths": paths}, {"command": "build", "paths": paths}]:
        code, _ = runner.use(inputs)
        assert code == 2 and "error[io]" in runner.log, runner.log
        runner.log = ""
    assert not list(runner.folder.rglob("pwned"))


def test_no_input_is_a_command(runner):
    hostile = '$(touch pwned) `touch pwned` "; touch pwned; \''
    for name in ["command", "args", "sarif", "output", "fail-on-findings", "binary"]:
        code, _ = runner.use({"paths": "artifacts/churn.zip", name: hostile})
        if name not in ["output", "sarif"]:
            assert code != 0, (name, runner.log)
    assert not list(runner.folder.rglob("pwned"))


@pytest.mark.parametrize(
    "inputs, said",
    [
        ({"paths": "\n\n"}, "the input 'paths' names nothing"),
        ({"paths": "a", "command": "predict"}, "the input 'command' is check, verify or build"),
        ({"paths": "a\nb", "command": "build"}, "'build' takes one model file in 'paths'"),
        ({"paths": "a", "sarif": "x\nartifact=y"}, "the inputs 'output' and 'sarif' are one line each"),
        ({"paths": "a", "fail-on-findings": "no"}, "the input 'fail-on-findings' is true or false"),
        ({"paths": "a", "binary": "x\nbinary=y"}, "the input 'binary' has several lines"),
    ],
)
def test_wrong_inputs_are_told(runner, inputs, said):
    code, outputs = runner.use(inputs)
    assert code == 2 and "::error::%s\n" % said in runner.log, runner.log
    assert set(outputs.values()) <= {"", str(shutil.which("scorepack", path=runner.environment["PATH"]))}


def test_changed_files(runner):
    paths = "src/main.py\nartifacts/price model/score.py\nremoved.txt"
    code, outputs = runner.use({"command": "verify", "paths": paths, "args": "--containing"})
    assert code == 0 and "0 errors, 0 warnings in artifacts/price model\n" in runner.log, runner.log
    shutil.copy(MALICIOUS, runner.folder / "models/new.pkl")
    code, outputs = runner.use({"paths": "models/new.pkl\nsrc/main.py", "args": "--containing"})
    assert code == 1 and "title=pickle-dangerous-import::" in runner.log, runner.log


def test_without_a_program_cargo_builds_one_once(runner, program, tmp_path):
    """A stand-in for cargo writes down how it is called and puts the built program where cargo would."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ["bash", "cat", "dirname", "find", "git", "grep", "ln", "mkdir", "rm", "sed", "sort", "xargs"]:
        (programs / name).symlink_to(shutil.which(name))
    (programs / "cargo").write_text(
        '#!/usr/bin/env bash\necho "$PWD $*" >> "$CALLS"\nmkdir -p "$6/bin"\nln -s "$PROGRAM" "$6/bin/scorepack"\n'
    )
    (programs / "cargo").chmod(0o755)
    calls = tmp_path / "calls"
    tools = tmp_path / "tool cache"
    environment = {
        "PATH": "%s:/nowhere" % programs,
        "CALLS": str(calls),
        "PROGRAM": str(program),
        "RUNNER_TOOL_CACHE": str(tools),
    }
    (programs / "env").symlink_to(shutil.which("env"))
    for _ in range(2):
        code, outputs = runner.use({"paths": "artifacts/churn.zip"}, environment)
        assert code == 0, runner.log
    [call] = calls.read_text().splitlines()
    assert call.startswith("%s install --locked --path . --root %s/scorepack/" % (ROOT, tools))
    assert outputs["binary"].startswith(str(tools)) and outputs["binary"].endswith("/bin/scorepack")
    (programs / "cargo").unlink()
    shutil.rmtree(tools)
    code, _ = runner.use({"paths": "artifacts/churn.zip"}, environment)
    assert code == 2 and "neither scorepack nor cargo is on PATH" in runner.log
