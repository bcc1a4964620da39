"""Tests of the recipes: `python -m unittest discover recipes`. Those that need Keras or PyTorch are skipped without them."""

import json
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


# The Keras layers of `every_word`, and where they are in the model of `tests/recipes.rs`.
EVERY_PATHS = {
    "place": "place.embedding1", "heard": "heard.conv1d1", "gru": "heard.gru1", "lstm": "heard.lstm1", "seen": "seen.conv2d1",
    "batch_norm": "seen.batch_norm1", "normalize": "numbers.normalize1", "dense": "numbers.dense1", "layer_norm": "numbers.layer_norm1",
    "expert1": "a_b.moe1_expert1", "expert2": "a_b.moe1_expert2", "gate_a": "a_b.moe1_a_gate", "gate_b": "a_b.moe1_b_gate",
    "stitch_c": "c_d.cross_stitch1_c", "stitch_d": "c_d.cross_stitch1_d",
    "shared": "e_f.cgc1_expert1", "own_e": "e_f.cgc1_e_expert1", "own_f": "e_f.cgc1_f_expert1", "gate_e": "e_f.cgc1_e_gate", "gate_f": "e_f.cgc1_f_gate",
    "y": "y.dense1", "z": "z.dense1",
}


def every_word():
    """A Keras model with every word of the language that has tensors."""
    layers, ops = keras.layers, keras.ops

    class CrossStitch(layers.Layer):
        def build(self, shapes):
            self.coefficients = self.add_weight(name="coefficients", shape=(len(shapes),), initializer="ones")

        def call(self, flows):
            return sum(self.coefficients[number] * flow for number, flow in enumerate(flows))

    def mixture(flow, experts, gate):
        weights = layers.Dense(len(experts), activation="softmax", use_bias=False, name=gate)(flow)
        return ops.sum(ops.stack(experts, axis=1) * ops.expand_dims(weights, -1), axis=1)

    kind, steps = keras.Input((), dtype="int32", name="kind"), keras.Input((4, 2), name="steps")
    picture, x = keras.Input((4, 4, 2), name="picture"), keras.Input((3,), name="x")
    place = layers.Embedding(3, 2, name="place")(kind)
    heard = layers.Conv1D(3, 2, activation="tanh", name="heard")(steps)
    heard = layers.LSTM(2, name="lstm")(layers.GRU(3, return_sequences=True, name="gru")(heard))
    seen = layers.BatchNormalization(name="batch_norm")(layers.Conv2D(2, (2, 3), activation="tanh", name="seen")(picture))
    seen = layers.GlobalAveragePooling2D()(seen)
    numbers = layers.Normalization(name="normalize")(x)
    numbers = layers.LayerNormalization(name="layer_norm")(layers.Dense(4, activation="tanh", name="dense")(numbers))
    whole = layers.Concatenate()([place, heard, seen, numbers])
    experts = [layers.Dense(4, activation="tanh", name=f"expert{number}")(whole) for number in (1, 2)]
    a, b = (mixture(whole, experts, f"gate_{task}") for task in "ab")
    c, d = (CrossStitch(name=f"stitch_{task}")([a, b]) for task in "cd")
    both = layers.Add()([c, d])
    shared, own_e, own_f = (layers.Dense(3, activation="relu", name=name)(both) for name in ("shared", "own_e", "own_f"))
    e, f = mixture(both, [own_e, shared], "gate_e"), mixture(both, [own_f, shared], "gate_f")
    return keras.Model([kind, steps, picture, x], [layers.Dense(1, name="y")(e), layers.Dense(2, name="z")(f)])


def write_every_word():
    """The files that `tests/recipes.rs` reads: weights through the recipe for Keras and under PyTorch's own names, and Keras's outputs."""
    rng = numpy.random.default_rng(5)
    model = every_word()
    for layer in model.layers:
        for variable in layer.weights:
            if variable.name not in from_keras.BOOKKEEPING:
                low = 0.3 if "variance" in variable.name else -0.9
                variable.assign(rng.uniform(low, 0.9, variable.shape).astype(numpy.float32))
        if layer.name == "normalize":
            layer.finalize_state()
    rows = 5
    inputs = [rng.integers(0, 3, rows), *(rng.standard_normal((rows, *shape)).astype(numpy.float32) for shape in ((4, 2), (4, 4, 2), (3,)))]
    y, z = (numpy.asarray(output) for output in model.predict(inputs, verbose=0))
    from_keras.export(model, EVERY_PATHS, os.path.join(WORDS, "every_word.safetensors"))
    tensors = load_file(os.path.join(WORDS, "every_word.safetensors"))
    save_file(pytorch_names_in_place(tensors), os.path.join(WORDS, "every_word_pytorch.safetensors"))
    names = ("kind", "steps", "picture", "x")
    cases = [{**{name: values[row].reshape(-1).tolist() for name, values in zip(names, inputs)}, "y": y[row].tolist(), "z": z[row].tolist()} for row in range(rows)]
    with open(os.path.join(WORDS, "every_word.json"), "w") as file:
        json.dump(cases, file)


