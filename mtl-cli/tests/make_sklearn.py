"""Two models of scikit-learn as ONNX files, for the test `imported`.

    pip install scikit-learn skl2onnx
    python mtl-cli/tests/make_sklearn.py
"""

import json
import os
import warnings

import numpy
from skl2onnx import to_onnx
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sklearn")


def write(name, model, x, y, head):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x, y)
    options = {"zipmap": False} if head == "probabilities" else None
    with open(os.path.join(HERE, name + ".onnx"), "wb") as file:
        file.write(to_onnx(model, x[:1], options=options).SerializeToString())
    given = model.predict_proba(x[:3]) if head == "probabilities" else model.predict(x[:3]).reshape(3, -1)
    with open(os.path.join(HERE, name + ".vectors.json"), "w") as file:
        json.dump({"inputs": {"X": x[:3].tolist()}, "outputs": {head: given.tolist()}}, file)
        file.write("\n")


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    numbers = numpy.random.default_rng(1)
    x = numbers.normal(2, 3, (60, 5)).astype("float32").round(3)
    y = x @ numbers.normal(size=5)
    settings = {"max_iter": 50, "random_state": 1}
    write("regressor", make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(6, 4), activation="tanh", **settings)), x, y, "variable")
    kinds = numpy.digitize(y, numpy.quantile(y, [0.3, 0.7]))
    write("classifier", make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(6,), **settings)), x, kinds, "probabilities")
