"""Reports against the schemas of their formats, on everything that a report can hold."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import jsonschema
import pytest
import xmlschema

from conftest import MALICIOUS, ROOT

SCHEMAS = ROOT / "tests/schemas"
SARIF = jsonschema.Draft202012Validator(
    json.loads((SCHEMAS / "sarif-2.1.0.json").read_text()), format_checker=jsonschema.FormatChecker()
)
REPORT = jsonschema.Draft202012Validator(json.loads((ROOT / "schemas/report.schema.json").read_text()))
JUNIT = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
MULTITOOL = ROOT / ".venvs/sarif-multitool/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
FORMATS = ["json", "sarif", "junit", "github", "gitlab"]
# Names that say something to a terminal, to XML, to a runner, or to a reader's eye.
HOSTILE = [
    "<failure message=\"&'\">]]>",
    "::error file=x::pwned",
    "##[error]pwned",
    "\x1b[31mred\x07",
    "two\nlines\r",
    "größe – 模型 🤖",
    "\u202egnp.exe",
    "\u200bhidden\ufeff",
    "noncharacter\uffff\ufdd0",
    "100%25, a:b",
    "${{ secrets.X }} $(touch pwned)",
]


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def broken(folder):
    good = folder / "artifacts/price model"
    (good / "README.md").unlink()
    write(good / "score.py", b"import os\n\ndef predict(data:\n")
    write(good / "extra.txt", b"")
    write(good / "runtime.yaml", b"MODEL_ARTIFACT_VERSION: 2.0\n")


def broken_manifest(folder):
    with open(folder / "artifacts/price model/manifest.yaml", "ab") as file:
        file.write(b"no key\n")


def cut(folder):
    path = folder / "artifacts/churn.zip"
    path.write_bytes(path.read_bytes()[:-30])


def hostile(folder):
    for name in HOSTILE:
        write(folder / "artifacts/price model" / name, b"")
        write(folder / "models" / (name + ".pkl"), MALICIOUS.read_bytes())


def hostile_subjects(folder):
    for name in HOSTILE:
        shutil.copytree(folder / "artifacts/price model", folder / name)
        (folder / name / "score.py").unlink()


def unproven(folder):
    """An artifact without a score module: nothing of it is proven."""
    options = ["--engine", "native", "--no-score-module", "--no-git", "-q", "-o", "native.zip"]
    return [["build", "models/churn.ubj", *options]]


def not_compared(folder):
    """An artifact without the framework's outputs."""
    return [["build", "models/churn.ubj", "--no-git", "-q", "-o", "own.zip"]]


def edited(folder):
    """An artifact that a person changed and packed again: proven, with warnings."""
    with open(folder / "artifacts/price model/score.py", "a") as file:
        file.write("\n# ours\n")
    return [["pack", "artifacts/price model", "-q"]]


# Name: what is done to the files, the command, its exit code.
CASES = {
    "a clean zip file": (None, ["verify", "artifacts/churn.zip"], 0),
    "a clean directory": (None, ["verify", "artifacts/price model"], 0),
    "rules": (None, ["check", "artifacts/churn.zip"], 0),
    "a model file": (None, ["check", "models/churn.ubj"], 0),
    "a malicious model file": (None, ["check", MALICIOUS], 1),
    "no model file": (None, ["check", "src/main.py"], 1),
    "several subjects": (broken, ["check", "artifacts/price model", "artifacts/churn.zip", "models/churn.ubj"], 1),
    "several proofs": (broken, ["verify", "artifacts/price model", "artifacts/churn.zip"], 1),
    "a manifest that is no YAML": (broken_manifest, ["verify", "artifacts/price model"], 1),
    "a cut zip file": (cut, ["verify", "./artifacts/churn.zip"], 1),
    "hostile members": (hostile, ["verify", "artifacts/price model"], 1),
    "hostile model files": (hostile, ["check", *("models/%s.pkl" % name for name in HOSTILE)], 1),
    "hostile subjects": (hostile_subjects, ["verify", "--", *HOSTILE], 1),
    "not proven": (unproven, ["verify", "native.zip"], 0),
    "not compared": (not_compared, ["verify", "own.zip"], 0),
    "edited": (edited, ["verify", "artifacts/price model"], 0),
    "required": (unproven, ["verify", "native.zip", "--require", "recompile"], 1),
    "the repository itself": (broken, ["verify", "."], 1),
    "nothing": (None, ["verify", "--containing", "src/main.py"], 0),
}


