"""Signatures, statements and bills of materials, by the packages of those who define the formats.

    signing_acceptance.py SCOREPACK FOLDER

Every artifact is signed by scorepack and verified by model-signing, and the other way round; then it is tampered with, and
both have to refuse it. Statements are read by in-toto's packages, bills of materials by CycloneDX's.
"""

import base64
import collections
import hashlib
import json
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement, statement_pb2
from model_signing import hashing, signing, verifying

SCOREPACK, OUT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
FIXTURES = pathlib.Path("fixtures").resolve()
SIGNING = FIXTURES / "signing"
KEYS = SIGNING / "keys"
CERTIFICATES = SIGNING / "certificates"
counts = collections.Counter()
problems = []
# model-signing tells the certificate's extensions that it misses.
logging.disable(logging.WARNING)


def expect(what, condition, detail=""):
    counts[what] += 1
    if not condition:
        problems.append(f"{what}: {detail}")


def scorepack(*arguments, code=0, environment=None):
    command = [str(SCOREPACK), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | (environment or {}), check=False)
    if code is not None and done.returncode != code:
        problems.append(f"{' '.join(command[1:])}: exit code {done.returncode}, expected {code}: "
                        f"{done.stdout[-300:]}{done.stderr[-300:]}")
    return done


def proof(artifact, signature, *trust):
    """How the proof `signature` came out, and what else was found."""
    done = scorepack("verify", artifact, "--signature", signature, *trust, "--output-format", "json", code=None)
    if done.returncode not in (0, 1):
        return f"exit code {done.returncode}: {done.stderr[-300:]}", []
    reports = json.loads(done.stdout)["reports"]
    outcomes = [one["outcome"] for one in reports[0]["proofs"] if one["name"] == "signature"]
    codes = [finding["code"] for finding in reports[0]["findings"] if finding["severity"] == "error"]
    if (done.returncode == 1) != bool(codes):
        problems.append(f"{artifact}: exit code {done.returncode} with {codes}")
    return (outcomes or ["unopened"])[0], codes


def model_signing(model, signature, key=None, trusted=None):
    """Whether model-signing takes a signature; the reason if not."""
    config = verifying.Config()
    if key:
        config.use_elliptic_key_verifier(public_key=key)
    else:
        config.use_certificate_verifier(certificate_chain=[trusted])
    try:
        config.verify(model, signature)
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]


def chain(name="chain"):
    return ["--certificate", CERTIFICATES / f"{name}.pem", "--chain", CERTIFICATES / f"{name}-others.pem"]


# How to sign, and how to verify: arguments of scorepack, then of model-signing.
SIGNERS = {
    "P-256": (["--private-key", KEYS / "p256.pem"], ["--public-key", KEYS / "p256.pub"], {"key": KEYS / "p256.pub"}),
    "P-256 SEC1": (
        ["--private-key", KEYS / "p256-sec1.pem"], ["--public-key", KEYS / "p256.pub"], {"key": KEYS / "p256.pub"}
    ),
    "P-384": (["--private-key", KEYS / "p384.pem"], ["--public-key", KEYS / "p384.pub"], {"key": KEYS / "p384.pub"}),
    "P-256 chain": (
        ["--private-key", KEYS / "p256.pem", *chain()],
        ["--trusted-certificate", CERTIFICATES / "root.pem"],
        {"trusted": CERTIFICATES / "root.pem"},
    ),
    "P-384 chain": (
        ["--private-key", KEYS / "p384.pem", *chain("p384")],
        ["--trusted-certificate", CERTIFICATES / "root.pem"],
        {"trusted": CERTIFICATES / "root.pem"},
    ),
}


def build():
    """One artifact of every form: its zip file, its directory, and further ones for bills of materials."""
    case = FIXTURES / "xgboost/binary-3.2"
    options = ["-q", "--no-git", "--sample", case / "input.csv", "--expected", case / "expected.json"]
    scorepack("build", case / "model.json", *options, "-o", OUT / "model.zip")
    with zipfile.ZipFile(OUT / "model.zip") as archive:
        archive.extractall(OUT / "model")
    return OUT / "model.zip", OUT / "model"


