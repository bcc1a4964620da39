"""Checks the files that `cargo test -p mtl-onnx --test exported` writes, and runs them in ONNX Runtime.

    pip install onnx onnxruntime numpy
    python3 mtl-onnx/tests/check.py target/tmp/onnx
"""

import json
import os
import sys

import numpy
import onnx
import onnxruntime

folder = sys.argv[1]
names = sorted(name[:-5] for name in os.listdir(folder) if name.endswith(".onnx"))
worst = 0.0
for name in names:
    path = os.path.join(folder, name + ".onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    with open(os.path.join(folder, name + ".json")) as file:
        said = json.load(file)
    assert [head.name for head in session.get_outputs()] == list(said["outputs"]), name
    inputs = {}
    for place in session.get_inputs():
        values = numpy.array(said["inputs"][place.name], "int64" if "int64" in place.type else "float32")
        inputs[place.name] = values.reshape([len(values), *place.shape[1:]])
    # All rows at once, and the first alone: the batch is free.
    for rows in (slice(None), slice(0, 1)):
        outputs = session.run(None, {key: values[rows] for key, values in inputs.items()})
        for output, (head, expected) in zip(outputs, said["outputs"].items()):
            expected = numpy.array(expected, "float64")[rows]
            assert output.shape == expected.shape, (name, head, output.shape, expected.shape)
            error = numpy.abs(output - expected) / (1 + numpy.abs(expected))
            assert not numpy.isnan(error).any(), (name, head)
            worst = max(worst, error.max())
            assert error.max() < 1e-5, f"{name}: {head} is off by {error.max()}"
assert names, "there are no files"
print(f"{len(names)} passed, 0 failed; the largest error is {worst:.1e}")
