"""Checks that `verify --env` sees in an environment what importlib.metadata sees there, and judges as packaging does.

    python environment.py SCOREPACK ARTIFACT

Runs in the environment in question. ARTIFACT is a directory made by `scorepack build`; its requirements are replaced,
so give a copy. Uses pip's own copy of packaging.
"""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.version import Version


def verify(scorepack, artifact, requirements):
    """The outcome and the findings of the proof for some requirements."""
    (artifact / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements))
    (artifact / "conda.yaml").write_text(f"dependencies: ['python={sys.version_info[0]}.{sys.version_info[1]}']\n")
    subprocess.run([scorepack, "pack", artifact], check=True, stdout=subprocess.DEVNULL)
    command = [scorepack, "verify", artifact, "--env", sys.prefix, "--output-format", "json"]
    report = json.loads(subprocess.run(command, check=False, capture_output=True, text=True).stdout)["reports"][0]
    outcome = next(proof["outcome"] for proof in report["proofs"] if proof["name"] == "environment")
    return outcome, [finding for finding in report["findings"] if finding["code"].startswith("environment-")]


def main(scorepack, artifact):
    installed = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
    assert len(installed) > 3, installed
    everything = [f"{name}=={version}" for name, version in installed.items()]
    assert verify(scorepack, artifact, everything) == ("passed", [])

    # Each in a version that is not there: the finding names the one that is.
    outcome, findings = verify(scorepack, artifact, [f"{name}==0.0.0.1" for name in installed])
    assert outcome == "failed"
    found = {re.match("`(.*)`", f["message"])[1]: f["message"].rsplit(" ", 1)[1] for f in findings}
    assert found == installed, (found, installed)

    wanted = []
    for name, version in installed.items():
        major, minor = Version(version).major, Version(version).minor
        for specifiers in (f">={major}.{minor}", f"<{major}", f"~={major}.{minor}", f"=={major}.*", f"!={version}"):
            wanted.append((name, specifiers, SpecifierSet(specifiers).contains(version)))
    outcome, findings = verify(scorepack, artifact, [name + specifiers for name, specifiers, _ in wanted])
    refused = {finding["line"] for finding in findings}
    expected = {line for line, (_, _, holds) in enumerate(wanted, 1) if not holds}
    assert refused == expected, (refused ^ expected, findings)

    outcome, findings = verify(scorepack, artifact, ["no-such-package>=1", *everything])
    assert [finding["code"] for finding in findings] == ["environment-missing"], findings
    print(f"environment: {len(installed)} packages as importlib.metadata sees them, {len(wanted)} comparisons")


main(sys.argv[1], Path(sys.argv[2]))