@pytest.fixture(scope="session")
def written(run, artifacts, tmp_path_factory):
    """Every report of a case, made once: the folder with a file for each format, and what standard output said."""
    made = {}

    def written(case, files):
        if case not in made:
            prepare, command, expected = CASES[case]
            for before in (prepare(files) if prepare else None) or []:
                code, text = run("scorepack", *before, cwd=files)
                assert code == 0, text
            cwd = files / "artifacts/price model" if command[-1] == "." else files
            folder = tmp_path_factory.mktemp("reports")
            options = [word for name in FORMATS for word in ["--report", "%s=%s" % (name, folder / name)]]
            code, text = run("scorepack", command[0], *options, *command[1:], cwd=cwd)
            assert code == expected, text
            made[case] = folder
        return made[case]

    return written


@pytest.fixture(params=CASES)
def reports(request, written, files):
    return written(request.param, files)


def findings(reports):
    """(report, finding) of all findings, by the report's own format."""
    return [(report, finding) for report in json.loads((reports / "json").read_text())["reports"] for finding in report["findings"]]


def test_json_is_what_its_schema_says(reports):
    for report in json.loads((reports / "json").read_text())["reports"]:
        REPORT.validate(report)


def test_nothing_hides_in_a_report(reports):
    for name in FORMATS:
        text = (reports / name).read_text()
        hidden = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]", text)
        assert hidden is None, (name, hidden)


def test_sarif_is_sarif(reports):
    log = json.loads((reports / "sarif").read_text())
    SARIF.validate(log)
    [run] = log["runs"]
    assert len(run["results"]) == len(findings(reports))


