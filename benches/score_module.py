"""A score module in this process, called as score.py calls it (docs/abi.md): arenas filled by one copy a block."""

import ctypes
import json
import time
import zipfile
from pathlib import Path

import numpy as np
import wasmtime


def read_wasm(path):
    """score.wasm of an artifact (a directory or zip), or the file itself."""
    path = Path(path)
    if path.is_dir():
        return (path / "score.wasm").read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(next(name for name in archive.namelist() if name.split("/")[-1] == "score.wasm"))
    return path.read_bytes()


def leb128(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def custom_section(wasm, name):
    """The content of a custom section."""
    at = 8
    while at < len(wasm):
        kind = wasm[at]
        size, at = leb128(wasm, at + 1)
        end = at + size
        if kind == 0:
            length, start = leb128(wasm, at)
            if wasm[start : start + length] == name:
                return wasm[start + length : end]
        at = end
    raise SystemExit(f"no custom section {name!r}")


class ScoreModule:
    """One method over one matrix of numbers."""

    def __init__(self, path, method):
        wasm = read_wasm(path)
        self.bytes = len(wasm)
        abi = json.loads(custom_section(wasm, b"scorepack-abi"))
        engine = wasmtime.Engine()
        start = time.process_time()
        module = wasmtime.Module(engine, wasm)
        self.compile_ms = (time.process_time() - start) * 1e3
        self.store = wasmtime.Store(engine)
        exports = wasmtime.Instance(self.store, module, []).exports(self.store)
        self.call = exports[method]
        memory = exports["memory"]
        address = ctypes.addressof(memory.data_ptr(self.store).contents)
        raw = (ctypes.c_uint8 * memory.data_len(self.store)).from_address(address)
        self.memory = np.frombuffer(raw, dtype=np.uint8)
        (arena,) = abi["inputs"]
        (output,) = next(known for known in abi["methods"] if known["name"] == method)["outputs"]
        self.block_rows = abi["block_rows"]
        self.input = self.view(arena, len(arena["fields"]))
        self.output = self.view(output, output["width"])

    def view(self, arena, width):
        dtype = np.dtype(arena["element"])
        flat = self.memory[arena["address"] :][: self.block_rows * width * dtype.itemsize]
        return flat.view(dtype).reshape(self.block_rows, width)

    def predict(self, rows):
        """All rows, block by block."""
        result = np.empty((len(rows), self.output.shape[1]), self.output.dtype)
        for first in range(0, len(rows), self.block_rows):
            block = rows[first : first + self.block_rows]
            self.input[: len(block)] = block
            status = self.call(self.store, len(block))
            if status != 0:
                raise SystemExit(f"the module returned status {status}")
            result[first : first + len(block)] = self.output[: len(block)]
        return result[:, 0] if result.shape[1] == 1 else result
