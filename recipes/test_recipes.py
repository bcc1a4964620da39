"""Tests of the recipes: `python -m unittest discover recipes`. Those that need Keras or PyTorch are skipped without them."""

import os
import sys
import tempfile
import unittest

import numpy
from safetensors.numpy import load_file, save_file

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import from_keras
import from_pytorch

try:
    import keras
except ImportError:
    keras = None
try:
    import torch
except ImportError:
    torch = None

REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mtl-core", "tests", "reference")
SHAPES = {
    "body.dense1.kernel": (3, 4),
    "body.dense1.bias": (4,),
    "body.batch_norm1.gamma": (4,),
    "body.batch_norm1.beta": (4,),
    "body.batch_norm1.moving_mean": (4,),
    "body.batch_norm1.moving_variance": (4,),
    "limited.dense1.kernel": (4, 1),
    "limited.dense1.bias": (1,),
    "health.dense1.kernel": (4, 2),
    "health.dense1.bias": (2,),
}


def counting():
    """The weights 1, 2, 3 .. of the model in `mtl-core/tests/support`, in the order of its memory."""
    tensors, first = {}, 1
    for path, shape in SHAPES.items():
        size = int(numpy.prod(shape))
        tensors[path] = numpy.arange(first, first + size, dtype=numpy.float32).reshape(shape)
        first += size
    return tensors


PYTORCH_PATHS = {"trunk.0": "body.dense1", "trunk.1": "body.batch_norm1", "limited": "limited.dense1", "health": "health.dense1"}


def pytorch_state():
    """The same weights as a state dict."""
    tensors = counting()
    state = {}
    for module, path in PYTORCH_PATHS.items():
        for pytorch, name in from_pytorch.names_of(path).items():
            array = tensors[f"{path}.{name}"]
            state[f"{module}.{pytorch}"] = numpy.ascontiguousarray(array.T) if name == "kernel" else array
    state["trunk.1.num_batches_tracked"] = numpy.asarray(7)
    return state


class Recipes(unittest.TestCase):
    def assert_counting(self, file):
        tensors, expected = load_file(file), counting()
        self.assertEqual(sorted(tensors), sorted(expected))
        for path, array in expected.items():
            self.assertEqual(tensors[path].dtype, numpy.float32)
            numpy.testing.assert_array_equal(tensors[path], array)

    def test_pytorch_names_and_layout(self):
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "tiny.safetensors")
            from_pytorch.export(pytorch_state(), PYTORCH_PATHS, file)
            self.assert_counting(file)

    def test_pytorch_modules_must_all_be_named(self):
        with self.assertRaisesRegex(ValueError, "health.weight: give the path of its module, `health=block.dense1`"):
            from_pytorch.tensors_of(pytorch_state(), {k: v for k, v in PYTORCH_PATHS.items() if k != "health"})
        with self.assertRaisesRegex(ValueError, "no module age"):
            from_pytorch.tensors_of(pytorch_state(), {**PYTORCH_PATHS, "age": "age.dense1"})
        left_out = from_pytorch.tensors_of(pytorch_state(), {**PYTORCH_PATHS, "health": ""})
        self.assertEqual(len(left_out), 8)

    def test_convolution_is_transposed(self):
        kernel = numpy.arange(2 * 3 * 5 * 7).reshape(2, 3, 5, 7)
        self.assertEqual(from_pytorch.transposed(kernel).shape, (5, 7, 3, 2))
        self.assertEqual(from_pytorch.transposed(kernel)[4, 6, 1, 0], kernel[0, 1, 4, 6])

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_pytorch_state_dict(self):
        model = torch.nn.ModuleDict(
            {
                "trunk": torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)),
                "limited": torch.nn.Linear(4, 1),
                "health": torch.nn.Linear(4, 2),
            }
        )
        model.load_state_dict({name: torch.from_numpy(numpy.array(array)) for name, array in pytorch_state().items()})
        with tempfile.TemporaryDirectory() as directory:
            state, file = os.path.join(directory, "tiny.pt"), os.path.join(directory, "tiny.safetensors")
            torch.save(model.state_dict(), state)
            from_pytorch.export(from_pytorch.read(state), PYTORCH_PATHS, file)
            self.assert_counting(file)

    @unittest.skipIf(keras is None, "Keras is not installed")
    def test_keras_model(self):
        record = keras.Input((3,))
        body = keras.layers.BatchNormalization(name="norm")(keras.layers.Dense(4, name="dense")(record))
        heads = [keras.layers.Dense(1, name="limited")(body), keras.layers.Dense(2, name="health")(body)]
        model = keras.Model(record, heads)
        tensors = counting()
        paths = {"dense": "body.dense1", "norm": "body.batch_norm1", "limited": "limited.dense1", "health": "health.dense1"}
        for layer, path in paths.items():
            for variable in model.get_layer(layer).weights:
                variable.assign(tensors[f"{path}.{variable.name}"])
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "tiny.safetensors")
            saved = os.path.join(directory, "tiny.keras")
            model.save(saved)
            from_keras.export(keras.saving.load_model(saved, compile=False), paths, file)
            self.assert_counting(file)
        with self.assertRaisesRegex(ValueError, "layer norm has weights"):
            from_keras.tensors_of(model, {"dense": "body.dense1"})

    @unittest.skipIf(keras is None, "Keras is not installed")
    def test_keras_normalization_is_flat(self):
        normalize = keras.layers.Normalization(name="normalize")
        normalize.adapt(numpy.asarray([[1.0, 2.0], [3.0, 6.0]], dtype=numpy.float32))
        model = keras.Sequential([keras.Input((2,)), normalize])
        tensors = from_keras.tensors_of(model, {"normalize": "body.normalize1"})
        numpy.testing.assert_allclose(tensors["body.normalize1.mean"], [2.0, 4.0])
        numpy.testing.assert_allclose(tensors["body.normalize1.variance"], [1.0, 4.0])

    @unittest.skipIf(keras is None, "Keras is not installed")
    def test_keras_convolution_stays_as_it_is(self):
        image = keras.Input((5, 4, 3))
        seen = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(2, (2, 3), name="look")(image))
        model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(seen))
        tensors = from_keras.tensors_of(model, {"look": "body.conv2d1", "norm": "body.batch_norm1"})
        self.assertEqual(tensors["body.conv2d1.kernel"].shape, (2, 3, 3, 2))
        numpy.testing.assert_array_equal(tensors["body.conv2d1.kernel"], numpy.asarray(model.get_layer("look").kernel))
        self.assertEqual(tensors["body.batch_norm1.moving_mean"].shape, (2,))

    def test_reference_files(self):
        """What the Rust tests embed and load."""
        self.assert_counting(os.path.join(REFERENCE, "tiny_keras.safetensors"))
        for name, array in load_file(os.path.join(REFERENCE, "tiny_pytorch.safetensors")).items():
            numpy.testing.assert_array_equal(array, pytorch_state_in_place()[name])


def pytorch_state_in_place():
    """The state dict under the paths of the model, but with PyTorch's own names and layout."""
    return {f"{PYTORCH_PATHS[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": array for name, array in pytorch_state().items()}


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        save_file(counting(), os.path.join(REFERENCE, "tiny_keras.safetensors"))
        save_file(pytorch_state_in_place(), os.path.join(REFERENCE, "tiny_pytorch.safetensors"))
    else:
        unittest.main()
