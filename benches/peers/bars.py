"""What each work is held to: (floor, target)."""

# Times as fast as the peer.
XGBOOST = (2.5, 4)
XGBOOST_WIDE = (2.5, 7)
ONNXRUNTIME = (8, 14)
TL2CGEN = (10, 15)
LIGHTGBM = (15, 20)
OWN_TREES = (2, 5)
ONE_ROW = (3, 5)
SCIKIT_LEARN = (1, 2)
DENSE_BATCH = (1 / 4.5, 1 / 3.4)
DENSE_ONE_ROW = (1 / 4.5, 1)
TWO_CORES = (1.8, 1.95)
LARGE = (0.6, 0.9)
READ_AND_SCORE = (1, 1)
# At most so much.
COMPILE_MS = (30, 15)
CHECK_MS, CHECK_MIB = (20, 8), (40, 40)
BUILD_MS, BUILD_MIB = (60, 30), (60, 60)
LARGE_MIB = (64, 64)
PARTITIONS_MS = (20, 20)


def described(value):
    """A number with two or three digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