def ours_by_model_signing(archive, folder):
    for name, (how, trust, theirs) in SIGNERS.items():
        for artifact, options, model in [
            (archive, [], archive), (folder, [], folder), (archive, ["--unpacked"], folder),
        ]:
            signature = OUT / "ours.sig"
            scorepack("sign", artifact, *how, *options, "-o", signature)
            first = signature.read_bytes()
            scorepack("sign", artifact, *how, *options, "-o", signature)
            expect("signed twice, the same bytes", signature.read_bytes() == first, name)
            reason = model_signing(model, signature, **theirs)
            expect("signed by scorepack, verified by model-signing", reason is None, f"{name}, {artifact.name}: {reason}")
            outcome = proof(artifact, signature, *trust)
            expect("signed and verified by scorepack", outcome == ("passed", []), f"{name}, {artifact.name}: {outcome}")


def theirs_by_us(archive, folder):
    for name, (how, trust, _) in SIGNERS.items():
        for model in [archive, folder]:
            config = signing.Config()
            if "--certificate" in how:
                config.use_certificate_signer(
                    private_key=how[1], signing_certificate=how[3], certificate_chain=[how[5]])
            else:
                config.use_elliptic_key_signer(private_key=how[1])
            signature = OUT / "theirs.sig"
            config.sign(model, signature)
            # What is signed unpacked is proven of the zip file too.
            for artifact in {model, archive}:
                outcome = proof(artifact, signature, *trust)
                expect("signed by model-signing, verified by scorepack", outcome == ("passed", []),
                       f"{name}, {model.name} for {artifact.name}: {outcome}")
            outcome = proof(model, signature)
            expect("without anyone to trust nothing is proven", outcome == ("not-proven", []), f"{name}: {outcome}")


def tampered(archive, folder):
    how, trust, theirs = SIGNERS["P-256"]
    of_folder, of_file = OUT / "folder.sig", OUT / "file.sig"
    scorepack("sign", folder, *how, "-o", of_folder)
    scorepack("sign", archive, *how, "-o", of_file)
    refused = "tampered with, refused by both"

    def both(what, artifact, signature, code="signed-content", trust=trust, theirs=theirs):
        outcome, codes = proof(artifact, signature, *trust)
        expect(refused, outcome in ("failed", "unopened") and (code is None or code in codes), f"{what}: {outcome} {codes}")
        expect(refused, model_signing(artifact, signature, **theirs) is not None, f"{what}: model-signing takes it")

    changed = OUT / "changed"

    def copy():
        shutil.rmtree(changed, ignore_errors=True)
        shutil.copytree(folder, changed)

    for file in sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()):
        copy()
        content = bytearray((changed / file).read_bytes())
        if not content:
            continue
        content[len(content) // 2] ^= 1
        (changed / file).write_bytes(content)
        # A broken manifest is no artifact: nothing is proven of it either.
        both(f"a bit of {file}", changed, of_folder, None if file.name == "manifest.yaml" else "signed-content")
    for what, change in {
        "a file more": lambda: (changed / "extra.py").write_text("import os\n"),
        "a file less": lambda: (changed / "README.md").unlink(),
        "another name": lambda: (changed / "README.md").rename(changed / "README.txt"),
        "compiled code": lambda: ((changed / "__pycache__").mkdir(), (changed / "__pycache__/score.pyc").write_bytes(b"x")),
    }.items():
        copy()
        change()
        both(what, changed, of_folder)
    broken = bytearray(archive.read_bytes())
    broken[len(broken) // 2] ^= 1
    (OUT / "broken.zip").write_bytes(broken)
    both("a bit of the zip file", OUT / "broken.zip", of_file, None)
    both("a file's signature for a directory", folder, of_file)
    outcome = proof(archive, of_folder, *trust)
    expect("a directory's signature, proven of its zip file", outcome == ("passed", []), outcome)
    both("another key", folder, of_folder, "signature-key", ["--public-key", KEYS / "other.pub"], {"key": KEYS / "other.pub"})
    for name, found in [("other-root", "signature-certificate"), ("no-middle", "signature-certificate")]:
        scorepack("sign", folder, "--private-key", KEYS / "p256.pem", *chain(name), "-o", OUT / "untrusted.sig")
        root = CERTIFICATES / "root.pem"
        both(name, folder, OUT / "untrusted.sig", found, ["--trusted-certificate", root], {"trusted": root})
    # model-signing asks whether a certificate was valid when it began to be valid: an expired one is no one's finding there.
    expired = OUT / "expired.sig"
    scorepack("sign", folder, "--private-key", KEYS / "p256.pem", *chain("expired"), "-o", expired)
    trusted = ["--trusted-certificate", CERTIFICATES / "root.pem"]
    outcome = proof(folder, expired, *trusted)
    expect("certificates count at the time of signing", outcome == ("failed", ["signature-certificate"]), outcome)
    outcome = proof(folder, expired, *trusted, "--signed-at", "2025-02-15")
    expect("certificates count at the time of signing", outcome == ("passed", []), outcome)
    # Everything in the envelope.
    bundle = json.loads(of_folder.read_text())
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))

    def with_payload(change):
        other = json.loads(json.dumps(payload))
        change(other)
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(other).encode()).decode()
        (OUT / "other.sig").write_text(json.dumps(bundle))

    for what, change in {
        "a digest": lambda other: other["predicate"]["resources"][0].update(digest="0" * 64),
        "a file signed no more": lambda other: other["predicate"]["resources"].pop(),
        "another subject": lambda other: other["subject"][0].update(name="other"),
        "more left out": lambda other: other["predicate"]["serialization"]["ignore_paths"].append("README.md"),
    }.items():
        with_payload(change)
        both(what, folder, OUT / "other.sig", "signature-wrong")


