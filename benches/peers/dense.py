"""Neural networks fitted in single precision against onnxruntime, and against scikit-learn itself."""

import bars
from batch import Case, Peer, family, trained
from data import classes, numbers
from sklearn_cases import fitted
from trees import onnx_session

ROWS = 16384


def network(model, layers, width):
    def fit():
        from sklearn.neural_network import MLPClassifier

        x = numbers(8000, width)
        return MLPClassifier(layers, max_iter=6, random_state=1).fit(x, classes(x, 10))

    def convert(path):
        import skl2onnx
        from skl2onnx.common.data_types import FloatTensorType

        inputs = [("x", FloatTensorType([None, width]))]
        options = {id(estimator): {"zipmap": False}}
        path.write_bytes(skl2onnx.convert_sklearn(estimator, initial_types=inputs, options=options, target_opset=17).SerializeToString())

    file, estimator = fitted(model, fit)
    session = onnx_session(trained(f"{model}.onnx", convert))
    name = session.get_outputs()[1].name
    peers = [
        # Its sums are BLAS's in single precision, which the bar of dense networks measures by onnxruntime.
        Peer("scikit-learn", estimator.predict_proba, None),
        # onnxruntime adds in another order.
        Peer("onnxruntime", lambda rows: session.run([name], {"x": rows})[0], bars.DENSE_BATCH, tolerance=1e-2),
    ]
    shape = " and ".join(f"{size}" for size in layers)
    title = f"MLPClassifier, layers of {shape}, {width} features, f32"
    single = {"scikit-learn": None, "onnxruntime": bars.DENSE_ONE_ROW}
    # Sums of 512 products in single precision are off by more than the 1e-5 of one operation; the module's are of doubles.
    return Case(title, file, numbers(ROWS, width, seed=2), peers, "predict_proba", tolerance=5e-5, single=single)


CASES = {
    "mlp32": lambda: network("mlp32", (128, 64), 28),
    "mlp32w": lambda: network("mlp32w", (512, 256), 100),
}


def run(session):
    return family(session, CASES)
