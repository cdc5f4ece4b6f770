"""The examples: valid for those who read them, and run for real as far as a machine can."""

import json
import shutil

import pytest
import yaml

from conftest import ROOT

EXAMPLES = ROOT / "examples"
AIRFLOW = ROOT / ".venvs/airflow/bin"


def test_workflow_has_the_form_of_workflows(run):
    workflow = "examples/github-workflow.yml"
    code, text = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow, cwd=ROOT)
    assert code == 0, text


def test_workflow_gives_the_action_what_it_takes():
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    workflow = yaml.safe_load((EXAMPLES / "github-workflow.yml").read_text())
    steps = workflow["jobs"]["artifacts"]["steps"]
    ours = [step for step in steps if "scorepack@" in step.get("uses", "")]
    assert len(ours) == 2
    for step in ours:
        assert set(step["with"]) <= set(action["inputs"]) and "paths" in step["with"]
    text = (EXAMPLES / "github-workflow.yml").read_text()
    used = {part.split("outputs.")[1].split()[0] for part in text.split("${{")[1:] if "outputs." in part.split("}}")[0]}
    assert used <= set(action["outputs"]) and "sarif" in used


def test_gitlab_pipeline_has_the_form_of_pipelines(run):
    options = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    code, text = run("check-jsonschema", *options, "examples/gitlab-ci.yml", cwd=ROOT)
    assert code == 0, text


def test_gitlab_jobs_run(run, files):
    pipeline = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())
    jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and "script" in job}
    assert [job for stage in pipeline["stages"] for job in jobs if jobs[job]["stage"] == stage] == list(jobs)
    for name, job in jobs.items():
        for line in job["script"]:
            code, text = run("bash", "-e", "-o", "pipefail", "-c", line, cwd=files)
            assert code == 0, (name, text)
        reports = job["artifacts"]["reports"]
        for report in [*reports.values(), *job["artifacts"].get("paths", [])]:
            for one in report if isinstance(report, list) else [report]:
                assert (files / one).exists(), (name, one)


@pytest.fixture(scope="module")
def airflow(run, environment, tmp_path_factory):
    """Runs the DAG in a real Airflow with the given parameters; gives the exit code and the log."""
    home = tmp_path_factory.mktemp("airflow")
    shutil.copytree(EXAMPLES, home / "dags", ignore=lambda _, names: [name for name in names if not name.endswith(".py")])
    settings = {
        "PATH": "%s:%s" % (AIRFLOW, environment["PATH"]),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    code, text = run(AIRFLOW / "airflow", "db", "migrate", cwd=home, env=settings)
    assert code == 0, text

    def airflow(parameters):
        words = ["dags", "test", "register_model", "--conf", json.dumps(parameters)]
        return run(AIRFLOW / "airflow", *words, cwd=home, env=settings)

    return airflow


def parameters(folder):
    return {
        "model": str(folder / "models/churn.ubj"),
        "sample": str(folder / "models/sample.csv"),
        "expected": str(folder / "models/expected.json"),
        "artifact": str(folder / "churn.zip"),
        "registry": "file://%s/registry" % folder,
    }


def test_airflow_registers_what_was_verified(airflow, run, files):
    code, text = airflow(parameters(files))
    assert code == 0, text
    [registered] = (files / "registry").iterdir()
    assert registered.read_bytes() == (files / "churn.zip").read_bytes()
    code, text = run("scorepack", "verify", registered, "--digest", registered.stem, cwd=files)
    assert code == 0, text


def test_airflow_registers_nothing_that_differs_from_the_framework(airflow, files):
    expected = files / "models/expected.json"
    outputs = json.loads(expected.read_text())
    outputs["predict"][0] = 1 - outputs["predict"][0]
    expected.write_text(json.dumps(outputs))
    code, text = airflow(parameters(files))
    assert code == 1 and "prediction-differs" in text, text
    assert not (files / "registry").exists() and not (files / "churn.zip").exists()


def test_documentation_shows_the_examples():
    """docs/integrations.md shows every example whole or names it, and shows nothing that no example has."""
    text = (ROOT / "docs/integrations.md").read_text()
    for example in EXAMPLES.iterdir():
        assert "examples/%s" % example.name in text
    shown = [block.split("```")[0] for block in text.split("```yaml\n")[1:]]
    assert shown
    sources = "\n".join(path.read_text() for path in [*EXAMPLES.glob("*.y*ml"), ROOT / ".pre-commit-hooks.yaml"])
    for block in shown:
        for line in block.splitlines():
            assert not line.strip() or line.strip().startswith("#") or line.strip() in sources, line