def left_out(_, folder):
    """A signature of model-signing that leaves a file out says nothing of it."""
    config = signing.Config().use_elliptic_key_signer(private_key=KEYS / "p256.pem")
    config.set_hashing_config(hashing.Config().set_ignored_paths(paths=[folder / "README.md"]))
    config.sign(folder, OUT / "ignoring.sig")
    outcome, codes = proof(folder, OUT / "ignoring.sig", "--public-key", KEYS / "p256.pub")
    expect("left out of a signature, found", (outcome, set(codes)) == ("failed", {"signed-content"}), f"{outcome} {codes}")
    expect("left out of a signature, found",
           model_signing(folder, OUT / "ignoring.sig", key=KEYS / "p256.pub") is None, "model-signing has changed")


def statements(archive, folder):
    digest = lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = digest(folder / "manifest.yaml")
    case = FIXTURES / "xgboost/binary-3.2"
    given = ["--data", case / "input.csv", "--expected", case / "expected.json"]
    for artifact, options, code, result in [
        (archive, given, 0, "PASSED"), (folder, [], 0, "PASSED"), (OUT / "changed.zip", [], 1, "FAILED"),
    ]:
        if artifact.name == "changed.zip":
            # The module is another's: the manifest is right, and recompilation fails.
            shutil.rmtree(OUT / "changed", ignore_errors=True)
            shutil.copytree(folder, OUT / "changed")
            (OUT / "changed/score.py").write_text("# nothing\n")
            artifact = OUT / "changed"
        file = OUT / "statement.json"
        scorepack("verify", artifact, *options, "--attest", file, code=code)
        read = json_format.Parse(file.read_text(), statement_pb2.Statement())
        statement.Statement.copy_from_pb(read).validate()
        predicate = json.loads(file.read_text())["predicate"]
        parsed = json_format.ParseDict(predicate, test_result_pb2.TestResult())
        expect("statements read by in-toto", parsed.result == result, f"{artifact.name}: {predicate}")
        subjects = {one.name: one.digest["sha256"] for one in read.subject}
        expected = {"manifest.yaml": manifest}
        if artifact.is_file():
            expected[artifact.name] = digest(artifact)
        expect("statements name what was verified", subjects == expected, f"{subjects} {expected}")
        expect("statements name what it was verified with",
               [one["name"] for one in predicate["configuration"]] == ["scorepack"] + [p.name for p in options[1::2]],
               predicate["configuration"])
        before = file.read_bytes()
        scorepack("verify", artifact, *options, "--attest", file, code=code)
        expect("statements are the same twice", file.read_bytes() == before, artifact.name)
    for name, digest_of in [("p256", hashes.SHA256()), ("p384", hashes.SHA384())]:
        file = OUT / "statement.dsse.json"
        scorepack("verify", archive, "--attest", file, "--attest-key", KEYS / f"{name}.pem")
        envelope = json.loads(file.read_text())
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
        key = serialization.load_pem_public_key((KEYS / f"{name}.pub").read_bytes())
        # Raises where the signature is wrong.
        key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed, ec.ECDSA(digest_of))
        expect("signed statements verified by another", json.loads(payload)["predicate"]["result"] == "PASSED", name)