def test_sarif_is_what_github_asks_for(reports):
    [run] = json.loads((reports / "sarif").read_text())["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert len(results) <= 25_000 and len(rules) <= 25_000
    for rule in rules:
        assert len(rule.get("name", "")) <= 255 and 1 <= len(rule["properties"]["tags"]) <= 20
        texts = [rule["shortDescription"], rule["fullDescription"], rule["help"]]
        assert all(1 <= len(text["text"]) <= 1024 for text in texts) and rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ["error", "warning", "note"]
    prints = set()
    for result, (report, finding) in zip(results, findings(reports)):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding["code"]
        assert result["level"] == finding["severity"] and result["message"]["text"]
        [location] = result["locations"]
        place = location["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        uri = place["artifactLocation"]["uri"]
        if place["artifactLocation"].get("uriBaseId") == "%SRCROOT%":
            assert re.fullmatch(r"[A-Za-z0-9._~%-][A-Za-z0-9._~%/-]*", uri), uri
            subject = report["subject"].removeprefix("./")
            file = finding.get("file", subject)
            if report.get("directory") and file.startswith(subject + "/"):
                assert unquote(uri) == file
            elif report.get("directory"):
                member = "manifest.yaml" if file == subject else file
                assert unquote(uri) == (member if subject == "." else "%s/%s" % (subject, member))
            else:
                assert unquote(uri) == subject
        else:
            assert uri.startswith("file:///")
        prints.add((uri, result["partialFingerprints"]["primaryLocationLineHash"]))
    assert len(prints) == len(results), "alerts with equal fingerprints are one alert"


def test_junit_is_junit(reports):
    path = reports / "junit"
    JUNIT.validate(str(path))
    root = ElementTree.parse(path).getroot()
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        counts = {
            "tests": len(cases),
            "failures": sum(case.find("failure") is not None for case in cases),
            "errors": 0,
            "skipped": sum(case.find("skipped") is not None for case in cases),
        }
        assert counts == {name: int(suite.get(name)) for name in counts}
        totals = {name: totals[name] + counts[name] for name in totals}
        names = [(case.get("classname"), case.get("name")) for case in cases]
        assert len(set(names)) == len(names), "cases of one name are one case"
        assert all(case.get("time") == "0" for case in cases)
        # What is shown of a failure is its text.
        assert all(case.find("failure").text for case in cases if case.find("failure") is not None)
    assert totals == {name: int(root.get(name)) for name in totals}
    assert [suite.get("name") for suite in root] == [
        shown(report["subject"]) for report in json.loads((reports / "json").read_text())["reports"]
    ]
    texts = [text for element in root.iter() for text in [element.text or "", *element.attrib.values()]]
    errors = [finding for _, finding in findings(reports) if finding["severity"] == "error"]
    assert (totals["failures"] > 0) == bool(errors)
    for _, finding in findings(reports):
        assert any(shown(finding["message"]) in text for text in texts), "a finding is lost"


def shown(text):
    """A text with what is hidden written out, as every form shows it."""
    hidden = "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    text = re.sub(hidden, lambda found: "\\u{%x}" % ord(found[0]), text)
    return text.replace("\uffff", "\ufffd").replace("\ufffe", "\ufffd")


def test_github_commands_are_ours_alone(reports):
    lines = (reports / "github").read_text().splitlines()
    command = re.compile(r"::(error|warning|notice) file=[^:,]*,line=\d+,title=[a-z0-9-]+::.*")
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert all(command.fullmatch(line) for line in commands)
    assert len(commands) == len(findings(reports))
    others = [line for line in lines if line not in commands]
    assert all(re.match(r"\d+ errors?, \d+ warnings? in ", line) and "##[" not in line for line in others)


def test_gitlab_has_what_its_widget_reads(reports):
    issues = json.loads((reports / "gitlab").read_text())
    assert len(issues) == len(findings(reports))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue["description"] and issue["check_name"] and issue["fingerprint"]
        assert issue["severity"] in ["info", "minor", "major", "critical", "blocker"]
        assert not issue["location"]["path"].startswith("./") and issue["location"]["lines"]["begin"] >= 1


def test_cases_hold_what_they_are_for(written, files, tmp_path):
    """Lines, places, hints, every severity and every outcome are somewhere in the cases."""
    seen, outcomes = set(), set()
    for case in CASES:
        folder = tmp_path / case / "files"
        shutil.copytree(files, folder)
        for report in json.loads((written(case, folder) / "json").read_text())["reports"]:
            outcomes.update(entry["outcome"] for entry in report["proofs"] + report["rules"])
            for finding in report["findings"]:
                seen.update([key for key in finding if key in ["line", "place", "hint", "file"]] + [finding["severity"]])
    assert seen == {"line", "place", "hint", "file", "error", "warning", "note"}
    assert outcomes == {"passed", "failed", "not-proven", "not-compared", "not-applicable"}


def test_microsofts_validator_agrees(written, files, tmp_path):
    """With the rules of SARIF itself and of GitHub's code scanning."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for case in CASES:
        folder = tmp_path / case / "files"
        shutil.copytree(files, folder)
        shutil.copy(written(case, folder) / "sarif", logs / ("%s.sarif" % case))
    broken = json.loads((logs / "several proofs.sarif").read_text())
    for result in broken["runs"][0]["results"]:
        del result["locations"]
    (logs / "without locations.sarif").write_text(json.dumps(broken))
    told = validate(logs, tmp_path)
    assert {name for name, _, _ in told if name == "without locations.sarif"}, "the validator sees nothing"
    # The one thing that it misses: the address of the project's site.
    others = [one for one in told if one[0] != "without locations.sarif" and one[1] != "SARIF2005"]
    assert others == []


def validate(logs, folder):
    """(file, rule, level) of everything that the validator warns of; it asks no network."""
    (folder / "configuration.json").write_text('{"SARIF2006.UrisShouldBeReachable.Options": {"RuleEnabled": "Disabled"}}')
    options = ["--config", folder / "configuration.json", "--json-schema", SCHEMAS / "sarif-2.1.0.json"]
    options += ["--rule-kind", "Sarif;Gh;Ghas", "--level", "Error;Warning", "--output", folder / "told.sarif"]
    MULTITOOL.chmod(0o755)
    done = subprocess.run([MULTITOOL, "validate", logs / "*.sarif", *options], capture_output=True, text=True, timeout=300)
    assert "Analysis completed successfully" in done.stdout, done.stdout + done.stderr
    [run] = json.loads((folder / "told.sarif").read_text())["runs"]
    return [
        (
            unquote(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).rsplit("/", 1)[-1],
            result["ruleId"].split("/")[0],
            result.get("level", "warning"),
        )
        for result in run.get("results", [])
    ]
