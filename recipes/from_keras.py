"""Brings a Keras model to `mtl`: the whole of it, or its weights alone.

    pip install keras safetensors numpy
    python from_keras.py model.keras model.keras.json

writes what the program `mtl` makes a declaration of, `mtl import model.keras.json --name Patient --out src/patient.rs`: the layers as they are called,
losses, weights and metrics of `compile`, what the model gives for some random rows, and beside it the weights, `model.keras.safetensors`. It takes functional
and sequential models, also nested ones. Rows of your own are better than random ones: call `export_model(model, file, rows={"record": array})`.

    python from_keras.py model.keras patient.safetensors dense=body.dense1 dense_1=body.dense2 logits=health.dense1

writes the weights alone, for a declaration that is there already. Each pair maps a Keras layer to the path of a layer in the `multitask!` model: the statement's name, then type and ordinal
within it. Kernels are `[inputs, units]` in both, those of convolutions `[rows, columns, channels, filters]`, so nothing is
transposed. Layers with weights that are not named in a pair are an error; `name=` leaves one out.

Only the arrays are written. That activations, momenta and epsilons agree is for you to see to.
"""

import json
import os
import sys

import numpy
from safetensors.numpy import save_file

# Keras's own bookkeeping, which nothing is computed from: the number of batches that `Normalization` saw, the state of random numbers.
BOOKKEEPING = {"count", "seed_generator_state"}


def tensors_of(model, paths):
    """The arrays of `model`, a dict from tensor path to array. `paths` maps Keras layer names to paths, or to '' to leave one out."""
    tensors = {}
    layers = {layer.name: layer for layer in model.layers}
    unknown = sorted(set(paths) - set(layers))
    if unknown:
        raise ValueError(f"the model has no layer {', '.join(unknown)}; it has {', '.join(layers)}")
    for name, layer in layers.items():
        variables = [variable for variable in layer.weights if variable.name not in BOOKKEEPING]
        if not variables:
            continue
        if name not in paths:
            raise ValueError(f"layer {name} has weights: give its path, `{name}=block.dense1`, or leave it out with `{name}=`")
        if paths[name] == "":
            continue
        for variable in variables:
            array = numpy.asarray(variable)
            if variable.name in ("mean", "variance"):
                # `Normalization` keeps them as [1, features].
                array = array.reshape(-1)
            if variable.name == "variance":
                # Keras divides by no less than 1e-7. `mtl` has no such bound, but gives 0 where a value has no spread at all.
                array = numpy.where(array == 0, array, numpy.maximum(array, numpy.float32(1e-14)))
            path = f"{paths[name]}.{variable.name}"
            if path in tensors:
                raise ValueError(f"two arrays for {path}")
            tensors[path] = numpy.ascontiguousarray(array)
    return tensors


def export(model, paths, file):
    """Writes the weights of `model` to `file`."""
    save_file(tensors_of(model, paths), file)


def layer_weights(layer):
    """The arrays of a layer by their names, without Keras's own bookkeeping. A recurrent layer has those of its cell."""
    return {variable.name: numpy.asarray(variable, "float32") for variable in layer.weights if variable.name not in BOOKKEEPING}


class Calls:
    """The calls of a model's layers in order, nested models as part of the whole."""

    def __init__(self):
        self.calls, self.tensors, self.values, self.count = [], {}, {}, -1

    def value(self, tensor):
        return self.values[id(tensor)]

    def add(self, model, prefix, keep):
        """Follows `model` from the values of its inputs, and says what those of its outputs are."""
        operations = [node for depth in sorted(model._nodes_by_depth, reverse=True) for node in model._nodes_by_depth[depth]]
        for node in operations:
            layer = node.operation
            if node.is_input:
                continue
            inputs = [self.value(tensor) for tensor in node.input_tensors]
            path = prefix + layer.name
            if hasattr(layer, "_nodes_by_depth") and hasattr(layer, "inputs"):
                inner = layer._functional if hasattr(layer, "_functional") else layer
                for tensor, value in zip(inner.inputs, inputs):
                    self.values[id(tensor)] = value
                    keep.append(tensor)
                self.add(inner, path + "/", keep)
                for tensor, own in zip(node.outputs, inner.outputs):
                    self.values[id(tensor)] = self.value(own)
                    keep.append(tensor)
                continue
            for tensor in node.outputs:
                self.values[id(tensor)] = self.count = self.count + 1
                keep.append(tensor)
            config = json.loads(json.dumps(layer.get_config() if hasattr(layer, "get_config") else {}, default=str))
            if len(node.outputs) != 1:
                raise ValueError(f"layer {path} gives {len(node.outputs)} values, and one can be read")
            self.calls.append(
                {
                    "layer": path,
                    "class": type(layer).__name__,
                    "config": config,
                    "inputs": inputs,
                    "value": self.value(node.outputs[0]),
                    "shape": [int(side) for side in node.outputs[0].shape[1:]],
                }
            )
            for name, array in (layer_weights(layer) if hasattr(layer, "weights") else {}).items():
                self.tensors[f"{path}/{name}"] = numpy.ascontiguousarray(array)


