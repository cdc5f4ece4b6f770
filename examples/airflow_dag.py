"""An Airflow DAG that builds a model artifact, verifies it, and registers exactly what was verified.

Findings end the run at once, because trying again changes nothing; a machine that could not do it (a full disk, a
missing file) may be tried again. `scorepack` is on the workers' PATH. Paths are on storage that the workers share;
the registry is any storage that Airflow knows: a folder, S3, OCI's object storage.
"""

import json
import subprocess

from airflow.sdk import ObjectStoragePath, Param, dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException


def scorepack(*arguments):
    """Runs scorepack and gives its report; no shell sees the arguments."""
    command = ["scorepack", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 1:
        reports = json.loads(done.stdout)["reports"]
        findings = [finding for report in reports for finding in report["findings"] if finding["severity"] == "error"]
        lines = ["%s: %s" % (finding["code"], finding["message"]) for finding in findings]
        raise AirflowFailException("scorepack %s found:\n%s" % (arguments[0], "\n".join(lines)))
    if done.returncode != 0:
        raise AirflowException("scorepack %s could not do it:\n%s" % (arguments[0], done.stderr))
    return json.loads(done.stdout)["reports"][0]


@dag(
    schedule=None,
    catchup=False,
    params={
        "model": Param("/models/churn.ubj", type="string", description="the file that the framework saved"),
        "sample": Param("/models/sample.csv", type="string", description="rows"),
        "expected": Param("/models/expected.json", type="string", description="the framework's outputs for them"),
        "artifact": Param("/models/churn.zip", type="string", description="where the artifact is built"),
        "registry": Param("file:///registry", type="string", description="where verified artifacts go"),
    },
    tags=["models"],
)
def register_model():
    """build -> verify -> register"""

    @task
    def build(model, sample, expected, artifact):
        """The artifact, built and proven against the framework's own outputs."""
        options = ["--sample", sample, "--expected", expected, "--output", artifact]
        scorepack("build", "--output-format", "json", *options, "--", model)
        return artifact

    @task
    def verify(artifact):
        """The digest of an artifact all of whose proofs hold, those that may be left open included."""
        required = ["--require", "recompile", "--require", "framework"]
        return scorepack("verify", "--output-format", "json", *required, "--", artifact)["digest"]

    @task
    def register(artifact, digest, registry):
        """Copies the artifact into the registry under its digest, if it still is the one that was verified."""
        scorepack("verify", "--output-format", "json", "--digest", digest, "--", artifact)
        folder = ObjectStoragePath(registry)
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / ("%s.zip" % digest)
        ObjectStoragePath("file://" + artifact).copy(place)
        return str(place)

    artifact = build("{{ params.model }}", "{{ params.sample }}", "{{ params.expected }}", "{{ params.artifact }}")
    register(artifact, verify(artifact), "{{ params.registry }}")


register_model()