def bills(archive, folder):
    others = {
        "lightgbm": ["fixtures/lightgbm/cat_mixed-4.7/model.txt"],
        "sklearn": ["fixtures/sklearn/columns-logistic-1.9/model.joblib", "--engine", "native"],
        "snowflake": ["fixtures/xgboost/binary-3.2/model.json", "--target", "snowflake"],
    }
    artifacts = [archive, folder]
    for name, arguments in others.items():
        scorepack("build", *arguments, "-q", "--no-git", "-o", OUT / f"{name}.zip")
        artifacts.append(OUT / f"{name}.zip")
    many = FIXTURES / "many"
    for case in sorted(path.parent for path in many.rglob("options"))[:1]:
        options = (case / "options").read_text().split()
        scorepack("build", case, *options, "-q", "--no-git", "--sample", case / "input.csv", "-o", OUT / "many.zip")
        artifacts.append(OUT / "many.zip")
    edited = OUT / "edited"
    shutil.copytree(folder, edited)
    with open(edited / "score.py", "a", encoding="utf-8") as script:
        script.write("# mine\n")
    (edited / "notes.txt").write_text("mine\n")
    scorepack("pack", edited, "-q")
    artifacts.append(edited)
    validator = JsonStrictValidator(SchemaVersion.V1_7)
    for artifact in artifacts:
        text = scorepack("bom", artifact).stdout
        if not text:
            continue
        invalid = validator.validate_str(text)
        expect("bills of materials valid by CycloneDX 1.7", invalid is None, f"{artifact.name}: {str(invalid)[:300]}")
        bill = json.loads(text)
        # Their own model of a document takes it, and finds every dependency.
        Bom.from_json(bill).validate()
        expect("bills of materials are the same twice", scorepack("bom", artifact).stdout == text, artifact.name)
        model = bill["metadata"]["component"]
        listed = {one["name"]: one["hashes"][0]["content"] for one in model["components"]}
        if artifact.is_dir():
            content = {str(path.relative_to(artifact)): path.read_bytes() for path in artifact.rglob("*") if path.is_file()}
        else:
            with zipfile.ZipFile(artifact) as opened:
                content = {name: opened.read(name) for name in opened.namelist()}
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
        # The platform's own list is made from the manifest, and is no file of its.
        digests.pop("model_artifact_manifest.json", None)
        expect("bills of materials list every file", listed == digests, f"{artifact.name}: {set(listed) ^ set(digests)}")
        wanted = [line.split(";")[0].strip().lower() for line in content.get("requirements.txt", b"").decode().splitlines()
                  if line and not line.startswith("#")]
        packages = {one["purl"] for one in bill["components"] if one["type"] == "library"}
        missing = [line for line in wanted if "==" in line
                   and f"pkg:pypi/{line.split('[')[0].replace('==', '@').replace('_', '-')}" not in packages and "[" not in line]
        expect("bills of materials list every pinned package", packages and not missing, f"{artifact.name}: {missing} {packages}")
        expect("bills of materials hold a model card", model["modelCard"]["modelParameters"]["inputs"] != [], artifact.name)
    timed = json.loads(scorepack("bom", archive, environment={"SOURCE_DATE_EPOCH": "1780315201"}).stdout)
    expect("bills of materials take SOURCE_DATE_EPOCH", timed["metadata"]["timestamp"] == "2026-06-01T12:00:01Z", timed["metadata"])
    invalid = validator.validate_str(json.dumps(timed))
    expect("bills of materials valid by CycloneDX 1.7", invalid is None, f"with a time: {str(invalid)[:300]}")


def main():
    artifacts = build()
    try:
        for part in [ours_by_model_signing, theirs_by_us, tampered, left_out, statements, bills]:
            part(*artifacts)
    finally:
        for what, count in counts.items():
            print(f"{count:4}  {what}")
        for problem in problems:
            print(f"FAILED: {problem}")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
