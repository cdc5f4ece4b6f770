"""A score module in this process, called as score.py calls it (docs/abi.md): arenas filled by one copy a block.

Differs from score.py in two ways: rows come as matrices, frames or lists of texts, not as JSON; and calls go to the
`wasmtime` package's C interface directly, since the package's own wrapper takes 20 microseconds a call: where numbers alone
go in and out, from blocks.c, a compiled loop over the blocks as peers have theirs.
"""

import ctypes
import json
import statistics
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow
import wasmtime
from wasmtime import _ffi

from compiled import library, pointer

OUTPUT_FULL = 3


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


def compile_milliseconds(wasm, times=5):
    """CPU milliseconds of all threads that Cranelift takes with the engine settings of scorepack's sandbox, the median of some
    times. The package would first copy the module."""
    code = (ctypes.c_uint8 * len(wasm)).from_buffer_copy(wasm)
    found = []
    for _ in range(times):
        config = wasmtime.Config()
        config.consume_fuel = True
        _ffi.wasmtime_config_memory_init_cow_set(config.ptr(), False)
        engine, module = wasmtime.Engine(config), ctypes.POINTER(_ffi.wasmtime_module_t)()
        start = time.process_time()
        error = _ffi.wasmtime_module_new(engine.ptr(), code, len(wasm), ctypes.byref(module))
        found.append((time.process_time() - start) * 1e3)
        if error:
            raise SystemExit("the module does not compile")
        _ffi.wasmtime_module_delete(module)
    return statistics.median(found)


class ScoreModule:
    """One method of a score module."""

    def __init__(self, path, method):
        wasm = read_wasm(path)
        self.bytes = len(wasm)
        self.compile_ms = compile_milliseconds(wasm)
        abi = json.loads(custom_section(wasm, b"scorepack-abi"))
        self.store = wasmtime.Store(wasmtime.Engine())
        exports = wasmtime.Instance(self.store, wasmtime.Module(self.store.engine, wasm), []).exports(self.store)
        self.function, self.exported_memory = exports[method]._func, exports["memory"]
        memory = exports["memory"]
        self.address = ctypes.addressof(memory.data_ptr(self.store).contents)
        raw = (ctypes.c_uint8 * memory.data_len(self.store)).from_address(self.address)
        self.memory = np.frombuffer(raw, dtype=np.uint8)
        self.block_rows = abi["block_rows"]
        self.inputs = [Text(self, a) if a["kind"] == "text" else Matrix(self, a) for a in abi["inputs"]]
        (output,) = next(known for known in abi["methods"] if known["name"] == method)["outputs"]
        self.output = Sparse(self, output) if "sparse" in output else Dense(self, output)
        only_numbers = isinstance(self.output, Dense) and all(isinstance(arena, Matrix) for arena in self.inputs)
        self.blocks = Blocks(self) if only_numbers else None

    def view(self, address, dtype, count):
        dtype = np.dtype(dtype)
        return self.memory[address:][: count * dtype.itemsize].view(dtype)

    def call(self, n_rows):
        """The method's status."""
        value, trap = _ffi.wasmtime_val_raw_t(i32=n_rows), ctypes.POINTER(_ffi.wasm_trap_t)()
        context = self.store._context()
        error = _ffi.wasmtime_func_call_unchecked(context, ctypes.byref(self.function), ctypes.byref(value), 1, ctypes.byref(trap))
        if error or trap:
            raise SystemExit("the module trapped")
        return value.i32

    def predict(self, rows):
        """All rows, from the objects that the framework takes."""
        return self.score(self.prepare(rows))

    def prepare(self, rows):
        """The rows as matrices of the arenas' types and as Arrow texts: what a host in another language starts from."""
        return len(rows), [arena.prepare(rows) for arena in self.inputs]

    def score(self, prepared):
        """All prepared rows, block by block."""
        n_rows, columns = prepared
        if self.blocks:
            return self.blocks.score(n_rows, columns)
        first, most = 0, self.block_rows
        results = self.output.results(n_rows)
        while first < n_rows:
            last = min(first + most, n_rows)
            for arena, column in zip(self.inputs, columns):
                last = arena.end_of_block(column, first, last)
            for arena, column in zip(self.inputs, columns):
                arena.write(column, first, last)
            status = self.call(last - first)
            if status == OUTPUT_FULL and most > 1:
                most = (last - first) // 2
                continue
            if status != 0:
                raise SystemExit(f"the module returned status {status}")
            self.output.read(results, first, last)
            first = last
        return self.output.joined(results)


