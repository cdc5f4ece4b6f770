"""The C files of this package, compiled by gcc into target/benches when they are newer than what stands there."""

import ctypes
import subprocess
from pathlib import Path

from environment import WORK


def library(name, number=None):
    """`name`.c, with FLOAT being `number`."""
    source = Path(__file__).with_name(f"{name}.c")
    built = WORK / f"{name}_{number}.so" if number else WORK / f"{name}.so"
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        defined = [f"-DFLOAT={number}"] if number else []
        subprocess.run(["gcc", "-O3", "-fPIC", "-shared", *defined, source, "-o", built], check=True)
    return ctypes.CDLL(str(built))


def pointer(values):
    """The address of an array's elements."""
    return ctypes.c_void_p(values.ctypes.data)
