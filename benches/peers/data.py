"""Seeded rows: matrices with interactions, tables with categories, and texts whose words follow Zipf's law."""

import numpy as np

SEED = 20261101


def numbers(rows, width, seed=SEED, missing=0.0, dtype="float32"):
    """Normal numbers; one in `1 / missing` is NaN."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((rows, width)).astype(dtype)
    if missing:
        x[random.random(x.shape) < missing] = np.nan
    return x


def score(x, seed=SEED, noise=0.5):
    """A rule with interactions, so that trees grow to their depth."""
    random = np.random.default_rng(seed)
    x = np.nan_to_num(x)
    value = x @ random.standard_normal(x.shape[1]) + 2 * np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2]
    return value + noise * random.standard_normal(len(x))


def truth(x, seed=SEED):
    """Two classes."""
    return (score(x, seed) > 0).astype(int)


def classes(x, n_classes, seed=SEED):
    """Several classes of equal size."""
    value = score(x, seed)
    return np.searchsorted(np.quantile(value, np.arange(1, n_classes) / n_classes), value)


def words(n_words, seed=SEED):
    """Distinct invented words of two to five syllables; the first, which Zipf's law makes the most frequent, are short."""
    random = np.random.default_rng(seed)
    syllables = [c + v + e for c in "bcdfghklmnprstvw" for v in "aeiou" for e in ("", "n", "r", "s", "l")]
    found = {}
    while len(found) < n_words:
        length = 1 + int(len(found) > 200) + int(random.integers(0, 3))
        found["".join(random.choice(syllables, length))] = None
    return list(found)


def texts(rows, n_words=20_000, length=60, seed=SEED):
    """Sentences of some `length` words with capitals and punctuation."""
    random = np.random.default_rng(seed)
    vocabulary = words(n_words)
    weights = 1 / np.arange(1, n_words + 1)
    lengths = random.poisson(length, rows) + 1
    drawn = random.choice(n_words, int(lengths.sum()), p=weights / weights.sum())
    ends = random.random(len(drawn)) < 0.1
    found, at = [], 0
    for count in lengths:
        picked = [vocabulary[i] + ("." if end else "") for i, end in zip(drawn[at : at + count], ends[at : at + count])]
        found.append(" ".join([picked[0].capitalize(), *picked[1:]]))
        at += count
    return found


def category_names(count):
    return np.array([f"category {i:03d}" for i in range(count)], dtype=object)


def table(rows, n_numbers=10, cardinalities=(4, 12, 50, 300), seed=SEED, missing=0.0):
    """A pandas frame of numbers and text categories, some missing."""
    import pandas

    random = np.random.default_rng(seed)
    frame = pandas.DataFrame(random.standard_normal((rows, n_numbers)), columns=[f"n{i}" for i in range(n_numbers)])
    for i, count in enumerate(cardinalities):
        drawn = np.minimum(random.zipf(1.5, rows) - 1, count - 1)
        frame[f"c{i}"] = category_names(count)[drawn]
    if missing:
        for name in frame.columns[:n_numbers]:
            frame.loc[random.random(rows) < missing, name] = np.nan
    return frame


def table_truth(frame, seed=SEED):
    """Two classes that depend on numbers and categories."""
    random = np.random.default_rng(seed)
    value = np.zeros(len(frame))
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind == "f":
            value += random.standard_normal() * column.fillna(0).to_numpy()
        else:
            codes = column.astype("category").cat.codes.to_numpy()
            value += random.standard_normal(codes.max() + 2)[codes]
    return (value + 0.5 * random.standard_normal(len(frame)) > 0).astype(int)


def shuffled(rows, seed):
    """The rows in another order: repeated ones would teach the branch predictor the peers' trees."""
    order = np.random.default_rng(seed).permutation(len(rows))
    if hasattr(rows, "iloc"):
        return rows.iloc[order].reset_index(drop=True)
    return [rows[i] for i in order] if isinstance(rows, list) else rows[order]


def first(rows, count):
    return rows.iloc[:count] if hasattr(rows, "iloc") else rows[:count]