class Blocks:
    """The loop of blocks.c over the blocks of a module that takes and gives numbers alone."""

    class Input(ctypes.Structure):
        """`matrix` of blocks.c."""

        _fields_ = [("rows", ctypes.c_void_p), ("arena", ctypes.c_void_p), ("row_bytes", ctypes.c_size_t)]

    def __init__(self, module):
        self.module, self.run = module, library("blocks").score_blocks
        self.call = ctypes.cast(_ffi.dll.wasmtime_func_call_unchecked, ctypes.c_void_p)
        self.context = ctypes.cast(module.store._context(), ctypes.c_void_p)
        self.output = pointer(module.output.rows)
        self.answer_bytes = ctypes.c_size_t(module.output.rows.strides[0])
        self.block_rows = ctypes.c_size_t(module.block_rows)

    def score(self, n_rows, columns):
        arenas = self.module.inputs
        columns = [np.ascontiguousarray(column, arena.dtype) for arena, column in zip(arenas, columns)]
        inputs = (self.Input * len(arenas))(
            *(self.Input(column.ctypes.data, arena.rows.ctypes.data, arena.rows.strides[0]) for arena, column in zip(arenas, columns))
        )
        answers = self.module.output.results(n_rows)
        status = self.run(
            self.call, self.context, ctypes.byref(self.module.function), inputs, ctypes.c_size_t(len(arenas)), self.output,
            pointer(answers), self.answer_bytes, ctypes.c_size_t(n_rows), self.block_rows,
        )
        if status != 0:
            raise SystemExit("the module trapped" if status < 0 else f"the module returned status {status}")
        return answers


class Matrix:
    """An input arena of numbers."""

    def __init__(self, module, arena):
        self.fields = arena["fields"]
        self.dtype = np.dtype(arena["element"])
        self.address = arena["address"]
        shape = module.block_rows, len(self.fields)
        self.rows = module.view(self.address, self.dtype, shape[0] * shape[1]).reshape(shape)

    def prepare(self, rows):
        if hasattr(rows, "iloc"):
            return rows.iloc[:, self.fields].to_numpy(self.dtype, na_value=np.nan)
        if self.fields == list(range(rows.shape[1])):
            return rows  # converted by the copy into the arena
        return rows[:, self.fields].astype(self.dtype)

    def end_of_block(self, _column, _first, last):
        return last

    def write(self, column, first, last):
        self.rows[: last - first] = column[first:last]


class Text:
    """An input arena of one text column, in Arrow's layout."""

    def __init__(self, module, arena):
        self.field, self.capacity = arena["field"], arena["capacity"]
        self.offsets = module.view(arena["offsets"], "int32", module.block_rows + 1)
        self.bytes = module.view(arena["bytes"], "uint8", self.capacity)
        self.validity = module.view(arena["validity"], "uint8", (module.block_rows + 7) // 8)

    def prepare(self, rows):
        column = rows.iloc[:, self.field] if hasattr(rows, "iloc") else rows if isinstance(rows, list) else rows[:, self.field]
        texts = pyarrow.array(column, pyarrow.string(), from_pandas=True)
        if isinstance(texts, pyarrow.ChunkedArray):
            texts = texts.combine_chunks()
        _, offsets, content = texts.buffers()
        offsets = np.frombuffer(offsets, "int32")[texts.offset : texts.offset + len(texts) + 1]
        content = np.frombuffer(content, "uint8") if content is not None else np.empty(0, "uint8")
        valid = np.asarray(texts.is_valid()) if texts.null_count else None
        return offsets, content, valid

    def end_of_block(self, column, first, last):
        """The row before which the texts no longer fit."""
        offsets = column[0]
        fits = int(np.searchsorted(offsets[first : last + 1], offsets[first] + self.capacity, "right")) - 1
        if fits == 0:
            raise SystemExit(f"row {first}: a text is longer than {self.capacity} bytes")
        return first + fits

    def write(self, column, first, last):
        offsets, content, valid = column
        np.subtract(offsets[first : last + 1], offsets[first], out=self.offsets[: last - first + 1])
        self.bytes[: offsets[last] - offsets[first]] = content[offsets[first] : offsets[last]]
        self.validity[:] = 255
        if valid is not None:
            packed = np.packbits(valid[first:last], bitorder="little")
            self.validity[: len(packed)] = packed


class Dense:
    """An output of as many values in every row."""

    def __init__(self, module, output):
        self.width, self.address = output["width"], output["address"]
        dtype = np.dtype(output["element"])
        self.rows = module.view(self.address, dtype, module.block_rows * self.width).reshape(module.block_rows, self.width)

    def results(self, n_rows):
        return np.empty((n_rows, self.width), self.rows.dtype)

    def read(self, results, first, last):
        results[first:last] = self.rows[: last - first]

    def joined(self, results):
        return results


class Sparse:
    """An output whose rows store only some of their columns."""

    def __init__(self, module, output):
        self.module, self.width, self.dtype = module, output["width"], output["element"]
        self.address, self.columns, self.values = output["address"], output["sparse"]["columns"], output["sparse"]["values"]

    def results(self, _n_rows):
        return [], [], [np.zeros(1, "int32")]

    def read(self, results, first, last):
        offsets = self.module.view(self.address, "int32", last - first + 1)
        columns = self.module.view(self.columns, "int32", offsets[-1])
        results[0].append(self.module.view(self.values, self.dtype, offsets[-1]).copy())
        results[1].append(columns.copy())
        results[2].append(offsets[1:] + results[2][-1][-1])

    def joined(self, results):
        import scipy.sparse

        values, columns, offsets = map(np.concatenate, results)
        return scipy.sparse.csr_matrix((values, columns, offsets), shape=(len(offsets) - 1, self.width))