def pytorch_names_in_place(tensors):
    """The tensors under the names and in the layout of PyTorch where `mtl` takes these without a recipe."""
    renamed = {}
    for name, array in tensors.items():
        path, _, leaf = name.rpartition(".")
        kind = from_pytorch.kind_of(path)
        pytorch = {ours: theirs for theirs, ours in from_pytorch.names_of(path).items()} if kind not in from_pytorch.GATES else {}
        if leaf == "kernel" and pytorch:
            array = numpy.transpose(array, (array.ndim - 1, array.ndim - 2, *range(array.ndim - 2)))
        renamed[f"{path}.{pytorch.get(leaf, leaf)}"] = numpy.ascontiguousarray(array)
    return renamed


def pytorch_state_of(tensors):
    """What the state dict of a PyTorch model with these weights would be; modules are called like the layers."""
    state = {}
    for name, array in pytorch_names_in_place(tensors).items():
        path, _, leaf = name.rpartition(".")
        kind = from_pytorch.kind_of(path)
        if kind not in from_pytorch.GATES:
            state[name] = array
            continue
        # The order of the gates is its own inverse for both.
        gates = lambda array: from_pytorch.with_keras_gates(array, kind)
        if leaf == "bias":
            first, second = array if kind == "gru" else (array, numpy.zeros_like(array))
            state[f"{path}.bias_ih_l0"], state[f"{path}.bias_hh_l0"] = gates(first), gates(second)
        else:
            state[f"{path}.weight_{'ih' if leaf == 'kernel' else 'hh'}_l0"] = gates(array.T)
    return state


WORDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "reference")


class EveryWord(unittest.TestCase):
    """Each recipe with a model of every word that has tensors."""

    def assert_same(self, tensors, expected):
        self.assertEqual(sorted(tensors), sorted(expected))
        for path, array in expected.items():
            numpy.testing.assert_array_equal(tensors[path], array)

    def test_pytorch(self):
        expected = load_file(os.path.join(WORDS, "every_word.safetensors"))
        paths = {path: path for path in EVERY_PATHS.values()}
        self.assert_same(from_pytorch.tensors_of(pytorch_state_of(expected), paths), expected)
        self.assert_same(load_file(os.path.join(WORDS, "every_word_pytorch.safetensors")), pytorch_names_in_place(expected))

    @unittest.skipIf(keras is None, "Keras is not installed")
    def test_keras(self):
        expected = load_file(os.path.join(WORDS, "every_word.safetensors"))
        tensors = from_keras.tensors_of(every_word(), EVERY_PATHS)
        self.assertEqual({path: array.shape for path, array in tensors.items()}, {path: array.shape for path, array in expected.items()})


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
    def test_keras_model_as_a_whole(self):
        layers = keras.layers
        part = keras.Input((3,), name="part")
        encoder = keras.Model(part, layers.Dense(2, name="inner")(part), name="encoder")
        one, two = keras.Input((3,), name="one"), keras.Input((3,), name="two")
        both = layers.Concatenate(name="both")([encoder(one), encoder(two)])
        model = keras.Model([one, two], {"z": layers.Dense(1, name="z")(both), "a": layers.Dense(3, activation="softmax", name="a")(both)})
        model.compile(loss={"z": keras.losses.Huber(delta=2.0), "a": "sparse_categorical_crossentropy"}, loss_weights={"z": 0.5}, metrics={"a": ["accuracy"]})
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "model.keras.json")
            from_keras.export_model(model, file)
            with open(file) as text:
                whole = json.load(text)
            tensors = load_file(os.path.join(folder, whole["weights"]))
        self.assertEqual(whole["weights"], "model.keras.safetensors")
        self.assertEqual([place["name"] for place in whole["inputs"]], ["one", "two"])
        # The nested model is part of the whole: its layer is called twice, and has its weights once.
        inner = [call for call in whole["calls"] if call["layer"] == "encoder/inner"]
        self.assertEqual(sorted(call["inputs"][0] for call in inner), [0, 1])
        self.assertEqual(sorted(tensors), [f"{layer}/{name}" for layer in ("a", "encoder/inner", "z") for name in ("bias", "kernel")])
        joined = next(call for call in whole["calls"] if call["layer"] == "both")
        self.assertEqual(sorted(joined["inputs"]), sorted(call["value"] for call in inner))
        ends = {end["name"]: end for end in whole["outputs"]}
        self.assertEqual(list(ends), ["z", "a"])
        self.assertEqual((ends["z"]["loss"], ends["z"]["loss_config"]["delta"], ends["z"]["weight"]), ("Huber", 2.0, 0.5))
        self.assertEqual((ends["a"]["loss"], ends["a"]["metrics"]), ("sparse_categorical_crossentropy", ["accuracy"]))
        rows = whole["vectors"]
        given = model.predict([numpy.asarray(rows["inputs"][name], "float32") for name in ("one", "two")], verbose=0)
        numpy.testing.assert_allclose(rows["outputs"]["a"], given["a"], rtol=1e-6)

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
        write_every_word()
    else:
        unittest.main()
