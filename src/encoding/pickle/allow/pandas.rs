//! pandas 1.4 to 3: frames, series, indexes, extension arrays and their types.

use super::{Actions, Row};

const CALL: Actions = Actions::CALL;
const CLASS: Actions = Actions::CLASS;
/// A class that some versions make by a call.
const CALLED: Actions = Actions::CLASS.and(Actions::CALL);
const MAKER: Actions = Actions::CALL.and(Actions::MAKES_FIRST);

/// Indexes, made by `_new_Index(class, state)`.
const INDEXES: &str = "Index RangeIndex CategoricalIndex MultiIndex IntervalIndex DatetimeIndex TimedeltaIndex PeriodIndex \
    Int64Index UInt64Index Float64Index";
/// Extension arrays.
const ARRAYS: &str = "ArrowExtensionArray ArrowStringArray BooleanArray Categorical DatetimeArray FloatingArray IntegerArray \
    IntervalArray NumpyExtensionArray PandasArray PeriodArray SparseArray StringArray TimedeltaArray";
/// Element types of extension arrays.
const DTYPES: &str = "ArrowDtype BooleanDtype CategoricalDtype DatetimeTZDtype Float32Dtype Float64Dtype Int8Dtype \
    Int16Dtype Int32Dtype Int64Dtype IntervalDtype PandasDtype PeriodDtype SparseDtype StringDtype UInt8Dtype UInt16Dtype \
    UInt32Dtype UInt64Dtype";
/// Fixed frequencies, in the state of time indexes.
const OFFSETS: &str = "BDay BMonthBegin BMonthEnd BQuarterBegin BQuarterEnd BYearBegin BYearEnd BusinessDay BusinessMonthBegin \
    BusinessMonthEnd Day Hour Micro Milli Minute MonthBegin MonthEnd Nano QuarterBegin QuarterEnd Second Week YearBegin \
    YearEnd";

pub(super) const TABLE: &[Row] = &[
    ("pandas", CLASS, "DataFrame Series"),
    ("pandas", CALLED, INDEXES),
    ("pandas", CALLED, DTYPES),
    ("pandas", CALLED, "Categorical Interval"),
    ("pandas", Actions::NAME, "NA NaT Timestamp Timedelta Period"),
    ("pandas.arrays", CLASS, ARRAYS),
    ("pandas.core.frame", CLASS, "DataFrame"),
    ("pandas.core.series", CLASS, "Series"),
    ("pandas.core.internals.managers", CALLED, "BlockManager SingleBlockManager"),
    ("pandas.core.internals.blocks", CALL, "new_block"),
    ("pandas._libs.internals", CALL, "_unpickle_block"),
    ("pandas._libs.internals", CALLED, "BlockManager"),
    ("pandas._libs.interval", MAKER.and(Actions::STATE), "__pyx_unpickle_IntervalMixin"),
    ("pandas._libs.internals", MAKER, "__pyx_unpickle_BlockManager"),
    ("pandas.core.indexes.base", MAKER, "_new_Index"),
    ("pandas.core.indexes.datetimes", MAKER, "_new_DatetimeIndex"),
    ("pandas.core.indexes.interval", MAKER, "_new_IntervalIndex"),
    ("pandas.core.indexes.period", MAKER, "_new_PeriodIndex"),
    ("pandas.core.indexes.timedeltas", MAKER, "_new_TimedeltaIndex"),
    ("pandas.core.indexes.base", CALLED, "Index"),
    ("pandas.core.indexes.range", CALLED, "RangeIndex"),
    ("pandas.core.indexes.category", CALLED, "CategoricalIndex"),
    ("pandas.core.indexes.multi", CALLED, "MultiIndex"),
    ("pandas.core.indexes.interval", CALLED, "IntervalIndex"),
    ("pandas.core.indexes.datetimes", CALLED, "DatetimeIndex"),
    ("pandas.core.indexes.timedeltas", CALLED, "TimedeltaIndex"),
    ("pandas.core.indexes.period", CALLED, "PeriodIndex"),
    ("pandas.core.indexes.numeric", CALLED, "Int64Index UInt64Index Float64Index"),
    ("pandas.core.indexes.frozen", CALLED, "FrozenList"),
    ("pandas.core.arrays.boolean", CALLED, "BooleanArray BooleanDtype"),
    ("pandas.core.arrays.categorical", CALLED, "Categorical"),
    ("pandas.core.arrays.datetimes", CLASS, "DatetimeArray"),
    ("pandas.core.arrays.floating", CALLED, "FloatingArray Float32Dtype Float64Dtype"),
    (
        "pandas.core.arrays.integer",
        CALLED,
        "IntegerArray Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype",
    ),
    ("pandas.core.arrays.interval", CLASS, "IntervalArray"),
    ("pandas.core.arrays.numpy_", CLASS, "PandasArray NumpyExtensionArray"),
    ("pandas.core.arrays.period", CLASS, "PeriodArray"),
    ("pandas.core.arrays.sparse.array", CLASS, "SparseArray"),
    ("pandas.core.arrays.sparse.dtype", CALLED, "SparseDtype"),
    ("pandas.core.arrays.string_", CALLED, "StringArray StringDtype"),
    ("pandas.core.arrays.string_arrow", CLASS, "ArrowStringArray ArrowStringArrayNumpySemantics"),
    ("pandas.core.arrays.timedeltas", CLASS, "TimedeltaArray"),
    (
        "pandas.core.dtypes.dtypes",
        CALLED,
        "CategoricalDtype DatetimeTZDtype IntervalDtype PandasDtype NumpyEADtype PeriodDtype SparseDtype",
    ),
    ("pandas.core.flags", CALLED, "Flags"),
    ("pandas._libs.arrays", MAKER, "__pyx_unpickle_NDArrayBacked"),
    ("pandas._libs.interval", CALL, "Interval"),
    ("pandas._libs.missing", Actions::NAME, "NA"),
    ("pandas._libs.missing", CALL, "NAType"),
    ("pandas._libs.sparse", CALL, "IntIndex BlockIndex"),
    ("pandas._libs.tslibs.nattype", CALL, "_nat_unpickle __nat_unpickle"),
    ("pandas._libs.tslibs.offsets", CALLED, OFFSETS),
    ("pandas._libs.tslibs.offsets", Actions::STATE, OFFSETS),
    ("pandas._libs.tslibs.period", CALL, "_unpickle_period Period"),
    ("pandas._libs.tslibs.timedeltas", CALL, "_timedelta_unpickle Timedelta"),
    ("pandas._libs.tslibs.timestamps", CALL, "_unpickle_timestamp Timestamp"),
];
