"""Boosters: XGBoost, LightGBM and CatBoost against themselves, onnxruntime and compiled C."""

import numpy as np

import bars
from batch import Case, Peer, family, trained
from data import classes, numbers, score, truth
from environment import WORK

ROWS = 32768
TRAINED_ON = 40000
MISSING = 0.01


def xgboost_case(model, trees, depth, width, n_classes=2, bar=bars.XGBOOST):
    """Booster.inplace_predict is xgboost's fastest call: it makes no DMatrix."""
    import xgboost

    def fit(path):
        x = numbers(TRAINED_ON, width, missing=MISSING)
        y = truth(x) if n_classes == 2 else classes(x, n_classes)
        settings = {"max_depth": depth, "tree_method": "hist", "eta": 0.1, "seed": 1}
        settings |= {"objective": "binary:logistic"} if n_classes == 2 else {"objective": "multi:softprob", "num_class": n_classes}
        xgboost.train(settings, xgboost.DMatrix(x, y), trees).save_model(path)

    file = trained(f"{model}.ubj", lambda path: fit(path))
    booster = xgboost.Booster(model_file=file)
    booster.set_param({"nthread": 1})
    grown = f"{trees} trees" if n_classes == 2 else f"{trees} × {n_classes} trees"
    title = f"XGBoost, {grown} of depth {depth}, {width} features" + (f", {n_classes} classes" if n_classes > 2 else "")
    return with_others(model, title, file, width, Peer("xgboost", booster.inplace_predict, bar), booster, 1e-5)


def lightgbm_case(model, trees, depth, width):
    import lightgbm

    def fit(path):
        x = numbers(TRAINED_ON, width, missing=MISSING)
        settings = {"num_leaves": 2**depth, "objective": "binary", "learning_rate": 0.1, "seed": 1}
        settings |= {"deterministic": True, "verbose": -1, "num_threads": 1}
        lightgbm.train(settings, lightgbm.Dataset(x, truth(x)), trees).save_model(path)

    file = trained(f"{model}.txt", fit)
    booster = lightgbm.Booster(model_file=file)
    own = Peer("lightgbm", lambda rows: booster.predict(rows, num_threads=1), bars.LIGHTGBM)
    title = f"LightGBM, {trees} trees of {2**depth} leaves, {width} features"
    return with_others(model, title, file, width, own, booster, 1e-9)


def with_others(model, title, file, width, own, booster, tolerance):
    """A case with onnxruntime and compiled C, where they take the model."""
    case = Case(title, file, numbers(ROWS, width, seed=2, missing=MISSING), [own], tolerance=tolerance)
    case.compile_bar = bars.COMPILE_MS
    for name, make in [("onnxruntime", onnxruntime_peer), ("tl2cgen", tl2cgen_peer)]:
        try:
            case.peers.append(make(model, file, width, booster))
        except Exception as error:  # a converter that does not know this model: said in the table
            case.missing.append((name, f"{type(error).__name__}: {str(error).splitlines()[0]}"))
    case.compiled = WORK / f"{model}.so"
    case.single = {"xgboost": None, "lightgbm": None, "onnxruntime": None}
    return case


def onnxruntime_peer(model, _file, width, booster):
    """The same trees as one TreeEnsemble operator."""

    def convert(path):
        import onnxmltools
        from onnxmltools.convert.common.data_types import FloatTensorType

        inputs = [("x", FloatTensorType([None, width]))]
        if type(booster).__module__.startswith("xgboost"):
            made = onnxmltools.convert_xgboost(booster, initial_types=inputs, target_opset=15)
        else:
            made = onnxmltools.convert_lightgbm(booster, initial_types=inputs, target_opset=15, zipmap=False)
        path.write_bytes(made.SerializeToString())

    session = onnx_session(trained(f"{model}.onnx", convert))
    names = [session.get_outputs()[1].name]
    width_of_output = session.get_outputs()[1].shape[-1]

    def predict(rows):
        found = session.run(names, {"x": rows})[0]
        return found[:, 1] if width_of_output == 2 else found

    # It adds in another order.
    return Peer("onnxruntime", predict, bars.ONNXRUNTIME, tolerance=1e-3)


