"""An artifact beyond 4 GiB, and a thousand artifacts in one call: packed and proven in constant memory, read by others.

    python large.py SCOREPACK FOLDER
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

MODEL = "fixtures/sklearn/large-1.9/model.joblib"
# Zip's own numbers end at 4 GiB: what is longer, and what lies behind it, is told by zip64 fields.
LARGE_BYTES = (4 << 30) + (100 << 20)
# The artifact, and room for others.
WANTED_BYTES = LARGE_BYTES * 3 // 2
MOST_RESIDENT_MB = 64
MANY = 1000


def run(*command):
    """Runs a command that must succeed; gives its output and the most memory it had, in MB."""
    read, write = os.pipe()
    process = os.posix_spawnp(str(command[0]), [str(part) for part in command], os.environ,
                              file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
    os.close(write)
    with open(read, encoding="utf-8") as stream:
        output = stream.read()
    _, status, usage = os.wait4(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, (command, output)
    return output, usage.ru_maxrss >> 10


def build(scorepack, output, *options):
    run(scorepack, "build", MODEL, "-q", "--no-config", "--no-git", *options, "-o", output)


def weights(path):
    """A file as weights are, noise first, and then a hole that takes no room on disk."""
    with path.open("wb") as file:
        file.write(os.urandom(2 << 20))
        file.truncate(LARGE_BYTES)


def large(scorepack, folder):
    source, packed = folder / "source", folder / "large.zip"
    build(scorepack, source, "--engine", "native", "--no-score-module")
    weights(source / "model.joblib")
    for command in (["pack", source, "-o", packed], ["verify", packed], ["check", packed]):
        _, resident = run(scorepack, command[0], "-q", *command[1:])
        assert resident <= MOST_RESIDENT_MB, f"{command[0]} took {resident} MB"
    with zipfile.ZipFile(packed) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        model = archive.getinfo("model.joblib")
        assert (model.file_size, model.compress_type) == (LARGE_BYTES, zipfile.ZIP_STORED)
        behind = [entry for entry in entries if entry.header_offset > 1 << 32]
        assert len(behind) >= 5, names
        for entry in behind:
            # The manifest and the list are written anew.
            if entry.filename != "model_artifact_manifest.json":
                assert archive.read(entry) == (source / entry.filename).read_bytes(), entry.filename
        # CPython compares the CRC at the end.
        digest = hashlib.sha256()
        with archive.open(model) as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
        listed = json.loads(archive.read("model_artifact_manifest.json"))["files"]["model.joblib"]
        assert listed == {"sha256": digest.hexdigest(), "size": LARGE_BYTES}
    if unzip := shutil.which("unzip"):
        found = subprocess.run([unzip, "-p", packed, "score.py"], check=True, capture_output=True).stdout
        assert found == (source / "score.py").read_bytes()
    packed.unlink()
    shutil.rmtree(source)
    print(f"{LARGE_BYTES:,} bytes: packed, verified and checked within {MOST_RESIDENT_MB} MB each; read by zipfile")


def many(scorepack, folder):
    build(scorepack, folder / "one.zip")
    paths = [folder / f"{place:04}.zip" for place in range(MANY)]
    for place, path in enumerate(paths):
        if place % 100 == 7:
            path.write_bytes(b"PK\x03\x04 and no more")
        else:
            os.link(folder / "one.zip", path)
    found = subprocess.run([scorepack, "check", "--output-format", "json", *paths], check=False, capture_output=True)
    assert found.returncode == 1, found.stderr
    reports = json.loads(found.stdout)["reports"]
    assert [report["subject"] for report in reports] == [str(path) for path in paths], "not in the order of the paths"
    broken = [place for place, report in enumerate(reports) if any(f["severity"] == "error" for f in report["findings"])]
    assert broken == list(range(7, MANY, 100)), broken
    print(f"{MANY} artifacts checked in one call, in order")


def main(scorepack, folder):
    many(scorepack, folder)
    free = shutil.disk_usage(folder).free
    if free < WANTED_BYTES:
        # The disk of a CI machine says nothing about the program.
        print(f"NOT RUN: an artifact of more than 4 GiB; {free:,} bytes are free in {folder}, it takes {WANTED_BYTES:,}")
        return
    large(scorepack, folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
