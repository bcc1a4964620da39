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

    def test_pytorch_gates_are_put_in_keras_s_order(self):
        """Steps by the formulas of PyTorch's documentation, and by Keras's with the weights that the recipe makes."""
        rng = numpy.random.default_rng(1)
        sigma = lambda x: 1 / (1 + numpy.exp(-x))
        x, h, c = rng.standard_normal(3), rng.standard_normal(4), rng.standard_normal(4)

        state = {f"net.{name}": rng.standard_normal(shape) for name, shape in
                 {"weight_ih_l0": (12, 3), "weight_hh_l0": (12, 4), "bias_ih_l0": 12, "bias_hh_l0": 12}.items()}
        of_x, of_h = (numpy.split(state[f"net.weight_{side}_l0"] @ v + state[f"net.bias_{side}_l0"], 3) for side, v in (("ih", x), ("hh", h)))
        r, z = sigma(of_x[0] + of_h[0]), sigma(of_x[1] + of_h[1])
        expected = (1 - z) * numpy.tanh(of_x[2] + r * of_h[2]) + z * h
        for names in (list(state), list(state)[::-1]):
            tensors = from_pytorch.tensors_of({name: state[name] for name in names}, {"net": "body.gru1"})
            self.assertEqual({k: v.shape for k, v in tensors.items()},
                             {"body.gru1.kernel": (3, 12), "body.gru1.recurrent_kernel": (4, 12), "body.gru1.bias": (2, 12)})
            of_x = numpy.split(x @ tensors["body.gru1.kernel"] + tensors["body.gru1.bias"][0], 3)
            of_h = numpy.split(h @ tensors["body.gru1.recurrent_kernel"] + tensors["body.gru1.bias"][1], 3)
            z, r = sigma(of_x[0] + of_h[0]), sigma(of_x[1] + of_h[1])
            numpy.testing.assert_allclose(z * h + (1 - z) * numpy.tanh(of_x[2] + r * of_h[2]), expected)

        state = {f"net.{name}": rng.standard_normal(shape) for name, shape in
                 {"weight_ih_l0": (16, 3), "weight_hh_l0": (16, 4), "bias_ih_l0": 16, "bias_hh_l0": 16}.items()}
        sums = state["net.weight_ih_l0"] @ x + state["net.bias_ih_l0"] + state["net.weight_hh_l0"] @ h + state["net.bias_hh_l0"]
        tensors = from_pytorch.tensors_of(state, {"net": "body.lstm1"})
        self.assertEqual(tensors["body.lstm1.bias"].shape, (16,))
        numpy.testing.assert_allclose(
            x @ tensors["body.lstm1.kernel"] + h @ tensors["body.lstm1.recurrent_kernel"] + tensors["body.lstm1.bias"], sums)
        with self.assertRaisesRegex(ValueError, "a layer body.lstm1 has only"):
            from_pytorch.tensors_of({"net.weight_ih_l1": rng.standard_normal((16, 4))}, {"net": "body.lstm1"})

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_pytorch_recurrent_layers(self):
        """The order of the gates is PyTorch's own: a layer of one step, against the formulas of Keras."""
        sigma = lambda x: 1 / (1 + numpy.exp(-x))
        net, x = torch.nn.GRU(3, 4, batch_first=True).double(), torch.ones((1, 1, 3), dtype=torch.float64)
        tensors = from_pytorch.tensors_of({f"net.{k}": v.numpy() for k, v in net.state_dict().items()}, {"net": "body.gru1"})
        of_x = numpy.split(numpy.ones(3) @ tensors["body.gru1.kernel"] + tensors["body.gru1.bias"][0], 3)
        of_h = numpy.split(tensors["body.gru1.bias"][1], 3)
        z, r = sigma(of_x[0] + of_h[0]), sigma(of_x[1] + of_h[1])
        numpy.testing.assert_allclose(net(x)[0].detach().numpy().reshape(-1), (1 - z) * numpy.tanh(of_x[2] + r * of_h[2]))

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
    def test_keras_recurrent_layers(self):
        frames = keras.Input((5, 3))
        model = keras.Model(frames, keras.layers.GRU(4, name="gru")(keras.layers.LSTM(6, return_sequences=True, name="lstm")(frames)))
        tensors = from_keras.tensors_of(model, {"lstm": "body.lstm1", "gru": "body.gru1"})
        self.assertEqual({path: tensor.shape for path, tensor in tensors.items()}, {
            "body.lstm1.kernel": (3, 24), "body.lstm1.recurrent_kernel": (6, 24), "body.lstm1.bias": (24,),
            "body.gru1.kernel": (6, 12), "body.gru1.recurrent_kernel": (4, 12), "body.gru1.bias": (2, 12),
        })

    @unittest.skipIf(keras is None, "Keras is not installed")
    def test_keras_normalization_is_flat(self):
        normalize = keras.layers.Normalization(name="normalize")
        normalize.adapt(numpy.asarray([[1.0, 2.0], [3.0, 6.0]], dtype=numpy.float32))
        model = keras.Sequential([keras.Input((2,)), normalize])
        tensors = from_keras.tensors_of(model, {"normalize": "body.normalize1"})
        numpy.testing.assert_allclose(tensors["body.normalize1.mean"], [2.0, 4.0])
        numpy.testing.assert_allclose(tensors["body.normalize1.variance"], [1.0, 4.0])
        # Keras divides by 1e-7 at least; what has no spread at all is 0 in `mtl`.
        normalize.adapt(numpy.asarray([[1.0, 0.0], [1.0, 2e-9]], dtype=numpy.float32))
        tensors = from_keras.tensors_of(model, {"normalize": "body.normalize1"})
        numpy.testing.assert_allclose(tensors["body.normalize1.variance"], [0.0, 1e-14])

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
