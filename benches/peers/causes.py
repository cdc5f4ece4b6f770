"""Why a model is below its floor or target: told beside its table while it is. Each says which works it explains."""

FLOAT_SUMS = (
    "sums stand in an order that the score module fixes, with 128-bit vectors and without fused multiply-add; "
    "scikit-learn's matrix product takes 512-bit vectors and any order"
)
SCREEN = (
    "before points are compared in whole numbers, eight products an instruction, rows are checked, turned into columns and rounded in "
    "vectors of two doubles, against AVX-512"
)
DOUBLE = (
    "the module computes in double precision, as scikit-learn does for rows of doubles; the file does not tell that rows are "
    "in single precision, in which the peer computes, with eight times as many numbers in a vector and with fused "
    "multiply-add"
)
ONE_ROW = (
    "a single row uses every weight once, so they are read from a farther cache, and as doubles they are twice as many bytes as "
    "the peer's; on small networks the call from Python through wasmtime is a good part"
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
    "a single row's rank in every distinct set of categories is stored apart before the trees are walked, though it meets few "
    "of them: 833 stores, which the first-level cache does not hold"
)
LEAVES = (
    "CatBoost's own kernel is for its symmetric trees too, and compares many rows at once; adding the leaves in the order of the "
    "trees, a load and a half for a tree and row, is most of the time"
)
NO_CACHE = "7 MB of trees do not fit the second-level cache"

# The model: [(what its work starts with, why)].
CAUSES = {
    "m1": [("one row", FEW_TREES), ("batch", FEW_TREES)],
    "m2": [("batch", BELOW_TOP), ("one row", "every level below is a load that waits for the one before, eight trees at once")],
    "m10": [("batch", "ten sums, one per class, take the place of one in registers"),
            ("one row", "every level is a load that waits for the one before, eight trees at once")],
    "mc": [("batch", "the categories of sixteen rows at a time are looked up and turned into planes before the trees are walked"),
           ("one row", CATEGORIES)],
    "l1": [("batch", "its trees grow leaf by leaf: deep and uneven"),
           ("one row", "its trees grow leaf by leaf: of eight that are walked at once, all wait for the deepest")],
    "l2": [("batch", "every one of a tree's 255 nodes is compared for every row, where onnxruntime follows a path of about nine"),
           ("one row", NO_CACHE), ("compile", DATA)],
    "cb": [("batch", LEAVES)],
    "cbc": [("batch", LEAVES + "; every statistic of categories that a tree tests is looked up for every row before"),
            ("compile", "code stands for every statistic of several categories together, and the sandbox has fuel counted in every function and loop")],
    "rf": [("batch", "trees of unlimited depth are walked node by node; the caches' misses are the time of both"), ("compile", DATA)],
    "rf10": [("batch", "every leaf has ten numbers to add, in double precision"), ("compile", DATA)],
    "rfr": [("batch", "trees of unlimited depth are walked node by node; the caches' misses are the time of both"), ("compile", DATA)],
    "et": [("batch", "trees of unlimited depth are walked node by node; the caches' misses are the time of both"), ("compile", DATA)],
    "gb": [("compile", "`apply` returns a list of a hundred outputs, each with functions of its own, and the sandbox has fuel counted in every function and loop")],
    **{model: [("batch", FLOAT_SUMS)] for model in ("lr", "lr100", "ridge", "lsvc", "lda", "mlp", "pca", "gp", "nb")},
    "kmt": [("batch", FLOAT_SUMS)],
    "lri": [("batch", COPIES)],
    "sc": [("batch", COPIES)],
    **{model: [("batch", SCREEN)] for model in ("km", "km200")},
    "nmf": [("batch", "every row searches its weights to the end by itself, while scikit-learn stops all rows of a call together")],
    "ohe": [("batch", "its answer is a table of named columns, every element stored and copied out; scikit-learn's is sparse")],
    "ord": [("batch", TEXT_TO_ARROW)],
    "te": [("batch", TEXT_TO_ARROW)],
    **{model: [("batch", DOUBLE), ("one row", ONE_ROW)] for model in ("mlp32", "mlp32w")},
    "check": [("cold", "2.5 ms are the start of the process; the rest inflates, digests and reads the members")],
    "build": [("cold", "`git status` besides what `build --no-git` does")],
    "build --no-git": [("cold", "it reads, compiles and packs the model, and then does all that `verify` does")],
    "csv": [("two threads", "the machine gives two processes that share nothing hardly more (the row below): its two processors are not two whole cores")],
    "partitions": [("open", "the directory of 2,200 members, the manifest and the index (0.8 MB of JSON) are read and checked whole")],
    "large": [("`build`", "the file is read twice, once to package and once to digest what was written")],
}


def cause(row):
    """Why a row is below, if it is known."""
    return next((why for start, why in CAUSES.get(row["model"], []) if row["work"].startswith(start)), None)