def compiled(model, number, name):
    """The loss, its weight and the metrics of an output, as `compile` was told."""
    if not getattr(model, "compiled", False):
        return {}
    config = model.get_compile_config() or {}

    def of(value):
        if isinstance(value, dict) and "class_name" not in value:
            return value.get(name)
        if isinstance(value, (list, tuple)):
            return value[number] if number < len(value) else None
        return value

    def called(value):
        if isinstance(value, dict):
            inner = value.get("config")
            return inner if isinstance(inner, str) else value.get("class_name", "")
        return str(value)

    # Keras does not write the `delta` of a Huber loss into its configuration.
    given = of(getattr(model, "loss", None))
    told = {key: value for key, value in getattr(given, "_fn_kwargs", {}).items() if isinstance(value, (int, float))}
    loss, weight, metrics = of(config.get("loss")), of(config.get("loss_weights")), of(config.get("metrics"))
    end = {}
    if loss is not None:
        end["loss"] = called(loss)
        if isinstance(loss, dict) and isinstance(loss.get("config"), dict):
            end["loss_config"] = {**told, **loss["config"]}
    if isinstance(weight, (int, float)):
        end["weight"] = float(weight)
    if metrics is not None:
        several = metrics if isinstance(metrics, (list, tuple)) else [metrics]
        end["metrics"] = [called(metric) for metric in several]
    return end


def export_model(model, file, rows=None):
    """Writes `model` to `file`, a `.json`, and its weights beside it."""
    import keras

    if isinstance(model, keras.Sequential):
        functional = keras.Model(model.inputs, model.outputs)
    else:
        functional = model
    walk, keep = Calls(), []
    inputs = []
    for tensor in functional.inputs:
        walk.values[id(tensor)] = walk.count = walk.count + 1
        name = tensor.name.split(":")[0]
        inputs.append({"name": name, "value": walk.value(tensor), "shape": [int(side) for side in tensor.shape[1:]], "dtype": str(tensor.dtype)})
    walk.add(functional, "", keep)
    if isinstance(functional.output, dict):
        # `outputs` has them by the alphabet.
        names, ends = list(functional.output), list(functional.output.values())
    else:
        names, ends = list(getattr(functional, "output_names", [])), functional.outputs
    outputs = [{"name": name, "value": walk.value(tensor), **compiled(model, number, name)} for number, (name, tensor) in enumerate(zip(names, ends))]
    if rows is None:
        rows = random_rows(inputs, walk.calls)
    given = [rows[place["name"]] for place in inputs]
    given = functional.predict(given if len(given) > 1 else given[0], verbose=0)
    if isinstance(given, dict):
        given = [given[name] for name in names]
    given = given if isinstance(given, (list, tuple)) else [given]
    vectors = {
        "inputs": {name: numpy.asarray(array).tolist() for name, array in rows.items()},
        "outputs": {name: numpy.asarray(array, "float32").reshape(len(array), -1).tolist() for name, array in zip(names, given)},
    }
    weights = os.path.splitext(file)[0] + ".safetensors"
    save_file(walk.tensors, weights)
    whole = {
        "format": "keras 1",
        "weights": os.path.basename(weights),
        "inputs": inputs,
        "calls": walk.calls,
        "outputs": outputs,
        "vectors": vectors,
    }
    with open(file, "w") as out:
        json.dump(whole, out, indent=1)
        out.write("\n")


def random_rows(inputs, calls, count=3):
    """Rows that look like nothing: small numbers, and classes that there are."""
    numbers = numpy.random.default_rng(1)
    rows = {}
    for place in inputs:
        size = next((call["config"].get("input_dim") or call["config"].get("num_tokens") for call in calls if call["inputs"] == [place["value"]]), None)
        shape = [count, *place["shape"]]
        rows[place["name"]] = numbers.integers(0, size, shape) if size else numbers.normal(size=shape).astype("float32").round(3)
    return rows


def pairs(arguments):
    """The dict that `a=b c=d` means."""
    for argument in arguments:
        if "=" not in argument:
            raise ValueError(f"{argument} is not a pair `layer=path`")
    return dict(argument.split("=", 1) for argument in arguments)


if __name__ == "__main__":
    if len(sys.argv) < 4 and not (len(sys.argv) == 3 and sys.argv[2].endswith(".json")):
        sys.exit(__doc__)
    import keras

    try:
        if len(sys.argv) == 3:
            export_model(keras.saving.load_model(sys.argv[1]), sys.argv[2])
            sys.exit()
        export(keras.saving.load_model(sys.argv[1], compile=False), pairs(sys.argv[3:]), sys.argv[2])
    except ValueError as error:
        sys.exit(str(error))
