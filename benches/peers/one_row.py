"""Calls one_row.c: single rows without the cost of a call from Python."""

import ctypes

import numpy as np
import wasmtime

from compiled import library, pointer


def one_row(dtype):
    """one_row.c for float or double."""
    loaded = library("one_row", {"float32": "float", "float64": "double"}[np.dtype(dtype).name])
    loaded.one_row_module.restype = loaded.one_row_compiled.restype = ctypes.c_double
    return loaded


class ModuleFromC:
    """A score module over one matrix, called from C."""

    def __init__(self, module):
        (arena,) = module.inputs
        self.module, self.arena, self.output = module, arena, module.output
        if arena.dtype != module.output.rows.dtype:
            raise SystemExit(f"one row from C: {arena.dtype} in, {module.output.rows.dtype} out")
        self.run = one_row(arena.dtype).one_row_module
        self.call = ctypes.cast(wasmtime._ffi.dll.wasmtime_func_call_unchecked, ctypes.c_void_p)

    def predict(self, rows):
        """Thread CPU seconds of all rows, and their answers."""
        rows = np.ascontiguousarray(rows, self.arena.dtype)
        answers = np.empty((len(rows), self.output.width), rows.dtype)
        context = ctypes.cast(self.module.store._context(), ctypes.c_void_p)
        counts = ctypes.c_size_t(len(rows)), ctypes.c_size_t(rows.shape[1])
        seconds = self.run(
            self.call, context, ctypes.byref(self.module.function), pointer(self.arena.rows), pointer(self.output.rows),
            pointer(rows), *counts, pointer(answers), ctypes.c_size_t(self.output.width),
        )
        if seconds < 0:
            raise SystemExit("one row from C: a call failed")
        return seconds, answers


class CompiledFromC:
    """A library that tl2cgen compiled, called from C."""

    def __init__(self, path, dtype, width):
        self.dtype, self.width = np.dtype(dtype), width
        self.run = one_row(dtype).one_row_compiled
        self.loaded = ctypes.CDLL(str(path))
        self.function = ctypes.cast(self.loaded.predict, ctypes.c_void_p)

    def predict(self, rows):
        """Thread CPU seconds of all rows, and their answers."""
        rows = np.ascontiguousarray(rows, self.dtype)
        answers = np.empty((len(rows), self.width), self.dtype)
        entries = np.empty(rows.shape[1], self.dtype)
        counts = ctypes.c_size_t(len(rows)), ctypes.c_size_t(rows.shape[1])
        seconds = self.run(self.function, pointer(entries), pointer(rows), *counts, pointer(answers), ctypes.c_size_t(self.width))
        return seconds, answers
