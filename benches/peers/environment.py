"""Where the benchmarks live: their virtual environment, their models and the program they measure."""

import os
import platform
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = ROOT / ".venvs" / "benches"
WORK = ROOT / "target" / "benches"
REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"
# Read by the peers' libraries when they start.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def enter():
    """Runs the package again inside its virtual environment, made on first use; models of other versions are dropped."""
    if os.environ.get("VIRTUAL_ENV") == str(ENVIRONMENT):
        return
    python = ENVIRONMENT / "bin" / "python"
    wanted = REQUIREMENTS.read_text()
    stamp = ENVIRONMENT / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS)], check=True)
        stamp.write_text(wanted)
        shutil.rmtree(WORK, ignore_errors=True)
    environment = dict(os.environ, VIRTUAL_ENV=str(ENVIRONMENT), **ONE_THREAD)
    os.execve(str(python), [str(python), str(Path(__file__).resolve().parent), *sys.argv[1:]], environment)


def processor():
    """The processor and its cores, and nothing else about the machine."""
    if not Path("/proc/cpuinfo").exists():
        return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    told = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", told, re.MULTILINE)
    family = re.search(r"^cpu family\s*:\s*(.*)$", told, re.MULTILINE)
    number = re.search(r"^model\s*:\s*(.*)$", told, re.MULTILINE)
    widest = next((width for flag, width in [("avx512f", "AVX-512"), ("avx2", "AVX2")] if f" {flag} " in told), "no AVX2")
    named = model.group(1).strip() if model else platform.machine()
    if family and number:
        named += f" (family {family.group(1)}, model {number.group(1)})"
    return f"{named}, {os.cpu_count()} cores, {widest}"


def versions():
    """Every package that the requirements pin."""
    names = [line.split("==")[0] for line in REQUIREMENTS.read_text().splitlines() if "==" in line]
    found = {name: metadata.version(name) for name in names}
    found["python"] = platform.python_version()
    return found
