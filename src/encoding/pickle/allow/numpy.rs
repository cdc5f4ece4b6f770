//! NumPy 1 (`numpy.core`) and 2 (`numpy._core`): arrays, scalars, types, random state, functions by name.
//!
//! Not here: `_ufunc_reconstruct`, which imports any name it is given.

use super::{Actions, Row};

const CALL: Actions = Actions::CALL;
const NAME: Actions = Actions::NAME;
/// An array: made by `_reconstruct` or `_mareconstruct`, which call `__new__`.
const ARRAY: Actions = Actions::CLASS;
const MAKER: Actions = Actions::CALL.and(Actions::MAKES_FIRST);
const MEMMAP: Actions = Actions::STATE.and(Actions::CALL_ONLY);

/// Scalar and array types, as values of `dtype=` parameters.
const TYPES: &str = "bool bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 longdouble \
    float128 complex64 complex128 object_ str_ bytes_ unicode_ string_ void datetime64 timedelta64 intp uintp intc uintc \
    int_ uint longlong ulonglong half single double number integer signedinteger unsignedinteger floating inexact generic \
    character flexible complexfloating record byte ubyte short ushort";

/// Functions a `FunctionTransformer` holds by name.
const FUNCTIONS: &str = "absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil conjugate copysign cos \
    cosh deg2rad degrees divide equal exp exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod greater \
    greater_equal heaviside hypot invert isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logaddexp2 \
    logical_and logical_not logical_or logical_xor maximum minimum mod multiply negative not_equal positive power rad2deg \
    radians reciprocal remainder rint sign signbit sin sinh spacing sqrt square subtract tan tanh trunc matmul";

/// Functions outside the ufuncs, likewise.
const ARRAY_FUNCTIONS: &str = "abs all amax amin any argmax argmin argsort around array asarray atleast_1d atleast_2d \
    average clip column_stack concatenate cumprod cumsum diff dot fix hstack max mean median min nan_to_num nanmax nanmean \
    nanmedian nanmin nanstd nansum nanvar ones_like prod ravel reshape round squeeze std sum transpose unique var vstack \
    where zeros_like isclose";

pub(super) const TABLE: &[Row] = &[
    // What joblib writes in place of an array; the bytes follow in the stream.
    ("joblib.numpy_pickle", Actions::CLASS, "NumpyArrayWrapper"),
    ("numpy", ARRAY, "ndarray matrix recarray"),
    ("numpy", CALL.and(Actions::STATE), "dtype"),
    // `memmap.__new__` opens a file: `_reconstruct` makes one without it, and nothing else may get the class.
    ("numpy", MEMMAP, "memmap"),
    ("numpy", NAME, TYPES),
    ("numpy", NAME, FUNCTIONS),
    ("numpy", NAME, ARRAY_FUNCTIONS),
    ("numpy.core._multiarray_umath", NAME, FUNCTIONS),
    ("numpy._core._multiarray_umath", NAME, FUNCTIONS),
    ("numpy.core._multiarray_umath", NAME, "clip"),
    ("numpy._core._multiarray_umath", NAME, "clip"),
    ("numpy.core.fromnumeric", NAME, ARRAY_FUNCTIONS),
    ("numpy._core.fromnumeric", NAME, ARRAY_FUNCTIONS),
    ("numpy.core.multiarray", MAKER, "_reconstruct"),
    ("numpy._core.multiarray", MAKER, "_reconstruct"),
    ("numpy.core.multiarray", CALL, "scalar"),
    ("numpy._core.multiarray", CALL, "scalar"),
    ("numpy.core.numeric", CALL, "_frombuffer"),
    ("numpy._core.numeric", CALL, "_frombuffer"),
    ("numpy.matrixlib.defmatrix", ARRAY, "matrix"),
    ("numpy.rec", ARRAY, "recarray"),
    ("numpy.core.records", ARRAY, "recarray"),
    ("numpy._core.records", ARRAY, "recarray"),
    ("numpy.core.memmap", MEMMAP, "memmap"),
    ("numpy.memmap", MEMMAP, "memmap"),
    ("numpy.ma", ARRAY, "MaskedArray"),
    ("numpy.ma.core", ARRAY, "MaskedArray"),
    ("numpy.ma.core", MAKER, "_mareconstruct"),
    ("numpy.ma.core", NAME, "MaskedConstant"),
    ("numpy.random._pickle", CALL.and(Actions::STATE), "__randomstate_ctor __generator_ctor"),
    // Of a class it makes an instance of that class, of a name one of NumPy's own.
    ("numpy.random._pickle", MAKER.and(Actions::STATE), "__bit_generator_ctor"),
    ("numpy.random._pickle", MAKER, "__pyx_unpickle_SeedSequence"),
    ("numpy.random.bit_generator", MAKER, "__pyx_unpickle_SeedSequence"),
    ("numpy.random.bit_generator", Actions::CLASS, "SeedSequence SeedlessSeedSequence"),
    ("numpy.random._mt19937", Actions::CLASS, "MT19937"),
    ("numpy.random._pcg64", Actions::CLASS, "PCG64 PCG64DXSM"),
    ("numpy.random._philox", Actions::CLASS, "Philox"),
    ("numpy.random._sfc64", Actions::CLASS, "SFC64"),
    ("numpy.random.mtrand", NAME, "RandomState"),
    ("numpy.random._generator", NAME, "Generator"),
];