def onnx_session(path):
    """A session of one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def tl2cgen_peer(model, file, _width, _booster):
    """C made of the trees, compiled with -O3, in its own batch predictor; its DMatrix is made before the clock starts."""
    import tl2cgen
    import treelite

    def compiled(path):
        load = treelite.frontend.load_xgboost_model if file.suffix == ".ubj" else treelite.frontend.load_lightgbm_model
        tl2cgen.export_lib(load(file), "gcc", path, {"parallel_comp": 64}, nthread=2, options=["-O3"])

    predictor = tl2cgen.Predictor(trained(f"{model}.so", compiled), nthread=1)
    dtype = "float32" if file.suffix == ".ubj" else "float64"

    def predict(rows):
        return predictor.predict(rows).reshape(rows.shape[0], -1)

    return Peer("tl2cgen", predict, bars.TL2CGEN, 1e-3, lambda rows: tl2cgen.DMatrix(rows.astype(dtype), dtype=dtype))


def categorical_rows(n_rows, seed, n_numbers=20, cardinalities=(3, 8, 30, 100)):
    """Numbers, and categories as the codes that XGBoost and LightGBM store."""
    random = np.random.default_rng(seed)
    codes = [np.minimum(random.zipf(1.4, n_rows) - 1, count - 1) for count in cardinalities]
    return np.column_stack([numbers(n_rows, n_numbers, seed, MISSING), *codes]).astype("float32")


def categorical_truth(x, n_numbers=20):
    random = np.random.default_rng(7)
    value = score(x[:, :n_numbers])
    for column in x[:, n_numbers:].T:
        value += 2 * random.standard_normal(int(column.max()) + 1)[column.astype(int)]
    return (value > np.median(value)).astype(int)


def xgboost_categories():
    import xgboost

    kinds = ["q"] * 20 + ["c"] * 4

    def fit(path):
        x = categorical_rows(TRAINED_ON, 1)
        matrix = xgboost.DMatrix(x, categorical_truth(x), feature_types=kinds, enable_categorical=True)
        settings = {"max_depth": 6, "tree_method": "hist", "eta": 0.1, "seed": 1, "max_cat_to_onehot": 4, "objective": "binary:logistic"}
        xgboost.train(settings, matrix, 100).save_model(path)

    file = trained("mc.ubj", fit)
    booster = xgboost.Booster(model_file=file)
    booster.set_param({"nthread": 1})
    title = "XGBoost, 100 trees of depth 6, 20 numbers and 4 categories of 3 to 100 values"
    return with_others("mc", title, file, 24, Peer("xgboost", booster.inplace_predict, bars.XGBOOST), booster, 1e-5)


def catboost_case(model, categories):
    """CatBoost's own predict, on one thread, on a Pool made before the clock starts."""
    import catboost

    places = list(range(20, 24)) if categories else []

    def rows(n_rows, seed):
        x = categorical_rows(n_rows, seed)
        if not categories:
            return x[:, :20]
        import pandas

        frame = pandas.DataFrame(x[:, :20], columns=[f"n{i}" for i in range(20)])
        for i in places:
            frame[f"c{i}"] = [f"category {int(code)}" for code in x[:, i]]
        return frame

    def fit(path):
        settings = {"iterations": 500, "depth": 6, "random_seed": 1, "verbose": False, "thread_count": 2}
        made = catboost.CatBoostClassifier(**settings)
        y = categorical_truth(categorical_rows(TRAINED_ON, 1))
        made.fit(catboost.Pool(rows(TRAINED_ON, 1), y, cat_features=places)).save_model(str(path))

    file = trained(f"{model}.cbm", fit)
    loaded = catboost.CatBoostClassifier().load_model(str(file))

    def predict(pool):
        return loaded.predict_proba(pool, thread_count=1)

    def pool(rows):
        return catboost.Pool(rows, cat_features=places)

    title = "CatBoost, 500 trees of depth 6, 20 numbers" + (" and 4 text categories of 3 to 100 values" if categories else "")
    own = Peer("catboost", predict, bars.OWN_TREES, prepare=pool)
    case = Case(title, file, rows(ROWS, 2), [own], "predict_proba", compile_bar=bars.COMPILE_MS)
    if categories:
        case.peers.append(Peer("catboost, Pool included", lambda rows: predict(pool(rows)), bars.OWN_TREES))
    return case


CASES = {
    "m1": lambda: xgboost_case("m1", 100, 6, 28),
    "m2": lambda: xgboost_case("m2", 500, 8, 28),
    "m3": lambda: xgboost_case("m3", 1000, 6, 100, bar=bars.XGBOOST_WIDE),
    "m10": lambda: xgboost_case("m10", 100, 6, 28, n_classes=10),
    "mc": xgboost_categories,
    "l1": lambda: lightgbm_case("l1", 100, 6, 28),
    "l2": lambda: lightgbm_case("l2", 500, 8, 28),
    "cb": lambda: catboost_case("cb", False),
    "cbc": lambda: catboost_case("cbc", True),
}


def run(session):
    return family(session, CASES)
