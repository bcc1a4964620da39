"""Writes the weights of a Keras model to a safetensors file that `mtl` loads and embeds.

    pip install keras safetensors numpy
    python from_keras.py model.keras patient.safetensors dense=body.dense1 dense_1=body.dense2 logits=health.dense1

Each pair maps a Keras layer to the path of a layer in the `multitask!` model: the statement's name, then type and ordinal
within it. Kernels are `[inputs, units]` in both, those of convolutions `[rows, columns, channels, filters]`, so nothing is
transposed. Layers with weights that are not named in a pair are an error; `name=` leaves one out.

Only the arrays are written. That activations, momenta and epsilons agree is for you to see to.
"""

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


def pairs(arguments):
    """The dict that `a=b c=d` means."""
    for argument in arguments:
        if "=" not in argument:
            raise ValueError(f"{argument} is not a pair `layer=path`")
    return dict(argument.split("=", 1) for argument in arguments)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    import keras

    try:
        export(keras.saving.load_model(sys.argv[1], compile=False), pairs(sys.argv[3:]), sys.argv[2])
    except ValueError as error:
        sys.exit(str(error))
