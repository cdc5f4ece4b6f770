"""Why a model is below its floor or target: told beside its table while it is. Each says which works it explains."""

FLOAT_SUMS = (
    "sums stand in an order that the score module fixes, with 128-bit vectors and without fused multiply-add; "
    "scikit-learn's matrix product takes 512-bit vectors and any order"
)
FUSED = (
    "distances are sums of fused multiply-adds, whose last bit can decide which point is nearest; WebAssembly has no such "
    "instruction, so they are imitated by many"
)
COPIES = (
    "copies into and out of the module are a good part of such little work, and 128-bit vectors of two doubles do the rest "
    "against AVX-512"
)
TEXT_TO_ARROW = "making Arrow arrays of Python strings takes most of `batch`: `batch, module` leaves it out"
DATA = "the compiler copies the module's data, which are the trees"

FEW_TREES = "compiled C of 100 trees stays in the caches: a tree takes it half the time of one among 1,000"
BELOW_TOP = "below the fifth level, trees are walked by pointers: a row and a level at a time, where vectors do not help"
CATEGORIES = (
    "every distinct set of categories that a node tests is a column of its own, looked up for every row before the trees are walked"
)
LEAVES = (
    "CatBoost's own kernel is for its symmetric trees too, and compares many rows at once; adding the leaves, four instructions "
    "for a tree and row in the order of the trees, is most of the time"
)
NO_CACHE = "9 MB of trees do not fit the second-level cache"

# The model: [(what its work starts with, why)].
CAUSES = {
    "m1": [("one row", FEW_TREES), ("batch", FEW_TREES)],
    "m2": [("batch", BELOW_TOP), ("one row", "every level below is a load that waits for the one before, eight trees at once")],
    "m10": [("batch", "ten sums, one per class, take the place of one in registers"),
            ("one row", "every level is a load that waits for the one before, eight trees at once")],
    "mc": [("batch", CATEGORIES), ("one row", CATEGORIES)],
    "l1": [("batch", "its trees grow leaf by leaf: deep and uneven"), ("one row", FEW_TREES)],
    "l2": [("batch", NO_CACHE), ("one row", NO_CACHE), ("compile", DATA)],
    "cb": [("batch", LEAVES)],
    "cbc": [("batch", LEAVES + "; every statistic of categories that a tree tests is looked up for every row before"),
            ("compile", "code stands for every statistic of several categories together")],
    "rf": [("batch", "trees of unlimited depth are walked node by node; the caches' misses are the time of both"), ("compile", DATA)],
    "rf10": [("batch", "every leaf has ten numbers to add, in double precision"), ("compile", DATA)],
    "rfr": [("batch", "trees of unlimited depth are walked node by node; the caches' misses are the time of both"), ("compile", DATA)],
    "et": [("batch", "trees of unlimited depth are walked node by node; the caches' misses are the time of both"), ("compile", DATA)],
    "gb": [("compile", "complete trees of depth 3 in double precision unroll into more code (32 KiB) than other kernels")],
    **{model: [("batch", FLOAT_SUMS)] for model in ("lr", "lr100", "ridge", "lsvc", "lda", "mlp", "pca", "gp", "nb")},
    "lri": [("batch", COPIES)],
    "sc": [("batch", COPIES)],
    **{model: [("batch", FUSED)] for model in ("km", "kmt", "knn")},
    "nmf": [("batch", "every row searches its weights to the end by itself, while scikit-learn stops all rows of a call together")],
    "ohe": [("batch", "making Arrow arrays of Python strings takes a third of `batch`, copying the sparse rows out much of the rest")],
    "ord": [("batch", TEXT_TO_ARROW)],
    "te": [("batch", TEXT_TO_ARROW)],
    "mlp32": [("batch", FLOAT_SUMS), ("one row", "a single row multiplies matrices that it uses once")],
    "mlp32w": [("batch", FLOAT_SUMS), ("one row", "a single row multiplies matrices that it uses once")],
    "check": [("cold", "2.5 ms are the start of the process; the rest inflates, digests and reads the members")],
    "build": [("cold", "`git status` of this repository with its thousands of fixtures, besides what `build --no-git` does")],
    "build --no-git": [("cold", "it reads, compiles and packs the model, and then does all that `verify` does")],
    "csv": [("two threads", "the machine had more work than cores (see the load), so a second thread found none; both take the same CPU time")],
    "partitions": [("open", "the directory of 2,200 members, the manifest and the index (0.8 MB of JSON) are read and checked whole")],
    "large": [("`build`", "the file is read twice, once to package and once to digest what was written")],
}


def cause(row):
    """Why a row is below, if it is known."""
    return next((why for start, why in CAUSES.get(row["model"], []) if row["work"].startswith(start)), None)
