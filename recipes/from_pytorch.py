"""Writes the weights of a PyTorch state dict to a safetensors file that `mtl` loads.

    pip install torch safetensors numpy
    python from_pytorch.py model.pt patient.safetensors body.0=body.dense1 body.2=body.dense2 health=health.dense1

Each pair maps a module of the state dict (what stands before `.weight`) to the path of a layer in the `multitask!` model: the
statement's name, then type and ordinal within it. Modules that are not named in a pair are an error; `name=` leaves one out.

`model.pt` holds a state dict: `torch.save(model.state_dict(), "model.pt")`. A `.safetensors` file works as well, and without torch.

The file is in Keras's names and layout, so that it can be embedded as it is. What a `weight` is shows in the path's last segment:
`dense`, `conv`, and experts and gates of mixtures: a kernel, transposed from `[out, in, ..]` to `[.., in, out]`; `embedding`: a table;
`batch_norm`, `layer_norm`: a scale. PyTorch has no counterpart of `normalize` and `cross_stitch`: a module of your own for them keeps its
`mean` and `variance`, or its `coefficients`, under these names.
`gru`, `lstm`: a recurrent layer of one level and one direction, whose gates are put in Keras's order (PyTorch has `r z n` of a GRU where
Keras has `z r n`; both have `i f g o` of an LSTM); the two biases of an LSTM become their sum.
Only the arrays are written. That activations, momenta and epsilons agree is for you to see to: PyTorch's normalisations have
an epsilon of 1e-5 where Keras and `mtl` have 1e-3, and its BatchNorm a momentum of 0.1 which here is 0.9.
"""

import re
import sys

import numpy
from safetensors.numpy import load_file, save_file

NORMALIZATION = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
EMBEDDING = {"weight": "embeddings"}
KERNEL = {"weight": "kernel", "bias": "bias"}
RECURRENT = {"weight_ih_l0": "kernel", "weight_hh_l0": "recurrent_kernel", "bias_ih_l0": "bias", "bias_hh_l0": "bias"}

# For each of Keras's gates the number of PyTorch's.
GATES = {"gru": (1, 0, 2), "lstm": (0, 1, 2, 3)}


def names_of(path):
    """What PyTorch's names become in a layer of this path."""
    layer = kind_of(path)
    if layer in ("batch_norm", "layer_norm"):
        return NORMALIZATION
    if layer == "embedding":
        return EMBEDDING
    if layer in ("dense", "conv1d", "conv2d") or layer.endswith(("_expert", "_gate")):
        return KERNEL
    if layer in GATES:
        return RECURRENT
    if layer == "normalize":
        return {"mean": "mean", "variance": "variance"}
    if re.match(r"cross_stitch\d+_", layer):
        return {"coefficients": "coefficients"}
    raise ValueError(f"{path}: the last segment is no name of a layer with parameters, such as dense1, conv2d1, gru1, embedding1, batch_norm1")


def kind_of(path):
    """`dense` of `body.dense1`."""
    return re.sub(r"\d+$", "", path.rsplit(".", 1)[-1])


def with_keras_gates(array, layer):
    """The first axis, `[gates * units, ..]`, in Keras's order of the gates."""
    parts = numpy.split(array, len(GATES[layer]))
    return numpy.concatenate([parts[gate] for gate in GATES[layer]])


def transposed(kernel):
    """From `[out, in, ..]` to `[.., in, out]`."""
    return numpy.transpose(kernel, (*range(2, kernel.ndim), 1, 0))


def tensors_of(state, paths):
    """The arrays of `state`, a dict from tensor name to array, under their new names and in their new layout."""
    tensors = {}
    unknown = sorted(set(paths) - {name.rpartition(".")[0] for name in state})
    if unknown:
        raise ValueError(f"the state dict has no module {', '.join(unknown)}")
    for name, array in state.items():
        module, _, leaf = name.rpartition(".")
        if leaf == "num_batches_tracked":
            continue
        if module not in paths:
            raise ValueError(f"{name}: give the path of its module, `{module}=block.dense1`, or leave it out with `{module}=`")
        path = paths[module]
        if path == "":
            continue
        names = names_of(path)
        if leaf not in names:
            raise ValueError(f"{name}: a layer {path} has only {', '.join(names)}")
        array = numpy.asarray(array)
        layer = kind_of(path)
        if layer in GATES:
            array = with_keras_gates(array, layer)
        if names[leaf] in ("kernel", "recurrent_kernel"):
            array = transposed(array)
        tensor = f"{path}.{names[leaf]}"
        if tensor in tensors:
            # The biases of the input and of the state, in either order.
            first, second = (tensors[tensor], array) if leaf == "bias_hh_l0" else (array, tensors[tensor])
            array = first + second if layer == "lstm" else numpy.stack([first, second])
        tensors[tensor] = numpy.ascontiguousarray(array)
    return tensors


def export(state, paths, file):
    """Writes a state dict, of tensors or of arrays, to `file`."""
    save_file(tensors_of({name: getattr(value, "numpy", lambda value=value: value)() for name, value in state.items()}, paths), file)


def pairs(arguments):
    """The dict that `a=b c=d` means."""
    for argument in arguments:
        if "=" not in argument:
            raise ValueError(f"{argument} is not a pair `module=path`")
    return dict(argument.split("=", 1) for argument in arguments)


def read(file):
    """The state dict in a file."""
    if file.endswith(".safetensors"):
        return load_file(file)
    import torch

    return torch.load(file, map_location="cpu", weights_only=True)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        export(read(sys.argv[1]), pairs(sys.argv[3:]), sys.argv[2])
    except ValueError as error:
        sys.exit(str(error))
